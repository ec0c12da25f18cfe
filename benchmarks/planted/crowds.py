"""Corpora that look alike all over: what a search must bear without comparing all with all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from planted.prose import paragraphs
from planted.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_A_DOCUMENT = 10


def write_identical(folder: Path, count: int) -> None:
    """Write `count` paragraphs that are one text."""
    words = vocabulary("latin")
    text = words.text(next(paragraphs(words, 1)))
    _write(folder, (text for _ in range(count)))


def write_one_bucket(folder: Path, count: int) -> None:
    """Write `count` paragraphs that differ in a number alone: all share most of their bands."""
    words = vocabulary("latin")
    head, tail = (words.text(ids) for ids, _ in zip(paragraphs(words, 1), range(2), strict=False))
    _write(folder, (f"{head} Chur {number} {tail}" for number in range(count)))


def _write(folder: Path, texts: Iterator[str]) -> None:
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    with (folder / "shards" / "part-000.jsonl").open("wb") as file:
        number, batch = 0, []
        for text in texts:
            batch.append(text)
            if len(batch) == IN_A_DOCUMENT:
                line = {"id": f"d{number:06d}", "text": "\n\n".join(batch)}
                file.write(orjson.dumps(line) + b"\n")
                number, batch = number + 1, []
