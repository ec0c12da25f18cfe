"""A slow, obvious judge of removals, on strings, by other code than that which it judges.

It knows the settings (any object with the attributes of `dedup.Config`) and nothing of how dedup
works: no arrays, no hashes, no normalisation but lower case.

Its limits: `form` is exact for text of ASCII words, whole numbers, spaces, line breaks and the
marks ``. , ; : ! ?`` behind a word. Names are capitalised words, and never begin a paragraph that
they matter in. The negations, days and names have to be far from all other words, so that nothing
can pass for a misreading. `strategies` writes such text.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

NEGATIONS = {"not", "never", "without", "nobody", "no", "none", "nothing"}


def split(text: str, mode: str) -> list[str]:
    """Cut `text` into paragraphs: every written line, or every run of them between blank ones."""
    lines = [line.rstrip() for line in re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))]
    if mode == "line":
        return [line for line in lines if line]
    found: list[list[str]] = [[]]
    for line in lines:
        if line:
            found[-1].append(line)
        else:
            found.append([])
    return ["\n".join(block) for block in found if block]


def words(text: str) -> list[str]:
    """Give the words and numbers of `text`, letter case kept."""
    return re.findall("[A-Za-z0-9]+", text)


def form(text: str) -> str:
    """Give what two paragraphs are compared by."""
    return " ".join(words(text)).lower()


def ngrams(text: str, kind: str, size: int) -> set[str]:
    """Give the n-grams of a form: of its characters or its words; all of it where it is shorter."""
    parts: Any = text if kind == "char" else text.split(" ")
    glue = "" if kind == "char" else " "
    return {glue.join(parts[i : i + size]) for i in range(max(1, len(parts) - size + 1))}


def jaccard(a: set[str], b: set[str]) -> float:
    """Give the share of all n-grams that both have."""
    return len(a & b) / len(a | b)


def containment(a: set[str], b: set[str]) -> float:
    """Give the share of the n-grams of `a` that `b` has."""
    return len(a & b) / len(a)


def alike(removed: str, canonical: str, config: Any, *, across: bool = False) -> str | None:
    """Say how `removed` may go for `canonical` as far as likeness goes: exact, near, contained."""
    if form(removed) == form(canonical):
        return "exact"
    ours = ngrams(form(removed), config.shingle, config.size)
    theirs = ngrams(form(canonical), config.shingle, config.size)
    fuller = len(theirs) >= 0.8 * len(ours)
    threshold = config.threshold_across if across else config.threshold
    if fuller and jaccard(ours, theirs) >= threshold:
        return "near"
    much_fuller = len(ours) < 0.8 * len(theirs)
    if much_fuller and not across and containment(ours, theirs) >= config.containment:
        return "contained"
    return None


def is_near(removed: str, canonical: str, config: Any) -> bool:
    """Tell whether `removed` says about as much as `canonical`."""
    return alike(removed, canonical, config) in {"exact", "near"}


def is_run(removed: str, canonical: str) -> bool:
    """Tell whether the words of `removed` stand in `canonical` one after the other."""
    return f" {form(removed)} " in f" {form(canonical)} "


def lost(removed: str, canonical: str) -> list[str]:
    """Name what matters in `removed` and is not said by `canonical`: numbers, names, negations."""
    ours, theirs = words(removed), form(canonical).split(" ")
    guarded = [
        word.lower() for at, word in enumerate(ours) if word.isdigit() or (at and word[0].isupper())
    ]
    rest = iter(theirs)
    missing = [word for word in guarded if word not in rest]  # in this order
    if missing:
        return missing
    counts = Counter(form(removed).split(" ")), Counter(theirs)
    negations = [sum(count[word] for word in NEGATIONS) for count in counts]
    # A passage of four words that only the canonical has may say no; no fewer may.
    added = sum((counts[1] - counts[0]).values())
    if negations[0] > negations[1] or (negations[0] < negations[1] and added < 4):
        return ["a negation"]
    return []


def accepts(removed: str, canonical: str, config: Any, *, across: bool = False) -> bool:
    """Tell whether `removed` may go for `canonical`."""
    relation = alike(removed, canonical, config, across=across)
    if relation is None:
        return False
    return relation == "exact" or not config.protect or not lost(removed, canonical)


def objection(decision: Any, texts: list[list[str]], config: Any, place: int) -> str | None:
    """Say what is wrong with one removal in document `place`; None where nothing is.

    ``texts[d][k]`` is paragraph k of document d.
    """
    ours = texts[place][decision.paragraph]
    if decision.canonical is None:
        return "names no canonical"
    where = decision.canonical.document
    theirs = texts[where][decision.canonical.paragraph]
    if not accepts(ours, theirs, config, across=where != place):
        return f"{ours!r} may not go for {theirs!r}"
    if len(words(ours)) < config.min_words and form(ours) != form(theirs):
        return f"{ours!r} is short and not the same as {theirs!r}"
    return None


def disorder(decisions: Any, size: int) -> str | None:
    """Say what is wrong with the decisions of one document of `size` bytes; None if nothing is."""
    if [decision.paragraph for decision in decisions] != list(range(len(decisions))):
        return "not one decision for every paragraph, in order"
    spans = [decision.span for decision in decisions]
    cuts = [decision.cut for decision in decisions if decision.cut is not None]
    for name, ranges in (("spans", spans), ("cuts", cuts)):
        if any(not 0 <= r.start < r.end <= size for r in ranges):
            return f"{name} leave the text"
        if any(before.end > after.start for before, after in pairwise(ranges)):
            return f"{name} overlap or fall"
    for decision in decisions:
        if (decision.cut is not None) != (decision.action == "remove"):
            return "a cut without a removal, or the other way round"
        if (decision.canonical is not None) != (decision.action == "remove"):
            return "a removal without a canonical, or the other way round"
        cut, span = decision.cut, decision.span
        if cut is not None and not (cut.start <= span.start and span.end <= cut.end):
            return "a cut that does not hold its paragraph"
    return None


def minus(data: bytes, cuts: list[tuple[int, int]]) -> bytes:
    """Give `data` less `cuts`, byte by byte."""
    gone = bytearray(len(data))
    for start, end in cuts:
        gone[start:end] = b"\1" * (end - start)
    return bytes(byte for byte, out in zip(data, gone, strict=True) if not out)
