"""dedup/config.py: every setting is checked, and each changes something."""

from dataclasses import fields

import pytest

import dedup
from dedup import Config, UsageError
from dedup.banding import choose_banding

PARAGRAPH = "The keeper winds the clock in the tower every evening before he goes to bed"


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("threshold", 0.1, "from 0.3 to 1"),
        ("threshold", "high", "use a number"),
        ("threshold", True, "use a number"),
        ("threshold_across", 0.6, "from 0.65"),
        ("containment", 1.2, "from 0.5 to 1"),
        ("min_words", 2.5, "whole number"),
        ("min_words", -1, "from 0"),
        ("keep", "newest", "first, last, longest"),
        ("paragraphs", "page", "auto, line, blank"),
        ("shingle", "token", "char, word"),
        ("shingle_size", 0, "from 1 to 32"),
        ("protect", "number", "did you mean 'numbers'"),
        ("protect", ("colours",), "use numbers"),
        ("protect", (["numbers"],), "does not know"),
        ("encoding", 1252, "use a name"),
        ("encoding", "utf-9", "utf-8, cp1252"),
        ("encoding", "cp037", "ASCII"),
        ("encoding", "rot13", "not a text encoding"),
        ("max_removed", 101, "to 100"),
        ("ignore", "yes", "true or false"),
        ("num_perm", 8, "from 16"),
        ("seed", -1, "from 0"),
        ("recall", 1.0, "0.9999"),
    ],
)
def test_a_wrong_value_is_refused_with_the_way_out(name, value, hint):
    with pytest.raises(UsageError, match=hint):
        Config(**{name: value})


def test_too_few_permutations_for_a_recall_are_refused_at_once():
    with pytest.raises(UsageError, match="raise num_perm or the threshold, or lower recall"):
        Config(threshold=0.3, num_perm=25, recall=0.9999)
    with pytest.raises(UsageError):
        choose_banding(0.3, num_perm=25, recall=0.9999)
    Config(threshold=0.3, num_perm=26, recall=0.9999)
    assert choose_banding(0.3, num_perm=26, recall=0.9999).size == 1


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'threshold'"):
        Config.from_mapping({"treshold": 0.7})


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ("all", ("numbers", "dates", "names", "negations", "addresses", "code", "lines")),
        ("none", ()),
        ((), ()),
        ("names, numbers", ("numbers", "names")),
        (["dates"], ("dates",)),
    ],
)
def test_protect_takes_words_lists_all_and_none(given, kinds):
    assert Config(protect=given).protect == kinds


def test_a_config_is_a_value():
    assert Config() == Config()
    assert repr(Config(threshold=1, max_removed=50)) == repr(Config(threshold=1.0))
    with pytest.raises(AttributeError):
        Config().threshold = 0.9


def test_differing_gives_what_is_otherwise():
    assert Config(min_words=3, protect="none").differing(Config()) == {
        "min_words": 3,
        "protect": [],
    }
    assert Config(shingle_size=5).differing(Config()) == {}


def text_of(*lines):
    return "\n\n".join(lines) + "\n"


NEAR = text_of(PARAGRAPH, PARAGRAPH.replace("evening", "morning").replace("winds", "oils"))
PART = text_of(f"{PARAGRAPH}, for then the pigeons sleep and nobody hears it", PARAGRAPH[:48])
VARIANT = text_of(f"{PARAGRAPH} at 9", f"{PARAGRAPH} at 8")
COPY = text_of(PARAGRAPH, "x", PARAGRAPH)
SIZES = text_of(PARAGRAPH, f"{PARAGRAPH} too")
CHANGES = {
    "threshold": (NEAR, {"threshold": 0.95}),
    "containment": (
        text_of(
            f"{PARAGRAPH}, for then the pigeons sleep and nobody hears it", f"{PARAGRAPH[:44]} ago"
        ),
        {"containment": 1.0, "threshold": 0.9},
    ),
    "keep": (COPY, {"keep": "last"}),
    "min_words": (COPY, {"min_words": 40}),
    "protect": (VARIANT, {"protect": "none"}),
    "format": (f"```\n{COPY}\n```\n", {"format": "markdown"}),
    "paragraphs": ("one\ntwo\n\n" + COPY.replace("\n\n", "\n"), {"paragraphs": "blank"}),
    "encoding": (
        b"caf\xe9 " + COPY.encode().replace(b"\n\nx", b"\n\ncaf\xe9 x"),
        {"encoding": "cp1252"},
    ),
    "max_removed": (NEAR, {"max_removed": 1}),
    "ignore": (COPY, {"ignore": True}),
    "shingle": (NEAR, {"shingle": "word"}),
    "shingle_size": (NEAR, {"shingle_size": 12}),
}
# These must change nothing, because everything is verified; their reports differ.
INVISIBLE = {"num_perm": 256, "seed": 9, "recall": 0.9999}


@pytest.mark.parametrize("name", CHANGES)
def test_the_setting_changes_what_is_decided(name):
    text, settings = CHANGES[name]
    others = {key: value for key, value in settings.items() if key != name}
    before = dedup.clean(text, Config(**others)).decisions
    assert dedup.clean(text, Config(**settings)).decisions != before


def test_threshold_across_changes_what_is_decided():
    texts = [PARAGRAPH, PARAGRAPH.replace("winds", "oils")]
    left = [
        dedup.clean_documents(
            texts, across=True, config=Config(threshold_across=threshold, max_removed=100)
        )[1].text
        for threshold in (0.65, 1.0)
    ]
    assert left == ["", texts[1]]


@pytest.mark.parametrize("name", INVISIBLE)
def test_the_setting_is_made_invisible_by_verification(name):
    for text in (NEAR, PART, VARIANT, COPY, SIZES):
        config = Config(**{name: INVISIBLE[name]})
        assert dedup.clean(text, config).decisions == dedup.clean(text).decisions


def test_every_setting_has_its_test():
    assert {f.name for f in fields(Config)} == {*CHANGES, *INVISIBLE, "threshold_across"}
