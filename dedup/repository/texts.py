"""Texts → their imprints, many at a time."""

from __future__ import annotations

import codecs
import itertools
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup import kernels
from dedup.corpus.forms import read_forms, take
from dedup.corpus.paragraphs import Texts, cut
from dedup.decoding import read_document
from dedup.errors import InputError
from dedup.formats import format_of
from dedup.minhash import permutations, signatures
from dedup.model import KINDS, MAX_COMPARED_BYTES, MAX_DISTINCT_PARAGRAPHS
from dedup.repository.imprints import NO_TEXT, QUIET, WATCHED, Imprints, join
from dedup.repository.processes import cores, processes
from dedup.shingles import CHAR_SIZE, shingle_sets
from dedup.verify import RESCAN_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.normalize import Forms

    I64 = NDArray[np.int64]
    U64 = NDArray[np.uint64]
    U8 = NDArray[np.uint8]
    Bools = NDArray[np.bool_]

_BATCH_BYTES = 2 << 20
_WORTH_PROCESSES_BYTES = 4 << 20  # of Markdown, which is parsed in Python
_HEADING = KINDS.index("heading")


class Text(NamedTuple):
    """A text to be looked at: what it is called, its bytes, its settings."""

    name: str
    data: bytes
    config: Config


def imprint(texts: Iterable[Text], config: Config) -> Imprints:
    """Give the imprints of all texts, in order. `config` is that of every pair."""
    batches = _batches(texts, config)
    first = list(itertools.islice(batches, 2))
    if len(first) < 2:
        places = [batch.places for batch in first]
        parts = [_of_batch(batch, config) for batch in first]
    else:
        places, parts = _at_once(itertools.chain(first, batches), config)
    found = join(parts, config.num_perm)
    return found.take(np.argsort(np.array([place for some in places for place in some], np.int64)))


def _at_once(batches: Iterable[_Batch], config: Config) -> tuple[list[list[int]], list[Imprints]]:
    """Look at batches in threads, which is enough where C does the work; else in processes."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - it loads a good deal

    places, futures = [], []
    workers = cores()
    parsed = 0
    with ExitStack() as stack:
        threads = ThreadPoolExecutor(workers)
        stack.callback(threads.shutdown, cancel_futures=True)
        several: Executor | None = None
        for batch in batches:
            pool: Executor = threads
            if batch.format != "plain":
                parsed += sum(map(len, batch.data))
                if workers > 1 and parsed > _WORTH_PROCESSES_BYTES:
                    several = several or stack.enter_context(processes(workers))
                    pool = several
            places.append(batch.places)
            futures.append(pool.submit(_of_batch, batch, config))
        return places, [future.result() for future in futures]


class _Batch(NamedTuple):
    """Texts that are read alike: `places` among all, all in UTF-8 of a `format`, or by names."""

    places: list[int]
    data: list[bytes]
    config: Config
    format: str
    names: list[str] | None = None


def _batches(texts: Iterable[Text], config: Config) -> Iterator[_Batch]:
    """Put together what is read alike. A text that is not plain UTF-8 comes under its name."""
    waiting: dict[tuple[object, ...], _Batch] = {}
    sizes: dict[tuple[object, ...], int] = {}
    for place, text in enumerate(texts):
        kind = format_of(text.name, text.config)
        odd = config.shingle != "char" or not _is_utf8(text)
        own = text.config
        key = (kind, odd, own.paragraphs, own.min_words, own.ignore, own.encoding if odd else None)
        batch = waiting.setdefault(key, _Batch([], [], own, kind, [] if odd else None))
        batch.places.append(place)
        batch.data.append(text.data)
        if batch.names is not None:
            batch.names.append(text.name)
        sizes[key] = sizes.get(key, 0) + len(text.data)
        if sizes[key] > _BATCH_BYTES:
            yield waiting.pop(key)
            del sizes[key]
    yield from waiting.values()


def _is_utf8(text: Text) -> bool:
    """Tell whether a text is read as UTF-8, without a mark, and all of it is."""
    data, encoding = text.data, text.config.encoding
    try:
        # What every file goes through has a short way: the other marks are no UTF-8.
        if encoding is not None or b"\0" in data or data.startswith(codecs.BOM_UTF8):
            document = read_document(text.name, data, encoding)
            if document.encoding != "utf-8" or document.body:
                return False
        data.decode()
    except (InputError, UnicodeDecodeError):
        return False
    return True


def _of_batch(batch: _Batch, config: Config) -> Imprints:
    if batch.names is not None:
        texts = map(Text, batch.names, batch.data, itertools.repeat(batch.config))
        return join([_of_odd(text, config) for text in texts], config.num_perm)
    bounds = np.zeros(len(batch.data) + 1, np.int64)
    np.cumsum([len(data) for data in batch.data], out=bounds[1:])
    return _of_texts(Texts(b"".join(batch.data), bounds, batch.format), batch.config, config)


def _of_texts(texts: Texts, own: Config, config: Config) -> Imprints:
    """Look at texts in arrays over all of them."""
    found = cut(texts, own)
    limited = found.end - found.start > MAX_COMPARED_BYTES
    exempt = found.exempt()
    forms = read_forms(texts.data, found.start, found.end, exempt | limited, found.readings)
    compared = (np.diff(forms.offsets) > 0) & ~found.ignored
    alone = compared & ((forms.words >= own.min_words) | limited)
    alone &= ~exempt & (found.kind != _HEADING)
    sketches = kernels.sketch(
        *(forms.data, forms.offsets, forms.flags, forms.flag_offsets, alone, found.rows),
        size=config.size,
        factors=np.zeros(0, np.uint64),
        # It goes by a sample first: so it is asked for much less than what can match.
        floor=RESCAN_SHARE * config.threshold / 2,
        containment=config.containment - 0.3,
    )
    document = np.repeat(np.arange(len(texts)), np.diff(found.rows))
    watched = sketches.crowded | (np.diff(found.rows) > MAX_DISTINCT_PARAGRAPHS)
    watched[document[sketches.left]] = True
    watched[document[[row for row, text in found.readings.items() if text is None]]] = True
    watched[document[found.mistaken()]] = True
    rows, doubled = _distinct(np.flatnonzero(alone), document, sketches.identities)
    watched[document[doubled]] = True
    lengths = np.diff(forms.offsets)
    lines = np.flatnonzero(compared & ~exempt)
    watched[_headlines(lines, document, alone, lengths, forms.data, forms.offsets)] = True
    first, which = _first_of_equal(sketches.identities[rows])
    data, offsets = take(forms.data, forms.offsets, rows[first])
    a, b = permutations(config.num_perm, config.seed)
    signature = kernels.sign(data, offsets, "char", config.size, a, b).astype(np.uint8)
    return Imprints(
        np.where(watched, WATCHED, QUIET).astype(np.uint8),
        np.searchsorted(document[rows], np.arange(len(texts) + 1)),
        sketches.identities[rows],
        signature[which],
    )


def _distinct(rows: I64, document: I64, identity: U64) -> tuple[I64, I64]:
    """Give of equal `rows` of one document the first, and apart the others."""
    order = np.lexsort((rows, identity[rows], document[rows]))
    ordered = rows[order]
    again = np.zeros(len(ordered), bool)
    again[1:] = (identity[ordered[1:]] == identity[ordered[:-1]]) & (
        document[ordered[1:]] == document[ordered[:-1]]
    )
    return np.sort(ordered[~again]), ordered[again]


def _first_of_equal(identity: U64) -> tuple[I64, I64]:
    """Give the places where each number stands first, rising; and which of them is that of each."""
    _, first, which = np.unique(identity, return_index=True, return_inverse=True)
    rank = np.zeros(len(first), np.int64)
    order = np.argsort(first)
    rank[order] = np.arange(len(first))
    return first[order], rank[which]


def _headlines(
    lines: I64, document: I64, alone: Bools, lengths: I64, data: U8, offsets: I64
) -> list[int]:
    """Name the documents of whose `lines` a short one equals the first."""
    first = np.ones(len(lines), bool)
    first[1:] = np.diff(document[lines]) > 0
    opening = lines[first][np.cumsum(first) - 1]  # of the document of each line
    likely = ~first & ~alone[lines] & (lengths[lines] == lengths[opening])

    def form(row: int) -> bytes:
        return data[offsets[row] : offsets[row + 1]].tobytes()

    pairs = zip(lines[likely].tolist(), opening[likely].tolist(), strict=True)
    return [int(document[row]) for row, top in pairs if form(row) == form(top)]


def _of_odd(text: Text, config: Config) -> Imprints:
    """Look at one text by itself, whatever its encoding; it is always watched."""
    nothing = np.zeros((0, config.num_perm), np.uint8)
    try:
        document = read_document(text.name, text.data, text.config.encoding)
    except InputError:
        state = np.array([NO_TEXT], np.uint8)
        return Imprints(state, np.zeros(2, np.int64), np.zeros(0, np.uint64), nothing)
    from dedup.pipeline import read_group, rows_of  # noqa: PLC0415 - most texts need it not

    group = read_group([(document, text.config)])
    sets = shingle_sets(group.forms.texts, kind=config.shingle, size=config.shingle_size)
    rows = rows_of(group, sets)
    forms = np.unique(rows.form[rows.alone])
    signed = signatures(sets, num_perm=config.num_perm, seed=config.seed)[forms]
    return Imprints(
        np.array([WATCHED], np.uint8),
        np.array([0, len(forms)]),
        _identities(group.forms)[forms],
        signed.astype(np.uint8),
    )


def _identities(forms: Forms) -> U64:
    """Give the identity of every form: that by which `kernels.sketch` knows it."""
    count = len(forms.texts)
    rows = [form.encode("utf-8", "surrogatepass") for form in forms.texts]
    nobody, one_document = np.zeros(count, bool), np.array([0, count])
    sketches = kernels.sketch(
        *(*kernels.laid_out(rows), forms.flags, forms.offsets, nobody, one_document),
        size=CHAR_SIZE,
        factors=np.zeros(0, np.uint64),
        floor=1.0,
        containment=1.0,
    )
    identities: U64 = sketches.identities
    return identities
