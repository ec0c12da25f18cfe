"""Paragraphs → comparison forms and protected tokens. Used to compare; never written back anywhere.

The form is what is left of a paragraph when everything that scraping changes is taken away: letter
case, typography, entities, soft hyphens, hard wraps. What a reader would call a change stays: every
letter, mark and digit, and with a number its sign, currency, decimals and percent.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup import scripts, words
from dedup.words import ADDRESS, CODE, DATE, NAME, NEGATION, NUMBER, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Forms:
    """Hold the distinct comparison forms of a run, and which paragraph has which.

    `texts`: u forms. `row_form`: int32[n], index into `texts` of each paragraph, -1 where it has no
    letter or digit to compare. `flags`: uint8, the kind of every token of every form, one after the
    other; form i owns ``flags[offsets[i]:offsets[i + 1]]``, `offsets` int64[u + 1]. `words`:
    int32[u], length in words. Two paragraphs share a form when tokens and flags are equal.
    """

    texts: list[str]
    row_form: NDArray[np.int32]
    flags: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    words: NDArray[np.int32]

    def tokens(self, form: int) -> list[str]:
        """Give the tokens of one form; their flags are ``flags_of(form)``."""
        return form_tokens(self.texts[form])

    def flags_of(self, form: int) -> NDArray[np.uint8]:
        """Give the kind of every token of one form."""
        return self.flags[self.offsets[form] : self.offsets[form + 1]]

    def protected_count(self) -> NDArray[np.int32]:
        """Count the protected tokens of every form: int32[u]."""
        counts = np.zeros(len(self.flags) + 1, np.int32)
        np.cumsum(self.flags != PLAIN, out=counts[1:])
        return counts[self.offsets[1:]] - counts[self.offsets[:-1]]


_SPACELESS = scripts.char_class(scripts.WITHOUT_SPACES)
_FORM_TOKEN = re.compile(f"[{_SPACELESS}]|[^ {_SPACELESS}]+")
_HAN_KANA = re.compile(f"[{scripts.char_class(scripts.HAN_KANA)}]")
_SPACELESS_CHAR = re.compile(f"[{_SPACELESS}]")
_WORD = re.compile(r"\w+")
_GLUE = re.compile(f"(?<=[{_SPACELESS}]) (?=[{_SPACELESS}])")

# Invisible characters that scraping adds and loses: soft hyphen, zero-width and direction marks,
# variation selectors, Arabic tatweel, byte order marks in mid-text.
_INVISIBLE = dict.fromkeys(
    [
        *(0xAD, 0x34F, 0x61C, 0x640, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
    ]
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Inline tags that a scraper left in. One with a link or picture in it is content and stays.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|hr|i|ins|li|mark|ol|p|q|s|small|span"
    r"|strike|strong|sub|sup|tt|u|ul|wbr)"
    r"((?:\s+[a-z-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*)\s*/?>",
    re.IGNORECASE,
)
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010](?:[ \t]*[\r\n]\s*|[ \t]+)(?=([^\W\d_]))")


def form_tokens(form: str) -> list[str]:
    """Cut a comparison form back into its tokens."""
    return _FORM_TOKEN.findall(form)


@cache
def _token_pattern(marks: str) -> re.Pattern[str]:
    """Compile the tokeniser: one alternative per kind of token, `marks` being those of category M.

    Without `marks` it is the quick form for text that has none.
    """
    letter = rf"(?:[^\W_{_SPACELESS}]|[{marks}])" if marks else rf"[^\W_{_SPACELESS}]"
    return re.compile(
        rf"(?P<address>(?i:https?://|www\.)[^\s<>\"'“”{_SPACELESS}]+"
        # Bounded: e-mail allows 64, and an open end would be tried again from every word.
        r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)"
        # A sign belongs to a number only where nothing stands before it: not in 3-1 or A-4.
        r"|(?P<code>[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+)"
        rf"|(?P<number>(?:(?<![\w.,%)\]])[-+\u2212\u2013])?[$€£¥₹]?"
        rf"\d+(?:[.,:/]\d+)*(?:[ \t]?[%‰]|[ \t]?[€£¥₹](?!\d)|{letter}*))"
        rf"|(?P<word>{letter}+(?:(?<=\b[A-Za-z])(?:\+\+|\#)(?!\w))?)"
        rf"|(?P<char>[{_SPACELESS}])"
    )


def _tag(match: re.Match[str]) -> str:
    if "href" in match[1] or "src" in match[1]:
        return match[0]
    inline = match[0].strip("</ >").split(None, 1)[0].lower() not in {"br", "p", "div", "li", "hr"}
    return "" if inline else " "


def _join_hyphen(match: re.Match[str]) -> str:
    return "" if match[1].islower() else match[0]


def unwrap(text: str) -> str:
    """Undo what pages and scrapers do to `text`, keeping letter case: one long, plain line."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
        # An entity may stand for a character that the lines above would have changed.
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    if "<" in text:
        text = _TAG.sub(_tag, text)
    return _LINE_HYPHEN.sub(_join_hyphen, text)


# What stands between two words where a sentence, a quotation or a list item begins.
_SENTENCE_BREAK = re.compile(r"[.!?:;…。！？؟।|•·*>“„«\"]")
_MAX_ABBREVIATION = 4  # "Mrs." and "Prof." end no sentence
_GERMAN = frozenset(
    "der die das und ist nicht ein eine den dem mit von zu auf für im des sich".split()
)
# Between backticks stands what a program reads; not in ``quotes'' or `quotes' like these.
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)((?:(?!'['\s])[^`]){1,120})\1(?!`)")
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
    marks = "" if scripts.NO_MARKS.fullmatch(text) else scripts.marks_class()
    tokens: list[str] = []
    flags: list[int] = []
    capitals: list[int] = []  # indexes of tokens with a capital in mid-sentence
    adjacent: set[int] = set()  # those with another capital right before, and but a space between
    cased = capitalised = german = end = 0
    before = ""
    code = [match.span() for match in _CODE.finditer(text)] if "`" in text else []
    for match in _token_pattern(marks).finditer(text):
        raw, kind = match[0], match.lastgroup
        token = raw if raw.isascii() and raw.islower() else _fold(raw)
        flag = PLAIN
        if kind == "char":
            unspaced = text.startswith(words.NEGATIONS_UNSPACED, match.start())
            flag = NEGATION if unspaced or token in words.NEGATIONS else PLAIN
        elif kind == "code":
            flag = CODE
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
            german += token in _GERMAN
            if raw[0].isupper() or (raw != token and not raw.islower()):
                capitalised += 1
                gap = text[end : match.start()]
                abbreviated = (
                    gap[:1] == "."
                    and gap[:2] != ".."
                    and before[:1].isupper()
                    and len(before) <= _MAX_ABBREVIATION
                )
                if flag == PLAIN and tokens and (abbreviated or not _SENTENCE_BREAK.search(gap)):
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


def _fold(token: str) -> str:
    """Casefold, with the dotless i as i: Turkish capitals make no difference between them."""
    folded = unicodedata.normalize("NFKC", token.casefold())
    return folded.replace("ı", "i").replace("i\u0307", "i").replace(" ", "")


def form_of(tokens: list[str]) -> str:
    """Join `tokens` to a form: by one space, by nothing inside a script without spaces."""
    form = " ".join(tokens)
    return _GLUE.sub("", form) if _SPACELESS_CHAR.search(form) else form


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
    single = [t for t in tokens if _SPACELESS_CHAR.match(t)]
    han_kana = sum(1 for t in single if _HAN_KANA.match(t))
    return more + len(tokens) - len(single) + -(-han_kana // 2) + -(-(len(single) - han_kana) // 4)


def comparison_forms(paragraphs: Iterable[str | bytes | None]) -> Forms:
    """Give the distinct comparison forms of `paragraphs`.

    None stands for one that is not compared. Bytes are compared as they are: their form is their
    digest behind a NUL, which no other form holds. Equal texts are tokenised once, equal forms
    stand once.
    """
    by_text: dict[str | bytes | None, int] = {None: -1}
    by_form: dict[tuple[str, bytes], int] = {}
    row_form: list[int] = []
    lengths: list[int] = []
    for text in paragraphs:
        form = by_text.get(text)
        if form is None and text is not None:
            form = -1
            if isinstance(text, bytes):
                key, length = ("\0" + hashlib.sha256(text).hexdigest(), b""), len(text.split())
                text = hashlib.sha256(text).digest()  # noqa: PLW2901 - not kept in memory
            else:
                tokens, flags = tokenize(unwrap(text))
                key, length = (form_of(tokens), bytes(flags)), count_words(tokens)
            if key[0]:
                form = by_form.setdefault(key, len(by_form))
                if form == len(lengths):
                    lengths.append(length)
            by_text[text] = form
        row_form.append(-1 if form is None else form)
    flag_bytes = [flags for _, flags in by_form]
    offsets = np.zeros(len(by_form) + 1, np.int64)
    np.cumsum([len(flags) for flags in flag_bytes], out=offsets[1:])
    return Forms(
        texts=[text for text, _ in by_form],
        row_form=np.array(row_form, np.int32),
        flags=np.frombuffer(b"".join(flag_bytes), np.uint8),
        offsets=offsets,
        words=np.array(lengths, np.int32),
    )
