"""Promises C1, C2, C3 and A10: whenever the real command is stopped, whatever the disk says."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import threading

import pytest
import sweep

from dedup import atomic
from dedup.errors import InputError
from dedup.files import Fingerprint

SCENARIOS = {scenario.name: scenario for scenario in sweep.scenarios()}
SAMPLED = 14  # runs per scenario in the quick suite; the rest is swept with -m slow
CHANGES_THE_DISK = {"fchmod", "fsync", "rename", "unlink", "write"}


@pytest.fixture(scope="module")
def strace():
    reason = sweep.missing()
    if reason:
        pytest.skip(reason)


@pytest.fixture(params=SCENARIOS)
def scenario(request, strace):
    found = SCENARIOS[request.param]
    if found.read_only and sweep.unbound():
        pytest.skip(sweep.unbound())
    return found


def test_a_sample_of_kills_and_disk_errors_loses_nothing(scenario):
    calls = [call for call, _ in sweep.trace(scenario)]
    assert len(calls) > 20
    everything = sweep.faults(calls)
    telling = [
        fault
        for fault in everything
        if sweep.plain_name(fault.call) in CHANGES_THE_DISK
        and fault.how in {sweep.KILL, "ENOSPC", "EIO"}
    ]
    # Half of it where the disk changes, half anywhere; the same sample in every run.
    chosen = dict.fromkeys(telling[:: max(1, len(telling) * 2 // SAMPLED)])
    chosen |= dict.fromkeys(everything[:: max(1, len(everything) * 2 // SAMPLED)])
    assert sweep.strike_all(scenario, list(chosen)) == []


@pytest.mark.slow
def test_no_kill_and_no_disk_error_loses_anything(scenario, capsys):
    calls = [call for call, _ in sweep.trace(scenario)]
    everything = sweep.faults(calls)
    problems = sweep.strike_all(scenario, everything)
    with capsys.disabled():
        print(f"\n{scenario.name}: {len(calls)} calls, {len(everything)} runs")
    assert problems == []


def _steps(scenario):
    """Name what happens on the disk, in order: (call, place)."""
    temporary = re.compile(r"/\.(.*)\.\*\.dedup-tmp")
    steps = []
    for call, line in sweep.trace(scenario):
        name = sweep.plain_name(call)
        place = temporary.sub(r"/\1 (temporary)", call.touches)
        if name == "openat" and "O_CREAT" in line:
            name = "create"
        steps.append((name, place))
    return steps


@pytest.mark.parametrize("name", ["--in-place", "new report", "existing report", "undo present"])
def test_order_on_disk_survives_a_power_loss(name, strace):
    scenario = SCENARIOS[name]
    (text,) = scenario.texts
    place, report = f"/{text.place}", f"/{text.report}"
    steps = _steps(scenario)
    changes = [
        step for step in steps if step[0] in {"create", "write", "fsync", "rename", "unlink"}
    ]
    folder = os.path.dirname(report)  # noqa: PTH120 - a place in the log, no path
    if ("unlink", f"{place} (temporary)") in changes:  # the old one, after the exchange of names
        assert changes.pop() == ("unlink", f"{place} (temporary)")
    assert changes == [
        ("create", f"{report} (temporary)"),
        ("write", f"{report} (temporary)"),
        ("fsync", f"{report} (temporary)"),
        ("rename", f"{report} (temporary)"),
        ("fsync", folder),
        ("create", f"{place} (temporary)"),
        ("write", f"{place} (temporary)"),
        ("fsync", f"{place} (temporary)"),
        ("rename", f"{place} (temporary)"),
        ("fsync", "/"),
    ]
    synced = steps.index(("fsync", f"{place} (temporary)"))
    renamed = steps.index(("rename", f"{place} (temporary)"))
    looks = {("newfstatat", place), ("lstat", place), ("stat", place)}
    assert [step for step in steps[synced + 1 : renamed] if step in looks], (
        "the source is looked at between the fsync and the rename"
    )


def test_input_is_never_opened_for_writing(strace):
    for name in ("-o", "--in-place", "symlink"):
        for call, line in sweep.trace(SCENARIOS[name]):
            if call.name.startswith("open") and not call.touches.endswith(".dedup-tmp"):
                assert not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", line), line


# --- somebody else writes meanwhile ---------------------------------------------------------------

RACES = 300
LINE = b"The tide table hangs beside the door of the harbour office.\n"


def _edit(path, start, done, delays):
    """Append to the file, or replace it, once for each delay; every edit leaves its own mark."""
    for number, (delay, in_place) in enumerate(delays):
        start.wait(60)
        for _ in range(delay):
            pass
        mark = b"edit %d\n" % number
        if in_place:
            with open(path, "ab", buffering=0) as file:  # noqa: PTH123 - in a child, and often
                file.write(mark)
        else:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
            other = f"{path}.edited"
            with open(other, "wb") as file:  # noqa: PTH123
                file.write(data + mark)
            os.replace(other, path)  # noqa: PTH105
        done.wait(60)


def test_no_edit_made_meanwhile_is_lost(tmp_path):
    """An edit made after the file was read stops us; one made after the rename meets our text."""
    source = random.Random(20)
    delays = [(source.randrange(20_000), source.random() < 0.5) for _ in range(RACES)]
    path = tmp_path / "article.txt"
    context = multiprocessing.get_context("spawn")
    start, done = context.Barrier(2), context.Barrier(2)
    path.write_bytes(LINE)
    editor = context.Process(target=_edit, args=(str(path), start, done, delays), daemon=True)
    editor.start()
    outcomes = {"replaced": 0, "refused": 0}
    lost = []
    for number in range(RACES):
        path.write_bytes(LINE * 3)
        fingerprint = Fingerprint.of(path.stat())
        start.wait(60)
        try:
            atomic.replace(path, LINE, expected=fingerprint)
            outcomes["replaced"] += 1
        except InputError:
            outcomes["refused"] += 1
        done.wait(60)
        if b"edit %d\n" % number not in path.read_bytes():
            lost.append(number)
    editor.join(60)
    assert lost == []
    assert outcomes["refused"] > 0, "no edit came between: the race tests nothing"
    assert list(tmp_path.glob(".*")) == []


def test_two_cleaners_of_one_file_leave_one_whole_result(tmp_path):
    path = tmp_path / "article.txt"
    results = [b"first\n" * 4000, b"second\n" * 4000]
    for _ in range(30):
        path.write_bytes(LINE)
        fingerprint = Fingerprint.of(path.stat())
        errors = []

        def run(data, fingerprint=fingerprint, errors=errors):
            try:
                atomic.replace(path, data, expected=fingerprint)
            except InputError as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(data,)) for data in results]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert path.read_bytes() in results
    assert list(tmp_path.glob(".*")) == []
