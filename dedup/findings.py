"""Run → findings: what repeats what, each by itself. What a check lists, accepts and reports.

A finding is bound to its text: its digest is that of the comparison form, so it stays the same
wherever the paragraph stands, and however it is wrapped or typeset.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    `excerpt`: how it begins, on one line. Figures and `differs` as in `model.Match`. `marker`: the
    line of the marker for which it is ignored. `accepted`: a baseline has it.
    """

    repeat: Spot
    original: Spot
    reason: str
    removed: bool
    excerpt: str
    jaccard: float | None = None
    containment: float | None = None
    differs: tuple[str, ...] = ()
    marker: int | None = None
    accepted: bool = False

    @property
    def repeats(self) -> bool:
        """Tell whether it says that something repeats: it is cut, or would be but for a limit."""
        return self.removed or self.reason == "limit"

    @property
    def fails(self) -> bool:
        """Tell whether a check fails for it."""
        return self.repeats and not self.accepted


def findings(run: Run, *, verbose: bool = False) -> list[Finding]:
    """List what fails a check in all documents, in order; `verbose` adds what was nearly cut."""
    return [one for its in findings_by_document(run, verbose=verbose) for one in its]


def findings_of(run: Run, cleaned: Cleaned, *, verbose: bool = False) -> list[Finding]:
    """List what fails a check in one document, in order; `verbose` adds what was nearly cut."""
    return _findings(run, [cleaned], verbose=verbose)[0]


def findings_by_document(run: Run, *, verbose: bool = False) -> list[list[Finding]]:
    """List what `findings_of` does for each document of a run: faster for many at once."""
    return _findings(run, run.documents, verbose=verbose)


def _findings(run: Run, documents: Sequence[Cleaned], *, verbose: bool) -> list[list[Finding]]:
    pairs: list[tuple[Document, Decision] | Spot] = []
    told: list[tuple[int, Cleaned, Decision]] = []
    for number, cleaned in enumerate(documents):
        for decision in cleaned.decisions:
            place = decision.canonical or decision.resembles
            telling = verbose or decision.action == "remove" or decision.reason == "limit"
            if place is None or not telling:
                continue
            told.append((number, cleaned, decision))
            pairs.append((cleaned.document, decision))
            if place.document < len(run.documents):
                there = run.documents[place.document]
                pairs.append((there.document, there.decisions[place.paragraph]))
            else:
                known = run.references[place.document - len(run.documents)]
                digest = _digest(known.forms[place.paragraph])
                pairs.append(Spot(known.id, place.lines, digest))
    spots = _spots(pairs)
    found: list[list[Finding]] = [[] for _ in documents]
    for (number, cleaned, decision), repeat, original in zip(
        told, spots[::2], spots[1::2], strict=True
    ):
        finding = Finding(
            repeat=repeat,
            original=original,
            reason=decision.reason,
            removed=decision.action == "remove",
            excerpt=_excerpt(cleaned.document, decision.span),
            jaccard=decision.jaccard,
            containment=decision.containment,
            differs=decision.differs,
            marker=decision.marker,
        )
        found[number].append(finding)
    return found


def _spots(pairs: Sequence[tuple[Document, Decision] | Spot]) -> list[Spot]:
    """Turn paragraphs into spots; what is one already stays as it is."""
    from dedup.normalize import comparison_forms  # noqa: PLC0415 - findings that are known need no NumPy

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
    from dedup.model import EXEMPT  # noqa: PLC0415 - as above

    span = decision.span
    text = None if decision.kind in EXEMPT else document.text(span.start, span.end)
    return document.data[span.start : span.end] if text is None else text


def _excerpt(document: Document, span: Span) -> str:
    words = " ".join((document.text(span.start, span.end) or "").split())
    return words if len(words) <= MAX_EXCERPT else words[: MAX_EXCERPT - 1].rstrip() + "…"
