"""What was planted, and how much of it somebody found: pairs, removals, or bare flags.

Paragraphs are counted through the corpus in reading order; that number is the *row*.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from planted.forms import form_of, jaccard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Rows = Any  # NDArray[np.int64]; a list serves as well

SAMPLE = 2_000  # reported pairs whose Jaccard is counted


def documents(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Give id and paragraphs of every document of a corpus."""
    for shard in sorted((folder / "shards").glob("*.jsonl")):
        with shard.open("rb") as file:
            for line in file:
                document = orjson.loads(line)
                yield document["id"], document["text"].split("\n\n")


def write_forms(folder: Path) -> Path:
    """Write the form of every paragraph, one a line, for those who compare forms as given."""
    path = folder / "forms.txt"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            for _, texts in documents(folder):
                file.writelines(form_of(text) + "\n" for text in texts)
        part.replace(path)
    return path


def read_forms(path: Path) -> list[str]:
    """Read them back: item i is the form of row i."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


@dataclass(frozen=True, slots=True)
class Truth:
    """Hold the planted copies: `copies` and `originals` int64[m] rows, their Jaccard and family.

    `kinds`: of each copy exact, edited, truncated.
    `families`: int64[n], the first row of which a row is a copy, its own row where it is none.
    `first_rows`: the row of each document's first paragraph.
    """

    copies: NDArray[np.int64]
    originals: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    kinds: NDArray[np.str_]
    families: NDArray[np.int64]
    first_rows: dict[str, int]

    def row(self, place: dict[str, Any]) -> int:
        """Give the row of a place as truth and ledger name it."""
        return self.first_rows[place["document"]] + int(place["paragraph"])


def read_truth(folder: Path) -> Truth:
    """Read what was planted in a corpus."""
    first_rows: dict[str, int] = {}
    count = 0
    for name, texts in documents(folder):
        first_rows[name] = count
        count += len(texts)
    pairs: list[tuple[int, int, float]] = []
    kinds: list[str] = []
    with (folder / "truth.jsonl").open("rb") as file:
        for pair in map(orjson.loads, file):
            if pair["kind"] != "template":
                copy, original = pair["copy"], pair["original"]
                kinds.append(pair["kind"])
                pairs.append(
                    (
                        first_rows[copy["document"]] + copy["paragraph"],
                        first_rows[original["document"]] + original["paragraph"],
                        pair["jaccard"],
                    )
                )
    found = np.array(pairs, np.float64).reshape(-1, 3)
    copies, originals = found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)
    families = np.arange(count)
    families[copies] = originals  # only fresh paragraphs are copied, so this is one step
    return Truth(copies, originals, found[:, 2], np.array(kinds, "U9"), families, first_rows)


@dataclass(frozen=True, slots=True)
class Score:
    """Hold what was found: shares, and of how many.

    `precision` counts a look-alike that must stay as wrong; `precision_near` asks the Jaccard alone
    (of a sample), as a tool without protected words means it; None where no pairs are named.
    `kinds`: of each kind of copy at or above the threshold how many were found, and planted.
    """

    recall: float
    precision: float
    precision_near: float | None
    planted: int
    found: int
    kinds: dict[str, tuple[int, int]]


def score_removals(truth: Truth, removed: Rows, canonical: Rows, *, threshold: float) -> Score:
    """Judge removals that name what stays for them.

    Right is one whose canonical stays and is of the same planted family.
    """
    removed, canonical = np.asarray(removed, np.int64), np.asarray(canonical, np.int64)
    gone = np.zeros(len(truth.families), bool)
    gone[removed] = True
    near = truth.jaccard >= threshold
    hit = gone[truth.copies[near]] | gone[truth.originals[near]]
    right = (truth.families[removed] == truth.families[canonical]) & ~gone[canonical]
    right &= removed != canonical
    kinds = _by_kind(truth.kinds[near], hit)
    return Score(_share(hit), _share(right), None, len(hit), len(removed), kinds)


def score_pairs(
    truth: Truth, left: Rows, right: Rows, forms: Sequence[str], *, threshold: float
) -> Score:
    """Judge pairs: a planted one is found when it is reported or the two are in one cluster."""
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    cluster = _clusters(len(truth.families), left, right)
    near = truth.jaccard >= threshold
    hit = cluster[truth.copies[near]] == cluster[truth.originals[near]]
    planted = truth.families[left] == truth.families[right]
    chosen = range(len(left))
    if len(left) > SAMPLE:
        chosen = sorted(random.Random(1).sample(chosen, SAMPLE))
    really = [jaccard(forms[left[i]], forms[right[i]]) >= threshold for i in chosen]
    return Score(
        recall=_share(hit),
        precision=_share(planted),
        precision_near=_share(np.array(really, bool)),
        planted=len(hit),
        found=len(left),
        kinds=_by_kind(truth.kinds[near], hit),
    )


def score_flags(truth: Truth, flags: Rows, *, threshold: float) -> Score:
    """Judge flags that name no pair: right is one on a planted copy or on what was copied."""
    flags = np.asarray(flags, bool)
    near = truth.jaccard >= threshold
    hit = flags[truth.copies[near]] | flags[truth.originals[near]]
    in_family = np.zeros(len(flags), bool)
    in_family[truth.copies] = in_family[truth.originals] = True
    kinds = _by_kind(truth.kinds[near], hit)
    return Score(_share(hit), _share(in_family[flags]), None, len(hit), int(flags.sum()), kinds)


def _clusters(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each row the least row that pairs join it with."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(row) for row in range(count)], np.int64)


def _by_kind(kinds: NDArray[np.str_], hit: NDArray[np.bool_]) -> dict[str, tuple[int, int]]:
    found = {}
    for kind in sorted(set(kinds.tolist())):
        own = hit[kinds == kind]
        found[kind] = (int(own.sum()), len(own))
    return found


def _share(flags: NDArray[np.bool_]) -> float:
    """Give the share of true ones; of nothing, all are right."""
    return float(flags.mean()) if len(flags) else 1.0
