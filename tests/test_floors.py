"""benchmarks/floors.json: accuracy does not fall; and what no count of a set shows."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import candidates
import floors
import labelled
import measures
import pairs
from labelled import changes
from labelled.language import CODES, load
from labelled.writer import Writer

import dedup
from dedup.shingles import shingle_sets
from dedup.verify import figures

FLOORS = json.loads(floors.FLOORS.read_text(encoding="utf-8"))
CASED = [code for code in CODES if load(code).cased]


def test_every_set_has_floors():
    assert set(FLOORS) == {floors.OWN, *floors.SETS, *floors.PAIRS}


def test_our_own_articles_are_cleaned_as_well_as_ever():
    assert list(floors.worse(floors.own(), FLOORS[floors.OWN])) == []


@pytest.mark.parametrize("name", [*floors.SETS, *floors.PAIRS])
def test_the_evaluation_data_is_cleaned_as_well_as_ever(shared_data, name):
    assert list(floors.worse(floors.measured(name, shared_data), FLOORS[name])) == []


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ({"left of a": 3, "missed": 1}, []),
        ({"left of a": 2, "missed": 0}, []),
        ({"left of a": 4, "missed": 1}, ["left of a: 4, at most 3 allowed"]),
        ({"missed": 1}, ["left of a: not measured any more"]),
        ({"left of a": 3, "missed": 1, "left of b": 0}, ["left of b: has no floor"]),
    ],
)
def test_a_figure_worse_than_its_floor_is_named(found, named):
    assert list(floors.worse(found, {"left of a": 3, "missed": 1})) == named


def remaining(one: str, other: str) -> int:
    """Count what stays of two paragraphs."""
    result = dedup.clean(f"{one}\n\n{other}\n", dedup.Config(max_removed=100))
    assert len(result.decisions) == 2
    return 2 - len(result.removed)


def test_of_a_hundred_pairs_with_another_name_or_number_none_is_taken_for_a_repeat():
    kinds = ["name", "number"]
    for seed in range(100):
        rng = random.Random(seed)
        # A name in a script without capitals is not seen: README says so.
        language = load(rng.choice(CASED if seed % 2 == 0 else CODES))
        one, other = map(language.text_of, Writer(language, rng).versions(kinds[seed % 2]))
        assert one != other
        assert remaining(one, other) == 2, (language.code, one, other)


@pytest.mark.parametrize("code", CASED)
def test_common_words_with_a_capital_may_be_edited(code):
    language, gone = load(code), 0
    for seed in range(40):
        rng = random.Random(seed)
        writer = Writer(language, rng)
        one = other = ""
        while one == other:
            one = writer.sentences(2, 4)
            other = changes.edit_capitals(one, language, rng)
        gone += remaining(language.text_of(one), language.text_of(other)) == 1
    assert gone >= 36


# What the other benchmarks count


def test_the_product_of_counts_finds_all_near_pairs():
    texts = candidates.paragraphs(300, seed=3)
    assert len(set(texts)) == 300
    sets = shingle_sets(texts, kind="char", size=5)
    left, right, jaccard = candidates.near_pairs(sets, 0.5)
    found = dict(zip(zip(left.tolist(), right.tolist(), strict=True), jaccard, strict=True))
    for a, one in enumerate(texts):
        for b in range(a + 1, len(texts)):
            ours, theirs, common = figures(one, texts[b], "char", 5)
            share = common / (ours + theirs - common)
            assert ((a, b) in found) == (share >= 0.5)
            if share >= 0.5:
                assert found[a, b] == pytest.approx(share)
    assert len(found) > 10


def test_measures_part_changed_copies_from_the_rest(tmp_path):
    labelled.write(tmp_path, count=6)
    lines = (tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines]
    repeats, others, paragraphs = measures.likenesses(labels, tmp_path / "articles", "char", 5)
    near = sum(p["kind"].startswith("near_") for label in labels for p in label["paras"])
    assert len(repeats) == near
    assert 0 < near < paragraphs < sum(len(label["paras"]) for label in labels)
    assert np.median(repeats) > 0.5 > np.median(others)
    assert measures.table(labels, tmp_path / "articles").count("\n") == 1 + len(measures.MEASURES)


def test_pairs_of_a_collection_are_counted(tmp_path):
    text = "the keeper of the old lighthouse told the visitors that the lamp had been lit {} years"
    rows = [
        ("a", text.format("ten")),
        ("b", text.format("ten")),
        ("c", "the ferry " * 5),
        ("d", ""),
    ]
    for name, objects in {
        "docs": [{"id": i, "text": t} for i, t in rows],
        "pairs": [{"a": "b", "b": "a"}, {"a": "a", "b": "c"}],
    }.items():
        lines = "\n".join(map(json.dumps, objects))
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    assert pairs.measure(tmp_path) == {"right": 1, "wrong": 0, "missed": 1}


def test_pairs_of_pages_are_counted(tmp_path):
    line = "the keeper of the old lighthouse told the visitors that the lamp burns all night long"
    rest = "and that whoever wants to see it from near has to climb two hundred and twelve steps"
    (tmp_path / "text").mkdir()
    page = f"{line}\n\n{line} {rest}\n{rest}\nthe ferry leaves the old harbour twice a day in may\n"
    (tmp_path / "text" / "p.txt").write_text(page, encoding="utf-8")
    gold = [(0, 2, "part_a"), (2, 3, "keep"), (2, 4, "dup"), (0, 4, "unsure"), (0, 2, "part_b")]
    lines = [json.dumps({"page": "p", "a": a, "b": b, "label": k}) for a, b, k in gold]
    (tmp_path / "gold_pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert pairs.measure(tmp_path) == {"right": 2, "wrong": 1, "missed": 1, "side": 1}
