"""Where the time of `dedup corpus` goes, stage by stage: python benchmarks/stages.py SHARDS.

Runs the command in this process with one job and prints for each stage the CPU seconds, the share,
and MB/s (10⁶ bytes of shards for a CPU second). `plant.py` writes shards.

A stage counts the CPU time of the thread that it ran in, less that of the stages inside it, so
nothing counts twice whatever ran side by side (with one job: hashing the shards and reading them).
"all else" is what the process took beyond that: the shares sum to one. What waits takes none; where
the wall time is more than the CPU time, it was for the disk or for other processes.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import sys
import tempfile
import threading
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Stage → the functions that are it, as module:name in the module that calls them.
STAGES = {
    "hash the shards": ["reading:take_digest"],
    "read and parse": ["reading:read_batch", "reading:read_batches"],
    "cut into paragraphs": ["survey:cut", "run:cut"],
    "forms": ["survey:read_forms"],
    "sketch, pairs inside": ["survey:kernels.sketch"],
    "rest of the survey": ["reading:survey"],
    "join": ["corpus:join", "corpus:_scoped", "corpus:_place"],
    "search": ["run:search", "search:kernels.band_pairs"],
    "active forms": ["run:wanted", "run:_collect", "run:read_forms"],
    "arcs": [
        *("decide:count", "decide:make_arcs", "arcs:kernels.shingle_counts"),
        *("arcs:kernels.common_shingles", "arcs:kernels.changes"),
    ],
    "walk": ["decide:walk"],
    "blocks, what is settled": ["run:decide"],
    "spans": ["run:_cut", "run:_by_shard"],
    "write": ["delivery:write_shard", "run:write_all"],
}
START, ELSE = "start, imports", "all else"


class Clock:
    """Adds up the CPU seconds of stages: of each its own, without those that it calls."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._open = threading.local()

    def watch(self, stage: str, place: str) -> None:
        """Put a timed function in the place of one that is called by ``module:name``."""
        module, _, path = place.partition(":")
        *owners, name = path.split(".")
        owner: Any = functools.reduce(getattr, owners, import_module(f"dedup.corpus.{module}"))
        setattr(owner, name, self.timed(stage, getattr(owner, name)))

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that does the same and is timed."""

        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            inner = self._open.__dict__.setdefault("inner", [])
            inner.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                took = time.thread_time() - start
                own = took - inner.pop()
                if inner:
                    inner[-1] += took
                with self._lock:
                    self.seconds[stage] += own

        return call


def measure(shards: Path, output: Path) -> tuple[dict[str, float], float]:
    """Run the command; give the CPU seconds of each stage, the last being all else, and the wall's.

    They are those of a whole process only when nothing ran in it before.
    """
    run = import_module("dedup.cli.main").run
    import_module("dedup.cli.corpus")
    import_module("dedup.corpus.run")
    clock = Clock()
    for stage, places in STAGES.items():
        for place in places:
            clock.watch(stage, place)
    started, begin = time.process_time(), time.perf_counter()
    sys.argv = ["dedup", "corpus", str(shards), "-o", str(output), "--jobs", "1", "-q"]
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            run()
    except SystemExit as end:
        if end.code not in {0, 4}:  # 4: a text was left whole
            sys.exit(told.getvalue())
    wall = time.perf_counter() - begin
    total = time.process_time()
    found = {START: started} | {stage: clock.seconds[stage] for stage in STAGES}
    return found | {ELSE: total - sum(found.values())}, wall


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    shards = parser.parse_args().shards
    size_mb = sum(path.stat().st_size for path in shards.rglob("*") if path.is_file()) / 1e6
    with tempfile.TemporaryDirectory() as temporary:
        seconds, wall = measure(shards, Path(temporary) / "cleaned")
    total = sum(seconds.values())
    row = "{:<26}{:>8}{:>8}{:>9}".format
    print(row(f"{size_mb:.0f} MB, one job", "CPU s", "share", "MB/s"))
    for stage, own in [*seconds.items(), ("together", total)]:
        speed = f"{size_mb / own:.0f}" if own > 0 else "-"
        print(row(stage, f"{own:.2f}", f"{own / total:.1%}", speed))
    print(f"wall, without start and imports: {wall:.2f} s")


if __name__ == "__main__":
    main()
