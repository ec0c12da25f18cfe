"""``dedup clean``: the canonical article."""

from __future__ import annotations

import os
import shlex
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup import atomic
from dedup.cli.batches import clean_in_batches
from dedup.cli.inputs import PATH, STANDARD_INPUT, expand
from dedup.cli.options import common, settings_of
from dedup.cli.output import say
from dedup.cli.progress import Progress
from dedup.cli.writing import Writer, write_reports
from dedup.errors import UsageError
from dedup.files import output_paths, refuse_inputs_as_outputs
from dedup.findings import findings_of
from dedup.patterns import is_pattern
from dedup.reports.text import describe, describe_block, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.incremental import Index
    from dedup.model import Block, Run
    from dedup.settings import Settings

_KIND_OF_SUFFIX = {".json": "json", ".txt": "text", ".diff": "diff", ".patch": "diff"}
_KIND_OF_SUFFIX |= {".sarif": "sarif"}


@click.command(short_help="Write a text without what stands in it twice.")
@click.argument("paths", nargs=-1, metavar="[PATH...|-]", type=PATH)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    type=PATH,
    help="Write here instead of standard output.",
)
@click.option(
    "--in-place", is_flag=True, help="Rewrite the files; an undo report stays beside each."
)
@click.option("--diff", is_flag=True, help="Print a unified diff instead of the text.")
@click.option(
    "--across", is_flag=True, help="Compare the files with each other, the first being home."
)
@click.option(
    "--against",
    metavar="INDEX",
    type=PATH,
    help="Cut what stands in this index, too; it is not touched. See dedup index.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE",
    type=PATH,
    help="Write a report: .json, .txt, .diff or .sarif; - is JSON on standard output. Repeatable.",
)
@click.option("--no-undo", is_flag=True, help="With --in-place: leave no undo report.")
@click.option(
    "--force-exclude",
    is_flag=True,
    help="Leave out what 'exclude' in the settings names also where it is named here.",
)
@click.option("--break-hardlinks", is_flag=True, help="Rewrite a file that has other hard links.")
@common
def clean(paths: tuple[str, ...], **options: Any) -> int:
    """Write PATH without the paragraphs that repeat others, to standard output.

    PATH is a text file, a folder (its .txt and .md files), a quoted pattern, or - for standard
    input. No input is touched without --in-place. Exit status: 0 done, 2 wrong usage, 3 an input
    could not be processed, 4 a text was left as it is by --max-removed.

    \b
    Examples:
      dedup clean article.txt > clean.txt
      dedup clean --in-place --report cuts.json article.txt
      dedup clean --diff article.txt
      dedup clean -o cleaned 'articles/**/*.md'
    """
    output, in_place, diff, reports = (
        options.pop(name) for name in ("output", "in_place", "diff", "reports")
    )
    across, against, no_undo, break_hardlinks = (
        options.pop(name) for name in ("across", "against", "no_undo", "break_hardlinks")
    )
    force_exclude = options.pop("force_exclude")
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    _refuse_contradictions(paths, output, in_place=in_place, diff=diff, no_undo=no_undo)
    targets = expand(paths, settings, command="clean")
    if force_exclude:
        targets = [path for path in targets if not settings.excludes(path)]
        if not targets:
            say(f"no text left: exclude in {settings.name} names what was named here")
            return 0
    if len(targets) > 1 and not (output or in_place or diff or reports):
        raise UsageError(f"{len(targets)} files: pass -o DIR, --in-place, --diff or --report FILE")
    kinds = {report: _report_kind(report, diff=diff) for report in reports}
    kept = any(kind == "json" and report != "-" for report, kind in kinds.items())
    writer = Writer(
        in_place=in_place,
        diff=diff,
        to_output=len(targets) == 1 and "-" not in reports,
        places=_places(paths, targets, output),
        undo=not (no_undo or kept),
        break_hardlinks=break_hardlinks,
    )
    written = [*(targets if in_place else []), *writer.places.values(), *map(Path, reports)]
    _tidy([Path(os.path.realpath(path)).parent for path in written])

    count: Counter[str] = Counter()
    with Progress(len(targets), quiet=quiet) as progress, ExitStack() as stack:
        reference = None if against is None else _reference(against, settings)
        if reference is not None:
            stack.callback(reference.close)
        # A report is about all files, and is on the disk before any of them is rewritten.
        together = across or bool(reports)
        for inputs, run in clean_in_batches(
            targets, settings, progress, across=across, together=together, against=reference
        ):
            write_reports(kinds, inputs, run, in_place=in_place)
            count["failed"] += inputs.failed
            blocks = _blocks_by_end(run)
            failed: set[int] = set()
            for index, cleaned in enumerate(run.documents):
                progress.begin(cleaned.document.id)
                if not writer.write(inputs, run, index):
                    failed.add(index)
                    progress.step(None)
                    continue
                over = cleaned.over_limit is not None
                count["over" if over else "cut" if cleaned.removed else "same"] += 1
                if not quiet:
                    whole = [block for block in blocks[index] if _end(block) not in failed]
                    _tell(run, index, whole, verbose=verbose)
                progress.step(cleaned.document.id)
            count["failed"] += len(failed)
    if len(targets) > 1 and not quiet:
        _tell_total(len(targets), count)
    if in_place and writer.undo and count["cut"] and not quiet:
        name = "FILE" if len(paths) > 1 or is_pattern(paths[0]) else shlex.quote(paths[0])
        say(f"to take this back: dedup restore {name} -o {name}")
    return 3 if count["failed"] else 4 if count["over"] else 0


def _reference(path: str, settings: Settings) -> Index:
    from dedup.incremental import Index  # noqa: PLC0415 - it brings SQLite

    if any("min_words" in override.values for override in settings.overrides):
        raise UsageError("--against has one min-words for all texts: take it out of the overrides")
    return Index.open(path, settings.config, read_only=True)


def _refuse_contradictions(
    paths: tuple[str, ...], output: str | None, *, in_place: bool, diff: bool, no_undo: bool
) -> None:
    if sum((output is not None, in_place, diff)) > 1:
        raise UsageError("--in-place, -o and --diff exclude each other: choose one")
    if in_place and STANDARD_INPUT in paths:
        raise UsageError("standard input cannot be rewritten in place: leave out --in-place")
    if no_undo and not in_place:
        raise UsageError("--no-undo goes with --in-place")


def _report_kind(report: str, *, diff: bool) -> str:
    if report == "-":
        if diff:
            raise UsageError("--diff and --report - both want standard output: name a file")
        return "json"
    kind = _KIND_OF_SUFFIX.get(Path(report).suffix.lower())
    if kind is None:
        raise UsageError(
            f"--report {report}: its ending must be one of {', '.join(_KIND_OF_SUFFIX)}"
        )
    return kind


def _places(paths: Sequence[str], targets: Sequence[Path], output: str | None) -> dict[Path, Path]:
    """Say where each input is written with -o: a file for one, below a folder for several."""
    if output is None:
        return {}
    out = Path(output)
    several = any(Path(path).is_dir() or is_pattern(path) for path in paths)
    if not (several or len(targets) > 1 or out.is_dir()):
        refuse_inputs_as_outputs([out], targets)
        return dict.fromkeys(targets, out)
    if out.exists() and not out.is_dir():
        raise UsageError(f"-o {output} is a file, and there are several inputs: name a folder")
    files = [target for target in targets if str(target) != STANDARD_INPUT]
    if len(files) < len(targets):
        raise UsageError("standard input has no name below -o DIR: pass -o FILE")
    return dict(zip(files, output_paths(files, out), strict=True))


def _tidy(folders: Sequence[Path]) -> None:
    for folder in dict.fromkeys(folders):
        for name in atomic.sweep(folder):
            say(f"removed {name}, left over from a run that was stopped")


def _blocks_by_end(run: Run) -> dict[int, list[Block]]:
    """Give the blocks by the last document they stand in: then all their places are known."""
    found: dict[int, list[Block]] = defaultdict(list)
    for block in run.blocks:
        found[max(occurrence.document for occurrence in block.occurrences)].append(block)
    return found


def _end(block: Block) -> int:
    return block.occurrences[-1].document


def _tell(run: Run, index: int, blocks: Sequence[Block], *, verbose: bool) -> None:
    cleaned = run.documents[index]
    say(summary(cleaned))
    if verbose:
        for finding in findings_of(run, cleaned, verbose=True):
            say(f"  {describe(finding)}")
    for block in blocks:
        say(f"  {describe_block(run, block)}")


def _tell_total(files: int, count: Counter[str]) -> None:
    parts = [f"{count['cut']} with cuts", f"{count['same']} with nothing to cut"]
    parts += [f"{count['over']} left as they are"] * bool(count["over"])
    parts += [f"{count['failed']} not processed"] * bool(count["failed"])
    say(f"{files} files: {', '.join(parts)}")
