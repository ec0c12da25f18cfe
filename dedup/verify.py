"""Candidate pairs → matches: exact, near or contained, with what is protected standing against it.

Hashed sets sort out; the figures of a match are counted once more on the strings themselves, by
other code than that which hashed them, and it is those that decide and that the report gives.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup import kernels, scripts
from dedup.kernels import searching
from dedup.model import Match
from dedup.protected import Tokens, differences, is_rescan, is_scattered, replaces_words
from dedup.words import protected_kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.normalize import Forms
    from dedup.shingles import ShingleSets

    I64 = NDArray[np.int64]
    Key = TypeVar("Key")
    Value = TypeVar("Value")

SIZE_RATIO = 0.8
"""p may go as `near` when q has at least this share of p's shingles, as `contained` when p has less
than this share of q's: the fuller text stays."""

RESCAN_SHARE = 0.7
"""Two readings of one text, by OCR, may have this share of the least Jaccard."""

SHORT_WORDS = 12
"""In a text of so many words, a replaced word may be what it is for."""

_SPACELESS = scripts.char_class(scripts.WITHOUT_SPACES)
_HANGUL = scripts.char_class(scripts.HANGUL)
_run_of = cache(
    lambda: re.compile(
        rf"(?P<two>[{_SPACELESS}][{_SPACELESS} ]*)|(?P<three>[{_HANGUL}][{_HANGUL} ]*)"
        rf"|[^{_SPACELESS}{_HANGUL}]+"
    )
)
_MAX_CACHED = 1 << 16

VARIANT = Match("near", 0.0, 0.0, ("",))
"""What `Matcher.verdict` says of a variant."""


def string_shingles(form: str, kind: str, size: int) -> frozenset[str]:
    """Give the shingles of `form` as strings: what `shingles.shingle_sets` hashes."""
    found: list[str] = []
    if kind == "char" and form and form.isascii():  # one run, of no script with a width of its own
        found = [form[i : i + size] for i in range(max(1, len(form) - size + 1))]
    elif kind == "char":
        for run in _run_of().finditer(form):
            width = {"two": 2, "three": 3}.get(run.lastgroup or "", size)
            text = run[0]
            found += [text[i : i + width] for i in range(max(1, len(text) - width + 1))]
    else:
        tokens = re.finditer(rf"[{_SPACELESS}]|[^ {_SPACELESS}]+", form)
        ends = [match.span() for match in tokens]
        last = max(1, len(ends) - size + 1)
        found += [form[ends[i][0] : ends[min(i + size, len(ends)) - 1][1]] for i in range(last)]
    return frozenset(found)


def figures(p: str, q: str, kind: str, size: int) -> tuple[int, int, int]:
    """Count on strings: the shingles of `p`, those of `q`, and those that both have."""
    ours, theirs = string_shingles(p, kind, size), string_shingles(q, kind, size)
    return len(ours), len(theirs), len(ours & theirs)


class Matcher:
    """Judge pairs of forms. Whether p may go for q depends on the two texts and settings alone."""

    def __init__(
        self,
        forms: Forms,
        sizes: NDArray[np.int64],
        left: NDArray[np.int64],
        right: NDArray[np.int64],
        common: NDArray[np.int64],
        config: Config,
        *,
        place: NDArray[np.int64] | None = None,
    ) -> None:
        """Take candidate pairs of forms ``(left[k], right[k])``, each once.

        `sizes` says how many shingles each form has, `common` how many each pair shares, `place`
        which of two is asked first that are as near to a third; without it they go by number.
        """
        self.forms = forms
        self.config = config
        self.sizes = sizes
        self.protect = protected_kinds(config.protect)
        jaccard = common / np.maximum(1, self.sizes[left] + self.sizes[right] - common)
        floor = min(RESCAN_SHARE * config.threshold, config.threshold_across)
        smaller = np.minimum(self.sizes[left], self.sizes[right])
        hopeful = (jaccard >= floor) | (common >= config.containment * smaller)
        left, right, common = left[hopeful], right[hopeful], common[hopeful]
        jaccard = jaccard[hopeful]
        p, q = np.concatenate([left, right]), np.concatenate([right, left])
        first = q if place is None else place[q]
        order = np.lexsort((first, -np.concatenate([jaccard, jaccard]), p))
        self._others = q[order]
        self._first = np.searchsorted(p[order], np.arange(len(self.sizes) + 1))
        code = (p << 32) | q
        by_code = np.argsort(code)
        self._codes = code[by_code]
        self._common = np.concatenate([common, common])[by_code]
        # Not by `lru_cache`: it would hold a method, and so us, until somebody looks for cycles.
        self._judged: dict[tuple[int, int, bool], Match | None] = {}
        self._cut: dict[int, Tokens] = {}
        self._lost: dict[int, frozenset[int]] = {}

    @classmethod
    def of_sets(
        cls,
        forms: Forms,
        sets: ShingleSets,
        left: NDArray[np.int64],
        right: NDArray[np.int64],
        config: Config,
        *,
        place: NDArray[np.int64] | None = None,
    ) -> Matcher:
        """Count what the pairs of a few forms share, whose shingle sets are at hand."""
        common = kernels.intersections(sets.values, sets.offsets, left, right)
        return cls(forms, sets.sizes(), left, right, common, config, place=place)

    def neighbours(self, form: int) -> list[int]:
        """Give the forms that `form` may match, the nearest first."""
        others: list[int] = self._others[self._first[form] : self._first[form + 1]].tolist()
        return others

    def holds(self, p: int, q: int) -> bool:
        """Tell whether `p` has the whole text of `q` in it, as it stands."""
        return f" {self.forms.texts[q]} " in f" {self.forms.texts[p]} "

    def _common_shingles(self, p: int, q: int) -> int | None:
        """Give how many shingles a candidate pair shares; None where it is no candidate."""
        code = (p << 32) | q
        at = int(np.searchsorted(self._codes, code))
        if at == len(self._codes) or self._codes[at] != code:
            return None
        return int(self._common[at])

    def _tokens(self, form: int) -> Tokens:
        found = self._cut.get(form)
        if found is None:
            found = Tokens(tuple(self.forms.tokens(form)), self.forms.flags_of(form).tobytes())
            _keep(self._cut, form, found)
        return found

    def judge(self, p: int, q: int, *, across: bool = False) -> Match | None:
        """Say whether `p` may go for `q`: a Match (a variant where it `differs`), or None.

        `across`: the two stand in different documents, where containment is not searched and
        ``threshold_across`` holds.
        """
        pair = p, q, across
        try:
            return self._judged[pair]
        except KeyError:
            match = self._judge(p, q, across=across)
        _keep(self._judged, pair, match)
        return match

    def _judge(self, p: int, q: int, *, across: bool) -> Match | None:
        config, texts = self.config, self.forms.texts
        if texts[p] == texts[q]:
            return Match("exact", 1.0, 1.0)
        common = self._common_shingles(p, q)
        if common is None:
            return None
        counts = int(self.sizes[p]), int(self.sizes[q]), common
        rescan = not across and self._is_rescan(p, q, *counts)
        if self._relation(*counts, across=across, rescan=rescan) is None:
            return None
        differs = differences(self._tokens(p), self._tokens(q), self.protect)
        if not differs:
            # Nothing stands against it: now the strings themselves must say so.
            counts = figures(texts[p], texts[q], config.shingle, config.size)
        relation = self._relation(*counts, across=across, rescan=rescan)
        if relation is None:
            return None
        short = self.forms.words[p] <= SHORT_WORDS
        if relation == "contained" and short and is_scattered(self._tokens(p), self._tokens(q)):
            return None
        ours, theirs, common = counts
        return Match(
            relation,
            common / (ours + theirs - common),
            common / ours,
            differs,
            min(self.forms.words[p], self.forms.words[q]) <= SHORT_WORDS
            and replaces_words(self._tokens(p), self._tokens(q)),
        )

    def verdict(self, p: int, q: int, *, across: bool = False) -> Match | None:
        """Do what `judge` does, faster where `p` is a variant: what it differs in is not named."""
        common = self._common_shingles(p, q)
        if common is not None and q in self._losing(p):
            counts = int(self.sizes[p]), int(self.sizes[q]), common
            if self._relation(*counts, across=across) == "near":
                return VARIANT
        return self.judge(p, q, across=across)

    def _losing(self, p: int) -> frozenset[int]:
        """Give neighbours for which `p` would surely lose something protected."""
        losing = self._lost.get(p)
        if losing is not None:
            return losing
        others = self._others[self._first[p] : self._first[p + 1]]
        data, offsets, flags, flag_offsets = self._flat
        of = np.full(len(others), p)
        found = kernels.changes(data, offsets, flags, flag_offsets, of, others, self.protect)
        losing = frozenset(others[found == searching.LOST].tolist())
        _keep(self._lost, p, losing)
        return losing

    @cached_property
    def _flat(self) -> tuple[NDArray[np.uint8], I64, NDArray[np.uint8], I64]:
        """Give the forms and the kinds of their tokens as the kernels take them."""
        rows = [text.encode("utf-8", "surrogatepass") for text in self.forms.texts]
        return *kernels.laid_out(rows), self.forms.flags, self.forms.offsets

    def _is_rescan(self, p: int, q: int, ours: int, theirs: int, common: int) -> bool:
        """Tell whether two texts, too unlike for others, are one text that OCR read twice."""
        jaccard = common / (ours + theirs - common)
        return (
            RESCAN_SHARE * self.config.threshold <= jaccard < self.config.threshold
            and min(ours, theirs) >= SIZE_RATIO * max(ours, theirs)
            and is_rescan(self._tokens(p), self._tokens(q))
        )

    def _relation(
        self, ours: int, theirs: int, common: int, *, across: bool, rescan: bool = False
    ) -> str | None:
        """Say how a text of `ours` shingles relates to one of `theirs` that shares `common`."""
        config = self.config
        threshold = config.threshold_across if across else config.threshold
        if rescan:
            threshold *= RESCAN_SHARE
        if common >= threshold * (ours + theirs - common) and theirs >= SIZE_RATIO * ours:
            return "near"
        if common >= config.containment * ours and ours < SIZE_RATIO * theirs and not across:
            return "contained"
        return None


def _keep(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep a value, and not too many of them."""
    if len(kept) >= _MAX_CACHED:
        kept.clear()
    kept[key] = value
