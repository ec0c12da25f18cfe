"""The batch index: sort the band keys, and equal ones lie side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from dedup.banding import band_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedup.banding import Banding

Number = TypeVar("Number", np.int64, np.uint64)

MAX_BUCKET = 128
"""In a larger bucket only the first so many rows are paired with each other, the others with the
first MAX_HEADS of them: work stays linear. Equal forms are one row, so such a bucket holds that
many *different* texts."""

MAX_HEADS = 32

MAX_CROWD = 1024
"""A larger bucket is not gone through for what is alike in it."""

_PAIRS_AT_A_TIME = 1 << 15
_KEYS_AT_A_TIME = 1 << 13
_MAX_BUFFERED = 1 << 22  # pairs, before doubles among them are dropped


class Candidates(NamedTuple):
    """Hold candidate pairs ``(left[k], right[k])``, int64, left < right, each once, ascending.

    `capped`: int64, the rows in buckets that were too large for all their pairs, each once.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    capped: NDArray[np.int64]

    def behind(self, first: int) -> Candidates:
        """Give the same pairs of rows that are numbered from `first`."""
        return Candidates(self.left + first, self.right + first, self.capped + first)


def distinct_pairs(
    left: NDArray[np.int64], right: NDArray[np.int64], capped: NDArray[np.int64]
) -> Candidates:
    """Put pairs in canonical order, each once."""
    return _decode(distinct(_codes(left, right)), distinct(np.array(capped)))


def _codes(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Write each pair as one number: the smaller row above, the larger below."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    return (low.astype(np.uint64) << np.uint64(32)) | high.astype(np.uint64)


def distinct(numbers: NDArray[Number]) -> NDArray[Number]:
    """Sort `numbers`, where they stand, and give them without doubles.

    np.unique hashes since NumPy 2.3, slowly for these, and loads a good deal for that.
    """
    numbers.sort()
    return numbers[np.append(numbers[:-1] != numbers[1:], True)] if len(numbers) else numbers


def _decode(codes: NDArray[np.uint64], capped: NDArray[np.int64]) -> Candidates:
    return Candidates(
        (codes >> np.uint64(32)).astype(np.int64),
        (codes & np.uint64(0xFFFFFFFF)).astype(np.int64),
        capped,
    )


def candidate_pairs(
    signatures: NDArray[np.uint32], banding: Banding, groups: NDArray[np.int64], *, least: int = 0
) -> Candidates:
    """Give the pairs of rows of one group that share a band, and agree in `least` numbers.

    With `least`, what a bucket holds besides what is alike does not matter, unless it is a crowd:
    a row is capped by those alone that agree with it.
    """
    codes = [np.zeros(0, np.uint64)]
    buffered = 0
    capped: set[int] = set()
    most = MAX_CROWD if least else MAX_BUCKET
    count = max(1, len(signatures))
    keys = band_keys(signatures, banding)
    # Of few rows, several bands are gone through at once: no two of them have a key in common.
    bands = max(1, _KEYS_AT_A_TIME // count)
    for low in range(0, banding.bands, bands):
        key = keys[:, low : low + bands].T.ravel()
        group = np.tile(groups, len(key) // count)
        order = np.lexsort((key, group))
        opens = np.ones(len(key), bool)
        key, group = key[order], group[order]
        opens[1:] = (key[1:] != key[:-1]) | (group[1:] != group[:-1])
        left, right = (order[place] for place in pairs_of_buckets(opens, most))
        if least:
            alike = agreeing(signatures, left % count, right % count) >= least
            left, right, over = _capped(left[alike], right[alike])
            capped.update((over % count).tolist())
        codes.append(_codes(left % count, right % count))
        buffered += len(left)
        for slots in large_buckets(order, opens, most):
            bucket = slots % count
            first, second = np.triu_indices(MAX_BUCKET, 1)
            rest = bucket[MAX_BUCKET:]
            capped.update(rest.tolist())
            codes.append(_codes(bucket[first], bucket[second]))
            codes.append(_codes(np.repeat(rest, MAX_HEADS), np.tile(bucket[:MAX_HEADS], len(rest))))
            buffered += sum(map(len, codes[-2:]))
        if buffered > _MAX_BUFFERED:
            codes = [distinct(np.concatenate(codes))]
            buffered = 0
    return _decode(distinct(np.concatenate(codes)), np.array(sorted(capped), np.int64))


def pairs_of_buckets(
    opens: NDArray[np.bool_], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the pairs of places that lie in one bucket, of no more than `most` places.

    ``opens[i]`` says whether a bucket begins at place i. The first of a pair lies in front.
    """
    bucket = np.cumsum(opens) - 1
    at = np.flatnonzero(np.bincount(bucket, minlength=1)[bucket] <= most)
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, most):
        at = at[at + step < len(bucket)]
        at = at[bucket[at] == bucket[at + step]]
        if not len(at):
            break
        first.append(at)
        second.append(at + step)
    return np.concatenate(first), np.concatenate(second)


def large_buckets(
    order: NDArray[np.int64], opens: NDArray[np.bool_], most: int
) -> Iterator[NDArray[np.int64]]:
    """Give the rows of every bucket of more than `most`; place i is that of row ``order[i]``."""
    starts = np.append(np.flatnonzero(opens), len(order))
    for at in np.flatnonzero(np.diff(starts) > most).tolist():
        yield order[starts[at] : starts[at + 1]]


def agreeing(
    signatures: NDArray[np.unsignedinteger], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the numbers in which the signatures of rows agree: int64[pairs]."""
    counts = np.zeros(len(left), np.int64)
    for low in range(0, len(left), _PAIRS_AT_A_TIME):
        here = slice(low, low + _PAIRS_AT_A_TIME)
        same = signatures[left[here]] == signatures[right[here]]
        counts[here] = np.count_nonzero(same, axis=1)
    return counts


def _capped(
    left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of rows `right` with too many before them leave the first few: (left, right, those rows)."""
    many = np.flatnonzero(np.bincount(right, minlength=1) >= MAX_BUCKET)
    if not len(many):
        return left, right, many
    order = np.lexsort((left, right))
    left, right = left[order], right[order]
    rank = np.arange(len(right)) - np.searchsorted(right, right)
    staying = (rank < MAX_HEADS) | ~np.isin(right, many)
    return left[staying], right[staying], many
