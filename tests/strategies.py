"""Texts for the property tests: random bytes, and documents built like scraped articles.

Every generator takes a `random.Random`, so that Hypothesis (which hands out one that it can shrink)
and plain loops over seeds draw from the same source.

The words are chosen so that the simple form of `oracle` is exact: plain ASCII words that are far
from each other, digits without a sign, unit or point, names that stand in mid-sentence only.
"""

from __future__ import annotations

import codecs
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

PLAIN = (
    "harbour ferry island morning captain ticket window garden bridge village market kitchen "
    "railway station journey weather summit council budget library teacher museum painting "
    "orchestra concert audience factory engine bicycle forest meadow glacier valley bakery "
    "chimney lantern blanket carpet hospital surgeon insurance justice parliament minister "
    "election newspaper photograph telescope satellite rocket volcano earthquake lighthouse "
    "fisherman shepherd blacksmith wandered painted repaired announced promised borrowed "
    "collected delivered measured opened quietly suddenly yesterday together"
).split()
NAMES = "Ramirez Thornbury Kowalczyk Okonkwo Lindqvist Balasubra Fitzgerald Yamazaki".split()
DAYS = "Monday Wednesday Friday Saturday".split()
NEGATIONS = "not never without nobody".split()

NEL, LINE_SEPARATOR, FORM_FEED, VERTICAL_TAB = "\x85", "\u2028", "\x0c", "\x0b"

SEPARATORS = {
    "LF": "\n",
    "CRLF": "\r\n",
    "CR": "\r",
    "blank LF": "\n\n",
    "blank CRLF": "\r\n\r\n",
    "blank CR": "\r\r",
    "blank with spaces": "\n \t \n",
    "mixed": "\r\n\n\r",
    "NEL": f"\n{NEL}\n",
    "LINE SEPARATOR": f"{LINE_SEPARATOR}\n",
    "FORM FEED": f"\n{FORM_FEED}\n",
    "VERTICAL TAB": f"{VERTICAL_TAB}\n{VERTICAL_TAB}\n",
}
"""What stands between two paragraphs. Each holds a line break; the rare ones are blanks to us."""

ENDINGS = {"none": "", "newline": "\n", "blanks": "\n \n\n"}

# (byte order mark, codec, whether the codec has to be named)
ENCODINGS = {
    "utf-8": (b"", "utf-8", False),
    "utf-8 BOM": (codecs.BOM_UTF8, "utf-8", False),
    "utf-16-le BOM": (codecs.BOM_UTF16_LE, "utf-16-le", False),
    "utf-16-be BOM": (codecs.BOM_UTF16_BE, "utf-16-be", False),
    "utf-32-le BOM": (codecs.BOM_UTF32_LE, "utf-32-le", False),
    "utf-32-be BOM": (codecs.BOM_UTF32_BE, "utf-32-be", False),
    "utf-16-le named": (b"", "utf-16-le", True),
    "gb18030 named": (b"", "gb18030", True),
}


@dataclass(frozen=True)
class Text:
    """Hold one generated text, and how it is written as bytes."""

    text: str
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        mark, codec, _ = ENCODINGS[self.encoding]
        return mark + self.text.encode(codec)

    @property
    def codec(self) -> str | None:
        """Give the codec that has to be named, None where nothing has to be."""
        _, codec, named = ENCODINGS[self.encoding]
        return codec if named else None


def sentence(rnd: Random, length: int, *, protected: bool = True) -> list[str]:
    """Give the words of a sentence. A name is never among its first three, nor beside another."""
    words = [rnd.choice(PLAIN) for _ in range(length)]
    if protected:
        for at in range(3, length, 4):
            kind = rnd.randrange(8)
            if kind == 0:
                words[at] = rnd.choice(NAMES)
            elif kind == 1:
                words[at] = str(rnd.randrange(2, 3000))
            elif kind == 2:
                words[at] = rnd.choice(DAYS)
            elif kind == 3:
                words[at] = rnd.choice(NEGATIONS)
    return words


def variant(rnd: Random, words: Sequence[str]) -> list[str]:
    """Change what matters: a number, a name, a day, a negation."""
    changed = list(words)
    for at in rnd.sample(range(len(changed)), len(changed)):
        word = changed[at]
        if word.isdigit():
            changed[at] = str(int(word) + rnd.randrange(1, 50))
            return changed
        for group in (NAMES, DAYS):
            if word in group:
                changed[at] = group[(group.index(word) + 1 + rnd.randrange(2)) % len(group)]
                return changed
        if word in NEGATIONS:
            del changed[at]
            return changed
    changed.insert(min(4, len(changed)), rnd.choice(NEGATIONS))
    return changed


def edited(rnd: Random, words: Sequence[str]) -> list[str]:
    """Change plain words: one put in for another, one added, one left out."""
    changed = list(words)
    for _ in range(1 + rnd.randrange(3)):
        at = rnd.randrange(len(changed))
        if changed[at] not in PLAIN:
            continue
        kind = rnd.randrange(3)
        if kind == 0:
            changed[at] = rnd.choice(PLAIN)
        elif kind == 1:
            changed.insert(at, rnd.choice(PLAIN))
        elif len(changed) > 5:
            del changed[at]
    return changed


def paragraphs(rnd: Random, count: int, *, protected: bool = True) -> list[str]:
    """Give `count` paragraphs or so: long and short ones, and what scraping makes of them."""
    found: list[list[str]] = []
    lines = [[rnd.choice(PLAIN) for _ in range(1 + rnd.randrange(7))] for _ in range(3)]
    while len(found) < count:
        kind = rnd.randrange(12) if found else 0
        earlier = found[rnd.randrange(len(found))] if found else []
        if kind <= 2:
            long = rnd.randrange(4) == 0
            found.append(sentence(rnd, 8 + rnd.randrange(40 if long else 12), protected=protected))
        elif kind <= 4:
            found.append(list(lines[rnd.randrange(len(lines))]))
        elif kind == 5:
            found.append(list(earlier))
        elif kind == 6:
            found.append(edited(rnd, earlier))
        elif kind == 7:
            found.append(variant(rnd, earlier) if protected else edited(rnd, earlier))
        elif kind == 8:  # a teaser, or a quotation cut off in front
            keep = max(min(5, len(earlier)), rnd.randrange(1 + len(earlier)))
            found.append(earlier[:keep] if rnd.randrange(3) else earlier[-keep:])
        elif kind == 9:
            found.append([*earlier, *sentence(rnd, 4 + rnd.randrange(8), protected=protected)])
        else:  # a block: a run again, one of it edited or lost at times
            first = rnd.randrange(len(found))
            for words in found[first : first + 2 + rnd.randrange(4)]:
                change = rnd.randrange(6)
                if change == 0:
                    found.append(edited(rnd, words))
                elif change > 1:
                    found.append(list(words))
    texts = []
    for words in found:
        mark = ("", ".", ".", ",")[rnd.randrange(4)]
        texts.append(" ".join(words) + mark)
    return texts


def plain_text(rnd: Random, *, most: int = 24, protected: bool = True, blank: bool = False) -> str:
    """Give a small text whose paragraphs are lines, or parted by blank lines."""
    separator = "\n\n" if blank else "\n"
    return separator.join(paragraphs(rnd, 1 + rnd.randrange(most), protected=protected)) + "\n"


def laid_out(rnd: Random, *, most: int = 24) -> Text:
    """Give a text with mixed separators, hard wraps, indents, odd endings, any encoding."""
    pieces: list[str] = []
    usual = list(SEPARATORS.values())[rnd.randrange(len(SEPARATORS))]
    for paragraph in paragraphs(rnd, 1 + rnd.randrange(most)):
        text = paragraph
        if rnd.randrange(4) == 0:
            width = 30 + rnd.randrange(50)
            text = usual[:1].join(textwrap.wrap(text, width)) if usual[:1] in "\r\n" else text
        if rnd.randrange(10) == 0:
            text = "  " + text
        if rnd.randrange(10) == 0:
            text += " \t"
        odd = list(SEPARATORS.values())[rnd.randrange(len(SEPARATORS))]
        pieces += [text, usual if rnd.randrange(6) else odd]
    pieces[-1] = list(ENDINGS.values())[rnd.randrange(len(ENDINGS))]
    if rnd.randrange(10) == 0:
        pieces.insert(0, "\n\n")
    return Text("".join(pieces), list(ENCODINGS)[rnd.randrange(len(ENCODINGS))])


def soiled(rnd: Random, data: bytes) -> bytes:
    """Put bytes that no UTF-8 has, NULs and halves of characters into `data`."""
    soil = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\xe2\x82", b"\x1b[31m", b"\r")
    for _ in range(rnd.randrange(4)):
        at = rnd.randrange(len(data) + 1)
        data = data[:at] + soil[rnd.randrange(len(soil))] + data[at:]
    return data


randoms = st.randoms(use_true_random=False)


@st.composite
def plain_texts(draw: st.DrawFn, *, protected: bool = True, blank: bool = False) -> str:
    """Small texts that the oracle can read."""
    return plain_text(draw(randoms), protected=protected, blank=blank)


@st.composite
def laid_out_texts(draw: st.DrawFn) -> Text:
    """Texts with everything that bytes may do between paragraphs."""
    return laid_out(draw(randoms))


@st.composite
def soiled_bytes(draw: st.DrawFn) -> bytes:
    """Give the bytes of documents with some that no codec reads."""
    rnd = draw(randoms)
    return soiled(rnd, laid_out(rnd).data)


_LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([" ".join(PLAIN[k : k + 9]).encode() for k in range(0, 40, 10)]),
        st.sampled_from([b"", b" ", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"Yes.", b"\xc2\x85"]),
    ),
    max_size=12,
)


@st.composite
def random_bytes(draw: st.DrawFn) -> bytes:
    """Bytes of no sense, some of them in lines that repeat."""
    lines = draw(_LINES)
    if lines:
        lines += draw(st.lists(st.sampled_from(lines), max_size=6))
    separators = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\x0b", b"\x0c\n", b"\n\0\n"])
    return b"".join(line + draw(separators) for line in lines)
