"""The words of an invented language in one script, and what else stands in a sentence.

A paragraph is an array of token ids. Of ids 0 … plain − 1 each is a plain lower-case word, the most
frequent first; then come the same words with a capital, as the last of a sentence, and before a
comma; then names, numbers and dates.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = 40_000
NAMES = 3_000
NUMBERS = range(10, 10_000)
DATES = 8_000
DRAWS = 1 << 20
MONTHS = (
    "January February March April May June July August September October November December".split()
)

# Script → what a word is made of, whether it has capitals, its marks, and the longest word.
# Syllables are an onset, a vowel and a coda; an empty one is an empty string.
LETTERS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "latin": (
        "b bl br c ch d dr f fl g gr h j k l m n p pl pr r s sh sl st t th tr v w z".split(),
        "a e i o u a e i o ai ea ou".split(),
        ["", "", "", "", *"n r s l m t d nd st ck".split()],
    ),
    "cyrillic": (
        "б бр в г гр д др ж з к кр л м н п пр р с ст т тр ф х ц ч ш".split(),
        "а е и о у а е и о ы я ю".split(),
        ["", "", "", "", *"н р с л м т к й".split()],
    ),
    "greek": (
        "β γ γρ δ ζ θ κ κρ λ μ ν ξ π πρ ρ σ στ τ τρ φ χ ψ".split(),
        "α ε η ι ο υ ω α ε ι ο αι ου".split(),
        ["", "", "", "", *"ν ρ λ μ".split()],
    ),
    "arabic": (
        "ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه".split(),
        ["", "", "", *"ا و ي ا".split()],
        ["", "", *"ب د ر س م ن ل".split()],
    ),
    "devanagari": (
        "क ख ग घ च छ ज झ ट ठ ड त थ द ध न प फ ब भ म य र ल व श स ह".split(),
        ["", "", *"ा ि ी ु ू े ै ो ौ".split()],
        ["", "", *"न र स ल म त".split()],
    ),
    # 1,700 characters, as many as a newspaper needs; a word is one or two of them.
    "han": ([chr(code) for code in range(0x4E00, 0x9E00, 12)], [""], [""]),
}
# How many words have one syllable, and from which rank on half of them have three.
SHORT = {"latin": 1_000, "cyrillic": 600} | dict.fromkeys(
    ("greek", "arabic", "devanagari", "han"), 300
)
FREQUENT = 10_000
CASED = frozenset({"latin", "cyrillic", "greek"})
MARKS = {  # the ends of sentences, as often as listed, and the comma
    "latin": ("........?!", ","),
    "cyrillic": ("........?!", ","),
    "greek": ("........;!", ","),
    "arabic": ("........؟!", "،"),
    "devanagari": ("।।।।।।।।?!", ","),
    "han": ("。。。。。。。。？！", "，"),
}
SCRIPTS = {"ascii": ["latin"], "five": ["cyrillic", "greek", "arabic", "devanagari", "han"]}

# Invented words that some language has as a negation or number: an edit may not take or give one.
# The German ones are left out because they would make the text German, where a capital is no name.
RESERVED = frozenset(
    (
        "dos douze four ni no non not sem sin ten tre without не ни сто три δε δεν μη لم لن نه जून "
        "auf das dem den der des die ein eine ist mit nicht sich und von zu"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold the tokens of one script: by id their text and their form; `draws`: int32 plain ids.

    `draws` has each plain id as often as its word is in running text.
    """

    script: str
    space: str
    plain: int
    texts: list[str]
    forms: list[str]
    names: range
    numbers: range
    dates: range
    draws: NDArray[np.int32]

    def text(self, ids: NDArray[np.int32]) -> str:
        """Write a paragraph."""
        return self.space.join(map(self.texts.__getitem__, ids.tolist()))

    def form(self, ids: NDArray[np.int32]) -> str:
        """Write what is compared of it: no capitals, no marks, one space between two words."""
        return " ".join(self.space.join(map(self.forms.__getitem__, ids.tolist())).split())


@cache
def vocabulary(script: str) -> Vocabulary:
    """Make the words of a script, always the same ones."""
    rng = random.Random(script)
    words = _words(script, rng)
    ends, comma = MARKS[script]
    names: list[str] = []
    if script in CASED:
        names = sorted({_long_word(script, rng).capitalize() for _ in range(NAMES)})
        rng.shuffle(names)
    numbers = [str(number) for number in NUMBERS]
    numbers += sorted({f"{rng.randrange(1, 1000)}.{rng.randrange(1, 10)}" for _ in range(2_000)})
    dates = sorted({_date(script, rng) for _ in range(DATES)})
    rng.shuffle(dates)
    texts = [
        *words,
        *(word.capitalize() for word in words),
        *(word + ends[i % len(ends)] for i, word in enumerate(words)),
        *(word + comma for word in words),
        *names,
        *numbers,
        *dates,
    ]
    glued = script == "han"
    rest = [token.lower() for token in (*names, *numbers, *dates)]
    forms = [*words * 4, *(f" {token} " if glued else token for token in rest)]
    first = 4 * len(words)
    bounds = np.cumsum([first, len(names), len(numbers), len(dates)]).tolist()
    return Vocabulary(
        script=script,
        space="" if glued else " ",
        plain=len(words),
        texts=texts,
        forms=forms,
        names=range(bounds[0], bounds[1]),
        numbers=range(bounds[1], bounds[2]),
        dates=range(bounds[2], bounds[3]),
        draws=_draws(len(words)),
    )


def _syllable(script: str, rng: random.Random) -> str:
    onsets, vowels, codas = LETTERS[script]
    return rng.choice(onsets) + rng.choice(vowels) + rng.choice(codas)


def _words(script: str, rng: random.Random) -> list[str]:
    """Make different words; frequent ones are short, as in any language."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        rank = len(found)
        long = rank >= FREQUENT and rng.random() < 0.5
        syllables = 1 + (rank >= SHORT[script]) + long
        word = "".join(_syllable(script, rng) for _ in range(syllables))
        if len(word) > (script != "han") and word not in RESERVED:
            found.setdefault(word)
    return list(found)


def _long_word(script: str, rng: random.Random) -> str:
    word = ""
    while len(word) < 8:  # so long that no two need look alike
        word += _syllable(script, rng)
    return word


def _date(script: str, rng: random.Random) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(12), rng.randrange(1900, 2030)
    if script == "latin":
        return f"{day} {MONTHS[month]} {year}"
    return f"{day}.{month + 1}.{year}"


def _draws(count: int) -> NDArray[np.int32]:
    """Give ids as often as Zipf has it: the word of rank r as 1 / (r + 2.7), after Mandelbrot."""
    share = 1 / (np.arange(count) + 2.7)
    bounds = np.rint(np.cumsum(share) / share.sum() * DRAWS).astype(np.int64)
    return np.repeat(np.arange(count, dtype=np.int32), np.diff(bounds, prepend=0))
