"""An index, read wholly: every part of it fits the others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from dedup.banding import band_keys
from dedup.index.contents import form_key, name_key
from dedup.index.pages import DOCUMENT, shorten
from dedup.index.records import Entry, Form
from dedup.kernels.reference import mix
from dedup.minhash import signatures
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.index.store import Store

    U64 = NDArray[np.uint64]

_FORMS = 4096  # signed at a time


def check(store: Store) -> None:
    """Read everything within a transaction.

    Raises:
        InputError: something is missing, is not what was written, or fits nothing else.
    """
    database, state = store.database, store.state
    database.check()
    holders: dict[int, list[int]] = defaultdict(list)
    total = documents = 0
    for number, data in database.scan("documents"):
        entry = store.read(Entry.unpacked, data, f"document {number}")
        for held in entry.forms():
            holders[held].append(number)
        total += _sum(np.array([name_key(entry.name)], np.uint64), number + DOCUMENT)
        documents += 1
        if number + DOCUMENT in store.removed or number >= state.next_document:
            raise database.damaged(f"document {number} should not be there")
    others = []
    forms: list[tuple[int, Form]] = []
    count = 0
    for number, data in database.scan("forms"):
        form = store.read(Form.unpacked, data, f"form {number}")
        held_by = holders.pop(number, [])
        if not held_by or (form.document, form.documents) != (held_by[0], len(held_by)):
            raise database.damaged(f"form {number} is not held by the documents it names")
        if number in store.removed or number >= state.next_form:
            raise database.damaged(f"form {number} should not be there")
        others += [(number, document) for document in held_by[1:]]
        forms.append((number, form))
        count += 1
        if len(forms) == _FORMS:
            total += _keys(store, forms)
            forms = []
    total += _keys(store, forms)
    if holders:
        raise database.damaged(f"form {min(holders)} is missing")
    if (documents, count) != (state.documents, state.forms):
        raise database.damaged("there are not as many documents and forms as there should be")
    if list(database.all_places()) != others:
        raise database.damaged("which documents hold a form is not what was written")
    _check_pages(store, total)


def _check_pages(store: Store, total: int) -> None:
    """Compare the sum of all entries with that of the keys, made anew."""
    gone = np.array(sorted(store.removed), np.uint32)
    found = 0
    for segment in store.segments.segments:
        if segment.bits and not np.array_equal(
            store.segments.filter_of(segment), store.segments.filter_made(segment)
        ):
            raise store.database.damaged(f"the filter of segment {segment.number} is another's")
    for keys, numbers in store.segments.entries():
        stays = ~np.isin(numbers, gone)
        found += _sum(keys[stays], numbers[stays].astype(np.uint64))
    if (found - total) % (1 << 64) and not store.state.dropped:
        raise store.database.damaged("its keys are not those of its forms and documents")


def _keys(store: Store, forms: list[tuple[int, Form]]) -> int:
    """Give the sum of the entries of some forms."""
    built = store.parameters
    texts = [form.text for _, form in forms]
    sets = shingle_sets(texts, kind=built.shingle, size=built.shingle_size)
    signed = signatures(sets, num_perm=built.num_perm, seed=built.seed)
    texts_of = (text.encode("utf-8", "surrogatepass") for text in texts)
    equal = [*map(form_key, texts_of, (form.flags for _, form in forms))]
    keys = np.column_stack([np.array(equal, np.uint64), shorten(band_keys(signed, built.banding))])
    numbers = np.array([number for number, _ in forms], np.uint64)
    return _sum(keys.ravel(), np.repeat(numbers, keys.shape[1]))


def _sum(keys: U64, numbers: U64 | int) -> int:
    """Add up entries, in whatever order."""
    entries = mix(keys + np.asarray(numbers, np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return int(entries.sum(dtype=np.uint64))
