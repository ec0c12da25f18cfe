"""Several processes for what Python itself is slow at; there is no state in them."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor, Future

_IGNORED = (signal.SIGINT, signal.SIGHUP)
_MOST_WORKERS = 8


def cores() -> int:
    """Say how many workers are worth having."""
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Give an executor of `count` processes; what was not begun when it is left, is not done."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - it loads a good deal
    from multiprocessing import get_context  # noqa: PLC0415

    class Pool(ProcessPoolExecutor):
        def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
            # A process begins here, if at all. A signal is for the one who started it: until it can
            # say that it ignores them, it has them blocked from the beginning.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)
            try:
                return super().submit(*arguments, **named)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    pool = Pool(count, get_context("spawn"), _ignore_interrupts)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
