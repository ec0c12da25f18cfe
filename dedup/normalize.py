"""Paragraphs → comparison forms. Used to compare; never written back anywhere.

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
from typing import TYPE_CHECKING

import numpy as np

from dedup import scripts
from dedup.tokens import count_words, tokenize
from dedup.words import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_SPACELESS_CHAR = re.compile(f"[{_SPACELESS}]")
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


_CUT_OFF = re.compile(r"(?:…|\.\.\.)\W{0,3}(?:\w+\W{1,3}){0,3}$")


def is_cut_off(text: str) -> bool:
    """Tell whether `text` ends in an ellipsis, as teasers do, or up to three words behind one.

    >>> is_cut_off("The ferry to the island leaves … Read more")
    True
    """
    return _CUT_OFF.search(text.rstrip()[-60:] + " ") is not None


_CLOSED = re.compile(r"[.!?…。！？؟।॥][\W_]{0,3}$")


def is_closed(text: str) -> bool:
    """Tell whether `text` ends as a sentence does.

    >>> is_closed("The ferry leaves."), is_closed("The ferry leaves,")
    (True, False)
    """
    return _CLOSED.search(text.rstrip()[-8:]) is not None


def form_of(tokens: list[str]) -> str:
    """Join `tokens` to a form: by one space, by nothing inside a script without spaces."""
    form = " ".join(tokens)
    return _GLUE.sub("", form) if _SPACELESS_CHAR.search(form) else form


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
