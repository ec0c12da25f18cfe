"""Run → findings: what repeats what, each by itself. What a check lists, accepts and reports.

A finding is bound to its text: its digest is that of the comparison form, so it stays the same
wherever the paragraph stands, and however it is wrapped or typeset.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.model import EXEMPT
from dedup.normalize import comparison_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.model import Cleaned, Decision, Document, Run, Span

MAX_EXCERPT = 60
"""Characters of a paragraph that a finding shows."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Name one paragraph: the `path` of its document, its first and last line, its `digest`.

    `digest`: 32 hexadecimal digits, of the comparison form.
    """

    path: str
    lines: tuple[int, int]
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Say that the paragraph at `repeat` repeats the one at `original`.

    `removed`: cleaning would cut it. Else it stays, resembling the other, for its `reason`.
    `excerpt`: how it begins, on one line. Figures and `differs` as in `model.Match`.
    """

    repeat: Spot
    original: Spot
    reason: str
    removed: bool
    excerpt: str
    jaccard: float | None = None
    containment: float | None = None
    differs: tuple[str, ...] = ()


def findings(run: Run, *, verbose: bool = False) -> list[Finding]:
    """List the cuts of all documents, in order; `verbose` adds what was nearly cut."""
    return [one for cleaned in run.documents for one in findings_of(run, cleaned, verbose=verbose)]


def findings_of(run: Run, cleaned: Cleaned, *, verbose: bool = False) -> list[Finding]:
    """List the cuts of one document of the run, in order; `verbose` adds what was nearly cut."""
    pairs: list[tuple[Document, Decision] | Spot] = []
    told: list[Decision] = []
    for decision in cleaned.decisions:
        place = decision.canonical or decision.resembles
        if place is None or not (verbose or decision.action == "remove"):
            continue
        told.append(decision)
        pairs.append((cleaned.document, decision))
        if place.document < len(run.documents):
            there = run.documents[place.document]
            pairs.append((there.document, there.decisions[place.paragraph]))
        else:
            known = run.references[place.document - len(run.documents)]
            digest = _digest(known.forms[place.paragraph])
            pairs.append(Spot(known.id, place.lines, digest))
    spots = _spots(pairs)
    return [
        Finding(
            repeat=repeat,
            original=original,
            reason=decision.reason,
            removed=decision.action == "remove",
            excerpt=_excerpt(cleaned.document, decision.span),
            jaccard=decision.jaccard,
            containment=decision.containment,
            differs=decision.differs,
        )
        for decision, repeat, original in zip(told, spots[::2], spots[1::2], strict=True)
    ]


def _spots(pairs: Sequence[tuple[Document, Decision] | Spot]) -> list[Spot]:
    """Turn paragraphs into spots; what is one already stays as it is."""
    forms = comparison_forms(_text(*pair) for pair in pairs if not isinstance(pair, Spot))
    digests = [_digest(form) for form in [*forms.texts, ""]]
    rows = iter(forms.row_form.tolist())
    return [
        pair if isinstance(pair, Spot) else Spot(pair[0].id, pair[1].lines, digests[next(rows)])
        for pair in pairs
    ]


def _digest(form: str) -> str:
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _text(document: Document, decision: Decision) -> str | bytes:
    span = decision.span
    text = None if decision.kind in EXEMPT else document.text(span.start, span.end)
    return document.data[span.start : span.end] if text is None else text


def _excerpt(document: Document, span: Span) -> str:
    words = " ".join((document.text(span.start, span.end) or "").split())
    return words if len(words) <= MAX_EXCERPT else words[: MAX_EXCERPT - 1].rstrip() + "…"
