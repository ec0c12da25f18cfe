"""Plain text → paragraph spans.

Blocks of lines are parted by blank lines. A block is one paragraph, or each of its lines is: `auto`
looks whether it was hard-wrapped.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup import scripts
from dedup.decoding import unit_bytes
from dedup.ignoring import MARKER, line_marks
from dedup.lines import line_spans, trimmed
from dedup.model import KINDS, Paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Document

MAX_WRAP_COLUMNS = 100
# Few or short lines are little evidence: a list of words is not hard-wrapped.
_MIN_WRAP_COLUMNS, _MIN_PAIR_COLUMNS = 30, 40
# Where more of the lines that have neighbours are longer than that, a line is a paragraph.
LONG_SHARE = 0.1
_ends_sentence = cache(lambda: re.compile(r"[.!?:…。！？：؟।॥۔៕][\"'“”„‘’«»‹›)\]」』）】]*$"))
_unspaced = cache(lambda: re.compile(rf"\d*[{scripts.char_class(scripts.SOUTH_EAST_ASIAN)}]"))
_MAX_UNSPACED = 8
# What source text has at the end of a line or between words, line after line, and prose has not.
MIN_LISTING = 3
_code_sign = cache(
    lambda: re.compile(
        r"[{}]$|[\w\])]\(.*\)[:;,]?$|=.*;$|\s(?:==|!=|=>|->|&&|[-+*/:]?=)\s|\w::\w|^\s*(?:def|class"
        r"|if|elif|else|for|while|with|try|except)\b.*:$|^#include|^\s*@\w+(?:\(|$)",
        re.MULTILINE,  # asked of one line, or of all of a text
    )
)
_SIGNS = (b"(", b"{", b"=", b"}")  # a line with a sign of code has one of them
_INDENTED = re.compile(r"[ ]{2}|\t")
_HYPHENATED = re.compile(r"[^\W\d_][-\u2010\u00ad]$")  # half a word: the line was full


def split(document: Document, config: Config) -> Paragraphs:
    """Cut plain text into paragraphs, as ``config.paragraphs`` says: auto, line or blank.

    A span begins at the start of its first line, blanks included, and ends before the blanks that
    trail its last. A marker is a paragraph, and parts what stands around it.
    """
    mode = config.paragraphs
    spans: list[tuple[int, int, int, int]] = []
    listed: list[bool] = []  # of each span, whether it is code
    starts, ends = line_spans(document)
    marks = line_marks(document, starts, ends)
    markers = {line for line, mark in marks.items() if mark.says}
    blocks = list(_blocks(document, starts, ends, markers))
    if mode == "auto" and _has_long_lines(document, blocks):
        mode = "line"
    for block in blocks:
        code = _listing(document, block)
        if mode == "line" or (mode == "auto" and not _is_wrapped(document, block)):
            spans += [(start, end, line, line) for line, start, end in block]
            listed += code
        else:
            spans.append((block[0][1], block[-1][2], block[0][0], block[-1][0]))
            listed.append(all(code))
    start, end, first, last = np.array(spans, np.int64).reshape(-1, 4).T
    kind = np.where(listed, KINDS.index("code"), KINDS.index("paragraph")).astype(np.uint8)
    kind[np.isin(first, list(markers))] = MARKER
    return Paragraphs(start, end, first, last, kind, marks=tuple(marks.values()))


Line = tuple[int, int, int]
"""Number of the line from 1, start, end without trailing blanks."""


def _blocks(
    document: Document, starts: NDArray[np.int64], ends: NDArray[np.int64], markers: set[int]
) -> Iterator[list[Line]]:
    """Give the runs of lines that no blank line and no marker parts; each marker is one itself."""
    block: list[Line] = []
    written = np.flatnonzero(ends > starts)
    for number, start, end in zip(
        (written + 1).tolist(), starts[written].tolist(), ends[written].tolist(), strict=True
    ):
        end = trimmed(document, start, end)  # noqa: PLW2901 - the same line, less its blanks
        if end == start:
            continue
        parted = number in markers or number - 1 in markers
        if block and (parted or number > block[-1][0] + 1):
            yield block
            block = []
        block.append((number, start, end))
    if block:
        yield block


def may_list(text: bytes) -> bool:
    """Tell whether a text can hold a listing: two of its lines at least have a sign of code."""
    if not any(sign in text for sign in _SIGNS):
        return False
    found = _code_sign().finditer(text.decode("utf-8", "surrogateescape"))
    return sum(1 for _ in itertools.islice(found, 2)) == 2


def _listing(document: Document, block: list[Line]) -> list[bool]:
    """Tell which lines of a block belong to a listing, the source text of a program.

    Three lines in a row are one when half of them have a sign of code, the first among them, the
    others are indented, and not all as deep.
    """
    found = [False] * len(block)
    if len(block) < MIN_LISTING or not any(
        sign in document.data[block[0][1] : block[-1][2]] for sign in _SIGNS
    ):
        return found
    texts = [document.text(start, end) or "" for _, start, end in block]
    signs = [bool(_code_sign().search(text)) for text in texts]
    at = 0
    while at < len(block):
        stop = at
        while stop < len(block) and (signs[stop] or (stop > at and _INDENTED.match(texts[stop]))):
            stop += 1
        depths = {len(text) - len(text.lstrip()) for text in texts[at:stop]}
        half = 2 * sum(signs[at:stop]) >= stop - at
        if stop - at >= MIN_LISTING and half and len(depths) > 1:
            found[at:stop] = [True] * (stop - at)
        at = max(stop, at + 1)
    return found


def _has_long_lines(document: Document, blocks: list[list[Line]]) -> bool:
    """Tell whether a document was never hard-wrapped: of its neighbouring lines many are long."""
    lines = [line for block in blocks if len(block) > 1 for line in block]
    unit = unit_bytes(document.encoding)
    wide = [(start, end) for _, start, end in lines if end - start > MAX_WRAP_COLUMNS * unit]
    if len(wide) <= LONG_SHARE * len(lines):
        return False
    texts = (document.text(start, end) for start, end in wide)
    long = sum(text is None or _is_long(text) for text in texts)
    return long > LONG_SHARE * len(lines)


def _is_wrapped(document: Document, block: list[Line]) -> bool:
    """Tell whether a block of lines is one hard-wrapped paragraph.

    It is when its longest line has 30 to 100 columns, no line but the last had room for the first
    word of the next (or it ends in half a word), and most breaks fall inside a sentence.
    """
    if len(block) == 1 or any(
        end - start > 4 * MAX_WRAP_COLUMNS * unit_bytes(document.encoding)
        for _, start, end in block
    ):
        return len(block) == 1
    texts = [document.text(start, end) for _, start, end in block]
    lines = [text.strip() for text in texts if text is not None]
    if len(lines) < len(texts):
        return False
    if len(set(lines)) < len(lines):
        return False  # no paragraph says a whole line twice
    inside = sum(not _ends_sentence().search(line) for line in lines[:-1])
    # Some programs count columns when they fill lines, others code points.
    return 2 * inside >= len(lines) - 1 and any(_is_filled(lines, how) for how in (_columns, len))


def _is_filled(lines: list[str], measure: Callable[[str], int]) -> bool:
    """Tell whether each line was filled before the next was begun."""
    columns = [measure(line) for line in lines]
    width = max(columns)
    least = _MIN_PAIR_COLUMNS if len(lines) == 2 else _MIN_WRAP_COLUMNS
    if not least <= width <= MAX_WRAP_COLUMNS:
        return False
    for line, used, following in zip(lines, columns, lines[1:], strict=False):
        hyphenated = _HYPHENATED.search(line) and following[0].islower()
        if not hyphenated and used + _room_of_first_word(following, measure) <= width:
            return False
    return True


def _is_long(text: str) -> bool:
    """Tell whether a line is too long to be wrapped; its beginning mostly says so."""
    start = text[: MAX_WRAP_COLUMNS + 20]
    return _columns(start) > MAX_WRAP_COLUMNS or _columns(text) > MAX_WRAP_COLUMNS


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        2
        if unicodedata.east_asian_width(c) in "WF"
        else unicodedata.category(c) not in {"Mn", "Cf"}
        for c in text
    )


def _room_of_first_word(line: str, measure: Callable[[str], int]) -> int:
    """Give the room that the first word of `line` would take at the end of another."""
    word = line.split(None, 1)[0]
    if unicodedata.east_asian_width(word[0]) in "WF":
        return measure(word[0])  # these may be broken anywhere
    if _unspaced().match(word):
        word = word[:_MAX_UNSPACED]  # where its first word ends, only a dictionary could say
    return 1 + measure(word)
