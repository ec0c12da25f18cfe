"""Pages: entries (key, number) as they stand in a row, and what is known of a segment of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]
    U32 = NDArray[np.uint32]

DOCUMENT = 1 << 31
KEY_BITS = 40
"""So much of a key is kept. Of 3 billion entries, one in 300 look-ups finds one more for that, and
what is found is compared."""

MAX_STORED = 1024
"""Of a key that more have in one segment only the first are kept."""

_SMALL_ENTRIES = 4096  # a segment of no more is one page, and held in memory
_PAGE_ENTRIES = 128
_LOW_BITS = 32  # of a key that stand in a page at most, where there are several
_CHUNK_ENTRIES = 1 << 20  # merged at a time: bounds the memory
_FILTER_ROW_BYTES = 1 << 20
_PAGE = (1 << 32) - 1  # of the key of a row
_RESIDUE, _SCATTER = 0x2144DF1C, 0x9E3779B1
_FILTER_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ by the golden ratio, as Knuth multiplies
_FILTER_BITS_LOG = 3  # 2³ to 2⁴ bits for an entry: one look-up in 30 to 200 goes on for nothing
_WORD_LOG = 6  # of the bits of a filter that belong together


def shorten(keys: U64) -> U64:
    """Keep the top bits of keys."""
    return keys >> np.uint64(64 - KEY_BITS)


@dataclass(slots=True)
class Segment:
    """Hold what is known of a segment without its pages.

    It has 2^`bits` pages, and everything about the forms and documents in the half-open ranges.
    `held`: its entries, where it is small. `filter`: uint64, as `Filter` makes it. `read`: how many
    keys were looked up in its pages since it was opened.
    """

    number: int
    bits: int
    entries: int
    forms: tuple[int, int]
    documents: tuple[int, int]
    held: tuple[U64, U32] | None = None
    filter: U64 | None = None
    read: int = field(default=0, compare=False)

    def stated(self) -> list[int]:
        """Give what is written of it."""
        return [self.number, self.bits, self.entries, *self.forms, *self.documents]

    @classmethod
    def of(cls, stated: Sequence[int]) -> Segment:
        """Read what `stated` gave."""
        number, bits, entries, *ranges = stated
        return cls(number, bits, entries, (ranges[0], ranges[1]), (ranges[2], ranges[3]))

    @property
    def size(self) -> int:
        """Give its size class: four times the entries are one more."""
        return max(0, (self.entries // 256).bit_length() // 2)

    @property
    def filter_log(self) -> int:
        """Give how many bits its filter has, as a power of two."""
        entries = self.bits + _PAGE_ENTRIES.bit_length() - 1  # no more than that power of two
        return min(KEY_BITS, entries + _FILTER_BITS_LOG)


def page_key(segment: int, page: int) -> int:
    """Give the key of the row of a page."""
    return segment << 32 | page


def encode(
    segment: Segment, first: int, low: U64, numbers: U32, cuts: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    """Write pages from the page `first` on, each as (key of its row, content).

    Page k holds the entries ``cuts[k]`` to ``cuts[k + 1]``; `low` are the parts of their keys
    behind the bits that number pages.
    """
    entries = np.empty(len(low), _entry_type(one_page=not segment.bits))
    entries["low"], entries["number"] = low, numbers
    data, size = entries.tobytes(), entries.itemsize
    for key, (begin, end) in enumerate(pairwise(cuts), page_key(segment.number, first)):
        yield key, _sealed(key, data[begin * size : end * size])


def filter_rows(segment: Segment) -> int:
    """Say in how many rows the filter of a segment stands."""
    return -(-(1 << segment.filter_log >> 3) // _FILTER_ROW_BYTES)


def encode_filter(segment: Segment, made: U64) -> Iterator[tuple[int, bytes]]:
    """Write the filter of a segment, behind its pages, as `encode` does those."""
    data = made.astype("<u8").tobytes()
    first = page_key(segment.number, 1 << segment.bits)
    for at in range(filter_rows(segment)):
        part = data[at * _FILTER_ROW_BYTES : (at + 1) * _FILTER_ROW_BYTES]
        yield first + at, _sealed(first + at, part)


def decode_filter(segment: Segment, rows: Mapping[int, object]) -> U64:
    """Read the filter of a segment from its `rows`.

    Raises:
        ValueError: one is missing or damaged; the message says which.
    """
    first = page_key(segment.number, 1 << segment.bits)
    keys = range(first, first + filter_rows(segment))
    what = f"the filter of segment {segment.number}"
    data = b"".join(_opened(keys, rows, lambda _: what))
    if len(data) != 1 << segment.filter_log >> 3:
        raise ValueError(f"{what} is not what was written")
    return np.frombuffer(data, "<u8").astype(np.uint64)


def _sealed(key: int, body: bytes) -> bytes:
    """Put a checksum over the key of a row and its content behind that."""
    start = (key ^ (key >> 32) * _SCATTER) & _PAGE
    return body + zlib.crc32(body, start).to_bytes(4, "little")


def _opened(
    keys: Iterable[int], rows: Mapping[int, object], what: Callable[[int], str]
) -> list[bytes]:
    """Give what was sealed in some rows; an error says ``what(key)`` is missing or damaged."""
    bodies = []
    for key in keys:
        data = rows.get(key)
        if data is None:
            raise ValueError(f"{what(key)} is missing")
        # Over content and checksum together, the checksum is always the same.
        start = (key ^ (key >> 32) * _SCATTER) & _PAGE
        if type(data) is not bytes or zlib.crc32(data, start) != _RESIDUE:
            raise ValueError(f"{what(key)} is not what was written")
        bodies.append(data[:-4])
    return bodies


def decode(
    pages: Sequence[int], rows: Mapping[int, object], *, one_page: bool = False
) -> tuple[I64, U64, U32]:
    """Give what stands in some `pages`, keys of their `rows`: (page, low, number).

    ``pages[page]`` has the entry, and in it the entries rise by `low`, the bits of their keys
    behind those that number pages. `one_page`: their segments have no other.

    Raises:
        ValueError: a page is missing or damaged; the message says which.
    """
    bodies = _opened(pages, rows, lambda key: f"page {key & _PAGE} of segment {key >> 32}")
    entries = np.frombuffer(b"".join(bodies), _entry_type(one_page=one_page))
    count = np.array([len(body) for body in bodies], np.int64) // entries.itemsize
    page = np.repeat(np.arange(len(bodies)), count)
    return page, entries["low"].astype(np.uint64), entries["number"].astype(np.uint32)


def _entry_type(*, one_page: bool) -> np.dtype[np.void]:
    return np.dtype([("low", "<u8" if one_page else "<u4"), ("number", "<u4")])


def filter_masks(keys: U64) -> U64:
    """Give the bits that each shortened key sets in its word of a filter."""
    scattered, one = keys * _FILTER_SCATTER, np.uint64(1)
    masks = one << (scattered >> np.uint64(58))
    for shift in (52, 46, 40):
        masks |= one << (scattered >> np.uint64(shift) & np.uint64(63))
    return masks


class Filter:
    """Make the filter of a segment from its keys, given range by range.

    A Bloom filter in blocks of a word (Putze, Sanders, Singler: Cache-, hash- and space-efficient
    Bloom filters, 2007): the top bits of a key choose the word, and up to four bits of it are set.
    """

    def __init__(self, segment: Segment, chunk_bits: int) -> None:
        self.words_log, self.chunk_bits = segment.filter_log - _WORD_LOG, chunk_bits
        self.parts: list[U64] = []

    def add(self, keys: U64) -> None:
        """Take the shortened keys of the next range, rising."""
        width = self.words_log - self.chunk_bits
        words = np.zeros(1 << width, np.uint64)
        place = (keys >> np.uint64(KEY_BITS - self.words_log)).astype(np.int64) & ((1 << width) - 1)
        opens = np.flatnonzero(np.append(True, place[1:] != place[:-1])[: len(place)])
        if len(opens):
            words[place[opens]] = np.bitwise_or.reduceat(filter_masks(keys), opens)
        self.parts.append(words)

    def done(self) -> U64:
        """Give the filter, when all ranges were added: uint64."""
        return np.concatenate(self.parts)

    @staticmethod
    def may_hold(made: U64, keys: U64, masks: U64) -> NDArray[np.bool_]:
        """Tell which shortened keys a segment may hold, that have these `filter_masks`: bool[n]."""
        words_log = len(made).bit_length() - 1
        word = made[(keys >> np.uint64(KEY_BITS - words_log)).astype(np.int64)]
        found: NDArray[np.bool_] = word & masks == masks
        return found


def page_bits(entries: int) -> int:
    """Say how many bits of a key number the pages of a segment."""
    if entries <= _SMALL_ENTRIES:
        return 0
    return max(KEY_BITS - _LOW_BITS, (entries // _PAGE_ENTRIES).bit_length())


def chunk_bits_of(entries: int) -> int:
    """Say how many bits of a key number the ranges that are merged at a time."""
    return (entries // _CHUNK_ENTRIES).bit_length()


def cuts_at(keys: U64, chunk_bits: int) -> NDArray[np.int64]:
    """Give where each but the first of 2^`chunk_bits` ranges of keys begins."""
    edges = np.arange(1, 1 << chunk_bits, dtype=np.uint64) << np.uint64(KEY_BITS - chunk_bits)
    return np.searchsorted(keys, edges)


def bounded(keys: U64, numbers: U32) -> tuple[U64, U32]:
    """Drop what is beyond the first MAX_STORED of a rising key."""
    if not (keys[MAX_STORED:] == keys[:-MAX_STORED]).any():
        return keys, numbers
    begins = np.append(True, keys[1:] != keys[:-1])
    start = np.flatnonzero(begins)
    rank = np.arange(len(keys)) - start[np.cumsum(begins) - 1]
    stays = rank < MAX_STORED
    return keys[stays], numbers[stays]


def matches(
    entries: U64, numbers: U32, keys: U64, at: NDArray[np.int64]
) -> tuple[NDArray[np.int64], U32]:
    """Give (at, number) for all `entries` that have one of the rising `keys`."""
    low = np.searchsorted(entries, keys, "left")
    count = np.searchsorted(entries, keys, "right") - low
    hit = np.flatnonzero(count)
    if not len(hit):
        return np.zeros(0, np.int64), np.zeros(0, np.uint32)
    low, count = low[hit], count[hit]
    ends = np.cumsum(count)
    where = np.arange(ends[-1]) + np.repeat(low - (ends - count), count)
    return np.repeat(at[hit], count), numbers[where]
