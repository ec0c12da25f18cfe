"""Plan + blocks → what goes with its surroundings, and what may not go because of them.

Short and exempt paragraphs that stand in a repeated block go with it, a heading with its section,
the headline with the first one. No step here takes back what the walk kept.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dedup.model import Chain
    from dedup.plan import Judge, Plan, Rows


def prefer_own_block(plan: Plan, rows: Rows, chains: Iterable[Chain], matcher: Judge) -> None:
    """Name as canonical the kept paragraph of the same occurrence, where an arc leads there."""
    for chain in chains:
        for copy, kept in chain.pairs:
            if plan.kept(copy) or not plan.kept(kept) or plan.canonical[copy] == kept:
                continue
            across = bool(rows.unit[copy] != rows.unit[kept])
            match = matcher.judge(int(rows.form[copy]), int(rows.form[kept]), across=across)
            if rows.alone[copy] and rows.alone[kept] and match is not None and not match.differs:
                plan.remove(copy, kept, match)


def remove_in_context(
    plan: Plan,
    rows: Rows,
    chains: Iterable[Chain],
    matcher: Judge,
    *,
    frozen: NDArray[np.bool_],
) -> None:
    """Let go what stands in a block that repeats, under a heading that goes, or as a headline.

    What is `frozen` stays.
    """
    context = _Context(plan, rows, matcher, frozen)
    linked: dict[int, int] = {}
    for chain in chains:
        for copy, kept in chain.pairs:
            if rows.level[copy]:
                if rows.level[kept]:
                    linked[copy] = kept
            else:
                context.remove_equal(copy, kept, by_block=True)
    _remove_headings(context, linked)
    starts = np.flatnonzero(np.append(True, rows.document[1:] != rows.document[:-1])[: len(rows)])
    for low, high in pairwise([*starts.tolist(), len(rows)]):
        if rows.fixed[low]:
            continue  # so are all of an index
        staying = low + np.flatnonzero((plan.canonical[low:high] < 0) & ~rows.exempt[low:high])
        if len(staying):
            _remove_headlines(context, staying)


def _remove_headings(context: _Context, linked: dict[int, int]) -> None:
    """Let a heading go when all that stands under it goes, and an equal heading stays.

    That has to stand in the same document, or in one that something under the heading goes for:
    what else there is must not decide. One with nothing under it goes with its block alone.
    `linked`: the headings that stand in a block, and their counterparts.
    """
    plan, rows = context.plan, context.rows
    equal: dict[int, list[int]] = {}
    for row in np.flatnonzero((rows.level > 0) & (rows.form >= 0)).tolist():
        equal.setdefault(int(rows.form[row]), []).append(row)
    for heading, stop, empties in sections(rows, plan):
        partner = linked.get(heading)
        if partner is None and empties and stop > heading + 1:
            under = plan.canonical[heading + 1 : stop]
            near = {int(rows.document[heading]), *rows.document[under[under >= 0]].tolist()}
            others = equal.get(int(rows.form[heading]), [])
            partner = next(
                (
                    row
                    for row in others
                    if row != heading and plan.kept(row) and int(rows.document[row]) in near
                ),
                None,
            )
        if partner is not None and (empties or stop == heading + 1):
            context.remove_equal(heading, partner, by_block=heading in linked)


def sections(rows: Rows, plan: Plan) -> Iterable[tuple[int, int, bool]]:
    """Give every heading with the end of its section, the last first, and whether nothing stays.

    A section ends before the next heading of its level or a higher one. What the caller removes
    while it asks is seen.
    """
    headings = np.flatnonzero(rows.level).tolist()
    ends: list[tuple[int, int, int]] = []  # document, level, row: of the headings further down
    bounds = np.searchsorted(rows.document, rows.document[headings], "right").tolist()
    removed = plan.canonical >= 0
    next_kept = len(rows)
    behind = len(rows)
    for heading, bound in zip(reversed(headings), reversed(bounds), strict=True):
        between = np.flatnonzero(~removed[heading + 1 : behind])
        if len(between):
            next_kept = heading + 1 + int(between[0])
        document, level = int(rows.document[heading]), int(rows.level[heading])
        while ends and (ends[-1][0] != document or ends[-1][1] > level):
            ends.pop()
        stop = ends[-1][2] if ends else bound
        yield heading, stop, next_kept >= stop
        ends.append((document, level, heading))
        behind = heading
        if plan.kept(heading):
            next_kept = heading


def bereft(rows: Rows, plan: Plan) -> NDArray[np.bool_]:
    """Tell which removed rows would leave a heading with nothing under it: bool[n]."""
    found = np.zeros(len(rows), bool)
    for heading, stop, empties in sections(rows, plan):
        if empties and stop > heading + 1 and plan.kept(heading):
            found[heading + 1 : stop] = True
    return found & (plan.canonical >= 0)


def _remove_headlines(context: _Context, staying: NDArray[np.int64]) -> None:
    """Let a line go that equals the first one of its document: the headline, scraped twice.

    A second heading goes only where no other stands before it: what follows it would come to stand
    under that one.
    """
    plan, rows, first = context.plan, context.rows, int(staying[0])
    if rows.form[first] < 0 or rows.tabular[first]:
        return  # the head of a table may stand above another table
    likely = staying[(rows.words[staying] == rows.words[first]) & ~rows.alone[staying]]
    headings = staying[1:][rows.level[staying[1:]] > 0].tolist()
    for row in likely[likely > first].tolist():
        parted = rows.level[row] and any(plan.kept(h) for h in headings if h < row)
        if 2 * rows.words[row] >= rows.min_words[row] and not parted:
            context.remove_equal(row, first, by_block=False)


class _Context:
    """Remove short paragraphs that equal one that stays."""

    def __init__(self, plan: Plan, rows: Rows, matcher: Judge, frozen: NDArray[np.bool_]) -> None:
        self.plan, self.rows, self.matcher, self.frozen = plan, rows, matcher, frozen
        self.gone_for: dict[int, list[int]] = {}  # the short rows that went for a row

    def remove_equal(self, copy: int, kept: int, *, by_block: bool) -> None:
        """Let `copy` go for `kept`, or for what that went for, if it is short and equal to it."""
        plan, rows = self.plan, self.rows
        if not plan.kept(copy) or rows.alone[copy] or self.frozen[copy]:
            return
        keeper = kept if plan.kept(kept) else int(plan.canonical[kept])
        if keeper == copy or not plan.kept(keeper):
            return
        across = bool(rows.unit[copy] != rows.unit[keeper])
        match = self.matcher.judge(int(rows.form[copy]), int(rows.form[keeper]), across=across)
        if match is None or match.relation != "exact":
            return
        # What went for the copy equals the keeper too: equality, unlike likeness, carries over.
        followers = [copy, *self.gone_for.pop(copy, [])]
        for row in followers:
            plan.remove(row, keeper, match)
        self.gone_for.setdefault(keeper, []).extend(followers)
        if by_block:
            plan.by_block.add(copy)
