"""What stands in an index, put beside the documents that are cleaned: it stays, and they may go.

Of a document in an index there is no text, only what was read of it: its paragraphs, and the forms
of those that matter here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dedup.group import CLOSED, CUT_OFF, LIMITED, TABULAR
from dedup.model import Document, Known, Outline, Paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.group import Group
    from dedup.rewrite import Split
    from dedup.shingles import ShingleSets


_NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """Hold what an index knows of a document; element i of every array is its paragraph i.

    `first_line`, `last_line` int64; `kind`, `level` uint8, as in `model`; `words` int64; `form`
    int64, an index into the forms of the `Reference`, -1 where it does not matter; `traits` uint8,
    as `group.Group.traits` gives them.
    """

    id: str
    first_line: NDArray[np.int64]
    last_line: NDArray[np.int64]
    kind: NDArray[np.uint8]
    level: NDArray[np.uint8]
    words: NDArray[np.int64]
    form: NDArray[np.int64]
    traits: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.form)

    def paragraphs(self) -> Paragraphs:
        """Give its paragraphs; they have no place in any text."""
        nowhere = np.zeros(len(self), np.int64)
        outline = None
        if self.level.any():
            nothing: tuple[None, ...] = (None,) * len(self)
            inside = ((),) * len(self)
            outline = Outline(nothing, self.level, inside, np.zeros(len(self), bool), ())
        return Paragraphs(nowhere, nowhere, self.first_line, self.last_line, self.kind, outline)


@dataclass(frozen=True, slots=True)
class Reference:
    """Hold the documents of an index that some forms are like.

    `forms`: text, kinds of the tokens and length in words of each. Form ``left[k]`` of those that
    were asked may be like ``forms[right[k]]``; `capped`: how many were not compared with all.
    """

    documents: list[KnownDocument] = field(default_factory=list)
    forms: list[tuple[str, bytes, int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    capped: int = 0


class Lookup(Protocol):
    """Find what an index holds that paragraphs of a group are like.

    `sets` are those of the forms of the group.
    """

    def __call__(self, group: Group, sets: ShingleSets) -> Reference: ...  # noqa: D102 - it calls


def beside(
    group: Group, references: Sequence[Reference], config: Config
) -> tuple[Group, NDArray[np.int64], NDArray[np.int64]]:
    """Put the documents of the reference of each part behind those of `group`.

    Gives also the pairs of forms of the group that may be alike.
    """
    forms, parts = group.forms, group.parts_of_forms().tolist()
    texts = list(forms.texts)
    kinds, ends = forms.flags.tobytes(), forms.offsets.tolist()
    flags = [kinds[low:high] for low, high in pairwise(ends)]
    number = {key: form for form, key in enumerate(zip(parts, texts, flags, strict=True))}
    words = forms.words.tolist()
    rows, left, right = [forms.row_form.astype(np.int64)], [_NOTHING], [_NOTHING]
    known: list[KnownDocument] = []
    for part, reference in enumerate(references):
        place = []
        for text, its_kinds, length in reference.forms:
            at = number.setdefault((part, text, its_kinds), len(texts))
            place.append(at)
            if at == len(texts):
                texts.append(text)
                flags.append(its_kinds)
                words.append(length)
        of = np.array([*place, -1], np.int64)
        known += reference.documents
        rows += [of[document.form] for document in reference.documents]
        left.append(np.array(reference.left, np.int64))
        right.append(of[reference.right])
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(its_kinds) for its_kinds in flags], out=offsets[1:])
    joined = forms._replace(
        texts=texts,
        row_form=np.concatenate(rows).astype(np.int32),
        flags=np.frombuffer(b"".join(flags), np.uint8),
        offsets=offsets,
        words=np.array(words, np.int32),
    )
    lengths = np.diff(group.bounds).tolist() + [len(document) for document in known]
    count = [len(reference.documents) for reference in references]

    traits = np.concatenate([np.zeros(0, np.uint8), *(document.traits for document in known)])

    def having(trait: int, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.append(own, traits & trait > 0)

    paragraphs = [document.paragraphs() for document in known]
    extended = replace(
        group,
        documents=[*group.documents, *(Document(document.id, b"") for document in known)],
        configs=[*group.configs, *[replace(config, ignore=False)] * len(known)],
        split=[*group.split, *(_standing(found) for found in paragraphs)],
        paragraphs=[*group.paragraphs, *paragraphs],
        bounds=np.cumsum([0, *lengths]),
        unreadable=np.append(group.unreadable, np.zeros(len(traits), bool)),
        limited=having(LIMITED, group.limited),
        cut_off=having(CUT_OFF, group.cut_off),
        closed=having(CLOSED, group.closed),
        tabular=having(TABULAR, group.tabular),
        ignored=np.append(group.ignored, np.zeros(len(traits), np.int64)),
        forms=joined,
        known_words=np.concatenate([_NOTHING, *(d.words for d in known)]),
        part=np.append(group.part, np.repeat(np.arange(len(references)), count)),
    )
    one, other = np.concatenate(left), np.concatenate(right)
    return extended, one[one != other], other[one != other]


def _standing(paragraphs: Paragraphs) -> Split:
    return lambda _document: paragraphs


def known_of(group: Group, part: int = 0) -> tuple[Known, ...]:
    """Give what a report says of the documents of a part that stand in an index."""
    found = []
    for number in (np.flatnonzero(group.part[group.own :] == part) + group.own).tolist():
        forms = group.forms.row_form[group.rows_of(number)].tolist()
        texts = tuple(group.forms.texts[form] if form >= 0 else "" for form in forms)
        found.append(Known(group.documents[number].id, texts))
    return tuple(found)
