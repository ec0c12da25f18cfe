"""Show where our own time goes: python benchmarks/profile.py SHARDS.

Runs `dedup corpus` on SHARDS in this process with one job and prints for each stage its CPU
seconds, their share and MB of shards for each of them. With one job the main thread waits while a
worker is at work, and hardly two stages run at once; each stage has the CPU time of its own thread,
without that of the stages inside it, so that none is counted twice. "the rest" is what the process
used beside all of them; so the column adds up to the CPU time of the process. The wall time is
printed beside it: it is less than the sum where threads overlap, more where the machine waits.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Stage → the functions whose time it is, as (module, name). What one of them calls that stands
# here as well is counted there.
STAGES: dict[str, list[tuple[str, str]]] = {
    "read, parse": [("reading", "read_batch"), ("reading", "plan_batches")],
    "digest of the input": [("reading", "take_digest")],
    "cut into paragraphs": [("survey", "cut"), ("run", "cut")],
    "forms": [("survey", "read_forms"), ("run", "read_forms")],
    "sketch": [("survey.kernels", "sketch")],
    "survey, the rest": [("reading", "survey"), ("corpus", "join"), ("corpus", "_refuse_doubles")],
    "search": [("run", "search"), ("search.kernels", "band_pairs")],
    "active forms": [("run", "_collect")],
    "arcs": [
        ("decide", "count"),
        ("decide", "make_arcs"),
        *(("arcs.kernels", name) for name in ("common_shingles", "shingle_counts", "changes")),
    ],
    "walk": [("decide", "walk"), ("decide", "settle"), ("run", "decide")],
    "spans": [("run", "_cut"), ("run", "close_spans")],
    "write": [("run", "write_all"), ("delivery", "write_shard")],
}


class Stopwatch:
    """Adds up the CPU time of each stage, thread by thread."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._own = threading.local()

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give `function`, its time counted as that of `stage`."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            stack = self._own.__dict__.setdefault("stack", [])
            stack.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                taken = time.thread_time() - start
                inside = stack.pop()
                if stack:
                    stack[-1] += taken
                with self._lock:
                    self.seconds[stage] += taken - inside

        return wrapped

    def watch(self) -> None:
        """Put itself around all stages."""
        for stage, functions in STAGES.items():
            for where, name in functions:
                module, _, inner = where.partition(".")
                place = importlib.import_module(f"dedup.corpus.{module}")
                if inner:  # the kernels are one module, which all others share
                    place = getattr(place, inner)
                if not hasattr(getattr(place, name), "__wrapped__"):
                    setattr(place, name, self.timed(stage, getattr(place, name)))


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    options = parser.parse_args()
    commands = importlib.import_module("dedup.cli.main").commands  # importing is a stage
    watch = Stopwatch()
    watch.watch()
    size_mb = sum(path.stat().st_size for path in options.shards.iterdir()) / 1e6
    watch.seconds["start-up, imports"] = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        rest = ["-o", f"{folder}/out", "--jobs", "1", "--max-removed", "100", "-q"]
        commands.main(["corpus", str(options.shards), *rest], standalone_mode=False)
        wall, total = time.perf_counter() - start, time.process_time()
    watch.seconds["the rest"] = total - watch.seconds.total()
    print(
        f"{size_mb:.1f} MB, one job: {total:.2f} s of CPU; {wall:.2f} s by the clock, after imports"
    )
    row = "{:<22}{:>9}{:>8}{:>10}".format
    print(row("", "CPU s", "share", "MB/s"))
    for stage in ("start-up, imports", *STAGES, "the rest"):
        seconds = watch.seconds[stage]
        speed = f"{size_mb / seconds:.0f}" if seconds > 0 else "-"
        print(row(stage, f"{seconds:.3f}", f"{seconds / total:.1%}", speed))
    print(row("sum", f"{total:.3f}", "100.0%", f"{size_mb / total:.1f}"))


if __name__ == "__main__":
    main()
