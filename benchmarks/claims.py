"""What the speed must show: each figure with its spread, its floor and its goal, and what holds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contest import RECALL, best_modes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contest import Result

OURS, ONE_JOB, COPYING = "dedup", "dedup, one job", "copying"
PRECISION = 0.999
SIZE_OF_SHARES, SIZE_OF_GROWTH = "100", "1000"  # MB at which the floors are stated
# How many times as long a peer's part takes as our whole process: floor and goal.
# rensa is fed from Python, as it says; and once by hashes that NumPy made.
PEERS = {"gaoya": (2.5, 5), "rensa": (4, 8), "rensa_hashes": (4, 8), "datasketch": (30, 60)}
SIGNERS = {"datasketch": (60, 100), "rensa": (10, 20), "rensa_hashes": (10, 20)}


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one figure. `values`: of each run; none where it was not measured.

    `at_most`: smaller is better. `aside`: the figure was taken where the floor is not stated.
    """

    what: str
    values: Sequence[float]
    floor: float
    goal: float | None = None
    at_most: bool = False
    aside: bool = False

    @property
    def value(self) -> float:
        """Give the median."""
        return statistics.median(self.values)

    def reaches(self, bound: float | None) -> bool:
        """Tell whether the figure is within a bound."""
        if bound is None or not self.values:
            return False
        return self.value <= bound if self.at_most else self.value >= bound

    @property
    def verdict(self) -> str:
        """Say what holds."""
        if not self.values:
            return "not measured"
        if self.aside:
            return "stated for another size"
        if self.reaches(self.goal):
            return "goal reached"
        return "holds" if self.reaches(self.floor) else "DOES NOT HOLD"

    def line(self) -> str:
        """Give it as a line of a table."""
        than = "<=" if self.at_most else ">="
        figure = spread = "-"
        if self.values:
            figure = _figure(self.value)
            spread = f"{_figure(min(self.values))}-{_figure(max(self.values))}"
        goal = "-" if self.goal is None else f"{than} {self.goal:g}"
        return (
            f"  {self.what:<58}{figure:>9}{spread:>16}{f'{than} {self.floor:g}':>10}"
            f"{goal:>8}  {self.verdict}"
        )


HEADER = f"  {'':<58}{'median':>9}{'min-max':>16}{'floor':>10}{'goal':>8}"


def _figure(value: float) -> str:
    return f"{value:.4f}" if value < 1 else f"{value:.2f}"


def ratios(result: Result, ours: Result) -> list[float]:
    """Give how long it takes in units of ours: its own part, our whole process, turn by turn.

    Where it was stopped early the turns that both had count; at another size it is by the MB.
    """
    theirs = result.part or result.seconds
    return [
        a / result.size_mb / (b / ours.size_mb) for a, b in zip(theirs, ours.seconds, strict=False)
    ]


def claims(found: dict[str, Any]) -> list[Claim]:
    """Give all that must hold, measured or not."""
    sizes: dict[str, dict[str, Result]] = found["sizes"]
    size = SIZE_OF_SHARES if SIZE_OF_SHARES in sizes else list(sizes)[-1]
    return [
        *_of_size(sizes, size),
        *_of_growth(sizes),
        *_of_signing(found.get("signatures") or {}),
        *_of_crowds(found),
    ]


def _of_size(sizes: dict[str, dict[str, Result]], size: str) -> Iterator[Claim]:
    results = sizes[size]
    ours = results[OURS]
    aside = size != SIZE_OF_SHARES
    at = f"{size} MB"
    score = [ours.score] if ours.score is not None else []
    yield Claim(f"recall of what is near at 0.7, {at}", [s.recall for s in score], RECALL)
    yield Claim(f"precision, {at}", [s.precision for s in score], PRECISION)
    copied = [1 / share for share in ratios(results[COPYING], ours)]
    yield Claim(f"times as long as copying with orjson, {at}", copied, 4, 2, True, aside)
    for peer, bounds in PEERS.items():
        # Those too slow for this size were measured at a smaller one.
        for of_size in reversed([sizes[s] for s in sizes if float(s) <= float(size)]):
            if (name := best_modes(of_size).get(peer)) is not None:
                theirs = of_size[name]
                what = f"times as fast as {name} alone ({theirs.size_mb:.0f} MB)"
                yield Claim(what, ratios(theirs, ours), *bounds, aside=aside)
                break
        else:
            yield Claim(f"times as fast as {peer} alone", [], *bounds)
    jobs = ratios(results[ONE_JOB], ours) if ONE_JOB in results else []
    yield Claim(f"two jobs, times as fast as one, {at}", jobs, 1.6, aside=aside)


def _of_growth(sizes: dict[str, dict[str, Result]]) -> Iterator[Claim]:
    large = sizes.get(SIZE_OF_GROWTH, {}).get(OURS)
    small = sizes.get(SIZE_OF_SHARES, {}).get(OURS)
    share: list[float] = []
    if large and small and large.seconds and small.seconds:
        share = [large.mb_per_second() / small.mb_per_second()]
    yield Claim("MB/s at 1000 MB, share of that at 100 MB", share, 0.85)
    peak, beyond = [], []
    if large and large.seconds:
        peak = [large.peak_bytes / 1e6 / large.size_mb]
        beyond = [(large.peak_bytes / 1e6 - 300) / large.size_mb]
    yield Claim("peak memory less 300 MB, share of the text, 1000 MB", beyond, 0.7, None, True)
    yield Claim("peak memory, share of the text, 1000 MB", peak, 1.0, 0.4, True)


def _of_signing(signed: dict[str, Any]) -> Iterator[Claim]:
    for name, bounds in SIGNERS.items():
        theirs, ours = (signed.get(who, {}).get("seconds", []) for who in (name, OURS))
        values = [a / b for a, b in zip(theirs, ours, strict=False)]
        yield Claim(f"text to signatures, times as fast as {name}", values, *bounds)


def _of_crowds(found: dict[str, Any]) -> Iterator[Claim]:
    five: Result | None = found.get("five scripts")
    speeds = [five.size_mb / each for each in five.seconds] if five else []
    yield Claim("MB/s of text in five scripts", speeds, 15)
    for name in ("identical", "one bucket"):
        at = found.get(name) or {}
        for count, of in (("comparisons", "comparisons"), ("pairs_counted", "of them on forms")):
            compared = at.get(count)
            values = [] if compared is None else [compared / at["paragraphs"]]
            yield Claim(f"{of} for each paragraph, {name}", values, 50, None, True)
