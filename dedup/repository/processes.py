"""Several processes for what Python itself is slow at; there is no state in them."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

_MOST_WORKERS = 8


def cores() -> int:
    """Say how many workers are worth having."""
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Give an executor of `count` processes; what was not begun when it is left, is not done."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - it loads a good deal
    from multiprocessing import get_context  # noqa: PLC0415

    # A signal is for the one who started them.
    pool = ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupts)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
