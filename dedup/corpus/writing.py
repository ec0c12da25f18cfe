"""A shard and its cuts → the shard without them, and its part of the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import atomic
from dedup.corpus.batches import BYTE_ORDER_MARK
from dedup.corpus.cutting import CutLines, cut_lines, cut_text
from dedup.corpus.ledger import ShardCuts, ledger_lines
from dedup.corpus.options import DEFAULT_ID_FIELD, Fields
from dedup.corpus.records import name_of
from dedup.corpus.streams import Digest, Lines, changed, packer, read_lines, read_pieces
from dedup.errors import InputError, SelfCheckError
from dedup.files import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dedup.corpus.shards import Shard


@dataclass(frozen=True, slots=True)
class Written:
    """Hold what became of a shard: SHA-256 and bytes of input, output, and the ledger's part.

    disk: as it stands on disk. content: unpacked, for a shard that is compressed.
    """

    disk_in: str
    disk_out: str
    content_in: str
    content_bytes_in: int
    content_bytes_out: int
    ledger: str
    removed: int


def write_shard(
    shard: Shard,
    target: Path,
    cuts: ShardCuts,
    *,
    ledger: Path,
    digest: Digest,
    names: Sequence[str],
    fields: Fields,
    with_text: bool,
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Write `shard` without `cuts` to `target`, and what went to `ledger`; both whole or not.

    What has no cut is copied byte for byte; a shard without any also when it is compressed.
    digest: of the shard, from reading it. names: of all shards. progress: is given the bytes of
    content that were written, a batch at a time.

    Raises:
        InputError: the shard is not what was found, cannot be read, or a file cannot be written.
        SelfCheckError: a line did not prove to be the old one without its cuts.
    """
    make_folder(target.parent)
    told = progress or (lambda _: None)
    noted = hashlib.sha256()
    with atomic.creating(ledger) as note, atomic.creating(target) as write:
        if not len(cuts):
            disk_out, left = _copy(shard, write, told), digest.content_bytes
            if disk_out != digest.disk:
                raise changed(shard)
        else:
            packed, out, left, done = packer(shard.compression, shard.path), hashlib.sha256(), 0, 0

            def put(piece: bytes) -> None:
                out.update(piece)
                write(piece)

            for lines in read_lines(shard):
                span = _cuts_in(lines, cuts)
                data = lines.data
                if span.start < span.stop:
                    result, rows = _cut(shard, lines, cuts, span, names, fields, with_text)
                    data = result.data
                    noted.update(rows)
                    note(rows)
                    done += span.stop - span.start
                left += len(data)
                put(packed.compress(data))
                told(len(lines.data))
            put(packed.flush())
            if done != len(cuts):
                raise SelfCheckError(
                    f"{shard.path}: self-check failed, the shard was not written: cuts out of "
                    "order, or behind its last line; please report this"
                )
            disk_out = out.hexdigest()
    return Written(
        disk_in=digest.disk,
        disk_out=disk_out,
        content_in=digest.content,
        content_bytes_in=digest.content_bytes,
        content_bytes_out=left,
        ledger=noted.hexdigest(),
        removed=len(cuts),
    )


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where there is none.

    Raises:
        InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {reason(error)}") from None


def _copy(shard: Shard, write: Callable[[bytes], None], told: Callable[[int], None]) -> str:
    """Copy the shard as it stands on disk; give its SHA-256."""
    seen = hashlib.sha256()
    for piece in read_pieces(shard):
        seen.update(piece)
        write(piece)
        told(len(piece))
    return seen.hexdigest()


def _cuts_in(lines: Lines, cuts: ShardCuts) -> slice:
    if lines.whole:
        return slice(0, len(cuts))
    behind = lines.first_line + lines.count
    return slice(*np.searchsorted(cuts.line, [lines.first_line, behind]).tolist())


def _cut(
    shard: Shard,
    lines: Lines,
    cuts: ShardCuts,
    span: slice,
    names: Sequence[str],
    fields: Fields,
    with_text: bool,  # noqa: FBT001 - private, and as it came
) -> tuple[CutLines, bytes]:
    """Cut a batch: give what is left, and the lines of the ledger."""
    data, first, last = lines.data, cuts.start[span], cuts.end[span]
    marked = len(BYTE_ORDER_MARK) if not lines.offset and data.startswith(BYTE_ORDER_MARK) else 0
    if lines.whole:
        owner = np.zeros(len(first), np.int64)
        result = cut_text(data, marked, first, last)
        begins = owner
        ids = [shard.name]
    else:
        newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
        numbers, owner = np.unique(cuts.line[span], return_inverse=True)
        rows = numbers - lines.first_line
        starts = np.concatenate([[0], newlines + 1])[rows]
        ends = np.concatenate([newlines, [len(data)]])[rows]
        begins = starts[owner]
        # A byte order mark is no JSON; it counts in the places of the ledger.
        starts = np.maximum(starts, marked)
        result = cut_lines(data, starts, ends, owner, first, last, field=fields.text)
        changing = [data[begin:end] for begin, end in zip(starts, ends, strict=True)]
        ids = _ids(result, changing, numbers.tolist(), shard, fields)
    owners = owner.tolist()
    gone = None
    if with_text:
        texts = result.texts
        gone = [
            (texts[own][begin:stop], data[raw_begin:raw_stop])
            for own, begin, stop, raw_begin, raw_stop in zip(
                owners,
                first.tolist(),
                last.tolist(),
                result.start.tolist(),
                result.end.tolist(),
                strict=True,
            )
        ]
    told = ledger_lines(
        cuts,
        span,
        shard=shard.name,
        names=names,
        documents=[ids[own] for own in owners],
        places=((result.start - begins).tolist(), (result.end - begins).tolist()),
        gone=gone,
    )
    return result, told


_NEWLINE = 0x0A


def _ids(
    result: CutLines, lines: list[bytes], numbers: list[int], shard: Shard, fields: Fields
) -> list[str]:
    """Name the changed documents, as reading them did."""
    field = fields.id or DEFAULT_ID_FIELD
    names = [
        name_of(lines[n], record.get(field), fields) for n, record in enumerate(result.records)
    ]
    return [
        f"{shard.name}:{line}" if name is None else name
        for name, line in zip(names, numbers, strict=True)
    ]
