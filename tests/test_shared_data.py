"""Real and corrupted articles that lie beside the project on some machines: nothing is lost.

By default every tenth text is looked at, under ``slow`` each.
"""

from __future__ import annotations

import json

import oracle
import pytest

import dedup
from dedup import Config

FOLDERS = ["corrupted/articles", "corrupted_free/articles", "pages/text", "seed"]

SHAPES = {
    "as it is": lambda data: data,
    "CRLF": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "BOM": lambda data: b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf"),
    "no final newline": lambda data: data.rstrip(b"\r\n"),
}

every = pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.slow)])
shapes = pytest.mark.parametrize("shape", SHAPES)
folders = pytest.mark.parametrize("folder", FOLDERS)


def texts_of(shared_data, folder: str, shape: str, step: int) -> list[tuple[str, bytes]]:
    paths = sorted((shared_data / "open" / folder).glob("*.txt"))
    assert paths
    return [(path.name, SHAPES[shape](path.read_bytes())) for path in paths[::step]]


@every
@shapes
@folders
def test_restore_gives_every_text_back(shared_data, folder, shape, step):
    removed = 0
    texts = texts_of(shared_data, folder, shape, step)
    for name, data in texts:
        result = dedup.clean(data)
        assert dedup.restore(result.text, result.report("json")) == data, name
        cuts = [(d.cut.start, d.cut.end) for d in result.removed]
        assert oracle.minus(data, cuts) == result.text, name
        assert oracle.disorder(result.decisions, len(data)) is None, name
        removed += len(cuts)
    print(f"{folder} {shape}: {len(texts)} texts, {removed} cuts, all restored")


@every
@shapes
@folders
def test_cleaning_a_cleaned_text_changes_nothing(shared_data, folder, shape, step):
    texts = texts_of(shared_data, folder, shape, step)
    for name, data in texts:
        once = dedup.clean(data).text
        again = dedup.clean(once)
        assert again.text == once, name
        assert again.removed == (), name
    print(f"{folder} {shape}: {len(texts)} texts cleaned twice")


@every
@folders
def test_cleaning_the_cleaned_texts_of_a_folder_changes_nothing_across_them(
    shared_data, folder, step
):
    texts = [data for _, data in texts_of(shared_data, folder, "as it is", step)]
    once = [result.text for result in dedup.clean_documents(texts, across=True)]
    again = dedup.clean_documents(once, across=True)
    assert [result.text for result in again] == once
    print(f"{folder}: {len(texts)} texts, compared with each other, cleaned twice")


@every
@folders
@pytest.mark.parametrize("shape", ["CRLF", "BOM", "no final newline"])
def test_the_shape_of_a_text_changes_no_decision(shared_data, folder, shape, step):
    plain = texts_of(shared_data, folder, "as it is", step)
    shaped = texts_of(shared_data, folder, shape, step)
    for (name, data), (_, other) in zip(plain, shaped, strict=True):
        actions = [[(d.action, d.reason) for d in dedup.clean(t).decisions] for t in (data, other)]
        assert actions[0] == actions[1], name


def test_the_seed_article_loses_its_second_headline_and_the_block(shared_data):
    data = (shared_data / "open" / "seed" / "article.txt").read_bytes()

    result = dedup.clean(data)

    assert len(result.decisions) == 13
    assert [d.lines for d in result.removed] == [(line, line) for line in (4, 11, 12, 13, 14)]
    lines = data.splitlines(keepends=True)
    assert result.text.split() == b"".join(lines[:3] + lines[4:10]).split()


def test_the_seed_article_has_one_block(shared_data):
    result = dedup.clean((shared_data / "open" / "seed" / "article.txt").read_bytes())

    report = json.loads(result.report("json"))

    [block] = report["blocks"]
    assert [occurrence["lines"] for occurrence in block["occurrences"]] == [[7, 10], [11, 14]]
    assert block["score"] == 1.0
    assert {d.block for d in result.removed if d.lines[0] >= 11} == {block["id"]}


@every
def test_a_stricter_setting_stays_reversible(shared_data, step):
    for name, data in texts_of(shared_data, "corrupted/articles", "as it is", 2 * step):
        for config in (
            Config(paragraphs="line", min_words=1, protect=("none",), max_removed=100),
            Config(paragraphs="blank", keep="last", threshold=0.3, max_removed=100),
        ):
            result = dedup.clean(data, config)
            assert dedup.restore(result.text, result.report("json")) == data, name
            assert dedup.clean(result.text, config).text == result.text, name
