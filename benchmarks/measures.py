"""How well a measure of likeness parts repeats from all else, before anything else is looked at.

For shingles of characters and words of several sizes, and for thresholds of Jaccard: the share of
the edited, misread or otherwise changed copies that reach it, and how many other pairs of an
article do, for each hundred paragraphs. Those have to be told apart by other means, at their cost.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import scoring

from dedup import kernels
from dedup.normalize import comparison_forms
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MEASURES = [
    ("char", 4),
    ("char", 5),
    ("char", 6),
    ("char", 8),
    ("word", 1),
    ("word", 2),
    ("word", 3),
]
THRESHOLDS = [0.4, 0.5, 0.6, 0.7, 0.8]
MIN_WORDS = 8


def table(labels: list[dict[str, Any]], articles: Path) -> str:
    """Give a row for every measure: recall / other pairs, at every threshold."""
    row = ("{:<12}" + "{:>14}" * len(THRESHOLDS)).format
    lines = [
        "share of changed copies at or above a Jaccard / other pairs for 100 paragraphs",
        row("shingles", *THRESHOLDS),
    ]
    for kind, size in MEASURES:
        repeats, others, paragraphs = likenesses(labels, articles, kind, size)
        cells = [
            f"{np.mean(repeats >= t):.3f} /{100 * np.sum(others >= t) / paragraphs:6.2f}"
            for t in THRESHOLDS
        ]
        lines.append(row(f"{kind} {size}", *cells))
    return "\n".join(lines)


def likenesses(
    labels: list[dict[str, Any]], articles: Path, kind: str, size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Give the Jaccard of all pairs that are changed copies, of all other pairs, and n paragraphs.

    Pairs are taken within an article, of paragraphs of eight words and more.
    """
    repeats: list[NDArray[np.float64]] = []
    others: list[NDArray[np.float64]] = []
    paragraphs = 0
    for label in labels:
        text = (articles / f"{label['id']}.txt").read_bytes().decode()
        forms = comparison_forms(text[p["start"] : p["end"]] for p in label["paras"])
        form = forms.row_form
        members = scoring.clusters(label["paras"])
        long = [i for i, f in enumerate(form) if f >= 0 and forms.words[f] >= MIN_WORDS]
        paragraphs += len(long)
        pairs = np.array(list(combinations(long, 2)), np.int64).reshape(-1, 2)
        copied = np.array([members[a] == members[b] for a, b in pairs], bool)
        changed = np.array(
            [any(label["paras"][i]["kind"].startswith("near_") for i in pair) for pair in pairs],
            bool,
        )
        left, right = form[pairs].astype(np.int64).T
        sets = shingle_sets(forms.texts, kind=kind, size=size)
        common = kernels.intersections(sets.values, sets.offsets, left, right)
        sizes = sets.sizes()
        jaccard = common / np.maximum(1, sizes[left] + sizes[right] - common)
        repeats.append(jaccard[copied & changed])
        others.append(jaccard[~copied])
    return np.concatenate(repeats), np.concatenate(others), paragraphs
