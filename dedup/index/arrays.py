"""The batch index: sort the band keys, and equal ones lie side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup.banding import band_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.banding import Banding

MAX_BUCKET = 128
"""In a larger bucket only the first so many rows are paired with each other, the others with the
first MAX_HEADS of them: work stays linear. Equal forms are one row, so such a bucket holds that
many *different* texts."""

MAX_HEADS = 32

_MAX_BUFFERED = 1 << 22  # pairs, before doubles among them are dropped


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold candidate pairs ``(left[k], right[k])``, int64, left < right, each once, ascending.

    `capped`: int64, the rows in buckets that were too large for all their pairs, each once.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    capped: NDArray[np.int64]


def distinct_pairs(
    left: NDArray[np.int64], right: NDArray[np.int64], capped: NDArray[np.int64]
) -> Candidates:
    """Put pairs in canonical order, each once."""
    return _decode(_distinct(_codes(left, right)), np.unique(capped))


def _codes(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Write each pair as one number: the smaller row above, the larger below."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    return (low.astype(np.uint64) << np.uint64(32)) | high.astype(np.uint64)


def _distinct(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sort and drop doubles; np.unique hashes since NumPy 2.3, and slowly for these."""
    codes.sort()
    return codes[np.append(codes[:-1] != codes[1:], True)] if len(codes) else codes


def _decode(codes: NDArray[np.uint64], capped: NDArray[np.int64]) -> Candidates:
    return Candidates(
        (codes >> np.uint64(32)).astype(np.int64),
        (codes & np.uint64(0xFFFFFFFF)).astype(np.int64),
        capped,
    )


def candidate_pairs(
    signatures: NDArray[np.uint32], banding: Banding, groups: NDArray[np.int64]
) -> Candidates:
    """Give all pairs of rows of one group that share a band."""
    codes = [np.zeros(0, np.uint64)]
    buffered = 0
    capped: set[int] = set()
    for key in band_keys(signatures, banding).T:
        order = np.lexsort((np.arange(len(key)), key, groups))
        same = (key[order][1:] == key[order][:-1]) & (groups[order][1:] == groups[order][:-1])
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
        for low, high in zip(edges[::2].tolist(), (edges[1::2] + 1).tolist(), strict=True):
            bucket = order[low:high]
            first, second = np.triu_indices(min(len(bucket), MAX_BUCKET), 1)
            codes.append(_codes(bucket[first], bucket[second]))
            if len(bucket) > MAX_BUCKET:
                rest = bucket[MAX_BUCKET:]
                capped.update(rest.tolist())
                codes.append(
                    _codes(np.repeat(rest, MAX_HEADS), np.tile(bucket[:MAX_HEADS], len(rest)))
                )
            buffered += sum(map(len, codes[-2:]))
            if buffered > _MAX_BUFFERED:
                codes = [_distinct(np.concatenate(codes))]
                buffered = 0
    return _decode(_distinct(np.concatenate(codes)), np.array(sorted(capped), np.int64))
