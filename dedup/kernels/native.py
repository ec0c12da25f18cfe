"""The hot loops in C: the functions of `reference`, bit for bit. Allocates what C writes into."""

from __future__ import annotations

from dedup.kernels import _native  # noqa: F401
from dedup.kernels.reference import band_keys, intersections, minima, span_sets

__all__ = ["band_keys", "intersections", "minima", "span_sets"]
