"""Work on many batches at once: in threads where C does it, in processes where Python does."""

from __future__ import annotations

import itertools
import os
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    Item = TypeVar("Item")
    Result = TypeVar("Result")

_WORTH_PROCESSES_BYTES = 4 << 20
_MOST_WORKERS = 8


def spread(
    items: Iterable[Item], work: Callable[[Item], Result], heavy_bytes: Callable[[Item], int]
) -> list[Result]:
    """Do `work` on all items, and give the results in order; a single one is done here and now.

    `heavy_bytes`: how much of an item Python itself goes through. Where that comes to a few
    megabytes, processes do it: then items, results and the work itself must be fit to be sent.
    """
    items = iter(items)
    first = list(itertools.islice(items, 2))
    if len(first) < 2:
        return [work(item) for item in first]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - it loads a good deal

    workers = min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
    threads = ThreadPoolExecutor(workers)
    processes: Executor | None = None
    heavy, futures = 0, []
    try:
        for item in itertools.chain(first, items):
            pool: Executor = threads
            own = heavy_bytes(item)
            heavy += own
            if own and workers > 1 and heavy > _WORTH_PROCESSES_BYTES:
                processes = processes or _processes(workers)
                pool = processes
            futures.append(pool.submit(work, item))
        return [future.result() for future in futures]
    finally:
        threads.shutdown(cancel_futures=True)
        if processes is not None:
            processes.shutdown(cancel_futures=True)


def _processes(count: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - as above
    from multiprocessing import get_context  # noqa: PLC0415

    # A signal is for the one who started them.
    return ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupts)


def _ignore_interrupts() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
