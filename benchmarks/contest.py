"""Who is measured on a planted corpus, and what each run amounts to."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from measuring import FailedError, Run, run
from planted.truth import read_forms, score_flags, score_pairs, score_removals, write_forms

if TYPE_CHECKING:
    from collections.abc import Collection

    from planted.truth import Score, Truth

HERE = Path(__file__).parent
DEDUP = Path(sys.executable).with_name("dedup")
RECALL = 0.99  # what a contestant has to find


@dataclass(slots=True)
class Corpus:
    """Hold a planted corpus on disk: its size in 10⁶ bytes, its truth and a folder to write in."""

    folder: Path
    size_mb: float
    truth: Truth
    scratch: Path


@dataclass(slots=True)
class Result:
    """Collect the runs of one contestant.

    `seconds` and `cpu_seconds` are of the whole process, `part` of what is the contestant's own.
    `comparisons`: of sketches and of forms; `pairs_counted`: of forms alone.
    """

    name: str
    size_mb: float
    version: str | None = None
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    part: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    score: Score | None = None
    comparisons: int | None = None
    pairs_counted: int | None = None
    failed: str | None = None

    def mb_per_second(self, *, part: bool = False) -> float:
        """Give the median speed, of the whole process or of its own part."""
        times = self.part if part and self.part else self.seconds
        return self.size_mb / statistics.median(times) if times else float("nan")

    def take(self, found: Run) -> None:
        """Add a run."""
        self.seconds.append(found.seconds)
        self.cpu_seconds.append(found.cpu_seconds)
        self.peak_bytes = max(self.peak_bytes, found.peak_bytes)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            **asdict(self),
            "seconds": [round(value, 3) for value in self.seconds],
            "cpu_seconds": [round(value, 3) for value in self.cpu_seconds],
            "part": [round(value, 3) for value in self.part],
        }


def ours(
    corpus: Corpus, result: Result, *, jobs: int, timeout_seconds: float, brake: int | None = None
) -> None:
    """Run `dedup corpus`, from reading the shards to the written ledger.

    By itself it leaves a document whole of which near repeats are more than half, as short ones
    of this corpus are at times; `brake` is another percentage.
    """
    target = corpus.scratch / f"dedup-{jobs}"
    shutil.rmtree(target, ignore_errors=True)
    options = ["--scope", "corpus", "--jobs", str(jobs), "-q", "--no-config"]
    if brake is not None:
        options += ["--max-removed", str(brake)]
    found = run(
        [DEDUP, "corpus", corpus.folder / "shards", "-o", target, *options],
        timeout_seconds=timeout_seconds,
        fine=(0, 4),  # 4: a document was left whole
    )
    result.take(found)
    summary = orjson.loads((target / "summary.json").read_bytes())
    result.comparisons = summary["counts"]["comparisons"]
    result.pairs_counted = summary["counts"]["pairs_counted"]
    if result.score is None and len(corpus.truth.copies):
        result.score = score_ledger(corpus.truth, target / "removed.jsonl")
    shutil.rmtree(target)


def score_ledger(truth: Truth, ledger: Path, *, threshold: float = 0.7) -> Score:
    """Judge what a ledger names."""
    removed, canonical = [], []
    with ledger.open("rb") as file:
        for cut in map(orjson.loads, file):
            removed.append(truth.row(cut))
            canonical.append(truth.row(cut["canonical"]))
    return score_removals(truth, removed, canonical, threshold=threshold)


def copying(corpus: Corpus, result: Result, *, timeout_seconds: float) -> None:
    """Read, parse and write the same shards and do nothing."""
    target = corpus.scratch / "copied"
    command = [sys.executable, HERE / "copying.py", corpus.folder / "shards", "-o", target]
    found = run(command, timeout_seconds=timeout_seconds)
    result.take(found)
    shutil.rmtree(target)


def peer(corpus: Corpus, result: Result, *, threshold: float, timeout_seconds: float) -> None:
    """Run a peer on the forms of the corpus."""
    forms = write_forms(corpus.folder)
    output = corpus.scratch / f"{result.name}.npy"
    options = ["--threshold", str(threshold), "-o", output]
    command = [sys.executable, HERE / "peers.py", result.name, forms, *options]
    found = run(command, timeout_seconds=timeout_seconds)
    told = json.loads(found.output.splitlines()[-1])
    result.version = told["version"]
    result.take(found)
    result.part.append(told["part_seconds"])
    if result.score is None:
        rows = np.load(output)
        result.score = (
            score_flags(corpus.truth, rows, threshold=threshold)
            if rows.ndim == 1
            else score_pairs(corpus.truth, *rows.T, forms=read_forms(forms), threshold=threshold)
        )
    output.unlink()


def interleave(
    contestants: dict[str, Any],
    corpus: Corpus,
    *,
    runs: int,
    limit_seconds: float,
    once: Collection[str] = (),
) -> dict[str, Result]:
    """Run all in turn, `runs` times, and some but `once`.

    Who failed, or the time being up, is not run again. The second turn and later ones have of each
    peer the mode alone that did best in the first.
    """
    results = {name: Result(name, corpus.size_mb) for name in contestants}
    end = time.monotonic() + limit_seconds
    going = set(contestants)
    for number in range(runs):
        for name, contestant in contestants.items():
            if name not in going:
                continue
            left = end - time.monotonic()
            if results[name].failed or left <= 0 or (number and name in once):
                continue
            try:
                contestant(corpus, results[name], timeout_seconds=left)
            except FailedError as error:
                if not results[name].seconds:
                    results[name].failed = str(error)
        if number == 0:
            best = best_modes(results).values()
            going = {name for name, one in results.items() if not one.part or name in best}
        print(f"  run {number + 1} of {runs} at {corpus.size_mb:.0f} MB", file=sys.stderr)
    return results


def best_modes(results: dict[str, Result]) -> dict[str, str]:
    """Give of every peer the fastest mode that finds enough, or of all where none does.

    The name of a mode is that of the peer, or begins with it and a hyphen.
    """
    best: dict[str, tuple[bool, float, str]] = {}
    for name, result in results.items():
        if result.part and result.score is not None:
            found = result.score.recall >= RECALL
            key = (found, result.mb_per_second(part=True), name)
            peer = name.split("-")[0]
            best[peer] = max(best.get(peer, key), key)
    return {peer: name for peer, (_, _, name) in best.items()}
