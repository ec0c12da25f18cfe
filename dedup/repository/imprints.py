"""What is kept of texts to find those that are alike: about 140 bytes a paragraph.

Of each different paragraph that may go by an arc of its own: its identity, and the low byte of each
number of its signature. Where two signatures share a band, so do these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup.index.arrays import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]
    U8 = NDArray[np.uint8]

QUIET, WATCHED, NO_TEXT = range(3)
"""What `Imprints.state` says of a text: nothing in it can repeat anything else in it; something
may, or there is something to say about it; it cannot be read as a text."""


@dataclass(frozen=True, slots=True)
class Imprints:
    """Hold what is kept of some texts.

    `state` uint8[texts]. `bounds` int64[texts + 1]: text t has the rows ``bounds[t]`` to
    ``bounds[t + 1]``, one for each different paragraph. `identity` uint64[rows], of form and kinds
    of tokens; `signature` uint8[rows, num_perm].
    """

    state: U8
    bounds: I64
    identity: U64
    signature: U8

    def __len__(self) -> int:
        return len(self.state)

    def text_of_row(self) -> I64:
        """Give the text of every row."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    def identities(self) -> U64:
        """Give the different identities, rising."""
        return distinct(self.identity.copy())

    def take(self, texts: I64) -> Imprints:
        """Give those of these `texts` alone, in this order."""
        if np.array_equal(texts, np.arange(len(self))):
            return self
        sizes = np.diff(self.bounds)[texts]
        bounds = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(sizes, out=bounds[1:])
        rows = np.arange(bounds[-1]) + np.repeat(self.bounds[:-1][texts] - bounds[:-1], sizes)
        return Imprints(self.state[texts], bounds, self.identity[rows], self.signature[rows])


def among(some: U64, rising: U64) -> NDArray[np.bool_]:
    """Tell which of `some` are in `rising`, different ones in order."""
    at = np.searchsorted(rising, some)
    found: NDArray[np.bool_] = np.append(rising, np.uint64(0))[at] == some
    return found & (at < len(rising))


def join(parts: Sequence[Imprints], num_perm: int) -> Imprints:
    """Put imprints together, in order."""
    sizes = [np.diff(part.bounds) for part in parts]
    bounds = np.zeros(sum(map(len, parts)) + 1, np.int64)
    np.cumsum(np.concatenate([np.zeros(0, np.int64), *sizes]), out=bounds[1:])
    return Imprints(
        np.concatenate([np.zeros(0, np.uint8), *(part.state for part in parts)]),
        bounds,
        np.concatenate([np.zeros(0, np.uint64), *(part.identity for part in parts)]),
        np.concatenate([np.zeros((0, num_perm), np.uint8), *(part.signature for part in parts)]),
    )
