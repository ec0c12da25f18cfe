"""Survey and candidates → the forms that are compared, read again; equal ones held once.

An identity is a hash. Whether two paragraphs are equal is asked of their forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup import kernels
from dedup.corpus.forms import take
from dedup.corpus.survey import ALONE, COMPARED, LINE
from dedup.normalize import form_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.corpus.search import Found
    from dedup.corpus.survey import Survey
    from dedup.normalize import FormBatch

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def wanted(survey: Survey, found: Found) -> Bools:
    """Tell which rows are compared: bool[n].

    Those that may be alike or equal; in their documents also the short ones that stand elsewhere,
    which go with a block, and what is next to lines of verse.
    """
    alone = survey.has(ALONE)
    compared = survey.has(COMPARED)
    repeated = _repeated(survey.identity, compared)
    pairs = np.concatenate([found.left, found.right, survey.left, survey.right])
    met = np.zeros(len(survey), bool)
    met[pairs] = True
    asked = np.isin(survey.identity, np.unique(survey.identity[met])) & alone
    asked |= repeated & alone
    document = survey.document()
    touched = np.zeros(len(survey.rows) - 1, bool)
    touched[document[asked]] = True
    short = repeated & ~alone
    # A line that equals the first of its document may be the headline again.
    opening = survey.openings()
    headline = np.zeros(len(survey), bool)
    headline[opening] = short[opening]
    doubled = short & np.isin(survey.identity, survey.identity[headline])
    lines = asked & survey.has(LINE)
    beside = np.zeros(len(survey), bool)
    beside[:-1] |= lines[1:]
    beside[1:] |= lines[:-1]
    return asked | (short & touched[document]) | doubled | (beside & compared)


def _repeated(identity: NDArray[np.uint64], among: Bools) -> Bools:
    """Tell which rows `among` them share their identity with another."""
    rows = np.flatnonzero(among)
    order = np.argsort(identity[rows], kind="stable")
    values = identity[rows[order]]
    same = np.zeros(len(values) + 1, bool)
    same[1:-1] = values[1:] == values[:-1]
    found = np.zeros(len(identity), bool)
    found[rows[order]] = same[1:] | same[:-1]
    return found


@dataclass(slots=True)
class Active:
    """Hold the distinct forms of the wanted rows, in the order of their first row.

    `rows` int64[m], rising, with `form` int64[m] of each; `data` uint8, `offsets` int64, `flags`
    uint8, `flag_offsets` int64, `words` int64 of the forms, as in `normalize.FormBatch`.
    `unequal`: how many rows had another form than their identity said; each has one of its own.
    """

    rows: I64
    form: I64
    data: NDArray[np.uint8]
    offsets: I64
    flags: NDArray[np.uint8]
    flag_offsets: I64
    words: I64
    unequal: int = 0

    @property
    def texts(self) -> _Texts:
        """Give the forms as strings, each when it is asked for."""
        return _Texts(self)

    def tokens(self, form: int) -> list[str]:
        """Give the tokens of one form."""
        return form_tokens(self.texts[form])

    def flags_of(self, form: int) -> NDArray[np.uint8]:
        """Give the kind of every token of one form."""
        return self.flags[self.flag_offsets[form] : self.flag_offsets[form + 1]]


@dataclass(frozen=True, slots=True)
class _Texts:
    active: Active

    def __getitem__(self, form: int) -> str:
        low, high = self.active.offsets[form : form + 2].tolist()
        return self.active.data[low:high].tobytes().decode("utf-8", "surrogatepass")


class Collector:
    """Take the forms of the wanted rows batch by batch, in order, and hold equal ones once."""

    def __init__(self, survey: Survey, rows: I64) -> None:
        """Take the wanted `rows`, rising."""
        self.rows = rows
        _, first, inverse = np.unique(survey.identity[rows], return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        self.form: I64 = rank[inverse]
        self.is_first = np.zeros(len(rows), bool)
        self.is_first[first] = True
        self.words = survey.words[rows[np.sort(first)]].astype(np.int64)
        self._taken = 0
        self._forms, self._flags = _Store(), _Store()
        self._unequal: list[tuple[int, bytes, bytes]] = []

    def add(self, forms: FormBatch, rows: I64) -> None:
        """Take the forms of the next wanted rows: they are the `rows`, rising, of `forms`."""
        low, high = self._taken, self._taken + len(rows)
        self._taken = high
        first = rows[self.is_first[low:high]]
        self._forms.append(*take(forms.data, forms.offsets, first))
        self._flags.append(*take(forms.flags, forms.flag_offsets, first))
        others = np.flatnonzero(~self.is_first[low:high])
        held, again = self.form[low + others], rows[others]
        same = kernels.same_rows(*self._forms.rows, held, forms.data, forms.offsets, again)
        same &= kernels.same_rows(*self._flags.rows, held, forms.flags, forms.flag_offsets, again)
        for number, row in zip(others[~same].tolist(), again[~same].tolist(), strict=True):
            spans = forms.offsets[row : row + 2], forms.flag_offsets[row : row + 2]
            text = forms.data[slice(*spans[0])].tobytes(), forms.flags[slice(*spans[1])].tobytes()
            self._unequal.append((low + number, *text))

    def done(self) -> Active:
        """Give all forms."""
        count = len(self.words)
        form, words = self.form.copy(), self.words
        for number, (row, text, flags) in enumerate(self._unequal):
            form[row] = count + number
            words = np.append(words, self.words[self.form[row]])
            for store, piece in ((self._forms, text), (self._flags, flags)):
                store.append(np.frombuffer(piece, np.uint8), np.array([0, len(piece)]))
        return Active(
            self.rows, form, *self._forms.rows, *self._flags.rows, words, len(self._unequal)
        )


class _Store:
    """Rows of bytes, one after the other, in arrays that grow."""

    def __init__(self) -> None:
        self._data = np.zeros(1 << 16, np.uint8)
        self._offsets = np.zeros(1 << 10, np.int64)
        self._count = 0

    @property
    def rows(self) -> tuple[NDArray[np.uint8], I64]:
        """Give data and offsets."""
        offsets = self._offsets[: self._count + 1]
        return self._data[: offsets[-1]], offsets

    def append(self, data: NDArray[np.uint8], offsets: I64) -> None:
        """Add rows."""
        end, count = int(self._offsets[self._count]), self._count + len(offsets) - 1
        self._data = _roomy(self._data, end + len(data))
        self._offsets = _roomy(self._offsets, count + 1)
        self._data[end : end + len(data)] = data
        self._offsets[self._count + 1 : count + 1] = offsets[1:] + end
        self._count = count


def _roomy(array: NDArray[Any], items: int) -> NDArray[Any]:
    """Give `array`, or a larger copy with room for so many items."""
    if items <= len(array):
        return array
    larger = np.zeros(max(items, len(array) * 3 // 2), array.dtype)
    larger[: len(array)] = array
    return larger
