"""Shingle sets → signatures: bit for bit those of datasketch 2, scheme "affine32"."""

from __future__ import annotations

from functools import lru_cache
from random import Random
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
    """Give the factors `a` (odd) and summands `b` of datasketch's "affine32": uint32[num_perm].

    They are what `numpy.random.RandomState`, which datasketch uses, draws from 0 to 2³¹ and to 2³².
    """
    drawn = _mersenne_twister(seed, 2 * num_perm)
    a = (drawn[:num_perm] & np.uint32(0x7FFFFFFF)) * np.uint32(2) + np.uint32(1)
    b = drawn[num_perm:]
    a.flags.writeable = b.flags.writeable = False  # shared by all callers
    return a, b


def _mersenne_twister(seed: int, count: int) -> NDArray[np.uint32]:
    """Draw numbers of 32 bits as NumPy's RandomState does, without loading it: uint32[count]."""
    state = [seed]
    for number in range(1, 624):
        last = state[-1]
        state.append((1812433253 * (last ^ (last >> 30)) + number) & 0xFFFFFFFF)
    generator = Random()  # noqa: S311 - nothing is secret here; the same generator, seeded otherwise
    generator.setstate((3, (*state, 624), None))
    return np.array([generator.getrandbits(32) for _ in range(count)], np.uint32)


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
