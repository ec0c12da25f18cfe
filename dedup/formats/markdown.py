"""Markdown → paragraph spans: cut by the block grammar of CommonMark, with tables.

A paragraph is a leaf of the block tree, in whole lines, with the markers of its list or quotation.
markdown-it-py parses; only its line numbers and the text of leaves are used, and nothing is ever
rendered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.ignoring import block_mark
from dedup.lines import line_spans, trimmed
from dedup.model import KINDS, Container, Mark, Outline, Paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Document

_LEAVES = {
    "fence": "code",
    "code_block": "code",
    "html_block": "html",
    "hr": "rule",
    "definition": "definition",
    "table_open": "table",
    "paragraph_open": "paragraph",
    "heading_open": "heading",
}
_CONTAINERS = {
    "blockquote_open": "quote",
    "list_item_open": "list item",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
}
_FORMULA = ("$$", "\\[", "\\begin{")
_FENCES_OF_FRONT_MATTER = {"---": ("---", "..."), "+++": ("+++",)}
_LOOKS_LIKE_SETTINGS = re.compile(r"""#|-\s|["'\w.-]+\s*[:=]|\[""")


@dataclass(slots=True)
class _Leaf:
    """Hold one leaf: lines ``[first, stop)`` from 0, kind, compared text, heading level, place."""

    first: int
    stop: int
    kind: str
    text: str = ""
    level: int = 0
    inside: tuple[Container, ...] = ()
    tight: bool = False
    mark: Mark | None = None


def split(document: Document, config: Config) -> Paragraphs:  # noqa: ARG001 - the grammar decides
    """Cut Markdown into the leaves of its block tree.

    Code, tables, HTML, front matter, rules and link definitions are paragraphs of their own kind.
    Every line that is not blank belongs to one: bare markers to the leaf they open, or else to the
    one before them. ``config.paragraphs`` is about plain text only.
    """
    starts, ends = line_spans(document)
    lines, readable = _decoded(document, list(zip(starts.tolist(), ends.tolist(), strict=True)))
    matter = _front_matter(lines)
    environment: dict[str, Any] = {}
    text = "\n" * matter + "\n".join(lines[matter:])
    leaves = list(_leaves(_parser().parse(text, environment)))
    if matter:
        leaves.insert(0, _Leaf(0, matter, "front matter"))
    leaves = leaves or [_Leaf(0, len(lines), "paragraph")]
    leaves[0].first = 0
    rows = []
    for leaf, stop in zip(leaves, [*(leaf.first for leaf in leaves[1:]), len(lines)], strict=True):
        span = _written(document, starts, ends, lines, leaf.first, stop)
        if span is not None:
            rows.append((leaf, span))
    known = [readable or document.text(span[0], span[1]) is not None for _, span in rows]
    start, end, first, last = np.array([span for _, span in rows], np.int64).reshape(-1, 4).T
    references: dict[str, dict[str, Any]] = environment.get("references", {})
    return Paragraphs(
        start=start,
        end=end,
        first_line=first,
        last_line=last,
        kind=np.array([KINDS.index(leaf.kind) for leaf, _ in rows], np.uint8),
        outline=Outline(
            texts=tuple(
                leaf.text if sound else None for (leaf, _), sound in zip(rows, known, strict=True)
            ),
            level=np.array([leaf.level for leaf, _ in rows], np.uint8),
            inside=tuple(leaf.inside for leaf, _ in rows),
            tight=np.array([leaf.tight for leaf, _ in rows], bool),
            links=tuple(sorted((k, v["href"], v["title"]) for k, v in references.items())),
        ),
        marks=tuple(leaf.mark for leaf in leaves if leaf.mark is not None),
    )


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - plain text does not need it

    parser = MarkdownIt("commonmark", {"inline_definitions": True}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _decoded(document: Document, spans: Sequence[tuple[int, int]]) -> tuple[list[str], bool]:
    """Give the text of every line, and whether all bytes could be read.

    What cannot be read keeps its ASCII, so that the lines around it are parsed as they stand.
    """
    texts = [document.text(start, end) for start, end in spans]
    lines = [
        document.data[start:end].decode("latin-1") if text is None else text
        for text, (start, end) in zip(texts, spans, strict=True)
    ]
    return [re.sub(r"[\r\n]", " ", line) for line in lines], None not in texts


def _front_matter(lines: Sequence[str]) -> int:
    """Count the lines of front matter at the top: YAML between ``---``, TOML between ``+++``."""
    closing = _FENCES_OF_FRONT_MATTER.get(lines[0].rstrip())
    if closing is None:
        return 0
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in closing:
            return number + 1
        if number == 1 and not _LOOKS_LIKE_SETTINGS.match(line):
            return 0  # a rule, and prose
    return 0


def _leaves(tokens: Sequence[Token]) -> Iterator[_Leaf]:
    """Give the leaves of a block tree in the order of their lines.

    A leaf begins where the containers begin that it is the first in. An item or quotation that
    holds nothing is a leaf itself.
    """
    inside: list[Container] = []
    opened: list[tuple[int, int]] = []  # lines of the containers that have no leaf yet
    count = 0
    table: _Leaf | None = None
    for at, token in enumerate(tokens):
        if table is not None:
            if token.type == "table_close":
                yield table
                table = None
        elif token.type in _CONTAINERS:
            assert token.map is not None  # noqa: S101 - for mypy: every block that opens has lines
            count += 1
            shape = f"{token.tag} {token.attrs.get('start', '')}"
            inside.append(Container(count, _CONTAINERS[token.type], shape))
            opened.append((token.map[0], token.map[1]))
        elif token.type.replace("_close", "_open") in _CONTAINERS:
            if opened:
                first, stop = opened[0][0], opened[-1][1]
                yield _Leaf(first, stop, inside[-1].kind, inside=(*inside,))
                opened.clear()
            inside.pop()
        elif token.type in _LEAVES:
            assert token.map is not None  # noqa: S101 - see above
            leaf = _Leaf(token.map[0], token.map[1], _LEAVES[token.type], inside=(*inside,))
            if opened:
                leaf.first = opened[0][0]
                opened.clear()
            if token.type == "table_open":
                table = leaf
                continue
            _describe(leaf, token, tokens[at + 1].content if at + 1 < len(tokens) else "")
            yield leaf


def _describe(leaf: _Leaf, token: Token, content: str) -> None:
    """Say what a leaf holds: its text, and what its place makes of a paragraph."""
    if token.type == "heading_open":
        leaf.text = content
        leaf.level = 0 if leaf.inside else int(token.tag[1:])  # one in a list has no section
    elif token.type in {"fence", "code_block", "html_block"}:
        leaf.text = token.content
        if token.type == "html_block":
            leaf.text = leaf.text.removesuffix("\n")  # which is missing at the end of a file
            assert token.map is not None  # noqa: S101 - see above
            leaf.mark = block_mark(leaf.text, token.map[0] + 1)
            if leaf.mark is not None and leaf.mark.says:
                leaf.kind = "marker"
    elif token.type == "paragraph_open":
        leaf.text, leaf.tight = content, token.hidden
        if content.startswith(_FORMULA):
            leaf.kind = "code"
        elif leaf.inside:
            leaf.kind = leaf.inside[-1].kind


def _written(
    document: Document,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    lines: Sequence[str],
    first: int,
    stop: int,
) -> tuple[int, int, int, int] | None:
    """Give start, end, first and last line (from 1) of what is written on lines ``[first, stop)``.

    None where that is nothing but blanks.
    """
    while first < stop and not lines[first].strip():
        first += 1
    while first < stop and not lines[stop - 1].strip():
        stop -= 1
    if first == stop:
        return None
    start, end = int(starts[first]), int(ends[stop - 1])
    return start, trimmed(document, int(starts[stop - 1]), end), first + 1, stop
