"""Shingle sets → pairs of which one may be contained in the other, which LSH cannot see.

Prefix filter (Chaudhuri, Ganti, Kaushik: A primitive operator for similarity joins, ICDE 2006): if
q holds the share c of p's shingles, it holds one of any ``|p| - ceil(c·|p|) + 1`` of them, so
asking for the rarest so many misses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.index.arrays import Candidates, distinct, distinct_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.shingles import ShingleSets

MAX_POSTINGS = 1024
"""Of a shingle's owners, at most so many are looked at for one paragraph."""


def containment_pairs(
    sets: ShingleSets,
    rows: NDArray[np.int64],
    groups: NDArray[np.int64],
    *,
    containment: float,
    size_ratio: float,
) -> Candidates:
    """Give all pairs of one group of which one holds the share `containment` of the other.

    Entry e is set ``rows[e]`` in group ``groups[e]``; only pairs with ``|p| < size_ratio · |q|``
    are asked. The pairs are of rows.
    """
    sizes = sets.sizes()[rows]
    entry = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)
    # Which value of which set each posting is.
    values = sets.values[np.arange(len(entry)) + np.repeat(_starts(sets, rows, sizes), sizes)]
    # Most shingles have one owner only. They are the rarest, and lead to nobody: those that are it
    # by a key of group and value are left out at once.
    needed = sizes - np.ceil(containment * sizes - 1e-9).astype(np.int64) + 1
    shared = _shared(values + groups[entry].astype(np.uint64) * _ODD)
    needed -= sizes - np.bincount(entry[shared], minlength=len(rows))
    entry, values = entry[shared], values[shared]
    del shared
    # One list of postings per (group, value), its owners by rising size.
    order = np.lexsort((sizes[entry], values, groups[entry]))
    entry, values = entry[order], values[order]
    del order
    begins = np.ones(len(entry), bool)
    begins[1:] = (values[1:] != values[:-1]) | (groups[entry[1:]] != groups[entry[:-1]])
    single = begins & np.append(begins[1:], True)
    needed -= np.bincount(entry[single], minlength=len(rows))
    entry, begins = entry[~single], begins[~single]
    del values, single

    list_of = np.cumsum(begins) - 1
    list_start = np.flatnonzero(begins)
    list_end = np.append(list_start[1:], len(entry))
    owners = (list_end - list_start)[list_of]
    # The rarest shingles of every entry, as many as the filter asks.
    by_rarity = np.lexsort((list_of, owners, entry))
    postings = np.bincount(entry, minlength=len(rows))
    rank = np.arange(len(entry)) - np.repeat(np.cumsum(postings) - postings, postings)
    asked = by_rarity[rank < needed[entry[by_rarity]]]
    # In each of those lists, the owners that are large enough: they stand at its end.
    posted_size = sizes[entry]
    span = int(posted_size.max(initial=0)) + 2
    least = np.floor(posted_size[asked] / size_ratio + 1e-9).astype(np.int64) + 1
    low = np.searchsorted(
        list_of * span + posted_size, list_of[asked] * span + np.minimum(least, span - 1)
    )
    count = list_end[list_of[asked]] - low
    capped = distinct(rows[entry[asked][count > MAX_POSTINGS]])
    count = np.minimum(count, MAX_POSTINGS)
    mine = np.repeat(entry[asked], count)
    run = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
    theirs = entry[np.repeat(low, count) + run]
    asked_pairs = distinct_pairs(rows[mine], rows[theirs], capped)
    # Only what is contained indeed: which others share a rare shingle depends on what else there
    # is, and a pair must be found or not for the sake of its two texts alone.
    left, right = asked_pairs.left, asked_pairs.right
    common = kernels.intersections(sets.values, sets.offsets, left, right)
    smaller = np.minimum(sets.sizes()[left], sets.sizes()[right])
    held = common >= containment * smaller
    return Candidates(left[held], right[held], capped)


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _shared(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Give the places of all keys that stand more than once, rising, and perhaps of a few more.

    Key and place are sorted as one number, of which the place takes the low bits of the key.
    """
    low = (1 << len(keys).bit_length()) - 1
    mixed = (keys & ~np.uint64(low)) | np.arange(len(keys), dtype=np.uint64)
    mixed.sort()
    again = (mixed[1:] ^ mixed[:-1]) <= np.uint64(low)
    staying = mixed[np.append(again, False) | np.append(False, again)] & np.uint64(low)
    places: NDArray[np.int64] = staying.astype(np.int64)
    places.sort()
    return places


def _starts(
    sets: ShingleSets, rows: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give for each entry what takes a running number over all postings to its own values."""
    starts: NDArray[np.int64] = sets.offsets[rows] - (np.cumsum(sizes) - sizes)
    return starts
