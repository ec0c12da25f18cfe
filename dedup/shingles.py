"""Comparison forms → shingle sets: hashed n-grams, one ascending set of uint64 per form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels, scripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

CHAR_SIZE = 5
SPACELESS_SIZE = 2  # one character of Han says as much as half a word
HANGUL_SIZE = 3  # a syllable says as much as two or three letters
WORD_SIZE = 3

# Code points hashed at a time: bounds the scratch memory, about 100 bytes for each.
_BATCH = 1 << 19


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """Hold one set per form: set i is ``values[offsets[i]:offsets[i + 1]]``, ascending.

    `values` uint64, `offsets` int64[n + 1].
    """

    values: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    def sizes(self) -> NDArray[np.int64]:
        """Give the number of shingles of every set."""
        return np.diff(self.offsets)


def shingle_sets(
    forms: Sequence[str], *, kind: str = "char", size: int | None = None
) -> ShingleSets:
    """Give the shingle set of every form.

    `kind` "char": `size` (5) consecutive characters, but 2 in a script without spaces and 3 in
    Hangul; a run of one script shorter than that is one shingle. `kind` "word": `size` (3)
    consecutive tokens; a shorter form is one shingle. The hash is that of `kernels.reference`.
    """
    spans = _char_spans if kind == "char" else _word_spans
    size = size or (CHAR_SIZE if kind == "char" else WORD_SIZE)
    values: list[NDArray[np.uint64]] = []
    lengths: list[NDArray[np.int64]] = []
    for batch in _batches(forms):
        codes = np.frombuffer("".join(batch).encode("utf-32-le"), np.uint32)
        offsets = np.zeros(len(batch) + 1, np.int64)
        np.cumsum([len(form) for form in batch], out=offsets[1:])
        start, end, rows = spans(codes, offsets, size)
        hashed, ends = kernels.span_sets(codes, start, end, rows, len(batch))
        values.append(hashed)
        lengths.append(np.diff(ends))
    all_offsets = np.zeros(len(forms) + 1, np.int64)
    if lengths:
        np.cumsum(np.concatenate(lengths), out=all_offsets[1:])
    return ShingleSets(np.concatenate([np.zeros(0, np.uint64), *values]), all_offsets)


def _batches(forms: Sequence[str]) -> Iterator[Sequence[str]]:
    low = total = 0
    for high, form in enumerate(forms):
        if total and total + len(form) > _BATCH:
            yield forms[low:high]
            low, total = high, 0
        total += len(form)
    if low < len(forms):
        yield forms[low:]


Spans = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _char_spans(codes: NDArray[np.uint32], offsets: NDArray[np.int64], size: int) -> Spans:
    """Find start, end and row of every character shingle."""
    count = len(codes)
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    width = np.full(count, size)
    width[_in_ranges(codes, scripts.WITHOUT_SPACES)] = SPACELESS_SIZE
    width[_in_ranges(codes, scripts.HANGUL)] = HANGUL_SIZE
    # A space belongs to the run before it, so that Hangul keeps its words together.
    spaces = np.flatnonzero(codes == ord(" "))
    width[spaces] = width[spaces - 1]
    begins = np.ones(count, bool)
    begins[1:] = (width[1:] != width[:-1]) | (rows[1:] != rows[:-1])
    run_start = np.flatnonzero(begins)
    run_end = np.append(run_start[1:], count)[np.cumsum(begins) - 1]
    start = np.arange(count)
    keep = (start + width <= run_end) | begins
    start = start[keep]
    return start, np.minimum(start + width[keep], run_end[keep]), rows[keep]


def _word_spans(codes: NDArray[np.uint32], offsets: NDArray[np.int64], size: int) -> Spans:
    """Find start, end and row of every word shingle: from one token's start to another's end."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    space = codes == ord(" ")
    single = _in_ranges(codes, scripts.WITHOUT_SPACES)
    first = np.zeros(len(codes), bool)
    first[offsets[:-1]] = True
    before = np.ones(len(codes), bool)  # the character before ends a token, or there is none
    before[1:] = space[:-1] | single[:-1]
    begins = np.flatnonzero(~space & (before | single | first))
    row = rows[begins]
    # A token ends where the next one begins, less the space between, or where its row ends.
    ends = np.append(begins[1:], len(codes))
    ends = np.minimum(ends, offsets[row + 1])
    ends -= space[ends - 1]
    last_of_row = np.searchsorted(row, row, "right") - 1
    last = np.minimum(np.arange(len(begins)) + size - 1, last_of_row)
    whole = np.arange(len(begins)) + size - 1 <= last_of_row
    keep = whole | np.append(True, row[1:] != row[:-1])
    return begins[keep], ends[last][keep], row[keep]


def _in_ranges(codes: NDArray[np.uint32], ranges: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Tell which code points lie in one of the half-open, rising `ranges`."""
    edges = np.array(ranges, np.uint32).ravel()
    inside: NDArray[np.bool_] = np.searchsorted(edges, codes, "right") % 2 == 1
    return inside
