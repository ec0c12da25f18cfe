"""Find paragraphs and runs of paragraphs that stand in a text more than once, and cut them."""

from dedup.config import Config
from dedup.errors import (
    DedupError,
    InputError,
    RestoreError,
    SelfCheckError,
    UnmatchedReportError,
    UsageError,
)
from dedup.library import clean, clean_documents, restore, similarity
from dedup.model import Block, Decision, Document, Match, Occurrence, Place, Span
from dedup.result import Result

__all__ = [
    "Block",
    "Config",
    "Decision",
    "DedupError",
    "Document",
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
    "restore",
    "similarity",
]
