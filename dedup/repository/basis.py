"""What a finding rests on besides the texts: the settings of each path, our code, Unicode.

All of it goes into the names under which things are kept, so that nothing kept is ever out of date.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.config import Config
    from dedup.repository.git import WorkTree
    from dedup.repository.state import State
    from dedup.settings import Settings

# What the imprint of a text, or a link between two, rests on beside the text and how it is read.
_OF_PAIRS = (
    "threshold threshold_across containment shingle shingle_size num_perm seed recall".split()
)


def digest(value: Any) -> str:
    """Give the digest of a value that JSON has."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


@cache
def code() -> str:
    """Give the digest of the code that finds: ours, as it is installed, and what it rests on."""
    folder = Path(__file__).parent.parent
    files = [folder, *(Path(entry) for entry in os.scandir(folder) if entry.is_dir())]
    states = [
        (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
        for place in files
        for entry in os.scandir(place)
        if entry.is_file() and not entry.name.endswith((".pyc", ".h", ".c"))
    ]
    parser = find_spec("markdown_it")
    if parser is not None and parser.origin is not None:
        status = Path(parser.origin).stat()
        states.append((parser.origin, status.st_size, status.st_mtime_ns))
    return digest([VERSION, sys.version, unicodedata.unidata_version, sorted(states)])


class Own(NamedTuple):
    """Hold the settings of some paths, and the digest of them."""

    config: Config
    digest: str


class Basis:
    """Hold what is in force. `config` is that of every pair, `own` that of each path."""

    def __init__(
        self, tree: WorkTree, settings: Settings, paths: Iterable[str], state: State
    ) -> None:
        """Ask for the settings of all `paths`; which overrides are about each, `state` may know."""
        self.config = settings.config
        deciding = self.config.deciding()
        self.pairs = digest([code(), {name: deciding[name] for name in _OF_PAIRS}])
        self.all = digest([code(), deciding])
        self.own: dict[str, Own] = {}
        if not settings.overrides:
            everywhere = Own(self.config, "")
            self.own = dict.fromkeys(paths, everywhere)
            return
        place = os.path.relpath(str(settings.folder), tree.top)
        patterns = digest([place, [one.paths for one in settings.overrides]])
        if state.overrides_of != patterns:
            state.overrides_of, state.overrides, state.changed = patterns, {}, True
        made: dict[tuple[int, ...], Own] = {}
        known = state.overrides
        for path in paths:
            there = Path(tree.top, path)
            which = known.get(path)
            if which is None:
                its = settings.overrides_of(there)
                which = [at for at, one in enumerate(settings.overrides) if one in its]
                known[path] = which
                state.changed = True
            combined = tuple(which)
            if combined not in made:
                config = settings.for_path(there)
                made[combined] = Own(config, digest(config.deciding()))
            self.own[path] = made[combined]
