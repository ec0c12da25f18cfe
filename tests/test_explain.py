"""dedup/explain.py and `dedup explain`: why a paragraph was kept or cut."""

import pytest
from test_cli import run

import dedup
from dedup.decoding import read_document
from dedup.explain import Explainer

FERRY = "The ferry to the island leaves twice a day from the old harbour, with 40 people on board."
NEAR = FERRY.replace("leaves", "departs").replace("people", "guests")
VARIANT = FERRY.replace("40", "60")
ELSE = "Two lanterns hang over the door of the inn, and one of them is always lit at night."
OTHER = "A cooper rolls his barrels down to the quay before the tide has turned."
CODE = "```\nferry\n```"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.md").write_text(
        f"# Ferry\n\n{FERRY}\n\n{ELSE}\n\n{NEAR}\n\n{VARIANT}\n\nYes.\n\n{CODE}\n\nYes.\n\n{CODE}\n"
    )
    (tmp_path / "b.txt").write_text(
        f"{VARIANT.replace('people', 'souls')}\n\n{OTHER}\n\nNobody else is up but the baker.\n"
    )
    return tmp_path


def explained(folder, *arguments):
    done = run("explain", *arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_of_a_cut_it_names_the_canonical_and_the_figures(folder):
    text = explained(folder, "a.md:7")
    assert text.startswith("a.md:7: paragraph, 18 words: cut, near: ")
    assert "goes for: a.md:3\n" in text
    match = dedup.similarity(NEAR, FERRY)
    assert f"Jaccard {match.jaccard:.2f}, containment {match.containment:.2f}" in text
    assert "here 'departs', there 'leaves'" in text
    assert "protected in it: twice (numbers), 40 (numbers)" in text


def test_of_a_kept_variant_it_names_the_token_that_differs(folder):
    text = explained(folder, "a.md:9")
    assert "kept, variant" in text
    assert "left beside: a.md:3\n" in text
    assert "here '60', there '40'" in text
    assert "only in one of them: 60\n" in text


def test_code_that_stands_again_is_named_and_what_is_like_nothing_is_said_so(folder):
    code = "```\nsail home\n```\n"
    (folder / "c.md").write_text(f"{code}\n{FERRY}\n\n{code}")
    assert "most like it: c.md:7-9\n" in explained(folder, "c.md:2")
    assert "\n  nothing else here is like it\n" in explained(folder, "c.md:5")


def test_what_it_says_would_change_the_verdict_does(folder):
    for line, was in ((7, "cut"), (9, "kept"), (3, "kept")):
        hints = [
            text.split(" with ")[1].split()
            for text in explained(folder, f"a.md:{line}").splitlines()
            if "it would" in text and " with -" in text
        ]
        assert hints or line == 3
        for hint in hints:
            then = explained(folder, f"a.md:{line}", *hint)
            assert f"{'kept' if was == 'cut' else 'cut'}, " in then.splitlines()[0], hint


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (1, "a.md:1: heading, 1 word: kept, unique"),
        (2, "a.md:2: a blank line: the paragraph before it ends line 1, the one after it begins"),
        (11, "a.md:11: paragraph, 1 word: kept, unique"),
        (17, "a.md:17: paragraph, 1 word: kept, short"),
        (20, "a.md:19-21: code, 3 words: kept, exempt"),
    ],
)
def test_it_says_what_a_line_is(folder, line, what):
    assert explained(folder, f"a.md:{line}").startswith(what)


def test_a_place_may_be_pasted_from_a_report(folder):
    for text in ("a.md:7:", "a.md:7-9", "a.md:7: near repeats a.md:3 (Jaccard 0.68)"):
        assert explained(folder, text).startswith("a.md:7: ")


def test_of_two_places_it_compares_the_pair(folder):
    text = explained(folder, "a.md:9", "a.md:7")
    assert "a.md:9 for a.md:7: may not go: protected, and only in one of them: 60" in text
    assert "a.md:7 for a.md:9: may not go: protected, and only in one of them: 40" in text
    text = explained(folder, "a.md:7", "a.md:3")
    assert "a.md:7 for a.md:3: may go: near" in text
    assert "not alike enough" in explained(folder, "a.md:5", "a.md:3")
    assert "no words to compare" in explained(folder, "a.md:3", "a.md:13")
    assert "same paragraph" in explained(folder, "a.md:13", "a.md:14")
    assert "blank line" in explained(folder, "a.md:3", "a.md:4")


def test_of_two_files_it_says_what_check_says(folder):
    checked = run("check", "a.md", "b.txt", cwd=folder).stdout.splitlines()
    assert "b.txt:1: near repeats a.md:9" in checked[-1]
    text = explained(folder, "b.txt:1", "--among", "a.md")
    assert "cut, near" in text
    assert "goes for: a.md:9" in text
    assert "b.txt:1 for a.md:9: may go: near" in explained(folder, "b.txt:1", "a.md:9")
    assert "kept, unique" in explained(folder, "b.txt:1")


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        ("a.md", "name a file and a line"),
        ("a.md:0", "name a file and a line"),
        ("a.md:x", "name a file and a line"),
        ("a.md:99", "a.md has 21 lines, no line 99"),
        ("none.md:1", "no such file"),
        (".:1", "is a folder"),
    ],
)
def test_a_wrong_place_is_answered_in_one_line(folder, place, hint):
    done = run("explain", place, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert hint in done.stderr


def test_every_paragraph_of_messy_texts_can_be_explained():
    import markdown_texts

    for seed in range(12):
        document = read_document("a.md", markdown_texts.soup(seed).encode())
        explainer = Explainer([document], dedup.Config(), across=False)
        for decision in explainer.run.documents[0].decisions:
            said = explainer.explain(0, decision.paragraph)
            assert said.decision == decision
            assert decision.canonical is None or said.nearest is not None
            assert explainer.paragraph_at(0, decision.lines[0]) == decision.paragraph
