"""The one error tree. Each error is one sentence that says what happened and what to do next.

DedupError
├── UsageError       wrong option, setting or call: nothing was done            exit 2
├── InputError       one input could not be processed, the others were          exit 3
│   └── RestoreError     the report does not fit the text it is put back into   exit 3
├── LimitError       more would go than the user allowed: nothing was written   exit 4
└── SelfCheckError   our own plan did not prove safe: nothing was written       exit 3
"""

from __future__ import annotations

from typing import ClassVar


class DedupError(Exception):
    """Be the base of everything dedup raises on purpose."""

    exit_status: ClassVar[int] = 3


class UsageError(DedupError, ValueError):
    """Refuse a wrong option, setting or call before anything is done."""

    exit_status = 2


class InputError(DedupError, OSError):
    """Give up on one input; the others go on."""


class RestoreError(InputError, ValueError):
    """Refuse to put cuts back into a text they were not cut from."""


class UnmatchedReportError(RestoreError):
    """Find no document in the report, or several, that was cleaned to this text."""

    exit_status = 2


class LimitError(DedupError, ValueError):
    """Refuse to take away more of a run than was allowed."""

    exit_status = 4


class SelfCheckError(DedupError, RuntimeError):
    """Refuse to write a result that did not prove to be input minus verified spans."""
