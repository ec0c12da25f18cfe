"""A lot of texts that hang together → what a check says of it, in plain values that can be kept.

It depends on the texts, their names and the settings alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.findings import Finding, Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dedup.config import Config
    from dedup.model import Document, Run

# Markdown takes two seconds a megabyte, plain text a quarter; a process is there in a third of one.
_WORTH_A_PROCESS_BYTES = 500_000
_EFFORT_OF_PLAIN = 0.2


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
    quiet: Collection[str] = (),
) -> dict[int, Verdict]:
    """Clean lots of documents, and say of each lot what came of it.

    `lot_of` tells the number of a document's lot. Documents of two lots have nothing to do with
    each other, so together they come to what each lot would by itself: lots are cleaned in one go,
    or where there is much to parse in several processes. `quiet` names documents in which nothing
    can repeat anything else of the same one.

    Raises:
        SelfCheckError: a result did not prove safe.
    """
    from dedup.repository.processes import cores, processes  # noqa: PLC0415 - as below

    texts = [
        _Text(document, its, lot_of(document.id), document.id in quiet)
        for document, its in zip(documents, own, strict=True)
    ]
    parts = _parts(texts, cores())
    if len(parts) < 2:
        return _decide(texts, config)
    found: dict[int, Verdict] = {}
    with processes(len(parts)) as pool:
        for future in [pool.submit(_decide, part, config) for part in parts]:
            found |= future.result()
    return found


class _Text(NamedTuple):
    document: Document
    config: Config
    lot: int
    quiet: bool

    def effort(self) -> float:
        """Say how many bytes of Markdown would take as long to parse."""
        from dedup.formats import format_of  # noqa: PLC0415 - as below

        plain = format_of(self.document.id, self.config) == "plain"
        return len(self.document.data) * (_EFFORT_OF_PLAIN if plain else 1)


def _parts(texts: Sequence[_Text], most: int) -> list[list[_Text]]:
    """Deal whole lots out to at most so many parts, in each as they come."""
    effort: dict[int, float] = {}
    for text in texts:
        effort[text.lot] = effort.get(text.lot, 0) + text.effort()
    total = sum(effort.values())
    count = min(most, int(total / _WORTH_A_PROCESS_BYTES), len(effort))
    if count < 2:
        return [list(texts)]
    load = [0.0] * count
    part_of = {}
    for lot in sorted(effort, key=lambda lot: -effort[lot]):
        least = load.index(min(load))
        load[least] += effort[lot]
        part_of[lot] = least
    return [[text for text in texts if part_of[text.lot] == part] for part in range(count)]


def _decide(texts: Sequence[_Text], config: Config) -> dict[int, Verdict]:
    from dedup.findings import findings_by_document  # noqa: PLC0415 - what is known needs no NumPy
    from dedup.reports.text import shown, summary  # noqa: PLC0415

    run = _clean(texts, config)
    found: dict[int, Verdict] = {}
    findings = findings_by_document(run)
    for cleaned, text, its in zip(run.documents, texts, findings, strict=True):
        name = cleaned.document.id
        verdict = found.setdefault(text.lot, Verdict())
        if its:
            verdict.findings[name] = its
        if cleaned.over_limit is not None:
            verdict.over[name] = summary(cleaned).removeprefix(shown(name))
        if cleaned.warnings:
            verdict.warnings[name] = [one.removeprefix(name) for one in cleaned.warnings]
        verdict.capped += cleaned.capped
    return found


def _clean(texts: Sequence[_Text], config: Config) -> Run:
    """Do what `pipeline.clean` does across all, but do not search within what is quiet."""
    import numpy as np  # noqa: PLC0415 - as above

    from dedup.candidates import find_candidates  # noqa: PLC0415
    from dedup.model import MAX_DISTINCT_PARAGRAPHS  # noqa: PLC0415
    from dedup.pipeline import clean_group, read_group, rows_of  # noqa: PLC0415
    from dedup.shingles import shingle_sets  # noqa: PLC0415

    group = read_group([(text.document, text.config) for text in texts])
    sets = shingle_sets(group.forms.texts, kind=config.shingle, size=config.shingle_size)
    rows = rows_of(group, sets)
    quiet = [number for number, text in enumerate(texts) if text.quiet]
    found = find_candidates(
        rows, rows.alone, sets, config, index="arrays", across=True, quiet=quiet
    )
    # What does not meet all at first is searched again, among what stays.
    once = not len(found.capped) and np.diff(group.bounds).max() <= MAX_DISTINCT_PARAGRAPHS
    return clean_group(
        group, config, across=True, lost_words=False, sets=sets, within=found if once else None
    )
