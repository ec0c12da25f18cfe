"""Paragraphs → comparison forms. Used to compare; never written back anywhere.

The form is what is left of a paragraph when everything that scraping changes is taken away: letter
case, typography, entities, soft hyphens, hard wraps. What a reader would call a change stays: every
letter, mark and digit, and with a number its sign, currency, decimals and percent.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup import characters, kernels, scripts
from dedup.characters import CLOSERS, INVISIBLE
from dedup.kernels import tables as bits
from dedup.tokens import count_words, tokenize
from dedup.words import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Forms(NamedTuple):
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

    def take(self, forms: NDArray[np.int64], row_form: NDArray[np.int32]) -> Forms:
        """Give some of the forms for other paragraphs, of which each has the form `row_form`."""
        sizes = np.diff(self.offsets)[forms]
        offsets = np.zeros(len(forms) + 1, np.int64)
        np.cumsum(sizes, out=offsets[1:])
        where = np.arange(offsets[-1]) + np.repeat(self.offsets[forms] - offsets[:-1], sizes)
        texts = [self.texts[form] for form in forms.tolist()]
        return Forms(texts, row_form, self.flags[where], offsets, self.words[forms])

    def protected_count(self) -> NDArray[np.int32]:
        """Count the protected tokens of every form: int32[u]."""
        counts = np.zeros(len(self.flags) + 1, np.int32)
        np.cumsum(self.flags != PLAIN, out=counts[1:])
        return counts[self.offsets[1:]] - counts[self.offsets[:-1]]


_SPACELESS = scripts.char_class(scripts.WITHOUT_SPACES)
# Each takes milliseconds to compile, and where C makes the forms none is needed.
_form_token = cache(lambda: re.compile(f"[{_SPACELESS}]|[^ {_SPACELESS}]+"))
_spaceless_char = cache(lambda: re.compile(f"[{_SPACELESS}]"))
_glue = cache(lambda: re.compile(f"(?<=[{_SPACELESS}]) (?=[{_SPACELESS}])"))

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Inline tags that a scraper left in. One with a link or picture in it is content and stays.
_inline_tag = cache(
    lambda: re.compile(
        r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|hr|i|ins|li|mark|ol|p|q|s|small"
        r"|span|strike|strong|sub|sup|tt|u|ul|wbr)"
        r"((?:\s+[a-z-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*)\s*/?>",
        re.IGNORECASE,
    )
)
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010](?:[ \t]*[\r\n]\s*|[ \t]+)(?=([^\W\d_]))")


def form_tokens(form: str) -> list[str]:
    """Cut a comparison form back into its tokens."""
    if form.isascii():  # which is several times as fast, and comes to the same
        return [token for token in form.split(" ") if token]
    return _form_token().findall(form)


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
        text = unicodedata.normalize("NFKC", text).translate(INVISIBLE)
    if "&" in text and _ENTITY.search(text):
        import html  # noqa: PLC0415 - two thousand names, and few texts that C leaves have one

        text = html.unescape(text)
        # An entity may stand for a character that the lines above would have changed.
        text = unicodedata.normalize("NFKC", text).translate(INVISIBLE)
    if "<" in text:
        text = _inline_tag().sub(_tag, text)
    return _LINE_HYPHEN.sub(_join_hyphen, text)


_CUT_OFF = re.compile(r"(?:…|\.\.\.)\W{0,3}(?:\w+\W{1,3}){0,3}$")


def is_cut_off(text: str) -> bool:
    """Tell whether `text` ends in an ellipsis, as teasers do, or up to three words behind one.

    >>> is_cut_off("The ferry to the island leaves … Read more")
    True
    """
    return _CUT_OFF.search(text.rstrip()[-60:] + " ") is not None


_closed = cache(lambda: re.compile(rf"[{CLOSERS}][\W_]{{0,3}}$"))


def is_closed(text: str) -> bool:
    """Tell whether `text` ends as a sentence does.

    >>> is_closed("The ferry leaves."), is_closed("The ferry leaves,")
    (True, False)
    """
    return _closed().search(text.rstrip()[-8:]) is not None


def form_of(tokens: list[str]) -> str:
    """Join `tokens` to a form: by one space, by nothing inside a script without spaces."""
    form = " ".join(tokens)
    return _glue().sub("", form) if _spaceless_char().search(form) else form


class FormBatch(NamedTuple):
    """Hold the comparison forms of many paragraphs, and what else is asked of each.

    `data`: uint8, the forms in UTF-8; row i is ``data[offsets[i]:offsets[i + 1]]``, empty where
    there is no letter or digit; `offsets` int64[n + 1]. `flags`: uint8, the kind of every token;
    `flag_offsets` int64[n + 1]. `words`: int32[n], length in words. `cut_off`, `closed`: bool[n],
    `is_cut_off` and `is_closed` of the paragraph. `tabular`: bool[n], it holds a bar or a tab.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    flags: NDArray[np.uint8]
    flag_offsets: NDArray[np.int64]
    words: NDArray[np.int32]
    cut_off: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    tabular: NDArray[np.bool_]


def form_batch(text: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> FormBatch:
    """Give the comparison forms of the paragraphs ``text[starts[i]:ends[i]]``.

    `text` is UTF-8, and so is each paragraph. Threads may call it at once: what the kernel takes
    runs without the interpreter's lock.
    """
    # The larger tables cost as much as a few hundred kilobytes in Python: until so much came that
    # is not ASCII, it is left to that.
    small = _beyond_ascii["bytes"] < _WORTH_TABLES_BYTES
    done = kernels.forms(text, starts, ends, characters.tables(ascii_only=small))
    beyond = (done.found & bits.BEYOND_ROWS) > 0
    if small and beyond.any():
        _beyond_ascii["bytes"] += int((ends - starts)[beyond].sum())
        if _beyond_ascii["bytes"] >= _WORTH_TABLES_BYTES:
            done = kernels.forms(text, starts, ends, characters.tables(ascii_only=False))
    data = _Pieces(done.data, done.ends)
    flags = _Pieces(done.flags, done.flag_ends)
    found = done.found
    for row in np.flatnonzero(found & bits.TAKEN == 0).tolist():
        paragraph = text[starts[row] : ends[row]].decode("utf-8", "surrogatepass")
        tokens, kinds = tokenize(unwrap(paragraph))
        data.put(row, form_of(tokens).encode("utf-8", "surrogatepass"))
        flags.put(row, bytes(kinds))
        done.words[row] = count_words(tokens)
        found[row] = (
            bits.CUT_OFF * is_cut_off(paragraph)
            | bits.CLOSED * is_closed(paragraph)
            | bits.TABULAR * ("|" in paragraph or "\t" in paragraph)
        )
    return FormBatch(
        *data.joined(),
        *flags.joined(),
        words=done.words,
        cut_off=found & bits.CUT_OFF > 0,
        closed=found & bits.CLOSED > 0,
        tabular=found & bits.TABULAR > 0,
    )


_WORTH_TABLES_BYTES = 256 << 10
_beyond_ascii = {"bytes": 0}  # how much of it came so far


class _Pieces:
    """Rows of bytes one after the other, into which others are put from left to right."""

    def __init__(self, data: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._data = data
        self._offsets = np.append(0, ends)
        self._added = np.zeros(len(ends) + 1, np.int64)
        self._pieces: list[NDArray[np.uint8]] = []
        self._end = 0

    def put(self, row: int, piece: bytes) -> None:
        """Make `piece` the content of `row`, which is empty."""
        at = int(self._offsets[row])
        self._pieces += [self._data[self._end : at], np.frombuffer(piece, np.uint8)]
        self._added[row + 1] = len(piece)
        self._end = at

    def joined(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Give all rows, and int64[n + 1] where they begin and end."""
        rest = self._data[self._end : self._offsets[-1]]
        data = np.concatenate([*self._pieces, rest]) if self._pieces else rest
        return data, self._offsets + np.cumsum(self._added)


_BATCH_BYTES = 4 << 20  # of text whose forms are made at a time: bounds the scratch memory


def comparison_forms(paragraphs: Iterable[str | bytes | None]) -> Forms:
    """Give the distinct comparison forms of `paragraphs`, as `read_forms` does."""
    return read_forms(paragraphs)[0]


def read_forms(paragraphs: Iterable[str | bytes | None]) -> tuple[Forms, NDArray[np.uint8]]:
    """Give the forms of `paragraphs`, each once; and CUT_OFF, CLOSED, TABULAR of each: uint8[n].

    None stands for one that is not compared. Bytes are compared as they are: their form is their
    digest behind a NUL, which no other form holds. Equal texts are tokenised once.
    """
    by_text: dict[str, int] = {}
    made: list[tuple[str, bytes, int, int]] = []  # of each distinct text: form, flags, length, what
    row_text: list[int] = []
    waiting: list[tuple[int, bytes]] = []
    size = 0

    for text in paragraphs:
        if text is None:
            row_text.append(-1)
            continue
        at = by_text.setdefault(text, len(made)) if isinstance(text, str) else len(made)
        row_text.append(at)
        if isinstance(text, bytes):
            made.append(("\0" + hashlib.sha256(text).hexdigest(), b"", len(text.split()), 0))
        elif at == len(made):
            made.append(("", b"", 0, 0))
            waiting.append((at, text.encode("utf-8", "surrogatepass")))
            size += len(waiting[-1][1])
            if size > _BATCH_BYTES:
                _make(waiting, made)
                waiting, size = [], 0
    _make(waiting, made)
    by_form: dict[tuple[str, bytes], int] = {}
    lengths: list[int] = []
    distinct: list[int] = []
    for form, flags, length, _ in made:
        distinct.append(by_form.setdefault((form, flags), len(by_form)) if form else -1)
        if distinct[-1] == len(lengths):
            lengths.append(length)
    kinds, offsets = kernels.laid_out([flags for _, flags in by_form])
    forms = Forms(
        texts=[text for text, _ in by_form],
        row_form=np.array([*distinct, -1], np.int32)[row_text],
        flags=kinds,
        offsets=offsets,
        words=np.array(lengths, np.int32),
    )
    return forms, np.array([*(found for *_, found in made), 0], np.uint8)[row_text]


def _make(texts: list[tuple[int, bytes]], made: list[tuple[str, bytes, int, int]]) -> None:
    """Put what is asked of each text into its place in `made`."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for _, text in texts], out=offsets[1:])
    batch = form_batch(b"".join(text for _, text in texts), offsets[:-1], offsets[1:])
    data, flags = batch.data.tobytes(), batch.flags.tobytes()
    found = batch.cut_off * bits.CUT_OFF | batch.closed * bits.CLOSED
    found |= batch.tabular * bits.TABULAR
    for (at, _), (low, high), (first, last), *asked in zip(
        texts,
        itertools.pairwise(batch.offsets.tolist()),
        itertools.pairwise(batch.flag_offsets.tolist()),
        batch.words.tolist(),
        found.tolist(),
        strict=True,
    ):
        made[at] = (data[low:high].decode("utf-8", "surrogatepass"), flags[first:last], *asked)
