"""Bytes → which codec reads them.

A wrong guess must not matter, so nothing is guessed: a byte order mark decides, else the option,
else UTF-8.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from dedup.errors import InputError, UsageError

if TYPE_CHECKING:
    from dedup.model import Document

# UTF-32-LE begins with the mark of UTF-16-LE, so the longer ones are asked first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNIT_BYTES = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
_MAX_NUL_SHARE = 0.01
_ASCII = "".join(map(chr, range(0x20, 0x7F))) + "\t\r\n"


def codec_name(encoding: str) -> str:
    """Give Python's own name of `encoding`, fit for cutting text at its newlines.

    Raises:
        UsageError: no such text codec, or one in which ASCII does not stand for itself.
    """
    try:
        name = codecs.lookup(encoding).name
        if name in {"utf-8-sig", "utf-16", "utf-32"}:  # their mark is found by itself
            name = {"utf-8-sig": "utf-8"}.get(name, f"{name}-le")
        # In UTF-7 and HZ a byte means another thing in another place; EBCDIC has other newlines.
        if name not in _UNIT_BYTES and _ASCII.encode(name) != _ASCII.encode("ascii"):
            raise UsageError(
                f"encoding {encoding!r} does not write ASCII as it is: "
                "convert the text to UTF-8 first"
            )
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"{encoding!r} is not a text encoding that Python knows: try utf-8, cp1252 or utf-16-le"
        ) from None
    return name


def unit_bytes(encoding: str) -> int:
    """Give the bytes per code unit of `encoding`: 1, 2 or 4."""
    return _UNIT_BYTES.get(encoding, 1)


def read_document(name: str, data: bytes, encoding: str | None = None) -> Document:
    """Make a Document of `data`: a byte order mark chooses the codec, else `encoding`, else UTF-8.

    Raises:
        InputError: more than 1 % of the bytes are NUL and nothing said that this is not UTF-8.
        UsageError: `encoding` is not a text codec.
    """
    from dedup.model import Document  # noqa: PLC0415 - who knows codecs by name only needs none

    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Document(name, data, codec, len(mark))
    if encoding is not None:
        return Document(name, data, codec_name(encoding))
    if data.count(0) > len(data) * _MAX_NUL_SHARE:
        raise InputError(f"{name}: looks like UTF-16: pass --encoding (utf-16-le, utf-16-be …)")
    return Document(name, data)
