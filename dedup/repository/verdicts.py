"""A lot of texts that hang together → what a check says of it, in plain values that can be kept.

It depends on the texts, their names and the settings alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from dedup.findings import Finding, Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dedup.config import Config
    from dedup.model import Document


@dataclass(slots=True)
class Verdict:
    """Hold what is said of some texts, each by its name.

    `findings`: what of each repeats something. `over`, `warnings`: what is said of one that is over
    the limit, or not read or compared in full, without its name in front. `capped`: how many
    paragraphs did not meet all that look like them.
    """

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    capped: int = 0

    def plain(self) -> list[Any]:
        """Give it in values that JSON has."""
        found = {name: [asdict(one) for one in its] for name, its in self.findings.items()}
        return [found, self.over, self.warnings, self.capped]

    @classmethod
    def of_plain(cls, plain: Sequence[Any]) -> Verdict:
        """Take it from such values."""
        found, over, warnings, capped = plain
        return cls(
            {name: [_finding(**one) for one in its] for name, its in found.items()},
            over,
            warnings,
            capped,
        )


def _finding(repeat: Any, original: Any, differs: Any, **rest: Any) -> Finding:
    return Finding(_spot(**repeat), _spot(**original), differs=tuple(differs), **rest)


def _spot(lines: Any, **rest: Any) -> Spot:
    first, last = lines
    return Spot(lines=(first, last), **rest)


def decide(
    documents: Sequence[Document],
    own: Sequence[Config],
    config: Config,
    lot_of: Callable[[str], int],
) -> dict[int, Verdict]:
    """Clean lots of documents in one go, and say of each lot what came of it.

    `lot_of` tells the number of a document's lot. Documents of two lots have nothing to do with
    each other, so together they come to what each lot would by itself.

    Raises:
        SelfCheckError: a result did not prove safe.
    """
    from dedup.findings import findings_of  # noqa: PLC0415 - what is known needs no NumPy
    from dedup.pipeline import clean  # noqa: PLC0415
    from dedup.reports.text import shown, summary  # noqa: PLC0415

    run = clean(documents, config, across=True, own=own, lost_words=False)
    found: dict[int, Verdict] = {}
    for cleaned in run.documents:
        name = cleaned.document.id
        verdict = found.setdefault(lot_of(name), Verdict())
        if its := findings_of(run, cleaned):
            verdict.findings[name] = its
        if cleaned.over_limit is not None:
            verdict.over[name] = summary(cleaned).removeprefix(shown(name))
        if cleaned.warnings:
            verdict.warnings[name] = [one.removeprefix(name) for one in cleaned.warnings]
        verdict.capped += cleaned.capped
    return found
