"""Arrays → decisions: what a person or a report looks at, and the bytes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup import rewrite
from dedup.model import EXEMPT, KINDS, Cleaned, Decision, Place, Span
from dedup.normalize import Forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Document, Match, Paragraphs
    from dedup.plan import Plan, Rows


IS_EXEMPT = np.array([kind in EXEMPT for kind in KINDS])
_HEADING = KINDS.index("heading")


@dataclass(frozen=True, slots=True)
class Group:
    """Hold what is compared together: documents with their paragraphs, rows running through all."""

    documents: Sequence[Document]
    configs: Sequence[Config]
    split: Sequence[rewrite.Split]
    paragraphs: Sequence[Paragraphs]
    bounds: NDArray[np.int64]  # int64[documents + 1]: the rows of document d
    unreadable: NDArray[np.bool_]
    limited: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    tabular: NDArray[np.bool_]
    forms: Forms
    own: int  # so many documents are cleaned; those behind them stand in an index
    known_words: NDArray[np.int64]  # of the paragraphs of those

    def rows_of(self, document: int) -> slice:
        """Give the rows of one document."""
        return slice(int(self.bounds[document]), int(self.bounds[document + 1]))

    def one(self, document: int) -> Group:
        """Give one document by itself."""
        span = self.rows_of(document)
        forms = self.forms
        own = list(dict.fromkeys(forms.row_form[span].tolist()))
        own = [form for form in own if form >= 0]
        number = {form: at for at, form in enumerate(own)} | {-1: -1}
        flags = [forms.flags_of(form) for form in own]
        offsets = np.zeros(len(own) + 1, np.int64)
        np.cumsum([len(kinds) for kinds in flags], out=offsets[1:])
        row_form = [number[form] for form in forms.row_form[span].tolist()]
        return Group(
            documents=[self.documents[document]],
            configs=[self.configs[document]],
            split=[self.split[document]],
            paragraphs=[self.paragraphs[document]],
            bounds=self.bounds[document : document + 2] - self.bounds[document],
            unreadable=self.unreadable[span],
            limited=self.limited[span],
            cut_off=self.cut_off[span],
            closed=self.closed[span],
            tabular=self.tabular[span],
            forms=Forms(
                texts=[forms.texts[form] for form in own],
                row_form=np.array(row_form, np.int32),
                flags=np.concatenate([np.zeros(0, np.uint8), *flags]),
                offsets=offsets,
                words=forms.words[own],
            ),
            own=1,
            known_words=np.zeros(0, np.int64),
        )

    def without(self, removed: NDArray[np.bool_], left: Document) -> Group:
        """Give the only document as `left`, which is what it is without its rows `removed`."""
        forms, kept = self.forms, ~removed
        paragraphs = self.split[0](left)
        return replace(
            self,
            documents=[left],
            paragraphs=[paragraphs],
            bounds=np.array([0, len(paragraphs)]),
            unreadable=self.unreadable[kept],
            limited=self.limited[kept],
            cut_off=self.cut_off[kept],
            closed=self.closed[kept],
            tabular=self.tabular[kept],
            forms=replace(forms, row_form=forms.row_form[kept]),
        )

    def lines(self) -> list[tuple[int, int]]:
        """Give first and last line of every row."""
        return [
            pair
            for p in self.paragraphs
            for pair in zip(p.first_line.tolist(), p.last_line.tolist(), strict=True)
        ]

    def kinds(self) -> NDArray[np.uint8]:
        """Give the kind of every row."""
        return np.concatenate([np.zeros(0, np.uint8), *(p.kind for p in self.paragraphs)])

    def min_words(self) -> NDArray[np.int64]:
        """Give of every row in how many words it may go by itself."""
        least = np.array([config.min_words for config in self.configs], np.int64)
        return np.repeat(least, np.diff(self.bounds))

    def alone(self) -> NDArray[np.bool_]:
        """Tell which rows may go by an arc of their own: bool[n]."""
        form, kind = self.forms.row_form, self.kinds()
        long = np.append(self.forms.words, 0)[form] >= self.min_words()
        # A heading says what stands under it, not something of its own.
        found: NDArray[np.bool_] = (
            (form >= 0) & (long | self.limited) & ~IS_EXEMPT[kind] & (kind != _HEADING)
        )
        return found

    def beside(self) -> NDArray[np.bool_]:
        """Tell which rows have a neighbour from which no blank line parts them: bool[n]."""
        beside = np.zeros(int(self.bounds[-1]), bool)
        for number, found in enumerate(self.paragraphs):
            span = self.rows_of(number)
            follows = found.first_line[1:] == found.last_line[:-1] + 1
            beside[span][1:] |= follows
            beside[span][:-1] |= follows
        return beside


def untouched(group: Group) -> Cleaned:
    """Let all of the only document of a group stay: nothing in it is like anything else."""
    document, (found,) = group.documents[0], group.paragraphs
    words = np.append(group.forms.words, 0)[group.forms.row_form].tolist()
    reasons = np.where(group.unreadable, "unreadable", np.where(group.limited, "limit", "unique"))
    columns = (found.start, found.end, found.first_line, found.last_line, found.kind, reasons)
    decisions = tuple(
        Decision(
            paragraph=at,
            lines=(first, last),
            span=Span(start, end),
            kind=KINDS[kind],
            words=words[at],
            action="keep",
            reason=reason,
        )
        for at, (start, end, first, last, kind, reason) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        )
    )
    return Cleaned(document, document.data, decisions)


class Decider:
    """Turn arrays into decisions, document by document."""

    def __init__(
        self,
        group: Group,
        rows: Rows,
        plan: Plan,
        block_of: dict[int, int],
        withheld: dict[int, tuple[str, int]],
        numbers: Sequence[int],
    ) -> None:
        """Take what was planned; ``numbers[d]`` is what document d is called in the run."""
        self.group, self.rows, self.plan = group, rows, plan
        self.block_of, self.withheld = block_of, withheld
        self.numbers = numbers
        self.lines = group.lines()
        self.document_of: list[int] = rows.document.tolist()
        self.position: list[int] = rows.position.tolist()
        self.needed = frozenset(plan.canonical[plan.canonical >= 0].tolist())
        self.first_with_form: dict[int, int] = {}
        kept = np.flatnonzero(plan.canonical < 0)
        for row, form in zip(kept.tolist(), rows.form[kept].tolist(), strict=True):
            self.first_with_form.setdefault(form, row)

    def document(self, number: int, over: float | None) -> Cleaned:
        """Decide one document, write it, and prove the result before anyone sees it."""
        document, found = self.group.documents[number], self.group.paragraphs[number]
        span = self.group.rows_of(number)
        removed = self.plan.canonical[span] >= 0
        spans = rewrite.cuts(document, found, removed)
        result = rewrite.without(document.data, spans.values()) if spans else document.data
        if spans:
            rewrite.self_check(document, found, spans, result, self.group.split[number])
        decisions = tuple(
            self._decision(span.start + at, Span(start, end), KINDS[kind], spans.get(at))
            for at, (start, end, kind) in enumerate(
                zip(found.start.tolist(), found.end.tolist(), found.kind.tolist(), strict=True)
            )
        )
        return Cleaned(document, result, decisions, self._lost_words(span, removed), over)

    def _decision(self, row: int, span: Span, kind: str, cut: Span | None) -> Decision:
        plan = self.plan
        match: Match | None = plan.match.get(row)
        canonical = resembles = None
        if match is not None:
            reason = "block" if row in plan.by_block else match.relation
            canonical = self._place(int(plan.canonical[row]))
        else:
            reason, beside, match = self._why_kept(row)
            resembles = None if beside is None else self._place(beside)
        return Decision(
            paragraph=self.position[row],
            lines=self.lines[row],
            span=span,
            kind=kind,
            words=int(self.rows.words[row]),
            action="keep" if cut is None else "remove",
            reason=reason,
            canonical=canonical,
            resembles=resembles,
            jaccard=None if match is None else match.jaccard,
            containment=None if match is None else match.containment,
            differs=() if match is None else match.differs,
            block=None if cut is None else self.block_of.get(row),
            cut=cut,
        )

    def _why_kept(self, row: int) -> tuple[str, int | None, Match | None]:
        """Give the reason a kept row stays for, the row it resembles, and their match."""
        if self.group.unreadable[row]:
            return "unreadable", None, None
        if row in self.withheld:
            reason, other = self.withheld[row]
            return reason, self._standing(other), None
        if row in self.needed:
            return "canonical", None, None
        if self.group.limited[row]:
            return "limit", None, None
        if row in self.plan.variant:
            other, match = self.plan.variant[row]
            return "variant" if match.differs else "line", self._standing(other), match
        form = int(self.rows.form[row])
        twin = self.first_with_form.get(form, row) if form >= 0 else row
        if twin != row and not self.rows.alone[row]:
            # A heading goes with what stands under it, however long it is.
            long = self.rows.words[row] >= self.rows.min_words[row]
            return "exempt" if self.rows.exempt[row] or long else "short", twin, None
        return "unique", None, None

    def _standing(self, row: int) -> int:
        """Give `row`, or the one that it went for."""
        return row if self.plan.kept(row) else int(self.plan.canonical[row])

    def _place(self, row: int) -> Place:
        return Place(self.numbers[self.document_of[row]], self.position[row], self.lines[row])

    def _lost_words(self, span: slice, removed: NDArray[np.bool_]) -> tuple[str, ...]:
        """Give the words of removed paragraphs that no kept paragraph of the group has."""
        forms = self.group.forms
        lost: dict[str, None] = {}
        for row in (np.flatnonzero(removed) + span.start).tolist():
            ours, theirs = int(self.rows.form[row]), int(self.rows.form[self.plan.canonical[row]])
            if forms.texts[ours] != forms.texts[theirs]:
                has = set(forms.tokens(theirs))
                lost.update((t, None) for t in forms.tokens(ours) if t not in has)
        if lost:
            staying = np.unique(self.rows.form[(self.plan.canonical < 0) & (self.rows.form >= 0)])
            for form in staying.tolist():
                for token in forms.tokens(form):
                    lost.pop(token, None)
                if not lost:
                    break
        return tuple(lost)
