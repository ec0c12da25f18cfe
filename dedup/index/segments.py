"""Band keys → who has them: sorted once, in segments that are merged as they grow.

A row of a table for every key falls off as the table grows, since keys are scattered all over it.
So every batch writes one *segment* of its entries (key, number), sorted; and where several of one
size stand side by side they are merged into one. A segment is cut into pages by the top bits of the
key, one row each: a look-up is one row per segment, and finds out if the row is missing. Behind
them stands a filter, by which most of what is in no page is known without looking.

A number is that of a form, or with DOCUMENT set that of a document, whose key is that of its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.index.pages import (
    DOCUMENT,
    KEY_BITS,
    Filter,
    Segment,
    bounded,
    chunk_bits_of,
    cuts_at,
    decode,
    decode_filter,
    encode,
    encode_filter,
    filter_masks,
    filter_rows,
    matches,
    page_bits,
    page_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dedup.index.sqlite import Database

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]
    U32 = NDArray[np.uint32]

_MERGED = 4  # so many segments of one size become one
_MAX_FILTER_BYTES = 256 << 20
_PAGES_AT_A_TIME = 4096
_PAGES_FOR_A_FILTER = 64  # of so many pages, one has to be read before the filter is worth it


class Segments:
    """Look up keys in the segments of an index, and add to them."""

    def __init__(self, database: Database, segments: list[Segment]) -> None:
        self.database, self.segments = database, segments
        self.dropped = 0  # entries of crowded keys that were not written

    # --- looking up -------------------------------------------------------------------------------

    def find(self, keys: U64) -> tuple[I64, U32]:
        """Give who has the shortened `keys`, rising and distinct.

        Gives (at int64[m], numbers uint32[m]): the number has ``keys[at]``; by key, and of each by
        rising number.

        Raises:
            InputError: a page is missing or damaged.
        """
        found = [(np.zeros(0, np.int64), np.zeros(0, np.uint32))]
        asked = [(np.zeros(0, np.int64),) * 2]
        low_of = [np.zeros(0, np.uint64)]
        masks = filter_masks(keys)
        for segment in self.segments:
            if segment.bits == 0:
                if segment.held is None:
                    segment.held = self._scan(segment, 0, 1)
                found.append(matches(*segment.held, keys, np.arange(len(keys))))
                continue
            at = self._asked_of(segment, keys, masks)
            shift = KEY_BITS - segment.bits
            page = (keys[at] >> np.uint64(shift)).astype(np.int64)
            asked.append((page + page_key(segment.number, 0), at))
            low_of.append(keys[at] & np.uint64((1 << shift) - 1))
        pages, at_of = (np.concatenate(columns) for columns in zip(*asked, strict=True))
        found += self._find_in(pages, np.concatenate(low_of), at_of)
        place, numbers = (np.concatenate(columns) for columns in zip(*found, strict=True))
        order = np.lexsort((numbers, place))
        return place[order], numbers[order]

    def _asked_of(self, segment: Segment, keys: U64, masks: U64) -> I64:
        """Give those of the `keys`, which have these `masks`, that some page has to be asked of."""
        at = np.arange(len(keys))
        if segment.filter is None and self._worth_a_filter(segment, len(keys)):
            segment.filter = self.filter_of(segment)
        if segment.filter is not None:
            at = at[Filter.may_hold(segment.filter, keys, masks)]
        segment.read += len(at)
        return at

    def _find_in(self, pages: I64, low: U64, at: I64) -> Iterator[tuple[I64, U32]]:
        """Look up key ``at[k]``, of which `low` is what is in a page, in the page ``pages[k]``.

        Pages rise, and in each the `low`.
        """
        opens = np.append(True, pages[1:] != pages[:-1])[: len(pages)]
        place, distinct = np.cumsum(opens) - 1, pages[opens]
        for first in range(0, len(distinct), _PAGES_AT_A_TIME):
            part = distinct[first : first + _PAGES_AT_A_TIME].tolist()
            page, entries, numbers = self._decoded(part, self.database.raw_pages(part))
            some = slice(*np.searchsorted(place, [first, first + len(part)]).tolist())
            yield matches(
                _within(page, entries), numbers, _within(place[some] - first, low[some]), at[some]
            )

    def _worth_a_filter(self, segment: Segment, keys: int) -> bool:
        held = sum(one.filter.nbytes for one in self.segments if one.filter is not None)
        room = held + (1 << segment.filter_log >> 3) <= _MAX_FILTER_BYTES
        return room and _PAGES_FOR_A_FILTER * (segment.read + keys) > 1 << segment.bits

    def filter_of(self, segment: Segment) -> U64:
        """Read the filter of a segment of more than a page.

        Raises:
            InputError: it is missing or damaged.
        """
        first, count = page_key(segment.number, 1 << segment.bits), filter_rows(segment)
        rows = dict(self.database.raw_range("pages", first, first + count))
        try:
            return decode_filter(segment, rows)
        except ValueError as error:
            raise self.database.damaged(str(error)) from None

    def filter_made(self, segment: Segment) -> U64:
        """Make the filter of a segment from its pages, which should be the one behind them."""
        chunk_bits = chunk_bits_of(segment.entries)
        maker = Filter(segment, chunk_bits)
        for keys, _ in self._in_ranges(segment, chunk_bits):
            maker.add(keys)
        return maker.done()

    def _decoded(
        self, pages: Sequence[int], rows: Mapping[int, object], *, one_page: bool = False
    ) -> tuple[I64, U64, U32]:
        """Do what `decode` does.

        Raises:
            InputError: a page is missing or damaged.
        """
        try:
            return decode(pages, rows, one_page=one_page)
        except ValueError as error:
            raise self.database.damaged(str(error)) from None

    def _in_ranges(self, segment: Segment, chunk_bits: int) -> Iterator[tuple[U64, U32]]:
        """Give all entries, those of 2^`chunk_bits` equal ranges of keys one after the other."""
        if segment.bits < chunk_bits or segment.held is not None:
            keys, numbers = segment.held or self._scan(segment, 0, 1 << segment.bits)
            cuts = cuts_at(keys, chunk_bits)
            yield from zip(np.split(keys, cuts), np.split(numbers, cuts), strict=True)
            return
        width = 1 << (segment.bits - chunk_bits)
        for low in range(0, 1 << segment.bits, width):
            yield self._scan(segment, low, low + width)

    def _scan(self, segment: Segment, low: int, high: int) -> tuple[U64, U32]:
        """Give the shortened keys, rising, and the numbers of a range of its pages."""
        pages = range(page_key(segment.number, low), page_key(segment.number, high))
        rows = dict(self.database.raw_range("pages", pages.start, pages.stop))
        page, keys, numbers = self._decoded(pages, rows, one_page=not segment.bits)
        top = (page + low).astype(np.uint64) << np.uint64(KEY_BITS - segment.bits)
        return top | keys, numbers

    # --- adding -----------------------------------------------------------------------------------

    def add(self, number: int, keys: U64, numbers: U32, ranges: Sequence[tuple[int, int]]) -> None:
        """Add a segment with shortened `keys` of `numbers`.

        `ranges`: those of its forms and of its documents, which are new.
        """
        order = np.lexsort((numbers, keys))
        keys, numbers = keys[order], numbers[order]
        segment = Segment(number, page_bits(len(keys)), len(keys), ranges[0], ranges[1])
        chunk_bits = chunk_bits_of(len(keys))
        parts = zip(
            np.split(keys, cuts_at(keys, chunk_bits)),
            np.split(numbers, cuts_at(keys, chunk_bits)),
            strict=True,
        )
        self._write(segment, parts, chunk_bits)

    def grown(self) -> list[Segment]:
        """Give the last segments, where it is time to merge them; else nothing."""
        segments = self.segments
        if not segments:
            return []
        first, size = len(segments) - 1, segments[-1].size
        while first > 0 and segments[first - 1].size < size:
            first -= 1  # the smaller ones go into the large one that came behind them
        if first < len(segments) - 1:
            return segments[first:]
        while first > 0 and segments[first - 1].size == size:
            first -= 1
        return segments[first:] if len(segments) - first >= _MERGED else []

    def merge(self, number: int, removed: U32) -> list[tuple[int, int]]:
        """Merge the segments that have `grown` into one, without what was `removed`.

        Gives the half-open ranges of numbers of which nothing removed is left in any page.
        """
        old = self.grown()
        del self.segments[-len(old) :]
        forms = old[0].forms[0], old[-1].forms[1]
        documents = old[0].documents[0], old[-1].documents[1]
        entries = sum(segment.entries for segment in old)
        segment = Segment(number, page_bits(entries), entries, forms, documents)
        chunk_bits = chunk_bits_of(entries)
        sources = [self._in_ranges(one, chunk_bits) for one in old]

        def parts() -> Iterator[tuple[U64, U32]]:
            for pieces in zip(*sources, strict=True):
                keys = np.concatenate([piece[0] for piece in pieces])
                numbers = np.concatenate([piece[1] for piece in pieces])
                if len(removed):
                    stays = ~np.isin(numbers, removed)
                    keys, numbers = keys[stays], numbers[stays]
                # Of one key the numbers rise: those of a segment are above those before it.
                order = np.argsort(keys, kind="stable")
                yield keys[order], numbers[order]

        self._write(segment, parts(), chunk_bits)
        spans = [(page_key(one.number, 0), page_key(one.number + 1, 0)) for one in old]
        self.database.delete("pages", spans)
        return [forms, (documents[0] + DOCUMENT, documents[1] + DOCUMENT)]

    def _write(self, segment: Segment, parts: Iterable[tuple[U64, U32]], chunk_bits: int) -> None:
        """Write the pages of a segment; `parts` gives the entries of 2^`chunk_bits` ranges."""
        if not segment.bits:
            self._write_page(segment, *next(iter(parts)))
            return
        page = written = 0
        pages_of_part = 1 << (segment.bits - chunk_bits)
        shift = np.uint64(KEY_BITS - segment.bits)
        below = np.uint64((1 << (KEY_BITS - segment.bits)) - 1)
        maker = Filter(segment, chunk_bits)
        for part in parts:
            keys, numbers = bounded(*part)
            written += len(keys)
            self.dropped += len(part[0]) - len(keys)
            maker.add(keys)
            edges = np.arange(page + 1, page + pages_of_part, dtype=np.uint64) << shift
            cuts = [0, *np.searchsorted(keys, edges).tolist(), len(keys)]
            low = keys & below
            self.database.put_raw(encode(segment, page, low, numbers, cuts))
            page += pages_of_part
        segment.entries = written
        self.segments.append(segment)
        filtered = maker.done()
        self.database.put_raw(encode_filter(segment, filtered))
        room = _MAX_FILTER_BYTES - sum(
            one.filter.nbytes for one in self.segments if one.filter is not None
        )
        if filtered.nbytes <= room:
            segment.filter = filtered

    def _write_page(self, segment: Segment, keys: U64, numbers: U32) -> None:
        """Write the only page of a segment."""
        segment.held = bounded(keys, numbers)
        segment.entries = len(segment.held[0])
        self.dropped += len(keys) - segment.entries
        self.database.put_raw(encode(segment, 0, *segment.held, [0, segment.entries]))
        self.segments.append(segment)

    def entries(self) -> Iterator[tuple[U64, U32]]:
        """Give everything, piece by piece.

        Raises:
            InputError: a page is missing or damaged.
        """
        for segment in self.segments:
            for low in range(0, 1 << segment.bits, _PAGES_AT_A_TIME):
                high = min(low + _PAGES_AT_A_TIME, 1 << segment.bits)
                yield self._scan(segment, low, high)


def _within(page: I64, low: U64) -> U64:
    """Number entries by page and by what is in it."""
    return page.astype(np.uint64) << np.uint64(32) | low
