"""Time `dedup check` on a repository of texts: python benchmarks/repository.py [FILES [MB]].

Writes texts of made-up words with planted repeats (`planted`) into a repository in a temporary
folder, plain and once more as Markdown, and prints: the first check (cold); the next (nothing has
changed); and the medians of such with one file changed, and of them back on another branch. Beside
them, what git needs to give out all the texts, and what Python needs to start with NumPy and click.
Python may keep our modules compiled, as it does where they are installed.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from planted.corpus import Author
from planted.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

FILES, MEGABYTES, SEED = 10_000, 50, 7
RUNS = 9
COLD_RUNS = 3
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PLANTED = 0.02  # of what is planted in the corpora that speed is measured on
MB = 1_000_000
SHORT_LINES = ("See also", "Notes", "Opening hours", "How to get there", "Contact")


class Writer(Author):
    """Write texts of which few repeat others: of four hundred paragraphs one."""

    def _kind(self) -> str:
        return super()._kind() if self.rng.random() < PLANTED else "fresh"


def write_texts(folder: Path, files: int, size_bytes: int, suffix: str) -> int:
    """Write texts below `folder`, the same ones every time; give the sum of their sizes."""
    author = Writer(vocabulary("latin"), SEED, 20_000)
    rng = random.Random(SEED)
    written = 0
    for number in range(files):
        parts = []
        while written + sum(map(len, parts)) < (number + 1) * size_bytes // files:
            parts += author.document(f"{number}").split("\n\n")
        if suffix == ".md":
            parts = [_marked(rng, part) for part in parts]
        place = folder / f"{number // 250:03}" / f"{number:05}{suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        data = ("\n\n".join(parts) + "\n").encode()
        place.write_bytes(data)
        written += len(data)
    return written


def _marked(rng: random.Random, text: str) -> str:
    """Write a paragraph as it may stand in Markdown: prose, an item, a quotation, a section."""
    kind = rng.randrange(10)
    if kind == 0:
        return f"## {rng.choice(SHORT_LINES)}\n\n{text}"
    if kind == 1:
        return "\n".join(f"- {part}" for part in text.split(". "))
    if kind == 2:
        return f"> {text}"
    return text


def git(folder: Path, *arguments: str) -> bytes:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "gc.auto=0"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True
    ).stdout


def seconds(call: Callable[[], object]) -> float:
    """Give how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def check(folder: Path, *paths: str) -> bytes:
    """Run the real command; give what it prints."""
    command = [str(Path(sys.executable).with_name("dedup")), "check", *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env=ENVIRONMENT)
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


def first_check(folder: Path) -> bytes:
    """Run it where nothing is kept."""
    shutil.rmtree(folder / ".git" / "dedup", ignore_errors=True)
    return check(folder)


def give_out(folder: Path) -> None:
    """Let git give out all texts."""
    names = git(folder, "ls-files", "-s", "-z").split(b"\0")
    hashes = b"".join(name.split(b" ")[1] + b"\n" for name in names if name)
    with (folder / ".git" / "given").open("wb") as target:
        command = ["git", "cat-file", "--batch"]
        subprocess.run(command, cwd=folder, input=hashes, stdout=target, check=True)


def change_one(folder: Path, suffix: str, number: int) -> None:
    """Write a sentence more into one file."""
    place = folder / f"{number // 250:03}" / f"{number:05}{suffix}"
    with place.open("a", encoding="utf-8") as file:
        file.write(f"\nIn the year {number} somebody wrote one more sentence, the {number}th.\n")


def parsing_seconds(folder: Path) -> float:
    """Give how long the Markdown parser alone takes for all the texts, in one process."""
    from dedup.config import Config  # noqa: PLC0415 - what is timed elsewhere starts without it
    from dedup.formats.markdown import _parser, split  # noqa: PLC0415
    from dedup.model import Document  # noqa: PLC0415

    split(Document("", b"a"), Config())
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.md")]
    return seconds(lambda: [_parser().parse(text, {}) for text in texts])


def measure(folder: Path, files: int, size_bytes: int, suffix: str) -> None:
    """Time all on texts of one kind."""
    size = write_texts(folder, files, size_bytes, suffix)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "texts")
    print(f"{files} *{suffix} files, {size / MB:.1f} MB, seed {SEED}")
    given = min(seconds(lambda: give_out(folder)) for _ in range(3))
    print(f"  git cat-file --batch of all: {given:.2f} s")
    cold = [seconds(lambda: first_check(folder)) for _ in range(COLD_RUNS)]
    times = statistics.median(cold) / given
    print(f"  first check: {_spread(cold)}{f', {times:.1f} times as long' * (suffix == '.txt')}")
    if suffix == ".md":
        parsing = parsing_seconds(folder)
        cores = len(os.sched_getaffinity(0))
        print(f"    the Markdown parser alone, in one process: {parsing:.2f} s ({cores} cores)")
    same = [seconds(lambda: check(folder)) for _ in range(RUNS)]
    print(f"  nothing changed: {_spread(same)}")
    changed, again = [], []
    for number in range(RUNS):
        change_one(folder, suffix, number * 997 % files)
        changed.append(seconds(lambda: check(folder)))
        git(folder, "stash", "-q")
        again.append(seconds(lambda: check(folder)))
    print(f"  one file changed: {_spread(changed)}")
    print(f"  and changed back: {_spread(again)}")
    warm = check(folder)
    named = check(folder, *git(folder, "ls-files").decode().split())
    kept = sum(path.stat().st_size for path in (folder / ".git" / "dedup").iterdir())
    print(f"  {len(warm.splitlines())} repeats; kept: {kept / MB:.1f} MB")
    print(f"  the same as with all files named: {'yes' if warm == named else 'NO'}")


def _spread(found: list[float]) -> str:
    return (
        f"{statistics.median(found):.2f} s ({min(found):.2f}–{max(found):.2f}, {len(found)} runs)"
    )


def main() -> None:
    """Time plain texts and Markdown."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    megabytes = float(sys.argv[2]) if len(sys.argv) > 2 else MEGABYTES
    check(Path(tempfile.gettempdir()), __file__)  # compiles what is not
    base = [seconds(lambda: _run("import numpy, click")) for _ in range(RUNS)]
    print(f"python -c 'import numpy, click': {_spread(base)}")
    for suffix in (".txt", ".md"):
        with tempfile.TemporaryDirectory(prefix="dedup-repository-") as scratch:
            measure(Path(scratch), files, int(megabytes * MB), suffix)


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)


if __name__ == "__main__":
    main()
