"""One SQLite file: created whole, opened with distrust, changed in transactions.

Nothing in the file is taken on trust: its schema is compared with ours, every row is sealed with a
checksum over its table, its key and its content, and no SQL is made of what stands in it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

from dedup import files
from dedup.errors import InputError, UsageError
from dedup.index.opening import (
    FORMAT_VERSION,
    SCHEMA,
    SEAL_BYTES,
    building,
    connected,
    identity_of,
    look_at,
    seal_of,
    why_not,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_CACHE_KIB = 32 << 10
_PARAMETERS = (8, 64, 512)  # few statements, so that SQLite has them at hand
_SELECT_MANY = {
    (table, count): f"SELECT id, data FROM {table} WHERE id IN ({','.join('?' * count)})"  # noqa: S608 - names of ours
    for table in ("forms", "documents", "pages")
    for count in _PARAMETERS
}
_SELECT_ALL = {
    table: f"SELECT id, data FROM {table} WHERE id >= ? AND id < ? ORDER BY id"  # noqa: S608
    for table in ("forms", "documents", "pages")
}
_PUT = {
    table: f"INSERT OR REPLACE INTO {table} (id, data) VALUES (?, ?)"  # noqa: S608
    for table in ("header", "forms", "documents", "pages")
}
_DELETE = {
    table: f"DELETE FROM {table} WHERE id >= ? AND id < ?"  # noqa: S608
    for table in ("forms", "documents", "pages", "removed")
}
END = (1 << 63) - 1
"""Above every key of a table."""


_open: Counter[tuple[int, int] | None] = Counter()
"""The files that this process has open, since locks are its own, and not a connection's."""


class Database:
    """Hold a connection to an index. `path` is what errors name.

    A caller makes sure that one thread uses it at a time.
    """

    def __init__(
        self, path: Path, *, writable: bool, timeout: float, name: str | None = None
    ) -> None:
        """Open an index that is there; errors call it `name`.

        Raises:
            InputError: it cannot be read, or is none of ours.
        """
        self.path, self.writable, self.timeout = path, writable, timeout
        self.closed = False
        self.name = name or files.name_for_reports(path)
        self._place = name or str(path)
        self._identity = look_at(path, self.name, frozenset(filter(None, _open)))
        mode = "rw" if writable else "ro"
        if not writable:
            self._undo_what_was_cut_off()
        with self.guarded():
            self._connection = connected(path, mode, timeout)
        _open[self._identity] += 1
        try:
            with self.guarded():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _undo_what_was_cut_off(self) -> None:
        """Let SQLite undo an update that was killed, which it may not do when it only reads."""
        if not self.path.with_name(f"{self.path.name}-journal").exists():
            return
        with contextlib.suppress(sqlite3.Error):
            connection = connected(self.path, "rw", self.timeout)
            with contextlib.closing(connection):
                connection.execute("PRAGMA user_version").fetchone()

    def _prepare(self) -> None:
        run = self._connection.execute
        for pragma in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "mmap_size = 0",
            "temp_store = MEMORY",  # no text in files that we do not know of
            f"cache_size = -{_CACHE_KIB}",
        ):
            run(f"PRAGMA {pragma}")
        if self.writable:
            run("PRAGMA synchronous = FULL")
            # What is deleted is text of somebody; and so is what stays behind where rows are moved.
            run("PRAGMA secure_delete = ON")
        version = run("PRAGMA user_version").fetchone()[0]
        if version != FORMAT_VERSION:
            raise InputError(
                f"{self.name}: is of format {version}, and this dedup reads {FORMAT_VERSION}: "
                f"{self.way_out}"
            )
        found = dict(run("SELECT name, sql FROM sqlite_schema").fetchall())
        if found != SCHEMA:
            strange = sorted(map(str, set(found.items()) ^ set(SCHEMA.items())))
            raise self.damaged(f"its tables are not those of an index: {strange[0][:60]}")

    @property
    def way_out(self) -> str:
        """Say how to get a good index."""
        return f"rebuild it with {building(self._place)}"

    def damaged(self, what: str) -> InputError:
        """Give the error that says what is wrong with the file."""
        return InputError(f"{self.name}: damaged ({what}): {self.way_out}")

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what SQLite says into one line with a way out."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from None
        except OverflowError:
            raise self.damaged("a number is too large") from None

    def _told(self, error: sqlite3.Error) -> InputError:
        said = why_not(error, self.name, writable=self.writable, timeout=self.timeout)
        return said or self.damaged(str(error))

    def close(self) -> None:
        """Close the connection; what was not committed is gone."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        if not self.closed:
            self.closed = True
            _open[self._identity] -= 1
            if not _open[self._identity]:
                del _open[self._identity]

    @contextlib.contextmanager
    def transaction(self, *, writing: bool) -> Iterator[None]:
        """Do what is inside wholly or not at all, seeing one state of the file.

        Raises:
            InputError: it is damaged, locked for too long, or another file took its place.
            UsageError: it was closed, or is in a transaction already.
        """
        if self.closed:
            raise UsageError(f"{self.name}: was closed: open it again")
        if self._connection.in_transaction:
            raise UsageError(f"{self.name}: is being looked at: go on when that is done")
        if writing and not self.writable:
            raise InputError(f"{self.name}: cannot be written: it was opened to be read only")
        with self.guarded():
            self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            try:
                # A lock on a file that has lost its name protects nothing.
                if identity_of(self.path) != self._identity:
                    raise InputError(f"{self.name}: another file took its place: open it again")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def version(self) -> int:
        """Give a number that changes when another process has changed the file."""
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def head(self, key: int) -> bytes:
        """Give a row of the header.

        Raises:
            InputError: it is not there, or its checksum is another.
        """
        row = self._connection.execute("SELECT data FROM header WHERE id = ?", (key,)).fetchone()
        if row is None:
            raise self.damaged("its header is not whole")
        return self._opened("header", key, row[0])

    def get(self, table: str, keys: Sequence[int]) -> dict[int, bytes]:
        """Give the contents of those rows that are there, by key.

        Raises:
            InputError: a checksum is another.
        """
        return {key: self._opened(table, key, data) for key, data in self._rows(table, keys)}

    def raw_pages(self, keys: Sequence[int]) -> dict[int, bytes]:
        """Give those pages that are there, by key, as they stand."""
        return dict(self._rows("pages", keys))

    def _rows(self, table: str, keys: Sequence[int]) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        for low in range(0, len(keys), _PARAMETERS[-1]):
            asked = list(keys[low : low + _PARAMETERS[-1]])
            count = next(count for count in _PARAMETERS if count >= len(asked))
            asked += asked[-1:] * (count - len(asked))
            found += self._connection.execute(_SELECT_MANY[table, count], asked)
        return found

    def raw_range(self, table: str, low: int = 0, high: int = END) -> Iterator[tuple[int, Any]]:
        """Give the rows of a range of keys, rising, as they stand."""
        yield from self._connection.execute(_SELECT_ALL[table], (low, high))

    def scan(self, table: str) -> Iterator[tuple[int, bytes]]:
        """Give all rows of a table, by rising key.

        Raises:
            InputError: a checksum is another.
        """
        for key, data in self.raw_range(table, -END):
            yield key, self._opened(table, key, data)

    def _opened(self, table: str, key: int, data: Any) -> bytes:
        if not isinstance(data, bytes) or data[:SEAL_BYTES] != seal_of(
            table, key, data[SEAL_BYTES:]
        ):
            raise self.damaged(f"row {key} of {table} is not what was written")
        return data[SEAL_BYTES:]

    def put(self, table: str, rows: Iterable[tuple[int, bytes]]) -> None:
        """Write rows, each (key, content); one that is there is replaced."""
        sealed = ((key, seal_of(table, key, body) + body) for key, body in rows)
        self._connection.executemany(_PUT[table], sealed)

    def put_raw(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Write pages as they are."""
        self._connection.executemany(_PUT["pages"], rows)

    def delete(self, table: str, ranges: Iterable[tuple[int, int]]) -> None:
        """Delete the rows of half-open ranges of keys."""
        self._connection.executemany(_DELETE[table], ranges)

    def places(self, form: int) -> list[int]:
        """Give the documents that hold a form beside its first, rising."""
        rows = self._connection.execute(
            "SELECT document FROM places WHERE form = ? ORDER BY document", (form,)
        )
        return [document for (document,) in rows]

    def all_places(self) -> Iterator[tuple[int, int]]:
        """Give all (form, document), rising."""
        yield from self._connection.execute(
            "SELECT form, document FROM places ORDER BY form, document"
        )

    def add_places(self, rows: Iterable[tuple[int, int]]) -> None:
        """Add (form, document)."""
        self._connection.executemany("INSERT INTO places (form, document) VALUES (?, ?)", rows)

    def drop_places(self, rows: Iterable[tuple[int, int]]) -> None:
        """Take (form, document) out."""
        self._connection.executemany("DELETE FROM places WHERE form = ? AND document = ?", rows)

    def removed(self) -> list[int]:
        """Give what was removed and still stands in pages."""
        rows = self._connection.execute("SELECT id FROM removed ORDER BY id")
        return [number for (number,) in rows]

    def add_removed(self, numbers: Iterable[int]) -> None:
        """Note what was removed."""
        rows = ((number,) for number in numbers)
        self._connection.executemany("INSERT INTO removed (id) VALUES (?)", rows)

    def hurry(self) -> None:
        """Do without what keeps the file whole when a transaction is cut off."""
        for pragma in ("synchronous = OFF", "journal_mode = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")

    def check(self) -> None:
        """Let SQLite look over the whole file.

        Raises:
            InputError: it finds something.
        """
        with self.guarded():
            found = self._connection.execute("PRAGMA integrity_check(1)").fetchall()
        if found != [("ok",)]:
            raise self.damaged(str(found[0][0]).replace("\n", " "))
