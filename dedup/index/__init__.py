"""Band keys → candidate pairs.

To add an index, write ``index/<name>.py`` and a line here: the contract test runs over this table
and asks the same pairs of every one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dedup.index import arrays, datasketch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedup.banding import Banding
    from dedup.index.arrays import Candidates


class CandidateSearch(Protocol):
    """Give the pairs of rows of one group that share a band, and agree in `least` numbers."""

    def __call__(  # noqa: D102 - a call signature has no behaviour of its own
        self,
        signatures: NDArray[np.uint32],
        banding: Banding,
        groups: NDArray[np.int64],
        *,
        least: int = 0,
    ) -> Candidates: ...


INDEXES: dict[str, CandidateSearch] = {
    "arrays": arrays.candidate_pairs,
    "datasketch": datasketch.candidate_pairs,
}
