"""The recipe, from bytes to the canonical article. Read this file first.

    Document → paragraphs → comparison forms → shingle sets → signatures → band keys
             → candidate pairs → matches → plan, blocks → bytes

Everything between paragraphs and matches is a flat array, and row i of each is paragraph i of the
run. Objects are made at the end, for people and reports to look at.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dedup import formats, rewrite
from dedup.candidates import find_candidates, join
from dedup.decisions import Decider, untouched
from dedup.group import IS_EXEMPT, Group
from dedup.ignoring import ignored_by
from dedup.index.arrays import Candidates, distinct_pairs
from dedup.kernels import tables as bits
from dedup.model import (
    EXEMPT,
    KINDS,
    MAX_COMPARED_BYTES,
    MAX_DISTINCT_PARAGRAPHS,
    Block,
    Cleaned,
    Document,
    Known,
    Run,
)
from dedup.normalize import read_forms
from dedup.plan import Rows
from dedup.reference import beside, known_of
from dedup.settle import check_canonicals, settle
from dedup.shingles import shingle_sets
from dedup.verify import Matcher
from dedup.words import LINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.reference import Lookup
    from dedup.shingles import ShingleSets


def clean(
    documents: Sequence[Document],
    config: Config,
    *,
    across: bool,
    own: Sequence[Config] | None = None,
    index: str = "arrays",
    lost_words: bool = True,
    reference: Lookup | None = None,
) -> Run:
    """Clean every document by itself, or `across` all of them, the earlier ones being home.

    `reference` finds what stands in an index: it stays there, and what is alike goes for it.
    `own`: the Config of each document, where they have different ones. It decides how that document
    is read and how much of it may go; what is asked of a pair stands in `config`. Without
    `lost_words` nobody looks for those.

    Raises:
        SelfCheckError: a result did not prove safe; nothing of it may be written.
    """
    cleaned: list[Cleaned] = []
    blocks: list[Block] = []
    warnings: list[str] = []
    references: list[Known] = []
    own = own or [config] * len(documents)
    both = list(zip(documents, own, strict=True))
    for group in [both] if across else [[one] for one in both]:
        run = clean_group(
            read_group(group),
            config,
            index,
            across=across,
            lost_words=lost_words,
            reference=reference,
            first=len(cleaned),
            first_block=len(blocks),
            first_reference=len(documents) + len(references),
        )
        cleaned += run.documents
        references += run.references
        blocks += run.blocks
        warnings += run.warnings
    told = tuple(
        replace(document, settings=its.differing(config))
        for document, its in zip(cleaned, own, strict=True)
    )
    return Run(told, tuple(blocks), config.deciding(), tuple(warnings), tuple(references))


def clean_group(
    group: Group,
    config: Config,
    index: str = "arrays",
    *,
    across: bool = False,
    lost_words: bool = True,
    reference: Lookup | None = None,
    within: Candidates | None = None,
    sets: ShingleSets | None = None,
    first: int = 0,
    first_block: int = 0,
    first_reference: int = 0,
) -> Run:
    """Clean the documents of a group, those behind them in an index being home.

    `within`: the pairs of forms of its only document, where they are known; else they are searched.
    `sets`: those of its forms. Documents, blocks and references are numbered from what is given.
    """
    sets = sets or shingle_sets(group.forms.texts, kind=config.shingle, size=config.shingle_size)
    none = np.zeros(0, np.int64)
    known, crowded = Candidates(none, none, none), 0
    if reference is not None:
        found = reference(group, sets)
        group, left, right = beside(group, [found], config)
        known, crowded = distinct_pairs(left, right, none), found.capped
        sets = sets.followed_by(
            shingle_sets(
                group.forms.texts[len(sets) :], kind=config.shingle, size=config.shingle_size
            )
        )
    rows = rows_of(group, sets)
    many = _documents_of_many(group, rows, np.ones(len(rows), bool))
    rows = _as_corpora(group, rows, many)

    def search(among: NDArray[np.bool_]) -> Candidates:
        own = rows.alone & ~rows.fixed & among
        found = within or find_candidates(
            rows, own, sets=sets, config=config, index=index, across=across
        )
        return join([found, known])

    candidates = search(rows.alone)
    alike = len(candidates.left) or len(candidates.capped) or crowded
    if not alike and len(group.documents) == group.own and group.all_differ():
        return untouched(group, range(group.own), many)
    searched = np.ones(len(rows), bool)  # those that the last search asked
    while True:
        matcher = Matcher.of_sets(
            group.forms, sets, candidates.left, candidates.right, config, place=rows.places()
        )
        settled = settle(group, rows, matcher, keep=config.keep, lines=LINES in config.protect)
        kept = settled.plan.canonical < 0
        # What a second run would meet must decide already: it has the kept paragraphs only, so its
        # documents may be small enough to be compared closely, its buckets small enough for all.
        still = _documents_of_many(group, rows, kept) & many
        if still != many:
            many = still
            rows = _as_corpora(group, rows, many)
            candidates = search(rows.alone)
            searched[:] = True
            continue
        if not (len(candidates.capped) or (kept & ~searched).any()):
            break
        more = search(kept)
        before = len(candidates.left)
        candidates = join([candidates, more])._replace(capped=more.capped)
        searched = kept
        if len(candidates.left) == before:
            break
    plan = settled.plan
    check_canonicals(rows, plan, matcher)
    numbers = [first + number for number in range(group.own)]
    numbers += [first_reference + at for at in range(len(group.documents) - group.own)]
    decide = Decider(
        group, rows, settled, numbers, capped=candidates.capped, many=many, lost_words=lost_words
    )
    return decide.run(
        range(group.own),
        [chain for chain in settled.chains if not all(plan.kept(copy) for copy, _ in chain.pairs)],
        known_of(group),
        crowded=crowded,
        first_block=first_block,
    )


def read_group(documents: Sequence[tuple[Document, Config]]) -> Group:
    """Cut all documents into paragraphs and give their comparison forms."""
    split = [rewrite.remembering(partial(formats.split, config=config)) for _, config in documents]
    paragraphs = [cut(document) for cut, (document, _) in zip(split, documents, strict=True)]
    bounds = np.zeros(len(documents) + 1, np.int64)
    np.cumsum([len(p) for p in paragraphs], out=bounds[1:])
    unreadable = np.zeros(bounds[-1], bool)
    limited = np.zeros(bounds[-1], bool)

    def texts() -> Iterator[str | bytes | None]:
        row = 0
        for (document, _), found in zip(documents, paragraphs, strict=True):
            for at, (start, end) in enumerate(
                zip(found.start.tolist(), found.end.tolist(), strict=True)
            ):
                text: str | bytes | None
                limited[row] = end - start > MAX_COMPARED_BYTES
                if limited[row] or KINDS[found.kind[at]] in EXEMPT:
                    text = document.data[start:end]
                elif found.outline is not None:
                    text = found.outline.texts[at]
                else:
                    text = document.text(start, end)
                unreadable[row] = text is None
                row += 1
                yield text

    forms, asked = read_forms(texts())
    return Group(
        documents=[document for document, _ in documents],
        configs=[config for _, config in documents],
        split=split,
        paragraphs=paragraphs,
        bounds=bounds,
        unreadable=unreadable,
        limited=limited,
        cut_off=asked & bits.CUT_OFF > 0,
        closed=asked & bits.CLOSED > 0,
        tabular=asked & bits.TABULAR > 0,
        ignored=np.concatenate(
            [np.zeros(0, np.int64), *(ignored_by(found) for found in paragraphs)]
        ),
        forms=forms,
        own=len(documents),
        known_words=np.zeros(0, np.int64),
        part=np.zeros(len(documents), np.int64),
    )


def rows_of(group: Group, sets: ShingleSets) -> Rows:
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
    fixed = document >= group.own
    words[fixed] = group.known_words
    levels = [
        np.zeros(len(p), np.uint8) if p.outline is None else p.outline.level
        for p in group.paragraphs
    ]
    return Rows(
        document=document,
        position=np.arange(count) - group.bounds[document],
        unit=document,
        form=np.where(group.is_ignored(), -1, form),
        size=of_form(sets.sizes()),
        protected=of_form(group.forms.protected_count()),
        words=words,
        alone=group.alone(),
        level=np.concatenate([np.zeros(0, np.uint8), *levels]),
        exempt=IS_EXEMPT[group.kinds()] | group.is_ignored(),
        min_words=group.min_words(),
        cut_off=group.cut_off,
        closed=group.closed,
        tabular=group.tabular,
        beside=group.beside(),
        fixed=fixed,
    )


def _documents_of_many(group: Group, rows: Rows, among: NDArray[np.bool_]) -> frozenset[int]:
    """Name the documents that have too many different paragraphs `among` their rows."""
    found = set()
    lengths = np.diff(group.bounds)[: group.own]
    for number in np.flatnonzero(lengths > MAX_DISTINCT_PARAGRAPHS).tolist():
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
