"""dedup/tokens.py: words, and which of them change what is said."""

import pytest

from dedup.normalize import unwrap
from dedup.tokens import count_words, tokenize
from dedup.words import ADDRESS, CODE, DATE, NAME, NEGATION, NUMBER


def flagged(text, kind):
    tokens, flags = tokenize(unwrap(text))
    return [t for t, flag in zip(tokens, flags, strict=True) if flag == kind]


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
