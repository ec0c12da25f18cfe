"""What the commands read: files, folders, patterns, standard input.

A bad one is named, the others go on.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedup.cli.output import say
from dedup.decoding import read_document
from dedup.errors import InputError, UsageError
from dedup.files import SUFFIXES, Source, discover, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.config import Config
    from dedup.model import Document
    from dedup.settings import Settings

STANDARD_INPUT = "-"
PATH = click.Path(readable=False)
"""The type of every path: a shell completes it, and what is wrong with it we say ourselves."""


@dataclass(slots=True)
class Inputs:
    """Hold what could be read, in order, each with its Config, and how many could not.

    `errors`: what was said of those.
    """

    sources: list[Source] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    configs: list[Config] = field(default_factory=list)
    failed: int = 0
    errors: list[str] = field(default_factory=list)


def read_inputs(paths: Sequence[Path], settings: Settings) -> Inputs:
    """Read all `paths`; say what is wrong with those that cannot be read."""
    inputs = Inputs()
    for path in paths:
        # Standard input has no path, so no override is about it.
        own = settings.config if str(path) == STANDARD_INPUT else settings.for_path(path)
        try:
            source = read_source(path)
            document = read_document(source.name, source.data, own.encoding)
        except InputError as error:
            say(str(error))
            inputs.failed += 1
            inputs.errors.append(str(error))
            continue
        inputs.sources.append(source)
        inputs.documents.append(document)
        inputs.configs.append(own)
    return inputs


def expand(paths: Sequence[str], settings: Settings, *, command: str) -> list[Path]:
    """Replace folders and patterns by their texts; of a folder the `settings` say which.

    Raises:
        UsageError: nothing is named, or something that does not exist.
    """
    if not paths:
        piped = sys.stdin is not None and not sys.stdin.isatty()
        raise UsageError(
            f"no text named: pass a file, a folder, or - for standard input, as in "
            f"'{f'… | dedup {command} -' if piped else f'dedup {command} article.txt'}'"
        )
    found = discover(
        [path for path in paths if path != STANDARD_INPUT],
        on_empty=partial(_say_empty, settings),
        takes=partial(settings.takes, endings=SUFFIXES),
    )
    return found + [Path(path) for path in dict.fromkeys(paths) if path == STANDARD_INPUT]


def _say_empty(settings: Settings, folder: str) -> None:
    taken = f"files ending in {' or '.join(SUFFIXES)} are taken"
    if settings.include is not None or settings.exclude is not None:
        taken = f"those are taken that include and exclude in {settings.name} say"
    say(f"{folder}: holds no text: of a folder, {taken}; name others, or a pattern like '*.rst'")


def read_source(path: Path) -> Source:
    """Read a file, or standard input where `path` is ``-``."""
    if str(path) == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("standard input is closed: name a file")
        if sys.stdin.isatty():
            say("reading what you type: end it with Ctrl-D on a line of its own")
        return Source(path, STANDARD_INPUT, sys.stdin.buffer.read())
    return read(path)
