"""The hot loops. Every caller takes them from here, so which ones run is decided in one place.

Flat arrays in, flat arrays out, row i is row i; no state. `NAME` says which are in use: "native",
those in C, or "reference", in NumPy, where C could not be built or ``DEDUP_KERNELS=reference`` asks
for them. Both give the same bytes.
"""

import os
from typing import TYPE_CHECKING

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
    "minima",
    "same_rows",
    "shingle_counts",
    "sign",
    "sketch",
]
