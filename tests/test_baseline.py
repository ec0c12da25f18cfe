"""The baseline: what is accepted today passes, wherever it stands; what is new fails."""

import json
import os
import random
import re
from collections import Counter
from dataclasses import replace

import pytest
import repositories
from hypothesis import given
from hypothesis import strategies as st

from dedup import baseline
from dedup.baseline import FILE, Entry, judge, written
from dedup.findings import Finding, Spot

FERRY = "The ferry to the island leaves twice a day from the harbour behind the old church."
EDITED = "The ferry to the island leaves twice a day from the harbour behind the old brown church."
AGAIN = "The ferry to our island leaves twice a day from the harbour behind the old grey church."
INN = "Two lanterns hang over the door of the inn, and one of them is always lit in winter."
COOPER = "The cooper rolls his barrels down to the quay before the tide has turned again."
QUAY = "Nets are mended on the quay while the cats of the harbour master watch from the wall."
NEWS = "The paper is read aloud in the evening by whoever still has a voice after the fair."
MILL = "A mill on the hill grinds whatever grain the farmers of three valleys bring to it."


@pytest.fixture
def repository(tmp_path):
    """Give a folder that passes for a git work tree, with an accepted repeat and two texts."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.md").write_text(f"{FERRY}\n\n{INN}\n")
    (tmp_path / "b.md").write_text(f"{COOPER}\n\n{EDITED}\n\n{QUAY}\n")
    return tmp_path


@pytest.fixture
def check(command, repository):
    """Give a call of `dedup check` on all of the repository, or on what is named."""

    def run(*arguments, paths=(".",), cwd=repository):
        return command("check", *arguments, *paths, cwd=cwd)

    return run


def accepted(folder):
    *entries, end = json.loads((folder / FILE).read_text())["accepted"]
    assert end == {}
    return entries


def test_what_is_accepted_passes_and_is_counted(check, repository):
    assert check().status == 1
    done = check("--update-baseline")
    assert (done.status, done.out) == (0, b"")
    assert done.err == f"dedup: {FILE}: 1 entry: 1 added, 0 dropped\n"
    done = check()
    assert (done.status, done.out) == (0, b"")
    assert done.err == "dedup: 2 files: nothing to cut (1 accepted)\n"
    done = check("-v")
    assert done.out == b"b.md:3: near repeats a.md:1 (Jaccard 0.86) (accepted)\n"
    assert check("--format", "json").status == 0


def test_the_file_is_made_for_git(check, repository):
    (repository / "c.md").write_text(f"{INN}\n\n{FERRY}\n\n“{MILL}”\n")
    (repository / "d.md").write_text(f"{MILL}\n")
    check("--update-baseline")
    first = (repository / FILE).read_bytes()
    lines = first.decode().splitlines()
    assert lines[:2] == ["{", '  "schema": "dedup-baseline/1",']
    assert len(lines) == 3 + 4 + 3
    assert all(line.endswith('"},') for line in lines[3:7])
    assert first.endswith(b"\n")
    entries = accepted(repository)
    assert entries == sorted(entries, key=lambda one: (one["repeat"], one["original"]))
    assert [set(one) for one in entries] == [{"repeat", "original", "excerpt"}] * 4
    done = check("--update-baseline")
    assert done.err == f"dedup: {FILE}: 4 entries: 0 added, 0 dropped\n"
    assert (repository / FILE).read_bytes() == first


def test_an_update_that_changes_nothing_does_not_write(check, repository):
    check("--update-baseline")
    before = (repository / FILE).stat()
    check("--update-baseline")
    assert (repository / FILE).stat().st_ino == before.st_ino
    assert (repository / FILE).stat().st_mtime_ns == before.st_mtime_ns


def test_without_repeats_there_is_no_baseline(check, repository):
    (repository / "b.md").unlink()
    done = check("--update-baseline")
    assert (done.status, done.err) == (0, f"dedup: nothing to accept: {FILE} is not written\n")
    assert not (repository / FILE).exists()


def test_a_check_without_the_flag_writes_nothing(check, repository):
    before = sorted(repository.iterdir())
    check()
    check("--baseline", FILE)
    assert sorted(repository.iterdir()) == before


def test_a_new_repeat_fails_and_the_accepted_one_is_not_listed(check, repository):
    check("--update-baseline")
    (repository / "c.md").write_text(f"{INN}\n")
    done = check()
    assert (done.status, done.out) == (1, b"c.md:1: exact repeats a.md:3\n")
    said = done.err.splitlines()[-1]
    assert said.startswith("dedup: 1 repeat in c.md (1 accepted): ")
    assert said.endswith("'dedup check --update-baseline' accepts it")


@pytest.mark.parametrize("text", [FERRY, EDITED, AGAIN], ids=["original", "repeat", "other"])
def test_a_third_copy_of_an_accepted_text_fails(check, repository, text):
    check("--update-baseline")
    (repository / "c.md").write_text(f"{text}\n\n{MILL}\n\n{NEWS}\n")
    done = check()
    assert done.status == 1
    assert done.out.count(b" repeats ") == 1


REST = f"{COOPER}\n\n{QUAY}\n"
MOVES = {
    "line": {"b.md": f"{MILL}\n\n{REST}\n\n{EDITED}\n"},
    "file": {"b.md": REST, "z.md": f"{EDITED}\n"},
    "before the original": {"b.md": REST, "0.md": f"{EDITED}\n"},
    "both": {"a.md": f"{EDITED}\n", "b.md": f"{INN}\n\n{REST}", "d.md": f"{FERRY}\n"},
    "into one file": {"a.md": f"{INN}\n\n{EDITED}\n\n{FERRY}\n", "b.md": REST},
    "wrapped": {"b.md": f"{EDITED.replace(' leaves', chr(10) + 'leaves')}\n\n{REST}"},
    "typeset": {"b.md": f"{EDITED.replace('The ferry', '“The” *ferry*')}\n\n{REST}"},
}


@pytest.mark.parametrize("move", MOVES)
def test_moving_an_accepted_text_does_not_fire(check, repository, move):
    check("--update-baseline")
    for name, text in MOVES[move].items():
        (repository / name).write_text(text)
    done = check()
    assert (done.status, done.out) == (0, b"")
    assert "1 accepted" in done.err
    assert "stale" not in done.err


@pytest.mark.parametrize("edited", ["a.md", "b.md"])
def test_an_accepted_pair_of_which_one_was_edited_stays_accepted(check, repository, edited):
    check("--update-baseline")
    (before,) = accepted(repository)
    path = repository / edited
    path.write_text(path.read_text().replace("twice a day", "thrice a day"))
    done = check()
    assert (done.status, "stale" in done.err) == (0, False)
    done = check("--update-baseline")
    assert done.err == f"dedup: {FILE}: 1 entry: 0 added, 0 dropped, 1 written anew\n"
    (after,) = accepted(repository)
    texts = [{one["repeat"], one["original"]} for one in (before, after)]
    assert len(texts[0] & texts[1]) == 1


@pytest.mark.parametrize(
    "left",
    [REST, f"{REST}\nThe ferry has left the island for good, says the old man.\n"],
    ids=["gone", "rewritten"],
)
def test_an_entry_whose_text_went_is_stale_and_dropped_on_request(check, repository, left):
    check("--update-baseline")
    (repository / "b.md").write_text(left)
    before = (repository / FILE).read_bytes()
    done = check()
    assert (done.status, done.out) == (0, b"")
    assert f"1 entry of {FILE} is stale: --update-baseline drops it" in done.err
    assert (repository / FILE).read_bytes() == before
    done = check("--update-baseline")
    assert done.err == f"dedup: {FILE}: 0 entries: 0 added, 1 dropped\n"
    assert accepted(repository) == []
    assert "stale" not in check().err


def test_a_text_over_the_limit_names_its_repeats_and_they_can_be_accepted(check, repository):
    (repository / "b.md").write_text(f"{EDITED}\n")
    done = check()
    assert (done.status, done.out) == (4, b"b.md:1: limit repeats a.md:1\n")
    assert "raise --max-removed" in done.err
    assert check("--update-baseline").status == 0
    done = check()
    assert (done.status, done.out) == (0, b"")
    assert done.err == "dedup: 2 files: nothing to cut (1 accepted)\n"


def test_a_stale_entry_accepts_no_other_text(check, repository):
    check("--update-baseline")
    (repository / "b.md").write_text(f"{INN}\n")
    done = check()
    assert (done.status, done.out) == (1, b"b.md:1: exact repeats a.md:3\n")
    assert "1 entry" in done.err


def test_a_check_of_a_part_calls_nothing_stale_and_drops_nothing(check, repository):
    check("--update-baseline")
    (repository / "c.md").write_text(f"{INN}\n\n{MILL}\n\n{INN}\n")
    done = check(paths=("c.md",))
    assert (done.status, "stale" in done.err) == (1, False)
    done = check("--update-baseline", paths=("c.md",))
    assert done.status == 0
    assert f"{FILE}: 2 entries: 1 added, 0 dropped" in done.err
    assert "not all texts were checked: 1 entry that fit none of these stays" in done.err
    assert check(paths=("b.md",)).status == 0


@pytest.mark.parametrize("name", ["b.rst", ".hidden/b.md"])
def test_a_folder_that_means_fewer_texts_than_git_tracks_is_a_part(command, tmp_path, name):
    tree = repositories.repository(tmp_path, {"a.md": FERRY, name: FERRY})
    assert "1 added" in command("check", "--update-baseline", cwd=tree).err
    assert "stale" not in command("check", ".", cwd=tree).err
    assert "0 dropped" in command("check", "--update-baseline", ".", cwd=tree).err
    assert command("check", cwd=tree).status == 0
    (tree / name).unlink()
    assert "stale" in command("check", ".", cwd=tree).err


def test_a_text_that_could_not_be_read_makes_the_check_one_of_a_part(check, repository):
    check("--update-baseline")
    (repository / "b.md").write_bytes(b"\0" * 1000)
    done = check()
    assert (done.status, "stale" in done.err) == (3, False)
    assert check("--update-baseline").status == 3
    assert len(accepted(repository)) == 1


def test_each_document_by_itself_is_a_part(check, repository):
    check("--update-baseline")
    done = check("--scope", "document")
    assert (done.status, "stale" in done.err) == (0, False)


def test_the_baseline_is_found_at_the_root_from_below(check, repository):
    check("--update-baseline")
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / "deep" / "er" / "c.md").write_text(f"{INN}\n")
    below = repository / "deep" / "er"
    done = check(paths=("../..",), cwd=below)
    assert "(1 accepted)" in done.err
    done = check("--update-baseline", paths=("../..",), cwd=below)
    assert done.err.startswith(f"dedup: ../../{FILE}: 2 entries: 1 added")
    assert list(below.iterdir()) == [below / "c.md"]


def test_it_stands_at_the_root_of_a_work_tree_that_git_is_told(command, tmp_path, monkeypatch):
    home = repositories.repository(tmp_path / "home", {"a.md": FERRY, "deep/b.md": FERRY})
    (home / ".git").rename(tmp_path / "home.git")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "home.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(home))
    for paths in ([], ["b.md"]):
        done = command("check", "--update-baseline", *paths, cwd=home / "deep")
        assert done.err.startswith(f"dedup: ../{FILE}: 1 entry: ")
    assert "(1 accepted)" in command("check", cwd=home).err
    assert not (home / "deep" / FILE).exists()


def test_outside_of_git_it_stands_beside_the_settings_else_in_the_working_folder(command, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.md").write_text(f"{FERRY}\n\n{INN}\n\n{FERRY}\n")
    assert command("check", "--update-baseline", "a.md", "--no-config", cwd=texts).status == 0
    assert (texts / FILE).exists()
    (tmp_path / "dedup.toml").touch()
    assert command("check", "--update-baseline", "a.md", cwd=texts).status == 0
    assert (tmp_path / FILE).read_bytes() == (texts / FILE).read_bytes()


def test_another_baseline_can_be_named(check, repository):
    done = check("--baseline", "other.json")
    assert (done.status, done.out) == (2, b"")
    assert done.err == ("dedup: other.json: no such baseline: --update-baseline writes it\n")
    assert check("--baseline", "other.json", "--update-baseline").status == 0
    assert check().status == 1
    assert check("--baseline", "other.json").status == 0


# --- what is wrong with a baseline ----------------------------------------------------------------

GOOD = Entry("0" * 32, "f" * 32, "A text")
LINE = '    {"repeat": "%s", "original": "%s", "excerpt": "A text"}'
HEAD = '{\n  "schema": "dedup-baseline/1",\n  "accepted": [\n'
BAD = {
    "empty": (b"", ":1: is not valid JSON: expecting value"),
    "no JSON": (b"{\n  x\n}\n", ":2: is not valid JSON"),
    "cut short": (written([GOOD])[:-10], ":5: is not valid JSON"),
    "not UTF-8": (b'{\n"\xff": 1}', ":2: is not UTF-8"),
    "nested": (b"[" * 200_000, ": is no baseline: it is nested too deeply"),
    "long number": (b"1" * 5000, ":1: is not valid JSON: a number is too long"),
    "list": (b"[]", ": is no baseline: its schema is not dedup-baseline/1"),
    "another schema": (b'{"schema": "dedup-report/1"}', ": is no baseline"),
    "too new": (
        b'{"schema": "dedup-baseline/2", "accepted": []}',
        ": is of schema dedup-baseline/2, and this dedup reads dedup-baseline/1: install a newer",
    ),
    "no list": (b'{"schema": "dedup-baseline/1", "accepted": {}}', "the list 'accepted'"),
    "more": (b'{"schema": "dedup-baseline/1", "accepted": [], "x": 1}', "alone: correct that"),
    "digest": (
        f"{HEAD}{LINE % ('0' * 32, 'f' * 32)},\n{LINE % ('0' * 32, 'F' * 32)}\n  ]\n}}\n".encode(),
        ":5: 'original' of an entry is not 32 hexadecimal digits: delete that entry",
    ),
    "number": (
        f"{HEAD}{LINE % ('0' * 32, 'f' * 32)},\n\n  7\n  ]\n}}\n".encode(),
        ":6: an entry is no table of strings",
    ),
    "key": (
        f'{HEAD}  {{\n   "repeat": "", "original": ""}}\n  ]\n}}\n'.encode(),
        ":4: an entry has not 'repeat', 'original' and 'excerpt' alone",
    ),
    "conflict": (
        f"{HEAD}<<<<<<< HEAD\n{LINE % ('0' * 32, 'f' * 32)}\n=======\n>>>>>>> b\n]}}\n".encode(),
        ":4: holds the marks of a merge conflict: keep the entries of both sides",
    ),
}


@pytest.mark.parametrize("update", [(), ("--update-baseline",)], ids=["check", "update"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_baseline_is_one_line_and_stays_as_it_is(check, repository, kind, update):
    data, said = BAD[kind]
    (repository / FILE).write_bytes(data)
    done = check(*update)
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith(f"dedup: {FILE}")
    assert said in done.err
    assert "or delete it" in done.err
    assert len(done.err.splitlines()) == 1
    assert (repository / FILE).read_bytes() == data


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "link"])
def test_what_is_no_file_is_refused_and_nothing_is_written_behind_a_link(
    check, repository, tmp_path_factory, kind
):
    place, outside = repository / FILE, tmp_path_factory.mktemp("outside") / "new.json"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(outside)
        if kind == "link":
            outside.write_bytes(written([]))
    done = check("--update-baseline")
    assert (done.status, len(done.err.splitlines())) == (3 if kind == "link" else 2, 1)
    assert done.err.startswith(f"dedup: {FILE}: ")
    assert not outside.exists() or outside.read_bytes() == written([])


@pytest.mark.parametrize("named", ["", "-"])
def test_a_name_that_is_none_is_refused(check, named):
    done = check("--baseline", named)
    assert (done.status, "name a file" in done.err) == (2, True)


# --- judging, for itself --------------------------------------------------------------------------


def finding(repeat, original, *, removed=True, excerpt=""):
    return Finding(
        Spot("a", (1, 1), f"{repeat:032x}"),
        Spot("b", (1, 1), f"{original:032x}"),
        "near",
        removed,
        excerpt,
    )


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(PAIRS, st.randoms(use_true_random=False))
def test_what_was_accepted_stays_so_in_any_order_and_role(pairs, rnd):
    entries = [Entry.of(finding(*pair)) for pair in pairs]
    moved = [finding(*(pair if rnd.random() < 0.5 else pair[::-1])) for pair in pairs]
    rnd.shuffle(moved)
    judged = judge(moved, entries)
    assert all(one.accepted for one in judged.findings)
    assert judged.stale == []


@given(PAIRS, PAIRS)
def test_each_entry_accepts_one_that_it_shares_a_text_with(pairs, others):
    entries = [Entry.of(finding(*pair)) for pair in others]
    found = [finding(*pair) for pair in pairs]
    judged = judge(found, entries)
    assert [replace(one, accepted=False) for one in judged.findings] == found
    accepted = [one for one in judged.findings if one.accepted]
    used = Counter(entries) - Counter(judged.stale)
    assert len(accepted) + len(judged.stale) == len(entries)
    assert used.total() == len(accepted)
    for one in accepted:
        assert any(texts(one) & {entry.repeat, entry.original} for entry in used)
    for one in judged.findings:
        assert one.accepted or not any(
            texts(one) & {entry.repeat, entry.original} for entry in judged.stale
        )


def texts(one):
    return {one.repeat.digest, one.original.digest}


def test_the_nearest_entry_is_taken_first():
    entries = [Entry.of(finding(*pair)) for pair in [(1, 2), (3, 2), (1, 4), (8, 9)]]
    judged = judge([finding(7, 2), finding(1, 2), finding(1, 9), finding(2, 6)], entries[:3])
    assert [one.accepted for one in judged.findings] == [True, True, True, False]
    judged = judge([finding(7, 2), finding(1, 2)], entries)
    assert judged.stale == [entries[2], entries[3]]


def test_what_is_only_alike_needs_no_entry():
    judged = judge([finding(1, 2, removed=False)], [Entry.of(finding(1, 2))])
    assert not judged.findings[0].accepted
    assert len(judged.stale) == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.text()), max_size=8))
def test_what_is_written_is_read_again_and_drives_no_terminal(rows):
    entries = [Entry.of(finding(a, b, excerpt=text)) for a, b, text in rows]
    data = written(entries)
    assert baseline._parsed(data, "x") == sorted(entries)
    mixed = list(entries)
    random.Random(1).shuffle(mixed)
    assert written(mixed) == data
    assert data.count(b"\n") == len(entries) + 6
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", data.decode())


def test_the_digest_of_a_text_is_part_of_the_schema(check, repository):
    """Whoever makes forms otherwise makes a baseline of another schema: else all of it is stale."""
    check("--update-baseline")
    (one,) = accepted(repository)
    assert (one["repeat"], one["original"]) == (
        "baf5dabcc58665fedfee03d92e648279",
        "b341912d61f809683f607227c0fc4e4f",
    )
