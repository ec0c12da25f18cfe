"""The online index: datasketch's MinHashLSH, fed with our signatures and our banding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.index.arrays import Candidates, agreeing, distinct_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.banding import Banding


def candidate_pairs(
    signatures: NDArray[np.uint32], banding: Banding, groups: NDArray[np.int64], *, least: int = 0
) -> Candidates:
    """Give the pairs of rows of one group that share a band, and agree in `least` numbers."""
    from datasketch import LeanMinHash, MinHashLSH  # noqa: PLC0415 - it brings SciPy: 0.4 s

    pairs: list[tuple[int, int]] = []
    for group in np.unique(groups).tolist():
        lsh = MinHashLSH(num_perm=signatures.shape[1], params=(banding.bands, banding.size))
        for row in np.flatnonzero(groups == group).tolist():
            # Bands are cut from the values alone; the seed is not looked at.
            sketch = LeanMinHash(seed=1, hashvalues=signatures[row], scheme="affine32")
            pairs += [(other, row) for other in lsh.query(sketch)]
            lsh.insert(row, sketch)
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    alike = agreeing(signatures, left, right) >= least
    left, right = left[alike], right[alike]
    return distinct_pairs(left, right, np.zeros(0, np.int64))
