"""What the truth rests on: form and Jaccard in plain Python, sharing no code with the package."""

from __future__ import annotations

import re

SIZE, HAN_SIZE = 5, 2
_HAN = "\u4e00-\u9fff"
_RUNS = re.compile(f"[{_HAN}][{_HAN} ]*|[^{_HAN}]+")
_MARK = re.compile(r"[^\w.\u0900-\u0963]|\.(?!\d)")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_HAN_CHAR = re.compile(f"([{_HAN}])")


def form_of(text: str) -> str:
    """Give the comparison form of a planted text: no capitals, no marks, one space.

    >>> form_of('"A ferry,  at 12.5 knots."')
    'a ferry at 12.5 knots'
    """
    spaced = _HAN_CHAR.sub(r" \1 ", _MARK.sub(" ", text.casefold()))
    return _BETWEEN_HAN.sub("", " ".join(spaced.split()))


def shingles(form: str) -> set[str]:
    """Give the runs of five characters of a form, of two inside a run of Han.

    >>> sorted(shingles("abcdef"))
    ['abcde', 'bcdef']
    """
    found: set[str] = set()
    for run in _RUNS.findall(form):
        size = HAN_SIZE if _HAN_CHAR.match(run) else SIZE
        found.update(run[i : i + size] for i in range(max(1, len(run) - size + 1)))
    return found


def jaccard(a: str, b: str) -> float:
    """Give the share of the shingles of two forms that both have.

    >>> jaccard("abcdef", "abcdex")
    0.3333333333333333
    """
    ours, theirs = shingles(a), shingles(b)
    common = len(ours & theirs)
    return common / (len(ours) + len(theirs) - common)
