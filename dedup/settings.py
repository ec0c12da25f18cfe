"""Settings files: dedup.toml, or [tool.dedup] in pyproject.toml. Nothing in them is taken on trust.

A file can set what Config holds and nothing else: no path to write to, no code. Every key and value
is checked when the file is loaded, before any text is read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.config import Config
from dedup.errors import UsageError
from dedup.toml import name_for_people, table_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pathspec import PathSpec

OWN_FILE = "dedup.toml"
SHARED_FILE = "pyproject.toml"

ABOUT_ONE_TEXT = ("format", "paragraphs", "encoding", "min_words", "max_removed", "ignore")
"""What an override may set. All else is about pairs, and a pair may stand in two files."""

ABOUT_FOLDERS = ("include", "exclude")
"""What says which files of a folder are texts."""

_KNOWN = tuple(setting.name for setting in fields(Config))
_OPTIONS = {"from": "format"}  # settings that the command line calls otherwise


@dataclass(frozen=True, slots=True)
class Override:
    """Hold what one ``[[overrides]]`` sets for some paths; `place` names it to people."""

    place: str
    paths: tuple[str, ...]
    values: Mapping[str, Any]
    spec: PathSpec[Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Hold patterns as of a .gitignore, `written` as in the file; the last that fits decides."""

    written: tuple[str, ...]
    spec: PathSpec[Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what is in force: command line before settings file before default.

    `name` and `folder` are those of the file, None without one; `values` are what it sets for all
    texts, `given` what the command line sets. A later override wins over an earlier one.
    `include`, `exclude`: which files of a folder are texts, None where the file does not say.
    """

    name: str | None = None
    folder: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    include: Patterns | None = None
    exclude: Patterns | None = None

    @property
    def config(self) -> Config:
        """Give the Config of a text that no override is about, and of every pair."""
        return Config(**(dict(self.values) | dict(self.given)))

    def for_path(self, path: str | Path) -> Config:
        """Give the Config of the text at `path`, relative to the working folder or absolute."""
        found = dict(self.values)
        for override in self.overrides_of(path):
            found |= override.values
        return Config(**(found | dict(self.given)))

    def overrides_of(self, path: str | Path) -> list[Override]:
        """Give the overrides that are about the text at `path`, the strongest last."""
        if not self.overrides or self.folder is None:
            return []
        below = _below(self.folder, Path(path))
        return [o for o in self.overrides if below is not None and o.spec.match_file(below)]

    def takes(self, path: Path, *, endings: tuple[str, ...]) -> bool:
        """Tell whether the file at `path`, found in a folder, is a text.

        It is when `include` names it, or where nothing is said, when it ends in one of `endings`;
        but not when `exclude` names it. Files that are not below the settings file go by their
        ending alone.
        """
        if self.folder is None or (self.include is None and self.exclude is None):
            return path.name.endswith(endings)
        below = _below(self.folder, path)
        if below is None or self.include is None:
            taken = path.name.endswith(endings)
        else:
            taken = bool(self.include.spec.match_file(below))
        return taken and not self.excludes(path)

    def excludes(self, path: Path) -> bool:
        """Tell whether `exclude` names the file at `path`."""
        below = None if self.folder is None else _below(self.folder, path)
        return below is not None and bool(self.exclude and self.exclude.spec.match_file(below))

    def origins(self, path: str | Path | None = None) -> dict[str, str]:
        """Say where the value of every setting comes from, for the text at `path` or for all."""
        found = dict.fromkeys(_KNOWN, "default")
        found |= dict.fromkeys(self.values, str(self.name))
        for override in [] if path is None else self.overrides_of(path):
            found |= dict.fromkeys(override.values, override.place)
        return found | dict.fromkeys(self.given, "command line")

    def under(self, given: Mapping[str, Any]) -> Settings:
        """Give the same with what the command line sets.

        Raises:
            UsageError: a value is wrong.
        """
        Config.from_mapping(dict(given))
        found = replace(self, given=dict(given))
        try:
            Config(**(dict(self.values) | dict(given)))  # each may be right, and not all together
        except UsageError as error:
            raise UsageError(f"{self.name}: {error}") from None
        return found


def find(folder: Path) -> Path | None:
    """Find the settings file of the nearest folder that has one, from `folder` upwards.

    A pyproject.toml without [tool.dedup] is passed over.

    Raises:
        UsageError: a folder has both kinds, or a file on the way cannot be read.
    """
    for place in (folder.absolute(), *folder.absolute().parents):
        own, shared = place / OWN_FILE, place / SHARED_FILE
        found = [own] if os.path.lexists(own) else []
        if os.path.lexists(shared) and _is_ours(shared):
            found.append(shared)
        if len(found) > 1:
            names = " and [tool.dedup] in ".join(map(name_for_people, found))
            raise UsageError(f"{names} are in the same folder: keep one")
        if found:
            return found[0]
    return None


def _is_ours(shared: Path) -> bool:
    text = text_of(shared)
    # A file that never says dedup sets nothing here, whatever else is wrong with it.
    return "dedup" in text and "dedup" in _tools(table_of(text, name_for_people(shared)))


def load(path: Path) -> Settings:
    """Read a settings file, whatever its name; a pyproject.toml at [tool.dedup].

    Raises:
        UsageError: it cannot be read, or something in it is wrong; it names file and key.
    """
    name = name_for_people(path)
    table: Any = table_of(text_of(path), name)
    prefix = ""
    if path.name == SHARED_FILE:
        prefix = "tool.dedup."
        if "dedup" not in _tools(table):
            raise UsageError(f"{name} has no [tool.dedup]: add it, or name another file")
        table = _tools(table)["dedup"]
        if not isinstance(table, dict):
            raise UsageError(f"{name}: tool.dedup is {table!r}: write a table, [tool.dedup]")
    elif "dedup" in _tools(table):
        raise UsageError(
            f"{name}: [tool.dedup] is for {SHARED_FILE}: here the settings stand at the top level"
        )
    overrides = table.pop("overrides", [])
    include, exclude = (_patterns(table, key, f"{name}: {prefix}") for key in ABOUT_FOLDERS)
    values = _checked(table, name, prefix, (*_KNOWN, *ABOUT_FOLDERS, "overrides"))
    if not isinstance(overrides, list) or not all(isinstance(one, dict) for one in overrides):
        raise UsageError(
            f"{name}: {prefix}overrides is no list of tables: write [[{prefix}overrides]], "
            "in double brackets"
        )
    return Settings(
        name=name,
        folder=Path(os.path.abspath(path)).parent,  # noqa: PTH100 - links stay links
        values=values,
        overrides=tuple(
            _override(one, name, f"{prefix}overrides[{number}]")
            for number, one in enumerate(overrides, 1)
        ),
        include=include,
        exclude=exclude,
    )


def _patterns(table: dict[str, Any], key: str, prefix: str) -> Patterns | None:
    """Take the patterns under `key` out of a table."""
    if key not in table:
        return None
    patterns = _strings(table.pop(key), f"{prefix}{key}")
    return Patterns(tuple(patterns), _spec(patterns, f"{prefix}{key}"))


def _strings(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise UsageError(f'{where} is {value!r}: write a list of strings, such as ["*.md"]')
    return value


def _override(table: dict[str, Any], name: str, place: str) -> Override:
    patterns = table.pop("paths", None)
    if patterns is None:
        raise UsageError(f'{name}: {place} has no paths: say for which, such as paths = ["*.md"]')
    _strings(patterns, f"{name}: {place}.paths")
    for key in table:
        setting = key.replace("-", "_")
        if setting in _KNOWN and setting not in ABOUT_ONE_TEXT:
            raise UsageError(
                f"{name}: {place}.{key} is about pairs of paragraphs, which may stand in two "
                "files: set it for all texts, above the overrides"
            )
        if setting in ABOUT_FOLDERS:
            raise UsageError(
                f"{name}: {place}.{key} is about folders, not about texts: set it above the "
                "overrides"
            )
    values = _checked(table, name, f"{place}.", (*ABOUT_ONE_TEXT, "paths"))
    origin = f"{place.removeprefix('tool.dedup.')} in {name}"
    return Override(origin, tuple(patterns), values, _spec(patterns, f"{name}: {place}.paths"))


def _spec(patterns: list[str], where: str) -> PathSpec[Any]:
    """Compile patterns that mean what they mean in a .gitignore; the last that fits decides."""
    from pathspec import GitIgnoreSpec, PathSpec  # noqa: PLC0415 - loaded where a file has patterns

    for pattern in patterns:
        if {".", ".."} & set(pattern.split("/")):
            raise UsageError(
                f"{where}: {pattern!r}: patterns start at the folder of this file: leave out './' "
                "and '../', begin with '/' for that folder alone"
            )
        try:
            (one,) = GitIgnoreSpec.from_lines([pattern]).patterns
        except (ValueError, re.error):
            one = None
        if one is None or one.include is None or "\n" in pattern:
            raise UsageError(
                f"{where}: {pattern!r} selects nothing: write a pattern as in a .gitignore, such "
                "as 'poems/*' or '*.md'"
            )
    if all(pattern.startswith("!") for pattern in patterns):
        raise UsageError(f"{where}: only exceptions: name first what they are exceptions from")
    # Git itself would not let "!new/" except a file that "*.txt" has named: a rule about folders
    # that it need not enter, which surprises where nothing is entered.
    return PathSpec(GitIgnoreSpec.from_lines(patterns).patterns)


def _checked(table: dict[str, Any], name: str, prefix: str, known: Iterable[str]) -> dict[str, Any]:
    """Give the settings of a table under their names in Config, each checked by Config."""
    keys: dict[str, str] = {}
    for key, value in table.items():
        setting = key.replace("-", "_")
        if setting in keys:
            raise UsageError(
                f"{name}: {prefix}{keys[setting]} and {prefix}{key} are the same setting: keep one"
            )
        if setting not in known:
            raise UsageError(f"{name}: {prefix}{key} is no setting: {_hint(key, known)}")
        try:
            Config(**{setting: value})
        except UsageError as error:
            said = str(error)
            # Config begins with the setting's own name, where it says it.
            rest = said.removeprefix(f"{setting} ")
            between = ": " if rest == said else " "
            raise UsageError(f"{name}: {prefix}{key}{between}{rest}") from None
        keys[setting] = key
    return {setting: table[key] for setting, key in keys.items()}


def _hint(key: str, known: Iterable[str]) -> str:
    spelled = [setting.replace("_", "-") for setting in known]
    plain = key.lower().replace("_", "-")
    near = get_close_matches(_OPTIONS.get(plain, plain), spelled, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(spelled)}"


def _below(folder: Path, path: Path) -> str | None:
    """Give `path` below `folder`, with ``/``: by the names given, else behind links, else None."""
    there = os.path.abspath(path)  # noqa: PTH100 - links stay links
    for text, top in ((there, folder), (os.path.realpath(there), os.path.realpath(folder))):
        if Path(text).is_relative_to(top):
            return Path(text).relative_to(top).as_posix()
    return None


def _tools(table: dict[str, Any]) -> dict[str, Any]:
    tools = table.get("tool")
    return tools if isinstance(tools, dict) else {}
