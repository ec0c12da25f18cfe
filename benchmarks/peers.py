"""Run one peer on a file of forms: python benchmarks/peers.py NAME FORMS --threshold 0.7 -o FOUND.

FORMS has a comparison form in each line, so every peer compares the same character 5-grams and
none pays for making them of text. FOUND becomes a NumPy file: int64[m, 2] pairs of lines, or
bool[n] flags where the peer names no pairs. Prints JSON: seconds of the part that is the peer's own
(shingles, signatures, insert and query), of reading, and its version.

A peer has the mode that its documentation calls fastest, once with its own settings ("-default")
and once with bands and an estimate that find what we find at the threshold.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from planted.truth import read_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

SIZE = 5
BANDS, BAND_SIZE = 32, 4  # at 0.7 it proposes 0.9998 of the pairs: those of `dedup`
PERMUTATIONS = BANDS * BAND_SIZE
# An estimate from 128 minima is off by 0.04: who asks for 0.7 of it loses half of what has 0.7.
SLACK = 0.08
BATCH = 4_096


def grams(form: str) -> list[str]:
    """Give the character 5-grams of a form."""
    return [form[i : i + SIZE] for i in range(max(1, len(form) - SIZE + 1))]


def batches(forms: Sequence[str]) -> Iterator[tuple[int, list[list[str]]]]:
    """Give shingles by the batch: those of 100 MB as Python lists would take 8 GB."""
    for start in range(0, len(forms), BATCH):
        yield start, [grams(form) for form in forms[start : start + BATCH]]


def gaoya(forms: Sequence[str], threshold: float) -> Any:
    """Insert and query in parallel, with bands and a similarity for recall."""
    return _gaoya(forms, threshold - SLACK, bands=BANDS, size=BAND_SIZE)


def gaoya_default(forms: Sequence[str], threshold: float) -> Any:
    """Insert and query in parallel with its own bands."""
    return _gaoya(forms, threshold, bands=20, size=5)


def _gaoya(forms: Sequence[str], threshold: float, *, bands: int, size: int) -> Any:
    from gaoya.minhash import MinHashStringIndex  # noqa: PLC0415 - one process runs one peer

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=threshold,
        num_bands=bands,
        band_size=size,
        analyzer="char",
        ngram_range=(SIZE, SIZE),
        id_container="smallvec",
    )
    index.par_bulk_insert_docs(list(range(len(forms))), forms)
    found = index.par_bulk_query(forms)
    return _pairs((other, row) for row, others in enumerate(found) for other in others)


def rensa(forms: Sequence[str], threshold: float) -> Any:
    """Add whole sets to the deduplicator, which checks candidates by their sketches."""
    from rensa import RMinHashDeduplicator  # noqa: PLC0415

    deduplicator = RMinHashDeduplicator(
        threshold - SLACK, PERMUTATIONS, use_lsh=True, num_bands=BANDS
    )
    flags: list[bool] = []
    for start, sets in batches(forms):
        pairs = [(str(start + i), shingles) for i, shingles in enumerate(sets)]
        flags += [not kept for kept in deduplicator.add_pairs(pairs)]
    return np.array(flags, bool)


def rensa_default(forms: Sequence[str], threshold: float) -> Any:
    """Take the fastest mode: rho sketches, which sample the shingles, and flags by bands alone."""
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415

    index = RMinHashLSH(threshold, PERMUTATIONS, BANDS // 2)
    flags: list[bool] = []
    for start, sets in batches(forms):
        matrix = RMinHash.digest_matrix_from_token_sets_rho(sets, PERMUTATIONS, 42)
        flags += index.insert_matrix_and_query_duplicate_flags(matrix, start)
    return np.array(flags, bool)


def rensa_bands(forms: Sequence[str], threshold: float) -> Any:
    """Take whole sets and flags by bands alone, without a check."""
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415

    index = RMinHashLSH(threshold, PERMUTATIONS, BANDS)
    flags: list[bool] = []
    for start, sets in batches(forms):
        matrix = RMinHash.digest_matrix_from_token_sets(sets, PERMUTATIONS, 42)
        flags += index.insert_matrix_and_query_duplicate_flags(matrix, start)
    return np.array(flags, bool)


def datasketch(forms: Sequence[str], threshold: float) -> Any:
    """Make MinHashes in bulk, with a fast hash; query, then insert, with bands for recall."""
    return _datasketch(forms, threshold=threshold, params=(BANDS, BAND_SIZE))


def datasketch_default(forms: Sequence[str], threshold: float) -> Any:
    """Do the same with the bands that it chooses."""
    return _datasketch(forms, threshold=threshold, params=None)


def _datasketch(forms: Sequence[str], **settings: Any) -> Any:
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    index = MinHashLSH(num_perm=PERMUTATIONS, **settings)
    least = settings["threshold"] - SLACK
    sets = ({gram.encode() for gram in grams(form)} for form in forms)
    kept: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for row, sketch in enumerate(
        MinHash.generator(sets, num_perm=PERMUTATIONS, scheme="affine32", hashfunc=fast_hash())
    ):
        pairs += [(i, row) for i in index.query(sketch) if kept[i].jaccard(sketch) >= least]
        index.insert(row, sketch)
        kept.append(sketch)
    return _pairs(iter(pairs))


def fast_hash() -> Callable[[bytes], int]:
    """Give a hash that costs datasketch less than its own: the one its documentation names."""
    from xxhash import xxh32_intdigest  # noqa: PLC0415

    return xxh32_intdigest


def daft(forms: Sequence[str], threshold: float) -> Any:
    """Make MinHashes in its engine, then join equal bands; there is no check."""
    import daft as engine  # noqa: PLC0415

    # Its n-grams are of words: each shingle is handed in as one.
    texts = [" ".join(gram.replace(" ", "_") for gram in grams(form)) for form in forms]
    frame = engine.from_pydict({"text": texts})
    signed = frame.select(
        frame["text"].minhash(
            num_hashes=PERMUTATIONS, ngram_size=1, seed=1, hash_function="xxhash3_64"
        )
    )
    values = np.array(signed.to_arrow().column(0).combine_chunks().flatten(), np.uint32)
    keys = values.reshape(len(forms), BANDS, BAND_SIZE)
    pairs: list[NDArray[np.int64]] = []
    for band in range(BANDS):
        rows = np.ascontiguousarray(keys[:, band]).view(f"V{4 * BAND_SIZE}").ravel()
        _, first, group = np.unique(rows, return_index=True, return_inverse=True)
        other = first[group]
        at = np.flatnonzero(other != np.arange(len(forms)))
        pairs.append(np.stack([other[at], at], 1))
    del threshold  # bands are all there is
    return np.unique(np.concatenate(pairs), axis=0)


def _pairs(pairs: Iterator[tuple[int, int]]) -> NDArray[np.int64]:
    found = [(left, right) for left, right in pairs if left < right]
    return np.array(found, np.int64).reshape(-1, 2)


# Name → what runs it and the distribution it comes from. A new peer is a function and a line here.
PEERS: dict[str, tuple[Callable[[Sequence[str], float], Any], str]] = {
    "gaoya": (gaoya, "gaoya"),
    "gaoya-default": (gaoya_default, "gaoya"),
    "rensa": (rensa, "rensa"),
    "rensa-bands": (rensa_bands, "rensa"),
    "rensa-default": (rensa_default, "rensa"),
    "datasketch": (datasketch, "datasketch"),
    "datasketch-default": (datasketch_default, "datasketch"),
    "daft": (daft, "daft"),
}

# What has no function here, and why.
NOT_RUN = {
    "text-dedup": "it compares runs of words; it also pulls in Sphinx, ONNX and many more",
    "datatrove": "it compares runs of words, in four passes over files that each start workers",
}


def installed(name: str) -> str | None:
    """Give the version of a peer, None where it is not installed."""
    try:
        return version(PEERS[name][1])
    except PackageNotFoundError:
        return None


def main() -> None:
    """Run one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("forms", type=Path, metavar="FORMS")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOUND")
    options = parser.parse_args()
    start = time.perf_counter()
    forms = read_forms(options.forms)
    read = time.perf_counter()
    found = PEERS[options.name][0](forms, options.threshold)
    done = time.perf_counter()
    np.save(options.output, found)
    figures = {
        "part_seconds": done - read,
        "read_seconds": read - start,
        "version": installed(options.name),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
