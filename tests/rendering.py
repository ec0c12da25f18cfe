"""The oracle of Markdown: what is left of a rendered text when blocks are taken out of its tree.

It renders, which the package never does, and shares no code with it.
"""

from __future__ import annotations

import itertools
import re

from markdown_it import MarkdownIt

_FRONT_MATTER = re.compile(
    r"\A(---\n(?:[^\n]*\n)*?(?:---|\.\.\.)|\+\+\+\n(?:[^\n]*\n)*?\+\+\+)[ \t]*(?=\n|\Z)"
)
_SETTINGS = re.compile(r"""(?:---|\+\+\+)\n(?:#|-\s|["'\w.-]+\s*[:=]|\[|---|\+\+\+|\.\.\.)""")


def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def body(text: str) -> str:
    """Blank the front matter out: to CommonMark it would be a rule and a heading."""
    text = re.sub(r"\r\n?", "\n", text).rstrip(" \t\n") + "\n"  # the file's end says nothing
    found = _FRONT_MATTER.match(text)
    if found and _SETTINGS.match(text):
        return re.sub(r"[^\n]", "", found[0]) + text[found.end() :]
    return text


def render(text: str) -> str:
    return parser().render(body(text))


def render_without(text: str, gone: set[int]) -> str:
    """Render `text` less the leaves on lines `gone` (from 1), and containers that empties."""
    md = parser()
    md.options["inline_definitions"] = True  # a quotation that holds but a definition is not empty
    env: dict = {}
    tokens = md.parse(body(text), env)
    kept: list = []
    skip_to = None
    for token in tokens:
        if skip_to is not None:
            if token.type == skip_to[0] and token.level == skip_to[1]:
                skip_to = None
            continue
        container = token.type.startswith(
            ("bullet_list", "ordered_list", "list_item", "blockquote")
        )
        if (
            token.map
            and not container
            and token.nesting >= 0
            and set(range(token.map[0] + 1, token.map[1] + 1)) & gone
        ):
            if token.nesting == 1:
                skip_to = token.type.replace("_open", "_close"), token.level
            continue
        kept.append(token)
    left = _without_empty(kept, tokens, gone)
    return md.renderer.render([t for t in left if t.type != "definition"], md.options, env)


def _without_empty(tokens: list, original: list, gone: set[int]) -> list:
    """Drop containers that hold nothing any more, but not those that never did."""
    empty_before = {
        id(a)
        for a, b in itertools.pairwise(original)
        if a.nesting == 1 and b.nesting == -1 and not set(range(a.map[0] + 1, a.map[1] + 1)) & gone
    }
    changed = True
    while changed:
        changed = False
        for at in range(len(tokens) - 1):
            a, b = tokens[at], tokens[at + 1]
            if (
                a.nesting == 1
                and b.nesting == -1
                and a.level == b.level
                and id(a) not in empty_before
            ):
                del tokens[at : at + 2]
                changed = True
                break
    return tokens
