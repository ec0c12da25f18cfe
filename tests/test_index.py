"""dedup/index: the contract that every index keeps, and the inverted index beside them."""

import numpy as np
import pytest

from dedup.banding import choose_banding
from dedup.index import INDEXES, arrays
from dedup.index.inverted import containment_pairs
from dedup.minhash import signatures
from dedup.shingles import shingle_sets

WORDS = "bell barn cart door ewe field gate hill inn jug kiln lamp mill nest oven path".split()


def some_texts(count, seed):
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(8, 30))) for _ in range(count)]
    for _ in range(count // 2):
        words = texts[rng.integers(len(texts))].split()
        words[rng.integers(len(words))] = "changed"
        texts.append(" ".join(words))
    return texts


def pairs(candidates):
    return list(zip(candidates.left.tolist(), candidates.right.tolist(), strict=True))


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_every_index_gives_the_pairs_that_share_a_band(name, threshold):
    sketches = signatures(shingle_sets(some_texts(60, seed=3)))
    banding = choose_banding(threshold)
    groups = np.arange(len(sketches)) % 2
    used = sketches[:, : banding.bands * banding.size].reshape(len(sketches), banding.bands, -1)
    expected = [
        (i, j)
        for i in range(len(used))
        for j in range(i + 1, len(used))
        if groups[i] == groups[j] and (used[i] == used[j]).all(axis=1).any()
    ]
    assert expected
    assert pairs(INDEXES[name](sketches, banding, groups)) == expected


@pytest.mark.parametrize("name", INDEXES)
def test_every_index_takes_nothing(name):
    empty = np.zeros((0, 128), np.uint32)
    assert pairs(INDEXES[name](empty, choose_banding(0.5), np.zeros(0, np.int64))) == []


def test_a_large_bucket_costs_linear_work_and_is_counted(monkeypatch):
    monkeypatch.setattr(arrays, "MAX_BUCKET", 8)
    monkeypatch.setattr(arrays, "MAX_HEADS", 2)
    same = np.ones((100, 128), np.uint32)
    found = arrays.candidate_pairs(same, choose_banding(0.5), np.zeros(100, np.int64))
    assert len(found.left) == 8 * 7 // 2 + 92 * 2
    assert len(found.capped) == 92


@pytest.mark.parametrize("least", [0, 60])
def test_how_many_bands_are_gone_through_at_once_changes_nothing(monkeypatch, least):
    monkeypatch.setattr(arrays, "MAX_BUCKET", 6)
    monkeypatch.setattr(arrays, "MAX_HEADS", 2)
    monkeypatch.setattr(arrays, "MAX_CROWD", 30)
    rng = np.random.default_rng(9)
    sketches = np.repeat(rng.integers(0, 2**32, (12, 128), np.uint32), rng.integers(1, 40, 12), 0)
    sketches[rng.random(sketches.shape) < 0.2] = 7
    groups = rng.integers(0, 2, len(sketches))
    found = []
    for keys in (1, 5 * len(sketches), 1 << 20):
        monkeypatch.setattr(arrays, "_KEYS_AT_A_TIME", keys)
        one = arrays.candidate_pairs(sketches, choose_banding(0.7), groups, least=least)
        found.append((pairs(one), one.capped.tolist()))
    assert found[0][0]
    assert found[0][1]
    assert found == found[:1] * 3


@pytest.mark.parametrize("containment", [0.6, 0.85, 1.0])
def test_no_contained_pair_is_missed(containment):
    rng = np.random.default_rng(5)
    texts = some_texts(40, seed=4)
    texts += [" ".join(t.split()[: rng.integers(3, 12)]) for t in texts]
    sets = shingle_sets(texts)
    rows = np.arange(len(texts))
    groups = rows % 2
    found = set(
        pairs(containment_pairs(sets, rows, groups, containment=containment, size_ratio=0.8))
    )
    members = [
        set(sets.values[a:b].tolist())
        for a, b in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)
    ]
    expected = {
        (min(i, j), max(i, j))
        for i in rows.tolist()
        for j in rows.tolist()
        if i != j
        and groups[i] == groups[j]
        and len(members[i]) < 0.8 * len(members[j])
        and len(members[i] & members[j]) >= containment * len(members[i])
    }
    assert expected
    assert found == expected
