"""The recipe, from bytes to the canonical article. Read this file first.

    Document → paragraphs → comparison forms → shingle sets → signatures → band keys
             → candidate pairs → matches → plan, blocks → bytes

Everything between paragraphs and matches is a flat array, and row i of each is paragraph i of the
run. Objects are made at the end, for people and reports to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dedup import blocks as block_stage
from dedup import plan as plan_stage
from dedup import rewrite
from dedup.banding import choose_banding
from dedup.errors import SelfCheckError
from dedup.index import INDEXES
from dedup.index.arrays import Candidates, distinct_pairs
from dedup.index.inverted import containment_pairs
from dedup.minhash import signatures
from dedup.model import KINDS, Cleaned, Decision, Document, Place, Run, Span
from dedup.normalize import Forms, comparison_forms
from dedup.paragraphs import split
from dedup.shingles import ShingleSets, shingle_sets
from dedup.verify import SIZE_RATIO, Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Match, Paragraphs
    from dedup.plan import Plan, Rows

MAX_COMPARED_BYTES = 1 << 20
"""A longer paragraph is compared for equal bytes only."""

MAX_DISTINCT_PARAGRAPHS = 20_000
"""A document with more different paragraphs is compared like a corpus, by `threshold_across`."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Hold what is compared together: documents with their paragraphs, rows running through all."""

    documents: Sequence[Document]
    paragraphs: Sequence[Paragraphs]
    bounds: NDArray[np.int64]  # int64[documents + 1]: the rows of document d
    unreadable: NDArray[np.bool_]
    limited: NDArray[np.bool_]
    forms: Forms

    def rows_of(self, document: int) -> slice:
        return slice(int(self.bounds[document]), int(self.bounds[document + 1]))

    def lines(self) -> list[tuple[int, int]]:
        return [
            pair
            for p in self.paragraphs
            for pair in zip(p.first_line.tolist(), p.last_line.tolist(), strict=True)
        ]


def clean(documents: Sequence[Document], config: Config, *, across: bool, index: str = "arrays") -> Run:
    """Clean every document by itself, or `across` all of them, the earlier ones being home.

    Raises:
        SelfCheckError: a result did not prove safe; nothing of it may be written.
    """
    cleaned: list[Cleaned] = []
    blocks: list[block_stage.Block] = []
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
    rows, warnings = _rows(group, sets, config)
    candidates = _candidates(rows, sets, config, index)
    matcher = Matcher(group.forms, sets, candidates.left, candidates.right, config)
    plan = plan_stage.walk(rows, matcher, keep=config.keep)
    chains = block_stage.find_chains(rows, plan, matcher)
    plan_stage.prefer_own_block(plan, rows, chains, matcher)
    plan_stage.remove_in_context(plan, rows, chains, matcher, min_words=config.min_words)
    blocks, block_of = block_stage.make_blocks(chains, rows, group.lines())
    if candidates.capped or plan.capped:
        warnings.append(
            f"{candidates.capped + plan.capped} paragraphs were not compared with all that look "
            "like them: some repeats may be left"
        )
    over = _over_limit(group, rows, plan, config)
    unstable = _withdraw(group, plan, cut)
    _check_canonicals(rows, plan, matcher)
    decide = _Decider(group, rows, plan, block_of, unstable, first, first_block)
    cleaned = [
        decide.document(number, cut, over.get(number)) for number in range(len(group.documents))
    ]
    moved = [
        block_stage.Block(
            block.id + first_block,
            block.words,
            tuple(_shift(occurrence, first) for occurrence in block.occurrences),
            block.score,
        )
        for block in blocks
    ]
    return Run(tuple(cleaned), tuple(moved), {}, tuple(warnings))


def _shift(occurrence: block_stage.Occurrence, by: int) -> block_stage.Occurrence:
    return block_stage.Occurrence(
        occurrence.document + by, occurrence.first, occurrence.last, occurrence.lines
    )


def _read(documents: Sequence[Document], cut: Callable[[Document], Paragraphs]) -> _Group:
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
    return _Group(documents, paragraphs, bounds, unreadable, limited, forms)


def _rows(group: _Group, sets: ShingleSets, config: Config) -> tuple[Rows, list[str]]:
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

    unit = document.copy()
    warnings = []
    for number in np.flatnonzero(lengths > MAX_DISTINCT_PARAGRAPHS).tolist():
        rows = group.rows_of(number)
        if len(np.unique(form[rows])) > MAX_DISTINCT_PARAGRAPHS:
            unit[rows] = len(lengths) + np.arange(count)[rows]
            warnings.append(
                f"{group.documents[number].id}: more than {MAX_DISTINCT_PARAGRAPHS} different "
                "paragraphs: compared at threshold_across, without containment"
            )
    for number, found in enumerate(group.paragraphs):
        unreadable = np.flatnonzero(group.unreadable[group.rows_of(number)])
        if len(unreadable):
            line = int(found.first_line[unreadable[0]])
            warnings.append(
                f"{group.documents[number].id}:{line}: bytes that are not "
                f"{group.documents[number].encoding}: {len(unreadable)} paragraphs kept unread "
                "(pass --encoding)"
            )
    words = of_form(group.forms.words)
    rows_ = plan_stage.Rows(
        document=document,
        position=np.arange(count) - group.bounds[document],
        unit=unit,
        form=form,
        size=of_form(sets.sizes()),
        protected=of_form(group.forms.protected_count()),
        words=words,
        alone=compared & ((words >= config.min_words) | group.limited),
    )
    return rows_, warnings


def _candidates(rows: Rows, sets: ShingleSets, config: Config, index: str) -> Candidates:
    """Give the pairs of forms that may match: by LSH, and within a document by containment."""
    entry = np.unique(np.stack([rows.unit, rows.form])[:, rows.alone], axis=1)
    unit, form = entry[0], entry[1]
    sketches = signatures(sets, num_perm=config.num_perm, seed=config.seed)
    found = []

    def search(forms: NDArray[np.int64], groups: NDArray[np.int64], threshold: float) -> None:
        banding = choose_banding(threshold, num_perm=config.num_perm, recall=config.recall)
        pairs = INDEXES[index](sketches[forms], banding, groups)
        found.append(distinct_pairs(forms[pairs.left], forms[pairs.right], pairs.capped))

    shared = np.unique(unit, return_inverse=True, return_counts=True)
    crowded = shared[2][shared[1]] > 1  # alone in its unit, an entry has nobody to meet
    if crowded.any():
        search(form[crowded], unit[crowded], config.threshold)
        found.append(
            containment_pairs(
                sets,
                form[crowded],
                unit[crowded],
                containment=config.containment,
                size_ratio=SIZE_RATIO,
            )
        )
    if len(shared[0]) > 1:
        distinct = np.unique(form)
        search(distinct, np.zeros(len(distinct), np.int64), config.threshold_across)
    if not found:
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64))
    return distinct_pairs(
        np.concatenate([pairs.left for pairs in found]),
        np.concatenate([pairs.right for pairs in found]),
        sum(pairs.capped for pairs in found),
    )


def _over_limit(group: _Group, rows: Rows, plan: Plan, config: Config) -> dict[int, float]:
    """Keep whole the documents of which near and contained cuts would take too much."""
    over = {}
    for number in range(len(group.documents)):
        span = group.rows_of(number)
        total = int(rows.words[span].sum())
        going = [row for row in range(span.start, span.stop) if not plan.kept(row)]
        words = sum(int(rows.words[r]) for r in going if plan.match[r].relation != "exact")
        if words * 100 > config.max_removed * total:
            over[number] = words / total
            for row in going:
                plan.restore(row)
    return over


def _withdraw(group: _Group, plan: Plan, cut: Callable[[Document], Paragraphs]) -> set[int]:
    """Keep the paragraphs whose cut would change how their neighbours are split."""
    unstable: set[int] = set()
    for number, (document, found) in enumerate(
        zip(group.documents, group.paragraphs, strict=True)
    ):
        span = group.rows_of(number)
        removed = plan.canonical[span] >= 0
        if not removed.any():
            continue
        for at in np.flatnonzero(
            rewrite.withdraw_unstable(document, found, removed, cut)
        ).tolist():
            plan.restore(span.start + at)
            unstable.add(span.start + at)
    return unstable


def _check_canonicals(rows: Rows, plan: Plan, matcher: Matcher) -> None:
    """Prove that every removed paragraph goes for a kept one that it was itself verified against."""
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


class _Decider:
    """Turn arrays into decisions, document by document."""

    def __init__(
        self,
        group: _Group,
        rows: Rows,
        plan: Plan,
        block_of: dict[int, int],
        unstable: set[int],
        first: int,
        first_block: int,
    ) -> None:
        self.group, self.rows, self.plan = group, rows, plan
        self.block_of, self.unstable = block_of, unstable
        self.first, self.first_block = first, first_block
        self.lines = group.lines()
        self.document_of: list[int] = rows.document.tolist()
        self.position: list[int] = rows.position.tolist()
        self.needed = frozenset(plan.canonical[plan.canonical >= 0].tolist())
        self.first_with_form: dict[int, int] = {}
        kept = np.flatnonzero(plan.canonical < 0)
        for row, form in zip(kept.tolist(), rows.form[kept].tolist(), strict=True):
            self.first_with_form.setdefault(form, row)

    def document(
        self, number: int, cut: Callable[[Document], Paragraphs], over: float | None
    ) -> Cleaned:
        """Decide one document, write it, and prove the result before anyone sees it."""
        document, found = self.group.documents[number], self.group.paragraphs[number]
        span = self.group.rows_of(number)
        removed = self.plan.canonical[span] >= 0
        spans = rewrite.cuts(document, found, removed)
        result = rewrite.without(document.data, spans.values()) if spans else document.data
        if spans:
            rewrite.self_check(document, found, spans, result, cut)
        decisions = tuple(
            self._decision(span.start + at, Span(start, end), KINDS[kind], spans.get(at))
            for at, (start, end, kind) in enumerate(
                zip(found.start.tolist(), found.end.tolist(), found.kind.tolist(), strict=True)
            )
        )
        return Cleaned(document, result, decisions, self._lost_words(span, removed), over)

    def _decision(self, row: int, span: Span, kind: str, cut: Span | None) -> Decision:
        plan = self.plan
        match: Match | None = plan.match.get(row)
        canonical = resembles = None
        if match is not None:
            reason = "block" if row in plan.by_block else match.relation
            canonical = self._place(int(plan.canonical[row]))
        else:
            reason, beside, match = self._why_kept(row)
            resembles = None if beside is None else self._place(beside)
        block = self.block_of.get(row) if cut is not None else None
        return Decision(
            paragraph=self.position[row],
            lines=self.lines[row],
            span=span,
            kind=kind,
            words=int(self.rows.words[row]),
            action="keep" if cut is None else "remove",
            reason=reason,
            canonical=canonical,
            resembles=resembles,
            jaccard=None if match is None else match.jaccard,
            containment=None if match is None else match.containment,
            differs=() if match is None else match.differs,
            block=None if block is None else block + self.first_block,
            cut=cut,
        )

    def _why_kept(self, row: int) -> tuple[str, int | None, Match | None]:
        """Give the reason a kept row stays for, the row it resembles, and their match."""
        if self.group.unreadable[row]:
            return "unreadable", None, None
        if row in self.unstable:
            return "unstable", None, None
        if row in self.needed:
            return "canonical", None, None
        if self.group.limited[row]:
            return "limit", None, None
        variant = self.plan.variant.get(row)
        if variant is not None:
            keeper = variant[0] if self.plan.kept(variant[0]) else int(self.plan.canonical[variant[0]])
            return "variant", keeper, variant[1]
        form = int(self.rows.form[row])
        twin = self.first_with_form.get(form, row) if form >= 0 else row
        if twin != row and not self.rows.alone[row]:
            return "short", twin, None
        return "unique", None, None

    def _place(self, row: int) -> Place:
        return Place(self.document_of[row] + self.first, self.position[row], self.lines[row])

    def _lost_words(self, span: slice, removed: NDArray[np.bool_]) -> tuple[str, ...]:
        """Give the words of removed paragraphs that no kept paragraph of the group has."""
        forms = self.group.forms
        lost: dict[str, None] = {}
        for row in (np.flatnonzero(removed) + span.start).tolist():
            ours, theirs = int(self.rows.form[row]), int(self.rows.form[self.plan.canonical[row]])
            if forms.texts[ours] != forms.texts[theirs]:
                has = set(forms.tokens(theirs))
                lost.update((t, None) for t in forms.tokens(ours) if t not in has)
        if lost:
            staying = np.unique(self.rows.form[(self.plan.canonical < 0) & (self.rows.form >= 0)])
            for form in staying.tolist():
                for token in forms.tokens(form):
                    lost.pop(token, None)
                if not lost:
                    break
        return tuple(lost)
