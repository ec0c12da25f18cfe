"""Band keys of some forms → the forms in an index that share one with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U32 = NDArray[np.uint32]

_KEYS_AT_A_TIME = 1 << 15  # each may give a bucket full of numbers


class Sharing:
    """Hold what was found for keys, [n, bands].

    `count`, int64[n, bands]: how many forms have each.
    """

    def __init__(self, key: I64, at: I64, numbers: U32) -> None:
        """Take the place of every key, int64[n, bands], among distinct ones.

        ``numbers[k]`` has the key at place ``at[k]``, both rising.
        """
        count = np.bincount(at, minlength=int(key.max(initial=-1)) + 1)
        self._first = np.cumsum(count) - count
        self._key, self._numbers = key, numbers
        self.count: I64 = count[key]

    def pairs(self, most: int | None, *, bands: int | None = None) -> tuple[I64, I64]:
        """Give (row int64[m], number int64[m]) that share a key, each pair once, rising.

        Of those that have a key the first `most` are given; of the bands the first `bands` asked.
        """
        key = self._key[:, :bands]
        count = self.count[:, :bands]
        each = (count if most is None else np.minimum(count, most)).ravel()
        first, width = self._first[key.ravel()], key.shape[1]
        codes = [np.zeros(0, np.uint64)]
        step = max(1, _KEYS_AT_A_TIME // width) * width  # so no row is in two of `codes`
        for low in range(0, len(each), step):
            some, begin = each[low : low + step], first[low : low + step]
            where = np.arange(some.sum()) + np.repeat(begin - (np.cumsum(some) - some), some)
            row = np.repeat((low + np.arange(len(some))) // width, some)
            code = row.astype(np.uint64) << np.uint64(32) | self._numbers[where]
            code.sort()
            codes.append(code[np.append(code[1:] != code[:-1], True)] if len(code) else code)
        pairs = np.concatenate(codes)
        row = (pairs >> np.uint64(32)).astype(np.int64)
        return row, (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
