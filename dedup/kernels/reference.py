"""The hot loops in NumPy: readable, and the specification that native ones must equal bit for bit.

Forms come as UTF-8, one after the other; row i owns ``data[offsets[i]:offsets[i + 1]]``.

The shingle hash, version 1, of code points c₀ … c₍ₖ₋₁₎ is, modulo 2⁶⁴::

    mix(Σ (cⱼ + 1) · Bʲ  +  k · L)      B = 0x9E3779B97F4A7C15, L = 0xD1B54A32D192ED03

where ``mix`` is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
number generators, OOPSLA 2014). A sum of powers lets any span be hashed from two prefix sums.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from dedup import scripts
from dedup.kernels.tables import KernelForms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.kernels.tables import Tables

    U32 = NDArray[np.uint32]
    U64 = NDArray[np.uint64]
    I64 = NDArray[np.int64]

SPACELESS_SIZE = 2  # one character of Han says as much as half a word
HANGUL_SIZE = 3  # a syllable says as much as two or three letters

_BASE = 0x9E3779B97F4A7C15
_BASE_INVERSE = np.uint64(pow(_BASE, -1, 1 << 64))
_LENGTH = np.uint64(0xD1B54A32D192ED03)


def mix(values: U64) -> U64:
    """Scramble 64-bit values with the finalizer of SplitMix64, a bijection."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hash_spans(codes: U32, start: I64, end: I64) -> U64:
    """Hash the spans ``codes[start:end]`` to uint64, by the formula above."""
    powers = np.full(len(codes), _BASE, np.uint64)
    powers[:1] = 1
    np.cumprod(powers, out=powers)
    prefix = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers, out=prefix[1:])
    back = np.full(len(codes) + 1, _BASE_INVERSE, np.uint64)
    back[0] = 1
    np.cumprod(back, out=back)
    sums = (prefix[end] - prefix[start]) * back[start]
    return mix(sums + (end - start).astype(np.uint64) * _LENGTH)


def span_sets(codes: U32, start: I64, end: I64, rows: I64, count: int) -> tuple[U64, I64]:
    """Hash spans and gather them into one set per row.

    `rows[k]` in 0..`count` is the row that span k belongs to. Returns (values uint64, offsets
    int64[count + 1]); the values of a row ascend and are distinct.
    """
    hashes = hash_spans(codes, start, end)
    order = np.lexsort((hashes, rows))
    hashes, rows = hashes[order], rows[order]
    first = np.ones(len(hashes), bool)
    first[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(rows[first], minlength=count), out=offsets[1:])
    return hashes[first], offsets


def form_sets(data: NDArray[np.uint8], offsets: I64, kind: str, size: int) -> tuple[U64, I64]:
    """Hash the shingles of forms and gather them into one set per row.

    `kind` "char": `size` consecutive characters, SPACELESS_SIZE or HANGUL_SIZE in these scripts;
    "word": `size` consecutive tokens. Returns (values uint64, offsets int64[n + 1]); the values of
    a row ascend and are distinct.
    """
    text = data.tobytes().decode("utf-8", "surrogatepass")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    before = np.zeros(len(data) + 1, np.int64)  # code points before each byte
    np.cumsum((data & 0xC0) != 0x80, out=before[1:])
    spans = char_spans if kind == "char" else _word_spans
    start, end, rows = spans(codes, before[offsets], size)
    return span_sets(codes, start, end, rows, len(offsets) - 1)


def minima(values: U64, offsets: I64, a: U32, b: U32) -> U32:
    """Give the signature of every set: uint32[n, num_perm], the minima of ``a·h + b mod 2³²``.

    `h` is the low half of a shingle hash behind MurmurHash3's 32-bit finalizer: the scheme
    "affine32" of datasketch 2. An empty set has the largest value everywhere.
    """
    h = values.astype(np.uint32)  # the low 32 bits
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    h = h ^ (h >> np.uint32(16))
    result = np.full((len(offsets) - 1, len(a)), np.uint32(0xFFFFFFFF))
    for row in range(len(result)):
        part = h[offsets[row] : offsets[row + 1]]
        if len(part):
            np.min(part[:, None] * a + b, axis=0, out=result[row])
    return result


def sign(data: NDArray[np.uint8], offsets: I64, kind: str, size: int, a: U32, b: U32) -> U32:
    """Give the signatures of forms: `minima` of `form_sets`, uint32[n, num_perm]."""
    return minima(*form_sets(data, offsets, kind, size), a, b)


def band_keys(signatures: U32, bands: int, size: int) -> U64:
    """Hash each band of each signature to its key: uint64[n, bands].

    The key of band k is that of the code points ``k`` and its `size` minima, by the formula above:
    equal slices of different bands have different keys.
    """
    key = np.full((len(signatures), bands), 0, np.uint64)
    key += np.arange(1, bands + 1, dtype=np.uint64)
    power = 1
    for column in range(size):
        power = power * _BASE % (1 << 64)
        minimum = signatures[:, column : bands * size : size].astype(np.uint64)
        key += (minimum + np.uint64(1)) * np.uint64(power)
    return mix(key + np.uint64((size + 1) * int(_LENGTH) % (1 << 64)))


def intersections(values: U64, offsets: I64, left: I64, right: I64) -> I64:
    """Count the common values of the sets ``left[k]`` and ``right[k]``: int64[pairs].

    Fast when equal rows of `left` stand together: each such row is marked once, and all its
    partners are looked up in the marks.
    """
    counts = np.zeros(len(left), np.int64)
    if not len(left):
        return counts
    number = _numbered(values, offsets, np.concatenate([left, right]))
    marks = np.zeros(int(number.max(initial=0)) + 1, bool)
    edges = np.append(np.flatnonzero(np.append(True, left[1:] != left[:-1])), len(left))
    sizes = np.diff(offsets)
    for low, high in itertools.pairwise(edges.tolist()):
        own = number[offsets[left[low]] : offsets[left[low] + 1]]
        marks[own] = True
        for first in range(low, high, _PARTNERS):
            partners = right[first : min(first + _PARTNERS, high)]
            size = sizes[partners]
            ends = np.cumsum(size)
            at = np.arange(ends[-1]) + np.repeat(offsets[partners] - (ends - size), size)
            hits = np.zeros(len(at) + 1, np.int64)
            np.cumsum(marks[number[at]], out=hits[1:])
            counts[first : first + len(partners)] = hits[ends] - hits[ends - size]
        marks[own] = False
    return counts


def _numbered(values: U64, offsets: I64, rows: I64) -> NDArray[np.int32]:
    """Number the distinct values of `rows` from 0; elsewhere the number means nothing."""
    inside = np.zeros(len(offsets), np.int8)
    inside[rows] = 1
    used = np.repeat(inside[:-1].astype(bool), np.diff(offsets))
    number = np.zeros(len(values), np.int32)
    number[used] = np.unique(values[used], return_inverse=True)[1]
    return number


def forms(text: bytes, starts: I64, ends: I64, tables: Tables) -> KernelForms:
    """Take no paragraph ``text[starts[i]:ends[i]]``: the specification is `normalize` itself.

    Another kernel may take any that it gives as `unwrap`, `tokenize`, `form_of`, `count_words`,
    `is_cut_off` and `is_closed` do. `text` is UTF-8.
    """
    del text, ends, tables
    rows = len(starts)
    return KernelForms(
        data=np.zeros(0, np.uint8),
        ends=np.zeros(rows, np.int64),
        flags=np.zeros(0, np.uint8),
        flag_ends=np.zeros(rows, np.int64),
        words=np.zeros(rows, np.int32),
        found=np.zeros(rows, np.uint8),
    )


_PARTNERS = 4096  # sets looked up at a time: bounds the scratch memory


def char_spans(codes: U32, offsets: I64, size: int) -> tuple[I64, I64, I64]:
    """Find start, end and row of every character shingle."""
    count = len(codes)
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    script = np.zeros(count, np.int8)
    script[_in_ranges(codes, scripts.WITHOUT_SPACES)] = 1
    script[_in_ranges(codes, scripts.HANGUL)] = 2
    begins = np.ones(count, bool)  # of a row
    begins[1:] = rows[1:] != rows[:-1]
    # A space belongs to the run before it, so that Hangul keeps its words together.
    decides = begins | (codes != ord(" "))
    script = script[np.maximum.accumulate(np.where(decides, np.arange(count), 0))]
    width = np.array([size, SPACELESS_SIZE, HANGUL_SIZE])[script]
    begins[1:] |= script[1:] != script[:-1]  # or of a run
    run_start = np.flatnonzero(begins)
    run_end = np.append(run_start[1:], count)[np.cumsum(begins) - 1]
    start = np.arange(count)
    keep = (start + width <= run_end) | begins
    start = start[keep]
    return start, np.minimum(start + width[keep], run_end[keep]), rows[keep]


def _word_spans(codes: U32, offsets: I64, size: int) -> tuple[I64, I64, I64]:
    """Find start, end and row of every word shingle: from one token's start to another's end."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    space = codes == ord(" ")
    single = _in_ranges(codes, scripts.WITHOUT_SPACES)
    first = np.zeros(len(codes), bool)
    first[offsets[:-1][np.diff(offsets) > 0]] = True
    before = np.ones(len(codes), bool)  # the character before ends a token, or there is none
    before[1:] = space[:-1] | single[:-1]
    begins = np.flatnonzero(~space & (before | single | first))
    row = rows[begins]
    # A token ends where the next one begins, less the space between, or where its row ends.
    ends = np.append(begins[1:], len(codes))
    ends = np.minimum(ends, offsets[row + 1])
    ends -= space[ends - 1]
    last_of_row = np.searchsorted(row, row, "right") - 1
    last = np.minimum(np.arange(len(begins)) + size - 1, last_of_row)
    whole = np.arange(len(begins)) + size - 1 <= last_of_row
    keep = whole | np.append(True, row[1:] != row[:-1])
    return begins[keep], ends[last][keep], row[keep]


def _in_ranges(codes: U32, ranges: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Tell which code points lie in one of the half-open, rising `ranges`."""
    edges = np.array(ranges, np.uint32).ravel()
    inside: NDArray[np.bool_] = np.searchsorted(edges, codes, "right") % 2 == 1
    return inside
