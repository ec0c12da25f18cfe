"""Undo a corpus run: cleaned shards and ledger → the shards as they were."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dedup import atomic
from dedup.corpus.ledger import raw_of
from dedup.corpus.markers import LEDGER, SUMMARY
from dedup.corpus.shards import RESERVED, SUFFIXES, shard_at
from dedup.corpus.streams import Lines, packer, read_lines, read_pieces
from dedup.corpus.summary import Summary
from dedup.corpus.writing import make_folder
from dedup.errors import DedupError, InputError, RestoreError, UsageError
from dedup.files import opened, pieces_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dedup.corpus.shards import Shard
    from dedup.corpus.summary import ShardSummary


def is_corpus_run(folder: Path) -> bool:
    """Tell whether a corpus run has ended in `folder`."""
    return all((folder / name).is_file() for name in RESERVED)


def restore_run(folder: Path, output: Path) -> Iterator[tuple[str, DedupError | None]]:
    """Write the shards of the run in `folder`, as they were, below `output`; name each.

    What was compressed is compressed again: its content is what it was, byte for byte. With a shard
    comes the error, if it could not be restored; nothing of it is written then.

    Raises:
        UsageError: the ledger has no texts, or the folder holds no run.
        InputError: a file cannot be read or written.
    """
    try:
        summary = Summary.from_json(read(folder / SUMMARY).data)
    except ValueError:
        raise UsageError(f"{folder / SUMMARY}: is no summary of a run") from None
    if summary.total("removed") and not summary.settings["options"]["with_text"]:
        raise UsageError(f"{folder}: the run was made with --no-text: what was cut is not kept")
    rows = _Rows(folder / LEDGER)
    for shard in summary.shards:
        if shard.written is None:
            continue
        try:
            _refuse_name(folder, shard.name)
            target = output / shard.name
            make_folder(target.parent)
            _restore(shard_at(folder / shard.name, shard.name), shard, rows, target)
        except (InputError, UsageError) as error:
            yield shard.name, error
        else:
            yield shard.name, None


def _refuse_name(folder: Path, name: str) -> None:
    """Refuse a name that leads out of the folder: a summary may have come from anywhere."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or not name.endswith(SUFFIXES):
        raise RestoreError(f"{folder / SUMMARY}: names a shard {name!r}: it was not restored")


def _restore(shard: Shard, was: ShardSummary, rows: _Rows, target: Path) -> None:
    assert was.written is not None  # noqa: S101 - for mypy: the caller looked
    seen = hashlib.sha256()
    with atomic.creating(target) as write:
        if not was.written.removed:
            for piece in read_pieces(shard):
                seen.update(piece)
                write(piece)
            if seen.hexdigest() != was.written.disk_in:
                raise _unlike(shard)
            return
        rows.begin(shard.name)
        packed = packer(shard.compression, target)
        for lines in read_lines(shard):
            behind = lines.first_line + lines.count
            data = _put_back(shard, lines, rows.before(shard.name, behind))
            seen.update(data)
            write(packed.compress(data))
        write(packed.flush())
        if seen.hexdigest() != was.written.content_in:
            raise _unlike(shard)


def _put_back(shard: Shard, lines: Lines, rows: list[dict[str, Any]]) -> bytes:
    data = lines.data
    if not rows:
        return data
    starts = np.concatenate([[0], np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE) + 1])
    pieces = []
    at = line = place = 0  # what was put out of `data`; the line at work, and how far it came
    for row in rows:
        begin, stop = row["bytes"]
        if row["line"] != line:
            line, place = row["line"], 0
            start = 0 if lines.whole else int(starts[line - lines.first_line])
            pieces.append(data[at:start])
            at = start
        pieces += [data[at : at + begin - place], raw_of(row, shard.kind)]
        at += begin - place
        place = stop
    return b"".join([*pieces, data[at:]])


_NEWLINE = 0x0A


class _Rows:
    """Read the ledger along with the shards, which it has in the same order."""

    def __init__(self, path: Path) -> None:
        self._rows = _ledger(path)
        self._next = next(self._rows, None)

    def begin(self, shard: str) -> None:
        """Pass over what is left of shards in front of this one, as when one is damaged."""
        while self._next is not None and self._next["shard"] != shard:
            self._next = next(self._rows, None)

    def before(self, shard: str, line: int) -> list[dict[str, Any]]:
        """Take the next rows as long as they are of `shard` and above `line`."""
        taken = []
        while self._next is not None and self._next["shard"] == shard and self._next["line"] < line:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken


def _ledger(path: Path) -> Iterator[dict[str, Any]]:
    rest = b""
    with opened(path) as (descriptor, _):
        for piece in pieces_of(descriptor):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield _row(path, line)


def _row(path: Path, line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
        begin, stop = row["bytes"]
        if 0 <= begin < stop and isinstance(row["text"], str) and row["line"] > 0:
            return {**row, "shard": str(row["shard"])}
    except (ValueError, LookupError, TypeError):
        pass
    raise RestoreError(f"{path}: a line of it is damaged: nothing more was restored")


def _unlike(shard: Shard) -> RestoreError:
    return RestoreError(
        f"{shard.path}: is not what the run left, or its ledger is not: it was not restored"
    )
