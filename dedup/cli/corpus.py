"""``dedup corpus``: shards of many texts, cleaned together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.inputs import PATH
from dedup.cli.options import common, settings_of
from dedup.cli.output import say
from dedup.cli.progress import Stopped, Throughput
from dedup.corpus.heap import share_one_heap
from dedup.corpus.options import Fields, Options, available_cores, parse_priority, parse_size
from dedup.corpus.shards import find_shards
from dedup.errors import UsageError

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.corpus.summary import Summary
    from dedup.incremental import Index


@click.command(short_help="Clean shards of many texts, in bounded memory.")
@click.argument("inputs", nargs=-1, metavar="INPUT...", type=PATH)
@click.option("-o", "--output", metavar="DIR", type=PATH, help="Write the cleaned shards here.")
@click.option(
    "--scope",
    type=click.Choice(["corpus", "document"]),
    default="corpus",
    show_default=True,
    help="Compare all documents with each other, or each with itself.",
)
@click.option(
    "--text-field",
    metavar="FIELD",
    default="text",
    show_default=True,
    help="The field of a record that holds its text.",
)
@click.option(
    "--id-field",
    metavar="FIELD",
    help="The field that names a record; all must have it. [id, where a record has one]",
)
@click.option(
    "--keep-by",
    metavar="FIELD[:desc]",
    help="Of copies, the one with the smallest (largest) value stays. [the first]",
)
@click.option(
    "--max-removed-run",
    type=float,
    metavar="PCT",
    default=50.0,
    help="Write nothing when near and contained repeats are more of all words. [50]",
)
@click.option(
    "--against",
    metavar="INDEX",
    type=PATH,
    help="Cut what stands in this index, too; it is not touched. See dedup index.",
)
@click.option("--jobs", type=int, metavar="N", help="Threads. [one for each core]")
@click.option("--max-memory", metavar="SIZE", help="Refuse what would need more, such as 2G.")
@click.option("--resume", is_flag=True, help="Go on with the run that was stopped in DIR.")
@click.option("--no-text", is_flag=True, help="Leave what is cut out of the ledger: no undo.")
@common
def corpus(inputs: tuple[str, ...], output: str | None, **options: Any) -> int:
    """Write the shards INPUT without what repeats to DIR, under the same names.

    INPUT is a file, a folder or a quoted pattern: .jsonl, a record a line, and .txt and .md, a
    document each; all also as .gz and .zst. DIR/removed.jsonl, the ledger, names each paragraph
    that went and the one that stays for it; DIR/summary.json ends the run. Exit status: 0 done,
    2 wrong usage, 3 something could not be read and is not in DIR or as it was, 4 over a limit.

    \b
    Examples:
      dedup corpus shards/ -o cleaned/
      dedup corpus 'crawl/*.jsonl.gz' -o crawled/ --keep-by date --max-memory 2G
      dedup corpus shards/ -o cleaned/ --resume
      dedup restore cleaned/ -o shards-again/
    """
    against = options.pop("against")
    run = _options(options)
    quiet, verbose = options.pop("quiet"), options.pop("verbose")
    settings = settings_of(options)
    if not inputs:
        raise UsageError("no input named: pass shards, as in 'dedup corpus shards/ -o cleaned/'")
    if not output:
        raise UsageError("-o is missing: name a new folder for the cleaned shards")
    if settings.overrides:
        say(f"warning: {settings.name}: overrides are not for shards, whose paths name many texts")
    if settings.config.encoding is not None:
        raise UsageError("--encoding is not for shards: they are read as UTF-8")
    if against is not None and run.scope == "document":
        raise UsageError("--against compares with other documents, --scope document with none")
    shards = find_shards(inputs, Path(output))
    # NumPy and the stages: loaded where there is something to clean.
    from dedup.corpus.run import clean_corpus  # noqa: PLC0415

    share_one_heap()
    with Throughput(quiet=quiet) as progress, ExitStack() as stack:
        index = None if against is None else _reference(against, settings.config)
        if index is not None:
            stack.callback(index.close)
            run = replace(run, against=f"{index.name} {index.state_id()}")
        try:
            summary = clean_corpus(shards, Path(output), settings.config, run, progress, index)
        except Stopped as stopped:
            stopped.after = ", to go on with --resume"
            raise
    _tell(summary, Path(output), quiet=quiet, verbose=verbose)
    return summary.exit_status


for _option in corpus.params:
    if _option.name == "encoding" and isinstance(_option, click.Option):
        _option.hidden = True  # it is answered, but there is nothing to offer


def _reference(path: str, config: Config) -> Index:
    from dedup.incremental import Index  # noqa: PLC0415 - it brings SQLite

    return Index.open(path, config, read_only=True)


def _options(given: dict[str, Any]) -> Options:
    """Take what concerns the run out of the options `given`."""
    keep_by, memory, jobs = given.pop("keep_by"), given.pop("max_memory"), given.pop("jobs")
    priority, descending = (None, False) if keep_by is None else parse_priority(keep_by)
    return Options(
        fields=Fields(text=given.pop("text_field"), id=given.pop("id_field"), priority=priority),
        scope=given.pop("scope"),
        descending=descending,
        max_removed_run=given.pop("max_removed_run"),
        jobs=available_cores() if jobs is None else jobs,
        max_memory_bytes=None if memory is None else parse_size(memory),
        resume=given.pop("resume"),
        with_text=not given.pop("no_text"),
    )


def _tell(summary: Summary, output: Path, *, quiet: bool, verbose: bool) -> None:
    for problem in summary.problems():
        say(problem)
    if quiet:
        return
    for warning in summary.warnings:
        say(f"warning: {warning}")
    if verbose:
        for shard in summary.shards:
            if shard.written is not None:
                say(f"{shard.name}: {shard.written.removed} of {shard.paragraphs} paragraphs cut")
    done = sum(shard.written is not None for shard in summary.shards)
    removed = summary.total("removed")
    say(
        f"{done} of {len(summary.shards)} shards: {removed} of {summary.total('paragraphs')} "
        f"paragraphs cut ({summary.total('words_removed')} words)"
        + (f": {output / 'removed.jsonl'} has each" if removed else "")
    )
