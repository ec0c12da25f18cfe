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

    def pairs(self, *, most: int | None = None, least: int = 1) -> tuple[I64, I64]:
        """Give (row int64[m], number int64[m]) that share `least` keys, each pair once, rising.

        Of those that have a key the first `most` count. To a row with a key that more have, one
        shared key is enough: others may be behind those.
        """
        each = (self.count if most is None else np.minimum(self.count, most)).ravel()
        crowded = np.asarray((self.count > each.reshape(self.count.shape)).any(axis=1))
        first, width = self._first[self.key.ravel()], self.key.shape[1]
        codes = [np.zeros(0, np.uint64)]
        step = max(1, _KEYS_AT_A_TIME // max(1, width)) * width  # so no row is in two of `codes`
        for low in range(0, len(each), step):
            some, begin = each[low : low + step], first[low : low + step]
            where = np.arange(some.sum()) + np.repeat(begin - (np.cumsum(some) - some), some)
            row = np.repeat((low + np.arange(len(some))) // width, some)
            code = row.astype(np.uint64) << np.uint64(32) | self._numbers[where]
            code, enough = counted(code, least)
            codes.append(code[enough | crowded[(code >> np.uint64(32)).astype(np.int64)]])
        pairs = np.concatenate(codes)
        row = (pairs >> np.uint64(32)).astype(np.int64)
        return row, (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def counted(codes: NDArray[Number], least: int) -> tuple[NDArray[Number], NDArray[np.bool_]]:
    """Give `codes`, rising, each once; and which stood there so many times at `least`: bool[n]."""
    codes.sort()
    first = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])[: len(codes)])
    enough = first + least <= len(codes)
    enough[enough] = codes[first[enough] + least - 1] == codes[first[enough]]
    return codes[first], enough


def at_most(codes: NDArray[Number], most: int) -> NDArray[Number]:
    """Leave no more than `most` of each of `codes`, rising."""
    codes.sort()
    stays = np.ones(len(codes), bool)
    stays[most:] = codes[most:] != codes[:-most]
    return codes[stays]
