"""The file of an index: what it must look like before SQLite opens it; how a new one is made."""

from __future__ import annotations

import hashlib
import os
import shlex
import sqlite3
from pathlib import Path

from dedup import files
from dedup.errors import InputError, UsageError

APPLICATION_ID = 0x64647570
FORMAT_VERSION = 4
_MAGIC = b"SQLite format 3\0"
_PAGE_BYTES = 8192

SCHEMA = {
    "header": "CREATE TABLE header (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "forms": "CREATE TABLE forms (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "documents": "CREATE TABLE documents (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "pages": "CREATE TABLE pages (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "places": "CREATE TABLE places (form INTEGER NOT NULL, document INTEGER NOT NULL, "
    "PRIMARY KEY (form, document)) WITHOUT ROWID",
    "removed": "CREATE TABLE removed (id INTEGER PRIMARY KEY)",
}
"""Every table, with the statement that made it. Each `data` is a seal and then the content."""

SEAL_BYTES = 8


class LockedError(InputError):
    """Give up on a file that another process has been writing to for too long."""


def why_not(
    error: sqlite3.Error, name: str, *, writable: bool, timeout: float
) -> InputError | None:
    """Say in one line why SQLite could not do what it was asked; None where the file is damaged."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = None if code is None else code & 0xFF
    if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LockedError(
            f"{name}: another process has been writing to it for {timeout:g} s: try again when it "
            "is done"
        )
    if kind == sqlite3.SQLITE_READONLY and not writable:
        return InputError(
            f"{name}: an update of it was cut off, and cannot be undone here: open it once where "
            "it can be written"
        )
    if kind in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return InputError(f"{name}: cannot be written: its file or folder is read-only")
    if kind == sqlite3.SQLITE_FULL:
        return InputError(f"{name}: cannot be written: the disk is full; it is as it was")
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}:
        return InputError(f"{name}: cannot be read or written: {error}; it is as it was")
    return None


def seal_of(table: str, key: int, body: bytes) -> bytes:
    """Give the checksum of a row: over its table, its key and its content."""
    return hashlib.blake2b(
        body, digest_size=SEAL_BYTES, salt=key.to_bytes(8, "little"), person=table.encode()
    ).digest()


def create(path: Path, header: dict[int, bytes]) -> None:
    """Write a new, empty index into a file that is there and empty.

    Raises:
        InputError: it cannot be written.
    """
    name = files.name_for_reports(path)
    try:
        connection = connected(path, "rw", 0)
        try:
            for pragma in (
                f"page_size = {_PAGE_BYTES}",
                f"application_id = {APPLICATION_ID}",
                f"user_version = {FORMAT_VERSION}",
                "synchronous = FULL",
                "journal_mode = MEMORY",  # it is no index yet, and goes if this is cut off
            ):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.values():
                connection.execute(statement)
            rows = [(key, seal_of("header", key, body) + body) for key, body in header.items()]
            connection.executemany("INSERT INTO header (id, data) VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise InputError(f"{name}: cannot be written: {error}") from None


def connected(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    """Open a file with SQLite, that has to be there; `mode` is ``ro`` or ``rw``."""
    return sqlite3.connect(
        f"{Path(os.path.abspath(path)).as_uri()}?mode={mode}",  # noqa: PTH100 - links stay links
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # a lock of the caller's keeps threads apart
        uri=True,
    )


def identity_of(path: Path) -> tuple[int, int] | None:
    """Say which file stands at a path; None where none does."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def look_at(path: Path, name: str, known: frozenset[tuple[int, int]]) -> tuple[int, int] | None:
    """Look at the file before SQLite does: only a plain file of ours is given to it.

    Gives which file it is. One that is `known` is not opened: closing a file takes every lock on it
    from the process, and SQLite's own would be among them.

    Raises:
        InputError: it cannot be read, or is none of ours.
        UsageError: there is none.
    """
    if not os.path.lexists(path):
        raise UsageError(f"{name}: no such index: {building(path)} makes one")
    if path.is_symlink():
        raise InputError(f"{name}: is a link: name the index itself")
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not a regular file"
        raise InputError(
            f"{name}: is {what}, no index: name another; 'dedup index build' makes one"
        )
    identity = identity_of(path)
    if identity in known:
        return identity
    with files.opened(path) as (descriptor, _):
        head = os.read(descriptor, 100)
    if not head:
        raise InputError(
            f"{name}: is empty, no index: remove it, or name another; {building(path)} makes one"
        )
    if head[:16] != _MAGIC or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise InputError(
            f"{name}: is no index of dedup: name another; 'dedup index build' makes one"
        )
    # In another journal mode it would be written to where we do not look.
    if head[18:20] != b"\1\1":
        raise InputError(
            f"{name}: damaged (its journal mode is not ours): rebuild it with {building(path)}"
        )
    return identity


def building(path: str | Path) -> str:
    """Give the command that makes an index at `path`, which stands there whole, to be typed."""
    return f"'dedup index build {shlex.quote(str(path))} INPUT…'"


def is_ours(path: Path) -> bool:
    """Tell whether a file has the marks of an index, however damaged it is."""
    try:
        with files.opened(path) as (descriptor, _):
            head = os.read(descriptor, 100)
    except InputError:
        return False
    return head[:16] == _MAGIC and int.from_bytes(head[68:72], "big") == APPLICATION_ID
