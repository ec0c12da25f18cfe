"""dedup/kernels/native.c: what does not fit is refused at the door."""

import numpy as np
import pytest
from kernel_calls import NAMES, TEXTS, calls, run
from kernel_texts import forms_of, needs_native, rows_of

from dedup import kernels
from dedup.kernels import reference, searching

pytestmark = needs_native
REFUSED = (ValueError, TypeError, BufferError)
each = pytest.mark.parametrize("name", NAMES)


def arrays_in(arguments):
    return [at for at, it in enumerate(arguments) if isinstance(it, np.ndarray)]


def askew(array):
    """Give a copy of `array` that begins at an odd place."""
    copy = np.zeros(array.nbytes + 8, np.uint8)
    start = 1 + copy.ctypes.data % 2
    copy = copy[start : start + array.nbytes].view(array.dtype)
    copy[:] = array
    return copy


@each
def test_a_call_that_fits_is_taken(name):
    arguments, _ = calls()[name]
    run(name, arguments)


@each
def test_items_of_another_size_or_sort_are_refused(name):
    arguments, _ = calls()[name]
    for at in arrays_in(arguments):
        size = arguments[at].dtype.itemsize
        others = [kind for kind in ("u1", "i2", "i4", "i8") if np.dtype(kind).itemsize != size]
        if size > 1:
            others += [f"f{size}", f">i{size}"]
        for kind in others:
            with pytest.raises(TypeError, match="an array of integers"):
                run(name, [*arguments[:at], arguments[at].astype(kind), *arguments[at + 1 :]])


@each
def test_what_is_no_array_has_gaps_or_is_not_aligned_is_refused(name):
    arguments, _ = calls()[name]
    for at in arrays_in(arguments):
        array = arguments[at].reshape(-1)
        wrongs = [None, "text", list(array), np.repeat(array, 2)[::2]]
        if array.itemsize > 1:
            wrongs.append(askew(array))
        for wrong in wrongs:
            with pytest.raises(REFUSED):
                run(name, [*arguments[:at], wrong, *arguments[at + 1 :]])


@each
def test_what_is_written_into_must_allow_it_and_have_room(name):
    arguments, written = calls()[name]
    for at in range(len(arguments) - written, len(arguments)):
        locked = arguments[at].copy()
        locked.flags.writeable = False
        with pytest.raises(REFUSED):
            run(name, [*arguments[:at], locked, *arguments[at + 1 :]])
        if name == "forms" and len(arguments[at]) == 999:
            continue  # of forms, what finds no room is not taken
        with pytest.raises(ValueError, match="fit"):
            run(name, [*arguments[:at], arguments[at][:-1], *arguments[at + 1 :]])


# Which arrays may be shorter than they are: nothing points behind their end.
MAY_BE_SHORT = {
    "form_sets": (3, 4),
    "sign": (5, 6),
    "figures": (5, 6),
    "changes": (11, 12),
    "sketch": (10, 11),
    "forms": (6, 7, 12, 14),
}


@each
def test_an_array_too_short_is_refused(name):
    arguments, written = calls()[name]
    for at in arrays_in(arguments)[:-written]:
        shorter = [*arguments[:at], arguments[at].reshape(-1)[:-1], *arguments[at + 1 :]]
        if at in MAY_BE_SHORT.get(name, ()):
            run(name, shorter)
        else:
            with pytest.raises(ValueError, match="fit"):
                run(name, shorter)


@each
def test_an_array_without_items_is_refused_where_one_is_needed(name):
    arguments, _ = calls()[name]
    for at in arrays_in(arguments):
        empty = [*arguments[:at], arguments[at].reshape(-1)[:0], *arguments[at + 1 :]]
        if arguments[at] is arguments[-1] and name == "figures":
            continue  # tested with the others that are written into
        if (name, at) in {("figures", 7), *(("forms", k) for k in NEEDLESS)}:
            continue
        with pytest.raises(ValueError, match="fit"):
            run(name, empty)


NEEDLESS = (6, 7, 8, 12, 14)  # pool, pairs, unspaced, and room for forms and flags


@pytest.mark.parametrize("wrong", [0, 33, -1])
def test_a_shingle_has_a_size(wrong):
    for name, at in (("form_sets", 2), ("sign", 0), ("figures", 0), ("sketch", 0)):
        arguments, _ = calls()[name]
        with pytest.raises(ValueError, match="fit"):
            run(name, [*arguments[:at], wrong, *arguments[at + 1 :]])


@pytest.mark.parametrize(
    ("at", "wrong"),
    [(1, 0), (1, 7), (1, 72), (1, -8), (3, 0), (3, 9), (4, -1), (4, 3), (5, 3), (5, -1)],
)
def test_a_search_is_for_bands_that_there_are(at, wrong):
    arguments, _ = calls()["band_pairs"]
    with pytest.raises(ValueError, match="fit"):
        run("band_pairs", [*arguments[:at], wrong, *arguments[at + 1 :]])


def test_a_band_looks_at_columns_that_there_are():
    arguments, _ = calls()["band_pairs"]
    for wrong in (8, 255):
        arguments[2] = np.array([[0, 1], [2, wrong]], np.uint8)
        with pytest.raises(ValueError, match="fit"):
            run("band_pairs", arguments)


@each
def test_a_call_needs_all_its_arguments(name):
    arguments, _ = calls()[name]
    for wrong in (arguments[:-1], [*arguments, None], []):
        with pytest.raises(TypeError):
            run(name, wrong)


def test_arrays_that_are_not_aligned_come_through_the_wrappers():
    values, offsets = reference.form_sets(*rows_of(TEXTS), "char", 5)
    pair = np.array([0]), np.array([1])
    found = kernels.intersections(askew(values), askew(offsets), *map(askew, pair))
    assert found.tolist() == reference.intersections(values, offsets, *pair).tolist()


def test_arrays_with_gaps_come_through_the_wrappers():
    forms = forms_of(TEXTS)
    left, right = np.array([[0, 1], [1, 2], [3, 0]]).T
    assert not left.flags.contiguous
    arrays = forms.data, forms.offsets
    for name, given in {
        "common_shingles": (*arrays, left, right, 5),
        "same_rows": (*arrays, left, *arrays, right),
        "intersections": (*reference.form_sets(*arrays, "char", 5), left, right),
    }.items():
        kernel = searching if hasattr(searching, name) else reference
        assert (getattr(kernels, name)(*given) == getattr(kernel, name)(*given)).all()
