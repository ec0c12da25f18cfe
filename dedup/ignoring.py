"""Lines that say which paragraphs are not compared: ``dedup: off`` … ``dedup: on``."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from dedup.model import KINDS, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.model import Document, Paragraphs

OFF, ON = "off", "on"
MARKER = KINDS.index("marker")

NAME = b"dedup"
"""What every marker says, in ASCII."""
_LONGEST = 200
_COMMENT = re.compile(r"(?P<sign><!--)\s*dedup\b\s*(?P<colon>:?)(?P<said>.*)-->", re.DOTALL)
_LINE = re.compile(r"(?P<sign>#|//|%|;|--|\.\.)?\s*dedup(?P<colon>:)\s*(?P<said>\S+)")


def read_mark(text: str, line: int, *, comments_only: bool = False) -> Mark | None:
    """Read a line, or one comment, as a marker; None where it is not meant as one.

    With `comments_only`, what is not a comment of HTML says nothing.

    >>> read_mark("<!-- dedup: off -->", 7)
    Mark(line=7, says='off', text='<!-- dedup: off -->', problem='')
    >>> read_mark("# dedup: of", 7).problem
    "did you mean 'dedup: off'?"
    """
    text = text.strip()
    if len(text) > _LONGEST or "dedup" not in text:
        return None
    marker = _COMMENT.fullmatch(text) or (None if comments_only else _LINE.fullmatch(text))
    if marker is None:
        return None
    said = marker["said"].strip()
    if marker["colon"] and said in {OFF, ON}:
        return Mark(line, said, text)
    word, _, more = said.partition(" ")
    near = get_close_matches(word.strip(":").lower(), (OFF, ON), 1)
    if near:
        return Mark(line, "", text, f"did you mean 'dedup: {near[0]}'{', alone' * bool(more)}?")
    # A text may say "dedup: yes" for itself; in a comment it speaks to us.
    if marker["colon"] and marker["sign"]:
        return Mark(line, "", text, "write 'dedup: off' or 'dedup: on'")
    return None


def line_marks(
    document: Document, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> dict[int, Mark]:
    """Find the lines of a text that are markers, or meant as such, by their numbers from 1.

    ``starts[i]``, ``ends[i]``: bytes of line i + 1.
    """
    found = {}
    name = NAME.decode().encode(document.encoding)
    at = document.data.find(name, document.body)
    while at >= 0:
        line = int(np.searchsorted(starts, at, "right"))
        start, end = int(starts[line - 1]), int(ends[line - 1])
        # No codec writes a character in more than eight bytes.
        text = document.text(start, end) if end - start <= 8 * _LONGEST else None
        if text is not None and (mark := read_mark(text, line)):
            found[line] = mark
        at = document.data.find(name, max(end, at + 1))
    return found


def block_mark(content: str, line: int) -> Mark | None:
    """Read a block of HTML that begins at `line`: it is a marker, holds one, or has none."""
    mark = read_mark(content, line, comments_only=True)
    if mark is None and "dedup" in content:
        for number, text in enumerate(content.split("\n"), line):
            if inner := read_mark(text, number, comments_only=True):
                problem = inner.problem or "put blank lines around it, it stands amid other HTML"
                return Mark(number, "", inner.text, problem)
    return mark


def ignored_by(paragraphs: Paragraphs) -> NDArray[np.int64]:
    """Give the line of the marker for which each paragraph is ignored, 0 where it is not: int64[n].

    A marker is ignored for itself.
    """
    found = np.zeros(len(paragraphs), np.int64)
    rows = np.flatnonzero(paragraphs.kind == MARKER).tolist()
    markers = [mark for mark in paragraphs.marks if mark.says]
    for row, stop, mark in zip(rows, [*rows[1:], len(found)], markers, strict=False):
        found[row : stop if mark.says == OFF else row + 1] = mark.line
    return found


def mistakes_in(marks: Sequence[Mark]) -> Iterator[tuple[int, str]]:
    """Say what is wrong with the markers of a text: the line, and a sentence."""
    off = False
    for mark in marks:
        if not mark.says:
            told = f"{mark.text!r} is no marker, the text is compared as usual: {mark.problem}"
            yield mark.line, told
        elif mark.says == ON and not off:
            yield mark.line, f"{mark.text!r} ends nothing: no 'dedup: off' stands before it"
        off = mark.says == OFF if mark.says else off
