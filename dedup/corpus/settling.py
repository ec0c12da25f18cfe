"""Walk and surroundings, until a second run would find nothing: `settle`, over a corpus.

A line of verse or of a list stays for what stands around it. When some of that went, it may be free
to go: what a second run would cut is cut at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup.corpus.arcs import GOES
from dedup.corpus.walk import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from dedup.corpus.arcs import Arcs
    from dedup.corpus.surroundings import Surroundings
    from dedup.corpus.walk import Candidates, Walked
    from dedup.model import Match

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def _none() -> I64:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Settled:
    """Hold what goes, by row of the corpus: `canonical`, and `matches` of what equals it not.

    `by_block`: went with a block; `along`: with any surroundings. `over`: the documents of which
    too much would go, and how many percent. `bereft` int64: those with a heading that nothing would
    stand under.
    """

    canonical: dict[int, int] = field(default_factory=dict)
    matches: dict[int, Match] = field(default_factory=dict)
    by_block: set[int] = field(default_factory=set)
    along: set[int] = field(default_factory=set)
    over: dict[int, float] = field(default_factory=dict)
    bereft: I64 = field(default_factory=_none)


def settle(
    rows: I64,
    candidates: Candidates,
    arcs: Arcs,
    walked: Walked,
    around: Surroundings,
    staying: set[int],
) -> Settled:
    """Take along what goes with what `walked` says, and ask the lines again that it kept.

    `rows` int64: those of the corpus that the candidates are. `staying` are those that stay.
    """
    while True:
        settling = _Settling(rows, candidates, arcs, walked, around, staying)
        settling.begin()
        stranded = settling.free()
        if not stranded:
            return settling.settled
        staying = staying | stranded


class _Settling:
    """One plan, in which the rows `staying` stay."""

    def __init__(
        self,
        rows: I64,
        candidates: Candidates,
        arcs: Arcs,
        walked: Walked,
        around: Surroundings,
        staying: set[int],
    ) -> None:
        self.rows, self.candidates, self.arcs, self.walked = rows, candidates, arcs, walked
        self.around, self.staying = around, staying
        self.survey, self.document = around.survey, around.document
        self.settled = Settled()
        self.withheld: set[int] = set()  # would go, but for the rest of its document
        self.frozen = staying

    def begin(self) -> None:
        """Take what the walk said."""
        rows, walked = self.rows, self.walked
        gone = np.flatnonzero(walked.canonical >= 0)
        keepers = rows[walked.canonical[gone]].tolist()
        canonical = dict(zip(rows[gone].tolist(), keepers, strict=True))
        matches = {int(rows[row]): match for row, match in walked.matches(gone).items()}
        for row in self.staying:
            canonical.pop(row, None)
            matches.pop(row, None)
        self.settled.over = self._over_limit(matches, np.ones(len(self.document), bool))
        if self.settled.over:
            # What is around a text that stays whole is asked as it stays.
            whole = np.isin(self.document, list(self.settled.over))
            self.withheld = {row for row in canonical if whole[row]}
            canonical = {row: keeper for row, keeper in canonical.items() if not whole[row]}
            matches = {row: match for row, match in matches.items() if not whole[row]}
            self.frozen = self.staying | set(np.flatnonzero(whole).tolist())
        self._add(self.around, canonical, matches)

    def free(self) -> set[int]:
        """Let the lines go that were kept for what went, as long as there are any.

        Gives the rows that went for one of them and go for nothing else: they have to stay.
        """
        rows, document, settled = self.rows, self.document, self.settled
        waiting = {row for row, _ in self.walked.guarded if int(rows[row]) not in self.staying}
        while waiting:
            whole = np.union1d(np.array(list(settled.over), np.int64), settled.bereft)
            going = np.zeros(len(document), bool)
            going[list(settled.canonical)] = True
            going[list(self.withheld)] = True
            # What would go from a document left whole is nothing that others go for.
            gone = going & ~np.isin(document, whole)
            if not gone.any():
                break
            waiting -= set(np.flatnonzero(going[rows] | np.isin(document[rows], whole)).tolist())
            left = self.around.without(gone)
            purposed = self._asker(left, gone)
            canonical, matches = {}, {}
            freed = _ask_again(self.candidates, self.arcs, waiting, going[rows], purposed)
            for row, keeper, match in freed:
                canonical[int(rows[row])] = int(rows[keeper])
                if match is not EXACT:
                    matches[int(rows[row])] = match
            # A second run counts what goes against what is left.
            limited = self._over_limit(matches, ~gone)
            for row in [row for row in canonical if int(document[row]) in limited]:
                del canonical[row]
                matches.pop(row, None)
            waiting -= {row for row in waiting if int(document[rows[row]]) in limited}
            if not canonical:
                break
            before = dict(settled.canonical)
            self._add(left, canonical, matches)
            stranded = self._follow(before, canonical)
            if stranded:
                return stranded
        return set()

    def _add(
        self, around: Surroundings, canonical: dict[int, int], matches: dict[int, Match]
    ) -> None:
        """Add what goes by arcs, and what goes along with it."""
        settled = self.settled
        by_arc = set(canonical)
        block, bereft = around.take_along(canonical, matches, self.frozen)
        settled.canonical |= canonical
        settled.matches |= matches
        settled.by_block |= block
        settled.along |= canonical.keys() - by_arc
        settled.bereft = np.union1d(settled.bereft, bereft)
        everything = np.ones(len(self.document), bool)
        settled.over |= self._over_limit(settled.matches, everything)

    def _asker(self, left: Surroundings, gone: Bools) -> Callable[[int, int, Match], bool]:
        """Give what tells whether two candidates, as they are `left`, repeat on purpose."""
        rows, document, guarded = self.rows, self.document, self.walked.guarded
        touched = np.zeros(len(self.survey.rows) - 1, bool)
        touched[document[gone]] = True

        def purposed(row: int, keeper: int, match: Match) -> bool:
            its = int(rows[row]), int(rows[keeper])
            if (row, keeper) in guarded and not touched[document[list(its)]].any():
                return True  # nothing has changed for them
            return left.purposed(*its, match)

        return purposed

    def _follow(self, before: dict[int, int], canonical: dict[int, int]) -> set[int]:
        """Let what went `before` for one that now goes as well go for what that one goes for.

        Gives the rows that may not.
        """
        settled, document = self.settled, self.document
        stranded = set()
        for row, keeper in before.items():
            final = canonical.get(keeper)
            if final is None:
                continue
            apart = bool(document[row] != document[final])
            match = self.around.judge(row, final, across=apart)
            if match is None or match.differs:
                stranded.add(row)
                continue
            settled.canonical[row] = final
            settled.matches.pop(row, None)
            if match.relation != EXACT.relation:
                settled.matches[row] = match
        return stranded

    def _over_limit(self, matches: dict[int, Match], among: Bools) -> dict[int, float]:
        """Name the documents of whose rows `among` all too many are near or contained: percent."""
        words, document = np.where(among, self.survey.words, 0), self.document
        near = [row for row, match in matches.items() if match.relation != EXACT.relation]
        rows = np.array(near, np.int64)
        count = len(self.survey.rows) - 1
        going = np.bincount(document[rows], weights=words[rows], minlength=count)
        total = np.bincount(document, weights=words, minlength=count)
        over = np.flatnonzero(going * 100 > self.around.config.max_removed * total)
        return dict(zip(over.tolist(), (100 * going[over] / total[over]).tolist(), strict=True))


def _ask_again(
    candidates: Candidates,
    arcs: Arcs,
    waiting: Iterable[int],
    gone: Bools,
    purposed: Callable[[int, int, Match], bool],
) -> Iterable[tuple[int, int, Match]]:
    """Give those candidates `waiting` that go, what they go for, and how they are alike."""
    form, rank, unit = candidates.form, candidates.rank, candidates.unit
    order = np.lexsort((rank, form))
    bounds = np.searchsorted(form[order], np.arange(len(arcs.sizes) + 1))
    first = np.searchsorted(arcs.of, np.arange(len(arcs.sizes) + 1))

    def kept_as(of: int, before: int) -> int:
        for row in order[bounds[of] : bounds[of + 1]].tolist():
            if rank[row] >= before:
                break
            if not gone[row]:
                return int(row)
        return -1

    for row in sorted(waiting, key=rank.__getitem__):
        own = int(form[row])
        for arc in (-1, *range(first[own], first[own + 1])):
            keeper = kept_as(own if arc < 0 else int(arcs.to[arc]), int(rank[row]))
            if keeper < 0:
                continue
            apart = bool(unit[row] != unit[keeper])
            says, match = (GOES, EXACT) if arc < 0 else arcs.match(arc, across=apart)
            if says == GOES and not purposed(row, keeper, match):
                gone[row] = True
                yield row, keeper, match
                break
