"""The report for code scanning: SARIF 2.1.0, one run.

No clock, host or absolute path is in it. A result is known again by the text of its paragraph,
wherever that moves to.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dedup.findings import findings
from dedup.reports.text import bytes_of_name, explaining, shown
from dedup.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dedup.findings import Finding, Spot
    from dedup.model import Run

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"
"""What the paths are relative to: the folder in which the command ran."""

_KEEP = (
    "Where it is meant to stand twice, put a line <!-- dedup: off --> before it and "
    "<!-- dedup: on --> behind it."
)
_CUT = f"Cut it, or let 'dedup clean' cut it. {_KEEP}"
RULES = {
    "exact": ("The same words stand elsewhere.", _CUT),
    "near": ("Nearly the same words stand elsewhere.", _CUT),
    "contained": ("Another paragraph holds what this one says.", _CUT),
    "block": ("It stands in a run of paragraphs that stands again.", _CUT),
    "variant": (
        "A paragraph like it says another number, date, name, address or negation.",
        "It stays. See whether the two should differ: one may be out of date.",
    ),
    "line": (
        "A line of verse or of a list stands again.",
        "It stays, since such lines repeat on purpose.",
    ),
    "short": (
        "A short paragraph stands again.",
        "It stays: alone, it is too short to go. It goes with a run that stands again.",
    ),
    "exempt": (
        "Code, a table or a heading stands again.",
        "It stays. It goes only inside a run that stands again, or with its section.",
    ),
    "unstable": (
        "A repeat stays since without it the rest would be read otherwise.",
        "Put blank lines around it, then it can go.",
    ),
    "limit": (
        "A repeat stays since too much of its text would go.",
        "Raise --max-removed if that is meant.",
    ),
    "ignored": (
        "A repeat stands where a marker or the settings say that nothing is compared.",
        "It stays. Take the marker away to have it compared.",
    ),
}
"""Each reason that a finding can have: what it says, and what to do."""

_NUMBER = {reason: number for number, reason in enumerate(RULES)}
_EXIT = {
    0: "nothing repeats",
    1: "something repeats",
    3: "an input could not be processed; the others were",
    4: "a text was left as it is: near repeats were more than --max-removed of its words",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """Say how a run of the command ended: its exit status, and what it told on the way."""

    exit_status: int
    errors: Sequence[str] = ()
    warnings: Sequence[str] = ()


def render(run: Run) -> bytes:
    """Report every cut of a run, and what is ignored."""
    return report(told(findings(run, verbose=True)))


def told(found: Iterable[Finding]) -> list[Finding]:
    """Choose what is reported unless more is asked for: what is cut, and what is suppressed."""
    return [finding for finding in found if finding.repeats or _suppressions(finding)]


def report(found: Iterable[Finding], invocation: Invocation | None = None) -> bytes:
    """Report findings, in their order."""
    seen: Counter[tuple[str, bool]] = Counter()
    results = []
    for finding in found:
        # What is only looked at must not count for what is cut.
        key = finding.repeat.digest, finding.repeats
        seen[key] += 1
        results.append(_result(finding, seen[key]))
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "dedup", "version": VERSION, "rules": _rules()}},
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The folder in which the command ran."}}
        },
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": results,
    }
    if invocation is not None:
        run["invocations"] = [_invocation(invocation)]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1).encode() + b"\n"


def _rules() -> list[dict[str, Any]]:
    return [
        {
            "id": reason,
            "shortDescription": {"text": says},
            "help": {"text": way_out},
            "defaultConfiguration": {"level": "error" if way_out == _CUT else "note"},
        }
        for reason, (says, way_out) in RULES.items()
    ]


def _result(finding: Finding, occurrence: int) -> dict[str, Any]:
    suppressions = _suppressions(finding)
    verb = "repeats" if finding.repeats else "resembles"
    place = _message(f"{finding.original.path}:{finding.original.lines[0]}")
    text = f"{_message(finding.excerpt)}: {verb} [{place}](1)."
    if command := explaining(finding):
        text += f" Why: {_message(command)}"
    result: dict[str, Any] = {
        "ruleId": finding.reason,
        "ruleIndex": _NUMBER[finding.reason],
        "level": "error" if finding.repeats else "note" if suppressions else "none",
        "kind": "fail" if finding.repeats or suppressions else "informational",
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(finding.repeat)}],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": _location(finding.original),
                "message": {"text": "The paragraph that it goes for, or stays beside."},
            }
        ],
        "partialFingerprints": {"paragraph/v1": f"{finding.repeat.digest}:{occurrence}"},
        "suppressions": suppressions,
    }
    figures = {"jaccard": finding.jaccard, "containment": finding.containment}
    properties: dict[str, Any] = {k: round(v, 4) for k, v in figures.items() if v is not None}
    if finding.differs:
        properties["differs"] = [shown(token) for token in finding.differs]
    if properties:
        result["properties"] = properties
    return result


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    """Say why a finding does not count. All results have this list, as the standard asks."""
    if finding.accepted:
        return [{"kind": "external", "justification": "accepted by the baseline"}]
    if finding.reason != "ignored":
        return []
    if finding.marker is None:
        return [{"kind": "external", "justification": "ignore in the settings"}]
    return [{"kind": "inSource", "justification": f"dedup: off, line {finding.marker}"}]


def _location(spot: Spot) -> dict[str, Any]:
    first, last = spot.lines
    artifact = {"uri": quote(bytes_of_name(spot.path), safe="/"), "uriBaseId": ROOT}
    if spot.path == "-":
        artifact = {"uri": "-"}
    return {"artifactLocation": artifact, "region": {"startLine": first, "endLine": last}}


def _invocation(invocation: Invocation) -> dict[str, Any]:
    status = invocation.exit_status
    return {
        "executionSuccessful": status != 3,
        "exitCode": status,
        "exitCodeDescription": _EXIT[status],
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _message(text)}}
            for level, texts in (("error", invocation.errors), ("warning", invocation.warnings))
            for text in texts
        ],
    }


def _message(text: str) -> str:
    """Write text of others so that it is read as it stands: no link, no placeholder, no control."""
    text = shown(text)
    for sign in "\\[]":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("{", "{{").replace("}", "}}")
