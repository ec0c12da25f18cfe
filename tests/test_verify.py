"""dedup/verify.py: relations, direction, figures."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, kernels, similarity
from dedup.kernels import searching
from dedup.normalize import comparison_forms
from dedup.shingles import shingle_sets
from dedup.verify import VARIANT, Matcher, figures, string_shingles

LONG = "the miller keeps a grey cat that sleeps on the warm sacks beside the great stone wheel"


def matcher(texts, **settings):
    forms = comparison_forms(texts)
    assert forms.row_form.tolist() == list(range(len(texts)))
    left, right = np.triu_indices(len(texts), 1)
    return Matcher.of_sets(forms, shingle_sets(forms.texts), left, right, Config(**settings))


def test_equal_forms_are_exact():
    assert similarity(LONG, LONG.upper()).relation == "exact"


def test_alike_is_near_both_ways():
    other = LONG.replace("warm", "soft")
    for pair in ((LONG, other), (other, LONG)):
        match = similarity(*pair)
        assert match.relation == "near"
        assert 0.5 <= match.jaccard < 1


def test_a_part_is_contained_and_its_whole_is_not():
    part = " ".join(LONG.split()[:7])
    match = similarity(part, LONG)
    assert (match.relation, match.containment) == ("contained", 1.0)
    assert similarity(LONG, part) is None


def test_containment_is_not_searched_across_documents():
    part = " ".join(LONG.split()[:6])
    found = matcher([part, LONG])
    assert found.judge(0, 1, across=False).relation == "contained"
    assert found.judge(0, 1, across=True) is None


def test_across_documents_the_higher_threshold_holds():
    found = matcher([LONG, LONG.replace("warm sacks", "old rugs")], threshold_across=0.9)
    assert found.judge(0, 1, across=False).relation == "near"
    assert found.judge(0, 1, across=True) is None


def test_what_differs_makes_a_variant():
    match = similarity(f"{LONG} for 3 hours", f"{LONG} for 8 hours")
    assert (match.relation, match.differs) == ("near", ("3",))


def test_what_has_nothing_in_common_matches_not():
    assert similarity(LONG, "an entirely unrelated sentence about ships") is None
    assert similarity("!!!", LONG) is None


def test_a_pair_that_is_no_candidate_is_no_match():
    forms = comparison_forms([LONG, LONG + " too"])
    nothing = np.zeros(0, np.int64)
    found = Matcher.of_sets(forms, shingle_sets(forms.texts), nothing, nothing, Config())
    assert found.judge(0, 1, across=False) is None
    assert found.neighbours(0) == []


def test_the_nearest_neighbour_comes_first():
    found = matcher([LONG, LONG.replace("cat", "dog") + " and more words", LONG + " now"])
    assert found.neighbours(0) == [2, 1]


def test_a_collision_of_hashes_decides_nothing():
    """Two texts whose hashed sets are equal but whose strings differ are no match."""
    forms = comparison_forms([LONG, "an entirely unrelated sentence about ships and harbours"])
    sets = shingle_sets([LONG, LONG])
    pair = np.array([0]), np.array([1])
    found = Matcher.of_sets(forms, sets, *pair, Config())
    assert found.neighbours(0) == [1]
    assert found.judge(0, 1, across=False) is None


@given(st.text("ab 漢字 안녕", min_size=1), st.text("ab 漢字 안녕", min_size=1))
def test_figures_are_those_of_sets(p, q):
    p, q = (" ".join(x.split()) or "x" for x in (p, q))
    a, b = string_shingles(p, "char", 5), string_shingles(q, "char", 5)
    assert figures(p, q, "char", 5) == (len(a), len(b), len(a & b))


@pytest.mark.parametrize("kind", ["char", "word"])
def test_both_kinds_of_shingle_find_an_edit(kind):
    config = Config(shingle=kind)
    assert similarity(LONG, LONG.replace("warm", "soft"), config).relation == "near"


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_a_verdict_says_what_a_match_says(rnd, across):
    words = "the ferry to Reykjavik did not leave on 3 May 2024 says Anna of www.ferry.org".split()
    texts = []
    for _ in range(8):
        changed = list(words * 2)
        for _ in range(rnd.randrange(6)):
            at = rnd.randrange(len(changed))
            changed[at] = rnd.choice(["Anna", "Berta", "not", "4", "2025", "ferry", "feny", "Mav"])
        texts.append(" ".join(changed[: rnd.randrange(14, 40)]))
    judge = matcher(sorted({text.lower(): text for text in texts}.values()))
    for p, q in itertools.permutations(range(len(judge.forms.texts)), 2):
        match, verdict = (ask(p, q, across=across) for ask in (judge.judge, judge.verdict))
        assert (verdict is VARIANT and bool(match.differs)) or verdict == match


def test_of_a_variant_a_verdict_names_nothing():
    judge = matcher([f"the ferry leaves at {hour} every day of the week" for hour in (7, 8)])
    assert judge.judge(0, 1).differs == ("7",)
    if kernels.changes is not searching.changes:  # only C tells for sure
        assert judge.verdict(0, 1) is VARIANT
