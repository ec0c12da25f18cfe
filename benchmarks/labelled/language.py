"""A language of the generated articles: its phrases, how they become text, how likeness is counted.

To add a language, write its file in ``languages/`` with the keys of the others.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
CODES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))

# First and last characters of the scripts in which a character counts as a word.
UNSPACED = [
    ("\u0e00", "\u0e7f"),  # Thai
    ("\u3040", "\u30ff"),  # kana
    ("\u3400", "\u4dbf"),  # Han, extension A
    ("\u4e00", "\u9fff"),  # Han
    ("\uac00", "\ud7af"),  # Hangul
]


@dataclass(frozen=True, slots=True)
class Language:
    """Hold the phrases of one language.

    A phrase and what is made of it is a *draft*: words parted by single spaces, in every language.
    `text_of` makes text of a draft. `lists` holds phrases and templates by their key in the file,
    `negation` the pairs of a template and its denial. `pool` are the words that an edit may take
    away or put in: no name, month, negation or word with a capital. `nouns` are the common words
    that have one always, as in German.
    """

    code: str
    spaces: bool
    lists: dict[str, list[str]]
    negation: list[list[str]]
    date_form: str
    pool: tuple[str, ...]
    nouns: tuple[str, ...]

    @property
    def cased(self) -> bool:
        """Say whether the script knows capitals."""
        return self.pool[0].upper() != self.pool[0]

    def text_of(self, draft: str) -> str:
        """Give the text as it is written."""
        return draft.replace(" ।", "।") if self.spaces else draft.replace(" ", "")

    def capital(self, draft: str) -> str:
        """Give the draft with its first letter in upper case."""
        for place, character in enumerate(draft):
            if character.isalnum():
                return draft[:place] + self.upper(character) + draft[place + 1 :]
        return draft

    def upper(self, text: str) -> str:
        """Give the text in upper case, as the language has it."""
        return (text.replace("i", "İ") if self.code == "tr" else text).upper()

    def lower(self, text: str) -> str:
        """Give the text in lower case, as the language has it."""
        return (text.replace("İ", "i").replace("I", "ı") if self.code == "tr" else text).lower()


@cache
def load(code: str) -> Language:
    """Read the language of that code."""
    data = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    lists = {key: value for key, value in data.items() if isinstance(value, list)}
    fixed = {*data["fixed"].split(), *words_of(lists, "given family towns months")}
    pool = [
        word
        for word in words_of(lists, "did what where when why")
        if word == word.lower() and tokens(word) and word not in fixed
    ]
    nouns = [
        word
        for word in words_of(lists, "who what where")
        if word[0].isupper() and word not in fixed
    ]
    return Language(
        code=code,
        spaces=data.get("spaces", True),
        lists=lists,
        negation=lists.pop("negation"),
        date_form=data["date_form"],
        pool=tuple(dict.fromkeys(pool)),
        nouns=tuple(dict.fromkeys(nouns)) if code == "de" else (),
    )


def words_of(lists: dict[str, list[str]], keys: str) -> list[str]:
    """Give all words of the phrases of those keys."""
    return [word for key in keys.split() for phrase in lists[key] for word in phrase.split()]


def tokens(text: str) -> list[str]:
    """Cut a text to words; a character of a script without spaces is a word."""
    found: list[str] = []
    inside = False
    for character in text.casefold():
        if any(first <= character <= last for first, last in UNSPACED):
            found.append(character)
            inside = False
        elif unicodedata.category(character)[0] in "LMN":
            if inside:
                found[-1] += character
            else:
                found.append(character)
            inside = True
        else:
            inside = False
    return found


def trigrams(text: str) -> frozenset[tuple[str, ...]]:
    """Give the runs of three words, or the whole text where it is shorter."""
    words = tokens(text)
    return frozenset(zip(words, words[1:], words[2:], strict=False)) or frozenset([tuple(words)])


def likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Give the Jaccard of two sets of trigrams."""
    return len(one & other) / len(one | other)
