r"""A line of JSONL → its text; cuts in the text → bytes of the line that go.

The text is the value of one field; of a key that stands twice the last counts, as everywhere in
Python. Its offsets and those of the line differ where the line has escapes: ``\n`` is two bytes for
one, ``\u00e9`` six for two. They are found for a whole batch at once, as arrays.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dedup.corpus.options import DEFAULT_ID_FIELD, Fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class UnreadRecord(ValueError):  # noqa: N818 - it is handled at once, and says why in words
    """Say why a record stays as it is, unread."""


@dataclass(frozen=True, slots=True)
class Records:
    """Hold what was read of some lines, and the numbers of those, from 0, that could be read.

    An id is None where the record has none and needs none. `blank` lines are neither.
    """

    numbers: Sequence[int]
    texts: list[bytes]
    ids: list[str | None]
    priorities: list[Any]
    bad: list[tuple[int, str]]


def read_records(lines: list[bytes], fields: Fields) -> Records:
    """Read the lines of a batch: at once when all of them are as they should be."""
    texts: list[bytes] = []
    ids: list[str | None] = []
    priorities: list[Any] = []
    text_field, id_field, loads = fields.text, fields.id or DEFAULT_ID_FIELD, orjson.loads
    add_text, add_id = texts.append, ids.append
    try:
        for line in lines:
            record = loads(line)
            name = record.get(id_field)
            if type(name) is not str and (name is not None or fields.id is not None):
                name = name_of(line, name, fields)
            add_text(record[text_field].encode())
            add_id(name)
            if fields.priority is not None:
                priorities.append(record.get(fields.priority))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _read_each(lines, fields)
    return Records(range(len(lines)), texts, ids, priorities, [])


def _read_each(lines: list[bytes], fields: Fields) -> Records:
    read = Records([], [], [], [], [])
    numbers: list[int] = []
    for number, line in enumerate(lines):
        if not line or line.isspace():
            continue
        try:
            text, name, priority = _read(line, fields)
        except UnreadRecord as error:
            read.bad.append((number, str(error)))
            continue
        numbers.append(number)
        read.texts.append(text)
        read.ids.append(name)
        if fields.priority is not None:
            read.priorities.append(priority)
    return Records(numbers, read.texts, read.ids, read.priorities, read.bad)


def _read(line: bytes, fields: Fields) -> tuple[bytes, str | None, Any]:
    record = parse(line)
    if not isinstance(record, dict):
        raise UnreadRecord("is JSON, but no record: write one in braces")
    if fields.text not in record:
        raise UnreadRecord(f"has no field {fields.text!r}: name another with --text-field")
    text = record[fields.text]
    if not isinstance(text, str):
        raise UnreadRecord(f"its field {fields.text!r} is no text")
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise UnreadRecord("has half a character in its text, a lone surrogate") from None
    name = name_of(line, record.get(fields.id or DEFAULT_ID_FIELD), fields)
    return data, name, None if fields.priority is None else record.get(fields.priority)


def name_of(line: bytes, value: object, fields: Fields) -> str | None:
    """Give a record's id, of its field's `value`; None where it has none and needs none.

    Raises:
        UnreadRecord: it needs one.
    """
    field = fields.id or DEFAULT_ID_FIELD
    if isinstance(value, float):  # a whole number of many digits is one to orjson
        value = _parse_slowly(line).get(field)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        name = str(value)
        if name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name):
            return name
    if fields.id is None:
        return None
    what = "has no" if value is None else "has no text or whole number in its"
    raise UnreadRecord(f"{what} field {field!r}: name another with --id-field")


def parse(line: bytes | memoryview) -> Any:
    """Parse one line, as Python's own json would.

    Raises:
        UnreadRecord: it is no JSON, and why.
    """
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _parse_slowly(bytes(line))


def _parse_slowly(line: bytes) -> Any:
    """Parse with all that Python takes for JSON: NaN, huge numbers, half surrogate pairs."""
    try:
        return json.loads(line.decode(), parse_constant=str, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise UnreadRecord(f"is not UTF-8 at byte {error.start} of the line") from None
    except RecursionError:
        raise UnreadRecord("is nested too deep") from None
    except json.JSONDecodeError as error:
        raise UnreadRecord(f"is no JSON: {error.msg.lower()} at column {error.colno}") from None


def _whole(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # Python makes no number of more than 4300 digits
        return digits


_TO_VALUE = re.compile(rb'[ \t\r]*:[ \t\r]*"')
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
_QUOTE, _COLON, _COMMA = b'":,'
_OPENING, _CLOSING = b"{[", b"}]"


def find_value(data: bytes, start: int, end: int, field: str, *, exactly: bool) -> int:
    """Give where the text of the record in ``data[start:end]`` begins, behind its quote.

    Not `exactly`: where it most likely does; the caller must check the result.
    -1 where the record has no such text.
    """
    if not exactly:
        key = orjson.dumps(field)
        at = data.find(key, start, end)
        value = _TO_VALUE.match(data, at + len(key), end) if at >= 0 else None
        if value is not None and data.find(key, value.end(), end) < 0:
            return value.end()
    depth, found = 0, -1
    at_key = ours = False
    for token in _TOKEN.finditer(data, start, end):
        at = token.start()
        byte = data[at]
        if byte == _QUOTE:
            if depth == 1 and at_key:
                ours = json.loads(token[0]) == field
            elif depth == 1 and ours:
                found = at + 1
        elif byte in _OPENING:
            depth += 1
            at_key = depth == 1
        elif byte in _CLOSING:
            depth -= 1
        elif depth == 1:
            at_key = byte == _COMMA
    return found


class Escapes:
    """Find the escapes in the strings of a batch, once, to turn offsets of texts into its own."""

    def __init__(self, data: bytes) -> None:
        raw = np.frombuffer(data, np.uint8)
        self._at = np.flatnonzero(raw == _BACKSLASH)
        if (np.diff(self._at) == 1).any():
            # Behind this every backslash begins an escape: one that stands for itself is masked.
            raw = np.frombuffer(data.replace(b"\\\\", b"\\_"), np.uint8)
            self._at = np.flatnonzero(raw == _BACKSLASH)
        last = max(len(raw) - 1, 0)

        def behind(distance: int, places: NDArray[np.int64]) -> NDArray[np.uint8]:
            found: NDArray[np.uint8] = raw[np.minimum(places + distance, last)]
            return found

        shorter = np.ones(len(self._at), np.int64)  # bytes that it is shorter in the text
        (coded,) = np.nonzero(behind(1, self._at) == _U)
        places = self._at[coded]
        code = np.zeros(len(places), np.int64)
        for distance in (2, 3, 4, 5):
            code = code << 4 | _HEX[behind(distance, places)]
        # Half a pair: the second carries the four bytes of both.
        length = 1 + (code >= 0x80) + (code >= 0x800).astype(np.int64)
        length[(code >= 0xD800) & (code < 0xDC00)] = 0
        length[(code >= 0xDC00) & (code < 0xE000)] = 4
        shorter[coded] = 6 - length
        # Only lines that were not read break this; it keeps what comes behind them in order.
        shorter[:-1] = np.minimum(shorter[:-1], np.diff(self._at))
        self._saved = np.zeros(len(self._at) + 1, np.int64)
        np.cumsum(shorter, out=self._saved[1:])
        self._decoded = self._at - self._saved[:-1]  # where each would stand with none before it

    def raw(self, quote: NDArray[np.int64], offset: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give where `offset` of a text stands in the batch: int64[n].

        `quote`: int64[n], where in the batch the text begins. `offset`: int64[n], in its UTF-8.
        """
        target = quote - self._saved[np.searchsorted(self._at, quote)] + offset
        found: NDArray[np.int64] = target + self._saved[np.searchsorted(self._decoded, target)]
        return found


_BACKSLASH, _U = b"\\u"
_HEX = np.zeros(256, np.int64)
for _digit in b"0123456789abcdefABCDEF":
    _HEX[_digit] = int(chr(_digit), 16)
