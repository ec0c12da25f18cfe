"""One place or a pair of places → why: the figures, what differs, which setting would change it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup import kernels, pipeline
from dedup.errors import UsageError
from dedup.lines import line_spans
from dedup.protected import Tokens, differences
from dedup.shingles import shingle_sets
from dedup.verify import Matcher, figures
from dedup.words import LINES, PLAIN, PROTECTABLE, protected_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.config import Config
    from dedup.model import Decision, Document, Match, Run

_ALIKE = 0.1
"""What shares less than this of its shingles with another is not like it at all."""

_KIND_OF_FLAG = {flag: name for name, flag in PROTECTABLE.items()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold what two paragraphs have in common, p being the one that was asked about.

    `document`, `paragraph`: where q stands. `jaccard`; `containment`: of p in q, `back`: of q in p.
    `changed`: the passages that differ, as (in p, in q). `differs`: protected tokens that keep p
    from going for q; `differs_back` the other way round. `match`, `match_back`: p may go for q, and
    q for p, if nothing differs.
    """

    document: int
    paragraph: int
    jaccard: float
    containment: float
    back: float
    changed: tuple[tuple[str, str], ...]
    differs: tuple[str, ...]
    differs_back: tuple[str, ...]
    match: Match | None
    match_back: Match | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Say what became of one paragraph, and why.

    `nearest`: its canonical, what it was left beside, or else the paragraph most like it.
    `protected`: its protected tokens with their kinds. `changes`: settings that would turn its
    verdict, each tried.
    """

    run: Run
    document: int
    decision: Decision
    nearest: Comparison | None
    protected: tuple[tuple[str, str], ...]
    changes: tuple[dict[str, Any], ...]


class Explainer:
    """Answer questions about one set of documents, cleaned each by itself or `across`."""

    def __init__(
        self,
        documents: Sequence[Document],
        config: Config,
        *,
        across: bool,
        own: Sequence[Config] | None = None,
    ) -> None:
        """Clean the documents once, as `pipeline.clean` does."""
        self.documents, self.config, self.across = documents, config, across
        self.own = list(own) if own is not None else [config] * len(documents)
        self.run = self._clean(config, self.own)
        self.group = pipeline.read_group(list(zip(documents, self.own, strict=True)))
        forms = self.group.forms
        self.sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)

    def _clean(self, config: Config, own: Sequence[Config]) -> Run:
        return pipeline.clean(self.documents, config, across=self.across, own=own)

    def paragraph_at(self, document: int, line: int) -> int | None:
        """Give the number of the paragraph that holds `line` (from 1); None where none does."""
        found = self.group.paragraphs[document]
        at = int(np.searchsorted(found.last_line, line))
        return at if at < len(found) and found.first_line[at] <= line else None

    def line_count(self, document: int) -> int:
        """Count the lines of a document; what ends no line at its end is one if it is written."""
        starts, ends = line_spans(self.documents[document])
        return len(starts) - int(starts[-1] == ends[-1])

    def explain(self, document: int, paragraph: int) -> Explanation:
        """Say what became of a paragraph."""
        decision = self.run.documents[document].decisions[paragraph]
        other = decision.canonical or decision.resembles
        if other is not None:
            nearest = self.compare((document, paragraph), (other.document, other.paragraph))
        else:
            place = self._most_alike(document, paragraph)
            nearest = None if place is None else self.compare((document, paragraph), place)
        tokens = self._tokens(self._form(document, paragraph))
        protected = {
            (text, _KIND_OF_FLAG[flag])
            for text, flag in zip(tokens.texts, tokens.flags, strict=True)
            if flag != PLAIN and _KIND_OF_FLAG[flag] in self.config.protect
        }
        return Explanation(
            self.run,
            document,
            decision,
            nearest,
            tuple(sorted(protected, key=lambda pair: tokens.texts.index(pair[0]))),
            tuple(self._changes(document, decision, nearest)),
        )

    def compare(self, one: tuple[int, int], other: tuple[int, int]) -> Comparison | None:
        """Compare two paragraphs, each (document, paragraph); None where one cannot be compared."""
        p, q = self._form(*one), self._form(*other)
        forms, config = self.group.forms, self.config
        if p < 0 or q < 0 or (p != q and "\0" in forms.texts[p][:1] + forms.texts[q][:1]):
            return None  # no words, or compared for equal bytes only
        ours, theirs, common = figures(forms.texts[p], forms.texts[q], config.shingle, config.size)
        here, there = self._tokens(p), self._tokens(q)
        protect = protected_kinds(config.protect)
        left, right = (np.array([side], np.int64)[: p != q] for side in (p, q))
        matcher = Matcher.of_sets(forms, self.sets, left, right, config)
        across = self.across and one[0] != other[0]
        return Comparison(
            document=other[0],
            paragraph=other[1],
            jaccard=common / (ours + theirs - common),
            containment=common / ours,
            back=common / theirs,
            changed=tuple(_changed(here, there)),
            differs=differences(here, there, protect),
            differs_back=differences(there, here, protect),
            match=matcher.judge(p, q, across=across),
            match_back=matcher.judge(q, p, across=across),
        )

    def _form(self, document: int, paragraph: int) -> int:
        return int(self.group.forms.row_form[self.group.rows_of(document).start + paragraph])

    def _tokens(self, form: int) -> Tokens:
        forms = self.group.forms
        if form < 0 or forms.texts[form].startswith("\0"):
            return Tokens((), b"")
        return Tokens(tuple(forms.tokens(form)), forms.flags_of(form).tobytes())

    def _most_alike(self, document: int, paragraph: int) -> tuple[int, int] | None:
        """Find the paragraph that shares most with this one, by Jaccard or containment."""
        form = self._form(document, paragraph)
        if form < 0:
            return None
        others = np.arange(len(self.group.forms.texts))
        common = kernels.intersections(
            self.sets.values, self.sets.offsets, np.full(len(others), form), others
        )
        sizes = self.sets.sizes()
        jaccard = common / np.maximum(1, sizes[form] + sizes - common)
        contained = common / np.maximum(1, np.minimum(sizes[form], sizes))
        alike = np.maximum(jaccard, 0.5 * contained)  # half a teaser is less than half a copy
        group = self.group
        of_row = np.full(len(group.forms.row_form), -1.0)
        compared = group.forms.row_form >= 0
        of_row[compared] = alike[group.forms.row_form[compared]]
        own = group.rows_of(document).start + paragraph
        of_row[own] = -1
        if not self.across:
            outside = np.ones(len(of_row), bool)
            outside[group.rows_of(document)] = False
            of_row[outside] = -1
        best = int(np.argmax(of_row))
        if of_row[best] < _ALIKE:
            return None
        number = int(np.searchsorted(group.bounds, best, "right")) - 1
        return number, best - int(group.bounds[number])

    def _changes(
        self, document: int, decision: Decision, nearest: Comparison | None
    ) -> Iterator[dict[str, Any]]:
        """Give the settings that would turn the verdict: each is tried, one alone if that does."""
        turned = False
        singles = list(self._likely(decision, nearest, document))
        for settings in singles:
            if self._turns(settings, document, decision):
                turned = True
                yield settings
        together = {key: value for settings in singles for key, value in settings.items()}
        if not turned and len(singles) > 1 and self._turns(together, document, decision):
            yield together

    def _turns(self, settings: dict[str, Any], document: int, decision: Decision) -> bool:
        try:
            config = replace(self.config, **settings)
            own = [replace(c, **settings) for c in self.own]
        except UsageError:  # outside what the setting may be
            return False
        then = self._clean(config, own).documents[document].decisions[decision.paragraph]
        return then.action != decision.action

    def _likely(
        self, decision: Decision, nearest: Comparison | None, document: int
    ) -> Iterator[dict[str, Any]]:
        """Give settings that may turn the verdict, the least change of each."""
        config = self.config
        if decision.reason == "ignored":
            return
        between = nearest is not None and nearest.document != document
        threshold = "threshold_across" if between else "threshold"
        if decision.action == "remove":
            if decision.reason == "near" and decision.jaccard is not None:
                yield {threshold: math.floor(decision.jaccard * 100 + 1) / 100}
            if decision.reason == "contained" and decision.containment is not None:
                yield {"containment": math.floor(decision.containment * 100 + 1) / 100}
            yield {"keep": "last" if config.keep != "last" else "first"}
            yield {"min_words": decision.words + 1}
            return
        if decision.reason == "limit":
            yield {"max_removed": 100.0}
        if decision.words < self.own[document].min_words:
            yield {"min_words": decision.words}
        if nearest is None:
            return
        kinds = self._kinds_that_differ(nearest, decision, document)
        if decision.reason == "line":
            kinds |= {LINES}
        if kinds:
            yield {"protect": tuple(n for n in config.protect if n not in kinds) or ("none",)}
        if nearest.match is None:
            yield {threshold: math.floor(nearest.jaccard * 100) / 100}
            if not between:
                yield {"containment": math.floor(nearest.containment * 100) / 100}

    def _kinds_that_differ(
        self, nearest: Comparison, decision: Decision, document: int
    ) -> frozenset[str]:
        names = set()
        for place in ((document, decision.paragraph), (nearest.document, nearest.paragraph)):
            tokens = self._tokens(self._form(*place))
            names |= {
                _KIND_OF_FLAG[flag]
                for text, flag in zip(tokens.texts, tokens.flags, strict=True)
                if flag != PLAIN and text in nearest.differs
            }
        return frozenset(names)


def _changed(p: Tokens, q: Tokens) -> Iterator[tuple[str, str]]:
    """Give the passages in which two texts differ."""
    opcodes = SequenceMatcher(None, p.texts, q.texts, autojunk=False).get_opcodes()
    for tag, i, i2, j, j2 in opcodes:
        if tag != "equal":
            yield " ".join(p.texts[i:i2]), " ".join(q.texts[j:j2])
