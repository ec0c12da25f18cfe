"""The heap of this process, where the C library is glibc; elsewhere nothing is done.

A run makes and drops arrays of a few megabytes, stage by stage. glibc keeps what is dropped, in a
heap for each thread, in pieces too small for the next stage's arrays.
"""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Let all threads of this process share one heap: for a process that is ours alone."""
    _call("mallopt", _M_ARENA_MAX, 1)


def give_back() -> None:
    """Give the system back what is not in use."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    try:
        getattr(ctypes.CDLL(None), name)(*arguments)
    except (OSError, AttributeError, TypeError):  # another C library
        return
