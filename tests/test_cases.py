"""Every file below fixtures/: texts of our own, with what must come out of them."""

from pathlib import Path

import pytest

import dedup

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted((FIXTURES / "cases").iterdir())
UNCHANGED = sorted((FIXTURES / "unchanged").iterdir())


def read_case(path):
    settings, body = path.read_text(encoding="utf-8").split("\n", 1)
    given, expected = body.split("# output\n")
    return dict(pair.split("=") for pair in settings.split()), (path.name, given), expected


def clean(named, config=None):
    return dedup.clean_documents([named], config=config or dedup.Config())[0]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_gives_its_output(path):
    settings, given, expected = read_case(path)
    assert clean(given, dedup.Config.from_mapping(settings)).text == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_is_restored_and_stays_clean(path):
    settings, given, _ = read_case(path)
    config = dedup.Config.from_mapping(settings)
    result = clean(given, config)
    assert dedup.restore(result.text, result.report()) == given[1]
    assert clean((path.name, result.text), config).removed == ()


@pytest.mark.parametrize("path", UNCHANGED, ids=lambda path: path.stem)
def test_what_must_not_change_does_not(path):
    data = path.read_bytes()
    assert clean((path.name, data)).text == data
