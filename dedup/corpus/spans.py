"""What goes → the bytes that leave with it: `rewrite.cuts`, in arrays over a whole corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup import formats, rewrite
from dedup.errors import SelfCheckError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.paragraphs import Texts
    from dedup.corpus.survey import Survey
    from dedup.model import Document, Paragraphs

    I64 = NDArray[np.int64]


def cut_spans(survey: Survey, document: I64, rows: I64) -> tuple[I64, I64]:
    """Give start and end of what leaves with each of the `rows` of plain texts, rising.

    A paragraph leaves with one separator; of those around a run that goes the one with most line
    breaks stays, the first of equals, and what opens or ends a document always.
    """
    start, end = survey.start.astype(np.int64), survey.end.astype(np.int64)
    first, last = survey.rows[document[rows]], survey.rows[document[rows] + 1]
    run = np.ones(len(rows), bool)  # a run of rows that go begins here
    run[1:] = (np.diff(rows) > 1) | (rows[1:] == first[1:])
    begins = np.flatnonzero(run)
    stops = np.append(begins[1:], len(rows))[: len(begins)]
    length = stops - begins
    low, high = rows[begins], rows[stops - 1] + 1
    opens, ends = low == first[begins], high == last[begins]
    # Separator k of a run stands before its paragraph k; the last one behind it.
    stays = np.zeros(len(begins), np.int64)
    stays[ends & ~opens] = length[ends & ~opens]
    between = ~opens & ~ends
    single = between & (length == 1)
    behind = np.append(survey.gap, 0)
    stays[single] = behind[high[single]] > survey.gap[low[single]]
    for number in np.flatnonzero(between & (length > 1)).tolist():
        stays[number] = int(np.argmax(survey.gap[low[number] : high[number] + 1]))
    before = np.arange(len(rows)) - np.repeat(begins, length) < np.repeat(stays, length)
    ahead = np.append(start, 0)[np.minimum(rows + 1, len(start))]
    cut_start = np.where(before, end[rows - 1], start[rows])
    cut_end = np.where(before | (rows + 1 == last), end[rows], ahead)
    _check(survey, document, rows, cut_start, cut_end)
    return cut_start, cut_end


def _check(survey: Survey, document: I64, rows: I64, cut_start: I64, cut_end: I64) -> None:
    """Prove that each cut holds its paragraph, and no byte of another or of another cut.

    Raises:
        SelfCheckError: one does not.
    """
    start, end = survey.start.astype(np.int64), survey.end.astype(np.int64)
    inner = rows > survey.rows[document[rows]]
    sound = (cut_start <= start[rows]) & (end[rows] <= cut_end)
    sound &= ~inner | (cut_start >= end[rows - 1])
    further = rows + 1 < survey.rows[document[rows] + 1]
    sound[further] &= cut_end[further] <= start[rows[further] + 1]
    follows = (rows[1:] == rows[:-1] + 1) & (document[rows[1:]] == document[rows[:-1]])
    sound[1:] &= ~follows | (cut_end[:-1] <= cut_start[1:])
    if not sound.all():
        raise SelfCheckError(
            "self-check failed, nothing was written: a cut leaves its place; please report this"
        )


def close_spans(
    texts: Texts,
    number: int,
    removed: NDArray[np.bool_],
    along: NDArray[np.bool_],
    config: Config,
) -> dict[int, tuple[int, int]] | None:
    """Give what leaves with each removed paragraph of one document, which is looked at closely.

    None where the rest would be read otherwise than before: then the document stays whole. Plain
    text is asked without what goes `along`, too: so a second run, of other surroundings, comes to
    the same.
    """
    document = texts.document(number)

    def split(one: Document) -> Paragraphs:
        return formats.FORMATS[texts.format](one, config)

    found = split(document)
    asked = [removed]
    if found.outline is None and along.any():
        asked.append(removed & ~along)
    if any(rewrite.torn(document, found, what, split).any() for what in asked):
        return None
    spans = rewrite.cuts(document, found, removed)
    result = rewrite.without(document.data, spans.values())
    rewrite.self_check(document, found, spans, result, split)
    return {row: (span.start, span.end) for row, span in spans.items()}
