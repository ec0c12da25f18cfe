"""A cleaned text → where it goes: its own file, another one, standard output."""

from __future__ import annotations

import contextlib
import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from dedup import atomic
from dedup.cli.output import say, write_data
from dedup.errors import InputError, RestoreError, UsageError
from dedup.files import Fingerprint, Source, read, reason, undo_path
from dedup.reports import REPORTS
from dedup.reports import json as json_report
from dedup.reports.diff import document_diff

if TYPE_CHECKING:
    from dedup.cli.inputs import Inputs
    from dedup.model import Cleaned, Place, Run

_CONFLICT_MARK = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Write one text of a run at a time, the way that was asked for; none of them: nowhere.

    `places` has the output of each input. `undo`: leave an undo report beside what is rewritten.
    """

    in_place: bool
    diff: bool
    to_output: bool
    places: dict[Path, Path]
    undo: bool
    break_hardlinks: bool

    def write(self, inputs: Inputs, run: Run, index: int) -> bool:
        """Write text `index`; where that cannot be done, say so and give False."""
        try:
            if self.in_place:
                self._rewrite(inputs, run, index)
            elif self.places:
                _write_new(self.places[inputs.sources[index].path], run.documents[index].data)
            elif self.diff:
                write_data(document_diff(run.documents[index]))
            elif self.to_output:
                write_data(run.documents[index].data)
        except InputError as error:
            say(str(error))
            return False
        return True

    def _rewrite(self, inputs: Inputs, run: Run, index: int) -> None:
        """Rewrite the file if its text changed, the undo report first."""
        source, cleaned = inputs.sources[index], run.documents[index]
        if cleaned.data == source.data or source.fingerprint is None:
            return
        _refuse_conflict(source, cleaned)
        # Before the undo is written: what may not be rewritten needs none.
        real = atomic.refuse(source.path, break_hardlinks=self.break_hardlinks)
        for other in {d.canonical.document for d in cleaned.removed if d.canonical} - {index}:
            if other < len(inputs.sources):  # else it stands in an index
                _refuse_if_changed(inputs.sources[other])
        if self.undo:
            place = undo_path(real, hashlib.sha256(cleaned.data).hexdigest())
            atomic.write(place, REPORTS["json"](alone(run, index)), mode=atomic.PRIVATE)
        atomic.replace(
            source.path,
            cleaned.data,
            expected=source.fingerprint,
            break_hardlinks=self.break_hardlinks,
        )
        if len(inputs.sources) > 1:  # what repeats it must find it as we left it
            state = None
            with contextlib.suppress(OSError):
                state = Fingerprint.of(real.stat())
            inputs.sources[index] = source._replace(fingerprint=state)


def _write_new(place: Path, data: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {reason(error)}") from None
    atomic.write(place, data)


def _refuse_conflict(source: Source, cleaned: Cleaned) -> None:
    """Refuse to cut what git has put there twice for somebody to choose from."""
    conflicts: list[tuple[int, int]] = []
    begin = None
    for mark in _CONFLICT_MARK.finditer(source.data):
        if mark[0].startswith(b"<"):
            begin = mark.start() if begin is None else begin
        elif begin is not None:
            conflicts.append((begin, mark.end()))
            begin = None
    ends = [end for _, end in conflicts]
    for decision in cleaned.removed if conflicts else ():
        cut = decision.cut
        at = bisect_right(ends, cut.start) if cut else len(ends)
        if cut and at < len(ends) and conflicts[at][0] < cut.end:
            raise InputError(
                f"{source.name}:{decision.lines[0]}: what repeats is part of a merge conflict: "
                "left as it is, resolve that first"
            )


def _refuse_if_changed(keeper: Source) -> None:
    """Refuse to cut what `keeper` holds too, when it may no longer hold it."""
    try:
        unchanged = Fingerprint.of(keeper.path.stat()) == keeper.fingerprint
    except OSError:
        unchanged = False
    if not unchanged:
        raise InputError(
            f"{keeper.name}: was changed meanwhile by somebody else: what repeats it was left"
        )


def alone(run: Run, index: int) -> Run:
    """Give the report of one document: of the others only what it names, without decisions."""
    if len(run.documents) == 1:
        return run
    own = run.documents[index]
    ids = {decision.block for decision in own.decisions}
    blocks = [block for block in run.blocks if block.id in ids]
    named = {index} | {o.document for block in blocks for o in block.occurrences}
    for decision in own.decisions:
        named |= {p.document for p in (decision.canonical, decision.resembles) if p is not None}
    number_of = {old: new for new, old in enumerate(sorted(named))}

    def place(old: Place | None) -> Place | None:
        return None if old is None else changed(old, document=number_of[old.document])

    decisions = tuple(
        changed(d, canonical=place(d.canonical), resembles=place(d.resembles))
        for d in own.decisions
    )
    renumbered = [
        changed(
            block,
            occurrences=tuple(
                changed(o, document=number_of[o.document]) for o in block.occurrences
            ),
        )
        for block in blocks
    ]
    count = len(run.documents)
    documents = [
        changed(run.documents[old], decisions=decisions if old == index else ())
        for old in number_of
        if old < count
    ]
    known = tuple(run.references[old - count] for old in number_of if old >= count)
    return changed(run, documents=tuple(documents), blocks=tuple(renumbered), references=known)


def write_reports(kinds: dict[str, str], inputs: Inputs, run: Run, *, in_place: bool) -> None:
    """Write each report, by name and kind.

    Raises:
        InputError: one could not be written.
        UsageError: one undoes an earlier run, and this one has cuts of its own.
    """
    for report, kind in kinds.items():
        data = REPORTS[kind](run)
        if report == "-":
            write_data(data)
        elif in_place and kind == "json" and _kept_report(report, inputs, run):
            say(f"{report}: left as it is: it undoes an earlier run")
        else:
            atomic.write(Path(report), data, mode=atomic.PRIVATE)


def _kept_report(report: str, inputs: Inputs, run: Run) -> bool:
    """Tell whether an existing `report` is to be kept, because it undoes an earlier run."""
    path = Path(report)
    if not path.is_file():
        return False
    try:
        documents = json_report.parse(read(path).data)["documents"]
        undone = {d["sha256_out"] for d in documents if d["sha256_out"] != d["sha256_in"]}
    except (RestoreError, KeyError, TypeError):
        return False  # no report, or a damaged one: nothing could be undone with it
    needed = [
        source.name
        for source, cleaned in zip(inputs.sources, run.documents, strict=True)
        if cleaned.data == source.data and hashlib.sha256(source.data).hexdigest() in undone
    ]
    if needed and any(cleaned.removed for cleaned in run.documents):
        raise UsageError(f"{report} undoes an earlier run on {needed[0]}: name another report")
    return bool(needed)
