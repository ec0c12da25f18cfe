"""The report for people: one line per repeat, as path:line, fit for terminals and editors."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING

from dedup.findings import findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.findings import Finding
    from dedup.model import Block, Cleaned, Decision, Occurrence, Run

# Control characters, and those that reorder or hide text: a document must not drive a terminal.
_unsafe = cache(
    lambda: re.compile(
        "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
        "\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
    )
)


def sanitize(text: str) -> str:
    r"""Write what could drive a terminal as an escape; newline and tab stay.

    >>> sanitize("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return _unsafe().sub(
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
    return f"{shown(finding.repeat.path)}:{finding.repeat.lines[0]}: {verdict(finding)}"


def verdict(finding: Finding) -> str:
    """Say of a paragraph in one line what it repeats, and how."""
    verb = "repeats" if finding.repeats else "resembles"
    original = finding.original
    line = f"{finding.reason} {verb} {shown(original.path)}:{original.lines[0]}"
    if finding.reason == "near" and finding.jaccard is not None:
        line += f" (Jaccard {finding.jaccard:.2f})"
    if finding.reason == "contained" and finding.containment is not None:
        line += f" (containment {finding.containment:.2f})"
    if finding.differs:
        line += f" (differs: {shown(' '.join(finding.differs))})"
    if finding.accepted:
        line += " (accepted)"
    return line


def explaining(finding: Finding) -> str:
    r"""Give the command that says why, to be pasted into a shell; none for standard input.

    >>> from dedup.findings import Finding, Spot
    >>> spots = Spot("b's.md", (3, 3), ""), Spot("-a\x1b.md", (12, 14), "")
    >>> print(explaining(Finding(*spots, reason="exact", removed=True, excerpt="")))
    dedup explain 'b'"'"'s.md:3' $'./-a\x1b.md:12'
    """
    spots = (finding.repeat, finding.original)
    if any(spot.path == "-" for spot in spots):
        return ""
    return " ".join(["dedup explain", *(_word(spot.path, spot.lines[0]) for spot in spots)])


def _word(path: str, line: int) -> str:
    """Write a place as one word of a shell; what a terminal must not be sent as ``$'…'``."""
    place = f"{'./' * path.startswith('-')}{path}:{line}"
    if shown(place) == place:
        return shlex.quote(place)

    def escaped(sign: str) -> str:
        if sign in "\\'":
            return "\\" + sign
        if shown(sign) == sign:
            return sign
        return "".join(f"\\x{byte:02x}" for byte in bytes_of_name(sign))

    return f"$'{''.join(map(escaped, place))}'"


def bytes_of_name(name: str) -> bytes:
    """Give the bytes of a file name, which need not be UTF-8."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # the name of a text in a library call may hold anything
        return name.encode("utf-8", "surrogatepass")


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
