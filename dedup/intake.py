"""Documents → what an index takes in of them: cleaned beside what it holds, or as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dedup import pipeline
from dedup.index.finder import Finder, keys_of
from dedup.index.records import CLOSED, CUT_OFF, LIMITED, TABULAR, Entry
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.config import Config
    from dedup.decisions import Group
    from dedup.index.store import Store
    from dedup.model import Document, Run


class Batch:
    """Some documents that are read together, and cleaned or added one after the other."""

    def __init__(
        self, store: Store, config: Config, documents: Sequence[tuple[Document, Config]]
    ) -> None:
        """Take documents, each with the Config that says how it is read."""
        self.store, self.config = store, config
        self.group = pipeline.read_group(documents)
        self.documents = self.group.documents
        forms = self.group.forms
        sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)
        rows = np.flatnonzero(self.group.alone())
        document = np.searchsorted(self.group.bounds, rows, "right")
        held = np.unique(np.stack([forms.row_form[rows], document]), axis=1)[0]
        alone, count = np.unique(held, return_counts=True)
        keys = keys_of(sets, alone, store)
        # What two documents hold stands there twice, as keys that two forms share do.
        store.prefetch(
            np.concatenate([keys, keys[count > 1]]), [document.id for document in self.documents]
        )
        self.keys = {forms.texts[form]: own for form, own in zip(alone.tolist(), keys, strict=True)}
        self.listed = {text: own.tolist() for text, own in self.keys.items()}

    def take_out(self, number: int) -> None:
        """Take the document of the same id out of the index."""
        old = self.store.document_called(self.documents[number].id)
        if old is not None:
            self.store.remove(old)

    def clean(self, number: int) -> Run:
        """Clean a document and add what is left of it."""
        self.take_out(number)
        document, group = self.documents[number], self.group.one(number)
        finder = Finder(self.store, self.config, own=[document.id], known=self.listed)
        run = pipeline.clean_group(group, self.config, reference=finder, first_reference=1)
        run = replace(run, settings=self.config.deciding())
        if run.documents[0].removed:
            left = replace(document, data=run.documents[0].data)
            group = pipeline.read_group([(left, self.group.configs[number])])
        self.add(group)
        return run

    def add(self, group: Group) -> None:
        """Add the only document of a group as it is."""
        forms, alone = group.forms, group.alone()
        rows = zip(forms.row_form.tolist(), alone.tolist(), strict=True)
        number: dict[tuple[int, bool], int] = {(-1, False): -1}
        shorts: list[tuple[str, bytes, int]] = []
        for form, by_itself in dict.fromkeys(rows):
            if form < 0:
                continue
            text, flags = forms.texts[form], forms.flags_of(form).tobytes()
            words = int(forms.words[form])
            if by_itself:
                number[form, True] = self._number(text, flags, words)
            else:
                number[form, False] = -2 - len(shorts)
                shorts.append((text, flags, words))
        rows = zip(forms.row_form.tolist(), alone.tolist(), strict=True)
        (found,) = group.paragraphs
        traits = np.zeros(len(found), np.uint8)
        for trait, having in (
            (LIMITED, group.limited),
            (CUT_OFF, group.cut_off),
            (CLOSED, group.closed),
            (TABULAR, group.tabular),
        ):
            traits[having] |= trait
        level = np.zeros(len(found), np.uint8) if found.outline is None else found.outline.level
        entry = Entry(
            name=group.documents[0].id,
            form=np.array([number[row] for row in rows], np.int32),
            first_line=found.first_line.astype(np.uint32),
            last_line=found.last_line.astype(np.uint32),
            words=np.append(forms.words, 0)[forms.row_form].astype(np.uint32),
            kind=found.kind,
            level=level,
            traits=traits,
            shorts=shorts,
        )
        self.store.add_document(entry)

    def _number(self, text: str, flags: bytes, words: int) -> int:
        """Give the number of a form in the index; what is new to it is added."""
        keys = self.keys[text]
        equal, _ = self.store.numbers_of(self.listed[text][:1])
        for number, form in self.store.forms(equal).items():
            if (form.text, form.flags) == (text, flags):
                return number
        return self.store.add_form(text, flags, words, keys)
