"""Threshold and recall target → bands; signatures → band keys.

A pair of Jaccard t shares at least one of b bands of r minima with probability 1 − (1 − tʳ)ᵇ
(Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4.2). Every candidate is verified, so a
false one costs time only: we take the widest band that still finds what the recall target asks.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dedup import kernels
from dedup.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_MISSED = 1e-18
"""The chance that a pair of some Jaccard agrees in fewer numbers than `least_agreeing` says."""


class Banding(NamedTuple):
    """Cut a signature into `bands` slices of `size` minima each."""

    bands: int
    size: int

    def recall(self, jaccard: float) -> float:
        """Give the probability that a pair of this Jaccard becomes a candidate."""
        return float(1 - (1 - jaccard**self.size) ** self.bands)

    def least_shared(self, jaccard: float, recall: float) -> int:
        """Say how many bands have to be shared for a pair to be a candidate: 2, else 1.

        What shares a band by chance seldom shares another. Two are asked where so many pairs of
        this Jaccard share them as `recall` asks for.
        """
        if self.bands < 2:
            return 1
        share = jaccard**self.size
        fewer = (1 - share) ** self.bands + self.bands * share * (1 - share) ** (self.bands - 1)
        return 2 if 1 - fewer >= recall else 1


@cache
def choose_banding(threshold: float, *, num_perm: int = 128, recall: float = 0.995) -> Banding:
    """Choose the widest band whose recall at `threshold` is at least `recall`.

    Raises:
        UsageError: not even bands of one minimum reach `recall`.
    """
    for size in range(num_perm // 2, 0, -1):
        banding = Banding(num_perm // size, size)
        if banding.recall(threshold) >= recall:
            return banding
    raise UsageError(
        f"num_perm {num_perm} cannot find {recall:.1%} of the pairs at threshold {threshold}: "
        "raise num_perm or the threshold"
    )


@cache
def least_agreeing(num_perm: int, jaccard: float) -> int:
    """Say in how many numbers a pair of this Jaccard agrees at least, as good as surely."""
    if jaccard >= 1:
        return num_perm
    below = 0.0
    for count in range(num_perm):
        choose = math.lgamma(num_perm + 1) - math.lgamma(count + 1)
        choose -= math.lgamma(num_perm - count + 1)
        below += math.exp(
            choose + count * math.log(jaccard) + (num_perm - count) * math.log1p(-jaccard)
        )
        if below > _MISSED:
            return count
    return num_perm


def band_keys(signatures: NDArray[np.uint32], banding: Banding) -> NDArray[np.uint64]:
    """Give the key of every band of every signature: uint64[n, bands]."""
    return kernels.band_keys(signatures, banding.bands, banding.size)
