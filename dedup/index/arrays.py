"""The batch index: sort the band keys, and equal ones lie side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup.banding import band_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.banding import Banding

MAX_BUCKET = 1024
"""In a larger bucket every row is paired with the first so many only: work stays linear. Equal
forms are one row, so such a bucket holds that many *different* texts."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold candidate pairs ``(left[k], right[k])``, int64, left < right, each once, ascending.

    `capped`: rows in buckets that were too large for all their pairs.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    capped: int = 0


def distinct_pairs(left: NDArray[np.int64], right: NDArray[np.int64], capped: int) -> Candidates:
    """Put pairs in canonical order, each once."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    code = np.unique((low.astype(np.uint64) << np.uint64(32)) | high.astype(np.uint64))
    return Candidates(
        (code >> np.uint64(32)).astype(np.int64),
        (code & np.uint64(0xFFFFFFFF)).astype(np.int64),
        capped,
    )


def candidate_pairs(
    signatures: NDArray[np.uint32], banding: Banding, groups: NDArray[np.int64]
) -> Candidates:
    """Give all pairs of rows of one group that share a band."""
    left: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    right: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    capped: set[int] = set()
    for key in band_keys(signatures, banding).T:
        order = np.lexsort((np.arange(len(key)), key, groups))
        same = (key[order][1:] == key[order][:-1]) & (groups[order][1:] == groups[order][:-1])
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
        for low, high in zip(edges[::2].tolist(), (edges[1::2] + 1).tolist(), strict=True):
            bucket = order[low:high]
            heads = bucket[:MAX_BUCKET]
            first, second = np.triu_indices(len(heads), 1)
            left.append(heads[first])
            right.append(heads[second])
            if len(bucket) > MAX_BUCKET:
                rest = bucket[MAX_BUCKET:]
                capped.update(rest.tolist())
                left.append(np.repeat(rest, MAX_BUCKET))
                right.append(np.tile(heads, len(rest)))
    return distinct_pairs(np.concatenate(left), np.concatenate(right), len(capped))
