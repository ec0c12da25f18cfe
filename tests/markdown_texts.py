"""Markdown of our own making, seeded: every kind of block, nested, with planted repeats."""

from __future__ import annotations

import random

WORDS = (
    "harbour lantern meadow copper violin orchard ladder thunder basket pepper chimney marble "
    "saddle kettle bridge candle pigeon barley anchor button window garden letter ribbon hammer "
    "needle carpet mirror pocket tunnel castle wagon feather blanket cabbage dragon engine falcon"
).split()

LINES = [
    *("", "", "", "- {s}", "- {l}", "* {s}", "1. {s}", "2. {l}", "> {l}", "> {s}", ">", "-", "{l}"),
    *(
        "{l}",
        "{s}",
        "    {s}",
        "  {l}",
        "# {s}",
        "## {s}",
        "---",
        "```",
        "| {s} | {s} |",
        "|---|---|",
    ),
    *(
        "[x]: /a",
        "[y]: /b 'c'",
        "<div>",
        "</div>",
        "<!-- {s} -->",
        "> - {l}",
        "- > {l}",
        "1. - {s}",
    ),
    *("===", "\t{s}", "   - {l}", "> # {s}", "- # {s}", "- [x] {s}", "[x] {l}", "$$ {s} $$", "   "),
    *("+ {l}", "1) {l}", "- ```", "  ```", "> > {l}", "***", "~~~", "  > {l}", "{l}  ", "{l}\\"),
]


class Maker:
    """Make blocks of one seed, out of few enough sentences that they repeat."""

    def __init__(self, rnd: random.Random) -> None:
        self.rnd = rnd
        self.long = [self.words(rnd.randint(9, 16)).capitalize() + "." for _ in range(6)]
        self.short = [self.words(rnd.randint(1, 3)) for _ in range(6)]

    def words(self, count: int) -> str:
        return " ".join(self.rnd.choice(WORDS) for _ in range(count))

    def prose(self) -> str:
        text = self.rnd.choice(self.long)
        if self.rnd.random() < 0.25:  # an edited copy
            text = text.replace(" ", f" {self.rnd.choice(WORDS)} ", 1)
        if self.rnd.random() < 0.2:
            text = text.replace(" ", "\n", 1)
        return text

    def block(self, depth: int = 0) -> str:
        """Make one block of any kind."""
        rnd = self.rnd
        kinds = ["prose"] * 4 + [
            "code",
            "indented",
            "table",
            "html",
            "rule",
            "definition",
            "setext",
        ]
        if depth < 3:
            kinds += ["bullets", "bullets", "numbers", "quote", "heading", "formula"]
        kind = rnd.choice(kinds)
        if kind == "prose":
            return self.prose()
        if kind == "code":
            return f"```sh\n{rnd.choice(self.short)}\n\n{rnd.choice(self.short)}\n```"
        if kind == "indented":
            return f"    {rnd.choice(self.short)}\n    {rnd.choice(self.short)}"
        if kind == "table":
            return f"| a | b |\n|---|---|\n| {rnd.choice(self.short)} | {rnd.randint(1, 3)} |"
        if kind == "html":
            return f"<div>\n{rnd.choice(self.short)}\n</div>"
        if kind == "formula":
            return f"$$\n{rnd.choice(self.short)}\n$$"
        if kind == "rule":
            return rnd.choice(["---", "***"])
        if kind == "definition":
            return f"[{rnd.choice('xyz')}]: /{rnd.choice(self.short).split()[0]}"
        if kind == "setext":
            return f"{rnd.choice(self.short)}\n==="
        if kind == "heading":
            return f"{'#' * rnd.randint(1, 3)} {rnd.choice(self.short)}"
        blocks = [self.block(depth + 1) for _ in range(rnd.randint(1, 3))]
        if kind == "quote":
            return indent("\n\n".join(blocks), "> ", "> ").replace("> \n", ">\n")
        gap = rnd.choice(["\n", "\n\n"])
        number = rnd.choice([1, 1, 3])
        items = []
        for at in range(rnd.randint(1, 4)):
            marker = "- " if kind == "bullets" else f"{number + at}. "
            inner = rnd.choice([*self.short, *self.long])
            if rnd.random() < 0.3:
                inner = "\n\n".join([inner, self.block(depth + 1)])
            items.append(indent(inner, marker, " " * len(marker)))
        return gap.join(items)

    def section(self) -> list[str]:
        heading = f"{'#' * self.rnd.randint(1, 3)} {self.rnd.choice(self.short)}"
        return [heading, *(self.block() for _ in range(self.rnd.randint(1, 5)))]


def indent(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        [first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])]
    )


def article(seed: int) -> str:
    """Make a Markdown file with repeats planted: blocks, sections, and runs of them."""
    rnd = random.Random(seed)
    maker = Maker(rnd)
    blocks: list[str] = []
    for _ in range(rnd.randint(2, 4)):
        blocks += maker.section()
    for _ in range(rnd.randint(1, 3)):
        at, length = rnd.randrange(len(blocks)), rnd.randint(1, 6)
        place = rnd.randint(0, len(blocks))
        blocks[place:place] = blocks[at : at + length]
    if rnd.random() < 0.3:
        blocks.insert(0, "---\ntitle: harbour\n---")
    newline = rnd.choice(["\n", "\n", "\r\n"])
    text = "\n\n".join(blocks) + rnd.choice(["\n", ""])
    return text.replace("\n", newline)


def soup(seed: int) -> str:
    """Throw lines of Markdown together without any plan."""
    rnd = random.Random(seed)
    maker = Maker(rnd)
    lines = []
    for _ in range(rnd.randint(2, 40)):
        line = rnd.choice(LINES)
        for slot, texts in (("{l}", maker.long), ("{s}", maker.short)):
            while slot in line:
                line = line.replace(slot, rnd.choice(texts), 1)
        lines.append(line)
    for _ in range(rnd.randint(0, 2)):
        at, length = rnd.randrange(len(lines)), rnd.randint(1, 8)
        place = rnd.randint(0, len(lines))
        lines[place:place] = lines[at : at + length]
    return "\n".join(lines) + rnd.choice(["\n", ""])
