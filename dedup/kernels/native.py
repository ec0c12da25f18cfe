"""The hot loops in C: the functions of `reference`, bit for bit. Allocates what C writes into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.kernels import _native, reference, searching
from dedup.kernels.reference import band_keys
from dedup.kernels.searching import Sketches
from dedup.kernels.tables import KernelForms, Tables
from dedup.scripts import HANGUL, WITHOUT_SPACES
from dedup.words import ADDRESS, CODE, NAME, NEGATION, NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.kernels.reference import I64, U32, U64
    from dedup.kernels.searching import U8

__all__ = [
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

_SPACELESS = np.array(WITHOUT_SPACES, np.uint32).ravel()
_HANGUL = np.array(HANGUL, np.uint32).ravel()


def _flat(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Give arrays as C takes them: item after item, without gaps, and aligned."""
    return tuple(
        # Which most are; to ask costs less than to require.
        array
        if array.flags.c_contiguous and array.flags.aligned
        else np.require(array, requirements=["C", "A"])
        for array in arrays
    )


def form_sets(data: NDArray[np.uint8], offsets: I64, kind: str, size: int) -> tuple[U64, I64]:
    """Do what `reference.form_sets` does; shingles of words are left to it."""
    if kind != "char":
        return reference.form_sets(data, offsets, kind, size)
    values = np.empty(len(data) + 1, np.uint64)
    ends = np.zeros(len(offsets), np.int64)
    given = _flat(data, offsets)
    total = _native.form_sets(*given, size, _SPACELESS, _HANGUL, values, ends[1:])
    return values[:total].copy(), ends


def minima(values: U64, offsets: I64, a: U32, b: U32) -> U32:
    """Do what `reference.minima` does."""
    result = np.empty((len(offsets) - 1, len(a)), np.uint32)
    _native.minima(*_flat(values, offsets, a, b), result)
    return result


def sign(data: U8, offsets: I64, kind: str, size: int, a: U32, b: U32) -> U32:
    """Do what `reference.sign` does; shingles of words are left to it."""
    if kind != "char":
        return reference.sign(data, offsets, kind, size, a, b)
    result = np.empty((len(offsets) - 1, len(a)), np.uint32)
    _native.sign(size, *_flat(data, offsets, a, b), _SPACELESS, _HANGUL, result)
    return result


def intersections(values: U64, offsets: I64, left: I64, right: I64) -> I64:
    """Do what `reference.intersections` does."""
    counts = np.empty(len(left), np.int64)
    _native.intersections(*_flat(values, offsets, left, right), counts)
    return counts


def sketch(
    data: U8,
    offsets: I64,
    flags: U8,
    flag_offsets: I64,
    alone: NDArray[np.bool_],
    bounds: I64,
    *,
    size: int,
    factors: U64,
    floor: float,
    containment: float,
) -> Sketches:
    """Do what `searching.sketch` does."""
    count = len(offsets) - 1
    identities = np.empty(count, np.uint64)
    sketches = np.zeros((count, len(factors)), np.uint8)
    crowded = np.zeros(len(bounds) - 1, bool)
    arrays = _flat(data, offsets, flags, flag_offsets, alone, bounds, factors)
    pairs = _native.sketch(
        *(size, floor, containment, *arrays, _SPACELESS, _HANGUL),
        *(identities, sketches, crowded),
    )
    left, right = _pairs(pairs)
    return Sketches(identities, sketches, crowded, left, right)


def band_pairs(
    sketches: U8, columns: U8, first: int, last: int, least: int
) -> tuple[I64, I64, int, NDArray[np.bool_]]:
    """Do what `searching.band_pairs` does."""
    capped = np.zeros(len(sketches), bool)
    pairs, comparisons = _native.band_pairs(
        *(*_flat(sketches), sketches.shape[1], *_flat(columns), columns.shape[1]),
        *(first, last, least, capped),
    )
    left, right = _pairs(pairs)
    order = np.lexsort((right, left))
    return left[order], right[order], comparisons, capped


def _pairs(found: bytes) -> tuple[I64, I64]:
    left, right = np.frombuffer(found, np.uint32).reshape(-1, 2).astype(np.int64).T
    return np.ascontiguousarray(left), np.ascontiguousarray(right)


def shingle_counts(data: U8, offsets: I64, size: int) -> I64:
    """Do what `searching.shingle_counts` does; longer shingles are left to it."""
    if size > _MAX_EXACT:
        return searching.shingle_counts(data, offsets, size)
    sizes = np.empty(len(offsets) - 1, np.int32)
    given = _flat(data, offsets)
    _native.figures(size, *given, _NONE, _NONE, _SPACELESS, _HANGUL, sizes, _NO_COUNTS)
    return sizes.astype(np.int64)


def common_shingles(data: U8, offsets: I64, left: I64, right: I64, size: int) -> I64:
    """Do what `searching.common_shingles` does; longer shingles are left to it."""
    if size > _MAX_EXACT:
        return searching.common_shingles(data, offsets, left, right, size)
    common = np.empty(len(left), np.int32)
    given = _flat(data, offsets, left, right)
    _native.figures(size, *given, _SPACELESS, _HANGUL, _NO_COUNTS, common)
    return common.astype(np.int64)


_NONE, _NO_COUNTS = np.zeros(0, np.int64), np.zeros(0, np.int32)
_MAX_EXACT = 5  # code points that a shingle is held in as it stands


def same_rows(
    data: U8, offsets: I64, rows: I64, others: U8, other_offsets: I64, other_rows: I64
) -> NDArray[np.bool_]:
    """Do what `searching.same_rows` does."""
    same = np.zeros(len(rows), bool)
    _native.same_rows(*_flat(data, offsets, rows, others, other_offsets, other_rows), same)
    return same


def changes(
    data: U8,
    offsets: I64,
    flags: U8,
    flag_offsets: I64,
    left: I64,
    right: I64,
    protect: frozenset[int],
) -> U8:
    """Do what `searching.changes` does, and decide where no misreading can have a say."""
    verdicts = np.empty(len(left), np.uint8)
    kinds = (protect, {NUMBER, ADDRESS, CODE}, {NUMBER}, protect & {NEGATION}, {NAME})
    masks = (sum(1 << kind for kind in of) for of in kinds)
    given = _flat(data, offsets, flags, flag_offsets, left, right)
    _native.changes(*masks, *given, _SPACELESS, _HANGUL, verdicts)
    return verdicts


_TABLES = Tables._fields
_FORMS = KernelForms._fields


def forms(text: bytes, starts: I64, ends: I64, tables: Tables) -> KernelForms:
    """Give the forms of the paragraphs ``text[starts[i]:ends[i]]``, UTF-8, as far as it knows how.

    Raises:
        ValueError: a paragraph does not lie inside `text`.
    """
    rows = len(starts)
    # Of what lies outside the text, C says so: no room is made for it.
    size = int(np.clip(ends - starts, 0, len(text)).sum())
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
        *_flat(starts, ends),
        *(getattr(tables, name) for name in _TABLES),
        *(getattr(found, name) for name in _FORMS),
    )
    return found
