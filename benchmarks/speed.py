"""Measure speed and memory beside others: python benchmarks/speed.py [--size-mb 10 100].

Writes corpora with planted repeats (`plant.py`), runs `dedup corpus`, a mere copy of the shards and
each peer that is installed (`pip install -e '.[bench]'`) in turn, each in its own process, and
prints for each recall and precision on what was planted, MB/s, CPU seconds, peak memory and the
ratio to ours, with their spread. Then text → signatures by themselves, text in five scripts, and
two corpora that are alike all over; last, which claims hold (`claims.py`). Writes
``results/speed.json`` and draws ``results/speed.svg``. MB are 10⁶ bytes of shards.

    python benchmarks/speed.py                           # 10 and 100 MB, under 15 minutes
    python benchmarks/speed.py --size-mb 100 1000 --runs 3 --name speed_1000
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import contest
import planted
import tables
from chart import draw
from measuring import FailedError, run
from peers import PEERS, installed
from planted.truth import read_truth, write_forms

from dedup.config import Config
from dedup.version import VERSION

if TYPE_CHECKING:
    from contest import Result

HERE = Path(__file__).parent
RESULTS = HERE / "results"
THRESHOLD = Config().threshold_across
JOBS = 2
FIVE_MB = 30
IDENTICAL, ONE_BUCKET = 1_000_000, 100_000
# The largest corpus that a peer is run on: beyond, it would take most of the time or the memory.
# At more than the first size a peer runs in the mode alone that did best there.
MOST_MB = {"gaoya": 100, "rensa": 100, "rensa_hashes": 100}
SLOW_MB = 10
# Run for what they find, so once.
ONCE = {"dedup, no brake", "gaoya-default", "rensa-checked", "rensa-default", "datasketch-default"}
LIMIT_SECONDS = {10: 240, 100: 420}  # less is done where a machine is too slow for all


def corpus_of(folder: Path, size_mb: float, scripts: str) -> contest.Corpus:
    """Write a corpus, or take the one that is there from the same generator."""
    sources = sorted((HERE / "planted").glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    target = folder / f"{scripts}-{size_mb:g}-{digest}"
    if not (target / "corpus.json").exists():  # it is written last
        print(f"  writing {size_mb:g} MB, {scripts}", file=sys.stderr)
        planted.write(target, size_mb=size_mb, scripts=scripts)
    written = json.loads((target / "corpus.json").read_text())["bytes"] / 1e6
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return contest.Corpus(target, written, read_truth(target), scratch)


def contestants(size_mb: float, names: list[str]) -> dict[str, Any]:
    """Give who is run on a corpus of this size."""
    found: dict[str, Any] = {
        "dedup": partial(contest.ours, jobs=JOBS),
        "dedup, one job": partial(contest.ours, jobs=1),
        "dedup, no brake": partial(contest.ours, jobs=JOBS, brake=100),
        "copying": contest.copying,
    }
    for name in names:
        if size_mb <= MOST_MB.get(name.split("-")[0], SLOW_MB) and installed(name):
            found[name] = partial(contest.peer, threshold=THRESHOLD)
    return found


def crowd(folder: Path, name: str, count: int, *, timeout_seconds: float = 120) -> dict[str, Any]:
    """Run `dedup corpus` on paragraphs that are all alike, and say how many were compared."""
    target = folder / name
    write = planted.write_identical if name == "identical" else planted.write_one_bucket
    write(target, count)
    corpus = contest.Corpus(target, 0, read_nothing(), folder / "scratch")
    result = contest.Result(name, 0)
    try:
        contest.ours(corpus, result, jobs=JOBS, timeout_seconds=timeout_seconds)
    except FailedError as error:
        result.failed = str(error)
    return {"paragraphs": count, **result.to_json()}


def read_nothing() -> Any:
    """Give the truth of a corpus in which nothing was planted."""
    empty = tempfile.mkdtemp()
    (Path(empty) / "truth.jsonl").touch()
    return read_truth(Path(empty))


def signing(forms: Path, runs: int) -> dict[str, Any]:
    """Measure text → signatures in a process of its own."""
    command = [sys.executable, HERE / "signing.py", forms, "--runs", str(runs)]
    try:
        found: dict[str, Any] = json.loads(run(command, timeout_seconds=180).output)
    except FailedError as error:
        return {"failed": str(error)}
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure everything; what is left out is None."""
    names = [
        name for name in PEERS if name.split("-")[0] in options.peers or options.peers == ["all"]
    ]
    found: dict[str, Any] = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} shared cores, {platform.machine()}",
        "python": platform.python_version(),
        "dedup": VERSION,
        "threshold": THRESHOLD,
        "runs": options.runs,
        "missing": sorted({PEERS[name][1] for name in names if not installed(name)}),
        "sizes": {},
    }
    smallest = None
    for size_mb in options.size_mb:
        corpus = corpus_of(folder, size_mb, "ascii")
        smallest = smallest or corpus
        limit = LIMIT_SECONDS.get(size_mb, size_mb * options.runs)
        results = contest.interleave(
            contestants(size_mb, names),
            corpus,
            runs=options.runs,
            limit_seconds=limit,
            once=ONCE,
        )
        found["sizes"][f"{size_mb:g}"] = results
        best = contest.best_modes(results)
        names = list(dict.fromkeys(best.get(name.split("-")[0], name) for name in names))
    if smallest and not options.only_sizes:
        found["signatures"] = signing(write_forms(smallest.folder), options.runs)
        five = corpus_of(folder, FIVE_MB, "five")
        ours: dict[str, Result] = contest.interleave(
            {"dedup": partial(contest.ours, jobs=JOBS)}, five, runs=3, limit_seconds=60
        )
        found["five scripts"] = ours["dedup"]
        found["identical"] = crowd(folder, "identical", IDENTICAL)
        found["one bucket"] = crowd(folder, "one-bucket", ONE_BUCKET)
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size-mb", type=float, nargs="+", default=[10, 100], metavar="N")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=["all"], metavar="NAME")
    parser.add_argument("--only-sizes", action="store_true", help="leave the rest out")
    parser.add_argument("--name", default="speed", help="of the files in results/")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the corpora here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(options, folder)
    print(tables.text(found))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{options.name}.json").write_text(tables.to_json(found), encoding="utf-8")
    (RESULTS / f"{options.name}.svg").write_text(draw(tables.bars(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
