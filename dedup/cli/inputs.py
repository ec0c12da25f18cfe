"""What the commands read: files, folders, standard input. A bad one is named, the others go on."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.cli.output import say
from dedup.decoding import read_document
from dedup.errors import InputError
from dedup.files import SUFFIXES, Source, discover, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.config import Config
    from dedup.model import Document
    from dedup.settings import Settings

STANDARD_INPUT = "-"


@dataclass(slots=True)
class Inputs:
    """Hold what could be read, in order, each with its Config; whether something could not."""

    sources: list[Source] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    configs: list[Config] = field(default_factory=list)
    failed: bool = False


def read_inputs(paths: Sequence[str], settings: Settings) -> Inputs:
    """Read all `paths`; say what is wrong with those that cannot be read."""
    inputs = Inputs()
    texts = expand(paths)
    if not texts:
        say(f"no text found: a folder means its files that end in {' or '.join(SUFFIXES)}")
    for path in texts:
        # Standard input has no path, so no override is about it.
        own = settings.config if str(path) == STANDARD_INPUT else settings.for_path(path)
        try:
            source = read_source(path)
            document = read_document(source.name, source.data, own.encoding)
        except InputError as error:
            say(str(error))
            inputs.failed = True
            continue
        inputs.sources.append(source)
        inputs.documents.append(document)
        inputs.configs.append(own)
    return inputs


def expand(paths: Sequence[str]) -> list[Path]:
    """Replace folders by their texts."""
    return discover([path for path in paths if path != STANDARD_INPUT]) + [
        Path(path) for path in dict.fromkeys(paths) if path == STANDARD_INPUT
    ]


def read_source(path: Path) -> Source:
    """Read a file, or standard input where `path` is ``-``."""
    if str(path) == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("standard input is closed: name a file")
        return Source(path, STANDARD_INPUT, sys.stdin.buffer.read())
    return read(path)
