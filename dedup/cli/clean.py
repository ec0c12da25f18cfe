"""``dedup clean``: the canonical article."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup import atomic, pipeline
from dedup.cli.inputs import STANDARD_INPUT, Inputs, expand, read_inputs
from dedup.cli.options import common, settings_of
from dedup.cli.output import say, write_data
from dedup.errors import InputError, RestoreError, UsageError
from dedup.files import (
    Fingerprint,
    Source,
    output_paths,
    read,
    reason,
    refuse_input_as_output,
    undo_path,
)
from dedup.reports import REPORTS
from dedup.reports import json as json_report
from dedup.reports.text import describe_block, findings, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.model import Run

_KIND_OF_SUFFIX = {".json": "json", ".txt": "text", ".diff": "diff", ".patch": "diff"}


@click.command(short_help="Write a text without what stands in it twice.")
@click.argument("paths", nargs=-1, metavar="[PATH...|-]")
@click.option("-o", "--output", metavar="FILE|DIR", help="Write here instead of standard output.")
@click.option(
    "--in-place", is_flag=True, help="Rewrite the files; an undo report stays beside each."
)
@click.option("--diff", is_flag=True, help="Print a unified diff instead of the text.")
@click.option(
    "--across", is_flag=True, help="Compare the files with each other, the first being home."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE",
    help="Write a report: .json, .txt or .diff; - is JSON on standard output. Repeatable.",
)
@click.option("--no-undo", is_flag=True, help="With --in-place: leave no undo report.")
@click.option("--break-hardlinks", is_flag=True, help="Rewrite a file that has other hard links.")
@common
def clean(paths: tuple[str, ...], **options: Any) -> int:
    """Write PATH without the paragraphs that repeat others, to standard output.

    PATH is a text file, a folder (its .txt and .md files), or - for standard input. No input is
    touched without --in-place. Exit status: 0 done, 2 wrong usage, 3 an input could not be
    processed, 4 a text was left as it is by --max-removed.

    \b
    Examples:
      dedup clean article.txt > clean.txt
      dedup clean --in-place --report cuts.json article.txt
      dedup clean --diff article.txt
    """
    output, in_place, diff, reports = (
        options.pop(name) for name in ("output", "in_place", "diff", "reports")
    )
    across, no_undo, break_hardlinks = (
        options.pop(name) for name in ("across", "no_undo", "break_hardlinks")
    )
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    _refuse_contradictions(paths, output, in_place=in_place, diff=diff, no_undo=no_undo)
    targets = expand(paths)
    if len(targets) > 1 and not (output or in_place or diff or reports):
        raise UsageError(f"{len(targets)} files: pass -o DIR, --in-place, --diff or --report FILE")
    kinds = [_report_kind(report, diff=diff) for report in reports]
    places = _places(paths, targets, output)
    written = [*(targets if in_place else []), *places.values(), *map(Path, reports)]
    _tidy([Path(os.path.realpath(path)).parent for path in written])

    inputs = read_inputs(paths, settings)
    run = pipeline.clean(inputs.documents, settings.config, across=across, own=inputs.configs)
    for warning in run.warnings:
        say(f"warning: {warning}")

    for report, kind in zip(reports, kinds, strict=True):
        data = REPORTS[kind](run)
        if report == "-":
            write_data(data)
        elif in_place and kind == "json" and _kept_report(report, inputs, run):
            say(f"{report}: left as it is: it undoes an earlier run")
        else:
            atomic.write(Path(report), data, mode=atomic.PRIVATE)
    failed: set[int] = set()
    if in_place:
        kept = any(
            kind == "json" and report != "-" for report, kind in zip(reports, kinds, strict=True)
        )
        undo = not (no_undo or kept)
        failed = _rewrite(inputs, run, undo=undo, break_hardlinks=break_hardlinks)
    elif output:
        failed = _write(inputs, run, places)
    elif diff:
        write_data(REPORTS["diff"](run))
    elif len(run.documents) == 1 and "-" not in reports:
        write_data(run.documents[0].data)
    if not quiet:
        _tell(run, failed, verbose=verbose)
    over = any(cleaned.over_limit is not None for cleaned in run.documents)
    return 3 if failed or inputs.failed else 4 if over else 0


def _refuse_contradictions(
    paths: tuple[str, ...], output: str | None, *, in_place: bool, diff: bool, no_undo: bool
) -> None:
    if not paths:
        raise UsageError("no text named: pass a file, a folder, or - for standard input")
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
    several = len(targets) > 1 or any(Path(path).is_dir() for path in paths) or out.is_dir()
    if not several:
        refuse_input_as_output(out, targets)
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


def _write(inputs: Inputs, run: Run, places: dict[Path, Path]) -> set[int]:
    """Write every result to its place; tell which could not be written."""
    failed = set()
    for index, (source, cleaned) in enumerate(zip(inputs.sources, run.documents, strict=True)):
        place = places[source.path]
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(place, cleaned.data)
        except InputError as error:
            say(str(error))
            failed.add(index)
        except OSError as error:
            say(f"{place}: cannot be written: {reason(error)}")
            failed.add(index)
    return failed


def _rewrite(inputs: Inputs, run: Run, *, undo: bool, break_hardlinks: bool) -> set[int]:
    """Rewrite the files that changed, the undo report first; tell which could not be."""
    failed = set()
    state = {index: source.fingerprint for index, source in enumerate(inputs.sources)}
    for index, (source, cleaned) in enumerate(zip(inputs.sources, run.documents, strict=True)):
        if cleaned.data == source.data or source.fingerprint is None:
            continue
        try:
            # Before the undo is written: what may not be rewritten needs none.
            real = atomic.refuse(source.path, break_hardlinks=break_hardlinks)
            for other in {d.canonical.document for d in cleaned.removed if d.canonical} - {index}:
                _refuse_if_changed(inputs.sources[other], state[other])
            if undo:
                place = undo_path(real, hashlib.sha256(cleaned.data).hexdigest())
                atomic.write(place, REPORTS["json"](_alone(run, index)), mode=atomic.PRIVATE)
            atomic.replace(
                source.path,
                cleaned.data,
                expected=source.fingerprint,
                break_hardlinks=break_hardlinks,
            )
            state[index] = Fingerprint.of(real.stat())
        except InputError as error:
            say(str(error))
            failed.add(index)
    return failed


def _refuse_if_changed(keeper: Source, state: Fingerprint | None) -> None:
    """Refuse to cut what `keeper` holds too, when it may no longer hold it."""
    try:
        unchanged = Fingerprint.of(keeper.path.stat()) == state
    except OSError:
        unchanged = False
    if not unchanged:
        raise InputError(
            f"{keeper.name}: was changed meanwhile by somebody else: what repeats it was left"
        )


def _kept_report(report: str, inputs: Inputs, run: Run) -> bool:
    """Tell whether an existing `report` is to be kept, because it undoes an earlier run.

    Raises:
        UsageError: and this run has cuts of its own to report there.
    """
    path = Path(report)
    if not path.is_file():
        return False
    try:
        documents = json_report.parse(read(path).data)["documents"]
        undone = {d["sha256_out"] for d in documents if d["sha256_out"] != d["sha256_in"]}
    except (RestoreError, KeyError, TypeError):
        return False  # no report, or a damaged one: nothing could be undone with it
    needed = [
        source.name
        for source, cleaned in zip(inputs.sources, run.documents, strict=True)
        if cleaned.data == source.data and hashlib.sha256(source.data).hexdigest() in undone
    ]
    if needed and any(cleaned.removed for cleaned in run.documents):
        raise UsageError(f"{report} undoes an earlier run on {needed[0]}: name another report")
    return bool(needed)


def _alone(run: Run, index: int) -> Run:
    """Give the report of one document: of the others it keeps the name, not the decisions."""
    documents = tuple(
        cleaned if number == index else changed(cleaned, decisions=())
        for number, cleaned in enumerate(run.documents)
    )
    return changed(run, documents=documents)


def _tell(run: Run, failed: set[int], *, verbose: bool) -> None:
    for index, cleaned in enumerate(run.documents):
        if index in failed:
            continue
        say(summary(cleaned))
        if verbose:
            for line in findings(run, cleaned, verbose=True):
                say(f"  {line}")
    for block in run.blocks:
        if block.occurrences[-1].document not in failed:
            say(f"  {describe_block(run, block)}")
