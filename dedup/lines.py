"""Document → lines. A line ends at LF, CR LF or a lone CR, at nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.decoding import unit_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.model import Document

_LONGEST_DECODED_LINE = 1 << 20
_ASCII_SPACE = b" \t\x0b\x0c\x1c\x1d\x1e\x1f"


def line_spans(document: Document) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give start and end of every line, in bytes, without what ends it."""
    width = unit_bytes(document.encoding)
    whole = (len(document.data) - document.body) // width * width
    order = ">" if document.encoding.endswith("-be") else "<"
    units = np.frombuffer(document.data, f"{order}u{width}", whole // width, document.body)
    breaks = np.flatnonzero((units == ord("\n")) | (units == ord("\r")))
    # The LF of a CR LF opens no line of its own.
    pair = np.zeros(len(breaks), bool)
    pair[1:] = (
        (np.diff(breaks) == 1)
        & (units[breaks[1:]] == ord("\n"))
        & (units[breaks[:-1]] == ord("\r"))
    )
    starts = np.append(0, breaks + 1)
    ends = np.append(breaks, len(units))
    keep = np.append(~pair, True)  # drop the empty line between the two
    starts, ends = starts[keep], ends[keep]
    starts, ends = document.body + starts * width, document.body + ends * width
    ends[-1] = len(document.data)  # odd bytes at the end belong to the last line
    return starts, ends


def trimmed(document: Document, start: int, end: int) -> int:
    """Give the end of a line without trailing blanks; `start` when it is all blank."""
    data, width = document.data, unit_bytes(document.encoding)
    if width == 1:
        # In some encodings such a byte may end a longer character: those are always decoded.
        if document.encoding == "utf-8" and 0x20 < data[end - 1] < 0x7F:
            return end
        line = data[start:end].rstrip(_ASCII_SPACE)
        if not line or line.isascii() or len(line) > _LONGEST_DECODED_LINE:
            return start + len(line)
    text = document.text(start, end)
    if text is None:
        return end
    blanks = text[len(text.rstrip()) :]
    return end - len(blanks.encode(document.encoding))
