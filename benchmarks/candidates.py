"""What the LSH index finds of all pairs that are near: python benchmarks/candidates.py.

Takes 20,000 different paragraphs of our own labelled articles, counts the common shingles of all
200 million pairs, and asks the index for its candidates at several thresholds. Prints for each how
many pairs reach it, the share that the index finds, the share that one on the disk finds, which
asks that more than one band be shared where it can, and the candidates for each paragraph. No
figure depends on the machine.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import labelled
import numpy as np

from dedup import kernels
from dedup.banding import band_keys, choose_banding
from dedup.config import Config
from dedup.index import INDEXES
from dedup.minhash import signatures
from dedup.normalize import comparison_forms
from dedup.shingles import ShingleSets, shingle_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLDS = [0.7, 0.8, 0.9]
MIN_WORDS = 8
BUCKETS, ROWS = 2048, 1000


def paragraphs(count: int, seed: int) -> list[str]:
    """Give the forms of that many different paragraphs of eight words and more."""
    found: dict[str, None] = {}
    for label, text in labelled.articles(seed, 10 * count):
        forms = comparison_forms(text[p["start"] : p["end"]] for p in label["paras"])
        for form, words in zip(forms.texts, forms.words, strict=True):
            if words >= MIN_WORDS:
                found.setdefault(form)
        if len(found) >= count:
            break
    return list(found)[:count]


def near_pairs(
    sets: ShingleSets, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give all pairs of Jaccard `least` and more: (left, right, Jaccard).

    Shingles are counted in a few buckets. A product of two such counts is at least the number of
    common shingles, so what does not reach the threshold by it is not near; the others are counted.
    """
    sizes = sets.sizes()
    owner = np.repeat(np.arange(len(sizes)), sizes)
    counts = np.zeros((len(sizes), BUCKETS), np.float32)
    np.add.at(counts, (owner, (sets.values % BUCKETS).astype(np.int64)), 1)
    found = []
    for start in range(0, len(sizes), ROWS):
        most = counts[start : start + ROWS] @ counts[start:].T
        both = sizes[start : start + ROWS, None] + sizes[None, start:]
        left, right = np.nonzero(most * (1 + least) >= least * both - 0.5)
        left, right = left[left < right] + start, right[left < right] + start
        common = kernels.intersections(sets.values, sets.offsets, left, right)
        jaccard = common / (sizes[left] + sizes[right] - common)
        near = jaccard >= least
        found.append((left[near], right[near], jaccard[near]))
    left, right, jaccard = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return left, right, jaccard


def main() -> None:
    """Count, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--paragraphs", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=labelled.SEED)
    options = parser.parse_args()
    config = Config()
    texts = paragraphs(options.paragraphs, options.seed)
    sets = shingle_sets(texts, kind=config.shingle, size=config.shingle_size)
    sketches = signatures(sets, num_perm=config.num_perm, seed=config.seed)
    left, right, jaccard = near_pairs(sets, min(THRESHOLDS))
    codes = left * len(texts) + right
    print(f"{len(texts)} paragraphs")
    row = "{:>9}{:>8}{:>9}{:>14}{:>24}{:>10}{:>8}".format
    print(
        row("Jaccard", "pairs", "found", "on the disk", "candidates/paragraph", "bands", "shared")
    )
    for threshold in THRESHOLDS:
        banding = choose_banding(threshold, num_perm=config.num_perm, recall=config.recall)
        pairs = INDEXES["arrays"](sketches, banding, np.zeros(len(texts), np.int64))
        is_near = jaccard >= threshold
        found = np.isin(codes[is_near], pairs.left * len(texts) + pairs.right)
        keys = band_keys(sketches, banding)
        shared = (keys[left[is_near]] == keys[right[is_near]]).sum(axis=1)
        least = banding.least_shared(threshold, config.recall)
        shares = [f"{of.mean():.2%}" if len(of) else "-" for of in (found, shared >= least)]
        each = f"{len(pairs.left) / len(texts):.2f}"
        bands = f"{banding.bands} x {banding.size}"
        print(row(threshold, len(found), *shares, each, bands, least))


if __name__ == "__main__":
    main()
