"""Matches → the final plan: walk, blocks, context, and taking back what may not be cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dedup import rewrite
from dedup.blocks import find_chains
from dedup.context import bereft, prefer_own_block, remove_in_context
from dedup.errors import SelfCheckError
from dedup.model import Chain
from dedup.plan import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from dedup.group import Group
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


def settle_apart(
    group: Group, rows: Rows, matcher: Judge, *, keep: str, lines: bool
) -> tuple[Settled, frozenset[int]]:
    """Settle parts that have nothing to do with each other: each as `settle` would by itself.

    Gives also the parts that are not settled: they have to be planned once more.
    """
    walk_by = partial(walk, keep=keep, guard_lines=lines)
    settled = _settle_once(group, rows, matcher, walk_by, over={}, staying={})

    def parts_of(some: Iterable[int]) -> frozenset[int]:
        return frozenset(group.part[rows.document[sorted(some)]].tolist())

    gone = np.flatnonzero(settled.plan.canonical >= 0).tolist()
    return settled, parts_of(gone) & parts_of(_held(settled))


def settle(group: Group, rows: Rows, matcher: Judge, *, keep: str, lines: bool) -> Settled:
    """Plan, take back what may not be cut, and plan what is left, until a second run finds nothing.

    What was held back because of its surroundings may be free to go once the rest has gone, be it
    for the lines around it or for the verse it stood in: what a second run would cut is cut at
    once.
    """
    walk_by = partial(walk, keep=keep, guard_lines=lines)
    return _settle(group, rows, matcher, walk_by)


def _settle(group: Group, rows: Rows, matcher: Judge, walk_by: Callable[..., Plan]) -> Settled:
    over: dict[int, float] = {}
    staying: dict[int, tuple[str, int]] = {}  # as `withheld`, from the start
    while True:
        settled = _settle_once(group, rows, matcher, walk_by, over=over, staying=staying)
        if not _may_free(settled):
            return settled
        kept = np.flatnonzero(settled.plan.canonical < 0)
        left = _without(group, settled.plan)
        rows_left = replace(rows.take(kept), beside=left.beside())
        more = _settle(left, rows_left, matcher, walk_by)  # there is less of it
        joined, stranded = _joined(settled, more, kept, rows, matcher)
        limited = _over_limit(group, rows, joined.plan)
        if not stranded and limited.keys() <= over.keys():
            return joined
        over = {**over, **limited}
        staying = {**staying, **stranded}


def _may_free(settled: Settled) -> bool:
    """Tell whether something was held back for its surroundings, and something else went."""
    return bool(_held(settled)) and bool((settled.plan.canonical >= 0).any())


def _held(settled: Settled) -> set[int]:
    unstable = {row for row, (why, _) in settled.withheld.items() if why == "unstable"}
    return settled.plan.guarded | unstable


def _without(group: Group, plan: Plan) -> Group:
    """Give the documents as `plan` leaves them, cut into the paragraphs it keeps."""
    documents = []
    for number, (document, found) in enumerate(zip(group.documents, group.paragraphs, strict=True)):
        spans = rewrite.cuts(document, found, plan.canonical[group.rows_of(number)] >= 0)
        data = rewrite.without(document.data, spans.values())
        documents.append(replace(document, data=data))
    paragraphs = [cut(document) for cut, document in zip(group.split, documents, strict=True)]
    bounds = np.zeros_like(group.bounds)
    np.cumsum([len(p) for p in paragraphs], out=bounds[1:])
    return replace(group, documents=documents, paragraphs=paragraphs, bounds=bounds)


def _joined(
    one: Settled, more: Settled, kept: NDArray[np.int64], rows: Rows, matcher: Judge
) -> tuple[Settled, dict[int, tuple[str, int]]]:
    """Put two runs together; row i of the second is row ``kept[i]`` of the first.

    What went in the first for one that goes in the second goes for what that one goes for. Gives
    the rows that may not, and so had to stay in the first, as they stand in `withheld`.
    """
    plan = one.plan.without(np.zeros(len(rows), bool))
    for row, keeper in enumerate(more.plan.canonical.tolist()):
        if keeper >= 0:
            plan.remove(int(kept[row]), int(kept[keeper]), more.plan.match[row])
    plan.by_block |= {int(kept[row]) for row in more.plan.by_block}
    withheld = dict(one.withheld)
    for row, (reason, other) in more.withheld.items():
        withheld[int(kept[row])] = reason, int(kept[other])
    forms, units = rows.form.tolist(), rows.unit.tolist()
    stranded: dict[int, tuple[str, int]] = {}
    for row in list(plan.match):
        keeper = int(plan.canonical[row])
        if plan.kept(keeper):
            continue
        keeper = int(plan.canonical[keeper])
        match = matcher.judge(forms[row], forms[keeper], across=units[row] != units[keeper])
        if match is None or match.differs:
            stranded[row] = "unstable", keeper
        else:
            plan.remove(row, keeper, match)
    chains = [
        Chain(tuple((int(kept[a]), int(kept[b])) for a, b in chain.pairs)) for chain in more.chains
    ]
    withheld = {row: why for row, why in withheld.items() if plan.kept(row)}
    cut = set(rows.document[plan.canonical >= 0].tolist())
    over = {d: share for d, share in {**one.over, **more.over}.items() if d not in cut}
    return Settled(plan, one.chains + chains, over, withheld), stranded


def _settle_once(
    group: Group,
    rows: Rows,
    matcher: Judge,
    walk_by: Callable[..., Plan],
    *,
    over: dict[int, float],
    staying: dict[int, tuple[str, int]],
) -> Settled:
    """Plan, and take back what may not be cut, until nothing more has to be.

    A document over the limit, or lines that would be read otherwise than they were, stay whole, and
    what follows from it is planned anew: so a second run, which meets them whole again, comes to
    the same plan. Documents that are `over` the limit from the start stay whole too, and the rows
    `staying` stay.
    """
    walked = walk_by(rows, matcher)
    frozen = np.zeros(len(rows), bool)
    frozen[list(staying)] = True
    frozen |= rows.fixed
    over, first = {}, over
    withheld = dict(staying)

    def take_back(plan: Plan, back: NDArray[np.bool_], reason: str) -> None:
        for row in np.flatnonzero(back).tolist():
            if not plan.kept(row):
                withheld[row] = reason, int(plan.canonical[row])
        frozen[back] = True

    while True:
        plan = walked.without(frozen)
        by_walk = plan.canonical >= 0
        limited, first = first or _over_limit(group, rows, plan), {}
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
        if (removed != by_walk).any():  # else it was asked above
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
    here the walk is not asked alone first. But what it would tear alone stays before its context,
    in each document for itself.
    """
    back = _torn(group, removed, structured=True)
    if not back.any():
        return back
    torn_by_walk = back & _torn(group, by_walk, structured=True)
    walked, in_context = torn_by_walk & by_walk, back & removed & ~by_walk
    for number in range(len(group.documents)):
        of_document = group.rows_of(number)
        if walked[of_document].any():
            back[of_document] = torn_by_walk[of_document]
        elif in_context[of_document].any():
            back[of_document] = in_context[of_document]
    return back


def _torn(group: Group, removed: NDArray[np.bool_], *, structured: bool) -> NDArray[np.bool_]:
    """Tell which rows stand where lines would be read otherwise without the `removed` ones.

    Asks the documents with a structure of their own, or those without.
    """
    torn = np.zeros(len(removed), bool)
    for number in group.documents_of(np.flatnonzero(removed)):
        document, found = group.documents[number], group.paragraphs[number]
        if (found.outline is not None) is structured:
            span = group.rows_of(number)
            torn[span] = rewrite.torn(document, found, removed[span], group.split[number])
    return torn


def _over_limit(group: Group, rows: Rows, plan: Plan) -> dict[int, float]:
    """Name the documents of which near and contained cuts would take too much, with the share."""
    near: dict[int, int] = {}
    for row in np.flatnonzero(plan.canonical >= 0).tolist():
        if plan.match[row].relation != "exact":
            document = int(rows.document[row])
            near[document] = near.get(document, 0) + int(rows.words[row])
    over = {}
    for number, words in sorted(near.items()):
        total = int(rows.words[group.rows_of(number)].sum())
        if words * 100 > group.configs[number].max_removed * total:
            over[number] = words / total
    return over


def check_canonicals(rows: Rows, plan: Plan, matcher: Judge) -> None:
    """Prove that every removed paragraph goes for a kept one it was itself verified against.

    Raises:
        SelfCheckError: one does not. Nothing may be written then.
    """
    for row in np.flatnonzero(plan.canonical >= 0).tolist():
        keeper = int(plan.canonical[row])
        match = matcher.judge(
            int(rows.form[row]),
            int(rows.form[keeper]),
            across=bool(rows.unit[row] != rows.unit[keeper]),
        )
        if not plan.kept(keeper) or match is None or match.differs or match != plan.match[row]:
            raise SelfCheckError(
                f"self-check failed, nothing was written: paragraph {row} goes for one that does "
                "not stand for it; please report this"
            )
