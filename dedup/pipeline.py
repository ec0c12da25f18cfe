"""The recipe, from bytes to the canonical article. Read this file first.

    Document → paragraphs → comparison forms → shingle sets → signatures → band keys
             → candidate pairs → matches → plan, blocks → bytes

Everything between paragraphs and matches is a flat array, and row i of each is paragraph i of the
run. Objects are made at the end, for people and reports to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dedup import blocks as block_stage
from dedup import plan as plan_stage
from dedup import rewrite
from dedup.candidates import find_candidates, join
from dedup.decisions import Decider, Group
from dedup.errors import SelfCheckError
from dedup.model import Block, Cleaned, Document, Run
from dedup.normalize import comparison_forms
from dedup.paragraphs import split
from dedup.shingles import shingle_sets
from dedup.verify import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Chain, Paragraphs
    from dedup.plan import Plan, Rows
    from dedup.shingles import ShingleSets

MAX_COMPARED_BYTES = 1 << 20
"""A longer paragraph is compared for equal bytes only."""

MAX_DISTINCT_PARAGRAPHS = 20_000
"""A document with more different paragraphs is compared like a corpus, by `threshold_across`."""


def clean(
    documents: Sequence[Document], config: Config, *, across: bool, index: str = "arrays"
) -> Run:
    """Clean every document by itself, or `across` all of them, the earlier ones being home.

    Raises:
        SelfCheckError: a result did not prove safe; nothing of it may be written.
    """
    cleaned: list[Cleaned] = []
    blocks: list[Block] = []
    warnings: list[str] = []
    groups = [documents] if across else [[document] for document in documents]
    for group in groups:
        run = _clean_group(group, config, index, first=len(cleaned), first_block=len(blocks))
        cleaned += run.documents
        blocks += run.blocks
        warnings += run.warnings
    return Run(tuple(cleaned), tuple(blocks), config.deciding(), tuple(warnings))


def _clean_group(
    documents: Sequence[Document], config: Config, index: str, *, first: int, first_block: int
) -> Run:
    cut = partial(split, mode=config.paragraphs)
    group = _read(documents, cut)
    sets = shingle_sets(group.forms.texts, kind=config.shingle, size=config.shingle_size)
    rows = _rows(group, sets, config)
    many = _documents_of_many(group, rows, np.ones(len(rows), bool))
    rows = _as_corpora(group, rows, many)
    candidates = find_candidates(rows, rows.alone, sets, config, index)
    searched = np.ones(len(rows), bool)  # those that the last search asked
    while True:
        matcher = Matcher(group.forms, sets, candidates.left, candidates.right, config)
        settled = _settle(group, rows, matcher, config, cut)
        kept = settled.plan.canonical < 0
        # What a second run would meet must decide already: it has the kept paragraphs only, so its
        # documents may be small enough to be compared closely, its buckets small enough for all.
        still = _documents_of_many(group, rows, kept) & many
        if still != many:
            many = still
            rows = _as_corpora(group, rows, many)
            candidates = find_candidates(rows, rows.alone, sets, config, index)
            searched[:] = True
            continue
        if not (candidates.capped or (kept & ~searched).any()):
            break
        more = find_candidates(rows, rows.alone & kept, sets, config, index)
        joined = join([candidates, more])
        if len(joined.left) == len(candidates.left):
            break
        candidates, searched = replace(joined, capped=more.capped), kept
    plan = settled.plan
    _check_canonicals(rows, plan, matcher)
    chains = [c for c in settled.chains if not all(plan.kept(copy) for copy, _ in c.pairs)]
    blocks, block_of = block_stage.make_blocks(
        chains, rows, group.lines(), first_document=first, first_block=first_block
    )
    decide = Decider(group, rows, plan, block_of, settled.withheld, first)
    cleaned = [
        decide.document(number, cut, settled.over.get(number))
        for number in range(len(group.documents))
    ]
    warnings = _warnings(group, many, max(candidates.capped, plan.capped))
    return Run(tuple(cleaned), tuple(blocks), {}, tuple(warnings))


def _warnings(group: Group, many: frozenset[int], capped: int) -> list[str]:
    """Say what was not read, or not compared as closely as it might have been."""
    warnings = []
    for number, (document, found) in enumerate(zip(group.documents, group.paragraphs, strict=True)):
        unreadable = np.flatnonzero(group.unreadable[group.rows_of(number)])
        if len(unreadable):
            line = int(found.first_line[unreadable[0]])
            warnings.append(
                f"{document.id}:{line}: bytes that are not {document.encoding}: {len(unreadable)} "
                "paragraphs kept unread (pass --encoding)"
            )
        if number in many:
            warnings.append(
                f"{document.id}: more than {MAX_DISTINCT_PARAGRAPHS} different paragraphs: "
                "compared at threshold_across, without containment"
            )
    if capped:
        warnings.append(
            f"{capped} paragraphs were not compared with all that look like them: some repeats may "
            "be left"
        )
    return warnings


def _read(documents: Sequence[Document], cut: Callable[[Document], Paragraphs]) -> Group:
    """Cut all documents into paragraphs and give their comparison forms."""
    paragraphs = [cut(document) for document in documents]
    bounds = np.zeros(len(documents) + 1, np.int64)
    np.cumsum([len(p) for p in paragraphs], out=bounds[1:])
    unreadable = np.zeros(bounds[-1], bool)
    limited = np.zeros(bounds[-1], bool)

    def texts() -> object:
        row = 0
        for document, found in zip(documents, paragraphs, strict=True):
            for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
                limited[row] = end - start > MAX_COMPARED_BYTES
                text = document.data[start:end] if limited[row] else document.text(start, end)
                unreadable[row] = text is None
                row += 1
                yield text

    forms = comparison_forms(texts())  # type: ignore[arg-type]
    return Group(documents, paragraphs, bounds, unreadable, limited, forms)


def _rows(group: Group, sets: ShingleSets, config: Config) -> Rows:
    """Gather what the plan knows of each paragraph."""
    count = int(group.bounds[-1])
    lengths = np.diff(group.bounds)
    document = np.repeat(np.arange(len(lengths)), lengths)
    form = group.forms.row_form.astype(np.int64)
    compared = form >= 0

    def of_form(values: NDArray[np.integer]) -> NDArray[np.int64]:
        found = np.zeros(count, np.int64)
        found[compared] = values[form[compared]]
        return found

    words = of_form(group.forms.words)
    return plan_stage.Rows(
        document=document,
        position=np.arange(count) - group.bounds[document],
        unit=document,
        form=form,
        size=of_form(sets.sizes()),
        protected=of_form(group.forms.protected_count()),
        words=words,
        alone=compared & ((words >= config.min_words) | group.limited),
    )


def _documents_of_many(group: Group, rows: Rows, among: NDArray[np.bool_]) -> frozenset[int]:
    """Name the documents that have too many different paragraphs `among` their rows."""
    found = set()
    for number in np.flatnonzero(np.diff(group.bounds) > MAX_DISTINCT_PARAGRAPHS).tolist():
        span = group.rows_of(number)
        forms = rows.form[span][(rows.alone & among)[span]]
        if len(np.unique(forms)) > MAX_DISTINCT_PARAGRAPHS:
            found.add(number)
    return frozenset(found)


def _as_corpora(group: Group, rows: Rows, many: frozenset[int]) -> Rows:
    """Make each paragraph of the documents `many` a unit of its own: a document of one."""
    unit = rows.document.copy()
    for number in many:
        span = group.rows_of(number)
        unit[span] = len(group.documents) + np.arange(span.start, span.stop)
    return replace(rows, unit=unit)


@dataclass(frozen=True, slots=True)
class _Settled:
    """Hold the final plan, its chains, and what was taken back on the way.

    `over`: the share of each document that was left whole. `withheld`: the reason of each row that
    would have gone, and the row it would have gone for.
    """

    plan: Plan
    chains: list[Chain]
    over: dict[int, float]
    withheld: dict[int, tuple[str, int]]


def _settle(
    group: Group,
    rows: Rows,
    matcher: Matcher,
    config: Config,
    cut: Callable[[Document], Paragraphs],
) -> _Settled:
    """Plan, and take back what may not be cut, until nothing more has to be.

    A document over the limit, or a block of lines that would tear, stays whole, and what follows
    from it is planned anew: so a second run, which meets it whole again, comes to the same plan.
    """
    walked = plan_stage.walk(rows, matcher, keep=config.keep)
    frozen = np.zeros(len(rows), bool)
    over: dict[int, float] = {}
    withheld: dict[int, tuple[str, int]] = {}

    def take_back(plan: Plan) -> bool:
        """Freeze what `plan` may not cut; tell whether that was anything."""
        limited = _over_limit(group, rows, plan, config)
        over.update(limited)
        back = np.zeros(len(rows), bool)
        for number, document in enumerate(group.documents):
            span = group.rows_of(number)
            if number in limited:
                back[span], reason = True, "limit"
            else:
                removed = plan.canonical[span] >= 0
                back[span] = rewrite.torn(document, group.paragraphs[number], removed, cut)
                reason = "unstable"
            for row in (np.flatnonzero(back[span]) + span.start).tolist():
                if not plan.kept(row):
                    withheld[row] = reason, int(plan.canonical[row])
        frozen[back] = True
        return bool(back.any())

    while True:
        plan = walked.without(frozen)
        # Asked of the walk alone first: in a second run it is the same, while the context is not.
        if take_back(plan):
            continue
        alone = np.count_nonzero(plan.canonical >= 0)
        chains = block_stage.find_chains(rows, plan, matcher)
        plan_stage.prefer_own_block(plan, rows, chains, matcher)
        plan_stage.remove_in_context(
            plan, rows, chains, matcher, min_words=config.min_words, frozen=frozen
        )
        if np.count_nonzero(plan.canonical >= 0) == alone or not take_back(plan):
            return _Settled(plan, chains, over, withheld)


def _over_limit(group: Group, rows: Rows, plan: Plan, config: Config) -> dict[int, float]:
    """Name the documents of which near and contained cuts would take too much, with the share."""
    over = {}
    for number in range(len(group.documents)):
        span = group.rows_of(number)
        total = int(rows.words[span].sum())
        going = [row for row in range(span.start, span.stop) if not plan.kept(row)]
        words = sum(int(rows.words[r]) for r in going if plan.match[r].relation != "exact")
        if words * 100 > config.max_removed * total:
            over[number] = words / total
    return over


def _check_canonicals(rows: Rows, plan: Plan, matcher: Matcher) -> None:
    """Prove that every removed paragraph goes for a kept one it was itself verified against."""
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
