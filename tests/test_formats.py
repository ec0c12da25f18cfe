"""dedup/formats: what every format promises, whatever it is."""

import random
from itertools import pairwise
from typing import get_args

import markdown_texts
import pytest

import dedup
from dedup import formats
from dedup.config import Config, Format
from dedup.decoding import read_document
from dedup.model import KINDS

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le", "cp1252", "shift_jis"]
TEXTS = [
    b"",
    b"\n",
    b" \r\n\t\r\n",
    b"\xff\xfe\n\n- \xff\n",
    b"a\rb\r\n\r\nc",
    "\u00a0\n\nx\n\u3000".encode(),
    *(markdown_texts.soup(seed).encode() for seed in range(30)),
    *(markdown_texts.article(seed).encode() for seed in range(10)),
]


def test_the_config_knows_every_format():
    assert set(get_args(Format)) == {"auto", *formats.FORMATS}


@pytest.mark.parametrize("name", formats.FORMATS)
@pytest.mark.parametrize("data", TEXTS, ids=range(len(TEXTS)))
def test_spans_are_ordered_and_cover_all_that_is_written(name, data):
    document = read_document("t", data)
    found = formats.split(document, Config(format=name))
    position, rest = document.body, b""
    for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
        assert position <= start < end
        rest += data[position:start]
        position = end
    rest += data[position:]
    assert not rest.decode().strip("\ufeff").strip()
    assert all(0 <= kind < len(KINDS) for kind in found.kind.tolist())
    lines = list(zip(found.first_line.tolist(), found.last_line.tolist(), strict=True))
    assert all(first <= last for first, last in lines)
    assert all(a[1] < b[0] for a, b in pairwise(lines))


@pytest.mark.parametrize("name", formats.FORMATS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_makes_no_difference_to_what_is_found(name, encoding):
    for seed in range(20):
        text = markdown_texts.article(seed)
        config = Config(format=name, max_removed=100, encoding=encoding)
        result = dedup.clean(text.encode(encoding), config)
        assert result.text.decode(encoding) == dedup.clean(text, config).text
        assert dedup.restore(result.text, result.report()) == text.encode(encoding)


@pytest.mark.parametrize("name", formats.FORMATS)
def test_soiled_bytes_come_back(name):
    rnd = random.Random(5)
    config = Config(format=name, max_removed=100)
    for seed in range(60):
        data = bytearray(markdown_texts.article(seed).encode())
        for _ in range(rnd.randint(1, 6)):
            data[rnd.randrange(len(data))] = rnd.choice([0xFF, 0x0B, 0x0C, 0x85, 0x0D, 0x0A])
        result = dedup.clean(bytes(data), config)
        assert dedup.restore(result.text, result.report()) == bytes(data)
        assert dedup.clean(result.text, config).removed == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.md", "markdown"), ("A.MD", "markdown"), ("a.markdown", "markdown"), ("a.txt", "plain")],
)
def test_auto_goes_by_the_name(name, expected):
    assert formats.format_of(name, Config()) == expected
    assert formats.format_of(name, Config(format="plain")) == "plain"
