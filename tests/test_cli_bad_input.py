"""Promises F4, G2, H1, H3 and C8: whatever comes in, the right text goes out, or one clear line.

Every test runs the real command. None may take more than half a minute, nor more memory than eight
times the file and 300 MB.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import pty
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tty
from dataclasses import dataclass
from pathlib import Path

import pytest

import dedup

COMMAND = [sys.executable, "-P", "-m", "dedup"]
MAX_SECONDS = 30
MEGABYTE = 1 << 20

FERRY = "The ferry to the island leaves twice a day from the old harbour below the church."
MARKET = "Fishermen sell their catch on the quay every morning until the bells ring for noon."
SCHOOL = "Pupils of the upper classes planted forty young trees along the road to the mill."


@dataclass(frozen=True)
class Done:
    """How the command ended, and what it wrote."""

    status: int
    out: bytes
    err: str


def run(*arguments, stdin=b"", before=(), **options):
    done = subprocess.run(
        [*before, *COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
        **options,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def lines(done):
    """Give what was said, after what holds of everything that is said."""
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert all(line.startswith("dedup: ") for line in done.err.splitlines()), done.err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.err)
    return done.err.splitlines()


def assert_fails(done, status, *words):
    """Demand this exit status and one line with all these words."""
    said = lines(done)
    assert done.status == status, done.err
    assert len(said) == 1, said
    for word in words:
        assert word in said[0]
    assert done.out == b""


def assert_cleaned(done, expected):
    lines(done)
    assert done.status == 0, done.err
    assert done.out == expected


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "article.txt"
    path.write_text(f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n")
    return path


CLEANED = f"{FERRY}\n\n{MARKET}\n".encode()


def bound():
    """Give a command that makes permission bits bind even root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root ignores permission bits, and setpriv is not installed")
    before = ["setpriv", "--bounding-set=-all", "--"]
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root ignores permission bits, and may not drop the right to")
    return before


# --- small and odd texts --------------------------------------------------------------------------

UNCHANGED = {
    "empty": b"",
    "one newline": b"\n",
    "only blank lines": b"\n\r\n \t\n\r\r\n" * 20,
    "one paragraph": f"{FERRY}\n".encode(),
    "one paragraph without final newline": FERRY.encode(),
    "one word": b"a",
    "only a mark": codecs.BOM_UTF8,
    "only a mark of UTF-16": codecs.BOM_UTF16_LE,
    "half a character": b"\xc3",
    "half a unit of UTF-16": codecs.BOM_UTF16_LE + b"a",
    "one NUL in much text": f"{FERRY}\n\n{MARKET}\x00\n".encode(),
    "only spaces": b" " * 1000,
    "only separators": b"---\n\n***\n\n---\n\n***\n",
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_text_without_repeats_goes_through_unchanged(name):
    assert_cleaned(run("clean", "-q", "-", stdin=UNCHANGED[name]), UNCHANGED[name])


@pytest.mark.parametrize("name", UNCHANGED)
def test_file_without_repeats_is_left_and_checks_clean(tmp_path, name):
    path = tmp_path / "article.txt"
    path.write_bytes(UNCHANGED[name])
    before = path.stat()
    assert_cleaned(run("clean", "-q", "--in-place", path), b"")
    assert_cleaned(run("check", "-q", path), b"")
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [entry.name for entry in tmp_path.iterdir()] == ["article.txt"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("final", [True, False])
def test_newlines_stay_as_they_are(end, final):
    tail = end if final else ""
    text = f"{FERRY}{end}{end}{MARKET}{end}{end}{FERRY}{tail}"
    assert_cleaned(
        run("clean", "-", stdin=text.encode()), f"{FERRY}{end}{end}{MARKET}{tail}".encode()
    )


def test_mixed_newlines_stay_as_they_are():
    text = f"{FERRY}\r\n\r\n{MARKET}\r\r{FERRY}\n\n{SCHOOL}\r"
    done = run("clean", "-", stdin=text.encode())
    assert done.out in {
        f"{FERRY}\r\n\r\n{MARKET}{between}{SCHOOL}\r".encode() for between in ("\r\r", "\n\n")
    }
    assert_cleaned(done, done.out)


def test_only_lf_and_cr_end_a_line():
    """Form feed, NEL and U+2028 are inside a line, whatever str.splitlines thinks."""
    odd = f"{FERRY}\x0b{MARKET}\x0c{SCHOOL}\x85{MARKET}\u2028{FERRY}\x1c{FERRY}\n".encode()
    assert_cleaned(run("clean", "-", stdin=odd), odd)


MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("codec", MARKS)
def test_byte_order_mark_chooses_the_codec_and_stays(codec):
    text = f"{FERRY} 日本 𝄞\r\n\r\n{MARKET}\r\n\r\n{FERRY} 日本 𝄞\r\n"
    expected = f"{FERRY} 日本 𝄞\r\n\r\n{MARKET}\r\n"
    done = run("clean", "-", stdin=MARKS[codec] + text.encode(codec))
    assert_cleaned(done, MARKS[codec] + expected.encode(codec))


@pytest.mark.parametrize("codec", [codec for codec in MARKS if codec != "utf-8"])
def test_wide_text_without_mark_is_refused_with_the_way_out(codec, tmp_path):
    path = tmp_path / "wide.txt"
    path.write_bytes(f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n".encode(codec))
    assert_fails(run("clean", path), 3, "wide.txt", "UTF-16", "--encoding")
    assert_cleaned(run("clean", "--encoding", codec, path), CLEANED.decode().encode(codec))


def test_odd_byte_at_the_end_of_wide_text_stays():
    data = codecs.BOM_UTF16_LE + f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n\n{SCHOOL}".encode("utf-16-le")
    done = run("clean", "-", stdin=data + b"!")
    expected = codecs.BOM_UTF16_LE + f"{FERRY}\n\n{MARKET}\n\n{SCHOOL}".encode("utf-16-le")
    assert_cleaned(done, expected + b"!")


def test_few_nul_bytes_are_text():
    text = f"{FERRY}\n\n{MARKET}\x00\n\n{FERRY}\n".encode()
    assert_cleaned(run("clean", "-", stdin=text), f"{FERRY}\n\n{MARKET}\x00\n".encode())


def test_only_nul_bytes_are_refused():
    assert_fails(run("clean", "-", stdin=bytes(5000)), 3, "UTF-16", "--encoding")


def test_undecodable_paragraph_stays_and_the_rest_is_compared():
    bad = FERRY.encode().replace(b"island", b"isl\xe5nd")
    data = b"\n\n".join([FERRY.encode(), bad, MARKET.encode(), bad, FERRY.encode(), b""])
    done = run("clean", "-q", "-", stdin=data)
    assert_cleaned(done, b"\n\n".join([FERRY.encode(), bad, MARKET.encode(), bad, b""]))
    (warning,) = lines(done)
    assert "-:3" in warning
    assert "2 paragraphs" in warning
    assert "--encoding" in warning


@pytest.mark.parametrize("bad", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xff\xfe!"])
def test_what_only_looks_like_utf8_is_not_decoded(bad):
    data = FERRY.encode() + bad + b"\n\n" + FERRY.encode() + bad + b"\n"
    done = run("clean", "-q", "-", stdin=data)
    assert_cleaned(done, data)
    assert len(lines(done)) == 1


def test_random_bytes_go_through_or_are_refused():
    source = random.Random(8)
    for _ in range(10):
        data = source.randbytes(4000)
        done = run("clean", "-q", "-", stdin=data)
        lines(done)
        assert (done.status, done.out) in {(0, data), (3, b"")}


# --- what a path may be ---------------------------------------------------------------------------


def test_folder_is_cleaned_text_by_text(tmp_path, article):
    (tmp_path / "other.md").write_text(f"{MARKET}\n\n{MARKET}\n")
    done = run("clean", "-q", "--in-place", tmp_path)
    assert_cleaned(done, b"")
    assert article.read_bytes() == CLEANED
    assert (tmp_path / "other.md").read_text() == f"{MARKET}\n"


def test_folder_without_texts_is_no_success_unsaid(tmp_path):
    done = run("clean", tmp_path)
    assert lines(done), "nothing was done, and nothing was said"
    assert done.out == b""


def test_missing_file_is_wrong_usage():
    assert_fails(run("clean", "gone.txt"), 2, "gone.txt", "no such file")


def test_missing_file_stops_the_others_before_anything_is_done(article):
    assert_fails(run("clean", "--in-place", article, "gone.txt"), 2, "gone.txt")
    assert article.read_bytes() != CLEANED


def test_unreadable_file_is_named(article):
    before = bound()
    article.chmod(0)
    done = run("clean", article, before=before)
    assert_fails(done, 3, "article.txt", "permission denied")


def test_unreadable_file_does_not_stop_the_others(tmp_path, article):
    before = bound()
    bad = tmp_path / "bad.txt"
    bad.write_text(FERRY)
    bad.chmod(0)
    done = run("clean", "-q", "--in-place", bad, article, before=before)
    assert_fails(done, 3, "bad.txt", "permission denied")
    assert article.read_bytes() == CLEANED


def test_one_bad_file_among_many_is_named_and_the_others_are_done(tmp_path):
    for number in range(200):
        (tmp_path / f"{number:03}.txt").write_text(f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n")
    (tmp_path / "100.txt").write_bytes(bytes(99))
    done = run("clean", "-q", "--no-undo", "--in-place", tmp_path)
    assert_fails(done, 3, "100.txt")
    done_files = [path for path in tmp_path.iterdir() if path.read_bytes() == CLEANED]
    assert len(done_files) == 199


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_what_a_merge_left_twice_is_no_repeat_to_cut(tmp_path, name):
    sides = f"<<<<<<< ours\n{FERRY}\n\n=======\n{FERRY}\n\n>>>>>>> theirs\n\n{MARKET}\n"
    path = tmp_path / name
    path.write_text(sides)
    done = run("clean", "--in-place", path)
    assert_fails(done, 3, "what repeats is part of a merge conflict", "resolve that first")
    assert path.read_text() == sides
    assert list(tmp_path.iterdir()) == [path]
    # What repeats elsewhere in such a text goes.
    sides = sides.replace(f"=======\n{FERRY}\n", "=======\n")
    path.write_text(f"{sides}\n{MARKET}\n")
    assert run("clean", "--in-place", path).status == 0
    assert path.read_text() == sides


def test_unreadable_folder_is_no_success_unsaid(tmp_path, article):
    before = bound()
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0)
    try:
        done = run("clean", "-q", "--in-place", folder, before=before)
    finally:
        folder.chmod(0o700)
    assert_fails(done, 3, "locked")


def test_folder_that_may_not_be_written_is_named_and_left(tmp_path, article):
    before, old = bound(), article.read_bytes()
    tmp_path.chmod(0o555)
    try:
        done = run("clean", "-q", "--in-place", article, before=before)
    finally:
        tmp_path.chmod(0o755)
    assert_fails(done, 3, "permission denied")
    assert article.read_bytes() == old


def test_read_only_file_is_left(article):
    old = article.read_bytes()
    article.chmod(0o444)
    assert_fails(run("clean", "-q", "--in-place", article), 3, "article.txt", "read-only")
    assert article.read_bytes() == old
    assert len(list(article.parent.iterdir())) == 1


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_special_file_is_refused_and_does_not_wait(tmp_path, kind):
    path = Path(os.devnull)
    if kind == "pipe":
        path = tmp_path / "pipe.txt"
        os.mkfifo(path)
    for options in ([], ["--in-place"]):
        assert_fails(run("clean", *options, path), 3, path.name, "not a regular file")


def test_link_is_read_and_rewritten_behind_the_link(tmp_path, article):
    link = tmp_path / "link.txt"
    link.symlink_to("article.txt")
    assert_cleaned(run("clean", link), CLEANED)
    assert_cleaned(run("clean", "--in-place", link), b"")
    assert link.is_symlink()
    assert article.read_bytes() == CLEANED


def test_file_and_a_link_to_it_do_not_empty_each_other(tmp_path):
    article, link = tmp_path / "article.txt", tmp_path / "link.txt"
    article.write_bytes(CLEANED)
    link.symlink_to("article.txt")
    run("clean", "-q", "--across", "--in-place", article, link)
    assert article.read_bytes() == CLEANED


def test_file_named_in_two_ways_is_no_repeat_of_itself(tmp_path, article):
    article.write_bytes(CLEANED)
    assert_cleaned(run("check", "-q", "article.txt", article, cwd=tmp_path), b"")


def test_empty_name_is_not_the_working_folder(tmp_path, article):
    done = run("clean", "-q", "--in-place", "", cwd=tmp_path)
    assert_fails(done, 2)
    assert article.read_bytes() != CLEANED


def test_hard_link_is_refused_before_an_undo_report_is_left(tmp_path, article):
    (tmp_path / "other.txt").hardlink_to(article)
    assert_fails(run("clean", "-q", "--in-place", article), 3, "article.txt", "--break-hardlinks")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["article.txt", "other.txt"]
    assert_cleaned(run("clean", article), CLEANED)


def test_hard_link_is_parted_when_asked(tmp_path, article):
    other = tmp_path / "other.txt"
    other.hardlink_to(article)
    assert_cleaned(run("clean", "--in-place", "--break-hardlinks", article), b"")
    assert article.read_bytes() == CLEANED
    assert other.read_bytes() != CLEANED


def test_missing_folder_of_a_report_is_named_before_a_text_is_changed(tmp_path, article):
    old = article.read_bytes()
    report = tmp_path / "gone" / "cuts.json"
    assert_fails(run("clean", "-q", "--in-place", "--report", report, article), 3, "cuts.json")
    assert article.read_bytes() == old


# --- large and long -------------------------------------------------------------------------------

MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


def run_large(tmp_path, data, *arguments):
    """Run ``clean`` on `data`; demand the bounds on time and memory."""
    path, out, peak = tmp_path / "large.txt", tmp_path / "out", tmp_path / "peak"
    path.write_bytes(data)
    with out.open("wb") as file:
        # The process in between is small: the child's peak would else begin with ours.
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, peak, *COMMAND, "clean", *arguments, path],
            stdout=file,
            stderr=subprocess.PIPE,
            check=False,
            timeout=MAX_SECONDS,
        )
    used = int(peak.read_text()) * (1 if sys.platform == "darwin" else 1024)
    allowed = 8 * len(data) + 300 * MEGABYTE
    assert used <= allowed, f"{used // MEGABYTE} MB used, {allowed // MEGABYTE} allowed"
    return Done(done.returncode, out.read_bytes(), done.stderr.decode())


def test_line_of_50_megabytes_goes_through(tmp_path):
    data = (FERRY.encode() + b" ") * (50 * MEGABYTE // (len(FERRY) + 1)) + b"\n"
    assert_cleaned(run_large(tmp_path, data), data)


def test_50_megabytes_without_any_space_go_through(tmp_path):
    data = b"x" * (50 * MEGABYTE)
    assert_cleaned(run_large(tmp_path, data), data)


def test_long_line_that_stands_twice_goes_once(tmp_path):
    """A paragraph over the limit is compared for equal bytes."""
    line = b" ".join([FERRY.encode()] * (4 * MEGABYTE // len(FERRY)))
    data = line + b"\n\n" + MARKET.encode() + b"\n\n" + line + b"\n"
    done = run_large(tmp_path, data)
    assert_cleaned(done, line + b"\n\n" + MARKET.encode() + b"\n")


def test_million_empty_lines_go_through(tmp_path):
    data = b"\n" * 1_000_000
    assert_cleaned(run_large(tmp_path, data), data)


def test_million_blank_lines_between_two_paragraphs_go_through(tmp_path):
    data = FERRY.encode() + b"\r\n" * 1_000_000 + MARKET.encode()
    assert_cleaned(run_large(tmp_path, data), data)


TIMES = 100_000


def test_paragraph_that_stands_100_000_times_goes_to_one(tmp_path):
    data = f"{FERRY}\n\n".encode() * TIMES
    done = run_large(tmp_path, data)
    assert done.out.rstrip(b"\n") == FERRY.encode()
    assert_cleaned(done, done.out)


def test_line_that_stands_100_000_times_goes_to_one(tmp_path):
    data = f"{FERRY}\n".encode() * TIMES
    done = run_large(tmp_path, data, "--paragraphs", "line")
    assert_cleaned(done, f"{FERRY}\n".encode())


def short_lines(count):
    """Give different lines of seven words."""
    source = random.Random(31)
    words = ["".join(source.choices("abdefgiklmnoprstuv", k=5)) for _ in range(3000)]
    return [" ".join(source.choices(words, k=7)) for _ in range(count)]


@pytest.mark.slow
def test_repeated_paragraph_with_short_lines_between_goes_to_one(tmp_path):
    between = short_lines(TIMES)
    data = "".join(f"{FERRY}\n\n{line}\n\n" for line in between).encode()
    done = run_large(tmp_path, data)
    assert_cleaned(done, done.out)
    assert done.out.count(FERRY.encode()) == 1
    assert [line for line in done.out.decode().split("\n") if line] == [FERRY, *between]


def test_repeated_paragraph_with_one_short_line_between_ends(tmp_path):
    """Two texts in turn are one block that overlaps itself everywhere."""
    short = "and so on, as the day before"
    data = f"{FERRY}\n\n{short}\n\n".encode() * TIMES
    done = run_large(tmp_path, data)
    assert_cleaned(done, done.out)
    assert done.out.count(FERRY.encode()) == 1
    assert done.out.count(short.encode()) >= 1


@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_different_short_lines_all_stay(tmp_path, end):
    data = end.join([*short_lines(TIMES), ""]).encode()
    assert_cleaned(run_large(tmp_path, data), data)


def test_100_000_short_lines_of_few_kinds_stay(tmp_path):
    """A run of short lines alone never goes."""
    source = random.Random(2)
    kinds = ["Yes.", "No.", "Perhaps.", "So she said.", "He did not answer."]
    data = "".join(source.choice(kinds) + "\n\n" for _ in range(TIMES)).encode()
    assert_cleaned(run_large(tmp_path, data), data)


# --- characters that drive terminals --------------------------------------------------------------

CONTROLS = [
    chr(code)
    for code in [
        *range(32),
        *range(127, 160),
        1564,
        *range(8203, 8208),
        *range(8232, 8239),
        *range(8294, 8298),
        65279,
    ]
    if chr(code) not in "\n\t\r"
]
UNSAFE = re.compile("[" + re.escape("".join(CONTROLS)) + "\r]")


def hostile_text():
    """Give a paragraph for every control character; one of them stands twice."""
    others = zip(short_lines(len(CONTROLS)), short_lines(2 * len(CONTROLS))[::-1], strict=False)
    paragraphs = [
        f"The ferry said{control}[31m {first}{control} {second}"
        for control, (first, second) in zip(CONTROLS, others, strict=True)
    ]
    # A NUL alone is text; were they more, it would look like UTF-16.
    return "\n\n".join([*paragraphs, paragraphs[20]]).encode() + b"\n"


def run_on_terminal(*arguments):
    """Run the command with both outputs on a terminal; give status and all it wrote."""
    master, slave = pty.openpty()
    tty.setraw(slave)  # what is written comes through as it is
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    )
    os.close(slave)
    pieces = []
    while True:
        try:
            piece = os.read(master, 1 << 16)
        except OSError:  # Linux gives EIO when the other side is closed
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(master)
    return process.wait(MAX_SECONDS), b"".join(pieces).decode()


ON_A_TERMINAL = [
    ["clean"],
    ["clean", "-v"],
    ["clean", "--diff"],
    ["clean", "--report", "-"],
    ["check", "-v"],
    ["check", "--format", "json"],
]


@pytest.mark.parametrize("arguments", ON_A_TERMINAL, ids=" ".join)
def test_no_control_character_of_a_text_reaches_a_terminal(tmp_path, arguments):
    path = tmp_path / "hostile.txt"
    path.write_bytes(hostile_text())
    status, text = run_on_terminal(*arguments, path)
    assert status in {0, 1}
    assert "ferry" in text or arguments[0] == "check"
    assert UNSAFE.findall(text) == []


@pytest.mark.parametrize("arguments", ON_A_TERMINAL, ids=" ".join)
def test_no_control_character_of_a_name_reaches_a_terminal(tmp_path, arguments):
    path = tmp_path / "evil\x1b[2J\u202e\x07\r\nname\x9b.txt"
    path.write_text(f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n")
    status, text = run_on_terminal(*arguments, path)
    assert status in {0, 1}
    assert UNSAFE.findall(text) == []


@pytest.mark.parametrize("name", ["gone\x1b[2J\r\u202e.txt", "gone\nfake: error.txt"])
def test_name_in_an_error_is_sanitised_and_stays_on_one_line(name):
    assert_fails(run("clean", name), 2, "no such file")


def test_name_of_a_file_that_cannot_be_read_stays_on_one_line(tmp_path):
    path = tmp_path / "bad\nfake: done.txt"
    path.write_bytes(bytes(100))
    assert_fails(run("clean", path), 3, "UTF-16")


@pytest.mark.parametrize("arguments", [["clean", "-v"], ["check", "-v"]], ids=" ".join)
def test_what_is_said_into_a_pipe_is_sanitised_too(tmp_path, arguments):
    path = tmp_path / "hostile.txt"
    path.write_bytes(hostile_text())
    done = run(*arguments, path)
    assert UNSAFE.findall(done.err) == []
    lines(done)


def test_control_characters_go_through_a_pipe_as_they_are():
    text = hostile_text()
    repeated = text.rstrip(b"\n").rpartition(b"\n\n")[0] + b"\n"
    assert_cleaned(run("clean", "-q", "-", stdin=text), repeated)


def test_marks_of_direction_stay_in_the_text():
    hebrew = "\u200fהמעבורת לאי יוצאת פעמיים ביום מן הנמל הישן שמתחת לכנסייה\u200e \u202bכאן\u202c."
    text = f"{hebrew}\n\n{MARKET}\n\n{hebrew}\n"
    assert_cleaned(run("clean", "-", stdin=text.encode()), f"{hebrew}\n\n{MARKET}\n".encode())


def test_paragraphs_that_differ_in_marks_of_direction_alone_are_repeats():
    marked = FERRY.replace("island", "\u200fisl\u00adand\u200b")
    text = f"{FERRY}\n\n{MARKET}\n\n{marked}\n"
    assert_cleaned(run("clean", "-", stdin=text.encode()), CLEANED)


# --- where the output goes ------------------------------------------------------------------------


def large_article(tmp_path):
    path = tmp_path / "large.txt"
    halves = zip(short_lines(4000), short_lines(4000)[::-1], strict=True)
    paragraphs = [" ".join(pair) for pair in halves]
    path.write_text("\n\n".join([*paragraphs, *paragraphs, ""]))
    return path


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def buffering(request):
    """Give an environment; without buffer Python's writes may be short."""
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


@pytest.mark.parametrize("options", [[], ["--diff"], ["--report", "-"]], ids=" ".join)
def test_closed_pipe_ends_quietly(tmp_path, options, buffering):
    with subprocess.Popen(
        [*COMMAND, "clean", "-q", *options, large_article(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=buffering,
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(MAX_SECONDS) not in {0, 1}
    assert errors == ""


def test_output_that_was_cut_short_is_no_success(tmp_path, buffering):
    """The disk takes the first part, and refuses the rest."""
    limit = 100_000
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            [*COMMAND, "clean", "-q", large_article(tmp_path)],
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            timeout=MAX_SECONDS,
            env=buffering,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
    assert (tmp_path / "out").stat().st_size <= limit
    assert_fails(Done(done.returncode, b"", done.stderr.decode()), 3, "file too large")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [["clean"], ["clean", "--diff"], ["clean", "--report", "-"], ["check"], ["restore"]],
    ids=" ".join,
)
def test_full_output_is_one_clear_line(article, arguments):
    if arguments == ["restore"]:
        run("clean", "--in-place", article)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments, article],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=MAX_SECONDS,
        )
    said = lines(Done(done.returncode, b"", done.stderr.decode()))
    assert done.returncode == 3
    assert len([line for line in said if "no space left" in line]) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_device_as_output_file_is_one_clear_line(article):
    assert_fails(run("clean", "-q", "-o", "/dev/full", article), 3, "full", "no space left")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_standard_error_does_not_hide_the_text(article):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "clean", article],
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            timeout=MAX_SECONDS,
        )
    assert done.stdout == CLEANED


@pytest.mark.parametrize("arguments", [["clean"], ["check"], ["clean", "--diff"]], ids=" ".join)
def test_closed_standard_output_is_one_clear_line(article, arguments):
    done = run(*arguments, "-q", article, before=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert done.status not in {0, 1}
    assert len(lines(done)) == 1


def test_closed_standard_output_does_not_matter_in_place(article):
    done = run("clean", "-q", "--in-place", article, before=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert_cleaned(done, b"")
    assert article.read_bytes() == CLEANED


def test_closed_standard_input_is_one_clear_line():
    done = run("clean", "-q", "-", before=["sh", "-c", 'exec "$@" <&-', "sh"])
    assert done.status not in {0, 1}
    assert len(lines(done)) == 1


FILLS = 12
ON_A_FULL_DISK = """
import pathlib, random, subprocess, sys
folder, old, command = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
old = old.read_bytes()
source = random.Random(4)
for _ in range(%d):
    article, filler = folder / "article.txt", folder / "filler"
    article.write_bytes(old)
    room = source.randrange(0, 12 * len(old), 4096)
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - room))
    done = subprocess.run([*command, article], capture_output=True, text=True)
    print(room, done.returncode, article.read_bytes() == old, len(list(folder.glob("*.json"))),
          len(list(folder.glob(".*"))), repr(done.stderr), article.read_bytes().hex(), sep="\\t")
    for path in folder.iterdir():
        path.unlink()
"""


def test_full_disk_leaves_every_text_old_or_new(tmp_path):
    """On a real file system without room, filled to different heights."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    folder, text = tmp_path / "disk", tmp_path / "old.txt"
    folder.mkdir()
    paragraphs = [f"{line} {FERRY}" for line in short_lines(150)]
    text.write_text("\n\n".join([*paragraphs, paragraphs[5], ""]))
    old = text.read_bytes()
    new = dedup.clean(old).text
    assert new != old
    mounted = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            mounted,
            "sh",
            folder,
            sys.executable,
            "-c",
            ON_A_FULL_DISK % FILLS,
            folder,
            text,
            *COMMAND,
            "clean",
            "-q",
            "--in-place",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if "ermission" in done.stderr or "not permitted" in done.stderr:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    outcomes = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(outcomes) == FILLS
    for room, status, unchanged, undo, hidden, errors, found in outcomes:
        assert bytes.fromhex(found) in {old, new}, room
        assert hidden == "0", f"{room}: a temporary file was left"
        if unchanged == "True":
            assert status == "3"
            assert "no space left" in errors
        else:
            assert (status, undo, errors) == ("0", "1", "''")
    assert len({status for _, status, *_ in outcomes}) == 2, "no fill made a difference"


def test_undo_report_is_for_the_owner_alone(tmp_path, article):
    article.chmod(0o644)
    assert_cleaned(
        run("clean", "--in-place", article, before=["sh", "-c", 'umask 0; "$@"', "sh"]), b""
    )
    (undo,) = tmp_path.glob("*.dedup.json")
    assert undo.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["check", "clean"])
def test_a_working_folder_that_is_gone_is_named(tmp_path, command):
    (tmp_path / "a.txt").write_text(FERRY)
    (tmp_path / "gone").mkdir()
    leaving = ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh"]
    done = run(command, tmp_path / "a.txt", before=leaving, cwd=tmp_path / "gone")
    assert_fails(done, 3, "the working folder was deleted: change to one")


# --- being stopped --------------------------------------------------------------------------------

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

STOPPED = """
import os, signal, sys
from importlib import import_module
from dedup.cli import main
place, name, number, again = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
del sys.argv[1:5]
owner = import_module(place)
real = getattr(owner, name)
def struck(*arguments, **options):
    signal.raise_signal(number)
    if again:
        signal.raise_signal(number)
    return real(*arguments, **options)
setattr(owner, name, struck)
for number_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number_, signal.default_int_handler if number_ == 2 else signal.SIG_DFL)
main()
"""

MOMENTS = [
    ("dedup.cli.inputs", "read"),
    ("dedup.pipeline", "clean"),
    ("dedup.atomic", "sweep"),
    ("dedup.atomic", "write"),
    ("dedup.atomic", "replace"),
    ("os", "urandom"),
    ("fcntl", "flock"),
    ("os", "write"),
    ("os", "fsync"),
    ("os", "replace"),
]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", MOMENTS, ids=".".join)
def test_stopped_at_any_moment_everything_is_whole(tmp_path, article, number, moment):
    old = article.read_bytes()
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            STOPPED,
            *moment,
            str(int(number)),
            "0",
            "clean",
            "--in-place",
            article,
        ],
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    assert_fails(Done(done.returncode, done.stdout, done.stderr.decode()), SIGNALS[number],
                 number.name)  # fmt: skip
    assert article.read_bytes() == old
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("moment", MOMENTS, ids=".".join)
def test_stopped_from_outside_everything_is_whole(tmp_path, article, moment):
    """Sent to the process, a signal may reach any thread: blocking it in one does not hold it."""
    old = article.read_bytes()
    killed = STOPPED.replace("signal.raise_signal(number)", "os.kill(os.getpid(), number)")
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            killed,
            *moment,
            str(int(signal.SIGINT)),
            "0",
            "clean",
            "--in-place",
            article,
        ],
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    assert_fails(Done(done.returncode, done.stdout, done.stderr.decode()), 130, "SIGINT")
    assert article.read_bytes() in {old, CLEANED}
    run("clean", "-q", "--in-place", article)
    assert article.read_bytes() == CLEANED
    assert list(tmp_path.glob(".*")) == []
    assert_cleaned(run("restore", article), old)


def test_second_ctrl_c_is_still_safe(tmp_path, article):
    old = article.read_bytes()
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            STOPPED,
            "os",
            "fsync",
            str(int(signal.SIGINT)),
            "1",
            "clean",
            "--in-place",
            article,
        ],
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    assert_fails(Done(done.returncode, done.stdout, done.stderr.decode()), 130, "SIGINT")
    assert article.read_bytes() == old
    assert list(tmp_path.glob(".*")) == []


STARTING = """
import runpy, signal, sys
module = sys.argv.pop(1)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
runpy.run_module("dedup", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("module", ["numpy", "click", "dedup.cli.main"])
def test_ctrl_c_while_it_starts_shows_no_traceback(article, module):
    """Loading takes longest of all on a small text: that is when it is hit."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", STARTING, module, "clean", article],
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    assert done.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in done.stderr


WAITING = """
import sys
from dedup.cli import inputs, main
real = inputs.read_source
def announced(path):
    print("ready", flush=True)
    return real(path)
inputs.read_source = announced
main()
"""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_signal_from_outside_ends_a_run_that_waits_for_input(number):
    with subprocess.Popen(
        [sys.executable, "-P", "-c", WAITING, "clean", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(number)
            # Standard input stays open until the end: only the signal can end this.
            errors = process.stderr.read().decode()
            status = process.wait(MAX_SECONDS)
        finally:
            process.kill()
    assert_fails(Done(status, b"", errors), SIGNALS[number], number.name)


def test_hangup_is_ignored_under_nohup(article):
    ignoring = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]
    unchanged = STOPPED.replace("(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)", "()")
    stopped = [sys.executable, "-P", "-c", unchanged, "os", "fsync", str(int(signal.SIGHUP)), "0"]
    done = subprocess.run(
        [*ignoring, *stopped, "clean", "-q", "--in-place", article],
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    assert_cleaned(Done(done.returncode, done.stdout, done.stderr.decode()), b"")
    assert article.read_bytes() == CLEANED


# --- wrong usage ----------------------------------------------------------------------------------

WRONG = {
    "no path": (["clean"], "no text named"),
    "unknown command": (["clear"], "clear"),
    "unknown option": (["clean", "--in-palce", "@"], "--in-palce"),
    "option without value": (["clean", "@", "--threshold"], "--threshold"),
    "threshold too high": (["clean", "--threshold", "1.5", "@"], "threshold"),
    "threshold too low": (["clean", "--threshold", "0.1", "@"], "threshold"),
    "threshold no number": (["clean", "--threshold", "high", "@"], "threshold"),
    "threshold not a number": (["clean", "--threshold", "nan", "@"], "threshold"),
    "threshold infinite": (["clean", "--threshold", "inf", "@"], "threshold"),
    "negative words": (["clean", "--min-words", "-1", "@"], "min_words"),
    "half a word": (["clean", "--min-words", "1.5", "@"], "--min-words"),
    "percent too high": (["clean", "--max-removed", "101", "@"], "max_removed"),
    "unknown order": (["clean", "--keep", "middle", "@"], "--keep"),
    "unknown cutting": (["clean", "--paragraphs", "page", "@"], "--paragraphs"),
    "unknown protection": (["clean", "--protect", "nmaes", "@"], "names"),
    "unknown encoding": (["clean", "--encoding", "klingon", "@"], "klingon"),
    "empty encoding": (["clean", "--encoding", "", "@"], "encoding"),
    "encoding that is no text": (["clean", "--encoding", "base64", "@"], "base64"),
    "encoding that is a transformation": (["clean", "--encoding", "rot13", "@"], "rot13"),
    "encoding with other newlines": (["clean", "--encoding", "cp037", "@"], "cp037"),
    "encoding that fails always": (["clean", "--encoding", "undefined", "@"], "undefined"),
    "unknown kind of report": (["clean", "--report", "cuts.docx", "@"], "cuts.docx"),
    "two outputs": (["clean", "--in-place", "--diff", "@"], "--diff"),
    "input as output": (["clean", "-o", "@", "@"], "--in-place"),
    "standard input in place": (["clean", "--in-place", "-"], "standard input"),
    "undo without rewriting": (["clean", "--no-undo", "@"], "--no-undo"),
    "two on standard output": (["clean", "--diff", "--report", "-", "@"], "--report"),
    "several to standard output": (["clean", "@", "+"], "2 files"),
    "check of nothing": (["check"], "no text named"),
    "unknown format": (["check", "--format", "xml", "@"], "--format"),
    "restore of nothing": (["restore"], "CLEANED"),
    "restore without report": (["restore", "@"], "article.txt"),
    "restore standard input": (["restore", "-"], "report"),
    "restore a folder to nowhere": (["restore", "."], "-o"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_is_one_line_and_nothing_is_done(tmp_path, article, name):
    arguments, word = WRONG[name]
    (tmp_path / "other.txt").write_text(MARKET)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    named = {"@": "article.txt", "+": "other.txt"}
    done = run(*(named.get(argument, argument) for argument in arguments), cwd=tmp_path)
    assert_fails(done, 2, word)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_option_in_another_language_is_sanitised():
    assert_fails(run("clean", "--\x1b[31mrot\u202e"), 2)


def test_argument_that_is_not_utf8_is_one_line(tmp_path):
    assert_fails(run("clean", os.fsdecode(b"caf\xe9.txt"), cwd=tmp_path), 2, "no such file")


def test_file_whose_name_is_not_utf8_is_cleaned_and_restored(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    try:
        path.write_text(f"{FERRY}\n\n{FERRY}\n")
    except OSError as error:
        pytest.skip(f"this file system wants UTF-8 names: {error.strerror}")
    assert_cleaned(run("clean", "--in-place", path), b"")
    assert path.read_text() == f"{FERRY}\n"
    assert_cleaned(run("restore", path), f"{FERRY}\n\n{FERRY}\n".encode())


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_text_does_not_depend_on_the_locale(article, locale):
    article.write_text(f"{FERRY} 日本\n\n{FERRY} 日本\n", encoding="utf-8")
    environment = {**os.environ, "LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert_cleaned(run("clean", "-v", article, env=environment), f"{FERRY} 日本\n".encode())


# --- damaged reports ------------------------------------------------------------------------------

DAMAGED = {
    "empty": b"",
    "no JSON": b"The ferry leaves.",
    "half": None,
    "a list": b"[]",
    "a number": b"1",
    "another schema": b'{"schema": "other/9"}',
    "no documents": b'{"schema": "dedup-report/1"}',
    "documents of another kind": b'{"schema": "dedup-report/1", "documents": [1]}',
    "deep": b"[" * 100_000,
    "not UTF-8": b'{"schema": "\xff\xfe"}',
    "wide numbers": b'{"schema": 1' + b"0" * 10_000 + b"}",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_report_is_one_line_and_the_text_stays(tmp_path, article, name):
    report = tmp_path / "cuts.json"
    assert_cleaned(run("clean", "--in-place", "--report", report, article), b"")
    whole = report.read_bytes()
    report.write_bytes(whole[: len(whole) // 2] if DAMAGED[name] is None else DAMAGED[name])
    done = run("restore", article, report, "-o", article)
    lines(done)
    assert_fails(done, done.status)
    assert done.status in {2, 3}
    assert article.read_bytes() == CLEANED


def test_cut_that_was_changed_is_refused(tmp_path, article):
    report = tmp_path / "cuts.json"
    assert_cleaned(run("clean", "--in-place", "--report", report, article), b"")
    found = json.loads(report.read_text())
    for decision in found["documents"][0]["decisions"]:
        if "text" in decision:
            decision["text"] = decision["text"].replace("ferry", "train")
    report.write_text(json.dumps(found))
    assert_fails(run("restore", article, report, "-o", article), 3)
    assert article.read_bytes() == CLEANED


def test_undo_report_is_named_after_the_text_it_belongs_to(tmp_path, article):
    old = article.read_bytes()
    assert_cleaned(run("clean", "--in-place", article), b"")
    digest = hashlib.sha256(CLEANED).hexdigest()[:8]
    assert (tmp_path / f"article.txt.{digest}.dedup.json").exists()
    assert_cleaned(run("restore", article), old)
