"""Families of paragraphs that differ in one number, name or date, and must all stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from planted.vocabulary import Vocabulary

SMALLEST, LARGEST = 2, 40
_MOST_COMMON_PAIRS = (
    2  # of letters; two names of eight letters that are two letters apart have three
)


@dataclass(slots=True, eq=False)
class Family:
    """Hold a text with a hole, and what is still to stand there. `first` is where its first is."""

    kind: str
    ids: NDArray[np.int32]
    hole: int
    values: list[int]
    first: dict[str, object] | None = None
    first_form: str = ""

    def member(self) -> NDArray[np.int32]:
        """Give the next one."""
        ids = self.ids.copy()
        ids[self.hole] = self.values.pop()
        return ids


def family(words: Vocabulary, ids: NDArray[np.int32], rng: random.Random) -> Family:
    """Make a hole in the middle of a sentence of `ids`, in place of a plain word."""
    size = round(SMALLEST * (LARGEST / SMALLEST) ** rng.random())
    kind = rng.choice(["number", "date", "name"] if words.names else ["number", "date"])
    plain = ids < words.plain
    alone = plain[1:-1] & plain[:-2] & plain[2:]  # what stands beside it is none of its kind
    holes = np.flatnonzero(alone) + 1
    values = {"number": words.numbers, "date": words.dates, "name": words.names}[kind]
    chosen = (
        _unlike(words, values, size, rng)
        if kind == "name"
        else rng.sample([value for value in values if value not in set(ids.tolist())], size)
    )
    return Family(kind, ids, int(rng.choice(holes.tolist())), chosen)


def _unlike(words: Vocabulary, names: range, size: int, rng: random.Random) -> list[int]:
    """Choose names of which none can be a misreading or another case of another."""
    found: dict[int, set[str]] = {}
    for value in rng.sample(names, len(names)):
        name = words.texts[value].lower()
        pairs = {name[i : i + 2] for i in range(len(name) - 1)}
        if all(len(pairs & other) <= _MOST_COMMON_PAIRS for other in found.values()):
            found[value] = pairs
        if len(found) == size:
            break
    return list(found)
