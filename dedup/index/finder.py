"""Forms of a group → the documents of an index that they are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.banding import Banding, band_keys
from dedup.index.arrays import distinct
from dedup.index.contents import MAX_BUCKET, form_key
from dedup.index.pages import shorten
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
    from dedup.index.sharing import Sharing
    from dedup.index.store import Store
    from dedup.normalize import Forms

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]

EQUAL, BANDS = slice(1), slice(1, None)
"""Columns of the keys: of what equals a form, of its bands."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what an index is asked by: some of the `sets`, those of the `forms`, int64[n].

    `keys`, uint64[n, 1 + bands]: the shortened key of what equals them, and of each band.
    """

    sets: ShingleSets
    forms: I64
    keys: U64

    @classmethod
    def of(cls, sets: ShingleSets, forms: I64, equal: U64, store: Store) -> Asked:
        """Sign some of the `sets`; `equal`: the `contents.form_key` of each."""
        built = store.parameters
        # The others are short: to sign them too costs less than to leave them out.
        signed = signatures(sets, num_perm=built.num_perm, seed=built.seed)[forms]
        keys = shorten(band_keys(signed, built.banding))
        return cls(sets, forms, np.column_stack([equal, keys]))


def equal_keys(forms: Forms, some: I64) -> U64:
    """Give the shortened key of what equals each of `some` forms: uint64[n]."""
    texts = (forms.texts[form].encode("utf-8", "surrogatepass") for form in some.tolist())
    flags = (forms.flags_of(form).tobytes() for form in some.tolist())
    return np.array([*map(form_key, texts, flags)], np.uint64)


class Finder:
    """Find what an index holds that is like the paragraphs of a group.

    It is asked within a transaction. Documents called by one of the names `own` are not looked at.
    With `also_new`, what waits to be written is, if the store watches all keys that are asked.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        own: Iterable[str] = (),
        also_new: bool = False,
    ) -> None:
        self.store, self.config = store, config
        self.names, self.also_new = frozenset(own), also_new
        called = (store.document_called(name) for name in self.names)
        self.own = {number for number in called if number is not None}
        self.least = _least_shared(store.parameters.banding, config)

    def __call__(self, group: Group, sets: ShingleSets) -> Reference:
        """Give the documents that hold something like what may go by itself.

        Raises:
            InputError: the index is damaged.
        """
        forms = np.unique(group.forms.row_form[group.alone()]).astype(np.int64)
        asked = Asked.of(sets, forms, equal_keys(group.forms, forms), self.store)
        if self.also_new:
            at, numbers, capped = self._sharing_also_new(asked.keys.tolist())
        else:
            found = self.store.look_up(asked.keys, without=self._only_own())
            at, numbers = self.sharing(found)
            capped = int((found.of(BANDS).count > MAX_BUCKET).any(axis=1).sum())
        left, held, _, more = self.alike(asked, at, numbers)
        return self.reference(left.tolist(), held.tolist(), capped + len(more))

    def sharing(self, found: Sharing) -> tuple[I64, I64]:
        """Give what equals what was asked, or shares enough bands, as `Sharing.pairs` does."""
        near = found.of(BANDS).pairs(most=MAX_BUCKET, least=self.least)
        equal = found.of(EQUAL).pairs()
        codes = distinct(np.concatenate([at << 32 | numbers for at, numbers in (near, equal)]))
        return codes >> 32, codes & 0xFFFFFFFF

    def like(self, sets: ShingleSets, equal: U64) -> list[int]:
        """Give the numbers of the forms that the `sets` are like; `equal` as in `Asked.of`."""
        asked = Asked.of(sets, np.arange(len(sets)), equal, self.store)
        at, numbers = self.sharing(self.store.look_up(asked.keys))
        _, held, _, _ = self.alike(asked, at, numbers)
        near: list[int] = np.unique(held).tolist()
        return near

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

    def _sets_of(self, numbers: list[int]) -> ShingleSets:
        texts = [form.text for form in self.store.forms(numbers).values()]
        return shingle_sets(texts, kind=self.config.shingle, size=self.config.shingle_size)

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

    def _only_own(self) -> set[int]:
        """Give the forms that no document but `own` holds."""
        entries = self.store.entries(sorted(self.own)).values()
        held = {number for entry in entries for number in entry.forms()}
        return held.difference(self._holders(sorted(held), self.store.forms(held)))

    def _sharing_also_new(self, keys: list[list[int]]) -> tuple[I64, I64, int]:
        """Give what `sharing` does, with forms among it that wait to be written."""
        at: list[int] = []
        numbers: list[int] = []
        capped = 0
        for place, (equal, *bands) in enumerate(keys):
            near, crowded = self.store.numbers_of(bands, self.least.tolist())
            sharing = {*near, *self.store.numbers_of([equal], [1, 1])[0]}
            at += [place] * len(sharing)
            numbers += sorted(sharing)
            capped += crowded
        return np.array(at, np.int64), np.array(numbers, np.int64), capped

    def alike(
        self, asked: Asked, at: I64, numbers: I64
    ) -> tuple[I64, I64, NDArray[np.float64], I64]:
        """Give which pairs of form ``asked.forms[at[k]]`` and that of ``numbers[k]`` are near.

        By forms, to each the nearest first: (forms, numbers, Jaccard). And the forms that are near
        to too many, of which the first are given.

        Raises:
            InputError: the index is damaged.
        """
        left = asked.forms[at]
        forms, one = np.unique(left, return_inverse=True)
        held, other = np.unique(numbers, return_inverse=True)
        both = asked.sets.take(forms).followed_by(self._sets_of(held.tolist()))
        other += len(forms)
        common = kernels.intersections(both.values, both.offsets, one, other)
        size = both.sizes()
        union = size[one] + size[other] - common
        near = common >= self.config.threshold_across * union
        left, numbers = left[near], numbers[near]
        jaccard = (common / np.maximum(union, 1))[near]
        order = np.lexsort((numbers, -jaccard, left))
        left, numbers, jaccard = left[order], numbers[order], jaccard[order]
        stays = np.arange(len(left)) - np.searchsorted(left, left) < MAX_JUDGED
        return left[stays], numbers[stays], jaccard[stays], np.unique(left[~stays])

    def fetch(self, numbers: Iterable[int]) -> None:
        """Read forms, and the documents that they first stand in, in one go."""
        forms = self.store.forms(numbers).values()
        self.store.entries(sorted({form.document for form in forms}))

    def reference(self, left: list[int], held: list[int], capped: int = 0) -> Reference:
        """Give the documents of the forms `held`, of which ``held[k]`` is like form ``left[k]``.

        Raises:
            InputError: the index is damaged.
        """
        if not held:
            return Reference(capped=capped)
        forms = self.store.forms(held)
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


def _least_shared(banding: Banding, config: Config) -> I64:
    """Say how many bands are shared by what is near, where so many can be asked: int64[bands + 1].

    In a crowd the others may hide what is shared.
    """
    some = (Banding(bands, banding.size) for bands in range(banding.bands + 1))
    least = [of.least_shared(config.threshold_across, config.recall) for of in some]
    return np.array(least, np.int64)


def _known(entry: Entry, at: dict[int, int], reference: Reference) -> KnownDocument:
    """Give an entry with the forms that matter; its short ones are added to `reference`."""
    first = len(reference.forms)
    reference.forms.extend(entry.shorts)
    form = [
        at.get(number, -1) if number >= -1 else first - 2 - number for number in entry.form.tolist()
    ]
    return KnownDocument(
        id=entry.name,
        first_line=entry.first_line.astype(np.int64),
        last_line=entry.last_line.astype(np.int64),
        kind=entry.kind,
        level=entry.level,
        words=entry.words.astype(np.int64),
        form=np.array(form, np.int64),
        traits=entry.traits,
    )
