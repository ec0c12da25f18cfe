"""Tracked paths → the digests of their bytes in the work tree. Only what may have changed is read.

As git's own index does, a stat tells whether a file is the one that was read: if size, times and
number are the same, and it was last touched before what is kept was begun. Else its bytes say.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import InputError
from dedup.files import read_unnamed, reason
from dedup.repository.git import tracked
from dedup.repository.state import DIGITS, file_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.repository.git import WorkTree
    from dedup.repository.state import State
    from dedup.settings import Settings

_MOST_HELD_BYTES = 256 << 20


ENDINGS = (".txt", ".md", ".markdown", ".rst")
"""What tracked files are texts unless the settings say otherwise."""


def texts(tree: WorkTree, settings: Settings) -> list[str]:
    """Give the tracked files that are texts, below the top, by their bytes.

    Raises:
        UsageError: git refuses.
    """
    if settings.include is None and settings.exclude is None:
        return tracked(tree, [f"*{ending}" for ending in ENDINGS])
    top = Path(tree.top)
    return [path for path in tracked(tree) if settings.takes(top / path, endings=ENDINGS)]


def present(tree: WorkTree, settings: Settings) -> list[str]:
    """Give the tracked texts that are there, below the top, without looking into them."""
    found = []
    for path in _not_beyond_links(tree.top, texts(tree, settings)):
        try:
            there = stat.S_ISREG(os.lstat(f"{tree.top}/{path}").st_mode)
        except (FileNotFoundError, NotADirectoryError):
            there = False
        except OSError:
            there = True  # reading it will say what is wrong
        if there:
            found.append(path)
    return found


def digest_of(data: bytes) -> str:
    """Give the digest by which bytes are known here."""
    return hashlib.blake2b(data, digest_size=DIGITS // 2).hexdigest()


class Contents:
    """The texts of a work tree as they stand there.

    `digests`: that of every path that is there, in order. `failed`: what is wrong with those that
    cannot be read.
    """

    def __init__(self, tree: WorkTree, paths: Iterable[str], state: State) -> None:
        """Look at all `paths`; `state` learns what was read."""
        self.tree, self.state = tree, state
        self.digests: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self._held: dict[str, bytes] = {}
        self._held_bytes = 0
        files, stamp, top = state.files, state.stamp, tree.top
        for path in _not_beyond_links(top, paths):
            known = files.get(path)
            if known is not None and known[1] < stamp and known[2] < stamp:
                try:
                    same = known == file_of(os.lstat(f"{top}/{path}"), known[-1])
                except OSError:
                    same = False
                if same:
                    self.digests[path] = known[-1]
                    continue
            self._look(path)
        if len(state.files) != len(self.digests):  # it has all of these, and more
            state.files = {path: state.files[path] for path in self.digests}
            state.changed = True

    def _look(self, path: str) -> None:
        """Look at a path that may have changed."""
        place = f"{self.tree.top}/{path}"
        try:
            status = os.lstat(place)
        except (FileNotFoundError, NotADirectoryError):
            return  # deleted, and git has not been told
        except OSError as error:
            self.failed[path] = f"cannot be read: {reason(error)}"
            return
        if not stat.S_ISREG(status.st_mode):
            return  # a link or folder has taken its place
        try:
            data, status = read_unnamed(place)
        except InputError as error:
            self.failed[path] = str(error)
            return
        self.digests[path] = digest_of(data)
        self.state.files[path] = file_of(status, self.digests[path])
        self.state.changed = True
        if self._held_bytes + len(data) <= _MOST_HELD_BYTES:
            self._held[path] = data
            self._held_bytes += len(data)

    def data(self, path: str) -> bytes:
        """Give the bytes of a path, which are those that were looked at.

        Raises:
            InputError: they are no longer, or cannot be read; the error does not name the path.
        """
        data = self._held.get(path)
        if data is None:
            data, _ = read_unnamed(f"{self.tree.top}/{path}")
            if digest_of(data) != self.digests[path]:
                raise InputError("changed while it was read: run again when nobody writes to it")
        return data


def _not_beyond_links(top: str, paths: Iterable[str]) -> list[str]:
    """Leave out what stands behind a link that has taken the place of a folder."""
    beyond: dict[str, bool] = {"": False}

    def is_beyond(folder: str) -> bool:
        if folder not in beyond:
            up = folder.rpartition("/")[0]
            beyond[folder] = is_beyond(up) or os.path.islink(f"{top}/{folder}")  # noqa: PTH114
        return beyond[folder]

    paths = list(paths)
    gone = {folder for folder in {path.rpartition("/")[0] for path in paths} if is_beyond(folder)}
    return [path for path in paths if path.rpartition("/")[0] not in gone] if gone else paths
