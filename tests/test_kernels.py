"""dedup/kernels/: those in C give what Python gives, bit for bit."""

import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import characters, kernels, words
from dedup.kernels import reference
from dedup.kernels.tables import BEYOND_ROWS, TAKEN
from dedup.normalize import form_batch, form_of, is_closed, is_cut_off, unwrap
from dedup.tokens import count_words, fold, tokenize

needs_native = pytest.mark.skipif(kernels.NAME != "native", reason="no native kernels here")

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
any_text = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.sampled_from(PIECES),
        st.text(st.characters(max_codepoint=0x52F), max_size=4),
        st.text(max_size=4),
    ),
    max_size=30,
).map("".join)
batches = st.lists(any_text, max_size=6)


def laid_out(texts):
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    return b"".join(encoded), np.append(0, ends)[:-1].astype(np.int64), ends


def by_python(text):
    tokens, flags = tokenize(unwrap(text))
    form = form_of(tokens).encode("utf-8", "surrogatepass")
    tabular = "|" in text or "\t" in text
    return form, flags, count_words(tokens), is_cut_off(text), is_closed(text), tabular


def rows(batch):
    data = batch.data.tobytes()
    for i in range(len(batch.words)):
        yield (
            data[batch.offsets[i] : batch.offsets[i + 1]],
            batch.flags[batch.flag_offsets[i] : batch.flag_offsets[i + 1]].tolist(),
            int(batch.words[i]),
            bool(batch.cut_off[i]),
            bool(batch.closed[i]),
            bool(batch.tabular[i]),
        )


def taken(texts):
    found = kernels.forms(*laid_out(texts), characters.tables(ascii_only=False)).found
    return ((found & TAKEN) > 0).tolist()


@settings(max_examples=2000)
@given(batches)
def test_a_batch_gives_what_python_gives(texts):
    assert list(rows(form_batch(*laid_out(texts)))) == [by_python(text) for text in texts]


@pytest.mark.slow
@settings(max_examples=100_000)
@given(batches)
def test_many_batches_give_what_python_gives(texts):
    assert list(rows(form_batch(*laid_out(texts)))) == [by_python(text) for text in texts]


@pytest.mark.parametrize("around", ["{}", "a{0}b {0}A", "x-\n{0} 1{0}", "{0}\u0301"])
def test_each_character_is_what_python_takes_it_for(around):
    texts = [around.format(chr(code)) for code in (*range(0x10000), *range(0x1F000, 0x20000))]
    for text, row in zip(texts, rows(form_batch(*laid_out(texts))), strict=True):
        assert row == by_python(text), ascii(text)


def test_a_paragraph_lies_anywhere_in_its_text():
    text = "Die Straße — не так".encode()
    starts, ends = np.array([4, 0, 0, 16], np.int64), np.array([11, 3, 0, len(text)], np.int64)
    forms = [row[0].decode() for row in rows(form_batch(text, starts, ends))]
    assert forms == ["strasse", "die", "", "не так"]


@needs_native
@pytest.mark.parametrize(
    "text",
    [
        "Passengers may bring 2 dogs, at $5.30 each; see https://ferry.org/dogs?x=1&y=2.",
        "write to a.b@c.org -\nit's infor-\nmation (for R&D, C++ and <3)…",
        "Die Straße führt über München nach Köln – für „alle“.",
        "Привет, мир! Это не так.",
        "Η πόλη δεν είναι ΜΙΚΡΗ· τέλος.",
        "النـــص ليس طويلا، بِسْمِ",
        "हिन्दी में नहीं है। फ़रवरी",
        "这不是一本书，第２章。",
        "東京ではありません。ｶﾀｶﾅ",
        "ภาษาไทยไม่มีช่องว่าง ๕",
        "한국어는 <그녀말>은 않는다.",
        "Tiếng Việt không có… ½ und ² ☺ 😀",
    ],
)
def test_everyday_text_is_taken(text):
    assert taken([text]) == [True]


@needs_native
@pytest.mark.parametrize(
    "text",
    ["R&amp;D", "a <em>b</em>", "call `x` now", "e\u0307", "𠀀", "\u1112\u1161\u11ab", "\ud800"],
)
def test_what_the_tables_cannot_vouch_for_is_left(text):
    assert taken([text, "but this is taken"]) == [False, True]


@needs_native
def test_the_small_tables_ask_for_the_large_ones():
    found = kernels.forms(
        *laid_out(["ASCII", "é", "a<b>"]), characters.tables(ascii_only=True)
    ).found
    assert [bool(bits & TAKEN) for bits in found] == [True, False, False]
    assert [bool(bits & BEYOND_ROWS) for bits in found] == [False, True, False]


def test_the_reference_takes_nothing():
    text, starts, ends = laid_out(["plain words"])
    found = reference.forms(text, starts, ends, characters.tables(ascii_only=True))
    assert found.found.tolist() == [0]
    assert found.ends.tolist() == found.flag_ends.tolist() == [0]


@needs_native
@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 1), (0, 99)])
def test_a_paragraph_outside_its_text_is_refused(start, end):
    with pytest.raises(ValueError, match="arrays that do not fit"):
        form_batch(b"abc " * 3, np.array([0, start], np.int64), np.array([12, end], np.int64))


@needs_native
@pytest.mark.parametrize(
    "text", [b"\xff", b"ab\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\x80", b"\x80"]
)
def test_bytes_that_are_no_utf_8_are_left(text):
    bounds = np.array([0], np.int64), np.array([len(text)], np.int64)
    found = kernels.forms(text, *bounds, characters.tables(ascii_only=False))
    assert found.found.tolist() == [0]


def test_threads_do_not_meet():
    batches = [
        laid_out([f"Paragraph {k} of {name} in May, ß"] * 50) for k in range(8) for name in "ab"
    ]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda batch: list(rows(form_batch(*batch))), batches))
    assert found == [list(rows(form_batch(*batch))) for batch in batches]


def test_long_paragraphs_and_long_runs():
    texts = [
        "Ab ß " * 20_000,
        "a" * 100_000,
        "½" * 5_000,
        "\u0301" * 500,
        "e" + "\u0301" * 500,
        "<a" * 5_000,
    ]
    assert list(rows(form_batch(*laid_out(texts)))) == [by_python(text) for text in texts]


def test_tables_hold_every_listed_word_and_its_lists():
    tables = characters.tables(ascii_only=True)
    starts = np.append(0, tables.word_ends[:-1]).tolist()
    data = tables.words.tobytes()
    for start, end, lists in zip(
        starts, tables.word_ends.tolist(), tables.word_lists.tolist(), strict=True
    ):
        word = data[start:end].decode()
        assert [bool(lists >> bit & 1) for bit in range(7)] == [
            word in those for those in characters.LISTS
        ]
    assert len(starts) == len(frozenset().union(*characters.LISTS))
    assert all(len(word) <= 4 for word in words.NEGATIONS_UNSPACED)


def test_a_row_that_folds_has_what_its_character_becomes():
    tables = characters.tables(ascii_only=False)
    folds = 1 << characters.CLASSES.index("folds")
    for code in np.flatnonzero(tables.kinds[:0x10000] & folds).tolist():
        value = int(tables.maps[code])
        length, start = value >> 24 & 0x7F, value & 0xFFFFFF
        codes = tables.pool[start : start + length].tolist() if value >> 31 else [value]
        assert "".join(map(chr, codes)) == fold(unicodedata.normalize("NFKC", chr(code)))


@pytest.mark.parametrize("name", ["reference", kernels.NAME])
def test_the_version_says_which_kernels_run(name):
    environment = {**os.environ, "DEDUP_KERNELS": "reference" if name == "reference" else ""}
    done = subprocess.run(
        [sys.executable, "-m", "dedup", "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"dedup 0.1.0 ({name} kernels)\n"
