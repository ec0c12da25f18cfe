"""Compare accuracy with its floors: python benchmarks/floors.py [--write] [DATA].

Scores our own labelled articles, and, where DATA is the folder of the evaluation data, its sets and
pages, and names every figure that is worse than in floors.json; exit status 1 if there is one. With
``--write`` the figures found become the floors: do it when they are better, and say in the commit
why one is not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import labelled
import pairs
import quality

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOORS = Path(__file__).with_name("floors.json")
OWN = "own"
SETS = {"corrupted": "open/corrupted", "corrupted_free": "open/corrupted_free"}
PAIRS: dict[str, tuple[str, dict[str, Any]]] = {
    "pages": ("open/pages", {}),
    "statutes_ca": ("open/pairs/statutes_ca_1858_1868", {"protect": ("none",), "threshold": 0.55}),
    "statutes_la": ("open/pairs/statutes_la_1875_1882", {"protect": ("none",), "threshold": 0.55}),
    "news": ("open/pairs/news_items_scoop", {}),
}


def of_set(folder: Path) -> dict[str, int]:
    """Count what is left of each kind of repeat and removed of each kind of look-alike."""
    found = quality.measure(folder)
    missed = {k: round(at["n"] * (1 - at["recall"])) for k, at in found["positive"].items()}
    short, blocks = found["short_in_block"], found["blocks"]
    return {
        **{f"left of {kind}": count for kind, count in missed.items()},
        **{f"removed of {kind}": at["removed"] for kind, at in found["negative"].items()},
        "left of short lines in blocks": round(short["n"] * (1 - short["recall"])),
        "blocks not hit": blocks["true"] - blocks["hit"],
        "blocks not true": blocks["pred"] - blocks["hit"],
        "missed": found["FN"],
        "wrong": found["FP"],
    }


def own() -> dict[str, int]:
    """Count the errors on our own articles."""
    with tempfile.TemporaryDirectory() as folder:
        labelled.write(Path(folder))
        return of_set(Path(folder))


def of_pairs(name: str, data: Path) -> dict[str, int]:
    """Count the errors on judged pairs."""
    folder, settings = PAIRS[name]
    counts = pairs.measure(data / folder, **settings)
    return {key: counts[key] for key in ("missed", "wrong", "side")}


def measured(name: str, data: Path | None) -> dict[str, int]:
    """Count the errors on one of the sets that floors.json names."""
    if name == OWN:
        return own()
    if data is None:
        raise ValueError(f"{name} needs the evaluation data")
    return of_set(data / SETS[name]) if name in SETS else of_pairs(name, data)


def worse(found: dict[str, int], floor: dict[str, int]) -> Iterator[str]:
    """Name what has more errors than its floor allows, and what is no longer measured."""
    for key, allowed in floor.items():
        if key not in found:
            yield f"{key}: not measured any more"
        elif found[key] > allowed:
            yield f"{key}: {found[key]}, at most {allowed} allowed"
    for key in found.keys() - floor.keys():
        yield f"{key}: has no floor"


def main() -> None:
    """Measure, compare or write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA")
    parser.add_argument("--write", action="store_true", help="make the figures the floors")
    options = parser.parse_args()
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    names = [OWN, *(() if options.data is None else (*SETS, *PAIRS))]
    bad = 0
    for name in names:
        found = measured(name, options.data)
        if options.write:
            floors[name] = found
            continue
        for line in worse(found, floors.get(name, {})):
            print(f"{name}: {line}")
            bad += 1
    if options.write:
        FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")
    elif not bad:
        print(f"no figure is worse than its floor: {', '.join(names)}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
