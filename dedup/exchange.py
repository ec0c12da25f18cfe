"""Two names exchanged in one step; and those who still write to what was taken out, waited for."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_LONGEST_WAIT, _STEP = 0.5, 0.002  # seconds


def exchange_names(one: str, other: Path) -> bool:
    """Exchange two names in one step (Linux 3.15); tell whether the system could."""
    import ctypes  # noqa: PLC0415 - most runs exchange no files

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.ENOSYS, errno.EINVAL}:
        return False
    raise OSError(number, os.strerror(number))


def wait_for_writers(descriptor: int) -> None:
    """Wait until nobody has a file open to write to it, but not for long.

    Where the system does not tell (a lease needs the owner, and a file system that knows them),
    nobody is waited for.
    """
    until = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            # Who opens it while we have the lease is told to us: by a signal that is ignored.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            # It is granted only where no one has the file open for writing.
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            if error.errno != errno.EAGAIN or time.monotonic() > until:
                return
            time.sleep(_STEP)
        else:
            return
