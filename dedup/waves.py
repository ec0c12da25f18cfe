"""Documents → cleaned beside an index, each as if it came by itself, and added to it.

Those of a batch that are like nothing in it, but for what was cleaned by then, are a *wave*: they
are cleaned in one go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup import pipeline
from dedup.apart import NO_PAIRS, clean_apart, pairs_within
from dedup.decisions import untouched
from dedup.index.finder import Finder
from dedup.index.near import find_near
from dedup.intake import Batch
from dedup.model import MAX_DISTINCT_PARAGRAPHS, Run
from dedup.plan import MAX_JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.group import Group
    from dedup.index.store import Store
    from dedup.model import Document
    from dedup.reference import Reference
    from dedup.shingles import ShingleSets

    Bools = NDArray[np.bool_]

_WAVE_DOCUMENTS = 256  # cleaned in one go: bounds the memory


@dataclass(slots=True)
class _NearTo:
    """Hold what a document is near to: its form ``forms[k]`` to the form of number ``held[k]``.

    `capped`: how many of its forms are near to more, or may be.
    """

    forms: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    capped: int = 0


class Waves(Batch):
    """Some documents that are read together, and cleaned wave by wave."""

    columns = slice(None)

    def __init__(
        self, store: Store, config: Config, documents: Sequence[tuple[Document, Config]]
    ) -> None:
        """Take documents, each with the Config that says how it is read, and find what is alike."""
        super().__init__(store, config, documents)
        self.finder = Finder(store, config)
        self.near = find_near(self.finder, self.asked, self.found)
        self.within = pairs_within(self.group, self.config)
        self.busy = self._busy()
        spans = [self.group.rows_of(number) for number in range(len(self))]
        # Of each document, the forms that may go by themselves, rising.
        self.forms = [np.unique(self.row_form[at][self.alone[at]]).tolist() for at in spans]

    def clean(self) -> list[Run]:
        """Clean all documents and add what is left of each."""
        alone = self._alone()
        self._look_up(alone)
        runs: dict[int, Run] = {}
        first = 0
        for stop in [*alone, len(self)]:
            if first < stop:
                self._begin(first, stop)
            for wave in self._waves(first, stop):
                self._clean_wave(wave, runs)
            if stop < len(self):
                self._take_out(stop)
                self._begin(stop, stop + 1)
                runs[stop] = self._clean_alone(stop)
                self._take_in(stop, runs[stop])
            first = stop + 1
        settings = self.config.deciding()
        return [replace(runs[number], settings=settings) for number in range(len(self))]

    def _busy(self) -> Bools:
        """Tell which documents say something twice, or have something to say of themselves."""
        group, rows = self.group, self.group.says()
        document = np.repeat(np.arange(len(self)), np.diff(group.bounds))
        busy = np.array([pairs is None or len(pairs.left) > 0 for pairs in self.within], bool)
        busy[document[group.is_ignored()]] = True
        compared = np.flatnonzero(rows >= 0)
        codes = np.sort(document[compared] << 32 | rows[compared])
        busy[codes[1:][codes[1:] == codes[:-1]] >> 32] = True
        return busy

    def _alone(self) -> list[int]:
        """Name the documents that are cleaned by themselves, after all before them.

        They take the place of another, or what they are compared with depends on who else there is.
        """
        near, seen, found = self.near, set[str](), []
        unsure = near.unsure
        for number, document in enumerate(self.group.documents):
            again = document.id in seen or self.store.document_called(document.id) is not None
            seen.add(document.id)
            if again:  # where one goes, others that share its keys are asked again
                unsure = near.unsure | near.crowded | near.cut
            large = len(self.group.paragraphs[number]) > MAX_DISTINCT_PARAGRAPHS
            asked_late = not unsure.isdisjoint(self.forms[number])
            if again or large or asked_late or self.within[number] is None:
                found.append(number)
        return found

    def _look_up(self, documents: Sequence[int]) -> None:
        """Look up the keys of documents that are cleaned alone, and watch who adds such."""
        asked = sorted({form for number in documents for form in self.forms[number]})
        self.store.watch(self.asked.keys[np.searchsorted(self.asked.forms, asked)])

    def _waves(self, first: int, stop: int) -> Iterator[list[int]]:
        """Put documents into waves: none is like another of its wave or of a later one."""
        last: dict[int, int] = {}  # the wave that a form was last in
        waves: list[list[int]] = []
        for number in range(first, stop):
            forms = self.forms[number]
            near = (other for form in forms for _, other in self.near.own.get(form, ()))
            wave = 1 + max((last.get(form, -1) for form in (*forms, *near)), default=-1)
            last.update(dict.fromkeys(forms, wave))
            if wave == len(waves):
                waves.append([])
            waves[wave].append(number)
        for wave_ in waves:
            for low in range(0, len(wave_), _WAVE_DOCUMENTS):
                yield wave_[low : low + _WAVE_DOCUMENTS]

    def _clean_wave(self, wave: list[int], runs: dict[int, Run]) -> None:
        """Clean documents of which none is like another, and add what is left of them."""
        near = {number: self._near_to(number) for number in wave}
        self.finder.fetch(held for its in near.values() for held in its.held)
        # One that is near to nothing may still be told to be so only as far as was looked.
        asked = [n for n in wave if near[n].held or near[n].capped or self.busy[n]]
        quiet = frozenset(wave).difference(asked)
        group, origin = self.group.apart(asked)
        first = np.searchsorted(group.parts_of_forms(), np.arange(len(asked) + 1)).tolist()
        within, references = [], []
        for part, number in enumerate(asked):
            within.append((self.within[number] or NO_PAIRS).behind(first[part]))
            own = origin[first[part] : first[part + 1]]
            references.append(self._reference(near[number], own, first[part]))
        found = clean_apart(group, self.sets.take(origin), within, references, self.config)
        runs |= {number: untouched(self.group, [number]) for number in quiet}
        for number, run in zip(asked, found, strict=True):
            runs[number] = run or self._clean_alone(number, near[number])
        for number in wave:
            self._take_in(number, runs[number])

    def _near_to(self, number: int) -> _NearTo:
        """Give what a document is near to of the index, and of what was added by now."""
        near, found = self.near, _NearTo()
        for form in self.forms[number]:
            held = {other: its for its, other in near.held.get(form, ())}
            for its, own in [(-1.0, form), *near.own.get(form, ())]:
                if (form, own) in near.unasked:
                    continue
                if (added := self.number.get(own)) is not None:
                    held[added] = its
            live = self.store.live(held)
            found.capped += form in near.crowded
            found.capped += form in near.cut or len(live) > MAX_JUDGED
            live = sorted(live, key=lambda one: (held[one], one))[:MAX_JUDGED]
            found.forms += [form] * len(live)
            found.held += live
        return found

    def _reference(self, near: _NearTo, own: NDArray[np.int64], first: int = 0) -> Reference:
        """Give the documents of what is near; form ``own[i]`` is form `first` + i there."""
        of = {form: at for at, form in enumerate(own.tolist(), first)}
        return self.finder.reference([of[form] for form in near.forms], near.held, near.capped)

    def _clean_alone(self, number: int, near: _NearTo | None = None) -> Run:
        """Clean a document; without what it is `near` to, that is searched."""
        group, own = self.group.apart([number])
        name = group.documents[0].id
        finder = Finder(self.store, self.config, own=[name], also_new=True)

        def look(group: Group, sets: ShingleSets) -> Reference:
            return finder(group, sets) if near is None else self._reference(near, own)

        return pipeline.clean_group(
            group,
            self.config,
            reference=look,
            within=self.within[number],
            sets=self.sets.take(own),
            first_reference=1,
        )

    def _take_in(self, number: int, run: Run) -> None:
        """Add what a run has left of a document."""
        (cleaned,) = run.documents
        if cleaned.removed:
            kept = np.array([decision.cut is None for decision in cleaned.decisions])
            self._add(number, cleaned.data, kept)
        else:
            self._add(number)
