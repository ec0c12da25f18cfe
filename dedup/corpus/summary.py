"""What became of a run: for people, and for the file ``summary.json`` that ends it."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from dedup.corpus.writing import Written
from dedup.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.config import Config
    from dedup.corpus.options import Options

SCHEMA = "dedup-corpus/1"
NAMED_UNREAD = 20
"""So many unread records are named, of a run and of each shard; more are counted."""


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """Hold what became of one shard.

    unread: records that stay as they are because they could not be read; unread_places: line and
    reason of the first of them. written: None when it could not be processed; error says why.
    """

    name: str
    documents: int = 0
    paragraphs: int = 0
    words: int = 0
    words_removed: int = 0
    unread: int = 0
    unread_places: list[tuple[int, str]] = field(default_factory=list)
    written: Written | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold what became of a run.

    over_limit: shard and line of documents left whole because so many percent would go. warnings:
    what else a person should know, a sentence each. counts: how much was compared, and the like.
    """

    settings: dict[str, Any]
    shards: list[ShardSummary]
    over_limit: list[tuple[str, int, float]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """Give 0, or 3 when something could not be processed, or 4 when a limit left it whole."""
        if any(shard.error is not None or shard.unread for shard in self.shards):
            return 3
        return 4 if self.over_limit else 0

    def total(self, name: str) -> int:
        """Add up a count of all shards that were written."""
        return sum(
            getattr(shard.written, name) if name in Written.__slots__ else getattr(shard, name)
            for shard in self.shards
            if shard.written is not None
        )

    def problems(self) -> Iterator[str]:
        """Say, a line each, what was not processed, and where."""
        room = NAMED_UNREAD
        for shard in self.shards:
            if shard.error is not None:
                yield shard.error
            places = shard.unread_places[:room]
            room -= len(places)
            for line, why in places:
                yield f"{shard.name}:{line}: {why}: the record stays as it is"
        unread = [shard.unread for shard in self.shards if shard.unread]
        if sum(unread) > NAMED_UNREAD:
            yield (
                f"{sum(unread) - NAMED_UNREAD} more records stay as they are, {sum(unread)} in "
                f"{len(unread)} shards: summary.json counts them"
            )
        for name, line, percent in self.over_limit[:NAMED_UNREAD]:
            yield (
                f"{name}:{line}: {percent:.0f} % of its words would go for near and contained "
                "repeats: left whole (--max-removed)"
            )
        if len(self.over_limit) > NAMED_UNREAD:
            yield f"{len(self.over_limit) - NAMED_UNREAD} more texts were left whole"

    def to_json(self) -> bytes:
        """Write it; nothing in it depends on when, where or how fast the run was."""
        shards = [
            {**asdict(shard), "unread_places": shard.unread_places[:NAMED_UNREAD]}
            for shard in self.shards
        ]
        names = ("documents", "paragraphs", "words", "words_removed", "unread")
        written = ("removed", "content_bytes_in", "content_bytes_out")
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "settings": self.settings,
                "totals": {name: self.total(name) for name in (*names, *written)},
                "shards": shards,
                "counts": self.counts,
                "over_limit": self.over_limit,
                "warnings": self.warnings,
            },
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )

    @classmethod
    def from_json(cls, data: bytes) -> Summary:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            read = orjson.loads(data)
            if read["schema"] != SCHEMA:
                raise ValueError(read["schema"])
            shards = [
                ShardSummary(
                    **{
                        **shard,
                        "written": shard["written"] and Written(**shard["written"]),
                        "unread_places": [(line, why) for line, why in shard["unread_places"]],
                    }
                )
                for shard in read["shards"]
            ]
            over_limit = [(name, line, percent) for name, line, percent in read["over_limit"]]
            return cls(read["settings"], shards, over_limit, read["warnings"], read["counts"])
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from None


def settings_of_run(config: Config, options: Options) -> dict[str, Any]:
    """Give all that decides the bytes of a run beside its inputs."""
    return {
        "tool_version": VERSION,
        "unicode": unicodedata.unidata_version,
        "config": config.deciding(),
        "options": options.deciding(),
    }
