"""dedup/kernels/sketches.c: sketches of documents and the search by bands, as NumPy has them."""

import kernel_texts
import numpy as np
import pytest
from hypothesis import strategies as st
from kernel_texts import counts, edited_texts, forms_of, holds, needs_native, same

from dedup import kernels
from dedup.kernels import searching
from dedup.kernels.searching import CROWDED_BYTES, CROWDED_ROWS, MAX_BUCKET

odd = st.integers(0, 2**63 - 1).map(lambda k: 2 * k + 1)
shares = st.sampled_from([0.5, 0.35, 0.85, 0.0, 1.0, 0.1, 1 / 3])


def arrays_of(forms):
    return forms.data, forms.offsets, forms.flags, forms.flag_offsets


def usual(columns=64):
    factors = np.random.RandomState(1).bytes(8 * columns)
    return {
        "size": 5,
        "factors": np.frombuffer(factors, np.uint64) | np.uint64(1),
        "floor": 0.35,
        "containment": 0.85,
    }


@needs_native
@counts(200, 10_000)
def test_documents_are_sketched_as_the_reference_does(count):
    def check(texts, factors, size, floor, containment, data):
        forms = forms_of(texts)
        rows = len(texts)
        alone = np.array(data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), bool)
        inner = sorted(data.draw(st.lists(st.integers(0, rows), max_size=3)))
        bounds = np.array([0, *inner, rows], np.int64)
        options = {"size": size, "factors": np.array(factors, np.uint64)}
        options |= {"floor": floor, "containment": containment}
        given = *arrays_of(forms), alone, bounds
        assert same(kernels.sketch(*given, **options), searching.sketch(*given, **options))

    factors = st.lists(odd, max_size=64)
    holds(
        *(check, count, edited_texts(), factors, st.one_of(st.just(5), st.integers(1, 32))),
        *(shares, shares, st.data()),
    )


@needs_native
def test_articles_of_ten_languages_give_the_pairs_of_the_reference():
    total = 0
    for _, paragraphs in kernel_texts.articles()[:10]:
        forms = forms_of(paragraphs)
        given = (*arrays_of(forms), forms.words >= 8, np.array([0, len(paragraphs)]))
        ours, theirs = (kernel.sketch(*given, **usual()) for kernel in (kernels, searching))
        assert same(ours, theirs)
        total += len(ours.left)
    assert total > 30


@needs_native
def test_a_document_is_crowded_by_one_row_or_byte_too_many():
    rows = [CROWDED_ROWS, CROWDED_ROWS + 1, 1, 1]
    longest = "a" * (CROWDED_BYTES - 1)  # each row counts for a byte more
    texts = [f"row {k}" for k in range(sum(rows[:2]))] + [longest, longest + "a"]
    forms = forms_of(texts)
    alone = np.ones(len(texts), bool)
    bounds = np.cumsum([0, *rows], dtype=np.int64)
    found = kernels.sketch(*arrays_of(forms), alone, bounds, **usual())
    assert found.crowded.tolist() == [False, True, False, True]
    assert not (found.right >= bounds[1]).any()
    crowded = *arrays_of(forms_of(texts[rows[0] : sum(rows[:2])])), alone[: rows[1]]
    crowded = *crowded, np.array([0, rows[1]], np.int64)
    assert same(kernels.sketch(*crowded, **usual(8)), searching.sketch(*crowded, **usual(8)))


@needs_native
@counts(150, 10_000)
def test_bands_give_the_pairs_of_the_reference(count):
    def check(length, width, seed, rows, values, data):
        random = np.random.RandomState(seed)
        sketches = random.randint(0, values, (rows, length)).astype(np.uint8)
        for row in range(1, rows, 2):  # half of the rows are like one before
            sketches[row] = sketches[random.randint(row)]
            sketches[row, random.randint(0, length, random.randint(1, 9))] = 7
        bands = random.randint(0, 9)
        columns = random.randint(0, length, (bands, width)).astype(np.uint8)
        first = data.draw(st.integers(0, bands))
        last = data.draw(st.integers(first, bands))
        given = sketches, columns, first, last, data.draw(st.integers(0, length + 1))
        assert same(kernels.band_pairs(*given), searching.band_pairs(*given))

    lengths = st.sampled_from([8, 16, 56, 64])
    values = st.sampled_from([1, 2, 3, 8, 256])
    seeds = st.integers(0, 2**32 - 1)
    holds(check, count, lengths, st.integers(1, 8), seeds, st.integers(0, 40), values, st.data())


@needs_native
def test_each_bit_of_a_column_tells_rows_apart():
    base = np.arange(64, dtype=np.uint8) * 3
    flips = [(column, bit) for column in range(64) for bit in range(8)]
    sketches = np.array([base, *([base] * len(flips))])
    for row, (column, bit) in enumerate(flips, 1):
        sketches[row, column] ^= 1 << bit
    columns = np.array([[0, 1, 2], [3, 9, 63]], np.uint8)
    given = sketches[:120], columns, 0, 2, 63
    assert same(kernels.band_pairs(*given), searching.band_pairs(*given))
    for row in range(1, len(sketches)):
        pair = sketches[[0, row]]
        for least, found in ((63, 1), (64, 0)):
            band = np.array([[(row - 1) // 8 ^ 1]], np.uint8)
            assert len(kernels.band_pairs(pair, band, 0, 1, least)[0]) == found


@needs_native
@pytest.mark.parametrize("rows", [MAX_BUCKET, MAX_BUCKET + 1, MAX_BUCKET + 40])
def test_in_a_full_bucket_the_rest_meet_one_each(rows):
    given = np.zeros((rows, 8), np.uint8), np.array([[0, 1]], np.uint8), 0, 1, 8
    left, _, comparisons, capped = found = kernels.band_pairs(*given)
    assert same(found, searching.band_pairs(*given))
    beyond = rows - MAX_BUCKET
    assert comparisons == len(left) == MAX_BUCKET * (MAX_BUCKET - 1) // 2 + beyond
    assert capped.sum() == beyond


@needs_native
def test_many_rows_lie_in_many_partitions():
    random = np.random.RandomState(3)
    sketches = random.randint(0, 40, (20_000, 16)).astype(np.uint8)
    columns = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]], np.uint8)
    given = sketches, columns, 0, 3, 4
    ours = kernels.band_pairs(*given)
    assert same(ours, searching.band_pairs(*given))
    assert len(ours[0]) > 500


def test_a_sketch_foretells_how_alike_two_sets_are():
    random = np.random.RandomState(5)
    common, *rest = (np.frombuffer(random.bytes(8 * size), np.uint64) for size in (300, 100, 100))
    factors = usual()["factors"]
    sets = [np.unique(np.concatenate([common, part])) for part in rest]
    ours, theirs = (searching.sketch_of(values, factors) for values in sets)
    assert abs((ours == theirs).mean() - 0.6) < 0.2  # three standard deviations
