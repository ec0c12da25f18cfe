"""What becomes of a paragraph when somebody copies it: exact, edited, truncated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from planted.vocabulary import Vocabulary

EDITED = (0.01, 0.10)  # share of the words
KEPT = (0.5, 0.98)  # share of the words that truncation leaves
VERBATIM = 0.7  # share of the exact copies; the others differ in case and typography


def retyped(text: str, rng: random.Random) -> str:
    """Give `text` verbatim, or with other capitals, spaces, quotes or commas."""
    if rng.random() < VERBATIM:
        return text
    way = rng.randrange(4)
    if way == 0:
        return text.upper()
    if way == 1:
        return text.replace(" ", "  ", rng.randrange(1, 20)) + " "
    if way == 2:
        return f'"{text}"'
    return text.replace(",", "").replace("،", "").replace("，", "")


def edited(words: Vocabulary, ids: NDArray[np.int32], rng: random.Random) -> NDArray[np.int32]:
    """Replace, drop or insert plain lower-case words, so that nothing protected changes."""
    plain = np.flatnonzero(ids < words.plain).tolist()
    count = max(1, round(rng.uniform(*EDITED) * len(ids)))
    changed = dict.fromkeys(rng.sample(plain, min(count, len(plain))))
    others = iter(words.draws[[rng.randrange(len(words.draws)) for _ in changed]].tolist())
    first_special = 4 * words.plain
    found: list[int] = []
    tokens = ids.tolist()
    for at, token in enumerate(tokens):
        if at not in changed:
            found.append(token)
            continue
        way = rng.randrange(3)
        between = found[-1] >= first_special and tokens[at + 1] >= first_special
        if way == 0 and not between:  # two numbers side by side would be one where no space is
            continue
        found.append(next(others))
        if way == 1:
            found.append(token)
    return np.array(found, np.int32)


def truncated(ids: NDArray[np.int32], rng: random.Random) -> NDArray[np.int32]:
    """Leave the first words."""
    return ids[: max(8, round(rng.uniform(*KEPT) * len(ids)))]
