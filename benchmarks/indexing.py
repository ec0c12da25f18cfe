"""How fast an index grows, and answers: python benchmarks/indexing.py [--paragraphs N].

A planted corpus is cleaned into a new index, in batches of so many documents; then some are asked,
and some come one by one, each on the disk before the next. Prints the paragraphs a second over all
and in the first and last tenth, by the clock and by the processor time of this process (which other
processes make longer hardly), the query time, and how large the file is beside the text.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import planted

import dedup

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES_OF_A_PARAGRAPH = 372  # of a planted shard, on average
_SHARE = 10  # the first and the last tenth are compared
_ASKED, _SINGLE = 200, 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--paragraphs", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--batch", type=int, default=1000, metavar="N", help="documents [1000]")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        # More than are asked for: batches are whole, some come one by one, some are asked.
        more = 16 * (options.batch + _SINGLE + _ASKED)
        size_mb = (options.paragraphs + more) * _BYTES_OF_A_PARAGRAPH / 1e6
        planted.write(Path(scratch, "corpus"), size_mb=size_mb, seed=options.seed)
        measure(Path(scratch), options.paragraphs, options.batch)


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the documents of a planted corpus."""
    for shard in sorted(folder.glob("shards/*.jsonl")):
        with shard.open("rb") as lines:
            for line in lines:
                row = orjson.loads(line)
                yield row["id"], row["text"]


def measure(folder: Path, paragraphs: int, batch_documents: int) -> None:
    """Clean the documents below `folder` into an index, until there are so many paragraphs."""
    source = documents(folder / "corpus")
    path = folder / "index.dedup"
    rates: list[tuple[int, float, float]] = []  # paragraphs, seconds, of the processor: of a batch
    read = removed = size = 0
    asked: list[str] = []
    with dedup.Index.open(path) as index:
        while read < paragraphs and (batch := list(islice(source, batch_documents))):
            clock, cpu = time.perf_counter(), time.process_time()
            results = list(index.clean_many(batch))
            count = sum(len(result.decisions) for result in results)
            rates.append((count, time.perf_counter() - clock, time.process_time() - cpu))
            read += count
            removed += sum(len(result.removed) for result in results)
            size += sum(len(text.encode()) for _, text in batch)
            asked.append(batch[len(rates) % len(batch)][1])
        tell("all", rates)
        tenth = max(1, len(rates) // _SHARE)
        tell("the first tenth", rates[:tenth])
        tell("the last tenth", rates[-tenth:])
        info = index.info()
        print(
            f"{info['documents']} documents, {read} paragraphs read, {removed} cut, "
            f"{info['paragraphs']} held; {path.stat().st_size / size:.2f} × text, "
            f"{info['segments']} segments"
        )
        print(f"one by one: {one_by_one(index, source):.0f} documents/s")
    new = [text for _, text in islice(source, _ASKED)]
    with dedup.Index.open(path, read_only=True) as index:
        for told, texts in (("it has", (asked * _ASKED)[:_ASKED]), ("it has not", new)):
            print(f"query of texts that {told}: median {1000 * median_query(index, texts):.1f} ms")


def median_query(index: dedup.Index, texts: list[str]) -> float:
    """Give the median of the seconds that a query takes."""
    seconds = []
    for text in texts:
        clock = time.perf_counter()
        index.query(text)
        seconds.append(time.perf_counter() - clock)
    return statistics.median(seconds)


def one_by_one(index: dedup.Index, source: Iterator[tuple[str, str]]) -> float:
    """Give how many documents a second are cleaned and on the disk, each by itself."""
    singles = list(islice(source, _SINGLE))
    clock = time.perf_counter()
    for single in singles:
        index.clean(*single)
    return len(singles) / (time.perf_counter() - clock)


def tell(name: str, rates: list[tuple[int, float, float]]) -> None:
    """Print the paragraphs a second of some batches."""
    count, seconds, cpu = (sum(column) for column in zip(*rates, strict=True))
    print(f"{name}: {count / seconds:.0f} paragraphs/s, {count / cpu:.0f} by processor time")


if __name__ == "__main__":
    main()
