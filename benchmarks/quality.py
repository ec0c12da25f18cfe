"""Score the library on labelled articles: python benchmarks/quality.py [SET].

SET is a folder with labels.jsonl and articles/<id>.txt, in the format of the evaluation data.
Without one, articles of our own are written to a temporary folder and scored: 90 in ten languages,
the same on every machine (``--seed``, ``--articles``; ``--write DIR`` keeps them).

Prints recall by kind of repeat; by kind of look-alike, how many a tool without judgement would
remove (n), how many different texts these are, and how many went; then F1 by language, the blocks,
and in the last line precision, recall and F1. No figure depends on the machine. The rules stand in
``scoring.py``; the articles are explained in ``labelled/__init__.py``.

With ``--measures``, prints instead what each measure of likeness would find at each threshold: the
table by which the default was chosen.

A labelled paragraph that must stay counts as removed when any line of it went; one that repeats
another, when all of it went.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import figures
import labelled
import measures
import scoring

import dedup


def predict(article: dict[str, Any], data: bytes, config: dedup.Config) -> dict[str, Any]:
    """Clean one article and say what went, in the numbers of its labels."""
    text = data.decode()
    places = [
        (p["i"], len(text[: p["start"]].encode()), len(text[: p["end"]].encode()))
        for p in article["paras"]
    ]
    result = dedup.clean(data, config)
    # For each paragraph as the library sees it, the labelled ones it lies in or holds.
    numbers = [
        [i for i, start, end in places if start < d.span.end and d.span.start < end]
        for d in result.decisions
    ]
    stays = {i for d in result.decisions if d.cut is None for i in numbers[d.paragraph]}
    torn = {p["i"] for p in article["paras"] if p["label"] != "keep"} & stays
    removed = {
        i: numbers[d.canonical.paragraph][0]
        for d in result.removed
        if d.canonical is not None
        for i in numbers[d.paragraph]
        if i not in torn
    }
    blocks = []
    for block in result.blocks:
        runs = [[numbers[o.first][0], numbers[o.last][-1] + 1] for o in block.occurrences]
        blocks += [{"src": runs[0], "dst": run} for run in runs[1:]]
    return {"id": article["id"], "removed": sorted(removed.items()), "blocks": blocks}


def measure(folder: Path, *, paragraphs: str = "auto", debatable: bool = False) -> dict[str, Any]:
    """Clean every article of a set and give the figures.

    With `paragraphs` ``labelled`` the library is told the format, else it has to see for itself.
    """
    labels = read_labels(folder)
    texts, predictions = {}, {}
    for label in labels:
        data = (folder / "articles" / f"{label['id']}.txt").read_bytes()
        config = dedup.Config(paragraphs=label["format"] if paragraphs == "labelled" else "auto")
        texts[label["id"]] = data.decode()
        predictions[label["id"]] = predict(label, data, config)
    return figures.figures(scoring.score(labels, predictions, texts, debatable=debatable))


def read_labels(folder: Path) -> list[dict[str, Any]]:
    """Read what is known of the articles of a set."""
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def main() -> None:
    """Take the set, or write one, and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path, nargs="?", metavar="SET")
    parser.add_argument("--paragraphs", choices=["auto", "labelled"], default="auto")
    parser.add_argument("--all", action="store_true", help="count debatable paragraphs too")
    parser.add_argument("--measures", action="store_true", help="compare measures of likeness")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--seed", type=int, default=labelled.SEED, help="of our own articles")
    parser.add_argument("--articles", type=int, default=labelled.COUNT, metavar="N")
    parser.add_argument("--write", type=Path, metavar="DIR", help="keep our own articles there")
    options = parser.parse_args()
    if options.set and options.write:
        parser.error("--write keeps articles of our own: leave SET out")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.set or options.write or Path(temporary)
        if not options.set:
            labelled.write(folder, options.seed, options.articles)
        if options.measures:
            print(measures.table(read_labels(folder), folder / "articles"))
            return
        found = measure(folder, paragraphs=options.paragraphs, debatable=options.all)
    print(json.dumps(found, indent=1) if options.json else figures.table(found))


if __name__ == "__main__":
    main()
