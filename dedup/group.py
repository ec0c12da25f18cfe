"""What is compared together, as arrays over all of its paragraphs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.model import EXEMPT, KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Document, Paragraphs
    from dedup.normalize import Forms
    from dedup.rewrite import Split

LIMITED, CUT_OFF, CLOSED, TABULAR = (1 << k for k in range(4))
"""What `Group.traits` says of a row: whether it has the trait of that name."""

IS_EXEMPT = np.array([kind in EXEMPT for kind in KINDS])
_HEADING = KINDS.index("heading")


@dataclass(frozen=True, slots=True)
class Group:
    """Hold what is compared together: documents with their paragraphs, rows running through all."""

    documents: Sequence[Document]
    configs: Sequence[Config]
    split: Sequence[Split]
    paragraphs: Sequence[Paragraphs]
    bounds: NDArray[np.int64]  # int64[documents + 1]: the rows of document d
    unreadable: NDArray[np.bool_]
    limited: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    tabular: NDArray[np.bool_]
    ignored: NDArray[np.int64]  # of rows: the line of the marker for which they are, else 0
    forms: Forms
    own: int  # so many documents are cleaned; those behind them stand in an index
    known_words: NDArray[np.int64]  # of the paragraphs of those
    part: NDArray[np.int64]  # of documents: those of two parts have no form in common

    def rows_of(self, document: int) -> slice:
        """Give the rows of one document."""
        return slice(int(self.bounds[document]), int(self.bounds[document + 1]))

    def parts_of_forms(self) -> NDArray[np.int64]:
        """Give the part that each form belongs to: int64[forms]."""
        forms = self.forms
        part = np.zeros(len(forms.texts), np.int64)
        compared = forms.row_form >= 0
        part[forms.row_form[compared]] = np.repeat(self.part, np.diff(self.bounds))[compared]
        return part

    def documents_of(self, rows: NDArray[np.int64]) -> list[int]:
        """Give the documents that some rising rows stand in, rising, each once."""
        found = np.searchsorted(self.bounds, rows, "right") - 1
        return list(dict.fromkeys(found.tolist()))

    def apart(self, documents: Sequence[int]) -> tuple[Group, NDArray[np.int64]]:
        """Give some of the documents, each a part by itself: (group, the form of each form here).

        What two of them have in common is one form for each.
        """
        chosen = np.array(documents, np.int64)
        lengths = np.diff(self.bounds)[chosen]
        bounds = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=bounds[1:])
        rows = np.arange(bounds[-1]) + np.repeat(self.bounds[chosen] - bounds[:-1], lengths)
        row_form, origin = _numbered(self.forms.row_form[rows], lengths)
        return Group(
            documents=[self.documents[number] for number in documents],
            configs=[self.configs[number] for number in documents],
            split=[self.split[number] for number in documents],
            paragraphs=[self.paragraphs[number] for number in documents],
            bounds=bounds,
            unreadable=self.unreadable[rows],
            limited=self.limited[rows],
            cut_off=self.cut_off[rows],
            closed=self.closed[rows],
            tabular=self.tabular[rows],
            ignored=self.ignored[rows],
            forms=self.forms.take(origin, row_form),
            own=len(chosen),
            known_words=np.zeros(0, np.int64),
            part=np.arange(len(chosen)),
        ), origin

    def without(self, removed: NDArray[np.bool_], left: Document) -> Group:
        """Give the only document as `left`, which is what it is without its rows `removed`."""
        forms, kept = self.forms, ~removed
        paragraphs = self.split[0](left)
        return replace(
            self,
            documents=[left],
            paragraphs=[paragraphs],
            bounds=np.array([0, len(paragraphs)]),
            unreadable=self.unreadable[kept],
            limited=self.limited[kept],
            cut_off=self.cut_off[kept],
            closed=self.closed[kept],
            tabular=self.tabular[kept],
            ignored=self.ignored[kept],
            forms=forms._replace(row_form=forms.row_form[kept]),
        )

    def lines(self) -> list[tuple[int, int]]:
        """Give first and last line of every row."""
        nothing = np.zeros(0, np.int64)
        first = np.concatenate([nothing, *(found.first_line for found in self.paragraphs)])
        last = np.concatenate([nothing, *(found.last_line for found in self.paragraphs)])
        return list(zip(first.tolist(), last.tolist(), strict=True))

    def is_ignored(self) -> NDArray[np.bool_]:
        """Tell which rows are not compared, by a marker or by the settings of their document."""
        ignored: NDArray[np.bool_] = self.ignored > 0
        if any(config.ignore for config in self.configs):
            settings = np.array([config.ignore for config in self.configs], bool)
            ignored |= np.repeat(settings, np.diff(self.bounds))
        return ignored

    def all_differ(self) -> bool:
        """Tell whether no two rows say the same, and all are compared that can be."""
        form = self.says()[self.forms.row_form >= 0]
        return not self.is_ignored().any() and int(np.bincount(form).max(initial=0)) <= 1

    def says(self) -> NDArray[np.int64]:
        """Give the first form of the same text as that of every row, -1 where it has none.

        Two forms of one text differ in the kinds of their tokens: a name is none in capitals.
        """
        first: dict[str, int] = {}
        of = [first.setdefault(text, form) for form, text in enumerate(self.forms.texts)]
        return np.array([*of, -1], np.int64)[self.forms.row_form]

    def kinds(self) -> NDArray[np.uint8]:
        """Give the kind of every row."""
        return np.concatenate([np.zeros(0, np.uint8), *(p.kind for p in self.paragraphs)])

    def min_words(self) -> NDArray[np.int64]:
        """Give of every row in how many words it may go by itself."""
        least = np.array([config.min_words for config in self.configs], np.int64)
        return np.repeat(least, np.diff(self.bounds))

    def traits(self) -> NDArray[np.uint8]:
        """Give LIMITED, CUT_OFF, CLOSED and TABULAR of every row, as one number."""
        found = np.zeros(len(self.limited), np.uint8)
        found[self.limited] |= LIMITED
        found[self.cut_off] |= CUT_OFF
        found[self.closed] |= CLOSED
        found[self.tabular] |= TABULAR
        return found

    def alone(self) -> NDArray[np.bool_]:
        """Tell which rows may go by an arc of their own: bool[n]."""
        form, kind = self.forms.row_form, self.kinds()
        long = np.append(self.forms.words, 0)[form] >= self.min_words()
        # A heading says what stands under it, not something of its own.
        found: NDArray[np.bool_] = (
            (form >= 0)
            & (long | self.limited)
            & ~IS_EXEMPT[kind]
            & (kind != _HEADING)
            & ~self.is_ignored()
        )
        return found

    def beside(self) -> NDArray[np.bool_]:
        """Tell which rows have a neighbour from which no blank line parts them: bool[n]."""
        nothing = np.zeros(0, np.int64)
        first = np.concatenate([nothing, *(found.first_line for found in self.paragraphs)])
        last = np.concatenate([nothing, *(found.last_line for found in self.paragraphs)])
        follows = np.zeros(len(first) + 1, bool)
        follows[1:-1] = first[1:] == last[:-1] + 1
        follows[self.bounds] = False
        beside: NDArray[np.bool_] = follows[:-1] | follows[1:]
        return beside


def _numbered(
    forms: NDArray[np.int32], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the forms of rows anew as they first come, each document by itself.

    The first ``lengths[0]`` rows are of one document, and so on. Gives the new form of every row,
    and the old one of every form.
    """
    compared = np.flatnonzero(forms >= 0)
    document = np.repeat(np.arange(len(lengths)), lengths)[compared]
    code, first, inverse = np.unique(
        document << 32 | forms[compared], return_index=True, return_inverse=True
    )
    rank = np.empty(len(code), np.int64)
    rank[np.argsort(first)] = np.arange(len(code))
    numbered = np.full(len(forms), -1, np.int32)
    numbered[compared] = rank[inverse]
    return numbered, (code & 0xFFFFFFFF)[np.argsort(first)]
