"""dedup/incremental.py: an index decides as if everything before a text were compared with it."""

import random
import stat
from dataclasses import replace
from itertools import pairwise

import oracle
import pytest
from corpora import corpora
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import plain_texts

import dedup
from dedup import pipeline
from dedup.errors import UsageError
from dedup.index.contents import MAX_BUCKET
from dedup.model import Document
from dedup.reference import KnownDocument, Reference
from dedup.verify import string_shingles

FERRY = "What passengers should know before they take the night ferry to the island"
MUSEUM = "The museum shows paintings of the harbour, most of them by its first director"
STOVE = "The café on board stays closed until the new stove has been tested by the inspector"
TICKETS = "Tickets on board."


def text_of(*paragraphs):
    return "\n\n".join(paragraphs) + "\n"


@pytest.fixture
def place(tmp_path):
    return tmp_path / "articles.dedup"


class Model:
    """What an index is to say, from texts that are held and compared each with each."""

    def __init__(self, config):
        self.config, self.texts = config, {}

    def clean(self, name, text):
        self.texts.pop(name, None)
        run = pipeline.clean(
            [Document(name, text.encode())], self.config, across=False, reference=self.look
        )
        self.texts[name] = run.documents[0].data.decode()
        return self.texts[name]

    def look(self, group, sets):
        asked = set(group.forms.row_form[group.alone()].tolist())
        reference = Reference()
        held = {}
        for name, text in self.texts.items():
            known = pipeline.read_group([(Document(name, text.encode()), self.config)])
            alone = known.alone()
            pairs = [
                (form, number, known.forms.texts[number])
                for number in dict.fromkeys(known.forms.row_form[alone].tolist())
                for form in asked
                if self.alike(group.forms.texts[form], known.forms.texts[number])
            ]
            if pairs:
                held[name] = known, pairs
        places = {}  # of equal forms the first stands for all
        for name, (known, pairs) in held.items():
            for form, number, text in pairs:
                flags = known.forms.flags_of(number).tobytes()
                first, _ = places.setdefault((text, flags), (name, []))
                places[text, flags][1].append(form) if first == name else None
        documents = {first for first, _ in places.values()}
        for name, (known, _) in held.items():
            if name not in documents:
                continue
            of = {}
            for number in dict.fromkeys(known.forms.row_form.tolist()):
                if number < 0:
                    continue
                text, flags = known.forms.texts[number], known.forms.flags_of(number).tobytes()
                of[number] = len(reference.forms)
                reference.forms.append((text, flags, int(known.forms.words[number])))
                first, asking = places.get((text, flags), (None, ()))
                if first == name:
                    reference.left.extend(asking)
                    reference.right.extend([of[number]] * len(asking))
            reference.documents.append(self.document(name, known, of))
        return reference

    def alike(self, p, q):
        ours, theirs = (
            string_shingles(form, self.config.shingle, self.config.size) for form in (p, q)
        )
        return len(ours & theirs) >= self.config.threshold_across * len(ours | theirs)

    @staticmethod
    def document(name, group, of):
        import numpy as np

        (found,) = group.paragraphs
        level = np.zeros(len(found), np.uint8) if found.outline is None else found.outline.level
        forms = group.forms.row_form.tolist()
        return KnownDocument(
            id=name,
            first_line=found.first_line,
            last_line=found.last_line,
            kind=found.kind,
            level=level,
            words=np.append(group.forms.words, 0)[forms].astype(np.int64),
            form=np.array([of.get(form, -1) for form in forms], np.int64),
            traits=group.traits(),
        )


def batches(items, rnd):
    """Cut a list anywhere."""
    edges = sorted({0, len(items), *(rnd.randrange(len(items) + 1) for _ in range(3))})
    return [items[low:high] for low, high in pairwise(edges)]


def fresh(folder, config, name="index"):
    path = folder / f"{name}.dedup"
    path.unlink(missing_ok=True)
    index = dedup.Index.open(path, config)
    index._store.database.hurry()  # nobody waits for the disk
    return index


@settings(max_examples=20, deadline=None)
@given(corpora(), st.randoms(use_true_random=False))
def test_an_index_says_what_comparing_all_texts_says(tmp_path_factory, corpus, rnd):
    folder = tmp_path_factory.mktemp("model", numbered=True)
    config = replace(corpus.config, recall=0.9999)  # the model misses nothing
    config = replace(config, shingle=rnd.choice(["char", "char", "word"]))
    model = Model(config)
    names = [f"d{rnd.randrange(len(corpus.texts) + 1)}" for _ in corpus.texts]
    named = list(zip(names, corpus.texts, strict=True))
    with fresh(folder, config) as index:
        for batch in batches(named, rnd):
            found = [result.text for result in index.clean_many(batch)]
            assert found == [model.clean(*item) for item in batch]
        index.check()
        assert len(index) == len(model.texts)


@settings(max_examples=12, deadline=None)
@given(corpora(), st.randoms(use_true_random=False))
def test_the_same_texts_in_any_batches_give_the_same(tmp_path_factory, corpus, rnd):
    folder = tmp_path_factory.mktemp("batches", numbered=True)
    named = [(f"d{number}", text) for number, text in enumerate(corpus.texts)]
    with fresh(folder, corpus.config, "one") as index:
        one_by_one = [index.clean(*item) for item in named]
    with fresh(folder, corpus.config, "many") as index:
        many = [r for batch in batches(named, rnd) for r in index.clean_many(batch)]
    assert [(r.text, r.decisions) for r in one_by_one] == [(r.text, r.decisions) for r in many]


@settings(max_examples=15, deadline=None)
@given(st.lists(plain_texts(blank=True), min_size=2, max_size=6))
def test_whatever_goes_may_go_for_what_stands(tmp_path_factory, texts):
    config = dedup.Config(paragraphs="blank", max_removed=100)
    folder = tmp_path_factory.mktemp("oracle", numbered=True)
    kept = {}
    with fresh(folder, config) as index:
        for number, text in enumerate(texts):
            result = index.clean(f"d{number}", text)
            paragraphs = oracle.split(text, "blank")
            for decision in result.removed:
                place = decision.canonical
                if place.document:
                    known = result.run.references[place.document - 1]
                    canonical = kept[known.id][place.paragraph]
                else:
                    canonical = paragraphs[place.paragraph]
                ours = paragraphs[decision.paragraph]
                assert oracle.accepts(ours, canonical, config, across=bool(place.document))
            kept[f"d{number}"] = oracle.split(result.text, "blank")


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_replaced_again_and_again_leaves_what_others_hold(tmp_path_factory, rnd):
    pool = [FERRY, MUSEUM, STOVE, f"{FERRY} in winter", f"{MUSEUM} and the last"]
    held = {}
    folder = tmp_path_factory.mktemp("again", numbered=True)
    with fresh(folder, dedup.Config(threshold_across=1.0)) as index:
        for _ in range(5):
            batch = [
                (f"d{rnd.randrange(4)}", text_of(*rnd.sample(pool, rnd.randrange(4))))
                for _ in range(rnd.randrange(1, 7))
            ]
            index.add_many(batch)
            held |= dict(batch)
            if rnd.random() < 0.5:
                name = f"d{rnd.randrange(4)}"
                assert index.remove(name) == (held.pop(name, None) is not None)
            index.check()
            assert len(index) == len(held)
            there = {one for text in held.values() for one in text.strip().split("\n\n")}
            for one in pool:
                assert (index.query(text_of(one)).text == "\n") == (one in there)


def test_an_article_loses_what_one_before_it_said(place):
    with dedup.Index.open(place) as index:
        assert index.clean("a", text_of(FERRY, TICKETS, MUSEUM)).text == text_of(
            FERRY, TICKETS, MUSEUM
        )
        result = index.clean("b", text_of(FERRY, TICKETS, MUSEUM, STOVE))
    assert result.text == text_of(STOVE)
    assert [(d.reason, d.canonical.paragraph) for d in result.removed] == [
        ("exact", 0),
        ("block", 1),
        ("exact", 2),
    ]
    assert dedup.restore(result.text, result.report("json")) == text_of(
        FERRY, TICKETS, MUSEUM, STOVE
    )
    assert "b:1: exact repeats a:1" in result.report("text")


@pytest.mark.parametrize("threshold", [0.65, 0.9, 0.99, 1.0])
def test_what_is_equal_goes_at_every_threshold(place, threshold):
    config = dedup.Config(threshold_across=threshold, recall=0.9)
    with dedup.Index.open(place, config) as index:
        index.add("a", text_of(FERRY))
        assert index.clean("b", text_of(FERRY, MUSEUM)).text == text_of(MUSEUM)
        assert index.query(text_of(MUSEUM, STOVE)).text == text_of(STOVE)
        index.check()


def test_a_text_is_never_a_duplicate_of_itself(place):
    with dedup.Index.open(place) as index:
        for _ in range(3):
            assert index.clean("a", text_of(FERRY, MUSEUM)).removed == ()
        index.check()
    with dedup.Index.open(place) as index:
        assert index.clean("a", text_of(MUSEUM, FERRY)).removed == ()
        assert len(index) == 1


def test_what_is_left_goes_on_standing_when_its_first_place_goes(place):
    with dedup.Index.open(place) as index:
        index.add("a", text_of(FERRY, MUSEUM))
        index.add("b", text_of(STOVE, FERRY))
        assert index.remove("a")
        assert not index.remove("a")
        index.check()
        result = index.query(text_of(FERRY, MUSEUM))
    assert [known.id for known in result.run.references] == ["b"]
    assert result.text == text_of(MUSEUM)


def test_a_query_adds_nothing_and_can_leave_one_document_out(place):
    with dedup.Index.open(place) as index:
        index.add("a", text_of(FERRY))
        before = place.read_bytes()
        assert index.query(text_of(FERRY, MUSEUM)).text == text_of(MUSEUM)
        assert index.query(text_of(FERRY), doc_id="a").removed == ()
        assert "text" not in index
    assert place.read_bytes() == before


def test_who_asks_at_the_wrong_time_is_not_told_that_the_index_is_damaged(place):
    with dedup.Index.open(place) as index:
        with index.looking(), pytest.raises(UsageError, match="is being looked at"):
            index.query(FERRY)
        index.add("a", text_of(FERRY))
    with pytest.raises(UsageError, match="was closed: open it again"):
        index.query(FERRY)


def test_what_is_removed_leaves_no_word_in_the_file(place):
    with dedup.Index.open(place) as index:
        index.add("a", text_of("Zanzibar parsnips hum quietly under the seventh lantern of spring"))
        index.add("b", text_of(MUSEUM))
        assert b"zanzibar parsnips" in place.read_bytes()
        index.remove("a")
    assert b"zanzibar" not in place.read_bytes()


def test_what_is_removed_leaves_no_word_where_rows_were_moved(place):
    """The first page of a table becomes the one above the others when it is full."""
    with fresh(place.parent, dedup.Config(), place.stem) as index:
        for number in range(12):
            words = [[f"lantern{row}x{n}" for n in range(20)] for row in range(10 + 20 * number)]
            index.add(f"d{number}", text_of(*map(" ".join, words)))
            assert b"lantern" in place.read_bytes()
            index.remove(f"d{number}")
            assert b"lantern" not in place.read_bytes()


def test_the_file_is_its_owners_alone_and_nothing_stands_beside_it(place):
    import os

    old = os.umask(0)
    try:
        with dedup.Index.open(place) as index:
            index.add("a", text_of(FERRY))
    finally:
        os.umask(old)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_what_another_connection_writes_is_seen(place):
    with dedup.Index.open(place) as one, dedup.Index.open(place) as other:
        one.add("a", text_of(FERRY))
        assert other.clean("b", text_of(FERRY, MUSEUM)).text == text_of(MUSEUM)
        assert one.clean("c", text_of(MUSEUM)).text == "\n"
        one.check()


def test_bytes_stay_bytes(place):
    with dedup.Index.open(place, dedup.Config(encoding="latin-1")) as index:
        text = text_of(STOVE, MUSEUM).encode("latin-1")
        assert index.clean("a", text).text == text
        assert index.clean("b", text + text_of("", FERRY).encode()).text.strip() == FERRY.encode()


def test_what_cannot_be_read_is_told_though_nothing_repeats(place):
    data = f"{FERRY}\n\n".encode() + b"Some bytes \xff that nobody can read.\n"
    with dedup.Index.open(place) as index:
        (told,) = index.query(data).warnings
        assert "bytes that are not utf-8" in told
        assert [r.warnings for r in index.clean_many([("text", data), ("b", MUSEUM.encode())])] == [
            (told,),
            (),
        ]


def test_many_documents_pass_through_merges(place):
    rnd = random.Random(5)
    words = [f"{a}{b}" for a in "kalmirozute" for b in ("nor", "tes", "pil", "dam", "gus")]
    texts = [
        (f"d{n}", text_of(*(" ".join(rnd.choices(words, k=14)) for _ in range(3))))
        for n in range(400)
    ]
    with fresh(place.parent, dedup.Config()) as index:
        for low in range(0, 400, 7):
            index.add_many(texts[low : low + 7])
        assert index.info()["segments"] < 12
        index.check()
        for name, text in rnd.sample(texts, 100):
            assert index.query(text).text.strip() == "", name
        for name, _ in texts[::2]:
            index.remove(name)
        index.check()
        for number, (_, text) in enumerate(texts):
            assert index.query(text).text.strip() == (text.strip() if number % 2 == 0 else "")


def test_a_crowd_and_what_is_replaced_give_the_same_in_any_batches(tmp_path):
    words = random.Random(5).sample(range(1000, 9000), 40)
    crowd = [
        " ".join(f"word{n}" for n in [*words[:37], "abc"[number % 3] * (number % 7 + 1), number])
        for number in range(150)
    ]
    named = [(f"d{number}", text_of(text, FERRY)) for number, text in enumerate(crowd)]
    named += [("d3", text_of(MUSEUM, FERRY)), ("new", text_of(crowd[3], STOVE)), named[140]]
    config = dedup.Config(max_removed=100)  # of a crowd, numbers keep most
    with fresh(tmp_path, config, "one") as index:
        one_by_one = [index.clean(*item) for item in named]
        index.check()
    with fresh(tmp_path, config, "many") as index:
        many = list(index.clean_many(named))
        index.check()
    assert any("not compared" in warning for r in one_by_one for warning in r.warnings)
    for one, other in zip(one_by_one, many, strict=True):
        assert (one.text, one.decisions, one.run) == (other.text, other.decisions, other.run)


def test_a_query_leaves_a_document_out_of_a_crowd_too(tmp_path):
    words = random.Random(6).sample(range(1000, 9000), 40)
    crowd = [
        (f"d{number}", text_of(" ".join(f"word{n}" for n in [*words, number])))
        for number in range(MAX_BUCKET + 1)
    ]
    config = dedup.Config(max_removed=100, protect=("none",))
    with fresh(tmp_path, config) as index:
        index.add_many([*crowd, ("other", text_of(FERRY))])
        for name, text in (crowd[0], crowd[60], crowd[-1]):
            asked = index.query(text, doc_id=name)
            cleaned = index.clean(name, text)
            assert (asked.text, asked.decisions) == (cleaned.text, cleaned.decisions)
            assert asked.warnings == cleaned.warnings == ()
            assert asked.text == "\n"
            index.add(name, text)


def test_what_equals_one_of_a_crowd_is_found_by_every_way(tmp_path):
    """Of a hundred and seventy that differ in a number, most keys are those of a crowd."""
    rnd = random.Random(1)
    words = ["".join(rnd.choices("abcdefghijklmnoprstuvw", k=6)) for _ in range(300)]

    def text(number):
        return " ".join([*words[:150], str(10_000 + number), *words[150:]]).capitalize() + "."

    crowd = [(f"d{number}", text(number)) for number in range(170)]
    again = [(f"e{number}", text(number)) for number in range(130, 170)]
    config = dedup.Config()
    with fresh(tmp_path, config, "one") as one, fresh(tmp_path, config, "many") as many:
        for index in (one, many):
            index.add_many(crowd[:100])
        by_one = [one.clean(*item) for item in crowd[100:]]
        assert [result.decisions for result in by_one] == [
            result.decisions for result in many.clean_many(crowd[100:])
        ]
        for _, written in again:
            assert one.query(written).decisions[0].reason == "exact"
        assert {r.decisions[0].reason for r in many.clean_many(again)} == {"exact"}
        # Who takes the place of a document of the same name is asked once more.
        assert {r.decisions[0].reason for r in many.clean_many(again)} == {"exact"}


def test_a_headline_in_other_letters_goes_by_every_way(place):
    headline = "The market of Dublin opens in May"
    text = text_of(headline, FERRY, headline.lower(), MUSEUM)
    left = text_of(headline, FERRY, MUSEUM)
    assert dedup.clean(text).text == left
    with dedup.Index.open(place) as index:
        assert index.query(text).text == left
        assert index.clean("a", text).text == left


def test_what_is_ignored_has_its_length_in_the_index_all_the_same(place):
    with dedup.Index.open(place) as index:
        index.add("a", text_of("dedup: off", FERRY, "dedup: on", MUSEUM))
        with index._store.transaction(writing=False):
            entry = index._store.entry(index._store.document_called("a"))
    assert entry.form.tolist()[:3] == [-1, -1, -1]
    assert entry.words.tolist()[1] == len(FERRY.split())
