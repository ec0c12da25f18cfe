"""dedup/waves.py and what it rests on: many documents at once are what they are one by one."""

import itertools
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import plain_text

import dedup
from dedup import pipeline
from dedup.index import near
from dedup.index.finder import Asked, Finder
from dedup.index.near import find_near
from dedup.index.sharing import Sharing, at_most, counted
from dedup.model import Document
from dedup.shingles import shingle_sets
from dedup.waves import Waves

TEXT = " ".join(f"word{number}" for number in range(40))
CONFIG = dedup.Config(max_removed=100)
SURE = dedup.Config(max_removed=100, recall=0.9999)  # nothing is missed


@pytest.fixture
def index(tmp_path):
    with dedup.Index.open(tmp_path / "index", CONFIG) as opened:
        opened._store.database.hurry()
        yield opened


def waves_of(index, texts):
    documents = [(Document(f"d{n}", text.encode()), CONFIG) for n, text in enumerate(texts)]
    return Waves(index._store, CONFIG, documents)


@given(st.data(), st.integers(1, 4), st.integers(1, 6))
def test_what_shares_keys_is_given_once_and_no_more_than_asked(data, columns, most):
    distinct = data.draw(st.integers(1, 6))
    places = st.lists(st.integers(0, distinct - 1), min_size=columns, max_size=columns)
    key = np.array(data.draw(st.lists(places, min_size=1, max_size=8)), np.int64)
    held = {at: sorted(data.draw(st.sets(st.integers(0, 9)))) for at in range(distinct)}
    least = data.draw(st.lists(st.integers(1, 2), min_size=columns + 1, max_size=columns + 1))
    at = np.repeat(np.arange(distinct), [len(numbers) for numbers in held.values()])
    numbers = np.array([n for own in held.values() for n in own], np.uint32)
    found = Sharing(key, at, numbers)
    assert found.count.tolist() == [[len(held[k]) for k in row] for row in key.tolist()]
    for some, limit, asked in ((slice(None), most, least), (slice(1), None, None)):
        expected = []
        for row, keys in enumerate(key.tolist()):
            shared = Counter(n for k in keys[some] for n in held[k][:limit])
            free = sum(len(held[k]) <= (limit or 10) for k in keys)
            enough = asked[free] if asked else 1
            expected += [(row, n) for n, count in shared.items() if count >= enough]
        row, number = found.of(some).pairs(most=limit, least=asked and np.array(asked))
        assert list(zip(row.tolist(), number.tolist(), strict=True)) == sorted(expected)


@given(st.lists(st.integers(0, 5)), st.integers(1, 3))
def test_codes_are_counted_where_they_stand_again(codes, most):
    times = Counter(codes)
    assert at_most(np.array(codes, np.int64), most).tolist() == sorted(
        code for code, often in times.items() for _ in range(min(often, most))
    )
    found, twice = counted(np.array(codes, np.int64))
    assert dict(zip(found.tolist(), twice.tolist(), strict=True)) == {
        code: often > 1 for code, often in times.items()
    }
    assert found.tolist() == sorted(times)


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_forms_of_a_batch_are_near_as_counting_says(tmp_path_factory, rnd):
    base = [rnd.choices([f"w{n}" for n in range(60)], k=14) for _ in range(4)]
    texts = set()
    for _ in range(16):
        words = list(rnd.choice(base))
        for _ in range(rnd.randrange(5)):
            words[rnd.randrange(14)] = f"x{rnd.randrange(50)}"
        texts.add(" ".join(words))
    texts = sorted(texts)
    with dedup.Index.open(tmp_path_factory.mktemp("near") / "index", SURE) as index:
        index._store.database.hurry()
        index.add_many((f"h{n}", text) for n, text in enumerate(texts[::3]))
        with index._store.transaction(writing=False):
            work = Waves(
                *(index._store, SURE, [(Document(t, f"{t}\n".encode()), SURE) for t in texts])
            )
            found, forms = work.near, work.group.forms.texts
            held = {n: form.text for n, form in index._store.forms(range(len(texts[::3]))).items()}
    sets = [frozenset(zip(*(form[at:] for at in range(5)), strict=False)) for form in forms]
    of = dict(zip(forms, sets, strict=True))

    def jaccard(p, q):
        return len(of[p] & of[q]) / len(of[p] | of[q])

    for form, text in enumerate(forms):
        own = {(other, jaccard(text, q)) for other, q in enumerate(forms) if q != text}
        assert {(o, -j) for j, o in found.own.get(form, ())} == {x for x in own if x[1] >= 0.7}
        near_held = {(n, jaccard(text, q)) for n, q in held.items()}
        assert {(n, -j) for j, n in found.held.get(form, ())} == {
            x for x in near_held if x[1] >= 0.7
        }
    assert found.crowded | found.cut | found.unsure == frozenset()


def test_a_wave_holds_nothing_alike_and_follows_what_it_is_like(index):
    rnd = random.Random(2)
    paragraphs = [plain_text(rnd, blank=True).split("\n\n")[0] for _ in range(30)]
    texts = ["\n\n".join(rnd.sample(paragraphs, 3)) + "\n" for _ in range(40)]
    with index._store.transaction(writing=False):
        work = waves_of(index, texts)
        waves = list(work._waves(0, len(texts)))
    place = {number: at for at, wave in enumerate(waves) for number in wave}
    assert sorted(place) == list(range(len(texts)))
    assert len(waves) < len(texts)
    for one, other in itertools.combinations(range(len(texts)), 2):
        ours = set(work.forms[one])
        theirs = set(work.forms[other])
        theirs |= {form for own in theirs for _, form in work.near.own.get(own, ())}
        if ours & theirs:
            assert place[one] < place[other]


def test_who_counts_in_a_crowd_is_unsure_only_where_the_batch_decides(index, monkeypatch):
    monkeypatch.setattr(near, "MAX_BUCKET", 4)

    def asked(count, held):
        sets = shingle_sets([TEXT] * count)
        with index._store.transaction(writing=False):
            equal = np.zeros(count, np.uint64)
            question = Asked.of(sets, np.arange(count), equal, index._store)
            keys = np.unique(question.keys)
            key = np.searchsorted(keys, question.keys)
            at = np.repeat(np.arange(len(keys)), held)
            found = Sharing(key, at, np.zeros(0, np.uint32))
            found.pairs = lambda **_: (np.zeros(0, np.int64), np.zeros(0, np.int64))
            return find_near(Finder(index._store, CONFIG), question, found)

    assert not asked(4, 0).unsure
    assert asked(5, 0).unsure == frozenset(range(5))
    assert asked(1, 4).unsure == {0}  # it is the first that may not count
    assert not asked(3, 1).unsure
    full = asked(3, 5)
    assert not full.unsure
    assert full.crowded == frozenset(range(3))
    assert not full.own


def test_documents_of_many_forms_are_numbered_apart():
    texts = ["one two three\n\nfour five six\n", "four five six\n\nfour five six\n", "\n", "- -\n"]
    group = pipeline.read_group(
        [(Document(f"{n}", t.encode()), CONFIG) for n, t in enumerate(texts)]
    )
    apart, origin = group.apart([1, 0, 3, 2])
    assert [apart.forms.texts[form] for form in apart.forms.row_form[:4]] == [
        *("four five six", "four five six", "one two three", "four five six")
    ]
    assert apart.forms.row_form.tolist() == [0, 0, 1, 2, -1]
    assert apart.parts_of_forms().tolist() == [0, 1, 1]
    assert [group.forms.texts[form] for form in origin.tolist()] == apart.forms.texts
    assert [d.id for d in apart.documents] == ["1", "0", "3", "2"]
