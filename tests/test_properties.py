"""The promises about text, each held against an oracle or a property, on generated documents.

A count says how many documents a test looks at: few by default, the full number under ``slow``.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import random
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import oracle
import pytest
import strategies
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from strategies import ENCODINGS, ENDINGS, SEPARATORS

import dedup
from dedup import Config, SelfCheckError, kernels, pipeline
from dedup import decisions as decision_stage
from dedup.group import Group
from dedup.index import arrays, inverted
from dedup.model import Document, Match
from dedup.model import Span as Bytes
from dedup.normalize import form_of, unwrap
from dedup.tokens import tokenize


def counts(few: int, many: int):
    return pytest.mark.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


def holds(check, count: int, *things: st.SearchStrategy) -> None:
    """Run `check` on `count` examples of `things`."""
    settings(max_examples=count)(given(*things)(check))()


CODECS = [
    *(None, None, None, "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le", "cp1252"),
    *("latin-1", "koi8-r", "shift_jis", "gb18030", "euc_jp", "big5", "iso2022_jp", "iso2022_kr"),
]

LENIENT = {"max_removed": 100}
CONFIGS = st.builds(
    Config,
    paragraphs=st.sampled_from(["line", "blank"]),
    keep=st.sampled_from(["first", "last", "longest"]),
    min_words=st.sampled_from([8, 8, 0, 1, 2, 3, 5]),
    threshold=st.sampled_from([0.5, 0.5, 0.3, 0.8]),
    containment=st.sampled_from([0.85, 0.85, 0.6]),
    shingle=st.sampled_from(["char", "char", "word"]),
    protect=st.sampled_from([("all",), ("all",), ("none",)]),
    max_removed=st.sampled_from([100, 100, 50]),
)


def without_lines(config: Config) -> Config:
    """Guard no verse: what stays then stays for a word of its own."""
    return replace(config, protect=tuple(n for n in config.protect if n != "lines") or ("none",))


def paragraphs_of(result: dedup.Result) -> list[str]:
    """Give the paragraphs of a result's input, cut by its decisions."""
    data = result.run.documents[result.index].document.data
    return [data[d.span.start : d.span.end].decode() for d in result.decisions]


def objections(results: list[dedup.Result], config: Config) -> list[str]:
    """Give everything that the oracle has against `results`, which were cleaned together."""
    texts = [paragraphs_of(result) for result in results]
    found = []
    for place, result in enumerate(results):
        size = len(result.run.documents[result.index].document.data)
        found.append(oracle.disorder(result.decisions, size))
        for decision in result.removed:
            found.append(oracle.objection(decision, texts, config, place))
            if decision.canonical is not None:
                keeper = results[decision.canonical.document].decisions
                if keeper[decision.canonical.paragraph].action != "keep":
                    found.append(f"{decision} goes for one that is removed")
    return [objection for objection in found if objection is not None]


def draw_documents(rnd: random.Random, config: Config, *, protected: bool = True) -> list[str]:
    """Give three texts that share paragraphs, and the paragraphs of one in another order."""
    texts = [
        strategies.plain_text(rnd, most=16, protected=protected, blank=config.paragraphs != "line")
        for _ in range(3)
    ]
    shuffled = texts[rnd.randrange(3)].split("\n")
    rnd.shuffle(shuffled)
    return [*texts, "\n".join(shuffled)]


# The oracle itself


def test_the_words_of_the_generators_are_far_from_each_other():
    words = [*strategies.PLAIN, *strategies.NAMES, *strategies.DAYS, *strategies.NEGATIONS]
    words = [word.lower() for word in words]
    assert len(set(words)) == len(words)
    for word in words:
        for other in words:
            if word != other:
                enough = 3 if min(len(word), len(other)) >= 8 else 2
                assert Levenshtein.distance(word, other) >= enough, (word, other)


@counts(100, 2000)
def test_the_oracle_reads_generated_text_as_the_program_does(count):
    def check(text):
        for paragraph in oracle.split(text, "line"):
            tokens, _ = tokenize(unwrap(paragraph))
            assert oracle.form(paragraph) == form_of(tokens)

    holds(check, count, strategies.plain_texts())


@pytest.mark.parametrize(
    ("removed", "canonical"),
    [
        ("the ferry took 3 hours to cross the bay", "the ferry took 30 hours to cross the bay"),
        ("the ferry did not leave the harbour today", "the ferry did leave the harbour today"),
        ("the ferry did leave the harbour today", "the ferry did not leave the harbour today"),
        ("we saw Ramirez on the ferry to the island", "we saw Okonkwo on the ferry to the island"),
        ("of 12 tickets 7 were sold to the crew", "of 7 tickets 12 were sold to the crew"),
    ],
)
def test_the_oracle_refuses_a_changed_number_name_or_negation(removed, canonical):
    assert oracle.alike(removed, canonical, Config()) is not None
    assert not oracle.accepts(removed, canonical, Config())


def test_the_oracle_refuses_the_fuller_text_for_the_shorter():
    full = "the ferry to the island leaves twice a day from the harbour behind the old station"
    assert oracle.accepts(full[:45], full, Config())
    assert not oracle.accepts(full, full[:45], Config())


# A1, B2: restore gives the original back


def returns(data: bytes, config: Config) -> None:
    try:
        result = dedup.clean(data, config)
    except dedup.InputError:
        assert config.encoding is None
        assert data.count(0) * 100 > len(data)  # it looks like UTF-16 and is named, not guessed
        return
    assert dedup.restore(result.text, result.report("json")) == data
    cuts = [(d.cut.start, d.cut.end) for d in result.removed]
    assert oracle.minus(data, cuts) == result.text
    assert oracle.disorder(result.decisions, len(data)) is None


def any_config(rnd: random.Random, encoding: str | None) -> Config:
    return Config(
        paragraphs=rnd.choice(["auto", "line", "blank"]),
        min_words=rnd.choice([0, 1, 3, 8]),
        keep=rnd.choice(["first", "last", "longest"]),
        protect=rnd.choice([("all",), ("none",)]),
        max_removed=rnd.choice([50, 100]),
        encoding=encoding,
    )


@pytest.mark.parametrize("encoding", ["utf-7", "hz", "cp500", "utf-16-le-sig", "rot13", "zlib"])
def test_a_codec_that_does_not_write_ascii_as_it_is_is_refused(encoding):
    # In these the same bytes mean another thing in another place, so no line can be cut out.
    with pytest.raises(dedup.UsageError, match="encoding"):
        Config(encoding=encoding)


@counts(200, 10_000)
def test_random_bytes_come_back(count):
    def check(data, rnd, encoding):
        returns(data, any_config(rnd, encoding))

    holds(check, count, strategies.random_bytes(), strategies.randoms, st.sampled_from(CODECS))


@counts(200, 10_000)
def test_documents_come_back_in_any_encoding(count):
    def check(text, rnd):
        returns(text.data, any_config(rnd, text.codec))

    holds(check, count, strategies.laid_out_texts(), strategies.randoms)


@counts(200, 10_000)
def test_soiled_documents_come_back(count):
    def check(data, rnd, encoding):
        returns(data, any_config(rnd, encoding))

    holds(check, count, strategies.soiled_bytes(), strategies.randoms, st.sampled_from(CODECS))


@counts(100, 2000)
def test_strings_come_back_with_their_lone_surrogates(count):
    def check(text, surrogates):
        text = "\n".join([text, *surrogates, text])
        result = dedup.clean(text, Config(max_removed=100))
        assert isinstance(result.text, str)
        assert dedup.restore(result.text, result.report("json")) == text

    lone = st.lists(st.text(st.characters(min_codepoint=0xD700, max_codepoint=0xDFFF), max_size=4))
    holds(check, count, strategies.plain_texts(), lone)


def test_restore_refuses_a_text_that_was_changed():
    line = "the ferry to the island leaves twice a day from the harbour\n"
    result = dedup.clean(line * 2)
    with pytest.raises(dedup.UnmatchedReportError):
        dedup.restore(result.text + ".", result.report("json"))


# B1: output is input minus the cuts, for all separators, encodings and endings


def lines(*paragraphs: str, between: str = "\n") -> str:
    return between.join(paragraphs) + "\n"


# Sentences: lines that break off are verse, and repeat on purpose.
FIRST, SECOND, THIRD = (" ".join(strategies.PLAIN[k : k + 10]) + "." for k in (0, 10, 20))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_only_the_cuts_leave(separator, encoding, ending):
    between, end = SEPARATORS[separator], ENDINGS[ending]
    text = between.join([FIRST, SECOND, FIRST, THIRD, SECOND]) + end
    source = strategies.Text(text, encoding)
    config = Config(paragraphs="line", encoding=source.codec)

    result = dedup.clean(source.data, config)

    report = json.loads(result.report("json"))
    cuts = [d["cut"] for d in report["documents"][0]["decisions"] if d["action"] == "remove"]
    assert len(cuts) == 2
    assert result.text == oracle.minus(source.data, cuts)
    kept = strategies.Text(between.join([FIRST, SECOND, THIRD]) + end, encoding)
    assert result.text == kept.data
    assert dedup.restore(result.text, report) == source.data


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf5\x80"])
def test_bytes_that_do_not_decode_stay_and_are_named(bad):
    line = FIRST.encode()
    data = b"\n".join([line, line + bad, line + bad, line])

    result = dedup.clean(data)

    assert result.text == b"\n".join([line, line + bad, line + bad])
    assert [d.reason for d in result.decisions] == [
        *("canonical", "unreadable", "unreadable", "exact")
    ]
    assert len(result.warnings) == 1
    assert ":2:" in result.warnings[0]


@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030", "big5", "utf-16-le", "utf-8"])
@pytest.mark.parametrize("blank", ["\u3000", "\u3000\u3000", " \u3000 "])
def test_a_line_of_wide_blanks_is_blank_in_any_encoding(encoding, blank):
    text = lines(FIRST, blank, SECOND).encode(encoding)

    result = dedup.clean(text, Config(paragraphs="blank", encoding=encoding))

    assert [d.lines for d in result.decisions] == [(1, 1), (3, 3)]


@counts(150, 2000)
def test_text_is_cut_where_the_oracle_cuts_it(count):
    def check(text, mode):
        found = paragraphs_of(dedup.clean(text, Config(paragraphs=mode)))
        plain = ["\n".join(oracle.split(paragraph, "line")) for paragraph in found]
        assert plain == oracle.split(text, mode)

    texts = strategies.laid_out_texts().map(lambda text: text.text)
    holds(check, count, texts, st.sampled_from(["line", "blank"]))


# A2: every removal has a kept canonical that the oracle accepts


@counts(150, 1000)
def test_the_oracle_accepts_every_removal(count):
    seen: Counter[str] = Counter()

    def check(rnd, config):
        result = dedup.clean(strategies.plain_text(rnd, blank=config.paragraphs != "line"), config)
        assert objections([result], config) == []
        seen.update(decision.reason for decision in result.decisions)

    holds(check, count, strategies.randoms, CONFIGS)
    assert {"exact", "near", "contained", "block", "variant", "short"} <= set(seen)


@counts(100, 1000)
def test_the_oracle_accepts_every_removal_across_documents(count):
    def check(rnd, config):
        texts = draw_documents(rnd, config)
        assert objections(dedup.clean_documents(texts, across=True, config=config), config) == []

    holds(check, count, strategies.randoms, CONFIGS)


@counts(100, 1000)
def test_no_equal_paragraphs_stay(count):
    def check(rnd, config):
        assume(config.max_removed == 100)
        config = without_lines(config)
        result = dedup.clean(strategies.plain_text(rnd, blank=config.paragraphs != "line"), config)
        kept = [
            oracle.form(text)
            for text, decision in zip(paragraphs_of(result), result.decisions, strict=True)
            if decision.action == "keep" and len(oracle.words(text)) >= config.min_words
        ]
        assert len(set(kept)) == len(kept)

    holds(check, count, strategies.randoms, CONFIGS)


def one_bucket(signatures, bands, size):
    return np.zeros((len(signatures), bands), np.uint64)


@counts(100, 1000)
def test_nothing_stays_that_may_go(count, monkeypatch):
    # Without protected words, and with all pairs looked at, an arc between two that stay is a miss.
    monkeypatch.setattr(kernels, "band_keys", one_bucket)

    def check(rnd, config):
        assume(config.max_removed == 100)
        config = without_lines(config)
        text = strategies.plain_text(rnd, protected=False, blank=config.paragraphs != "line")
        result = dedup.clean(text, config)
        kept = [
            paragraph
            for paragraph, decision in zip(paragraphs_of(result), result.decisions, strict=True)
            if decision.action == "keep" and len(oracle.words(paragraph)) >= config.min_words
        ]
        missed = [
            (p, q)
            for at, p in enumerate(kept)
            for other, q in enumerate(kept)
            if at != other
            and oracle.accepts(p, q, config)
            # The words of a short text may be strewn over a long one: then it is no copy.
            and (len(oracle.words(p)) > 12 or oracle.is_run(p, q) or oracle.is_near(p, q, config))
        ]
        assert missed == []

    holds(check, count, strategies.randoms, CONFIGS)


@counts(100, 1000)
def test_similarity_says_what_the_oracle_says(count):
    def check(rnd, config):
        words = strategies.sentence(rnd, 6 + rnd.randrange(20))
        change = rnd.choice([strategies.variant, strategies.edited, lambda _, found: found[:-5]])
        a, b = " ".join(words), " ".join(change(rnd, words))
        match = dedup.similarity(a, b, config)
        assert (None if match is None else match.relation) == oracle.alike(a, b, config)
        if match is not None:
            ours, theirs = (
                oracle.ngrams(oracle.form(t), config.shingle, config.size) for t in (a, b)
            )
            assert match.jaccard == pytest.approx(oracle.jaccard(ours, theirs))
            assert match.containment == pytest.approx(oracle.containment(ours, theirs))
            if not match.differs:
                assert oracle.accepts(a, b, config)

    holds(check, count, strategies.randoms, CONFIGS)


# D1: a second run changes nothing


def changes_nothing_twice(texts: list, config: Config, *, across: bool) -> None:
    first = [r.text for r in dedup.clean_documents(texts, across=across, config=config)]
    second = dedup.clean_documents(first, across=across, config=config)
    assert [result.text for result in second] == first
    assert [result.removed for result in second] == [()] * len(texts)


@counts(200, 10_000)
def test_a_second_run_changes_nothing(count):
    def check(rnd, config):
        text = strategies.plain_text(rnd, blank=config.paragraphs != "line")
        changes_nothing_twice([text], config, across=False)

    holds(check, count, strategies.randoms, CONFIGS)


@counts(200, 10_000)
def test_a_second_run_changes_nothing_across_documents(count):
    def check(rnd, config):
        changes_nothing_twice(draw_documents(rnd, config), config, across=True)

    holds(check, count, strategies.randoms, CONFIGS)


@counts(200, 10_000)
def test_a_second_run_changes_nothing_in_laid_out_documents(count):
    def check(text, rnd):
        changes_nothing_twice([text.data], any_config(rnd, text.codec), across=False)

    holds(check, count, strategies.laid_out_texts(), strategies.randoms)


@pytest.mark.parametrize(
    "batch",
    [
        range(150, 350),
        (483, 512, 670, 1079, 1960),  # what was taken back was free once its context had gone
        pytest.param(range(6000), marks=pytest.mark.slow),
    ],
)
def test_a_second_run_changes_nothing_where_cuts_are_taken_back(batch):
    # Plain seeds, not Hypothesis: what is looked for is rare, and wants large documents.
    taken_back = 0
    for seed in batch:
        rnd = random.Random(seed)
        config = any_config(rnd, None)
        config = Config.from_mapping(
            {**config.deciding(), "paragraphs": "auto", "threshold": 0.3 + 0.2 * rnd.randrange(3)}
        )
        texts = [strategies.plain_text(rnd, blank=rnd.randrange(3) == 0) for _ in range(3)]
        shuffled = texts[0].split("\n")
        rnd.shuffle(shuffled)
        texts.append("\n".join(shuffled))
        first = dedup.clean_documents(texts, across=True, config=config)
        taken_back += any(d.reason == "unstable" for r in first for d in r.decisions)
        changes_nothing_twice(texts, config, across=True)
    assert taken_back


def test_a_headline_that_a_block_kept_goes_in_the_first_run():
    headline, filler = "news of the harbour today", THIRD
    text = lines(headline, filler, headline, FIRST, headline, FIRST)

    result = dedup.clean(text, Config(paragraphs="line"))

    assert result.text == lines(headline, filler, FIRST)
    changes_nothing_twice([text], Config(paragraphs="line"), across=False)


def test_a_second_run_changes_nothing_where_a_cut_in_hard_wrapped_text_is_taken_back():
    long = f"{FIRST} {SECOND} {THIRD}"
    near = f"{FIRST} {SECOND} {THIRD}".replace("ticket", "minister")
    short = "measured carpet justice"
    text = lines(long, short, near, short, short, f"{near} today")
    for paragraphs in ("auto", "line"):
        changes_nothing_twice([text], Config(paragraphs=paragraphs, **LENIENT), across=False)


def test_a_line_that_goes_in_context_makes_no_other_cut_safe():
    # Without its two long lines the second text looks hard-wrapped, so they stay. A second run
    # must not find the way to cut them that the first did not: by cutting the short line as well.
    full = "carpet rocket teacher never borrowed concert valley valley fisherman forest parliament"
    end = "museum ferry Lindqvist"
    short = "blacksmith announced."
    texts = [
        lines(
            f"{full} rocket island shepherd blanket {end},",
            short,
            f"{full.replace('fisherman', 'railway fisherman')} rocket shepherd blanket {end}",
        ),
        lines(
            f"{full.replace('fisherman', 'railway fisherman')} rocket shepherd blanket {end}",
            f"{full} rocket meadow shepherd island {end}",
            "carpet rocket teacher never borrowed concert valley valley fisherman forest,",
            short,
        ),
    ]
    config = Config(threshold=0.75, max_removed=100)

    results = dedup.clean_documents(texts, across=True, config=config)

    assert "unstable" in {d.reason for d in results[1].decisions}
    changes_nothing_twice(texts, config, across=True)


def catalogue(count: int) -> str:
    """Give lines of one template: two for every number, of which one may go for the other."""
    template = " ".join(strategies.PLAIN[20:40])
    return lines(
        *(
            f"{FIRST} {number} {template} {strategies.PLAIN[number % 7 + extra]}"
            for extra in (0, 41)
            for number in range(1000, 1000 + count)
        )
    )


def test_a_second_run_changes_nothing_where_buckets_overflow():
    changes_nothing_twice([catalogue(560)], Config(paragraphs="line", **LENIENT), across=False)


def test_a_second_run_changes_nothing_where_small_buckets_overflow(monkeypatch):
    monkeypatch.setattr(arrays, "MAX_BUCKET", 64)
    monkeypatch.setattr(arrays, "MAX_HEADS", 4)
    changes_nothing_twice([catalogue(60)], Config(paragraphs="line", **LENIENT), across=False)


@pytest.mark.parametrize("batch", [range(80), pytest.param(range(4000), marks=pytest.mark.slow)])
def test_a_second_run_changes_nothing_where_every_search_is_cut_short(batch, monkeypatch):
    monkeypatch.setattr(arrays, "MAX_BUCKET", 4)
    monkeypatch.setattr(arrays, "MAX_HEADS", 2)
    monkeypatch.setattr(inverted, "MAX_POSTINGS", 2)
    for seed in batch:
        rnd = random.Random(seed)
        config = Config(
            paragraphs="line",
            keep=rnd.choice(["first", "last", "longest"]),
            threshold=rnd.choice([0.3, 0.5]),
            shingle=rnd.choice(["char", "word"]),
            min_words=2,
            **LENIENT,
        )
        changes_nothing_twice([strategies.plain_text(rnd, most=60)], config, across=False)


def test_a_second_run_changes_nothing_in_a_document_with_very_many_paragraphs(monkeypatch):
    monkeypatch.setattr(pipeline, "MAX_DISTINCT_PARAGRAPHS", 12)
    for seed in range(40):
        text = strategies.plain_text(random.Random(seed), most=40)
        changes_nothing_twice([text], Config(paragraphs="line", **LENIENT), across=False)


# A3: nothing goes on hash evidence


class Recording(pipeline.Matcher):
    """A matcher that remembers what it was asked."""

    pairs: frozenset[tuple[int, int]] = frozenset()

    def __init__(self, forms, sizes, left, right, common, config, **more):
        Recording.pairs = frozenset(zip(left.tolist(), right.tolist(), strict=True))
        super().__init__(forms, sizes, left, right, common, config, **more)


@counts(60, 1000)
def test_with_all_in_one_bucket_no_candidate_is_missing_and_all_removals_hold(count, monkeypatch):
    monkeypatch.setattr(pipeline, "Matcher", Recording)

    def check(rnd, config):
        text = strategies.plain_text(rnd, blank=config.paragraphs != "line")
        Recording.pairs = frozenset()  # where all differs nothing is asked
        dedup.clean(text, config)
        usual, Recording.pairs = Recording.pairs, frozenset()
        with monkeypatch.context() as patch:
            patch.setattr(kernels, "band_keys", one_bucket)
            result = dedup.clean(text, config)
        assert usual <= Recording.pairs
        assert objections([result], config) == []

    holds(check, count, strategies.randoms, CONFIGS)


def eight_bits(usual):
    """Give shingle sets whose hashes are cut to eight bits."""

    def form_sets(*rows):
        values, offsets = usual(*rows)
        cut = [
            np.unique(values[low:high] & np.uint64(0xFF))
            for low, high in itertools.pairwise(offsets)
        ]
        ends = np.cumsum([0, *map(len, cut)], dtype=np.int64)
        return np.concatenate([np.zeros(0, np.uint64), *cut]), ends

    return form_sets


@counts(100, 1000)
def test_colliding_shingle_hashes_remove_nothing_that_the_oracle_refuses(count, monkeypatch):
    monkeypatch.setattr(kernels, "form_sets", eight_bits(kernels.form_sets))

    def check(rnd, config):
        text = strategies.plain_text(rnd, blank=config.paragraphs != "line")
        assert objections([dedup.clean(text, config)], config) == []

    holds(check, count, strategies.randoms, CONFIGS)


@counts(20, 300)
def test_colliding_hashes_do_not_let_the_fuller_text_go(count, monkeypatch):
    # Long texts fill all eight bits: by their hashes a long one and its half are the same size.
    monkeypatch.setattr(kernels, "form_sets", eight_bits(kernels.form_sets))
    for seed in range(count):
        rnd = random.Random(seed)
        full = strategies.sentence(rnd, 150 + rnd.randrange(150), protected=False)
        part = full[: int(len(full) * rnd.uniform(0.5, 0.95))]
        texts = [" ".join(part), " ".join(full)]
        rnd.shuffle(texts)
        config = Config(paragraphs="line", **LENIENT)
        assert objections([dedup.clean("\n".join(texts), config)], config) == []


def test_texts_of_one_hash_stay(monkeypatch):
    usual = kernels.form_sets

    def same(*rows):
        _, offsets = usual(*rows)
        number = len(offsets) - 1
        sizes = np.full(number, int(np.diff(offsets).min(initial=1)))
        return np.tile(np.arange(sizes[0], dtype=np.uint64), number), np.cumsum([0, *sizes])

    monkeypatch.setattr(kernels, "form_sets", same)
    text = lines(FIRST, SECOND, THIRD, f"{FIRST} {SECOND}")
    assert dedup.clean(text, Config(paragraphs="line", protect=("none",))).text == text


# A4: no chains


def morph(rnd: random.Random, steps: int) -> list[str]:
    """Give a chain of texts, each one word away from the one before."""
    words = strategies.sentence(rnd, 30, protected=False)
    chain = [list(words)]
    places = [at % len(words) for at in range(steps)]
    rnd.shuffle(places)
    for at in places:
        words[at] = rnd.choice(strategies.PLAIN)
        chain.append(list(words))
    return [" ".join(step) for step in chain]


@counts(40, 500)
def test_a_chain_of_small_changes_is_no_licence(count):
    for seed in range(count):
        rnd = random.Random(seed)
        config = Config(
            paragraphs="line",
            keep=rnd.choice(["first", "last", "longest"]),
            threshold=rnd.choice([0.5, 0.8]),
            **LENIENT,
        )
        chain = morph(rnd, 50)
        ends = [oracle.ngrams(oracle.form(text), "char", 5) for text in (chain[0], chain[-1])]
        assert oracle.jaccard(*ends) < 0.3
        if rnd.randrange(2):
            rnd.shuffle(chain)
        result = dedup.clean("\n".join(chain), config)
        assert objections([result], config) == []
        kept = [d for d in result.decisions if d.action == "keep"]
        assert 2 <= len(kept) < len(chain)


@counts(20, 200)
def test_texts_that_share_a_template_do_not_go_for_each_other(count):
    template = " ".join(strategies.PLAIN[:20])
    config = Config(paragraphs="line", **LENIENT)
    for seed in range(count):
        rnd = random.Random(seed)
        bodies = [strategies.sentence(rnd, 10 + rnd.randrange(30)) for _ in range(40)]
        text = "\n".join(f"{template} {' '.join(body)}" for body in bodies)
        assert objections([dedup.clean(text, config)], config) == []


# A6: the self-check refuses a wrong plan


MUTANT_TEXT = lines(FIRST, SECOND, FIRST, THIRD, SECOND, FIRST, between="\n\n")


@dataclass(frozen=True)
class Broken:
    """Break one thing between the plan and the bytes; the rest is as it was."""

    name: str
    rnd: random.Random

    def patch(self, monkeypatch) -> None:
        usual, rewrite = pipeline.check_canonicals, decision_stage.rewrite
        spans, result = self.spans, self.result

        def check(rows, plan, matcher):
            self.plan(plan)
            usual(rows, plan, matcher)

        broken = SimpleNamespace(
            cuts=lambda document, found, removed: spans(
                rewrite.cuts(document, found, removed), document, found
            ),
            without=lambda data, cut: result(rewrite.without(data, cut)),
            self_check=rewrite.self_check,
        )
        monkeypatch.setattr(pipeline, "check_canonicals", check)
        monkeypatch.setattr(decision_stage, "rewrite", broken)

    def plan(self, plan) -> None:
        gone = np.flatnonzero(plan.canonical >= 0).tolist()
        kept = np.flatnonzero(plan.canonical < 0).tolist()
        row = self.rnd.choice(gone)
        keeper = int(plan.canonical[row])
        if self.name == "keeper dropped":
            plan.remove(keeper, self.rnd.choice([k for k in kept if k != keeper]), plan.match[row])
        elif self.name == "canonical removed":
            plan.canonical[row] = self.rnd.choice([r for r in gone if r != row])
        elif self.name == "canonical swapped":
            plan.canonical[row] = self.rnd.choice([k for k in kept if k != keeper])
        elif self.name == "canonical of itself":
            plan.canonical[row] = row
        elif self.name == "figures invented":
            plan.match[row] = Match("near", 0.9, 0.9)
        elif self.name == "variant removed":
            plan.match[row] = Match("exact", 1.0, 1.0, ("not",))

    def spans(self, spans, document, found):
        if not spans:
            return spans
        spans = dict(spans)
        row = self.rnd.choice(list(spans))
        start, end = int(found.start[row]), int(found.end[row])
        cut = spans[row]
        inside = self.rnd.randrange(1, end - start)
        if self.name == "first byte left":
            spans[row] = Bytes(start + inside, cut.end)
        elif self.name == "last byte left":
            spans[row] = Bytes(cut.start, end - inside)
        elif self.name == "bites the one before":
            spans[row] = Bytes(int(found.end[row - 1]) - inside, cut.end)
        elif self.name == "bites the one behind" and row + 1 < len(found):
            spans[row] = Bytes(cut.start, int(found.start[row + 1]) + inside)
        elif self.name == "bites the one behind":
            spans[row] = Bytes(cut.start, len(document.data) + 1)
        elif self.name == "overlap":
            first, second = sorted(spans)[:2]
            spans[first] = Bytes(spans[first].start, spans[second].start + inside)
        elif self.name == "wrong paragraph":
            kept = [k for k in range(len(found)) if k not in spans]
            other = self.rnd.choice(kept)
            spans[other] = spans.pop(row)
        elif self.name == "wrong offset":
            spans[row] = Bytes(cut.start + inside, cut.end + inside)
        elif self.name == "nothing":
            spans[row] = Bytes(start, start)
        elif self.name == "past the end":
            spans[max(spans)] = Bytes(spans[max(spans)].start, len(document.data) + inside)
        return spans

    def result(self, data: bytes) -> bytes:
        at = self.rnd.randrange(len(data))
        if self.name == "byte changed":
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        if self.name == "byte lost":
            return data[:at] + data[at + 1 :]
        if self.name == "byte added":
            return data[:at] + b"\n" + data[at:]
        if self.name == "swapped file":
            return THIRD.encode()
        if self.name == "nothing written":
            return b""
        return data


MUTANTS = [
    *("keeper dropped", "canonical removed", "canonical swapped", "canonical of itself"),
    *("figures invented", "variant removed", "first byte left", "last byte left"),
    *("bites the one before", "bites the one behind", "overlap", "wrong paragraph"),
    *("wrong offset", "nothing", "past the end", "byte changed", "byte lost", "byte added"),
    *("swapped file", "nothing written"),
]


@pytest.mark.parametrize("name", MUTANTS)
@counts(10, 50)
def test_a_broken_plan_is_refused(name, count, monkeypatch):
    for seed in range(count):
        with monkeypatch.context() as patch:
            Broken(name, random.Random(seed)).patch(patch)
            with pytest.raises(SelfCheckError):
                dedup.clean(MUTANT_TEXT)


def test_a_plan_that_is_not_broken_passes(monkeypatch):
    Broken("none", random.Random(0)).patch(monkeypatch)
    assert dedup.clean(MUTANT_TEXT).text == lines(FIRST, SECOND, THIRD, between="\n\n")


@counts(150, 5000)
def test_a_text_in_which_all_differs_is_answered_as_by_the_whole_recipe(count):
    answers = []
    all_differ = Group.all_differ

    def noted(group):
        answers.append(all_differ(group))
        return answers[-1]

    def check(data, config):
        document = Document("a", data)
        runs = []
        for asked in (noted, lambda _: False):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(Group, "all_differ", asked)
                runs.append(pipeline.clean([document], config, across=False))
        assert runs[0] == runs[1]

    holds(check, count, strategies.soiled_bytes(), CONFIGS)
    assert sum(answers) > count // 20


@pytest.mark.parametrize("optimised", [[], ["-O"]])
@pytest.mark.parametrize("name", ["canonical removed", "overlap", "byte lost"])
def test_a_broken_plan_leaves_the_file_untouched(name, optimised, tmp_path):
    article = tmp_path / "article.txt"
    article.write_text(MUTANT_TEXT)
    script = f"""
        import random, sys
        import pytest
        from test_properties import Broken
        patch = pytest.MonkeyPatch()
        Broken({name!r}, random.Random(1)).patch(patch)
        sys.argv = ["dedup", "clean", "--in-place", "article.txt"]
        from dedup.cli import main
        main()
    """
    done = run_python([*optimised, "-c", textwrap.dedent(script)], tmp_path, check=False)

    assert done.returncode == 3
    assert b"self-check failed" in done.stderr
    assert article.read_text() == MUTANT_TEXT
    assert [path.name for path in tmp_path.iterdir()] == ["article.txt"]


# D2, D4: the same bytes everywhere


def run_python(arguments, folder, *, check: bool = True, **variables: str):
    here = os.path.dirname(__file__)  # noqa: PTH120 - what PYTHONPATH takes
    environment = {**os.environ, "PYTHONPATH": here, "PYTHONHASHSEED": "random", **variables}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=check,
    )


def write_corpus(folder) -> list[str]:
    rnd = random.Random(7)
    config = Config(paragraphs="line")
    for number, text in enumerate(draw_documents(rnd, config) + draw_documents(rnd, config)):
        (folder / f"{number}.txt").write_text(text)
    return sorted(path.name for path in folder.iterdir())


VARIABLES = [
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "random", "LC_ALL": "C"},
    {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Auckland"},
    {"TZ": "UTC", "LANG": "tr_TR.UTF-8"},
]


def test_the_environment_changes_no_byte(tmp_path):
    names = write_corpus(tmp_path)
    command = ["-m", "dedup", "clean", "--across", "--report", "-", *names]
    outputs = {run_python(command, tmp_path, **one).stdout for one in VARIABLES}
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["totals"]["removed"] > 0


def test_check_takes_files_in_the_order_of_their_paths(tmp_path):
    names = write_corpus(tmp_path)
    outputs = set()
    for seed in range(4):
        random.Random(seed).shuffle(names)
        command = ["-m", "dedup", "check", "--format", "json", *names]
        done = run_python(command, tmp_path, check=False)
        assert done.returncode == 1
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_a_report_names_no_clock_no_host_and_no_absolute_path(tmp_path):
    reports = []
    for name in ("one", "another"):
        folder = tmp_path / name
        folder.mkdir()
        names = write_corpus(folder)
        absolute = [str(folder / names[0]), *names[1:]]
        command = ["-m", "dedup", "clean", "--report", "report.json", *absolute]
        run_python(command, folder)
        reports.append((folder / "report.json").read_bytes())
    assert reports[0] == reports[1]
    assert str(tmp_path).encode() not in reports[0]
    assert os.uname().nodename.encode() not in reports[0]


@counts(40, 1000)
def test_every_index_gives_the_same_run(count):
    def check(rnd, config):
        documents = [
            Document(str(number), text.encode())
            for number, text in enumerate(draw_documents(rnd, config))
        ]
        runs = [
            pipeline.clean(documents, config, across=True, index=index)
            for index in ("arrays", "datasketch")
        ]
        assert runs[0] == runs[1]

    holds(check, count, strategies.randoms, CONFIGS)


@counts(40, 500)
def test_a_document_by_itself_does_not_depend_on_those_beside_it(count):
    def check(rnd, config):
        texts = draw_documents(rnd, config)
        together = dedup.clean_documents(texts, config=config)
        assert [r.text for r in together] == [dedup.clean(t, config).text for t in texts]

    holds(check, count, strategies.randoms, CONFIGS)


# F1 holds the work down


class Counting(pipeline.Matcher):
    """A matcher that counts what it is asked to judge."""

    judged = 0

    def __init__(self, *arrays, **more):
        super().__init__(*arrays, **more)
        judge = self.judge

        def counted(p, q, *, across):
            Counting.judged += 1
            return judge(p, q, across=across)

        self.judge = counted


@pytest.fixture
def comparisons(monkeypatch):
    """Count the pairs of sets that are intersected, and the pairs of forms that are judged."""
    seen = SimpleNamespace(intersected=0)
    usual = kernels.intersections

    def intersections(values, offsets, left, right):
        seen.intersected += len(left)
        return usual(values, offsets, left, right)

    monkeypatch.setattr(kernels, "intersections", intersections)
    monkeypatch.setattr(pipeline, "Matcher", Counting)
    monkeypatch.setattr(Counting, "judged", 0)
    return seen


def test_identical_paragraphs_are_compared_in_linear_time(comparisons):
    number = 10_000
    result = dedup.clean(f"{FIRST}\n" * number, Config(paragraphs="line"))
    assert len(result.removed) == number - 1
    assert comparisons.intersected + Counting.judged <= 50 * number


def test_paragraphs_of_one_template_are_compared_in_linear_time(comparisons):
    number = 2000
    dedup.clean(catalogue(number // 2), Config(paragraphs="line", **LENIENT))
    # Hashed sets are counted for each of 42 bands at most MAX_HEADS a row; 50 of them are compared.
    assert comparisons.intersected <= 42 * 32 * number
    assert Counting.judged <= 50 * number


def test_texts_of_one_bucket_are_compared_in_linear_time(comparisons, monkeypatch):
    monkeypatch.setattr(kernels, "band_keys", one_bucket)
    rnd, number = random.Random(3), 3000
    text = lines(*(" ".join(strategies.sentence(rnd, 9)) for _ in range(number)))
    result = dedup.clean(text, Config(paragraphs="line"))
    assert comparisons.intersected <= 50 * number
    assert Counting.judged <= 50 * number
    assert any("not compared" in warning for warning in result.warnings)


# The library


def test_threads_give_what_one_thread_gives():
    texts = [strategies.laid_out(random.Random(seed)) for seed in range(80)]

    def work(text):
        result = dedup.clean(text.data, Config(encoding=text.codec))
        return result.text, result.report("json")

    serial = [work(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, texts * 3)) == serial * 3


def test_arguments_are_not_changed():
    config = Config()
    texts = [("a", f"{FIRST}\n{FIRST}\n"), ("b", f"{FIRST}\n{SECOND}\n")]
    before = copy.deepcopy(texts)
    results = dedup.clean_documents(texts, across=True, config=config)
    report = json.loads(results[0].report("json"))
    kept_report = copy.deepcopy(report)
    dedup.restore(results[0].text, report)
    assert texts == before
    assert report == kept_report
    assert config == Config()


def test_a_generator_of_texts_is_read_once():
    results = dedup.clean_documents(text for text in [FIRST, FIRST])
    assert [result.text for result in results] == [FIRST, FIRST]


@counts(60, 1000)
def test_the_report_says_what_the_decisions_say(count):
    def check(rnd, config):
        texts = draw_documents(rnd, config)
        results = dedup.clean_documents(texts, across=True, config=config)
        report = json.loads(results[0].report("json"))
        for text, result, document in zip(texts, results, report["documents"], strict=True):
            data, found = text.encode(), document["decisions"]
            removed = [d for d in found if d["action"] == "remove"]
            assert [d["paragraph"] for d in found] == list(range(document["paragraphs"]))
            assert len(removed) == document["removed"] == len(result.removed)
            assert document["bytes_in"] - document["bytes_out"] == sum(
                len(d["text"].encode()) for d in removed
            )
            for d in removed:
                assert data[slice(*d["cut"])].decode() == d["text"]
                keeper = report["documents"][d["canonical"]["document"]]["decisions"]
                assert keeper[d["canonical"]["paragraph"]]["action"] == "keep"
            for d in found:
                kept = {"unique", "canonical", "variant", "line", "short", "unstable", "limit"}
                assert (d["reason"] in kept) == (d["action"] == "keep")
                assert bool(d.get("differs")) == (d["reason"] == "variant")
                assert ("canonical" in d) == (d["action"] == "remove")

    holds(check, count, strategies.randoms, CONFIGS)


@counts(60, 1000)
def test_lost_words_are_those_that_no_kept_paragraph_has(count):
    def check(rnd, config):
        text = strategies.plain_text(rnd, blank=config.paragraphs != "line")
        result = dedup.clean(text, config)
        report = json.loads(result.report("json"))
        gone = {word for d in result.removed for word in words_of(text, d)}
        stays = set(oracle.form(result.text).split())
        assert set(report["documents"][0]["lost_words"]) == gone - stays

    def words_of(text, decision):
        return oracle.form(text.encode()[decision.span.start : decision.span.end].decode()).split()

    holds(check, count, strategies.randoms, CONFIGS)
