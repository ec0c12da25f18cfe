"""dedup/protected.py: which changed tokens change what is said."""

import pytest

from dedup.normalize import unwrap
from dedup.protected import Tokens, differences, is_rescan, is_scattered, replaces_words
from dedup.tokens import tokenize
from dedup.words import PROTECTABLE

ALL = frozenset(PROTECTABLE.values())


def tokens(text):
    texts, flags = tokenize(unwrap(text))
    return Tokens(tuple(texts), bytes(flags))


def lost(p, q, protect=ALL):
    return differences(tokens(p), tokens(q), protect)


FRAME = "the keeper of the old lighthouse told {} visitors that the lamp {} been lit since {}"


@pytest.mark.parametrize(
    ("p", "q", "named"),
    [
        ("it killed 3 of the sheep", "it killed 30 of the sheep", ("3",)),
        ("it fell to -3 in the night", "it fell to 3 in the night", ("-3",)),
        ("they open on monday at the mill", "they open on friday at the mill", ("monday",)),
        ("then the mayor Quill spoke", "then the mayor Harrow spoke", ("quill",)),
        ("the water is not safe here", "the water is safe here", ("not",)),
        ("the water is safe here", "the water is not safe here", ("not",)),
        ("he is here and isn't well", "he is here and is well", ("t",)),
        ("it cost twenty crowns then", "it cost thirty crowns then", ("twenty",)),
        ("read http://a.org/1 first", "read http://a.org/2 first", ("http://a.org/1",)),
        ("seen by Anna and by Berta", "seen by Berta and by Anna", ("anna", "berta")),
        ("wer kommt ist nicht da", "wer kommt ist da", ("nicht",)),
        ("这是安全的水", "这不是安全的水", ("不",)),
    ],
)
def test_a_changed_number_date_name_address_or_negation_is_named(p, q, named):
    assert lost(p, q) == named


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("the big lamp was lit by Quill", "the large lamp was lit by Quill"),
        ("seen by Quill at noon", "seen by Quill at noon with 3 dogs from Harrow"),
        ("the lamp is lit", "the lamp is lit and was not moved since then, they say"),
        ("the mayor Bremnick came along", "the mayor Brernnick came along"),
        ("in the house of Alexandrova then", "in the house of Alexandrovu then"),
        ("the road to Lakeview is shut", "the road toLakeview is shut"),
        ("Quill came back to the lamp", "when Quill came back to the lamp"),
        ("the lamp burns and President Harr", "the lamp burns and President Harrow spoke on"),
    ],
)
def test_what_loses_nothing_may_go(p, q):
    assert lost(p, q) == ()


def test_what_is_not_protected_may_be_lost():
    assert lost("it killed 3 of them", "it killed 30 of them", frozenset()) == ()
    negations = frozenset({PROTECTABLE["negations"]})
    assert lost("the 3 are not here", "the 4 are not here", negations) == ()


def test_a_misread_negation_is_forgiven_only_among_other_misreadings():
    clean = "the committee did not accept the proposal which several members had written"
    assert lost(clean.replace(" not ", " nof "), clean) == ("not",)
    noisy = "the comrnittee did nof accept the proposa1 which severa1 rnembers had writtcn"
    assert lost(noisy, clean) == ()


def test_very_long_texts_are_compared_by_order_in_bounded_time():
    words = [f"w{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}x" for i in range(3000)]
    p = " ".join([*words[::2], "Quill", *words[1::2]]) + " the end 5"
    assert lost(p, " ".join([*words[1::2], "Quill", *words[::2]]) + " an end 5") == ()
    assert lost(p, " ".join([*words[1::2], "Harrow", *words[::2]]) + " an end 5") == ("quill",)


READ = "the keeper of the old lighthouse told all visitors that the lamp had burnt since then"


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (
            "thc kecper of the old lighthonse told all visitors thot thelamp had bnrnt since then",
            True,
        ),
        (
            "the keeper of the new lighthouse told all visitors that the lamp had burnt since then",
            False,
        ),
        (
            "the keeper of the old lighthouse told visitors that the lamp had burnt since then",
            False,
        ),
        ("a ferry sails from the old harbour with mail and all who missed it since then", False),
    ],
)
def test_two_readings_of_a_text_differ_in_misreadings_alone(other, verdict):
    assert is_rescan(tokens(READ), tokens(other)) is verdict
    assert is_rescan(tokens(other), tokens(READ)) is verdict


def test_another_number_is_no_misreading():
    assert not is_rescan(tokens(f"{READ} of 1681"), tokens(f"{READ} of 1684"))


@pytest.mark.parametrize(
    ("p", "q", "verdict"),
    [
        ("a box of late apples", "a box of early apples", True),
        ("a box of late apples", "a box of late applcs", False),
        ("a box of late apples", "a box of late apples and pears", False),
        ("a box of late apples and pears", "a box of late apples", True),
    ],
)
def test_a_word_that_is_no_misreading_is_replaced(p, q, verdict):
    assert replaces_words(tokens(p), tokens(q)) is verdict


def test_a_text_cut_out_of_another_stands_there_in_one_piece():
    long = "in spring the old keeper lit the lamp and in autumn he told his visitors of the war"
    assert not is_scattered(tokens("the old keeper lit the lamp and"), tokens(long))
    assert is_scattered(tokens("the keeper told the lamp of spring"), tokens(long))


def test_a_word_with_a_gender_gap_is_no_identifier():
    assert lost("zwei Leser_innen lesen im Saal", "zwei Menschen lesen im Saal") == ()
    assert lost("two reader_count in a row", "two reader_counts in a row") == ("reader_count",)


def test_where_misreadings_are_dense_a_name_may_have_lost_its_space():
    ours = "thc letters from RomonCatholic priests wcre lost ln the fire"
    theirs = "the letters from Roman Catholic priests were lost in the fire"
    assert lost(ours, theirs) == ()
