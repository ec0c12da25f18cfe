"""An index that was damaged, killed, replaced or shared: it says so, or says what it would say."""

import itertools
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import oracle
import pytest
import sweep
from strategies import edited, plain_text, variant

import dedup
from dedup.errors import DedupError, InputError, UsageError
from dedup.index.pages import encode_filter
from dedup.model import Document

SAMPLED_FLIPS, ALL_FLIPS = 60, 1000
SAMPLED_KILLS = 12


def texts_of(rnd, count):
    return [(f"d{number}", plain_text(rnd, blank=True)) for number in range(count)]


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Give the bytes of an index with merges and removals behind it, and what is asked of it."""
    rnd = random.Random(11)
    path = tmp_path_factory.mktemp("held") / "index"
    named = texts_of(rnd, 120)
    with dedup.Index.open(path) as index:
        index._store.database.hurry()
        for number in range(0, 120, 5):
            list(index.clean_many(named[number : number + 5]))
        for name, _ in named[::9]:
            index.remove(name)
        index.add_many(texts_of(rnd, 60)[40:])
        index.check()
    asked = [text for _, text in rnd.sample(named, 12)] + [t for _, t in texts_of(rnd, 4)]
    return path.read_bytes(), asked, [name for name, _ in named[:30]]


def answers(path, asked, names):
    with dedup.Index.open(path, read_only=True, timeout=1) as index:
        said = [index.query(text).text for text in asked]
        return said, [name in index for name in names], len(index)


def damages(data, rnd, count):
    """Give damaged copies: a bit turned, the end cut off, two pages exchanged, a page emptied."""
    page = 8192
    for number in range(count):
        spoiled = bytearray(data)
        kind = number % 10
        one, other = (page * rnd.randrange(len(data) // page) for _ in range(2))
        if kind == 0:
            del spoiled[rnd.randrange(len(data)) :]
        elif kind == 1:
            spoiled[one : one + page] = data[other : other + page]
            spoiled[other : other + page] = data[one : one + page]
        elif kind == 2:
            spoiled[one : one + page] = bytes(page)
        else:
            at = rnd.randrange(8 * len(data))
            spoiled[at // 8] ^= 1 << at % 8
        yield bytes(spoiled)


def misled(path, held, count):
    """Count what was found, and give the copies that gave another answer and did not say why."""
    data, asked, names = held
    path.write_bytes(data)
    expected = answers(path, asked, names)
    found, silent = 0, []
    for number, spoiled in enumerate(damages(data, random.Random(count), count)):
        path.write_bytes(spoiled)
        try:
            if answers(path, asked, names) != expected:
                silent.append(number)
        except DedupError as error:
            one_line = "\n" not in str(error) and path.name in str(error)
            found += 1
            silent += [] if one_line else [str(error)]
    return found, silent


def test_a_sample_of_damage_changes_no_answer_in_silence(tmp_path, held):
    found, silent = misled(tmp_path / "index", held, SAMPLED_FLIPS)
    assert silent == []
    assert found > SAMPLED_FLIPS // 4, "the damage was never met: it tests nothing"


@pytest.mark.slow
def test_no_damage_changes_an_answer_in_silence(tmp_path, held, capsys):
    found, silent = misled(tmp_path / "index", held, ALL_FLIPS)
    with capsys.disabled():
        print(f"\n{ALL_FLIPS} damaged copies: {found} found on use, {len(silent)} misled")
    assert silent == []


def test_a_check_finds_what_no_answer_met(tmp_path, held):
    data, _, _ = held
    path = tmp_path / "index"
    found = whole = 0
    for spoiled in damages(data, random.Random(3), 30):
        if spoiled == data:
            continue
        path.write_bytes(spoiled)
        try:
            with dedup.Index.open(path) as index:
                index.check()
            whole += 1  # a bit that nobody reads: of a page that is free, of a counter
        except DedupError:
            found += 1
    assert found > 3 * whole


def test_a_check_finds_the_filter_of_other_keys(tmp_path, held):
    path = tmp_path / "index"
    path.write_bytes(held[0])
    with dedup.Index.open(path) as index:
        index.check()
        store = index._store
        with store.transaction(writing=True):
            segment = next(one for one in store.segments.segments if one.bits)
            empty = np.zeros_like(store.segments.filter_of(segment))
            store.database.put_raw(encode_filter(segment, empty))
        with pytest.raises(DedupError, match=r"damaged .*filter of segment"):
            index.check()


def test_the_index_of_other_texts_lets_go_only_what_it_holds(tmp_path):
    config = dedup.Config(paragraphs="blank", max_removed=100)
    removed = 0
    for seed in range(12):
        rnd = random.Random(seed)
        path = tmp_path / f"{seed}.dedup"
        with dedup.Index.open(path, config) as index:
            index._store.database.hurry()
            named = texts_of(rnd, 6)
            index.add_many(named)
            for _, written in named:
                words = [line.split() for line in written.split("\n\n")]
                change = rnd.choice([lambda _, w: w, variant, edited])
                text = "\n\n".join(" ".join(change(rnd, w)) for w in words if w)
                result = index.query(text)
                paragraphs = oracle.split(text, "blank")
                for decision in result.removed:
                    if decision.canonical.document:
                        known = result.run.references[decision.canonical.document - 1]
                        stands = known.forms[decision.canonical.paragraph]
                        ours = paragraphs[decision.paragraph]
                        assert oracle.accepts(ours, stands, config, across=True)
                        removed += 1
    assert removed > 10


@pytest.mark.parametrize("size", [0, 1, 100, 5000, 40_000])
def test_random_bytes_are_no_index(tmp_path, size):
    path = tmp_path / "index"
    path.write_bytes(random.Random(size).randbytes(size))
    with pytest.raises(InputError, match=r"index: is (no index|empty)"):
        dedup.Index.open(path)


# --- killed ---------------------------------------------------------------------------------------

_ADD = """
import sys, dedup
with dedup.Index.open(sys.argv[1]) as index:
    list(index.clean_many([("new", sys.argv[2]), ("d0", sys.argv[3])]))
"""


def traced(path, named, log, *options):
    command = ["strace", "-f", "-y", "-qq", "-o", str(log), *options, "--"]
    command += [sys.executable, "-c", _ADD, str(path), *named]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def killing(tmp_path_factory, held):
    """Give what strikes an update at a call, and the calls that touch the index or its folder."""
    if sweep.missing():
        pytest.skip(sweep.missing())
    folder = tmp_path_factory.mktemp("killed")
    data, asked, names = held
    named = [text for _, text in texts_of(random.Random(77), 2)]
    path, log = folder / "index", folder.parent / "log"

    def fresh():
        shutil.rmtree(folder)
        folder.mkdir()
        path.write_bytes(data)
        path.chmod(0o600)

    fresh()
    states = [answers(path, [*asked, *named], [*names, "new"])]
    done = traced(path, named, log, "--seccomp-bpf", "-e", "trace=%file,%desc")
    assert done.returncode == 0, done.stderr
    states.append(answers(path, [*asked, *named], [*names, "new"]))
    assert states[0] != states[1]
    calls = [call for call, _ in sweep._calls(log.read_text().splitlines(), folder)]

    def strike(call):
        fresh()
        inject = f"inject={call.name}:signal=SIGKILL:when={call.number}"
        ended = traced(path, named, log, "-e", f"trace={call.name}", "-e", inject)
        if ended.returncode != -9:
            return f"{call}: was to be killed, and ended with {ended.returncode}: {ended.stderr}"
        dedup.Index.open(path, read_only=True).close()
        with dedup.Index.open(path) as index:
            index.check()
        if answers(path, [*asked, *named], [*names, "new"]) not in states:
            return f"{call}: neither the old state nor the new"
        with dedup.Index.open(path) as index:
            list(index.clean_many([("new", named[0]), ("d0", named[1])]))
            index.check()
        if answers(path, [*asked, *named], [*names, "new"]) != states[1]:
            return f"{call}: then does not reach the new state"
        left = [one.name for one in folder.iterdir() if one != path]
        return f"{call}: leaves {left}" if left else None

    return calls, strike


def test_a_sample_of_kills_leaves_the_old_index_or_the_new(killing):
    calls, strike = killing
    assert len(calls) > 20
    writing = [c for c in calls if re.match("p?write|fsync|fdatasync|unlink|ftruncate", c.name)]
    chosen = [*writing[:: max(1, 2 * len(writing) // SAMPLED_KILLS)]]
    chosen += calls[:: max(1, 2 * len(calls) // SAMPLED_KILLS)]
    assert [told for told in map(strike, dict.fromkeys(chosen)) if told] == []


@pytest.mark.slow
def test_every_kill_leaves_the_old_index_or_the_new(killing, capsys):
    calls, strike = killing
    problems = [told for told in map(strike, calls) if told]
    with capsys.disabled():
        print(f"\nkilled at {len(calls)} system calls: {len(problems)} bad states")
    assert problems == []


# --- shared ---------------------------------------------------------------------------------------

WORKERS = 4


def _adds(path, worker, count):
    with dedup.Index.open(path) as index:
        for number in range(count):
            index.add(f"{worker}.{number}", f"Worker {worker} wrote this as text {number} of many.")


def together(target, arguments):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=target, args=args, daemon=True) for args in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_what_several_processes_add_is_all_there(tmp_path, count):
    path = str(tmp_path / "index")
    together(_adds, [(path, worker, count) for worker in range(WORKERS)])
    with dedup.Index.open(path) as index:
        assert len(index) == WORKERS * count
        missing = [
            f"{worker}.{number}"
            for worker, number in itertools.product(range(WORKERS), range(count))
            if f"{worker}.{number}" not in index
        ]
        assert missing == []
        index.check()


def test_several_cleaners_leave_one_copy_of_everything(tmp_path):
    path = str(tmp_path / "index")
    lines = [
        f"The {a} {b} was painted by the same hand as all others here"
        for a, b in itertools.product(
            ["old", "new", "tall", "grey"], ["mill", "gate", "barn", "quay"]
        )
    ]
    rnd = random.Random(2)
    shared = [[(str(n), rnd.choice(lines) + "\n") for n in range(20)] for _ in range(WORKERS)]
    dedup.Index.open(path, dedup.Config(threshold_across=1.0)).close()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, context) as workers:  # what goes wrong in one is raised here
        cleaned = workers.map(_cleans_all, [path] * WORKERS, range(WORKERS), shared)
        left = [text for texts in cleaned for text in texts]
    kept = [text.strip() for text in left if text.strip()]
    given = {text.strip() for texts in shared for _, text in texts}
    assert sorted(kept) == sorted(given)  # each once: none lost, none twice


def _cleans_all(path, worker, texts):
    with dedup.Index.open(path) as index:
        return [index.clean(f"{worker}.{name}", text).text for name, text in texts]


# --- what is no good index ------------------------------------------------------------------------


def refused(path, **options):
    with pytest.raises(DedupError) as caught, dedup.Index.open(path, **options) as index:
        index.add("new", "Something that was never anywhere before it was written here.")
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.fixture
def index(tmp_path, held):
    path = tmp_path / "index"
    path.write_bytes(held[0])
    return path


def test_what_is_no_index_is_refused_in_one_line(tmp_path, index):
    (tmp_path / "folder").mkdir()
    assert "is a folder, no index: name another" in refused(tmp_path / "folder")
    (tmp_path / "link").symlink_to(index)
    assert "is a link" in refused(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file, no index: name another" in refused(tmp_path / "pipe")
    (tmp_path / "text").write_text("No index, but words.\n" * 20)
    assert "is no index" in refused(tmp_path / "text")
    (tmp_path / "empty").touch()
    assert "is empty" in refused(tmp_path / "empty")
    assert "no such index" in refused(tmp_path / "nothing", read_only=True)
    assert "cannot be written" in refused(tmp_path / "no" / "folder")
    assert "cannot be written" in refused(index, read_only=True)


def test_a_link_is_not_replaced_by_an_index(tmp_path, index):
    link = tmp_path / "link"
    link.symlink_to(index)
    with pytest.raises(DedupError, match="is a link: name the index itself"):
        dedup.Index.build(link, [], dedup.Config())
    assert link.is_symlink()


def test_an_index_of_another_version_is_refused(index):
    data = bytearray(index.read_bytes())
    data[63] = 9  # the last byte of user_version
    index.write_bytes(data)
    assert "is of format 9" in refused(index)


def test_tables_triggers_and_views_of_others_are_refused(index):
    import sqlite3

    for statement in (
        "CREATE TRIGGER t AFTER INSERT ON forms BEGIN DELETE FROM forms; END",
        "CREATE VIEW v AS SELECT * FROM forms",
        "CREATE TABLE more (id INTEGER PRIMARY KEY)",
        "CREATE INDEX i ON forms (data)",
    ):
        data = index.read_bytes()
        connection = sqlite3.connect(index)
        connection.execute(statement)
        connection.close()
        assert "damaged" in refused(index)
        index.write_bytes(data)


def test_a_locked_index_is_waited_for_and_then_left(index):
    import sqlite3

    connection = sqlite3.connect(index, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    assert "another process" in refused(index, timeout=0.1)
    connection.close()


@pytest.mark.parametrize(
    ("setting", "built", "here"),
    [
        ("shingle", "char", "word"),
        ("shingle_size", 5, 4),
        ("num_perm", 128, 64),
        ("seed", 1, 2),
        ("threshold_across", 0.7, 0.65),
        ("min_words", 8, 7),
    ],
)
def test_other_settings_are_refused_by_name(index, setting, built, here):
    told = refused(index, config=dedup.Config(**{setting: here}))
    assert f"was built with {setting} {built!r}, and {here!r}" in told
    assert f"dedup index build {index} INPUT" in told  # which may be in another folder


def test_a_higher_threshold_and_longer_paragraphs_are_in_it(index):
    config = dedup.Config(threshold_across=0.8, min_words=12)
    with dedup.Index.open(index, config) as opened:
        opened.check()


@pytest.mark.parametrize("field", ["hash_version", "unicode", "normalizer", "signatures"])
def test_what_no_setting_changes_is_compared_too(index, field, monkeypatch):
    from dedup.index.header import Parameters

    usual = Parameters.of
    with dedup.Index.open(index) as opened:
        built = opened._store.parameters
        assert getattr(usual(opened.config, built.banding), field) == getattr(built, field)
    value = 9 if field == "hash_version" else "other"

    def other(config, banding=None):
        return replace(usual(config, banding), **{field: value})

    monkeypatch.setattr(Parameters, "of", other)
    told = refused(index)
    assert f"was built with {field}" in told
    assert "dedup index build" in told


def test_without_settings_those_that_it_was_built_with_hold(tmp_path):
    config = dedup.Config(recall=0.9, shingle_size=4, min_words=3, threshold_across=0.8)
    dedup.Index.open(tmp_path / "index", config).close()
    with dedup.Index.open(tmp_path / "index") as opened:
        assert opened.config.shingle_size == 4
        assert (opened.config.min_words, opened.config.threshold_across) == (3, 0.8)
    assert "recall" in refused(tmp_path / "index", config=replace(config, recall=0.999))


def test_an_index_that_is_only_read_stays_as_it_is(index):
    before = index.read_bytes()
    with dedup.Index.open(index, read_only=True) as opened:
        opened.check()
        assert opened.query("Nothing of this was ever written in any of the texts.").removed == ()
    assert index.read_bytes() == before


def test_a_new_index_takes_the_place_of_a_damaged_one_and_its_journal_goes(tmp_path):
    place, config = tmp_path / "index", dedup.Config()
    dedup.Index.build(place, [], config)
    data = bytearray(place.read_bytes())
    data[100:4000] = b"x" * 3900
    place.write_bytes(data)
    (tmp_path / "index-journal").write_bytes(b"what SQLite would put back")
    assert "damaged" in refused(place)
    text = Document("a", b"The ferry to the island leaves twice a day from the old harbour.")
    assert dedup.Index.build(place, [(text, config)], config) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    with dedup.Index.open(place) as opened:
        opened.check()


def test_what_is_no_index_is_not_replaced(tmp_path):
    (tmp_path / "text").write_text("Words, and no index.")
    with pytest.raises(UsageError, match="no index"):
        dedup.Index.build(tmp_path / "text", [], dedup.Config())
    assert (tmp_path / "text").read_text() == "Words, and no index."


def test_an_index_that_was_replaced_is_not_written_to(index):
    with dedup.Index.open(index) as opened:
        data = index.read_bytes()
        index.unlink()
        index.write_bytes(data)
        with pytest.raises(InputError, match="another file took its place"):
            opened.add("new", "Something that was never anywhere before it was written here.")
