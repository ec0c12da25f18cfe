"""dedup/toml.py: a file that is no TOML is answered in one line; what is written is read again."""

import os
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import UsageError
from dedup.toml import name_for_people, table_of, text_of, written

VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.one_of(VALUES, st.lists(VALUES)))
def test_what_is_written_is_read_again(value):
    assert tomllib.loads(f"a = {written(value)}") == {"a": value}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = = 2\n", 2),
        ("a = 1\n[b\n", 2),
        ("a = 1\na = 2\n\n\n", 2),
        ("a = 1\nb", 2),
        ('a = "\\q"', 1),
        ("a = 0,7", 1),
        ("a = " + "1" * 5000, 1),
    ],
)
def test_what_is_no_toml_is_named_with_its_line(text, line):
    with pytest.raises(UsageError, match=rf"^its.toml:{line}: is not valid TOML: [a-zA-Z]"):
        table_of(text, "its.toml")


def test_deep_nesting_is_refused():
    with pytest.raises(UsageError, match="too deeply"):
        table_of("a = " + "[" * 100_000, "its.toml")


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path):
    path = tmp_path / "dedup.toml"
    path.write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"dedup\.toml:2: is not UTF-8"):
        text_of(path)


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "dedup.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert table_of(text_of(path), "its.toml") == {"a": 1}


def test_what_is_no_file_is_refused_with_its_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, hint in (
        (".", "is a folder"),
        ("pipe", "not a regular file"),
        ("none.toml", "no such file"),
        ("loop", "symbolic links"),
    ):
        with pytest.raises(UsageError, match=hint):
            text_of(tmp_path / name)


def test_a_file_is_named_from_where_the_user_stands(tmp_path, monkeypatch):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert str(name_for_people(tmp_path / "dedup.toml")) == "../../dedup.toml"
    assert str(name_for_people(below / "dedup.toml")) == "dedup.toml"
    elsewhere = tmp_path / "c" / "dedup.toml"
    assert str(name_for_people(elsewhere)) == str(elsewhere)
