"""What a path means, how it is named, what is read, and where results go."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from dedup import files
from dedup.errors import InputError, UnmatchedReportError, UsageError

TEXT = b"The harbour office opens at eight.\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names):
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(TEXT)


def found(*paths):
    return [path.as_posix() for path in files.discover(list(paths))]


# --- discovery ------------------------------------------------------------------------------------


def test_named_file_is_taken_whatever_its_ending(here):
    make("notes.rst", ".hidden", "plain")
    assert found("notes.rst", ".hidden", "plain") == ["notes.rst", ".hidden", "plain"]


def test_named_link_is_taken(here):
    make("article.txt")
    Path("link.txt").symlink_to("article.txt")
    assert found("link.txt") == ["link.txt"]


def test_named_files_keep_their_order(here):
    make("b.txt", "a.txt")
    assert found("b.txt", "a.txt") == ["b.txt", "a.txt"]


def test_file_named_twice_is_taken_once(here):
    make("a.txt", "b.txt")
    assert found("b.txt", "a.txt", "b.txt") == ["b.txt", "a.txt"]


def test_file_named_and_in_a_named_folder_is_taken_once_where_it_was_named(here):
    make("d/a.txt", "d/b.txt")
    assert found("d/b.txt", "d") == ["d/b.txt", "d/a.txt"]


def test_file_named_relative_and_absolute_is_taken_once(here):
    """Taken twice it would be a repeat of itself with --across, and nothing of it would be left."""
    make("a.txt")
    assert found("a.txt", "./a.txt", str(here / "a.txt")) == ["a.txt"]


def test_file_named_by_a_link_too_is_taken_once(here):
    make("a.txt")
    Path("link.txt").symlink_to("a.txt")
    assert found("a.txt", "link.txt") == ["a.txt"]


def test_two_hard_links_are_two_texts(here):
    """Each is rewritten, or refused, by its own name."""
    make("a.txt")
    Path("b.txt").hardlink_to("a.txt")
    assert found("a.txt", "b.txt") == ["a.txt", "b.txt"]


def test_folder_means_its_texts_at_any_depth(here):
    make("d/a.txt", "d/b.md", "d/c.html", "d/deep/er/e.txt", "d/TXT", "d/f.txt.bak")
    assert found("d") == ["d/a.txt", "d/b.md", "d/deep/er/e.txt"]


def test_texts_of_a_folder_come_in_the_order_of_their_bytes(here):
    make("d/é.txt", "d/z.txt", "d/Z.txt", "d/a/x.txt", "d/a-b.txt", "d/a.txt", "d/日.txt")
    names = found("d")
    assert names == sorted(names, key=os.fsencode)
    assert names[0] == "d/Z.txt"


def test_hidden_files_and_folders_are_passed_over(here):
    make("d/a.txt", "d/.b.txt", "d/.git/c.txt", "d/.a.txt.abcdefgh.dedup-tmp")
    assert found("d") == ["d/a.txt"]


def test_hidden_folder_that_is_named_is_searched(here):
    make(".notes/a.txt")
    assert found(".notes") == [".notes/a.txt"]


def test_links_in_a_folder_are_passed_over(here):
    make("d/a.txt", "elsewhere/b.txt")
    Path("d/link.txt").symlink_to("a.txt")
    Path("d/gone.txt").symlink_to("nothing")
    Path("d/folder").symlink_to("../elsewhere")
    assert found("d") == ["d/a.txt"]


def test_folder_that_links_to_itself_ends(here):
    make("d/a.txt")
    Path("d/loop").symlink_to("../d")
    assert found("d") == ["d/a.txt"]


def test_undo_reports_are_no_texts(here):
    make("d/a.txt", "d/a.txt.01234567.dedup.json")
    assert found("d") == ["d/a.txt"]


def test_folder_without_texts_gives_none(here):
    Path("d").mkdir()
    assert found("d") == []


def test_folder_named_like_a_text_is_searched(here):
    make("d/odd.txt/a.txt")
    assert found("d") == ["d/odd.txt/a.txt"]


def test_working_folder_gives_plain_names(here):
    make("a.txt", "d/b.txt")
    assert found(".") == ["a.txt", "d/b.txt"]


@pytest.mark.parametrize("name", ["gone.txt", "gone/"])
def test_path_that_does_not_exist_is_wrong_usage(here, name):
    with pytest.raises(UsageError, match="no such file"):
        files.discover([name])


def test_empty_path_is_wrong_usage_and_not_the_working_folder(here):
    """A shell gives it for a variable that is not set: --in-place must not mean all files then."""
    make("a.txt")
    with pytest.raises(UsageError):
        files.discover([""])


def test_path_below_a_file_is_named_as_an_error(here):
    make("a.txt")
    with pytest.raises((UsageError, InputError), match=r"a\.txt/b\.txt"):
        files.read(files.discover(["a.txt/b.txt"])[0])


def test_overlong_path_is_named_as_an_error(here):
    with pytest.raises((UsageError, InputError), match="too long"):
        files.read(files.discover(["x" * 5000])[0])


def test_path_with_a_nul_is_an_error_of_ours(here):
    with pytest.raises((UsageError, InputError)):
        files.read(files.discover(["a\0b"])[0])


def test_link_loop_is_named_as_an_error(here):
    Path("loop.txt").symlink_to("loop.txt")
    with pytest.raises((UsageError, InputError), match=r"loop\.txt"):
        files.read(files.discover(["loop.txt"])[0])


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "d/a.txt", "../a.txt", "-", "d/é.txt", "a b.txt"])
def test_relative_path_is_named_as_given(here, name):
    assert files.name_for_reports(name) == name


def test_absolute_path_below_the_working_folder_is_named_relative(here):
    assert files.name_for_reports(here / "d" / "a.txt") == "d/a.txt"


def test_absolute_path_elsewhere_is_named_by_its_last_part(here):
    elsewhere = here.parent / "other" / "a.txt"
    assert files.name_for_reports(elsewhere) == "a.txt"


def test_folder_with_the_same_beginning_is_not_the_working_folder(here):
    assert files.name_for_reports(Path(f"{here}-more") / "a.txt") == "a.txt"


# --- reading --------------------------------------------------------------------------------------


def test_reading_gives_name_bytes_and_state(here):
    make("d/a.txt")
    source = files.read(Path("d/a.txt"))
    assert (source.path, source.name, source.data) == (Path("d/a.txt"), "d/a.txt", TEXT)
    assert source.fingerprint == files.Fingerprint.of(Path("d/a.txt").stat())


def test_reading_an_empty_file_gives_no_bytes(here):
    Path("empty.txt").touch()
    assert files.read(Path("empty.txt")).data == b""


@pytest.mark.parametrize(
    "data", [b"a\r\nb\rc\n", b"\x00\xff\xfe\x80", b"\x1a", bytes(range(256)) * 300]
)
def test_bytes_are_read_as_they_are(here, data):
    Path("a.txt").write_bytes(data)
    assert files.read(Path("a.txt")).data == data


def test_reading_through_a_link_gives_the_state_of_the_file(here):
    make("a.txt")
    Path("link.txt").symlink_to("a.txt")
    assert files.read(Path("link.txt")).fingerprint == files.Fingerprint.of(Path("a.txt").stat())


def test_reading_a_folder_is_refused(here):
    with pytest.raises(InputError, match="is a folder"):
        files.read(here)


def test_reading_a_pipe_is_refused_and_does_not_wait(here):
    os.mkfifo("pipe")
    with pytest.raises(InputError, match="not a regular file"):
        files.read(Path("pipe"))


def test_reading_a_device_is_refused():
    with pytest.raises(InputError, match="not a regular file"):
        files.read(Path(os.devnull))


def test_reading_what_is_gone_names_it(here):
    with pytest.raises(InputError, match=r"^gone\.txt: cannot be read: no such file"):
        files.read(Path("gone.txt"))


@pytest.mark.parametrize("size", [0, 3, len(TEXT) + 9])
def test_file_that_changes_while_it_is_read_is_refused(here, monkeypatch, size):
    make("a.txt")
    real_fstat, calls = os.fstat, []

    def fstat(descriptor):
        status = real_fstat(descriptor)
        calls.append(status)
        if len(calls) == 1:
            os.truncate("a.txt", size)
        return status

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(InputError, match="changed while it was read"):
        files.read(Path("a.txt"))


def test_reading_leaves_no_file_open(here):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files")
    make("a.txt")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("a.txt", str(here), os.devnull, "gone.txt"):
        try:
            files.read(Path(path))
        except InputError:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# --- states ---------------------------------------------------------------------------------------


def test_state_is_the_same_until_somebody_writes(here):
    make("a.txt")
    before = files.Fingerprint.of(Path("a.txt").stat())
    Path("a.txt").read_bytes()
    assert files.Fingerprint.of(Path("a.txt").stat()) == before


def test_state_of_a_copy_is_another(here):
    make("a.txt", "b.txt")
    first, second = Path("a.txt").stat(), Path("b.txt").stat()
    os.utime("b.txt", ns=(first.st_atime_ns, first.st_mtime_ns))
    second = Path("b.txt").stat()
    assert files.Fingerprint.of(first) != files.Fingerprint.of(second)


def test_state_sees_a_forged_modification_time(here):
    """An edit of equal length whose time was set back is still an edit."""
    make("a.txt")
    before = Path("a.txt").stat()
    os.utime("a.txt", ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    os.utime("a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    after = Path("a.txt").stat()
    assert after.st_mtime_ns == before.st_mtime_ns
    if after.st_ctime_ns == before.st_ctime_ns:
        pytest.skip("the clock of this file system is too coarse")
    assert files.Fingerprint.of(after) != files.Fingerprint.of(before)


# --- undo reports ---------------------------------------------------------------------------------

DIGEST = hashlib.sha256(TEXT).hexdigest()


def test_undo_report_stands_beside_the_file(here):
    make("d/a.txt")
    assert files.undo_path(Path("d/a.txt"), DIGEST) == here / f"d/a.txt.{DIGEST[:8]}.dedup.json"


def test_undo_report_stands_beside_the_file_behind_a_link(here):
    make("texts/real.txt")
    Path("link.txt").symlink_to("texts/real.txt")
    expected = here / f"texts/real.txt.{DIGEST[:8]}.dedup.json"
    assert files.undo_path(Path("link.txt"), DIGEST) == expected


def test_undo_report_is_found(here):
    make("a.txt")
    files.undo_path(Path("a.txt"), DIGEST).write_bytes(b"{}")
    assert files.find_undo(Path("a.txt"), DIGEST).name == f"a.txt.{DIGEST[:8]}.dedup.json"


def test_missing_undo_report_is_named(here):
    make("a.txt")
    with pytest.raises(UnmatchedReportError, match=rf"a\.txt\.{DIGEST[:8]}\.dedup\.json"):
        files.find_undo(Path("a.txt"), DIGEST)


def test_folder_in_place_of_the_undo_report_is_none(here):
    make("a.txt")
    files.undo_path(Path("a.txt"), DIGEST).mkdir()
    with pytest.raises(UnmatchedReportError):
        files.find_undo(Path("a.txt"), DIGEST)


# --- output paths ---------------------------------------------------------------------------------


def outputs(*inputs, folder="out"):
    return [path.as_posix() for path in files.output_paths([Path(i) for i in inputs], Path(folder))]


def test_outputs_keep_their_path_below_the_common_folder(here):
    make("d/a.txt", "d/deep/b.txt")
    assert outputs("d/a.txt", "d/deep/b.txt") == ["out/a.txt", "out/deep/b.txt"]


def test_one_output_keeps_its_name(here):
    make("d/a.txt")
    assert outputs("d/a.txt") == ["out/a.txt"]


def test_outputs_of_equal_names_in_two_folders_stay_apart(here):
    make("c/a.txt", "d/a.txt")
    assert outputs("c/a.txt", "d/a.txt") == ["out/c/a.txt", "out/d/a.txt"]


def test_absolute_and_relative_inputs_have_one_common_folder(here):
    make("d/a.txt", "e/b.txt")
    assert outputs(str(here / "d/a.txt"), "e/b.txt") == ["out/d/a.txt", "out/e/b.txt"]


def test_no_output_leaves_the_folder(here):
    (here / "w").mkdir()
    make("w/a.txt", "b.txt")
    os.chdir(here / "w")
    places = outputs("../b.txt", "a.txt", folder="../out")
    assert places == ["../out/b.txt", "../out/w/a.txt"]


def test_two_inputs_that_would_become_one_output_are_refused(here):
    make("a.txt")
    with pytest.raises(UsageError, match=r"a\.txt and .*a\.txt would both become"):
        outputs("a.txt", "d/../a.txt")


def test_output_that_would_be_an_input_is_refused(here):
    make("d/a.txt", "d/b.txt")
    with pytest.raises(UsageError, match="is an input"):
        outputs("d/a.txt", "d/b.txt", folder="d")


def test_output_that_would_be_another_input_is_refused(here):
    make("in/x/a.txt", "in/y/a.txt", "in/b.txt")
    Path("out").mkdir()
    Path("out/b.txt").hardlink_to("in/x/a.txt")
    with pytest.raises(UsageError, match="is an input"):
        outputs("in/x/a.txt", "in/y/a.txt", "in/b.txt")


def test_output_that_links_to_an_input_is_refused(here):
    make("d/a.txt")
    Path("link.txt").symlink_to("d/a.txt")
    with pytest.raises(UsageError, match="--in-place"):
        files.refuse_inputs_as_outputs([Path("link.txt")], [Path("d/a.txt")])


def test_output_that_is_no_input_is_allowed(here):
    make("d/a.txt", "other.txt")
    outputs = [Path("other.txt"), Path("new.txt")]
    files.refuse_inputs_as_outputs(outputs, [Path("d/a.txt"), Path("gone.txt")])
