"""dedup/normalize.py: the comparison form and what is protected in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.normalize import (
    comparison_forms,
    count_words,
    form_of,
    form_tokens,
    tokenize,
    unwrap,
)
from dedup.words import ADDRESS, CODE, DATE, NAME, NEGATION, NUMBER, PLAIN


def form(text):
    return form_of(tokenize(unwrap(text))[0])


def flagged(text, kind):
    tokens, flags = tokenize(unwrap(text))
    return [t for t, flag in zip(tokens, flags, strict=True) if flag == kind]


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


def test_words_of_scripts_with_combining_marks_stay_whole():
    assert tokenize("प्रत्येक व्यक्ति")[0] == ["प्रत्येक", "व्यक्ति"]
    assert tokenize("עִבְרִית טובה")[0] == ["עִבְרִית", "טובה"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two three", 3), ("汉字汉字汉", 3), ("ภาษาไทย", 2), ("abc 汉字", 2), ("it's", 2)],
)
def test_length_is_counted_in_words(text, words):
    assert count_words(tokenize(text)[0]) == words


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3-1 in 2020", ["3", "1", "2020"]),
        ("it fell to -5 or –6 %", ["-5", "-6%"]),
        ("$5.3m and 10:30", ["$5.3m", "10:30"]),
        ("the B747 and 3rd", ["b747", "3rd"]),
        ("twenty men", ["twenty"]),
        ("he1lo w0rld again", []),
    ],
)
def test_numbers_are_found_with_their_sign_currency_and_unit(text, numbers):
    assert flagged(text, NUMBER) == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the mayor of Lakeview met Anna", ["lakeview", "anna"]),
        ("Yesterday it rained. Nobody saw it.", []),
        ("A letter from Mr. Quill came", ["mr", "quill"]),
        ("Quill came, and everybody knew that Quill had", ["quill", "quill"]),
        ("THE MAYOR OF LAKEVIEW", []),
        ("The Mayor Of Lakeview Resigns", []),
        ("Der Hund und die Katze sind nicht im Haus", []),
    ],
)
def test_a_capital_alone_makes_no_name(text, names):
    assert flagged(text, NAME) == names


@pytest.mark.parametrize(
    ("text", "negations"),
    [
        ("it is not so", ["not"]),
        ("it isn't so", ["t"]),
        ("das ist nicht wahr", ["nicht"]),
        ("ce n'est pas vrai", ["pas"]),
        ("это не так", ["не"]),
        ("这不是", ["不"]),
        ("don t-shirt", ["t"]),
    ],
)
def test_negations_are_found(text, negations):
    assert flagged(text, NEGATION) == negations


def test_dates_and_addresses_are_found():
    assert flagged("on Monday in october", DATE) == ["monday", "october"]
    text = "write to a.b@c.org or www.x.org/y, or https://x.org/?q=1. HTTP://Z.ORG"
    assert flagged(text, ADDRESS) == [
        "a.b@c.org",
        "www.x.org/y",
        "https://x.org/?q=1",
        "http://z.org",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("call `uid` or ``git rm`` 3 times", ["uid", "git", "rm"]),
        ("He said ``we go'' and then ``we stay'' here", []),
        ("an `old' and a `new' one", []),
        ("one ` alone, and another ```x```", []),
    ],
)
def test_code_between_backticks_is_found(text, code):
    assert flagged(text, CODE) == code


@given(st.text())
def test_a_form_falls_back_into_its_tokens(text):
    tokens, flags = tokenize(unwrap(text))
    assert form_tokens(form_of(tokens)) == tokens
    assert len(flags) == len(tokens)


def test_equal_forms_stand_once_and_rows_point_to_them():
    forms = comparison_forms(["A b.", "a, b", None, "!!!", "c", b"a b", b"a b"])
    assert forms.row_form.tolist() == [0, 0, -1, -1, 1, 2, 2]
    assert forms.texts[:2] == ["a b", "c"]
    assert forms.texts[2].startswith("\0")
    assert forms.words.tolist() == [2, 1, 2]
    assert forms.tokens(0) == ["a", "b"]
    assert forms.flags_of(1).tolist() == [PLAIN]
    assert forms.protected_count().tolist() == [0, 0, 0]
