"""``dedup settings``: what is in force, and where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.inputs import STANDARD_INPUT
from dedup.cli.options import configuring, settings_of
from dedup.cli.output import write_data
from dedup.errors import UsageError
from dedup.files import SUFFIXES
from dedup.reports.text import shown
from dedup.toml import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.settings import Settings


@click.command(short_help="Print the settings in force, and where each comes from.")
@click.argument("path", required=False)
@configuring
def settings(path: str | None, **options: Any) -> int:
    """Print the settings in force as TOML that dedup.toml can hold, with their origin.

    With PATH they are those of that text; without it, those of all texts, and the overrides.

    \b
    Examples:
      dedup settings
      dedup settings --min-words 5 poems/spring.txt
    """
    found = settings_of(options)
    if path is not None:
        _refuse_what_is_no_text(path)
    lines = list(_lines(found, None if path == STANDARD_INPUT else path))
    if path is None:
        lines += _overrides(found)
    width = max(len(line) for line, origin in lines if origin)
    text = "".join(
        f"{line:{width}}  # {shown(origin)}\n" if origin else f"{line}\n" for line, origin in lines
    )
    write_data(text.encode())
    return 0


def _refuse_what_is_no_text(path: str) -> None:
    if path != STANDARD_INPUT and not Path(path).exists():
        raise UsageError(f"{path}: no such file")
    if Path(path).is_dir():
        raise UsageError(f"{path}: is a folder: name one of its files")


def _lines(found: Settings, path: str | None) -> Iterator[tuple[str, str]]:
    """Give each setting as a line and its origin."""
    config = found.config if path is None else found.for_path(path)
    for name, origin in found.origins(path).items():
        value = getattr(config, name)
        # What TOML cannot say, None, is said by leaving the line out.
        told = {"encoding": "utf-8", "shingle_size": config.size}[name] if value is None else value
        line = f"{_key(name)} = {written(told)}"
        yield (f"# {line}" if value is None else line), origin
    if path is None:
        yield from _selection(found)


def _selection(found: Settings) -> Iterator[tuple[str, str]]:
    """Say which files of a folder are texts."""
    for name, patterns in (("include", found.include), ("exclude", found.exclude)):
        default = [f"*{ending}" for ending in SUFFIXES] if name == "include" else []
        line = f"{name} = {written(default if patterns is None else patterns.written)}"
        # What is not said depends on what is asked: a folder, or the whole repository.
        yield (f"# {line}", "default") if patterns is None else (line, str(found.name))


def _overrides(found: Settings) -> Iterator[tuple[str, str]]:
    """Give the overrides as far as the command line leaves them anything to say."""
    for override in found.overrides:
        values = {k: v for k, v in override.values.items() if k not in found.given}
        if values:
            yield "", ""
            yield "[[overrides]]", override.place
            yield f"paths = {written(override.paths)}", override.place
            for name, value in values.items():
                yield f"{_key(name)} = {written(value)}", override.place


def _key(name: str) -> str:
    return name.replace("_", "-")
