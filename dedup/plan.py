"""Matches → what happens to every paragraph by the arcs it has itself: the walk.

What goes with its surroundings follows in `context`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.model import Match

MAX_JUDGED = 32
"""A paragraph is judged against at most so many others, the nearest first."""


class Judge(Protocol):
    """What the plan asks of `verify.Matcher`."""

    def neighbours(self, form: int) -> Sequence[int]: ...  # noqa: D102 - see verify.Matcher

    def judge(self, p: int, q: int, *, across: bool) -> Match | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Rows:
    """Hold what the plan knows of each paragraph of the run, as arrays of length n.

    `document` int64, rising, and `position` int64 in it; `unit` int64, the document within which
    the thresholds of one document hold; `form` int64, -1 where nothing is compared; `size` int64,
    shingles; `protected` and `words` int64; `alone` bool: may go by an arc of its own; `level`
    uint8, of headings, else 0; `exempt` bool: goes only inside a block; `min_words` int64.
    """

    document: NDArray[np.int64]
    position: NDArray[np.int64]
    unit: NDArray[np.int64]
    form: NDArray[np.int64]
    size: NDArray[np.int64]
    protected: NDArray[np.int64]
    words: NDArray[np.int64]
    alone: NDArray[np.bool_]
    level: NDArray[np.uint8]
    exempt: NDArray[np.bool_]
    min_words: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.form)

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Give these `rows` alone."""
        return Rows(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(slots=True)
class Plan:
    """Hold the verdicts so far.

    `canonical` int64[n]: the kept row that a removed one goes for, -1 for a kept row. `match` has
    the match of every removed row, `variant` the row and match that a kept one nearly went for,
    `by_block` the rows that went because of their block. `capped`: rows not judged against all.
    """

    canonical: NDArray[np.int64]
    match: dict[int, Match] = field(default_factory=dict)
    variant: dict[int, tuple[int, Match]] = field(default_factory=dict)
    by_block: set[int] = field(default_factory=set)
    capped: int = 0

    def kept(self, row: int) -> bool:
        """Tell whether `row` stays."""
        return bool(self.canonical[row] < 0)

    def remove(self, row: int, canonical: int, match: Match) -> None:
        """Let `row` go for the kept row `canonical`."""
        self.canonical[row] = canonical
        self.match[row] = match
        self.variant.pop(row, None)

    def without(self, frozen: NDArray[np.bool_]) -> Plan:
        """Give a copy in which the `frozen` rows stay."""
        return Plan(
            np.where(frozen, -1, self.canonical),
            {row: match for row, match in self.match.items() if not frozen[row]},
            dict(self.variant),
            set(self.by_block),
            self.capped,
        )


def size_classes(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give ⌊log₁.₂₅ size⌋, in whole numbers throughout: equal on every machine."""
    bounds = [1]
    exponent = 0
    largest = int(sizes.max(initial=1))
    while bounds[-1] <= largest:
        exponent += 1
        bounds.append(-(-(5**exponent) // 4**exponent))  # least whole number ≥ 1.25^exponent
    return np.searchsorted(np.array(bounds, np.int64), sizes, "right") - 1


def walking_order(rows: Rows, keep: str) -> NDArray[np.int64]:
    """Order the rows so that the fuller text comes first: it is what may stay."""
    place = np.arange(len(rows))
    exact_size = -rows.size if keep == "longest" else np.zeros(len(rows), np.int64)
    if keep == "last":
        place = -place
    return np.lexsort((place, exact_size, -rows.protected, -size_classes(rows.size)))


def walk(rows: Rows, matcher: Judge, *, keep: str = "first") -> Plan:
    """Let every paragraph go that has an arc to one already kept."""
    plan = Plan(np.full(len(rows), -1, np.int64))
    kept_as: dict[int, int] = {}
    order = walking_order(rows, keep)
    forms, units = rows.form.tolist(), rows.unit.tolist()
    for row in order[rows.alone[order]].tolist():
        form = forms[row]
        near = [form, *matcher.neighbours(form)]
        judged = 0
        for other in near:
            if other not in kept_as:
                continue
            judged += 1
            if judged > MAX_JUDGED:
                plan.capped += 1
                break
            keeper = kept_as[other]
            match = matcher.judge(form, other, across=units[row] != units[keeper])
            if match is None:
                continue
            if not match.differs:
                plan.remove(row, keeper, match)
                break
            if row not in plan.variant:
                plan.variant[row] = (keeper, match)
        if plan.kept(row):
            kept_as.setdefault(form, row)
    return plan
