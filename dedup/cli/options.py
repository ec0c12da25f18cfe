"""The options that commands share, and the Config they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--threshold", type=float, metavar="J", help="Least Jaccard of a near repeat. [0.5]"
    ),
    click.option(
        "--keep",
        type=click.Choice(["first", "last", "longest"]),
        help="Which of equally full copies stays. [first]",
    ),
    click.option(
        "--min-words", type=int, metavar="N", help="A shorter paragraph goes only in a block. [8]"
    ),
    click.option(
        "--protect",
        metavar="KINDS",
        help="What may not be lost: all, none, or some of "
        "numbers,dates,names,negations,addresses,code. [all]",
    ),
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
    click.option(
        "--encoding", metavar="NAME", help="Codec of a text without byte order mark. [utf-8]"
    ),
    click.option(
        "--max-removed",
        type=float,
        metavar="PCT",
        help="Leave a text whole when near and contained repeats are more of its words. [50]",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Name every cut, and what was nearly cut."),
)


def common(command: Command) -> Command:
    """Add the options that every command has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def config_of(options: dict[str, Any]) -> Config:
    """Make the Config of the options that were given."""
    settings = {key: value for key, value in options.items() if value is not None}
    return Config.from_mapping(settings)
