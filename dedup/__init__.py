"""Find paragraphs and runs of paragraphs that stand in a text more than once, and cut them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.errors import (
        DedupError,
        InputError,
        RestoreError,
        SelfCheckError,
        UnmatchedReportError,
        UsageError,
    )
    from dedup.incremental import Index
    from dedup.library import clean, clean_documents, find_blocks, restore, similarity
    from dedup.model import Block, Decision, Document, Match, Occurrence, Place, Span
    from dedup.result import Result

__all__ = [
    "Block",
    "Config",
    "Decision",
    "DedupError",
    "Document",
    "Index",
    "InputError",
    "Match",
    "Occurrence",
    "Place",
    "RestoreError",
    "Result",
    "SelfCheckError",
    "Span",
    "UnmatchedReportError",
    "UsageError",
    "clean",
    "clean_documents",
    "find_blocks",
    "restore",
    "similarity",
]

_ROOMS = ("library", "config", "errors", "model", "result", "incremental")


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: `import dedup` itself costs nothing."""
    if name in __all__:
        for room in _ROOMS:
            module = import_module(f"dedup.{room}")
            if hasattr(module, name):
                return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module 'dedup' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
