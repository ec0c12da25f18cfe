"""The state of a run, in ``.dedup`` of its output folder: what is done, so that it can go on.

First the run's settings and shards are noted, then, when all was read, the digests of the inputs;
then each shard that is written leaves a marker, behind its output and its part of the ledger. In
the end the parts become ``removed.jsonl``, ``summary.json`` follows, and the state goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from dedup import atomic
from dedup.corpus.summary import Summary
from dedup.corpus.writing import Written
from dedup.errors import InputError, UsageError
from dedup.files import opened, pieces_of, read, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dedup.corpus.shards import Shard

STATE, LEDGER, SUMMARY = ".dedup", "removed.jsonl", "summary.json"
_RUN, _INPUTS = "run.json", "inputs.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Keep the state of a run in its output folder; shards are called by their number.

    done: what became of a run that had already ended. made: the folder was not there before.
    """

    output: Path
    shards: Sequence[Shard]
    settings: dict[str, Any]
    done: Summary | None = None
    made: bool = False

    @classmethod
    def begin(
        cls, output: Path, shards: Sequence[Shard], settings: dict[str, Any], *, resume: bool
    ) -> RunFolder:
        """Take `output` for a run; `resume` goes on with the one that was stopped there.

        Raises:
            UsageError: the folder holds something else, or a run of other settings or inputs.
            InputError: it cannot be written.
        """
        if output.exists() and not output.is_dir():
            raise UsageError(f"-o {output} is a file: name a folder")
        made = not output.exists()
        found = _entries(output)
        if found and not resume:
            if STATE in found and SUMMARY not in found:
                raise UsageError(
                    f"-o {output} holds a run that was stopped: pass --resume to go on with it, or "
                    "name another folder"
                )
            raise UsageError(f"-o {output} is not empty: name a new folder")
        state = output / STATE
        note = {
            "settings": settings,
            "shards": [{"name": shard.name, "size": shard.size} for shard in shards],
        }
        if SUMMARY in found:
            done = _summary(output / SUMMARY)
            before = {"settings": done.settings, "shards": [{"name": s.name} for s in done.shards]}
            now = {"settings": settings, "shards": [{"name": shard.name} for shard in shards]}
            _refuse_other(output, before, now)
            for shard, was in zip(shards, done.shards, strict=True):
                if was.written is not None and _digest(shard.path) != was.written.disk_in:
                    raise _other_input(output, shard)
            _remove(state)
            return cls(output, shards, settings, done)
        if (state / _RUN).exists():
            _refuse_other(output, _parsed(state / _RUN), note)
        elif found - {STATE}:
            raise UsageError(f"-o {output} holds no run to go on with: name a new folder")
        else:
            with _said(state):
                state.mkdir(parents=True, exist_ok=True)
            atomic.write(state / _RUN, orjson.dumps(note))
        atomic.sweep(state)
        return cls(output, shards, settings, made=made)

    def abandon(self) -> None:
        """Leave the output folder as it was found: nothing will be written."""
        _remove(self.output / STATE)
        if self.made:
            with _said(self.output):
                self.output.rmdir()

    def read_all(self, digests: Sequence[str | None]) -> None:
        """Note that all shards were read: the SHA-256 of each, None where it could not be.

        Raises:
            UsageError: the run that is gone on with had read other bytes.
        """
        path = self.output / STATE / _INPUTS
        if not path.exists():
            atomic.write(path, orjson.dumps(list(digests)))
            return
        for shard, now, before in zip(self.shards, digests, _parsed(path), strict=True):
            if now != before:
                raise _other_input(self.output, shard)

    def target(self, number: int) -> Path:
        """Give the place of a shard's output."""
        return self.output / self.shards[number].name

    def ledger(self, number: int) -> Path:
        """Give the place of a shard's part of the ledger."""
        return self.output / STATE / f"{number}.jsonl"

    def finished(self, number: int, digest: str) -> Written | None:
        """Give what a shard became, if it is done; `digest` is its input's SHA-256."""
        with contextlib.suppress(UsageError, InputError, TypeError, KeyError):
            marker = _parsed(self._marker(number))
            written = Written(**marker["written"])
            if (
                marker["settings"] == self._settings_digest()
                and written.disk_in == digest
                and _digest(self.target(number)) == written.disk_out
                and _digest(self.ledger(number)) == written.ledger
            ):
                return written
        return None

    def finish(self, number: int, written: Written) -> None:
        """Note that a shard, and its part of the ledger, stands on the disk."""
        marker = {"settings": self._settings_digest(), "written": asdict(written)}
        atomic.write(self._marker(number), orjson.dumps(marker))

    def end(self, summary: Summary) -> None:
        """Join the ledger, write the summary, and let the state go: the run is whole.

        Raises:
            InputError: something cannot be written; the run can go on from here.
        """
        with atomic.creating(self.output / LEDGER) as write:
            for number, shard in enumerate(summary.shards):
                if shard.written is not None and shard.written.removed:
                    with opened(self.ledger(number)) as (descriptor, _):
                        for piece in pieces_of(descriptor):
                            write(piece)
        atomic.write(self.output / SUMMARY, summary.to_json())
        _remove(self.output / STATE)

    def _marker(self, number: int) -> Path:
        return self.output / STATE / f"{number}.json"

    def _settings_digest(self) -> str:
        return hashlib.sha256(orjson.dumps(self.settings)).hexdigest()


def _entries(output: Path) -> set[str]:
    """Name what is in the folder, without what a killed run left half-written, which goes."""
    if not output.exists():
        return set()
    with _said(output):
        atomic.sweep(output)
        return {path.name for path in output.iterdir()}


def _refuse_other(output: Path, before: Any, now: Any) -> None:
    """Refuse to go on with a run of other settings or shards; say what differs."""
    # Written and read again, a tuple is a list: so both sides are.
    now = orjson.loads(orjson.dumps(now))
    old, new = _flat(before.get("settings", {})), _flat(now["settings"])
    differing = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if differing:
        told = ", ".join(f"{n} was {old.get(n)!r}, is {new.get(n)!r}" for n in differing[:3])
        raise UsageError(f"-o {output} belongs to another run: {told}: name a new folder")
    if before.get("shards") != now["shards"]:
        known = {shard["name"]: shard for shard in before.get("shards", [])}
        wanted = {shard["name"]: shard for shard in now["shards"]}
        name = min(n for n in {*known, *wanted} if known.get(n) != wanted.get(n))
        what = "is changed" if name in known and name in wanted else "is new"
        what = what if name in wanted else "is missing"
        raise UsageError(
            f"-o {output} belongs to a run of other inputs: {name} {what}: name a new folder"
        )


def _other_input(output: Path, shard: Shard) -> UsageError:
    return UsageError(
        f"-o {output} belongs to a run of other inputs: {shard.path} is changed: name a new folder"
    )


def _flat(settings: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat


def _summary(path: Path) -> Summary:
    try:
        return Summary.from_json(read(path).data)
    except ValueError:
        raise UsageError(f"{path}: is no summary of a run: name a new folder") from None


def _parsed(path: Path) -> Any:
    try:
        return orjson.loads(read(path).data)
    except orjson.JSONDecodeError:
        raise UsageError(f"{path}: is damaged: name a new folder") from None


def _digest(path: Path) -> str:
    seen = hashlib.sha256()
    with opened(path) as (descriptor, _):
        for piece in pieces_of(descriptor):
            seen.update(piece)
    return seen.hexdigest()


def _remove(state: Path) -> None:
    with _said(state), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(state)


@contextlib.contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {reason(error)}") from None
