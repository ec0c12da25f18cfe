"""What the tests of the kernels are made of: texts, their forms as flat arrays, edited tokens."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import kernels
from dedup.normalize import form_batch

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import labelled

needs_native = pytest.mark.skipif(kernels.NAME != "native", reason="no native kernels here")


def counts(few: int, many: int):
    """Run a property on `few` examples, and on `many` when slow ones are asked for."""
    return pytest.mark.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


def holds(check, count: int, *things: st.SearchStrategy) -> None:
    """Run `check` on `count` examples of `things`."""
    settings(max_examples=count)(given(*things)(check))()


PIECES = [
    # words of many languages, and those that the lists name
    *("the harbour office Monday May Lakeview isn't don t NOT never twenty million".split()),
    *("Der die nicht nach Berlin Straße STRASSE und Haus Frau Müller Leser_innen vier".split()),
    *("n'est pas août Été sans niño años ningún não março".split()),
    *("ПРИВЕТ мир не января тысяч їжа Ελλάδα ΣΟΦΟΣ σοφός δεν Μάιος ᾳ ᾼ".split()),
    *("مرحبا لا يناير بِسْمِ النـــص שלום לא עִבְרִית हिन्दी नहीं जनवरी फ़रवरी প্রত্যেক ব্যক্তি কো".split()),
    *("汉字 不是 東京です ない ません カタカナ ภาษาไทย ไม่ ๕๕ 한국어 않는다 월요일".split()),
    *("ığdır İZMİR IŞIK kasım Tiếng Việt không žádný Łódź".split()),
    # addresses, numbers, code
    *("http://a.org/x?y=1 HTTPS://É.org/ß). www.b.de www.). a.b@c.org x@y.z.-q @ ://".split()),
    *("3 -5 –6 −7 5% $5.3m €5 5€ 5€5 ₹ 10:30 1/2 3-1 A-4 B747 he1lo w0rld 108 2²".split()),
    *(" % ", " ‰", "5 %", "5\t€", "$", "+", "x_y", "__a_", "C++", "C#", "c#x", "é#", "汉C++"),
    # what stands between
    *(" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u2028", "\x85", "\u00a0", "\x1c", "\0"),
    *("-\n", "-\r\n ", "- ", "\u2010\n", "-\n\n", "\u00ad", "\u200b", "\u200d", "\u0640", "\ufe0f"),
    *(". ", ".", "..", "...", "…", "! ", "? ", ": ", "; ", "“", "”", "„", "«", "|", "(", ")"),
    *("।", "۔", "؟", "。", "！", "'", "’", "…_.", " Read more", " Mr. ", "Prof. ", "_"),
    # what is left to Python, and what looks like it
    *("&", "&amp;", "&#8211;", "&x", ";", "＆eacute;", "<", ">", "<b>", "</p>", "<br/>", "<ı>"),
    *("<a href='x'>", "< 3", "<The Palace: Jang>", "`", "`x`", "``y``", "＜"),
    # what is more than one character, and what becomes one with its neighbour
    *("\u0301", "\u0307", "\u0323", "\u0345", "\u093c", "\u0f71\u0f72", "\u1161", "\u11a8"),
    *(
        "\u30cf\u3099",
        "è\u0330",
        "أَ",
        "\uff76\uff9e",
        "W\u030a",
        "H\u0331",
        "ǰ",
        "ŉ",
        "ǅ",
        "ẞ",
        "ﬁ",
        "½",
        "Ａ１",
    ),
    *("①", "፩", "٣", "५", "ꭰ", "Ꭰ", "가", "\u1100", "ﷺ", "☺", "😀", "👩\u200d🚀", "🇩🇪", "𝒜", "𠀀"),
    *("\ud800", "\U000e0101", "a" * 70 + "@b.c", "z" * 300, "a.b" * 30),
]
piece = st.one_of(
    *2 * [st.sampled_from(PIECES)],
    st.text(st.characters(max_codepoint=0x52F), max_size=4),
    st.text(st.characters(exclude_categories=()), max_size=4),  # all planes, half characters too
)
many_scripts = st.text("ab cd漢字한국กข5ß\u0301", max_size=40)  # runs of each, side by side
any_text = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.one_of(st.lists(piece, max_size=30), st.lists(many_scripts, max_size=2)),
    st.sampled_from([*19 * [1], 300]),  # at times a huge one
)


def laid_out(texts):
    """Give texts as UTF-8, one after the other, and int64[n] where each begins and ends."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    return b"".join(encoded), np.append(0, ends)[:-1].astype(np.int64), ends


def forms_of(texts):
    """Give the forms of texts as the kernels take them."""
    return form_batch(*laid_out(texts))


def rows_of(texts):
    """Give texts that are forms already as data and offsets."""
    data, _, ends = laid_out(texts)
    return np.frombuffer(data, np.uint8), np.append(0, ends).astype(np.int64)


@st.composite
def edited_texts(draw, most=8):
    """Draw texts of which many are others with a few pieces changed, as near-duplicates are."""
    drafts = [draw(st.lists(piece, max_size=30))]
    for _ in range(draw(st.integers(0, most - 1))):
        draft = list(draw(st.sampled_from(drafts)))
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(draft)))
            draft[at : at + draw(st.integers(0, 2))] = draw(st.lists(piece, max_size=2))
        drafts.append(draft if draw(st.booleans()) else draw(st.lists(piece, max_size=30)))
    return [" ".join(draft) for draft in drafts]


@cache
def articles():
    """Give the paragraphs of articles of our own in ten languages, full of near-duplicates."""
    return [
        (label["lang"], [line for line in text.split("\n") if line.strip()])
        for label, text in labelled.articles(count=40)
    ]


def pairs_of(draw, rows, most=12):
    """Draw pairs of rows: int64[k], int64[k]."""
    pair = st.tuples(st.integers(0, rows - 1), st.integers(0, rows - 1))
    left, right = np.array(draw(st.lists(pair, max_size=most)), np.int64).reshape(-1, 2).T
    return left, right


def same(ours, theirs):
    """Tell whether two results of a kernel are equal in all, types included."""
    if not isinstance(ours, tuple):
        ours, theirs = (ours,), (theirs,)
    return len(ours) == len(theirs) and all(
        np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype
        for a, b in zip(ours, theirs, strict=True)
    )
