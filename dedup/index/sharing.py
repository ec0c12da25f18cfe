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

        Of those that have a key the first `most` count.
        """
        each = (self.count if most is None else np.minimum(self.count, most)).ravel()
        first, width = self._first[self.key.ravel()], self.key.shape[1]
        codes = [np.zeros(0, np.uint64)]
        step = max(1, _KEYS_AT_A_TIME // max(1, width)) * width  # so no row is in two of `codes`
        for low in range(0, len(each), step):
            some, begin = each[low : low + step], first[low : low + step]
            where = np.arange(some.sum()) + np.repeat(begin - (np.cumsum(some) - some), some)
            row = np.repeat((low + np.arange(len(some))) // width, some)
            codes.append(
                repeated(row.astype(np.uint64) << np.uint64(32) | self._numbers[where], least)
            )
        pairs = np.concatenate(codes)
        row = (pairs >> np.uint64(32)).astype(np.int64)
        return row, (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def repeated(codes: NDArray[Number], least: int) -> NDArray[Number]:
    """Give those of `codes` that stand there so many times at least, rising, each once."""
    codes.sort()
    some = codes[: max(0, len(codes) - least + 1)]
    opens = np.append(True, some[1:] != some[:-1])[: len(some)]
    found: NDArray[Number] = some[opens & (codes[least - 1 :] == some)]
    return found


def at_most(codes: NDArray[Number], most: int) -> NDArray[Number]:
    """Leave no more than `most` of each of `codes`, rising."""
    codes.sort()
    stays = np.ones(len(codes), bool)
    stays[most:] = codes[most:] != codes[:-most]
    return codes[stays]
