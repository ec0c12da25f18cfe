"""dedup/plan.py and blocks.py: what goes, what stays, and which block it stands in."""

import numpy as np
import pytest

import dedup
from dedup.plan import size_classes

ONE = "The miller keeps a grey cat that sleeps on the warm sacks beside the wheel."
TWO = "A boy from the village brings the corn on a cart when the roads are dry."
THREE = "In a hard frost nothing moves, and the ice on the pond sings at night."
FOUR = "Old people say that the first wheel was carved out of a single oak."
LONGER = f"{ONE} In summer it lies in the shade of the hedge and watches the hens, or the road."


def lines_removed(lines, **settings):
    result = dedup.clean("\n".join(lines) + "\n", dedup.Config(paragraphs="line", **settings))
    return {d.lines[0]: (d.reason, d.canonical.lines[0]) for d in result.removed}


def kept_reasons(lines, **settings):
    result = dedup.clean("\n".join(lines) + "\n", dedup.Config(paragraphs="line", **settings))
    return {d.lines[0]: d.reason for d in result.decisions if d.action == "keep"}


def blocks(lines):
    result = dedup.clean("\n".join(lines) + "\n", dedup.Config(paragraphs="line"))
    return [tuple(o.lines for o in block.occurrences) for block in result.blocks]


def test_of_equal_copies_the_first_stays():
    assert lines_removed([ONE, TWO, ONE, ONE]) == {3: ("exact", 1), 4: ("exact", 1)}


def test_keep_last_and_longest():
    nearly = ONE.replace("warm", "soft")
    assert lines_removed([ONE, TWO, ONE], keep="last") == {1: ("exact", 3)}
    assert lines_removed([nearly, TWO, ONE + " Now."], keep="longest") == {1: ("near", 3)}


def test_the_fuller_text_stays_wherever_it_stands():
    assert lines_removed([ONE, TWO, LONGER]) == {1: ("contained", 3)}
    assert lines_removed([LONGER, TWO, ONE]) == {3: ("contained", 1)}


def test_no_chain_takes_what_its_canonical_does_not_hold():
    words = "ash birch cedar elm fir hazel larch maple oak pine rowan spruce willow yew".split()
    chain = [" ".join(words[i:] + [f"{w}wood" for w in words[:i]]) for i in range(0, 12, 3)]
    for row, (reason, canonical) in lines_removed(chain).items():
        match = dedup.similarity(chain[row - 1], chain[canonical - 1])
        assert match.relation == reason


def test_short_lines_do_not_go_alone():
    assert lines_removed(["Yes.", ONE, "Yes.", TWO, "Yes."]) == {}
    assert kept_reasons(["Yes.", ONE, "Yes."])[3] == "short"


def test_short_lines_go_with_their_block():
    removed = lines_removed(["By road", ONE, TWO, THREE, "By road", ONE, TWO])
    assert removed == {5: ("block", 1), 6: ("exact", 2), 7: ("exact", 3)}


def test_a_run_of_short_lines_alone_is_no_block():
    assert lines_removed(["Yes.", "No.", "Maybe.", ONE, "Yes.", "No.", "Maybe."]) == {}


def test_a_second_headline_goes():
    assert lines_removed(["The mill in winter time", ONE, "The mill in winter time"]) == {
        3: ("exact", 1)
    }
    assert lines_removed(["The mill", ONE, "The mill"]) == {}


def test_min_words_moves_the_line():
    assert lines_removed([ONE, "Sing, cat.", "x", "Sing, cat."], min_words=2) == {4: ("exact", 2)}
    assert lines_removed([ONE, TWO, ONE], min_words=40) == {}


def test_variants_stay_and_say_why():
    lines = [f"{ONE} It is 3 years old.", TWO, f"{ONE} It is 9 years old."]
    assert lines_removed(lines) == {}
    assert kept_reasons(lines) == {1: "unique", 2: "unique", 3: "variant"}


def test_a_block_is_reported_with_both_places():
    assert blocks([ONE, TWO, THREE, FOUR, ONE, TWO, THREE]) == [((1, 3), (5, 7))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([ONE, TWO, THREE, ONE, FOUR, TWO, THREE], [((1, 3), (4, 7))]),
        ([ONE, TWO, THREE, "x", ONE, THREE], [((1, 3), (5, 6))]),
        ([ONE, TWO, "x", ONE, TWO, "y", ONE, TWO], [((1, 2), (4, 5), (7, 8))]),
    ],
    ids=["inserted", "dropped", "three places"],
)
def test_a_block_survives(lines, expected):
    assert blocks(lines) == expected


def test_one_paragraph_is_no_block():
    assert blocks([ONE, TWO, ONE]) == []


def test_many_equal_paragraphs_cost_linear_work():
    result = dedup.clean("\n".join([ONE] * 500), dedup.Config(paragraphs="line"))
    assert len(result.removed) == 499
    assert all(d.canonical.paragraph == 0 or d.canonical is not None for d in result.removed)


def test_a_document_over_the_limit_stays_as_it_is():
    lines = [ONE.replace("cat", c) for c in ("cat", "calf", "hen")]
    text = "\n".join(lines)
    result = dedup.clean(text, dedup.Config(paragraphs="line", max_removed=10))
    assert result.text == text
    assert result.run.documents[0].over_limit == pytest.approx(2 / 3)
    assert dedup.clean(text, dedup.Config(paragraphs="line", max_removed=90)).text == lines[0]


def test_equal_copies_do_not_count_towards_the_limit():
    config = dedup.Config(paragraphs="line", max_removed=0)
    assert dedup.clean("\n".join([ONE] * 9), config).text == ONE


def test_across_documents_the_first_is_home():
    first, second = dedup.clean_documents([f"{ONE}\n", f"{TWO}\n{ONE}\n"], across=True)
    assert (first.text, second.text) == (f"{ONE}\n", f"{TWO}\n")
    alone = dedup.clean_documents([f"{ONE}\n", f"{TWO}\n{ONE}\n"])
    assert all(result.removed == () for result in alone)


def test_size_classes_are_whole_powers():
    sizes = np.arange(1, 3000)
    exact = [max(k for k in range(40) if 5**k <= n * 4**k) for n in sizes.tolist()]
    assert size_classes(sizes).tolist() == exact
