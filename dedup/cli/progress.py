"""How far the work is: a bar on a terminal, and a word about it when a signal stops us."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

BAR_AFTER_SECONDS = 1.0
_REDRAW_AFTER_SECONDS = 0.2
_A_HANDFUL = 5
_MUCH_BYTES = 1 << 20


class Stopped(BaseException):
    """A signal asked us to stop; temporary files are removed on the way out."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number; `after` says how far the work was."""
        super().__init__(number)
        self.number = number
        self.after = ""


class Progress:
    """Count the files that are done.

    On a terminal, unless `quiet`, a bar shows them when it takes longer than a second; it stands on
    the last line, and `wipe` takes it away before anything else is written.
    """

    drawn: ClassVar[bool] = False

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self._total = total
        # How many are done, the last of them, the one at work: a signal finds all three agreeing.
        self._state: tuple[int, str | None, str | None] = (0, None, None)
        self._visible = not quiet and _is_terminal()
        self._since = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Stopped) and self._total > 1:
            done, last, at = self._state
            told = [] if last is None else [f"last: {last}"]
            told += [] if at is None else [f"at work on: {at}"]
            places = f" ({'; '.join(told)})" if told else ""
            error.after = f" after {done} of {self._total} files{places}"
        with contextlib.suppress(OSError):
            if self._bar is not None and Progress.drawn:
                self._bar.render_finish()  # the cursor comes back, and a line of its own
                Progress.drawn = False
            wipe()

    def begin(self, name: str) -> None:
        """Say which file is being written: until `step`, nobody knows if it is old or new."""
        self._state = (*self._state[:2], name)

    def step(self, done: str | None) -> None:
        """Count one file more: its name, or None when nothing could be done with it."""
        count, last, _ = self._state
        self._state = (count + 1, done or last, None)
        late = time.monotonic() - self._since > BAR_AFTER_SECONDS
        if self._visible and self._total > 1 and (late or self._bar is not None):
            with contextlib.suppress(OSError):
                self._draw()

    def _draw(self) -> None:
        wipe()
        Progress.drawn = True
        if self._bar is None:
            bar: Any = click.progressbar(
                length=self._total, label="dedup", show_pos=True, file=sys.stderr
            )
            self._bar = bar.__enter__()
        self._bar.update(self._state[0] - self._bar.pos)

    def comparing(self, sizes_bytes: Sequence[int]) -> None:
        """Say that texts are being compared, in one go that no bar can show, if they are large."""
        if self._visible and (len(sizes_bytes) > _A_HANDFUL or sum(sizes_bytes) > _MUCH_BYTES):
            wipe()
            what = "1 file" if len(sizes_bytes) == 1 else f"{len(sizes_bytes)} files"
            click.echo(f"dedup: reading and comparing {what} …", err=True, nl=False)
            Progress.drawn = True


class Throughput:
    """Show how far a long run is: its phase, how fast it goes, how long it will take.

    It is called with the phase, and the bytes done and in all. On a terminal, unless `quiet`.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._visible = not quiet and _is_terminal()
        self._phase = ""
        self._since = self._drawn_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        wipe()

    def __call__(self, phase: str, done_bytes: int, total_bytes: int) -> None:
        """Draw it, at most a few times a second."""
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._since = phase, now
        if not self._visible or now - self._drawn_at < _REDRAW_AFTER_SECONDS:
            return
        self._drawn_at = now
        line = describe_throughput(phase, done_bytes, total_bytes, now - self._since)
        with contextlib.suppress(OSError):
            wipe()
            click.echo(f"dedup: {line}", err=True, nl=False)
            Progress.drawn = True


def describe_throughput(phase: str, done_bytes: int, total_bytes: int, seconds: float) -> str:
    """Word how far a phase is.

    >>> describe_throughput("reading", 50_000_000, 200_000_000, 2.0)
    'reading: 25 %, 25.0 MB/s, 0:06 left'
    """
    if not done_bytes or not total_bytes or seconds <= 0:
        return f"{phase} …"
    rate = done_bytes / seconds
    left = round(max(total_bytes - done_bytes, 0) / rate)
    minutes, rest = divmod(left, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    percent = min(100 * done_bytes // total_bytes, 100)
    return f"{phase}: {percent} %, {rate / 1e6:.1f} MB/s, {clock} left"


def wipe() -> None:
    """Take the progress off the terminal's last line."""
    if Progress.drawn:
        Progress.drawn = False
        with contextlib.suppress(OSError):
            click.echo("\r\x1b[2K", err=True, nl=False, color=True)


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
