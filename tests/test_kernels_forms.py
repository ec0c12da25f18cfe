"""dedup/kernels/forms.c: the forms of paragraphs as Python makes them, where C takes one at all."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import kernel_texts
import numpy as np
import pytest
from hypothesis import strategies as st
from kernel_texts import any_text, counts, holds, laid_out, needs_native

from dedup import characters, kernels, normalize, words
from dedup.kernels import reference
from dedup.kernels.tables import BEYOND_ROWS, TAKEN
from dedup.normalize import form_batch, form_of, is_closed, is_cut_off, unwrap
from dedup.tokens import count_words, fold, tokenize

batches = st.lists(any_text, max_size=6)


@pytest.fixture(autouse=True, scope="module")
def all_in_c():
    """Let C take what it can, however little it is; a few texts are left to Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normalize, "_WORTH_TABLES_BYTES", 0)
        yield


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


@counts(600, 40_000)
def test_a_batch_gives_what_python_gives(count):
    def check(texts):
        assert list(rows(form_batch(*laid_out(texts)))) == [by_python(text) for text in texts]

    holds(check, count, batches)


AROUND = ["{}", "a{0}b {0}A", "x-\n{0} 1{0}", "{0}\u0301"]


# One in four for each way, another four each time; all when slow ones are asked for.
@counts(4, 1)
@pytest.mark.parametrize("way", range(len(AROUND)))
def test_each_character_is_what_python_takes_it_for(way, count):
    codes = (*range(0x10000), *range(0x1F000, 0x20000))[way % count :: count]
    texts = [AROUND[way].format(chr(code)) for code in codes]
    for text, row in zip(texts, rows(form_batch(*laid_out(texts))), strict=True):
        assert row == by_python(text), ascii(text)


LIMITS = {
    "letters before an @": [f"see {n * 'a'}@b.cd now" for n in range(60, 68)],
    "letters of a domain": [f"see a@{n * 'b'}.cd or a@b.{n * 'c'} now" for n in range(60, 68)],
    "words behind an ellipsis": [f"The ferry …{n * ' read'}" for n in range(6)],
    "gaps behind an ellipsis": [
        f"The ferry...{n * '-'}a{m * '.'}" for n in range(6) for m in range(6)
    ],
    "characters behind an ellipsis": [
        f"ferry{dots}{n * 'é'}" for dots in "….…" for n in range(50, 64)
    ],
    "marks behind an end": [f"The end{end}{n * ')'}" for end in "._a" for n in range(6)],
    "bars behind an end": [f"The end.{n * '_'}{m * ')'}" for n in range(4) for m in range(4)],
    "letters of an abbreviation": [
        f"see {'Abcdefg'[:n]}. Smith{m * '.'} Jones" for n in range(8) for m in range(3)
    ],
    "marks of a letter": [f"a{n * chr(0x316)}\u0301" for n in range(28, 36)],
    "letters of an entity": [f"a &{n * 'a'}; b" for n in range(28, 38)],
    "capitals": [f"a{n * ' Ab'}{m * ' ab'}" for n in range(8) for m in range(8)],
    "German words": [
        f"Haus{n * ' der'} Hafen{m * ' Berg'} und Berg" for n in range(4) for m in range(3)
    ],
    "bytes of a word": [f"the {n * 'ab'} {n * 'é'} ferry" for n in range(1, 40)],
    "signs": [f"a{sign}5 {sign}5 {before}{sign}5" for sign in "+-−–$€" for before in "a.,%)]([1 "],
    "signs of a language": [
        f"{a}C{b}{c}"
        for a in ("", "a", "_", " ")
        for b in ("+", "++", "#")
        for c in (" ", "a", "+")
    ],
    "misread digits": [
        f"{n * 'a'}{digits}" for n in range(8) for digits in ("0", "5", "2", "11", "18", "19")
    ],
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_where_python_has_it(limit):
    texts = LIMITS[limit]
    for text, row in zip(texts, rows(form_batch(*laid_out(texts))), strict=True):
        assert row == by_python(text), text


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
def test_articles_of_ten_languages_are_taken_but_for_their_markup():
    found = {}
    for language, paragraphs in kernel_texts.articles():
        plain = [text for text in paragraphs if not set("&<`").intersection(text)]
        found.setdefault(language, []).extend(taken(plain))
        assert list(rows(form_batch(*laid_out(plain)))) == [by_python(text) for text in plain]
    assert len(found) == 10
    assert all(len(those) >= 20 and sum(those) > 0.95 * len(those) for those in found.values())


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


@pytest.mark.parametrize(
    "text",
    ["The end.)))", "The end.))))", "the ship of Haven. Lakeview sails", "of Prof. Lakeview"],
)
def test_bounds_are_those_of_python(text):
    assert list(rows(form_batch(*laid_out([text])))) == [by_python(text)]


def test_a_little_that_is_not_ascii_needs_no_large_tables(monkeypatch):
    monkeypatch.setattr(normalize, "_WORTH_TABLES_BYTES", 1000)
    monkeypatch.setattr(normalize, "_beyond_ascii", {"bytes": 0})
    asked = []
    usual = characters.tables
    monkeypatch.setattr(
        characters,
        "tables",
        lambda *, ascii_only: asked.append(ascii_only) or usual(ascii_only=True),
    )
    for _ in range(2):
        given = laid_out(["Die Fähre nach Norden", "the ferry to the north"])
        assert list(rows(form_batch(*given))) == [
            by_python("Die Fähre nach Norden"),
            by_python("the ferry to the north"),
        ]
    assert asked == [True, True]


def test_of_ascii_the_small_tables_say_what_the_large_ones_do():
    small, large = (characters.tables(ascii_only=ascii_only) for ascii_only in (True, False))
    assert small.kinds.tolist() == large.kinds[:0x80].tolist()
    assert small.maps.tolist() == large.maps[:0x80].tolist()
