"""The report as a unified diff, in bytes: ``patch`` applies it and ``patch -R`` reverts it."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from dedup.reports.text import shown

if TYPE_CHECKING:
    from dedup.model import Cleaned, Run, Span

_CONTEXT = 3

Change = tuple[int, int, list[bytes]]
"""Old lines ``[first, last)`` and the new lines in their place."""


def render(run: Run) -> bytes:
    """Give one diff of all documents that changed; names as in the report."""
    return b"".join(document_diff(cleaned) for cleaned in run.documents)


def document_diff(cleaned: Cleaned) -> bytes:
    """Give the diff of one document, empty when nothing was cut.

    Lines end at LF here, as they do for patch; a lone CR is a character like others. The hunks are
    made from the cuts themselves, so no lines need comparing.
    """
    cuts = [decision.cut for decision in cleaned.removed if decision.cut is not None]
    if not cuts:
        return b""
    old = _lines(cleaned.document.data)
    name = shown(cleaned.document.id).encode()
    out = [b"--- " + name + b"\n+++ " + name + b"\n"]
    shift = 0
    for hunk in _hunks(_changes(cleaned.document.data, old, cuts)):
        low = max(0, hunk[0][0] - _CONTEXT)
        high = min(len(old), hunk[-1][1] + _CONTEXT)
        body: list[bytes] = []
        at = low
        for first, last, new in hunk:
            body += [b" " + line for line in old[at:first]]
            body += [b"-" + line for line in old[first:last]]
            body += [b"+" + line for line in new]
            at = last
        body += [b" " + line for line in old[at:high]]
        added = sum(len(new) - (last - first) for first, last, new in hunk)
        out.append(
            b"@@ -%b +%b @@\n" % (_range(low, high - low), _range(low + shift, high - low + added))
        )
        out += [line if line.endswith(b"\n") else line + _NO_NEWLINE for line in body]
        shift += added
    return b"".join(out)


_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def _range(start: int, count: int) -> bytes:
    """Write a range of lines: from 1, but from the line before where it is empty."""
    return b"%d,%d" % (start + 1 if count else start, count)


def _lines(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _changes(data: bytes, old: list[bytes], cuts: list[Span]) -> list[Change]:
    """Give what becomes of the lines that the cuts touch."""
    starts = [0, *accumulate(map(len, old))]
    touched: list[tuple[int, int, list[Span]]] = []
    for cut in cuts:
        first = bisect_right(starts, cut.start, hi=len(old)) - 1
        last = bisect_right(starts, cut.end, hi=len(old)) - 1
        if cut.end > starts[last] or cut.start > starts[first]:
            last += 1  # what is left of the first line joins what is left of the last
        if touched and first < touched[-1][1]:
            before, end, spans = touched.pop()
            touched.append((before, max(last, end), [*spans, cut]))
        else:
            touched.append((first, last, [cut]))
    changes = []
    for first, last, spans in touched:
        position, kept = starts[first], []
        for span in spans:
            kept.append(data[position : span.start])
            position = span.end
        new = _lines(b"".join([*kept, data[position : starts[last]]]))
        while new and first < last and new[0] == old[first]:
            first, new = first + 1, new[1:]  # noqa: PLW2901 - narrowed to what differs
        while new and first < last and new[-1] == old[last - 1]:
            last, new = last - 1, new[:-1]  # noqa: PLW2901
        changes.append((first, last, new))
    return changes


def _hunks(changes: list[Change]) -> list[list[Change]]:
    """Gather changes whose context would touch."""
    hunks: list[list[Change]] = []
    for change in changes:
        if hunks and change[0] - hunks[-1][-1][1] <= 2 * _CONTEXT:
            hunks[-1].append(change)
        else:
            hunks.append([change])
    return hunks
