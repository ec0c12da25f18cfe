"""A shard → its documents, some at a time.

A shard that is not compressed can be read in ranges, by several threads at once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.corpus.records import read_records
from dedup.corpus.streams import (
    BATCH_BYTES,
    MAX_RECORD_BYTES,
    Digest,
    Lines,
    empty,
    read_lines,
    read_range,
    too_long,
)
from dedup.errors import InputError
from dedup.files import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedup.corpus.options import Fields
    from dedup.corpus.shards import Shard

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOOK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold the documents of a run of whole lines of one shard; row i of every array is document i.

    offset: where `data`, the raw bytes, begins in the content. first_line: its first line, from 1;
    lines: how many there are. line_start, line_end: int64[d], the range in `data` of a document's
    line without newline. line_number: int64[d]. text: the texts in UTF-8, one after the other;
    bounds: int64[d + 1], of each in it. ids: the id field, else ``name:line``, or a text's name;
    unnamed are those, as rows. priority: the values that decide which copy stays. bad: line and
    reason of what stays as it is, unread; blank lines stay too, and are not named.
    """

    offset: int
    first_line: int
    lines: int
    data: bytes
    line_start: NDArray[np.int64]
    line_end: NDArray[np.int64]
    line_number: NDArray[np.int64]
    text: bytes
    bounds: NDArray[np.int64]
    ids: list[str]
    unnamed: list[int]
    priority: list[Any] | None
    bad: list[tuple[int, str]]

    def __len__(self) -> int:
        return len(self.line_start)

    def starting_at(self, shard: Shard, first_line: int) -> Batch:
        """Give the batch as it is when `first_line` is its first; it was read not knowing that."""
        ahead = first_line - self.first_line
        numbers = self.line_number + ahead
        ids = self.ids
        if self.unnamed and shard.kind == "jsonl":
            ids = ids.copy()
            for row in self.unnamed:
                ids[row] = f"{shard.name}:{numbers[row]}"
        return replace(
            self,
            first_line=first_line,
            line_number=numbers,
            ids=ids,
            bad=[(line + ahead, why) for line, why in self.bad],
        )


def read_batches(shard: Shard, fields: Fields, digest: Digest | None = None) -> Iterator[Batch]:
    """Read a shard from its beginning; `digest` is filled in before the last batch is given.

    Raises:
        InputError: as for `read_lines`, and when it is empty.
    """
    for lines in read_lines(shard, digest):
        if not lines.data:
            raise empty(shard)
        yield _batch(shard, lines, fields).starting_at(shard, lines.first_line)


def plan_batches(shard: Shard) -> list[tuple[int, int]]:
    """Cut a shard that is not compressed into ranges of whole lines: (offset, length) of each.

    Raises:
        InputError: it cannot be read, is empty, or has a line that is too long.
    """
    size = shard.size
    if not size:
        if not shard.path.is_file():
            raise InputError(f"{shard.path}: is no regular file: store what it gives in one")
        raise empty(shard)
    if shard.kind == "text":
        if size > MAX_RECORD_BYTES:
            raise too_long(shard, 1)
        return [(0, size)]
    plan: list[tuple[int, int]] = []
    begin = 0
    with opened(shard.path) as (descriptor, _):
        while begin < size:
            end = begin + BATCH_BYTES
            while end < size:
                look = os.pread(descriptor, _LOOK_BYTES, end)
                at = look.find(b"\n")
                end += len(look) if at < 0 else at + 1
                if at >= 0 or not look:
                    break
            plan.append((begin, min(end, size) - begin))
            begin = end
    return plan


def read_batch(shard: Shard, offset: int, length: int, fields: Fields) -> Batch:
    """Read one range of a shard that is not compressed; its lines are counted from 1.

    Raises:
        InputError: it cannot be read, a line is too long, or it is no longer what was found.
    """
    if length > MAX_RECORD_BYTES:
        for _ in read_lines(shard):  # it knows the line, if one is too long
            pass
    data = read_range(shard, offset, length)
    return _batch(shard, Lines(offset, 1, 0, data, shard.kind == "text"), fields)


def _batch(shard: Shard, lines: Lines, fields: Fields) -> Batch:
    data = lines.data
    marked = len(BYTE_ORDER_MARK) if not lines.offset and data.startswith(BYTE_ORDER_MARK) else 0
    if lines.whole:
        return _document(shard, lines, marked)
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    if marked:
        parts[0] = parts[0][marked:]
    read = read_records(parts, fields)
    ends = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)) + 1) + (marked - 1)
    starts = np.concatenate([[marked], ends[:-1] + 1])
    numbers = np.array(read.numbers, np.int64)
    bounds = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, read.texts), np.int64, len(numbers)), out=bounds[1:])
    unnamed = [row for row, name in enumerate(read.ids) if name is None] if None in read.ids else []
    return Batch(
        offset=lines.offset,
        first_line=1,
        lines=len(parts),
        data=data,
        line_start=starts[numbers],
        line_end=ends[numbers],
        line_number=numbers + 1,
        text=b"".join(read.texts),
        bounds=bounds,
        ids=[name or "" for name in read.ids],
        unnamed=unnamed,
        priority=None if fields.priority is None else read.priorities,
        bad=[(number + 1, why) for number, why in read.bad],
    )


def _document(shard: Shard, lines: Lines, marked: int) -> Batch:
    """Make the batch of a text file: one document, or, where it is not UTF-8, none."""
    text = lines.data[marked:]
    bad: list[tuple[int, str]] = []
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = 1 + text.count(b"\n", 0, error.start)
        bad = [(line, "is not UTF-8: convert it, or use dedup clean --encoding")]
    row = np.zeros(0 if bad else 1, np.int64)
    return Batch(
        offset=0,
        first_line=1,
        lines=1,
        data=lines.data,
        line_start=row + marked,
        line_end=row + len(lines.data),
        line_number=row + 1,
        text=b"" if bad else text,
        bounds=np.array([0] if bad else [0, len(text)], np.int64),
        ids=[] if bad else [shard.name],
        unnamed=[],
        priority=None,
        bad=bad,
    )
