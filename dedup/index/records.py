"""Forms and documents, as rows of an index hold them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.model import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORM = struct.Struct("<IIII")
_ENTRY = struct.Struct("<III")
_SHORT = struct.Struct("<III")
_COLUMNS = ("<i4", "<u4", "<u4", "<u4", "u1", "u1", "u1")


@dataclass(frozen=True, slots=True)
class Form:
    """Hold a comparison form: its text, the kinds of its tokens, its length in words.

    `document` is the number of the first that holds it, `documents` says how many do.
    """

    text: str
    flags: bytes
    words: int
    document: int
    documents: int

    def packed(self) -> bytes:
        """Give the content of its row."""
        head = _FORM.pack(self.words, self.document, self.documents, len(self.flags))
        return head + self.flags + self.text.encode("utf-8", "surrogatepass")

    @classmethod
    def unpacked(cls, data: bytes) -> Form:
        """Read what `packed` gave.

        Raises:
            ValueError, struct.error: it is none of that.
        """
        words, document, documents, kinds = _FORM.unpack_from(data)
        text = _FORM.size + kinds
        return cls(
            data[text:].decode("utf-8", "surrogatepass"),
            data[_FORM.size : text],
            words,
            document,
            documents,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold a document; element i of every array is its paragraph i.

    `form` int32: the number of a form; -1 where nothing is compared; -2 - k is ``shorts[k]``, the
    text, kinds of tokens and length of what never goes by itself. `first_line`, `last_line`,
    `words` uint32; `kind`, `level` uint8; `traits` uint8, as `group.Group.traits` gives them.
    """

    name: str
    form: NDArray[np.int32]
    first_line: NDArray[np.uint32]
    last_line: NDArray[np.uint32]
    words: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    level: NDArray[np.uint8]
    traits: NDArray[np.uint8]
    shorts: list[tuple[str, bytes, int]]

    def forms(self) -> list[int]:
        """Give the numbers of its forms, rising, each once."""
        numbers: list[int] = np.unique(self.form[self.form >= 0]).tolist()
        return numbers

    def packed(self) -> bytes:
        """Give the content of its row."""
        name = self.name.encode("utf-8", "surrogatepass")
        columns: list[NDArray[Any]] = [self.form, self.first_line, self.last_line, self.words]
        columns += [self.kind, self.level, self.traits]
        parts = [_ENTRY.pack(len(self.form), len(name), len(self.shorts)), name]
        parts += [c.astype(kind).tobytes() for c, kind in zip(columns, _COLUMNS, strict=True)]
        for text, flags, words in self.shorts:
            data = text.encode("utf-8", "surrogatepass")
            parts += [_SHORT.pack(words, len(flags), len(data)), flags, data]
        return b"".join(parts)

    @classmethod
    def unpacked(cls, data: bytes) -> Entry:
        """Read what `packed` gave.

        Raises:
            ValueError, struct.error: it is none of that.
        """
        count, length, shorts = _ENTRY.unpack_from(data)
        at = _ENTRY.size + length
        name = data[_ENTRY.size : at].decode("utf-8", "surrogatepass")
        columns: list[NDArray[Any]] = []
        for kind in _COLUMNS:
            columns.append(np.frombuffer(data, kind, count, at))
            at += count * columns[-1].itemsize
        held = []
        for _ in range(shorts):
            words, flags, size = _SHORT.unpack_from(data, at)
            at += _SHORT.size
            text = data[at + flags : at + flags + size].decode("utf-8", "surrogatepass")
            held.append((text, data[at : at + flags], words))
            at += flags + size
        form, first_line, last_line, words_of, kinds, level, traits = columns
        if at != len(data) or (form < -1 - shorts).any() or (kinds >= len(KINDS)).any():
            raise ValueError("not what was written")
        return cls(name, form, first_line, last_line, words_of, kinds, level, traits, held)
