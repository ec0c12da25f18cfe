"""Read, parse and write shards, and do nothing: python benchmarks/copying.py SHARDS -o DIR.

The least that anything can take which reads JSON lines and writes them: the floor for our own time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import orjson


def main() -> None:
    """Copy them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for shard in sorted(options.shards.glob("*.jsonl")):
        with shard.open("rb") as source, (options.output / shard.name).open("wb") as target:
            target.writelines(orjson.dumps(orjson.loads(line)) + b"\n" for line in source)


if __name__ == "__main__":
    main()
