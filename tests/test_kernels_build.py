"""Without a compiler, what is installed runs on the reference kernels and gives the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = ROOT / "fixtures" / "articles" / "ferry.txt"


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **variables},
        capture_output=True,
        check=True,
    )


@pytest.mark.slow
def test_without_a_compiler_it_installs_and_cleans_alike(tmp_path):
    source, target, path = tmp_path / "source", tmp_path / "target", tmp_path / "bin"
    source.mkdir()
    path.mkdir()
    shutil.copytree(
        *(ROOT / "dedup", source / "dedup"),
        ignore=shutil.ignore_patterns("*.so", "__pycache__"),
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--target", target, source),
        PATH=str(path),
        CC=str(path / "no-compiler"),
    )
    assert not list(target.rglob("*.so"))
    variables = {"PYTHONPATH": str(target), "DEDUP_KERNELS": "", "PYTHONSAFEPATH": "1"}
    version = run("-m", "dedup", "--version", **variables)
    assert version.stdout == b"dedup 0.1.0 (reference kernels)\n"
    cleaned = run("-m", "dedup", "clean", TEXT, **variables)
    assert cleaned.stdout == run("-m", "dedup", "clean", TEXT, DEDUP_KERNELS="").stdout
    assert len(cleaned.stdout) < TEXT.stat().st_size
