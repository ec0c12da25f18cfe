"""Forms of a batch → those that each is near to: in the index, and in the batch itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedup import kernels
from dedup.index.arrays import pairs_of_buckets
from dedup.index.contents import MAX_BUCKET
from dedup.plan import MAX_JUDGED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.index.finder import Finder
    from dedup.normalize import Forms
    from dedup.shingles import ShingleSets

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Near:
    """Hold what forms are near to, by form; nothing of one that is near to none.

    `held`: numbers of forms in the index. `own`: other forms of the batch. `crowded`: forms that
    share a key with so many, or are near to so many, that which of them count depends on who else
    there is by then.
    """

    held: dict[int, list[int]] = field(default_factory=dict)
    own: dict[int, list[int]] = field(default_factory=dict)
    crowded: frozenset[int] = frozenset()


def find_near(finder: Finder, sets: ShingleSets, asked: I64, keys: U64) -> Near:
    """Find what the forms `asked`, each with its shortened `keys`, are near to.

    `sets`: the shingles of all forms.

    Raises:
        InputError: the index is damaged.
    """
    at, numbers, most = finder.store.sharing(keys)
    left, right, many = finder.alike(sets, asked[at], numbers)
    held: dict[int, list[int]] = {}
    for form, number in zip(left.tolist(), right.tolist(), strict=True):
        held.setdefault(form, []).append(number)
    one, other, here = _sharing(keys)
    one, other = asked[one], asked[other]
    common = kernels.intersections(sets.values, sets.offsets, one, other)
    size = sets.sizes()
    near = common >= finder.config.threshold_across * (size[one] + size[other] - common)
    own: dict[int, list[int]] = {}
    for a, b in zip(one[near].tolist(), other[near].tolist(), strict=True):
        own.setdefault(a, []).append(b)
        own.setdefault(b, []).append(a)
    crowded = set(asked[most + here > MAX_BUCKET].tolist()) | set(many.tolist())
    crowded.update(form for form in own if len(own[form]) + len(held.get(form, ())) > MAX_JUDGED)
    return Near(held, own, frozenset(crowded))


def _sharing(keys: U64) -> tuple[I64, I64, I64]:
    """Give the pairs of rows that share a key, and with how many a row shares one at most.

    Where that is more than MAX_BUCKET, its pairs are not given.
    """
    codes = np.zeros(0, np.int64)
    most = np.zeros(len(keys), np.int64)
    for key in keys.T:
        order = np.argsort(key, kind="stable")
        opens = np.ones(len(key), bool)
        opens[1:] = key[order][1:] != key[order][:-1]
        bucket = np.cumsum(opens) - 1
        most[order] = np.maximum(most[order], np.bincount(bucket, minlength=1)[bucket])
        left, right = (order[place] for place in pairs_of_buckets(opens, MAX_BUCKET))
        codes = np.unique(np.append(codes, left << 32 | right))
    return codes >> 32, codes & 0xFFFFFFFF, most


def equal_forms(finder: Finder, forms: Forms, asked: I64, keys: U64) -> dict[int, int]:
    """Give the number of the form in the index that equals each of `asked`, where there is one."""
    at, numbers, _ = finder.store.sharing(keys[:, :1], most=None)
    held = finder.store.forms(numbers.tolist())
    found: dict[int, int] = {}
    for form, number in zip(asked[at].tolist(), numbers.tolist(), strict=True):
        other = held[number]
        if forms.texts[form] == other.text and forms.flags_of(form).tobytes() == other.flags:
            found.setdefault(form, number)
    return found
