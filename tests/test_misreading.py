"""dedup/misreading.py: what OCR makes of words."""

import pytest

from dedup.misreading import is_misreading


@pytest.mark.parametrize(
    ("a", "b"), [("corner", "comer"), ("hello", "he11o"), ("wind", "vvind"), ("house", "honse")]
)
def test_ocr_misreads(a, b):
    assert is_misreading(a, b)


@pytest.mark.parametrize(
    ("a", "b"), [("iran", "iraq"), ("austria", "australia"), ("no", "on"), ("smith", "jones")]
)
def test_other_words_are_no_misreadings(a, b):
    assert not is_misreading(a, b)
