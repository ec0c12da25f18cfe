"""A slow stand-in for the engine: of equal lines of texts the first stays. Also runs the command.

``python corpus_engine.py corpus …`` is ``dedup corpus …`` with it.
"""

import sys
import types
from dataclasses import replace

import numpy as np

from dedup.corpus.delivery import write_all
from dedup.corpus.ledger import ShardCuts
from dedup.corpus.markers import RunFolder
from dedup.corpus.shards import plan_batches, read_batch, read_batches
from dedup.corpus.streams import Digest
from dedup.corpus.summary import ShardSummary, Summary, settings_of_run
from dedup.errors import InputError, LimitError


def clean_corpus(shards, output, config, options, progress):
    settings = settings_of_run(config, options)
    folder = RunFolder.begin(output, shards, settings, resume=options.resume)
    if folder.done is not None:
        return folder.done
    seen, summaries, digests, cuts = {}, [], {}, {}
    for number, shard in enumerate(shards):
        progress("reading", number, len(shards))
        digest = Digest()
        before = dict(seen)
        try:
            summary, cut = survey(number, shard, read_batches(shard, options.fields, digest), seen)
            digests[number] = digest
        except InputError as error:
            seen = before
            summary, cut = ShardSummary(shard.name, error=str(error)), []
        summaries.append(summary)
        cuts[number] = cuts_of(cut)
    words = sum(summary.words for summary in summaries)
    removed = sum(summary.words_removed for summary in summaries)
    if removed * 100 > options.max_removed_run * words:
        raise LimitError(
            f"{100 * removed / words:.0f} % of all words would go: nothing was written"
        )
    folder.read_all([digests[n].disk if n in digests else None for n in range(len(shards))])
    written = write_all(folder, digests, cuts.get, options, progress)
    summaries = [replace(one, written=written.get(n)) for n, one in enumerate(summaries)]
    result = Summary(settings, summaries)
    folder.end(result)
    return result


def survey(number, shard, batches, seen):
    documents = paragraphs = words = removed = 0
    bad, cuts = [], []
    for batch in batches:
        bad += batch.bad
        for row in range(len(batch)):
            text = batch.text[batch.bounds[row] : batch.bounds[row + 1]]
            line = int(batch.line_number[row])
            at = 0
            for position, paragraph in enumerate(text.splitlines(keepends=True)):
                paragraphs += 1
                words += len(paragraph.split())
                key = paragraph.strip()
                place = (number, line, position, batch.ids[row])
                if key and seen.setdefault(key, place) != place:
                    cuts.append((documents, line, position, at, at + len(paragraph), *seen[key]))
                    removed += len(paragraph.split())
                at += len(paragraph)
            documents += 1
    summary = ShardSummary(
        shard.name, documents, paragraphs, words, removed, len(bad), [tuple(one) for one in bad]
    )
    return summary, cuts


def cuts_of(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(9)]
    document, line, paragraph, start, end, shard, its_line, its_paragraph = (
        np.array(column, np.int64) for column in columns[:8]
    )
    one = np.ones(len(rows))
    return ShardCuts(
        document, line, paragraph, start, end, np.zeros(len(rows), np.int64), one, one,
        shard, its_line, its_paragraph, columns[8],
    )  # fmt: skip


def ranges(shard, fields):
    """Read a shard in ranges, as threads do, and count its lines afterwards."""
    first_line = 1
    for offset, length in plan_batches(shard):
        batch = read_batch(shard, offset, length, fields)
        yield batch.starting_at(shard, first_line)
        first_line += batch.lines


def install():
    engine = types.ModuleType("dedup.corpus.run")
    engine.clean_corpus = clean_corpus
    sys.modules["dedup.corpus.run"] = engine


if __name__ == "__main__":
    install()
    from dedup.cli import main

    main()
