"""What a corpus run removes: what the library removes from the same texts, once and for all."""

import gzip
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard
from corpora import PLAIN, corpora, record
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.config import Config
from dedup.corpus.options import Fields, Options
from dedup.corpus.restoring import restore_run
from dedup.corpus.run import clean_corpus
from dedup.corpus.shards import find_shards
from dedup.corpus.summary import Summary

SAID = "What passengers should know before they take the night ferry to the island"
OTHER = "The museum shows paintings of the harbour, most of them by its first director"


@dataclass(frozen=True)
class Run:
    """What a run left."""

    texts: list[str]
    ledger: list[dict]
    summary: Summary
    whole: bool


@pytest.fixture
def folder(monkeypatch):
    """Give a folder that each example empties; nobody waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def write_shards(folder, lines, per_shard=3):
    """Write lines to shards, of every compression in turn."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, at in enumerate(range(0, len(lines), per_shard)):
        data = b"".join(lines[at : at + per_shard])
        suffix, pack = (("", bytes), (".gz", gzip.compress), (".zst", zstandard.compress))[
            number % 3
        ]
        (folder / f"{number:03}.jsonl{suffix}").write_bytes(pack(data))


def content(path):
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def lines_below(folder):
    return [line for path in sorted(folder.glob("0*")) for line in content(path).splitlines(True)]


def run_on(folder, lines, config, **options):
    """Clean lines of JSONL."""
    write_shards(folder / "in", lines)
    output = folder / "out"
    shutil.rmtree(output, ignore_errors=True)
    asked = Options(**{"jobs": 1, "max_removed_run": 100, **options})
    shards = find_shards([str(folder / "in")])
    summary = clean_corpus(shards, output, config, asked, lambda *_: None)
    ledger = [json.loads(line) for line in (output / "removed.jsonl").read_bytes().splitlines()]
    found = [json.loads(line)["text"] for line in lines_below(output)]
    whole = bool(summary.counts["left_whole"] or summary.over_limit)
    return Run(found, ledger, summary, whole)


def clean(folder, texts, config=None, **options):
    """Clean texts as records of one corpus."""
    return run_on(folder, [record(text) for text in texts], config or Config(), **options)


def of_the_library(texts, config, scope):
    documents = [(str(number), text) for number, text in enumerate(texts)]
    results = dedup.clean_documents(documents, across=scope == "corpus", config=config)
    return [result.text for result in results]


# A text stays whole where the rest would be read otherwise, or too much of it would go; the library
# keeps those paragraphs alone. Nothing else may differ.


@pytest.mark.parametrize("scope", ["document", "corpus"])
@settings(max_examples=40)
@given(st.booleans().flatmap(lambda markers: corpora(markers=markers)))
def test_a_run_removes_what_the_library_removes(folder, scope, corpus):
    run = clean(folder, corpus.texts, corpus.config, scope=scope)
    expected = of_the_library(corpus.texts, corpus.config, scope)
    differing = [
        number
        for number, (found, wanted) in enumerate(zip(run.texts, expected, strict=True))
        if found != wanted and not (run.whole and found == corpus.texts[number])
    ]
    assert differing == []


@pytest.mark.parametrize("scope", ["document", "corpus"])
@settings(max_examples=40)
@given(st.booleans().flatmap(lambda markers: corpora(markers=markers)))
def test_a_second_run_removes_nothing(folder, scope, corpus):
    once = clean(folder, corpus.texts, corpus.config, scope=scope)
    again = clean(folder, once.texts, corpus.config, scope=scope)
    assert (again.texts, again.ledger) == (once.texts, [])


@settings(max_examples=30)
@given(corpora())
def test_what_a_paragraph_went_for_stays_itself(folder, corpus):
    run = clean(folder, corpus.texts, corpus.config)
    gone = {(row["shard"], row["line"], row["paragraph"]) for row in run.ledger}
    for row in run.ledger:
        kept = row["canonical"]
        assert (kept["shard"], kept["line"], kept["paragraph"]) not in gone


@st.composite
def odd_lines(draw):
    """Give records whose bytes are not those that a JSON writer of ours would write."""
    corpus = draw(corpora())
    lines = []
    for text in corpus.texts:
        ascii_only, spaced = draw(st.booleans()), draw(st.booleans())
        separators = (" , ", " :\t") if spaced else (",", ":")
        row = {"n": 1e300, "text": text, "more": {"text": text}}
        line = json.dumps(row, ensure_ascii=ascii_only, separators=separators)
        lines.append(line.replace("/", "\\/").encode() + draw(st.sampled_from([b"\n", b" \r\n"])))
    return lines, corpus.config


@settings(max_examples=30)
@given(odd_lines())
def test_the_undo_gives_back_every_byte(folder, lines_and_config):
    lines, config = lines_and_config
    run_on(folder, lines, config)
    back = folder / "back"
    shutil.rmtree(back, ignore_errors=True)
    assert [error for _, error in restore_run(folder / "out", back) if error] == []
    assert lines_below(back) == lines


@settings(max_examples=30)
@given(odd_lines())
def test_only_the_text_of_a_record_changes_and_only_where_something_went(folder, lines_and_config):
    lines, config = lines_and_config
    run = run_on(folder, lines, config)
    cut = {(row["shard"], row["line"]) for row in run.ledger}
    paths = sorted((folder / "in").iterdir())
    places = [(path.name, n) for path in paths for n in range(1, 1 + content(path).count(b"\n"))]
    for place, before, after in zip(places, lines, lines_below(folder / "out"), strict=True):
        assert (before != after) is (place in cut)
        was, now = json.loads(before), json.loads(after)
        now["text"] = was["text"]
        assert was == now


@settings(max_examples=15)
@given(corpora(), st.randoms(use_true_random=False))
def test_jobs_and_the_order_of_inputs_change_no_byte(folder, corpus, rnd):
    write_shards(folder / "in", [record(text) for text in corpus.texts])
    named = sorted(str(path) for path in (folder / "in").iterdir())
    seen = []
    for jobs in (1, 2, 7):
        rnd.shuffle(named)
        output = folder / f"out{jobs}"
        shutil.rmtree(output, ignore_errors=True)
        options = Options(jobs=jobs, max_removed_run=100)
        clean_corpus(find_shards(named), output, corpus.config, options, lambda *_: None)
        seen.append([(path.name, path.read_bytes()) for path in sorted(output.iterdir())])
    assert seen[0] == seen[1] == seen[2]


# --- each of these was a mistake once -------------------------------------------------------------

WIDE = f"{SAID} {OTHER}"
THAI = "ภูเขารถไฟสวนผู้ชมผู้ชมอากาศภูเขาโรงงาน"
LONG = (
    "สถานีเช้าพิพิธภัณฑ์โรงงานสถานีสภาตั๋วเมืองหมู่บ้านหน้าต่างรถไฟหมู่บ้าน"
    "จักรยานหน้าต่างพิพิธภัณฑ์สถานีหน้าต่างเมืองเช้าตลาดหมู่บ้านห้องสมุดตั๋วรถไฟ"
)
LIST = "journey painting village newspaper together newspaper factory"
LIST_ON = "summit ticket shepherd audience ferry kitchen island fisherman repaired"
SONG = "lantern morning delivered painting concert measured rocket orchestra."
SUNG = "lantern morning delivered painting concert measured rocket delivered orchestra"
STANZA = f"γέφυρα πίνακας χειρουργός βιβλιοθήκη\n{SONG}\nRead more!\n"
MONDAY = "The ferry sails on Monday with the morning tide"
NOON = "The ferry sails on Monday with the evening tide"

ONCE = {
    "nothing goes": ["One.", "Two."],
    "wide lines and another line end": [f"{WIDE}.\n", f"{WIDE}\r\n\r\n"],
    "wide lines and a line end in front": [WIDE, f"\r\n{WIDE}"],
    "a replaced word in short lines": [f"One.\nTwo.\n{MONDAY}\n{OTHER}\n{NOON}\nThree."],
    "a line that stays for one that goes": [f"{STANZA}budget", f"{OTHER}.\n{SUNG}\n{STANZA}"],
    "a line that is all that is left": [f"{STANZA}budget", f"{SUNG}\n{STANZA}"],
    "something nearer is asked later": [
        f"{THAI}\nYes..\n",
        f"{THAI[:18]}http://a.b/c{THAI[18:]}\nYes.\n```\n",
        f"ตั๋ว{THAI[5:]}!\n{THAI}\n",
    ],
    "the walk alone would tear the text": [
        f"{SAID}\nShare this article!\n",
        f"kitchen lighthouse orchestra ticket valley village\n{SAID}\nShare this article!\n",
    ],
}
_HEADLINE = "The island and its harbour"
ONCE_IN_MARKDOWN = {
    "a heading with nothing under it": [f"{SAID}\n", f"# News\n\n{SAID}\n"],
    "a block of a text over its limit": [
        f"{LIST} Ramirez {LIST_ON}\n\n{LONG}.\n* * *\n",
        f"{LIST} {LIST_ON}\n\n{LONG[:22]}สะพาน{LONG[22:]}รถไฟสวนงบประมาณเมือง\n* * *\n",
    ],
    "a headline behind code": [f"    code = 1\n\n{_HEADLINE}\n\n{_HEADLINE}\n"],
}


@pytest.mark.parametrize("kind", ONCE)
def test_what_was_a_mistake_once(folder, kind):
    config = Config(keep="last", max_removed=100.0) if "later" in kind else Config()
    run = clean(folder, ONCE[kind], config)
    assert run.texts == of_the_library(ONCE[kind], config, "corpus")


@pytest.mark.parametrize("kind", ONCE_IN_MARKDOWN)
def test_what_was_a_mistake_once_in_markdown(folder, kind):
    config = Config(format="markdown")
    run = clean(folder, ONCE_IN_MARKDOWN[kind], config)
    assert run.texts == of_the_library(ONCE_IN_MARKDOWN[kind], config, "corpus")


# --- what stays, and what is told -----------------------------------------------------------------


def sentences(count, seed=0):
    """Give lines that are not like each other."""
    return [
        " ".join(PLAIN[(seed + 7 * n + k * (1 + n % 11)) % len(PLAIN)] for k in range(12)) + f" {n}"
        for n in range(count)
    ]


def test_a_text_of_very_many_paragraphs_loses_its_equal_ones_too(folder):
    lines = sentences(700)
    text = "\n\n".join(lines + lines[::50]) + "\n"
    config = Config(threshold=1.0, containment=1.0)
    (found,) = clean(folder, [text], config, scope="document").texts
    assert found == "\n\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("keep_by", "descending", "stays"),
    [(None, False, 0), ("n", False, 1), ("n", True, 2)],
)
def test_of_copies_the_one_of_the_chosen_value_stays(folder, keep_by, descending, stays):
    lines = [record(SAID, n=n) for n in (2, 1, 3)]
    fields = Fields(priority=keep_by)
    run = run_on(folder, lines, Config(), fields=fields, descending=descending)
    assert [number for number, text in enumerate(run.texts) if text] == [stays]


def test_a_text_over_its_limit_stays_whole_and_is_named(folder):
    shorter = SAID.replace("the night ferry", "the ferry")
    texts = [f"{SAID}\n", f"{shorter}\n\nMore.\n"]
    run = clean(folder, texts, Config(protect=("none",)))
    assert run.texts == texts
    assert run.summary.over_limit == [("000.jsonl", 2, 92.3)]
    assert run.summary.exit_status == 4
    allowed = clean(folder, texts, Config(protect=("none",), max_removed=100.0))
    assert allowed.texts == [texts[0], "More.\n"]


def test_what_stands_between_markers_stays_and_a_wrong_marker_is_named(folder):
    off, wrong = "<!-- dedup: off -->", "<!-- dedup: of -->"
    texts = [f"{OTHER}\n\n{SAID}\n", f"{off}\n\n{SAID}\n", f"{OTHER}\n\n{wrong}\n\n{SAID}\n"]
    run = clean(folder, texts, Config())
    assert run.texts == [*texts[:2], f"{wrong}\n"]
    (warning,) = run.summary.warnings
    assert warning.startswith("000.jsonl:3: paragraph 1 is meant as a marker and marks nothing: ")


def test_a_record_whose_id_stands_twice_is_named_and_takes_no_part(folder):
    lines = [record(SAID, id="a"), record(SAID, id="b"), record(f"{SAID}\n\n{SAID}", id="a")]
    run = run_on(folder, lines, Config())
    assert run.texts == [SAID, "", f"{SAID}\n\n{SAID}"]
    assert list(run.summary.problems()) == [
        "000.jsonl:3: its id 'a' stands at 000.jsonl:1 already: the record stays as it is"
    ]
    assert run.summary.exit_status == 3
