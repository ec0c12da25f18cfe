"""``dedup check``: list what repeats, and fail if anything does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.baseline import baseline_of
from dedup.cli.batches import clean_in_batches
from dedup.cli.inputs import PATH, expand
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.cli.progress import Progress
from dedup.files import name_for_reports
from dedup.findings import findings_of
from dedup.reports import REPORTS
from dedup.reports.text import describe, shown, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.findings import Finding


@click.command(short_help="List what stands twice; exit 1 if anything does.")
@click.argument("paths", nargs=-1, metavar="PATH...", type=PATH)
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
@click.option(
    "--baseline",
    "named",
    metavar="FILE",
    type=PATH,
    help="The repeats that are accepted. [.dedup-baseline.json at the root of the repository]",
)
@click.option(
    "--update-baseline", "update", is_flag=True, help="Accept what repeats now; drop what is stale."
)
@common
def check(
    paths: tuple[str, ...],
    kind: str,
    scope: str,
    named: str | None,
    *,
    update: bool,
    **options: Any,
) -> int:
    """List the paragraphs that repeat others, as path:line, and touch nothing.

    The files are compared with each other in the order of their paths, whatever order they are
    given in. Repeats that the baseline accepts do not count. Exit status: 0 nothing to cut, 1
    something repeats, 2 wrong usage, 3 an input could not be processed, 4 a text is over
    --max-removed.

    \b
    Examples:
      dedup check article.txt
      dedup check 'articles/**/*.md'
      dedup check --scope document articles/
      dedup check --format json articles/ > report.json
      dedup check --update-baseline .
    """
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    targets = sorted(
        expand(paths, command="check"),
        key=lambda path: name_for_reports(path).encode("utf-8", "surrogateescape"),
    )
    across = scope == "corpus"
    baseline = baseline_of(named, paths, settings, across=across, update=update)
    hold = update or baseline.wanted  # which are accepted is known when all are found
    found: list[Finding] = []
    names: list[str] = []
    document_of: list[int] = []  # of each finding; two files may be called alike
    limited: dict[int, str] = {}
    failed = 0
    with Progress(len(targets), quiet=quiet) as progress:
        together = across or kind == "json"
        for inputs, run in clean_in_batches(
            targets, settings, progress, across=across, together=together
        ):
            failed += inputs.failed
            if kind == "json":
                write_data(REPORTS["json"](run))
            for cleaned in run.documents:
                ours = findings_of(run, cleaned, verbose=verbose)
                found += ours
                document_of += [len(names)] * len(ours)
                if kind == "text" and not hold:
                    _list(ours)
                if cleaned.over_limit is not None:
                    limited[len(names)] = summary(cleaned)
                names.append(cleaned.document.id)
                progress.step(cleaned.document.id)
    judged = baseline.judge(found)
    if kind == "text" and hold and (verbose or not update):
        _list([one for one in judged.findings if verbose or not one.accepted])
    whole = baseline.whole and not failed
    if update:
        baseline.update(judged, whole=whole, quiet=quiet)
        return 3 if failed else 0
    new = Counter(
        document
        for document, finding in zip(document_of, judged.findings, strict=True)
        if finding.fails
    )
    over = [said for document, said in limited.items() if document in new]
    for said in over:
        say(said)
    if not quiet:
        _tell(new, sum(one.accepted for one in judged.findings), names, across=across)
        if whole:
            baseline.tell_stale(judged)
    if failed:
        return 3
    return 4 if over else int(bool(new))


def _list(found: Sequence[Finding]) -> None:
    lines = [describe(finding) + "\n" for finding in found]
    write_data("".join(lines).encode("utf-8", "backslashreplace"))


def _tell(new: Counter[int], known: int, names: Sequence[str], *, across: bool) -> None:
    """Say what came of a check, and what to do about it."""
    repeats = new.total()
    accepted = f" ({known} accepted)" if known else ""
    if repeats:
        name = shown(names[next(iter(new))]) if len(new) == 1 else f"{len(new)} files"
        option = " --across" if across and len(names) > 1 else ""
        say(
            f"{repeats} repeat{'s' if repeats > 1 else ''} in {name}{accepted}: "
            f"'dedup clean --diff{option}' shows the cuts, --in-place makes them, "
            f"'dedup check --update-baseline' accepts {'them' if repeats > 1 else 'it'}"
        )
    elif names:
        say(f"{len(names)} file{'s' if len(names) != 1 else ''}: nothing to cut{accepted}")
