"""The kinds of paragraphs that look like another and must stay: one function puts one case.

To add a kind, write its function and a line in LOOKALIKES.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from labelled.article import Article, Paragraph, set_twins
from labelled.writer import SLOT

if TYPE_CHECKING:
    from collections.abc import Callable

VERBS = "load save count merge check sort print parse measure rename".split()
NOUNS = "ticket boat invoice letter barrel street member station recipe window".split()
CODE = """\
def {verb}_{noun}(path, limit):
    {noun}s = []
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source):
            if number < limit and line.startswith("{noun}"):
                {noun}s.append({verb}(line.strip()))
    return {noun}s"""


def pair(article: Article, one: Paragraph, other: Paragraph) -> None:
    """Make two paragraphs each other's twin and put them into the article."""
    one.twin, other.twin = other, one
    at = article.put([one])
    article.put([other], at + 1 if article.rng.random() < 0.4 else None)


def versions(article: Article, kind: str) -> None:
    """Write a paragraph twice: another number, date or name, or a negation the second time."""
    one, other = article.writer.versions(kind.removeprefix("neg_"))
    pair(article, article.paragraph(one, kind), article.paragraph(other, kind))


def template(article: Article, kind: str) -> None:
    """Fill one frame several times, often with some of the same values."""
    frame = article.writer.draw("report")
    keys = list(dict.fromkeys(SLOT.findall(frame)))
    first = article.writer.values(frame)
    drafts = [article.writer.fill(frame, first)]
    for _ in range(article.rng.randint(1, 3)):
        other = article.writer.values(frame)
        same = article.rng.sample(keys, article.rng.randrange(len(keys)))
        if {"town", "town2"} & set(same):
            same += ["town", "town2"]  # else a town might meet itself
        drafts.append(article.writer.fill(frame, other | {key: first[key] for key in same}))
    entries = [article.paragraph(draft, kind) for draft in dict.fromkeys(drafts)]
    for earlier, later in pairwise(entries):
        later.twin = earlier
    if len(entries) > 1:
        entries[0].twin = entries[1]
    together = article.rng.random() < 0.6
    for segment in [entries] if together else [[entry] for entry in entries]:
        article.put(segment)


def same_line(article: Article, kind: str, *, key: str) -> None:
    """Strew one short line over the article."""
    draft = article.writer.draw(key)
    lines = [article.paragraph(draft, kind) for _ in range(article.rng.randint(2, 4))]
    for line in lines:
        line.twin = lines[0] if line is not lines[0] else lines[1]
        article.put([line])


def lists(article: Article, kind: str) -> None:
    """Write two lists that have some items in common, some of them with other numbers."""
    writer, rng = article.writer, article.rng
    bullet = rng.choice(["- ", "• ", "* "])
    long, numbered = rng.random() < 0.3, rng.random() < 0.5

    def item(what: str) -> str:
        text = article.language.text_of(what)
        return f"{bullet}{text}: {writer.number()}" if numbered else f"{bullet}{text}"

    def thing() -> str:
        return f"{writer.draw('what')} {writer.draw('where')}" if long else writer.draw("what")

    first = [thing() for _ in range(rng.randint(4, 6))]
    common = rng.sample(first, rng.randint(2, 3))
    second = [*common, *(thing() for _ in range(rng.randint(1, 3)))]
    rng.shuffle(second)
    written = {what: item(what) for what in first}
    texts = [
        [written[what] for what in first],
        [written[what] if what in common and rng.random() < 0.5 else item(what) for what in second],
    ]
    two_of_lines(article, kind, texts, [article.language.text_of(writer.line("list")), None])


def tables(article: Article, kind: str) -> None:
    """Write two tables with the same columns and places, one row equal."""
    writer, rng = article.writer, article.rng
    bar = rng.choice([" | ", "\t", " ; "])
    towns = [writer.draw("towns") for _ in range(rng.randint(3, 5))]
    columns = [article.language.text_of(column) for column in article.language.lists["columns"]]

    def row(town: str) -> str:
        figures = [writer.number(), f"{rng.randrange(2, 40)}.{rng.randrange(10, 99)}"]
        return bar.join([town, *map(str, figures), f"{writer.number()} %"])

    first = [row(town) for town in towns]
    second = [row(town) for town in towns]
    equal = rng.randrange(len(towns))
    second[equal] = first[equal]
    head = bar.join(columns)
    two_of_lines(article, kind, [first, second], [head, head])


def code(article: Article, kind: str) -> None:
    """Write two functions of the same build."""
    verbs, nouns = article.rng.sample(VERBS, 2), article.rng.sample(NOUNS, 2)
    texts = [
        CODE.format(verb=verb, noun=noun).split("\n")
        for verb, noun in zip(verbs, nouns, strict=True)
    ]
    two_of_lines(article, kind, texts, [None, None])


def two_of_lines(
    article: Article, kind: str, texts: list[list[str]], heads: list[str | None]
) -> None:
    """Put two texts of several lines into the article; their lines may be twins."""
    first, second = (
        [Paragraph(line, kind) for line in ([head] if head else []) + lines]
        for head, lines in zip(heads, texts, strict=True)
    )
    earlier = article.put_lines(first)
    set_twins(article.put_lines(second), earlier)


def refrain(article: Article, kind: str) -> None:
    """Write a song: after every verse the same one or two lines."""
    refrains = article.language.lists["refrain"]
    town = article.writer.draw("towns")
    count = article.rng.randint(1, len(refrains))
    song: list[Paragraph] = []
    before: list[Paragraph | None] = [None] * count
    for _ in range(article.rng.randint(3, 4)):
        song += [article.paragraph(article.writer.line("title"), kind) for _ in range(2)]
        chorus = [
            article.paragraph(article.writer.fill(line, {"town": town}), kind)
            for line in refrains[:count]
        ]
        for line, earlier in zip(chorus, before, strict=True):
            line.twin = earlier
        before = [*chorus]
        song += chorus
    article.put(song)


def quotation(article: Article, kind: str) -> None:
    """Quote the same sentence in two comments."""
    writer = article.writer
    same = {"quote": writer.sentences(1, 1), "name": writer.name()}
    comments = [
        writer.fill(frame, same | {"rest": writer.sentences(2, 3)})
        for frame in article.language.lists["quote"]
    ]
    pair(article, *(article.paragraph(comment, kind) for comment in comments))


def shared_lead(article: Article, kind: str) -> None:
    """Begin two paragraphs with the same sentence."""
    lead = article.writer.line("lead")
    rest = [article.writer.sentences(2, 3) for _ in range(2)]
    pair(article, *(article.paragraph(f"{lead} {text}", kind) for text in rest))


LOOKALIKES: dict[str, Callable[[Article, str], None]] = {
    "neg_number": versions,
    "neg_date": versions,
    "neg_name": versions,
    "neg_negation": versions,
    "neg_template": template,
    "neg_heading": partial(same_line, key="heading"),
    "neg_short": partial(same_line, key="short"),
    "neg_list": lists,
    "neg_table": tables,
    "neg_code": code,
    "neg_refrain_line": refrain,
    "neg_quote_commentary": quotation,
    "neg_shared_lead": shared_lead,
}
