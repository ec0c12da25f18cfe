"""Comparison forms → shingle sets: hashed n-grams, one ascending set of uint64 per form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

CHAR_SIZE = 5
WORD_SIZE = 3

# Characters hashed at a time: bounds the scratch memory, about 100 bytes for each.
_BATCH = 1 << 19


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """Hold one set per form: set i is ``values[offsets[i]:offsets[i + 1]]``, ascending.

    `values` uint64, `offsets` int64[n + 1].
    """

    values: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: NDArray[np.int64]) -> ShingleSets:
        """Give the sets of these `rows` alone."""
        sizes = self.sizes()[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(sizes, out=offsets[1:])
        where = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], sizes)
        return ShingleSets(self.values[where], offsets)

    def followed_by(self, others: ShingleSets) -> ShingleSets:
        """Give these sets, and the `others` behind them."""
        if not len(others):
            return self
        values = np.concatenate([self.values, others.values])
        return ShingleSets(values, np.append(self.offsets[:-1], others.offsets + self.offsets[-1]))

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
    size = size or (CHAR_SIZE if kind == "char" else WORD_SIZE)
    values: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
    lengths: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for data, offsets in encoded(forms):
        hashed, ends = kernels.form_sets(data, offsets, kind, size)
        values.append(hashed)
        lengths.append(np.diff(ends))
    all_offsets = np.zeros(len(forms) + 1, np.int64)
    np.cumsum(np.concatenate(lengths), out=all_offsets[1:])
    return ShingleSets(np.concatenate(values), all_offsets)


def encoded(forms: Sequence[str]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Give the forms as UTF-8, some at a time: (data, offsets), as the kernels take them."""
    for batch in _batches(forms):
        yield kernels.laid_out([form.encode("utf-8", "surrogatepass") for form in batch])


def _batches(forms: Sequence[str]) -> Iterator[Sequence[str]]:
    low = total = 0
    for high, form in enumerate(forms):
        if total and total + len(form) > _BATCH:
            yield forms[low:high]
            low, total = high, 0
        total += len(form)
    if low < len(forms):
        yield forms[low:]
