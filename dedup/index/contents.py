"""What an index holds, read within a transaction; and what waits to be written, found as well."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dedup.index.header import PARAMETERS, STATE, Parameters, State, tombstone
from dedup.index.pages import DOCUMENT, KEY_BITS, Segment
from dedup.index.records import Entry, Form
from dedup.index.segments import Segments
from dedup.index.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from dedup.index.sqlite import Database

    U64 = NDArray[np.uint64]
    Row = TypeVar("Row")


MAX_BUCKET = 128
"""Of the forms that share a key so many are looked at: those that came first."""


def name_key(name: str) -> int:
    """Give the shortened key of a document's name."""
    return _shortened(name.encode("utf-8", "surrogatepass"))


def form_key(text: bytes, flags: bytes) -> int:
    """Give the shortened key of what equals a form, of this text and these kinds of tokens."""
    return _shortened(text + b"\xff" + flags)  # no UTF-8 has that byte in it


def _shortened(data: bytes) -> int:
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> (64 - KEY_BITS)


class Contents:
    """Hold what is read of an open index. One thread at a time."""

    def __init__(self, database: Database) -> None:
        """Read what it was built with.

        Raises:
            InputError: it is damaged.
        """
        self.database = database
        self.state = State()
        self.removed: set[int] = set()
        self._version = -1
        with database.transaction(writing=False):
            data = database.head(PARAMETERS)
        self.parameters = self.read(Parameters.read, data, "what it was built with")
        self.segments = Segments(database, [])
        self._forget()

    def read(self, reader: Callable[[bytes], Row], data: bytes, what: str) -> Row:
        """Read the content of a row.

        Raises:
            InputError: it is not what was written; it names `what` it is.
        """
        try:
            return reader(data)
        except (ValueError, TypeError, struct.error):
            raise self.database.damaged(f"{what} cannot be read") from None

    def _forget(self) -> None:
        self._hits: dict[int, list[int]] = {}
        self._named: set[int] = set()
        self._shared: set[int] = set()
        self._waiting: dict[int, list[int]] = {}  # the numbers of what waits, by key
        self._forms: dict[int, Form] = {}
        self._entries: dict[int, Entry] = {}
        self._gone: set[int] = set()  # in this transaction
        self._new_forms: dict[int, U64] = {}
        self._changed_forms: set[int] = set()
        self._new_documents: list[int] = []
        self._new_places: dict[int, list[int]] = {}  # of a form, documents beside its first

    def _refresh(self) -> None:
        """Read the state anew if somebody else wrote it."""
        version = self.database.version()
        if version == self._version:
            return
        self.state = self.read(State.read, self.database.head(STATE), "its state")
        removed = self.database.removed()
        total = sum(map(tombstone, removed)) % (1 << 64)
        if len(removed) != self.state.removed or total != self.state.tombstones:
            raise self.database.damaged("what was removed is not what was written")
        self.removed = set(removed)
        old = {segment.number: segment for segment in self.segments.segments}
        stated = map(Segment.of, self.state.segments)
        # A segment never changes: what is known of it stays true, unless a write was undone.
        kept = [old.get(one.number, one) if self._version >= 0 else one for one in stated]
        self.segments = Segments(self.database, kept)
        self._version = version

    # --- looking up -------------------------------------------------------------------------------

    def look_up(
        self, keys: U64, names: Sequence[str] = (), *, without: Iterable[int] = ()
    ) -> Sharing:
        """Look up shortened `keys`, uint64[n, columns], in the file; and `names`, all in one go.

        The forms `without` are as if they were removed. What is removed later is among what is
        found.
        """
        named = np.array([name_key(name) for name in names], np.uint64)
        self._named.update(named.tolist())
        distinct, inverse = np.unique(np.append(keys.ravel(), named), return_inverse=True)
        if not len(distinct):
            return Sharing(inverse.reshape(keys.shape), inverse, np.zeros(0, np.uint32))
        at, numbers = self.segments.find(distinct)
        documents = numbers >= DOCUMENT
        if documents.any():
            self._remember(distinct[at[documents]], numbers[documents])
        if named.size > 1:
            again, count = np.unique(named, return_counts=True)
            self._shared.update(again[count > 1].tolist())
        gone = np.array([*self.removed, *self._gone, *without], np.uint32)
        live = ~documents & ~np.isin(numbers, gone) if len(gone) else ~documents
        return Sharing(inverse[: keys.size].reshape(keys.shape), at[live], numbers[live])

    def watch(self, keys: U64) -> None:
        """Look up shortened `keys` that come again in what is added: `numbers_of` knows of them."""
        distinct = np.unique(keys)
        self._shared.update(distinct.tolist())
        if len(distinct):
            at, numbers = self.segments.find(distinct)
            forms = numbers < DOCUMENT
            self._remember(distinct[at[forms]], numbers[forms])

    def _remember(self, keys: U64, numbers: NDArray[np.uint32]) -> None:
        for key, number in zip(keys.tolist(), numbers.tolist(), strict=True):
            self._hits.setdefault(key, []).append(number)

    def _numbers(self, key: int) -> list[int]:
        found = self._hits.get(key, [])
        waiting = self._waiting.get(key)
        return found if waiting is None else found + sorted(waiting)

    def _live(self, number: int) -> bool:
        return number not in self.removed and number not in self._gone

    def document_called(self, name: str) -> int | None:
        """Give the number of the document of that name."""
        if name_key(name) not in self._named:
            self.look_up(np.zeros((0, 1), np.uint64), [name])
        for number in self._numbers(name_key(name)):
            if number >= DOCUMENT and self._live(number):
                entry = self.entry(number - DOCUMENT)
                if entry.name == name:
                    return number - DOCUMENT
        return None

    def numbers_of(self, keys: Sequence[int], least: Sequence[int]) -> tuple[list[int], bool]:
        """Give the forms that share some of `keys`, rising; and whether there may be more.

        Those that wait to be written are among them. `least`: as in `Sharing.pairs`.
        """
        found = Counter[int]()
        capped = 0
        for key in keys:
            numbers = self._numbers(key)
            if not numbers:
                continue
            live = [n for n in numbers if n < DOCUMENT and self._live(n)]
            capped += len(live) > MAX_BUCKET
            found.update(live[:MAX_BUCKET])
        enough = least[len(keys) - capped]
        return sorted(number for number, count in found.items() if count >= enough), capped > 0

    def forms(self, numbers: Iterable[int]) -> dict[int, Form]:
        """Give forms by their numbers.

        Raises:
            InputError: one is missing or damaged.
        """
        wanted = dict.fromkeys(numbers)
        missing = [number for number in wanted if number not in self._forms]
        rows = self.database.get("forms", missing)
        for number in missing:
            if number not in rows:
                raise self.database.damaged(f"form {number} is missing")
            self._forms[number] = self.read(Form.unpacked, rows[number], f"form {number}")
        return {number: self._forms[number] for number in wanted}

    def live(self, numbers: Iterable[int]) -> list[int]:
        """Give those of some forms that were not removed."""
        return [number for number in numbers if self._live(number)]

    def entry(self, number: int) -> Entry:
        """Give a document by its number.

        Raises:
            InputError: it is missing or damaged.
        """
        return self.entries([number])[number]

    def entries(self, numbers: Iterable[int]) -> dict[int, Entry]:
        """Give documents by their numbers. Raises as `entry`."""
        wanted = dict.fromkeys(numbers)
        missing = [number for number in wanted if number not in self._entries]
        rows = self.database.get("documents", missing)
        for number in missing:
            if number not in rows:
                raise self.database.damaged(f"document {number} is missing")
            entry = self.read(Entry.unpacked, rows[number], f"document {number}")
            self._entries[number] = entry
        return {number: self._entries[number] for number in wanted}

    def holders(self, number: int) -> list[int]:
        """Give the documents that hold a form, rising."""
        first, waiting = self.forms([number])[number].document, self._new_places.get(number, [])
        return [first, *self.database.places(number), *waiting]
