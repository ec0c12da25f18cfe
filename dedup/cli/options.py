"""The options that commands share, and the Settings they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup.errors import UsageError
from dedup.settings import Settings, find, load

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

_THRESHOLD = (
    click.option(
        "--threshold", type=float, metavar="J", help="Least Jaccard of a near repeat. [0.5]"
    ),
    click.option(
        "--keep",
        type=click.Choice(["first", "last", "longest"]),
        help="Which of equally full copies stays. [first]",
    ),
)
_MIN_WORDS = (
    click.option(
        "--min-words", type=int, metavar="N", help="A shorter paragraph goes only in a block. [8]"
    ),
)
_PROTECT = (
    click.option(
        "--protect",
        metavar="KINDS",
        help="What may not be lost: all, none, or some of "
        "numbers,dates,names,negations,addresses,code. [all]",
    ),
)
_READING = (
    click.option(
        "--from",
        "format",
        type=click.Choice(["auto", "plain", "markdown"]),
        help="What the texts are written in; auto goes by their names. [auto]",
    ),
    click.option(
        "--paragraphs",
        type=click.Choice(["auto", "line", "blank"]),
        help="In plain text a paragraph is a line, or ends at a blank line. [auto]",
    ),
)
_ENCODING = (
    click.option(
        "--encoding", metavar="NAME", help="Codec of a text without byte order mark. [utf-8]"
    ),
)
_MAX_REMOVED = (
    click.option(
        "--max-removed",
        type=float,
        metavar="PCT",
        help="Leave a text whole when near and contained repeats are more of its words. [50]",
    ),
)
_FILES = (
    click.option(
        "--config",
        "config_file",
        metavar="FILE",
        help="Take settings from here. [dedup.toml or [tool.dedup] in pyproject.toml, from the "
        "working folder upwards]",
    ),
    click.option("--no-config", is_flag=True, help="Take no settings from files."),
)
_SETTINGS = (
    *(*_THRESHOLD, *_MIN_WORDS, *_PROTECT, *_READING),
    *(*_ENCODING, *_MAX_REMOVED, *_FILES),
)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
_TELLING = (
    _QUIET,
    click.option("-v", "--verbose", is_flag=True, help="Name every cut, and what was nearly cut."),
)


def common(command: Command) -> Command:
    """Add the options that every command has that reads texts."""
    for option in reversed(_TELLING):
        command = option(command)
    return configuring(command)


def reading(command: Command) -> Command:
    """Add the options that say how texts are read, where nothing is decided about them."""
    for option in reversed((*_MIN_WORDS, *_READING, *_FILES, _QUIET)):
        command = option(command)
    return command


def configuring(command: Command) -> Command:
    """Add the options that set something."""
    for option in reversed(_SETTINGS):
        command = option(command)
    return command


def settings_of(options: dict[str, Any]) -> Settings:
    """Make the Settings of the options that were given and of the settings file.

    Raises:
        UsageError: one of them is wrong; it names the option, or file and key.
    """
    named, ignored = options.pop("config_file"), options.pop("no_config")
    if named is not None and ignored:
        raise UsageError("--config and --no-config exclude each other: choose one")
    if named == "":
        raise UsageError("--config has an empty name: name a settings file")
    path = None if ignored else _found() if named is None else Path(named)
    settings = Settings() if path is None else load(path)
    return settings.under({key: value for key, value in options.items() if value is not None})


def _found() -> Path | None:
    try:
        here = Path.cwd()
    except OSError:  # it was deleted: nothing is above it
        return None
    return find(here)
