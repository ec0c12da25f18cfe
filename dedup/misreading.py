"""Two words → whether OCR may have made one of the other.

Letters that look alike are taken for each other, and some for two (rn and m). Beyond these, one
letter in five may be wrong in any way.
"""

from __future__ import annotations

from functools import lru_cache

# A letter is taken for another of its group, in print of poor quality.
_GROUPS = (
    *("0oce", "oaec", "il1tfj", "sf5", "b8", "bh", "nuh", "nr", "vy", "gq9", "z2", "uv"),
    *("нпий", "вбьъы", "еосэз", "гт", "шщ", "лд", "νυ", "ηπ", "οσα", "ιί"),
)
_ALIKE = frozenset((a, b) for group in _GROUPS for a in group for b in group)
_CONFUSED = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("li", "h"), ("ii", "u"), ("fi", "h"))
_DIGITS = str.maketrans("01589", "olsbg")


def letters(token: str) -> str:
    """Read the digits that may be misread letters as these letters.

    >>> letters("n0t")
    'not'
    """
    return token.translate(_DIGITS)


def _skeleton(token: str) -> str:
    token = letters(token)
    for seen, read in _CONFUSED:
        token = token.replace(seen, read)
    return token.replace("i", "l")


@lru_cache(maxsize=1 << 14)
def is_misreading(a: str, b: str, *, dense: bool = False) -> bool:
    """Tell whether OCR may have made one of these words of the other.

    They look alike as a whole, or are one letter apart when five long, two when eight. Where
    misreadings are `dense`, letters that look alike count half, and a short word may have one too.
    """
    if a == b or abs(len(a) - len(b)) > 2:
        return a == b
    ours, theirs = _skeleton(a), _skeleton(b)
    if ours == theirs:
        return True
    if dense:
        return is_misread_run(a, b)
    longer, shorter = max(len(a), len(b)), min(len(a), len(b))
    allowed = 2 if shorter >= 8 else 1 if longer >= 5 else 0
    return longer - shorter <= allowed > 0 and _distance(a, b, alike=2) <= 2 * allowed


def is_misread_run(a: str, b: str) -> bool:
    """Tell whether poor OCR may have made one of these runs of letters of the other.

    It may where a quarter of the letters is wrong, or half of them look like what they were.
    """
    ours, theirs = _skeleton(a), _skeleton(b)
    return _distance(ours, theirs, alike=1) <= max(1, min(len(a), len(b)) // 2)


def _distance(a: str, b: str, *, alike: int) -> int:
    """Give the least cost of making `b` of `a` (Wagner, Fischer 1974), in half letters.

    Inserting, deleting or changing a letter costs 2, changing it to one that looks `alike` that.
    """
    row = list(range(0, 2 * len(b) + 1, 2))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], 2 * i
        for j, y in enumerate(b, 1):
            change = 0 if x == y else alike if (x, y) in _ALIKE else 2
            diagonal, row[j] = row[j], min(row[j] + 2, row[j - 1] + 2, diagonal + change)
    return row[-1]
