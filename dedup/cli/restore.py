"""``dedup restore``: the original bytes back."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from dedup import atomic, rewrite
from dedup.cli.inputs import PATH, STANDARD_INPUT, read_source
from dedup.cli.output import say, write_data
from dedup.cli.progress import Progress
from dedup.corpus.restoring import is_corpus_run, restore_run
from dedup.errors import InputError, UnmatchedReportError, UsageError
from dedup.files import SUFFIXES, Source, discover, find_undo, read, with_undo
from dedup.reports import json as json_report

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command(short_help="Give the original back.")
@click.argument("cleaned", type=PATH)
@click.argument("report", required=False, type=PATH)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    type=PATH,
    help="Write here instead of standard output; it may be CLEANED itself.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def restore(cleaned: str, report: str | None, output: str | None, *, quiet: bool) -> int:
    """Put back what was cut from CLEANED, a file or a folder, as REPORT has it.

    REPORT is a JSON report; without it, the undo report that --in-place left beside the file.
    CLEANED may also be the output folder of 'dedup corpus', which holds its own report.

    \b
    Examples:
      dedup restore article.txt -o article.txt
      dedup restore clean.txt cuts.json > article.txt
      dedup restore articles/ -o articles/
      dedup restore cleaned/ -o shards/
    """
    if cleaned == STANDARD_INPUT and report is None:
        raise UsageError("standard input has no undo report beside it: name the report")
    if report is None and is_corpus_run(Path(cleaned)):
        return _restore_corpus(Path(cleaned), output, quiet=quiet)
    parsed = None if report is None else json_report.parse(read(Path(report)).data)
    if cleaned != STANDARD_INPUT and Path(cleaned).is_dir():
        if output is None:
            raise UsageError(f"{cleaned} is a folder: pass -o DIR, which may be itself")
        done, failed = _restore_folder(cleaned, parsed, Path(output), quiet=quiet)
    else:
        source = read_source(Path(cleaned))
        _deliver(source, _original(source, parsed), None if output is None else Path(output))
        done, failed = 1, False
    if output is not None and not quiet:
        say(f"{done} file{'s' if done != 1 else ''} restored")
    return 3 if failed else 0


def _restore_corpus(folder: Path, output: str | None, *, quiet: bool) -> int:
    """Undo a corpus run into a folder of its own; give the exit status."""
    if output is None:
        raise UsageError(f"{folder} holds a corpus run: pass -o DIR, a new folder")
    if Path(output).exists() and Path(output).samefile(folder):
        raise UsageError(f"-o {output} is the run itself: name another folder")
    done = failed = 0
    for _, error in restore_run(folder, Path(output)):
        if error is None:
            done += 1
        else:
            say(str(error))
            failed += 1
    if not quiet:
        say(f"{done} shard{'s' if done != 1 else ''} restored")
    return 3 if failed else 0


def _restore_folder(
    cleaned: str, report: dict[str, Any] | None, output: Path, *, quiet: bool
) -> tuple[int, bool]:
    """Restore what in the folder was cleaned; tell how many files that were, and if one failed."""
    texts = discover([cleaned], takes=_taker(report))
    done, failed = 0, False
    with Progress(len(texts), quiet=quiet) as progress:
        for text in texts:
            restored = None
            try:
                progress.begin(str(text))
                source = read(text)
                original = _original(source, report)
                _deliver(source, original, output / text.relative_to(cleaned))
            except UnmatchedReportError:
                pass  # nothing was cut from it, or it was changed since
            except InputError as error:
                say(str(error))
                failed = True
            else:
                done += 1
                restored = source.name
            progress.step(restored)
    if not done and not failed:
        raise UsageError(f"{cleaned}: no report fits any of its {len(texts)} texts")
    return done, failed


def _taker(report: dict[str, Any] | None) -> Callable[[Path], bool]:
    """Give what tells which files may have been cleaned, whatever the settings said of a folder.

    Those named in the report, or with an undo report beside them, and those that end as texts do.
    """
    if report is None:
        undone = cache(with_undo)
        return lambda path: path.name.endswith(SUFFIXES) or path.name in undone(path.parent)
    documents = report.get("documents")
    listed = documents if isinstance(documents, list) else []  # what is wrong is said later
    names = {PurePosixPath(str(d.get("path"))).name for d in listed if isinstance(d, dict)}
    return lambda path: path.name.endswith(SUFFIXES) or path.name in names


def _original(source: Source, report: dict[str, Any] | None) -> bytes:
    if report is None:
        digest = hashlib.sha256(source.data).hexdigest()
        report = json_report.parse(read(find_undo(source.path, digest)).data)
    document = json_report.find_document(report, source.data, source.name)
    return rewrite.restore(
        source.data, json_report.removals(document), str(document.get("sha256_in"))
    )


def _deliver(source: Source, original: bytes, output: Path | None) -> None:
    """Write the original; over the cleaned text itself only if that is still what was read."""
    if output is None:
        write_data(original)
    elif source.fingerprint is not None and output.exists() and output.samefile(source.path):
        atomic.replace(output, original, expected=source.fingerprint)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(output, original)
