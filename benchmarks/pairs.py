"""Score the library on pairs that somebody judged: python benchmarks/pairs.py FOLDER [OPTIONS].

FOLDER has docs.jsonl (``id``, ``text``) and pairs.jsonl (``a``, ``b``: the true pairs; those in
ignore.jsonl count neither way): each document becomes one paragraph of one text, and two are a
pair that go for the same one. Or it has gold_pairs.jsonl (``page``, ``a``, ``b``, ``label``) and
text/<page>.txt, a paragraph a line: see the README of the evaluation data.

For texts that OCR read, use ``--protect none``: a misread name or number is no other one there.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import dedup


def read(path: Path) -> list[dict[str, Any]]:
    """Read one object a line; nothing where there is no such file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def clusters(result: dedup.Result) -> dict[int, int]:
    """Give for each paragraph the one that it goes for, or itself."""
    return {
        d.paragraph: d.paragraph if d.canonical is None else d.canonical.paragraph
        for d in result.decisions
    }


def collection(folder: Path, config: dedup.Config) -> Counter[str]:
    """Count true and false pairs of a collection."""
    documents = [(d["id"], " ".join(d["text"].split())) for d in read(folder / "docs.jsonl")]
    documents = [(name, text) for name, text in documents if text]
    result = dedup.clean("\n".join(text for _, text in documents), config)
    members: dict[int, list[str]] = {}
    for paragraph, kept in clusters(result).items():
        members.setdefault(kept, []).append(documents[paragraph][0])
    found = {frozenset(pair) for names in members.values() for pair in combinations(names, 2)}
    true = {frozenset((p["a"], p["b"])) for p in read(folder / "pairs.jsonl")}
    ignored = {frozenset((p["a"], p["b"])) for p in read(folder / "ignore.jsonl")} - true
    return Counter(
        right=len(found & true), wrong=len(found - true - ignored), missed=len(true - found)
    )


def pages(folder: Path, config: dedup.Config) -> Counter[str]:
    """Count true and false pairs of pages; `side`: the fuller paragraph went for the other."""
    counts: Counter[str] = Counter()
    cleaned: dict[str, dict[int, int]] = {}
    for gold in read(folder / "gold_pairs.jsonl"):
        if gold["label"] == "unsure":
            continue
        page = gold["page"]
        if page not in cleaned:
            result = dedup.clean((folder / "text" / f"{page}.txt").read_bytes(), config)
            line = [d.lines[0] - 1 for d in result.decisions]
            cleaned[page] = {line[p]: line[kept] for p, kept in clusters(result).items()}
        goes_for = cleaned[page]
        a, b = (goes_for.get(gold[side], gold[side]) for side in "ab")
        repeats = gold["label"] != "keep"
        counts["right" if repeats else "wrong"] += a == b
        counts["missed"] += repeats and a != b
        fuller = {"part_a": gold["b"], "part_b": gold["a"]}.get(gold["label"])
        part = {"part_a": gold["a"], "part_b": gold["b"]}.get(gold["label"])
        counts["side"] += a == b and fuller is not None and goes_for[fuller] == part
    return counts


def measure(folder: Path, **settings: Any) -> Counter[str]:
    """Count right, wrong and missed pairs of a folder."""
    config = dedup.Config(paragraphs="line", max_removed=100, **settings)
    return (pages if (folder / "gold_pairs.jsonl").exists() else collection)(folder, config)


def main() -> None:
    """Take the folder and settings, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--threshold", type=float, default=dedup.Config().threshold)
    parser.add_argument("--min-words", type=int, default=dedup.Config().min_words)
    parser.add_argument("--protect", default="all", help="as in dedup clean")
    options = parser.parse_args()
    counts = measure(
        options.folder,
        threshold=options.threshold,
        min_words=options.min_words,
        protect=tuple(options.protect.split(",")),
    )
    right, wrong, missed = counts["right"], counts["wrong"], counts["missed"]
    print(
        f"P {right / max(1, right + wrong):.3f}  R {right / max(1, right + missed):.3f}  "
        f"(right {right}, wrong {wrong}, missed {missed}, wrong side {counts['side']})"
    )


if __name__ == "__main__":
    main()
