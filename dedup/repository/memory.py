"""The imprints of texts that were looked at before, and the links between them, by digest.

Nearly all of it stands in one large file. What is new since that was written stands in a small one
beside it, which alone is written anew, until it has grown to a tenth.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.repository.imprints import Imprints, join
from dedup.repository.likeness import Links, links, meeting
from dedup.repository.store import arrays_of
from dedup.repository.texts import imprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.repository.store import Store
    from dedup.repository.texts import Text

    I64 = NDArray[np.int64]

_NAME, _RECENT = "paragraphs", "recent"
_KEPT_SAVES = 64  # a text that was not there so many times goes
_SMALL_SHARE = 0.1  # of the paragraphs of the large file the small one holds at most


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
        self._parts = [join([], config.num_perm)]
        self.links = self.recent_links = Links.none()
        self.settled = 0  # so many of the texts, the first part, stand in the large file
        self.whole = False  # what is there now is to be written as one
        self._place: dict[str, int] = {}
        large = _load(store, _NAME, basis)
        if large is None:
            return
        self.serial, self.names, self.asked = large.serial, large.names, large.asked
        self._parts, self.links = [large.imprints], large.links
        self.settled = len(self.names)
        small = _load(store, _RECENT, basis)
        if small is not None and small.beside == _digest(self.names):
            self.serial, self.asked = small.serial, small.asked
            self.names = self.names + small.names
            self._parts.append(small.imprints)
            self.links = Links.joined([self.links, small.links])
            self.recent_links = small.links
        self._place = _numbered(self.names)

    def _joined(self) -> Imprints:
        """Give those of all `names`. To put them together takes longer than to look for one."""
        if len(self._parts) > 1:
            self._parts = [join(self._parts, self.config.num_perm)]
        return self._parts[0]

    def look(self, names: Sequence[str], text: Callable[[int], Text]) -> bool:
        """Look at those texts that were not looked at; ``text(i)`` is that of ``names[i]``.

        Forgets what was not there in a long while. Tells whether there is anything new.
        """
        place = self._place
        unknown = set(names).difference(place)
        wanted = {name: at for at, name in reversed(list(enumerate(names))) if name in unknown}
        if wanted:
            made = imprint((text(at) for at in wanted.values()), self.config)
            rows = len(self._parts[0].identity)
            recent = sum(len(part.identity) for part in [*self._parts, made]) - rows
            self.whole = recent > _SMALL_SHARE * rows
            if self.whole:
                self._forget({place[name] for name in names if name in place}, len(wanted))
            met = [meeting(part, made, self.config) for part in self._parts]
            self.names = self.names + list(wanted)
            self.asked = np.append(self.asked, np.zeros(len(wanted), np.int64))
            self._parts.append(made)
            new = np.arange(len(met) + len(made)) >= len(met)
            more = links(join([*met, made], self.config.num_perm), new, self.config)
            self.links = Links.joined([self.links, more])
            self.recent_links = Links.joined([self.recent_links, more])
            self.serial += 1
            place = self._place = _numbered(self.names)
        self.asked[[place[name] for name in names]] = self.serial
        return bool(wanted)

    def _forget(self, there: set[int], new: int) -> None:
        """Keep what is `there`, and as many again that lately were."""
        absent = [at for at in range(len(self.names)) if at not in there]
        absent = [at for at in absent if self.asked[at] > self.serial - _KEPT_SAVES]
        absent.sort(key=lambda at: -self.asked[at])
        staying = np.array(sorted(there | set(absent[: len(there) + new])), np.int64)
        self.names = [self.names[at] for at in staying.tolist()]
        self.asked = self.asked[staying]
        self._parts = [self._joined().take(staying)]
        self.links = self.links.among(self._parts[0].identities())

    def of(self, names: Sequence[str]) -> Imprints:
        """Give the imprints of texts that were looked at, but for the signatures."""
        place = self._place
        slim = [
            replace(part, signature=np.zeros((len(part.identity), 0), np.uint8))
            for part in self._parts
        ]
        return join(slim, 0).take(np.array([place[name] for name in names], np.int64))

    def save(self, store: Store) -> None:
        """Keep it: all of it, or what is recent."""
        if self.whole:
            everything = _Kept("", self.serial, self.names, self.asked, self.links, self._joined())
            everything.save(store, _NAME, self.basis)
            store.drop(_RECENT)
            return
        beside, names = _digest(self.names[: self.settled]), self.names[self.settled :]
        made = join(self._parts[1:], self.config.num_perm)
        recent = _Kept(beside, self.serial, names, self.asked, self.recent_links, made)
        recent.save(store, _RECENT, self.basis)


class _Kept(NamedTuple):
    """Hold what stands in one file.

    `beside`: the digest of the names in the file that it adds to, empty where it adds to none.
    `asked` is of the texts of both.
    """

    beside: str
    serial: int
    names: list[str]
    asked: I64
    links: Links
    imprints: Imprints

    def save(self, store: Store, file: str, basis: str) -> None:
        """Write it into a file."""
        head = {"basis": basis, "beside": self.beside, "serial": self.serial}
        head |= {"names": "\n".join(self.names)}  # read sooner than many strings
        made = self.imprints
        arrays = {
            "asked": self.asked,
            "bounds": made.bounds,
            "identity": made.identity,
            **{of: getattr(self.links, of) for of in Links._fields},
            "state": made.state,
            "signature": made.signature,
        }
        store.save(file, head, arrays)


def _load(store: Store, file: str, basis: str) -> _Kept | None:
    """Take what stands in a file; None where it rests on something else, or is not as it was."""
    head, data = store.load(file)
    if not isinstance(head, dict) or head.get("basis") != basis:
        return None
    arrays = arrays_of(head, data)
    if arrays is None:
        return None
    kept: dict[str, NDArray[np.generic]] = arrays
    asked = kept.pop("asked").astype(np.int64)
    found = Links(*(kept.pop(of) for of in Links._fields))  # type: ignore[arg-type]
    made = Imprints(**kept)  # type: ignore[arg-type]
    names = head["names"].split("\n") if len(made) else []
    if len(names) != len(made):  # that of an encoding can hold what parts them
        return None
    return _Kept(head["beside"], head["serial"], names, asked, found, made)


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(names)}


def _digest(names: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(names).encode(), digest_size=20).hexdigest()
