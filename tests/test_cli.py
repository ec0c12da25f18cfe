"""dedup/cli: what a person sees, and the exit status; the odd inputs are in test_cli_bad_input."""

import json
import shlex
import subprocess
import sys

import pytest

ONE = "The cooper rolls his barrels down to the quay before the tide has turned"
TWO = "Two lanterns hang over the door of the inn, and one of them is always lit"
TEXT = f"{ONE}\n\n{TWO}\n\n{ONE}\n"
CLEAN = f"{ONE}\n\n{TWO}\n"


def run(*arguments, cwd, **options):
    command = [sys.executable, "-P", "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(f"{TWO}\n")
    return tmp_path


def test_clean_writes_to_standard_output_and_touches_nothing(folder):
    done = run("clean", "a.txt", cwd=folder)
    assert (done.returncode, done.stdout) == (0, CLEAN)
    assert done.stderr == "dedup: a.txt: 1 of 3 paragraphs cut (14 words): line 5\n"
    assert names(folder) == ["a.txt", "b.txt"]


def test_quiet_and_verbose(folder):
    assert run("clean", "-q", "a.txt", cwd=folder).stderr == ""
    assert "a.txt:5: exact repeats a.txt:1" in run("clean", "-v", "a.txt", cwd=folder).stderr


def test_a_text_without_repeats_says_so(folder):
    assert run("clean", "b.txt", cwd=folder).stderr == "dedup: b.txt: 1 paragraph, nothing to cut\n"


def test_standard_input_goes_through(folder):
    assert run("clean", "-", cwd=folder, input=TEXT).stdout == CLEAN


def test_in_place_leaves_an_undo_that_restore_finds(folder):
    done = run("clean", "--in-place", "a.txt", cwd=folder)
    assert done.returncode == 0
    assert done.stderr.endswith("dedup: to take this back: dedup restore a.txt -o a.txt\n")
    assert (folder / "a.txt").read_text() == CLEAN
    (undo,) = folder.glob("a.txt.*.dedup.json")
    assert undo.stat().st_mode & 0o777 == 0o600
    assert run("restore", "a.txt", cwd=folder).stdout == TEXT
    assert run("restore", "a.txt", "-o", "a.txt", cwd=folder).returncode == 0
    assert (folder / "a.txt").read_text() == TEXT


def test_no_undo_leaves_none(folder):
    done = run("clean", "--in-place", "--no-undo", "a.txt", cwd=folder)
    assert "restore" not in done.stderr
    assert names(folder) == ["a.txt", "b.txt"]


def test_a_report_of_an_earlier_run_is_not_lost(folder):
    arguments = ("clean", "--in-place", "--report", "cuts.json")
    assert run(*arguments, "a.txt", cwd=folder).returncode == 0
    again = run(*arguments, "a.txt", cwd=folder)
    assert (again.returncode, "undoes an earlier run" in again.stderr) == (0, True)
    (folder / "c.txt").write_text(TEXT)
    refused = run(*arguments, "a.txt", "c.txt", cwd=folder)
    assert (refused.returncode, (folder / "c.txt").read_text()) == (2, TEXT)
    assert run("restore", "a.txt", "cuts.json", cwd=folder).stdout == TEXT


def test_reports_by_suffix_and_on_standard_output(folder):
    names = ("cuts.json", "cuts.txt", "cuts.diff")
    options = [option for name in names for option in ("--report", name)]
    assert run("clean", *options, "a.txt", "-o", "out.txt", cwd=folder).returncode == 0
    assert json.loads((folder / "cuts.json").read_text())["totals"]["removed"] == 1
    assert (folder / "cuts.txt").read_text() == "a.txt:5: exact repeats a.txt:1\n"
    assert (folder / "cuts.diff").read_text().startswith("--- a.txt\n")
    printed = run("clean", "--report", "-", "a.txt", cwd=folder).stdout
    assert json.loads(printed)["documents"][0]["path"] == "a.txt"


def test_several_files_go_below_a_folder_or_are_compared_across(folder):
    assert run("clean", "-o", "out", ".", cwd=folder).returncode == 0
    assert (folder / "out" / "a.txt").read_text() == CLEAN
    assert (folder / "out" / "b.txt").read_text() == f"{TWO}\n"
    across = run("clean", "--across", "--diff", "b.txt", "a.txt", cwd=folder).stdout
    assert across.count(f"-{TWO}") == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["clean"], "no text named"),
        (["clean", "a.txt", "b.txt"], "2 files: pass -o DIR"),
        (["clean", "--in-place", "--diff", "a.txt"], "exclude each other"),
        (["clean", "--in-place", "-"], "standard input"),
        (["clean", "-o", "a.txt", "a.txt"], "is an input: use --in-place"),
        (["clean", "--report", "cuts.pdf", "a.txt"], ".json"),
        (["clean", "--no-undo", "a.txt"], "goes with --in-place"),
        (["clean", "--threshold", "7", "a.txt"], "from 0.3 to 1"),
        (["clean", "--treshold", "0.7", "a.txt"], "--threshold"),
        (["claen", "a.txt"], "clean"),
        (["check"], "no text named"),
        (["restore", "a.txt"], "no undo report"),
        (["restore", "."], "pass -o DIR"),
        (["restore", "-"], "name the report"),
    ],
)
def test_wrong_usage_is_one_line_with_the_way_out_and_does_nothing(folder, arguments, hint):
    done = run(*arguments, cwd=folder, input="")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert hint in done.stderr
    assert names(folder) == ["a.txt", "b.txt"]


def test_check_lists_repeats_across_files_and_fails(folder):
    done = run("check", "b.txt", "a.txt", cwd=folder)
    assert done.returncode == 1
    assert done.stdout == "a.txt:5: exact repeats a.txt:1\nb.txt:1: exact repeats a.txt:3\n"
    assert "'dedup clean --diff --across FILE…'" in done.stderr.splitlines()[-1]
    assert run("check", "--scope", "document", "b.txt", cwd=folder).returncode == 0


def test_two_files_that_are_called_alike_are_both_counted(folder, tmp_path_factory):
    """Named by absolute paths elsewhere, both are a.txt in the report."""
    away = [tmp_path_factory.mktemp("away") / "a.txt" for _ in range(2)]
    for path in away:
        path.write_text(TEXT)
    done = run("check", "--scope", "document", *away, cwd=folder)
    assert done.stderr.startswith("dedup: 2 repeats in 2 files: ")


def test_check_ends_with_what_explains_a_finding_and_the_way_out(folder, tmp_path_factory):
    (folder / "b c.txt").write_text(TEXT)
    elsewhere = tmp_path_factory.mktemp("away") / "it's.txt"
    elsewhere.write_text(TEXT)
    for named in (["b c.txt"], [str(elsewhere)]):
        done = run("check", *named, cwd=folder)
        *_, why, out = done.stderr.splitlines()
        command = why.removeprefix("dedup: to see why: dedup explain ")
        explained = run("explain", *shlex.split(command), cwd=folder)
        assert explained.returncode == 0, explained.stderr
        assert ": cut, exact" in explained.stdout
        assert "--in-place makes them" in out
    assert "to see why" not in run("check", "-", cwd=folder, input=TEXT).stderr


def test_check_prints_json(folder):
    done = run("check", "--format", "json", "a.txt", cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["totals"]["removed"]) == (1, 1)


def test_a_text_over_the_limit_is_left_and_exits_4(folder):
    near = f"{ONE}\n\n{ONE.replace('barrels', 'wagons')}\n"
    (folder / "a.txt").write_text(near)
    done = run("clean", "--max-removed", "10", "a.txt", cwd=folder)
    assert (done.returncode, done.stdout) == (4, near)
    assert "raise --max-removed" in done.stderr
    assert run("check", "--max-removed", "10", "a.txt", cwd=folder).returncode == 4


def test_one_bad_file_does_not_stop_the_others(folder):
    (folder / "c.txt").write_bytes(TEXT.encode("utf-16-le"))
    done = run("clean", "--in-place", ".", cwd=folder)
    assert done.returncode == 3
    assert "c.txt: looks like UTF-16" in done.stderr
    assert (folder / "a.txt").read_text() == CLEAN


def test_a_folder_is_restored_file_by_file(folder):
    run("clean", "--in-place", "--report", "cuts.json", ".", cwd=folder)
    assert run("restore", ".", "cuts.json", "-o", "back", cwd=folder).returncode == 0
    assert (folder / "back" / "a.txt").read_text() == TEXT


def test_a_cut_is_refused_when_its_keeper_changed(folder, monkeypatch):
    """The copy in b goes for a; a is edited between reading and writing."""
    code = (
        "import sys; from dedup import pipeline; from pathlib import Path; real = pipeline.clean\n"
        "def edited(*args, **options):\n"
        "    found = real(*args, **options); Path('a.txt').write_text('edited'); return found\n"
        "pipeline.clean = edited\n"
        "from dedup.cli import main\n"
        "sys.argv = ['dedup', 'clean', '--across', '--in-place', 'a.txt', 'b.txt']; main()"
    )
    (folder / "a.txt").write_text(f"{TWO}\n")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "what repeats it was left" in done.stderr
    assert (folder / "b.txt").read_text() == f"{TWO}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["clean", "--help"], ["check", "-h"]])
def test_help_is_there(folder, arguments):
    done = run(*arguments, cwd=folder)
    assert "Usage: dedup" in done.stdout + done.stderr


# --- an index -------------------------------------------------------------------------------------


def test_what_is_over_the_limit_is_a_repeat_to_a_query(folder):
    (folder / "near.txt").write_text(f"{ONE} again\n")
    run("index", "build", "i.dedup", "a.txt", cwd=folder)
    done = run("index", "query", "i.dedup", "near.txt", cwd=folder)
    assert done.returncode == 4
    assert done.stdout == "near.txt:1: limit repeats a.txt:1\n"
    assert done.stderr.splitlines()[-1] == "dedup: 1 document: 1 repeat"
