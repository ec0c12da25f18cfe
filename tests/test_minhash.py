"""dedup/minhash.py: signatures, with datasketch as the oracle."""

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.minhash import permutations, sign, signatures
from dedup.shingles import ShingleSets, shingle_sets


def oracle(values, num_perm, seed):
    sketch = datasketch.MinHash(num_perm, seed, hashfunc=lambda v: v, scheme="affine32")
    sketch.update_batch([int(v) & 0xFFFFFFFF for v in values])
    return sketch.hashvalues


@given(
    st.lists(st.sets(st.integers(0, 2**64 - 1), max_size=30), max_size=5),
    st.sampled_from([16, 128]),
    st.integers(0, 2**32 - 1),
)
def test_signatures_are_datasketch_s_bit_for_bit(sets, num_perm, seed):
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    values = np.array([v for s in sets for v in sorted(s)], np.uint64)
    found = signatures(ShingleSets(values, offsets), num_perm=num_perm, seed=seed)
    assert found.dtype == np.uint32
    assert found.shape == (len(sets), num_perm)
    for row, values_of_row in zip(found, sets, strict=True):
        assert np.array_equal(row, oracle(values_of_row, num_perm, seed))


@given(
    st.lists(st.text(max_size=60).map(lambda text: " ".join(text.split())), max_size=6),
    st.integers(1, 7),
)
def test_forms_are_signed_as_their_sets_are(forms, size):
    sets = shingle_sets(forms, size=size)
    assert np.array_equal(sign(forms, size=size, num_perm=40), signatures(sets, num_perm=40))


def test_signatures_load_as_lean_minhash():
    found = signatures(shingle_sets(["a text of some words", "a text of some other words"]))
    lean = [datasketch.LeanMinHash(seed=1, hashvalues=row, scheme="affine32") for row in found]
    assert lean[0].jaccard(lean[1]) == pytest.approx((found[0] == found[1]).mean())


def test_permutations_are_shared_and_cannot_be_written():
    a, _ = permutations(16, 1)
    with pytest.raises(ValueError, match="read-only"):
        a[0] = 1
