"""What a corpus run is asked for, beside the settings of Config."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal

from dedup.errors import UsageError

Scope = Literal["corpus", "document"]
DEFAULT_ID_FIELD = "id"

MAX_JOBS = 256
"""More threads than that read more at once than --max-memory counts with, and gain nothing."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def available_cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Name the fields of a JSONL record that are read.

    text: holds the text. id: names the document, and every record must have it; None takes ``id``
    where a record has one. priority: of copies, which stays, is decided by it; None by place.
    """

    text: str = "text"
    id: str | None = None
    priority: str | None = None

    def __post_init__(self) -> None:
        if self.id == self.text:
            raise UsageError(f"--id-field and --text-field are both {self.text!r}: name two fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Hold what concerns a run.

    scope: compare all documents with each other, or each with itself.
    descending: of copies, the one with the largest value of the priority field stays.
    max_removed_run: percent of all words that near and contained cuts may take.
    jobs: threads; it changes no byte of the result. max_memory_bytes: None is no limit.
    resume: go on with what is in the output folder. with_text: the ledger holds what was cut.
    against: the state of the index that the run is cleaned against.
    """

    fields: Fields = field(default_factory=Fields)
    scope: Scope = "corpus"
    descending: bool = False
    max_removed_run: float = 50.0
    jobs: int = field(default_factory=available_cores)
    max_memory_bytes: int | None = None
    resume: bool = False
    with_text: bool = True
    against: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.jobs <= MAX_JOBS:
            raise UsageError(f"--jobs is {self.jobs}: use a number from 1 to {MAX_JOBS}")
        if not 0 <= self.max_removed_run <= 100:
            raise UsageError(
                f"--max-removed-run is {self.max_removed_run}: use a number from 0 to 100"
            )

    def deciding(self) -> dict[str, object]:
        """Give what can change a byte of the result, for the summary and for --resume."""
        against = {} if self.against is None else {"against": self.against}
        return against | {
            "scope": self.scope,
            "text_field": self.fields.text,
            "id_field": self.fields.id,
            "keep_by": self.fields.priority,
            "descending": self.descending,
            "max_removed_run": self.max_removed_run,
            "with_text": self.with_text,
        }


def parse_size(text: str) -> int:
    """Read a size such as ``512M`` or ``1.5G``, in powers of 1024; plain digits are bytes.

    >>> parse_size("1.5G")
    1610612736

    Raises:
        UsageError: it is none.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no size: write one such as 512M or 2G")
    return int(float(found[1]) * 1024 ** _POWER[found[2].upper()])


def parse_priority(text: str) -> tuple[str, bool]:
    """Read ``FIELD`` or ``FIELD:desc``: give the field, and whether the largest comes first.

    >>> parse_priority("date:desc")
    ('date', True)

    Raises:
        UsageError: no field is named.
    """
    name, colon, order = text.rpartition(":")
    if not colon or order not in {"asc", "desc"}:
        name, order = text, "asc"
    if not name:
        raise UsageError(f"--keep-by {text!r} names no field: write FIELD or FIELD:desc")
    return name, order == "desc"
