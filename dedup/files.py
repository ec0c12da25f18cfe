"""Opens texts and reports: finds them, reads them, and says what may not be written."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup.errors import InputError, UnmatchedReportError, UsageError
from dedup.patterns import fitting, is_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SUFFIXES = (".txt", ".md")
"""What a folder means: its files with one of these endings."""

UNDO_SUFFIX = ".dedup.json"


class Fingerprint(NamedTuple):
    """Identify one state of a file: which file it is, its size, when it was last written."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Fingerprint:
        """Take it from a stat."""
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )


class Source(NamedTuple):
    """Hold what was read: the path as given, the name for reports, the bytes, their state."""

    path: Path
    name: str
    data: bytes
    fingerprint: Fingerprint | None = None


def name_for_reports(path: str | Path) -> str:
    """Write a path with ``/``; an absolute one relative to the working folder, or its last part."""
    path = Path(path)
    if path.is_absolute():
        try:
            path = path.relative_to(Path.cwd())
        except ValueError:
            path = Path(path.name)
    return path.as_posix()


def discover(
    paths: Sequence[str],
    *,
    on_empty: Callable[[str], None] | None = None,
    takes: Callable[[Path], bool] | None = None,
) -> list[Path]:
    """Replace each folder by its texts, in the order of their path's bytes; drop doubles.

    In folders, hidden files and links are passed over; `takes` tells which others are texts, else
    those that end in SUFFIXES. What is named itself, or fits a pattern, is taken as it is.
    `on_empty` is called with what holds no text.

    Raises:
        UsageError: a path does not exist, a pattern fits nothing.
    """
    found: dict[str, Path] = {}
    for given in paths:
        if not given:
            raise UsageError("an empty name: name a file, a folder, or - for standard input")
        texts: list[Path] = []
        for path in named_paths(given):
            texts += texts_below(path, takes=takes) if is_folder(path) else [path]
        if not texts and on_empty is not None:
            on_empty(given)
        for text in texts:
            # By whatever path: a text compared with itself would be its own duplicate. But hard
            # links are texts of their own: each wants its output, and has its own name to rewrite.
            found.setdefault(os.path.realpath(text), text)
    return list(found.values())


def named_paths(given: str) -> list[Path]:
    """Give what one argument names: itself, or what fits it; undo reports are no texts.

    Raises:
        UsageError: it is a pattern, and nothing fits it.
    """
    if not is_pattern(given):
        return [Path(given)]
    found = [path for path in fitting(given) if not path.name.endswith(UNDO_SUFFIX)]
    if not found:
        raise UsageError(f"{given}: no such file or folder, and nothing fits it as a pattern")
    return found


def is_folder(path: Path) -> bool:
    """Tell whether `path` is a folder.

    Raises:
        UsageError: there is nothing of this name.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, ValueError):  # a NUL is in no name
        raise UsageError(f"{path}: no such file or folder") from None
    except OSError:
        return False


def texts_below(
    folder: Path,
    suffixes: tuple[str, ...] = SUFFIXES,
    *,
    takes: Callable[[Path], bool] | None = None,
) -> list[Path]:
    """Give the files below `folder` that end so, by path bytes; hidden ones and links are none.

    `takes` says otherwise which files they are; undo reports are none.
    """
    texts: list[Path] = []

    def unreadable(error: OSError) -> None:
        texts.append(Path(os.fsdecode(error.filename)))  # reading it will say what is wrong

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        texts += [
            path
            for path in (Path(root, name) for name in names if not name.startswith("."))
            if (path.name.endswith(suffixes) if takes is None else takes(path))
            and not path.name.endswith(UNDO_SUFFIX)
        ]
    texts.sort(key=os.fsencode)
    return [text for text in texts if not text.is_symlink()]


def read(path: Path) -> Source:
    """Read a regular file, whole.

    Raises:
        InputError: it cannot be read, is no regular file, or changes while it is read.
    """
    name = name_for_reports(path)
    with opened(path) as (descriptor, before):
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read()
        after = Fingerprint.of(os.fstat(descriptor))
    if before != after or len(data) != after.size:
        raise InputError(f"{name}: changed while it was read: run again when nobody writes to it")
    return Source(path, name, data, after)


def read_unnamed(path: str) -> tuple[bytes, os.stat_result]:
    """Read a regular file that is no link, whole, and give the state it is in.

    For thousands of files: `path` is no Path, and the errors do not name it.

    Raises:
        InputError: it cannot be read, is no regular file, or changes while it is read.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise InputError("is not a regular file: pass its contents through '-'")
            pieces = list(pieces_of(descriptor, before.st_size + 1))
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot be read: {reason(error)}") from None
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if _state(before) != _state(after) or len(data) != after.st_size:
        raise InputError("changed while it was read: run again when nobody writes to it")
    return data, after


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Give what a Fingerprint has, for thousands of files."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[int, Fingerprint]]:
    """Open a regular file for reading: give its descriptor and the state it is in.

    Raises:
        InputError: it is no regular file, or it, or what is done with it inside, cannot be read.
    """
    name = name_for_reports(path)
    try:
        # Not blocking: opening a named pipe would wait for somebody to write.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
        try:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise InputError(f"{name}: is a folder: name its files")
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{name}: is not a regular file: pass its contents through '-'")
            yield descriptor, Fingerprint.of(status)
        finally:
            os.close(descriptor)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {reason(error)}") from None


def pieces_of(descriptor: int, size: int = 1 << 20) -> Iterator[bytes]:
    """Read the rest of an open file, at most `size` bytes at a time."""
    while data := os.read(descriptor, size):
        yield data


def reason(error: OSError) -> str:
    """Give the system's word for an error, without number or path."""
    return (error.strerror or str(error)).lower()


def undo_path(text: Path, sha256_out: str) -> Path:
    """Give the undo report's place: beside the file that was changed, behind any link."""
    real = Path(os.path.realpath(text))
    return real.with_name(f"{real.name}.{sha256_out[:8]}{UNDO_SUFFIX}")


def find_undo(text: Path, sha256_out: str) -> Path:
    """Find the undo report that belongs to the cleaned file `text`.

    Raises:
        UnmatchedReportError: there is none.
    """
    path = undo_path(text, sha256_out)
    if not path.is_file():
        raise UnmatchedReportError(
            f"{name_for_reports(text)}: no undo report {path.name} beside it: name the report, or "
            "was the text changed since it was cleaned?"
        )
    return path


def with_undo(folder: Path) -> frozenset[str]:
    """Name the files in `folder` that have an undo report beside them, of whichever state."""
    reports = folder.glob(f"*.????????{UNDO_SUFFIX}")
    return frozenset(path.name[: -len(f".01234567{UNDO_SUFFIX}")] for path in reports)


def output_paths(inputs: Sequence[Path], folder: Path) -> list[Path]:
    """Give each input's place under `folder`: its path below the folder common to all.

    Raises:
        UsageError: two inputs would have the same place, or one would be itself.
    """
    absolute = [Path(os.path.abspath(path)) for path in inputs]  # noqa: PTH100 - links stay links
    common = Path(os.path.commonpath([path.parent for path in absolute]))
    places: dict[Path, Path] = {}
    for given, path in zip(inputs, absolute, strict=True):
        place = folder / path.relative_to(common)
        if place in places:
            raise UsageError(f"{given} and {places[place]} would both become {place}")
        places[place] = given
    refuse_inputs_as_outputs(places, inputs)
    return list(places)


def refuse_inputs_as_outputs(outputs: Iterable[Path], inputs: Sequence[Path]) -> None:
    """Raise UsageError when one of `outputs` is one of `inputs`, by whatever name."""
    read = {_identity(path) for path in inputs} - {None}
    for output in outputs:
        if _identity(output) in read:
            raise UsageError(f"-o {output} is an input: use --in-place to rewrite it")


def _identity(path: Path) -> tuple[int, int] | None:
    """Give the device and number of a file; None where there is none."""
    with contextlib.suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None
