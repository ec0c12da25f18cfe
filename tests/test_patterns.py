"""dedup/patterns: what a quoted pattern names, asked through the discovery that uses it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dedup import files
from dedup.errors import UsageError

HERE = [
    "b.md",
    "a.txt",
    ".hidden.md",
    "articles/one.md",
    "articles/two.md",
    "articles/one.rst",
    "articles/.draft.md",
    "articles/deep/three.md",
    "articles/deep/deeper/four.md",
    "articles/.git/five.md",
    "articles/one.md.12345678.dedup.json",
    "notes [2024]/x.md",
    "notes [2024]/y[1].md",
    "[1].txt",
    "1.txt",
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in HERE:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("text")
    return tmp_path


def found(*patterns):
    return [path.as_posix() for path in files.discover(patterns)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.md", ["b.md"]),
        ("?.txt", ["1.txt", "a.txt"]),
        ("[ab].*", ["a.txt", "b.md"]),
        ("[!a].txt", ["1.txt"]),
        ("articles/*.md", ["articles/one.md", "articles/two.md"]),
        ("articles/*.rst", ["articles/one.rst"]),
        ("articles/*/*.md", ["articles/deep/three.md"]),
        ("*/one.md", ["articles/one.md"]),
        ("articles/one*", ["articles/one.md", "articles/one.rst"]),
        ("articles/.*.md", ["articles/.draft.md"]),
        ("./articles/../?.md", ["articles/../b.md"]),
        (
            "articles/**/*.md",
            [
                "articles/deep/deeper/four.md",
                "articles/deep/three.md",
                "articles/one.md",
                "articles/two.md",
            ],
        ),
        ("**/three.md", ["articles/deep/three.md"]),
        ("**/**/three.md", ["articles/deep/three.md"]),
        ("**/deep/**/*.md", ["articles/deep/deeper/four.md", "articles/deep/three.md"]),
    ],
)
def test_pattern_names_what_fits_in_the_order_of_its_bytes(pattern, expected):
    assert found(pattern) == expected


def test_pattern_fits_what_the_shell_would_have_made_of_it():
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    for pattern in ("articles/**/*.md", "**/*.md", "*.txt", "*/*", "[a-b]*", "**/d*/*.md"):
        script = f"shopt -s globstar nullglob; printf '%s\\0' {pattern}"
        done = subprocess.run([bash, "-c", script], capture_output=True, check=True)
        shells = [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]
        names = {str(path) for path in shells if not path.name.endswith(".dedup.json")}
        assert {str(path) for path in files.fitting(pattern)} - {
            "articles/one.md.12345678.dedup.json"
        } == names, pattern


def test_folder_that_fits_means_its_texts():
    assert found("art*") == found("articles")
    assert found("articles/**") == found("articles")
    assert found("**") == found(".")


def test_undo_reports_fit_no_pattern():
    assert "articles/one.md.12345678.dedup.json" not in found("articles/*")
    with pytest.raises(UsageError, match="nothing fits"):
        found("articles/*.json")


def test_pattern_that_fits_nothing_is_wrong_usage():
    with pytest.raises(UsageError, match=r"articles/\*\.html: no such file .* nothing fits"):
        found("a.txt", "articles/*.html")


def test_existing_name_is_taken_as_it_is():
    assert found("[1].txt") == ["[1].txt"]
    assert found("notes [2024]") == ["notes [2024]/x.md", "notes [2024]/y[1].md"]
    assert found("notes [2024]/*.md") == ["notes [2024]/x.md", "notes [2024]/y[1].md"]
    assert found("notes [2024]/y[1].md") == ["notes [2024]/y[1].md"]


def test_pattern_that_names_a_file_twice_takes_it_once():
    assert found("*.md", "b.md", "?.md") == ["b.md"]


def test_absolute_pattern_gives_absolute_paths(here):
    assert found(f"{here}/*.md") == [f"{here}/b.md"]


def test_links_to_folders_are_not_followed_by_two_stars(here):
    Path("articles/loop").symlink_to(here)
    Path("articles/again").symlink_to(here)
    assert "articles/loop/b.md" not in found("**/*.md")
    assert found("articles/loop/*.md") == ["articles/loop/b.md"]


def test_link_to_nothing_in_the_middle_fits_nothing():
    Path("gone").symlink_to("nowhere")
    assert found("*/one.md") == ["articles/one.md"]


def test_name_that_is_not_utf8_fits():
    name = os.fsdecode(b"caf\xe9.rst")
    Path(name).write_text("text")
    assert found("caf*.rst") == [name]


def test_folder_that_cannot_be_read_is_named_and_not_passed_over(monkeypatch):
    real = Path.iterdir

    def locked(path):
        if path.name == "deep":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", locked)
    assert Path("articles/deep") in files.fitting("articles/**/*.md")
