"""The comparison forms of a batch, as flat arrays; and some rows of such an array."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from dedup.normalize import FormBatch, form_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def read_forms(
    data: bytes, start: I64, end: I64, by_bytes: Bools, readings: dict[int, str | None]
) -> FormBatch:
    """Give the comparison forms of the paragraphs ``data[start[i]:end[i]]``, UTF-8.

    `by_bytes` are compared by their bytes: the digest is their form. `readings`: what paragraphs
    say where that is not what stands at their place.
    """
    begin, stop = np.where(by_bytes, 0, start), np.where(by_bytes, 0, end)
    scratch = [data]
    behind = len(data)
    for row, reading in readings.items():
        if not by_bytes[row]:
            text = (reading or "").encode("utf-8", "surrogatepass")
            scratch.append(text)
            begin[row], stop[row] = behind, behind + len(text)
            behind += len(text)
    forms = form_batch(b"".join(scratch) if readings else data, begin, stop)
    which = np.flatnonzero(by_bytes)
    texts = [data[start[row] : end[row]] for row in which.tolist()]
    return _with_digests(forms, which, texts) if texts else forms


def _with_digests(forms: FormBatch, rows: I64, texts: list[bytes]) -> FormBatch:
    """Give `rows`, which have no form yet, that of their bytes."""
    digests = [b"\0" + hashlib.sha256(text).hexdigest().encode() for text in texts]
    words = forms.words.copy()
    words[rows] = [len(text.split()) for text in texts]
    length = len(digests[0])
    places = np.repeat(forms.offsets[rows], length)
    more = np.zeros(len(forms.offsets), np.int64)
    more[rows + 1] = length
    return forms._replace(
        data=np.insert(forms.data, places, np.frombuffer(b"".join(digests), np.uint8)),
        offsets=forms.offsets + np.cumsum(more),
        words=words,
    )


def take(data: NDArray[np.uint8], offsets: I64, rows: I64) -> tuple[NDArray[np.uint8], I64]:
    """Give some rows of a flat array: (data, offsets)."""
    lengths = offsets[rows + 1] - offsets[rows]
    taken = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=taken[1:])
    opens = np.ones(len(rows), bool)  # rows that follow each other are taken as one piece
    opens[1:] = np.diff(rows) != 1
    first, last = rows[opens], rows[np.append(opens[1:], True)[: len(rows)]]
    view = memoryview(data.data)
    spans = map(slice, offsets[first].tolist(), offsets[last + 1].tolist())
    return np.frombuffer(b"".join(map(view.__getitem__, spans)), np.uint8), taken
