"""dedup/cli/progress: the bar on a terminal, and nothing of it elsewhere."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import tty
from pathlib import Path

import pytest

FERRY = "The ferry to the island leaves twice a day from the old harbour below the church."
MARKET = "Fishermen sell their catch on the quay every morning until the bells ring for noon."
SUMMARIES = [f"dedup: {number}.txt: 1 of 3 paragraphs cut (16 words): line 5" for number in "123"]
TOTAL = [
    "dedup: 3 files: 3 with cuts, 0 with nothing to cut",
    "dedup: to take this back: dedup restore FILE -o FILE",
]

AT_ONCE = """
import signal, sys
from dedup.cli import main, progress
import dedup.cli.main
progress.BAR_AFTER_SECONDS = -1
from dedup import atomic
real = atomic.replace
def replace(path, *arguments, **options):
    if path.name == "stop.txt":
        signal.raise_signal(signal.SIGTERM)
    return real(path, *arguments, **options)
atomic.replace = replace
main()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for number in "123":
        Path(f"{number}.txt").write_text(f"{FERRY}\n\n{MARKET}\n\n{FERRY}\n")
    return tmp_path


def on_terminal(*arguments, code=AT_ONCE, stdout=None):
    """Run the command with standard error on a terminal; give status and what came there."""
    master, slave = pty.openpty()
    tty.setraw(slave)  # what is written comes through as it is
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
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
    return process.wait(60), b"".join(pieces).decode()


def screen(written):
    """Show what a terminal shows in the end: it knows CR, erase the line, hide and show."""
    lines = [""]
    column = 0
    for token in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|[^\x1b]", written):
        if token == "\n":
            lines.append("")
            column = 0
        elif token == "\r":
            column = 0
        elif token == "\x1b[2K":
            lines[-1] = ""
        elif token in {"\x1b[?25l", "\x1b[?25h"}:
            pass
        else:
            assert not token.startswith("\x1b"), repr(token)
            line = lines[-1].ljust(column)
            lines[-1] = line[:column] + token + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.strip()]


BAR = re.compile(r"dedup  \[[#-]+\]  (\d)/3")


def test_bar_shows_how_many_files_are_done_and_garbles_no_line():
    status, written = on_terminal("clean", "--in-place", *"1.txt 2.txt 3.txt".split())
    assert status == 0
    assert BAR.findall(written) == list("0123")
    shown = screen(written)
    assert [line for line in shown if not BAR.match(line)] == [*SUMMARIES, *TOTAL]


def test_cursor_is_there_again_in_the_end():
    _, written = on_terminal("clean", "--in-place", *"1.txt 2.txt 3.txt".split())
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_stopped_the_bar_ends_on_a_line_of_its_own_and_the_cursor_is_there():
    Path("stop.txt").write_text(f"{FERRY}\n\n{FERRY}\n")
    status, written = on_terminal("clean", "--in-place", *"1.txt 2.txt stop.txt 3.txt".split())
    assert status == 143
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    stopped = "dedup: stopped by SIGTERM after 2 of 4 files (last: 2.txt; at work on: stop.txt): "
    assert screen(written)[-1] == stopped + "every file is whole, old or new"
    assert screen(written)[:2] == SUMMARIES[:2]


@pytest.mark.parametrize(
    "arguments", [["clean", "--diff"], ["check", "--scope", "document"], ["clean", "--across",
    "--diff", "-v"]], ids=" ".join
)  # fmt: skip
def test_data_on_the_same_terminal_is_not_garbled(arguments):
    names = "1.txt 2.txt 3.txt".split()
    status, written = on_terminal(*arguments, *names)
    plain = subprocess.run(
        [sys.executable, "-P", "-m", "dedup", *arguments, *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert status == plain.returncode
    assert BAR.search(written)
    shown = [line for line in screen(written) if not BAR.match(line)]
    assert shown == [line.rstrip() for line in plain.stdout.decode().splitlines() if line.strip()]


def test_restoring_a_folder_shows_it_too():
    subprocess.run([sys.executable, "-m", "dedup", "clean", "-q", "--in-place", "."], check=True)
    status, written = on_terminal("restore", ".", "-o", ".")
    assert (status, BAR.findall(written)) == (0, list("0123"))
    assert screen(written)[-1] == "dedup: 3 files restored"


def test_work_that_no_bar_can_show_is_named_and_the_word_goes_again():
    names = []
    for number in range(7):
        names.append(f"more{number}.txt")
        Path(names[-1]).write_text(f"{FERRY}\n")
    status, written = on_terminal("check", *names)
    assert status == 1
    assert "dedup: reading and comparing 7 files …" in written
    assert not [line for line in screen(written) if "comparing" in line]


@pytest.mark.parametrize("quick", [["clean", "--in-place"], ["check"]], ids=" ".join)
def test_what_takes_less_than_a_second_shows_nothing(quick):
    code = "from dedup.cli import main, progress; import dedup.cli.main\n"
    code += "progress.BAR_AFTER_SECONDS = 1e9; main()"
    _, written = on_terminal(*quick, *"1.txt 2.txt 3.txt".split(), code=code)
    assert "\x1b" not in written
    assert "\r" not in written


def test_quiet_shows_nothing():
    assert on_terminal("clean", "-q", "--in-place", "1.txt", "2.txt", "3.txt") == (0, "")


def test_one_file_shows_nothing_but_its_summary():
    assert on_terminal("clean", "--in-place", "1.txt") == (
        0,
        f"{SUMMARIES[0]}\ndedup: to take this back: dedup restore 1.txt -o 1.txt\n",
    )


def test_terminal_that_cannot_move_its_cursor_shows_nothing(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    status, written = on_terminal("clean", "--in-place", *"1.txt 2.txt 3.txt".split())
    assert (status, written.splitlines()) == (0, [*SUMMARIES, *TOTAL])


def test_pipe_gets_lines_alone():
    done = subprocess.run(
        [sys.executable, "-P", "-c", AT_ONCE, "clean", "--in-place", "1.txt", "2.txt", "3.txt"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines() == [*SUMMARIES, *TOTAL]
    assert done.stdout == ""


@pytest.mark.parametrize("no_color", ["", "1"])
def test_nothing_is_coloured_with_no_color_or_without(monkeypatch, no_color):
    monkeypatch.setenv("NO_COLOR", no_color)
    _, written = on_terminal("clean", "--in-place", *"1.txt 2.txt 3.txt".split())
    assert BAR.search(written)
    assert not re.search(r"\x1b\[[0-9;]*m", written)


def test_terminal_that_goes_away_does_not_stop_the_work(monkeypatch):
    """The bar cannot be drawn: what is rewritten is rewritten all the same."""
    from dedup.cli import progress

    class Gone:
        def isatty(self):
            return True

        def write(self, _text):
            raise OSError(5, "Input/output error")

        def flush(self):
            pass

    monkeypatch.setattr(sys, "stderr", Gone())
    monkeypatch.setattr(progress, "BAR_AFTER_SECONDS", -1)
    with progress.Progress(3) as shown:
        for name in "123":
            shown.step(name)
    assert progress.Progress.drawn is False


def test_signal_of_one_file_alone_tells_no_count():
    from dedup.cli import progress

    with pytest.raises(progress.Stopped) as caught, progress.Progress(1):
        raise progress.Stopped(signal.SIGINT)
    assert caught.value.after == ""
