"""Documents → what is kept of them while a corpus is compared: about a hundred bytes a paragraph.

The texts themselves are not kept: those that are compared are read again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.banding import choose_banding
from dedup.corpus.forms import read_forms, take
from dedup.corpus.paragraphs import cut
from dedup.index.arrays import candidate_pairs
from dedup.index.inverted import containment_pairs
from dedup.minhash import signatures
from dedup.model import KINDS, MAX_COMPARED_BYTES, MAX_DISTINCT_PARAGRAPHS
from dedup.plan import runs_of_lines
from dedup.shingles import ShingleSets
from dedup.verify import RESCAN_SHARE, SIZE_RATIO
from dedup.words import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.paragraphs import Texts
    from dedup.normalize import FormBatch

    I64 = NDArray[np.int64]
    Bools = NDArray[np.bool_]

SKETCH_COLUMNS = 64

ALONE, COMPARED, EXEMPT, LIMITED, CUT_OFF, CLOSED, TABULAR, BESIDE, LINE = (
    1 << k for k in range(9)
)
"""What `Survey.traits` says of a paragraph: the columns of the same names in `plan.Rows`. LINE: it
stands in a run of lines."""

_HEADING = KINDS.index("heading")


@dataclass(frozen=True, slots=True)
class Survey:
    """Hold what is known of the paragraphs of a run of documents; row i of each is paragraph i.

    `rows` int64[documents + 1]: those of document d. `start`, `end` uint32: bytes of its text.
    `gap` uint16, as in `paragraphs.Cut`, but no larger than fits. `identity` uint64 of form and
    kinds of tokens; `words`, `protected` uint32; `level` uint8; `traits` uint16. `sketches`
    uint8[ALONE rows, columns]. `left`, `right` int64: pairs of rows of one document that are
    alike. `unreadable`: rows that could not be read; `mistaken`: with a marker in which something
    is wrong. `spaced` bool[documents]: each paragraph is a line between blank ones, and stays so
    whatever else goes.
    """

    rows: I64
    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    gap: NDArray[np.uint16]
    identity: NDArray[np.uint64]
    words: NDArray[np.uint32]
    protected: NDArray[np.uint32]
    level: NDArray[np.uint8]
    traits: NDArray[np.uint16]
    sketches: NDArray[np.uint8]
    left: I64
    right: I64
    unreadable: I64
    mistaken: I64
    spaced: Bools

    @classmethod
    def nothing(cls) -> Survey:
        """Give that of no documents."""
        small, number = np.zeros(0, np.uint32), np.zeros(0, np.int64)
        return cls(
            rows=np.zeros(1, np.int64),
            start=small,
            end=small,
            gap=np.zeros(0, np.uint16),
            identity=np.zeros(0, np.uint64),
            words=small,
            protected=small,
            level=np.zeros(0, np.uint8),
            traits=np.zeros(0, np.uint16),
            sketches=np.zeros((0, SKETCH_COLUMNS), np.uint8),
            left=number,
            right=number,
            unreadable=number,
            mistaken=number,
            spaced=np.zeros(0, bool),
        )

    def __len__(self) -> int:
        return len(self.identity)

    def has(self, trait: int) -> Bools:
        """Tell which rows have a trait."""
        found: Bools = self.traits & trait > 0
        return found

    def openings(self) -> I64:
        """Give the first row of every document that is not exempt, where it has one."""
        rows = np.flatnonzero(~self.has(EXEMPT))
        document = self.document()[rows]
        first = np.ones(len(rows), bool)
        first[1:] = np.diff(document) > 0
        return rows[first]

    def document(self) -> NDArray[np.int64]:
        """Give the document of every row."""
        return np.repeat(np.arange(len(self.rows) - 1), np.diff(self.rows))


def join(surveys: Sequence[Survey]) -> Survey:
    """Put surveys together, in order: the rows of each behind those of the one before."""
    surveys = surveys or [Survey.nothing()]
    ahead = np.cumsum([0] + [len(survey) for survey in surveys])[:-1].tolist()
    joined = {}
    for field in fields(Survey):
        parts = [getattr(survey, field.name) for survey in surveys]
        if field.name in {"left", "right", "unreadable", "mistaken"}:
            parts = [part + first for part, first in zip(parts, ahead, strict=True)]
        elif field.name == "rows":
            parts = [part[:-1] + first for part, first in zip(parts, ahead, strict=True)]
            parts.append(np.array([sum(map(len, surveys))]))
        joined[field.name] = np.concatenate(parts)
    return Survey(**joined)


def survey(texts: Texts, config: Config, *, sketched: bool) -> tuple[Survey, FormBatch]:
    """Read a batch of documents; with `sketched`, also for a search across documents.

    Gives what is kept of it, and the forms of its rows.
    """
    found = cut(texts, config)
    limited = found.end - found.start > MAX_COMPARED_BYTES
    exempt = found.exempt()
    forms = read_forms(texts.data, found.start, found.end, exempt | limited, found.readings)
    compared = (np.diff(forms.offsets) > 0) & ~found.ignored
    alone = (
        compared
        & ((forms.words >= config.min_words) | limited)
        & ~exempt
        & (found.kind != _HEADING)
    )
    random = np.random.RandomState(config.seed)  # the same numbers in every version
    factors = random.bytes(8 * SKETCH_COLUMNS if sketched else 0)
    sketches = kernels.sketch(
        *(forms.data, forms.offsets, forms.flags, forms.flag_offsets, alone, found.rows),
        size=config.size,
        factors=np.frombuffer(factors, "<u8").astype(np.uint64) | np.uint64(1),
        floor=RESCAN_SHARE * config.threshold,
        containment=config.containment,
    )
    pairs = [(sketches.left, sketches.right)]
    for crowded in np.flatnonzero(sketches.crowded).tolist():
        low, high = found.rows[crowded : crowded + 2].tolist()
        rows = low + np.flatnonzero(alone[low:high])
        pairs.append(_pairs_of_many(forms, sketches.identities, rows, config))
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    tokens = np.zeros(len(forms.flags) + 1, np.int64)
    np.cumsum(forms.flags != PLAIN, out=tokens[1:])
    document = np.repeat(np.arange(len(texts)), np.diff(found.rows))
    traits = np.zeros(len(found), np.uint16)
    for trait, having in (
        (ALONE, alone),
        (COMPARED, compared),
        (EXEMPT, exempt | found.ignored),
        (LIMITED, limited),
        (CUT_OFF, forms.cut_off),
        (CLOSED, forms.closed),
        (TABULAR, forms.tabular),
        (BESIDE, found.beside()),
        (LINE, runs_of_lines(forms.words, exempt | found.ignored, document) >= 0),
    ):
        traits[having] |= trait
    first = texts.bounds[:-1][document]
    spaced = np.ones(len(texts), bool)
    spaced[document[found.gap == 1]] = False
    spaced[list(found.closely)] = False
    unreadable = [row for row, text in found.readings.items() if text is None]
    kept = Survey(
        rows=found.rows,
        start=(found.start - first).astype(np.uint32),
        end=(found.end - first).astype(np.uint32),
        gap=np.minimum(found.gap, np.iinfo(np.uint16).max).astype(np.uint16),
        identity=sketches.identities,
        words=forms.words.astype(np.uint32),
        protected=(tokens[forms.flag_offsets[1:]] - tokens[forms.flag_offsets[:-1]]).astype(
            np.uint32
        ),
        level=found.level,
        traits=traits,
        sketches=sketches.sketches[alone],
        left=left,
        right=right,
        unreadable=np.array(unreadable, np.int64),
        mistaken=found.mistaken(),
        spaced=spaced,
    )
    return kept, forms


def _pairs_of_many(
    forms: FormBatch, identity: NDArray[np.uint64], rows: I64, config: Config
) -> tuple[I64, I64]:
    """Pair the `rows` of a document that has too many to count them all."""
    distinct = rows[np.sort(np.unique(identity[rows], return_index=True)[1])]
    if len(distinct) > MAX_DISTINCT_PARAGRAPHS:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    sets = ShingleSets(
        *kernels.form_sets(*take(forms.data, forms.offsets, distinct), config.shingle, config.size)
    )
    everywhere = np.zeros(len(distinct), np.int64)
    near = candidate_pairs(
        signatures(sets, num_perm=config.num_perm, seed=config.seed),
        choose_banding(config.threshold, num_perm=config.num_perm, recall=config.recall),
        everywhere,
    )
    contained = containment_pairs(
        sets,
        np.arange(len(distinct)),
        everywhere,
        containment=config.containment,
        size_ratio=SIZE_RATIO,
    )
    left = np.concatenate([near.left, contained.left])
    right = np.concatenate([near.right, contained.right])
    return distinct[left], distinct[right]
