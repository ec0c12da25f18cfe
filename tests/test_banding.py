"""dedup/banding.py: bands chosen by recall, keys by slice."""

import numpy as np
import pytest

from dedup.banding import Banding, band_keys, choose_banding
from dedup.errors import UsageError


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.65, 0.7, 0.8, 0.9, 1.0])
def test_the_widest_band_that_reaches_the_recall_is_taken(threshold):
    chosen = choose_banding(threshold)
    assert chosen.recall(threshold) >= 0.995
    wider = Banding(128 // (chosen.size + 1), chosen.size + 1)
    assert wider.bands < 2 or wider.recall(threshold) < 0.995


def test_recall_is_measured_not_assumed():
    rng = np.random.default_rng(7)
    banding = choose_banding(0.5)
    agree = rng.random((4000, banding.bands, banding.size)) < 0.5
    measured = agree.all(axis=2).any(axis=1).mean()
    assert measured == pytest.approx(banding.recall(0.5), abs=0.005)


@pytest.mark.parametrize("threshold", [0.3, 0.65, 0.7, 0.75, 0.9, 1.0])
@pytest.mark.parametrize("recall", [0.9, 0.995, 0.9999])
def test_two_bands_are_asked_where_the_recall_allows(threshold, recall):
    banding = choose_banding(threshold, recall=recall)
    shared = np.random.default_rng(8).binomial(banding.bands, threshold**banding.size, 1_000_000)
    noise = 4 * (recall * (1 - recall) / len(shared)) ** 0.5
    least = banding.least_shared(threshold, recall)
    assert (shared >= least).mean() >= recall - noise
    assert least == 2 or (shared >= 2).mean() < recall + noise


def test_the_default_asks_for_two_bands():
    assert Banding(32, 4).least_shared(0.7, 0.995) == 2
    assert Banding(25, 5).least_shared(0.7, 0.98) == 1
    for bands in (0, 1):
        assert Banding(bands, 128).least_shared(1.0, 0.995) == 1


def test_too_few_permutations_are_refused():
    with pytest.raises(UsageError, match="raise num_perm"):
        choose_banding(0.3, num_perm=8)


def test_equal_slices_have_equal_keys_in_the_same_band_only():
    rows = np.arange(12, dtype=np.uint32).reshape(1, 12).repeat(2, axis=0)
    rows[1, 0] = 99
    keys = band_keys(rows, Banding(4, 3))
    assert keys.shape == (2, 4)
    assert (keys[0] == keys[1]).tolist() == [False, True, True, True]
    same = band_keys(np.zeros((1, 12), np.uint32), Banding(4, 3))
    assert len(set(same[0].tolist())) == 4
