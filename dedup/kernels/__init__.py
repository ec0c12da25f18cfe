"""The hot loops. Every caller takes them from here, so which ones run is decided in one place.

Flat arrays in, flat arrays out, row i is row i; no state.
"""

from dedup.kernels.reference import band_keys, intersections, minima, span_sets

__all__ = ["band_keys", "intersections", "minima", "span_sets"]
