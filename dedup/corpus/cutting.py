"""Lines and cuts in their texts → the lines without them; nothing else of a line changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.corpus.records import Escapes, UnreadRecord, find_value, parse
from dedup.errors import SelfCheckError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CutLines:
    """Hold a batch without its cuts, and for each cut where it was.

    data: the batch that is left. start, end: int64[n], what went of the batch as it was.
    texts: of each changed line, its text as it was, UTF-8. records: the same lines, parsed,
    without it.
    """

    data: bytes
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    texts: list[bytes]
    records: list[dict[str, Any]]


def cut_lines(
    data: bytes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    line: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    *,
    field: str,
) -> CutLines:
    """Take the spans ``first[i]:last[i]`` out of the texts of lines of the batch `data`.

    starts, ends: int64[k], where each line that changes stands in `data`. line: int64[n], rising,
    which of them a cut is in. first, last: int64[n], in the text's UTF-8, rising and disjoint.

    Raises:
        SelfCheckError: read again, a line did not prove to be the old one without these spans.
    """
    escapes = Escapes(data)
    lines = list(zip(starts.tolist(), ends.tolist(), strict=True))
    quick = np.array([find_value(data, *one, field, exactly=False) for one in lines], np.int64)
    try:
        return _cut(data, lines, quick, escapes, line, first, last, field)
    except SelfCheckError:  # a record may hold the field where it is not the text
        sure = np.array([find_value(data, *one, field, exactly=True) for one in lines], np.int64)
        return _cut(data, lines, sure, escapes, line, first, last, field)


def cut_text(
    data: bytes, start: int, first: NDArray[np.int64], last: NDArray[np.int64]
) -> CutLines:
    """Take the spans ``first[i]:last[i]`` out of a text that begins at `start` of `data`."""
    return CutLines(
        data=_without(data, first + start, last + start),
        start=first + start,
        end=last + start,
        texts=[data[start:]],
        records=[{}],
    )


def _cut(
    data: bytes,
    lines: list[tuple[int, int]],
    quotes: NDArray[np.int64],
    escapes: Escapes,
    line: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    field: str,
) -> CutLines:
    if len(quotes) and int(quotes.min()) < 0:
        raise SelfCheckError(_unproved("a changed record has no text"))
    start, end = escapes.raw(quotes[line], first), escapes.raw(quotes[line], last)
    left = _without(data, start, end)
    gone = np.concatenate([[0], np.cumsum(end - start)])  # before each cut
    bounds = np.searchsorted(line, np.arange(len(lines) + 1))
    shift = gone[bounds].tolist()
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    texts, records = [], []
    bound = bounds.tolist()
    for number, (begin, stop) in enumerate(lines):
        try:
            old = parse(data[begin:stop])
            new = parse(left[begin - shift[number] : stop - shift[number + 1]])
            text, result = old.pop(field).encode(), new.pop(field).encode()
        except (UnreadRecord, UnicodeError, LookupError, TypeError, AttributeError):
            raise SelfCheckError(_unproved("a changed record cannot be read again")) from None
        if new != old or result != _kept(text, spans[bound[number] : bound[number + 1]]):
            raise SelfCheckError(_unproved("a record changed in more than its text"))
        texts.append(text)
        records.append(old)
    return CutLines(left, start, end, texts, records)


def _kept(text: bytes, spans: list[tuple[int, int]]) -> bytes:
    kept, at = [], 0
    for begin, stop in spans:
        if not at <= begin < stop <= len(text):
            raise SelfCheckError(_unproved("cuts overlap, or leave their text"))
        kept.append(text[at:begin])
        at = stop
    kept.append(text[at:])
    return b"".join(kept)


def _without(data: bytes, start: NDArray[np.int64], end: NDArray[np.int64]) -> bytes:
    if (start[1:] < end[:-1]).any() or (end < start).any():
        raise SelfCheckError(_unproved("cuts overlap"))
    begins = [0, *end.tolist()]
    view = memoryview(data)
    pieces = zip(begins, [*start.tolist(), len(data)], strict=True)
    return b"".join([view[begin:stop] for begin, stop in pieces])


def _unproved(what: str) -> str:
    return f"self-check failed, the shard was not written: {what}; please report this"
