"""Arrays → decisions: what a person or a report looks at, and the bytes that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup import rewrite
from dedup.blocks import make_blocks
from dedup.ignoring import mistakes_in
from dedup.model import KINDS, MAX_DISTINCT_PARAGRAPHS, Cleaned, Decision, Place, Run, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.group import Group
    from dedup.model import Chain, Known, Match
    from dedup.plan import Plan, Rows
    from dedup.settle import Settled


def untouched(group: Group, documents: Iterable[int], many: frozenset[int] = frozenset()) -> Run:
    """Let all of some documents of a group stay: nothing in them is like anything else.

    `many`: those that have too many paragraphs to be compared closely.
    """
    cleaned = tuple(_untouched(group, number, many) for number in documents)
    return Run(cleaned, (), {}, tuple(told for one in cleaned for told in one.warnings))


def _untouched(group: Group, number: int, many: frozenset[int]) -> Cleaned:
    document, found, span = group.documents[number], group.paragraphs[number], group.rows_of(number)
    words = np.append(group.forms.words, 0)[group.forms.row_form[span]].tolist()
    limited = np.where(group.limited[span], "limit", "unique")
    reasons = np.where(group.unreadable[span], "unreadable", limited)
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
    warnings = tuple(_warnings_of(group, number, many))
    return Cleaned(document, document.data, decisions, warnings=warnings)


class Decider:
    """Turn arrays into decisions, document by document."""

    def __init__(
        self,
        group: Group,
        rows: Rows,
        settled: Settled,
        numbers: Sequence[int],
        *,
        capped: NDArray[np.int64],
        many: frozenset[int],
        lost_words: bool,
    ) -> None:
        """Take what was planned; ``numbers[d]`` is what document d is called in its run.

        `capped`: forms that were not compared with all that look like them; `many`: the documents
        that have too many paragraphs for that.
        """
        plan = settled.plan
        self.lost_words, self.many = lost_words, many
        self.group, self.rows, self.plan = group, rows, plan
        self.over, self.withheld = settled.over, settled.withheld
        self.numbers = numbers
        self.capped: list[int] = _capped(rows, capped, plan, len(group.documents)).tolist()
        self.block_of: dict[int, int] = {}
        self.lines = group.lines()
        self.document_of: list[int] = rows.document.tolist()
        self.position: list[int] = rows.position.tolist()
        self.needed = frozenset(plan.canonical[plan.canonical >= 0].tolist())
        ignored = group.is_ignored()
        self.ignored: list[bool] = ignored.tolist()
        self.marker: list[int] = group.ignored.tolist()
        self.form: list[int] = group.forms.row_form.tolist()  # of the ignored ones too
        # Of those that say the same, one that is compared before one that is ignored.
        self.first_with_form: dict[int, int] = {}
        kept = np.flatnonzero(plan.canonical < 0)
        for row in kept[np.argsort(ignored[kept], kind="stable")].tolist():
            self.first_with_form.setdefault(self.form[row], row)
        # Of each part, what was not gone through yet, and the words of the rest.
        self.staying_forms: dict[int, list[int]] = {}
        self.staying_words: dict[int, set[str]] = {}
        for form in sorted(form for form in self.first_with_form if form >= 0)[::-1]:
            part = int(group.part[self.document_of[self.first_with_form[form]]])
            self.staying_forms.setdefault(part, []).append(form)

    def run(
        self,
        documents: Iterable[int],
        chains: Sequence[Chain],
        references: tuple[Known, ...],
        *,
        crowded: int = 0,
        first_block: int = 0,
    ) -> Run:
        """Decide some documents with the `chains` in them, all that have to do with each other.

        `crowded`: how many paragraphs were not compared with all of an index that look like them.
        Blocks are numbered from `first_block`.
        """
        blocks, block_of = make_blocks(
            chains, self.rows, self.lines, self.numbers, first_block=first_block
        )
        self.block_of.update(block_of)
        cleaned = [self._document(number) for number in documents]
        warnings = [warning for document in cleaned for warning in document.warnings]
        warnings += about_capped(crowded + sum(document.capped for document in cleaned))
        return Run(tuple(cleaned), tuple(blocks), {}, tuple(warnings), references)

    def _document(self, number: int) -> Cleaned:
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
        lost = self._lost_words(span, removed, int(self.group.part[number]))
        return Cleaned(
            document,
            result,
            decisions,
            lost,
            self.over.get(number),
            warnings=tuple(_warnings_of(self.group, number, self.many)),
            capped=self.capped[number],
        )

    def _decision(self, row: int, span: Span, kind: str, cut: Span | None) -> Decision:
        plan = self.plan
        match: Match | None = plan.match.get(row)
        canonical = resembles = None
        if match is not None:
            reason = "block" if row in plan.by_block else match.relation
            canonical = self._place(int(plan.canonical[row]))
        else:
            reason, beside, match = self._why_kept(row, kind)
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
            marker=self.marker[row] or None,
        )

    def _why_kept(self, row: int, kind: str) -> tuple[str, int | None, Match | None]:
        """Give the reason a kept row stays for, the row it resembles, and their match."""
        form = self.form[row]
        twin = self.first_with_form.get(form, row) if form >= 0 else row
        if self.ignored[row]:
            return "ignored", None if twin == row or kind == "marker" else twin, None
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
        if twin != row and not self.rows.alone[row] and not self.ignored[twin]:
            # A heading goes with what stands under it, however long it is.
            long = self.rows.words[row] >= self.rows.min_words[row]
            return "exempt" if self.rows.exempt[row] or long else "short", twin, None
        return "unique", None, None

    def _standing(self, row: int) -> int:
        """Give `row`, or the one that it went for."""
        return row if self.plan.kept(row) else int(self.plan.canonical[row])

    def _place(self, row: int) -> Place:
        return Place(self.numbers[self.document_of[row]], self.position[row], self.lines[row])

    def _lost_words(self, span: slice, removed: NDArray[np.bool_], part: int) -> tuple[str, ...]:
        """Give the words of removed paragraphs that no kept paragraph of the part has."""
        forms = self.group.forms
        lost: dict[str, None] = {}
        if not self.lost_words:
            return ()
        for row in (np.flatnonzero(removed) + span.start).tolist():
            ours, theirs = int(self.rows.form[row]), int(self.rows.form[self.plan.canonical[row]])
            if forms.texts[ours] != forms.texts[theirs]:
                has = set(forms.tokens(theirs))
                lost.update((t, None) for t in forms.tokens(ours) if t not in has)
        # What stays is gone through once for all documents of a part, as far as it takes.
        staying = self.staying_words.setdefault(part, set())
        rest = self.staying_forms.get(part, [])
        lost = {token: None for token in lost if token not in staying}
        while lost and rest:
            words = set(forms.tokens(rest.pop()))
            staying |= words
            for token in lost.keys() & words:
                del lost[token]
        return tuple(lost)


def about_capped(count: int) -> list[str]:
    """Say that so many paragraphs were not compared as closely as they might have been."""
    told = f"{count} paragraphs were not compared with all that look like them: some repeats may "
    return [f"{told}be left"] if count else []


def _capped(rows: Rows, forms: NDArray[np.int64], plan: Plan, documents: int) -> NDArray[np.int64]:
    """Count the forms that did not meet all that look like them, in the document of their first."""
    also = rows.form[np.array(sorted(plan.capped), np.int64)]
    place = rows.places()[sorted({*forms.tolist(), *also.tolist()})]
    return np.bincount(rows.document[place], minlength=documents)


def _warnings_of(group: Group, number: int, many: frozenset[int]) -> Iterator[str]:
    """Say what of one document was not read, or not compared as closely as it might have been."""
    document, found = group.documents[number], group.paragraphs[number]
    unreadable = np.flatnonzero(group.unreadable[group.rows_of(number)])
    if len(unreadable):
        line = int(found.first_line[unreadable[0]])
        yield (
            f"{document.id}:{line}: bytes that are not {document.encoding}: {len(unreadable)} "
            "paragraphs kept unread (pass --encoding)"
        )
    for line, told in mistakes_in(found.marks):
        yield f"{document.id}:{line}: {told}"
    if number in many:
        yield (
            f"{document.id}: more than {MAX_DISTINCT_PARAGRAPHS} different paragraphs: "
            "compared at threshold_across, without containment"
        )
