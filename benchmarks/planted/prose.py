"""Fresh paragraphs: sentences of words as frequent as in prose, with names, numbers and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planted.vocabulary import Vocabulary

BATCH = 2048
SHORTEST, LONGEST = 25, 90
SENTENCE = (6, 21)
NUMBER, NAME, DATE = 0.025, 0.025, 0.005  # shares of the tokens
COMMA = 0.06


def paragraphs(words: Vocabulary, seed: int) -> Iterator[NDArray[np.int32]]:
    """Give fresh paragraphs without end, each an array of token ids."""
    rng = np.random.Generator(np.random.PCG64([seed, *words.script.encode()]))
    while True:
        lengths = rng.integers(SHORTEST, LONGEST + 1, BATCH)
        stops = np.cumsum(lengths)
        ids = _tokens(words, stops, rng)
        start = 0
        for stop in stops.tolist():
            yield ids[start:stop].copy()  # a view would keep its whole batch in memory
            start = stop


def _tokens(
    words: Vocabulary, stops: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int32]:
    """Write a batch of paragraphs that end at `stops`."""
    total = int(stops[-1])
    ids = words.draws[rng.integers(0, len(words.draws), total)]
    ends = _sentence_ends(stops, rng)
    starts = np.roll(ends, 1)
    inside = ~(ends | starts)
    chance = rng.random(total)
    edges = np.cumsum([NUMBER, NAME if words.names else 0, DATE])
    special = inside & (chance < edges[-1])
    special &= ~np.roll(special, 1)  # two numbers side by side would be one where no space is
    low = 0.0
    for kind, high in zip((words.numbers, words.names, words.dates), edges.tolist(), strict=True):
        at = np.flatnonzero(special & (chance >= low) & (chance < high))
        if kind:
            # The square makes some of them frequent.
            ids[at] = kind.start + (rng.random(len(at)) ** 2 * len(kind)).astype(np.int32)
        low = high
    comma = inside & ~special & (rng.random(total) < COMMA)
    for flags, form in ((starts, 1), (ends, 2), (comma, 3)):
        ids[flags] += np.int32(form * words.plain)
    return ids


def _sentence_ends(stops: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose the last token of every sentence; none has fewer than four."""
    total = int(stops[-1])
    ends = np.zeros(total, bool)
    found = np.cumsum(rng.integers(*SENTENCE, total // SENTENCE[0] + 1)) - 1
    ends[found[found < total]] = True
    for near in range(1, 5):
        ends[stops - near] = False
        ends[np.append(0, stops[:-1]) + near - 1] = False
    ends[stops - 1] = True
    return ends
