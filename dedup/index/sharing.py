"""Keys of some forms → the forms in an index that share them."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U32 = NDArray[np.uint32]

Number = TypeVar("Number", np.int64, np.uint64)

_KEYS_AT_A_TIME = 1 << 15  # each may give a bucket full of numbers


class Sharing:
    """Hold what was found for keys, [n, columns].

    `key`, int64[n, columns]: the place of each among distinct ones. `count`, int64[n, columns]: how
    many forms have it.
    """

    def __init__(self, key: I64, at: I64, numbers: U32) -> None:
        """Take `key`; ``numbers[k]`` has the key at place ``at[k]``, both rising."""
        count = np.bincount(at, minlength=int(key.max(initial=-1)) + 1)
        self._first = np.cumsum(count) - count
        self.key, self._numbers = key, numbers
        self.count: I64 = count[key]

    def of(self, columns: slice) -> Sharing:
        """Give what was found for some columns of the keys."""
        found = copy(self)
        found.key, found.count = self.key[:, columns], self.count[:, columns]
        return found

    def pairs(self, *, most: int | None = None, least: I64 | None = None) -> tuple[I64, I64]:
        """Give (row int64[m], number int64[m]) that share keys, each pair once, rising.

        Of those that have a key the first `most` count. With `least`, int64[columns + 1], a row
        with k keys that no more have has to share ``least[k]``, which is 1 or 2.
        """
        each = (self.count if most is None else np.minimum(self.count, most)).ravel()
        free = np.count_nonzero(self.count <= each.reshape(self.count.shape), axis=1)
        one_is_enough = np.ones(len(free), bool) if least is None else least[free] == 1
        first, width = self._first[self.key.ravel()], self.key.shape[1]
        codes = [np.zeros(0, np.uint64)]
        step = max(1, _KEYS_AT_A_TIME // max(1, width)) * width  # so no row is in two of `codes`
        for low in range(0, len(each), step):
            some, begin = each[low : low + step], first[low : low + step]
            where = np.arange(some.sum()) + np.repeat(begin - (np.cumsum(some) - some), some)
            row = np.repeat((low + np.arange(len(some))) // width, some)
            code = row.astype(np.uint64) << np.uint64(32) | self._numbers[where]
            code, twice = counted(code)
            codes.append(code[twice | one_is_enough[(code >> np.uint64(32)).astype(np.int64)]])
        pairs = np.concatenate(codes)
        row = (pairs >> np.uint64(32)).astype(np.int64)
        return row, (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def counted(codes: NDArray[Number]) -> tuple[NDArray[Number], NDArray[np.bool_]]:
    """Give `codes`, rising, each once; and which of them stood there more than once: bool[n]."""
    codes.sort()
    opens = np.append(True, codes[1:] != codes[:-1])[: len(codes)]
    return codes[opens], ~np.append(opens[1:], True)[: len(codes)][opens]


def at_most(codes: NDArray[Number], most: int) -> NDArray[Number]:
    """Leave no more than `most` of each of `codes`, rising."""
    codes.sort()
    stays = np.ones(len(codes), bool)
    stays[most:] = codes[most:] != codes[:-most]
    return codes[stays]
