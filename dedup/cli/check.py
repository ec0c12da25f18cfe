"""``dedup check``: list what repeats, and fail if anything does."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.baseline import baseline_of
from dedup.cli.checking import check_files, check_repository
from dedup.cli.inputs import PATH, expand
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.errors import UsageError
from dedup.files import name_for_reports
from dedup.reports.text import describe, explaining, shown
from dedup.repository.contents import present
from dedup.repository.git import work_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.cli.checking import Found
    from dedup.findings import Finding
    from dedup.model import Run
    from dedup.repository.git import WorkTree
    from dedup.settings import Settings


@click.command(short_help="List what stands twice; exit 1 if anything does.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
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
    given in. Without PATH, in a git work tree, they are all its tracked *.txt, *.md, *.markdown and
    *.rst files, as they stand there; what has not changed since the last time is not read again.
    Repeats that the baseline accepts do not count. Exit status: 0 nothing to cut, 1 something
    repeats, 2 wrong usage, 3 an input could not be processed, 4 a text is over --max-removed.

    \b
    Examples:
      dedup check article.txt
      dedup check 'articles/**/*.md'
      dedup check
      dedup check --scope document articles/
      dedup check --format json articles/ > report.json
      dedup check --format sarif articles/ > dedup.sarif
      dedup check --update-baseline
    """
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    tree = None if paths else _work_tree()
    across = scope == "corpus"
    baseline = baseline_of(named, paths, settings, across=across, update=update)
    # Without a baseline each text is told when it is done.
    at_once = kind == "text" and not update and not baseline.wanted

    def tell(run: Run, ours: list[Finding]) -> None:
        if kind == "json":
            from dedup.reports import REPORTS  # noqa: PLC0415 - as below

            write_data(REPORTS["json"](run))
        elif at_once:
            _list(ours)

    if tree is not None and across and not verbose and kind in {"text", "github"}:
        found = check_repository(tree, settings, quiet=quiet)
        at_once = False
        whole = baseline.whole
    else:
        targets = _targets(paths, tree, settings)
        whole = baseline.whole
        if paths and whole and baseline.wanted:
            whole = _all_tracked(targets, baseline.path, settings)
        found = check_files(
            targets,
            settings,
            across=across,
            together=across or kind == "json",
            verbose=verbose or kind == "sarif",
            quiet=quiet,
            tell=tell,
        )
    judged = baseline.judge(found.findings)
    listed = [one for one in judged.findings if verbose or not one.accepted]
    if kind == "text" and not at_once and (verbose or not update):
        _list(listed)
    whole = whole and not found.errors
    if update:
        baseline.update(judged, whole=whole, quiet=quiet)
        return 3 if found.errors else 0
    new = Counter(
        document
        for document, finding in zip(found.document_of, judged.findings, strict=True)
        if finding.fails
    )
    over = [said for document, said in found.limited.items() if document in new]
    status = 3 if found.errors else 4 if over else int(bool(new))
    if kind == "github":
        from dedup.reports import github  # noqa: PLC0415 - loaded by who asks for it

        write_data(github.annotate(listed))
    if kind == "sarif":
        from dedup.reports import sarif  # noqa: PLC0415 - as above

        told = judged.findings if verbose else sarif.told(judged.findings)
        write_data(sarif.report(told, sarif.Invocation(status, found.errors, found.warnings)))
    for said in over:
        say(said)
    if not quiet:
        if new and kind != "json":
            _say_why(next(one for one in judged.findings if one.fails), found)
        known = sum(one.accepted for one in judged.findings)
        _conclude(new, known, found, across=across, named=tree is None)
        if whole:
            baseline.tell_stale(judged)
    return status


def _work_tree() -> WorkTree | None:
    try:
        return work_tree(os.getcwd())  # noqa: PTH109 - as git is given it
    except FileNotFoundError:  # it was deleted
        return None


def _targets(paths: Sequence[str], tree: WorkTree | None, settings: Settings) -> list[Path]:
    """Give the files to check, in order: those of `paths`, or all of a work tree."""
    if tree is not None:
        return [Path(tree.told(path)) for path in present(tree, settings)]
    return sorted(
        expand(paths, settings, command="check"),
        key=lambda path: name_for_reports(path).encode("utf-8", "surrogateescape"),
    )


def _all_tracked(targets: Sequence[Path], baseline: Path, settings: Settings) -> bool:
    """Tell whether `targets` are all texts that git tracks beside or below the baseline.

    A folder means fewer: none that is hidden, nor `*.rst`.
    """
    try:
        tree = _work_tree()
        texts = [] if tree is None else present(tree, settings)
    except UsageError:  # git does not say
        return False
    home = Path(os.path.realpath(baseline)).parent
    looked_at = {os.path.realpath(target) for target in targets}
    tracked = [] if tree is None else [os.path.realpath(f"{tree.top}/{text}") for text in texts]
    return all(place in looked_at for place in tracked if Path(place).is_relative_to(home))


def _list(found: Sequence[Finding]) -> None:
    lines = [describe(finding) + "\n" for finding in found]
    write_data("".join(lines).encode("utf-8", "backslashreplace"))


def _say_why(finding: Finding, found: Found) -> None:
    """Say how to have a finding explained, where its names lead to what was read."""
    spots = finding.repeat, finding.original
    places = [found.places.get(spot.path) for spot in spots]
    named = [
        replace(spot, path=str(place)) for spot, place in zip(spots, places, strict=True) if place
    ]
    if len(named) == len(spots):
        command = explaining(replace(finding, repeat=named[0], original=named[1]))
        if command:
            say(f"to see why: {command}")


def _conclude(new: Counter[int], known: int, found: Found, *, across: bool, named: bool) -> None:
    """Say what came of a check, of files that were `named` or of a work tree's."""
    repeats, files = new.total(), found.files
    accepted = f" ({known} accepted)" if known else ""
    if repeats:
        name = shown(found.names[next(iter(new))]) if len(new) == 1 else f"{len(new)} files"
        option = " --across" if across and files > 1 else ""
        say(
            f"{repeats} repeat{'s' if repeats > 1 else ''} in {name}{accepted}: "
            f"'dedup clean --diff{option} FILE…' shows the cuts, --in-place makes them, "
            f"'dedup check --update-baseline' accepts {'them' if repeats > 1 else 'it'}"
        )
    elif files or not (named or found.errors):
        say(f"{files} file{'s' if files != 1 else ''}: nothing to cut{accepted}")
