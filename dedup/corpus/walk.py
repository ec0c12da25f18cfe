"""Arcs → what goes by an arc of its own: the walk of `plan`, over forms instead of rows.

Rows of one form go together: the first that stays is what the others equal. So only forms that have
arcs are asked one by one, and of each mostly one row.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup.corpus.arcs import GOES, NO, VARIANT
from dedup.model import Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dedup.corpus.arcs import Arcs

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Purposed = Callable[[int, int, Match], bool]

EXACT = Match("exact", 1.0, 1.0)


@dataclass(slots=True)
class Walked:
    """Hold what goes. `canonical` int64[n]: the row that one goes for, -1 where it stays.

    `matches`: of those that go for one they do not equal. `variants`: how many would go but for
    what is protected.
    """

    canonical: I64
    matches: dict[int, Match] = field(default_factory=dict)
    variants: int = 0


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rows that may go.

    The `form` int64[n] of each, the document `unit` int64[n] that it stands in, its `rank` int64[n]
    in the order in which they are asked, and whether it is a `line`, bool[n].
    """

    form: I64
    unit: I64
    rank: I64
    line: Bools


def walk(rows: Candidates, arcs: Arcs, purposed: Purposed) -> Walked:
    """Let every row go that equals one that stays, or has an arc to it.

    `purposed` tells whether a line and what it would go for repeat on purpose.
    """
    return _Walk(rows, arcs, purposed).done()


class _Walk:
    def __init__(self, rows: Candidates, arcs: Arcs, purposed: Purposed) -> None:
        self.rows, self.arcs, self.purposed = rows, arcs, purposed
        self.walked = Walked(np.full(len(rows.form), -1, np.int64))
        forms = len(arcs.sizes)
        self.order = np.lexsort((rows.rank, rows.form))
        self.bounds = np.searchsorted(rows.form[self.order], np.arange(forms + 1))
        self.kept = np.full(forms, -1, np.int64)  # the first row of each form that stays
        concerned = np.diff(arcs.first) > 0
        concerned[arcs.to] = True
        present = np.diff(self.bounds) > 0
        idle = present & ~concerned
        self.kept[idle] = self.order[self.bounds[:-1][idle]]
        first = self.order[self.bounds[:-1][present & concerned]]
        # Ranks are distinct: the heap never compares further.
        self.heap = list(zip(rows.rank[first].tolist(), first.tolist(), strict=True))
        heapq.heapify(self.heap)

    def done(self) -> Walked:
        canonical, form = self.walked.canonical, self.rows.form
        kept = self.kept.tolist()
        first, to = self.arcs.first.tolist(), self.arcs.to.tolist()
        forms, units = form.tolist(), self.rows.unit.tolist()
        within, across = self.arcs.within.tolist(), self.arcs.across.tolist()
        while self.heap:
            _, row = heapq.heappop(self.heap)
            own = forms[row]
            nearly = False
            for arc in range(first[own], first[own + 1]):
                keeper = kept[to[arc]]
                if keeper < 0:
                    continue
                apart = units[row] != units[keeper]
                says = (across if apart else within)[arc]
                if says == NO:
                    continue
                if says != VARIANT:
                    says, match = self.arcs.match(arc, own, across=apart)
                    if says == GOES and not self._stays(row, keeper, match):
                        self._remove(row, keeper, arc, match)
                        break
                nearly = nearly or says != NO
            else:
                self.walked.variants += nearly
                kept[own] = row
        self.kept = np.array(kept, np.int64)
        equal = np.flatnonzero((canonical < 0) & (self.kept[form] != np.arange(len(form))))
        equal = equal[self.kept[form[equal]] >= 0]
        canonical[equal] = self.kept[form[equal]]
        for row in equal[self.rows.line[equal]].tolist():
            if self.purposed(row, int(canonical[row]), EXACT):
                canonical[row] = -1
        return self.walked

    def _stays(self, row: int, keeper: int, match: Match) -> bool:
        return bool(self.rows.line[row]) and self.purposed(row, keeper, match)

    def _remove(self, row: int, keeper: int, arc: int, match: Match) -> None:
        """Let `row` go, and with it the rows of its form of which the arc says the same."""
        rows, canonical = self.rows, self.walked.canonical
        form = int(rows.form[row])
        everywhere, its = self.arcs.match(arc, form, across=True)
        own = self.order[self.bounds[form] : self.bounds[form + 1]]
        waiting = own[(canonical[own] < 0) & (rows.rank[own] >= rows.rank[row])]
        beside = rows.unit[waiting] == rows.unit[keeper]
        if everywhere == GOES:
            going = waiting.tolist()
        else:
            going = waiting[beside | (waiting == row)].tolist()
        for one in going:
            apart = rows.unit[one] != rows.unit[keeper]
            that = match if one == row or its is None or not apart else its
            if one == row or not self._stays(one, keeper, that):
                canonical[one] = keeper
                self.walked.matches[one] = that
        left = waiting[(canonical[waiting] < 0) & (~beside | (everywhere == GOES))]
        if len(left) and everywhere != GOES:
            heapq.heappush(self.heap, (int(rows.rank[left[0]]), int(left[0])))
