"""A shard's bytes on disk → its content, in runs of whole lines; and back into bytes on disk.

What is compressed is unpacked piece by piece, so a bomb costs time and never memory, and its stream
must come to its end: half a gzip file is an error, not half a text.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dedup.errors import InputError, UsageError
from dedup.files import Fingerprint, opened, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.corpus.shards import Shard

BATCH_BYTES = 4 << 20
"""About how much is read, parsed and handed on at once: a core's cache is not much larger."""

MAX_RECORD_BYTES = 128 << 20
"""A longer line is refused, and a longer text: each is held in memory several times over."""

_PIECE_BYTES = 1 << 18
_ZSTD_PIECE_BYTES = 1 << 11
"""What zstandard is given at once: it has no limit for what comes out, up to 32,000 times that."""

_BOMB_BYTES, _BOMB_RATIO = 1 << 28, 200
"""More than this, from so few bytes, is a bomb. Text packs to a third or a tenth, logs to 1/50."""

_ZSTD_WINDOW_BYTES = 1 << 27


@dataclass(slots=True)
class Digest:
    """Take the SHA-256 of a shard as it is read: of its bytes on disk, and of its content."""

    disk: str = ""
    content: str = ""
    content_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Hold a run of whole lines: where they begin in the content, their first number from 1.

    count: how many there are. whole: it is a text file, all of it, and no lines.
    """

    offset: int
    first_line: int
    count: int
    data: bytes
    whole: bool


def changed(shard: Shard) -> InputError:
    """Make the error for a shard that is no longer what it was when the run began."""
    return InputError(f"{shard.path}: changed since the run began: run again when nobody writes it")


def empty(shard: Shard) -> InputError:
    """Make the error for a shard without content."""
    return InputError(f"{shard.path}: is empty: nothing to read")


def too_long(shard: Shard, line: int) -> InputError:
    """Make the error for a record that is too long."""
    what = f"{shard.path}:{line}: is longer than" if shard.kind == "jsonl" else f"{shard.path}: is"
    more = "" if shard.kind == "jsonl" else " more than"
    return InputError(f"{what}{more} {MAX_RECORD_BYTES >> 20} MiB: cut it into smaller texts")


def read_lines(shard: Shard, digest: Digest | None = None) -> Iterator[Lines]:
    """Read a shard from its beginning, in runs of whole lines; a text file is one run.

    One that is empty is an empty run: so the output is of a text that repeats another.

    `digest` is filled in when all is read.

    Raises:
        InputError: it cannot be read, is truncated, damaged, a bomb, has a line that is too long,
            or is not in the state in which it was found.
    """
    disk, content = hashlib.sha256(), hashlib.sha256()
    offset, first_line = 0, 1
    rest: list[bytes] = []
    waiting = open_line = 0  # bytes in `rest`; those of them that are behind the last newline
    whole = shard.kind != "jsonl"
    with opened(shard.path) as (descriptor, state):
        if state != shard.fingerprint:
            raise changed(shard)
        for piece in _content(shard, descriptor, disk if digest is not None else None):
            if digest is not None and shard.compression:
                content.update(piece)
            at = -1 if whole else piece.rfind(b"\n")
            if open_line + (len(piece) if at < 0 else piece.find(b"\n")) > MAX_RECORD_BYTES:
                raise too_long(shard, first_line + sum(part.count(b"\n") for part in rest))
            waiting += len(piece)
            open_line = open_line + len(piece) if at < 0 else len(piece) - at - 1
            if at < 0 or waiting < BATCH_BYTES:
                rest.append(piece)
                continue
            data = b"".join([*rest, piece[: at + 1]])
            count = newlines(data)
            yield Lines(offset, first_line, count, data, whole)
            offset += len(data)
            first_line += count
            rest, waiting = [piece[at + 1 :]], open_line
        if Fingerprint.of(os.fstat(descriptor)) != state:
            raise changed(shard)
    if digest is not None:
        digest.disk = disk.hexdigest()
        digest.content = content.hexdigest() if shard.compression else digest.disk
        digest.content_bytes = offset + waiting
    if waiting or not offset:
        data = b"".join(rest)
        count = 1 if whole else newlines(data) + (bool(data) and not data.endswith(b"\n"))
        yield Lines(offset, first_line, count, data, whole)


def take_digest(shard: Shard, digest: Digest) -> None:
    """Fill in the digest of a shard that is not compressed.

    Raises:
        InputError: it cannot be read, or is not in the state in which it was found.
    """
    seen = hashlib.sha256()
    for piece in read_pieces(shard):
        seen.update(piece)
        digest.content_bytes += len(piece)
    digest.disk = digest.content = seen.hexdigest()


def newlines(data: bytes) -> int:
    """Count the newlines; three times as fast as bytes.count, and other threads go on."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))


_NEWLINE = 0x0A


def read_pieces(shard: Shard) -> Iterator[bytes]:
    """Read a shard as it stands on disk.

    Raises:
        InputError: it cannot be read, or is not in the state in which it was found.
    """
    with opened(shard.path) as (descriptor, state):
        if state != shard.fingerprint:
            raise changed(shard)
        yield from pieces_of(descriptor)
        if Fingerprint.of(os.fstat(descriptor)) != state:
            raise changed(shard)


def read_range(shard: Shard, offset: int, length: int) -> bytes:
    """Read `length` bytes of a shard that is not compressed.

    Raises:
        InputError: it cannot be read, or is not in the state in which it was found.
    """
    with opened(shard.path) as (descriptor, state):
        data = os.pread(descriptor, length, offset)
        while more := os.pread(descriptor, length - len(data), offset + len(data)):
            data += more
        after = Fingerprint.of(os.fstat(descriptor))
        if len(data) != length or not state == shard.fingerprint == after:
            raise changed(shard)
    return data


def _content(shard: Shard, descriptor: int, disk: Any) -> Iterator[bytes]:
    pieces = _pieces(shard, descriptor, disk)
    if shard.compression is None:
        yield from pieces
        return
    unpack = {"gz": _gunzip, "zst": _unzstd}[shard.compression]
    total = 0
    for piece in unpack(shard, pieces):
        total += len(piece)
        if total > _BOMB_BYTES and total > _BOMB_RATIO * shard.size:
            raise InputError(
                f"{shard.path}: unpacks to more than {_BOMB_RATIO} times its size, as a bomb does: "
                "if it is none, unpack it yourself and name the result"
            )
        yield piece


def _pieces(shard: Shard, descriptor: int, disk: Any) -> Iterator[bytes]:
    size = BATCH_BYTES if shard.compression is None else _PIECE_BYTES
    for data in pieces_of(descriptor, size):
        if disk is not None:
            disk.update(data)
        yield data


def _gunzip(shard: Shard, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack members one after the other, as gzip does; zeros behind the last are padding."""
    unpacker = zlib.decompressobj(wbits=31)
    begun = False
    for piece in pieces:
        waiting = piece
        while waiting:
            if unpacker.eof:
                waiting = waiting.lstrip(b"\0")
                unpacker, begun = zlib.decompressobj(wbits=31), False
                continue
            begun = True
            try:
                data = unpacker.decompress(waiting, _PIECE_BYTES)
            except zlib.error:
                raise _damaged(shard, "gzip") from None
            waiting = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            if data:
                yield data
        # What the last call left inside comes with the next piece, or here at the end.
    while begun and not unpacker.eof:
        try:
            data = unpacker.decompress(unpacker.unconsumed_tail, _PIECE_BYTES)
        except zlib.error:
            raise _damaged(shard, "gzip") from None
        if not data and not unpacker.eof:
            raise _truncated(shard, "gzip")
        yield data


def _unzstd(shard: Shard, pieces: Iterator[bytes]) -> Iterator[bytes]:
    zstandard = zstd_of(shard.path)
    factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    unpacker, begun = factory.decompressobj(), False
    for piece in pieces:
        for at in range(0, len(piece), _ZSTD_PIECE_BYTES):
            waiting = piece[at : at + _ZSTD_PIECE_BYTES]
            while waiting:
                if unpacker.eof:
                    unpacker = factory.decompressobj()
                begun = True
                try:
                    data = unpacker.decompress(waiting)
                except zstandard.ZstdError:
                    raise _damaged(shard, "zstd") from None
                waiting = unpacker.unused_data if unpacker.eof else b""
                if data:
                    yield data
    if begun and not unpacker.eof:
        raise _truncated(shard, "zstd")


def _damaged(shard: Shard, kind: str) -> InputError:
    return InputError(f"{shard.path}: is no {kind} file, or a damaged one: make it again")


def _truncated(shard: Shard, kind: str) -> InputError:
    return InputError(f"{shard.path}: the {kind} stream breaks off: copy or download it again")


def zstd_of(path: object) -> Any:
    """Give the library for zstd.

    Raises:
        UsageError: it is not installed; `path` is the file that needs it.
    """
    try:
        import zstandard  # noqa: PLC0415 - an extra, and needed for .zst alone
    except ImportError:
        raise UsageError(
            f"{path}: .zst needs the library zstandard: pip install 'dedup-paragraphs[zstd]'"
        ) from None
    return zstandard


class Packer(Protocol):
    """Pack content piece by piece; `flush` gives what is left."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a piece, give what is ready."""

    def flush(self) -> bytes:
        """End the stream."""


class _Plain:
    """Pack nothing."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def packer(compression: str | None, path: object) -> Packer:
    """Make what packs as a shard was packed; it writes no time and no name, so runs are equal."""
    if compression == "gz":
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    if compression == "zst":
        made: Packer = zstd_of(path).ZstdCompressor(level=3, write_checksum=True).compressobj()
        return made
    return _Plain()
