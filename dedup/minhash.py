"""Shingle sets → signatures: bit for bit those of datasketch 2, scheme "affine32"."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.shingles import CHAR_SIZE, encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.shingles import ShingleSets


@lru_cache(maxsize=8)
def permutations(num_perm: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Give the factors `a` (odd) and summands `b` of datasketch's "affine32": uint32[num_perm]."""
    random = np.random.RandomState(seed)  # the generator that datasketch uses
    a = random.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = random.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    a.flags.writeable = b.flags.writeable = False  # shared by all callers
    return a, b


def signatures(sets: ShingleSets, *, num_perm: int = 128, seed: int = 1) -> NDArray[np.uint32]:
    """Give the signature of every set: uint32[n, num_perm].

    Row i equals ``datasketch.MinHash(num_perm, seed, scheme="affine32").hashvalues`` after it was
    given the low 32 bits of the hashes of set i.
    """
    a, b = permutations(num_perm, seed)
    return kernels.minima(sets.values, sets.offsets, a, b)


def sign(
    forms: Sequence[str], *, size: int = CHAR_SIZE, num_perm: int = 128, seed: int = 1
) -> NDArray[np.uint32]:
    """Give the signatures of comparison forms, uint32[n, num_perm], without making sets of them.

    They are those of `signatures` for sets of `size` consecutive characters.
    """
    a, b = permutations(num_perm, seed)
    rows = [kernels.sign(*batch, "char", size, a, b) for batch in encoded(forms)]
    return np.concatenate([np.zeros((0, num_perm), np.uint32), *rows])
