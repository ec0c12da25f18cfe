"""Rows → the pairs of forms that may match: what is searched, where, at which threshold.

Within a document near and contained, between documents near only: how a pair is searched depends on
where the two stand, never on how many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.banding import choose_banding, least_agreeing
from dedup.index import INDEXES
from dedup.index.arrays import Candidates, distinct_pairs
from dedup.index.inverted import containment_pairs
from dedup.minhash import signatures
from dedup.verify import SIZE_RATIO

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.plan import Rows
    from dedup.shingles import ShingleSets


def find_candidates(
    rows: Rows,
    among: NDArray[np.bool_],
    sets: ShingleSets,
    config: Config,
    index: str,
    *,
    across: bool,
    quiet: Collection[int] = (),
) -> Candidates:
    """Give the pairs of forms that may match: by LSH, and within a document by containment.

    Only the rows `among` count; forms are asked in the order in which they first stand there. With
    `across` they are searched as those of several documents are too, be there but one: what is
    found in it may not depend on which others there are. Within the units `quiet` nobody searches:
    nothing in one of them is like anything else in it.
    """
    unit, form = rows.unit[among], rows.form[among]
    both, first = np.unique(np.stack([unit, form]), axis=1, return_index=True)
    unit, form = both[:, np.argsort(first, kind="stable")]
    sketches = signatures(sets, num_perm=config.num_perm, seed=config.seed)
    none = np.zeros(0, np.int64)
    found = [Candidates(none, none, none)]

    def search(
        forms: NDArray[np.int64], groups: NDArray[np.int64], threshold: float, least: int = 0
    ) -> None:
        banding = choose_banding(threshold, num_perm=config.num_perm, recall=config.recall)
        pairs = INDEXES[index](sketches[forms], banding, groups, least=least)
        found.append(distinct_pairs(*(forms[of] for of in (pairs.left, pairs.right, pairs.capped))))

    _, which, count = np.unique(unit, return_inverse=True, return_counts=True)
    crowded = count[which] > 1  # alone in its unit, an entry has nobody to meet
    if quiet:
        crowded &= ~np.isin(unit, np.array(sorted(quiet), np.int64))
    if crowded.any():
        search(form[crowded], unit[crowded], config.threshold)
        found.append(
            containment_pairs(
                sets,
                form[crowded],
                unit[crowded],
                containment=config.containment,
                size_ratio=SIZE_RATIO,
            )
        )
    if across or len(count) > 1:
        distinct = form[np.sort(np.unique(form, return_index=True)[1])]
        everywhere = np.zeros(len(distinct), np.int64)
        # What else there is may not decide which pairs are found: so only what is alike counts.
        least = least_agreeing(config.num_perm, config.threshold_across)
        search(distinct, everywhere, config.threshold_across, least)
    return join(found)


def join(found: Sequence[Candidates]) -> Candidates:
    """Put several findings together, each pair once."""
    return distinct_pairs(
        np.concatenate([pairs.left for pairs in found]),
        np.concatenate([pairs.right for pairs in found]),
        np.concatenate([pairs.capped for pairs in found]),
    )
