"""``dedup check``: list what repeats, and fail if anything does."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.inputs import PATH, expand
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.cli.progress import Progress
from dedup.files import name_for_reports
from dedup.findings import findings_of
from dedup.reports import REPORTS
from dedup.reports.text import describe, shown, summary
from dedup.repository import check as repository
from dedup.repository.contents import present
from dedup.repository.git import work_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.repository.git import WorkTree
    from dedup.settings import Settings


@click.command(short_help="List what stands twice; exit 1 if anything does.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json"]),
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
    given in. Without PATH, in a git work tree, they are all its tracked *.txt, *.md, *.markdown and
    *.rst files, as they stand there; what has not changed since the last time is not read again.
    Exit status: 0 nothing to cut, 1 something repeats, 2 wrong usage, 3 an input could
    not be processed, 4 a text is over --max-removed.

    \b
    Examples:
      dedup check article.txt
      dedup check 'articles/**/*.md'
      dedup check
      dedup check --scope document articles/
      dedup check --format json articles/ > report.json
    """
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    tree = None if paths else _work_tree()
    across = scope == "corpus"
    if tree is not None and across and kind == "text" and not verbose:
        return _check_repository(tree, settings, quiet=quiet)
    if tree is not None:
        targets = [Path(tree.told(path)) for path in present(tree)]
    else:
        targets = sorted(
            expand(paths, command="check"),
            key=lambda path: name_for_reports(path).encode("utf-8", "surrogateescape"),
        )
    return _check_files(targets, settings, kind=kind, across=across, quiet=quiet, verbose=verbose)


def _work_tree() -> WorkTree | None:
    try:
        return work_tree(os.getcwd())  # noqa: PTH109 - as git is given it
    except FileNotFoundError:  # it was deleted
        return None


def _check_repository(tree: WorkTree, settings: Settings, *, quiet: bool) -> int:
    """Check what git tracks: the same lines and status as where all of it is named."""
    with Progress(1, quiet=quiet) as progress:
        found = repository.check(tree, settings, announce=progress.comparing)
        for line in found.failed:
            say(line)
        for warning in found.warnings:
            say(f"warning: {warning}")
        lines = [describe(finding) + "\n" for finding in found.findings]
        write_data("".join(lines).encode("utf-8", "backslashreplace"))
        for line in found.over:
            say(line)
    affected = Counter(finding.repeat.path for finding in found.findings)
    return _conclude(
        list(affected.items()),
        found.files,
        len(found.failed),
        len(found.over),
        across=True,
        quiet=quiet,
    )


def _check_files(
    targets: Sequence[Path],
    settings: Settings,
    *,
    kind: str,
    across: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    from dedup.cli.batches import clean_in_batches  # noqa: PLC0415 - what is known needs no NumPy

    affected: list[tuple[str, int]] = []
    failed = over = done = 0
    with Progress(len(targets), quiet=quiet) as progress:
        together = across or kind == "json"
        for inputs, run in clean_in_batches(
            targets, settings, progress, across=across, together=together
        ):
            failed += inputs.failed
            if kind == "json":
                write_data(REPORTS["json"](run))
            for cleaned in run.documents:
                if kind != "json":
                    found = findings_of(run, cleaned, verbose=verbose)
                    lines = [describe(finding) + "\n" for finding in found]
                    write_data("".join(lines).encode("utf-8", "backslashreplace"))
                if cleaned.over_limit is not None:
                    say(summary(cleaned))
                    over += 1
                if cleaned.removed:
                    affected.append((cleaned.document.id, len(cleaned.removed)))
                done += 1
                progress.step(cleaned.document.id)
    return _conclude(affected, done, failed, over, across=across, quiet=quiet)


def _conclude(
    affected: Sequence[tuple[str, int]],
    done: int,
    failed: int,
    over: int,
    *,
    across: bool,
    quiet: bool,
) -> int:
    """Say what was found, and give the exit status; `affected`: texts, and their repeats."""
    repeats = sum(count for _, count in affected)
    if repeats and not quiet:
        name = shown(affected[0][0]) if len(affected) == 1 else f"{len(affected)} files"
        option = " --across" if across and done > 1 else ""
        say(
            f"{repeats} repeat{'s' if repeats > 1 else ''} in {name}: "
            f"'dedup clean --diff{option}' shows the cuts, --in-place makes them"
        )
    elif done and not quiet and not over:
        say(f"{done} file{'s' if done != 1 else ''}: nothing to cut")
    if failed:
        return 3
    return 4 if over else int(repeats > 0)
