"""What a corpus is searched with, in NumPy and Python: the specification of the native form.

Sketches say of two sets how alike they are, as signatures do, at a byte a column.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.kernels import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedup.kernels.reference import I64, U64

    U8 = NDArray[np.uint8]

MAX_BUCKET = 48
"""Of a larger bucket only so many rows meet each other, the others one of them."""

CROWDED_ROWS, CROWDED_BYTES = 512, 1 << 20
"""In a larger document not all pairs are counted."""

SAMPLED_BITS = 2
"""Rows of one document are compared by one shingle in four first."""

NOTHING_LOST, LOST, UNDECIDED = range(3)
"""What `changes` says of a pair."""


class Sketches(NamedTuple):
    """Hold what `sketch` found: per row, per document, and pairs of rows of one document.

    `identities` uint64[n], of form and kinds of tokens; `sketches` uint8[n, columns]; `crowded`
    bool[documents]; `left`, `right` int64.
    """

    identities: U64
    sketches: U8
    crowded: NDArray[np.bool_]
    left: I64
    right: I64


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
    """Sketch the forms of whole documents, and pair the rows of one that are alike.

    Row i is ``data[offsets[i]:offsets[i + 1]]`` with the kinds ``flags[flag_offsets[i]:…]``;
    document d has the rows ``bounds[d]`` to ``bounds[d + 1]``. Only rows that are `alone` are
    sketched and paired, by shingles of `size` characters: where their Jaccard is at least `floor`
    or one holds the share `containment` of the other, as a sample of them lets expect; not where
    they are equal. `factors`: see `sketch_of`. A crowded document gives no pairs.
    """
    count = len(offsets) - 1
    identities = np.array([_identity(data, offsets, flags, flag_offsets, i) for i in range(count)])
    values, ends = reference.form_sets(data, offsets, "char", size)
    sets = [values[low:high] for low, high in itertools.pairwise(ends.tolist())]
    sketches = np.zeros((count, len(factors)), np.uint8)
    for row in np.flatnonzero(alone).tolist():
        sketches[row] = sketch_of(sets[row], factors)
    crowded = np.zeros(len(bounds) - 1, bool)
    pairs: list[tuple[int, int]] = []
    for document, (first, last) in enumerate(itertools.pairwise(bounds.tolist())):
        rows = first + np.flatnonzero(alone[first:last])
        total = int((offsets[rows + 1] - offsets[rows] + 1).sum())
        crowded[document] = len(rows) > CROWDED_ROWS or total > CROWDED_BYTES
        if crowded[document]:
            continue
        for p, q in itertools.combinations(rows.tolist(), 2):
            if identities[p] != identities[q] and _alike(sets[p], sets[q], floor, containment):
                pairs.append((p, q))
    pairs.sort(key=lambda pair: (pair[1], pair[0]))
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return Sketches(identities.astype(np.uint64), sketches, crowded, left, right)


def sketch_of(hashes: U64, factors: U64) -> U8:
    """Sketch a set of hashes: two of Jaccard J agree in a column with probability J.

    Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017): in each round every hash
    falls into one column, and the first round that fills a column decides by its least value; in
    the last rounds, all hashes fall into one column after the other. `factors`, odd, uint64[t]: one
    a round, for t columns. Returns uint8[t], the low byte of each value; zeros for no hashes.
    """
    columns = len(factors)
    least = np.full(columns, np.iinfo(np.uint64).max)
    if not len(hashes) or not columns:
        return np.zeros(columns, np.uint8)
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for number in range(2 * columns):
        mixed = hashes * factors[number % columns]
        high = mixed >> half
        if number < columns:
            column = ((high * np.uint64(columns)) >> half).astype(np.int64)
            value = mixed & low
        else:
            column = np.full(len(hashes), number - columns)
            value = high
        np.minimum.at(least, column, np.uint64(number << 32) | value)
        if (least != np.iinfo(np.uint64).max).all():
            break
    return least.astype(np.uint8)


def _alike(p: U64, q: U64, floor: float, containment: float) -> bool:
    """Tell whether two sets are alike: first by a sample of them, then wholly."""
    sampled = [values[values >> np.uint64(64 - SAMPLED_BITS) == 0] for values in (p, q)]
    union, smaller, common = _counts(*sampled)
    if not (_may_reach(common, union, floor) or _may_reach(common, smaller, containment)):
        return False
    union, smaller, common = _counts(p, q)
    return common >= floor * union or common >= containment * smaller


def _counts(p: U64, q: U64) -> tuple[int, int, int]:
    common = len(np.intersect1d(p, q, assume_unique=True))
    return len(p) + len(q) - common, min(len(p), len(q)), common


def _may_reach(common: int, of: int, least: float) -> bool:
    """Tell whether `common` `of` a sample may be the share `least` of the whole.

    That is, whether it is not more than three standard deviations below.
    """
    below = least * of - common
    return below <= 0 or below * below <= 9 * least * (1 - least) * of


def _identity(data: U8, offsets: I64, flags: U8, flag_offsets: I64, row: int) -> np.uint64:
    """Hash the bytes of a form and the kinds of its tokens, by the formula of `reference`."""
    form = data[offsets[row] : offsets[row + 1]]
    kinds = flags[flag_offsets[row] : flag_offsets[row + 1]]
    codes = np.concatenate([form, kinds]).astype(np.uint32)
    whole = np.zeros(1, np.int64), np.full(1, len(codes), np.int64)
    return np.uint64(reference.hash_spans(codes, *whole)[0])


def band_pairs(
    sketches: U8, columns: U8, first: int, last: int, least: int
) -> tuple[I64, I64, int, NDArray[np.bool_]]:
    """Find the pairs of rows that agree in all columns of a band, and in `least` columns at all.

    Band k looks at ``columns[k]``, uint8[bands, width]; the bands `first` to `last` are searched,
    and a pair is given by the first band of all that has it. Returns (left, right, comparisons,
    capped): left < right. Behind the first MAX_BUCKET rows of a bucket, a row meets one of these
    alone, the one whose number is `first` (mod MAX_BUCKET), and no other in all bands that are
    searched now: `capped` tells which do.
    """
    pairs: list[tuple[int, int]] = []
    comparisons = 0
    capped = np.zeros(len(sketches), bool)
    for band in range(first, last):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for row, key in enumerate(sketches[:, columns[band]]):
            bucket = buckets[key.tobytes()]
            met = bucket
            if len(bucket) >= MAX_BUCKET:
                met = [] if capped[row] else [bucket[first % MAX_BUCKET]]
                capped[row] = True
            for other in met:
                comparisons += 1
                equal = sketches[row] == sketches[other]
                if equal.sum() >= least and not equal[columns[:band]].all(axis=1).any():
                    pairs.append((other, row))
            bucket.append(row)
    pairs.sort()
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return left, right, comparisons, capped


def shingle_counts(data: U8, offsets: I64, size: int) -> I64:
    """Count the distinct character shingles of each row, as strings: int64[n]."""
    return np.array([len(strings) for strings in _string_sets(data, offsets, size)], np.int64)


def common_shingles(data: U8, offsets: I64, left: I64, right: I64, size: int) -> I64:
    """Count the character shingles, as strings, that rows ``left[k]`` and ``right[k]`` share."""
    sets = _string_sets(data, offsets, size)
    common = [len(sets[p] & sets[q]) for p, q in zip(left.tolist(), right.tolist(), strict=True)]
    return np.array(common, np.int64)


def _string_sets(data: U8, offsets: I64, size: int) -> list[frozenset[str]]:
    return [frozenset(_strings(data[low:high], size)) for low, high in itertools.pairwise(offsets)]


def _strings(form: U8, size: int) -> Iterator[str]:
    text = form.tobytes().decode("utf-8", "surrogatepass")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    start, end, _ = reference.char_spans(codes, np.array([0, len(codes)]), size)
    return (text[low:high] for low, high in zip(start.tolist(), end.tolist(), strict=True))


def same_rows(
    data: U8, offsets: I64, rows: I64, others: U8, other_offsets: I64, other_rows: I64
) -> NDArray[np.bool_]:
    """Tell whether row ``rows[k]`` is, byte for byte, row ``other_rows[k]`` of `others`."""
    same = [
        np.array_equal(
            data[offsets[p] : offsets[p + 1]], others[other_offsets[q] : other_offsets[q + 1]]
        )
        for p, q in zip(rows.tolist(), other_rows.tolist(), strict=True)
    ]
    return np.array(same, bool)


def changes(
    data: U8,  # noqa: ARG001
    offsets: I64,  # noqa: ARG001
    flags: U8,  # noqa: ARG001
    flag_offsets: I64,  # noqa: ARG001
    left: I64,
    right: I64,  # noqa: ARG001
    protect: frozenset[int],  # noqa: ARG001
) -> U8:
    """Say of each pair whether `left` loses a token of the kinds `protect` for `right`: uint8.

    Where it answers, it answers as `protected.differences` does; all it does not tell for sure, and
    here that is everything, is UNDECIDED.
    """
    return np.full(len(left), UNDECIDED, np.uint8)
