"""What was read of all shards, put together: one row a paragraph, one document a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.corpus.summary import ShardSummary, Summary
from dedup.corpus.survey import Survey, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.corpus.active import Active
    from dedup.corpus.decide import Decided
    from dedup.corpus.options import Options
    from dedup.corpus.reading import ShardRead
    from dedup.corpus.search import Found
    from dedup.corpus.shards import Shard
    from dedup.corpus.writing import Written

    I64 = NDArray[np.int64]

_SCATTER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hold all documents, shard after shard; row i is paragraph i of all.

    `document` int64[n]: of each row; `place` int64[n] orders the rows by which stays of equal ones.
    Of documents: `shard_of`, `line` int64, `ids`. `first_document` int64[shards + 1]. Of batches,
    all that were read: `batch_rows`, `batch_documents` int64[b + 1], and `batch_numbers`, the
    number of each by shard and number in it. `unranked`: how many documents have no priority,
    though others might. `fixed` bool[n]: rows of an index, whose shard is the last and is not
    written.
    """

    shards: list[Shard]
    read: list[ShardRead]
    survey: Survey
    document: NDArray[np.int64]
    place: I64
    shard_of: I64
    line: I64
    ids: list[str]
    first_document: I64
    batch_rows: I64
    batch_documents: I64
    batch_numbers: dict[tuple[int, int], int]
    unranked: int
    fixed: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        shards: list[Shard],
        read: list[ShardRead],
        options: Options,
        reference: tuple[Shard, ShardRead] | None = None,
    ) -> Corpus:
        """Put together what was read; what could not be read has no documents.

        `reference`: what an index holds of it.
        """
        if reference is not None:
            shards, read = [*shards, reference[0]], [*read, reference[1]]
        for one in read:
            if one.error is not None:
                of_batches = (one.places, one.surveys, one.forms, one.line, one.named)
                for rest in (*of_batches, one.ids, one.priority):
                    rest.clear()
        surveys = [survey for one in read for survey in one.surveys]
        batch_rows = np.cumsum([0, *map(len, surveys)])
        batch_documents = np.cumsum([0, *(len(one.rows) - 1 for one in surveys)])
        survey = join(surveys)
        surveys.clear()  # they are half of what is held by now
        for one in read:
            one.surveys.clear()
        counts = [len(one.ids) for one in read]
        shard_of = np.repeat(np.arange(len(read)), counts)
        line = np.concatenate([np.zeros(0, np.int64), *(part for one in read for part in one.line)])
        ids = [name for one in read for name in one.ids]
        named = np.concatenate([np.zeros(0, bool), *(part for one in read for part in one.named)])
        twice = _refuse_doubles(shards, read, ids, named, shard_of, line)
        document = survey.document()
        survey = _scoped(survey, document, twice, options)
        priority = [value for one in read for value in one.priority]
        unranked = sum(not isinstance(value, (int, float, str)) for value in priority)
        fixed = np.zeros(len(survey), bool)
        if reference is not None:
            fixed[document >= len(ids) - counts[-1]] = True
            priority += [None] * counts[-1] if priority else []
        numbers = [
            (number, place.number) for number, one in enumerate(read) for place in one.places
        ]
        return cls(
            shards=shards,
            read=read,
            survey=survey,
            document=document,
            place=_place(survey, document, priority, fixed, descending=options.descending),
            shard_of=shard_of,
            line=line,
            ids=ids,
            first_document=np.cumsum([0, *counts]),
            batch_rows=batch_rows,
            batch_documents=batch_documents,
            batch_numbers={key: at for at, key in enumerate(numbers)},
            unranked=unranked,
            fixed=fixed,
        )

    def without_sketches(self) -> Corpus:
        """Give it without its sketches, two thirds of a survey, which only the search asks."""
        none = np.zeros((0, self.survey.sketches.shape[1]), np.uint8)
        return replace(self, survey=replace(self.survey, sketches=none))

    def summarize(
        self,
        settings: dict[str, Any],
        decided: Decided,
        found: Found,
        active: Active,
        torn: I64,
        written: dict[int, Written],
    ) -> Summary:
        """Say what became of all shards."""
        survey, document = self.survey, self.document
        count = len(self.shards)
        own = count - bool(self.fixed.any())
        shard = self.shard_of[document]
        words = np.bincount(shard, weights=survey.words, minlength=count).astype(int).tolist()
        gone = (
            np.bincount(shard[decided.row], weights=survey.words[decided.row], minlength=count)
            .astype(int)
            .tolist()
        )
        paragraphs = np.bincount(shard, minlength=count).tolist()
        summaries = [
            ShardSummary(
                self.shards[n].name,
                documents=int(np.diff(self.first_document)[n]),
                paragraphs=paragraphs[n],
                words=words[n],
                words_removed=gone[n],
                unread=len(one.bad),
                unread_places=sorted(one.bad),
                written=written.get(n),
                error=None if one.error is None else str(one.error),
            )
            for n, one in enumerate(self.read[:own])
        ]
        over = [
            (self.shards[self.shard_of[one]].name, int(self.line[one]), round(share, 1))
            for one, share in sorted(decided.over.items())
        ]
        counts = {
            "comparisons": found.comparisons + decided.pairs,
            "sketches_compared": found.comparisons,
            "pairs_counted": decided.pairs,
            "capped": found.capped,
            "variants": decided.variants,
            "left_whole": len(torn),
            "unequal": active.unequal,
            "unranked": self.unranked,
        }
        warnings = [*self._mistaken(), *_warnings(counts)]
        return Summary(settings, summaries, over, warnings, counts)

    def _mistaken(self) -> list[str]:
        """Say that there are markers in which something is wrong, and where the first is."""
        rows = self.survey.mistaken
        if not len(rows):
            return []
        document = int(self.document[rows[0]])
        place = f"{self.shards[self.shard_of[document]].name}:{self.line[document]}"
        paragraph = int(rows[0] - self.survey.rows[document])
        more = f" ({len(rows)} such)" if len(rows) > 1 else ""
        told = f"{place}: paragraph {paragraph} is meant as a marker and marks nothing{more}: "
        return [told + "write 'dedup: off', then 'dedup: on', alone on their lines"]


def _warnings(counts: dict[str, int]) -> list[str]:
    told = []
    if counts["unranked"]:
        told.append(
            f"{counts['unranked']} records have no number and no text in the field of --keep-by: "
            "of copies, they stay last"
        )
    if counts["capped"]:
        told.append(
            f"{counts['capped']} paragraphs were not compared with all that look like them: some "
            "repeats may be left"
        )
    if counts["left_whole"]:
        told.append(
            f"{counts['left_whole']} texts stay whole, since without their repeats the rest would "
            "be read otherwise"
        )
    return told


def _refuse_doubles(
    shards: list[Shard],
    read: list[ShardRead],
    ids: Sequence[str],
    named: NDArray[np.bool_],
    shard_of: I64,
    line: I64,
) -> I64:
    """Find the documents whose id another had before; they stay as they are."""
    first: dict[str, int] = {}
    twice = []
    for number in np.flatnonzero(named).tolist():
        before = first.setdefault(ids[number], number)
        if before != number:
            twice.append(number)
            place = f"{shards[shard_of[before]].name}:{line[before]}"
            read[shard_of[number]].bad.append(
                (int(line[number]), f"its id {ids[number]!r} stands at {place} already")
            )
    return np.array(twice, np.int64)


def _scoped(survey: Survey, document: I64, unread: I64, options: Options) -> Survey:
    """Take documents that stay `unread` out of all comparisons, and keep documents apart.

    Where each is compared with itself alone, equal paragraphs of two are not the same.
    """
    identity, traits, left, right = survey.identity, survey.traits, survey.left, survey.right
    if options.scope == "document":
        identity = (identity ^ document.astype(np.uint64)) * _SCATTER + document.astype(np.uint64)
    if len(unread):
        out = np.isin(document, unread)
        traits = np.where(out, 0, traits).astype(traits.dtype)
        left, right = left[~out[left]], right[~out[left]]
    return replace(survey, identity=identity, traits=traits, left=left, right=right)


def _place(
    survey: Survey,
    document: I64,
    priority: list[Any],
    fixed: NDArray[np.bool_],
    *,
    descending: bool,
) -> I64:
    """Order the rows: what is fixed, by the priority of their documents, then as they stand."""
    rows = np.arange(len(survey))
    if not priority:
        place = np.empty(len(survey), np.int64)
        place[np.lexsort((rows, ~fixed))] = rows
        return place
    order = _ordered(priority, descending=descending)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    place = np.empty(len(survey), np.int64)
    place[np.lexsort((rows, rank[document], ~fixed))] = rows
    return place


def _ordered(values: list[Any], *, descending: bool) -> I64:
    """Order documents by a value: numbers before texts, what has neither last, equal ones stay."""
    numbers = [n for n, value in enumerate(values) if isinstance(value, (int, float))]
    texts = [n for n, value in enumerate(values) if isinstance(value, str)]
    others = sorted(set(range(len(values))) - set(numbers) - set(texts))
    for group in (numbers, texts):
        # Python's sort keeps equal ones in place, also when it goes down.
        group.sort(key=values.__getitem__, reverse=descending)
    return np.array([*numbers, *texts, *others], np.int64)
