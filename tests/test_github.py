"""dedup/reports/github.py: one annotation a finding, whatever the names and texts are."""

import os
import re
import subprocess

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli.explain import _PLACE
from dedup.findings import Finding, Spot
from dedup.reports.github import annotate
from dedup.reports.text import explaining, shown

COMMAND = re.compile(r"::(error|notice) ([^:]*(?:,[^:]*)*)::(.*)\n", re.DOTALL)


def finding(path="b.md", original="a.md", **more):
    spots = Spot(path, (3, 4), "0" * 32), Spot(original, (12, 12), "0" * 32)
    known = {"reason": "exact", "removed": True, "excerpt": "The keeper winds the clock …"}
    return Finding(*spots, **(known | more))


def read_back(line):
    """Read a workflow command as the runner does: (level, properties, message)."""
    level, properties, data = COMMAND.fullmatch(line).groups()
    found = dict(pair.split("=", 1) for pair in properties.split(","))

    def unescaped(text):
        for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(code, sign)
        return text

    message = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return level, {key: unescaped(value) for key, value in found.items()}, message


def test_an_annotation_names_place_reason_and_command():
    one, other = finding(), finding(reason="variant", removed=False, differs=("9", "8"))
    assert annotate([one, other]).decode() == (
        "::error file=b.md,line=3,endLine=4,title=dedup%3A exact::"
        "exact repeats a.md:12%0Adedup explain b.md:3 a.md:12\n"
        "::notice file=b.md,line=3,endLine=4,title=dedup%3A variant::"
        "variant resembles a.md:12 (differs: 9 8)%0Adedup explain b.md:3 a.md:12\n"
    )


@given(hostile.names(slashes=True), hostile.names(slashes=True), st.sampled_from(hostile.PIECES))
def test_no_name_and_no_token_gets_out_of_its_annotation(path, original, token):
    one = finding(path, original, reason="variant", removed=False, differs=(token,))
    written = annotate([one]).decode()
    assert written.count("\n") == 1
    assert not hostile.drives_a_terminal(written)
    level, properties, message = read_back(written)
    assert level == "notice"
    assert list(properties) == ["file", "line", "endLine", "title"]
    plain = all(shown(sign) == sign or sign in "\r\n\t" for sign in path)
    if plain:
        assert properties["file"] == path
    assert message.split("\n")[0].startswith(f"variant resembles {shown(original)}:12")


@pytest.mark.parametrize("sign", hostile.CONTROLS)
def test_every_control_is_escaped_in_name_and_message(sign):
    written = annotate([finding(f"a{sign}b.md", f"c{sign}d.md")]).decode()
    assert written.count("\n") == 1
    assert not hostile.drives_a_terminal(written)


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_command_can_be_pasted_whatever_the_names_are(shell):
    """A shell that reads it sees the very bytes of the names; sh has no way to write a control."""
    words = ["it's.md", "a b.md", "-n.md", "$(x).md", "`x`.md", "a\\b.md", 'a"b.md', "ä港.md", "~"]
    if shell == "bash":
        words += [f"a{sign}1f'\\.md" for sign in [*hostile.CONTROLS[1:], "\u202e", "\udcff"]]
    for word in words:
        command = explaining(finding(word, "a.md"))
        assert not hostile.drives_a_terminal(command)
        assert "\n" not in command
        script = f"dedup() {{ printf '%s\\0' \"$@\"; }}; {command}"
        done = subprocess.run([shell, "-c", os.fsencode(script)], capture_output=True, check=True)
        verb, place, other, rest = done.stdout.split(b"\0")
        name = os.fsencode(f"./{word}" if word.startswith("-") else word)
        assert (verb, place, other, rest) == (b"explain", name + b":3", b"a.md:12", b"")
        assert _PLACE.fullmatch(os.fsdecode(place))["file"] == os.fsdecode(name)


def test_standard_input_cannot_be_explained():
    assert explaining(finding("-")) == explaining(finding("a.md", "-")) == ""
    assert b"%0A" not in annotate([finding("-")])
