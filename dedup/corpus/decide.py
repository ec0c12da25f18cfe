"""Forms and pairs → what goes from each document, and what it goes for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.corpus import survey as traits
from dedup.corpus.arcs import count, make_arcs
from dedup.corpus.heap import give_back
from dedup.corpus.ledger import RELATIONS
from dedup.corpus.settling import settle
from dedup.corpus.surroundings import Surroundings
from dedup.corpus.walk import Candidates, walk
from dedup.plan import size_classes
from dedup.words import LINES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.active import Active
    from dedup.corpus.search import Found
    from dedup.corpus.settling import Settled
    from dedup.corpus.survey import Survey

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Decided:
    """What goes, a row each, rising.

    `row`, `canonical` int64, `relation` uint8 (index into RELATIONS), `jaccard`, `containment`
    float64.

    `along` bool: it goes with its surroundings, not by an arc of its own.

    `over`: the documents left whole because so many percent of them would go; `bereft` those left
    whole because nothing would stand under a heading. `variants`: how many
    paragraphs stay because something protected differs. `pairs`: how many were counted.
    """

    row: I64
    canonical: I64
    relation: NDArray[np.uint8]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    along: Bools
    over: dict[int, float]
    bereft: I64
    variants: int = 0
    pairs: int = 0

    def without(self, document: I64, whole: I64) -> Decided:
        """Leave the documents `whole` as they are; `document` int64[n] is that of every row."""
        stays = np.isin(document[self.row], whole)
        return replace(
            self,
            **{
                name: getattr(self, name)[~stays]
                for name in ("row", "canonical", "relation", "jaccard", "containment", "along")
            },
        )


def decide(
    survey: Survey,
    found: Found,
    active: Active,
    place: I64,
    config: Config,
    executor: Executor,
    fixed: Bools,
) -> Decided:
    """Decide about all paragraphs. `place` int64[n] orders them: of equal ones the first stays.

    `fixed` bool[n]: those that stay whatever happens.
    """
    form = np.full(len(survey), -1, np.int64)
    form[active.rows] = active.form
    left = form[np.concatenate([found.left, survey.left])]
    right = form[np.concatenate([found.right, survey.right])]
    counted = count(active, left, right, config, executor)
    document = survey.document()
    rows = active.rows[survey.has(traits.ALONE)[active.rows]]
    candidates = Candidates(
        form=form[rows],
        unit=document[rows],
        rank=_ranks(survey, counted.sizes[form[rows]], rows, place, config, fixed),
        fixed=fixed[rows],
        line=survey.has(traits.LINE)[rows] & (LINES in config.protect),
    )
    turn, again = candidates.turns(len(counted.sizes))
    arcs = make_arcs(active, counted, turn, again, config, executor)
    arcs = arcs.without(candidates.standing(len(counted.sizes)))
    pairs = len(counted.left)
    del counted, left, right  # the most that is held, and what is left of it stands in the arcs
    give_back()
    around = Surroundings(survey, form, document, arcs.matcher, config, fixed=fixed)
    walked = walk(
        candidates,
        arcs,
        lambda row, keeper, match: around.purposed(int(rows[row]), int(rows[keeper]), match),
    )
    staying = set(np.flatnonzero(fixed).tolist())
    settled = settle(rows, candidates, arcs, walked, around, staying)
    decided = _decided(settled, pairs, walked.variants)
    return decided.without(
        document, np.union1d(np.array(list(decided.over), np.int64), decided.bereft)
    )


def _ranks(survey: Survey, size: I64, rows: I64, place: I64, config: Config, fixed: Bools) -> I64:
    """Rank `rows` of that `size` in the order in which `plan.walking_order` asks them."""
    exact_size = -size if config.keep == "longest" else np.zeros(len(rows), np.int64)
    first = place[rows]
    by = (
        -first if config.keep == "last" else first,
        exact_size,
        -survey.protected[rows].astype(np.int64),
        survey.has(traits.CUT_OFF)[rows],
        -size_classes(size),
    )
    # Of what stays whatever happens, the first is what others go for, as in `plan.walk`.
    order = np.lexsort((first, *(np.where(fixed[rows], 0, key) for key in by), ~fixed[rows]))
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows))
    return rank


def _decided(settled: Settled, pairs: int, variants: int) -> Decided:
    canonical, matches = settled.canonical, settled.matches
    row = np.array(sorted(canonical), np.int64)
    relation = np.zeros(len(row), np.uint8)
    jaccard, containment = np.ones(len(row)), np.ones(len(row))
    changed = np.array(sorted(matches), np.int64)
    for at, one in zip(np.searchsorted(row, changed).tolist(), changed.tolist(), strict=True):
        match = matches[one]
        relation[at] = RELATIONS.index(match.relation)
        jaccard[at], containment[at] = match.jaccard, match.containment
    by_block = np.array(sorted(settled.by_block), np.int64)
    relation[np.searchsorted(row, by_block)] = RELATIONS.index("block")
    return Decided(
        row,
        np.array([canonical[one] for one in row.tolist()], np.int64),
        relation,
        jaccard,
        containment,
        np.isin(row, list(settled.along)),
        settled.over,
        settled.bereft,
        variants,
        pairs,
    )
