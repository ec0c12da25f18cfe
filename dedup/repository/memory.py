"""The imprints of texts that were looked at before, and the links between them, by digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dedup.repository.imprints import Imprints, join
from dedup.repository.likeness import Links, links
from dedup.repository.store import arrays_of
from dedup.repository.texts import imprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.repository.store import Store
    from dedup.repository.texts import Text

_NAME = "paragraphs"
_KEPT_SAVES = 64  # a text that was not there so many times goes


class Memory:
    """Hold imprints of texts, those that are there and as many that no longer are.

    `names` say what each was made of: the bytes of the text, and how they are read. `basis` is what
    all of them rest on.
    """

    def __init__(self, store: Store, basis: str, config: Config) -> None:
        """Take what is kept, if it rests on `basis`."""
        self.config, self.basis = config, basis
        self.serial = 0
        self.names: list[str] = []
        self.asked = np.zeros(0, np.int64)  # the serial of when each was last there
        self.imprints = join([], config.num_perm)
        self.links = Links.none()
        head, data = store.load(_NAME)
        if not isinstance(head, dict) or head.get("basis") != basis:
            return
        arrays = arrays_of(head, data)
        if arrays is None:
            return
        kept: dict[str, NDArray[np.generic]] = arrays
        self.serial, self.names = head["serial"], head["names"]
        self.asked = kept.pop("asked").astype(np.int64)
        self.links = Links(*(kept.pop(of) for of in Links.__slots__))  # type: ignore[arg-type]
        self.imprints = Imprints(**kept)  # type: ignore[arg-type]

    def look(self, names: Sequence[str], text: Callable[[int], Text]) -> bool:
        """Look at those texts that were not looked at; ``text(i)`` is that of ``names[i]``.

        Forgets what was not there in a long while. Tells whether there is anything new.
        """
        place = {name: at for at, name in enumerate(self.names)}
        wanted = {name: at for at, name in reversed(list(enumerate(names))) if name not in place}
        if wanted:
            made = imprint((text(at) for at in wanted.values()), self.config)
            staying = self._staying({place[name] for name in names if name in place}, len(wanted))
            self.names = [self.names[at] for at in staying.tolist()] + list(wanted)
            self.asked = np.append(self.asked[staying], np.zeros(len(wanted), np.int64))
            self.imprints = join([self.imprints.take(staying), made], self.config.num_perm)
            new = np.arange(len(self.names)) >= len(staying)
            more = links(self.imprints, new, self.config)
            staying_links = self.links.among(self.imprints.identities())
            self.links = Links.joined([staying_links, more])
            self.serial += 1
        there = set(names)
        self.asked[[at for at, name in enumerate(self.names) if name in there]] = self.serial
        return bool(wanted)

    def _staying(self, there: set[int], new: int) -> NDArray[np.int64]:
        """Give what is not forgotten: what is `there`, and as many again that lately were."""
        absent = [at for at in range(len(self.names)) if at not in there]
        absent = [at for at in absent if self.asked[at] > self.serial - _KEPT_SAVES]
        absent.sort(key=lambda at: -self.asked[at])
        return np.array(sorted(there | set(absent[: len(there) + new])), np.int64)

    def of(self, names: Sequence[str]) -> Imprints:
        """Give the imprints of texts that were looked at, but for the signatures."""
        place = {name: at for at, name in enumerate(self.names)}
        rows = len(self.imprints.identity)
        slim = replace(self.imprints, signature=np.zeros((rows, 0), np.uint8))
        return slim.take(np.array([place[name] for name in names], np.int64))

    def save(self, store: Store) -> None:
        """Keep it."""
        head = {"basis": self.basis, "serial": self.serial, "names": self.names}
        made, links_ = self.imprints, self.links
        arrays = {
            "asked": self.asked,
            "bounds": made.bounds,
            "identity": made.identity,
            **{of: getattr(links_, of) for of in Links.__slots__},
            "state": made.state,
            "signature": made.signature,
        }
        store.save(_NAME, head, arrays)
