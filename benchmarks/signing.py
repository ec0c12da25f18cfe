"""Text → signatures, one thread, same shingles: python benchmarks/signing.py FORMS.

FORMS has a comparison form in each line. Each is made into 128 minima of its character 5-grams by
us, by datasketch (in bulk, scheme affine32, a fast hash) and by rensa (whole sets, a matrix). A
peer is fed from Python, so its shingles are Python strings: making them is counted, and once more
left out ("ready"). Prints JSON: MB/s, and the medians of the ratios of interleaved runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before rensa is imported

import numpy as np
from peers import OWN_PERMUTATIONS as PERMUTATIONS
from peers import SIZE, fast_hash, grams
from planted.truth import read_forms

from dedup import kernels
from dedup.corpus.survey import SKETCH_PERMUTATIONS
from dedup.minhash import permutations, signatures
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LIMIT = 5_000  # forms; datasketch takes three seconds for them


def ours(forms: list[str]) -> NDArray[np.uint32]:
    """Sign forms with our kernels."""
    return signatures(shingle_sets(forms), num_perm=PERMUTATIONS)


def corpus_sketches(forms: list[str]) -> Any:
    """Sketch forms as `dedup corpus` does: 64 permutations, of each the low byte."""
    rows = [form.encode() for form in forms]
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    none, one_each = np.zeros(0, np.uint8), np.arange(len(rows) + 1)
    a, b = permutations(SKETCH_PERMUTATIONS, 1)
    data = np.frombuffer(b"".join(rows), np.uint8)
    return kernels.sketch(
        *(data, offsets, none, np.zeros_like(offsets), np.ones(len(rows), bool), one_each),
        size=SIZE,
        a=a,
        b=b,
        floor=1,
        containment=1,
    )


def datasketch(sets: list[list[bytes]]) -> list[Any]:
    """Sign sets in bulk."""
    from datasketch import MinHash  # noqa: PLC0415 - where it is missing, it is left out

    return MinHash.bulk(
        sets, num_perm=PERMUTATIONS, seed=1, scheme="affine32", hashfunc=fast_hash()
    )


def rensa(sets: list[list[str]]) -> Any:
    """Sign sets into a matrix."""
    from rensa import RMinHash  # noqa: PLC0415

    return RMinHash.digest_matrix_from_token_sets(sets, PERMUTATIONS, 1)


def distinct_bytes(form: str) -> list[bytes]:
    """Give the distinct shingles of a form: hashing one twice would cost datasketch more."""
    return [gram.encode() for gram in set(grams(form))]


PEERS: dict[str, tuple[Callable[[str], list[Any]], Callable[[list[Any]], Any]]] = {
    "datasketch": (distinct_bytes, datasketch),
    "rensa": (grams, rensa),
}


def seconds(work: Callable[[], Any]) -> float:
    """Time it."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(forms: list[str], runs: int) -> dict[str, Any]:
    """Time all in turn, `runs` times."""
    sets = {name: [shingle(form) for form in forms] for name, (shingle, _) in PEERS.items()}
    times: dict[str, list[float]] = {}
    ours(forms[:100])
    for name, (_, sign) in PEERS.items():
        sign(sets[name][:100])
    for _ in range(runs):
        times.setdefault("dedup", []).append(seconds(lambda: ours(forms)))
        sketched = seconds(lambda: corpus_sketches(forms))
        times.setdefault("dedup, sketches of a corpus", []).append(sketched)
        for name, (shingle, sign) in PEERS.items():
            fed = seconds(lambda shingle=shingle, sign=sign: sign([shingle(f) for f in forms]))
            ready = seconds(lambda name=name, sign=sign: sign(sets[name]))
            times.setdefault(name, []).append(fed)
            times.setdefault(f"{name}, shingles ready", []).append(ready)
    size_mb = sum(len(form.encode()) for form in forms) / 1e6
    base = times["dedup"]
    return {
        name: {
            "mb_per_second": round(size_mb / statistics.median(found), 3),
            "times_as_long": round(
                statistics.median(a / b for a, b in zip(found, base, strict=True)), 2
            ),
        }
        for name, found in times.items()
    }


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("forms", type=Path, metavar="FORMS")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measure(read_forms(options.forms)[:LIMIT], options.runs)))


if __name__ == "__main__":
    main()
