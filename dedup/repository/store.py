"""What is kept between runs, in files of our own below git's folder. Losing them costs time only.

A file is `_MAGIC`, the length of a head and a checksum, the head in JSON, and arrays one after the
other, of which the head says kind, shape and checksum. Nothing else in it is looked at; what does
not fit in any way is as if it were not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import struct
import sys
import zlib
from array import array
from typing import TYPE_CHECKING, Any

from dedup.errors import InputError
from dedup.files import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"dedup cache 3\n"
_HEAD = struct.Struct("<QI")  # length and checksum of the head
_SIZES = {"<i8": 8, "<u8": 8, "|u1": 1}


class Store:
    """A folder of such files, `folder`, which need not be there or be writable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def stamp(self) -> int | None:
        """Give the time by the clock of the disk, in nanoseconds; None where nothing can be kept.

        What is written to the disk later has no earlier time.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(self.folder)
            status = self.folder.lstat()
        except OSError:
            return None
        ours = status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode)
        return status.st_mtime_ns if ours and os.access(self.folder, os.W_OK) else None

    def load(self, name: str) -> tuple[Any, memoryview]:
        """Give the head of a file and what stands behind it: (None, nothing) where there is none.

        A file of somebody else is none.
        """
        nothing = memoryview(b"")
        path = self.folder / name
        try:
            status = path.lstat()
            if status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
                return None, nothing
            data = memoryview(read(path).data)
            start = len(_MAGIC) + _HEAD.size
            length, checksum = _HEAD.unpack(data[len(_MAGIC) : start])
            head = data[start : start + length]
            if data[: len(_MAGIC)] != _MAGIC or zlib.crc32(head) != checksum:
                return None, nothing
            return json.loads(bytes(head)), data[start + length :]
        except (OSError, InputError, ValueError, RecursionError, struct.error):
            return None, nothing

    def save(
        self, name: str, head: dict[str, Any], arrays: Mapping[str, NDArray[Any] | array[int]]
    ) -> None:
        """Write a file; where it cannot be written, it stays as it was.

        A column of numbers without NumPy is an array of type "q".
        """
        from dedup.atomic import Temporary, sweep  # noqa: PLC0415 - what only reads needs it not

        told = []
        pieces: list[bytes | memoryview] = []
        for key, one in arrays.items():
            if isinstance(one, array):
                kind, shape = f"{'<' if sys.byteorder == 'little' else '>'}i8", [len(one)]
                data = memoryview(one).cast("B")
            else:
                kind, shape = one.dtype.str, list(one.shape)
                data = one.reshape(-1).data.cast("B") if one.size else memoryview(b"")
            told.append([key, kind, shape, zlib.crc32(data)])
            pieces.append(data)
        text = json.dumps({**head, "arrays": told}, separators=(",", ":")).encode()
        # So that the arrays begin where processors like them to.
        text += b" " * (-(len(_MAGIC) + _HEAD.size + len(text)) % 64)
        pieces[:0] = [_MAGIC, _HEAD.pack(len(text), zlib.crc32(text)), text]
        with contextlib.suppress(InputError, OSError):
            sweep(self.folder)
            with Temporary(self.folder / name) as temporary:
                for piece in pieces:
                    temporary.append(piece)
                temporary.commit(synced=False)  # after a loss of power the checksums tell

    def drop(self, name: str) -> None:
        """Delete a file, if it is there."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink()


def arrays_of(head: Any, data: memoryview) -> dict[str, NDArray[np.generic]] | None:
    """Give the arrays of a file; None where one of them is not as it was written."""
    import numpy as np  # noqa: PLC0415 - where no arrays are kept there is no need

    try:
        return {
            key: np.frombuffer(piece, kind).reshape(shape)
            for key, kind, shape, piece in _pieces(head, data)
        }
    except (ValueError, TypeError, KeyError):
        return None


def columns_of(head: Any, data: memoryview) -> dict[str, list[int]] | None:
    """Give the columns of numbers of a file; None where one of them is not as it was written."""
    found = {}
    try:
        for key, kind, _, piece in _pieces(head, data):
            if kind != "<i8" or sys.byteorder != "little":
                return None  # elsewhere nothing is kept of what only saves a moment
            found[key] = piece.cast("q").tolist()
    except (ValueError, TypeError, KeyError):
        return None
    return found


def _pieces(head: Any, data: memoryview) -> Iterator[tuple[str, str, list[int], memoryview]]:
    """Give key, kind, shape and bytes of every array.

    Raises:
        ValueError, TypeError, KeyError: it is not as it was written.
    """
    at = 0
    for key, kind, shape, checksum in head["arrays"]:
        size = _SIZES[kind]
        for side in shape:
            size *= side
        piece = data[at : at + size]
        if len(piece) != size or zlib.crc32(piece) != checksum:
            raise ValueError(key)
        yield key, kind, shape, piece
        at += size
