"""TOML: files read, with one line that says what is wrong; values written."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from dedup.errors import InputError, UsageError
from dedup.files import name_for_reports, read


def name_for_people(path: Path) -> str:
    """Name a file as it was named, one that was found from the working folder, as ../dedup.toml."""
    try:
        here = Path.cwd()
    except OSError:
        return str(path)
    related = here.is_relative_to(path.parent) or path.is_relative_to(here)
    return os.path.relpath(path, here) if path.is_absolute() and related else str(path)


def text_of(path: Path) -> str:
    """Read the text of a file.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    name = name_for_people(path)
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = stat.S_IFREG  # reading it will say what is wrong
    if stat.S_ISDIR(mode):
        raise UsageError(f"{name}: is a folder: name a settings file")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{name}: is not a regular file: name one, or pass --no-config")
    try:
        data = read(path).data
    except InputError as error:
        said = str(error).removeprefix(f"{name_for_reports(path)}: ")
        raise UsageError(f"{name}: {said}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8: save it as UTF-8") from None


def table_of(text: str, name: str) -> dict[str, Any]:
    """Parse the text of the file `name`.

    Raises:
        UsageError: it is not TOML; it names file and line.
    """
    import tomllib  # noqa: PLC0415 - loaded where there is a file

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{name}: is nested too deeply: settings are plain values") from None
    except ValueError as error:
        said, at, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = found[1] if found else str(text.count("\n", 0, len(text.rstrip())) + 1)
        told = said[:1].lower() + said[1:] if at else "a number is too long"
        raise UsageError(f"{name}:{line}: is not valid TOML: {told}") from None


def written(value: object) -> str:
    r"""Write a string, a number, a truth value, or a list of them as TOML.

    >>> print(written(("poems/*", "a\tb", 0.5, True)))
    ["poems/*", "a\tb", 0.5, true]
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # As in JSON, but raw beyond ASCII: JSON writes that in two halves, which TOML refuses.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)
