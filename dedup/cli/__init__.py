"""The command line: one file per command, each parses, makes one library call, renders."""

from __future__ import annotations

import gc
import os
import signal
from typing import NoReturn

_COLLECT_AFTER = 100_000  # objects that may be part of a cycle


def main() -> NoReturn:
    """Load the commands and run the one that was asked for."""
    # NumPy's threads are never used here, and starting them is a good part of a short run.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Nearly all that is made while we load, and of a cache, stays: to look for cycles among it each
    # seven hundred objects, as Python does, finds none.
    gc.set_threshold(_COLLECT_AFTER)
    # Loading takes longest of all on a small text. A Ctrl-C in it just ends us: nothing was begun.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored, as by nohup
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from dedup.cli.main import run  # noqa: PLC0415 - the heavy part, see above

    run()
