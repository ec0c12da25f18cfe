"""The clock of benchmarks/stages.py, and that it watches what `dedup corpus` really calls."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import stages

BENCHMARKS = Path(stages.__file__).parent

CHILD = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import planted, stages
folder = Path(sys.argv[2])
planted.write(folder, size_mb=0.2)
seconds, wall = stages.measure(folder / "shards", folder / "cleaned")
print(json.dumps(seconds))
"""


@pytest.fixture
def ticking(monkeypatch):
    ticks = count()
    monkeypatch.setattr(stages.time, "thread_time", lambda: next(ticks))
    return stages.Clock()


def test_a_stage_counts_without_those_that_it_calls(ticking):
    inner = ticking.timed("inner", lambda: None)
    outer = ticking.timed("outer", lambda: (inner(), inner()))
    outer()
    assert ticking.seconds == {"inner": 2, "outer": 3}  # of 5 ticks from its start to its end


def test_a_stage_in_another_thread_is_no_part_of_the_one_that_waits(ticking):
    def wait():
        thread = threading.Thread(target=ticking.timed("inner", lambda: None))
        thread.start()
        thread.join()

    ticking.timed("outer", wait)()
    assert ticking.seconds == {"inner": 1, "outer": 3}


def test_a_stage_that_fails_is_counted_and_fails(ticking):
    def fail():
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing
        ticking.timed("stage", fail)()
    assert ticking.seconds == {"stage": 1}


def test_every_stage_of_a_corpus_run_is_seen(tmp_path):
    child = subprocess.run(
        [sys.executable, "-c", CHILD, BENCHMARKS, tmp_path],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = json.loads(child.stdout)
    assert [stage for stage, own in seconds.items() if own <= 0] == []
    assert (tmp_path / "cleaned" / "summary.json").exists()
