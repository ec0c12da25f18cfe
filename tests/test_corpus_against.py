"""dedup corpus --against: what an index holds goes, as if its documents stood before all others."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from corpora import corpora
from hypothesis import given, settings
from test_corpus_engine import clean as clean_alone
from test_corpus_engine import lines_below, record, write_shards

import dedup
from dedup.config import Config
from dedup.corpus.options import Options
from dedup.corpus.run import clean_corpus
from dedup.corpus.shards import find_shards
from dedup.errors import UsageError
from dedup.model import Document

FERRY = "What passengers should know before they take the night ferry to the island"
MUSEUM = "The museum shows paintings of the harbour, most of them by its first director"
TICKETS = "Tickets on board."


@pytest.fixture
def folder(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def indexed(folder, texts, config):
    """Make an index of texts as they are."""
    path = folder / "index"
    path.unlink(missing_ok=True)
    documents = [(Document(f"held{n}", text.encode()), config) for n, text in enumerate(texts)]
    dedup.Index.build(path, documents, config)
    return path


def clean(folder, texts, config, index, **options):
    write_shards(folder / "in", [record(text) for text in texts])
    output = folder / "out"
    shutil.rmtree(output, ignore_errors=True)
    asked = Options(**{"jobs": 1, "max_removed_run": 100, **options})
    with dedup.Index.open(index, config, read_only=True) as opened:
        summary = clean_corpus(
            find_shards([str(folder / "in")]), output, config, asked, lambda *_: None, opened
        )
    ledger = [json.loads(line) for line in (output / "removed.jsonl").read_bytes().splitlines()]
    return [json.loads(line)["text"] for line in lines_below(output)], ledger, summary


@settings(max_examples=40)
@given(corpora(), corpora())
def test_one_text_loses_what_a_query_says(folder, corpus, other):
    """Of one text alone the library is the rule: near repeats, blocks, headings, verse."""
    config = corpus.config
    *held, text = [*other.texts, *corpus.texts]
    path = indexed(folder, held, config)
    before = path.read_bytes()
    with dedup.Index.open(path, config, read_only=True) as index:
        expected = index.query(text)
    (found,), _, summary = clean(folder, [text], config, path)
    whole = bool(summary.counts["left_whole"] or summary.over_limit)
    # Of a block, the library names what stands in the same block, be it near where another is
    # equal; so more of it may count for the limit.
    over = expected.run.documents[0].over_limit is not None
    assert found == expected.text or over or (whole and found == text)
    assert path.read_bytes() == before


def test_what_a_ledger_cannot_name_is_escaped_and_an_index_of_such_a_name_refused(folder):
    config = Config()
    path = folder / "index"
    with dedup.Index.open(path, config) as index:
        index.add("caf\udce9.txt", f"{FERRY}\n")
    found, ledger, _ = clean(folder, [f"{FERRY}\n\n{MUSEUM}\n"], config, path)
    assert found == [f"{MUSEUM}\n"]
    assert [row["canonical"]["document"] for row in ledger] == ["caf\\udce9.txt"]
    path = path.rename(folder / "caf\udce9.dedup")
    with pytest.raises(UsageError, match="its name is not UTF-8: rename it"):
        clean(folder, [MUSEUM], config, path)


@settings(max_examples=20)
@given(corpora(), corpora())
def test_what_goes_goes_for_what_stays_and_a_second_run_removes_nothing(folder, corpus, other):
    config = corpus.config
    path = indexed(folder, other.texts, config)
    _, ledger, _ = clean(folder, corpus.texts, config, path)
    gone = {(row["shard"], row["line"], row["paragraph"]) for row in ledger}
    for row in ledger:
        kept = row["canonical"]
        assert (kept["shard"], kept["line"], kept["paragraph"]) not in gone
    again, second, _ = clean(folder, clean(folder, corpus.texts, config, path)[0], config, path)
    assert second == [], again


@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_of_equal_paragraphs_of_the_index_the_first_is_what_others_go_for(folder, keep):
    config = Config(keep=keep)
    path = indexed(folder, [f"Alpha line.\n\n{FERRY}\n\n{TICKETS}\n\n{FERRY}\n"], config)
    text = f"{TICKETS}\n\n{FERRY}\n\n{MUSEUM}\n"
    with dedup.Index.open(path, config, read_only=True) as index:
        expected = index.query(text).text
    (found,), ledger, _ = clean(folder, [text], config, path)
    assert found == expected == f"{TICKETS}\n\n{MUSEUM}\n"
    assert [row["canonical"]["paragraph"] for row in ledger] == [1]


def test_an_empty_index_changes_nothing(folder):
    config = Config()
    texts = [f"{FERRY}\n\n{MUSEUM}\n", f"{MUSEUM}\n\n{FERRY}\n"]
    path = indexed(folder, [], config)
    found, _, _ = clean(folder, texts, config, path)
    assert found == clean_alone(folder, texts, config).texts


def test_the_ledger_names_the_document_of_the_index(folder):
    config = Config()
    path = indexed(folder, [f"{FERRY}\n\n{TICKETS}\n\n{MUSEUM}\n"], config)
    found, ledger, summary = clean(
        folder, [f"{FERRY}\n\n{TICKETS}\n\n{MUSEUM}\n\nNew here.\n"], config, path
    )
    assert found == ["New here.\n"]
    assert [row["relation"] for row in ledger] == ["exact", "block", "exact"]
    assert {row["canonical"]["document"] for row in ledger} == {"held0"}
    assert {row["canonical"]["shard"] for row in ledger} == {"index"}
    assert [row["canonical"]["paragraph"] for row in ledger] == [0, 1, 2]
    assert len(summary.shards) == 1


def test_on_the_command_line(tmp_path, command):
    (tmp_path / "old").mkdir()
    (tmp_path / "old/a.txt").write_text(f"{FERRY}\n\n{MUSEUM}\n")
    (tmp_path / "new.jsonl").write_bytes(record(f"{MUSEUM}\n\n{FERRY}\n\nNew here.\n"))
    assert command("index", "build", "i.dedup", "old", cwd=tmp_path).status == 0
    before = (tmp_path / "i.dedup").read_bytes()
    done = command("corpus", "new.jsonl", "-o", "out", "--against", "i.dedup", cwd=tmp_path)
    assert done.status == 0, done.err
    assert json.loads((tmp_path / "out/new.jsonl").read_bytes())["text"] == "New here.\n"
    assert (tmp_path / "i.dedup").read_bytes() == before
    done = command("corpus", "old", "-o", "same", "--against", "i.dedup", cwd=tmp_path)
    assert (tmp_path / "same/a.txt").read_bytes() == (tmp_path / "old/a.txt").read_bytes()
    both = ("--against", "i.dedup", "--scope", "document")
    assert command("corpus", "old", "-o", "x", *both, cwd=tmp_path).status == 2
