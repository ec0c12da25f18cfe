"""What is kept between checks: it saves time, and never decides anything."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from corpora import texts
from markdown_texts import article
from repositories import git, repository, write
from strategies import PLAIN

from dedup.repository import contents, memory, verdicts
from dedup.repository import texts as reading
from dedup.repository.processes import processes
from dedup.repository.state import State
from dedup.repository.store import Store, arrays_of

FERRY = "The ferry to the island leaves twice a day from the harbour behind the old church."
TICKETS = "Tickets are sold on board, in coins and in notes, by whoever has the time to do so."
REPEATS = b"b.txt:1: exact repeats a.txt:1\n"


@pytest.fixture
def tree(tmp_path):
    """Give a repository of a few texts, written some time ago."""
    found = repository(tmp_path / "tree", {"a.txt": FERRY, "b.txt": FERRY, "c.txt": TICKETS})
    _age(found)
    return found


def _age(tree):
    """Let all that was written be older than the clock of the disk can tell apart."""
    probe = tree / ".git" / "probe"
    probe.touch()
    then = probe.stat().st_mtime_ns
    while probe.stat().st_mtime_ns == then:
        time.sleep(0.001)
        probe.touch()


@pytest.fixture
def work(monkeypatch):
    """Give what is read, imprinted and decided from now on."""
    done = {"read": [], "imprinted": [], "decided": []}

    def watch(module, name, kind, of):
        original = getattr(module, name)

        def watched(*arguments):
            done[kind] += of(arguments)
            return original(*arguments)

        monkeypatch.setattr(module, name, watched)

    def of_batch(arguments):
        return list(arguments[0].data)

    watch(contents, "read_unnamed", "read", lambda a: [a[0].rpartition("/")[2]])
    watch(reading, "_of_batch", "imprinted", of_batch)
    from dedup.repository import check as module

    watch(module, "decide", "decided", lambda a: [document.id for document in a[0]])
    return done


def forget(work):
    for kind in work.values():
        kind.clear()


def test_only_what_is_new_is_read_and_decided(tree, command, work):
    first = command("check", cwd=tree)
    assert first.out == REPEATS
    assert sorted(work["read"]) == ["a.txt", "b.txt", "c.txt"]
    assert work["decided"] == ["a.txt", "b.txt"]
    forget(work)
    assert command("check", cwd=tree) == first
    assert work == {"read": [], "imprinted": [], "decided": []}
    write(tree, {"c.txt": f"{TICKETS}\n\nAnd that is all there is to say about the whole matter."})
    _age(tree)
    assert command("check", cwd=tree) == first
    assert (work["read"], len(work["imprinted"]), work["decided"]) == (["c.txt"], 1, [])
    forget(work)
    write(tree, {"c.txt": TICKETS})
    assert command("check", cwd=tree) == first
    assert (work["read"], work["imprinted"], work["decided"]) == (["c.txt"], [], [])


def test_a_change_that_keeps_size_and_time_is_seen(tree, command):
    assert command("check", cwd=tree).status == 1
    before = (tree / "b.txt").stat()
    write(tree, {"b.txt": FERRY[::-1]})
    os.utime(tree / "b.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert command("check", cwd=tree).status == 0


def test_a_change_in_the_same_tick_of_the_clock_is_seen(tree, command, monkeypatch, work):
    """What was written after the clock was asked is read again, whatever its stat says."""
    real = os.lstat

    def lstat(path, **options):
        found = list(real(path, **options))
        keys = [name for name in dir(os.stat_result) if name.startswith("st_")]
        extra = {name: getattr(real(path, **options), name) for name in keys}
        ours = str(path).endswith("b.txt")
        times = dict.fromkeys(("st_mtime_ns", "st_ctime_ns"), 1 << 62) if ours else {}
        return os.stat_result(found, {**extra, **times})

    monkeypatch.setattr(os, "lstat", lstat)
    assert command("check", cwd=tree).status == 1
    forget(work)
    write(tree, {"b.txt": FERRY[::-1]})
    assert command("check", cwd=tree).status == 0
    assert work["read"] == ["b.txt"]


def kept_in(tree):
    return sorted((tree / ".git" / "dedup").iterdir())


def test_it_is_private_and_leaves_nothing_else(tree, command):
    command("check", cwd=tree)
    assert [path.name for path in kept_in(tree)] == ["paragraphs", "state"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept_in(tree)} == {0o600}
    assert git(tree, "status", "--porcelain", "--ignored").stdout.count(b"dedup") == 0


def truncated(data, rnd):
    return data[: rnd.randrange(len(data))]


def flipped(data, rnd):
    at = rnd.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rnd.randrange(8))]) + data[at + 1 :]


def newer(data, rnd):
    assert data.startswith(b"dedup cache 3\n")
    return data.replace(b"dedup cache 3\n", b"dedup cache 4\n")


def foreign(data, rnd):
    return rnd.randbytes(rnd.randrange(200))


@pytest.mark.parametrize("harm", [truncated, flipped, newer, foreign])
@pytest.mark.parametrize("seed", range(6))
def test_a_file_that_is_not_as_it_was_written_is_ignored(tree, command, harm, seed):
    first = command("check", cwd=tree)
    rnd = Random(seed)
    for path in kept_in(tree)[seed % 2 :]:
        path.write_bytes(harm(path.read_bytes(), rnd))
    write(tree, {"c.txt": TICKETS + " And more." * seed})
    assert command("check", cwd=tree) == first
    assert State.load(Store(tree / ".git" / "dedup")).files  # it is written anew


@pytest.mark.parametrize("head", [[], {}, {"stamp": "x"}, None, "text", {"files": 3}])
def test_a_state_of_another_shape_is_ignored(tree, command, head):
    first = command("check", cwd=tree)
    store = Store(tree / ".git" / "dedup")
    for name in ("state", "paragraphs"):
        if isinstance(head, dict):
            store.save(name, head, {})
        else:
            (store.folder / name).write_text(json.dumps(head))
    assert command("check", cwd=tree) == first


def test_arrays_that_do_not_fit_are_ignored():
    head = {"arrays": [["a", "|O", [1], 0]]}
    assert arrays_of(head, memoryview(bytes(8))) is None
    assert arrays_of({"arrays": [["a", "<i8", [-1], 0]]}, memoryview(b"")) is None
    assert arrays_of({}, memoryview(b"")) is None


def test_other_code_or_settings_do_not_meet_what_is_kept(tree, command, work, monkeypatch):
    first = command("check", cwd=tree)
    from dedup.repository import basis

    forget(work)
    monkeypatch.setattr(basis, "code", lambda: "other")
    assert command("check", cwd=tree) == first
    assert len(work["imprinted"]) == 2  # two texts are equal
    forget(work)
    assert command("check", "--max-removed", "10", cwd=tree) == first
    assert (work["imprinted"], work["decided"]) == ([], ["a.txt", "b.txt"])


def test_a_folder_that_cannot_be_written_costs_time_only(tree, command, monkeypatch):
    (tree / ".git" / "dedup").write_text("in the way")
    assert command("check", cwd=tree).out == REPEATS
    assert command("check", cwd=tree).out == REPEATS
    (tree / ".git" / "dedup").unlink()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert command("check", cwd=tree).out == REPEATS
    assert kept_in(tree) == []


def test_a_read_only_disk_is_no_matter(tree):
    script = (
        f"mount --bind {tree} {tree} && mount -o remount,ro,bind {tree} && cd {tree} && "
        f"exec '{sys.executable}' -m dedup check"
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, check=False)
    if done.returncode not in {0, 1} or b"mount" in done.stderr:
        pytest.skip("no mounts here")
    assert done.stdout == REPEATS
    assert not (tree / ".git" / "dedup").exists()


def test_what_belongs_to_somebody_else_is_not_believed(tree, command, monkeypatch):
    command("check", cwd=tree)
    store = Store(tree / ".git" / "dedup")
    assert store.load("state")[0] is not None
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert store.load("state")[0] is None
    assert store.stamp() is None
    assert command("check", cwd=tree).out == REPEATS


def test_a_link_in_its_place_is_not_followed(tree, command, tmp_path):
    command("check", cwd=tree)
    state = tree / ".git" / "dedup" / "state"
    state.rename(tmp_path / "state")
    state.symlink_to(tmp_path / "state")
    before = (tmp_path / "state").read_bytes()
    assert command("check", cwd=tree).out == REPEATS
    assert not state.is_symlink()
    assert (tmp_path / "state").read_bytes() == before


def test_runs_at_once_do_no_harm(tree):
    def run():
        return subprocess.run(
            [sys.executable, "-m", "dedup", "check"], cwd=tree, capture_output=True, check=False
        )

    said = []
    threads = [threading.Thread(target=lambda: said.append(run().stdout)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [REPEATS] * 4
    assert run().stdout == REPEATS
    assert [path.name for path in kept_in(tree)] == ["paragraphs", "state"]


def test_what_is_no_longer_there_is_forgotten_in_time(tree, command, monkeypatch):
    from dedup.repository import state

    monkeypatch.setattr(memory, "_KEPT_SAVES", 3)
    monkeypatch.setattr(state, "_KEPT_SAVES", 3)
    sizes = []
    for number in range(12):
        write(tree, {"c.txt": f"{TICKETS} And more of it, {number} times.", "b.txt": FERRY})
        command("check", cwd=tree)
        sizes.append(sum(path.stat().st_size for path in kept_in(tree)))
    assert max(sizes[6:]) <= sizes[6] + 64
    head, data = Store(tree / ".git" / "dedup").load("paragraphs")
    names = head["names"].split("\n")
    assert 2 < len(names) <= 6
    assert len(np.asarray(arrays_of(head, data)["asked"])) == len(names)


def test_a_file_that_changes_while_it_is_checked_is_named(tree, command, monkeypatch):
    command("check", cwd=tree)
    (tree / ".git" / "dedup" / "paragraphs").unlink()
    write(tree, {"c.txt": FERRY})
    real = contents.digest_of
    monkeypatch.setattr(
        contents, "digest_of", lambda data: real(data + b"!" * (data == FERRY.encode()))
    )
    # c.txt is read once, and held; a.txt and b.txt are read again, and seem to be others.
    done = command("check", cwd=tree)
    assert done.status == 3
    assert done.err.startswith(
        "dedup: a.txt: changed while it was read: run again when nobody writes to it\n"
        "dedup: b.txt: changed while it was read: run again when nobody writes to it\n"
    )


BAD = {
    "binary.txt": bytes(range(256)) * 40,
    "utf16.txt": FERRY.encode("utf-16-le"),
    "latin.txt": f"Fähre: {FERRY}\n\n{TICKETS}".encode("latin-1"),
    "bom.txt": b"\xef\xbb\xbf" + FERRY.encode(),
    "wide.md": (FERRY + "\n\n" + TICKETS).encode("utf-16"),
    "nothing.txt": b"",
    "blank.md": b"\n \n\t\n",
    "conflict.txt": f"<<<<<<< ours\n{FERRY}\n=======\n{TICKETS}\n>>>>>>> theirs\n".encode(),
    "long.txt": (FERRY.encode() + b" ") * 15_000,
    "cr.txt": f"{FERRY}\r{TICKETS}\r".encode(),
}


def test_bad_texts_are_told_of_as_where_they_are_named(tree, command):
    write(tree, BAD)
    git(tree, "add", "-A")
    (tree / "c.txt").chmod(0)
    names = sorted([*BAD, "a.txt", "b.txt", "c.txt"])
    named = command("check", *names, cwd=tree)
    assert "utf16.txt: looks like UTF-16" in named.err
    assert "latin.txt:1: bytes that are not utf-8" in named.err
    assert named.status == 3
    for _ in range(3):
        assert command("check", cwd=tree) == named
    write(tree, {"b.txt": TICKETS})
    named = command("check", *names, cwd=tree)
    assert command("check", cwd=tree) == named


def test_bands_of_more_than_four_bytes(tree, command):
    (tree / "dedup.toml").write_text("threshold-across = 0.95\n")
    for text in (TICKETS, f"{FERRY}\n\n{TICKETS}", TICKETS):
        write(tree, {"c.txt": text})
        warm, cold, named = warm_and_cold(tree, command)
        assert warm == cold == named
        assert warm.status == 1


def test_a_text_over_the_limit(tree, command):
    near = FERRY.replace("twice", "thrice")
    write(tree, {"b.txt": near, "c.txt": f"{near}\n\n{FERRY} And so on, as said before."})
    named = command("check", "--max-removed", "5", "a.txt", "b.txt", "c.txt", cwd=tree)
    assert named.status == 4
    assert command("check", "--max-removed", "5", cwd=tree) == named
    assert command("check", "--max-removed", "5", cwd=tree) == named


def test_a_text_over_the_limit_is_told_of_in_its_place(tree, command):
    write(tree, {"c.txt": FERRY.replace("twice", "thrice"), "d.txt": FERRY})
    git(tree, "add", "-A")
    named = command("check", "a.txt", "b.txt", "c.txt", "d.txt", cwd=tree)
    assert [line[:5] for line in named.out.splitlines()] == [b"b.txt", b"c.txt", b"d.txt"]
    assert command("check", cwd=tree) == named


def test_a_verdict_goes_through_json_as_it_is():
    rnd = Random(3)
    from test_repository_lots import mixture, verdict_on

    while not (verdict := verdict_on(*mixture(rnd.randrange(1 << 20)))).findings:
        pass
    again = verdicts.Verdict.of_plain(json.loads(json.dumps(verdict.plain())))
    assert again == verdict
    assert replace(again, capped=1) != verdict


class Walk:
    """Go at random through what people do to a repository."""

    def __init__(self, tree, seed):
        self.tree, self.rnd = tree, Random(seed)
        self.steps = 0
        write(tree, self.some(8))
        self.run("add", "-A")
        self.run("commit", "-qm", "begin")

    def run(self, *arguments):
        return git(self.tree, *arguments, check=False)

    def some(self, count):
        rnd = self.rnd
        pool = texts(rnd)
        found = {}
        for _ in range(count):
            kind = rnd.choice([".txt", ".txt", ".md"])
            text = article(rnd.randrange(40)) if kind == ".md" else rnd.choice(pool)
            data = text.encode("utf-16" if rnd.randrange(15) == 0 else "utf-8")
            found[f"{rnd.choice(['', 'a/', 'b/'])}{rnd.randrange(12):02}{kind}"] = data
        return found

    def files(self):
        return [path for path in self.tree.rglob("*.*") if ".git" not in path.parts]

    def step(self):
        rnd = self.rnd
        self.steps += 1
        kind = rnd.randrange(14)
        files = self.files()
        if kind < 4:
            write(self.tree, self.some(1 + rnd.randrange(2)))
            if kind < 3:
                self.run("add", "-A")
        elif kind == 4 and files:
            path = rnd.choice(files)
            lines = path.read_bytes().split(b"\n")
            lines.insert(rnd.randrange(len(lines) + 1), rnd.choice(lines))
            path.write_bytes(b"\n".join(lines))
        elif kind == 5 and len(files) > 3:
            rnd.choice(files).unlink()
        elif kind == 6 and files:
            self.run("mv", str(rnd.choice(files)), f"moved{rnd.randrange(5)}.txt")
        elif kind == 7:
            self.run("commit", "-qam", f"step {self.steps}")
        elif kind == 8:
            self.run("commit", "-qam", "before")
            self.run("switch", "-qc", f"branch{rnd.randrange(4)}")
        elif kind == 9:
            self.run("commit", "-qam", "before")
            self.run("switch", "-q", rnd.choice(["main", *(f"branch{n}" for n in range(4))]))
        elif kind == 10:
            self.run("stash", "-qu")
        elif kind == 11:
            self.run("stash", "pop", "-q")
        elif kind == 12:
            self.run("commit", "-qam", "before")
            if self.run("rebase", "-q", "main").returncode and rnd.randrange(2):
                self.run("rebase", "--abort")
        elif kind == 13:
            self.run("reset", "-q", rnd.choice(["--hard", "--soft"]), "HEAD~1")


def warm_and_cold(tree, command):
    """Check with what is kept, then without; both must say the same as with all files named."""
    warm = command("check", cwd=tree)
    folder, aside = tree / ".git" / "dedup", tree / ".git" / "aside"
    folder.rename(aside)
    cold = command("check", cwd=tree)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    aside.rename(folder)
    listed = git(tree, "ls-files", "-z", "*.txt", "*.md").stdout.split(b"\0")
    names = [os.fsdecode(name) for name in dict.fromkeys(listed) if name]
    names = [name for name in names if (tree / name).is_file()]
    return warm, cold, command("check", *names, cwd=tree) if names else cold


def assert_warm_is_cold(tree, command, seed, steps):
    walk = Walk(repository(tree), seed)
    for _ in range(steps):
        walk.step()
        warm, cold, named = warm_and_cold(tree, command)
        assert warm == cold, walk.steps
        assert warm == named, walk.steps


# With these few texts the small file would hardly ever be written at its real share of the large.
SHARES = pytest.mark.parametrize("share", [0.1, 1.0, 1e9])


@SHARES
@pytest.mark.parametrize("seed", range(2))
def test_warm_is_cold_whatever_git_does(tmp_path, command, monkeypatch, seed, share):
    monkeypatch.setattr(memory, "_SMALL_SHARE", share)
    assert_warm_is_cold(tmp_path / "tree", command, seed, 12)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "share"), [(10, 0.1), (11, 0.1), (12, 1.0), (13, 1e9)])
def test_warm_is_cold_over_two_hundred_steps(tmp_path, command, monkeypatch, seed, share):
    monkeypatch.setattr(memory, "_SMALL_SHARE", share)
    assert_warm_is_cold(tmp_path / "tree", command, seed, 200)


def many(tree):
    """Write forty texts that have nothing in common."""
    rnd = Random(9)
    write(tree, {f"m{n}.txt": " ".join(rnd.choice(PLAIN) for _ in range(40)) for n in range(40)})
    git(tree, "add", "-A")
    _age(tree)


def test_a_text_that_changes_alone_is_kept_beside_the_others(tree, command, work):
    many(tree)
    command("check", cwd=tree)
    large = tree / ".git" / "dedup" / "paragraphs"
    before = large.read_bytes()
    near = FERRY.replace("twice", "thrice")
    write(tree, {"c.txt": f"{near}\n\n{TICKETS}"})
    expected = REPEATS + b"c.txt:1: near repeats a.txt:1 (Jaccard 0.86)\n"
    assert command("check", cwd=tree).out == expected
    assert [path.name for path in kept_in(tree)] == ["paragraphs", "recent", "state"]
    assert large.read_bytes() == before
    assert (large.parent / "recent").stat().st_size < len(before) / 2
    # It is known, and so are its links: a text that comes later repeats what is in either file.
    forget(work)
    again = f"{TICKETS.replace('notes', 'banknotes')}\n\n{' '.join(PLAIN[:30])}"
    write(tree, {"m0.txt": again})
    expected += b"m0.txt:1: near repeats c.txt:3 (Jaccard 0.86)\n"
    assert command("check", cwd=tree).out == expected
    assert work["imprinted"] == [again.encode()]
    # When much is new, all of it is written as one.
    write(tree, {f"n{n}.txt": f"{TICKETS} {n} of them." for n in range(9)})
    git(tree, "add", "-A")
    said = command("check", cwd=tree)
    assert [path.name for path in kept_in(tree)] == ["paragraphs", "state"]
    (large.parent / "state").unlink()
    forget(work)
    assert command("check", cwd=tree) == said
    assert work["imprinted"] == []


@pytest.mark.parametrize("harm", [truncated, flipped, newer, foreign])
@pytest.mark.parametrize("seed", range(3))
def test_a_small_file_that_is_not_as_it_was_written_is_ignored(
    tree, command, monkeypatch, harm, seed
):
    monkeypatch.setattr(memory, "_SMALL_SHARE", 1e9)
    command("check", cwd=tree)
    write(tree, {"c.txt": f"{FERRY}\n\n{TICKETS}"})
    command("check", cwd=tree)
    path = tree / ".git" / "dedup" / "recent"
    path.write_bytes(harm(path.read_bytes(), Random(seed)))
    write(tree, {"b.txt": TICKETS})
    warm, cold, named = warm_and_cold(tree, command)
    assert warm == cold == named
    assert warm.out == b"c.txt:1: exact repeats a.txt:1\nc.txt:3: exact repeats b.txt:1\n"


def test_a_small_file_beside_another_large_one_is_ignored(tree, command, monkeypatch):
    monkeypatch.setattr(memory, "_SMALL_SHARE", 1e9)
    command("check", cwd=tree)
    write(tree, {"c.txt": f"{FERRY}\n\n{TICKETS}"})
    command("check", cwd=tree)
    folder = tree / ".git" / "dedup"
    small = (folder / "recent").read_bytes()
    (folder / "paragraphs").unlink()
    write(tree, {"a.txt": f"{TICKETS} And so on, as was said.", "d.txt": FERRY})
    git(tree, "add", "-A")
    command("check", cwd=tree)
    assert not (folder / "recent").exists()
    (folder / "recent").write_bytes(small)
    write(tree, {"b.txt": TICKETS})
    warm, cold, named = warm_and_cold(tree, command)
    assert warm == cold == named


def test_what_is_known_needs_no_numpy(tree):
    code = (
        "import sys\nfrom dedup.cli import main\nsys.argv = ['dedup', 'check']\n"
        "try:\n    main()\nfinally:\n    print('numpy' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    said = [
        subprocess.run(command, cwd=tree, capture_output=True, check=False).stdout.splitlines()
        for _ in range(2)
    ]
    assert said == [[REPEATS.strip(), b"True"], [REPEATS.strip(), b"False"]]


def test_much_markdown_is_parsed_in_several_processes(tree, command, monkeypatch):
    write(tree, {f"{number}.md": article(number) for number in range(30)})
    git(tree, "add", "-A")
    first = command("check", cwd=tree)
    for path in kept_in(tree):
        path.unlink()
    started = []
    real = reading.processes
    monkeypatch.setattr(reading, "_BATCH_BYTES", 4096)
    monkeypatch.setattr(reading, "_WORTH_PROCESSES_BYTES", 4096)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(reading, "processes", lambda n: started.append(n) or real(n))
    assert command("check", cwd=tree) == first
    assert started == [2]


def test_an_interrupt_while_a_process_starts_is_not_for_it(tmp_path, monkeypatch, capfd):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "if '--multiprocessing-fork' in sys.orig_argv:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with processes(1) as pool:
        assert pool.submit(abs, -1).result() == 1
    assert capfd.readouterr().err == ""


def test_a_state_comes_back_as_it_was_kept(tmp_path):
    store = Store(tmp_path)
    far = 2**63 - 1
    files = {
        "a.txt": (0, -1, far, far, "0f" * 20),
        "odd \udcff\n.md": (far, 0, 1, 2, "ab" * 20),
    }
    for some in (files, {}):
        State(files=some, trees={"t": [1, [[], {}]]}, overrides={"a.txt": [0]}).save(store, 7)
        again = State.load(store)
        assert (again.files, again.stamp, again.serial) == (some, 7, 1)
        assert (again.trees, again.overrides) == ({"t": [1, [[], {}]]}, {"a.txt": [0]})


def test_what_a_state_cannot_hold_leaves_the_old_one(tmp_path):
    store = Store(tmp_path)
    State(files={"a.txt": (1, 2, 3, 4, "0f" * 20)}).save(store, 7)
    State(files={"a.txt": (1, 2**63, 3, 4, "0f" * 20)}).save(store, 8)
    assert State.load(store).stamp == 7
