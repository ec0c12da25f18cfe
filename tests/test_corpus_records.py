"""Lines of JSONL: what is read of them, and what of them goes with a cut in their text."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.corpus.cutting import cut_lines
from dedup.corpus.options import Fields
from dedup.corpus.records import Escapes, find_value, read_records
from dedup.errors import SelfCheckError

LETTERS = st.text(
    st.sampled_from([*'ab "\\/\n\t\r\b\f\x01\x7fé€', "\u2028", "𝄞", "😀", "ẞ", "ж"]), max_size=24
)

ODD = ["1", "-0.0", "1e5", "true", "null", "[]", "9" * 30, "NaN", "-Infinity", "1e400"]
ODD += ['{"text":"no"}', '["text",{"text":[":,"]}]']


@st.composite
def string_tokens(draw, value):
    """Write a string the way some program might: each character plain or as one of its escapes."""
    short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    short |= {"\b": "\\b", "\f": "\\f"}
    parts = []
    for letter in value:
        units = letter.encode("utf-16-be")
        coded = "".join(
            "\\u" + draw(st.sampled_from([str.lower, str.upper]))(units[i : i + 2].hex())
            for i in range(0, len(units), 2)
        )
        ways = [coded] + ([short[letter]] if letter in short else [])
        if letter >= " " and letter not in '"\\':
            ways += [letter] * 3
        parts.append(draw(st.sampled_from(ways)))
    return '"' + "".join(parts) + '"'


@st.composite
def records(draw):
    """Give a line and its text: keys that stand twice, or nested; numbers of all kinds."""
    space = st.sampled_from(["", " ", "\t", "\r", "  "])
    odd = st.sampled_from(ODD)
    text = draw(LETTERS)
    fields = [
        (draw(string_tokens(draw(st.sampled_from(["text", "id", "a", "", 'te"xt'])))), draw(value))
        for value in draw(
            st.lists(st.sampled_from([odd, LETTERS.flatmap(string_tokens)]), max_size=4)
        )
    ]
    fields.append((draw(string_tokens("text")), draw(string_tokens(text))))
    behind = draw(st.integers(0, 2))
    fields += [(draw(string_tokens("b")), draw(odd)) for _ in range(behind)]
    gap = lambda: draw(space)  # noqa: E731
    inside = ",".join(f"{gap()}{key}{gap()}:{gap()}{value}{gap()}" for key, value in fields)
    return (gap() + "{" + inside + "}" + gap()).encode(), text


@st.composite
def cut_records(draw):
    line, text = draw(records())
    bounds = sorted({0, *(len(text[:i].encode()) for i in range(len(text) + 1))})
    chosen = sorted(draw(st.sets(st.sampled_from(bounds))))
    spans = [(a, b) for a, b in zip(chosen[::2], chosen[1::2], strict=False)]
    return line, text, spans


def cut_batch(batch):
    data, starts, ends, of, first, last = b"", [], [], [], [], []
    for number, (line, _, spans) in enumerate(batch):
        starts.append(len(data))
        data += line
        ends.append(len(data))
        data += b"\n"
        of += [number] * len(spans)
        first += [a for a, _ in spans]
        last += [b for _, b in spans]
    arrays = [np.array(values, np.int64) for values in (starts, ends, of, first, last)]
    return data, arrays, cut_lines(data, *arrays, field="text")


def without(data, spans):
    at, kept = 0, []
    for begin, end in spans:
        kept.append(data[at:begin])
        at = end
    return b"".join([*kept, data[at:]])


@given(st.lists(cut_records(), min_size=1, max_size=4))
def test_only_the_text_of_a_changed_line_changes(batch):
    data, _, cut = cut_batch(batch)
    raw = list(zip(cut.start.tolist(), cut.end.tolist(), strict=True))
    assert cut.data == without(data, raw)
    for line, (_, text, spans) in zip(cut.data.decode().split("\n"), batch, strict=False):
        assert json.loads(line)["text"].encode() == without(text.encode(), spans)


@given(cut_records())
def test_what_is_around_the_text_stays_byte_for_byte(record):
    line, _, _ = record
    data, _, cut = cut_batch([record])
    begin = find_value(line, 0, len(line), "text", exactly=True)
    end = begin + len(line[begin:]) - len(json_rest(line, begin))
    assert all(begin <= a <= b <= end for a, b in zip(cut.start, cut.end, strict=True))
    assert data[:begin] == cut.data[:begin]


def json_rest(line, begin):
    """Give what follows the string that begins at `begin`, by Python's own scanner."""
    text = line[begin:].decode()
    return text[json.decoder.scanstring(text, 0)[1] :].encode()


@given(records())
def test_every_record_is_read_as_python_reads_it(record):
    line, text = record
    read = read_records([line], Fields())
    assert read.texts == [text.encode()]
    assert list(read.numbers) == [0]


@given(LETTERS.flatmap(lambda text: st.tuples(st.just(text), string_tokens(text))))
def test_an_offset_of_the_text_is_found_in_the_line(pair):
    text, token = pair
    data = token.encode()
    escapes = Escapes(data)
    for length in range(len(text) + 1):
        offset = np.array([len(text[:length].encode())])
        raw = int(escapes.raw(np.array([1]), offset)[0])
        assert json.loads(data[:raw].decode() + '"') == text[:length]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nothing", "is no JSON: expecting value at column 1"),
        (b'{"text": "cut of', "is no JSON"),
        (b"[1]", "is JSON, but no record"),
        (b'"text"', "is JSON, but no record"),
        (b'{"body": "x"}', "has no field 'text'"),
        (b'{"text": 5}', "its field 'text' is no text"),
        (b'{"text": null}', "its field 'text' is no text"),
        (b'{"text": "\\ud800"}', "has half a character"),
        (b'{"text": "\xff"}', "is not UTF-8 at byte 10"),
        (b"[" * 100_000, "is nested too deep"),
        (b'{"text": "a\tb"}', "is no JSON: invalid control character"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_the_others_are_read(line, reason):
    good = b'{"text": "x", "id": "a"}'
    read = read_records([good, line, good], Fields())
    assert [(number, why[: len(reason)]) for number, why in read.bad] == [(1, reason)]
    assert read.texts == [b"x", b"x"]
    assert list(read.numbers) == [0, 2]


def test_blank_lines_are_neither_read_nor_named():
    read = read_records([b"", b'{"text": ""}', b" \r"], Fields())
    assert (list(read.numbers), read.bad) == ([1], [])


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'"a"', "a"),
        (b"7", "7"),
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b"null", None),
        (b"1.5", None),
        (b"true", None),
        (b'"\\ud800"', None),
    ],
)
def test_an_id_is_a_text_or_a_whole_number(value, name):
    line = b'{"text": "x", "id": ' + value + b"}"
    assert read_records([line], Fields()).ids == [name]
    needed = read_records([line], Fields(id="id"))
    assert needed.ids == ([] if name is None else [name])
    assert len(needed.bad) == (name is None)


def test_cuts_that_leave_their_text_are_refused():
    line = b'{"text": "abc", "more": "def"}'
    one, zero = np.array([1]), np.array([0])
    with pytest.raises(SelfCheckError):
        cut_lines(line, zero, np.array([len(line)]), zero, one, np.array([9]), field="text")


def test_a_cut_inside_a_character_is_refused():
    line = '{"text": "é"}'.encode()
    zero = np.array([0])
    with pytest.raises(SelfCheckError):
        cut_lines(line, zero, np.array([len(line)]), zero, zero, np.array([1]), field="text")
