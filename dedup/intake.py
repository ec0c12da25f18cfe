"""Documents → what an index takes in of them: cleaned beside what it holds, or as they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup import kernels, pipeline
from dedup.decisions import untouched
from dedup.index.arrays import Candidates, distinct_pairs
from dedup.index.finder import Finder, keys_of
from dedup.index.records import CLOSED, CUT_OFF, LIMITED, TABULAR, Entry
from dedup.model import Run
from dedup.shingles import shingle_sets
from dedup.verify import RESCAN_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.group import Group
    from dedup.index.store import Store
    from dedup.model import Document, Paragraphs
    from dedup.rewrite import Split
    from dedup.shingles import ShingleSets


Item = TypeVar("Item")

BATCH_DOCUMENTS, BATCH_BYTES = 1000, 8 << 20
"""So much of what is given to `clean_many` or `add_many` is one transaction."""

_NOTHING = np.zeros(0, np.int64)
_NONE = Candidates(_NOTHING, _NOTHING, _NOTHING)


class Batch:
    """Some documents that are read together, and cleaned or added one after the other."""

    def __init__(
        self, store: Store, config: Config, documents: Sequence[tuple[Document, Config]]
    ) -> None:
        """Take documents, each with the Config that says how it is read."""
        self.store, self.config = store, config
        group = pipeline.read_group(documents)
        self.group = replace(group, split=[_remembering(split) for split in group.split])
        self.documents = self.group.documents
        forms, bounds = self.group.forms, self.group.bounds
        alone = self.group.alone()
        rows = np.flatnonzero(alone)
        document = np.searchsorted(bounds, rows, "right") - 1
        held = np.unique(np.stack([forms.row_form[rows], document]), axis=1)[0]
        asked, count = np.unique(held, return_counts=True)
        self.sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)
        keys = keys_of(self.sets, asked.astype(np.int64), store)
        # What two documents hold stands there twice, as keys that two forms share do.
        names = [one.id for one in self.documents]
        store.prefetch(np.concatenate([keys, keys[count > 1]]), names)
        texts = [forms.texts[form] for form in asked.tolist()]
        self.keys = dict(zip(texts, keys, strict=True))
        shared = store.may_be_shared(keys)
        self.listed: dict[str, list[int]] = {text: [] for text in texts}
        for at in np.flatnonzero(shared.any(axis=1)).tolist():
            self.listed[texts[at]] = keys[at][shared[at]].tolist()
        self.within = pairs_within(self.group, config)
        self.quiet = self._quiet(asked[shared.any(axis=1)])

    def _quiet(self, shared: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell which documents have nothing that anything is like, in them or elsewhere."""
        group, rows = self.group, self.group.forms.row_form
        document = np.repeat(np.arange(len(self.documents)), np.diff(group.bounds))
        quiet = np.array([pairs is not None and not len(pairs.left) for pairs in self.within], bool)
        quiet[document[np.isin(rows, shared)]] = False
        quiet[document[group.is_ignored()]] = False  # which says so
        compared = np.flatnonzero(rows >= 0)
        codes = np.sort(document[compared] << 32 | rows[compared])
        quiet[codes[1:][codes[1:] == codes[:-1]] >> 32] = False
        return quiet

    def _sets_of(self, number: int) -> ShingleSets:
        """Give the sets of the forms of one document, as `Group.one` numbers them."""
        rows = self.group.forms.row_form[self.group.rows_of(number)].tolist()
        own = dict.fromkeys(form for form in rows if form >= 0)
        return self.sets.take(np.array(list(own), np.int64))

    def take_out(self, number: int) -> None:
        """Take the document of the same id out of the index."""
        old = self.store.document_called(self.documents[number].id)
        if old is not None:
            self.store.remove(old)

    def clean(self, number: int) -> Run:
        """Clean a document and add what is left of it."""
        self.take_out(number)
        document, group = self.documents[number], self.group.one(number)
        if self.quiet[number]:
            run = Run((untouched(group),), (), {})
        else:
            finder = Finder(self.store, self.config, own=[document.id], known=self.listed)
            run = pipeline.clean_group(
                group,
                self.config,
                reference=finder,
                within=self.within[number],
                sets=self._sets_of(number),
                first_reference=1,
            )
        (cleaned,) = run.documents
        if cleaned.removed:
            removed = np.array([decision.cut is not None for decision in cleaned.decisions])
            group = group.without(removed, replace(document, data=cleaned.data))
        self.add(group)
        return replace(run, settings=self.config.deciding())

    def add(self, group: Group) -> None:
        """Add the only document of a group as it is."""
        forms = group.forms
        # What is ignored here nothing goes for, there as here.
        row_form = np.where(group.is_ignored(), -1, forms.row_form).tolist()
        rows = list(zip(row_form, group.alone().tolist(), strict=True))
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
        equal, _ = self.store.numbers_of(self.listed[text] and keys[:1].tolist())
        for number, form in self.store.forms(equal).items():
            if (form.text, form.flags) == (text, flags):
                return number
        return self.store.add_form(text, flags, words, keys)


def _remembering(split: Split) -> Split:
    """Cut the same text once: what is left of a document is looked at several times."""
    last: list[tuple[bytes, Paragraphs]] = []

    def cut(document: Document) -> Paragraphs:
        if not last or last[0][0] != document.data:
            last[:] = [(document.data, split(document))]
        return last[0][1]

    return cut


def pairs_within(group: Group, config: Config) -> list[Candidates | None]:
    """Give the pairs of forms of each document that may be alike; None where a search must tell.

    A document is compared paragraph by paragraph, as those of a corpus are.
    """
    count = len(group.documents)
    if config.shingle != "char":
        return [None] * count
    forms = group.forms
    rows = forms.row_form.tolist()
    texts = [text.encode("utf-8", "surrogatepass") for text in forms.texts] + [b""]
    flags = [forms.flags_of(form).tobytes() for form in range(len(forms.texts))] + [b""]
    data, offsets = _flat([texts[form] for form in rows])
    kinds, kind_offsets = _flat([flags[form] for form in rows])
    found = kernels.sketch(
        *(data, offsets, kinds, kind_offsets, group.alone(), group.bounds),
        size=config.size,
        factors=np.zeros(0, np.uint64),
        floor=RESCAN_SHARE * config.threshold,
        containment=config.containment,
    )
    edges = np.searchsorted(found.right, group.bounds)
    pairs: list[Candidates | None] = []
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        if found.crowded[number]:
            pairs.append(None)
            continue
        if low == high:
            pairs.append(_NONE)
            continue
        own = dict.fromkeys(form for form in rows[group.rows_of(number)] if form >= 0)
        local = {form: at for at, form in enumerate(own)}
        left, right = (
            np.array([local[rows[row]] for row in side[low:high].tolist()], np.int64)
            for side in (found.left, found.right)
        )
        pairs.append(distinct_pairs(left, right, _NOTHING))
    return pairs


def _flat(pieces: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    offsets = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return np.frombuffer(b"".join(pieces), np.uint8), offsets


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
