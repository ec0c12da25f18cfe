"""Run one peer on a file of forms: python benchmarks/peers.py NAME FORMS --threshold 0.7 -o FOUND.

FORMS has a comparison form in each line, so every peer compares the same character 5-grams and
none pays for making them of text. FOUND becomes a NumPy file: int64[m, 2] pairs of lines, or
bool[n] flags where the peer names no pairs. Prints JSON: seconds of the part that is the peer's own
(shingles, signatures, insert and query), of reading, and its version.

A peer has the mode that its documentation calls fastest, once with its own settings ("-default")
and once with the fewest permutations that find as much as we do of what was planted: more would
cost it time and find nothing. Who wants other settings changes BANDS and runs it again.
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
# On 10 MB with planted copies: 8 bands find 0.996 of them, 10 bands 0.999, 32 bands as much, and
# gaoya takes 1.4, 1.5 and 4.0 s of CPU time for it.
BANDS, BAND_SIZE = 10, 4
PERMUTATIONS = BANDS * BAND_SIZE
# An estimate from 40 minima is off by 0.07: who asks for 0.7 of it loses half of what has 0.7.
SLACK = 0.15
OWN_PERMUTATIONS = 128  # what datasketch has by itself, and rensa in its documentation
RENSA_BANDS = 16  # of four; its documentation says that it is faster with a power of two
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


def rensa_hashes(forms: Sequence[str], threshold: float) -> Any:
    """Hash shingles with NumPy, give them to it flat; take flags by bands alone, without a check.

    Its documentation feeds it from Python, which takes longer than its own work: that is "rensa".
    """
    return _rensa(
        ((start, flat(forms[start : start + BATCH])) for start in range(0, len(forms), BATCH)),
        lambda sketch, shingles: sketch.digest_matrix_from_flat_token_hashes(
            *shingles, RENSA_BANDS * BAND_SIZE, 42
        ),
        threshold=threshold,
        permutations=RENSA_BANDS * BAND_SIZE,
        bands=RENSA_BANDS,
    )


def rensa(forms: Sequence[str], threshold: float) -> Any:
    """Do the same, fed with Python strings."""
    return _rensa(
        batches(forms),
        lambda sketch, sets: sketch.digest_matrix_from_token_sets(
            sets, RENSA_BANDS * BAND_SIZE, 42
        ),
        threshold=threshold,
        permutations=RENSA_BANDS * BAND_SIZE,
        bands=RENSA_BANDS,
    )


def rensa_default(forms: Sequence[str], threshold: float) -> Any:
    """Take what its own benchmark does: rho sketches, which sample the shingles."""
    return _rensa(
        batches(forms),
        lambda sketch, sets: sketch.digest_matrix_from_token_sets_rho(sets, OWN_PERMUTATIONS, 42),
        threshold=threshold,
        permutations=OWN_PERMUTATIONS,
        bands=16,
    )


def rensa_checked(forms: Sequence[str], threshold: float) -> Any:
    """Add sets to its deduplicator, which checks candidates by their sketches."""
    from rensa import RMinHashDeduplicator  # noqa: PLC0415

    deduplicator = RMinHashDeduplicator(
        threshold - SLACK, RENSA_BANDS * BAND_SIZE, use_lsh=True, num_bands=RENSA_BANDS
    )
    flags: list[bool] = []
    for start, sets in batches(forms):
        pairs = [(str(start + i), shingles) for i, shingles in enumerate(sets)]
        flags += [not kept for kept in deduplicator.add_pairs(pairs)]
    return np.array(flags, bool)


def _rensa(
    parts: Iterator[tuple[int, Any]],
    sign: Callable[[Any, Any], Any],
    *,
    threshold: float,
    permutations: int,
    bands: int,
) -> Any:
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415 - one process runs one peer

    index = RMinHashLSH(threshold, permutations, bands)
    flags: list[bool] = []
    for start, shingles in parts:
        flags += index.insert_matrix_and_query_duplicate_flags(sign(RMinHash, shingles), start)
    return np.array(flags, bool)


def flat(forms: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Give the hashes of the five-byte shingles of forms, and where those of each begin.

    A form of another script has other shingles so, and about as much in common with another.
    """
    rows = [form.encode().ljust(SIZE) for form in forms]
    lengths = np.array([len(row) for row in rows])
    data = np.frombuffer(b"".join(rows), np.uint8).astype(np.uint64)
    hashes = sum(data[k : len(data) - SIZE + 1 + k] << np.uint64(8 * k) for k in range(SIZE))
    hashes = hashes * np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(32)
    inside = np.ones(len(data), bool)
    for k in range(1, SIZE):  # what begins here would reach into the next form
        inside[np.cumsum(lengths) - k] = False
    offsets = np.zeros(len(forms) + 1, np.uint64)
    np.cumsum(lengths - SIZE + 1, out=offsets[1:])
    return hashes[inside[: len(hashes)]], offsets


def datasketch(forms: Sequence[str], threshold: float) -> Any:
    """Make MinHashes in bulk, with a fast hash; query, then insert, with bands for recall."""
    return _datasketch(
        forms,
        threshold - SLACK,
        num_perm=PERMUTATIONS,
        threshold=threshold,
        params=(BANDS, BAND_SIZE),
    )


def datasketch_default(forms: Sequence[str], threshold: float) -> Any:
    """Do the same with the permutations and bands that it chooses, at its own estimate."""
    return _datasketch(forms, threshold, num_perm=OWN_PERMUTATIONS, threshold=threshold)


def _datasketch(forms: Sequence[str], least: float, **settings: Any) -> Any:
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    index = MinHashLSH(**settings)
    permutations = settings["num_perm"]
    sets = ({gram.encode() for gram in grams(form)} for form in forms)
    kept: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for row, sketch in enumerate(
        MinHash.generator(sets, num_perm=permutations, scheme="affine32", hashfunc=fast_hash())
    ):
        pairs += [(i, row) for i in index.query(sketch) if kept[i].jaccard(sketch) >= least]
        index.insert(row, sketch, check_duplication=False)
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
    "rensa_hashes": (rensa_hashes, "rensa"),
    "rensa-checked": (rensa_checked, "rensa"),
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
