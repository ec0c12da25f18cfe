"""Imprints → which paragraphs may be alike across texts.

Two paragraphs are *linked* when their signatures share a band, and agree in so many numbers as any
pair would that is near: what `candidates` may find, and `verify` may let match, is linked. Texts
that hang together by no link never meet, so what becomes of each lot depends on nothing else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.banding import choose_banding, least_agreeing
from dedup.index import arrays
from dedup.index.arrays import MAX_CROWD, large_buckets, pairs_of_buckets
from dedup.repository.imprints import Imprints, among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.banding import Banding
    from dedup.config import Config

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]
    U8 = NDArray[np.uint8]
    Bools = NDArray[np.bool_]


_WORTH_THREADS_ROWS = 10_000
_GOLDEN = 0x9E3779B97F4A7C15  # Knuth's multiplicative hashing


class Links(NamedTuple):
    """Hold links between identities of paragraphs, each once.

    ``left[k]`` and ``right[k]`` uint64 may be alike. ``member[k]`` is in the crowd ``crowd[k]``,
    both uint64: so many share a band that not every pair of them is compared, and which are depends
    on all of them.
    """

    left: U64
    right: U64
    member: U64
    crowd: U64

    @classmethod
    def none(cls) -> Links:
        """Give no links."""
        return cls(*(np.zeros(0, np.uint64) for _ in range(4)))

    def among(self, identity: U64) -> Links:
        """Give those between `identity` alone, uint64, rising."""
        both = among(self.left, identity) & among(self.right, identity)
        staying = among(self.member, identity)
        return Links(self.left[both], self.right[both], self.member[staying], self.crowd[staying])

    @classmethod
    def joined(cls, parts: Sequence[Links]) -> Links:
        """Put links together, each once."""
        pairs, crowds = (
            _once(*(np.concatenate([getattr(part, of) for part in parts]) for of in names))
            for names in (("left", "right"), ("member", "crowd"))
        )
        return cls(*pairs, *crowds)


def _once(one: U64, two: U64) -> tuple[U64, U64]:
    order = np.lexsort((two, one))
    one, two = one[order], two[order]
    first = np.ones(len(one), bool)
    first[1:] = (one[1:] != one[:-1]) | (two[1:] != two[:-1])
    return one[first], two[first]


def banding_of(config: Config) -> Banding:
    """Give the bands by which paragraphs are searched across documents."""
    return choose_banding(config.threshold_across, num_perm=config.num_perm, recall=config.recall)


def links(imprints: Imprints, new: Bools, config: Config) -> Links:
    """Link the paragraphs of `new` texts, bool[texts], with each other and with those of others."""
    banding = banding_of(config)
    keys = _band_keys(imprints.signature, banding)
    in_new = new[imprints.text_of_row()]
    near = np.arange(len(keys))
    if not in_new.all():
        near = np.flatnonzero(_share_a_band(keys, keys[in_new]))
    identity, first = np.unique(imprints.identity[near], return_index=True)
    row = near[first]
    keys = keys[row]
    is_new = np.zeros(len(identity), bool)
    is_new[np.searchsorted(identity, imprints.identity[in_new])] = True
    least = least_agreeing(config.num_perm, config.threshold_across)

    def of_band(band: int) -> Links:
        left, right, member, crowd = _in_band(keys, band, is_new)
        alike = agreeing(imprints.signature, row[left], row[right]) >= least
        return Links(identity[left[alike]], identity[right[alike]], identity[member], crowd)

    if len(row) < _WORTH_THREADS_ROWS:
        found = [of_band(band) for band in range(banding.bands)]
    else:  # what takes time here runs without the interpreter's lock
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - it loads a good deal

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            found = list(threads.map(of_band, range(banding.bands)))
    return Links.joined(found)


def meeting(imprints: Imprints, others: Imprints, config: Config) -> Imprints:
    """Give the paragraphs that share a band with one of the `others`, and a few more, as one text.

    What links these with the others are all links that there are between both.
    """
    banding = banding_of(config)
    keys = _band_keys(imprints.signature, banding)
    rows = np.flatnonzero(_share_a_band(keys, _band_keys(others.signature, banding)))
    return Imprints(
        np.zeros(1, np.uint8),
        np.array([0, len(rows)]),
        imprints.identity[rows],
        imprints.signature[rows],
    )


def _band_keys(signature: U8, banding: Banding) -> U64 | NDArray[np.uint32]:
    """Give a number for every band of every row, [rows, bands]: equal where the band is.

    Not only there: of a wide band it holds the first eight bytes.
    """
    if (banding.size, banding.bands * 4) == (4, signature.shape[1]):
        return signature.view("<u4")
    width = 4 if banding.size <= 4 else 8
    rows, taken = len(signature), min(banding.size, width)
    bands = signature[:, : banding.bands * banding.size].reshape(rows, banding.bands, banding.size)
    held = np.zeros((rows, banding.bands, width), np.uint8)
    held[:, :, :taken] = bands[:, :, :taken]
    return held.view(f"<u{width}").reshape(rows, banding.bands)


_SIEVE_BITS = 20
_ROWS_AT_A_TIME = 1 << 11  # so many keys stay in the cache of a processor
_PAIRS_AT_A_TIME = 1 << 12  # as many signatures


def _share_a_band(keys: NDArray[np.unsignedinteger], others: NDArray[np.unsignedinteger]) -> Bools:
    """Tell which rows share a band with one of the `others`, and a few more."""
    count = keys.shape[1]
    bits = keys.dtype.itemsize * 8
    # Part of a key is no sieve: many are alike in that. So all of it is multiplied into the top.
    # By a number of each band: one sieve is for all, and a key that stands in two says nothing.
    odd = np.arange(1, 2 * count, 2).astype(keys.dtype)
    factor = odd * keys.dtype.type(_GOLDEN >> (64 - bits))
    shift = keys.dtype.type(bits - _SIEVE_BITS)
    sieve = np.zeros(1 << _SIEVE_BITS, bool)
    sieve[others * factor >> shift] = True
    found = np.zeros(len(keys), bool)
    mixed = np.empty((_ROWS_AT_A_TIME, count), keys.dtype)
    place = np.empty((_ROWS_AT_A_TIME, count), np.int64)
    there = np.empty((_ROWS_AT_A_TIME, count), bool)
    for low in range(0, len(keys), _ROWS_AT_A_TIME):
        some = keys[low : low + _ROWS_AT_A_TIME]
        rows = len(some)
        np.multiply(some, factor, out=mixed[:rows])
        np.right_shift(mixed[:rows], shift, out=place[:rows], casting="unsafe")
        np.take(sieve, place[:rows], out=there[:rows], mode="clip")  # else it goes by a copy
        there[:rows].any(axis=1, out=found[low : low + rows])
    return found


def agreeing(signature: U8, left: I64, right: I64) -> I64:
    """Count the bytes in which the signatures of rows agree: int64[pairs].

    As `arrays.agreeing` does, several times as fast where a signature is so many words of eight
    bytes that they can be halved down to one: no byte of a sum is then over 128.
    """
    words = signature.shape[1] // 8
    if signature.shape[1] % 8 or not 0 < words <= 16 or words & (words - 1):
        return arrays.agreeing(signature, left, right)
    counts = np.zeros(len(left), np.int64)
    for low in range(0, len(left), _PAIRS_AT_A_TIME):
        here = slice(low, low + _PAIRS_AT_A_TIME)
        same = signature.take(left[here], axis=0) == signature.take(right[here], axis=0)
        sums = same.view(np.uint64)
        while sums.shape[1] > 1:
            half = sums.shape[1] // 2
            sums = sums[:, :half] + sums[:, half:]
        counts[here] = sums[:, 0] * np.uint64(0x0101010101010101) >> np.uint64(56)
    return counts


def _in_band(
    keys: NDArray[np.unsignedinteger], band: int, is_new: Bools
) -> tuple[I64, I64, I64, U64]:
    """Give the pairs of rows that share a band, one of them new: (left, right).

    And of buckets with a new row that are too large for that, the rows: (member, crowd).
    """
    order, key = _sorted(keys[:, band])
    again = np.zeros(len(key) + 1, bool)
    again[1:-1] = key[1:] == key[:-1]
    shared = again[1:] | again[:-1]  # most are of one row alone
    order, key = order[shared], key[shared]
    opens = np.ones(len(key), bool)
    opens[1:] = key[1:] != key[:-1]
    left, right = (order[place] for place in pairs_of_buckets(opens, MAX_CROWD))
    fresh = is_new[left] | is_new[right]
    crowds = [one for one in large_buckets(order, opens, MAX_CROWD) if is_new[one].any()]
    member = np.concatenate([np.zeros(0, np.int64), *crowds])
    name = keys[member, band].astype(np.uint64) * np.uint64(2 * keys.shape[1]) + np.uint64(band)
    return left[fresh], right[fresh], member, name


def _sorted(
    keys: NDArray[np.unsignedinteger],
) -> tuple[I64, NDArray[np.unsignedinteger]]:
    """Give the places of keys as they come when sorted, and the sorted keys."""
    if keys.dtype.itemsize == 4:  # key and place are sorted as one number: several times as fast
        mixed = (keys.astype(np.uint64) << np.uint64(32)) | np.arange(len(keys), dtype=np.uint64)
        mixed.sort()
        return (mixed & np.uint64(0xFFFFFFFF)).astype(np.int64), mixed >> np.uint64(32)
    order = np.argsort(keys, kind="stable")
    return order, keys[order]
