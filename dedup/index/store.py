"""An index that is changed: within a transaction, wholly or not at all.

New forms and documents wait in memory, where they are found as well, and are written together.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.index.contents import Contents, name_key
from dedup.index.header import STATE, tombstone
from dedup.index.pages import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedup.index.records import Entry, Form

    U64 = NDArray[np.uint64]


class Store(Contents):
    """Hold an open index. One thread at a time."""

    @contextlib.contextmanager
    def transaction(self, *, writing: bool) -> Iterator[None]:
        """See one state of the index; what is added and removed is written at the end, or not.

        Raises:
            InputError: it is damaged, locked for too long, or cannot be written.
        """
        try:
            with self.database.transaction(writing=writing):
                self._refresh()
                self._all_is_written()
                yield
                if writing:
                    self.flush()
                    self.database.put("header", [(STATE, self.state.written())])
        except BaseException:
            self._version = -1  # what is in memory was not written
            raise
        finally:
            self._forget()

    def reserve(self, documents: int, forms: int) -> tuple[int, int]:
        """Reserve so many numbers for documents and for forms; give the first of each.

        What waits to be written has smaller ones, be it used or not.
        """
        state = self.state
        state.next_document += documents
        state.next_form += forms
        return state.next_document - documents, state.next_form - forms

    def add_form(self, number: int, form: Form, keys: U64) -> None:
        """Add a form, that no document holds yet, with its shortened keys."""
        self.state.forms += 1
        self._forms[number] = form
        self._new_forms[number] = keys
        if self._shared:
            for key in self._shared.intersection(keys.tolist()):
                self._waiting.setdefault(key, []).append(number)

    def add_document(self, number: int, entry: Entry) -> None:
        """Add a document, whose forms are there."""
        self.state.documents += 1
        self._entries[number] = entry
        self._new_documents.append(number)
        key = name_key(entry.name)
        if key in self._shared:
            self._waiting.setdefault(key, []).append(DOCUMENT + number)
        for held, form in self.forms(entry.forms()).items():
            first = form.documents == 0
            self._forms[held] = replace(
                form,
                document=number if first else form.document,
                documents=form.documents + 1,
            )
            self._changed_forms.add(held)
            if not first:
                self._new_places.setdefault(held, []).append(number)

    def remove(self, number: int) -> None:
        """Take a document out, with the forms that no other holds.

        Raises:
            InputError: what it says of its forms is not what they say.
        """
        if number >= self._written_documents:
            self.flush()
        entry = self.entry(number)
        gone = []
        for held, form in self.forms(entry.forms()).items():
            holders = self.holders(held)
            if number not in holders or len(holders) != form.documents:
                raise self.database.damaged(f"document {number} and form {held} do not fit")
            holders.remove(number)
            if not holders:
                gone.append(held)
                continue
            self._drop_place(held, holders[0] if number == form.document else number)
            self._forms[held] = replace(form, document=holders[0], documents=len(holders))
            self._changed_forms.add(held)
        self.database.delete("forms", [(held, held + 1) for held in gone])
        self.database.delete("documents", [(number, number + 1)])
        self._changed_forms.difference_update(gone)
        for held in gone:
            del self._forms[held]
        del self._entries[number]
        self._bury([*gone, DOCUMENT + number])
        self.state.forms -= len(gone)
        self.state.documents -= 1

    def _drop_place(self, form: int, document: int) -> None:
        """Say no longer that a document holds a form beside its first."""
        waiting = self._new_places.get(form, [])
        if document in waiting:
            waiting.remove(document)
        else:
            self.database.drop_places([(form, document)])

    def _bury(self, numbers: list[int]) -> None:
        self.database.add_removed(numbers)
        self.removed.update(numbers)
        self._gone.update(numbers)
        self.state.removed += len(numbers)
        self.state.tombstones += sum(map(tombstone, numbers))
        self.state.tombstones %= 1 << 64

    def flush(self) -> None:
        """Write what waits."""
        database, state = self.database, self.state
        documents, forms = self._new_documents, self._new_forms
        database.put("forms", ((n, self._forms[n].packed()) for n in sorted(self._changed_forms)))
        database.put("documents", ((n, self._entries[n].packed()) for n in sorted(documents)))
        places = self._new_places.items()
        database.add_places((form, document) for form, those in places for document in those)
        if documents:
            names = [name_key(self._entries[number].name) for number in documents]
            keys = [*forms.values(), np.array(names, np.uint64)]
            numbers = np.repeat(np.array(list(forms), np.uint32), [len(k) for k in keys[:-1]])
            self.segments.add(
                self._next_segment(),
                np.concatenate(keys),
                np.append(numbers, np.array(documents, np.uint32) + np.uint32(DOCUMENT)),
                (
                    (self._written_forms, state.next_form),
                    (self._written_documents, state.next_document),
                ),
            )
            while self.segments.grown():
                removed = np.array(sorted(self.removed), np.uint32)
                self._exhume(self.segments.merge(self._next_segment(), removed))
        state.changes += 1
        state.dropped = self.segments.dropped + state.dropped
        self.segments.dropped = 0
        state.segments = [segment.stated() for segment in self.segments.segments]
        self._new_forms, self._new_documents, self._new_places = {}, [], {}
        self._changed_forms = set()
        self._all_is_written()

    def _all_is_written(self) -> None:
        """Note that what comes from now on has larger numbers than what is in the file."""
        self._written_forms, self._written_documents = (
            self.state.next_form,
            self.state.next_document,
        )

    def _next_segment(self) -> int:
        self.state.next_segment += 1
        return self.state.next_segment - 1

    def _exhume(self, ranges: list[tuple[int, int]]) -> None:
        """Forget the tombstones of what no page has any more."""
        freed = [n for n in self.removed if any(low <= n < high for low, high in ranges)]
        if not freed:
            return
        self.database.delete("removed", ranges)
        self.removed.difference_update(freed)
        self._gone.update(freed)
        self.state.removed -= len(freed)
        self.state.tombstones = (self.state.tombstones - sum(map(tombstone, freed))) % (1 << 64)
