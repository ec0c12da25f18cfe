"""Many documents at once → their paragraphs, as `formats` cuts them one by one.

Plain text whose paragraphs are lines is cut here, in arrays over a whole batch. What takes a closer
look (hard-wrapped lines, listings, other line ends, Markdown) is left to `formats`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import formats
from dedup.formats import plain
from dedup.ignoring import NAME, ignored_by, line_marks, mistakes_in
from dedup.lines import line_spans, trimmed
from dedup.model import EXEMPT, KINDS, Document

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Paragraphs

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_LF, _CR = 10, 13
_IS_EXEMPT = np.array([kind in EXEMPT for kind in KINDS])


@dataclass(frozen=True, slots=True)
class Texts:
    """Hold documents as one buffer: document d is ``data[bounds[d]:bounds[d + 1]]``, UTF-8.

    `format` is what all of them are written in.
    """

    data: bytes
    bounds: I64
    format: str

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def document(self, number: int) -> Document:
        """Give one document by itself."""
        low, high = int(self.bounds[number]), int(self.bounds[number + 1])
        return Document(str(number), self.data[low:high])


@dataclass(frozen=True, slots=True)
class Cut:
    """Hold the paragraphs of a batch; element i of each is paragraph i.

    `start`, `end`: int64, bytes of the batch's data. `rows`: int64[documents + 1], the paragraphs
    of document d. `gap`: int32, lines from the last of the paragraph before to its first, 0 for the
    first of a document. `kind`: uint8 index into KINDS. `level`: uint8, as in `model.Outline`.
    `readings`: what paragraphs say where that is not what stands at their place; None where it
    could not be read. `closely`: documents that `formats` cut. `ignored`: bool, those that a marker
    or the settings take out of all comparisons.
    """

    start: I64
    end: I64
    rows: I64
    gap: NDArray[np.int32]
    kind: NDArray[np.uint8]
    level: NDArray[np.uint8]
    readings: dict[int, str | None]
    closely: dict[int, Paragraphs]
    ignored: Bools

    def __len__(self) -> int:
        return len(self.start)

    def mistaken(self) -> I64:
        """Give the paragraphs with a marker in which something is wrong, rising."""
        found = [
            int(self.rows[number] + np.searchsorted(one.last_line, line))
            for number, one in self.closely.items()
            for line, _ in mistakes_in(one.marks)
        ]
        return np.array(found, np.int64)

    def beside(self) -> Bools:
        """Tell which paragraphs have a neighbour from which no blank line parts them."""
        beside: Bools = self.gap == 1
        beside[:-1] |= beside[1:]
        return beside

    def exempt(self) -> Bools:
        """Tell which paragraphs go only inside a block."""
        exempt: Bools = _IS_EXEMPT[self.kind]
        return exempt


def cut(texts: Texts, config: Config) -> Cut:
    """Cut all documents of a batch into paragraphs."""
    lines = _Lines(texts)
    look = lines.look_closer(config.paragraphs) | lines.marked()
    if texts.format != "plain":
        look[:] = True
    document, start, end, gap = lines.paragraphs()
    kind = np.zeros(len(start), np.uint8)
    level = np.zeros(len(start), np.uint8)
    closely = {
        number: formats.FORMATS[texts.format](texts.document(number), config)
        for number in np.flatnonzero(look).tolist()
    }
    readings: dict[int, str | None] = {}
    if closely:
        mine = ~look[document]
        parts = [(document[mine], start[mine], end[mine], gap[mine], kind[mine], level[mine])]
        for number, found in closely.items():
            low = int(texts.bounds[number])
            between = np.zeros(len(found), np.int32)
            between[1:] = found.first_line[1:] - found.last_line[:-1]
            none = np.zeros(len(found), np.uint8)
            its_level = none if found.outline is None else found.outline.level
            parts.append(
                (
                    np.full(len(found), number),
                    *(found.start + low, found.end + low, between, found.kind, its_level),
                )
            )
        document, start, end, gap, kind, level = map(np.concatenate, zip(*parts, strict=True))
        order = np.lexsort((start, document))
        document, start, end = document[order], start[order], end[order]
        gap, kind, level = gap[order], kind[order], level[order]
    rows = np.searchsorted(document, np.arange(len(texts) + 1))
    ignored = np.full(len(start), config.ignore)
    for number, found in closely.items():
        if found.outline is not None:
            readings |= enumerate(found.outline.texts, int(rows[number]))
        ignored[rows[number] : rows[number + 1]] |= ignored_by(found) > 0
    return Cut(start, end, rows.astype(np.int64), gap, kind, level, readings, closely, ignored)


class _Lines:
    """The lines of a batch that are not blank.

    `document` of each, `number` (counts the blank ones too), `start`, `end` without blanks behind.
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.data = np.frombuffer(texts.data, np.uint8)
        bounds = texts.bounds
        breaks = np.flatnonzero(self.data == _LF)
        # A line begins where its document does, and behind each break but one that ends it.
        of_break = np.searchsorted(bounds, breaks, "right") - 1
        behind = breaks[breaks + 1 < bounds[of_break + 1]] + 1
        start = np.sort(np.concatenate([bounds[:-1][np.diff(bounds) > 0], behind]))
        self.document = np.searchsorted(bounds, start, "right") - 1
        limit = bounds[self.document + 1]
        following = np.append(breaks, len(self.data))[np.searchsorted(breaks, start)]
        self.start, self.end = start, np.minimum(following, limit)
        self.number = np.arange(len(start))
        self._trim()

    def _trim(self) -> None:
        """Take trailing blanks off, and blank lines out."""
        last = self._byte(1)
        unsure = (self.end > self.start) & ((last <= ord(" ")) | self._may_end_blank(last))
        end = self.end.copy()
        for line in np.flatnonzero(unsure).tolist():
            number = int(self.document[line])
            low = int(self.texts.bounds[number])
            document = self.texts.document(number)
            span = int(self.start[line]) - low, int(end[line]) - low
            end[line] = low + trimmed(document, *span)
        written = end > self.start
        self.start, self.end = self.start[written], end[written]
        self.document, self.number = self.document[written], self.number[written]

    def _byte(self, back: int) -> NDArray[np.uint8]:
        """Give the byte so many `back` from the end of each line; of a shorter line, any byte."""
        found: NDArray[np.uint8] = self.data[np.maximum(self.end - back, 0)]
        return found

    def _may_end_blank(self, last: NDArray[np.uint8]) -> Bools:
        """Tell which lines may end in a blank that is not ASCII: by the bytes of those in UTF-8."""
        found = np.zeros(len(last), bool)
        wide = np.flatnonzero(last >= 0x80)
        if len(wide):
            before = self.data[np.maximum(self.end[wide] - 2, 0)]
            first = self.data[np.maximum(self.end[wide] - 3, 0)]
            found[wide] = (before == 0xC2) | np.isin(first, (0xE1, 0xE2, 0xE3)) & np.isin(
                before, (0x80, 0x81, 0x9A)
            )
        return found

    def _blocks(self) -> NDArray[np.int64]:
        """Number the blocks of lines, which blank lines part."""
        opens = np.ones(len(self.start), bool)
        opens[1:] = (np.diff(self.number) > 1) | (np.diff(self.document) > 0)
        return np.cumsum(opens) - 1

    def look_closer(self, mode: str) -> Bools:
        """Tell which documents are not cut line by line, or have a listing or other line ends."""
        count = len(self.texts)
        look = np.zeros(count, bool)
        carriage = np.flatnonzero(self.data == _CR)
        look[np.searchsorted(self.texts.bounds, carriage, "right") - 1] = True
        returns = look.copy()
        if not len(self.start):
            return look
        block = self._blocks()
        lines = np.bincount(block)
        together = lines[block] > 1
        if mode == "blank":
            look[self.document[together]] = True
            return look
        if mode == "auto":
            wide = together & (self.end - self.start > plain.MAX_WRAP_COLUMNS)
            lines_of = np.bincount(self.document[together], minlength=count)
            wide_of = np.bincount(self.document[wide], minlength=count)
            # Bytes are columns in ASCII alone.
            long = wide_of > plain.LONG_SHARE * lines_of
            look |= lines_of > 0
            for number in np.flatnonzero(long & look & ~returns).tolist():
                look[number] = not self._text(number).isascii()
        long_enough = np.zeros(count, bool)
        long_enough[self.document[lines[block] >= plain.MIN_LISTING]] = True
        for number in np.flatnonzero(long_enough).tolist():
            look[number] |= plain.may_list(self._text(number))
        return look

    def marked(self) -> Bools:
        """Tell which documents have a marker, or what is meant as one."""
        found = np.zeros(len(self.texts), bool)
        at = self.texts.data.find(NAME)
        while at >= 0:
            number = int(np.searchsorted(self.texts.bounds, at, "right")) - 1
            document = self.texts.document(number)
            found[number] = bool(line_marks(document, *line_spans(document)))
            at = self.texts.data.find(NAME, int(self.texts.bounds[number + 1]))
        return found

    def _text(self, number: int) -> bytes:
        low, high = self.texts.bounds[number : number + 2].tolist()
        return self.texts.data[low:high]

    def paragraphs(self) -> tuple[I64, I64, I64, NDArray[np.int32]]:
        """Give document, start, end and gap of every line, as a paragraph of its own."""
        gap = np.zeros(len(self.start), np.int32)
        gap[1:] = np.diff(self.number)
        gap[1:][np.diff(self.document) > 0] = 0
        return self.document, self.start, self.end, gap
