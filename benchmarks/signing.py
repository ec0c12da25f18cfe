"""Text → signatures, one thread, same shingles: python benchmarks/signing.py FORMS.

FORMS has a comparison form in each line. Each is made into 128 minima of its character 5-grams by
us, by datasketch (in bulk, scheme affine32, a fast hash) and by rensa (whole sets, a matrix). A
peer is fed from Python, so its shingles are Python strings: making them is counted, and once more
left out ("ready"). Prints JSON: MB for a CPU second, and those seconds
of each of the interleaved runs.
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

from peers import OWN_PERMUTATIONS as PERMUTATIONS
from peers import fast_hash, flat, grams
from planted.truth import read_forms

from dedup.minhash import sign

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

LIMIT = 5_000  # forms; datasketch takes three seconds for them


def ours(forms: list[str]) -> NDArray[np.uint32]:
    """Sign forms with our kernels."""
    return sign(forms, num_perm=PERMUTATIONS)


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


def rensa_flat(forms: list[str]) -> Any:
    """Sign hashes that NumPy made of all forms, without a Python string for each shingle."""
    from rensa import RMinHash  # noqa: PLC0415

    return RMinHash.digest_matrix_from_flat_token_hashes(*flat(forms), PERMUTATIONS, 1)


def distinct_bytes(form: str) -> list[bytes]:
    """Give the distinct shingles of a form: hashing one twice would cost datasketch more."""
    return [gram.encode() for gram in set(grams(form))]


PEERS: dict[str, tuple[Callable[[str], list[Any]], Callable[[list[Any]], Any]]] = {
    "datasketch": (distinct_bytes, datasketch),
    "rensa": (grams, rensa),
}


def seconds(work: Callable[[], Any]) -> float:
    """Give its CPU seconds: there is one thread, and other processes leave them alone."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(forms: list[str], runs: int) -> dict[str, Any]:
    """Time all in turn, `runs` times."""
    sets = {name: [shingle(form) for form in forms] for name, (shingle, _) in PEERS.items()}
    times: dict[str, list[float]] = {}
    ours(forms[:100])
    rensa_flat(forms[:100])
    for name, (_, its) in PEERS.items():
        its(sets[name][:100])
    for _ in range(runs):
        times.setdefault("dedup", []).append(seconds(lambda: ours(forms)))
        times.setdefault("rensa_hashes", []).append(seconds(lambda: rensa_flat(forms)))
        for name, (shingle, its) in PEERS.items():
            fed = seconds(lambda shingle=shingle, its=its: its([shingle(f) for f in forms]))
            ready = seconds(lambda name=name, its=its: its(sets[name]))
            times.setdefault(name, []).append(fed)
            times.setdefault(f"{name}, shingles ready", []).append(ready)
    size_mb = sum(len(form.encode()) for form in forms) / 1e6
    return {
        name: {
            "mb_per_second": round(size_mb / statistics.median(found), 3),
            "seconds": [round(each, 6) for each in found],
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
