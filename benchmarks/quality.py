"""Score the library on a labelled set: python benchmarks/quality.py SET [--format auto|labelled].

SET is a folder with labels.jsonl and articles/ in the format of the evaluation data's README. Its
scorer, ``score.py`` two folders up, prints the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import dedup


def predict(article: dict, data: bytes, config: dedup.Config) -> dict:
    """Clean one article and say what went, in the numbers of its labels."""
    text = data.decode()
    number = {len(text[: p["start"]].encode()): p["i"] for p in article["paras"]}
    result = dedup.clean(data, config)
    names = [number.get(decision.span.start) for decision in result.decisions]
    removed = [
        [names[d.paragraph], names[d.canonical.paragraph]]
        for d in result.removed
        if d.canonical is not None and names[d.paragraph] is not None
    ]
    blocks = []
    for block in result.blocks:
        kept, *copies = [(names[o.first], names[o.last]) for o in block.occurrences]
        blocks += [
            {"src": [kept[0], kept[1] + 1], "dst": [copy[0], copy[1] + 1]}
            for copy in copies
            if None not in (*kept, *copy)
        ]
    return {"id": article["id"], "removed": removed, "blocks": blocks}


def main() -> None:
    """Predict the whole set and let its scorer judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--paragraphs", choices=["auto", "labelled"], default="auto")
    parser.add_argument("--json", action="store_true", help="the scorer's figures as JSON")
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as out:
        for line in (options.set / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            data = (options.set / "articles" / f"{article['id']}.txt").read_bytes()
            mode = article["format"] if options.paragraphs == "labelled" else "auto"
            out.write(json.dumps(predict(article, data, dedup.Config(paragraphs=mode))) + "\n")
        out.flush()
        scorer = options.set.parent.parent / "score.py"
        command = [sys.executable, str(scorer), str(options.set), out.name]
        subprocess.run([*command, *["--json"] * options.json], check=True)


if __name__ == "__main__":
    main()
