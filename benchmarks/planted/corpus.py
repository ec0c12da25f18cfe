"""Documents, shards and the truth about them."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from planted.copies import edited, retyped, truncated
from planted.forms import jaccard
from planted.prose import paragraphs
from planted.templates import Family, family
from planted.vocabulary import SCRIPTS, Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MB = 1_000_000
SHARD_BYTES = 25 * MB
FEWEST_SHARDS = 4
PARAGRAPHS = (2, 20)
SHARES = {"exact": 0.04, "edited": 0.04, "truncated": 0.02, "template": 0.03}
INSIDE = 0.05  # share of the copies whose original stands in the same document
CUT_OFF = 0.3  # share of the truncated ones that end in an ellipsis
POOL = 100_000  # paragraphs that may yet be copied: any so far, with equal chance
OPEN_FAMILIES = 64

Place = dict[str, Any]


class Author:
    """Write the documents of one script, and note what was planted."""

    def __init__(self, words: Vocabulary, seed: int, pool: int) -> None:
        self.words = words
        self.fresh = paragraphs(words, seed)
        self.rng = random.Random(f"{seed} {words.script}")
        self.pool: list[tuple[Place, NDArray[np.int32]]] = []
        self.pool_size = pool
        self.seen = 0
        self.families: list[Family] = []
        self.kinds = list(SHARES)
        self.truth: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()

    def document(self, name: str) -> str:
        """Write one document."""
        own: list[tuple[Place, NDArray[np.int32]]] = []
        texts: list[str] = []
        for number in range(self.rng.randint(*PARAGRAPHS)):
            place = {"document": name, "paragraph": number}
            kind = self._kind()
            self.counts[kind] += 1
            if kind == "fresh":
                ids = next(self.fresh)
                own.append((place, ids))
                texts.append(self.words.text(ids))
            elif kind == "template":
                texts.append(self._template(place))
            else:
                inside = bool(own) and self.rng.random() < INSIDE
                texts.append(self._copy(kind, place, self.rng.choice(own if inside else self.pool)))
        for item in own:
            self._keep(item)
        return "\n\n".join(texts)

    def _kind(self) -> str:
        chance = self.rng.random()
        for kind, share in SHARES.items():
            if chance < share:
                return kind if self.pool else "fresh"
            chance -= share
        return "fresh"

    def _keep(self, item: tuple[Place, NDArray[np.int32]]) -> None:
        """Keep a sample of what was written (Vitter's algorithm R): memory is bounded."""
        self.seen += 1
        if len(self.pool) < self.pool_size:
            self.pool.append(item)
        elif (at := self.rng.randrange(self.seen)) < self.pool_size:
            self.pool[at] = item

    def _copy(self, kind: str, place: Place, original: tuple[Place, NDArray[np.int32]]) -> str:
        where, ids = original
        if kind == "exact":
            self._note(kind, place, where, 1.0)
            return retyped(self.words.text(ids), self.rng)
        copy = edited(self.words, ids, self.rng) if kind == "edited" else truncated(ids, self.rng)
        self._note(kind, place, where, jaccard(self.words.form(copy), self.words.form(ids)))
        ellipsis = kind == "truncated" and self.rng.random() < CUT_OFF
        return self.words.text(copy) + "..." * ellipsis

    def _template(self, place: Place) -> str:
        if len(self.families) < OPEN_FAMILIES:
            self.families.append(family(self.words, next(self.fresh), self.rng))
        one = self.rng.choice(self.families)
        ids = one.member()
        form = self.words.form(ids)
        if one.first is None:
            one.first, one.first_form = place, form
        else:
            likeness = jaccard(form, one.first_form)
            self._note("template", place, one.first, likeness, differs=one.kind)
        if not one.values:
            self.families.remove(one)
        return self.words.text(ids)

    def _note(
        self, kind: str, copy: Place, original: Place, likeness: float, **more: object
    ) -> None:
        pair = {"kind": kind, "copy": copy, "original": original, "jaccard": round(likeness, 6)}
        self.truth.append(pair | more)


def write(
    folder: Path, *, size_mb: float = 10, seed: int = 1, scripts: str = "ascii"
) -> dict[str, Any]:
    """Write a corpus of about `size_mb` (10⁶ bytes of shards) into `folder`; say what is in it.

    `scripts`: "ascii" is one invented language in Latin letters, "five" has documents in Cyrillic,
    Greek, Arabic, Devanagari and Han.
    """
    names = SCRIPTS[scripts]
    authors = [Author(vocabulary(name), seed, POOL // len(names)) for name in names]
    size = int(size_mb * MB)
    shards = max(FEWEST_SHARDS, -(-size // SHARD_BYTES))
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    documents = written = 0
    lines = _lines(authors, random.Random(seed))
    with (folder / "truth.jsonl").open("wb") as truth:
        for shard in range(shards):
            with (folder / "shards" / f"part-{shard:03d}.jsonl").open("wb") as file:
                while written < size * (shard + 1) // shards:
                    line, author = next(lines)
                    written += file.write(line)
                    documents += 1
                    truth.writelines(orjson.dumps(pair) + b"\n" for pair in author.truth)
                    author.truth.clear()
    counts = sum((author.counts for author in authors), Counter[str]())
    found = {
        "seed": seed,
        "size_mb": size_mb,
        "scripts": scripts,
        "bytes": written,
        "shards": shards,
        "documents": documents,
        "paragraphs": counts.total(),
        "kinds": dict(sorted(counts.items())),
    }
    (folder / "corpus.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    return found


def _lines(authors: list[Author], rng: random.Random) -> Iterator[tuple[bytes, Author]]:
    """Write documents without end."""
    number = 0
    while True:
        name = f"d{number:06d}"
        author = rng.choice(authors)
        yield orjson.dumps({"id": name, "text": author.document(name)}) + b"\n", author
        number += 1
