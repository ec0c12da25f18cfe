"""Documents that have nothing to do with each other, cleaned in one go, each beside an index.

What becomes of each is what `pipeline.clean_group` makes of it alone: they have no form in common,
so no pair, no block and no word of one is anything to another. Together they are one set of arrays
and not a thousand small ones, which is several times as fast.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.candidates import join
from dedup.decisions import Decider
from dedup.index.arrays import Candidates, distinct_pairs
from dedup.pipeline import rows_of
from dedup.reference import beside, known_of
from dedup.settle import check_canonicals, settle_apart
from dedup.shingles import shingle_sets
from dedup.verify import RESCAN_SHARE, Matcher
from dedup.words import LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.config import Config
    from dedup.group import Group
    from dedup.model import Chain, Run
    from dedup.reference import Reference
    from dedup.shingles import ShingleSets


_NOTHING = np.zeros(0, np.int64)
NO_PAIRS = Candidates(_NOTHING, _NOTHING, _NOTHING)


def clean_apart(
    group: Group,
    sets: ShingleSets,
    within: Sequence[Candidates],
    references: Sequence[Reference],
    config: Config,
) -> list[Run | None]:
    """Clean documents that are each a part of `group`, none of too many paragraphs.

    `sets`: the shingles of its forms. ``within[d]``: the pairs of forms of document d that may be
    alike; ``references[d]``: what stands in an index that it is like. Gives a run for each, in
    which it is number 0 and what it is like comes behind it; None for one that has to be cleaned by
    itself.

    Raises:
        SelfCheckError: a result did not prove safe; nothing of it may be written.
    """
    parts = group.own
    group, one, other = beside(group, references, config)
    new = group.forms.texts[len(sets) :]
    sets = sets.followed_by(shingle_sets(new, kind=config.shingle, size=config.shingle_size))
    pairs = join([*within, distinct_pairs(one, other, _NOTHING)])
    rows = rows_of(group, sets)
    matcher = Matcher.of_sets(
        group.forms, sets, pairs.left, pairs.right, config, place=rows.places()
    )
    settled, unsettled = settle_apart(
        group, rows, matcher, keep=config.keep, lines=LINES in config.protect
    )
    plan = settled.plan
    check_canonicals(rows, plan, matcher)
    chains: list[list[Chain]] = [[] for _ in range(parts)]
    for chain in settled.chains:
        if not all(plan.kept(copy) for copy, _ in chain.pairs):
            chains[group.part[rows.document[chain.copy[0]]]].append(chain)
    # A document is number 0 in its run, and what it is like comes behind it.
    known = group.part[parts:]
    numbers = [0] * parts + (1 + np.arange(len(known)) - np.searchsorted(known, known)).tolist()
    decide = Decider(
        group, rows, settled, numbers, capped=_NOTHING, many=frozenset(), lost_words=True
    )
    return [
        None
        if part in unsettled
        else decide.run([part], chains[part], known_of(group, part), crowded=reference.capped)
        for part, reference in enumerate(references)
    ]


def pairs_within(group: Group, config: Config) -> list[Candidates | None]:
    """Give the pairs of forms of each document that may be alike; None where a search must tell.

    A document is compared paragraph by paragraph, as those of a corpus are.
    """
    count = len(group.documents)
    if config.shingle != "char":
        return [None] * count
    forms = group.forms
    rows = forms.row_form.tolist()
    texts = [text.encode("utf-8", "surrogatepass") for text in forms.texts] + [b""]
    flags = [forms.flags_of(form).tobytes() for form in range(len(forms.texts))] + [b""]
    data, offsets = kernels.laid_out([texts[form] for form in rows])
    kinds, kind_offsets = kernels.laid_out([flags[form] for form in rows])
    found = kernels.sketch(
        *(data, offsets, kinds, kind_offsets, group.alone(), group.bounds),
        size=config.size,
        factors=np.zeros(0, np.uint64),
        floor=RESCAN_SHARE * config.threshold,
        containment=config.containment,
    )
    edges = np.searchsorted(found.right, group.bounds)
    pairs: list[Candidates | None] = []
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        if found.crowded[number]:
            pairs.append(None)
            continue
        if low == high:
            pairs.append(NO_PAIRS)
            continue
        own = dict.fromkeys(form for form in rows[group.rows_of(number)] if form >= 0)
        local = {form: at for at, form in enumerate(own)}
        left, right = (
            np.array([local[rows[row]] for row in side[low:high].tolist()], np.int64)
            for side in (found.left, found.right)
        )
        pairs.append(distinct_pairs(left, right, _NOTHING))
    return pairs
