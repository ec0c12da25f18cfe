"""The writer of one article: fills templates so that no two paragraphs are alike by accident."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labelled.language import likeness, trigrams

if TYPE_CHECKING:
    import random

    from labelled.language import Language

# Two paragraphs of an article, written by chance, may share this much; the tests allow 0.3. In 200
# articles the median pair shares 0.01, one in 1,000 more than 0.16, and 13 of 4,437 paragraphs had
# to be written anew.
MAX_LIKENESS = 0.2
SLOT = re.compile(r"\{(\w+)\}")
LISTS = {"town": "towns", "town2": "towns"}


class Writer:
    """Write sentences in one language, each phrase once before any comes twice."""

    def __init__(self, language: Language, rng: random.Random) -> None:
        self.language = language
        self.rng = rng
        self._decks: dict[str, list[str]] = {}
        self._written: list[frozenset[tuple[str, ...]]] = []

    def draw(self, key: str) -> str:
        """Take the next phrase of a shuffled list of the language."""
        deck = self._decks.setdefault(key, [])
        if not deck:
            deck += self.language.lists[key]
            self.rng.shuffle(deck)
        return deck.pop()

    def number(self) -> int:
        """Give a number of two digits that ends in 5 to 9, as Russian needs for its plural."""
        return 10 * self.rng.randrange(2, 9) + self.rng.randrange(5, 10)

    def date(self) -> dict[str, object]:
        """Give the day, month and year of a date."""
        day, year = self.rng.randrange(2, 29), self.rng.randrange(1950, 2020)
        return {"day": day, "month": self.draw("months"), "year": year}

    def name(self) -> str:
        """Give a full name."""
        given, family = self.draw("given"), self.draw("family")
        return f"{given} {family}" if self.language.spaces else f"{family} {given}"

    def slot(self, key: str) -> str:
        """Give something to fill a slot of a template with."""
        if key == "name":
            return self.name()
        if key == "date":
            return self.language.date_form.format(**self.date())
        if key in ("n", "n2"):
            return str(self.number())
        if key in ("g", "g2"):
            return str(self.rng.randrange(1, 10))
        if key in ("clock", "clock2"):
            return f"{self.rng.randrange(10, 24)}:{self.rng.randrange(10, 60)}"
        return self.draw(LISTS.get(key, key))

    def values(self, template: str) -> dict[str, str]:
        """Give something for every slot of a template; the two towns differ."""
        values = {key: self.slot(key) for key in dict.fromkeys(SLOT.findall(template))}
        while "town2" in values and values["town2"] == values["town"]:
            values["town2"] = self.slot("town2")
        return values

    def fill(self, template: str, values: dict[str, str] | None = None) -> str:
        """Give the template as a draft with a capital, filled with values or anything."""
        return self.language.capital(template.format(**(values or self.values(template))))

    def line(self, key: str) -> str:
        """Fill one of the templates of that key."""
        return self.fill(self.draw(key))

    def sentence(self) -> str:
        """Write a sentence; some have a number, a date or a name in them."""
        kinds = ["plain", "number", "date", "name"]
        return self.line(self.rng.choices(kinds, [0.7, 0.1, 0.1, 0.1])[0])

    def sentences(self, low: int, high: int) -> str:
        """Write that many sentences, unlike any that this writer wrote together before."""
        while True:
            draft = " ".join(self.sentence() for _ in range(self.rng.randint(low, high)))
            if self._is_new(draft):
                return draft

    def versions(self, kind: str) -> tuple[str, str]:
        """Write a paragraph twice, with another number, date, name, or a negation the second time.

        `kind` is the key of the templates in the language's file.
        """
        while True:
            before = [self.sentence() for _ in range(self.rng.randint(0, 2))]
            after = [self.sentence() for _ in range(self.rng.randint(1, 2))]
            one, other = self._two(kind)
            drafts = [" ".join([*before, middle, *after]) for middle in (one, other)]
            if self._is_new(drafts[0]):
                self.rng.shuffle(drafts)
                return drafts[0], drafts[1]

    def _two(self, kind: str) -> tuple[str, str]:
        """Write a sentence and its variant."""
        if kind == "negation":
            pair = self.rng.choice(self.language.negation)
            values = self.values(pair[0])
            return self.fill(pair[0], values), self.fill(pair[1], values)
        template = self.draw(kind)
        values = self.values(template)
        if kind == "date":
            date = self.date()
            other = date | {"day": 30 - int(str(date["day"]))}
            if other == date or self.rng.random() < 0.6:
                other = date | {"month": self.draw("months")}
            while other == date:
                other = date | {"month": self.draw("months")}
            values["date"] = self.language.date_form.format(**date)
            changed = self.language.date_form.format(**other)
            return self.fill(template, values), self.fill(template, values | {"date": changed})
        key = "n" if kind == "number" else kind
        changed = self.slot(key)
        while changed == values[key]:
            changed = self.slot(key)
        return self.fill(template, values), self.fill(template, values | {key: changed})

    def _is_new(self, draft: str) -> bool:
        """Remember a draft unless it is too much like another."""
        grams = trigrams(draft)
        if any(likeness(grams, old) > MAX_LIKENESS for old in self._written):
            return False
        self._written.append(grams)
        return True
