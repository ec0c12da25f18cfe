"""Index: documents that come one after the other, each compared with all before it.

    document → what the index holds that is like it → cleaned beside that → added to the index

A paragraph of the index stays whatever comes, and what is alike goes for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, AnyStr, Self, cast

from dedup import atomic, pipeline
from dedup.apart import pairs_within
from dedup.config import Config
from dedup.errors import InputError, UsageError
from dedup.files import name_for_reports
from dedup.index import opening
from dedup.index.checking import check
from dedup.index.finder import Finder
from dedup.index.header import PARAMETERS, STATE, Parameters, State
from dedup.index.opening import LockedError
from dedup.index.sqlite import Database
from dedup.index.store import Store
from dedup.intake import Batch, batches, uncollected
from dedup.library import as_given, document_of
from dedup.result import Result
from dedup.waves import Waves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dedup.model import Document


TIMEOUT_SECONDS = 300.0
"""So long a write waits for those of other processes."""


class Index:
    """Hold an index of documents, one SQLite file that several processes may use.

    Every call is a transaction: it is done wholly, or not at all. What it holds are comparison
    forms, the words of the paragraphs: the file is as private as the texts, and made for its owner
    alone. A thread waits while another has a call in this object.
    """

    def __init__(self, database: Database, config: Config | None) -> None:
        """Take an open file; see `open`."""
        self._store = Store(database)
        built = self._store.parameters
        if config is None:
            recall = min(Config().recall, built.banding.recall(built.threshold_across))
            config = Config(**built.settings(), recall=recall)
        built.refuse(config, database.name, database.way_out)
        self.config = config
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        config: Config | None = None,
        *,
        read_only: bool = False,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Self:
        """Open the index at `path`; without `read_only`, make one where there is none.

        Without `config`, the settings are those that it was built with. `timeout`: seconds to wait
        for other processes.

        Raises:
            UsageError: there is none, or it was built with other settings.
            InputError: it cannot be read, is none of ours, or is damaged.
        """
        place = Path(path)
        if not read_only and not os.path.lexists(place):
            try:
                with atomic.building(place, new=True) as temporary:
                    _create(temporary, config or Config())
            except InputError:
                if not os.path.lexists(place):
                    raise  # else another process was faster
        return cls._opened(place, config, writable=not read_only, timeout=timeout)

    @classmethod
    def _opened(cls, place: Path, config: Config | None, *, writable: bool, timeout: float) -> Self:
        database = Database(place, writable=writable, timeout=timeout)
        try:
            return cls(database, config)
        except BaseException:
            database.close()
            raise

    @classmethod
    def build(
        cls,
        path: str | os.PathLike[str],
        documents: Iterable[tuple[Document, Config]],
        config: Config,
        *,
        timeout: float = TIMEOUT_SECONDS,
    ) -> int:
        """Make an index of `documents`, as `add_documents` adds them; give how many there are.

        One that is there is replaced at the end, when all is written.

        Raises:
            UsageError: what is there is no index, or a link.
            InputError: it cannot be written.
        """
        place = Path(path)
        there = os.path.lexists(place)
        if place.is_symlink():
            raise UsageError(f"{place}: is a link: name the index itself")
        if there and not opening.is_ours(place):
            raise UsageError(f"{place}: is there and no index: name another file")
        name = name_for_reports(place)
        with contextlib.ExitStack() as held, atomic.building(place, new=not there) as temporary:
            _create(temporary, config)
            database = Database(temporary, writable=True, timeout=0, name=name)
            try:
                database.hurry()
                index = cls(database, config)
                index.add_documents(documents)
                count = len(index)
            finally:
                database.close()
            if there:
                held.enter_context(_held(place, timeout))
        return count

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._store.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Give the path of the file."""
        return self._store.database.path

    @property
    def name(self) -> str:
        """Give what errors and reports call it."""
        return self._store.database.name

    def state_id(self) -> str:
        """Give what is another after each change, and in another index."""
        with self._lock, self._store.transaction(writing=False):
            written = self._store.parameters.written() + self._store.state.written()
        return hashlib.sha256(written).hexdigest()[:16]

    def __len__(self) -> int:
        with self._lock, self._store.transaction(writing=False):
            return self._store.state.documents

    def __contains__(self, doc_id: str) -> bool:
        with self._lock, self._store.transaction(writing=False):
            return self._store.document_called(doc_id) is not None

    def clean(self, doc_id: str, text: AnyStr) -> Result[AnyStr]:
        """Clean a text of what stands in it twice or in the index; add what is left.

        One of the same id is replaced, and not compared with. Keep what is given back: later texts
        lose what stands in it.

        Raises:
            InputError: the index is damaged, locked for too long, or cannot be written; or the
                bytes look like UTF-16 and nothing says so. Nothing was added.
        """
        return self._clean_batch([(doc_id, text)])[0]

    def clean_many(self, documents: Iterable[tuple[str, AnyStr]]) -> Iterator[Result[AnyStr]]:
        """Clean texts one after the other, as `clean` does, in fewer transactions.

        What is given is in the index. Raises as `clean`.
        """
        for batch in batches(documents, lambda one: len(one[1])):
            yield from self._clean_batch(batch)

    def add(self, doc_id: str, text: str | bytes) -> None:
        """Add a text as it is; one of the same id is replaced. Raises as `clean`."""
        self.add_many([(doc_id, text)])

    def add_many(self, documents: Iterable[tuple[str, str | bytes]]) -> None:
        """Add texts as they are, in a few transactions. Raises as `clean`."""
        config = self.config
        self.add_documents((document_of(*named, config), config) for named in documents)

    def add_documents(self, documents: Iterable[tuple[Document, Config]]) -> None:
        """Add documents as they are, each read by its own Config. Raises as `clean`."""
        for batch in batches(documents, lambda one: len(one[0].data)):
            with self._lock, uncollected(), self._store.transaction(writing=True):
                Batch(self._store, self.config, batch).add()

    def query(self, text: AnyStr, *, doc_id: str | None = None) -> Result[AnyStr]:
        """Say what `clean` would do with a text, and leave the index as it is.

        The document called `doc_id` is not compared with. Raises as `clean`.
        """
        document = document_of(doc_id or "text", text, self.config)
        with self.looking([] if doc_id is None else [doc_id]) as lookup:
            group = pipeline.read_group([(document, self.config)])
            (within,) = pairs_within(group, self.config)
            run = pipeline.clean_group(
                group, self.config, reference=lookup, within=within, first_reference=1
            )
        run = replace(run, settings=self.config.deciding())
        return Result(cast("AnyStr", as_given(type(text), run.documents[0].data)), run, 0)

    @contextlib.contextmanager
    def looking(self, own: Iterable[str] = ()) -> Iterator[Finder]:
        """Give what `pipeline.clean` takes as `reference`, for as long as it is open.

        Documents called by a name of `own` are not compared with.
        """
        with self._lock, self._store.transaction(writing=False):
            yield Finder(self._store, self.config, own=own)

    def remove(self, doc_id: str) -> bool:
        """Take a document out, with what no other holds; tell whether it was there.

        What it said is overwritten in the file. Raises as `clean`.
        """
        with self._lock, self._store.transaction(writing=True):
            number = self._store.document_called(doc_id)
            if number is not None:
                self._store.remove(number)
        return number is not None

    def check(self) -> None:
        """Read all of the index, and prove that every part of it fits the others.

        Raises:
            InputError: it is damaged.
        """
        with self._lock, self._store.transaction(writing=False):
            check(self._store)

    def info(self) -> dict[str, Any]:
        """Say what is in the index, and what it was built with."""
        with self._lock, self._store.transaction(writing=False):
            state, built = self._store.state, self._store.parameters
            return {
                "documents": state.documents,
                "paragraphs": state.forms,
                "changes": state.changes,
                "segments": len(state.segments),
                "unicode": built.unicode,
                **built.settings(),
                "bands": built.bands,
                "band_size": built.band_size,
            }

    def _clean_batch(self, batch: Sequence[tuple[str, AnyStr]]) -> list[Result[AnyStr]]:
        config = self.config
        documents = [(document_of(name, text, config), config) for name, text in batch]
        with self._lock, uncollected(), self._store.transaction(writing=True):
            runs = Waves(self._store, config, documents).clean()
        return [
            Result(cast("AnyStr", as_given(type(text), run.documents[0].data)), run, 0)
            for (_, text), run in zip(batch, runs, strict=True)
        ]


def _create(path: Path, config: Config) -> None:
    header = {PARAMETERS: Parameters.of(config).written(), STATE: State().written()}
    opening.create(path, header)


@contextlib.contextmanager
def _held(place: Path, timeout: float) -> Iterator[None]:
    """Keep others from writing to the index at `place`, which another file is about to replace."""
    try:
        database = Database(place, writable=True, timeout=timeout)
        with contextlib.closing(database), database.transaction(writing=True):
            yield
    except LockedError:
        raise
    except InputError:
        # It cannot be opened. What SQLite would put back into it must not go into the new one.
        place.with_name(f"{place.name}-journal").unlink(missing_ok=True)
        yield
