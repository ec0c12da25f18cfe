"""Segments of an index: what is looked up is what was added, and a filter costs no entry."""

from __future__ import annotations

import contextlib
from collections import defaultdict

import numpy as np
import pytest

import dedup
from dedup.index.pages import DOCUMENT, KEY_BITS, MAX_STORED, Filter, filter_masks
from dedup.index.segments import Segments
from dedup.index.sqlite import Database

SOME_KEYS = 40_000
TOP = 1 << KEY_BITS


@pytest.fixture
def database(tmp_path):
    dedup.Index.open(tmp_path / "index").close()
    database = Database(tmp_path / "index", writable=True, timeout=0)
    with contextlib.closing(database), database.transaction(writing=True):
        yield database


def filled(database, random, sizes):
    """Give segments with so many entries each, added one after the other; and who has which key."""
    segments, holders, number = Segments(database, []), defaultdict(list), 0
    for at, size in enumerate(sizes):
        # Of ten entries one has a key that others have, some in the same page as the next.
        shared = random.choice(np.arange(50, dtype=np.uint64) * np.uint64(TOP // 50), size // 10)
        keys = np.append(random.integers(0, TOP, size - size // 10, np.uint64), shared)
        numbers = np.arange(number, number + size, dtype=np.uint32)
        for key, one in zip(keys.tolist(), numbers.tolist(), strict=True):
            holders[key].append(one)
        forms = number, number + size
        segments.add(2 * at, keys, numbers, (forms, (at, at + 1)))
        if segments.grown():
            segments.merge(2 * at + 1, np.zeros(0, np.uint32))
        number += size
    return segments, holders


def answer(segments, keys):
    at, numbers = segments.find(keys)
    found = defaultdict(list)
    for place, number in zip(at.tolist(), numbers.tolist(), strict=True):
        found[int(keys[place])].append(number)
    return dict(found)


@pytest.mark.parametrize("sizes", [[3], [4096, 4097, 5], [5000] * 5, [30_000, 10, 20_000, 6000]])
def test_a_key_is_had_by_whom_it_was_added_for(database, sizes):
    random = np.random.default_rng(sum(sizes))
    segments, holders = filled(database, random, sizes)
    there = np.array(list(holders), np.uint64)
    keys = np.unique(np.append(there, random.integers(0, TOP, SOME_KEYS, np.uint64)))
    expected = {key: holders[key] for key in keys.tolist() if key in holders}
    assert max(map(len, expected.values())) <= MAX_STORED
    assert answer(segments, keys) == expected
    # As another process finds it, that asks few keys and so reads no filter.
    again = Segments(database, [type(s).of(s.stated()) for s in segments.segments])
    few = keys[len(keys) // 4 :: len(keys) // 3]
    assert answer(again, few) == {key: expected[key] for key in few.tolist() if key in expected}
    assert all(one.filter is None for one in again.segments)
    assert answer(again, keys) == expected


def test_a_filter_lets_all_pass_that_is_there_and_little_else(database):
    random = np.random.default_rng(5)
    segments, holders = filled(database, random, [SOME_KEYS])
    (segment,) = segments.segments
    made = segments.filter_of(segment)
    assert np.array_equal(made, segments.filter_made(segment))
    there = np.array(list(holders), np.uint64)
    assert Filter.may_hold(made, there, filter_masks(there)).all()
    others = random.integers(0, TOP, SOME_KEYS, np.uint64)
    assert Filter.may_hold(made, others, filter_masks(others)).mean() < 1 / 20


def test_what_was_removed_is_gone_when_segments_are_merged(database):
    random = np.random.default_rng(6)
    segments = Segments(database, [])
    keys = [np.sort(random.integers(0, TOP, 9000, np.uint64)) for _ in range(4)]
    for at, some in enumerate(keys):
        numbers = np.arange(9000, dtype=np.uint32) + np.uint32(9000 * at + DOCUMENT)
        segments.add(at, some, numbers, ((0, 0), (9000 * at, 9000 * at + 9000)))
    gone = np.arange(0, 36_000, 3, dtype=np.uint32) + np.uint32(DOCUMENT)
    assert segments.grown()
    assert segments.merge(9, gone) == [(0, 0), (DOCUMENT, DOCUMENT + 36_000)]
    assert len(segments.segments) == 1
    found = np.sort(segments.find(np.unique(np.concatenate(keys)))[1])
    assert np.array_equal(found, np.setdiff1d(np.arange(36_000) + DOCUMENT, gone))
