"""Forms and pairs → what goes from each document, and what it goes for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.corpus import survey as traits
from dedup.corpus.arcs import count, make_arcs
from dedup.corpus.ledger import RELATIONS
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
    from dedup.corpus.survey import Survey

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Decided:
    """What goes, a row each, rising.

    `row`, `canonical` int64, `relation` uint8 (index into RELATIONS), `jaccard`, `containment`
    float64.

    `over` int64: the documents left whole because too much of them would go. `variants`: how many
    paragraphs stay because something protected differs. `pairs`: how many were counted.
    """

    row: I64
    canonical: I64
    relation: NDArray[np.uint8]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    over: I64
    variants: int = 0
    pairs: int = 0

    def without(self, document: I64, whole: I64) -> Decided:
        """Leave the documents `whole` as they are; `document` int64[n] is that of every row."""
        stays = np.isin(document[self.row], whole)
        return replace(
            self,
            **{
                name: getattr(self, name)[~stays]
                for name in ("row", "canonical", "relation", "jaccard", "containment")
            },
        )


def decide(
    survey: Survey, found: Found, active: Active, place: I64, config: Config, executor: Executor
) -> Decided:
    """Decide about all paragraphs. `place` int64[n] orders them: of equal ones the first stays."""
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
        rank=_ranks(survey, counted.sizes[form[rows]], rows, place, config),
        line=survey.has(traits.LINE)[rows] & (LINES in config.protect),
    )
    turn, again = candidates.turns(len(counted.sizes))
    arcs = make_arcs(active, counted, turn, again, config, executor)
    around = Surroundings(survey, form, document, arcs.matcher, config)
    walked = walk(
        candidates,
        arcs,
        lambda row, keeper, match: around.purposed(int(rows[row]), int(rows[keeper]), match),
    )
    gone = np.flatnonzero(walked.canonical >= 0)
    row, its = rows[gone], rows[walked.canonical[gone]]
    beside, by_block, bereft = around.take_along(row, its, lambda k: walked.match(int(gone[k])))
    decided = _decided(
        Decided(
            row,
            its,
            walked.relation[gone],
            walked.jaccard[gone],
            walked.containment[gone],
            np.zeros(0, np.int64),
            walked.variants,
            len(counted.left),
        ),
        beside,
        by_block,
    )
    over = _over_limit(survey, document, decided, config)
    return replace(decided, over=over).without(document, np.concatenate([over, bereft]))


def _ranks(survey: Survey, size: I64, rows: I64, place: I64, config: Config) -> I64:
    """Rank `rows` of that `size` in the order in which `plan.walking_order` asks them."""
    exact_size = -size if config.keep == "longest" else np.zeros(len(rows), np.int64)
    at = -place[rows] if config.keep == "last" else place[rows]
    order = np.lexsort(
        (
            at,
            exact_size,
            -survey.protected[rows].astype(np.int64),
            survey.has(traits.CUT_OFF)[rows],
            -size_classes(size),
        )
    )
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows))
    return rank


def _decided(alone: Decided, beside: dict[int, int], by_block: set[int]) -> Decided:
    """Add what goes `beside` what goes by itself; it equals what it goes for."""
    if not beside:
        return alone
    more = np.array(sorted(beside), np.int64)
    row = np.concatenate([alone.row, more])
    order = np.argsort(row)
    its = np.array([beside[one] for one in more.tolist()], np.int64)
    relation = np.concatenate([alone.relation, np.zeros(len(more), np.uint8)])
    relation[np.isin(row, np.array(sorted(by_block), np.int64))] = RELATIONS.index("block")
    ones = np.ones(len(more))
    return replace(
        alone,
        row=row[order],
        canonical=np.concatenate([alone.canonical, its])[order],
        relation=relation[order],
        jaccard=np.concatenate([alone.jaccard, ones])[order],
        containment=np.concatenate([alone.containment, ones])[order],
    )


def _over_limit(survey: Survey, document: I64, decided: Decided, config: Config) -> I64:
    """Name the documents of which near and contained cuts would take too much."""
    counted = np.isin(decided.relation, (RELATIONS.index("near"), RELATIONS.index("contained")))
    rows = decided.row[counted]
    count = len(survey.rows) - 1
    going = np.bincount(document[rows], weights=survey.words[rows], minlength=count)
    total = np.bincount(document, weights=survey.words, minlength=count)
    over: I64 = np.flatnonzero(going * 100 > config.max_removed * total)
    return over
