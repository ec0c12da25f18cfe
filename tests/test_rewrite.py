"""dedup/rewrite.py: what leaves with a paragraph, what is withdrawn, what is refused."""

import hashlib
import itertools

import numpy as np
import pytest

import dedup
from dedup import rewrite
from dedup.config import Config
from dedup.errors import RestoreError, SelfCheckError
from dedup.formats.plain import split
from dedup.model import Document, Span


def as_plain(document):
    return split(document, Config())


def cut(data, *rows, mode="line"):
    document = Document("t", data)
    found = split(document, Config(paragraphs=mode))
    removed = np.zeros(len(found), bool)
    removed[list(rows)] = True
    return rewrite.without(data, rewrite.cuts(document, found, removed).values())


@pytest.mark.parametrize(
    ("data", "rows", "expected"),
    [
        (b"a\nb\nc\n", [1], b"a\nc\n"),
        (b"a\nb\nc", [2], b"a\nb"),
        (b"a\nb\nc\n", [2], b"a\nb\n"),
        (b"a\nb\nc\n", [0], b"b\nc\n"),
        (b"\n\na\nb\n", [0], b"\n\nb\n"),
        (b"a\n\nb\n\nc\n", [1], b"a\n\nc\n"),
        (b"a\n\nb\nc\n", [1], b"a\n\nc\n"),
        (b"a\nb\n\nc\n", [1], b"a\n\nc\n"),
        (b"a\nb\n\n\nc\nd\n", [1, 2], b"a\n\n\nd\n"),
        (b"a\r\nb\r\nc\r\n", [1], b"a\r\nc\r\n"),
        (b"a\rb\rc", [1], b"a\rc"),
        (b"a  \nb\t\nc\n", [1], b"a  \nc\n"),
        (b"a\n", [0], b"\n"),
        (b"a\nb\n\n\n", [1], b"a\n\n\n"),
    ],
)
def test_a_paragraph_leaves_with_one_separator(data, rows, expected):
    assert cut(data, *rows) == expected


def test_cuts_of_a_run_are_disjoint_and_rising():
    document = Document("t", b"a\nb\n\nc\nd\n\n\ne\nf")
    found = split(document, Config(paragraphs="line"))
    spans = list(rewrite.cuts(document, found, np.array([0, 1, 1, 1, 1, 0], bool)).values())
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


WRAPPED = (
    "The ferry leaves the old harbour twice a",
    "day, in the morning with the post and in",
    "the evening with whoever has missed it",
)


def test_a_cut_that_changes_how_others_are_split_tears_their_block():
    data = "\n".join([WRAPPED[0], "short", *WRAPPED[1:]]).encode()
    document = Document("t", data)
    found = split(document, Config())
    assert len(found) == 4
    removed = np.array([0, 1, 0, 0], bool)
    assert rewrite.torn(document, found, removed, as_plain).tolist() == [True] * 4
    assert not rewrite.torn(document, found, np.zeros(4, bool), as_plain).any()


def test_a_withdrawn_paragraph_is_reported_unstable():
    repeated = "x y z x y z x y z x y z"
    text = "\n".join([WRAPPED[0], repeated, *WRAPPED[1:]]) + f"\n\n{repeated}\n"
    result = dedup.clean(text, dedup.Config(keep="last"))
    assert result.text == text
    assert [d.reason for d in result.decisions if d.action == "keep"].count("unstable") == 1


def test_restore_puts_back_what_was_cut():
    digest = hashlib.sha256(b"abcdef").hexdigest()
    assert rewrite.restore(b"ae", [(1, 4, b"bcd"), (5, 6, b"f")], digest) == b"abcdef"


@pytest.mark.parametrize(
    "removals",
    [
        [(1, 4, b"bc")],
        [(4, 5, b"e"), (1, 2, b"b")],
        [(9, 10, b"x")],
        [(1, 4, b"xyz")],
        [(-1, 0, b"a")],
    ],
)
def test_restore_refuses_what_does_not_fit(removals):
    with pytest.raises(RestoreError):
        rewrite.restore(b"aef", removals, hashlib.sha256(b"abcdef").hexdigest())


@pytest.mark.parametrize(
    ("spans", "result"),
    [
        ({1: Span(2, 4)}, b"a\nb\n"),
        ({1: Span(2, 5)}, b"a\n\n"),
        ({1: Span(1, 4)}, b"a\nc\n"),
        ({1: Span(3, 4)}, b"a\nbc\n"),
        ({1: Span(2, 4), 2: Span(3, 6)}, b"a\n"),
        ({2: Span(2, 4)}, b"a\nc\n"),
        ({1: Span(2, 99)}, b"a\n"),
        ({1: Span(2, 3)}, b"a\n\nc"),
    ],
)
def test_the_self_check_refuses_a_bad_plan(spans, result):
    document = Document("t", b"a\nb\nc\n")
    with pytest.raises(SelfCheckError, match="nothing was written"):
        rewrite.self_check(document, as_plain(document), spans, result, as_plain)


def test_the_self_check_passes_a_good_plan():
    document = Document("t", b"a\nb\nc\n")
    rewrite.self_check(document, as_plain(document), {1: Span(2, 4)}, b"a\nc\n", as_plain)
