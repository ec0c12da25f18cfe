"""``dedup index``: an index that lasts, of documents that later ones are compared with."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dedup import atomic
from dedup.cli.inputs import PATH
from dedup.cli.options import common, reading, settings_of
from dedup.cli.output import say, write_data
from dedup.errors import InputError, UsageError
from dedup.files import name_for_reports
from dedup.reports.text import describe, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dedup.config import Config
    from dedup.incremental import Index
    from dedup.model import Document


@click.group(
    short_help="Keep an index, and compare later texts with it.", invoke_without_command=True
)
@click.pass_context
def index(context: click.Context) -> None:
    """Keep an index: one file of documents that later texts are compared with.

    INPUT is what 'dedup corpus' takes: files, folders and quoted patterns; .jsonl, a record a line,
    and .txt and .md, a document each; all also as .gz and .zst.

    \b
    Examples:
      dedup index build articles.dedup archive/
      dedup index query articles.dedup today/
      dedup index add articles.dedup today/
      dedup clean --against articles.dedup today/article.txt
    """
    if context.invoked_subcommand is None:
        write_data(f"{context.get_help()}\n".encode())


_INDEX = click.argument("path", metavar="INDEX", type=PATH)
_INPUTS = click.argument("inputs", nargs=-1, metavar="INPUT...", type=PATH)


def _fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the text of a record is."""
    for option in (
        click.option("--id-field", metavar="FIELD", help="The field that names a record. [id]"),
        click.option(
            "--text-field",
            metavar="FIELD",
            default="text",
            show_default=True,
            help="The field of a record that holds its text.",
        ),
    ):
        command = option(command)
    return command


@index.command(short_help="Make an index of texts; one that is there is replaced.")
@_INDEX
@_INPUTS
@_fields
@reading
def build(path: str, inputs: tuple[str, ...], **options: Any) -> int:
    """Make INDEX of the texts INPUT, as they are.

    An index that is there is replaced when all is written. Exit status: 0 done, 2 wrong usage, 3
    something could not be read and is not in it.

    \b
    Examples:
      dedup index build articles.dedup archive/
      dedup index build crawl.dedup 'crawl/*.jsonl.gz' --id-field url
    """
    source = _Source(inputs, options, command="build")
    from dedup.incremental import Index  # noqa: PLC0415 - NumPy and the stages

    _tidy(path)
    count = Index.build(path, source.documents(), source.config)
    if not source.quiet:
        say(f"{name_for_reports(path)}: {_documents(count)}")
    return 3 if source.failed else 0


@index.command(short_help="Add texts to an index.")
@_INDEX
@_INPUTS
@_fields
@reading
def add(path: str, inputs: tuple[str, ...], **options: Any) -> int:
    """Add the texts INPUT to INDEX as they are; those of the same names are replaced.

    Exit status: 0 done, 2 wrong usage, 3 something could not be read or written.

    \b
    Examples:
      dedup index add articles.dedup today/
    """
    source = _Source(inputs, options, command="add")
    with closing(_opened(path, source.config)) as opened:
        before = len(opened)
        opened.add_documents(source.documents())
        count = len(opened)
    if not source.quiet:
        told = f"{_documents(source.read)} added, {source.read - count + before} of them replaced"
        say(f"{name_for_reports(path)}: {told}; it holds {count}")
    return 3 if source.failed else 0


@index.command(short_help="List what of the texts an index holds; exit 1 if anything.")
@_INDEX
@_INPUTS
@_fields
@common
def query(path: str, inputs: tuple[str, ...], **options: Any) -> int:
    """List the paragraphs of INPUT that repeat others or INDEX, as path:line, and touch nothing.

    A document is not compared with the one of the same name in INDEX. Exit status: 0 nothing
    repeats, 1 something does, 2 wrong usage, 3 something could not be read, 4 a text is over
    --max-removed.

    \b
    Examples:
      dedup index query articles.dedup today/
    """
    source = _Source(inputs, options, command="query")
    from dedup import pipeline  # noqa: PLC0415 - NumPy and the stages
    from dedup.findings import findings_of  # noqa: PLC0415

    repeats = over = 0
    with closing(_opened(path, source.config, read_only=True)) as opened:
        for document, config in source.documents():
            with opened.looking([document.id]) as lookup:
                run = pipeline.clean(
                    [document], source.config, across=False, own=[config], reference=lookup
                )
            for warning in run.warnings:
                named = warning if warning.startswith(document.id) else f"{document.id}: {warning}"
                say(f"warning: {named}")
            (cleaned,) = run.documents
            found = findings_of(run, cleaned, verbose=source.verbose)
            lines = "".join(describe(finding) + "\n" for finding in found)
            write_data(lines.encode("utf-8", "backslashreplace"))
            repeats += sum(finding.fails for finding in found)
            if cleaned.over_limit is not None:
                say(summary(cleaned))
                over += 1
    if not source.quiet:
        told = f"{repeats} repeat{'s' * (repeats != 1)}" if repeats else "nothing repeats"
        say(f"{_documents(source.read)}: {told}")
    if source.failed:
        return 3
    return 4 if over else int(repeats > 0)


@index.command(short_help="Take documents out of an index.")
@_INDEX
@click.argument("ids", nargs=-1, metavar="ID...")
def remove(path: str, ids: tuple[str, ...]) -> int:
    """Take the documents called ID out of INDEX, and what they said out of the file.

    Exit status: 0 done, 2 wrong usage, 3 one of them is not there, or the index is damaged.

    \b
    Examples:
      dedup index remove articles.dedup archive/old.txt
    """
    if not ids:
        raise UsageError("no document named: pass its ID, as 'dedup index query' tells it")
    missing = 0
    with closing(_opened(path, None)) as opened:
        for name in ids:
            if not opened.remove(name):
                say(f"{name}: is not in {name_for_reports(path)}")
                missing += 1
    return 3 if missing else 0


@index.command(short_help="Prove that an index is whole.")
@_INDEX
def check(path: str) -> int:
    """Read all of INDEX, and prove that every part of it fits the others.

    Exit status: 0 it is whole, 2 wrong usage, 3 it is damaged.

    \b
    Examples:
      dedup index check articles.dedup
    """
    with closing(_opened(path, None, read_only=True)) as opened:
        opened.check()
        say(f"{name_for_reports(path)}: whole: {_documents(len(opened))}")
    return 0


@index.command(short_help="Say what is in an index.")
@_INDEX
def info(path: str) -> int:
    """Say what is in INDEX, and what it was built with.

    \b
    Examples:
      dedup index info articles.dedup
    """
    with closing(_opened(path, None, read_only=True)) as opened:
        lines = [f"{name.replace('_', '-')} = {value}\n" for name, value in opened.info().items()]
    write_data("".join(lines).encode())
    return 0


for _option in query.params:
    if _option.name == "encoding" and isinstance(_option, click.Option):
        _option.hidden = True  # it is answered, but there is nothing to offer


def _opened(path: str, config: Config | None, *, read_only: bool = False) -> Index:
    from dedup.incremental import Index  # noqa: PLC0415 - NumPy and the stages

    if not read_only and not Path(path).exists():
        _missing(path)
    return Index.open(path, config, read_only=read_only)


def _missing(path: str) -> NoReturn:
    name = name_for_reports(path)
    raise UsageError(f"{name}: no such index: 'dedup index build {name} INPUT…' makes one")


def _documents(count: int) -> str:
    return f"{count} document{'s' * (count != 1)}"


def _tidy(path: str) -> None:
    for name in atomic.sweep(Path(path).absolute().parent):
        say(f"removed {name}, left over from a run that was stopped")


class _Source:
    """The documents of the inputs, one after the other; what cannot be read is said and counted."""

    def __init__(self, inputs: tuple[str, ...], options: dict[str, Any], *, command: str) -> None:
        from dedup.corpus.options import Fields  # noqa: PLC0415 - as below
        from dedup.corpus.shards import find_shards  # noqa: PLC0415 - NumPy

        self.fields = Fields(text=options.pop("text_field"), id=options.pop("id_field"))
        self.quiet, self.verbose = options.pop("quiet"), options.pop("verbose", False)
        settings = settings_of(options)
        if not inputs:
            raise UsageError(f"no input named: as in 'dedup index {command} INDEX articles/'")
        if settings.overrides:
            say(f"warning: {settings.name}: overrides are not for an index, which has one setting")
        if settings.config.encoding is not None:
            raise UsageError("--encoding is not for shards: they are read as UTF-8")
        self.config = settings.config
        self.shards = find_shards(inputs)
        self.read = self.failed = 0

    def documents(self) -> Iterator[tuple[Document, Config]]:
        """Give each document with the Config that says how it is read."""
        from dedup.corpus.batches import read_batches  # noqa: PLC0415 - NumPy
        from dedup.model import Document  # noqa: PLC0415

        auto = self.config.format == "auto"
        records = replace(self.config, format="plain") if auto else self.config
        for shard in self.shards:
            name = name_for_reports(shard.path)
            config = self.config if shard.kind == "text" else records
            try:
                for batch in read_batches(shard, self.fields):
                    for line, why in batch.bad:
                        say(f"{name}:{line}: {why}")
                        self.failed += 1
                    bounds = batch.bounds.tolist()
                    for row, called in enumerate(batch.ids):
                        own = name if shard.kind == "text" else called
                        yield Document(own, batch.text[bounds[row] : bounds[row + 1]]), config
                        self.read += 1
            except InputError as error:
                say(str(error))
                self.failed += 1
