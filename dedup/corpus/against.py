"""An index that a corpus is cleaned against: what the corpus is like of it, as one shard more.

It stays as it is, and is read from the index alone. Documents of the index that have a name of one
in the corpus are not compared with: they are what the corpus replaces.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup import group, kernels
from dedup.corpus import survey as traits
from dedup.corpus.forms import take
from dedup.corpus.reading import Place, ShardRead
from dedup.corpus.shards import Shard
from dedup.corpus.survey import Survey
from dedup.errors import InputError, UsageError
from dedup.files import Fingerprint
from dedup.index.contents import form_key
from dedup.model import EXEMPT, KINDS
from dedup.normalize import FormBatch
from dedup.plan import runs_of_lines
from dedup.shingles import ShingleSets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.incremental import Index
    from dedup.index.records import Entry

    I64 = NDArray[np.int64]

_IS_EXEMPT = np.array([kind in EXEMPT for kind in KINDS])
_TRAITS = {
    group.LIMITED: traits.LIMITED,
    group.CUT_OFF: traits.CUT_OFF,
    group.CLOSED: traits.CLOSED,
    group.TABULAR: traits.TABULAR,
}


class Against:
    """Gather what an index holds that a corpus is like, a batch at a time."""

    def __init__(self, index: Index) -> None:
        """Take an open index.

        Raises:
            UsageError: no ledger can name it.
        """
        if _in_ledger(index.name) != index.name:
            raise UsageError(f"{index.name}: its name is not UTF-8: rename it")
        self.index, self.state = index, index.state_id()
        self._numbers: set[int] = set()

    def look(self, forms: FormBatch, survey: Survey) -> None:
        """Look up what may go by itself of a batch.

        Raises:
            InputError: the index is damaged, or was changed meanwhile.
        """
        alone = np.flatnonzero(survey.has(traits.ALONE))
        distinct = alone[np.unique(survey.identity[alone], return_index=True)[1]]
        if not len(distinct):
            return
        parameters = self.index.config
        data, offsets = take(forms.data, forms.offsets, distinct)
        flags, flag_offsets = take(forms.flags, forms.flag_offsets, distinct)
        text_of, flags_of = _pieces(data, offsets), _pieces(flags, flag_offsets)
        equal = np.array([*map(form_key, text_of, flags_of)], np.uint64)
        sets = ShingleSets(*kernels.form_sets(data, offsets, parameters.shingle, parameters.size))
        with self.index.looking() as finder:
            self._numbers.update(finder.like(sets, equal))
        self._refuse_change()

    def _refuse_change(self) -> None:
        if self.index.state_id() != self.state:
            raise InputError(f"{self.index.name}: was changed meanwhile: run again")

    def shard(self, own: Iterable[str], config: Config) -> tuple[Shard, ShardRead] | None:
        """Give what was found as a shard, but for documents called by a name of `own`.

        Raises:
            InputError: as `look`.
        """
        with self.index.looking(own) as finder:
            found = finder.documents(self._numbers)
        self._refuse_change()
        if not found:
            return None
        forms = _forms([entry for entry, _ in found], [texts for _, texts in found])
        surveyed = _survey([entry for entry, _ in found], forms, config)
        count = len(found)
        read = ShardRead(
            places=[Place(0, 0, 0)],
            surveys=[surveyed],
            forms=[forms],
            ids=[_in_ledger(entry.name) for entry, _ in found],
            named=[np.zeros(count, bool)],
            line=[np.ones(count, np.int64)],
        )
        shard = Shard(self.index.path, self.index.name, "index", None, Fingerprint(0, 0, 0, 0, 0))
        return shard, read


def _in_ledger(name: str) -> str:
    """Write a name as JSON can hold it: half a character, or a byte of a file's, as an escape."""
    return name.encode("utf-8", "backslashreplace").decode()


def _forms(entries: list[Entry], texts: list[dict[int, tuple[str, bytes, int]]]) -> FormBatch:
    """Give the forms of all paragraphs, one after the other."""
    every = [
        of.get(number, ("", b"", 0))
        for entry, of in zip(entries, texts, strict=True)
        for number in entry.form.tolist()
    ]
    data = [text.encode("utf-8", "surrogatepass") for text, _, _ in every]
    kinds = [flags for _, flags, _ in every]
    has = np.concatenate([entry.traits for entry in entries])
    return FormBatch(
        *kernels.laid_out(data),
        *kernels.laid_out(kinds),
        words=np.concatenate([entry.words for entry in entries]).astype(np.int32),
        cut_off=has & group.CUT_OFF > 0,
        closed=has & group.CLOSED > 0,
        tabular=has & group.TABULAR > 0,
    )


def _pieces(data: NDArray[np.uint8], offsets: I64) -> Iterator[bytes]:
    whole = data.tobytes()
    return (whole[low:high] for low, high in pairwise(offsets.tolist()))


def _survey(entries: list[Entry], forms: FormBatch, config: Config) -> Survey:
    """Survey documents of an index, as `survey.survey` does those of a batch."""
    rows = np.cumsum([0, *(len(entry.form) for entry in entries)])
    alone = np.concatenate([entry.form for entry in entries]) >= 0
    kind = np.concatenate([entry.kind for entry in entries])
    first = np.concatenate([entry.first_line for entry in entries]).astype(np.int64)
    last = np.concatenate([entry.last_line for entry in entries]).astype(np.int64)
    gap = np.zeros(len(alone), np.int64)
    gap[1:] = first[1:] - last[:-1]
    gap[rows[:-1][np.diff(rows) > 0]] = 0
    beside = gap == 1
    beside[:-1] |= beside[1:]
    random = np.random.RandomState(config.seed)
    factors = np.frombuffer(random.bytes(8 * traits.SKETCH_COLUMNS), "<u8").astype(np.uint64)
    sketches = kernels.sketch(
        *(forms.data, forms.offsets, forms.flags, forms.flag_offsets, alone, rows),
        size=config.size,
        factors=factors | np.uint64(1),
        floor=1.0,  # pairs within a document are not asked for: it stays as it is
        containment=1.0,
    )
    document = np.repeat(np.arange(len(entries)), np.diff(rows))
    exempt = _IS_EXEMPT[kind]
    has = np.concatenate([entry.traits for entry in entries])
    found = np.zeros(len(alone), np.uint16)
    for trait, having in (
        (traits.ALONE, alone),
        (traits.COMPARED, np.diff(forms.offsets) > 0),
        (traits.EXEMPT, exempt),
        (traits.BESIDE, beside),
        (traits.LINE, runs_of_lines(forms.words, exempt, document) >= 0),
        *((new, has & old > 0) for old, new in _TRAITS.items()),
    ):
        found[having] |= trait
    nowhere = np.zeros(len(alone), np.uint32)
    none = np.zeros(0, np.int64)
    return Survey(
        rows=rows,
        start=nowhere,
        end=nowhere,
        gap=np.minimum(gap, np.iinfo(np.uint16).max).astype(np.uint16),
        identity=sketches.identities,
        words=forms.words.astype(np.uint32),
        protected=nowhere,
        level=np.concatenate([entry.level for entry in entries]),
        traits=found,
        sketches=sketches.sketches[alone],
        left=none,
        right=none,
        unreadable=none,
        mistaken=none,
        spaced=np.ones(len(entries), bool),
    )
