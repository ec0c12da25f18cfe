"""The labelled articles, the scorer and the figures of benchmarks/quality.py."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import figures
import labelled
import quality
import scoring
from labelled.language import CODES, likeness, load, trigrams
from labelled.lookalikes import LOOKALIKES
from labelled.repeats import REPEATS

from dedup import Config

BENCHMARKS = Path(quality.__file__).parent

# Of the first 20 articles. Whoever changes what is generated writes the new one here, and measures
# again whatever figures were published.
DIGEST = "7bd0be54d41590369f6503f44971ea30b941d3405baa708cd8750aa7fcbb3d65"
REST = {"plain", "inserted_new", "superset"}  # kinds that come along with others
LINES = {"neg_list", "neg_table", "neg_code", "neg_refrain_line"}
STRUCTURED = {*LINES, "neg_template", "neg_heading", "neg_short", "boilerplate"}

CHILD = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
import labelled
articles = json.dumps(list(labelled.articles(count=20)), ensure_ascii=False)
print(hashlib.sha256(articles.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def articles():
    return list(labelled.articles())


def texts_of(label, text):
    return [text[p["start"] : p["end"]] for p in label["paras"]]


# The articles


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_articles_are_the_same_bytes_in_every_process(hash_seed):
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(BENCHMARKS)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    )
    assert child.stdout.strip() == DIGEST


def test_another_seed_gives_other_articles():
    one, other = (next(labelled.articles(seed))[1] for seed in (1, 2))
    assert one != other


def test_a_longer_set_begins_with_the_shorter_one():
    assert list(labelled.articles(count=12))[:5] == list(labelled.articles(count=5))


def test_a_written_set_reads_back(tmp_path):
    labelled.write(tmp_path, count=6)
    lines = (tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    read = [
        (label, (tmp_path / "articles" / f"{label['id']}.txt").read_bytes().decode())
        for label in map(json.loads, lines)
    ]
    assert read == list(labelled.articles(count=6))


def test_every_kind_language_format_and_mode_is_there(articles):
    labels = [label for label, _ in articles]
    assert len(labels) == 90
    assert {p["kind"] for label in labels for p in label["paras"]} == {
        *REPEATS,
        *LOOKALIKES,
        *REST,
    }
    assert {label["lang"] for label in labels} == set(CODES)
    assert {label["format"] for label in labels} == {"line", "blank"}
    assert {label["mode"] for label in labels} == {"mixed", "negatives", "clean"}


def test_every_kind_of_repeat_and_of_look_alike_comes_often(articles):
    labels = [label for label, _ in articles]
    found = figures.figures(scoring.score(labels, {}))
    assert set(found["positive"]) == set(REPEATS) - {"split"}  # that one is debatable
    assert min(row["n"] for row in found["positive"].values()) >= 15
    assert min(row["n"] for row in found["negative"].values()) >= 15


def test_modes_hold_what_they_say(articles):
    for label, _ in articles:
        repeats = [p for p in label["paras"] if p["label"] != "keep"]
        kinds = {p["kind"] for p in label["paras"]}
        assert bool(repeats) is (label["mode"] == "mixed")
        assert (kinds == {"plain"}) is (label["mode"] == "clean")


def test_labels_cover_the_text_and_nothing_but_newlines_is_left(articles):
    for label, text in articles:
        at = 0
        for number, p in enumerate(label["paras"]):
            assert p["i"] == number
            gap = text[at : p["start"]]
            assert gap.strip("\n") == ""
            least = 0 if number == 0 else 1 if label["format"] == "line" else 2
            assert len(gap) >= least
            at = p["end"]
        assert text[at:] == "\n"


def test_paragraphs_are_as_the_format_has_them(articles):
    for label, text in articles:
        for words in texts_of(label, text):
            assert words.strip()
            assert words == words.rstrip()
            assert ("\n" if label["format"] == "line" else "\n\n") not in words


def test_labels_point_at_paragraphs_that_stay(articles):
    for label, _ in articles:
        for p in label["paras"]:
            if p["label"] == "keep":
                assert not p["directional"]
                assert not p["short"]
            else:
                assert label["paras"][p["label"]]["label"] == "keep"
                assert p["twin"] is None
            assert p["twin"] != p["i"]
            if p["twin"] is not None:
                assert label["paras"][p["twin"]]["kind"] == p["kind"]


def test_only_contained_paragraphs_are_directional_and_only_split_ones_debatable(articles):
    for label, _ in articles:
        for p in label["paras"]:
            assert p["directional"] is (p["kind"] in {"truncated", "subset", "split"})
            assert (p["policy"] == "debatable") is (p["kind"] == "split")


def test_exact_copies_are_equal_and_near_copies_are_not(articles):
    exact = {"exact_para", "exact_block", "exact_block_interrupted", "reordered"}
    for label, text in articles:
        words = texts_of(label, text)
        for p in label["paras"]:
            if p["kind"] in {*exact, "boilerplate", "headline"}:
                assert words[p["i"]] == words[p["label"]]
                assert p["w3"] == 1.0
            elif p["kind"].startswith("near_"):
                assert words[p["i"]] != words[p["label"]]


def test_blocks_are_runs_of_copies_of_runs(articles):
    for label, _ in articles:
        for block in label["blocks"]:
            source, copy = range(*block["src"]), range(*block["dst"])
            repeated = [label["paras"][i]["label"] for i in copy]
            new = [i for i in copy if label["paras"][i]["label"] == "keep"]
            assert sorted(i for i in repeated if i != "keep") == list(source)
            assert {label["paras"][i]["kind"] for i in new} <= {"inserted_new"}
            assert len(new) == (block["kind"] == "exact_block_interrupted")


def test_no_two_independent_paragraphs_are_alike(articles):
    pairs = 0
    for label, text in articles:
        words = texts_of(label, text)
        members = scoring.clusters(label["paras"])
        prose = [p for p in label["paras"] if p["kind"] not in STRUCTURED]
        grams = {p["i"]: trigrams(words[p["i"]]) for p in prose}
        for one, other in itertools.combinations(prose, 2):
            related = members[one["i"]] == members[other["i"]] or one["i"] == other["twin"]
            if not related and one["twin"] != other["i"]:
                pairs += 1
                assert likeness(grams[one["i"]], grams[other["i"]]) < 0.3, label["id"]
    assert pairs > 10_000


def test_edits_leave_numbers_names_and_negations_alone(articles):
    seen = 0
    for label, text in articles:
        language = load(label["lang"])
        words = texts_of(label, text)
        for p in label["paras"]:
            if re.fullmatch(r"near_edit_\d+", p["kind"]) and language.spaces:
                kept = [
                    [word for word in words[i].split() if word.strip(".,।") not in language.pool]
                    for i in (p["label"], p["i"])
                ]
                assert kept[0] == kept[1]
                seen += 1
    assert seen > 20


@pytest.mark.parametrize("code", CODES)
def test_an_edit_takes_and_gives_no_word_that_matters(code):
    language = load(code)
    names = {word for key in ("family", "towns", "months") for word in language.lists[key]}
    assert not names & set(language.pool)
    assert not any(re.search(r"\d", word) for word in language.pool)
    assert not any(word != word.lower() for word in language.pool)
    for statement, denial in language.negation:
        only_there = {word.strip(".") for word in set(denial.split()) - set(statement.split())}
        assert only_there - set(language.pool)


@pytest.mark.parametrize("kind", ["neg_number", "neg_date"])
def test_variants_differ_in_what_their_kind_says_alone(articles, kind):
    seen = 0
    for label, text in articles:
        words = texts_of(label, text)
        months = "|".join(load(label["lang"]).lists["months"])
        hole = r"\d+" if kind == "neg_number" else rf"{months}|\d+"
        for p in label["paras"]:
            if p["kind"] == kind:
                one, other = (" ".join(words[i].split()) for i in (p["i"], p["twin"]))
                assert one != other
                if load(label["lang"]).spaces:  # else a wrap may part a month
                    assert re.sub(hole, "#", one) == re.sub(hole, "#", other)
                    seen += 1
    assert seen > 20


def test_languages_have_the_same_keys():
    keys = {code: set(load(code).lists) for code in CODES}
    assert all(found == keys["en"] for found in keys.values())


# The scorer


def paragraph(i, kind, label="keep", **more):
    return {
        "i": i,
        "kind": kind,
        "label": label,
        "start": 2 * i,
        "end": 2 * i + 1,
        "directional": False,
        "policy": "strict",
        "short": False,
        "twin": None,
        **more,
    }


def article(*paragraphs, blocks=()):
    return {"id": "x", "lang": "en", "paras": list(paragraphs), "blocks": list(blocks)}


def judged(label, removed, **more):
    return figures.figures(scoring.score([label], {"x": {"removed": removed}}, **more))


def counts(found):
    return found["TP"], found["FP"], found["FN"]


TRIPLE = article(
    paragraph(0, "plain"), paragraph(1, "exact_para", 0), paragraph(2, "exact_para", 0)
)


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ([], (0, 0, 2)),
        ([1], (1, 0, 1)),
        ([1, 2], (2, 0, 0)),
        ([0, 2], (2, 0, 0)),  # any one may stay
        ([0, 1, 2], (2, 1, 0)),  # but one has to
    ],
)
def test_of_equal_paragraphs_all_but_one_may_go(removed, expected):
    assert counts(judged(TRIPLE, removed)) == expected


def test_the_loss_of_every_copy_is_named():
    assert judged(TRIPLE, [0, 1, 2])["other_fp"] == {"all_copies_removed": 1}


@pytest.mark.parametrize(
    ("removed", "expected"),
    [([1], (1, 0, 0)), ([0], (0, 1, 1)), ([0, 1], (1, 1, 0)), ([], (0, 0, 1))],
)
def test_only_the_contained_one_may_go(removed, expected):
    label = article(paragraph(0, "superset"), paragraph(1, "subset", 0, directional=True))
    found = judged(label, removed)
    assert counts(found) == expected
    assert found["negative"]["superset"] == {
        "n": 1,
        "texts": 1,
        "paragraphs": 1,
        "removed": expected[1],
        "rate": float(expected[1]),
    }


def test_what_repeats_nothing_must_stay():
    assert counts(judged(article(paragraph(0, "plain"), paragraph(1, "plain")), [1])) == (0, 1, 0)


def test_debatable_paragraphs_count_only_when_asked_for():
    label = article(
        paragraph(0, "plain"),
        paragraph(1, "split", 0, directional=True, policy="debatable"),
        paragraph(2, "plain"),
    )
    assert counts(judged(label, [1, 2])) == (0, 1, 0)
    assert counts(judged(label, [1, 2], debatable=True)) == (1, 1, 0)


def test_the_rate_is_of_the_look_alikes_but_one_and_their_texts_are_counted():
    label = article(
        *(paragraph(i, "neg_heading", twin=1 if i == 0 else 0) for i in range(3)),
        paragraph(3, "neg_heading", twin=4),
        paragraph(4, "neg_heading", twin=3),
    )
    row = judged(label, [1], texts={"x": "a\na\na\na\nb\n"})["negative"]["neg_heading"]
    assert row == {"n": 3, "texts": 1, "paragraphs": 5, "removed": 1, "rate": 0.333}


def test_a_named_pair_is_right_inside_a_cluster():
    label = article(paragraph(0, "plain"), paragraph(1, "exact_para", 0), paragraph(2, "plain"))
    right, wrong = (judged(label, [[1, kept]])["positive"]["exact_para"] for kept in (0, 2))
    assert (right["pair_precision"], wrong["pair_precision"]) == (1.0, 0.0)
    assert judged(label, [1])["positive"]["exact_para"]["pair_precision"] is None


def test_short_lines_in_blocks_are_counted_apart():
    label = article(paragraph(0, "plain"), paragraph(1, "exact_block", 0, short=True))
    assert judged(label, [1])["short_in_block"] == {"n": 1, "recall": 1.0}
    assert judged(label, [])["short_in_block"] == {"n": 1, "recall": 0.0}


@pytest.mark.parametrize(
    ("predicted", "hits"),
    [
        ({"src": [0, 3], "dst": [5, 8]}, 1),
        ({"src": [5, 8], "dst": [0, 3]}, 1),  # the sides may be exchanged
        ({"src": [0, 2], "dst": [5, 7]}, 1),  # two of three
        ({"src": [0, 1], "dst": [5, 6]}, 0),
        ({"src": [0, 3], "dst": [3, 5]}, 0),
    ],
)
def test_a_block_is_hit_by_one_that_shares_half_of_both_sides(predicted, hits):
    true = [{"src": [0, 3], "dst": [5, 8]}, {"src": [9, 10], "dst": [10, 11]}]
    found = scoring.judge_blocks(true, [predicted])
    assert (found["true"], found["hit"]) == (1, hits)


def test_scores_of_nothing_are_zero():
    found = figures.figures(scoring.score([], {}))
    assert (found["P"], found["R"], found["F1"], counts(found)) == (0, 0, 0, (0, 0, 0))


def guesses(labels, seed):
    """Remove much of what repeats and some of what does not, with canonicals right and wrong."""
    rng = random.Random(seed)
    for label in labels:
        if rng.random() < 0.05:
            continue
        removed = []
        for p in label["paras"]:
            i, canonical = p["i"], p["label"]
            if canonical == "keep":
                canonical = p["twin"] or 0
            if rng.random() < (0.8 if p["label"] != "keep" else 0.06 + 0.3 * bool(p["twin"])):
                wrong = rng.randrange(len(label["paras"]))
                removed.append(rng.choice([i, [i, canonical], [i, canonical], [i, wrong]]))
        blocks = [
            {
                "src": block["src"],
                "dst": [block["dst"][0], block["dst"][1] + rng.choice([0, 0, 1, 2, 3])],
            }
            for block in label["blocks"]
            if rng.random() < 0.8
        ]
        yield {"id": label["id"], "removed": removed, "blocks": blocks}


@pytest.mark.parametrize("debatable", [False, True])
@pytest.mark.parametrize("folder", ["corrupted", "corrupted_free"])
def test_figures_are_those_of_the_scorer_of_the_evaluation_data(
    shared_data, tmp_path, folder, debatable
):
    lines = (shared_data / "open" / folder / "labels.jsonl").read_text(encoding="utf-8")
    labels = [json.loads(line) for line in lines.splitlines()]
    predictions = {guess["id"]: guess for guess in guesses(labels, folder)}
    path = tmp_path / "predictions.jsonl"
    path.write_text("".join(json.dumps(p) + "\n" for p in predictions.values()), encoding="utf-8")
    command = [shared_data / "score.py", shared_data / "open" / folder, path, "--json"]
    theirs = json.loads(
        subprocess.run(
            [sys.executable, "-B", *command, *["--all"] * debatable],
            check=True,
            capture_output=True,
        ).stdout
    )

    ours = figures.figures(scoring.score(labels, predictions, debatable=debatable))

    for row in ours["negative"].values():
        del row["texts"]
    assert ours == theirs


# The library, measured


def test_what_the_library_cuts_is_named_in_the_numbers_of_the_labels():
    lines = [
        "The ferry to the island sails at night from the first of May.",
        "Dogs on a lead and bicycles may come aboard at the rear ramp.",
        "The ferry to the island sails at night from the first of May.",
    ]
    text = "\n".join(lines) + "\n"
    starts = [0, len(lines[0]) + 1, len(lines[0]) + len(lines[1]) + 2]
    label = article(
        *(
            paragraph(i, "plain", start=start, end=start + len(lines[i]))
            for i, start in enumerate(starts)
        )
    )
    assert quality.predict(label, text.encode(), Config())["removed"] == [(2, 0)]


def test_a_copy_of_which_something_stays_was_not_removed():
    line = "The ferry to the island sails at night from the first of May."
    other = "Dogs on a lead and bicycles may come aboard at the rear ramp."
    text = f"{line}\n\n{line}\n{other}\n"
    second = len(line) + 2
    places = [(0, len(line)), (second, len(text) - 1)]

    def removed(*labels):
        label = article(
            *(
                paragraph(i, "plain", labels[i], start=start, end=end)
                for i, (start, end) in enumerate(places)
            )
        )
        return quality.predict(label, text.encode(), Config(paragraphs="line"))["removed"]

    assert removed("keep", 0) == []
    assert removed("keep", "keep") == [(1, 0)]


def test_the_table_ends_with_the_overall_figures_and_json_says_the_same(tmp_path):
    def run(*options):
        command = [sys.executable, BENCHMARKS / "quality.py", *options]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    kept = tmp_path / "set"
    found = json.loads(run("--articles", "5", "--write", kept, "--json"))
    last = run(kept).splitlines()[-1]

    assert last.startswith(f"P {found['P']:.3f}  R {found['R']:.3f}  F1 {found['F1']:.3f}")
    assert len(list((kept / "articles").iterdir())) == 5
