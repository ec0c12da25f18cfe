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
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.survey import Survey
    from dedup.model import Match
    from dedup.verify import Matcher

    I64 = NDArray[np.int64]

_NOWHERE = -2  # document of the row that stands for all that is not looked at


class Surroundings:
    """Look at whole documents of a corpus. `form` int64[n]: of the wanted rows, else -1."""

    def __init__(
        self, survey: Survey, form: I64, document: I64, matcher: Matcher, config: Config
    ) -> None:
        self.survey, self.form, self.document = survey, form, document
        self.matcher, self.config = matcher, config
        self._lines: dict[tuple[int, int], tuple[Lines, I64]] = {}

    def purposed(self, row: int, keeper: int, match: Match) -> bool:
        """Tell whether two lines repeat on purpose, as in verse or lists."""
        pair = int(self.document[row]), int(self.document[keeper])
        if pair not in self._lines:
            rows = self._rows_of(sorted(set(pair)))
            self._lines = {pair: (Lines(self._take(rows), _Judge(self.matcher)), rows)}
        lines, rows = self._lines[pair]
        one, other = np.searchsorted(rows, [row, keeper]).tolist()
        return lines.on_purpose(one, other, match)

    def take_along(
        self, gone: I64, canonical: I64, match: Callable[[int], Match]
    ) -> tuple[dict[int, int], set[int], I64]:
        """Let short paragraphs go with their block, headings with their section, the headline.

        `gone` int64, rising: the rows that went already, for `canonical`; `match` says of the k-th
        by what. Gives what goes beside, and for which row; those that went with a block; and the
        documents in which a heading would be left with nothing under it.
        """
        concerned = self._concerned(gone)
        if not len(concerned):
            return {}, set(), np.zeros(0, np.int64)
        keepers = canonical[np.isin(self.document[gone], concerned)]
        rows = self._rows_of(np.union1d(concerned, self.document[keepers]).tolist())
        inside = self._take(rows, beyond=True)
        plan = Plan(np.full(len(inside), -1, np.int64))
        at = {row: number for number, row in enumerate(rows.tolist())}
        nowhere = len(rows)
        for k in np.flatnonzero(np.isin(gone, rows)).tolist():
            plan.remove(at[int(gone[k])], at.get(int(canonical[k]), nowhere), match(k))
        before = plan.canonical >= 0
        judge = _Judge(self.matcher)
        chains = find_chains(inside, plan, judge)
        frozen = np.zeros(len(inside), bool)
        remove_in_context(plan, inside, chains, judge, frozen=frozen)
        beside = {
            int(rows[number]): int(rows[plan.canonical[number]])
            for number in np.flatnonzero((plan.canonical >= 0) & ~before).tolist()
        }
        left_alone = np.zeros(0, np.int64)
        if inside.level.any():
            left_alone = np.unique(inside.document[bereft(inside, plan)])
        block = {int(rows[number]) for number in plan.by_block}
        return beside, block, left_alone

    def _concerned(self, gone: I64) -> I64:
        """Name the documents with something that goes and something short that may go with it."""
        survey = self.survey
        short = (self.form >= 0) & ~survey.has(traits.ALONE)
        documents = np.unique(self.document[short])
        touched = np.zeros(len(survey.rows) - 1, bool)
        touched[self.document[gone]] = True
        opening = survey.rows[:-1][np.diff(survey.rows) > 0]
        touched[self.document[opening[short[opening]]]] = True
        level = np.zeros(len(survey.rows) - 1, bool)
        level[self.document[survey.level > 0]] = True
        found: I64 = np.union1d(documents[touched[documents]], np.flatnonzero(touched & level))
        return found

    def _rows_of(self, documents: Sequence[int]) -> I64:
        bounds = self.survey.rows
        spans = [np.arange(bounds[number], bounds[number + 1]) for number in documents]
        return np.concatenate([np.zeros(0, np.int64), *spans])

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
            "beside": trait(traits.BESIDE),
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
