"""What was found out, under the name of what it was found out of.

Which bytes a path had in which state of the disk; what a set of texts came to. Nothing is ever
wrong here, be it from another branch or of other settings: it is only asked for or not.
"""

from __future__ import annotations

import contextlib
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dedup.repository.store import columns_of

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from dedup.repository.store import Store

_NAME = "state"
_TREES_KEPT = 32  # states of the whole repository whose outcome is known: branches
_KEPT_SAVES = 64  # what was not asked for so many times goes

File = tuple[int, int, int, int, str]
"""Size, times of writing and of change in nanoseconds, number of a file; digest of its bytes."""

DIGITS = 40
"""Of such a digest, and of the keys of trees and verdicts."""

_IN_HEAD = ("stamp", "serial", "overrides_of", "overrides", "trees", "verdicts")
_COLUMNS = ("size", "written", "touched", "number")


def file_of(status: os.stat_result, digest: str) -> File:
    """Put together what is known of a file."""
    number = status.st_ino & 0x7FFF_FFFF_FFFF_FFFF  # as a column holds it
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, number, digest


def _cut(digests: str) -> list[str]:
    return [digests[at : at + DIGITS] for at in range(0, len(digests), DIGITS)]


@dataclass(slots=True)
class State:
    """Hold what is known, as it is kept.

    `stamp`: the time before which what `files` says was so. `serial`: how often it was saved.
    `files`: what is known of every path. `overrides`: which of the settings of the digest
    ``overrides_of`` each path has. `trees`: what a whole repository came to, and `verdicts` what
    texts that are alike did: each with the serial of when it was last asked for.
    """

    stamp: int = 0
    serial: int = 0
    files: dict[str, File] = field(default_factory=dict)
    overrides_of: str = ""
    overrides: dict[str, list[int]] = field(default_factory=dict)
    trees: dict[str, list[Any]] = field(default_factory=dict)
    verdicts: dict[str, list[Any]] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def load(cls, store: Store) -> State:
        """Take what is kept; where that is nothing, or odd, begin anew."""
        head, data = store.load(_NAME)
        columns = columns_of(head, data) or {}
        try:
            found = cls(**{key: head[key] for key in _IN_HEAD})
            paths, digests = head["paths"], head["digests"]
            told = _cut(digests)
            stats = (columns[key] for key in _COLUMNS)
            if paths:
                found.files = dict(
                    zip(paths.split("\0"), zip(*stats, told, strict=True), strict=True)
                )
        except (TypeError, KeyError, ValueError, AttributeError):
            return cls()
        kinds = {int: ("stamp", "serial"), str: ("overrides_of",)}
        kinds[dict] = ("overrides", "trees", "verdicts")
        sound = all(isinstance(getattr(found, n), kind) for kind in kinds for n in kinds[kind])
        return found if sound else cls()

    def save(self, store: Store, stamp: int) -> None:
        """Keep it; what nobody has asked for in a long while goes."""
        self.serial += 1
        self.stamp = stamp
        for kept in (self.trees, self.verdicts):
            for key in [k for k, (asked, _) in kept.items() if asked < self.serial - _KEPT_SAVES]:
                del kept[key]
        for key in sorted(self.trees, key=lambda key: -self.trees[key][0])[_TREES_KEPT:]:
            del self.trees[key]
        head = {key: getattr(self, key) for key in _IN_HEAD}
        *stats, digests = zip(*self.files.values(), strict=True) if self.files else [()] * 5
        head |= {"paths": "\0".join(self.files), "digests": "".join(digests)}
        with contextlib.suppress(OverflowError):  # no clock goes so far
            columns = {key: array("q", of) for key, of in zip(_COLUMNS, stats, strict=True)}
            store.save(_NAME, head, columns)
        self.changed = False

    def outcome_of(self, tree: str) -> tuple[list[str], dict[str, str]] | None:
        """Give what a whole repository came to, or None: its verdicts, by the keys of them.

        And what is wrong with what is no text, by its path.
        """
        found = self._asked(self.trees, tree)
        return None if found is None else (_cut(found[0]), found[1])

    def learn_outcome(self, tree: str, keys: Sequence[str], no_texts: dict[str, str]) -> None:
        """Keep what a whole repository came to."""
        self.learn(self.trees, tree, ["".join(keys), no_texts])  # read sooner than many strings

    def verdict_of(self, texts: str) -> Any:
        """Give what texts that are alike came to, or None."""
        return self._asked(self.verdicts, texts)

    def _asked(self, kept: dict[str, list[Any]], key: str) -> Any:
        found = kept.get(key)
        if found is None:
            return None
        found[0] = self.serial
        return found[1]

    def learn(self, kept: dict[str, list[Any]], key: str, found: Any) -> None:
        """Keep what was found out under `key`, in `trees` or `verdicts`."""
        kept[key] = [self.serial, found]
        self.changed = True
