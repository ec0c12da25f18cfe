"""The report as annotations of GitHub Actions: one workflow command a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.findings import findings
from dedup.reports.text import explaining, sanitize, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.findings import Finding
    from dedup.model import Run


def render(run: Run) -> bytes:
    """Annotate every cut of a run."""
    return annotate(findings(run))


def annotate(found: Iterable[Finding]) -> bytes:
    """Give an annotation for each finding: an error where it fails a check, else a notice."""
    return "".join(_annotation(finding) + "\n" for finding in found).encode()


def _annotation(finding: Finding) -> str:
    spot = finding.repeat
    properties = {
        "file": spot.path,
        "line": str(spot.lines[0]),
        "endLine": str(spot.lines[1]),
        "title": f"dedup: {finding.reason}",
    }
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    command = explaining(finding)
    message = verdict(finding) + (f"\n{command}" if command else "")
    return f"::{'error' if finding.fails else 'notice'} {told}::{_data(message)}"


def _data(text: str) -> str:
    """Escape as the runner reads it back; what else could drive a terminal is shown."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return sanitize(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
