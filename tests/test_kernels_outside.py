"""The native kernels read and write nothing outside, whatever they are told; see sanitized.sh."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st
from kernel_calls import IS_HERE, TEXTS, calls, run
from kernel_texts import counts, holds, needs_native

from dedup import characters, kernels
from dedup.kernels import searching
from dedup.kernels.tables import TAKEN

pytestmark = needs_native
OFFSETS = {
    "form_sets": (1,),
    "minima": (1,),
    "sign": (2,),
    "intersections": (1,),
    "figures": (2,),
    "same_rows": (1, 4),
    "changes": (6, 8),
    "sketch": (4, 6, 8),
}
ROWS = {
    "intersections": (2, 3),
    "figures": (3, 4),
    "same_rows": (2, 5),
    "changes": (9, 10),
}
places = [(name, at) for table in (OFFSETS, ROWS) for name, of in table.items() for at in of]
numbers = st.one_of(st.integers(-3, 90), st.sampled_from([-(2**63), 2**63 - 1, 2**31, 2**32]))


@pytest.mark.parametrize(("name", "at"), places if IS_HERE else [])
@counts(25, 1_000)
def test_numbers_that_point_outside_are_refused(name, at, count):
    arguments, _ = calls()[name]
    usual = arguments[at].tolist()
    most = len(TEXTS) if (name, at) == ("sketch", 8) else len(arguments[at - 1])

    def check(data):
        given = list(usual)
        for place in data.draw(st.sets(st.integers(0, len(usual) - 1), min_size=1)):
            given[place] = data.draw(numbers)
        if at in OFFSETS.get(name, ()):
            fits = given[0] >= 0 and given[-1] <= most
            fits = fits and all(low <= high for low, high in itertools.pairwise(given))
            if (name, at) == ("sketch", 8):  # documents are all rows there are
                fits = fits and given[0] == 0 and given[-1] == most
        else:
            fits = all(0 <= number < len(TEXTS) for number in given)
        wrong = [*arguments[:at], np.array(given, np.int64), *arguments[at + 1 :]]
        if fits:
            run(name, wrong)
        else:
            with pytest.raises(ValueError, match="fit"):
                run(name, wrong)

    holds(check, count, st.data())


@counts(50, 2_000)
def test_forms_are_asked_of_what_lies_in_the_text(count):
    text = "Die Fähre ‹fährt› 不是".encode()
    tables = characters.tables(ascii_only=False)

    def check(pairs):
        starts, ends = np.array(pairs, np.int64).reshape(-1, 2).T
        if all(0 <= start <= end <= len(text) for start, end in pairs):
            found = kernels.forms(text, starts, ends, tables)
            assert len(found.found) == len(pairs)
        else:
            with pytest.raises(ValueError, match="fit"):
                kernels.forms(text, starts, ends, tables)

    places = st.one_of(st.integers(0, len(text)), st.integers(0, len(text)), numbers)
    holds(check, count, st.lists(st.tuples(places, places), max_size=4))


@counts(100, 4_000)
def test_bytes_of_any_sort_harm_nobody(count):
    tables = characters.tables(ascii_only=False)

    def check(rows, flags):
        ends = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        text = b"".join(rows)
        data = np.frombuffer(text, np.uint8)
        found = kernels.forms(text, ends[:-1], ends[1:], tables)
        for row, verdict in zip(rows, found.found, strict=True):
            if verdict & TAKEN:
                row.decode()  # what is taken is UTF-8
        kinds = np.frombuffer(flags, np.uint8)
        flag_offsets = np.linspace(0, len(kinds), len(rows) + 1).astype(np.int64)
        left, right = (
            np.array(list(itertools.product(range(len(rows)), repeat=2)), np.int64).reshape(-1, 2).T
        )
        assert (kernels.shingle_counts(data, ends, 5) <= np.diff(ends)).all()
        common = kernels.common_shingles(data, ends, left, right, 5)
        assert (common == kernels.common_shingles(data, ends, right, left, 5)).all()
        verdicts = kernels.changes(
            data, ends, kinds, flag_offsets, left, right, frozenset(range(1, 7))
        )
        assert (verdicts[left == right] != searching.LOST).all()

    soiled = st.builds(
        lambda text, soil, at: text[:at] + soil + text[at:],
        st.text(max_size=20).map(str.encode),
        st.binary(max_size=4),
        st.integers(0, 20),
    )
    holds(
        check, count, st.lists(st.one_of(soiled, st.binary(max_size=30)), max_size=5), st.binary()
    )


def test_tables_that_point_outside_are_followed_nowhere():
    arguments, _ = calls()["forms"]
    maps = 4
    for wrong in (0xFFFFFFFF, 0x80000000 | 0x7F << 24, 0x10FFFF, 0xFFFFFF):
        spoilt = np.full_like(arguments[maps], wrong)
        text = np.frombuffer("ÄÖÜ ½ ﷺ Straße İ".encode(), np.uint8)
        whole = np.array([0]), np.array([len(text)])
        room = [
            np.zeros(n, kind)
            for n, kind in zip([99, 1, 99, 1, 1, 1], ["u1", "i8"] * 2 + ["i4", "u1"], strict=True)
        ]
        run("forms", [text, *whole, arguments[3], spoilt, *arguments[5:12], *room])
        assert room[1][0] <= 99


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, of in ROWS.items() for at in of])
def test_the_row_behind_the_last_is_none(name, at):
    arguments, _ = calls()[name]
    wrong = np.array([0, 1, len(TEXTS)])
    with pytest.raises(ValueError, match="fit"):
        run(name, [*arguments[:at], wrong, *arguments[at + 1 :]])
