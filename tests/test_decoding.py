"""dedup/decoding.py and model.Document: which codec reads the bytes."""

import codecs

import pytest

import dedup
from dedup.decoding import codec_name, read_document, unit_bytes
from dedup.errors import InputError
from dedup.model import Document, Span


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_over_the_option(mark, codec):
    document = read_document("t", mark + "a".encode(codec), "cp1252")
    assert (document.encoding, document.body) == (codec, len(mark))


def test_without_a_mark_the_option_decides_else_utf_8():
    assert read_document("t", b"a", "latin-1").encoding == "iso8859-1"
    assert read_document("t", b"a").encoding == "utf-8"


def test_much_nul_asks_for_the_encoding():
    with pytest.raises(InputError, match=r"t\.txt: looks like UTF-16: pass --encoding"):
        read_document("t.txt", "text".encode("utf-16-le"))
    assert read_document("t", b"x" * 200 + b"\0").encoding == "utf-8"


@pytest.mark.parametrize(
    ("given", "name"), [("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")]
)
def test_codecs_have_one_name(given, name):
    assert codec_name(given) == name


def test_units_are_as_wide_as_the_encoding():
    assert [unit_bytes(c) for c in ("utf-8", "utf-16-be", "utf-32-le")] == [1, 2, 4]


def test_text_that_does_not_survive_both_ways_is_not_read():
    assert Document("t", b"\xff").text(0, 1) is None
    escape = b"\x1b$B\x1b(B"  # decodes to nothing, so it would not come back
    assert Document("t", escape, "iso2022_jp").text(0, len(escape)) is None


def test_spans_are_bytes_and_give_code_points():
    text = "né 漢"
    assert Span(3, 4).chars(text.encode()) == (2, 3)
    assert Span(4, 7).chars(text.encode()) == (3, 4)


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "cp1252", "shift_jis", "gb18030"])
def test_other_encodings_are_cut_and_restored(codec):
    line = "the lamp of the old lighthouse has been lit again by the keeper"
    data = f"{line}\r\n\r\nand more\r\n\r\n{line}\r\n".encode(codec)
    mark = None if codec in {"utf-16", "utf-32"} else codec
    result = dedup.clean(data, dedup.Config(encoding=mark))
    assert result.text.decode(codec) == f"{line}\r\n\r\nand more\r\n"
    assert dedup.restore(result.text, result.report()) == data
