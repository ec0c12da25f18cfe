"""What is compared together, as arrays over all of its paragraphs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.model import EXEMPT, KINDS
from dedup.normalize import Forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.model import Document, Paragraphs
    from dedup.rewrite import Split

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

    def rows_of(self, document: int) -> slice:
        """Give the rows of one document."""
        return slice(int(self.bounds[document]), int(self.bounds[document + 1]))

    def one(self, document: int) -> Group:
        """Give one document by itself."""
        span = self.rows_of(document)
        forms = self.forms
        own = list(dict.fromkeys(forms.row_form[span].tolist()))
        own = [form for form in own if form >= 0]
        number = {form: at for at, form in enumerate(own)} | {-1: -1}
        flags = [forms.flags_of(form) for form in own]
        offsets = np.zeros(len(own) + 1, np.int64)
        np.cumsum([len(kinds) for kinds in flags], out=offsets[1:])
        row_form = [number[form] for form in forms.row_form[span].tolist()]
        return Group(
            documents=[self.documents[document]],
            configs=[self.configs[document]],
            split=[self.split[document]],
            paragraphs=[self.paragraphs[document]],
            bounds=self.bounds[document : document + 2] - self.bounds[document],
            unreadable=self.unreadable[span],
            limited=self.limited[span],
            cut_off=self.cut_off[span],
            closed=self.closed[span],
            tabular=self.tabular[span],
            ignored=self.ignored[span],
            forms=Forms(
                texts=[forms.texts[form] for form in own],
                row_form=np.array(row_form, np.int32),
                flags=np.concatenate([np.zeros(0, np.uint8), *flags]),
                offsets=offsets,
                words=forms.words[own],
            ),
            own=1,
            known_words=np.zeros(0, np.int64),
        )

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
            forms=replace(forms, row_form=forms.row_form[kept]),
        )

    def lines(self) -> list[tuple[int, int]]:
        """Give first and last line of every row."""
        return [
            pair
            for p in self.paragraphs
            for pair in zip(p.first_line.tolist(), p.last_line.tolist(), strict=True)
        ]

    def is_ignored(self) -> NDArray[np.bool_]:
        """Tell which rows are not compared, by a marker or by the settings of their document."""
        settings = np.array([config.ignore for config in self.configs], bool)
        ignored: NDArray[np.bool_] = (self.ignored > 0) | np.repeat(settings, np.diff(self.bounds))
        return ignored

    def kinds(self) -> NDArray[np.uint8]:
        """Give the kind of every row."""
        return np.concatenate([np.zeros(0, np.uint8), *(p.kind for p in self.paragraphs)])

    def min_words(self) -> NDArray[np.int64]:
        """Give of every row in how many words it may go by itself."""
        least = np.array([config.min_words for config in self.configs], np.int64)
        return np.repeat(least, np.diff(self.bounds))

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
        beside = np.zeros(int(self.bounds[-1]), bool)
        for number, found in enumerate(self.paragraphs):
            span = self.rows_of(number)
            follows = found.first_line[1:] == found.last_line[:-1] + 1
            beside[span][1:] |= follows
            beside[span][:-1] |= follows
        return beside
