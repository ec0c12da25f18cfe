"""The nouns. Frozen values that pass from stage to stage; nothing here computes or opens anything.

Everything is measured in bytes of the original. Rows are numbered through the whole run;
a paragraph's ``position`` is its number inside its document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = (
    *("paragraph", "heading", "list item", "quote"),
    *("code", "table", "front matter", "html", "definition", "rule", "marker"),
)
"""What a paragraph can be; ``Paragraphs.kind`` holds indexes into this table."""

EXEMPT = frozenset({"code", "table", "front matter", "html", "definition", "rule", "marker"})
"""The kinds that go only inside a repeated block, when their bytes are equal; a marker never."""


MAX_COMPARED_BYTES = 1 << 20
"""A longer paragraph is compared for equal bytes only."""

MAX_DISTINCT_PARAGRAPHS = 20_000
"""A document with more different paragraphs is compared like a corpus, by `threshold_across`."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Mark the half-open byte range ``[start, end)`` of a document."""

    start: int
    end: int

    def chars(self, text: bytes, encoding: str = "utf-8") -> tuple[int, int]:
        """Give the same span of `text` in code points of the decoded text."""
        before = len(text[: self.start].decode(encoding, "surrogatepass"))
        inside = len(text[self.start : self.end].decode(encoding, "surrogatepass"))
        return before, before + inside


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a text as its bytes, with the codec that reads it.

    `body` is the number of bytes of a byte order mark; no paragraph starts before it.
    """

    id: str
    data: bytes
    encoding: str = "utf-8"
    body: int = 0

    def text(self, start: int, end: int) -> str | None:
        """Decode bytes ``[start, end)``; None where they do not survive the way there and back."""
        raw = self.data[start:end]
        try:
            text = raw.decode(self.encoding)
            if not self.encoding.startswith("utf-") and text.encode(self.encoding) != raw:
                return None
        except UnicodeError:
            return None
        return text


class Container(NamedTuple):
    """Name one list, item or quotation: its `number` in the document, `kind`, rendered `shape`."""

    number: int
    kind: str
    shape: str


class Outline(NamedTuple):
    """Hold what only a format with structure knows; element i of each is paragraph i.

    `texts`: what it says, without markers; None where bytes could not be read. `level`: uint8,
    of a heading that has a section, 0 of everything else. `inside`: the containers, outermost
    first. `tight`: bool, in a list without space between its items. `links`: what every reference
    label of the document stands for.
    """

    texts: tuple[str | None, ...]
    level: NDArray[np.uint8]
    inside: tuple[tuple[Container, ...], ...]
    tight: NDArray[np.bool_]
    links: tuple[tuple[str, str, str], ...]


class Mark(NamedTuple):
    """Hold a marker: its line, from 1, what it `says`, off or on, and its `text`.

    Where it is only meant as one, it says nothing, and the `problem` is the way out.
    """

    line: int
    says: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Hold the paragraphs of one document as arrays; element i of each is paragraph i.

    `start`, `end`: int64 byte offsets, rising and disjoint. `first_line`, `last_line`: int64, from
    1, inclusive. `kind`: uint8 index into KINDS. What lies between two paragraphs is separator.
    `outline` is None for plain text. `marks`: the markers, each a paragraph of its own, and what
    was meant as one.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    first_line: NDArray[np.int64]
    last_line: NDArray[np.int64]
    kind: NDArray[np.uint8]
    outline: Outline | None = None
    marks: tuple[Mark, ...] = ()

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Match:
    """Say that one paragraph may go for another: the relation, its figures, what stands against it.

    `relation` is exact, near or contained. `differs` names the protected tokens that the other
    does not have: with any of them the first is a *variant* and stays. `replaced`: they are short,
    and a word of the first has another in its place.
    """

    relation: str
    jaccard: float
    containment: float
    differs: tuple[str, ...] = ()
    replaced: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Point at one paragraph: index of the document in the run, position in it, its lines."""

    document: int
    paragraph: int
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Mark one place where a block stands: paragraphs ``first`` to ``last``, inclusive."""

    document: int
    first: int
    last: int
    lines: tuple[int, int]


class Chain(NamedTuple):
    """Hold one copy of a block as links ``(row of the copy, row of what stays)``, rising."""

    pairs: tuple[tuple[int, int], ...]

    @property
    def copy(self) -> tuple[int, int]:
        """Give first and last row of the copy."""
        return self.pairs[0][0], self.pairs[-1][0]

    @property
    def kept(self) -> tuple[int, int]:
        """Give first and last row of the occurrence that stays."""
        return self.pairs[0][1], self.pairs[-1][1]


@dataclass(frozen=True, slots=True)
class Block:
    """Describe a run of paragraphs that recurs. ``occurrences[0]`` is the one that is kept.

    `words`: length of the kept occurrence. `score`: share of its paragraphs, over the copies, that
    found their counterpart (1.0 = every paragraph of every copy did).
    """

    id: int
    words: int
    occurrences: tuple[Occurrence, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Say what happens to one paragraph, and why.

    `cut` is the span that leaves with a removed paragraph: its bytes and one separator. `canonical`
    is the kept paragraph a removed one was verified against; `resembles` the one that a kept
    variant, short or ignored paragraph was left beside. `marker`: the line of the marker for which
    it is ignored.
    """

    paragraph: int
    lines: tuple[int, int]
    span: Span
    kind: str
    words: int
    action: str
    reason: str
    canonical: Place | None = None
    resembles: Place | None = None
    jaccard: float | None = None
    containment: float | None = None
    differs: tuple[str, ...] = ()
    block: int | None = None
    cut: Span | None = None
    marker: int | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Hold one document after the run: its decisions, in order, and its new bytes.

    `over_limit` is the share of words (0..1) that near and contained cuts would have taken, set
    only when it was above ``max_removed`` and the document was therefore left as it is.
    `settings` are those that this document has otherwise than the run. `warnings` are about it
    alone; `capped`: how many paragraphs that first stand in it did not meet all that look alike.
    """

    document: Document
    data: bytes
    decisions: tuple[Decision, ...]
    lost_words: tuple[str, ...] = ()
    over_limit: float | None = None
    settings: dict[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    capped: int = 0

    @property
    def removed(self) -> tuple[Decision, ...]:
        """Give the decisions that cut something, in the order of the text."""
        return tuple(d for d in self.decisions if d.cut is not None)


class Known(NamedTuple):
    """Name a document that stands in an index, with the comparison form of each paragraph.

    The form is empty where the run had nothing to do with it.
    """

    id: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Hold everything one run found: all documents, the blocks between them, the warnings.

    `references`: documents of an index that some of it repeats. A place whose document is
    ``len(documents) + k`` is in ``references[k]``.
    """

    documents: tuple[Cleaned, ...]
    blocks: tuple[Block, ...]
    settings: dict[str, object]
    warnings: tuple[str, ...] = field(default=())
    references: tuple[Known, ...] = field(default=())

    def id_of(self, document: int) -> str:
        """Give the id of a document by its number in the run."""
        known = document - len(self.documents)
        return self.documents[document].document.id if known < 0 else self.references[known].id
