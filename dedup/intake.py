"""Documents → what an index takes in of them, as they are, or what a cleaning leaves of them."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup import pipeline
from dedup.index.finder import EQUAL, Asked, equal_keys
from dedup.index.near import equal_forms
from dedup.index.records import Entry, Form
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.index.store import Store
    from dedup.model import Document

    Bools = NDArray[np.bool_]


Item = TypeVar("Item")

BATCH_DOCUMENTS, BATCH_BYTES = 1000, 8 << 20
"""So much of what is given to `clean_many` or `add_many` is one transaction."""


class Batch:
    """Some documents that are read together, and added one after the other."""

    columns = EQUAL  # those of the keys that are looked up

    def __init__(
        self, store: Store, config: Config, documents: Sequence[tuple[Document, Config]]
    ) -> None:
        """Take documents, each with the Config that says how it is read."""
        self.store, self.config = store, config
        self.group = group = pipeline.read_group(documents)
        forms = group.forms
        self.alone = group.alone()
        distinct = np.unique(forms.row_form[self.alone]).astype(np.int64)
        self.sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)
        self.asked = Asked.of(self.sets, distinct, equal_keys(forms, distinct), store)
        self.place = {form: at for at, form in enumerate(distinct.tolist())}
        names = [document.id for document in group.documents]
        self.found = store.look_up(self.asked.keys[:, self.columns], names)
        # Of the forms that may go by themselves, those that are in the index have a number there.
        self.number = equal_forms(store, forms, distinct, self.found.of(EQUAL))
        # What is ignored here nothing goes for, there as here.
        self.row_form = np.where(group.is_ignored(), -1, forms.row_form)
        self.traits = group.traits()
        self.words = np.append(forms.words, 0)[forms.row_form].astype(np.uint32)
        self.before = np.append(0, np.cumsum(self.alone))  # so many that are alone before a row
        self.next = 0, 0  # what is added to the numbers of documents and to these, to be new ones

    def __len__(self) -> int:
        return len(self.group.documents)

    def add(self) -> None:
        """Add all documents as they are."""
        for number in range(len(self)):
            self._take_out(number)
            self._begin(number, number + 1)
            self._add(number)

    def _take_out(self, number: int) -> None:
        """Take the document of the same id out of the index."""
        old = self.store.document_called(self.group.documents[number].id)
        if old is not None:
            self.store.remove(old)

    def _begin(self, first: int, stop: int) -> None:
        """Reserve numbers for some documents and for what they may add, in this order."""
        low, high = self.before[self.group.bounds[[first, stop]]].tolist()
        document, form = self.store.reserve(stop - first, high - low)
        self.next = document - first, form - low

    def _add(self, number: int, data: bytes | None = None, kept: Bools | None = None) -> None:
        """Add a document as it is, or what is left of it: `data`, with the paragraphs `kept`."""
        group, forms = self.group, self.group.forms
        document, found = group.documents[number], group.paragraphs[number]
        rows = np.arange(*group.bounds[number : number + 2])
        if data is not None:
            found = group.split[number](replace(document, data=data))
            rows = rows[kept]
        held: dict[int, int] = {}
        shorts: dict[int, int] = {}
        columns = (of[rows].tolist() for of in (self.row_form, self.alone, self.before))
        form_of = [
            -1
            if form < 0
            else held.setdefault(form, self._held(form, before))
            if alone
            else shorts.setdefault(form, -2 - len(shorts))
            for form, alone, before in zip(*columns, strict=True)
        ]
        entry = Entry(
            name=document.id,
            form=np.array(form_of, np.int32),
            first_line=found.first_line.astype(np.uint32),
            last_line=found.last_line.astype(np.uint32),
            words=self.words[rows],
            kind=found.kind,
            level=np.zeros(len(found), np.uint8) if found.outline is None else found.outline.level,
            traits=self.traits[rows],
            shorts=[
                (forms.texts[form], forms.flags_of(form).tobytes(), int(forms.words[form]))
                for form in shorts
            ],
        )
        self.store.add_document(self.next[0] + number, entry)

    def _held(self, form: int, before: int) -> int:
        """Give the number of a form in the index; what is new to it is added."""
        known = self.number.get(form)
        if known is not None and self.store.live([known]):
            return known
        forms, number, at = self.group.forms, self.next[1] + before, self.place[form]
        flags, words = forms.flags_of(form).tobytes(), int(forms.words[form])
        new = Form(forms.texts[form], flags, words, document=-1, documents=0)
        self.store.add_form(number, new, self.asked.keys[at])
        self.number[form] = number
        return number


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles inside: a batch is many objects, and none of them is in one."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def batches(items: Iterable[Item], size_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Give items in batches of so many, or of so many bytes; `size_of` one says how many it has."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if len(batch) >= BATCH_DOCUMENTS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
