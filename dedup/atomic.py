"""Writes files so that each is the old one or the new one, whole, whenever it is stopped.

New bytes go to a temporary file in the same folder: write, metadata, fsync, look whether the source
is still the one that was read, rename, fsync of the folder. The rename is the only moment in which
the file changes. A held lock marks a temporary file in use; one without is left over, and goes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dedup.errors import InputError
from dedup.exchange import exchange_names, wait_for_writers
from dedup.files import Fingerprint, name_for_reports, reason
from dedup.metadata import copy_metadata, default_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEMPORARY_SUFFIX = ".dedup-tmp"
PRIVATE = 0o600
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATING = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace(
    path: Path, data: bytes, *, expected: Fingerprint, break_hardlinks: bool = False
) -> None:
    """Give the existing file `path` new content; owner, mode, extended attributes and links stay.

    Raises:
        InputError: the file is not the one in the state `expected`, may not be written, has a
            second hard link, is a link out of the folder it is named in, or the disk failed. It
            is unchanged then.
    """
    name = name_for_reports(path)
    with _said(name):
        real = refuse(path, break_hardlinks=break_hardlinks)
        with Temporary(real) as temporary:
            copy_metadata(real, temporary.descriptor, name)
            temporary.write(data)
            if Fingerprint.of(real.lstat()) != expected or not temporary.exchange(expected):
                raise InputError(f"{name}: was changed meanwhile by somebody else: left as it is")


def write(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write `path`, new or existing; an existing file keeps its mode and owner.

    `mode` is for a new file; without it the umask decides. A device or pipe is written to directly.

    Raises:
        InputError: it could not be written; an existing file is unchanged then.
    """
    name = name_for_reports(path)
    with _said(name):
        real = Path(os.path.realpath(path))
        try:
            status = real.stat()
        except FileNotFoundError:
            status = None
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise InputError(f"{name}: is a folder: name a file in it")
        if status is not None and not stat.S_ISREG(status.st_mode):
            with real.open("wb") as device:
                device.write(data)
            return
        if status is not None:
            refuse(real)
        with Temporary(real) as temporary:
            if status is not None:
                copy_metadata(real, temporary.descriptor, name)
            else:
                os.fchmod(temporary.descriptor, default_mode() if mode is None else mode)
            temporary.write(data)
            temporary.commit()


@contextlib.contextmanager
def creating(path: Path) -> Iterator[Callable[[bytes | memoryview], None]]:
    """Write `path` piece by piece; it stands there, whole and synced, when the block ends well.

    An existing file is replaced. When the block raises, `path` is as it was.

    Raises:
        InputError: it could not be written.
    """
    name = name_for_reports(path)
    with _said(name), Temporary(path) as temporary:
        os.fchmod(temporary.descriptor, default_mode())

        def append(data: bytes | memoryview) -> None:
            with _said(name):  # what fails in the block besides is not of this file
                temporary.append(data)

        yield append
        os.fsync(temporary.descriptor)
        temporary.commit()


@contextlib.contextmanager
def building(path: Path, *, new: bool) -> Iterator[Path]:
    """Give an empty, private file beside `path`, which stands there when the block ends well.

    Where it is `new`, nothing is replaced. When the block raises, `path` is as it was.

    Raises:
        InputError: it could not be written, or is to be new and is there.
    """
    name = name_for_reports(path)
    with _said(name), Temporary(path) as temporary:
        assert temporary.name is not None  # noqa: S101 - for mypy
        os.fchmod(temporary.descriptor, PRIVATE)
        yield Path(temporary.name)
        os.fsync(temporary.descriptor)
        if new:
            temporary.appear()
        else:
            temporary.commit()


def sweep(folder: Path) -> list[str]:
    """Remove the temporary files that a killed run left in `folder`; give their names."""
    swept = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder or "."):
            if not (entry.name.startswith(".") and entry.name.endswith(TEMPORARY_SUFFIX)):
                continue
            with contextlib.suppress(OSError):
                if not entry.is_file(follow_symlinks=False):
                    continue  # opening a named pipe would wait for somebody to write
                descriptor = os.open(entry.path, _READING)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails when in use
                    os.unlink(entry.path)  # noqa: PTH108 - a scanned entry is no Path
                    swept.append(entry.name)
                finally:
                    os.close(descriptor)
    return swept


@contextlib.contextmanager
def _said(name: str) -> Iterator[None]:
    """Turn the system's errors into one sentence."""
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{name}: cannot be written: {reason(error)}: left as it was") from None


def refuse(path: Path, *, break_hardlinks: bool = False) -> Path:
    """Refuse what a rename would not ask about; give the file behind any link.

    Raises:
        InputError: `path` is read-only, has a second hard link, or links out of its folder.
    """
    name = name_for_reports(path)
    with _said(name):
        real = Path(os.path.realpath(path, strict=True))  # a link that cannot be read is an error
        roots = [Path(os.path.realpath(path.parent)), Path(os.path.realpath("."))]
        if path.is_symlink() and not any(real.is_relative_to(root) for root in roots):
            raise InputError(f"{name}: links to a file outside this folder: name the file itself")
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{name}: is not a regular file: left as it is")
        # The second test is for root, whom nothing is forbidden.
        if not os.access(real, os.W_OK) or not status.st_mode & 0o222:
            raise InputError(f"{name}: is read-only: left as it is")
        if status.st_nlink > 1 and not break_hardlinks:
            raise InputError(
                f"{name}: has {status.st_nlink} hard links, and a new file would part them: pass "
                "--break-hardlinks, or write with -o"
            )
    return real


class Temporary:
    """A locked temporary file beside `real`, which it replaces by `commit` or leaves alone."""

    def __init__(self, real: Path) -> None:
        # A long name leaves no room for ours: then its first part must do.
        stem = os.fsdecode(os.fsencode(real.name)[:200])
        self.real = real
        self.name: str | None = None
        self.taken: int | None = None
        while self.name is None:
            name = f"{real.parent.absolute()}/.{stem}.{os.urandom(4).hex()}{TEMPORARY_SUFFIX}"
            with contextlib.suppress(FileExistsError):
                self.descriptor = os.open(name, _CREATING, PRIVATE)
                self.name = name

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        except BaseException:  # also a signal: nothing may be left behind
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.name)  # noqa: PTH108 - a name of ours
        for descriptor in (self.descriptor, self.taken):
            with contextlib.suppress(OSError):  # what was committed is synced
                if descriptor is not None:
                    os.close(descriptor)

    def write(self, data: bytes) -> None:
        """Write all of `data` and sync it. An fsync that failed once is not tried again."""
        self.append(data)
        os.fsync(self.descriptor)

    def append(self, data: bytes | memoryview) -> None:
        """Write all of `data`, without a sync."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    def commit(self, *, synced: bool = True) -> None:
        """Rename over the real file, then sync the folder, but for what can be made again."""
        assert self.name is not None  # noqa: S101 - for mypy: committed once
        os.replace(self.name, self.real)  # noqa: PTH105 - a name of ours
        self.name = None
        if synced:
            with self._written():
                self._sync_folder()

    def appear(self) -> None:
        """Give the file its real name if that is free, then sync the folder."""
        assert self.name is not None  # noqa: S101 - for mypy
        try:
            os.link(self.name, self.real)
        except FileExistsError:
            raise InputError(f"{name_for_reports(self.real)}: is there already") from None
        with self._written():
            self._sync_folder()

    def exchange(self, expected: Fingerprint) -> bool:
        """Rename over the real file if that is still the `expected` one; tell whether it was.

        Between a look at the file and the rename somebody may write. So the two names are exchanged
        in one step, and what was taken out is looked at: when it is not what we read, it goes back.
        Only where the system cannot exchange, the look before must do.
        """
        assert self.name is not None  # noqa: S101 - for mypy: committed once
        # Our name will be the old file's: locked, another run will not sweep it.
        self.taken = os.open(self.real, _READING)
        with contextlib.suppress(OSError):  # held by somebody else does as well
            fcntl.flock(self.taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not exchange_names(self.name, self.real):
            self.commit()
            return True
        with self._written():
            try:
                self._sync_folder()
                # Who had the file open across the exchange has written by then.
                wait_for_writers(self.taken)
            finally:  # also when we are stopped
                taken = os.lstat(self.name)
                # The time of change is not asked: the exchange itself sets it.
                unchanged = (taken.st_ino, taken.st_size, taken.st_mtime_ns) == (
                    expected.inode,
                    expected.size,
                    expected.modified_ns,
                )
                if not unchanged:
                    exchange_names(self.name, self.real)
                    self._sync_folder()
        return unchanged

    def _sync_folder(self) -> None:
        folder = os.open(self.real.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Say of an error behind the rename that the file is the new one."""
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{name_for_reports(self.real)}: was written, but the disk did not confirm it: "
                f"{reason(error)}"
            ) from None
