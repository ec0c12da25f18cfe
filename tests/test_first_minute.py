"""What somebody meets who has never used dedup: the first words, help, hints, completion."""

from __future__ import annotations

import gzip
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.cli.main import commands

FERRY = "The ferry to the island leaves twice a day from the old harbour below the church."
MARKET = "Fishermen sell their catch on the quay every morning until the bells ring for noon."
TEXT = f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n"
DEDUP = shlex.join([sys.executable, "-P", "-m", "dedup"])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dedup.toml").touch()  # what is kept beside the settings stays in here
    (tmp_path / "articles").mkdir()
    for name in ("article.txt", "articles/a.md", "articles/b.md"):
        Path(name).write_text(TEXT)
    return tmp_path


def run(*arguments, **options):
    command = [*shlex.split(DEDUP), *arguments]
    options = {"stdin": subprocess.DEVNULL, **options}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def shell(line):
    """Run a line as it stands in a help text."""
    line = f'dedup() {{ {DEDUP} "$@"; }}; {line}'
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)


# --- the first words ------------------------------------------------------------------------------


def test_alone_it_says_in_two_lines_what_it_is_and_three_commands_to_try():
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    what, tries, _ = done.stdout.split("\n\n")
    assert len(what.splitlines()) == 2
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    tried = [line.split("    ")[0].strip() for line in tries.splitlines()]
    assert len(tried) == 3
    for line in tried:
        assert line.startswith("dedup ")
        assert shell(line).returncode in {0, 1}, line


def examples(name):
    """Give the lines of the Examples in a help text."""
    lines = run(*name.split(), "--help").stdout.partition("Examples:")[2].splitlines()[1:]
    return [line.strip() for line in lines if line.startswith("    dedup ")]


@pytest.mark.parametrize("name", ["", *commands.list_commands(None)])
def test_every_help_has_examples(name):
    done = run(*name.split(), "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Examples" in done.stdout


def test_an_index_that_is_told_nothing_says_what_it_can_do():
    done = run("index")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("index", "--help").stdout


@pytest.mark.parametrize("name", ["", *sorted({*commands.list_commands(None)} - {"completion"})])
def test_every_example_works(name):
    if name == "restore":
        shutil.copy("article.txt", "clean.txt")
        run("clean", "--in-place", "--report", "cuts.json", "clean.txt")
        run("clean", "--in-place", "article.txt", "articles")
    if name in {"restore", "corpus"}:
        Path("shards").mkdir()
        for path in ("shards/a.jsonl", "crawl/b.jsonl.gz"):
            Path(path).parent.mkdir(exist_ok=True)
            opened = gzip.open if path.endswith("gz") else open
            with opened(path, "wt") as shard:
                shard.writelines(json.dumps({"text": TEXT, "date": n}) + "\n" for n in range(3))
    if name == "index":
        for path in ("archive/old.txt", "today/article.txt", "crawl/a.jsonl.gz"):
            Path(path).parent.mkdir()
            Path(path).write_text(TEXT)
        Path("crawl/a.jsonl.gz").write_bytes(gzip.compress(json.dumps({"text": TEXT}).encode()))
    if name == "restore":
        run("corpus", "shards", "-o", "cleaned")
    if name == "check":
        for words in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *words], check=True)
    if name == "settings":
        Path("poems").mkdir()
        Path("poems/spring.txt").write_text(TEXT)
    if name == "explain":
        for path in ("article.txt", "b.md"):
            Path(path).write_text("".join(f"{FERRY} {n}\n" for n in range(50)))
    found = examples(name)
    assert len(found) >= 2
    for line in found:
        done = shell(line)
        assert done.returncode in {0, 1}, (line, done.stderr)
        assert "Usage" not in done.stderr


# --- hints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["claen", "article.txt"], "did you mean 'clean'?"),
        (["chekc"], "did you mean 'check'?"),
        (
            ["frobnicate"],
            "use one of clean, check, explain, corpus, index, restore, settings",
        ),
        (["article.txt"], "dedup clean article.txt"),
        (["clean", "--treshold", "0.5"], "'--threshold'?"),
        (["clean", "--inplace", "article.txt"], "'--in-place'?"),
        (["check", "--fromat", "json"], "--format"),
        (["restore", "--ouptut", "x", "article.txt"], "'--output'?"),
        (["clean", "--dry-run", "article.txt"], "use --diff"),
        (["clean", "-i", "article.txt"], "use --in-place"),
        (["clean", "--json", "article.txt"], "use --report -"),
        (["check", "--json", "article.txt"], "use --format json"),
        (["check", "-i", "article.txt"], "No such option"),
        (["--across", "article.txt"], "dedup clean --across"),
        (["--scope=document", "article.txt"], "dedup check --scope"),
        (["--frobnicate"], "No such option"),
        (["completion"], "bash, zsh, fish"),
        (["completion", "tcsh"], "bash"),
        (["clean"], "… | dedup clean -"),
        (["clean", "articles/*.html"], "nothing fits"),
        (["clean", ""], "an empty name"),
    ],
)
def test_wrong_word_is_answered_with_the_right_one(arguments, hint):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert hint in done.stderr
    assert "\\n" not in done.stderr


def test_overlong_name_of_a_command_is_one_line():
    done = run("x" * 5000)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("command", ["clean", "check"])
def test_without_a_path_on_a_terminal_it_says_what_to_pass(command):
    master, slave = pty.openpty()
    done = run(command, stdin=slave)
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"'dedup {command} article.txt'" in done.stderr
    assert "a file, a folder, or -" in done.stderr


def test_on_a_terminal_standard_input_says_how_to_end_it():
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*shlex.split(DEDUP), "clean", "-"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(slave)
        assert "Ctrl-D" in process.stderr.readline()
        os.write(master, TEXT.encode() + b"\x04")
        out, _ = process.communicate(timeout=60)
    os.close(master)
    assert out == f"{FERRY}\n\n{MARKET}\n"


@pytest.mark.parametrize("command", ["clean", "check"])
def test_folder_without_texts_is_named_with_what_would_be_taken(command):
    Path("pictures").mkdir()
    Path("pictures/a.png").write_bytes(b"\x89PNG")
    done = run(command, "pictures")
    (said,) = done.stderr.splitlines()
    assert said.startswith("dedup: pictures: holds no text")
    assert ".txt or .md" in said
    both = run(command, "--diff" if command == "clean" else "-v", "pictures", "articles/a.md")
    assert "pictures: holds no text" in both.stderr
    assert "a.md" in both.stdout


def test_pattern_is_expanded_and_its_output_goes_below_a_folder():
    assert run("check", "-q", "articles/*.md").stdout.count("repeats") == 4
    assert run("clean", "-q", "-o", "out", "articles/a*.md").returncode == 0
    assert Path("out/a.md").read_text() == f"{FERRY}\n\n{MARKET}\n"


# --- completion -----------------------------------------------------------------------------------


def completed(*words, kind="bash_complete"):
    """Ask as the script of bash does."""
    environment = {
        **os.environ,
        "_DEDUP_COMPLETE": kind,
        "COMP_WORDS": " ".join(["dedup", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = run(env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return [tuple(line.split(",", 1)) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_script_is_valid(name):
    done = run("completion", name)
    assert done.returncode == 0
    assert "_DEDUP_COMPLETE" in done.stdout
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    checked = subprocess.run(
        [name, "-n"], input=done.stdout, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_commands_are_completed():
    assert completed("cl") == [("plain", "clean")]
    assert {name for _, name in completed("")} >= {*commands.list_commands(None)}


def test_options_and_their_values_are_completed():
    assert completed("clean", "--in") == [("plain", "--in-place")]
    assert ("plain", "--threshold") in completed("check", "--")
    assert completed("check", "--format", "j") == [("plain", "json")]
    assert completed("completion", "z") == [("plain", "zsh")]


@pytest.mark.parametrize(
    "words",
    [
        ["clean", "art"],
        ["clean", "--in-place", "article.txt", "art"],
        ["clean", "-o", "out"],
        ["clean", "--report", "cu"],
        ["check", "art"],
        ["explain", "art"],
        ["explain", "article.txt:3", "--among", "art"],
        ["restore", "art"],
        ["restore", "article.txt", "cu"],
    ],
    ids=" ".join,
)
def test_names_of_files_are_left_to_the_shell(words):
    assert completed(*words) == [("file", words[-1])]


def test_bash_completes_with_the_script(here):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    (here / "bin").mkdir()
    program = here / "bin" / "dedup"
    program.write_text(f'#!/bin/sh\nexec {DEDUP} "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(dedup completion bash)"
        complete -p dedup | grep -q -- '-F _dedup_completion' || exit 1
        COMP_WORDS=(dedup resto); COMP_CWORD=1
        _dedup_completion dedup
        echo "${COMPREPLY[@]}"
    """
    environment = {**os.environ, "PATH": f"{here / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [bash, "-c", script], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "restore\n", "")
