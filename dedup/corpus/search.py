"""Sketches → pairs of paragraphs of different documents that may be alike.

Bands overlap: each looks at a few of the sketch's columns, drawn anew, so many of them fit into one
short sketch. What shares a band meets, and is a candidate when the sketches agree as much as those
of texts at the threshold do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.corpus.survey import ALONE, SKETCH_COLUMNS
from dedup.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.survey import Survey

    I64 = NDArray[np.int64]

MAX_BANDS = 128
# Of the bands, searched side by side; a row that shares large buckets meets one other in each.
_CHUNKS = 16
_DEVIATIONS = 4.5  # below what texts at the threshold agree in, on average


@dataclass(frozen=True, slots=True)
class Found:
    """Hold pairs of rows, int64, that may be alike, each the first with its form.

    `comparisons`: how many pairs of sketches were compared. `capped`: how many rows met only some
    of those that share a band with them.
    """

    left: I64
    right: I64
    comparisons: int = 0
    capped: int = 0

    @classmethod
    def nothing(cls) -> Found:
        """Give no pairs."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))


def recall(jaccard: float, bands: int, width: int) -> float:
    """Give the probability that a pair of this Jaccard shares one of `bands` of `width` columns.

    Of P columns m agree, m being binomial (columns fill one another's gaps, so the true spread is
    no larger); a band drawn from them agrees wholly with probability
    C(m, width) / C(P, width).
    """
    total = 0.0
    for m in range(SKETCH_COLUMNS + 1):
        hit = math.comb(m, width) / math.comb(SKETCH_COLUMNS, width)
        chance = math.comb(SKETCH_COLUMNS, m) * (jaccard**m * (1 - jaccard) ** (SKETCH_COLUMNS - m))
        total += chance * (1 - (1 - hit) ** bands)
    return total


@cache
def choose_columns(config: Config) -> NDArray[np.uint8]:
    """Draw the columns of each band, uint8[bands, width]: the widest that reach the recall.

    Raises:
        UsageError: no number of bands reaches it.
    """
    for width in range(8, 0, -1):
        for bands in range(1, MAX_BANDS + 1):
            if recall(config.threshold_across, bands, width) >= config.recall:
                random = np.random.RandomState(config.seed)  # the same numbers in every version
                drawn = [np.sort(random.permutation(SKETCH_COLUMNS)[:width]) for _ in range(bands)]
                columns = np.array(drawn, np.uint8)
                columns.flags.writeable = False
                return columns
    raise UsageError(
        f"a recall of {config.recall} cannot be had at threshold_across {config.threshold_across}: "
        "lower the one or raise the other"
    )


def least_agreement(threshold: float) -> int:
    """Give in how many columns a pair at `threshold` agrees, all but surely."""
    spread = math.sqrt(SKETCH_COLUMNS * threshold * (1 - threshold))
    return max(0, math.floor(SKETCH_COLUMNS * threshold - _DEVIATIONS * spread))


@dataclass(frozen=True, slots=True)
class Sketched:
    """Hold the rows that are searched, int64[n], and uint8[n, columns] their sketches."""

    rows: I64
    sketches: NDArray[np.uint8]


def first_of_equal(survey: Survey, place: I64) -> Sketched:
    """Take of equal rows the first, in the order of `place` int64[n]."""
    alone = np.flatnonzero(survey.has(ALONE))
    in_order = np.argsort(place[alone], kind="stable")
    _, first = np.unique(survey.identity[alone[in_order]], return_index=True)
    chosen = in_order[np.sort(first)]
    return Sketched(alone[chosen], survey.sketches[chosen])


def search(sketched: Sketched, config: Config, executor: Executor) -> Found:
    """Find the pairs of different forms that may be alike at ``threshold_across``.

    Of too many that share a band the first are met by the others.
    """
    columns = choose_columns(config)
    edges = np.linspace(0, len(columns), min(_CHUNKS, len(columns)) + 1).astype(int).tolist()
    least = least_agreement(config.threshold_across)
    parts = executor.map(
        lambda low, high: kernels.band_pairs(sketched.sketches, columns, low, high, least),
        edges[:-1],
        edges[1:],
    )
    return _joined(parts, sketched.rows)


def _joined(parts: Iterable[tuple[I64, I64, int, NDArray[np.bool_]]], rows: I64) -> Found:
    left, right, comparisons, capped = zip(*parts, strict=True)
    return Found(
        rows[np.concatenate(left)],
        rows[np.concatenate(right)],
        sum(comparisons),
        int(np.any(capped, axis=0).sum()),
    )
