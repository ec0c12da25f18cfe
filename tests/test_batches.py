"""dedup clean on many files: one after the other, or together where they belong so."""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweep import cleaned, text_with_repeats

import dedup
from dedup import atomic, pipeline
from dedup.cli import batches, inputs, writing
from dedup.cli.main import commands
from dedup.cli.progress import Stopped
from dedup.errors import SelfCheckError
from dedup.model import Run

COMMAND = [sys.executable, "-P", "-m", "dedup"]
NAMES = ["a.txt", "b.txt", "c.txt"]
OLD = {name: text_with_repeats(seed, paragraphs=12) for seed, name in enumerate(NAMES)}
NEW = {name: cleaned(old) for name, old in OLD.items()}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, old in OLD.items():
        Path(name).write_bytes(old)
    return tmp_path


@pytest.fixture
def events(monkeypatch):
    """Record what is read, compared and written, and what is said, in order."""
    found = []

    def record(owner, name, word, of):
        real = getattr(owner, name)

        def recorded(*arguments, **options):
            result = real(*arguments, **options)
            if of(*arguments):
                found.append(f"{word} {of(*arguments)}")
            return result

        monkeypatch.setattr(owner, name, recorded)

    record(inputs, "read", "read", str)
    record(atomic, "replace", "rewrite", lambda path, *_: path)
    record(
        atomic, "write", "write", lambda path, *_: re.sub(r"\.\w{8}\.dedup", ".*.dedup", path.name)
    )
    record(writing, "write_data", "print", lambda data: data[:9].decode())
    for owner in (importlib.import_module("dedup.cli.clean"), batches):
        record(owner, "say", "say", lambda message: message.partition(":")[0])
    return found


def clean(*arguments):
    return commands.main(["clean", *map(str, arguments)], standalone_mode=False)


def contents():
    return {name: Path(name).read_bytes() for name in NAMES}


# --- the order of things --------------------------------------------------------------------------


def test_in_place_finishes_and_tells_one_file_before_it_reads_the_next(events):
    assert clean("--in-place", *NAMES) == 0
    expected = []
    for name in NAMES:
        undo = f"write {name}.*.dedup.json"
        expected += [f"read {name}", undo, f"rewrite {name}", f"say {name}"]
    assert events == [*expected, "say 3 files", "say to take this back"]
    assert contents() == NEW


def test_other_outputs_go_file_by_file_too(events):
    clean("-q", "-o", "out", *NAMES)
    assert events == [event for name in NAMES for event in (f"read {name}", f"write {name}")]
    events.clear()
    clean("-q", "--diff", *NAMES)
    assert events == [event for n in NAMES for event in (f"read {n}", f"print --- {n}"[:15])]


def test_report_is_on_the_disk_before_any_text_is_rewritten(events):
    assert clean("-q", "--in-place", "--report", "cuts.json", *NAMES) == 0
    reads, rewrites = [f"read {name}" for name in NAMES], [f"rewrite {name}" for name in NAMES]
    assert events == [*reads, "write cuts.json", *rewrites]
    report = json.loads(Path("cuts.json").read_bytes())
    assert [document["path"] for document in report["documents"]] == NAMES
    assert {name: dedup.restore(NEW[name], report) for name in NAMES} == OLD


def test_across_reads_all_before_it_writes_and_tells_each_when_it_is_done(events):
    assert clean("--across", "--in-place", *NAMES) == 0
    assert events[:3] == [f"read {name}" for name in NAMES]
    assert events[3:6] == ["write a.txt.*.dedup.json", "rewrite a.txt", "say a.txt"]


def test_pages_of_a_diff_are_those_of_the_report():
    printed = subprocess.run([*COMMAND, "clean", "-q", "--diff", *NAMES], capture_output=True,
                             check=True).stdout  # fmt: skip
    clean("-q", "--report", "cuts.diff", *NAMES)
    assert printed == Path("cuts.diff").read_bytes()


def test_last_line_adds_up(capsys):
    Path("b.txt").write_bytes(NEW["b.txt"])
    Path("c.txt").write_bytes(bytes(100))
    assert clean("--in-place", *NAMES) == 3
    assert capsys.readouterr().err.splitlines()[-2] == (
        "dedup: 3 files: 1 with cuts, 1 with nothing to cut, 1 not processed"
    )
    assert clean("--in-place", "a.txt") == 0
    assert "files" not in capsys.readouterr().err


# --- what goes wrong with one of them -------------------------------------------------------------


@pytest.fixture(params=[SelfCheckError("self-check failed, nothing was written: x"), MemoryError()])
def unlucky(request, monkeypatch):
    """Let the pipeline fail over b.txt."""
    real = pipeline.clean

    def fail(documents, *arguments, **options):
        if any(document.id == "b.txt" for document in documents):
            raise request.param
        return real(documents, *arguments, **options)

    monkeypatch.setattr(pipeline, "clean", fail)
    return request.param


def test_one_that_cannot_be_cleaned_is_named_and_the_others_are_done(unlucky, capsys):
    assert clean("-q", "--in-place", *NAMES) == 3
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("dedup: b.txt: ")
    assert contents() == NEW | {"b.txt": OLD["b.txt"]}


def test_together_nothing_is_written_when_one_cannot_be_cleaned(unlucky):
    with pytest.raises(type(unlucky)):
        clean("--in-place", "--report", "cuts.json", *NAMES)
    assert contents() == OLD
    assert not Path("cuts.json").exists()


def test_warning_names_its_file_when_the_pipeline_does_not(monkeypatch, capsys):
    real = pipeline.clean

    def warned(documents, *arguments, **options):
        run = real(documents, *arguments, **options)
        return Run(run.documents, run.blocks, run.settings, ("capped", "a.txt:1: odd"))

    monkeypatch.setattr(pipeline, "clean", warned)
    clean("-q", "--in-place", "a.txt")
    assert capsys.readouterr().err == (
        "dedup: warning: a.txt: capped\ndedup: warning: a.txt:1: odd\n"
    )


def test_nobody_listening_does_not_stop_the_work():
    """As in ``dedup clean --in-place . 2>&1 | head -1``."""
    with subprocess.Popen([*COMMAND, "clean", "--in-place", *NAMES], stderr=subprocess.PIPE) as run:
        run.stderr.close()
        run.wait(60)
    assert contents() == NEW


# --- undo reports ---------------------------------------------------------------------------------


def undo_of(name):
    (path,) = Path().glob(f"{name}.*.dedup.json")
    return json.loads(path.read_bytes())


def test_undo_report_of_one_among_many_is_about_that_one():
    clean("-q", "--in-place", *NAMES)
    assert [document["path"] for document in undo_of("b.txt")["documents"]] == ["b.txt"]
    assert dedup.restore(NEW["b.txt"], undo_of("b.txt")) == OLD["b.txt"]


def test_undo_report_of_a_run_across_names_the_keepers_and_no_other():
    shared = text_with_repeats(50, paragraphs=8)
    own = text_with_repeats(51, paragraphs=8)
    Path("b.txt").write_bytes(shared)
    Path("c.txt").write_bytes(own + b"\n" + shared)
    clean("-q", "--across", "--in-place", *NAMES)
    undo = undo_of("c.txt")
    assert [document["path"] for document in undo["documents"]] == ["b.txt", "c.txt"]
    (document,) = [document for document in undo["documents"] if document["path"] == "c.txt"]
    removed = [d for d in document["decisions"] if d["action"] == "remove"]
    keepers = {undo["documents"][d["canonical"]["document"]]["path"] for d in removed}
    assert keepers == {"b.txt", "c.txt"}
    places = {o["document"] for block in undo["blocks"] for o in block["occurrences"]}
    assert places == {0, 1}
    assert dedup.restore(Path("c.txt").read_bytes(), undo) == own + b"\n" + shared


# --- being stopped --------------------------------------------------------------------------------

MANY = 60
STOPPED = re.compile(
    rf"dedup: stopped by SIGINT after (\d+) of {MANY} files "
    r"\(last: ([^;]*)(?:; at work on: (.*))?\): "
    "every file is whole, old or new"
)


@pytest.fixture
def many(here):
    """Give a folder of many texts: name → old, new."""
    folder = here / "texts"
    folder.mkdir()
    found = {}
    for number in range(MANY):
        old = text_with_repeats(number, paragraphs=12)
        (folder / f"{number:04}.txt").write_bytes(old)
        found[f"{number:04}.txt"] = old, cleaned(old)
    return found


def assert_every_file_is_whole(many, said):
    """Check the files against what was said; the number of files that are new comes back."""
    new = set()
    for name, (old, clean_text) in many.items():
        path = Path("texts", name)
        found = path.read_bytes()
        assert found in {old, clean_text}, name
        if found == clean_text:
            new.add(f"texts/{name}")
            (undo,) = Path("texts").glob(f"{name}.*.dedup.json")
            assert dedup.restore(found, undo.read_bytes()) == old
    count, last, at_work_on = re.fullmatch(STOPPED, said[-1]).groups()
    assert len(new - {at_work_on}) == int(count)
    assert last == f"texts/{int(count) - 1:04}.txt"
    assert at_work_on in {None, f"texts/{int(count):04}.txt"}
    for line in said[:-1]:
        name = line.removeprefix("dedup: ").partition(":")[0]
        assert Path(name).read_bytes() == many[Path(name).name][1], f"{name} was named as done"
    return len(new)


@pytest.mark.parametrize("trial", range(8))
def test_ctrl_c_among_many_files_says_which_are_done(many, trial):
    source = random.Random(trial)
    after, pause = source.randrange(1, MANY * 2 // 3), source.randrange(200_000)
    with subprocess.Popen(
        [*COMMAND, "clean", "--in-place", "texts"], stderr=subprocess.PIPE, text=True
    ) as run:
        said = [run.stderr.readline() for _ in range(after)]
        for _ in range(pause):
            pass
        run.send_signal(signal.SIGINT)
        said += run.stderr.readlines()
        assert run.wait(60) == 130
    said = [line.rstrip("\n") for line in said]
    new = assert_every_file_is_whole(many, said)
    assert after <= new < MANY

    assert clean("-q", "--in-place", "texts") == 0
    assert list(Path("texts").glob(".*")) == []
    assert [Path("texts", name).read_bytes() for name in many] == [new for _, new in many.values()]


def test_ctrl_c_among_many_files_says_it_when_quiet_too(many):
    deadline = time.monotonic() + 60
    with subprocess.Popen(
        [*COMMAND, "clean", "-q", "--in-place", "texts"], stderr=subprocess.PIPE, text=True
    ) as run:
        while len(list(Path("texts").glob("*.json"))) < 5:
            assert time.monotonic() < deadline
        run.send_signal(signal.SIGINT)
        said = run.stderr.read().splitlines()
        assert run.wait(60) == 130
    assert len(said) == 1
    assert assert_every_file_is_whole(many, said) >= 4


@pytest.mark.parametrize(
    "arguments", [["--across"], ["--report", "cuts.json"], []], ids=lambda a: "".join(a) or "each"
)
def test_stop_says_how_far_it_was_also_when_all_were_read_first(arguments, monkeypatch):
    real = atomic.replace

    def stopped(path, *rest, **options):
        if path.name == "b.txt":
            raise Stopped(signal.SIGINT)
        real(path, *rest, **options)

    monkeypatch.setattr(atomic, "replace", stopped)
    with pytest.raises(Stopped) as caught:
        clean("--in-place", *arguments, *NAMES)
    assert caught.value.after == " after 1 of 3 files (last: a.txt; at work on: b.txt)"
    assert contents() == OLD | {"a.txt": NEW["a.txt"]}


def test_stop_before_anything_is_done_names_none(monkeypatch):
    def stopped(*_, **__):
        raise Stopped(signal.SIGINT)

    monkeypatch.setattr(pipeline, "clean", stopped)
    with pytest.raises(Stopped) as caught:
        clean("--in-place", *NAMES)
    assert caught.value.after == " after 0 of 3 files"


def test_file_that_could_not_be_read_is_never_the_last_that_is_done(monkeypatch):
    Path("b.txt").write_bytes(bytes(100))
    real = atomic.replace

    def stopped(path, *rest, **options):
        if path.name == "c.txt":
            raise Stopped(signal.SIGINT)
        real(path, *rest, **options)

    monkeypatch.setattr(atomic, "replace", stopped)
    with pytest.raises(Stopped) as caught:
        clean("--in-place", *NAMES)
    assert caught.value.after == " after 2 of 3 files (last: a.txt; at work on: c.txt)"


# --- what many files cost -------------------------------------------------------------------------


def test_work_grows_with_the_files_and_not_with_their_square(many, monkeypatch):
    """Looks at names, and what is hashed, are counted: they are what grew."""
    counted = {"stat": 0, "hash": 0}

    def counting(owner, name, key):
        real = getattr(owner, name)

        def count(*arguments, **options):
            counted[key] += 1
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, count)

    counting(os, "stat", "stat")
    counting(sys.modules["hashlib"], "sha256", "hash")
    clean("-q", "--in-place", "texts")
    assert counted["hash"] <= 12 * MANY
    clean("-q", "-o", "out", "texts")
    assert counted["stat"] <= 30 * MANY
