"""Run a command: how long it took, and the memory that it and what it started had at most."""

from __future__ import annotations

import resource
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

SAMPLE_SECONDS = 0.1


class FailedError(Exception):
    """A command failed or took too long; the message is the last line it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold one run. `peak_bytes` counts pages that several processes share once.

    `cpu_seconds` are those of all its threads and children: other processes make `seconds` longer,
    and these hardly.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def run(
    command: Sequence[str | Path],
    *,
    timeout_seconds: float = 600,
    env: Mapping[str, str] | None = None,
    fine: Container[int] = (0,),
) -> Run:
    """Run `command` to its end; an exit status that is `fine` is none of an error.

    Raises:
        FailedError: it ended with an error, or was still running after `timeout_seconds`.
    """
    words = [str(word) for word in command]
    name = " ".join(Path(word).name for word in words[:3])
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        before = _children_seconds()
        start = time.perf_counter()
        with subprocess.Popen(words, stdout=out, stderr=err, env=env) as child:
            watch = _Watch(child.pid)
            try:
                status = child.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                raise FailedError(f"{name}: stopped after {timeout_seconds:.0f} s") from None
            finally:
                seconds = time.perf_counter() - start
                watch.stop()
        err.seek(0)
        if status not in fine:
            last = err.read().strip().splitlines()[-1:] or [f"exit status {status}"]
            raise FailedError(f"{name}: {last[0]}")
        out.seek(0)
        return Run(seconds, _children_seconds() - before, watch.peak_bytes, out.read())


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch:
    """Looks at a process and those it started, ten times a second (Linux; elsewhere it says 0)."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self, pid: int) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, sum(map(_bytes, _family(pid))))
            if self._ended.wait(SAMPLE_SECONDS):
                return


def _family(pid: int) -> list[int]:
    """Give a process and all that come from it."""
    found = [pid]
    for parent in found:
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, tasks.read_text().split())
            except OSError:
                continue  # it has just ended
    return found


def _bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
