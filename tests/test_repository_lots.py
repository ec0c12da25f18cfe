"""Texts that hang together come to what they come to among all others: nothing else decides."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from corpora import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_texts import article, soup
from strategies import PLAIN

from dedup.banding import least_agreeing
from dedup.config import Config
from dedup.decoding import read_document
from dedup.index import arrays
from dedup.repository import likeness, verdicts
from dedup.repository import processes as repository_processes
from dedup.repository.imprints import QUIET, WATCHED, join
from dedup.repository.likeness import Links, links
from dedup.repository.lots import lots
from dedup.repository.texts import Text, imprint
from dedup.repository.verdicts import Verdict, decide


def lots_of(found, config):
    """Give the lots that a check looks into, each as the numbers of its texts."""
    return lots_and_quiet(found, config)[0]


def lots_and_quiet(found, config):
    made = imprint(found, config)
    everything = np.ones(len(made), bool)
    inside = {}
    for at, lot in enumerate(lots(made, links(made, everything, config)).tolist()):
        inside.setdefault(lot, []).append(at)
    quiet = {text.name for text, state in zip(found, made.state, strict=True) if state == QUIET}
    lots_ = [its for its in inside.values() if len(its) > 1 or made.state[its[0]] == WATCHED]
    return lots_, quiet


def verdict_on(found, config, quiet=()):
    documents = [read_document(text.name, text.data, text.config.encoding) for text in found]
    own = [text.config for text in found]
    if not documents:
        return Verdict()
    return decide(documents, own, config, lambda _: 0, quiet)[0]


def lot_by_lot(found, config):
    """Judge each lot by itself, and put together what is said."""
    joined = Verdict()
    found_lots, quiet = lots_and_quiet(found, config)
    for lot in found_lots:
        verdict = verdict_on([found[at] for at in lot], config, quiet)
        joined.findings |= verdict.findings
        joined.over |= verdict.over
        joined.warnings |= verdict.warnings
        joined.capped += verdict.capped
    return joined


def mixture(seed):
    """Give texts of several origins, in one order, that have little to do with each other."""
    rnd = Random(seed)
    found = []
    for _ in range(1 + rnd.randrange(4)):
        found += [(".txt", text) for text in texts(rnd)]
    for _ in range(rnd.randrange(6)):
        found.append((".md", rnd.choice([article, soup])(rnd.randrange(1 << 30))))
    for _ in range(rnd.randrange(3)):  # a part of one in another
        (_, one), (kind, other) = rnd.choice(found), rnd.choice(found)
        lines = one.split("\n")
        at = rnd.randrange(len(lines))
        found.append((kind, other + "\n\n" + "\n".join(lines[at : at + 1 + rnd.randrange(9)])))
    rnd.shuffle(found)
    config = Config(
        keep=rnd.choice(["first", "last", "longest"]),
        max_removed=rnd.choice([50, 100, 10]),
        protect=rnd.choice([("all",), ("none",), ("numbers",)]),
        threshold=rnd.choice([0.5, 0.5, 0.3, 0.8]),
        shingle=rnd.choice(["char"] * 9 + ["word"]),
    )
    others = [config, config, replace(config, min_words=3), replace(config, min_words=20)]
    others += [replace(config, paragraphs="blank", max_removed=0)]
    made = []
    for number, (kind, text) in enumerate(found):
        data = text.encode()
        odd = rnd.randrange(12)
        own = rnd.choice(others)
        if odd == 0:
            data = b"\xef\xbb\xbf" + data
        elif odd == 1:
            data = text.encode("utf-16")
        elif odd == 2:
            at = rnd.randrange(len(data) + 1)
            data = data[:at] + b"\xff" + data[at:]
        elif odd == 3:
            own = replace(own, encoding="gb18030")
            data = text.encode("gb18030")
        made.append(Text(f"{number:03}{kind}", data, own))
    return made, config


def assert_equal_lot_by_lot(found, config):
    at_once = verdict_on(found, config)
    by_lot = lot_by_lot(found, config)
    assert by_lot.findings == at_once.findings
    assert (by_lot.over, by_lot.warnings) == (at_once.over, at_once.warnings)
    assert by_lot.capped == at_once.capped


@settings(max_examples=25)
@given(st.integers(0, 1 << 30))
def test_lot_by_lot_a_check_says_what_it_says_of_all_at_once(seed):
    assert_equal_lot_by_lot(*mixture(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3000))
def test_lot_by_lot_in_many_mixtures(seed):
    assert_equal_lot_by_lot(*mixture(seed))


def test_in_several_processes_lots_come_to_what_they_come_to_in_one(monkeypatch):
    rnd = Random(2)
    config = Config(max_removed=100)
    found = []
    for number in range(12):
        said = article(number)
        lines = said.split("\n")
        half = "\n".join(rnd.sample(lines, len(lines) // 2))
        found += [(f"{number:02}.md", said, number), (f"{number:02}-b.txt", half, number)]
    rnd.shuffle(found)
    lot_of = {name: lot for name, _, lot in found}
    documents = [read_document(name, text.encode(), None) for name, text, _ in found]
    own = [config] * len(documents)
    at_once = decide(documents, own, config, lot_of.__getitem__)
    started = []
    real = repository_processes.processes
    monkeypatch.setattr(verdicts, "_WORTH_A_PROCESS_BYTES", 1000)
    monkeypatch.setattr(repository_processes, "cores", lambda: 3)
    monkeypatch.setattr(
        repository_processes, "processes", lambda count: started.append(count) or real(count)
    )
    assert decide(documents, own, config, lot_of.__getitem__) == at_once
    assert started == [3]
    assert sum(bool(verdict.findings) for verdict in at_once.values()) > 3


def template(rnd, count, changed):
    """Give paragraphs that are alike, of one pattern."""
    pattern = [rnd.choice(PLAIN) for _ in range(40)]
    for _ in range(count):
        words = list(pattern)
        for at in rnd.sample(range(40), changed):
            words[at] = rnd.choice(PLAIN)
        yield " ".join(words)


@pytest.mark.parametrize("seed", range(2))
def test_crowds_that_are_not_all_compared_are_judged_as_one(seed):
    rnd = Random(seed)
    crowd = list(template(rnd, 170, 3 + 3 * seed))
    single = list(template(rnd, 6, 2))
    cut = sorted(rnd.sample(range(1, 170), 30))
    parts = [crowd[low:high] for low, high in zip([0, *cut], [*cut, 170], strict=True)]
    parts += [[one] for one in single]
    rnd.shuffle(parts)
    config = Config(protect=("all",) if seed else ("none",), max_removed=100)
    found = [
        Text(f"{number:03}.txt", "\n\n".join(part).encode(), config)
        for number, part in enumerate(parts)
    ]
    assert_equal_lot_by_lot(found, config)


def test_texts_that_have_nothing_in_common_do_not_hang_together():
    rnd = Random(1)
    config = Config()
    alone = [" ".join(rnd.choice(PLAIN) for _ in range(40)) for _ in range(60)]
    found = [Text(f"{n:02}.txt", text.encode(), config) for n, text in enumerate(alone)]
    assert lots_of(found, config) == []
    again = Text("again.txt", found[7].data, config)
    assert lots_of([*found, again], config) == [[7, 60]]


def test_of_the_numbers_of_a_signature_so_many_agree_as_surely_do():
    assert least_agreeing(128, 1.0) == 128
    drawn = np.random.default_rng(1).binomial(128, 0.7, 1_000_000)
    assert 40 < least_agreeing(128, 0.7) < drawn.min()


@pytest.mark.parametrize("threshold_across", [0.65, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_other_thresholds_have_other_bands(seed, threshold_across):
    found, config = mixture(seed)
    others = {"threshold_across": threshold_across, "num_perm": 100}
    found = [text._replace(config=replace(text.config, **others)) for text in found]
    assert_equal_lot_by_lot(found, replace(config, **others))


def test_what_comes_later_hangs_together_as_if_it_had_always_been_there():
    rnd = Random(5)
    config = Config()
    crowd = [one for _ in range(30) for one in template(rnd, 5, rnd.randrange(8))]
    found = [Text(f"{n:03}.txt", one.encode(), config) for n, one in enumerate(crowd)]
    made = imprint(found, config)
    at_once = links(made, np.ones(len(made), bool), config)
    assert len(at_once.left) > 100
    order = np.array(rnd.sample(range(len(made)), len(made)))
    known = Links.none()
    for count in (20, 21, 90, 150):
        before = len(known.left)
        some = made.take(order[:count])
        new = np.arange(count) >= {20: 0, 21: 20, 90: 21, 150: 90}[count]
        known = Links.joined([known, links(some, new, config)])
        assert len(known.left) >= before
    assert pairs_of(known) == pairs_of(at_once)


def test_what_new_texts_are_linked_with_is_in_what_meets_them():
    rnd = Random(6)
    config = Config()
    crowd = [one for _ in range(30) for one in template(rnd, 5, rnd.randrange(8))]
    found = [Text(f"{n:03}.txt", one.encode(), config) for n, one in enumerate(crowd)]
    made = imprint(found, config)
    order = np.array(rnd.sample(range(len(made)), len(made)))
    old, new = made.take(order[:100]), made.take(order[100:])
    among_all = links(made.take(order), np.arange(len(made)) >= 100, config)
    some = join([likeness.meeting(old, new, config), new], config.num_perm)
    among_some = links(some, np.arange(len(some)) >= 1, config)
    assert len(among_all.left) > 50
    for of in Links._fields:
        assert (getattr(among_some, of) == getattr(among_all, of)).all()


def pairs_of(found):
    return {frozenset(pair) for pair in zip(found.left.tolist(), found.right.tolist(), strict=True)}


def test_a_crowd_too_large_for_all_its_pairs_is_one_lot(monkeypatch):
    for module in (likeness, arrays):
        monkeypatch.setattr(module, "MAX_CROWD", 20)
    monkeypatch.setattr(arrays, "MAX_BUCKET", 8)
    monkeypatch.setattr(arrays, "MAX_HEADS", 3)
    rnd = Random(6)
    config = Config(max_removed=100)
    crowd = list(template(rnd, 60, 4)) + list(template(rnd, 12, 4))
    rnd.shuffle(crowd)
    found = [Text(f"{n:03}.txt", one.encode(), config) for n, one in enumerate(crowd)]
    assert max(map(len, lots_of(found, config))) >= 60
    assert_equal_lot_by_lot(found, config)


SAID = "The ferry to the island leaves twice a day from the harbour behind the old church"
OTHER = "Tickets are sold on board in coins and in notes by whoever has the time to do so"


def findings_on(*named):
    config = Config(max_removed=100)
    found = [Text(name, text.encode(), config) for name, text in sorted(named)]
    verdict = verdict_on(found, config)
    return [
        (one.repeat.path, one.repeat.lines[0], one.original.path)
        for its in verdict.findings.values()
        for one in its
    ]


def test_an_equal_heading_counts_only_where_its_section_goes_to():
    bare = ("b.md", f"{SAID}.\n"), ("c.md", f"# News\n\n{SAID}.\n\n# More\n\nAnd so on.\n")
    assert findings_on(*bare) == []
    elsewhere = "a.md", f"# News\n\n{OTHER}.\n"
    assert findings_on(*bare, elsewhere) == []
    there = "b.md", f"{SAID}.\n\n# News\n\n{OTHER}.\n"
    assert findings_on(bare[1], there) == [("c.md", 1, "b.md"), ("c.md", 3, "b.md")]
    here = "c.md", f"# News\n\n{SAID}.\n\n# News\n\nAnd so on.\n"
    assert findings_on(bare[0], here) == [("c.md", 1, "c.md"), ("c.md", 3, "b.md")]


def test_of_two_that_are_as_near_the_first_counts_whatever_stands_elsewhere():
    near = ("a.txt", f"{SAID} in 1917."), ("b.txt", f"{SAID} in 1923.")
    copy = "c.txt", f"{SAID}."
    expected = [("c.txt", 1, "a.txt")]
    assert findings_on(*near, copy) == expected
    # What is a heading is no paragraph that others go for, though its form comes first.
    assert findings_on(*near, copy, ("0.md", f"# {SAID} in 1923.\n\nAnd so on.\n")) == expected


@pytest.mark.parametrize("width", [128, 64, 8, 100, 96, 256, 4])
def test_the_bytes_in_which_signatures_agree_are_counted(width):
    rnd = np.random.default_rng(width)
    signature = rnd.integers(0, 2, (300, width), np.uint8)
    signature[:20] = signature[20]  # so many that agree in all
    left, right = rnd.integers(0, 300, (2, 5000))
    left[:20] = np.arange(20)
    right[:20] = 20
    expected = (signature[left] == signature[right]).sum(axis=1)
    assert (likeness.agreeing(signature, left, right) == expected).all()


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_the_sieve_lets_all_pass_that_share_a_band_and_few_others(kind):
    rnd = np.random.default_rng(3)
    # As a shingle that stands in many paragraphs would have it, half of each key is one of a few.
    keys = rnd.integers(0, 1 << 16, (20_000, 32)).astype(kind) << kind(16)
    keys |= rnd.integers(0, 4, keys.shape).astype(kind)
    is_new = np.arange(len(keys)) < 5
    others = rnd.choice(np.arange(5, len(keys)), 50, replace=False)
    band = rnd.integers(0, 32, 50)
    keys[others, band] = keys[rnd.integers(0, 5, 50), band]
    found = likeness._share_a_band(keys, keys[is_new])
    assert found[others].all()
    assert found[:5].all()
    assert found.sum() < 500
