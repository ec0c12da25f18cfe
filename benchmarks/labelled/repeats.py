"""The kinds of paragraphs that repeat another: each function puts one case into an article.

To add a kind, write its function and a line in REPEATS.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from labelled import changes
from labelled.article import Article, Paragraph

if TYPE_CHECKING:
    from collections.abc import Callable

Changed = tuple[str, str]  # the changed draft, if it still is one, and the changed text


def copies(source: list[Paragraph], kind: str) -> list[Paragraph]:
    """Give paragraphs that say the same."""
    return [Paragraph(p.text, kind, p.draft, repeats=p) for p in source]


def run(article: Article, low: int, high: int) -> list[Paragraph]:
    """Write a run of paragraphs; in a longer one there may be a short line."""
    found = [article.prose() for _ in range(article.rng.randint(low, high))]
    if len(found) > 2 and article.rng.random() < 0.5:
        found[article.rng.randrange(len(found))] = article.caption()
    return found


def exact_para(article: Article, kind: str) -> None:
    """Repeat one paragraph, sometimes twice."""
    source = [article.prose()]
    article.put_copy(source, copies(source, kind), kind=kind)
    if article.rng.random() < 0.25:
        article.put(copies(source, kind), len(article.segments))


def exact_block(article: Article, kind: str) -> None:
    """Repeat a run of paragraphs."""
    source = run(article, 2, 6)
    article.put_copy(source, copies(source, kind), kind=kind)


def interrupted(article: Article, kind: str) -> None:
    """Repeat a run with a new paragraph in the middle of the copy."""
    source = run(article, 3, 5)
    copy = copies(source, kind)
    new = article.prose()
    new.kind = "inserted_new"
    copy.insert(article.rng.randrange(1, len(copy)), new)
    article.put_copy(source, copy, kind=kind)


def reordered(article: Article, kind: str) -> None:
    """Repeat a run in another order."""
    source = run(article, 3, 5)
    copy = copies(source, kind)
    while [p.repeats for p in copy] == source:
        article.rng.shuffle(copy)
    article.put_copy(source, copy, kind=kind)


def boilerplate(article: Article, kind: str) -> None:
    """Strew a line that asks for something over the article."""
    source = [article.paragraph(article.writer.line("boilerplate"))]
    article.put(source)
    for _ in range(article.rng.randint(1, 3)):
        article.put(copies(source, kind))


def headline(article: Article, kind: str) -> None:
    """Repeat the title below itself."""
    article.put(copies(article.segments[0], kind), article.rng.choice([1, 1, 2]))


def changed(article: Article, kind: str, change: Callable[[Article, Paragraph], str]) -> None:
    """Repeat up to four paragraphs, each of them changed."""
    count = article.rng.choices([1, 2, 3, 4], [0.45, 0.25, 0.2, 0.1])[0]
    source = [article.prose() for _ in range(count)]
    copy = copies(source, kind)
    for paragraph, original in zip(copy, source, strict=True):
        while paragraph.text == original.text:
            paragraph.text = change(article, original)
        level = kind.rpartition("_")[2]
        paragraph.level = int(level) if level.isdigit() else None
    article.put_copy(source, copy, kind=kind)


def edit(article: Article, source: Paragraph, *, percent: int) -> str:
    """Change that many percent of the words."""
    draft = changes.edit_words(source.draft, percent, article.language, article.rng)
    return article.language.text_of(draft)


def edit_capitals(article: Article, source: Paragraph) -> str:
    """Change common words that have a capital; write anew where there is none."""
    while True:
        draft = changes.edit_capitals(source.draft, article.language, article.rng)
        if draft != source.draft:
            return article.language.text_of(draft)
        new = article.prose()
        source.text, source.draft = new.text, new.draft


def rewrap(article: Article, source: Paragraph) -> str:
    """Wrap the lines hard, or leave the scars of that on one line."""
    way = changes.rewrap if article.format == "blank" else changes.unwrap
    return way(source.text, article.language, article.rng)


def truncated(article: Article, kind: str) -> None:
    """Put the first part of a paragraph, and where to read on, before or behind it."""
    source = article.prose(3, 4)
    words = source.draft.split(" ")
    share = article.rng.uniform(0.35, 0.7)
    draft = " ".join(words[: round(len(words) * share)]).rstrip(" ,;:–—，、،")
    teaser = article.paragraph(f"{draft} {article.writer.draw('more')}", kind)
    teaser.repeats, teaser.level, teaser.directional = source, round(share, 2), True
    around(article, source, teaser)


def subset(article: Article, kind: str) -> None:
    """Put a paragraph that lacks a sentence before or behind the one that has it."""
    less = article.prose(2, 3)
    more = article.writer.sentences(1, 1)
    parts = article.rng.choice([[less.draft, more], [less.draft, more], [more, less.draft]])
    whole = article.paragraph(" ".join(parts), "superset")
    less.kind, less.repeats, less.directional = kind, whole, True
    less.level = round(len(more.split()) / len(less.draft.split()), 2)
    around(article, whole, less)


def split(article: Article, kind: str) -> None:
    """Repeat one paragraph as two: debatable, for nobody reads it twice."""
    halves = [article.writer.sentences(2, 2) for _ in range(2)]
    source = article.paragraph(" ".join(halves))
    parts = [article.paragraph(half, kind) for half in halves]
    for part in parts:
        part.repeats, part.directional, part.debatable = source, True, True
    article.put_copy([source], parts, kind=kind)
    article.blocks.pop()


def around(article: Article, source: Paragraph, copy: Paragraph) -> None:
    """Put a paragraph somewhere and its copy anywhere, before or behind."""
    article.put([source])
    article.put([copy])


CHANGES: dict[str, Callable[[Article, Paragraph], str]] = {
    **{f"near_edit_{n}": partial(edit, percent=n) for n in (2, 5, 10, 20)},
    "near_edit_capitals": edit_capitals,
    "near_ocr_1": lambda a, p: changes.misread(p.text, 1, a.rng),
    "near_ocr_3": lambda a, p: changes.misread(p.text, 3, a.rng),
    "near_ocr_6": lambda a, p: changes.misread(p.text, 6, a.rng),
    "near_typography": lambda a, p: changes.typography(p.text, a.rng),
    "near_wrap": rewrap,
    "near_entities": lambda a, p: changes.entities(p.text, a.rng),
    "near_case": lambda a, p: changes.case(p.text, a.language, a.rng),
    "near_mixed": lambda a, p: changes.several(p.draft, a.language, a.rng),
}

REPEATS: dict[str, Callable[[Article, str], None]] = {
    "exact_para": exact_para,
    "exact_block": exact_block,
    "exact_block_interrupted": interrupted,
    "reordered": reordered,
    "boilerplate": boilerplate,
    "headline": headline,
    **{kind: partial(changed, change=change) for kind, change in CHANGES.items()},
    "truncated": truncated,
    "subset": subset,
    "split": split,
}
