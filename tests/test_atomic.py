"""Promises A10, B7, C2 and C5 to C7: a file is replaced whole, with all that belongs to it."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dedup import atomic
from dedup.cli.main import commands
from dedup.errors import InputError
from dedup.files import Fingerprint

OLD = b"The ferry leaves at noon.\r\n"
NEW = b"The ferry leaves at noon"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "article.txt"
    found.write_bytes(OLD)
    return found


def replace(path, data=NEW, **options):
    atomic.replace(path, data, expected=Fingerprint.of(path.stat()), **options)


def contents(folder):
    return sorted(entry.name for entry in folder.iterdir())


def temporaries(folder):
    return [name for name in contents(folder) if name.endswith(".dedup-tmp")]


def open_files():
    return len(contents(Path("/proc/self/fd"))) if Path("/proc/self/fd").is_dir() else 0


# --- what stays -----------------------------------------------------------------------------------


def test_new_content_stands_in_the_file_and_nothing_beside_it(path):
    replace(path)
    assert path.read_bytes() == NEW
    assert contents(path.parent) == ["article.txt"]


def test_empty_content_can_be_written(path):
    replace(path, b"")
    assert path.read_bytes() == b""


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o666, 0o755, 0o2644, 0o4711, 0o1644, 0o622])
def test_mode_stays(path, mode):
    path.chmod(mode)
    replace(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@as_root
@pytest.mark.parametrize("mode", [0o640, 0o4711])
def test_owner_and_group_stay_and_setuid_with_them(path, mode):
    os.chown(path, 1234, 4321)
    path.chmod(mode)
    replace(path)
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)
    assert stat.S_IMODE(status.st_mode) == mode


@as_root
def test_a_file_that_cannot_be_given_back_to_its_owner_is_left(path, monkeypatch):
    os.chown(path, 1234, 4321)

    def refused(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    with pytest.raises(InputError, match=r"another user or group.*left as it is"):
        replace(path)
    assert path.read_bytes() == OLD
    assert temporaries(path.parent) == []


def set_attribute(path, name, value):
    if not hasattr(os, "setxattr"):
        pytest.skip("this system has no extended attributes")
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"this file system has no {name}: {error.strerror}")


def test_extended_attributes_stay(path):
    set_attribute(path, "user.origin", b"https://example.org/\xff\x00")
    set_attribute(path, "user.empty", b"")
    replace(path)
    assert sorted(name for name in os.listxattr(path) if name.startswith("user.")) == [
        "user.empty",
        "user.origin",
    ]
    assert os.getxattr(path, "user.origin") == b"https://example.org/\xff\x00"


def access_list(*entries):
    """Give the kernel's form of a POSIX access list: tag, permissions, who."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_access_list_stays(path):
    nobody = 0xFFFFFFFF
    listed = access_list(
        (0x01, 6, nobody),  # the owner may read and write
        (0x02, 4, 1234),  # user 1234 may read
        (0x04, 4, nobody),  # the group may read
        (0x10, 4, nobody),  # the mask
        (0x20, 0, nobody),  # the others may do nothing
    )
    set_attribute(path, "system.posix_acl_access", listed)
    mode = path.stat().st_mode
    replace(path)
    assert os.getxattr(path, "system.posix_acl_access") == listed
    assert path.stat().st_mode == mode


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_access_list_of_setfacl_stays(path):
    done = subprocess.run(["setfacl", "-m", "u:1234:r", path], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this file system has no access lists: {done.stderr!r}")
    listed = os.getxattr(path, "system.posix_acl_access")
    replace(path)
    assert os.getxattr(path, "system.posix_acl_access") == listed


def test_extended_attribute_that_cannot_be_kept_stops_the_replacement(path, monkeypatch):
    set_attribute(path, "user.origin", b"here")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "setxattr", full)
    with pytest.raises(InputError, match="no space left"):
        replace(path)
    assert path.read_bytes() == OLD
    assert temporaries(path.parent) == []


def test_file_system_without_extended_attributes_is_no_obstacle(path, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "listxattr", unsupported, raising=False)
    replace(path)
    assert path.read_bytes() == NEW


# --- links and other kinds ------------------------------------------------------------------------


def test_link_stays_a_link_and_its_target_is_rewritten(path):
    link = path.with_name("link.txt")
    link.symlink_to("article.txt")
    replace(link)
    assert link.is_symlink()
    assert os.readlink(link) == "article.txt"  # noqa: PTH115 - the text of the link
    assert not path.is_symlink()
    assert path.read_bytes() == NEW


def test_link_to_a_link_is_followed_to_the_file(path):
    path.with_name("near").symlink_to("article.txt")
    link = path.with_name("far")
    link.symlink_to("near")
    replace(link)
    assert link.is_symlink()
    assert path.with_name("near").is_symlink()
    assert path.read_bytes() == NEW


def test_link_into_a_folder_below_is_rewritten_there(tmp_path):
    below = tmp_path / "texts"
    below.mkdir()
    (below / "real.txt").write_bytes(OLD)
    link = tmp_path / "link.txt"
    link.symlink_to("texts/real.txt")
    replace(link)
    assert link.is_symlink()
    assert (below / "real.txt").read_bytes() == NEW
    assert temporaries(below) == temporaries(tmp_path) == []


def test_link_out_of_the_folder_is_refused(tmp_path, monkeypatch):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    monkeypatch.chdir(inside)
    (outside / "article.txt").write_bytes(OLD)
    link = inside / "link.txt"
    link.symlink_to(outside / "article.txt")
    with pytest.raises(InputError, match="outside"):
        replace(link)
    assert (outside / "article.txt").read_bytes() == OLD
    assert link.is_symlink()


def test_link_elsewhere_below_the_working_folder_is_rewritten(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "real.txt").write_bytes(OLD)
    link = tmp_path / "a" / "link.txt"
    link.symlink_to("../b/real.txt")
    monkeypatch.chdir(tmp_path)
    replace(link)
    assert (tmp_path / "b" / "real.txt").read_bytes() == NEW


def test_link_to_nothing_is_refused(tmp_path):
    link = tmp_path / "link.txt"
    link.symlink_to("gone.txt")
    with pytest.raises(InputError, match="no such file"):
        atomic.replace(link, NEW, expected=Fingerprint(0, 0, 0, 0, 0))
    assert link.is_symlink()
    assert temporaries(tmp_path) == []


def test_second_hard_link_is_refused(path):
    other = path.with_name("other.txt")
    other.hardlink_to(path)
    with pytest.raises(InputError, match=r"2 hard links.*--break-hardlinks"):
        replace(path)
    assert path.read_bytes() == other.read_bytes() == OLD
    assert path.samefile(other)


def test_second_hard_link_is_parted_when_asked(path):
    other = path.with_name("other.txt")
    other.hardlink_to(path)
    replace(path, break_hardlinks=True)
    assert path.read_bytes() == NEW
    assert other.read_bytes() == OLD


def test_read_only_file_is_refused_even_for_root(path):
    path.chmod(0o444)
    with pytest.raises(InputError, match="read-only"):
        replace(path)
    assert path.read_bytes() == OLD
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def make_pipe(path):
    os.mkfifo(path)


def make_folder(path):
    path.mkdir()


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def make_device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make devices")


KINDS = [make_pipe, make_folder, make_socket, make_device]


@pytest.mark.parametrize("make", KINDS)
def test_what_is_no_regular_file_is_refused(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    special = Path("special.txt")
    make(special)
    kind = stat.S_IFMT(special.lstat().st_mode)
    with pytest.raises(InputError):
        atomic.replace(special, NEW, expected=Fingerprint.of(special.lstat()))
    assert stat.S_IFMT(special.lstat().st_mode) == kind
    assert temporaries(tmp_path) == []


# --- somebody else writes meanwhile ---------------------------------------------------------------


def append(path):
    with path.open("ab") as file:
        file.write(b"edited\n")


def overwrite_same_size(path):
    before = path.stat().st_mtime_ns
    path.write_bytes(OLD.swapcase())
    os.utime(path, ns=(before, before + 1_000_000))


def rename_over(path):
    other = path.with_name("edited")
    other.write_bytes(b"edited\n" + OLD)
    other.replace(path)


def truncate(path):
    os.truncate(path, 3)


EDITS = [append, overwrite_same_size, rename_over, truncate]


@pytest.mark.parametrize("edit", EDITS)
def test_file_changed_since_it_was_read_is_left(path, edit):
    fingerprint = Fingerprint.of(path.stat())
    edit(path)
    edited = path.read_bytes()
    with pytest.raises(InputError, match=r"somebody else.*left as it is"):
        atomic.replace(path, NEW, expected=fingerprint)
    assert path.read_bytes() == edited
    assert temporaries(path.parent) == []


@pytest.mark.parametrize("edit", EDITS)
def test_file_changed_while_we_sync_is_left(path, edit, monkeypatch):
    fingerprint, real_fsync = Fingerprint.of(path.stat()), os.fsync

    def fsync(descriptor):
        real_fsync(descriptor)
        edit(path)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match="somebody else"):
        atomic.replace(path, NEW, expected=fingerprint)
    assert path.read_bytes() not in {OLD, NEW}
    assert temporaries(path.parent) == []


def test_file_replaced_just_before_the_rename_is_put_back(path, monkeypatch):
    """The last look at the file has passed by then."""
    fingerprint, real_exchange, edits = Fingerprint.of(path.stat()), atomic.exchange_names, []

    def exchange(one, other):
        if not edits:
            edits.append(rename_over(path))
        return real_exchange(one, other)

    monkeypatch.setattr(atomic, "exchange_names", exchange)
    probe = [path.with_name(name) for name in ("one", "two")]
    for name in probe:
        name.touch()
    if not real_exchange(str(probe[0]), probe[1]):
        pytest.skip("this system cannot exchange names")
    for name in probe:
        name.unlink()
    with pytest.raises(InputError, match="somebody else"):
        atomic.replace(path, NEW, expected=fingerprint)
    assert path.read_bytes() == b"edited\n" + OLD
    assert temporaries(path.parent) == []


def test_line_appended_to_the_open_file_behind_the_rename_is_kept(path, monkeypatch):
    """An editor that had opened the old file writes to it after it lost its name."""
    fingerprint, real_exchange = Fingerprint.of(path.stat()), atomic.exchange_names
    with path.open("ab", buffering=0) as editor:

        def exchange(one, other):
            done = real_exchange(one, other)
            if done and editor.tell() == len(OLD):
                editor.write(b"edited\n")
            elif not done:
                pytest.skip("this system cannot exchange names")
            return done

        monkeypatch.setattr(atomic, "exchange_names", exchange)
        with pytest.raises(InputError, match="somebody else"):
            atomic.replace(path, NEW, expected=fingerprint)
    assert path.read_bytes() == OLD + b"edited\n"
    assert temporaries(path.parent) == []


def test_who_has_the_file_open_is_waited_for(path, monkeypatch):
    """An editor writes long after the file lost its name, and closes it then."""
    fingerprint, real_exchange = Fingerprint.of(path.stat()), atomic.exchange_names
    editor = path.open("ab", buffering=0)

    def edit():
        with editor:
            editor.write(b"edited\n")

    def exchange(one, other):
        done = real_exchange(one, other)
        if not done:
            pytest.skip("this system cannot exchange names")
        if not editing.ident:
            editing.start()
        return done

    editing = threading.Timer(0.1, edit)
    monkeypatch.setattr(atomic, "exchange_names", exchange)
    with pytest.raises(InputError, match="somebody else"):
        atomic.replace(path, NEW, expected=fingerprint)
    editing.join()
    assert path.read_bytes() == OLD + b"edited\n"
    assert temporaries(path.parent) == []


def test_an_edit_is_kept_when_we_are_stopped_while_we_wait(path, monkeypatch):
    fingerprint = Fingerprint.of(path.stat())

    def stopped(_):
        with editor:
            editor.write(b"edited\n")
        raise KeyboardInterrupt

    editor = path.open("ab", buffering=0)
    monkeypatch.setattr(atomic, "wait_for_writers", stopped)
    with pytest.raises(KeyboardInterrupt):
        atomic.replace(path, NEW, expected=fingerprint)
    assert path.read_bytes() == OLD + b"edited\n"
    assert temporaries(path.parent) == []


def test_system_that_cannot_exchange_names_renames(path, monkeypatch):
    path.chmod(0o640)
    monkeypatch.setattr(atomic, "exchange_names", lambda *_: False)
    replace(path)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert temporaries(path.parent) == []


def test_file_that_vanished_is_not_made_again(path):
    fingerprint = Fingerprint.of(path.stat())
    path.unlink()
    with pytest.raises(InputError):
        atomic.replace(path, NEW, expected=fingerprint)
    assert contents(path.parent) == []


def test_file_that_vanishes_while_we_sync_is_not_made_again(path, monkeypatch):
    fingerprint, real_fsync = Fingerprint.of(path.stat()), os.fsync

    def fsync(descriptor):
        real_fsync(descriptor)
        path.unlink()

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError):
        atomic.replace(path, NEW, expected=fingerprint)
    assert contents(path.parent) == []


def test_mode_changed_meanwhile_counts_as_a_change(path):
    path.chmod(0o600)
    fingerprint = Fingerprint.of(path.stat())
    path.chmod(0o640)
    with pytest.raises(InputError, match="somebody else"):
        atomic.replace(path, NEW, expected=fingerprint)


# --- the disk fails -------------------------------------------------------------------------------


def failing(number, *, after=0):
    """Give a function that calls through `after` times, then fails."""
    calls = []

    def wrap(real):
        def fail(*arguments, **options):
            calls.append(arguments)
            if len(calls) > after:
                raise OSError(number, os.strerror(number))
            return real(*arguments, **options)

        return fail

    return wrap, calls


def fail_to_rename(monkeypatch, wrap):
    """Let both ways to rename fail."""
    monkeypatch.setattr(os, "replace", wrap(os.replace))
    monkeypatch.setattr(atomic, "exchange_names", wrap(atomic.exchange_names))


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "fchmod"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_failing_call_leaves_the_file_and_nothing_else(path, monkeypatch, call, number):
    fingerprint, files = Fingerprint.of(path.stat()), open_files()
    wrap, _ = failing(number)
    if call == "rename":
        fail_to_rename(monkeypatch, wrap)
    else:
        monkeypatch.setattr(os, call, wrap(getattr(os, call)))
    with pytest.raises(InputError, match=r"^article\.txt: cannot be written: .*left as it was$"):
        atomic.replace(path, NEW, expected=fingerprint)
    monkeypatch.undo()
    assert path.read_bytes() == OLD
    assert Fingerprint.of(path.stat()) == fingerprint
    assert contents(path.parent) == ["article.txt"]
    assert open_files() == files


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO])
def test_file_system_without_locks_leaves_nothing_behind(path, monkeypatch, number):
    """As NFS without its lock service: an error, or the new text, but no temporary file."""
    files = open_files()
    wrap, _ = failing(number)
    monkeypatch.setattr(fcntl, "flock", wrap(fcntl.flock))
    try:
        replace(path)
    except InputError:
        expected = OLD
    else:
        expected = NEW
    monkeypatch.undo()
    assert path.read_bytes() == expected
    assert temporaries(path.parent) == []
    assert open_files() == files


def test_failed_fsync_is_not_tried_again(path, monkeypatch):
    wrap, calls = failing(errno.EIO)
    monkeypatch.setattr(os, "fsync", wrap(os.fsync))
    with pytest.raises(InputError):
        replace(path)
    assert len(calls) == 1


def test_failed_fsync_of_the_folder_does_not_claim_that_nothing_was_written(path, monkeypatch):
    wrap, _ = failing(errno.EIO, after=1)
    monkeypatch.setattr(os, "fsync", wrap(os.fsync))
    with pytest.raises(InputError) as caught:
        replace(path)
    assert path.read_bytes() == NEW
    assert "left as it was" not in str(caught.value)
    assert temporaries(path.parent) == []


def test_short_writes_are_continued(path, monkeypatch):
    real_write, lengths = os.write, []

    def short(descriptor, data):
        written = real_write(descriptor, data[:7])
        lengths.append(written)
        return written

    monkeypatch.setattr(os, "write", short)
    replace(path, bytes(range(256)))
    monkeypatch.undo()
    assert path.read_bytes() == bytes(range(256))
    assert len(lengths) == 37


def test_error_after_a_short_write_leaves_the_file(path, monkeypatch):
    real_write, calls = os.write, []

    def short(descriptor, data):
        calls.append(data)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[:5])

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(InputError, match="no space left"):
        replace(path)
    monkeypatch.undo()
    assert path.read_bytes() == OLD
    assert contents(path.parent) == ["article.txt"]


LIMITED = """
import sys
from pathlib import Path
from dedup import atomic
from dedup.errors import InputError
from dedup.files import Fingerprint
path = Path(sys.argv[1])
try:
    atomic.replace(path, b"x" * 100_000, expected=Fingerprint.of(path.stat()))
except InputError as error:
    print(error)
"""


def test_limit_on_the_size_of_files_leaves_the_file(path):
    """The kernel itself writes short here, and then refuses."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert done.stdout.startswith("article.txt: cannot be written: file too large"), done.stderr
    assert path.read_bytes() == OLD
    assert contents(path.parent) == ["article.txt"]


def test_interrupted_calls_are_continued(path, monkeypatch):
    """A signal whose handler returns interrupts nothing."""
    real_fsync, seen = os.fsync, []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))

    def fsync(descriptor):
        signal.raise_signal(signal.SIGUSR1)
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        replace(path)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen
    assert path.read_bytes() == NEW


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_being_stopped_leaves_the_file_and_no_temporary(path, monkeypatch, call, stop):
    def stopped(*_, **__):
        raise stop

    if call == "rename":
        fail_to_rename(monkeypatch, lambda _: stopped)
    else:
        monkeypatch.setattr(os, call, stopped)
    with pytest.raises(stop):
        replace(path)
    assert path.read_bytes() == OLD
    assert contents(path.parent) == ["article.txt"]


# --- new files ------------------------------------------------------------------------------------


def test_new_file_has_the_mode_it_is_given(tmp_path):
    atomic.write(tmp_path / "undo.json", b"{}", mode=0o600)
    assert stat.S_IMODE((tmp_path / "undo.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_new_file_has_the_mode_of_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        atomic.write(tmp_path / "clean.txt", NEW)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "clean.txt").stat().st_mode) == 0o666 & ~umask


def test_existing_file_keeps_its_mode_when_written(path):
    path.chmod(0o640)
    atomic.write(path, NEW, mode=0o600)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_written_link_stays_a_link(path):
    link = path.with_name("link.txt")
    link.symlink_to("article.txt")
    atomic.write(link, NEW)
    assert link.is_symlink()
    assert path.read_bytes() == NEW


def test_folder_is_refused_as_output(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        atomic.write(tmp_path, NEW)


def test_missing_folder_of_an_output_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written: no such file"):
        atomic.write(tmp_path / "gone" / "clean.txt", NEW)


def test_read_only_output_is_refused(path):
    path.chmod(0o444)
    with pytest.raises(InputError, match="read-only"):
        atomic.write(path, NEW)
    assert path.read_bytes() == OLD


def test_failing_new_file_is_not_there(tmp_path, monkeypatch):
    wrap, _ = failing(errno.ENOSPC)
    monkeypatch.setattr(os, "write", wrap(os.write))
    with pytest.raises(InputError, match="no space left"):
        atomic.write(tmp_path / "clean.txt", NEW)
    assert contents(tmp_path) == []


def test_longest_name_can_be_written_and_replaced(tmp_path):
    path = tmp_path / ("n" * 251 + ".txt")
    atomic.write(path, OLD)
    replace(path)
    assert path.read_bytes() == NEW
    assert temporaries(tmp_path) == []


def test_longest_name_of_wide_characters_can_be_replaced(tmp_path):
    path = tmp_path / ("語" * 83 + ".txt")
    path.write_bytes(OLD)
    replace(path)
    assert path.read_bytes() == NEW
    assert temporaries(tmp_path) == []


def test_name_that_is_not_utf8_can_be_replaced(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    try:
        path.write_bytes(OLD)
    except OSError as error:
        pytest.skip(f"this file system wants UTF-8 names: {error.strerror}")
    replace(path)
    assert path.read_bytes() == NEW


# --- left-over temporary files --------------------------------------------------------------------


def test_left_over_temporary_file_is_swept(tmp_path):
    left = tmp_path / ".article.txt.abcdefgh.dedup-tmp"
    left.write_bytes(NEW)
    assert atomic.sweep(tmp_path) == [left.name]
    assert not left.exists()


def test_temporary_file_in_use_is_left(tmp_path):
    used = tmp_path / ".article.txt.abcdefgh.dedup-tmp"
    with used.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert atomic.sweep(tmp_path) == []
        assert used.exists()
    assert atomic.sweep(tmp_path) == [used.name]


def test_temporary_file_of_a_running_replacement_is_not_swept(path, monkeypatch):
    real_fsync, swept = os.fsync, []

    def fsync(descriptor):
        swept.append(atomic.sweep(path.parent))
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    replace(path)
    assert swept[0] == []
    assert path.read_bytes() == NEW


def test_other_files_are_not_swept(tmp_path):
    names = [".article.txt.swp", "notes.dedup-tmp", ".dedup.json", "article.txt"]
    for name in names:
        (tmp_path / name).write_bytes(OLD)
    assert atomic.sweep(tmp_path) == []
    assert contents(tmp_path) == sorted(names)


def test_link_that_looks_like_a_temporary_file_is_not_followed(tmp_path):
    (tmp_path / "article.txt").write_bytes(OLD)
    (tmp_path / ".a.dedup-tmp").symlink_to("article.txt")
    atomic.sweep(tmp_path)
    assert (tmp_path / "article.txt").read_bytes() == OLD


def test_pipe_that_looks_like_a_temporary_file_does_not_stop_the_sweep(tmp_path):
    """Opening a pipe waits for somebody to write, unless it is not to wait."""
    os.mkfifo(tmp_path / ".a.dedup-tmp")
    code = "import sys; from pathlib import Path; from dedup import atomic; "
    code += "atomic.sweep(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-B", "-c", code, tmp_path], check=True, timeout=10)


def test_sweeping_a_folder_that_is_not_there_finds_nothing(tmp_path):
    assert atomic.sweep(tmp_path / "gone") == []


# --- nothing to remove ----------------------------------------------------------------------------


def test_file_with_nothing_to_remove_is_not_touched(tmp_path):
    path = tmp_path / "article.txt"
    path.write_bytes(b"The harbour office opens at eight on every working day of the year.\n")
    before = path.stat()
    assert commands.main(["clean", "-q", "--in-place", str(path)], standalone_mode=False) == 0
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
    assert contents(tmp_path) == ["article.txt"]


def test_folder_in_which_nothing_repeats_is_not_touched(tmp_path):
    for number in range(100):
        text = f"Report {number} of the harbour office: {number} ferries left, none came late.\n"
        (tmp_path / f"{number:03}.txt").write_text(text)
    before = {p.name: Fingerprint.of(p.stat()) for p in tmp_path.iterdir()}
    assert commands.main(["clean", "-q", "--in-place", str(tmp_path)], standalone_mode=False) == 0
    assert {p.name: Fingerprint.of(p.stat()) for p in tmp_path.iterdir()} == before
