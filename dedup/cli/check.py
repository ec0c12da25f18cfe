"""``dedup check``: list what repeats, and fail if anything does."""

from __future__ import annotations

from typing import Any

import click

from dedup import pipeline
from dedup.cli.inputs import read_inputs
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.errors import UsageError
from dedup.reports import REPORTS
from dedup.reports.text import findings, shown, summary


@click.command(short_help="List what stands twice; exit 1 if anything does.")
@click.argument("paths", nargs=-1, metavar="PATH...")
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
    given in. Exit status: 0 nothing repeats, 1 something does, 2 wrong usage, 3 an input could not
    be processed, 4 a text is over --max-removed.

    \b
    Examples:
      dedup check article.txt
      dedup check --scope document articles/
      dedup check --format json articles/ > report.json
    """
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    if not paths:
        raise UsageError("no text named: pass files, folders, or - for standard input")
    inputs = read_inputs(paths, settings)
    read = sorted(
        zip(inputs.documents, inputs.configs, strict=True),
        key=lambda both: both[0].id.encode("utf-8", "surrogateescape"),
    )
    documents, own = [document for document, _ in read], [config for _, config in read]
    run = pipeline.clean(documents, settings.config, across=scope == "corpus", own=own)
    for warning in run.warnings:
        say(f"warning: {warning}")
    if kind == "json":
        write_data(REPORTS["json"](run))
    else:
        lines = [line for c in run.documents for line in findings(run, c, verbose=verbose)]
        write_data("".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace"))
    over = [cleaned for cleaned in run.documents if cleaned.over_limit is not None]
    for cleaned in over:
        say(summary(cleaned))
    repeats = sum(len(cleaned.removed) for cleaned in run.documents)
    if repeats and not quiet:
        affected = [cleaned.document.id for cleaned in run.documents if cleaned.removed]
        name = shown(affected[0]) if len(affected) == 1 else f"{len(affected)} files"
        across = " --across" if scope == "corpus" and len(documents) > 1 else ""
        say(
            f"{repeats} repeat{'s' if repeats > 1 else ''} in {name}: "
            f"'dedup clean --diff{across}' shows the cuts, --in-place makes them"
        )
    elif not quiet and not over:
        say(f"{len(documents)} file{'s' if len(documents) != 1 else ''}: nothing repeats")
    if inputs.failed:
        return 3
    return 4 if over else int(repeats > 0)
