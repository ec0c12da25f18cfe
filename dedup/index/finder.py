"""Forms of a group → the documents of an index that they are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.banding import band_keys
from dedup.index.pages import shorten
from dedup.index.records import CLOSED, CUT_OFF, LIMITED, TABULAR
from dedup.minhash import signatures
from dedup.plan import MAX_JUDGED
from dedup.reference import KnownDocument, Reference
from dedup.shingles import ShingleSets, shingle_sets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.group import Group
    from dedup.index.records import Entry, Form
    from dedup.index.store import Store

    U64 = NDArray[np.uint64]


def keys_of(sets: ShingleSets, forms: NDArray[np.int64], store: Store) -> U64:
    """Give the shortened band keys of some of the `sets`: uint64[n, bands]."""
    parameters = store.parameters
    sketches = signatures(sets.take(forms), num_perm=parameters.num_perm, seed=parameters.seed)
    return shorten(band_keys(sketches, parameters.banding))


class Finder:
    """Find what an index holds that is like the paragraphs of a group.

    It is asked within a transaction. The keys of forms that were asked before can be given: then
    the store knows them. Documents called by one of the names `own` are not looked at.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        own: Iterable[str] = (),
        known: dict[str, list[int]] | None = None,
    ) -> None:
        self.store, self.config = store, config
        self.names, self.known = frozenset(own), known
        self.own = {store.document_called(name) for name in self.names} - {None}

    def __call__(self, group: Group, sets: ShingleSets) -> Reference:
        """Give the documents that hold something like what may go by itself.

        Raises:
            InputError: the index is damaged.
        """
        alone = group.forms.row_form[group.alone()]
        asked = np.unique(alone).astype(np.int64)
        keys = self._keys(group, sets, asked)
        found: dict[int, list[int]] = {}
        capped = 0
        for form, own in zip(asked.tolist(), keys, strict=True):
            sharing, crowded = self.store.numbers_of(own)
            capped += crowded
            if sharing:
                found[form] = sharing
        if not found:
            return Reference(capped=capped)
        numbers = sorted({number for held in found.values() for number in held})
        forms = self.store.forms(numbers)
        texts = self._sets_of(forms, numbers)
        left, right, more = self._alike(sets, texts, found, numbers)
        return self._reference(
            left.tolist(), [numbers[at] for at in right.tolist()], forms, capped + more
        )

    def like(self, sets: ShingleSets) -> list[int]:
        """Give the numbers of the forms that some of the `sets` are like."""
        keys = keys_of(sets, np.arange(len(sets)), self.store)
        self.store.prefetch(keys)
        found: dict[int, list[int]] = {}
        for at in np.flatnonzero(self.store.may_be_shared(keys).any(axis=1)).tolist():
            sharing, _ = self.store.numbers_of(keys[at].tolist())
            if sharing:
                found[at] = sharing
        if not found:
            return []
        numbers = sorted({number for held in found.values() for number in held})
        texts = self._sets_of(self.store.forms(numbers), numbers)
        _, right, _ = self._alike(sets, texts, found, numbers)
        return [numbers[at] for at in np.unique(right).tolist()]

    def documents(
        self, numbers: Iterable[int]
    ) -> list[tuple[Entry, dict[int, tuple[str, bytes, int]]]]:
        """Give the documents that hold some forms, each with all of its own by their numbers."""
        wanted = sorted(numbers)
        holder = self._holders(wanted, self.store.forms(wanted))
        found = []
        for document, entry in sorted(self.store.entries(sorted(set(holder.values()))).items()):
            self._verify(document, entry, [n for n, of in holder.items() if of == document])
            own = self.store.forms(entry.forms())
            texts = {number: (form.text, form.flags, form.words) for number, form in own.items()}
            texts |= {-2 - at: short for at, short in enumerate(entry.shorts)}
            found.append((entry, texts))
        return found

    def _sets_of(self, forms: dict[int, Form], numbers: list[int]) -> ShingleSets:
        return shingle_sets(
            [forms[number].text for number in numbers],
            kind=self.config.shingle,
            size=self.config.shingle_size,
        )

    def _holders(self, numbers: list[int], forms: dict[int, Form]) -> dict[int, int]:
        """Give the first document that holds each form and is none of `own`."""
        holder: dict[int, int] = {}
        for number in numbers:
            document: int | None = forms[number].document
            if document in self.own:
                others = self.store.holders(number)
                document = next((one for one in others if one not in self.own), None)
            if document is not None:
                holder[number] = document
        return holder

    def _keys(self, group: Group, sets: ShingleSets, asked: NDArray[np.int64]) -> list[list[int]]:
        if self.known is not None:
            return [self.known[group.forms.texts[form]] for form in asked.tolist()]
        keys = keys_of(sets, asked, self.store)
        self.store.prefetch(keys)
        every: list[list[int]] = keys.tolist()
        return every

    def _alike(
        self,
        sets: ShingleSets,
        texts: ShingleSets,
        found: dict[int, list[int]],
        numbers: list[int],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Give (form, index into `numbers`) of what is alike, and how many were like too many."""
        left = np.repeat(np.array(list(found)), [len(held) for held in found.values()])
        every = np.concatenate([np.array(held) for held in found.values()])
        right = np.searchsorted(np.array(numbers), every)
        both = sets.followed_by(texts)
        behind = right + len(sets)
        common = kernels.intersections(both.values, both.offsets, left, behind)
        size = both.sizes()
        union = size[left] + size[behind] - common
        near = common >= self.config.threshold_across * union
        left, right, jaccard = left[near], right[near], (common / np.maximum(union, 1))[near]
        # No more are judged than so many, and the nearest first.
        order = np.lexsort((right, -jaccard, left))
        left, right = left[order], right[order]
        starts = np.searchsorted(left, left)
        stays = np.arange(len(left)) - starts < MAX_JUDGED
        return left[stays], right[stays], len(np.unique(left[~stays]))

    def _reference(
        self, left: list[int], held: list[int], forms: dict[int, Form], capped: int
    ) -> Reference:
        holder = self._holders(sorted(set(held)), forms)
        reference = Reference(capped=capped)
        at = {number: place for place, number in enumerate(holder)}
        for number in holder:
            form = forms[number]
            reference.forms.append((form.text, form.flags, form.words))
        for document, entry in sorted(self.store.entries(sorted(set(holder.values()))).items()):
            self._verify(document, entry, [n for n, of in holder.items() if of == document])
            reference.documents.append(_known(entry, at, reference))
        for form_asked, number in zip(left, held, strict=True):
            if number in at:
                reference.left.append(form_asked)
                reference.right.append(at[number])
        return reference

    def _verify(self, document: int, entry: Entry, numbers: list[int]) -> None:
        damaged = self.store.database.damaged
        if not set(numbers) <= set(entry.form.tolist()):
            raise damaged(f"document {document} does not hold what is said to stand in it")
        if entry.name in self.names:
            raise damaged(f"document {document} is found by its content, but not by its name")


def _known(entry: Entry, at: dict[int, int], reference: Reference) -> KnownDocument:
    """Give an entry with the forms that matter; its short ones are added to `reference`."""
    first = len(reference.forms)
    reference.forms.extend(entry.shorts)
    form = [
        at.get(number, -1) if number >= -1 else first - 2 - number for number in entry.form.tolist()
    ]

    def has(trait: int) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = entry.traits & trait > 0
        return found

    return KnownDocument(
        id=entry.name,
        first_line=entry.first_line.astype(np.int64),
        last_line=entry.last_line.astype(np.int64),
        kind=entry.kind,
        level=entry.level,
        words=entry.words.astype(np.int64),
        form=np.array(form, np.int64),
        limited=has(LIMITED),
        cut_off=has(CUT_OFF),
        closed=has(CLOSED),
        tabular=has(TABULAR),
    )
