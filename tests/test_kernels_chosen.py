"""dedup/kernels/__init__.py: which kernels run, and that a whole run comes out the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup import kernels

ARTICLE = Path(__file__).parent.parent / "fixtures" / "articles" / "ferry.txt"


def dedup(*arguments, kernel):
    environment = {**os.environ, "DEDUP_KERNELS": kernel}
    call = [sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(call, env=environment, capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", ["reference", kernels.NAME])
def test_the_version_says_which_kernels_run(name):
    asked = "reference" if name == "reference" else ""
    assert dedup("--version", kernel=asked) == f"dedup 0.1.0 ({name} kernels)\n".encode()


def test_both_clean_a_text_to_the_same_bytes_and_report():
    call = "clean", "--report", "-", ARTICLE
    assert dedup(*call, kernel="") == dedup(*call, kernel="reference")
