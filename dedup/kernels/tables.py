"""What the kernel `forms` has to know of characters and words, as flat arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Tables(NamedTuple):
    """Hold one row per code point: the first 128, or the BMP and behind it U+1F000 … U+1FFFF.

    `kinds`: uint32[rows], the bits of `characters.CLASSES`. `maps`: uint32[rows], of a row that
    FOLDS or EXPANDS the code point it becomes, or ``1 << 31 | length << 24 | start`` of a run of
    `pool`, uint32. `ranks`: uint8[rows], canonical combining classes. `pairs`: uint64, ascending,
    ``first << 32 | second`` of code points that NFKC makes one. `unspaced`: uint32[n, 4], the
    negations of scripts without spaces, filled up with 0.

    `words`: uint8, listed words in UTF-8, one after the other. `word_ends`: int64[w], where each
    ends. `word_lists`: uint8[w], the bits of `characters.LISTS`.
    """

    kinds: NDArray[np.uint32]
    maps: NDArray[np.uint32]
    ranks: NDArray[np.uint8]
    pool: NDArray[np.uint32]
    pairs: NDArray[np.uint64]
    unspaced: NDArray[np.uint32]
    words: NDArray[np.uint8]
    word_ends: NDArray[np.int64]
    word_lists: NDArray[np.uint8]


class KernelForms(NamedTuple):
    """Hold what `forms` gives; a row that is not taken is empty in all but `found`.

    `data`: uint8, the forms in UTF-8, row i ends at ``ends[i]``, int64[n]. `flags`: uint8, the kind
    of each token, row i ends at ``flag_ends[i]``, int64[n]. `words`: int32[n], length in words.
    `found`: uint8[n], the bits TAKEN …
    """

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]
    flags: NDArray[np.uint8]
    flag_ends: NDArray[np.int64]
    words: NDArray[np.int32]
    found: NDArray[np.uint8]


TAKEN, CUT_OFF, CLOSED, TABULAR, BEYOND_ROWS = (1 << bit for bit in range(5))
