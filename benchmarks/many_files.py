"""Time `dedup clean --in-place` on many small files: python benchmarks/many_files.py [FILES [KB]].

Writes texts of made-up words, with paragraphs that stand twice, into a temporary folder, always the
same ones. Beside the time of the command stands that of the least any safe rewriting costs: reading
each file, writing an undo and the text through temporary files, each with fsync and rename.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES, KILOBYTES, SEED = 1000, 10, 20
MEGABYTE = 1 << 20


def write_texts(folder: Path, count: int, size_bytes: int, seed: int = SEED) -> int:
    """Write `count` texts of about `size_bytes` below `folder`; give the sum of their sizes."""
    source = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]
    words = ["".join(source.choices(syllables, k=source.randint(1, 4))) for _ in range(3000)]
    total = 0
    for number in range(count):
        place = folder / f"{number // 100:02}" / f"{number:05}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_text(source, words, size_bytes), encoding="utf-8")
        total += place.stat().st_size
    return total


def _text(source: random.Random, words: list[str], size_bytes: int) -> str:
    """Make a text in which two paragraphs stand again, one of them with a word changed."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < size_bytes * 0.9:
        chosen = source.choices(words, k=source.randint(20, 60))
        paragraphs.append(" ".join(chosen).capitalize() + ".")
    again = source.sample(paragraphs, min(2, len(paragraphs)))
    changed = again[-1].split(" ")
    changed[len(changed) // 2] = source.choice(words)
    paragraphs += [again[0], " ".join(changed)]
    return "\n\n".join(paragraphs) + "\n"


def rewrite_with_fsync(folder: Path) -> float:
    """Read every text and write it twice, safely; give the seconds."""
    start = time.perf_counter()
    for text in sorted(folder.rglob("*.txt")):
        data = text.read_bytes()
        for place in (text.with_suffix(".undo"), text):
            descriptor, name = tempfile.mkstemp(dir=place.parent)
            try:
                os.write(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            Path(name).replace(place)
            holder = os.open(place.parent, os.O_RDONLY)
            try:
                os.fsync(holder)
            finally:
                os.close(holder)
    return time.perf_counter() - start


def run(folder: Path, *options: str) -> float:
    """Clean the folder with the real command; give the seconds."""
    command = [sys.executable, "-P", "-m", "dedup", "clean", "-q", *options, str(folder)]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print time, memory, and the ratio to plain rewriting."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    kilobytes = int(sys.argv[2]) if len(sys.argv) > 2 else KILOBYTES
    with tempfile.TemporaryDirectory(prefix="dedup-many-") as scratch:
        first, second = Path(scratch, "first"), Path(scratch, "second")
        total = write_texts(first, count, kilobytes * 1024)
        write_texts(second, count, kilobytes * 1024)
        ours = run(first, "--in-place")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        again = run(first, "--in-place")
        plain = rewrite_with_fsync(second)
    peak_bytes = peak if sys.platform == "darwin" else peak * 1024
    print(f"{count} files, {total / MEGABYTE:.1f} MB, seed {SEED}")
    print(f"dedup clean --in-place: {ours:.2f} s, peak {peak_bytes / MEGABYTE:.0f} MB")
    print(f"once more, nothing to cut: {again:.2f} s")
    print(f"reading and safely writing each file and an undo: {plain:.2f} s")
    print(f"ratio {ours / plain:.1f}, {ours / count * 1000:.1f} ms a file")


if __name__ == "__main__":
    main()
