"""dedup/normalize.py: the comparison form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.normalize import comparison_forms, form_of, form_tokens, unwrap
from dedup.tokens import tokenize
from dedup.words import NUMBER, PLAIN


def form(text):
    return form_of(tokenize(unwrap(text))[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“It’s here” – now…", '"It\'s here" - now...'),
        ("office ﬂoor", "OFFICE FLOOR"),
        ("infor\u00admation", "information"),
        ("infor-\nmation", "information"),
        ("infor- mation", "information"),
        ("a\u00a0b\u200bc", "a bc"),
        ("cafe\u0301", "café"),
        ("R&amp;D &#8211; &quot;x&quot;", 'R&D – "x"'),
        ("a <em>word</em> here<br/>", "a word here"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ １２", "full width 12"),
        ("STRASSE", "Straße"),
        ("IŞIK İZMİR", "ışık izmir"),
        ("النـــص", "النص"),
        ("中 文 字", "中文字"),
        ("第2章", "第 2 章"),
        ("＆eacute;", "é"),
    ],
)
def test_what_scraping_changes_makes_no_difference(one, other):
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-5 degrees", "5 degrees"),
        ("$5", "€5"),
        ("5%", "5"),
        ("3.5", "35"),
        ("3.5", "3,5"),
        ("C++", "C"),
        ("C#", "C++"),
        ("see http://a.org/x?y=1", "see http://a.org/x?y=2"),
        ("٣", "3"),
        ("resume", "résumé"),
        ('<a href="http://a.org/1">x</a>', '<a href="http://a.org/2">x</a>'),
        ("well-\nKnown", "wellknown"),
    ],
)
def test_what_a_reader_would_call_a_change_stays(one, other):
    assert form(one) != form(other)


@given(st.text())
def test_a_form_falls_back_into_its_tokens(text):
    tokens, flags = tokenize(unwrap(text))
    assert form_tokens(form_of(tokens)) == tokens
    assert len(flags) == len(tokens)


@pytest.mark.parametrize("around", ["{0}{0}", "ก{0}ก", "汉{0}5{0}", "a{0} {0}"])
def test_a_form_falls_back_into_its_tokens_whatever_stands_in_it(around):
    for code in range(0x20000):
        tokens, _ = tokenize(unwrap(around.format(chr(code))))
        assert form_tokens(form_of(tokens)) == tokens, hex(code)


@pytest.mark.parametrize("number", ["๒๕๖๒", "໒໕", "၂၅", "႐႑", "២៥"])
def test_a_number_is_one_token_in_scripts_without_spaces_too(number):
    tokens, flags = tokenize(f"ก{number}ข")
    assert tokens == ["ก", number, "ข"]
    assert flags == [PLAIN, NUMBER, PLAIN]


def test_equal_forms_stand_once_and_rows_point_to_them():
    forms = comparison_forms(["A b.", "a, b", None, "!!!", "c", b"a b", b"a b"])
    assert forms.row_form.tolist() == [0, 0, -1, -1, 1, 2, 2]
    assert forms.texts[:2] == ["a b", "c"]
    assert forms.texts[2].startswith("\0")
    assert forms.words.tolist() == [2, 1, 2]
    assert forms.tokens(0) == ["a", "b"]
    assert forms.flags_of(1).tolist() == [PLAIN]
    assert forms.protected_count().tolist() == [0, 0, 0]
