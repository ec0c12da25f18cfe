"""What is asked of the speed of `dedup corpus`, each with a floor and a goal, and what holds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contest import Result

NAME = "dedup"
ROW = "  {:<66}{:>19}{:>9}{:>7}  {}".format
# Distribution → how many times as long as we its part has to take, and should.
PARTS = {"gaoya": (2.5, 5.0), "rensa": (4.0, 8.0), "datasketch": (30.0, 60.0)}
SIGNING = {"datasketch": (60.0, 100.0), "rensa": (10.0, 20.0)}
MB_AT_REST = 300  # of the memory: what is taken before the first text
LARGE, MIDDLE = "1000", "100"


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one: its figures, one for each run, the floor, the goal, and which side is right.

    Without figures it was not measured.
    """

    what: str
    figures: Sequence[float]
    floor: float
    goal: float | None = None
    at_most: bool = False

    def verdict(self) -> str:
        """Say whether the median reaches the floor and the goal."""
        if not self.figures:
            return "not measured"
        median = statistics.median(self.figures)
        if not self._reaches(median, self.floor):
            return "FAILS"
        reached = self.goal is not None and self._reaches(median, self.goal)
        return "holds, and the goal" if reached else "holds"

    def _reaches(self, figure: float, least: float) -> bool:
        return figure <= least if self.at_most else figure >= least

    def line(self) -> str:
        """Give it as a row of a table."""
        sign = "<=" if self.at_most else ">="
        goal = "" if self.goal is None else f"{self.goal:g}"
        # A share near one says something in its fourth digit alone.
        close = 0.9 < self.floor < 1 and len(self.figures) == 1
        told = f"{self.figures[0]:.4f}" if close else spread(self.figures)
        return ROW(self.what, told, f"{sign} {self.floor:g}", goal, self.verdict())


def spread(figures: Sequence[float]) -> str:
    """Give the median, and of several figures the least and the largest.

    >>> spread([3.0, 1.0, 2.0])
    '2.00 (1.00-3.00)'
    """
    if not figures:
        return "-"
    digits = 2 if statistics.median(figures) < 10 else 1
    median, least, most = (
        f"{figure:.{digits}f}"
        for figure in (statistics.median(figures), min(figures), max(figures))
    )
    return median if len(figures) == 1 else f"{median} ({least}-{most})"


def times_ours(result: Result, ours: Result) -> list[float]:
    """Give how long it took by the MB in units of ours: its own part, our whole process, by turn.

    Where it was stopped early the turns that both had count.
    """
    theirs = result.part or result.seconds
    pairs = zip(theirs, ours.seconds, strict=False)
    return [a / result.size_mb / (b / ours.size_mb) for a, b in pairs]


def targets(found: dict[str, Any]) -> list[Target]:
    """Give all, at 100 MB, or at the largest size there is when it was not measured."""
    sizes: dict[str, dict[str, Result]] = found["sizes"]
    at = MIDDLE if MIDDLE in sizes else list(sizes)[-1]
    results = sizes[at]
    ours = results[NAME]
    copied = [1 / ratio for ratio in times_ours(results["copying"], ours)]
    one = times_ours(results["dedup, one job"], ours)
    score = ours.score
    return [
        Target(f"recall at {at} MB", [score.recall] if score else [], 0.99),
        Target(f"precision at {at} MB", [score.precision] if score else [], 0.999),
        Target(f"times as long as copying {at} MB", copied, 4, 2, at_most=True),
        *_parts(sizes, ours),
        *_large(sizes),
        Target(f"two jobs, times as fast as one, {at} MB", one, 1.6),
        *_signing(found.get("signatures") or {}),
        *_crowds(found),
    ]


def _parts(sizes: dict[str, dict[str, Result]], ours: Result) -> Iterator[Target]:
    """Compare with the part of each peer alone, at the largest size up to ours that it has."""
    for name, (_, distribution) in PEERS.items():
        floor = PARTS.get(distribution)
        measured = [r[name] for r in sizes.values() if name in r and r[name].seconds]
        measured = [result for result in measured if result.size_mb <= ours.size_mb]
        if floor and measured:
            result = measured[-1]
            recall = f", recall {result.score.recall:.3f}" if result.score else ""
            what = f"times as fast as {name} alone ({result.size_mb:.0f} MB{recall})"
            yield Target(what, times_ours(result, ours), *floor)
        elif floor:
            yield Target(f"times as fast as {name} alone", [], *floor)


def _large(sizes: dict[str, dict[str, Result]]) -> Iterator[Target]:
    large, middle = (sizes[at][NAME] if at in sizes else None for at in (LARGE, MIDDLE))
    speed, memory = [], []
    if large is not None and large.seconds:
        memory = [(large.peak_bytes / 1e6 - MB_AT_REST) / large.size_mb]
        if middle is not None and middle.seconds:
            speed = [large.mb_per_second() / middle.mb_per_second()]
    yield Target("MB/s at 1000 MB, of that at 100 MB", speed, 0.85)
    what = f"memory at 1000 MB, less {MB_AT_REST} MB, by the text"
    yield Target(what, memory, 0.7, 0.4, at_most=True)


def _signing(signed: dict[str, Any]) -> Iterator[Target]:
    for name, floor in SIGNING.items():
        ratios = signed[name]["times_as_long"] if name in signed else []
        yield Target(f"signatures, times as fast as {name}", ratios, *floor)


def _crowds(found: dict[str, Any]) -> Iterator[Target]:
    five: Result | None = found.get("five scripts")
    speeds = [five.size_mb / seconds for seconds in five.seconds] if five is not None else []
    yield Target("MB/s of text in five scripts", speeds, 15)
    for name in ("identical", "one bucket"):
        at = found.get(name)
        told = [] if not at or at["comparisons"] is None else [at["comparisons"] / at["paragraphs"]]
        yield Target(f"comparisons for a paragraph, {name}", told, 50, at_most=True)
