"""An article while it is put together: segments of paragraphs, then text and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labelled.changes import wrap
from labelled.language import likeness, tokens, trigrams

if TYPE_CHECKING:
    import random

    from labelled.language import Language
    from labelled.writer import Writer

# Lists and tables have a twin in a line that is this much like theirs: what would fool a tool.
TWIN_LIKENESS = 0.3


@dataclass(eq=False, slots=True)
class Paragraph:
    """Hold one paragraph and its label; what it repeats, or its twin, is another paragraph.

    `draft` is the text in words parted by spaces, where it is prose.
    """

    text: str
    kind: str = "plain"
    draft: str = ""
    repeats: Paragraph | None = None
    twin: Paragraph | None = None
    level: float | None = None
    directional: bool = False
    debatable: bool = False


@dataclass(slots=True)
class Block:
    """Mark that a run of paragraphs, its copy, repeats another run."""

    kind: str
    source: list[Paragraph]
    copy: list[Paragraph]


@dataclass(slots=True)
class Article:
    """Collect segments: runs of paragraphs that stay together. The first is the title alone.

    `format` is ``line`` or ``blank``, as the README of the evaluation data has it. Prose is
    wrapped at `width` columns, if any.
    """

    language: Language
    writer: Writer
    rng: random.Random
    format: str
    width: int | None = None
    segments: list[list[Paragraph]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def prose(self, low: int = 2, high: int = 4) -> Paragraph:
        """Write a paragraph that is like no other."""
        return self.paragraph(self.writer.sentences(low, high))

    def paragraph(self, draft: str, kind: str = "plain") -> Paragraph:
        """Make a paragraph of a draft."""
        return Paragraph(self.language.text_of(draft), kind, draft)

    def caption(self) -> Paragraph:
        """Write a line that is shorter than a sentence and stands nowhere else."""
        known = {paragraph.text for segment in self.segments for paragraph in segment}
        while True:
            line = self.paragraph(self.writer.line("caption"))
            if line.text not in known:
                return line

    def put(self, segment: list[Paragraph], at: int | None = None) -> int:
        """Insert a segment, anywhere behind the title if no place is given; tell where."""
        if at is None:
            at = self.rng.randrange(1, len(self.segments) + 1)
        self.segments.insert(at, segment)
        return at

    def put_copy(self, source: list[Paragraph], copy: list[Paragraph], *, kind: str) -> None:
        """Insert a block and, somewhere behind it, its copy."""
        at = self.put(source)
        last = len(self.segments)
        self.put(copy, self.rng.choice([at + 1, last, self.rng.randrange(at + 1, last + 1)]))
        self.blocks.append(Block(kind, source, copy))

    def put_lines(self, lines: list[Paragraph]) -> list[Paragraph]:
        """Insert lines that belong together; give what became of them, for twins.

        They are paragraphs where each line is one, else one paragraph of several lines.
        """
        if self.format == "blank":
            text = "\n".join(line.text for line in lines)
            lines = [Paragraph(text, lines[0].kind)]
        self.put(lines)
        return lines

    def finish(self) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        """Give the text, the labels of its paragraphs, and its blocks."""
        paragraphs = [paragraph for segment in self.segments for paragraph in segment]
        number = {id(paragraph): i for i, paragraph in enumerate(paragraphs)}
        text = ""
        labels = []
        for i, paragraph in enumerate(paragraphs):
            if i:
                text += self._gap()
            start = len(text)
            text += self._laid_out(paragraph)
            counterpart = paragraph.repeats or paragraph.twin
            labels.append(
                {
                    "i": i,
                    "start": start,
                    "end": len(text),
                    "label": number[id(paragraph.repeats)] if paragraph.repeats else "keep",
                    "kind": paragraph.kind,
                    "level": paragraph.level,
                    "policy": "debatable" if paragraph.debatable else "strict",
                    "directional": paragraph.directional,
                    "short": bool(paragraph.repeats) and len(tokens(paragraph.text)) < 8,
                    "twin": number[id(paragraph.twin)] if paragraph.twin else None,
                    "w3": counterpart and round(alike(paragraph, counterpart), 3),
                }
            )
        blocks = [
            {
                "kind": block.kind,
                "src": [number[id(block.source[0])], number[id(block.source[-1])] + 1],
                "dst": [number[id(block.copy[0])], number[id(block.copy[-1])] + 1],
            }
            for block in self.blocks
        ]
        return text + "\n", labels, blocks

    def _gap(self) -> str:
        """Give what parts two paragraphs; now and then an empty line more."""
        more = "\n" * (self.rng.random() < 0.08)
        return more + ("\n" if self.format == "line" else "\n\n")

    def _laid_out(self, paragraph: Paragraph) -> str:
        """Give the text of a paragraph, wrapped if the article is."""
        if self.width and paragraph.draft and "\n" not in paragraph.text:
            return wrap(paragraph.text, self.width)
        return paragraph.text


def alike(one: Paragraph, other: Paragraph) -> float:
    """Give the Jaccard of the word trigrams of two paragraphs."""
    return likeness(trigrams(one.text), trigrams(other.text))


def set_twins(later: list[Paragraph], earlier: list[Paragraph]) -> None:
    """Give every later paragraph its twin: the one most like it, where one is like it."""
    for paragraph in later:
        best = max(earlier, key=lambda other: alike(paragraph, other))
        if alike(paragraph, best) >= TWIN_LIKENESS:
            paragraph.twin = best
