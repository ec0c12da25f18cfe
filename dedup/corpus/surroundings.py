"""What goes with its surroundings, or stays because of them.

`context` and `plan.Lines`, asked of the few documents that they concern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.blocks import find_chains
from dedup.context import bereft, remove_in_context
from dedup.corpus import survey as traits
from dedup.corpus.walk import EXACT
from dedup.plan import Lines, Plan, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.survey import Survey
    from dedup.model import Match
    from dedup.verify import Matcher

    I64 = NDArray[np.int64]

_NOWHERE = 1 << 62  # document of the row that stands for all not looked at: behind all others


class Surroundings:
    """Look at whole documents of a corpus. `form` int64[n]: of the wanted rows, else -1.

    `gone` bool[n]: rows that are no longer there, when what is left is looked at. `fixed` bool[n]:
    rows that stay.
    """

    def __init__(
        self,
        survey: Survey,
        form: I64,
        document: I64,
        matcher: Matcher,
        config: Config,
        gone: NDArray[np.bool_] | None = None,
        *,
        fixed: NDArray[np.bool_],
    ) -> None:
        self.survey, self.form, self.document = survey, form, document
        self.matcher, self.config, self.gone, self.fixed = matcher, config, gone, fixed
        self._lines: dict[tuple[int, int], tuple[Lines, I64]] = {}

    def without(self, gone: NDArray[np.bool_]) -> Surroundings:
        """Look at the documents as they are without the rows that are `gone`."""
        its = self.survey, self.form, self.document, self.matcher, self.config
        return Surroundings(*its, gone, fixed=self.fixed)

    def purposed(self, row: int, keeper: int, match: Match) -> bool:
        """Tell whether two lines repeat on purpose, as in verse or lists."""
        pair = int(self.document[row]), int(self.document[keeper])
        if pair not in self._lines:
            rows = self._rows_of(sorted(set(pair)))
            self._lines = {pair: (Lines(self._take(rows), _Judge(self.matcher)), rows)}
        lines, rows = self._lines[pair]
        one, other = np.searchsorted(rows, [row, keeper]).tolist()
        if match is not EXACT:
            # Whether a word of it is replaced stands in no array.
            forms = int(self.form[row]), int(self.form[keeper])
            match = self.matcher.judge(*forms, across=pair[0] != pair[1]) or match
        return lines.on_purpose(one, other, match)

    def judge(self, row: int, keeper: int, *, across: bool) -> Match | None:
        """Say whether one row may go for another."""
        forms = int(self.form[row]), int(self.form[keeper])
        return _Judge(self.matcher).judge(*forms, across=across)

    def take_along(
        self, canonical: dict[int, int], matches: dict[int, Match], staying: set[int]
    ) -> tuple[set[int], I64]:
        """Let short paragraphs go with their block, headings with their section, the headline.

        Adds to `canonical`, but for the rows `staying`. Gives the rows that went with a block, and
        the documents in which a heading would be left with nothing under it.
        """
        concerned = self._concerned(canonical)
        if not len(concerned):
            return set(), np.zeros(0, np.int64)
        gone = np.array(sorted(canonical), np.int64)
        own = gone[np.isin(self.document[gone], concerned)]
        keepers = np.array([canonical[row] for row in own.tolist()], np.int64)
        rows = self._rows_of(np.union1d(concerned, self.document[keepers]).tolist())
        inside = self._take(rows, beyond=True)
        plan = Plan(np.full(len(inside), -1, np.int64))
        at = {row: number for number, row in enumerate(rows.tolist())}
        nowhere = len(rows)
        for row in gone[np.isin(gone, rows)].tolist():
            plan.remove(at[row], at.get(canonical[row], nowhere), matches.get(row, EXACT))
        before = plan.canonical >= 0
        judge = _Judge(self.matcher)
        chains = find_chains(inside, plan, judge)
        frozen = np.append(np.isin(rows, list(staying)), False)
        remove_in_context(plan, inside, chains, judge, frozen=frozen)
        for number in np.flatnonzero((plan.canonical >= 0) & ~before).tolist():
            canonical[int(rows[number])] = int(rows[plan.canonical[number]])
        left_alone = np.zeros(0, np.int64)
        if inside.level.any():
            left_alone = np.unique(inside.document[bereft(inside, plan)])
        block = {int(rows[number]) for number in plan.by_block}
        return block, left_alone

    def _concerned(self, canonical: dict[int, int]) -> I64:
        """Name the documents with something that goes and something short that may go with it."""
        survey = self.survey
        short = (self.form >= 0) & ~survey.has(traits.ALONE)
        documents = np.unique(self.document[short])
        touched = np.zeros(len(survey.rows) - 1, bool)
        touched[self.document[list(canonical)]] = True
        if self.gone is None:
            opening = survey.openings()
            touched[self.document[opening[short[opening]]]] = True
        level = np.zeros(len(survey.rows) - 1, bool)
        level[self.document[survey.level > 0]] = True
        found: I64 = np.union1d(documents[touched[documents]], np.flatnonzero(touched & level))
        return found

    def _rows_of(self, documents: Sequence[int]) -> I64:
        bounds = self.survey.rows
        spans = [np.arange(bounds[number], bounds[number + 1]) for number in documents]
        rows = np.concatenate([np.zeros(0, np.int64), *spans])
        return rows if self.gone is None else rows[~self.gone[rows]]

    def _beside(self, rows: I64) -> NDArray[np.bool_]:
        """Tell which of the `rows`, those left of whole documents, have a neighbour close by."""
        if self.gone is None or not len(rows):
            return self.survey.has(traits.BESIDE)[rows]
        # Of the separators around what went the one with most line breaks stays.
        first = np.append(0, rows[:-1] + 1)
        opens = np.append(True, np.diff(self.document[rows]) > 0)
        first[opens] = rows[opens]
        widest = np.array(
            [self.survey.gap[low : row + 1].max() for low, row in zip(first, rows, strict=True)]
        )
        beside: NDArray[np.bool_] = (widest == 1) & ~opens
        beside[:-1] |= beside[1:]
        return beside

    def _take(self, rows: I64, *, beyond: bool = False) -> Rows:
        """Give what `plan` knows of some rows; with `beyond`, one row more, that equals none."""
        survey, count = self.survey, len(rows)
        document = self.document[rows]
        form = self.form[rows].copy()
        # What is not compared here equals nothing: it has a form of its own, that nobody judges.
        known = len(self.matcher.sizes)
        compared = survey.has(traits.COMPARED)[rows]
        unknown = compared & (form < 0)
        form[unknown] = known + np.flatnonzero(unknown)

        def trait(which: int) -> NDArray[np.bool_]:
            return (survey.traits[rows] & which) > 0

        columns: dict[str, NDArray[np.generic]] = {
            "document": document,
            "position": rows - survey.rows[document],
            "unit": document,
            "form": form,
            "size": np.zeros(count, np.int64),
            "protected": survey.protected[rows].astype(np.int64),
            "words": survey.words[rows].astype(np.int64),
            "alone": trait(traits.ALONE),
            "level": survey.level[rows],
            "exempt": trait(traits.EXEMPT),
            "min_words": np.full(count, self.config.min_words, np.int64),
            "cut_off": trait(traits.CUT_OFF),
            "closed": trait(traits.CLOSED),
            "tabular": trait(traits.TABULAR),
            "beside": self._beside(rows),
            "fixed": self.fixed[rows],
        }
        if beyond:
            last = {"document": _NOWHERE, "unit": _NOWHERE, "form": known + count, "alone": True}
            columns = {
                name: np.append(column, np.array([last.get(name, 0)]).astype(column.dtype))
                for name, column in columns.items()
            }
        return Rows(**columns)  # type: ignore[arg-type]  # each has the type of its column


class _Judge:
    """Judge forms that are not compared as well: they are like nothing but themselves."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher, self.known = matcher, len(matcher.sizes)

    def neighbours(self, form: int) -> Sequence[int]:
        return self.matcher.neighbours(form) if form < self.known else []

    def judge(self, p: int, q: int, *, across: bool) -> Match | None:
        if p == q:
            return EXACT
        if p >= self.known or q >= self.known:
            return None
        return self.matcher.judge(p, q, across=across)

    def holds(self, p: int, q: int) -> bool:
        return p < self.known and q < self.known and self.matcher.holds(p, q)
