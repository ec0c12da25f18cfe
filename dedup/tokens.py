"""Unwrapped text → tokens, and what kind each is: the words whose change changes what is said."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from dedup import scripts, words
from dedup.words import ADDRESS, CODE, DATE, NAME, NEGATION, NUMBER, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACELESS = scripts.char_class(scripts.WITHOUT_SPACES)
_spaceless_char = cache(lambda: re.compile(f"[{_SPACELESS}]"))
_han_kana = cache(lambda: re.compile(f"[{scripts.char_class(scripts.HAN_KANA)}]"))
_WORD = re.compile(r"\w+")
ADDRESS_END = r"\s<>\"'“”"
"""What no address holds, as a character class's inside; nor does it a script without spaces."""


@cache
def _token_pattern(marks: str) -> re.Pattern[str]:
    """Compile the tokeniser: one alternative per kind of token, `marks` being those of category M.

    Without `marks` it is the quick form for text that has none.
    """
    letter = rf"(?:[^\W_{_SPACELESS}]|[{marks}])" if marks else rf"[^\W_{_SPACELESS}]"
    return re.compile(
        rf"(?P<address>(?i:https?://|www\.)[^{ADDRESS_END}{_SPACELESS}]+"
        # Bounded: e-mail allows 64, and an open end would be tried again from every word.
        r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)"
        # A sign belongs to a number only where nothing stands before it: not in 3-1 or A-4.
        r"|(?P<code>[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+)"
        rf"|(?P<number>(?:(?<![\w.,%)\]])[-+\u2212\u2013])?[$€£¥₹]?"
        rf"\d+(?:[.,:/]\d+)*(?:[ \t]?[%‰]|[ \t]?[€£¥₹](?!\d)|{letter}*))"
        rf"|(?P<word>{letter}+(?:(?<=\b[A-Za-z])(?:\+\+|\#)(?!\w))?)"
        rf"|(?P<char>[{_SPACELESS}])"
    )


# What stands between two words where a sentence, a quotation or a list item begins.
SENTENCE_BREAK = r".!?:;…。！？؟।|•·*>“„«\""
_sentence_break = cache(lambda: re.compile(f"[{SENTENCE_BREAK}]"))
_MAX_ABBREVIATION = 4  # "Mrs." and "Prof." end no sentence
GERMAN = frozenset(
    "der die das und ist nicht ein eine den dem mit von zu auf für im des sich".split()
)
# Between backticks stands what a program reads; not in ``quotes'' or `quotes' like these.
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)((?:(?!'['\s])[^`]){1,120})\1(?!`)")
_GENDER_GAP = re.compile("[A-Z][a-z]+_[a-z]+")  # Leser_innen, in German
# Shares of capitalised words above which a capital says nothing: a headline, or German.
_TITLE_SHARE = 0.6
_MIN_GERMAN_WORDS = 2
_MISREAD_DIGITS = frozenset("0158")


def _has_misread_digits(token: str) -> bool:
    """Tell whether `token` is a word with O, l, S or B misread as a digit, as OCR does."""
    digits = [c for c in token if c.isdigit()]
    return len(token) - len(digits) >= 3 * len(digits) and _MISREAD_DIGITS.issuperset(digits)


def tokenize(text: str) -> tuple[list[str], list[int]]:
    """Cut unwrapped `text` into casefolded tokens and say what kind each is (PLAIN, NUMBER …)."""
    marks = scripts.marks_class() if scripts.may_hold_marks(text) else ""
    tokens: list[str] = []
    flags: list[int] = []
    capitals: list[int] = []  # indexes of tokens with a capital in mid-sentence
    adjacent: set[int] = set()  # those with another capital right before, and but a space between
    cased = capitalised = german = end = 0
    before = ""
    code = [match.span() for match in _CODE.finditer(text)] if "`" in text else []
    for match in _token_pattern(marks).finditer(text):
        raw, kind = match[0], match.lastgroup
        token = raw if raw.isascii() and raw.islower() else fold(raw)
        flag = PLAIN
        if kind == "char":
            unspaced = text.startswith(words.NEGATIONS_UNSPACED, match.start())
            flag = NEGATION if unspaced or token in words.NEGATIONS else PLAIN
        elif kind == "code":
            flag = PLAIN if _GENDER_GAP.fullmatch(raw) else CODE
        elif kind == "address":
            token, flag = token.rstrip(".,;:!?)]"), ADDRESS
        elif kind == "number":
            token, flag = (
                re.sub(r"[ \t]", "", token).replace("\u2212", "-").replace("\u2013", "-"),
                NUMBER,
            )
            if _has_misread_digits(token):
                flag = PLAIN
        elif token in words.NEGATIONS:
            flag = NEGATION
        elif token == "t" and tokens and tokens[-1] in words.NOT_CONTRACTED:
            flag = NEGATION
        elif token in words.DATES:
            flag = DATE
        elif token in words.NUMBERS:
            flag = NUMBER
        elif any(map(str.isdigit, token)):
            flag = PLAIN if _has_misread_digits(token) else NUMBER
        if kind == "word":
            cased += raw != raw.swapcase()
            german += token in GERMAN
            if raw[0].isupper() or (raw != token and not raw.islower()):
                capitalised += 1
                gap = text[end : match.start()]
                abbreviated = (
                    gap[:1] == "."
                    and gap[:2] != ".."
                    and before[:1].isupper()
                    and len(before) <= _MAX_ABBREVIATION
                )
                if flag == PLAIN and tokens and (abbreviated or not _sentence_break().search(gap)):
                    capitals.append(len(tokens))
                    if gap == " " and before[:1].isupper():
                        adjacent.add(len(tokens))
        if code and flag == PLAIN and any(a < match.start() < b for a, b in code):
            flag = CODE
        tokens.append(token)
        flags.append(flag)
        before, end = raw, match.end()
    names: set[str] = set()
    if german >= _MIN_GERMAN_WORDS:
        names = {tokens[index] for index in _german_names(tokens, capitals, adjacent)}
    elif capitalised <= _TITLE_SHARE * cased:
        names = {tokens[index] for index in capitals}
    if names:
        for index, token in enumerate(tokens):
            if flags[index] == PLAIN and token in names:  # at a sentence start too
                flags[index] = NAME
    return tokens, flags


def _german_names(tokens: list[str], capitals: list[int], adjacent: set[int]) -> Iterator[int]:
    """Give the capitalised words that are names, in a language where every noun has a capital.

    Two in a row are one name and another, where a noun would have its article, adjective or verb
    between; and behind a preposition of place, a noun mostly has an article.
    """
    for index in capitals:
        before = tokens[index - 1]
        if index in adjacent and before not in words.GERMAN_FUNCTION:
            yield index - 1
            yield index
        elif before in words.GERMAN_BEFORE_PLACES:
            yield index


def fold(token: str) -> str:
    """Casefold, with the dotless i as i: Turkish capitals make no difference between them."""
    folded = unicodedata.normalize("NFKC", token.casefold())
    return folded.replace("ı", "i").replace("i\u0307", "i").replace(" ", "")


def count_words(tokens: list[str]) -> int:
    """Count words: a token is one; two characters of Han or Kana, four of Thai and its like.

    An address has those that its signs part.
    """
    more = sum(
        len(_WORD.findall(token)) - 1
        for token in tokens
        if "://" in token or "@" in token or token.startswith("www.")
    )
    if all(map(str.isascii, tokens)):
        return len(tokens) + more
    single = list(filter(_spaceless_char().match, tokens))
    han_kana = sum(1 for _ in filter(_han_kana().match, single))
    return more + len(tokens) - len(single) + -(-han_kana // 2) + -(-(len(single) - han_kana) // 4)
