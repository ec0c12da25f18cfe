"""dedup/kernels/sets.c: shingle sets, signatures and what sets share, as NumPy counts them."""

import itertools

import datasketch
import kernel_texts
import numpy as np
import pytest
from hypothesis import strategies as st
from kernel_texts import any_text, counts, forms_of, holds, needs_native, pairs_of, rows_of, same

from dedup import kernels
from dedup.kernels import reference, searching
from dedup.shingles import CHAR_SIZE
from dedup.verify import string_shingles

KERNELS = [reference, *([kernels.native] if kernels.NAME == "native" else [])]
each = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.__name__[14:])

sizes = st.one_of(st.just(CHAR_SIZE), st.integers(1, 32))
hashes = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 40), st.integers(0, 40))
hash_sets = st.lists(st.sets(hashes, max_size=40), max_size=8)
words = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=130)


def flat(sets):
    """Give sets as ascending values and offsets."""
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    return np.array([v for s in sets for v in sorted(s)], np.uint64), offsets


@needs_native
@counts(100, 10_000)
@pytest.mark.parametrize("kind", ["char", "word"])
def test_shingle_sets_are_those_of_the_reference(kind, count):
    def check(texts, size):
        forms = forms_of([text for text in texts if forms_of([text]).offsets[1]])
        arrays = forms.data, forms.offsets, kind, size
        assert same(kernels.form_sets(*arrays), reference.form_sets(*arrays))

    holds(check, count, st.lists(any_text, max_size=5), sizes)


# No form has spaces in front or in twos; of any text all must count the same, even so.
spaced = st.lists(st.sampled_from([*"  ab", "日", "本", "한", "국", "ß", "𠀀"]), max_size=9).map(
    "".join
)


@each
@counts(100, 10_000)
def test_rows_with_spaces_anywhere_have_the_shingles_that_a_report_counts(kernel, count):
    search = kernels if kernel is not reference else searching

    def check(texts, size):
        rows = rows_of(texts)
        sets = [string_shingles(text, "char", size) for text in texts]
        sizes = [len(one) for one in sets]
        assert np.diff(kernel.form_sets(*rows, "char", size)[1]).tolist() == sizes
        assert search.shingle_counts(*rows, size).tolist() == sizes
        left, right = np.array(list(itertools.product(range(len(texts)), repeat=2)), np.int64).T
        assert search.common_shingles(*rows, left, right, size).tolist() == [
            len(p & q) for p, q in itertools.product(sets, repeat=2)
        ]

    holds(check, count, st.lists(spaced, min_size=1, max_size=4), sizes)


@each
def test_rows_of_no_word_have_no_shingle_of_words(kernel):
    for texts, sizes in (
        ([""], [0]),
        (["a b", "", ""], [1, 0, 0]),
        (["", "a b c d", ""], [0, 2, 0]),
    ):
        _, ends = kernel.form_sets(*rows_of(texts), "word", 3)
        assert np.diff(ends).tolist() == sizes


@needs_native
@counts(100, 10_000)
@pytest.mark.parametrize("kind", ["char", "word"])
def test_forms_are_signed_as_their_sets_are(kind, count):
    def check(texts, size, a, b):
        perms = min(len(a), len(b))
        factors = np.array(a[:perms], np.uint32), np.array(b[:perms], np.uint32)
        rows = rows_of(texts)
        assert same(
            kernels.sign(*rows, kind, size, *factors), reference.sign(*rows, kind, size, *factors)
        )

    texts = st.lists(st.one_of(any_text, spaced), max_size=5)
    holds(check, count, texts, sizes, words, words)


@each
def test_empty_forms_and_no_forms_have_empty_sets(kernel):
    nothing = np.zeros(0, np.uint8)
    for rows in (1, 4):
        values, offsets = kernel.form_sets(nothing, np.zeros(rows, np.int64), "char", 5)
        assert (len(values), offsets.tolist()) == (0, [0] * rows)
    _, offsets = kernel.form_sets(
        np.frombuffer(b"abcdef", np.uint8), np.array([0, 0, 6, 6]), "char", 5
    )
    assert offsets.tolist() == [0, 0, 2, 2]


@needs_native
@counts(60, 3_000)
def test_broken_bytes_spoil_no_row_but_their_own(count):
    def check(broken, size):
        whole = b"ferries of the island"
        data = np.frombuffer(whole + broken + whole, np.uint8)
        ends = np.cumsum([0, len(whole), len(broken), len(whole)], dtype=np.int64)
        values, offsets = kernels.form_sets(data, ends, "char", size)
        alone, _ = reference.form_sets(data[: len(whole)], ends[:2], "char", size)
        sets = [values[low:high] for low, high in itertools.pairwise(offsets)]
        assert same(sets[0], alone)
        assert same(sets[2], alone)
        assert (sets[1][1:] > sets[1][:-1]).all()
        assert len(sets[1]) <= len(broken)

    holds(check, count, st.binary(max_size=40), sizes)


@needs_native
def test_a_set_of_many_equal_and_of_many_different_shingles():
    texts = ["a" * 200_000, " ".join(map(str, range(30_000))), "汉字" * 5_000 + " ab" * 5_000]
    forms = forms_of(texts)
    arrays = forms.data, forms.offsets, "char", CHAR_SIZE
    assert same(kernels.form_sets(*arrays), reference.form_sets(*arrays))


@needs_native
@counts(100, 5_000)
def test_signatures_are_those_of_the_reference(count):
    def check(sets, a, b):
        perms = min(len(a), len(b))
        arrays = *flat(sets), np.array(a[:perms], np.uint32), np.array(b[:perms], np.uint32)
        assert same(kernels.minima(*arrays), reference.minima(*arrays))

    holds(check, count, hash_sets, words, words)


@each
def test_signatures_of_a_thousand_texts_are_those_of_datasketch(kernel):
    texts = [text for _, paragraphs in kernel_texts.articles() for text in paragraphs]
    texts = list(dict.fromkeys(texts))[:1000]
    assert len(texts) == 1000
    forms = forms_of(texts)
    values, offsets = kernel.form_sets(forms.data, forms.offsets, "char", CHAR_SIZE)
    empty = datasketch.MinHash(128, 1, hashfunc=lambda value: value, scheme="affine32")
    a, b = (part.astype(np.uint32) for part in empty.permutations)
    signatures = kernel.minima(values, offsets, a, b)
    for row, (low, high) in enumerate(itertools.pairwise(offsets.tolist())):
        theirs = empty.copy()
        theirs.update_batch((values[low:high] & np.uint64(0xFFFFFFFF)).tolist())
        assert np.array_equal(signatures[row], theirs.hashvalues)


@each
@counts(100, 5_000)
def test_common_values_are_counted(kernel, count):
    def check(sets, data):
        left, right = pairs_of(data.draw, len(sets))
        found = kernel.intersections(*flat(sets), left, right)
        assert found.dtype == np.int64
        assert found.tolist() == [
            len(sets[p] & sets[q]) for p, q in zip(left.tolist(), right.tolist(), strict=True)
        ]

    holds(check, count, hash_sets.filter(len), st.data())
