"""dedup/reports: the contract that every report keeps, and what is its own."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import pipeline
from dedup.model import Document
from dedup.reports import REPORTS
from dedup.reports.text import sanitize, shown, summary

ONE = "The weaver has hung her blue cloth over the fence to dry in the wind"
TWO = "All the geese of the parish were driven to the lower meadow at dawn"
THREE = "A letter lay on the sill for a week before anybody thought of opening it"
FOUR = "There is room for ponies in the stable behind the smithy since the spring"
RUN = dedup.clean_documents(
    [
        ("a.txt", f"{ONE}\n\n{TWO}\n\n{THREE}\n"),
        ("b.txt", f"{TWO}\n\n{THREE}\n\n{FOUR} 7\n\n{FOUR} 8\n"),
    ],
    across=True,
)[0].run


def places_in_sarif(written):
    for result in json.loads(written)["runs"][0]["results"]:
        for location in (*result["locations"], *result["relatedLocations"]):
            place = location["physicalLocation"]
            yield place["artifactLocation"]["uri"], place["region"]["startLine"]


@pytest.mark.parametrize("kind", REPORTS)
def test_every_report_tells_of_every_cut(kind):
    written = REPORTS[kind](RUN).decode()
    for document in RUN.documents:
        for decision in document.removed:
            line, there = decision.lines[0], decision.canonical
            where = f"{RUN.documents[there.document].document.id}:{there.lines[0]}"
            if kind == "text":
                assert f"b.txt:{line}: exact repeats {where}\n" in written
            elif kind == "github":
                told = f"::error file=b.txt,line={line},endLine={line},title=dedup%3A exact::"
                assert (
                    f"{told}exact repeats {where}%0Adedup explain b.txt:{line} {where}\n" in written
                )
            elif kind == "sarif":
                places = list(places_in_sarif(written))
                pair = [("b.txt", line), ("a.txt", there.lines[0])]
                assert pair in (places[:2], places[2:])
            else:
                span = decision.span
                assert document.document.data[span.start : span.end].decode() in written


@pytest.mark.parametrize("kind", REPORTS)
def test_a_run_without_cuts_has_a_report(kind):
    written = REPORTS[kind](dedup.clean(f"{ONE}\n").run)
    if kind == "json":
        assert json.loads(written)["totals"]["removed"] == 0
    elif kind == "sarif":
        assert json.loads(written)["runs"][0]["results"] == []
    else:
        assert written == b""


def test_json_has_the_fields_of_its_schema():
    report = json.loads(REPORTS["json"](RUN))
    assert list(report) == [
        *("schema", "tool_version", "unicode", "config"),
        *("documents", "blocks", "totals", "warnings"),
    ]
    document = report["documents"][1]
    assert list(document) == [
        *("path", "bytes_in", "bytes_out", "sha256_in", "sha256_out", "paragraphs", "removed"),
        *("words_in", "words_removed", "lost_words", "decisions"),
    ]
    cut = document["decisions"][0]
    assert cut["canonical"] == {"document": 0, "paragraph": 1, "lines": [3, 3]}
    assert cut["text"] == f"{TWO}\n\n"
    variant = document["decisions"][3]
    assert (variant["reason"], variant["differs"]) == ("variant", ["8"])
    assert variant["resembles"]["document"] == 1
    (block,) = report["blocks"]
    assert [o["lines"] for o in block["occurrences"]] == [[3, 5], [1, 3]]
    assert report["totals"]["removed"] == 2


def test_json_names_the_settings_of_a_document_that_has_its_own():
    documents = [Document(name, f"{ONE}\n".encode()) for name in ("a.txt", "b.txt")]
    own = [dedup.Config(), dedup.Config(min_words=3, encoding="cp1252")]
    for across in (False, True):
        run = pipeline.clean(documents, own[0], across=across, own=own)
        report = json.loads(REPORTS["json"](run))
        assert report["config"]["min_words"] == 8
        assert "config" not in report["documents"][0]
        assert report["documents"][1]["config"] == {"min_words": 3, "encoding": "cp1252"}


def test_json_writes_bytes_that_are_not_utf_8_in_base64():
    data = f"{ONE} é\n\n{TWO}\n\n{ONE} é\n".encode("utf-16")
    result = dedup.clean(data)
    assert "text_b64" in json.loads(result.report())["documents"][0]["decisions"][2]
    assert dedup.restore(result.text, result.report()) == data


def test_json_holds_no_character_that_drives_a_terminal():
    text = f"{ONE} \x1b[2J\x9b \u202e \u2066\n\n{TWO}\n\n{ONE} \x1b[2J\x9b \u202e \u2066\n"
    written = dedup.clean(text).report()
    assert not set(written) & {"\x1b", "\x9b", "\u202e", "\u2066"}
    assert dedup.restore(dedup.clean(text).text, written) == text


def test_lost_words_are_those_that_nothing_kept_has():
    text = f"{ONE}\n\n{ONE.replace('blue', 'crimson')}\n"
    document = json.loads(dedup.clean(text).report())["documents"][0]
    assert document["lost_words"] == ["crimson"]


@given(st.text())
def test_sanitized_text_has_no_control_and_no_direction_character(text):
    unsafe = {chr(c) for c in (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F))}
    unsafe |= {chr(c) for c in range(0x2066, 0x206A)}
    assert not set(sanitize(text)) & unsafe
    assert "\n" not in shown(text)


def test_the_summary_is_one_line():
    assert summary(RUN.documents[1]) == "b.txt: 2 of 4 paragraphs cut (29 words): lines 1, 3"
    assert summary(RUN.documents[0]) == "a.txt: 3 paragraphs, nothing to cut"


def test_the_summary_names_the_repeats_that_were_left():
    text = f"# Cloth\n\n{ONE}\n\n* {TWO}\n\n## More\n\n{ONE}\n\n* {TWO}\n"
    (left,) = dedup.clean_documents([("a.md", text)])[0].run.documents
    assert summary(left) == (
        "a.md: 6 paragraphs, nothing to cut; "
        "2 repeats left, lines 9, 11: the rest would be read otherwise without them"
    )


ENDS = ["\n", "\r\n", ""]


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize("end", ENDS, ids=["LF", "CRLF", "none"])
@pytest.mark.parametrize(
    "order",
    [
        (0, 1, 0),
        (0, 0),
        (0, 1, 2, 0, 1, 2),
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 10, 11, 12, 5),
        (1, 0, 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("gap", ["\n", "\n\n", "  \n"], ids=["line", "blank", "trailing"])
def test_the_diff_applies_and_reverts_with_patch(tmp_path, end, order, gap):
    gap = gap.replace("\n", end or "\n")
    names = "ash bay cob dun elk fen gad hod ilk jay kid lob mow".split()
    data = (gap.join(f"{names[n]} {ONE} {names[n]}{names[n]}" for n in order) + end).encode()
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    result = dedup.clean(data, dedup.Config(threshold=1.0, paragraphs="line"))
    assert result.removed
    diff = result.report("diff").encode()
    for arguments, expected in (([], result.text), (["-R"], data)):
        subprocess.run(
            ["patch", "--binary", *arguments, file], input=diff, check=True, capture_output=True
        )
        assert file.read_bytes() == expected
