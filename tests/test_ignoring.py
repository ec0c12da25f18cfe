"""Markers: what stands behind `dedup: off` is never cut, and nothing goes for it."""

import json

import corpora
import markdown_texts
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config, SelfCheckError, rewrite
from dedup.formats import split
from dedup.ignoring import ignored_by, mistakes_in, read_mark
from dedup.model import KINDS, Document

ONE = "The weaver has hung her blue cloth over the fence to dry in the wind"
TWO = "All the geese of the parish were driven to the lower meadow at dawn"
OFF, ON = "<!-- dedup: off -->", "<!-- dedup: on -->"


def reasons(text, name="t.txt", config=Config()):  # noqa: B008 - a frozen value
    (result,) = dedup.clean_documents([(name, text)], config=config)
    return [decision.reason for decision in result.decisions]


# --- what is a marker -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["<!-- dedup: off -->", "<!--dedup:off-->", "  <!--  dedup :  off  -->\t", "dedup: off"]
    + [f"{sign}{gap}dedup: off" for sign in ("#", "//", "%", ";", "--", "..") for gap in ("", " ")],
)
def test_a_marker_in_each_spelling(line):
    assert read_mark(line, 3).says == "off"
    assert read_mark(line.replace("off", "on"), 3).says == "on"
    text = f"{ONE}\n{line}\n{ONE}\n{line.replace('off', 'on')}\n{ONE}\n"
    assert reasons(text) == ["canonical", "ignored", "ignored", "ignored", "exact"]


@pytest.mark.parametrize(
    "line",
    [
        *("We turned dedup: off", "dedup: off for now", "dedup: a tool", "dedup: yes", "dedup off"),
        *("<!-- dedup removes repeats -->", "<!-- dedupe: off -->", "<!-- no dedup: off -->"),
        *("> dedup: off", "* dedup: off", f"dedup:{' ' * 300}off", "dedup", "off"),
    ],
)
def test_what_is_no_marker_and_not_meant_as_one(line):
    assert read_mark(line, 3) is None


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("<!-- dedup: of -->", "did you mean 'dedup: off'?"),
        ("<!-- dedup: onn -->", "did you mean 'dedup: on'?"),
        ("<!-- dedup off -->", "did you mean 'dedup: off'?"),
        ("<!-- dedup: OFF -->", "did you mean 'dedup: off'?"),
        ("<!-- dedup: off, the licence -->", "did you mean 'dedup: off', alone?"),
        ("<!-- dedup: ignore -->", "write 'dedup: off' or 'dedup: on'"),
        ("# dedup: disable", "write 'dedup: off' or 'dedup: on'"),
        ("dedup: of", "did you mean 'dedup: off'?"),
    ],
)
def test_what_is_meant_as_a_marker_is_named_and_compared_as_usual(line, hint):
    text = f"{ONE}\n\n{line}\n\n{ONE}\n"
    (result,) = dedup.clean_documents([("a.txt", text)])
    assert [decision.reason for decision in result.decisions] == ["canonical", "unique", "exact"]
    (warning,) = result.run.warnings
    assert warning.startswith(f"a.txt:3: {line!r} is no marker")
    assert warning.endswith(hint)


def test_an_end_without_a_beginning_is_named():
    (result,) = dedup.clean_documents([("a.md", f"{ONE}\n\n{OFF}\n\n{ON}\n\n{TWO}\n\n{ON}\n")])
    assert result.run.warnings == (
        f"a.md:9: {ON!r} ends nothing: no 'dedup: off' stands before it",
    )


# --- where it holds -------------------------------------------------------------------------------


def test_it_holds_to_the_end_where_nothing_ends_it():
    assert reasons(f"{ONE}\n\n{OFF}\n\n{ONE}\n\n{ONE}\n") == ["unique", *["ignored"] * 3]


def test_in_markdown_only_a_comment_that_is_a_block_of_html_counts():
    copies = f"\n\n{ONE}\n\n"
    shown = [
        f"```\n{OFF}\n```",
        f"    {OFF}",
        f"`{OFF}`",
        f"see {OFF}",
        "dedup: off",
        f"    - {OFF}",
    ]
    for text in shown:
        assert "ignored" not in reasons(f"{ONE}\n\n{text}{copies}", "a.md"), text
    for text in (OFF, f"   {OFF}", f"> {OFF}", f"- {OFF}", f"{TWO}\n{OFF}"):
        assert reasons(f"{ONE}\n\n{text}{copies}", "a.md")[-1] == "ignored", text


def test_a_marker_amid_other_html_is_named():
    text = f"{ONE}\n\n<div>\n{OFF}\n</div>\n\n{ONE}\n"
    (result,) = dedup.clean_documents([("a.md", text)])
    assert [d.reason for d in result.decisions] == ["canonical", "unique", "exact"]
    assert result.run.warnings[0].startswith("a.md:4: ")
    assert "put blank lines around it" in result.run.warnings[0]


def test_a_marker_parts_lines_that_were_hard_wrapped():
    wrapped = f"{ONE}\nand nobody thought of taking it in before the evening came"
    text = f"{wrapped}\n{OFF}\n{wrapped}\n{ON}\n{wrapped}\n"
    (result,) = dedup.clean_documents([("a.txt", text)])
    assert [d.lines for d in result.decisions] == [(1, 2), (3, 3), (4, 5), (6, 6), (7, 8)]
    assert result.text == f"{wrapped}\n{OFF}\n{wrapped}\n{ON}\n"


def test_nothing_goes_for_what_is_ignored():
    assert reasons(f"{OFF}\n\n{ONE}\n\n{ON}\n\n{ONE}\n") == ["ignored"] * 3 + ["unique"]


def test_the_headline_is_looked_for_behind_what_is_ignored():
    head = "The island and its harbour"
    text = f"{OFF}\n\nA notice.\n\n{ON}\n\n{head}\n\n{ONE}\n\n{head}\n\n{TWO}\n"
    assert reasons(text) == [*["ignored"] * 3, "canonical", "unique", "exact", "unique"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "shift_jis", "iso2022_jp"])
def test_the_encoding_makes_no_difference(encoding):
    text = f"{ONE}\r\n{OFF}\r\n{ONE}\r\n{ON}\r\n{ONE}\r\n"
    result = dedup.clean(text.encode(encoding), Config(encoding=encoding))
    assert [d.reason for d in result.decisions] == ["canonical", *["ignored"] * 3, "exact"]


# --- what is told ---------------------------------------------------------------------------------


def test_the_repeat_that_was_ignored_is_told_on_request(command, tmp_path):
    (tmp_path / "a.md").write_text(f"{ONE}\n\n{OFF}\n\n{ONE}\n")
    (tmp_path / "b.md").write_text(f"{OFF}\n\n{TWO}\n\n{ON}\n\nMore.\n")
    (tmp_path / "c.md").write_text(f"{OFF}\n\n{TWO}\n")
    quiet = command("check", "a.md", "c.md", cwd=tmp_path)
    assert (quiet.status, quiet.out) == (0, b"")
    told = command("check", "-v", "a.md", "b.md", "c.md", cwd=tmp_path)
    assert b"a.md:5: ignored resembles a.md:1\n" in told.out
    assert b"c.md:3: ignored resembles b.md:3\n" in told.out  # both are ignored
    assert told.out.count(b"ignored") == 2
    report = json.loads(command("check", "--format", "json", "a.md", cwd=tmp_path).out)
    *_, repeat = report["documents"][0]["decisions"]
    assert (repeat["reason"], repeat["marker"]) == ("ignored", 3)
    assert repeat["resembles"] == {"document": 0, "paragraph": 0, "lines": [1, 1]}


def test_explain_names_the_marker(command, tmp_path):
    (tmp_path / "a.md").write_text(f"{ONE}\n\n{OFF}\n\n{ONE}\n")
    told = command("explain", "a.md:5", cwd=tmp_path).out.decode()
    assert told.splitlines()[:2] == [
        "a.md:5: paragraph, 15 words: kept, ignored: marker, line 3",
        "  left beside: a.md:1",
    ]
    assert "it would go" not in told
    assert b"a marker, which says" in command("explain", "a.md:3", cwd=tmp_path).out
    pair = command("explain", "a.md:5", "a.md:1", cwd=tmp_path).out
    assert b"neither may go for the other" in pair


def test_settings_can_ignore_texts_by_path(command, tmp_path):
    for name in ("a.txt", "legal/b.txt", "z.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{ONE}\n\n{ONE}\n")
    (tmp_path / "dedup.toml").write_text('[[overrides]]\npaths = ["legal/"]\nignore = true\n')
    told = command("check", "-v", ".", cwd=tmp_path).out.decode().splitlines()
    assert told == [
        "a.txt:3: exact repeats a.txt:1",
        "legal/b.txt:1: ignored resembles a.txt:1",
        "legal/b.txt:3: ignored resembles a.txt:1",
        "z.txt:1: exact repeats a.txt:1",
        "z.txt:3: exact repeats a.txt:1",
    ]
    assert b"(ignore in the settings)" in command("explain", "legal/b.txt:1", cwd=tmp_path).out


def test_a_word_that_an_ignored_paragraph_has_is_not_lost():
    crimson = ONE.replace("blue", "crimson")
    text = f"{ONE}\n\n{crimson}\n\n{OFF}\n\n{crimson}\n"
    result = dedup.clean(text)
    assert len(result.removed) == 1
    assert json.loads(result.report())["documents"][0]["lost_words"] == []


def test_the_self_check_refuses_a_cut_of_what_is_ignored():
    document = Document("a.txt", f"{ONE}\n\n{OFF}\n\n{ONE}\n".encode())
    found = split(document, Config())
    for row in (1, 2):
        removed = np.arange(3) == row
        spans = rewrite.cuts(document, found, removed)
        result = rewrite.without(document.data, spans.values())
        with pytest.raises(SelfCheckError, match="marked to be ignored"):
            rewrite.self_check(document, found, spans, result, lambda d: split(d, Config()))


# --- at random places -----------------------------------------------------------------------------


def marked_data(rnd, name):
    """Give a text with markers: plain, in any encoding, with any line ends; or Markdown."""
    if name.endswith(".md") and rnd.randrange(4):
        write = rnd.choice([markdown_texts.soup, markdown_texts.article])
        return strategies.Text(corpora.marked(rnd, write(rnd.randrange(1 << 30))))
    laid_out = strategies.laid_out(rnd)
    return strategies.Text(corpora.marked(rnd, laid_out.text), laid_out.encoding)


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@settings(max_examples=60)
@given(strategies.randoms)
def test_all_promises_hold_with_markers_anywhere(name, rnd):
    text = marked_data(rnd, name)
    config = Config(
        encoding=text.codec,
        keep=rnd.choice(["first", "last", "longest"]),
        paragraphs=rnd.choice(["auto", "line", "blank"]),
        min_words=rnd.choice([8, 3, 1]),
        max_removed=rnd.choice([50, 100]),
    )
    (result,) = dedup.clean_documents([(name, text.data)], config=config)
    (again,) = dedup.clean_documents([(name, result.text)], config=config)
    assert again.text == result.text
    assert dedup.restore(result.text, result.report()) == text.data
    document = result.run.documents[0].document
    ignored = ignored_by(split(document, config)) > 0
    for decision in result.decisions:
        assert (decision.reason == "ignored") == ignored[decision.paragraph]
        if decision.canonical is not None:
            assert not ignored[decision.canonical.paragraph]
        if decision.cut is not None:
            assert not ignored[decision.paragraph]
    then = again.run.documents[0].document
    assert kept_as_ignored(then, config) == kept_as_ignored(document, config)


def kept_as_ignored(document, config):
    found = split(document, config)
    rows = np.flatnonzero(ignored_by(found) > 0).tolist()
    return [document.data[found.start[row] : found.end[row]] for row in rows]


@settings(max_examples=100)
@given(strategies.randoms)
def test_what_is_ignored_is_as_if_it_were_not_there(rnd):
    """Of one line a paragraph, between blank ones: without what is ignored, the same goes."""
    kept = strategies.paragraphs(rnd, 12)
    aside = strategies.paragraphs(rnd, 6) + kept[:4]
    pieces = [(text, False) for text in kept]
    for text in aside:
        at = rnd.randrange(len(pieces) + 1)
        pieces[at:at] = [(f"{OFF}\n\n{text}\n\n{ON}", True)]
    config = Config(max_removed=100, protect=("numbers", "dates", "names", "negations"))
    config = Config(max_removed=100, min_words=0, paragraphs="line", protect=config.protect)
    with_them = dedup.clean("\n\n".join(text for text, _ in pieces) + "\n", config)
    without = dedup.clean("\n\n".join(kept) + "\n", config)
    lines = [line for line in with_them.text.split("\n") if line]
    ignored = {i for i, line in enumerate(lines) if i and lines[i - 1] == OFF}
    left = [line for i, line in enumerate(lines) if i not in ignored and line not in {OFF, ON}]
    assert left == [line for line in without.text.split("\n") if line]


@given(st.text(alphabet="<!-> dedup:ofn#.\n", max_size=60))
def test_any_text_is_read_without_complaint(text):
    for name in ("a.txt", "a.md"):
        document = Document(name, text.encode())
        found = split(document, Config())
        assert (found.kind == KINDS.index("marker")).sum() == sum(bool(m.says) for m in found.marks)
        list(mistakes_in(found.marks))
