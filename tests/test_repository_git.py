"""Which texts a check without paths looks at, and what git may say to that."""

import os
import sys
from pathlib import Path

import pytest
from repositories import git, repository, write

FERRY = "The ferry to the island leaves twice a day from the harbour behind the old church."
TICKETS = "Tickets are sold on board, in coins and in notes, by whoever has the time to do so."
REPEATS = b"b.txt:1: exact repeats a.txt:1\n"


@pytest.fixture
def tree(tmp_path):
    """Give a repository of two texts of which one repeats the other."""
    return repository(tmp_path / "tree", {"a.txt": FERRY, "b.txt": FERRY})


def test_all_tracked_texts_are_compared(tree, command):
    write(tree, {"docs/c.md": TICKETS, "docs/d.rst": TICKETS, "e.py": FERRY, ".f/g.txt": TICKETS})
    git(tree, "add", "-A")
    write(tree, {"untracked.txt": FERRY, "docs/h.markdown": FERRY})
    done = command("check", cwd=tree)
    assert done.status == 1
    assert done.out == (
        REPEATS + b"docs/c.md:1: exact repeats .f/g.txt:1\ndocs/d.rst:1: exact repeats .f/g.txt:1\n"
    )
    assert done.err == (
        "dedup: to see why: dedup explain b.txt:1 a.txt:1\n"
        "dedup: 3 repeats in 3 files: 'dedup clean --diff --across FILE…' shows the cuts, "
        "--in-place makes them, 'dedup check --update-baseline' accepts them\n"
    )


def test_nothing_that_repeats(tmp_path, command):
    tree = repository(tmp_path, {"a.txt": FERRY, "b.txt": TICKETS})
    done = command("check", cwd=tree)
    assert (done.status, done.out, done.err) == (0, b"", "dedup: 2 files: nothing to cut\n")


def test_an_empty_repository(tmp_path, command):
    done = command("check", cwd=repository(tmp_path))
    assert (done.status, done.out, done.err) == (0, b"", "dedup: 0 files: nothing to cut\n")


@pytest.mark.parametrize("options", [["--format", "json"], ["-v"], ["--scope", "document"], ["-q"]])
def test_options_hold_as_with_the_files_named(tree, command, options):
    write(tree, {"c.txt": f"{TICKETS}\n\n{TICKETS}\n\n{FERRY} It took 30 minutes."})
    write(tree, {"d.txt": f"{FERRY} It took 45 minutes."})
    git(tree, "add", "-A")
    named = command("check", *options, "a.txt", "b.txt", "c.txt", "d.txt", cwd=tree)
    assert command("check", *options, cwd=tree) == named
    assert command("check", *options, cwd=tree) == named


def test_the_work_tree_counts_not_what_is_staged(tree, command):
    write(tree, {"b.txt": TICKETS})
    assert command("check", cwd=tree).status == 0
    git(tree, "add", "-A")
    write(tree, {"b.txt": FERRY})
    assert command("check", cwd=tree).out == REPEATS


def test_a_file_that_is_deleted_or_renamed(tree, command):
    (tree / "a.txt").unlink()
    assert command("check", cwd=tree).status == 0
    (tree / "b.txt").rename(tree / "a.txt")
    assert command("check", cwd=tree).status == 0
    git(tree, "add", "-A")
    write(tree, {"sub/z.txt": FERRY})
    git(tree, "add", "-N", "sub/z.txt")
    assert command("check", cwd=tree).out == b"sub/z.txt:1: exact repeats a.txt:1\n"


def test_links_and_what_is_behind_them_are_passed_over(tree, command, tmp_path):
    write(tree, {"docs/c.txt": FERRY})
    (tree / "link.txt").symlink_to("a.txt")
    git(tree, "add", "-A")
    (tree / "docs").rename(tmp_path / "elsewhere")
    (tree / "docs").symlink_to(tmp_path / "elsewhere")
    (tree / "b.txt").unlink()
    (tree / "b.txt").symlink_to("a.txt")
    done = command("check", cwd=tree)
    assert (done.status, done.err) == (0, "dedup: 1 file: nothing to cut\n")


def test_a_submodule_is_another_repository(tree, command, tmp_path):
    other = repository(tmp_path / "other", {"b.txt": FERRY})
    git(other, "commit", "-qm", "x")
    git(tree, "submodule", "add", "-q", str(other), "sub")
    (tree / "b.txt").unlink()
    assert command("check", cwd=tree).status == 0


def test_a_merge_that_is_not_finished(tree, command):
    git(tree, "commit", "-qm", "x")
    git(tree, "switch", "-qc", "other")
    write(tree, {"b.txt": f"{TICKETS}\n"})
    git(tree, "commit", "-qam", "y")
    git(tree, "switch", "-q", "main")
    write(tree, {"b.txt": f"{FERRY}\n\nMore.\n"})
    git(tree, "commit", "-qam", "z")
    assert git(tree, "merge", "other", check=False).returncode == 1
    assert b"<<<<<<<" in (tree / "b.txt").read_bytes()
    done = command("check", cwd=tree)
    assert done.out == b"b.txt:2: exact repeats a.txt:1\n"


def test_odd_names(tmp_path, command):
    names = [b"-a.txt", b"new\nline.txt", b"not utf-8 \xff.txt", b" .txt", b"\xc3\xa4[b]*?.txt"]
    tree = repository(tmp_path)
    for name in names:
        Path(os.fsdecode(os.fsencode(tree) + b"/" + name)).write_text(FERRY)
    git(tree, "add", "-A")
    done = command("check", cwd=tree)
    assert done.out.splitlines() == [
        b"-a.txt:1: exact repeats  .txt:1",
        b"new\\nline.txt:1: exact repeats  .txt:1",
        b"not utf-8 \\udcff.txt:1: exact repeats  .txt:1",
        b"\xc3\xa4[b]*?.txt:1: exact repeats  .txt:1",
    ]
    assert command("check", cwd=tree) == done


def test_from_a_folder_below_paths_are_told_from_there(tree, command):
    write(tree, {"docs/old/c.txt": TICKETS, "docs/new/d.txt": TICKETS})
    git(tree, "add", "-A")
    told = {
        "docs/old": "../../b.txt:1: exact repeats ../../a.txt:1\nc.txt:1: exact repeats "
        "../new/d.txt:1\n",
        "docs": "../b.txt:1: exact repeats ../a.txt:1\nold/c.txt:1: exact repeats new/d.txt:1\n",
    }
    for folder, lines in told.items():
        assert command("check", cwd=tree / folder).out.decode() == lines
        assert command("check", "--scope", "corpus", "-v", cwd=tree / folder).out.decode() == lines


def test_settings_and_overrides_count(tree, command):
    assert command("check", cwd=tree).status == 1
    (tree / "dedup.toml").write_text("min-words = 40\n")
    assert command("check", cwd=tree).status == 0
    (tree / "dedup.toml").write_text('[[overrides]]\npaths = ["b.txt"]\nmin-words = 40\n')
    assert command("check", cwd=tree).status == 0
    (tree / "dedup.toml").write_text('[[overrides]]\npaths = ["c.txt"]\nmin-words = 40\n')
    assert command("check", cwd=tree).status == 1
    assert command("check", "--min-words", "40", cwd=tree).status == 0
    assert command("check", cwd=tree).status == 1


def test_another_work_tree_of_the_same_repository(tree, command, tmp_path):
    git(tree, "commit", "-qm", "x")
    git(tree, "worktree", "add", "-q", "-b", "other", str(tmp_path / "second"))
    assert command("check", cwd=tree).status == 1
    write(tmp_path / "second", {"b.txt": TICKETS})
    assert command("check", cwd=tmp_path / "second").status == 0
    assert command("check", cwd=tree).status == 1
    assert (tree / ".git" / "worktrees" / "second" / "dedup").is_dir()


def test_a_shallow_clone(tree, command, tmp_path):
    git(tree, "commit", "-qm", "x")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tree}", "shallow")
    assert command("check", cwd=tmp_path / "shallow").out == REPEATS


def test_outside_of_git_a_text_has_to_be_named(tmp_path, command, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = command("check", cwd=tmp_path)
    assert done.status == 2
    assert done.err.startswith("dedup: no text named: pass a file, a folder, or -")


def test_what_the_environment_names_is_seen_from_the_working_folder(tree, command, monkeypatch):
    (tree / "deep").mkdir()
    here = command("check", cwd=tree / "deep")
    monkeypatch.setenv("GIT_DIR", "../.git")
    monkeypatch.setenv("GIT_WORK_TREE", "..")
    assert command("check", cwd=tree / "deep") == here
    assert here.status == 1


@pytest.mark.parametrize("kind", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_how_git_reads_patterns_elsewhere_is_no_matter(tree, command, monkeypatch, kind):
    write(tree, {"0.TXT": FERRY, "deep/c.txt": TICKETS, "deep/d.txt": TICKETS})
    git(tree, "add", "-A")
    monkeypatch.setenv(f"GIT_{kind}_PATHSPECS", "1")
    assert command("check", cwd=tree).out == REPEATS + b"deep/d.txt:1: exact repeats deep/c.txt:1\n"


def test_a_bare_repository_has_nothing_to_look_at(tree, command, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "bare")
    for folder in (tmp_path / "bare", tree / ".git"):
        done = command("check", cwd=folder)
        assert done.status == 2
        assert done.err == (
            "dedup: git: this repository has no work tree here: name the texts, as in "
            "'dedup check docs/'\n"
        )


def test_a_repository_that_git_does_not_trust(tree, command, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    done = command("check", cwd=tree)
    assert done.status == 2
    assert done.err.startswith("dedup: git: detected dubious ownership")


def test_without_git(tree, command, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = command("check", cwd=tree)
    assert (done.status, done.err) == (
        2,
        "dedup: git is not installed: install it, or name the texts, as in 'dedup check docs/'\n",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert command("check", cwd=elsewhere).err.startswith("dedup: no text named")


def test_a_locked_index_is_no_matter(tree, command):
    (tree / ".git" / "index.lock").touch()
    assert command("check", cwd=tree).out == REPEATS


def test_the_repository_runs_nothing_of_its_own(tree, command, tmp_path):
    script = tmp_path / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    git(tree, "config", "core.fsmonitor", str(script))
    assert command("check", cwd=tree).status == 1
    assert not (tmp_path / "ran").exists()


def test_inside_a_hook(tree):
    script = tree / ".git" / "hooks" / "pre-commit"
    script.write_text(f"#!/bin/sh\n'{sys.executable}' -m dedup check > said\nexit 0\n")
    script.chmod(0o755)
    (tree / "sub").mkdir()
    git(tree / "sub", "commit", "-qam", "x")
    assert (tree / "said").read_bytes() == REPEATS


def test_a_name_that_is_an_ending_has_none(tree, command):
    (tree / "dedup.toml").write_text('include = ["md", "*.md", "b.txt"]\n')
    write(tree, dict.fromkeys(["a.md", "md"], f"    {FERRY}\n"))  # in Markdown that is code
    git(tree, "add", "-A")
    done = command("check", cwd=tree)
    assert done.out == b"md:1: exact repeats b.txt:1\n"
    assert done == command("check", "a.md", "b.txt", "md", cwd=tree)
