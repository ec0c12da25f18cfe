"""Runs a command line in a process of its own, and kills it before its Nth change to the disk.

The process is forked from one that has imported everything: thousands of them take minutes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys

from dedup import atomic
from dedup.cli import main

CHANGES = ("fchmod", "fsync", "replace", "unlink", "write")


def killed(folder: str, arguments: list[str], at: int) -> int:
    """Call ``dedup ARGUMENTS`` in `folder`, killed before change `at`; give how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "dedup.cli.clean", "dedup.pipeline"])
    child = context.Process(target=_run, args=(folder, arguments, at))
    child.start()
    child.join()
    status = child.exitcode
    child.close()
    return -1 if status is None else status


def _run(folder: str, arguments: list[str], left: int) -> None:
    def counted(function):
        def call(*given, **options):
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **options)

        return call

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
    atomic._exchange_names = counted(atomic._exchange_names)
    os.chdir(folder)
    sys.argv = ["dedup", *arguments]
    main()
