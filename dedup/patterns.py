"""A quoted pattern → the paths that fit it, for what the shell was not let to expand."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAGIC = re.compile(r"[*?\[]")


def is_pattern(name: str) -> bool:
    """Tell whether `name` holds ``*``, ``?`` or ``[``, and no file is called so."""
    return bool(_MAGIC.search(name)) and "\0" not in name and not os.path.lexists(name)


def fixed_part(pattern: str) -> Path:
    """Give the folder in front of the first part that can stand for several names."""
    folder = Path()
    for part in Path(pattern).parts[:-1]:
        if _MAGIC.search(part) and not os.path.lexists(folder / part):
            break
        folder /= part
    return folder


def fitting(pattern: str) -> list[Path]:
    """Give the paths that fit, in the order of their bytes.

    ``**`` stands for any folders below, links not followed; at the end it names the folder itself.
    Hidden files and folders fit only a part that begins with a dot. A part in front that exists as
    it is written is no pattern. A folder that cannot be read is given itself.
    """
    path = Path(pattern)
    parts = list(path.relative_to(path.anchor).parts)
    while parts[-1:] == ["**"]:
        parts.pop()
    found = dict.fromkeys(_below(Path(path.anchor), parts))
    return sorted(found, key=os.fsencode)


def _below(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Give what fits `parts`, one folder a part, from `folder` on."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if part != "**" and (not _MAGIC.search(part) or os.path.lexists(folder / part)):
        if os.path.lexists(folder / part):
            yield from _below(folder / part, rest)
        return
    if part == "**":
        while rest[:1] == ["**"]:
            rest = rest[1:]
        yield from _below(folder, rest)
    try:
        inside = list(folder.iterdir())
    except (NotADirectoryError, FileNotFoundError):  # a file, or a link to nothing
        return
    except OSError:
        yield folder
        return
    for below in inside:
        if below.name.startswith(".") and not part.startswith("."):
            continue
        if part == "**":
            if below.is_dir() and not below.is_symlink():
                yield from _below(below, [part, *rest])
        elif fnmatch.fnmatchcase(below.name, part):
            yield from _below(below, rest)
