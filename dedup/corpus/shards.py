"""What a corpus is read from: shards, found in files, folders and patterns, and named."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import UsageError
from dedup.files import Fingerprint, is_folder, named_paths, reason, texts_below
from dedup.patterns import fixed_part, is_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {".jsonl": "jsonl", ".txt": "text", ".md": "text"}
_COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
SUFFIXES = tuple(kind + packed for kind in _KINDS for packed in ("", *_COMPRESSIONS))

RESERVED = ("removed.jsonl", "summary.json")
"""What a run writes beside the shards."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Hold one input: where it is, its name below the output folder, in which state it was found.

    kind: ``jsonl``, or ``text`` for a file that is one document. compression: None, gz, zst.
    """

    path: Path
    name: str
    kind: str
    compression: str | None
    fingerprint: Fingerprint

    @property
    def size(self) -> int:
        """Give its bytes on disk."""
        return self.fingerprint.size


def find_shards(inputs: Sequence[str], output: Path | None = None) -> list[Shard]:
    """Find the shards in files, folders and patterns, in the order of their names' bytes.

    A file is called by its name, what is in a folder by its path below that, what fits a pattern by
    its path below the part without stars. In folders, hidden files and links are passed over.

    Raises:
        UsageError: nothing is found, something is no shard, two have one name, or `output` is
            inside one of the folders, where the next run would read it.
    """
    found: dict[str, tuple[Path, str]] = {}  # by the real path: named twice, it is one input
    for given in inputs:
        if not given:
            raise UsageError("an empty name: name a file or a folder")
        if given == "-":
            raise UsageError("-: shards are read more than once: store what a pipe gives in a file")
        top = fixed_part(given) if is_pattern(given) else None
        for path in named_paths(given):
            folder = is_folder(path)
            if folder and output is not None and output.resolve().is_relative_to(path.resolve()):
                raise UsageError(f"-o {output} is inside the input {path}: name a folder outside")
            for text in texts_below(path, SUFFIXES) if folder else [path]:
                if text.name.endswith(SUFFIXES):
                    name = text.relative_to(top or (path if folder else path.parent)).as_posix()
                    found.setdefault(os.path.realpath(text), (text, name))
                elif top is None:
                    raise UsageError(f"{text}: is no shard: known are {', '.join(SUFFIXES)}")
    if not found:
        what = ", ".join(inputs) or "no input"
        raise UsageError(f"{what}: no shard found: name files ending in {', '.join(SUFFIXES)}")
    shards = sorted((shard_at(*one) for one in found.values()), key=lambda s: os.fsencode(s.name))
    _refuse_names(shards)
    return shards


def shard_at(path: Path, name: str) -> Shard:
    """Make the shard of a file, in the state it is in; its suffix is a known one.

    Raises:
        UsageError: it cannot be read.
    """
    stem, last = os.path.splitext(path.name)  # noqa: PTH122 - twice, as in .jsonl.gz
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS[os.path.splitext(stem)[1] if compression else last]  # noqa: PTH122
    try:
        fingerprint = Fingerprint.of(path.stat())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {reason(error)}") from None
    return Shard(path, name, kind, compression, fingerprint)


def _refuse_names(shards: Sequence[Shard]) -> None:
    """Refuse what could not stand side by side in one folder."""
    by_name: dict[str, Shard] = {}
    for shard in shards:
        name = shard.name
        try:
            name.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{shard.path}: its name is not UTF-8: rename it") from None
        if name in RESERVED or name.startswith(".dedup/"):
            raise UsageError(f"{shard.path}: {name} is what a run itself writes: rename it")
        other = by_name.setdefault(name, shard)
        if other is not shard:
            raise UsageError(
                f"{other.path} and {shard.path} would both become {name}: name a folder above both"
            )
    for shard in shards:
        for folder in map(Path.as_posix, Path(shard.name).parents):
            if folder in by_name:
                raise UsageError(
                    f"{shard.path} needs a folder, and {by_name[folder].path} takes its name: "
                    "rename one"
                )
