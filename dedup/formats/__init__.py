"""Bytes → paragraphs, by what the text is written in.

To add a format, write ``formats/<name>.py`` with a ``split(document, config) -> Paragraphs``, a
line here and its endings in `ENDINGS`; the contract test runs over this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.formats import markdown, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from dedup.config import Config
    from dedup.model import Document, Paragraphs

FORMATS: dict[str, Callable[[Document, Config], Paragraphs]] = {
    "plain": plain.split,
    "markdown": markdown.split,
}

ENDINGS = {".md": "markdown", ".markdown": "markdown"}
"""What ``format: auto`` makes of a name; every other name is plain text."""


def format_of(name: str, config: Config) -> str:
    """Say in which format a text of this name is read."""
    if config.format != "auto":
        return config.format
    return next((ENDINGS[end] for end in ENDINGS if name.lower().endswith(end)), "plain")


def split(document: Document, config: Config) -> Paragraphs:
    """Cut a document into paragraphs: spans ordered, disjoint, covering all that is not blank."""
    return FORMATS[format_of(document.id, config)](document, config)
