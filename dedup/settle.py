"""Matches → the final plan: walk, blocks, context, and taking back what may not be cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import rewrite
from dedup.blocks import find_chains
from dedup.context import bereft, prefer_own_block, remove_in_context
from dedup.plan import walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.decisions import Group
    from dedup.model import Chain
    from dedup.plan import Judge, Plan, Rows


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold the final plan, its chains, and what was taken back on the way.

    `over`: the share of each document that was left whole. `withheld`: the reason of each row that
    would have gone, and the row it would have gone for.
    """

    plan: Plan
    chains: list[Chain]
    over: dict[int, float]
    withheld: dict[int, tuple[str, int]]


def settle(group: Group, rows: Rows, matcher: Judge, *, keep: str) -> Settled:
    """Plan, and take back what may not be cut, until nothing more has to be.

    A document over the limit, or lines that would be read otherwise than they were, stay whole, and
    what follows from it is planned anew: so a second run, which meets them whole again, comes to
    the same plan.
    """
    walked = walk(rows, matcher, keep=keep)
    frozen = np.zeros(len(rows), bool)
    over: dict[int, float] = {}
    withheld: dict[int, tuple[str, int]] = {}

    def take_back(plan: Plan, back: NDArray[np.bool_], reason: str) -> None:
        for row in np.flatnonzero(back).tolist():
            if not plan.kept(row):
                withheld[row] = reason, int(plan.canonical[row])
        frozen[back] = True

    while True:
        plan = walked.without(frozen)
        by_walk = plan.canonical >= 0
        limited = _over_limit(group, rows, plan)
        if not limited:
            # Asked of the walk alone first: in a second run it is the same, the context is not.
            back = _torn(group, by_walk, structured=False)
            if back.any():
                take_back(plan, back, "unstable")
                continue
            chains = find_chains(rows, plan, matcher)
            prefer_own_block(plan, rows, chains, matcher)
            remove_in_context(plan, rows, chains, matcher, frozen=frozen)
            limited = _over_limit(group, rows, plan)
        if limited:
            over.update(limited)
            take_back(plan, np.isin(rows.document, list(limited)), "limit")
            continue
        removed = plan.canonical >= 0
        back = _torn(group, removed, structured=False)
        if not back.any():
            back = _torn_structure(group, by_walk, removed)
        if not back.any():
            back = bereft(rows, plan)
        if not back.any():
            return Settled(plan, chains, over, withheld)
        take_back(plan, back, "unstable")


def _torn_structure(
    group: Group, by_walk: NDArray[np.bool_], removed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which rows stand where the structure of a document would change.

    A list between two paragraphs that repeat goes with them, and is not looked at without them: so
    here the walk is not asked alone first. But what it would tear alone stays before its context.
    """
    back = _torn(group, removed, structured=True)
    if not back.any():
        return back
    torn_by_walk = back & _torn(group, by_walk, structured=True)
    if (torn_by_walk & by_walk).any():
        return torn_by_walk
    in_context = back & removed & ~by_walk
    return in_context if in_context.any() else back


def _torn(group: Group, removed: NDArray[np.bool_], *, structured: bool) -> NDArray[np.bool_]:
    """Tell which rows stand where lines would be read otherwise without the `removed` ones.

    Asks the documents with a structure of their own, or those without.
    """
    torn = np.zeros(len(removed), bool)
    for number, (document, found) in enumerate(zip(group.documents, group.paragraphs, strict=True)):
        if (found.outline is not None) is structured:
            span = group.rows_of(number)
            torn[span] = rewrite.torn(document, found, removed[span], group.split[number])
    return torn


def _over_limit(group: Group, rows: Rows, plan: Plan) -> dict[int, float]:
    """Name the documents of which near and contained cuts would take too much, with the share."""
    over = {}
    for number, config in enumerate(group.configs):
        span = group.rows_of(number)
        total = int(rows.words[span].sum())
        going = (np.flatnonzero(plan.canonical[span] >= 0) + span.start).tolist()
        words = sum(int(rows.words[r]) for r in going if plan.match[r].relation != "exact")
        if words * 100 > config.max_removed * total:
            over[number] = words / total
    return over
