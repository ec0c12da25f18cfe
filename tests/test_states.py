"""Promise A7: whatever is done to a repository, in whatever order, no paragraph is lost to us.

Somebody writes, edits, deletes and renames texts, switches branches and takes changes back, cleans
in place, is killed while he does, and restores. What he removes himself is gone. What a command of
ours took away must have gone for a paragraph that is on the disk when the command has ended, and
for which `oracle` lets it go, on strings.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import oracle
import pytest
import strategies
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from killing import Killer

from dedup import Config
from dedup.cli.main import _status
from dedup.files import UNDO_SUFFIX

CONFIG = Config(paragraphs="blank")
OPTIONS = ("--no-config", "--paragraphs", "blank")
NAMES = ("a.txt", "b.txt", "c.txt", "deep/d.txt", "deep/e.txt")
GIT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}

done: Counter[str] = Counter()


class Repository(RuleBasedStateMachine):
    """A git repository of texts, and what may happen in it."""

    killer: Killer

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="states"))
        self.branches = ["main"]
        self.stands_for: dict[str, set[str]] = {}  # what was cut for a paragraph
        self.before: dict[tuple[str, bytes], set[bytes]] = {}  # what became such a text
        self.git("init", "-q", "-b", "main")

    def teardown(self):
        shutil.rmtree(self.folder)

    def git(self, *arguments):
        subprocess.run(
            ["git", *arguments], cwd=self.folder, env=GIT, capture_output=True, check=True
        )

    def texts(self) -> dict[str, bytes]:
        return {
            name: (self.folder / name).read_bytes()
            for name in NAMES
            if (self.folder / name).exists()
        }

    def write(self, name, paragraphs):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")

    def some(self, seed):
        """Give one of the texts there are, its paragraphs, and a source of chance."""
        rnd = random.Random(seed)
        name = rnd.choice(sorted(self.texts()))
        return name, split((self.folder / name).read_bytes()), rnd

    def paragraph(self, rnd):
        """Give a paragraph: a new one, one that is there, or nearly that."""
        there = [p for data in self.texts().values() for p in split(data)]
        if not there or rnd.random() < 0.3:
            return strategies.paragraphs(rnd, 1)[0]
        words = rnd.choice(there).rstrip(".,").split()
        change = rnd.choice([list, strategies.edited, strategies.edited, strategies.variant])
        changed = change(words) if change is list else change(rnd, words)
        return " ".join(changed) + "."

    # --- what the user does -----------------------------------------------------------------------

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed):
        rnd = random.Random(seed)
        for name in NAMES[:3]:
            self.write(name, strategies.paragraphs(rnd, 6))
        self.commit()

    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32))
    def add(self, name, seed):
        if name not in self.texts():
            rnd = random.Random(seed)
            self.write(name, [self.paragraph(rnd) for _ in range(1 + rnd.randrange(9))])
            done["added"] += 1

    @precondition(lambda self: self.texts())
    @rule(seed=st.integers(0, 2**32))
    def edit(self, seed):
        name, paragraphs, rnd = self.some(seed)
        at = rnd.randrange(len(paragraphs) + 1)
        paragraphs[at : at + rnd.randrange(2)] = [
            self.paragraph(rnd) for _ in range(rnd.randrange(3))
        ]
        self.write(name, paragraphs or ["All is gone."])
        done["edited"] += 1

    @precondition(lambda self: len(self.texts()) > 1)
    @rule(seed=st.integers(0, 2**32))
    def delete(self, seed):
        (self.folder / self.some(seed)[0]).unlink()
        done["deleted"] += 1

    @precondition(lambda self: self.texts())
    @rule(seed=st.integers(0, 2**32), to=st.sampled_from(NAMES))
    def rename(self, seed, to):
        if to not in self.texts():
            (self.folder / to).parent.mkdir(exist_ok=True)
            (self.folder / self.some(seed)[0]).rename(self.folder / to)
            done["renamed"] += 1

    @rule()
    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "Change")

    @rule(seed=st.integers(0, 2**32))
    def switch(self, seed):
        self.commit()
        rnd = random.Random(seed)
        if rnd.random() < 0.3:
            self.branches.append(f"branch{len(self.branches)}")
            self.git("switch", "-qc", self.branches[-1])
        else:
            self.git("switch", "-q", rnd.choice(self.branches))
        done["switched"] += 1

    @rule(really=st.integers(0, 2))
    def roll_back(self, really):
        """Take back what was not committed, as pre-commit does with the fixes of a hook."""
        if not really:
            self.git("stash", "-q", "-u")
            done["rolled back"] += 1

    # --- what we do -------------------------------------------------------------------------------

    def ours(self, seed):
        """Give a command that cleans some of the texts."""
        rnd = random.Random(seed)
        names = sorted(self.texts())
        rnd.shuffle(names)
        names = names[: 1 + rnd.randrange(len(names))] if rnd.random() < 0.3 else names
        options = [option for option in ("--across", "--no-undo") if rnd.random() < 0.5]
        return names, ["clean", "--in-place", *options, *OPTIONS, *names]

    @precondition(lambda self: self.texts())
    @rule(seed=st.integers(0, 2**32))
    def clean(self, seed):
        names, arguments = self.ours(seed)
        before = self.texts()
        status = call(self.folder, *arguments)
        assert status in {0, 4}, status
        self.verify(before, names)
        done["cleaned"] += 1
        folders = {(self.folder / name).parent for name in names}
        assert not [left for folder in folders for left in folder.glob(".*.dedup-tmp")]

    @precondition(lambda self: self.texts())
    @rule(seed=st.integers(0, 2**32), at=st.integers(1, 13))
    def clean_and_be_killed(self, seed, at):
        names, arguments = self.ours(seed)
        before = self.texts()
        status = self.killer.run(str(self.folder), arguments, at)
        assert status in {-signal.SIGKILL, 0, 4}, status
        self.verify(before, names)
        done["cleaned" if status >= 0 else "killed"] += 1

    @precondition(lambda self: list(self.folder.rglob(f"*{UNDO_SUFFIX}")))
    @rule(seed=st.integers(0, 2**32))
    def restore(self, seed):
        name, _, _ = self.some(seed) if self.texts() else ("a.txt", [], None)
        before = self.texts()
        status = call(self.folder, "restore", name, "-o", name)
        after = self.texts()
        assert {**after, name: b""} == {**before, name: b""}
        if status:
            assert after == before
            done["not restored"] += 1
        else:
            assert after[name] in self.before[name, before[name]]
            done["restored"] += 1

    # --- what must hold ---------------------------------------------------------------------------

    def verify(self, before, names):
        """Hold what is on the disk against what was, when a command was to clean `names`."""
        after = self.texts()
        assert set(after) == set(before)
        standing = {name: split(data) for name, data in after.items()}
        for name, data in before.items():
            if after[name] == data:
                continue
            assert name in names, f"{name} was not named"
            self.before.setdefault((name, after[name]), set()).add(data)
            kept = iter(standing[name])
            waiting = next(kept, None)
            for paragraph in split(data):
                if paragraph == waiting:
                    waiting = next(kept, None)
                else:
                    self.went(paragraph, name, standing)
            assert waiting is None, f"{waiting!r} is new in {name}"

    def went(self, paragraph, name, standing):
        for where, paragraphs in standing.items():
            for other in paragraphs:
                if oracle.accepts(paragraph, other, CONFIG, across=where != name):
                    held = {paragraph} | self.stands_for.pop(paragraph, set())
                    self.stands_for.setdefault(other, set()).update(held)
                    done["cut"] += 1
                    done["cut, of which a chain over several runs"] += any(
                        not oracle.accepts(one, other, CONFIG) for one in held
                    )
                    return
        raise AssertionError(f"{paragraph!r} of {name} is lost")

    @invariant()
    def no_report_is_cut_short(self):
        for report in self.folder.rglob(f"*{UNDO_SUFFIX}"):
            assert report.read_bytes().endswith(b"}\n")


def split(data: bytes) -> list[str]:
    return oracle.split(data.decode(), "blank")


def call(folder: Path, *arguments: str) -> int:
    """Call the command line inside this process."""
    old = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["dedup", *arguments], io.TextIOWrapper(io.BytesIO())
    try:
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())),
            contextlib.redirect_stderr(io.TextIOWrapper(io.BytesIO())),
        ):
            return _status()
    finally:
        sys.argv, sys.stdin = old


@pytest.mark.parametrize(
    ("runs", "steps"), [(12, 25), pytest.param(500, 50, marks=pytest.mark.slow)]
)
def test_no_paragraph_is_lost_whatever_is_done(runs, steps, capsys):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    done.clear()
    # Steps are slow: to make a failing run shorter would take longer than to read it.
    run = settings(max_examples=runs, stateful_step_count=steps, phases=[Phase.generate])
    with Killer() as Repository.killer:
        run_state_machine_as_test(Repository, settings=run)
    with capsys.disabled():
        print("", *(f"{what}: {count}" for what, count in sorted(done.items())), sep="\n  ")
