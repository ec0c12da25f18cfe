"""Two token sequences → the protected tokens of the first that the second does not have.

Similarity proposes, the changed tokens decide: where the two are aligned, every number, date, name,
address and negation of the first must have its counterpart in the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from dedup.misreading import is_misread_run, is_misreading, letters
from dedup.words import ADDRESS, CODE, DATE, NAME, NEGATION, NUMBER, PLAIN

# These are found to the letter or not at all: a misread digit is another number.
_LITERAL = frozenset({NUMBER, ADDRESS, CODE})
# Longer differing middles (product of both lengths) are compared by order alone: time is bounded,
# and the verdict is the stricter one.
_MAX_ALIGNED = 4_000_000
# A passage of so many words that only the second has says something of its own; a negation in it
# changes nothing in the first.
_ADDED_WORDS = 4
# A short text cut out of another has so many of its words in one piece there.
_MIN_PIECE = 0.6
# Two readings of one text have so many of their words in common, and no more letters than these in
# a row without an equal word.
_READ_ALIKE, _MAX_RUN = 0.3, 200
_NUMBERS = frozenset({NUMBER})
# Misreadings are dense when there are at least so many, and one in so many tokens.
_DENSE_MISREADINGS, _DENSE_TOKENS = 3, 25


@dataclass(frozen=True)
class Tokens:
    """Hold the tokens of one form with their kinds."""

    texts: tuple[str, ...]
    flags: bytes

    @cached_property
    def present(self) -> frozenset[str]:
        """Give all tokens as a set."""
        return frozenset(self.texts)

    def literal(self, protect: frozenset[int]) -> frozenset[str]:
        """Give the protected tokens that must be found to the letter.

        A number of one digit, or with letters in it, may be a misread word.
        """
        kinds = _LITERAL & protect
        return frozenset(
            token
            for token, flag in zip(self.texts, self.flags, strict=True)
            if flag in kinds
            and (flag != NUMBER or not (len(token) == 1 or token.upper() != token.lower()))
        )


def differences(p: Tokens, q: Tokens, protect: frozenset[int]) -> tuple[str, ...]:
    """Name the protected tokens of `p` that `q` lacks, in order; empty where p may go for q.

    `protect`: the kinds that count. A negation counts on both sides: the one that only `q` has is
    named too.
    """
    if p.texts == q.texts:
        return ()
    missing = p.literal(protect) - p.literal(protect).intersection(q.present)
    if missing:
        return tuple(dict.fromkeys(t for t in p.texts if t in missing))
    low, p_high, q_high = _differing_middle(p.texts, q.texts)
    p_flags, q_flags = p.flags[low:p_high], q.flags[low:q_high]
    negated = NEGATION in protect and (NEGATION in p_flags or NEGATION in q_flags)
    if not negated and not protect.intersection(p_flags):
        return ()
    if not negated and _guarded(p, protect) == _guarded(q, protect):
        return ()
    if len(p_flags) * len(q_flags) > _MAX_ALIGNED:
        return _differences_by_order(p, q, protect)
    return _differences_aligned(p, q, protect, (low, p_high, q_high))


def replaces_words(p: Tokens, q: Tokens) -> bool:
    """Tell whether `p` has a word that `q` lacks, and that is no misreading."""
    low, p_high, q_high = _differing_middle(p.texts, q.texts)
    if (p_high - low) * (q_high - low) > _MAX_ALIGNED:
        return True
    matcher = SequenceMatcher(None, p.texts[low:p_high], q.texts[low:q_high], autojunk=False)
    for tag, i, i2, j, j2 in matcher.get_opcodes():
        ours, theirs = p.texts[low + i : low + i2], q.texts[low + j : low + j2]
        if tag in {"equal", "insert"} or "".join(ours) == "".join(theirs):
            continue
        if not all(any(is_misreading(a, b, dense=True) for b in theirs) for a in ours):
            return True
    return False


def is_rescan(p: Tokens, q: Tokens) -> bool:
    """Tell whether two texts differ in misreadings and lost spaces alone: one text, read twice.

    Where one letter in twenty is wrong, half of the shingles are; but each word that changed still
    looks like the one that it was.
    """
    if len(p.present & q.present) < _READ_ALIKE * max(len(p.present), len(q.present)):
        return False
    if _guarded(p, _NUMBERS) != _guarded(q, _NUMBERS):
        return False
    if len(p.texts) * len(q.texts) > _MAX_ALIGNED:
        return False
    matcher = SequenceMatcher(None, p.texts, q.texts, autojunk=False)
    hunks = [
        (p.texts[i:i2], q.texts[j:j2]) for t, i, i2, j, j2 in matcher.get_opcodes() if t != "equal"
    ]
    runs = [("".join(ours), "".join(theirs)) for ours, theirs in hunks]
    return all(
        a == b or (max(len(a), len(b)) <= _MAX_RUN and is_misread_run(a, b)) for a, b in runs
    )


def is_scattered(p: Tokens, q: Tokens) -> bool:
    """Tell whether the short text `p`, contained in `q`, has its words in several places there.

    A teaser or a quotation was cut out of its text in one piece. Common words that a long text has
    all, here and there, do not say what they say in a row.
    """
    matcher = SequenceMatcher(None, p.texts, q.texts, autojunk=False)
    return matcher.find_longest_match().size < _MIN_PIECE * len(p.texts)


def _guarded(tokens: Tokens, protect: frozenset[int]) -> list[str]:
    return [t for t, flag in zip(tokens.texts, tokens.flags, strict=True) if flag in protect]


def _differing_middle(p: tuple[str, ...], q: tuple[str, ...]) -> tuple[int, int, int]:
    """Strip the common ends: (start in both, end in p, end in q)."""
    shorter = min(len(p), len(q))
    low = next((i for i in range(shorter) if p[i] != q[i]), shorter)
    tail = next((i for i in range(shorter - low) if p[-1 - i] != q[-1 - i]), shorter - low)
    return low, len(p) - tail, len(q) - tail


def _differences_by_order(p: Tokens, q: Tokens, protect: frozenset[int]) -> tuple[str, ...]:
    """Ask that the protected tokens of `p` stand in `q` in the same order, to the letter."""
    rest = iter(q.texts)
    for token, flag in zip(p.texts, p.flags, strict=True):
        if flag in protect and token not in rest:
            return (token,)
    if NEGATION in protect:
        negations = [_guarded(side, frozenset({NEGATION})) for side in (p, q)]
        if negations[0] != negations[1]:
            return tuple(dict.fromkeys(negations[0] + negations[1]))
    return ()


def _differences_aligned(
    p: Tokens, q: Tokens, protect: frozenset[int], middle: tuple[int, int, int]
) -> tuple[str, ...]:
    low, p_high, q_high = middle
    matcher = SequenceMatcher(None, p.texts[low:p_high], q.texts[low:q_high], autojunk=False)
    hunks = [
        (low + i, low + i2, low + j, low + j2)
        for tag, i, i2, j, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
    misread = sum(
        is_misreading(a, b, dense=True)
        for i, i2, j, j2 in hunks
        for a, b in zip(p.texts[i:i2], q.texts[j:j2], strict=False)
    ) + sum("".join(p.texts[i:i2]) == "".join(q.texts[j:j2]) for i, i2, j, j2 in hunks)
    dense = misread >= _DENSE_MISREADINGS and misread * _DENSE_TOKENS >= len(p.texts)
    lost: dict[str, None] = {}
    for i, i2, j, j2 in hunks:
        ours, theirs = p.texts[i:i2], q.texts[j:j2]
        if "".join(ours) == "".join(theirs):
            continue  # only a space was lost or added
        at_end = i2 == len(p.texts)
        lost.update(_lost_in_hunk(ours, p.flags[i:i2], theirs, protect, at_end=at_end, dense=dense))
        if NEGATION in protect:
            flags = p.flags[i:i2], q.flags[j:j2]
            lost.update(_changed_negations((ours, theirs), flags, dense=dense))
    return tuple(lost)


def _lost_in_hunk(
    ours: tuple[str, ...],
    flags: bytes,
    theirs: tuple[str, ...],
    protect: frozenset[int],
    *,
    at_end: bool,
    dense: bool,
) -> dict[str, None]:
    """Find the protected tokens of `ours` that have no counterpart in `theirs`, in order."""
    lost: dict[str, None] = {}
    position = 0
    joined = "".join(theirs)
    for token, flag in zip(ours, flags, strict=True):
        if flag in {PLAIN, NEGATION} or flag not in protect:
            continue
        for at in range(position, len(theirs)):
            if _stands_for(token, flag, theirs[at], dense=dense) or (
                flag == NAME and at_end and len(token) > 2 and theirs[at].startswith(token)
            ):
                position = at + 1
                break
        else:
            if flag == NAME and len(token) > 3 and token in joined:
                continue  # two words of theirs, the space between them lost
            if flag == NAME and dense and len(ours) == 1 and is_misread_run(token, joined):
                continue
            lost[token] = None
    return lost


def _stands_for(token: str, flag: int, other: str, *, dense: bool) -> bool:
    """Tell whether `other` says what the protected `token` says."""
    if token == other:
        return True
    if flag == NAME:
        return is_misreading(token, other, dense=dense) or _same_stem(token, other)
    if flag == NUMBER:  # a letter misread as a digit
        wordlike = dense if len(token) == 1 else token.upper() != token.lower()
        return wordlike and letters(token) == letters(other)
    return flag == DATE and dense and is_misreading(token, other, dense=True)


def _changed_negations(
    texts: tuple[tuple[str, ...], tuple[str, ...]], flags: tuple[bytes, bytes], *, dense: bool
) -> dict[str, None]:
    """Name the negations of a hunk when one side has more of them than the other."""
    found = [
        [t for t, flag in zip(side, kinds, strict=True) if flag == NEGATION]
        for side, kinds in zip(texts, flags, strict=True)
    ]
    ours, theirs = len(found[0]), len(found[1])
    added = len(texts[1]) - len(texts[0]) >= _ADDED_WORDS
    if ours == theirs or (added and ours < theirs):
        return {}
    more, other = (0, 1) if ours > theirs else (1, 0)
    if all(
        any(letters(t) == n or (dense and is_misreading(n, t, dense=True)) for t in texts[other])
        for n in found[more]
    ):
        return {}
    return dict.fromkeys(found[0] + found[1])


def _same_stem(a: str, b: str) -> bool:
    """Tell whether two names differ in their ending only, as case endings make them."""
    stem = next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    return stem >= 4 and max(len(a), len(b)) - stem <= 2
