"""What each character and each listed word is, as tables for the kernel `forms`.

All of it is asked of the running Python (`re`, `str`, `unicodedata`) and of the lists in `words`,
so the kernel cannot know another Unicode or other words than the code it stands in for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup import scripts, words
from dedup.kernels.tables import Tables
from dedup.tokens import ADDRESS_END, GERMAN, SENTENCE_BREAK, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Invisible characters that scraping adds and loses: soft hyphen, zero-width and direction marks,
# variation selectors, Arabic tatweel, byte order marks in mid-text.
INVISIBLE = dict.fromkeys(
    [
        *(0xAD, 0x34F, 0x61C, 0x640, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
    ]
)
CLOSERS = ".!?…。！？؟।॥"
"""What a sentence ends with."""

# The bits of `kinds`, in the order of forms.h.
CLASSES = (
    "word letter decimal digit spaceless han_kana cased upper title lower space break closer folds "
    "address_end currency sign untaken invisible combines expands negates may_negate hyphen mail "
    "ascii_alnum ascii_alpha blank special beyond_ascii composed second"
).split()
_BIT = {name: np.uint32(1 << bit) for bit, name in enumerate(CLASSES)}

# The bits of `word_lists`, in the order of forms.h.
LISTS = (
    words.NEGATIONS,
    words.DATES,
    words.NUMBERS,
    GERMAN,
    words.GERMAN_FUNCTION,
    words.GERMAN_BEFORE_PLACES,
    words.NOT_CONTRACTED,
)

_SPACELESS = scripts.char_class(scripts.WITHOUT_SPACES)
_BY_PATTERN = {  # Each is the inside of a character class.
    "word": r"\w",
    "decimal": r"\d",
    "spaceless": _SPACELESS,
    "han_kana": scripts.char_class(scripts.HAN_KANA),
    "space": r"\s",
    "break": SENTENCE_BREAK,
    "closer": CLOSERS,
    "address_end": ADDRESS_END,
    "currency": "$€£¥₹",
    "sign": r"\-+\u2212\u2013",
    "hyphen": r"\-\u2010",
    "mail": r"A-Za-z0-9._%+\-",
    "ascii_alnum": "A-Za-z0-9",
    "ascii_alpha": "A-Za-z",
    "blank": " \t",
    "special": "&<`@_",
    "beyond_ascii": r"\x80-\U0010ffff",
    # Two of these become one by rule, not by a pair: vowels and finals of Hangul in pieces. And the
    # dot above, which folding takes off the i.
    "untaken": "\u0307\u1161-\u1175\u11a8-\u11c2\ud800-\udfff",
}
_BEYOND_ASCII = frozenset({"spaceless", "han_kana", "beyond_ascii", "untaken"})
"""What no ASCII character is in: a short run need not compile these, which takes milliseconds."""
_BY_METHOD = {
    "digit": str.isdigit,
    "upper": str.isupper,
    "title": str.istitle,
    "lower": str.islower,
}
# What folding must not change, as the kernel asks the character before it folds.
_UNCHANGED = ("word", "letter", "decimal", "digit", "spaceless", "han_kana")

_ASCII = range(0x80)
_BMP_AND_EMOJI = range(0x10000), range(0x1F000, 0x20000)


@cache
def tables(*, ascii_only: bool) -> Tables:
    """Give the tables: for ASCII at once, for all in a moment (they are made once)."""
    ranges = (_ASCII,) if ascii_only else _BMP_AND_EMOJI
    chars = [chr(code) for codes in ranges for code in codes]
    kinds = _classes(chars, marks="" if ascii_only else scripts.marks_class())
    pairs = [] if ascii_only else _pairs(chars)
    ranks = np.fromiter(map(unicodedata.combining, chars), np.uint8, len(chars))
    row = dict(zip(chars, range(len(chars)), strict=True))
    kinds[ranks > 0] |= _BIT["combines"]
    kinds[[row[second] for _, second in pairs]] |= _BIT["combines"] | _BIT["second"]
    maps = np.zeros(len(chars), np.uint32)
    pool: list[int] = []

    def becomes(at: int, text: str, name: str) -> None:
        kinds[at] |= _BIT[name]
        if len(text) == 1:
            maps[at] = ord(text)
        else:
            maps[at] = 1 << 31 | len(text) << 24 | len(pool)
            pool.extend(map(ord, text))

    for at in _where(chars, lambda c: not unicodedata.is_normalized("NFKC", c)):
        normal = unicodedata.normalize("NFKC", chars[at])
        if all(c in row for c in normal):
            becomes(at, normal, "expands")
        else:
            kinds[at] |= _BIT["untaken"]
    unchanged = sum(_BIT[name] for name in _UNCHANGED)
    for at in _where(chars, lambda c: c.casefold() != c or c == "ı"):
        folded = fold(chars[at])
        if kinds[at] & _BIT["expands"] or folded == chars[at]:
            continue
        same = all(
            c in row
            and not kinds[row[c]] & _BIT["combines"]
            and not (kinds[row[c]] ^ kinds[at]) & unchanged
            for c in folded
        )
        if same and 1 <= len(folded) <= _MAX_FOLDED and not kinds[at] & _BIT["combines"]:
            becomes(at, folded, "folds")
        else:
            kinds[at] |= _BIT["untaken"]
    listed = sorted(frozenset().union(*LISTS))
    lists = dict.fromkeys(listed, 0)
    for bit, those in enumerate(LISTS):
        for word in those:
            lists[word] |= 1 << bit
    encoded = [word.encode() for word in listed]
    return Tables(
        kinds=kinds,
        maps=maps,
        ranks=ranks,
        pool=np.array(pool, np.uint32),
        pairs=np.array(sorted(ord(a) << 32 | ord(b) for a, b in pairs), np.uint64),
        unspaced=np.array(
            [[*map(ord, word.ljust(4, "\0"))] for word in words.NEGATIONS_UNSPACED], np.uint32
        ),
        words=np.frombuffer(b"".join(encoded), np.uint8),
        word_ends=np.cumsum([len(word) for word in encoded], dtype=np.int64),
        word_lists=np.array([*lists.values()], np.uint8),
    )


_MAX_FOLDED = 3  # as in forms.h


def _where(chars: list[str], holds: Callable[[str], bool]) -> list[int]:
    return [at for at, char in enumerate(chars) if holds(char)]


def _classes(chars: list[str], *, marks: str) -> NDArray[np.uint32]:
    """Give the classes that a character has by itself."""
    kinds = np.zeros(len(chars), np.uint32)
    text = "".join(chars)
    only_ascii = text.isascii()
    for name, inside in _BY_PATTERN.items():
        if only_ascii and name in _BEYOND_ASCII:
            continue
        for found in re.finditer(f"[{inside}]+", text):
            kinds[found.start() : found.end()] |= _BIT[name]
    kinds[kinds & _BIT["spaceless"] > 0] |= _BIT["address_end"]
    letter = r"[^\W_]+" if only_ascii else rf"[^\W_{_SPACELESS}]+"
    for found in re.finditer(letter + (f"|[{marks}]+" if marks else ""), text):
        kinds[found.start() : found.end()] |= _BIT["letter"]
    for name, method in _BY_METHOD.items():
        kinds[np.fromiter(map(method, chars), bool, len(chars))] |= _BIT[name]
    kinds[_where(chars, lambda c: c.swapcase() != c)] |= _BIT["cased"]
    kinds[_where(chars, lambda c: not unicodedata.is_normalized("NFD", c))] |= _BIT["composed"]
    kinds[_where(chars, lambda c: ord(c) in INVISIBLE)] |= _BIT["invisible"]
    firsts = {word[0] for word in words.NEGATIONS_UNSPACED}
    kinds[_where(chars, firsts.__contains__)] |= _BIT["may_negate"]
    kinds[_where(chars, words.NEGATIONS.__contains__)] |= _BIT["negates"]
    return kinds


def _pairs(chars: list[str]) -> list[tuple[str, str]]:
    """Give the pairs of characters that NFKC makes one."""
    found = []
    for char in chars:
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.is_normalized("NFC", char):
            found.append((chr(int(parts[0], 16)), chr(int(parts[1], 16))))
    return found
