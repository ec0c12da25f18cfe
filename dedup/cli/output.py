"""Standard output and error: binary-exact for data, sanitised for people."""

from __future__ import annotations

import sys

import click

from dedup.reports.text import sanitize


def say(message: str) -> None:
    """Tell the user something on standard error, as one line per line of `message`."""
    click.echo(f"dedup: {sanitize(message)}", err=True)


def write_data(data: bytes) -> None:
    """Write bytes to standard output as they are; to a terminal, without what could drive it."""
    if sys.stdout.isatty():
        sys.stdout.write(sanitize(data.decode("utf-8", "backslashreplace")))
    else:
        sys.stdout.buffer.write(data)
    sys.stdout.flush()


def write_report(data: bytes) -> None:
    """Write a report to standard output."""
    write_data(data)
