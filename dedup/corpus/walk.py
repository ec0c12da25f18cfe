"""Arcs → what goes by an arc of its own: the walk of `plan`, over forms instead of rows.

Rows of one form go together: the first that stays is what the others equal. So only forms that have
arcs are asked one by one, and of each mostly one row.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.corpus.arcs import ASK, GOES, VARIANT
from dedup.corpus.ledger import RELATIONS
from dedup.model import Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dedup.corpus.arcs import Arcs

    I64 = NDArray[np.int64]
    U8 = NDArray[np.uint8]
    F64 = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Purposed = Callable[[int, int, Match], bool]

EXACT = Match("exact", 1.0, 1.0)
_EXACT, _NEAR, _CONTAINED = (RELATIONS.index(name) for name in ("exact", "near", "contained"))


@dataclass(slots=True)
class Walked:
    """Hold what goes: `canonical` int64[n], the row that one goes for, -1 where it stays.

    `relation` uint8[n], index into RELATIONS, `jaccard`, `containment` float64[n] are those of the
    two; of what does not go they say nothing. `guarded`: lines, each with the row that it did not
    go for because they repeat on purpose. `variants`: how many would go but for what is
    protected.
    """

    canonical: I64
    relation: U8
    jaccard: F64
    containment: F64
    guarded: set[tuple[int, int]] = field(default_factory=set)
    variants: int = 0

    @classmethod
    def nothing(cls, rows: int) -> Walked:
        """Let nothing go."""
        ones = np.ones(rows)
        return cls(np.full(rows, -1, np.int64), np.zeros(rows, np.uint8), ones, ones.copy())

    def remove(self, row: int, keeper: int, match: Match) -> None:
        """Let `row` go for `keeper`."""
        self.canonical[row] = keeper
        self.relation[row] = RELATIONS.index(match.relation)
        self.jaccard[row], self.containment[row] = match.jaccard, match.containment

    def matches(self, rows: I64) -> dict[int, Match]:
        """Give what those of `rows` go by that do not equal what they go for."""
        near = rows[self.relation[rows] != _EXACT]
        figures = (self.relation[near], self.jaccard[near], self.containment[near])
        found = zip(near.tolist(), *(array.tolist() for array in figures), strict=True)
        return {row: Match(RELATIONS[of], jaccard, held) for row, of, jaccard, held in found}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rows that may go.

    The `form` int64[n] of each, the document `unit` int64[n] that it stands in, its `rank` int64[n]
    in the order in which they are asked, whether it is a `line`, bool[n], and whether it is
    `fixed`, bool[n]: asked before all others, and staying.
    """

    form: I64
    unit: I64
    rank: I64
    line: Bools
    fixed: Bools

    def standing(self, forms: int) -> Bools:
        """Tell which forms have a row that stays whatever happens: bool[forms]."""
        found = np.zeros(forms, bool)
        found[self.form[self.fixed]] = True
        return found

    def turns(self, forms: int) -> tuple[I64, Bools]:
        """Give the rank of the first row of each form, and tell which have more than one row.

        A form without rows is never asked: its turn comes after all others.
        """
        turn = np.full(forms, np.iinfo(np.int64).max)
        np.minimum.at(turn, self.form, self.rank)
        return turn, np.bincount(self.form, minlength=forms) > 1


def walk(rows: Candidates, arcs: Arcs, purposed: Purposed) -> Walked:
    """Let every row go that equals one that stays, or has an arc to it.

    `purposed` tells whether a line and what it would go for repeat on purpose.
    """
    return _Walk(rows, arcs, purposed).done()


class _Walk:
    def __init__(self, rows: Candidates, arcs: Arcs, purposed: Purposed) -> None:
        self.rows, self.arcs, self.purposed = rows, arcs, purposed
        self.walked = Walked.nothing(len(rows.form))
        forms = len(arcs.sizes)
        self.order = np.lexsort((rows.rank, rows.form))
        self.bounds = np.searchsorted(rows.form[self.order], np.arange(forms + 1))
        self.going = np.flatnonzero(_MAY_GO[arcs.within] | _MAY_GO[arcs.across])
        may_go = np.zeros(forms, bool)
        may_go[arcs.of[self.going]] = True
        present = np.diff(self.bounds) > 0
        self.first = np.full(forms, -1, np.int64)  # the row of each form that is asked first
        self.first[present] = self.order[self.bounds[:-1][present]]
        # The first row of each form that stays. What has no arc that lets it go does, whenever it
        # is asked.
        self.kept = np.where(may_go, -1, self.first)
        may_go[self._settle()] = False
        asked = self.first[may_go & present]
        # Ranks are distinct: the heap never compares further.
        self.heap = list(zip(rows.rank[asked].tolist(), asked.tolist(), strict=True))
        heapq.heapify(self.heap)

    def _settle(self) -> I64:
        """Let those go that surely do: the nearest one stays for sure. Gives their forms."""
        rows, arcs, walked = self.rows, self.arcs, self.walked
        form, at = np.unique(arcs.of[self.going], return_index=True)
        arc = self.going[at]
        single = np.diff(self.bounds)[form] == 1
        form, arc = form[single], arc[single]
        row, keeper = self.first[form], self.kept[arcs.to[arc]]
        apart = rows.unit[row] != rows.unit[keeper]
        says = np.where(apart, arcs.across[arc], arcs.within[arc])
        surely = (keeper >= 0) & (rows.rank[keeper] < rows.rank[row]) & (says == GOES)
        surely &= ~rows.line[row]
        row, keeper, arc, apart = row[surely], keeper[surely], arc[surely], apart[surely]
        walked.canonical[row] = keeper
        walked.relation[row] = np.where(arcs.contained[arc] & ~apart, _CONTAINED, _NEAR)
        walked.jaccard[row], walked.containment[row] = arcs.jaccard[arc], arcs.containment[arc]
        gone: I64 = form[surely]
        return gone

    def done(self) -> Walked:
        canonical, form = self.walked.canonical, self.rows.form
        self._ask_all()
        equal = np.flatnonzero((canonical < 0) & (self.kept[form] != np.arange(len(form))))
        equal = equal[(self.kept[form[equal]] >= 0) & ~self.rows.fixed[equal]]
        canonical[equal] = self.kept[form[equal]]
        for row in equal[self.rows.line[equal]].tolist():
            if self._stays(row, int(canonical[row]), EXACT):
                canonical[row] = -1
                self._ask(row)
        self.walked.variants = self._count_variants()
        return self.walked

    def _ask_all(self) -> None:
        arcs, going = self.arcs, self.going
        turns = np.full(len(self.kept), -1, np.int64)
        turns[self.first >= 0] = self.rows.rank[self.first[self.first >= 0]]
        # Few of all items are looked at.
        forms, units, ranks = map(_items, (self.rows.form, self.rows.unit, self.rows.rank))
        turn, kept, numbers, to = map(_items, (turns, self.kept, going, arcs.to[going]))
        first = _items(np.searchsorted(arcs.of[going], np.arange(len(self.kept) + 1)))
        # Whether an arc lets go, within a document and across.
        within, across = (_items(_MAY_GO[says[going]]) for says in (arcs.within, arcs.across))
        while self.heap:
            rank, row = heapq.heappop(self.heap)
            own, alone = forms[row], False
            for arc in range(first[own], first[own + 1]):
                keeper = kept[to[arc]]
                if keeper < 0 or ranks[keeper] > rank:
                    alone |= turn[to[arc]] > rank
                    continue
                apart = units[row] != units[keeper]
                if not (across if apart else within)[arc]:
                    continue
                says, match = arcs.match(numbers[arc], across=apart)
                if says != GOES:
                    continue
                if self._stays(row, keeper, match):
                    alone = True
                    continue
                self._remove(row, keeper, numbers[arc], match, alone=alone)
                break
            else:
                kept[own] = row

    def _count_variants(self) -> int:
        """Count the forms that stay beside one they would go for, but for what is protected."""
        of, to, rank = self.kept[self.arcs.of], self.kept[self.arcs.to], self.rows.rank
        both = np.flatnonzero((of >= 0) & (to >= 0))
        of, to = of[both], to[both]
        apart = self.rows.unit[of] != self.rows.unit[to]
        says = np.where(apart, self.arcs.across[both], self.arcs.within[both])
        for at in np.flatnonzero(says == ASK).tolist():
            says[at], _ = self.arcs.match(int(both[at]), across=bool(apart[at]))
        return len(np.unique(of[(says == VARIANT) & (rank[to] < rank[of])]))

    def _stays(self, row: int, keeper: int, match: Match) -> bool:
        if self.rows.line[row] and self.purposed(row, keeper, match):
            self.walked.guarded.add((row, keeper))
            return True
        return False

    def _ask(self, row: int) -> None:
        """Let a line that does not go for its equal go for another."""
        own, rows = int(self.rows.form[row]), self.rows
        for arc in range(*np.searchsorted(self.arcs.of, [own, own + 1]).tolist()):
            keeper = int(self.kept[self.arcs.to[arc]])
            if keeper < 0 or rows.rank[keeper] > rows.rank[row]:
                continue
            says, match = self.arcs.match(arc, across=bool(rows.unit[row] != rows.unit[keeper]))
            if says == GOES and not self._stays(row, keeper, match):
                self.walked.remove(row, keeper, match)
                return

    def _remove(self, row: int, keeper: int, arc: int, match: Match, *, alone: bool) -> None:
        """Let `row` go, and with it the rows of its form of which the arc says the same.

        It goes `alone` where something nearer is asked later, or kept it as a line: others may go
        for that.
        """
        rows, canonical = self.rows, self.walked.canonical
        self.walked.remove(row, keeper, match)
        form = rows.form[row]
        own = self.order[self.bounds[form] : self.bounds[form + 1]]
        if len(own) == 1:
            return
        everywhere, its = self.arcs.match(arc, across=True)
        waiting = own[(canonical[own] < 0) & (rows.rank[own] > rows.rank[row])]
        beside = rows.unit[waiting] == rows.unit[keeper]
        going = (beside | (everywhere == GOES)) & (not alone)
        for one, near in zip(waiting[going].tolist(), beside[going].tolist(), strict=True):
            that = match if near else its
            if not self._stays(one, keeper, that):
                self.walked.remove(one, keeper, that)
        left = waiting[canonical[waiting] < 0]
        if len(left):
            heapq.heappush(self.heap, (int(rows.rank[left[0]]), int(left[0])))


def _items(array: NDArray[Any]) -> Any:
    """Give the items of `array` as plain numbers, each when it is asked for."""
    return memoryview(array)  # type: ignore[arg-type]  # a buffer, which Python 3.11 has no type of


_MAY_GO = np.isin(np.arange(4), (GOES, ASK))  # by what an arc says
