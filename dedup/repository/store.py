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
import zlib
from typing import TYPE_CHECKING, Any

from dedup.atomic import Temporary, sweep
from dedup.errors import InputError
from dedup.files import read

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"dedup cache 1\n"
_HEAD = struct.Struct("<QI")  # length and checksum of the head
_KINDS = ("<i8", "<u8", "|u1")


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

    def save(self, name: str, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Write a file; where it cannot be written, it stays as it was."""
        told = []
        pieces: list[bytes | memoryview] = []
        for key, array in arrays.items():
            data = array.reshape(-1).data.cast("B") if array.size else memoryview(b"")
            told.append([key, array.dtype.str, list(array.shape), zlib.crc32(data)])
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


def arrays_of(head: Any, data: memoryview) -> dict[str, NDArray[np.generic]] | None:
    """Give the arrays of a file; None where one of them is not as it was written."""
    import numpy as np  # noqa: PLC0415 - where no arrays are kept there is no need

    found: dict[str, NDArray[np.generic]] = {}
    at = 0
    try:
        for key, kind, shape, checksum in head["arrays"]:
            if kind not in _KINDS:
                return None
            count = 1
            for side in shape:
                count *= side
            size = count * np.dtype(kind).itemsize
            piece = data[at : at + size]
            if len(piece) != size or zlib.crc32(piece) != checksum:
                return None
            found[key] = np.frombuffer(piece, kind).reshape(shape)
            at += size
    except (ValueError, TypeError, KeyError):
        return None
    return found
