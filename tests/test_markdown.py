"""dedup/formats/markdown.py: where a block begins and ends, what goes, what stays whole."""

import markdown_texts
import pytest
import rendering

import dedup
from dedup.config import Config
from dedup.decoding import read_document
from dedup.formats.markdown import split
from dedup.model import KINDS

MARKDOWN = Config(format="markdown", max_removed=100)
FERRY = "The ferry to the island leaves twice a day from the old harbour, at nine and at five."
TICKETS = "Tickets are sold on board by the mate, who likes to have the change ready in her hand."
CODE = "```sh\nferry --book\n```"
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


def blocks(*texts):
    return "\n\n".join(texts) + "\n"


def kinds(text):
    found = split(read_document("t", text.encode()), MARKDOWN)
    return [
        (KINDS[kind], first, last)
        for kind, first, last in zip(
            found.kind.tolist(), found.first_line.tolist(), found.last_line.tolist(), strict=True
        )
    ]


def said(text):
    return split(read_document("t", text.encode()), MARKDOWN).outline.texts


def clean(text, config=MARKDOWN):
    return dedup.clean(text, config).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\nc", [("paragraph", 1, 2), ("paragraph", 4, 4)]),
        ("# a\nb\n## c", [("heading", 1, 1), ("paragraph", 2, 2), ("heading", 3, 3)]),
        ("a\nb\n===\nc", [("heading", 1, 3), ("paragraph", 4, 4)]),
        ("- a\n- b\n  c\n\n  d", [("list item", 1, 1), ("list item", 2, 3), ("list item", 5, 5)]),
        ("1. a\n   - b\n2. c", [("list item", i, i) for i in (1, 2, 3)]),
        ("> a\n>\n> b\nlazy", [("quote", 1, 2), ("quote", 3, 4)]),
        ("> - a\n> - b", [("list item", 1, 1), ("list item", 2, 2)]),
        ("- > a", [("quote", 1, 1)]),
        ("-\n  a", [("list item", 1, 2)]),
        ("- \n- b", [("list item", 1, 1), ("list item", 2, 2)]),
        ("> ", [("quote", 1, 1)]),
        ("```\na\n\nb\n```\nc", [("code", 1, 5), ("paragraph", 6, 6)]),
        ("~~~\nnever closed\n\n", [("code", 1, 2)]),
        ("    a\n\n    b", [("code", 1, 3)]),
        ("a\n    b", [("paragraph", 1, 2)]),
        (TABLE + "\nc", [("table", 1, 4)]),
        ("a | b", [("paragraph", 1, 1)]),
        ("a\n\n---\n\nb", [("paragraph", 1, 1), ("rule", 3, 3), ("paragraph", 5, 5)]),
        ("<div>\na\n\n</div>", [("html", 1, 2), ("html", 4, 4)]),
        ("<!-- a\n\nb -->", [("html", 1, 3)]),
        (
            "[x]: /a\n[y]:\n/b 'c'\nd",
            [("definition", 1, 1), ("definition", 2, 3), ("paragraph", 4, 4)],
        ),
        ("$$\nx\n$$", [("code", 1, 3)]),
        ("---\na: b\n\nc: d\n---\ne", [("front matter", 1, 5), ("paragraph", 6, 6)]),
        ("+++\na = 1\n+++", [("front matter", 1, 3)]),
        ("---\n---\na", [("front matter", 1, 2), ("paragraph", 3, 3)]),
        ("---\n\na\n\n---", [("rule", 1, 1), ("paragraph", 3, 3), ("rule", 5, 5)]),
        ("---\na: b\n\nnever closed", [("rule", 1, 1), ("paragraph", 2, 2), ("paragraph", 4, 4)]),
        (">" * 40 + " a", [("quote", 1, 1)]),
    ],
)
def test_a_text_is_cut_by_its_block_grammar(text, expected):
    assert kinds(text) == expected
    assert kinds(text.replace("\n", "\r\n")) == expected
    assert kinds(text.replace("\n", "\r")) == expected


def test_markers_are_no_part_of_what_is_compared():
    assert said("3. a\n   b\n\n> - > c\n\n# d #\n") == ("a\nb", "c", "d")
    assert clean(blocks(FERRY, f"> {FERRY}", f"## {TICKETS}")) == blocks(FERRY, f"## {TICKETS}")


def test_an_item_is_the_same_under_another_number():
    text = f"1. {FERRY}\n2. {TICKETS}\n3. {FERRY}\n"
    assert clean(text) == f"1. {FERRY}\n2. {TICKETS}\n"


@pytest.mark.parametrize(
    "twice",
    [
        CODE,
        TABLE,
        "    indented code\n    of two lines",
        "<div>\nferry\n</div>",
        "[x]: /ferry",
        "---",
    ],
)
def test_what_is_exempt_stays_by_itself_and_goes_with_its_section(twice):
    text = blocks(FERRY, twice, TICKETS, twice)
    assert clean(text) == text
    section = blocks("## Fares", FERRY, twice, TICKETS)
    assert (
        clean(section + "\n## Else\n\nNothing.\n\n" + section)
        == section + "\n## Else\n\nNothing.\n"
    )


def test_front_matter_stays_though_its_lines_stand_again():
    text = f"---\ntitle: {FERRY}\ntitle: {FERRY}\n---\n\n{FERRY}\n\ntitle: {FERRY}\n"
    assert clean(text).startswith(f"---\ntitle: {FERRY}\ntitle: {FERRY}\n---\n\n{FERRY}\n")


def test_code_that_differs_in_a_sign_stays_in_a_repeated_section():
    section = blocks("## Fares", FERRY, "```\na - b\n```", TICKETS)
    other = section.replace("a - b", "a + b")
    assert clean(section + "\n" + other) == section + "\n## Fares\n\n```\na + b\n```\n"


def test_a_heading_goes_with_its_section():
    text = blocks("# Title", "## Fares", FERRY, "## Else", TICKETS, "### Fares", FERRY)
    assert clean(text) == blocks("# Title", "## Fares", FERRY, "## Else", TICKETS)


def test_a_heading_stays_while_anything_stands_under_it():
    text = blocks("## Fares", FERRY, "## Else", TICKETS, "## Fares", FERRY, "Cash only.")
    assert clean(text).endswith(blocks(TICKETS, "## Fares", "Cash only."))


def test_a_heading_is_not_left_alone():
    text = blocks("## Fares", FERRY, TICKETS, "## Summer", FERRY, TICKETS)
    result = dedup.clean(text, MARKDOWN)
    assert result.text == text
    assert [d.reason for d in result.decisions][-2:] == ["unstable", "unstable"]


def test_a_long_heading_stays_over_another_section():
    heading = "## What passengers should know before they take the night ferry"
    text = blocks(heading, FERRY, "## Else", "Cash.", heading, TICKETS)
    result = dedup.clean(text, MARKDOWN)
    assert result.text == text
    assert result.decisions[4].reason == "exempt"


def test_a_title_that_stands_again_goes_unless_a_section_lies_between():
    title = "# The night ferry to the island"
    assert clean(blocks(title, "By Ann.", title, FERRY)) == blocks(title, "By Ann.", FERRY)
    text = blocks(title, "By Ann.", "## Else", "Cash.", title, FERRY)
    assert clean(text) == text
    assert clean("---\na: b\n---\n\n" + blocks(title, title)) == "---\na: b\n---\n\n" + blocks(
        title
    )


@pytest.mark.parametrize(
    "text",
    [
        f"{FERRY}\n\n1. {FERRY}\n2. two\n",  # the list would begin at 2
        f"{FERRY}\n\n- {FERRY}\n\n  More of it.\n",  # the second would be no item
        f"{FERRY}\n\n- one\n- two\n\n- {FERRY}\n",  # the list would be tight
        f"{FERRY}\n\n- one\n\n{FERRY}\n\n- two\n",  # two lists would be one
        f"{FERRY}\n\n- one\n\n{FERRY}\n\n      code\n",  # the code would be in the item
    ],
)
def test_a_cut_that_changes_the_structure_is_withdrawn(text):
    result = dedup.clean(text, MARKDOWN)
    assert result.text == text
    assert [d.reason for d in result.decisions].count("unstable") == 1


def test_a_first_paragraph_whose_going_would_make_front_matter_stays():
    text = f"{FERRY}\n\n---\na: b\n---\n\nElse.\n\n{FERRY}\n"
    result = dedup.clean(text, Config(format="markdown", max_removed=100, keep="last"))
    assert result.text == text
    assert result.decisions[0].reason == "unstable"


def test_a_link_does_not_lead_elsewhere():
    # The first definition of a label counts. Were the one that stands first to go, [x] would be /b.
    section = blocks(FERRY, "[x]: /a", TICKETS)
    text = section + "\n[x]: /b\n\nElse [x].\n\n" + section
    result = dedup.clean(text, Config(format="markdown", keep="last", max_removed=100))
    assert "[x]: /a\n" in result.text.split("[x]: /b")[0]


def test_a_quotation_leaves_with_all_its_paragraphs():
    quote = f"> {FERRY}\n>\n> {TICKETS}"
    assert clean(blocks(quote, "Else.", quote)) == blocks(quote, "Else.")


def test_bytes_that_cannot_be_read_are_kept_and_the_rest_is_compared():
    text = f"{FERRY}\n\n- \xff{TICKETS}\n\n> \xff\n\n".encode("latin-1") + FERRY.encode() + b"\n"
    result = dedup.clean(text, MARKDOWN)
    assert [d.reason for d in result.decisions] == [
        "canonical",
        "unreadable",
        "unreadable",
        "exact",
    ]


def same_when_rendered(text):
    """Hold one text to all that is promised of Markdown."""
    data = text.encode()
    result = dedup.clean(data, MARKDOWN)
    assert dedup.restore(result.text, result.report()) == data
    assert dedup.clean(result.text, MARKDOWN).removed == ()
    gone = {n for d in result.removed for n in range(d.lines[0], d.lines[1] + 1)}
    expected = rendering.render_without(text, gone)
    assert rendering.render(result.text.decode()) == expected
    left = [d for d in result.decisions if d.action == "keep"]
    again = dedup.clean(result.text, MARKDOWN).decisions
    assert [(d.kind, data[d.span.start : d.span.end]) for d in left] == [
        (d.kind, result.text[d.span.start : d.span.end]) for d in again
    ]
    return len(result.removed)


def test_what_is_left_of_200_files_parses_and_renders_as_before():
    assert sum(same_when_rendered(markdown_texts.article(seed)) for seed in range(200)) > 1000


def test_what_is_left_of_loose_lines_parses_and_renders_as_before():
    assert sum(same_when_rendered(markdown_texts.soup(seed)) for seed in range(400)) > 300


@pytest.mark.slow
def test_what_is_left_of_10_000_files_parses_and_renders_as_before():
    for seed in range(10_000):
        same_when_rendered(markdown_texts.article(seed))
        same_when_rendered(markdown_texts.soup(seed))


@pytest.mark.parametrize("keep", ["last", "longest"])
def test_another_copy_kept_is_as_sound(keep):
    config = Config(format="markdown", max_removed=100, keep=keep)
    for seed in range(150):
        text = markdown_texts.article(seed)
        result = dedup.clean(text, config)
        gone = {n for d in result.removed for n in range(d.lines[0], d.lines[1] + 1)}
        assert rendering.render(result.text) == rendering.render_without(text, gone)
        assert dedup.clean(result.text, config).removed == ()


def test_across_files_a_second_run_changes_nothing():
    for seed in range(100):
        texts = [markdown_texts.article(seed), markdown_texts.article(seed // 2)]
        first = dedup.clean_documents(texts, across=True, config=MARKDOWN)
        for text, result in zip(texts, first, strict=True):
            gone = {n for d in result.removed for n in range(d.lines[0], d.lines[1] + 1)}
            assert rendering.render(result.text) == rendering.render_without(text, gone)
        again = dedup.clean_documents([r.text for r in first], across=True, config=MARKDOWN)
        assert all(r.removed == () for r in again)
