"""What a check finds: in the files that are named, or in all texts of a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.cli.output import say
from dedup.cli.progress import Progress
from dedup.findings import findings_of
from dedup.reports.text import summary
from dedup.repository import check as repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dedup.findings import Finding
    from dedup.model import Run
    from dedup.repository.git import WorkTree
    from dedup.settings import Settings


@dataclass(slots=True)
class Found:
    """Hold what a check found, in the order of the texts.

    `names`: of the texts; two may be called alike. `document_of`: the text of each finding, as an
    index into them. `limited`: what is said of a text that is over the limit. `places`: where what
    is called so is, None where that is not clear. `errors`, `warnings`: a line each. `files`: how
    many texts were compared.
    """

    findings: list[Finding] = field(default_factory=list)
    document_of: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    limited: dict[int, str] = field(default_factory=dict)
    places: dict[str, Path | None] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: int = 0

    def add(self, name: str, findings: Sequence[Finding], limited: str | None) -> None:
        """Add the next text, with what was found in it."""
        self.findings += findings
        self.document_of += [len(self.names)] * len(findings)
        if limited is not None:
            self.limited[len(self.names)] = limited
        self.names.append(name)


def check_files(
    targets: Sequence[Path],
    settings: Settings,
    *,
    across: bool,
    together: bool,
    verbose: bool,
    quiet: bool,
    tell: Callable[[Run, list[Finding]], None],
) -> Found:
    """Check the files `targets`, all `together` or each when the last is done.

    `tell` is given each run, and what was found in it.
    """
    from dedup.cli.batches import clean_in_batches  # noqa: PLC0415 - what is known needs no NumPy

    found = Found()
    with Progress(len(targets), quiet=quiet) as progress:
        for inputs, run in clean_in_batches(
            targets, settings, progress, across=across, together=together
        ):
            found.errors += inputs.errors
            found.warnings += run.warnings
            for source in inputs.sources:
                found.places[source.name] = None if source.name in found.places else source.path
            before = len(found.findings)
            for cleaned in run.documents:
                limited = None if cleaned.over_limit is None else summary(cleaned)
                its = findings_of(run, cleaned, verbose=verbose)
                found.add(cleaned.document.id, its, limited)
                progress.step(cleaned.document.id)
            tell(run, found.findings[before:])
    found.files = len(found.names)
    return found


def check_repository(tree: WorkTree, settings: Settings, *, quiet: bool) -> Found:
    """Check what git tracks: it comes to what `check_files` does for all of that, across."""
    found = Found()
    with Progress(1, quiet=quiet) as progress:
        checked = repository.check(tree, settings, announce=progress.comparing)
    for error in checked.failed:
        say(error)
    for warning in checked.warnings:
        say(f"warning: {warning}")
    of_text: dict[str, list[Finding]] = {}
    for finding in checked.findings:
        of_text.setdefault(finding.repeat.path, []).append(finding)
        for spot in (finding.repeat, finding.original):
            found.places[spot.path] = Path(spot.path)
    for path in checked.over:
        of_text.setdefault(path, [])
    for path, its in of_text.items():
        found.add(path, its, checked.over.get(path))
    found.errors, found.warnings, found.files = checked.failed, checked.warnings, checked.files
    return found
