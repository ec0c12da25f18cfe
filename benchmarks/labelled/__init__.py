"""Labelled articles of our own, for measuring: every sentence in them is written here.

``articles(seed=1, count=80)`` gives them one by one, ``write(folder, ...)`` writes them as a set:
``labels.jsonl`` and ``articles/<id>.txt``, in the format of the evaluation data. The same seed
gives the same bytes on any machine, and of a longer set the first articles are the shorter one.

An article has a title, plain paragraphs, and cases: repeats (``repeats.py``) and look-alikes that
must stay (``lookalikes.py``). Every kind comes about equally often, which is not how nature
spreads them: read the figures by kind.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from labelled.article import Article
from labelled.language import CODES, load
from labelled.lookalikes import LOOKALIKES
from labelled.repeats import REPEATS
from labelled.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEED = 1
COUNT = 90
# Of every ten articles one has look-alikes only and one nothing but plain paragraphs.
MODES = ["mixed"] * 4 + ["negatives"] + ["mixed"] * 4 + ["clean"]


@dataclass(slots=True)
class Deck:
    """Deal kinds so that each comes once before any comes twice."""

    kinds: list[str]
    rng: random.Random
    cards: list[str] = field(default_factory=list)

    def deal(self, count: int, allowed: Callable[[str], bool]) -> list[str]:
        """Take that many different kinds; those that are not allowed stay for the next."""
        dealt: list[str] = []
        while len(dealt) < count:
            fit = [kind for kind in self.cards if allowed(kind) and kind not in dealt]
            if fit:
                dealt.append(fit[0])
                self.cards.remove(fit[0])
            else:
                self.cards += self.rng.sample(self.kinds, len(self.kinds))
        return dealt


def articles(seed: int = SEED, count: int = COUNT) -> Iterator[tuple[dict[str, Any], str]]:
    """Give the labels and the text of each article in turn."""
    rng = random.Random(seed)
    repeats = Deck(list(REPEATS), rng)
    lookalikes = Deck(list(LOOKALIKES), rng)
    codes = Deck(list(CODES), rng)
    for index in range(count):
        mode = MODES[index % len(MODES)]
        [code] = codes.deal(1, lambda _: True)
        article = begin(code, random.Random(f"{seed} {index}"))
        if mode == "mixed":
            for kind in repeats.deal(5, partial(is_possible, article)):
                REPEATS[kind](article, kind)
        if mode != "clean":
            number = 4 if mode == "mixed" else 8
            for kind in lookalikes.deal(number, partial(is_possible, article)):
                LOOKALIKES[kind](article, kind)
        text, paragraphs, blocks = article.finish()
        yield (
            {
                "id": f"{code}-{index:03}",
                "lang": code,
                "format": article.format,
                "mode": mode,
                "paras": paragraphs,
                "blocks": blocks,
            },
            text,
        )


def begin(code: str, rng: random.Random) -> Article:
    """Write the title and the plain paragraphs of an article."""
    language = load(code)
    writer = Writer(language, rng)
    shape, width = rng.choice([("line", None), ("line", None), ("blank", None), ("blank", 72)])
    article = Article(language, writer, rng, shape, width)
    article.segments.append([article.paragraph(writer.line("title"))])
    for _ in range(rng.randint(8, 14)):
        article.put([article.prose()])
    return article


def is_possible(article: Article, kind: str) -> bool:
    """Say whether a kind exists in the article's script and format."""
    if kind in {"near_case", "near_edit_capitals"}:
        return article.language.cased
    return kind != "neg_refrain_line" or article.format == "line"


def write(folder: Path, seed: int = SEED, count: int = COUNT) -> None:
    """Write a set into a folder."""
    (folder / "articles").mkdir(parents=True, exist_ok=True)
    with (folder / "labels.jsonl").open("w", encoding="utf-8", newline="\n") as labels:
        for label, text in articles(seed, count):
            labels.write(json.dumps(label, ensure_ascii=False) + "\n")
            (folder / "articles" / f"{label['id']}.txt").write_bytes(text.encode())
