"""The planted corpora, the scorer, the claims and the chart of benchmarks/speed.py."""

from __future__ import annotations

import hashlib
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import chart
import planted
import tables
from claims import Claim, claims
from contest import Result, best_modes, interleave, score_ledger
from planted.truth import Score, documents, read_truth, score_flags, score_pairs, score_removals

from dedup.normalize import comparison_forms

SIZE_MB = 0.4
SCRIPTS = sorted(planted.SCRIPTS)


@pytest.fixture(scope="module", params=SCRIPTS)
def corpus(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    planted.write(folder, size_mb=SIZE_MB, scripts=request.param)
    return folder


@pytest.fixture(scope="module")
def truth(corpus):
    return read_truth(corpus)


def pairs_of(folder):
    return [orjson.loads(line) for line in (folder / "truth.jsonl").read_bytes().splitlines()]


def text_of(folder):
    texts = dict(documents(folder))
    return lambda place: texts[place["document"]][place["paragraph"]]


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


# The corpora


@pytest.mark.parametrize("scripts", SCRIPTS)
def test_the_same_seed_gives_the_same_bytes(tmp_path, scripts):
    for name in ("one", "other"):
        planted.write(tmp_path / name, size_mb=0.05, scripts=scripts)
    assert digest(tmp_path / "one") == digest(tmp_path / "other")


def test_another_seed_gives_other_bytes(tmp_path):
    for seed in (1, 2):
        planted.write(tmp_path / str(seed), size_mb=0.05, seed=seed)
    assert digest(tmp_path / "1") != digest(tmp_path / "2")


def grams(text):
    """Count as the package's documentation has it, on the package's forms, in other words."""
    form = comparison_forms([text]).texts[0]
    found = set()
    for run in re.findall("[\u4e00-\u9fff][\u4e00-\u9fff ]*|[^\u4e00-\u9fff]+", form):
        size = 2 if "\u4e00" <= run[0] <= "\u9fff" else 5
        found |= {run[i : i + size] for i in range(max(1, len(run) - size + 1))}
    return found


def test_the_jaccard_of_the_truth_is_that_of_the_texts(corpus):
    text = text_of(corpus)
    pairs = pairs_of(corpus)
    assert len(pairs) > 50
    for pair in pairs:
        ours, theirs = grams(text(pair["copy"])), grams(text(pair["original"]))
        assert len(ours & theirs) / len(ours | theirs) == pytest.approx(pair["jaccard"], abs=1e-6)


def test_members_of_a_family_differ_in_a_number_name_or_date(corpus):
    text = text_of(corpus)
    templates = [pair for pair in pairs_of(corpus) if pair["kind"] == "template"]
    assert templates
    for pair in templates:
        copy, original = (text(pair[side]).split() for side in ("copy", "original"))
        changed = {*copy} ^ {*original}
        assert changed
        if pair["differs"] != "name":
            assert any(char.isdigit() for char in "".join(changed))


def test_every_kind_is_planted(corpus):
    assert {pair["kind"] for pair in pairs_of(corpus)} == {
        "exact",
        "edited",
        "truncated",
        "template",
    }


def test_edited_copies_are_no_copies_to_the_letter(corpus):
    text = text_of(corpus)
    edited = [pair for pair in pairs_of(corpus) if pair["kind"] == "edited"]
    assert all(text(pair["copy"]) != text(pair["original"]) for pair in edited)


# The scorer


def test_the_truth_itself_scores_all_that_can_be_had(truth):
    score = score_removals(
        truth, np.unique(truth.copies), truth.families[np.unique(truth.copies)], threshold=0.7
    )
    assert (score.recall, score.precision) == (1.0, 1.0)


def test_who_removes_everything_is_wrong_with_all_of_it(truth):
    rows = np.arange(len(truth.families))
    score = score_removals(truth, rows, np.roll(rows, 1), threshold=0.7)
    assert score.recall == 1.0
    assert score.precision == 0.0


def test_who_removes_nothing_finds_nothing(truth):
    assert score_removals(truth, [], [], threshold=0.7).recall == 0.0


def test_a_canonical_that_is_no_relative_is_wrong(truth):
    copies = np.unique(truth.copies)
    stranger = (truth.families[copies] + 1) % len(truth.families)
    score = score_removals(truth, copies, stranger, threshold=0.7)
    assert score.precision < 0.1


def test_a_paragraph_that_goes_for_itself_is_wrong(truth):
    copies = np.unique(truth.copies)
    assert score_removals(truth, copies, copies, threshold=0.7).precision == 0.0


def test_flags_on_everything_have_the_precision_of_chance(truth):
    score = score_flags(truth, np.ones(len(truth.families), bool), threshold=0.7)
    assert score.recall == 1.0
    assert score.precision < 0.3


def test_one_chain_through_everything_is_no_finding(corpus, truth):
    forms = [planted.form_of(text) for _, texts in documents(corpus) for text in texts]
    rows = np.arange(len(forms) - 1)
    score = score_pairs(truth, rows, rows + 1, forms, threshold=0.7)
    assert score.precision < 0.1
    assert score.precision_near < 0.1


def test_a_ledger_is_judged_by_the_places_that_it_names(tmp_path, corpus, truth):
    pair = next(pair for pair in pairs_of(corpus) if pair["kind"] == "exact")
    wrong = next(pair for pair in pairs_of(corpus) if pair["kind"] == "template")
    lines = [{**one["copy"], "canonical": one["original"]} for one in (pair, wrong)]
    (tmp_path / "removed.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    score = score_ledger(truth, tmp_path / "removed.jsonl")
    assert (score.found, score.precision) == (2, 0.5)


# What is made of the figures


def result(name, seconds, *, part=(), size_mb=100.0, recall=1.0, peak_mb=90):
    score = Score(recall, 1.0, None, 10, 10, {"exact": (10, 10)}) if recall is not None else None
    return Result(name, size_mb, "1.0", list(seconds), [], list(part), peak_mb * 10**6, score)


def measured():
    return {
        "date": "2000-01-01",
        "machine": "2 shared cores",
        "python": "3.11",
        "runs": 3,
        "missing": ["rensa"],
        "sizes": {
            "100": {
                "dedup": result("dedup", [10, 8, 12]),
                "dedup, one job": result("dedup, one job", [12, 12, 12]),
                "copying": result("copying", [5, 4, 6], recall=None),
                "gaoya": result("gaoya", [60, 60, 60], part=[50, 40, 60]),
                "gaoya-default": result(
                    "gaoya-default", [20, 20, 20], part=[10, 8, 12], recall=0.9
                ),
            }
        },
        "identical": {
            **result("identical", [1], size_mb=0).to_json(),
            "paragraphs": 100,
            "comparisons": 5100,
        },
    }


def verdict(found, what):
    (claim,) = (claim for claim in claims(found) if claim.what.startswith(what))
    return claim.verdict


def test_ratios_are_taken_turn_by_turn():
    (claim,) = (one for one in claims(measured()) if "gaoya alone" in one.what)
    assert claim.values == [5, 5, 5]


def test_a_mode_that_finds_too_little_does_not_count():
    assert best_modes(measured()["sizes"]["100"]) == {"gaoya": "gaoya"}


def test_a_faster_mode_that_finds_enough_counts():
    found = measured()["sizes"]["100"]
    found["gaoya-default"].score = Score(0.995, 1.0, None, 10, 10, {})
    assert best_modes(found) == {"gaoya": "gaoya-default"}


def test_each_claim_says_whether_it_holds():
    found = measured()
    assert verdict(found, "times as long as copying") == "goal reached"
    assert verdict(found, "two jobs") == "DOES NOT HOLD"
    assert verdict(found, "comparisons for each paragraph, identical") == "DOES NOT HOLD"
    assert verdict(found, "times as fast as rensa alone") == "not measured"
    assert verdict(found, "times as fast as gaoya") == "goal reached"


def test_a_figure_at_another_size_is_not_said_to_hold():
    found = measured()
    found["sizes"] = {"10": found["sizes"]["100"]}
    assert verdict(found, "times as long as copying") == "stated for another size"


@pytest.mark.parametrize(
    ("value", "says"), [(1, "goal reached"), (3, "holds"), (5, "DOES NOT HOLD")]
)
def test_a_bound_from_above_is_kept_from_below(value, says):
    assert Claim("", [value], 4, 2, at_most=True).verdict == says


def test_the_table_names_who_failed_and_who_is_missing():
    found = measured()
    found["sizes"]["100"]["daft"] = Result("daft", 100.0, failed="daft: out of memory")
    text = tables.text(found)
    assert "daft: out of memory" in text
    assert "rensa is not installed" in text


def test_the_table_of_a_run_in_which_we_failed_says_so():
    found = measured()
    found["sizes"]["100"]["dedup"] = Result("dedup", 100.0, failed="dedup: stopped after 9 s")
    assert "dedup: stopped after 9 s" in tables.text(found)


def test_the_json_reads_back():
    found = orjson.loads(tables.to_json(measured()))
    assert found["sizes"]["100"]["dedup"]["seconds"] == [10, 8, 12]


def test_a_peer_goes_on_in_its_best_mode_alone():
    def contestant(seconds):
        def run(corpus, result, timeout_seconds):
            result.part.append(seconds)
            result.seconds.append(seconds)
            result.score = Score(1.0, 1.0, None, 10, 10, {})

        return run

    corpus = SimpleNamespace(size_mb=1.0)
    both = {"gaoya": contestant(2), "gaoya-default": contestant(1)}
    results = interleave(both, corpus, runs=3, limit_seconds=60)
    assert [len(one.seconds) for one in results.values()] == [1, 3]


# The chart


def test_the_chart_is_xml_with_a_bar_for_each_that_counts():
    drawn = ET.fromstring(chart.draw(tables.bars(measured())))
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}rect"))) == 3


def test_labels_of_the_chart_are_escaped():
    drawn = ET.fromstring(chart.draw([("a < b & c", 1.0, '"x"')]))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["a < b & c", '"x"']
