"""dedup/shingles.py and the kernels below it: sets of hashed n-grams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import kernels
from dedup.kernels.reference import hash_spans, mix
from dedup.normalize import form_of, unwrap
from dedup.shingles import shingle_sets
from dedup.tokens import tokenize
from dedup.verify import string_shingles


def forms(texts):
    return [f for f in (form_of(tokenize(unwrap(t))[0]) for t in texts) if f]


def hash_of(text):
    """The documented formula, in plain integers."""
    total = sum((ord(c) + 1) * pow(0x9E3779B97F4A7C15, j, 1 << 64) for j, c in enumerate(text))
    z = (total + len(text) * 0xD1B54A32D192ED03) % (1 << 64)
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % (1 << 64)
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % (1 << 64)
    return z ^ (z >> 31)


@pytest.mark.parametrize("kind", ["char", "word"])
@given(st.lists(st.text(min_size=1), max_size=6))
def test_sets_hold_the_hashes_of_the_string_shingles(kind, texts):
    texts = forms(texts)
    sets = shingle_sets(texts, kind=kind)
    for i, text in enumerate(texts):
        expected = sorted(
            {hash_of(s) for s in string_shingles(text, kind, 5 if kind == "char" else 3)}
        )
        assert sets.values[sets.offsets[i] : sets.offsets[i + 1]].tolist() == expected


def test_known_answers_of_the_hash():
    codes = np.frombuffer("hello world".encode("utf-32-le"), np.uint32)
    found = hash_spans(codes, np.array([0, 6, 0]), np.array([5, 11, 1]))
    assert [hex(v) for v in found.tolist()] == KNOWN
    assert mix(np.array([1], np.uint64)).tolist() == [0x5692161D100B05E5]


KNOWN = ["0xf3a2d525aa404f9c", "0xe5ecb613d3130104", "0xeed5d99ccab4c85d"]


@pytest.mark.parametrize(
    ("text", "shingles"),
    [
        ("abcdefg", {"abcde", "bcdef", "cdefg"}),
        ("abc", {"abc"}),
        ("汉字汉", {"汉字", "字汉"}),
        ("汉", {"汉"}),
        ("안녕 하세", {"안녕 ", "녕 하", " 하세"}),
        ("汉字 abcdef", {"汉字", "字 ", "abcde", "bcdef"}),
    ],
)
def test_shingle_length_follows_the_script(text, shingles):
    assert string_shingles(text, "char", 5) == shingles
    assert shingle_sets([text]).sizes().tolist() == [len(shingles)]


def test_a_form_shorter_than_a_shingle_is_one():
    assert shingle_sets(["ab", "ab cd"], kind="word").sizes().tolist() == [1, 1]


def test_batches_do_not_show(monkeypatch):
    texts = [f"text number {i} of quite a few" for i in range(50)]
    whole = shingle_sets(texts)
    monkeypatch.setattr("dedup.shingles._BATCH", 64)
    parts = shingle_sets(texts)
    assert np.array_equal(whole.values, parts.values)
    assert np.array_equal(whole.offsets, parts.offsets)


def test_no_forms_give_no_sets():
    sets = shingle_sets([])
    assert (len(sets.values), sets.offsets.tolist()) == (0, [0])


@given(st.lists(st.sets(st.integers(0, 40)), min_size=1, max_size=8), st.randoms())
def test_intersections_equal_those_of_sets(found, random):
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in found])]).astype(np.int64)
    values = np.array([v for s in found for v in sorted(s)], np.uint64)
    pairs = [(i, j) for i in range(len(found)) for j in range(len(found))]
    random.shuffle(pairs)
    left, right = np.array(pairs, np.int64).T
    counts = kernels.intersections(values, offsets, left, right)
    assert counts.tolist() == [len(found[i] & found[j]) for i, j in pairs]
