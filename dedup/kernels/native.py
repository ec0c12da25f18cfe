"""The hot loops in C: the functions of `reference`, bit for bit. Allocates what C writes into."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from dedup.kernels import _native
from dedup.kernels.reference import band_keys, intersections, minima, span_sets
from dedup.kernels.tables import KernelForms, Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]

__all__ = ["band_keys", "forms", "intersections", "minima", "span_sets"]

_TABLES = [field.name for field in fields(Tables)]
_FORMS = [field.name for field in fields(KernelForms)]


def forms(text: bytes, starts: I64, ends: I64, tables: Tables) -> KernelForms:
    """Give the forms of the paragraphs ``text[starts[i]:ends[i]]``, UTF-8, as far as it knows how.

    Raises:
        ValueError: a paragraph does not lie inside `text`.
    """
    rows = len(starts)
    size = int((ends - starts).sum())
    found = KernelForms(
        # A form is seldom longer than its text; a paragraph that finds no room is not taken.
        data=np.empty(size + size // 2 + 64, np.uint8),
        ends=np.empty(rows, np.int64),
        flags=np.empty(size + 64, np.uint8),
        flag_ends=np.empty(rows, np.int64),
        words=np.empty(rows, np.int32),
        found=np.empty(rows, np.uint8),
    )
    _native.forms(
        text,
        np.ascontiguousarray(starts, np.int64),
        np.ascontiguousarray(ends, np.int64),
        *(getattr(tables, name) for name in _TABLES),
        *(getattr(found, name) for name in _FORMS),
    )
    return found
