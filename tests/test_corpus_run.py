"""A corpus run: what is written, what is refused, how it is undone, and that nothing is lost."""

import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys

import pytest
import zstandard

from dedup.corpus import reading, run, streams
from dedup.corpus.markers import RunFolder

UNPACK = {
    ".gz": gzip.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
PACK = {".gz": gzip.compress, ".zst": zstandard.compress}
CORPUS = ["corpus", "in"]
SAID = "What passengers should know before they take the night ferry"
OTHER = "The island ferry will sail at night from the first of May"


def record(text, **more):
    return json.dumps({**more, "text": text}, ensure_ascii=False).encode() + b"\n"


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        stem, _, suffix = name.partition("__")
        path = folder / f"{stem}.{suffix.replace('__', '.')}"
        packed = PACK.get(path.suffix, bytes)(data)
        path.write_bytes(packed)


def corpus(folder, seed=1, lines=60):
    """Write shards of every kind, whose texts repeat lines; give the folder."""
    source = random.Random(seed)
    pool = [f'{SAID}, number {i}: „é“ 😀 / \\ "so"' for i in range(lines)]

    def shard(number, ascii_only):
        rows = []
        for i in range(number):
            text = "\n\n".join(source.choices(pool, k=source.randrange(6)))
            row = {"id": f"{number}-{i}", "n": source.random(), "text": text}
            rows.append(json.dumps(row, ensure_ascii=ascii_only) + source.choice(["\n", "\r\n"]))
        return "".join(rows).encode()

    write(
        folder,
        a__jsonl=shard(31, ascii_only=True) + b"not json\n\n" + record("last")[:-1],
        b__jsonl__gz=shard(20, ascii_only=False),
        c__jsonl__zst=shard(25, ascii_only=False),
        d__txt=("\ufeff" + "\r\n\r\n".join(source.choices(pool, k=9))).encode(),
        e__md__gz="\n\n".join(source.choices(pool, k=9)).encode(),
        f__txt=b"of its own\n",
        g__txt__gz=b"of its own too\n",
    )
    return folder


def digest(folder):
    """Take the SHA-256 of names and bytes of all files below a folder."""
    seen = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        seen.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return seen.hexdigest()


def content(path):
    return UNPACK.get(path.suffix, bytes)(path.read_bytes())


def ledger(folder):
    return [json.loads(line) for line in (folder / "removed.jsonl").read_bytes().splitlines()]


def clean(command, tmp_path, *arguments, output="out"):
    return command(*CORPUS, "-o", output, *arguments, cwd=tmp_path)


def test_shards_keep_their_names_and_lose_what_repeats(command, tmp_path):
    write(tmp_path / "in", a__jsonl=record(f"{SAID}\n\nx"), b__jsonl=record(f"y\n\n{SAID}", id="b"))
    done = clean(command, tmp_path)
    assert (done.status, done.out) == (0, b"")
    assert (tmp_path / "out/a.jsonl").read_bytes() == (tmp_path / "in/a.jsonl").read_bytes()
    assert (tmp_path / "out/b.jsonl").read_bytes() == record("y", id="b")
    begin = len('{"id": "b", "text": "y')
    assert ledger(tmp_path / "out") == [
        {
            "shard": "b.jsonl",
            "line": 1,
            "document": "b",
            "paragraph": 1,
            "canonical": {"shard": "a.jsonl", "line": 1, "document": "a.jsonl:1", "paragraph": 0},
            "relation": "exact",
            "jaccard": 1.0,
            "containment": 1.0,
            "bytes": [begin, begin + len(f"\\n\\n{SAID}")],
            "text": f"\n\n{SAID}",
        }
    ]
    assert "2 of 2 shards: 1 of 4 paragraphs cut" in done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.jsonl",
        "b.jsonl",
        "removed.jsonl",
        "summary.json",
    ]


def test_a_record_with_nothing_removed_is_the_same_bytes(command, tmp_path):
    said = SAID.replace("W", "\\u0057").encode()
    odd = b'\t{ "n":1e400,"text" :"\\u0041\\/", "text":"' + said + b'", "x":NaN }\r\n'
    bad = b"{broken\n\n \n"
    write(tmp_path / "in", a__jsonl=odd + bad + record(OTHER) + odd + record(OTHER))
    assert clean(command, tmp_path).status == 3
    cut = odd.replace(said, b"")
    assert (tmp_path / "out/a.jsonl").read_bytes() == odd + bad + record(OTHER) + cut + record("")


def test_a_shard_without_cuts_is_copied_as_it_is_packed(command, tmp_path):
    corpus(tmp_path / "in")
    clean(command, tmp_path)
    for name in ("f.txt", "g.txt.gz"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_the_undo_gives_every_shard_back(command, tmp_path):
    corpus(tmp_path / "in")
    assert clean(command, tmp_path).status == 3  # a line is no JSON
    assert len({row["shard"] for row in ledger(tmp_path / "out")}) == 5
    done = command("restore", "out", "-o", "back", cwd=tmp_path)
    assert (done.status, done.err) == (0, "dedup: 7 shards restored\n")
    for path in (tmp_path / "in").iterdir():
        back = tmp_path / "back" / path.name
        assert content(back) == content(path)
        if path.suffix not in PACK:
            assert back.read_bytes() == path.read_bytes()


def test_the_ledger_holds_the_text_and_where_it_differs_the_bytes(command, tmp_path):
    said = f"{SAID} é /"
    coded = said.replace("é", "\\u00e9").replace("/", "\\/")
    plain = record(said)
    write(tmp_path / "in", a__jsonl=plain + b'{"text": "%s"}\n' % coded.encode() + plain)
    clean(command, tmp_path)
    rows = ledger(tmp_path / "out")
    assert [row["text"] for row in rows] == [said, said]
    assert [row.get("raw") for row in rows] == [coded, None]
    for row in rows:
        begin, end = row["bytes"]
        line = (tmp_path / "in/a.jsonl").read_bytes().split(b"\n")[row["line"] - 1]
        assert json.loads(b'"' + line[begin:end] + b'"') == row["text"]


def test_without_texts_in_the_ledger_there_is_no_undo(command, tmp_path):
    corpus(tmp_path / "in")
    clean(command, tmp_path, "--no-text")
    assert {"text", "raw"} & {key for row in ledger(tmp_path / "out") for key in row} == set()
    done = command("restore", "out", "-o", "back", cwd=tmp_path)
    assert done.status == 2
    assert "--no-text" in done.err


def test_a_shard_that_was_changed_after_the_run_is_not_restored(command, tmp_path):
    corpus(tmp_path / "in")
    clean(command, tmp_path)
    path = tmp_path / "out/a.jsonl"
    path.write_bytes(path.read_bytes().replace(b"number", b"NUMBER", 1))
    done = command("restore", "out", "-o", "back", cwd=tmp_path)
    assert done.status == 3
    assert "a.jsonl: is not what the run left" in done.err
    assert sorted(p.name for p in (tmp_path / "back").iterdir()) == sorted(
        p.name for p in (tmp_path / "in").iterdir() if p.name != "a.jsonl"
    )


def test_a_summary_that_names_a_place_outside_is_not_followed(command, tmp_path):
    corpus(tmp_path / "in")
    clean(command, tmp_path)
    path = tmp_path / "out/summary.json"
    path.write_bytes(path.read_bytes().replace(b'"f.txt"', b'"../f.txt"'))
    (tmp_path / "f.txt").write_bytes(b"of its own\n")
    done = command("restore", "out", "-o", "deep/back", cwd=tmp_path)
    assert done.status == 3
    assert not (tmp_path / "deep/f.txt").exists()


def test_jobs_and_the_order_of_inputs_change_no_byte(command, tmp_path):
    corpus(tmp_path / "in")
    names = sorted(f"in/{path.name}" for path in (tmp_path / "in").iterdir())
    seen = set()
    for number, jobs in enumerate([1, 2, 7]):
        random.Random(number).shuffle(names)
        command(*CORPUS[:-1], *names, "-o", f"out{jobs}", "--jobs", jobs, cwd=tmp_path)
        seen.add(digest(tmp_path / f"out{jobs}"))
    assert len(seen) == 1


# --- bad input ------------------------------------------------------------------------------------

GOOD = record(f"{SAID}\n{OTHER}", id="good")
BAD = {
    "truncated gzip": (
        "b.jsonl.gz",
        gzip.compress(GOOD)[:-9],
        "b.jsonl.gz: the gzip stream breaks",
    ),
    "truncated zstd": ("b.jsonl.zst", zstandard.compress(GOOD)[:-3], "the zstd stream breaks off"),
    "no gzip": ("b.jsonl.gz", GOOD, "b.jsonl.gz: is no gzip file"),
    "no JSON": ("b.jsonl", GOOD + b"nothing\n", "b.jsonl:2: is no JSON"),
    "no field": ("b.jsonl", GOOD + b'{"body": ""}\n', "b.jsonl:2: has no field 'text'"),
    "no text": ("b.jsonl", GOOD + b'{"text": 1}\n', "b.jsonl:2: its field 'text' is no text"),
    "empty": ("b.jsonl", b"", "b.jsonl: is empty"),
    "not UTF-8": ("b.txt", b"a\n\xff", "b.txt:2: is not UTF-8"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_named_with_its_place_and_the_rest_is_done(command, tmp_path, kind):
    name, data, said = BAD[kind]
    write(tmp_path / "in", a__jsonl=record(OTHER), c__jsonl=record(OTHER))
    (tmp_path / "in" / name).write_bytes(data)
    done = clean(command, tmp_path)
    assert done.status == 3
    assert said in done.err
    assert "Traceback" not in done.err
    assert (tmp_path / "out/c.jsonl").read_bytes() == record("")
    whole = ":" not in said or f"{name}:2" not in said
    assert (tmp_path / "out" / name).exists() is not whole
    assert not list((tmp_path / "out").rglob("*.dedup-tmp"))


def test_an_input_without_one_shard_that_can_be_read_is_named(command, tmp_path):
    write(tmp_path / "in", a__jsonl=b"", b__txt=b"")
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "in/a.jsonl: is empty: nothing to read\n" in done.err
    assert "0 of 2 shards" in done.err


def test_an_id_that_stands_twice_is_named_with_both_places(command, tmp_path):
    write(
        tmp_path / "in", a__jsonl=record(OTHER, id=7), b__jsonl=record(SAID, id=7) + record(OTHER)
    )
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "b.jsonl:1: its id '7' stands at a.jsonl:1 already: the record stays as" in done.err
    assert ledger(tmp_path / "out")[0]["line"] == 2


@pytest.mark.parametrize("name", ["p.jsonl", "p.txt", "p.jsonl.gz"])
def test_a_named_pipe_is_not_waited_for(command, tmp_path, name):
    write(tmp_path / "in", a__jsonl=record(OTHER), z__jsonl=record(OTHER))
    os.mkfifo(tmp_path / "in" / name)
    done = clean(command, tmp_path)
    assert done.status == 3
    assert f"in/{name}: is no" in done.err
    assert (tmp_path / "out/z.jsonl").read_bytes() == record("")
    assert not (tmp_path / "out" / name).exists()


def test_a_bomb_is_named_and_the_rest_is_done(command, tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "_BOMB_BYTES", 1 << 20)
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl__gz=b"\n" * (1 << 22))
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "in/b.jsonl.gz: unpacks to more than 200 times its size, as a bomb does" in done.err
    assert (tmp_path / "out/a.jsonl").exists()
    assert not (tmp_path / "out/b.jsonl.gz").exists()


def test_a_line_that_is_too_long_is_named_and_the_rest_is_done(command, tmp_path, monkeypatch):
    for name in ("dedup.corpus.streams", "dedup.corpus.batches"):
        monkeypatch.setattr(f"{name}.MAX_RECORD_BYTES", 1 << 20)
        monkeypatch.setattr(f"{name}.BATCH_BYTES", 1 << 16)
    monkeypatch.setattr(streams, "_PIECE_BYTES", 1 << 14)
    long = GOOD + record("x" * (1 << 21), id="long")
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl=long, c__jsonl__gz=long)
    done = clean(command, tmp_path)
    assert done.status == 3
    for name in ("b.jsonl", "c.jsonl.gz"):
        assert f"in/{name}:2: is longer than 1 MiB: cut it into smaller texts" in done.err
        assert not (tmp_path / "out" / name).exists()
    assert (tmp_path / "out/a.jsonl").exists()


def test_a_shard_that_changes_while_it_is_read_is_named_and_the_rest_is_done(
    command, tmp_path, monkeypatch
):
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl=record(OTHER), c__jsonl=record(OTHER))
    real = reading.plan_batches

    def late(shard):
        plan = real(shard)
        if shard.name == "b.jsonl":
            shard.path.write_bytes(GOOD)
        return plan

    monkeypatch.setattr(reading, "plan_batches", late)
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "in/b.jsonl: changed since the run began" in done.err
    assert (tmp_path / "out/c.jsonl").read_bytes() == record("")
    assert not (tmp_path / "out/b.jsonl").exists()


def test_a_shard_that_may_not_be_read_is_named_and_the_rest_is_done(command, tmp_path, monkeypatch):
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl=record(OTHER))
    real = os.open

    def refuse(path, *arguments, **more):
        if os.fspath(path).endswith("in/a.jsonl"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **more)

    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "in/a.jsonl: cannot be read: permission denied" in done.err
    assert (tmp_path / "out/b.jsonl").read_bytes() == record(OTHER)


def test_a_missing_library_is_named_before_anything_is_done(command, tmp_path, monkeypatch):
    write(tmp_path / "in", a__jsonl=GOOD, z__jsonl__zst=GOOD)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    done = clean(command, tmp_path)
    assert done.status == 2
    assert "in/z.jsonl.zst: .zst needs the library zstandard: pip install" in done.err
    assert not (tmp_path / "out").exists()


def test_an_input_that_is_named_twice_is_one(command, tmp_path):
    write(tmp_path / "in", a__jsonl=GOOD)
    done = command("corpus", "in", "in/a.jsonl", "./in/../in", "-o", "out", cwd=tmp_path)
    assert (done.status, ledger(tmp_path / "out")) == (0, [])


def test_a_field_that_no_record_has_is_told(command, tmp_path):
    write(tmp_path / "in", a__jsonl=GOOD)
    done = clean(command, tmp_path, "--keep-by", "date")
    assert done.status == 0
    assert "1 records have no number and no text in the field of --keep-by" in done.err


def test_texts_and_names_stand_in_the_fields_that_are_named(command, tmp_path):
    lines = [json.dumps({"body": SAID, "url": f"u{n}", "text": 1}).encode() for n in (1, 2)]
    write(tmp_path / "in", a__jsonl=b"\n".join(lines))
    done = clean(command, tmp_path, "--text-field", "body", "--id-field", "url")
    assert done.status == 0
    (row,) = ledger(tmp_path / "out")
    assert (row["document"], row["canonical"]["document"], row["text"]) == ("u2", "u1", SAID)


def test_a_run_that_needs_more_memory_than_it_may_take_is_refused_with_a_figure(command, tmp_path):
    write(tmp_path / "in", a__jsonl=GOOD)
    done = clean(command, tmp_path, "--max-memory", "64M")
    assert done.status == 2
    assert re.search(r"--max-memory 64M is too little: about \d+M are needed", done.err)
    assert not (tmp_path / "out").exists()
    assert clean(command, tmp_path, "--max-memory", "4G").status == 0


def test_many_unread_records_are_counted(command, tmp_path):
    write(tmp_path / "in", a__jsonl=b"nothing\n" * 100)
    done = clean(command, tmp_path)
    assert done.err.count("is no JSON") == 20
    assert "80 more records stay as they are, 100 in 1 shards: summary.json" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in"], "-o is missing"),
        (["-o", "out"], "no input named"),
        (["in", "-o", "in"], "is inside the input"),
        (["in", "-o", "full"], "is not empty"),
        (["in", "-o", "full/file"], "is a file"),
        (["in", "-o", "full", "--resume"], "holds no run to go on with"),
        (["in", "-o", "out", "--max-memory", "much"], "is no size"),
        (["in", "-o", "out", "--keep-by", ":desc"], "names no field"),
        (["in", "-o", "out", "--jobs", "0"], "--jobs is 0"),
        (["in", "-o", "out", "--jobs", "9999"], "use a number from 1 to 256"),
        (["in/a.jsonl", "in/deep/a.jsonl", "-o", "out"], "would both become a.jsonl"),
        (["-", "-o", "out"], "store what a pipe gives in a file"),
        (["in", "-o", "out", "--max-removed-run", "101"], "use a number from 0 to 100"),
        (["in", "-o", "out", "--encoding", "cp1252"], "read as UTF-8"),
        (["in", "-o", "out", "--id-field", "text"], "are both 'text'"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_done(command, tmp_path, arguments, said):
    write(tmp_path / "in", a__jsonl=GOOD)
    write(tmp_path / "in/deep", a__jsonl=GOOD)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_bytes(b"")
    done = command("corpus", *arguments, cwd=tmp_path)
    assert done.status == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_a_run_over_its_limit_writes_nothing(command, tmp_path):
    write(tmp_path / "in", a__jsonl=record(SAID) + record(SAID.replace("the night", "a night")))
    arguments = ["--protect", "none", "--max-removed", "100", "--max-removed-run"]
    done = clean(command, tmp_path, *arguments, "49")
    assert done.status == 4
    assert "50 % of all words, more than --max-removed-run 49: nothing was written" in done.err
    assert not (tmp_path / "out").exists()
    assert clean(command, tmp_path, *arguments, "50").status == 0


def test_a_shard_that_changes_before_it_is_written_leaves_the_run_open(
    command, tmp_path, monkeypatch
):
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl=record(OTHER), c__jsonl=record(OTHER))
    real = run.write_all

    def late(*arguments):
        (tmp_path / "in/b.jsonl").write_bytes(GOOD)
        return real(*arguments)

    monkeypatch.setattr(run, "write_all", late)
    done = clean(command, tmp_path)
    assert done.status == 3
    assert "b.jsonl: changed since the run began" in done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".dedup",
        "a.jsonl",
        "c.jsonl",
    ]


# --- going on -------------------------------------------------------------------------------------


KILL_AT = """
import os, signal, sys
from dedup.cli import main
import dedup.cli.main, dedup.cli.corpus, dedup.corpus.run  # before counting begins
left = int(sys.argv[1])
begun = left
def count(event, arguments):
    global left
    if event in {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir"}:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.argv = ["dedup", *sys.argv[2:]]
sys.addaudithook(count)
try:
    main()
finally:
    print(begun - left, flush=True)  # main ends without ado
"""


def in_process(tmp_path, output, *arguments, kill_at=0):
    """Run the command in a process of its own, killed at its so manieth call.

    Gives how it ended, and how many calls there were.
    """
    begun = [sys.executable, "-c", KILL_AT, str(kill_at), *CORPUS]
    begun += ["-o", output, "-q", "--jobs", "2", *arguments]
    done = subprocess.run(begun, cwd=tmp_path, capture_output=True, check=False)
    return done.returncode, int(done.stdout or 0)


def killed_at_random(tmp_path, times):
    corpus(tmp_path / "in")
    status, calls = in_process(tmp_path, "whole")
    assert status == 3  # a line is no JSON
    expected = digest(tmp_path / "whole")
    source = random.Random(times)
    for number in range(times):
        output = f"out{number}"
        ended, _ = in_process(tmp_path, output, kill_at=source.randrange(1, calls + 1))
        assert ended == -9 or (tmp_path / output / "summary.json").exists()
        assert in_process(tmp_path, output, "--resume")[0] == 3
        assert digest(tmp_path / output) == expected


def test_killed_at_three_moments_it_goes_on_and_ends_with_the_same_bytes(tmp_path):
    killed_at_random(tmp_path, 3)


@pytest.mark.slow
def test_killed_at_fifty_moments_it_goes_on_and_ends_with_the_same_bytes(tmp_path):
    killed_at_random(tmp_path, 50)


@pytest.fixture
def stopped(command, tmp_path, monkeypatch):
    """Give a run that stopped behind its third shard."""
    corpus(tmp_path / "in")
    real = RunFolder.finish
    done = []

    def finish(self, number, written):
        real(self, number, written)
        done.append(number)
        if len(done) == 3:
            raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "finish", finish)
        assert clean(command, tmp_path, "--jobs", "1").status == 3
    assert not (tmp_path / "out/summary.json").exists()
    return tmp_path


def test_what_is_done_is_not_done_again(command, stopped, monkeypatch):
    before = {name: (stopped / "out" / name).stat() for name in ("a.jsonl", "b.jsonl.gz")}
    assert clean(command, stopped, "--resume").status == 3
    for name, status in before.items():
        assert (stopped / "out" / name).stat().st_ino == status.st_ino
    clean(command, stopped, output="whole")
    assert digest(stopped / "out") == digest(stopped / "whole")


@pytest.mark.parametrize("damaged", ["a.jsonl", ".dedup/0.jsonl", ".dedup/0.json"])
def test_what_is_damaged_is_done_again(command, stopped, damaged):
    path = stopped / "out" / damaged
    path.write_bytes(path.read_bytes()[:-2])
    assert clean(command, stopped, "--resume").status == 3
    clean(command, stopped, output="whole")
    assert digest(stopped / "out") == digest(stopped / "whole")


def test_a_stopped_run_is_not_begun_again_by_accident(command, stopped):
    done = clean(command, stopped)
    assert done.status == 2
    assert "pass --resume to go on" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--threshold", "0.6"], "threshold was 0.5, is 0.6"),
        (["--scope", "document"], "scope was 'corpus', is 'document'"),
        (["--no-text"], "with_text was True, is False"),
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_other_settings_are_refused(command, stopped, arguments, said, ended):
    if ended:
        clean(command, stopped, "--resume")
    before = digest(stopped / "out")
    done = clean(command, stopped, "--resume", *arguments)
    assert done.status == 2
    assert said in done.err
    assert digest(stopped / "out") == before


def _changed(folder):
    path = folder / "f.txt"
    path.write_bytes(path.read_bytes().swapcase())


def _longer(folder):
    path = folder / "f.txt"
    path.write_bytes(path.read_bytes() * 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_changed, "f.txt is changed"),
        (_longer, "f.txt is changed"),
        (lambda folder: (folder / "f.txt").unlink(), "f.txt is missing"),
        (lambda folder: (folder / "z.txt").write_bytes(b"x"), "z.txt is new"),
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_other_inputs_are_refused(command, stopped, change, said, ended):
    if ended:
        clean(command, stopped, "--resume")
    change(stopped / "in")
    before = digest(stopped / "out")
    done = clean(command, stopped, "--resume")
    assert done.status == 2
    assert said in done.err
    assert digest(stopped / "out") == before


def test_a_run_that_has_ended_says_again_how(command, tmp_path):
    corpus(tmp_path / "in")
    first = clean(command, tmp_path)
    before = digest(tmp_path / "out")
    again = clean(command, tmp_path, "--resume")
    assert (again.status, again.err) == (first.status, first.err)
    assert digest(tmp_path / "out") == before


STOP_AT = """
import os, signal, sys
from dedup.cli import main
import dedup.cli.main, dedup.cli.corpus, dedup.corpus.run
stop_in, name = sys.argv[1:3]
def progress(self, phase, done, total):
    if phase == stop_in and not progress.sent:
        progress.sent = True
        os.kill(os.getpid(), getattr(signal, name))
progress.sent = False
dedup.cli.corpus.Throughput.__call__ = progress
sys.argv = ["dedup", *sys.argv[3:]]
main()
"""


@pytest.mark.parametrize("phase", ["reading", "writing"])
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_it_with_a_word_and_it_can_go_on(tmp_path, phase, name, status):
    corpus(tmp_path / "in")
    begun = [sys.executable, "-c", STOP_AT, phase, name, *CORPUS, "-o", "out"]
    done = subprocess.run(begun, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == status
    told = f"dedup: stopped by {name}, to go on with --resume: every file is whole, old or new"
    assert done.stderr.decode().splitlines() == [told]
    assert not list((tmp_path / "out").rglob("*.dedup-tmp"))
    assert in_process(tmp_path, "out", "--resume")[0] == 3
    assert in_process(tmp_path, "whole")[0] == 3
    assert digest(tmp_path / "out") == digest(tmp_path / "whole")


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_pipe_that_nobody_reads_does_not_stop_it(tmp_path, closed):
    corpus(tmp_path / "in")
    read, write_end = os.pipe()
    os.close(read)
    begun = [sys.executable, "-m", "dedup", *CORPUS, "-o", "out"]
    other = "stderr" if closed == "stdout" else "stdout"
    pipes = {closed: write_end, other: subprocess.PIPE}
    done = subprocess.run(begun, cwd=tmp_path, check=False, **pipes)
    os.close(write_end)
    assert done.returncode == 3
    assert b"Traceback" not in (done.stderr or b"")
    assert (tmp_path / "out/summary.json").exists()


# --- a full disk ----------------------------------------------------------------------------------


def test_a_full_disk_leaves_nothing_half_written_and_the_run_can_go_on(tmp_path):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can mount a small disk")
    lines = b"".join(record(f"{SAID} {i} {os.urandom(200).hex()}") for i in range(600))
    write(tmp_path / "in", a__jsonl=record(OTHER), b__jsonl=lines, c__jsonl=record(OTHER))
    (tmp_path / "disk").mkdir()
    script = f"""
mount -t tmpfs -o size=256k none disk || exit 77
"{sys.executable}" -m dedup {" ".join(CORPUS)} --jobs 1 -o disk/out; echo "status $?"
find disk -type f | sort
mount -o remount,size=8m disk
"{sys.executable}" -m dedup {" ".join(CORPUS)} -o disk/out --resume; echo "status $?"
cmp in/b.jsonl disk/out/b.jsonl && cat disk/out/c.jsonl
"""
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], cwd=tmp_path, capture_output=True, check=False
    )
    if done.returncode == 77:
        pytest.skip("this machine mounts no tmpfs")
    out, err = done.stdout.decode().splitlines(), done.stderr.decode()
    assert out[0] == "status 3"
    assert "b.jsonl: cannot be written: no space left on device" in err
    files = [line for line in out if line.startswith("disk/")]
    assert "disk/out/c.jsonl" in files
    assert "disk/out/b.jsonl" not in files
    assert not [name for name in files if name.endswith(("tmp", "summary.json"))]
    assert out[-2:] == ["status 0", '{"text": ""}']
