"""What a corpus is read from: shards, found and named, and read a batch at a time.

A shard that is not compressed can be read in ranges, by several threads at once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
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
from dedup.errors import InputError, UsageError
from dedup.files import Fingerprint, is_folder, named_paths, opened, texts_below
from dedup.files import reason as reason_of
from dedup.patterns import fixed_part, is_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.corpus.options import Fields

_KINDS = {".jsonl": "jsonl", ".txt": "text", ".md": "text"}
_COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
SUFFIXES = tuple(kind + packed for kind in _KINDS for packed in ("", *_COMPRESSIONS))

RESERVED = ("removed.jsonl", "summary.json")
"""What a run writes beside the shards."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOOK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Shard:
    """Hold one input: where it is, its name below the output folder, in which state it was found.

    kind: ``jsonl``, or ``text`` for a file that is one document. compression: None, gz, zst.
    """

    path: Path
    name: str
    kind: str
    compression: str | None
    fingerprint: Fingerprint

    @property
    def size(self) -> int:
        """Give its bytes on disk."""
        return self.fingerprint.size


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


def find_shards(inputs: Sequence[str], output: Path | None = None) -> list[Shard]:
    """Find the shards in files, folders and patterns, in the order of their names' bytes.

    A file is called by its name, what is in a folder by its path below that, what fits a pattern by
    its path below the part without stars. In folders, hidden files and links are passed over.

    Raises:
        UsageError: nothing is found, something is no shard, two have one name, or `output` is
            inside one of the folders, where the next run would read it.
    """
    found: dict[str, tuple[Path, str]] = {}  # by the real path: named twice, it is one input
    for given in inputs:
        if not given:
            raise UsageError("an empty name: name a file or a folder")
        if given == "-":
            raise UsageError("-: shards are read more than once: store what a pipe gives in a file")
        top = fixed_part(given) if is_pattern(given) else None
        for path in named_paths(given):
            folder = is_folder(path)
            if folder and output is not None and output.resolve().is_relative_to(path.resolve()):
                raise UsageError(f"-o {output} is inside the input {path}: name a folder outside")
            for text in texts_below(path, SUFFIXES) if folder else [path]:
                if text.name.endswith(SUFFIXES):
                    name = text.relative_to(top or (path if folder else path.parent)).as_posix()
                    found.setdefault(os.path.realpath(text), (text, name))
                elif top is None:
                    raise UsageError(f"{text}: is no shard: known are {', '.join(SUFFIXES)}")
    if not found:
        what = ", ".join(inputs) or "no input"
        raise UsageError(f"{what}: no shard found: name files ending in {', '.join(SUFFIXES)}")
    shards = sorted((shard_at(*one) for one in found.values()), key=lambda s: os.fsencode(s.name))
    _refuse_names(shards)
    return shards


def shard_at(path: Path, name: str) -> Shard:
    """Make the shard of a file, in the state it is in; its suffix is a known one.

    Raises:
        UsageError: it cannot be read.
    """
    stem, last = os.path.splitext(path.name)  # noqa: PTH122 - twice, as in .jsonl.gz
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS[os.path.splitext(stem)[1] if compression else last]  # noqa: PTH122
    try:
        fingerprint = Fingerprint.of(path.stat())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {reason_of(error)}") from None
    return Shard(path, name, kind, compression, fingerprint)


def _refuse_names(shards: Sequence[Shard]) -> None:
    """Refuse what could not stand side by side in one folder."""
    by_name: dict[str, Shard] = {}
    for shard in shards:
        name = shard.name
        try:
            name.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{shard.path}: its name is not UTF-8: rename it") from None
        if name in RESERVED or name.startswith(".dedup/"):
            raise UsageError(f"{shard.path}: {name} is what a run itself writes: rename it")
        other = by_name.setdefault(name, shard)
        if other is not shard:
            raise UsageError(
                f"{other.path} and {shard.path} would both become {name}: name a folder above both"
            )
    for shard in shards:
        for folder in map(Path.as_posix, Path(shard.name).parents):
            if folder in by_name:
                raise UsageError(
                    f"{shard.path} needs a folder, and {by_name[folder].path} takes its name: "
                    "rename one"
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
