"""A corpus run, the recipe: read all, search, read again what may go, decide, write.

Texts are not held: what is kept of a paragraph while the others are read is about a hundred bytes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dedup.corpus.active import Active, Collector, wanted
from dedup.corpus.against import Against
from dedup.corpus.corpus import Corpus
from dedup.corpus.decide import Decided, decide
from dedup.corpus.delivery import write_all
from dedup.corpus.forms import read_forms
from dedup.corpus.heap import give_back
from dedup.corpus.ledger import ShardCuts
from dedup.corpus.markers import RunFolder
from dedup.corpus.memory import refuse_too_large
from dedup.corpus.paragraphs import cut
from dedup.corpus.reading import in_order, read_again, read_all, texts_of
from dedup.corpus.search import Found, first_of_equal, search
from dedup.corpus.spans import close_spans, cut_spans
from dedup.corpus.streams import zstd_of
from dedup.corpus.summary import Summary, settings_of_run
from dedup.corpus.survey import EXEMPT, LIMITED
from dedup.errors import LimitError, UsageError
from dedup.files import name_for_reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.batches import Batch
    from dedup.corpus.options import Options
    from dedup.corpus.reading import Progress, ShardRead
    from dedup.corpus.shards import Shard
    from dedup.incremental import Index
    from dedup.normalize import FormBatch

    I64 = NDArray[np.int64]


def clean_corpus(
    shards: list[Shard],
    output: Path,
    config: Config,
    options: Options,
    progress: Progress,
    index: Index | None = None,
) -> Summary:
    """Write `shards` without what repeats into `output`; say what became of them.

    What stands in `index` goes as well; it stays as it is.

    Raises:
        UsageError: the settings, or what is in `output`, do not fit, or a library is missing;
            nothing is written.
        LimitError: too much would go of the whole; nothing is written.
        InputError, SelfCheckError: something could not be written; the run can go on from there.
    """
    if config.shingle != "char":
        raise UsageError(f"shingle is {config.shingle!r}: a corpus is compared by characters")
    refuse_too_large(shards, options)
    for shard in shards:
        if shard.compression == "zst":
            zstd_of(shard.path)
    against = None if index is None else Against(index)
    folder = RunFolder.begin(
        output, shards, settings_of_run(config, options), resume=options.resume
    )
    if folder.done is not None:
        return folder.done
    executor = ThreadPoolExecutor(options.jobs)
    try:
        look = None if against is None else against.look
        read = read_all(shards, config, options, executor, progress, look)
        reference = None if against is None else against.shard(_names(shards, read), config)
        corpus = Corpus.of(shards, read, options, reference)
        folder.read_all([None if one.error else one.digest.disk for one in read])
        found = Found.nothing()
        give_back()
        if options.scope == "corpus":
            sketched = first_of_equal(corpus.survey, corpus.place)
            corpus = corpus.without_sketches()
            give_back()
            found = search(sketched, config, executor)
            del sketched
        active = _collect(corpus, found, config, options, executor, progress)
        give_back()
        decided = decide(corpus.survey, found, active, corpus.place, config, executor, corpus.fixed)
        decided, start, end, torn = _cut(corpus, decided, config, options, executor)
        _refuse_too_much(corpus, decided, options)
        cuts = _by_shard(corpus, decided, start, end)
        written = write_all(
            folder,
            {n: one.digest for n, one in enumerate(read) if one.error is None},
            cuts,
            options,
            progress,
            [] if reference is None else [reference[0].name],
        )
        summary = corpus.summarize(folder.settings, decided, found, active, torn, written)
        folder.end(summary)
    except LimitError:
        folder.abandon()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
    return summary


def _collect(
    corpus: Corpus,
    found: Found,
    config: Config,
    options: Options,
    executor: Executor,
    progress: Progress,
) -> Active:
    """Take the wanted forms, from what is held of them or by reading again."""
    survey = corpus.survey
    rows = np.flatnonzero(wanted(survey, found))
    collector = Collector(survey, rows)
    edges = np.searchsorted(rows, corpus.batch_rows)

    def forms(number: int, at: int, load: Callable[[], Batch]) -> FormBatch:
        batch = load()
        own = rows[edges[at] : edges[at + 1]]
        texts = texts_of(batch, corpus.shards[number], config)
        first = corpus.batch_rows[at]
        readings: dict[int, str | None] = {}
        if texts.format != "plain":
            every = cut(texts, config).readings
            readings = {row: every[int(of - first)] for row, of in enumerate(own.tolist())}
        low = texts.bounds[corpus.document[own] - corpus.batch_documents[at]]
        return read_forms(
            texts.data,
            low + survey.start[own],
            low + survey.end[own],
            survey.has(EXEMPT | LIMITED)[own],
            readings,
        )

    numbers = corpus.batch_numbers
    held = [
        forms
        for one in corpus.read[: len(corpus.read) - bool(corpus.fixed.any())]
        for forms in one.forms
    ]
    behind = corpus.read[-1].forms[0] if corpus.fixed.any() else None
    for at, its in enumerate(held):
        collector.add(its, rows[edges[at] : edges[at + 1]] - corpus.batch_rows[at])
    for one in corpus.read:
        one.forms.clear()
    own = len(corpus.shards) - bool(corpus.fixed.any())
    again = read_again(
        corpus.shards[:own],
        corpus.read[:own],
        lambda number, at: (
            numbers[number, at] >= len(held)
            and edges[numbers[number, at]] < edges[numbers[number, at] + 1]
        ),
        options.fields,
    )
    calls = (
        (task, partial(forms, task[0], numbers[task[0], task[1].number], task[2])) for task in again
    )
    done = 0
    total = sum(place.length for one in corpus.read for place in one.places)
    for (_, place, _), batch in in_order(calls, executor, 2 * options.jobs):
        collector.add(batch, np.arange(len(batch.words)))
        done += place.length
        progress("comparing", done, total)
    if behind is not None:
        collector.add(behind, rows[edges[-2] : edges[-1]] - corpus.batch_rows[-2])
    return collector.done()


def _cut(
    corpus: Corpus, decided: Decided, config: Config, options: Options, executor: Executor
) -> tuple[Decided, I64, I64, I64]:
    """Say which bytes leave with each row; documents that would be read otherwise stay whole."""
    survey, document = corpus.survey, corpus.document
    touched = np.unique(document[decided.row])
    close = touched[~survey.spaced[touched]]
    spans: dict[int, tuple[int, int]] = {}
    torn = []
    if len(close):
        of_batch = np.searchsorted(corpus.batch_documents, close, "right") - 1
        numbers = corpus.batch_numbers

        def look(
            number: int, at: int, load: Callable[[], Batch]
        ) -> list[tuple[int, dict[int, tuple[int, int]] | None]]:
            texts = texts_of(load(), corpus.shards[number], config)
            answers = []
            for one in close[of_batch == at].tolist():
                low, high = survey.rows[one : one + 2].tolist()
                removed, along = np.zeros(high - low, bool), np.zeros(high - low, bool)
                here = slice(*np.searchsorted(decided.row, [low, high]).tolist())
                removed[decided.row[here] - low] = True
                along[decided.row[here] - low] = decided.along[here]
                own = one - int(corpus.batch_documents[at])
                answers.append((one, close_spans(texts, own, removed, along, config)))
            return answers

        asked = set(of_batch.tolist())
        again = read_again(
            corpus.shards, corpus.read, lambda n, at: numbers[n, at] in asked, options.fields
        )
        calls = (
            (task, partial(look, task[0], numbers[task[0], task[1].number], task[2]))
            for task in again
        )
        for _, answers in in_order(calls, executor, 2 * options.jobs):
            for one, answer in answers:
                if answer is None:
                    torn.append(one)
                else:
                    first = int(survey.rows[one])
                    spans |= {first + row: span for row, span in answer.items()}
    whole = np.array(torn, np.int64)
    decided = decided.without(document, whole)
    start, end = cut_spans(survey, document, decided.row)
    for at in np.flatnonzero(~survey.spaced[document[decided.row]]).tolist():
        start[at], end[at] = spans[int(decided.row[at])]
    return decided, start, end, np.union1d(whole, decided.bereft)


def _refuse_too_much(corpus: Corpus, decided: Decided, options: Options) -> None:
    near = decided.row[np.isin(decided.relation, (1, 2))]
    own = corpus.survey.words[~corpus.fixed]
    going, total = int(corpus.survey.words[near].sum()), int(own.sum())
    if going * 100 > options.max_removed_run * total:
        raise LimitError(
            f"near and contained repeats are {100 * going / total:.0f} % of all words, more than "
            f"--max-removed-run {options.max_removed_run:g}: nothing was written"
        )


def _names(shards: list[Shard], read: list[ShardRead]) -> set[str]:
    """Give what an index may call the documents that were read."""
    names = {name for one in read for name in one.ids}
    return names | {name_for_reports(shard.path) for shard in shards if shard.kind == "text"}


def _by_shard(corpus: Corpus, decided: Decided, start: I64, end: I64) -> Callable[[int], ShardCuts]:
    """Give what hands each shard its cuts."""
    survey, document = corpus.survey, corpus.document
    of_row, its = document[decided.row], document[decided.canonical]
    paragraph = decided.row - survey.rows[of_row]
    canonical_paragraph = decided.canonical - survey.rows[its]
    shard = corpus.shard_of
    edges = np.searchsorted(shard[of_row], np.arange(len(corpus.shards) + 1))

    def cuts(number: int) -> ShardCuts:
        here = slice(*edges[number : number + 2].tolist())
        documents = of_row[here]
        return ShardCuts(
            document=documents - corpus.first_document[number],
            line=corpus.line[documents],
            paragraph=paragraph[here],
            start=start[here],
            end=end[here],
            relation=decided.relation[here],
            jaccard=decided.jaccard[here],
            containment=decided.containment[here],
            canonical_shard=shard[its[here]],
            canonical_line=corpus.line[its[here]],
            canonical_paragraph=canonical_paragraph[here],
            canonical_id=[corpus.ids[one] for one in its[here].tolist()],
        )

    return cuts
