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

MAX_VARIANTS, MAX_JUDGED = 32, 256
"""A paragraph is judged against at most so many others, the nearest first, and so many that match
it but for what is protected."""


MAX_LINE_WORDS, MIN_LINES = 16, 4
"""A run of so many paragraphs, none longer than so many words, is verse, a list or a table."""

MAX_STANZA = 12
"""A refrain comes back within so many lines."""


# Sentences in lines of their own end as such. Of lines of verse, so many end otherwise at least.
_OPEN_LINES, _OPEN_SHARE, _OPEN_WORDS = 2, 0.25, 3


class Judge(Protocol):
    """What the plan asks of `verify.Matcher`."""

    def neighbours(self, form: int) -> Sequence[int]: ...  # noqa: D102 - see verify.Matcher

    def judge(self, p: int, q: int, *, across: bool) -> Match | None: ...  # noqa: D102
    def holds(self, p: int, q: int) -> bool: ...  # noqa: D102


class WalkJudge(Judge, Protocol):
    """What the walk asks of it besides."""

    def verdict(self, p: int, q: int, *, across: bool) -> Match | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Rows:
    """Hold what the plan knows of each paragraph of the run, as arrays of length n.

    `document` int64, rising, and `position` int64 in it; `unit` int64, the document within which
    the thresholds of one document hold; `form` int64, -1 where nothing is compared; `size` int64,
    shingles; `protected` and `words` int64; `alone` bool: may go by an arc of its own; `level`
    uint8, of headings, else 0; `exempt` bool: goes only inside a block; `min_words` int64;
    `cut_off` bool: ends in an ellipsis; `closed` bool: ends as a sentence does; `tabular`
    bool: has cells; `beside` bool: no blank line parts it from both its neighbours; `fixed` bool:
    stays whatever happens, and what is alike goes for it.
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
    cut_off: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    tabular: NDArray[np.bool_]
    beside: NDArray[np.bool_]
    fixed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.form)

    def places(self) -> NDArray[np.int64]:
        """Give the first row of every form that may go by an arc of its own: int64[forms].

        Of others, the number of rows.
        """
        found = np.full(int(self.form.max(initial=-1)) + 1, len(self))
        alone = np.flatnonzero(self.alone)[::-1]
        found[self.form[alone]] = alone
        return found

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Give these `rows` alone."""
        return Rows(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(slots=True)
class Plan:
    """Hold the verdicts so far.

    `canonical` int64[n]: the kept row that a removed one goes for, -1 for a kept row. `match` has
    the match of every removed row, `variant` the row and match that a kept one nearly went for (or
    would have, were it no line of verse or of a list),
    `by_block` the rows that went because of their block. `guarded`: the rows that stay as a line.
    `capped`: the rows not judged against all.
    """

    canonical: NDArray[np.int64]
    match: dict[int, Match] = field(default_factory=dict)
    variant: dict[int, tuple[int, Match]] = field(default_factory=dict)
    by_block: set[int] = field(default_factory=set)
    guarded: set[int] = field(default_factory=set)
    capped: set[int] = field(default_factory=set)

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
            set(self.guarded),
            set(self.capped),
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
    """Order the rows so that the fuller text comes first: it is what may stay.

    A text that ends in an ellipsis says itself that there is a fuller one.
    """
    place = np.arange(len(rows))
    exact_size = -rows.size if keep == "longest" else np.zeros(len(rows), np.int64)
    if keep == "last":
        place = -place
    return np.lexsort((place, exact_size, -rows.protected, rows.cut_off, -size_classes(rows.size)))


def runs_of_lines(
    words: NDArray[np.integer], exempt: NDArray[np.bool_], document: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number the runs of short paragraphs, -1 outside: int64[n]. See `Rows` for what is given."""
    short = (words <= MAX_LINE_WORDS) & ~exempt
    first = np.ones(len(short), bool)
    first[1:] = (short[1:] != short[:-1]) | (document[1:] != document[:-1])
    run = np.cumsum(first) - 1
    counted = np.bincount(run, minlength=1)
    return np.where(short & (counted[run] >= MIN_LINES), run, -1) if len(short) else run


class Lines:
    """Tell which pairs repeat on purpose: lines of verse, items of a list, rows of a table."""

    def __init__(self, rows: Rows, matcher: Judge) -> None:
        self.run: list[int] = runs_of_lines(rows.words, rows.exempt, rows.document).tolist()
        self.open: list[bool] = (~rows.closed & (rows.words >= _OPEN_WORDS)).tolist()
        self.form: list[int] = rows.form.tolist()
        self.beside: list[bool] = rows.beside.tolist()
        self.alone: list[bool] = rows.alone.tolist()
        self.matcher = matcher

    def on_purpose(self, row: int, keeper: int, match: Match) -> bool:
        """Tell whether `row` and `keeper` are lines that repeat on purpose."""
        if self.run[row] >= 0 and self._written_out(row, keeper):
            return True
        if self.run[row] < 0 or self.run[keeper] < 0:
            return False
        if match.replaced:
            return True
        same = self.run[row] == self.run[keeper] and abs(row - keeper) <= MAX_STANZA
        return (
            match.relation == "exact"
            and same
            and self._is_verse(row, keeper)
            and not self._stutters(row, keeper)
        )

    def _is_verse(self, row: int, keeper: int) -> bool:
        """Tell whether lines from one to the other break off, as verse and items do."""
        if not (self.beside[row] and self.beside[keeper]):
            return False
        between = self.open[min(row, keeper) : max(row, keeper) + 1]
        return sum(between) >= max(_OPEN_LINES, _OPEN_SHARE * len(between))

    def _written_out(self, row: int, keeper: int) -> bool:
        """Tell whether a longer text holds the next line too: a stanza written out in one line."""
        form = self.form[keeper]
        return any(
            0 <= near < len(self.run)
            and self.run[near] == self.run[row]
            and near != keeper
            and self.alone[near]
            and self.form[near] not in {form, self.form[row]}
            and self.matcher.holds(form, self.form[near])
            for near in (row - 1, row + 1)
        )

    def _stutters(self, row: int, keeper: int) -> bool:
        """Tell whether a run of lines stands again at once: a scraper's doing, not a poet's."""
        shift = row - keeper
        run, length = self.run[row], 0
        for step in (1, -1):
            at = row if step > 0 else row - 1
            while 0 <= at < len(self.run) and 0 <= at - shift < len(self.run):
                if self.run[at] != run or self.run[at - shift] != run:
                    break
                if not self._equal(at, at - shift):
                    break
                length, at = length + 1, at + step
                if length >= abs(shift):
                    return True
        return False

    def _equal(self, one: int, other: int) -> bool:
        p, q = self.form[one], self.form[other]
        if p == q:
            return True
        # Those that are not compared themselves were compared only if they stand elsewhere too.
        if not (self.alone[one] and self.alone[other]):
            return False
        matches = (self.matcher.judge(a, b, across=False) for a, b in ((p, q), (q, p)))
        return any(match is not None and not match.differs for match in matches)


def walk(rows: Rows, matcher: WalkJudge, *, keep: str = "first", guard_lines: bool = True) -> Plan:
    """Let every paragraph go that has an arc to one already kept; those that are fixed come first.

    With `guard_lines`, lines of verse and items of lists stay where they repeat on purpose.
    """
    plan = Plan(np.full(len(rows), -1, np.int64))
    kept_as: dict[int, int] = {}
    order = walking_order(rows, keep)
    forms, units = rows.form.tolist(), rows.unit.tolist()
    lines = Lines(rows, matcher)
    for row in np.flatnonzero(rows.fixed & rows.alone).tolist():
        kept_as.setdefault(forms[row], row)
    for row in order[(rows.alone & ~rows.fixed)[order]].tolist():
        form = forms[row]
        near = [form, *matcher.neighbours(form)]
        judged = matched = 0
        for other in near:
            if other not in kept_as:
                continue
            keeper = kept_as[other]
            across = units[row] != units[keeper]
            # Of a second variant nobody asks how it differs, unless it may be a line.
            told = row in plan.variant and lines.run[row] < 0
            judge = matcher.verdict if told else matcher.judge
            match = judge(form, other, across=across)
            if match is None and across:
                # Too unlike for two documents: that costs nothing to tell, and how much of it there
                # is elsewhere must not decide here.
                continue
            judged += 1
            if judged > MAX_JUDGED or matched >= MAX_VARIANTS:
                plan.capped.add(row)
                break
            if match is None:
                continue
            matched += 1
            purposed = guard_lines and lines.on_purpose(row, keeper, match)
            if not (match.differs or purposed):
                plan.remove(row, keeper, match)
                break
            if purposed:
                plan.guarded.add(row)
            if row not in plan.variant:
                plan.variant[row] = (keeper, match)
        if plan.kept(row):
            kept_as.setdefault(form, row)
    return plan
