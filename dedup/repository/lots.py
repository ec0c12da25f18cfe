"""Links between paragraphs → which texts hang together by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.index.arrays import distinct
from dedup.repository.imprints import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.repository.imprints import Imprints
    from dedup.repository.likeness import Links

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]


def lots(imprints: Imprints, found: Links) -> I64:
    """Number the lots of texts that hang together: int64[texts], the least text of each lot."""
    identity, of_row, text = _meeting(imprints, found)
    found = found.among(identity)
    texts = len(imprints)
    crowds, of_member = np.unique(found.crowd, return_inverse=True)
    first_crowd = texts + len(identity)
    one = [text, texts + np.searchsorted(identity, found.left)]
    other = [texts + of_row, texts + np.searchsorted(identity, found.right)]
    one.append(texts + np.searchsorted(identity, found.member))
    other.append(first_crowd + of_member)
    label = _connected(first_crowd + len(crowds), np.concatenate(one), np.concatenate(other))
    return label[:texts]


def _meeting(imprints: Imprints, found: Links) -> tuple[U64, I64, I64]:
    """Give the identities that stand twice or are linked, rising; for most rows have none of those.

    Of each row that has one: its place among them, and its text.
    """
    rising = np.sort(imprints.identity)
    twice = rising[1:][rising[1:] == rising[:-1]]
    linked = np.concatenate([found.left, found.right, found.member])
    identity = distinct(np.append(twice, linked[among(linked, rising)]))
    sieve = np.zeros(1 << 16, bool)  # few pass that are not meant, and looking for one takes longer
    sieve[identity.astype(np.uint16)] = True
    rows = np.flatnonzero(sieve[imprints.identity.astype(np.uint16)])
    rows = rows[among(imprints.identity[rows], identity)]
    of_row = np.searchsorted(identity, imprints.identity[rows])
    return identity, of_row, np.searchsorted(imprints.bounds, rows, "right") - 1


def _connected(count: int, one: I64, other: I64) -> I64:
    """Give each of `count` things the least that it hangs together with, over some of them."""
    label = np.arange(count)
    while len(one):
        low = np.minimum(label[one], label[other])
        high = np.maximum(label[one], label[other])
        apart = low != high
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(label, high, low)
        while True:
            above = label[label]
            if (above == label).all():
                break
            label = above
    return label
