"""The report for people: one line per repeat, as path:line, fit for terminals and editors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.findings import findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.findings import Finding
    from dedup.model import Block, Cleaned, Decision, Occurrence, Run

# Control characters, and those that reorder or hide text: a document must not drive a terminal.
_UNSAFE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def sanitize(text: str) -> str:
    r"""Write what could drive a terminal as an escape; newline and tab stay.

    >>> sanitize("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return _UNSAFE.sub(
        lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text
    )


def shown(name: str) -> str:
    """Sanitize a file name: it stays on one line."""
    return sanitize(name).replace("\n", "\\n").replace("\t", "\\t")


def render(run: Run) -> bytes:
    """List every cut and every block."""
    lines = [describe(finding) for finding in findings(run)]
    lines += [describe_block(run, block) for block in run.blocks]
    return "".join(line + "\n" for line in lines).encode()


def describe(finding: Finding) -> str:
    """Say in one line what repeats what."""
    repeat, original = (f"{shown(p.path)}:{p.lines[0]}" for p in (finding.repeat, finding.original))
    verb = "repeats" if finding.removed else "resembles"
    line = f"{repeat}: {finding.reason} {verb} {original}"
    if finding.reason == "near" and finding.jaccard is not None:
        line += f" (Jaccard {finding.jaccard:.2f})"
    if finding.reason == "contained" and finding.containment is not None:
        line += f" (containment {finding.containment:.2f})"
    if finding.differs:
        line += f" (differs: {shown(' '.join(finding.differs))})"
    return line


def describe_block(run: Run, block: Block) -> str:
    """Say in one line where a block stands and where it stands again."""

    def place(occurrence: Occurrence) -> str:
        first, last = occurrence.lines
        return f"{shown(run.id_of(occurrence.document))}:{first}-{last}"

    kept, *copies = block.occurrences
    again = ", ".join(place(copy) for copy in copies)
    return (
        f"{place(kept)}: block of {kept.last - kept.first + 1} paragraphs stands again at {again}"
    )


def summary(cleaned: Cleaned) -> str:
    """Say in one line what happened to a document."""
    name, count = shown(cleaned.document.id), len(cleaned.decisions)
    paragraphs = f"{count} paragraph{'s' if count != 1 else ''}"
    if cleaned.over_limit is not None:
        return (
            f"{name}: left as it is: near and contained repeats are {cleaned.over_limit:.0%} of "
            "its words; raise --max-removed to cut them"
        )
    removed = cleaned.removed
    if not removed:
        told = f"{name}: {paragraphs}, nothing to cut"
    else:
        words = sum(decision.words for decision in removed)
        told = f"{name}: {len(removed)} of {paragraphs} cut ({words} words): {_lines(removed)}"
    held = [decision for decision in cleaned.decisions if decision.reason == "unstable"]
    if held:
        repeats, them = ("1 repeat", "it") if len(held) == 1 else (f"{len(held)} repeats", "them")
        told += f"; {repeats} left, {_lines(held)}: the rest would be read otherwise without {them}"
    return told


_MAX_RANGES = 12


def _lines(decisions: Sequence[Decision]) -> str:
    """Name the lines, neighbours as one range; the first dozen."""
    ranges = _line_ranges([decision.lines for decision in decisions])
    return f"line{'s' if len(ranges) > 1 or '-' in ranges[0] else ''} {', '.join(ranges)}"


def _line_ranges(lines: list[tuple[int, int]]) -> list[str]:
    joined: list[tuple[int, int]] = []
    for first, last in lines:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    ranges = [str(first) if first == last else f"{first}-{last}" for first, last in joined]
    more = len(ranges) - _MAX_RANGES
    return ranges if more <= 0 else [*ranges[:_MAX_RANGES], f"and {more} more places"]
