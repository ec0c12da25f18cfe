"""Shards → surveys: all documents of a corpus are read once, a batch at a time, in several threads.

What is kept of a batch says where it stands, so that it can be read again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dedup import formats
from dedup.corpus.batches import plan_batches, read_batch, read_batches
from dedup.corpus.paragraphs import Texts
from dedup.corpus.streams import Digest, take_digest
from dedup.corpus.survey import Survey, survey
from dedup.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

    from numpy.typing import NDArray

    from dedup.config import Config
    from dedup.corpus.batches import Batch
    from dedup.corpus.options import Fields, Options
    from dedup.corpus.shards import Shard
    from dedup.normalize import FormBatch

    Result = TypeVar("Result")
    Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a batch stands in its shard: bytes of the content, and its number."""

    offset: int
    length: int
    number: int


@dataclass(slots=True)
class ShardRead:
    """Hold what was read of a shard; `error` when it could not be read, wholly.

    `places`, `surveys`: of its batches; `forms` too, where those of all are held. `ids`, `line`
    int64, `priority`: of its documents. `named`: which of them had an id of their own. `bad`: line
    and reason of records that stay unread.
    """

    digest: Digest = field(default_factory=Digest)
    places: list[Place] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    forms: list[FormBatch] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    named: list[NDArray[np.bool_]] = field(default_factory=list)
    line: list[NDArray[np.int64]] = field(default_factory=list)
    priority: list[Any] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0
    error: InputError | None = None

    def take(self, shard: Shard, place: Place, batch: Batch, surveyed: Survey) -> None:
        """Add the next batch; its text is not kept."""
        batch = batch.starting_at(shard, self.lines + 1)
        self.lines += batch.lines
        named = np.ones(len(batch), bool)
        named[batch.unnamed] = False
        self.places.append(place)
        self.surveys.append(surveyed)
        self.ids += batch.ids
        self.named.append(named)
        self.line.append(batch.line_number)
        self.priority += batch.priority or []
        self.bad += batch.bad


def texts_of(batch: Batch, shard: Shard, config: Config) -> Texts:
    """Give the documents of a batch, to be cut into paragraphs."""
    name = shard.name.removesuffix(".gz").removesuffix(".zst")
    form = formats.format_of(name if shard.kind == "text" else "", config)
    return Texts(batch.text, batch.bounds, form)


def read_all(
    shards: list[Shard],
    config: Config,
    options: Options,
    executor: Executor,
    progress: Progress,
    look: Callable[[FormBatch, Survey], None] | None = None,
) -> list[ShardRead]:
    """Read and survey all shards. What is wrong with one stands in its `error`.

    `look` is given the forms of each batch.
    """
    total = sum(shard.size for shard in shards)
    done = held = 0
    read = [ShardRead() for _ in shards]
    sketched = options.scope == "corpus"

    def work(
        number: int, load: Callable[[], Batch]
    ) -> tuple[Batch, Survey, FormBatch] | InputError:
        try:
            batch = load()
        except InputError as error:
            return error
        texts = texts_of(batch, shards[number], config)
        surveyed, forms = survey(texts, config, sketched=sketched)
        # All that is needed of it later is small.
        return replace(batch, data=b"", text=b""), surveyed, forms

    tasks = _tasks(shards, read, options.fields, executor)
    calls = ((task, partial(work, task[0], task[2])) for task in tasks)
    for (number, place, _), result in in_order(calls, executor, 2 * options.jobs):
        shard = read[number]
        done += place.length
        progress("reading", min(done, total), total)
        if isinstance(result, InputError):
            shard.error = shard.error or result
        elif shard.error is None:
            batch, surveyed, forms = result
            shard.take(shards[number], place, batch, surveyed)
            if look is not None:
                look(forms, surveyed)
            held += len(forms.data) + len(forms.flags)
            if held <= HELD_BYTES:
                shard.forms.append(forms)
            else:
                for one in read:
                    one.forms.clear()
    return read


HELD_BYTES = 128 << 20
"""If the forms of all texts are no more, they are held, and the corpus is read once."""

Task = tuple[int, Place, "Callable[[], Batch]"]


def _tasks(
    shards: list[Shard], read: list[ShardRead], fields: Fields, executor: Executor
) -> Iterator[Task]:
    """Give the batches of all shards as (shard, place, what reads it), shard after shard."""
    for number, shard in enumerate(shards):
        digest = read[number].digest
        try:
            if shard.compression is None:
                plan = plan_batches(shard)
                taken = executor.submit(take_digest, shard, digest)
                for at, (offset, length) in enumerate(plan):
                    place = Place(offset, length, at)
                    yield number, place, partial(read_batch, shard, offset, length, fields)
                taken.result()
            else:
                for at, batch in enumerate(read_batches(shard, fields, digest)):
                    yield number, Place(batch.offset, len(batch.data), at), partial(_same, batch)
        except InputError as error:
            read[number].error = error


def _same(batch: Batch) -> Batch:
    return batch


def in_order(
    calls: Iterable[tuple[Task, Callable[[], Result]]], executor: Executor, ahead: int
) -> Iterator[tuple[Task, Result]]:
    """Run calls side by side, at most so many `ahead`; give their results in order."""
    waiting: deque[tuple[Task, Future[Result]]] = deque()
    try:
        for task, call in calls:
            waiting.append((task, executor.submit(call)))
            if len(waiting) > ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def read_again(
    shards: list[Shard],
    read: list[ShardRead],
    wanted: Callable[[int, int], bool],
    fields: Fields,
) -> Iterator[Task]:
    """Give those batches again that are `wanted`, by shard and number in it."""
    for number, shard in enumerate(shards):
        places = read[number].places
        if shard.compression is None:
            for place in places:
                if wanted(number, place.number):
                    load = partial(read_batch, shard, place.offset, place.length, fields)
                    yield number, place, load
        elif any(wanted(number, place.number) for place in places):
            for place, batch in zip(places, read_batches(shard, fields), strict=True):
                if wanted(number, place.number):
                    yield number, place, partial(_same, batch)
