"""Pairs of forms → arcs: which may go for which, within a document and across.

What can be told of all pairs at once is; the few that take a closer look are judged by
`verify.Matcher`, whose verdict all of them have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from dedup import kernels
from dedup.kernels.searching import LOST, UNDECIDED
from dedup.model import Match
from dedup.verify import RESCAN_SHARE, SHORT_WORDS, SIZE_RATIO, Matcher
from dedup.words import protected_kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.active import Active
    from dedup.normalize import Forms

    I64 = NDArray[np.int64]
    U8 = NDArray[np.uint8]
    Bools = NDArray[np.bool_]

NO, GOES, VARIANT, ASK = range(4)
"""What an arc says: the one does not go for the other, goes, would but for what is protected; or
`Matcher` must be asked."""

_CHUNKS = 16  # of the pairs, counted side by side


@dataclass(frozen=True, slots=True)
class Arcs:
    """Hold arcs between forms, by the form that may go, the nearest first.

    `of` int64, rising, is the form that may go, `to` int64 the other; `within` and `across` uint8
    say what holds inside a document and between two; `contained` bool: within, as such; `jaccard`,
    `containment` float64 are counted on the strings. `sizes` int64 of forms, in shingles. `matcher`
    judges one pair.
    """

    of: I64
    to: I64
    within: U8
    across: U8
    contained: Bools
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    sizes: I64
    matcher: Matcher

    def without(self, forms: Bools) -> Arcs:
        """Leave out the arcs of some `forms`, bool[forms]."""
        if not forms.any():
            return self
        kept = ~forms[self.of]
        names = ("of", "to", "within", "across", "contained", "jaccard", "containment")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def match(self, arc: int, *, across: bool) -> tuple[int, Match]:
        """Say what an arc says, and with which figures; that of NO says nothing."""
        says = int(self.across[arc] if across else self.within[arc])
        if says == ASK:
            match = self.matcher.judge(int(self.of[arc]), int(self.to[arc]), across=across)
            if match is not None:
                return (VARIANT if match.differs else GOES), match
            says = NO
        relation = "contained" if self.contained[arc] and not across else "near"
        return says, Match(relation, float(self.jaccard[arc]), float(self.containment[arc]))


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold pairs of forms, each once, with what they share; and the size of every form."""

    left: I64
    right: I64
    common: I64
    sizes: I64


def count(active: Active, left: I64, right: I64, config: Config, executor: Executor) -> Counted:
    """Count the shingles of every form, and those that each pair shares, on the strings."""
    codes = np.unique((np.minimum(left, right) << 32) | np.maximum(left, right))
    left, right = codes >> 32, codes & 0xFFFFFFFF
    left, right = left[left != right], right[left != right]

    def size(low: int, high: int) -> I64:
        offsets = active.offsets[low : high + 1]
        counts: I64 = kernels.shingle_counts(active.data, offsets, config.size)
        return counts

    def common(low: int, high: int) -> I64:
        pair = left[low:high], right[low:high]
        counts: I64 = kernels.common_shingles(active.data, active.offsets, *pair, config.size)
        return counts

    return Counted(
        left,
        right,
        _in_chunks(common, len(left), executor),
        _in_chunks(size, len(active.words), executor),
    )


def make_arcs(
    active: Active, counted: Counted, turn: I64, again: Bools, config: Config, executor: Executor
) -> Arcs:
    """Say what goes for what.

    `turn` int64: when each form is first asked; none goes for one whose turn comes later, unless it
    is asked `again`, bool, for another row.
    """
    left, right, sizes = counted.left, counted.right, counted.sizes
    matcher = Matcher(cast("Forms", active), sizes, left, right, counted.common, config)
    p, q = np.concatenate([left, right]), np.concatenate([right, left])
    both = np.concatenate([counted.common, counted.common])
    useful = again[p] | (turn[q] < turn[p])
    p, q, both = p[useful], q[useful], both[useful]
    relations = _relations(sizes, p, q, both, config)
    keep = (relations[0] != NO) | (relations[1] != NO)
    p, q, both = p[keep], q[keep], both[keep]
    within, across, contained = (found[keep] for found in relations)
    verdicts = _changes(active, p, q, config, executor)
    # A short text contained in another may be words strewn over it.
    strewn = contained & (active.words[p] <= SHORT_WORDS)
    for says in (within, across):
        goes = says == GOES
        says[goes & (verdicts == LOST)] = VARIANT
        says[goes & (verdicts == UNDECIDED)] = ASK
    within[strewn & (within == GOES)] = ASK
    jaccard = both / (sizes[p] + sizes[q] - both)
    order = np.lexsort((q, -jaccard, p))
    return Arcs(
        of=p[order],
        to=q[order],
        within=within[order],
        across=across[order],
        contained=contained[order],
        jaccard=jaccard[order],
        containment=(both / np.maximum(sizes[p], 1))[order],
        sizes=sizes,
        matcher=matcher,
    )


def _changes(active: Active, p: I64, q: I64, config: Config, executor: Executor) -> I64:
    """Say of each pair whether `p` loses something protected for `q`."""
    protect = protected_kinds(config.protect)
    arrays = active.data, active.offsets, active.flags, active.flag_offsets

    def verdicts(low: int, high: int) -> I64:
        found = kernels.changes(*arrays, p[low:high], q[low:high], protect)
        codes: I64 = found.astype(np.int64)
        return codes

    return _in_chunks(verdicts, len(p), executor)


def _in_chunks(work: Callable[[int, int], I64], count: int, executor: Executor) -> I64:
    edges = np.linspace(0, count, _CHUNKS + 1).astype(int).tolist()
    parts = executor.map(work, edges[:-1], edges[1:])
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _relations(sizes: I64, p: I64, q: I64, common: I64, config: Config) -> tuple[U8, U8, Bools]:
    """Say what p is to q within a document and across, and whether within it is `contained`."""
    ours, theirs = sizes[p], sizes[q]
    union = ours + theirs - common
    full = theirs >= SIZE_RATIO * ours
    near = (common >= config.threshold * union) & full
    contained = ~near & (common >= config.containment * ours) & (ours < SIZE_RATIO * theirs)
    within = np.where(near | contained, GOES, NO).astype(np.uint8)
    rescan = (
        (common >= RESCAN_SHARE * config.threshold * union)
        & (common < config.threshold * union)
        & (np.minimum(ours, theirs) >= SIZE_RATIO * np.maximum(ours, theirs))
    )
    within[rescan & (within == NO)] = ASK
    across = np.where((common >= config.threshold_across * union) & full, GOES, NO)
    return within, across.astype(np.uint8), contained
