"""dedup/formats/plain.py: where a paragraph begins and ends."""

import pytest

from dedup.config import Config
from dedup.decoding import read_document
from dedup.formats.plain import split
from dedup.model import KINDS


def texts(data, mode="auto", encoding=None):
    document = read_document("t", data, encoding)
    found = split(document, Config(paragraphs=mode))
    return [data[a:b] for a, b in zip(found.start, found.end, strict=True)]


def lines(data, mode="auto"):
    found = split(read_document("t", data), Config(paragraphs=mode))
    return list(zip(found.first_line.tolist(), found.last_line.tolist(), strict=True))


WRAPPED = b"""The ferry leaves the old harbour twice a
day, in the morning with the post and in
the evening with whoever missed it."""


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\r\n\r\n", b" \t\n \n", "\u00a0\n\u3000\n".encode()]
)
def test_blank_text_has_no_paragraph(data):
    assert texts(data) == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_is_a_paragraph_whatever_ends_it(end):
    assert texts(end.join([b"one", b"two", b"", b"three"])) == [b"one", b"two", b"three"]


def test_line_numbers_count_mixed_newlines_once_each():
    assert lines(b"a\r\nb\rc\n\n\r\nd") == [(1, 1), (2, 2), (3, 3), (6, 6)]


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nothing_else_ends_a_line(mark):
    assert len(texts(f"one{mark}two".encode())) == 1


def test_trailing_blanks_are_separator_and_leading_ones_text():
    assert texts("  one \t\u00a0\n\ttwo\u3000".encode()) == [b"  one", b"\ttwo"]


def test_hard_wrapped_lines_are_one_paragraph():
    assert texts(WRAPPED) == [WRAPPED]
    assert lines(b"\n" + WRAPPED + b"\n\nNext.") == [(2, 4), (6, 6)]


def test_a_word_broken_at_the_end_of_a_line_is_a_wrap():
    broken = b"The lighthouse was repainted in the sum-\nmer before the big storm and looked on\nas"
    assert texts(broken) == [broken]


def test_lines_with_room_for_the_next_word_are_not_wrapped():
    assert len(texts(b"A short line\nand a much longer line that follows the short one here")) == 2


def test_lines_that_end_sentences_are_not_wrapped():
    data = b"The first of these lines is a sentence.\nThe second of these lines is one more.."
    assert len(texts(data)) == 2


def test_lines_over_a_hundred_columns_are_not_wrapped():
    data = b" ".join([b"word"] * 25) + b"\n" + b" ".join([b"word"] * 25)
    assert len(texts(data)) == 2


def test_chinese_wraps_by_two_columns_a_character():
    lines = "图书馆今天早上宣布从下个月开始阅览", "室的开放时间将延长到晚上十点读者可", "以在入口"
    data = "\n".join(lines).encode()
    assert texts(data) == [data]


def test_line_and_blank_mode_do_as_they_say():
    assert len(texts(WRAPPED, "line")) == 3
    assert texts(b"a\nb\n\nc\nd", "blank") == [b"a\nb", b"c\nd"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_cut_at_their_own_newlines(codec):
    data = "ab\r\nc\u0a0d\nd ".encode(codec)  # U+0A0D holds the bytes of both newlines
    assert texts(data, encoding=codec) == [s.encode(codec) for s in ("ab", "c\u0a0d", "d")]


def test_odd_bytes_at_the_end_belong_to_the_last_line():
    data = "ab\ncd".encode("utf-16-le") + b"\n"
    assert texts(data, encoding="utf-16-le")[-1] == "cd".encode("utf-16-le") + b"\n"


def test_byte_order_mark_is_no_text():
    assert texts(b"\xef\xbb\xbfone\n\ntwo") == [b"one", b"two"]


def test_undecodable_lines_stand_alone():
    data = WRAPPED.replace(b"post", b"p\xffst")
    assert len(texts(data)) == 3


LISTING = """def sail(boat):
    if boat.ready:
        boat.leave("harbour")
    return boat"""


def kinds(data, mode="auto"):
    found = split(read_document("t", data), Config(paragraphs=mode))
    return [KINDS[kind] for kind in found.kind]


@pytest.mark.parametrize("mode", ["auto", "line"])
def test_the_lines_of_a_listing_are_code(mode):
    data = f"The ferry sails with this.\n{LISTING}\nThen it is gone.".encode()
    assert kinds(data, mode) == ["paragraph", *["code"] * 4, "paragraph"]


def test_a_paragraph_that_is_a_listing_is_code():
    data = f"The ferry sails with this.\n\n{LISTING}\n\nThen it is gone.".encode()
    assert kinds(data, "blank") == ["paragraph", "code", "paragraph"]


@pytest.mark.parametrize(
    "text",
    [
        "boat(s) (12)\nferries (40)\nharbours(7)\nlighthouses (3)",
        "    Each of these lines (of prose)\n    is indented (as letters are)\n    and no more",
        "a = b, so it is true\nc = d, so it is false\ne = f, and that is all",
        "For the boats they ordered:\n  a sail\n  a rope\n  an oar",
        "sail(boat):\n    leave",
    ],
)
def test_lists_indents_and_formulas_are_no_listing(text):
    assert set(kinds(text.encode(), "line")) == {"paragraph"}
