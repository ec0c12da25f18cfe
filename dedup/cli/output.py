"""Standard output and error: binary-exact for data, sanitised for people."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

import click

from dedup.cli.progress import wipe
from dedup.reports.text import sanitize, shown


class OutputError(Exception):
    """Standard output takes no more; the OSError that said so is the cause.

    It is no OSError itself: click would take a closed pipe for its own affair.
    """

    def __init__(self, error: OSError) -> None:
        """Keep the system's error."""
        super().__init__(error)
        self.error = error


def say(message: str) -> None:
    """Tell the user something on standard error, on one line.

    If nobody can hear it, as in a closed pipe, the work goes on: the exit status still speaks.
    """
    wipe()
    with contextlib.suppress(OSError):
        click.echo(f"dedup: {shown(message)}", err=True)


def write_data(data: bytes) -> None:
    """Write bytes to standard output as they are; to a terminal, without what could drive it.

    Raises:
        OutputError: it is closed or full.
    """
    wipe()
    try:
        if sys.stdout is None:  # closed by the caller, as `>&-` does
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if sys.stdout.isatty():
            data = sanitize(data.decode("utf-8", "backslashreplace")).encode()
        rest = memoryview(data)
        while rest:  # unbuffered, it may take a part only
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(error) from error
