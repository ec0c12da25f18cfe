"""Matches → blocks: runs of paragraphs that recur in the same order, with small gaps.

Every removed paragraph and its canonical are a seed; from it we go on along both places, over at
most one paragraph that has no counterpart. A chain of two links is a block, and it is anchored: its
seed goes by an arc of its own. After a clean there is no seed left, so a second run finds no block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.model import Block, Chain, Occurrence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.plan import Judge, Plan, Rows

# Towards the next link: (rows on in one place, rows on in the other), the closest first.
_STEPS = ((1, 1), (1, 2), (2, 1), (2, 2))


class Chainer:
    """Grow chains over the rows of one run."""

    def __init__(self, rows: Rows, plan: Plan, matcher: Judge) -> None:
        """Take the rows, what the walk removed, and what judges two forms."""
        self.matcher, self.plan = matcher, plan
        self.form: list[int] = rows.form.tolist()
        self.document: list[int] = rows.document.tolist()
        self.unit: list[int] = rows.unit.tolist()
        self.words: list[int] = rows.words.tolist()
        self.alone: list[bool] = rows.alone.tolist()
        self.in_copy: set[int] = set()
        self.linked: set[tuple[int, int]] = set()

    def chains(self) -> list[Chain]:
        """Give all chains of two links or more, in the order of their copies."""
        found = []
        for seed in range(len(self.form)):
            link = seed, int(self.plan.canonical[seed])
            # Of a block some paragraphs may go here and others there: it is one block all the same.
            if self.plan.kept(seed) or seed in self.in_copy or link in self.linked:
                continue
            pairs = [link]
            self._grow(pairs, 1)
            self._grow(pairs, -1)
            if len(pairs) > 1:
                chain = self._oriented(pairs)
                found.append(chain)
                self.in_copy.update(copy for copy, _ in pairs)
                self.linked.update((b, a) for a, b in pairs)
        return found

    def _grow(self, pairs: list[tuple[int, int]], direction: int) -> None:
        """Add links behind the last (direction 1) or before the first (-1)."""
        while True:
            copy, kept = pairs[-1] if direction > 0 else pairs[0]
            for on_copy, on_kept in _STEPS:
                link = copy + direction * on_copy, kept + direction * on_kept
                if self._may_follow(pairs, link) and self._linked(*link):
                    pairs.insert(len(pairs) if direction > 0 else 0, link)
                    break
            else:
                return

    def _may_follow(self, pairs: list[tuple[int, int]], link: tuple[int, int]) -> bool:
        """Tell whether `link` stays in its two documents and keeps the two places apart."""
        (copy, kept), (first_copy, first_kept), (last_copy, last_kept) = link, pairs[0], pairs[-1]
        if not (0 <= copy < len(self.form) and 0 <= kept < len(self.form)) or copy in self.in_copy:
            return False
        if self.document[copy] != self.document[first_copy]:
            return False
        if self.document[kept] != self.document[first_kept]:
            return False
        low_copy, high_copy = min(copy, first_copy), max(copy, last_copy)
        low_kept, high_kept = min(kept, first_kept), max(kept, last_kept)
        return high_copy < low_kept or high_kept < low_copy

    def _linked(self, a: int, b: int) -> bool:
        p, q = self.form[a], self.form[b]
        if p < 0 or q < 0:
            return False
        if p == q:
            return True
        # Those that are not compared themselves were compared only if they stand elsewhere too.
        if not (self.alone[a] and self.alone[b]):
            return False
        across = self.unit[a] != self.unit[b]
        for one, other in ((p, q), (q, p)):
            match = self.matcher.judge(one, other, across=across)
            if match is not None and not match.differs:
                return True
        return False

    def _oriented(self, pairs: Sequence[tuple[int, int]]) -> Chain:
        """Call that side the copy of which more words go."""
        weight = sum(
            (not self.plan.kept(a)) * self.words[a] - (not self.plan.kept(b)) * self.words[b]
            for a, b in pairs
        )
        return Chain(tuple(pairs) if weight >= 0 else tuple((b, a) for a, b in pairs))


def find_chains(rows: Rows, plan: Plan, matcher: Judge) -> list[Chain]:
    """Give the chains that the removed paragraphs of `plan` anchor."""
    return Chainer(rows, plan, matcher).chains()


def make_blocks(
    chains: Sequence[Chain],
    rows: Rows,
    lines: Sequence[tuple[int, int]],
    numbers: Sequence[int],
    *,
    first_block: int = 0,
) -> tuple[list[Block], dict[int, int]]:
    """Join chains that keep the same run into one block each: (blocks, block of each copied row).

    ``lines[row]`` are the first and last line of a row, ``numbers[d]`` is what document d is called
    in the run. Blocks are numbered from `first_block`.
    """
    by_kept: dict[tuple[int, int], list[Chain]] = {}
    for chain in chains:
        by_kept.setdefault(chain.kept, []).append(chain)
    blocks: list[Block] = []
    block_of: dict[int, int] = {}
    for (first, last), copies in sorted(by_kept.items()):
        number = first_block + len(blocks)
        for chain in copies:
            block_of.update((copy, number) for copy, _ in chain.pairs)
        paragraphs = sum(chain.copy[1] - chain.copy[0] + 1 for chain in copies)
        blocks.append(
            Block(
                id=number,
                words=int(rows.words[first : last + 1].sum()),
                occurrences=tuple(
                    _occurrence(rows, lines, place, numbers)
                    for place in [(first, last), *(chain.copy for chain in copies)]
                ),
                score=sum(len(chain.pairs) for chain in copies) / paragraphs,
            )
        )
    return blocks, block_of


def _occurrence(
    rows: Rows, lines: Sequence[tuple[int, int]], place: tuple[int, int], numbers: Sequence[int]
) -> Occurrence:
    first, last = place
    return Occurrence(
        document=numbers[rows.document[first]],
        first=int(rows.position[first]),
        last=int(rows.position[last]),
        lines=(lines[first][0], lines[last][1]),
    )
