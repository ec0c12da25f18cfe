"""The hot loops. Every caller takes them from here, so which ones run is decided in one place.

Flat arrays in, flat arrays out, row i is row i; no state. `NAME` says which are in use: "native",
those in C, or "reference", in NumPy, where C could not be built or ``DEDUP_KERNELS=reference`` asks
for them. Both give the same bytes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from dedup.kernels import reference, searching

NAME = "reference"
if os.environ.get("DEDUP_KERNELS") != "reference":
    try:
        from dedup.kernels import native
    except ImportError:
        pass
    else:
        NAME = "native"

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    _chosen = reference
else:
    _chosen = native if NAME == "native" else reference
band_keys = _chosen.band_keys
form_sets = _chosen.form_sets
forms = _chosen.forms
intersections = _chosen.intersections
minima = _chosen.minima
sign = _chosen.sign

_searching = native if NAME == "native" else searching
band_pairs = _searching.band_pairs
changes = _searching.changes
common_shingles = _searching.common_shingles
same_rows = _searching.same_rows
shingle_counts = _searching.shingle_counts
sketch = _searching.sketch

__all__ = [
    "NAME",
    "band_keys",
    "band_pairs",
    "changes",
    "common_shingles",
    "form_sets",
    "forms",
    "intersections",
    "laid_out",
    "minima",
    "same_rows",
    "shingle_counts",
    "sign",
    "sketch",
]


def laid_out(rows: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give rows of bytes as the kernels take them: one after the other, row i from ``offsets[i]``.

    Gives (data uint8, offsets int64[rows + 1]).
    """
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return np.frombuffer(b"".join(rows), np.uint8), offsets
