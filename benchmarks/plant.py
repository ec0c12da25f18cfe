"""Write a corpus with planted repeats and their truth: python benchmarks/plant.py -o DIR.

DIR gets ``shards/part-000.jsonl`` …, ``truth.jsonl`` (each planted copy, its original, the kind and
the exact Jaccard of both) and ``corpus.json``. The same seed and size give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import planted


def main() -> None:
    """Write it, say what is in it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--size-mb", type=float, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scripts", choices=sorted(planted.SCRIPTS), default="ascii")
    options = parser.parse_args()
    found = planted.write(
        options.output, size_mb=options.size_mb, seed=options.seed, scripts=options.scripts
    )
    kinds = ", ".join(f"{count} {kind}" for kind, count in found["kinds"].items())
    print(
        f"{found['bytes'] / 1e6:.1f} MB, {found['shards']} shards, {found['documents']} documents, "
        f"{found['paragraphs']} paragraphs: {kinds}"
    )


if __name__ == "__main__":
    main()
