"""``dedup check``: list what repeats, and fail if anything does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.batches import clean_in_batches
from dedup.cli.inputs import PATH, expand
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.cli.progress import Progress
from dedup.files import name_for_reports
from dedup.findings import findings_of
from dedup.reports import REPORTS, github, sarif
from dedup.reports.text import describe, explaining, shown, summary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dedup.findings import Finding


@click.command(short_help="List what stands twice; exit 1 if anything does.")
@click.argument("paths", nargs=-1, metavar="PATH...", type=PATH)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option(
    "--scope",
    type=click.Choice(["corpus", "document"]),
    default="corpus",
    show_default=True,
    help="Compare all files with each other, or each with itself.",
)
@common
def check(paths: tuple[str, ...], kind: str, scope: str, **options: Any) -> int:
    """List the paragraphs that repeat others, as path:line, and touch nothing.

    The files are compared with each other in the order of their paths, whatever order they are
    given in. Exit status: 0 nothing to cut, 1 something repeats, 2 wrong usage, 3 an input could
    not be processed, 4 a text is over --max-removed.

    \b
    Examples:
      dedup check article.txt
      dedup check 'articles/**/*.md'
      dedup check --scope document articles/
      dedup check --format json articles/ > report.json
      dedup check --format sarif articles/ > dedup.sarif
    """
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    targets = sorted(
        expand(paths, settings, command="check"),
        key=lambda path: name_for_reports(path).encode("utf-8", "surrogateescape"),
    )
    across = scope == "corpus"
    affected: list[tuple[str, int]] = []
    listed: list[Finding] = []
    read: dict[str, Path | None] = {}
    errors: list[str] = []
    warnings: list[str] = []
    failed = over = done = 0
    with Progress(len(targets), quiet=quiet) as progress:
        together = across or kind == "json"
        for inputs, run in clean_in_batches(
            targets, settings, progress, across=across, together=together
        ):
            failed += inputs.failed
            errors += inputs.errors
            for source in inputs.sources:  # two files elsewhere may be called alike
                read[source.name] = None if source.name in read else source.path
            warnings += run.warnings
            if kind == "json":
                write_data(REPORTS["json"](run))
            for cleaned in run.documents:
                if kind != "json":
                    found = findings_of(run, cleaned, verbose=verbose or kind == "sarif")
                    if kind == "text":
                        lines = [describe(finding) + "\n" for finding in found]
                        write_data("".join(lines).encode("utf-8", "backslashreplace"))
                    if kind == "github":
                        write_data(github.annotate(found))
                    listed += found
                if cleaned.over_limit is not None:
                    say(summary(cleaned))
                    over += 1
                if cleaned.removed:
                    affected.append((cleaned.document.id, len(cleaned.removed)))
                done += 1
                progress.step(cleaned.document.id)
    repeats = sum(count for _, count in affected)
    status = 3 if failed else 4 if over else int(repeats > 0)
    if kind == "sarif":
        told = listed if verbose else sarif.told(listed)
        write_data(sarif.report(told, sarif.Invocation(status, errors, warnings)))
    if repeats and not quiet:
        name = shown(affected[0][0]) if len(affected) == 1 else f"{len(affected)} files"
        option = " --across" if across and done > 1 else ""
        if kind != "json":
            _say_why(next(finding for finding in listed if finding.removed), read)
        say(
            f"{repeats} repeat{'s' if repeats > 1 else ''} in {name}: "
            f"'dedup clean --diff{option}' shows the cuts, --in-place makes them"
        )
    elif done and not quiet and not over:
        say(f"{done} file{'s' if done != 1 else ''}: nothing to cut")
    return status


def _say_why(finding: Finding, read: Mapping[str, Path | None]) -> None:
    """Say how to have a finding explained, where its names lead to what was `read`."""
    spots = (finding.repeat, finding.original)
    named = [replace(spot, path=str(read[spot.path])) for spot in spots if read[spot.path]]
    if len(named) == len(spots):
        command = explaining(replace(finding, repeat=named[0], original=named[1]))
        if command:
            say(f"to see why: {command}")
