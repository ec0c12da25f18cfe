"""How the functions of the native kernels are called: what the tests of their door start from."""

from __future__ import annotations

import numpy as np
from kernel_texts import forms_of, laid_out

from dedup import characters, kernels
from dedup.kernels import reference

IS_HERE = kernels.NAME == "native"
EDGES = [kernels.native._SPACELESS, kernels.native._HANGUL] if IS_HERE else []
TEXTS = ["the night ferry", "the night ferry sails", "不是 ferry", "한국어 2019"]


def calls():
    """Give a call of each function as it should be: a name, arguments, the number written into."""
    forms = forms_of(TEXTS)
    rows = len(TEXTS)
    data, offsets, flags, flag_offsets = (
        *(forms.data, forms.offsets, forms.flags),
        forms.flag_offsets,
    )
    left, right = np.array([0, 1, 3]), np.array([1, 3, 0])
    sets, ends = reference.form_sets(data, offsets, "char", 5)
    a, b = np.arange(1, 17, dtype=np.uint32), np.arange(16, dtype=np.uint32)
    byte, short, long = (lambda n, kind=kind: np.zeros(n, kind) for kind in ("u1", "i4", "i8"))
    alone, bounds, factors = np.ones(rows, bool), np.array([0, 2, 4]), np.array([3, 5], np.uint64)
    sketches, columns = np.zeros((rows, 8), np.uint8), np.array([[0, 1], [2, 3]], np.uint8)
    text, starts, stops = laid_out(TEXTS)
    tables = characters.tables(ascii_only=False)
    tables = [getattr(tables, name) for name in kernels.native._TABLES]
    return {
        "form_sets": ([data, offsets, 5, *EDGES, long(len(data)), long(rows)], 2),
        "minima": ([sets, ends, a, b, short(rows * 16)], 1),
        "sign": ([5, data, offsets, a, b, *EDGES, short(rows * 16)], 1),
        "intersections": ([sets, ends, left, right, long(3)], 1),
        "figures": ([5, data, offsets, left, right, *EDGES, short(rows), short(3)], 2),
        "same_rows": ([data, offsets, left, flags, flag_offsets, right, byte(3)], 1),
        "changes": (
            [63, 49, 2, 16, 8, data, offsets, flags, flag_offsets, left, right, *EDGES, byte(3)],
            1,
        ),
        "sketch": (
            [
                *(5, 0.3, 0.8, data, offsets, flags, flag_offsets, alone, bounds, factors, *EDGES),
                *(long(rows), byte(2 * rows), byte(2)),
            ],
            3,
        ),
        "band_pairs": ([sketches, 8, columns, 2, 0, 2, 3, byte(rows)], 1),
        "forms": (
            [
                *(np.frombuffer(text, np.uint8), starts, stops, *tables),
                *(byte(999), long(rows), byte(999), long(rows), short(rows), byte(rows)),
            ],
            6,
        ),
    }


def run(name, arguments):
    return getattr(kernels.native._native, name)(*arguments)


NAMES = list(calls()) if IS_HERE else ["none"]
