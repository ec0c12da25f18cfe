"""A check of all the texts of a repository. What is known of them is not worked out again.

    tracked paths → digests of their bytes → is the outcome of just these known?
    else: imprints → links → lots of texts that hang together → the verdict on each lot

The verdict is that of one run over all texts: a text can only repeat one that it hangs together
with, and what becomes of a lot depends on the lot alone. What cannot be kept is worked out anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from dedup.decoding import read_document
from dedup.errors import InputError
from dedup.repository.basis import Basis
from dedup.repository.contents import Contents, texts
from dedup.repository.state import State
from dedup.repository.store import Store
from dedup.repository.verdicts import Verdict, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dedup.findings import Finding, Spot
    from dedup.model import Document
    from dedup.repository.git import WorkTree
    from dedup.repository.texts import Text
    from dedup.settings import Settings

FOLDER = "dedup"
"""Where all is kept, below git's folder of the work tree."""


class Checked(NamedTuple):
    """Hold what a check of a repository came to; paths are told from the working folder.

    `findings`: what repeats what, in the order of the texts. `files`: how many were compared.
    `failed`, `warnings`: a line each about texts that could not be processed, that were not read or
    compared in full; `over`: by its path, one about each text that is over the limit.
    """

    findings: list[Finding]
    files: int
    failed: list[str]
    over: dict[str, str]
    warnings: list[str]


def check(
    tree: WorkTree,
    settings: Settings,
    *,
    announce: Callable[[list[int]], None] | None = None,
) -> Checked:
    """Check all texts of a work tree, as they stand there; the `settings` say which those are.

    `announce` is told the sizes of the texts that have to be compared, before they are.

    Raises:
        UsageError: git refuses.
        SelfCheckError: a result did not prove safe.
    """
    store = Store(tree.git / FOLDER)
    stamp = store.stamp()  # before anything is looked at
    state = State.load(store)
    contents = Contents(tree, texts(tree, settings), state)
    basis = Basis(tree, settings, contents.digests, state)
    while True:
        checking = _Checking(contents, basis, state, store if stamp is not None else None)
        try:
            verdicts, no_texts = checking.outcome(announce)
        except _GoneError as gone:
            contents.failed[gone.path] = str(gone)
            del contents.digests[gone.path]
        else:
            break
    if stamp is not None and state.changed:
        state.save(store, stamp)
    return _told(tree, contents, verdicts, no_texts)


class _GoneError(Exception):
    """The bytes of `path` are no longer those that were looked at."""

    def __init__(self, path: str, error: InputError) -> None:
        super().__init__(str(error))
        self.path = path


class _Checking:
    """One attempt."""

    def __init__(self, contents: Contents, basis: Basis, state: State, store: Store | None) -> None:
        self.contents, self.basis, self.state, self.store = contents, basis, state, store
        self.paths = list(contents.digests)

    def outcome(
        self, announce: Callable[[list[int]], None] | None
    ) -> tuple[list[Verdict], dict[str, str]]:
        """Give the verdicts on all lots, and what is wrong with what is no text."""
        tree = self._digest(self.paths)
        known = self.state.outcome_of(tree)
        if known is not None:
            keys, no_texts = known
            plain = [self.state.verdict_of(key) for key in keys]
            if None not in plain:
                return [Verdict.of_plain(one) for one in plain], no_texts
        lots, quiet, no_texts = self._lots()
        keys = [self._digest(lot) for lot in lots]
        unknown = [at for at, key in enumerate(keys) if self.state.verdict_of(key) is None]
        if unknown:
            lot_of = {path: at for at in unknown for path in lots[at]}
            documents = [self._document(path) for path in self.paths if path in lot_of]
            if announce is not None:
                announce([len(document.data) for document in documents])
            own = [self.basis.own[document.id].config for document in documents]
            verdicts = decide(documents, own, self.basis.config, lot_of.__getitem__, quiet)
            for at, verdict in verdicts.items():
                self.state.learn(self.state.verdicts, keys[at], verdict.plain())
        self.state.learn_outcome(tree, keys, no_texts)
        return [Verdict.of_plain(self.state.verdict_of(key)) for key in keys], no_texts

    def _lots(self) -> tuple[list[list[str]], set[str], dict[str, str]]:
        """Give the lots that something may repeat in, and what is wrong with what is no text.

        Between the two the texts of them in which nothing repeats anything else of the same text.
        """
        import numpy as np  # noqa: PLC0415 - what is known needs no NumPy

        from dedup.repository import imprints as kinds  # noqa: PLC0415
        from dedup.repository.lots import lots  # noqa: PLC0415
        from dedup.repository.memory import Memory  # noqa: PLC0415

        store = self.store or Store(self.contents.tree.git / FOLDER)
        memory = Memory(store, self.basis.pairs, self.basis.config)
        names = self._names()
        if memory.look(names, self._text) and self.store is not None:
            memory.save(self.store)
        found = memory.of(names)
        lot_of = lots(found, memory.links)
        together = np.bincount(lot_of)[lot_of] > 1
        inside: dict[int, list[str]] = {}
        for at in np.flatnonzero(together | (found.state == kinds.WATCHED)).tolist():
            inside.setdefault(int(lot_of[at]), []).append(self.paths[at])
        quiet = np.flatnonzero(together & (found.state == kinds.QUIET)).tolist()
        no_texts = {}
        for at in np.flatnonzero(found.state == kinds.NO_TEXT).tolist():
            path = self.paths[at]
            try:
                self._document(path)
            except InputError as error:
                no_texts[path] = str(error).removeprefix(f"{path}: ")
        return list(inside.values()), {self.paths[at] for at in quiet}, no_texts

    def _names(self) -> list[str]:
        """Name the bytes of each path and how they are read: what an imprint is made of."""
        from dedup.formats import format_of  # noqa: PLC0415 - as above

        told: dict[tuple[int, str], str] = {}  # of the settings and the ending of a name
        names = []
        own, digests = self.basis.own, self.contents.digests
        for path in self.paths:
            kind = id(own[path]), path[path.rfind(".") :]
            how = told.get(kind)
            if how is None:
                its = own[path].config
                said = format_of(path, its), its.paragraphs, its.min_words, its.ignore, its.encoding
                how = told[kind] = " ".join(map(str, said))
            names.append(f"{digests[path]} {how}")
        return names

    def _text(self, at: int) -> Text:
        from dedup.repository.texts import Text  # noqa: PLC0415 - as above

        path = self.paths[at]
        return Text(path, self._data(path), self.basis.own[path].config)

    def _document(self, path: str) -> Document:
        return read_document(path, self._data(path), self.basis.own[path].config.encoding)

    def _data(self, path: str) -> bytes:
        try:
            return self.contents.data(path)
        except InputError as error:
            raise _GoneError(path, error) from None

    def _digest(self, paths: Sequence[str]) -> str:
        """Give the digest of some texts in their order, their names and all settings."""
        digests, own = self.contents.digests, self.basis.own
        told = (f"{path}\0{digests[path]}\0{own[path].digest}" for path in paths)
        text = "\0".join([self.basis.all, *told])
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _told(
    tree: WorkTree, contents: Contents, verdicts: Sequence[Verdict], no_texts: dict[str, str]
) -> Checked:
    """Put verdicts together, in the order of the texts, as one sees them from the folder."""
    from dedup.reports.text import shown  # noqa: PLC0415 - as above

    def spot(spot: Spot) -> Spot:
        return replace(spot, path=tree.told(spot.path))

    def finding(one: Finding) -> Finding:
        if not tree.here:  # it is as it is kept
            return one
        return replace(one, repeat=spot(one.repeat), original=spot(one.original))

    where: dict[str, Verdict] = {}
    for verdict in verdicts:
        for told in (verdict.findings, verdict.over, verdict.warnings):
            where.update(dict.fromkeys(told, verdict))
    told_of = {path: where[path] for path in contents.digests if path in where}
    failed = {**contents.failed, **no_texts}
    warnings = [
        f"{tree.told(path)}{one}"
        for path, verdict in told_of.items()
        for one in verdict.warnings.get(path, ())
    ]
    capped = sum(verdict.capped for verdict in verdicts)
    if capped:
        from dedup.decisions import about_capped  # noqa: PLC0415 - as above

        warnings += about_capped(capped)
    return Checked(
        findings=[
            finding(one)
            for path, verdict in told_of.items()
            for one in verdict.findings.get(path, ())
        ],
        files=len(contents.digests) - len(no_texts),
        failed=[f"{tree.told(path)}: {failed[path]}" for path in sorted(failed, key=_in_bytes)],
        over={
            tree.told(path): f"{shown(tree.told(path))}{verdict.over[path]}"
            for path, verdict in told_of.items()
            if path in verdict.over
        },
        warnings=warnings,
    )


def _in_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
