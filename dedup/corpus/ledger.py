"""Cuts → lines of the ledger, ``removed.jsonl``: what went, from where, and for what it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RELATIONS = ("exact", "near", "contained", "block")


@dataclass(frozen=True, slots=True)
class ShardCuts:
    """Hold what goes from one shard, in the order of its text; row i of every array is cut i.

    document: int64[n], which of the shard's documents, from 0; line: its line, from 1, in a text
    file 1; paragraph: which of its paragraphs, from 0. start, end: int64[n], bytes of the text.
    relation: index into `RELATIONS`. jaccard, containment: float64[n]. canonical_*: what stays for
    it: shard is an index into all shards.
    """

    document: NDArray[np.int64]
    line: NDArray[np.int64]
    paragraph: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    relation: NDArray[np.integer]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    canonical_shard: NDArray[np.int64]
    canonical_line: NDArray[np.int64]
    canonical_paragraph: NDArray[np.int64]
    canonical_id: list[str]

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def none(cls) -> ShardCuts:
        """Make the cuts of a shard that stays as it is."""
        i, f = np.zeros(0, np.int64), np.zeros(0)
        return cls(i, i, i, i, i, i, f, f, i, i, i, [])


def ledger_lines(
    cuts: ShardCuts,
    span: slice,
    *,
    shard: str,
    names: Sequence[str],
    documents: Sequence[str],
    places: tuple[Sequence[int], Sequence[int]],
    gone: Sequence[tuple[bytes, bytes]] | None,
) -> bytes:
    """Write the lines of the cuts in `span`, one each, ended by a newline.

    names: of all shards. documents: the id of the document of each cut. places: where its bytes
    began and ended in their line. gone: of each its text and its bytes, both UTF-8; None leaves
    them out. The bytes stand in the line only where they are not what JSON makes of the text.
    """
    rows: list[dict[str, Any]] = [
        {
            "shard": shard,
            "line": line,
            "document": document,
            "paragraph": paragraph,
            "canonical": {
                "shard": names[at],
                "line": at_line,
                "document": its,
                "paragraph": place,
            },
            "relation": RELATIONS[relation],
            "jaccard": jaccard,
            "containment": containment,
            "bytes": (begin, stop),
        }
        for (
            line,
            document,
            paragraph,
            at,
            at_line,
            its,
            place,
            relation,
            jaccard,
            containment,
            begin,
            stop,
        ) in zip(
            cuts.line[span].tolist(),
            documents,
            cuts.paragraph[span].tolist(),
            cuts.canonical_shard[span].tolist(),
            cuts.canonical_line[span].tolist(),
            cuts.canonical_id[span],
            cuts.canonical_paragraph[span].tolist(),
            cuts.relation[span].tolist(),
            np.round(cuts.jaccard[span], 4).tolist(),
            np.round(cuts.containment[span], 4).tolist(),
            *places,
            strict=True,
        )
    ]
    if gone is not None:
        for row, (text, raw) in zip(rows, gone, strict=True):
            row["text"] = text.decode()
            # Only these escapes can be written in another way than ours.
            if (b"\\u" in raw or b"\\/" in raw) and orjson.dumps(row["text"])[1:-1] != raw:
                row["raw"] = raw.decode()
    # All at once is five times as fast. In a string a quote has a backslash: so this is no text.
    joined = orjson.dumps(rows)[1:-1].replace(b'},{"shard":', b'}\n{"shard":')
    return joined + b"\n" if rows else b""


def raw_of(row: dict[str, Any], kind: str) -> bytes:
    """Give the bytes that a line of the ledger took out of a shard of this kind."""
    if kind == "text":
        text: str = row["text"]
        return text.encode()
    raw = row.get("raw")
    return orjson.dumps(row["text"])[1:-1] if raw is None else raw.encode()
