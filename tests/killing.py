"""Runs command lines in processes of their own, each killed before its Nth change to the disk.

They are forked from one process that has imported everything: so thousands of them take minutes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

CHANGES = ("fchmod", "fsync", "replace", "unlink", "write")


class Killer:
    """The process that others are forked from, as long as the context lasts."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def run(self, folder: str, arguments: list[str], at: int) -> int:
        """Call ``dedup ARGUMENTS`` in `folder`, killed before change `at`; give how it ended."""
        self.process.stdin.write(json.dumps([folder, arguments, at]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def serve():
    import dedup
    from dedup.cli import clean  # noqa: F401 - what each process would import for itself

    dedup.clean("and what it would make for itself")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            call(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def call(folder, arguments, left):
    from dedup import atomic
    from dedup.cli import main

    def counted(function):
        def counting(*given, **options):
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **options)

        return counting

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
    atomic.exchange_names = counted(atomic.exchange_names)
    os.chdir(folder)
    sys.argv = ["dedup", *arguments]
    main()


if __name__ == "__main__":
    serve()
