"""Forms of a batch → those that each is near to: in the index, and in the batch itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.index.arrays import pairs_of_buckets
from dedup.index.contents import MAX_BUCKET
from dedup.index.finder import BANDS
from dedup.index.sharing import at_most, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.index.finder import Asked, Finder
    from dedup.index.sharing import Sharing
    from dedup.index.store import Store
    from dedup.normalize import Forms

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]

_KEYS_AT_A_TIME = 1 << 16  # each may be in pairs with a bucket full of others


@dataclass(frozen=True, slots=True)
class Near:
    """Hold what forms are near to, by form; nothing of one that is near to none.

    `held`: forms in the index, each (-jaccard, number). `own`: other forms of the batch, each
    (-jaccard, form); `unasked`: pairs of them of which the first would not find the second in the
    index. `crowded`: forms that share a key with more than are asked; `cut`: those near to more
    than are held. `unsure`: forms that share a key with so many of the batch that which of those
    are asked depends on who else is in the index by then.
    """

    held: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    own: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    unasked: frozenset[tuple[int, int]] = frozenset()
    crowded: frozenset[int] = frozenset()
    cut: frozenset[int] = frozenset()
    unsure: frozenset[int] = frozenset()


def find_near(finder: Finder, asked: Asked, found: Sharing) -> Near:
    """Find what some forms are near to; `found`: what is in the index that shares their keys.

    Raises:
        InputError: the index is damaged.
    """
    at, numbers = finder.sharing(found)
    left, right, jaccard, many = finder.alike(asked, at, numbers)
    held: dict[int, list[tuple[float, int]]] = {}
    for form, number, its in zip(*(of.tolist() for of in (left, right, -jaccard)), strict=True):
        held.setdefault(form, []).append((its, number))
    count = found.of(BANDS).count
    is_crowded = np.asarray((count > MAX_BUCKET).any(axis=1))
    one, other, twice, unsure = _sharing(asked.keys[:, BANDS], count)
    one_is_enough = finder.least[np.count_nonzero(count <= MAX_BUCKET, axis=1)] == 1
    asking = np.stack([twice | one_is_enough[one], twice | one_is_enough[other]])
    some = asking.any(axis=0)
    one, other, asking = one[some], other[some], asking[:, some]
    one, other, sets = asked.forms[one], asked.forms[other], asked.sets
    common = kernels.intersections(sets.values, sets.offsets, one, other)
    size = sets.sizes()
    union = size[one] + size[other] - common
    near = common >= finder.config.threshold_across * union
    one, other, jaccard = one[near], other[near], (common / np.maximum(union, 1))[near]
    own: dict[int, list[tuple[float, int]]] = {}
    for a, b, its in zip(*(of.tolist() for of in (one, other, -jaccard)), strict=True):
        own.setdefault(a, []).append((its, b))
        own.setdefault(b, []).append((its, a))
    first, second = asking[:, near]
    unasked = [*zip(one[~first].tolist(), other[~first].tolist(), strict=True)]
    unasked += zip(other[~second].tolist(), one[~second].tolist(), strict=True)
    sets_of_forms = asked.forms[is_crowded], many, asked.forms[unsure]
    told = (frozenset(forms.tolist()) for forms in sets_of_forms)
    return Near(held, own, frozenset(unasked), *told)


def _sharing(keys: U64, held: I64) -> tuple[I64, I64, NDArray[np.bool_], NDArray[np.bool_]]:
    """Give the pairs of rows that share keys which MAX_BUCKET forms have at most.

    `held`, int64[n, bands]: how many forms have each key in the index. Tells also which pairs share
    two of them, and which rows have a key that so many have only with those of the batch.
    """
    codes = np.zeros(0, np.int64)
    unsure = np.zeros(len(keys), bool)
    width = max(1, _KEYS_AT_A_TIME // max(1, len(keys)))
    for low in range(0, keys.shape[1], width):
        key = keys[:, low : low + width]  # those of two bands are never equal
        order = np.argsort(key, axis=None, kind="stable")
        row, value = order // key.shape[1], key.ravel()[order]
        opens = np.ones(len(value), bool)
        opens[1:] = value[1:] != value[:-1]
        bucket = np.cumsum(opens) - 1
        before = held[:, low : low + width].ravel()[order]
        every = before + np.bincount(bucket, minlength=1)[bucket]
        unsure[row[(before <= MAX_BUCKET) & (every > MAX_BUCKET)]] = True
        few = np.flatnonzero(every <= MAX_BUCKET)  # all or none of a bucket
        left, right = (row[few[place]] for place in pairs_of_buckets(opens[few], MAX_BUCKET))
        codes = at_most(np.append(codes, left << 32 | right), 2)
    pairs, twice = counted(codes)
    return pairs >> 32, pairs & 0xFFFFFFFF, twice, unsure


def equal_forms(store: Store, forms: Forms, asked: I64, found: Sharing) -> dict[int, int]:
    """Give the number of the form in the index that equals each of `asked`, where there is one.

    `found`: what has the key of what equals them.

    Raises:
        InputError: the index is damaged.
    """
    at, numbers = found.pairs()
    held = store.forms(numbers.tolist())
    equal: dict[int, int] = {}
    for form, number in zip(asked[at].tolist(), numbers.tolist(), strict=True):
        other = held[number]
        if forms.texts[form] == other.text and forms.flags_of(form).tobytes() == other.flags:
            equal.setdefault(form, number)
    return equal
