"""What a corpus is read from: which files, in which order, and what of them cannot be read."""

import gzip
import json
import os
import random
import zlib

import numpy as np
import pytest
import zstandard

from dedup.corpus import streams
from dedup.corpus.batches import plan_batches, read_batch, read_batches
from dedup.corpus.options import Fields
from dedup.corpus.shards import find_shards
from dedup.corpus.streams import Digest
from dedup.errors import InputError, UsageError

LINE = b'{"text": "one\\ntwo", "id": "a"}\n'
PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


def one(path, data):
    path.write_bytes(data)
    (shard,) = find_shards([str(path)])
    return shard


def read(shard, fields=None):
    return list(read_batches(shard, fields or Fields()))


def ranges(shard, fields):
    """Read a shard in ranges, as threads do, and count its lines afterwards."""
    first_line = 1
    for offset, length in plan_batches(shard):
        batch = read_batch(shard, offset, length, fields)
        yield batch.starting_at(shard, first_line)
        first_line += batch.lines


def lines_of(number, seed=1):
    source = random.Random(seed)
    return b"".join(
        json.dumps({"n": i, "text": "wörd " * source.randrange(60)}, ensure_ascii=i % 2).encode()
        + (b"\r\n" if i % 7 == 0 else b"\n")
        for i in range(number)
    )


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(streams, "BATCH_BYTES", 1 << 10)
    monkeypatch.setattr(streams, "_PIECE_BYTES", 1 << 9)
    monkeypatch.setattr(streams, "_ZSTD_PIECE_BYTES", 1 << 7)
    monkeypatch.setattr("dedup.corpus.batches.BATCH_BYTES", 1 << 10)


def test_a_folder_is_its_shards_in_the_order_of_their_names(tmp_path):
    for name in ("b.jsonl", "a/z.txt", "a/B.md.gz", "c.jsonl.zst", ".hidden.txt", "notes.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a/z.txt")
    names = [shard.name for shard in find_shards([str(tmp_path)])]
    assert names == ["a/B.md.gz", "a/z.txt", "b.jsonl", "c.jsonl.zst"]


def test_the_order_of_the_inputs_does_not_matter(tmp_path):
    for name in ("a.jsonl", "b.txt", "c.md"):
        (tmp_path / name).write_bytes(b"x")
    inputs = [str(tmp_path / name) for name in ("c.md", "a.jsonl", "b.txt")]
    assert find_shards(inputs) == find_shards(inputs[::-1]) == find_shards([str(tmp_path)])


def test_what_fits_a_pattern_is_called_by_its_path_below_the_stars(tmp_path):
    for name in ("in/a/x.jsonl", "in/b/x.jsonl", "in/b/read.me"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [shard.name for shard in find_shards([f"{tmp_path}/in/*/*"])]
    assert names == ["a/x.jsonl", "b/x.jsonl"]


@pytest.mark.parametrize(
    ("files", "inputs", "said"),
    [
        (["a/x.txt", "b/x.txt"], ["a/x.txt", "b/x.txt"], "would both become x.txt"),
        (["a.csv"], ["a.csv"], "is no shard"),
        (["a/b.csv"], ["a"], "no shard found"),
        ([], ["gone.txt"], "no such file"),
        ([], ["*.txt"], "nothing fits it"),
        ([], [""], "an empty name"),
        (["removed.jsonl"], ["removed.jsonl"], "is what a run itself writes"),
        (["x.txt", "b/x.txt/a.txt"], ["x.txt", "b"], "needs a folder"),
    ],
)
def test_inputs_that_cannot_be_shards_are_refused(tmp_path, monkeypatch, files, inputs, said):
    monkeypatch.chdir(tmp_path)
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UsageError, match=said.replace("*", r"\*")):
        find_shards(inputs)


def test_an_output_inside_an_input_is_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"x")
    with pytest.raises(UsageError, match="is inside the input"):
        find_shards([str(tmp_path)], tmp_path / "out")


def test_a_name_that_is_not_utf8_is_refused(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - bytes make no Path
            file.write(b"x")
    except OSError:
        pytest.skip("the file system takes no such name")
    with pytest.raises(UsageError, match="is not UTF-8"):
        find_shards([str(tmp_path)])


@pytest.mark.parametrize("suffix", PACK)
def test_all_ways_to_read_a_shard_give_the_same_documents(tmp_path, small_batches, suffix):
    data = lines_of(200) + b"not json\n\n" + LINE[:-1]
    shard = one(tmp_path / f"s.jsonl{suffix}", PACK[suffix](data))
    batches = read(shard)
    assert len(batches) > 1 + 2 * (suffix != ".zst")  # zstandard gives what it has in one go
    for part in [batches] if suffix else [batches, list(ranges(shard, Fields()))]:
        assert b"".join(batch.data for batch in part) == data
        assert [n for batch in part for n in batch.line_number] == [*range(1, 201), 203]
        assert [b for batch in part for b in batch.bad] == [
            (201, "is no JSON: expecting value at column 1")
        ]
        assert [name for batch in part for name in batch.ids] == [
            *(f"s.jsonl{suffix}:{n}" for n in range(1, 201)),
            "a",
        ]
        for batch in part:
            assert batch.data == data[batch.offset : batch.offset + len(batch.data)]
            for row in range(len(batch)):
                line = batch.data[batch.line_start[row] : batch.line_end[row]]
                text = batch.text[batch.bounds[row] : batch.bounds[row + 1]]
                assert json.loads(line)["text"].encode() == text
                assert batch.data[batch.line_end[row] :][:1] in {b"\n", b""}


@pytest.mark.parametrize("suffix", PACK)
def test_digests_are_of_the_file_and_of_its_content(tmp_path, suffix):
    import hashlib

    data = lines_of(50)
    packed = PACK[suffix](data)
    digest = Digest()
    list(read_batches(one(tmp_path / f"s.jsonl{suffix}", packed), Fields(), digest))
    assert digest.disk == hashlib.sha256(packed).hexdigest()
    assert digest.content == hashlib.sha256(data).hexdigest()
    assert digest.content_bytes == len(data)


def test_values_that_decide_which_copy_stays_are_handed_on(tmp_path):
    shard = one(tmp_path / "s.jsonl", b'{"text": "a", "date": 5}\n{"text": "b"}\n')
    (batch,) = read(shard, Fields(priority="date"))
    assert batch.priority == [5, None]


def test_a_text_file_is_one_document(tmp_path):
    (batch,) = read(one(tmp_path / "s.md", b"\xef\xbb\xbfone\n\ntwo"))
    assert (batch.text, batch.ids, len(batch)) == (b"one\n\ntwo", ["s.md"], 1)
    assert batch.data[batch.line_start[0] : batch.line_end[0]] == batch.text


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path):
    (batch,) = read(one(tmp_path / "s.jsonl", b"\xef\xbb\xbf" + LINE + LINE))
    assert batch.bad == []
    assert batch.data[batch.line_start[0] : batch.line_end[0]] == LINE[:-1]
    assert batch.data[batch.line_start[1] : batch.line_end[1]] == LINE[:-1]


def test_a_text_that_is_not_utf8_stays_unread(tmp_path):
    (batch,) = read(one(tmp_path / "s.txt", b"one\ntw\xff"))
    assert len(batch) == 0
    assert batch.bad[0][0] == 2
    assert batch.bounds.tolist() == [0]


@pytest.mark.parametrize("suffix", PACK)
def test_an_empty_shard_is_refused(tmp_path, suffix):
    shard = one(tmp_path / f"s.jsonl{suffix}", PACK[suffix](b""))
    with pytest.raises(InputError, match=f"s.jsonl{suffix}: is empty"):
        read(shard)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_stream_that_breaks_off_is_refused(tmp_path, suffix, share):
    packed = PACK[suffix](lines_of(500))
    shard = one(tmp_path / f"s.jsonl{suffix}", packed[: int(len(packed) * share)])
    with pytest.raises(InputError, match="stream breaks off"):
        read(shard)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_stream_with_garbage_behind_it_is_refused(tmp_path, suffix):
    shard = one(tmp_path / f"s.jsonl{suffix}", PACK[suffix](lines_of(50)) + b"garbage" * 9)
    with pytest.raises(InputError, match="damaged"):
        read(shard)


def test_a_flipped_bit_in_a_gzip_stream_is_noticed(tmp_path):
    packed = bytearray(PACK[".gz"](lines_of(50)))
    packed[len(packed) // 2] ^= 4
    shard = one(tmp_path / "s.jsonl.gz", bytes(packed))
    with pytest.raises(InputError, match=r"damaged|breaks off"):
        read(shard)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_members_one_after_the_other_are_one_stream(tmp_path, suffix):
    data = [lines_of(5, seed) for seed in range(3)]
    shard = one(tmp_path / f"s.jsonl{suffix}", b"".join(map(PACK[suffix], data)))
    assert b"".join(batch.data for batch in read(shard)) == b"".join(data)


def test_zeros_behind_a_gzip_stream_are_padding(tmp_path):
    shard = one(tmp_path / "s.jsonl.gz", gzip.compress(LINE) + b"\0" * 600)
    assert b"".join(batch.data for batch in read(shard)) == LINE


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_bomb_is_refused(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(streams, "_BOMB_BYTES", 1 << 20)
    shard = one(tmp_path / f"s.jsonl{suffix}", PACK[suffix](LINE * 400_000))
    with pytest.raises(InputError, match="as a bomb does"):
        read(shard)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("tail", [b"\n", b""])
def test_a_line_that_is_too_long_is_refused_with_its_number(
    tmp_path, monkeypatch, small_batches, suffix, tail
):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1 << 14)
    monkeypatch.setattr("dedup.corpus.batches.MAX_RECORD_BYTES", 1 << 14)
    data = LINE * 100 + b'{"text": "' + b"x" * (1 << 15) + b'"}' + tail + LINE * (tail == b"\n")
    shard = one(tmp_path / f"s.jsonl{suffix}", PACK[suffix](data))
    with pytest.raises(InputError, match=r"s.jsonl.*:101: is longer than"):
        read(shard)
    if not suffix:
        with pytest.raises(InputError, match=r"s.jsonl:101: is longer than"):
            list(ranges(shard, Fields()))


def test_a_line_as_long_as_may_be_is_read(tmp_path, monkeypatch, small_batches):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1 << 14)
    line = b'{"text": "' + b"x" * ((1 << 14) - 12) + b'"}'
    shard = one(tmp_path / "s.jsonl", LINE * 50 + line + b"\n" + LINE)
    assert sum(len(batch) for batch in read(shard)) == 52


@pytest.mark.parametrize("after", [LINE * 4, LINE.replace(b"o", b"0") * 3])
def test_a_shard_that_changed_is_refused_whichever_way_it_is_read(tmp_path, after):
    shard = one(tmp_path / "s.jsonl", LINE * 3)
    (plan,) = plan_batches(shard)
    shard.path.write_bytes(after)
    os.utime(shard.path, ns=(1, 1))
    with pytest.raises(InputError, match="changed since the run began"):
        read(shard)
    with pytest.raises(InputError, match="changed since the run began"):
        read_batch(shard, *plan, Fields())


def test_a_shard_that_changes_while_it_is_read_is_refused(tmp_path, small_batches):
    shard = one(tmp_path / "s.jsonl", LINE * 300)
    batches = read_batches(shard, Fields())
    next(batches)
    with shard.path.open("ab") as file:
        file.write(LINE)
    with pytest.raises(InputError, match="changed since the run began"):
        list(batches)


def test_a_missing_library_for_zstd_is_named(tmp_path, monkeypatch):
    import sys

    shard = one(tmp_path / "s.jsonl.zst", zstandard.compress(LINE))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UsageError, match=r"pip install 'dedup-paragraphs\[zstd\]'"):
        read(shard)


def test_blocks_that_are_unpacked_piece_by_piece_come_out_whole(tmp_path):
    data = lines_of(3000)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(data) + packer.flush()
    shard = one(tmp_path / "s.jsonl.gz", packed)
    batches = read(shard)
    assert b"".join(batch.data for batch in batches) == data
    assert np.concatenate([batch.line_number for batch in batches]).tolist() == [*range(1, 3001)]
