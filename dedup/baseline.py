"""The baseline: the repeats that a repository accepts, so that a check fails for new ones only.

An entry is a pair of texts, each by the digest of its comparison form. No path and no line stands
in it: what is accepted may move. It accepts one finding; a further copy is a new one.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup import atomic
from dedup.errors import InputError, UsageError
from dedup.files import name_for_reports, read
from dedup.reports.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dedup.findings import Finding

FILE = ".dedup-baseline.json"
SCHEMA = "dedup-baseline/1"
"""Also names how forms are made: the entries of another way would fit nothing."""

_DIGEST = re.compile("[0-9a-f]{32}")
_ENTRIES = re.compile(r'"accepted"\s*:\s*\[')  # in a string its quotes would have backslashes
_MARKERS = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)


class Entry(NamedTuple):
    """Accept one repeat: the digests of both texts, as in a finding, and how it begins."""

    repeat: str
    original: str
    excerpt: str

    @classmethod
    def of(cls, finding: Finding) -> Entry:
        """Take what accepts `finding`."""
        return cls(finding.repeat.digest, finding.original.digest, sanitize(finding.excerpt))


class Judged(NamedTuple):
    """Hold findings, those that a baseline has marked so, and the entries that are left, sorted."""

    findings: list[Finding]
    stale: list[Entry]


def judge(found: Sequence[Finding], entries: Iterable[Entry]) -> Judged:
    """Find for each repeat the entry that accepts it. Each entry accepts one.

    First both texts are those of the entry, then the original is, then the repeat: the other one
    was edited. Which of two texts is the repeat depends on where they stand; so behind each of
    these the same is asked of the two exchanged. What is no repeat needs no entry.
    """
    open_ = [number for number, finding in enumerate(found) if finding.repeats]
    left = Counter(entries)
    accepted: set[int] = set()
    for ours, theirs in _ROUNDS:
        if not left or not open_:
            break
        fitting = defaultdict(list)
        for entry in sorted(left.elements(), reverse=True):
            fitting[(entry.repeat, entry.original)[theirs]].append(entry)
        for number in open_:
            pair = found[number].repeat.digest, found[number].original.digest
            if fitting[pair[ours]]:
                left[fitting[pair[ours]].pop()] -= 1
                accepted.add(number)
        open_ = [number for number in open_ if number not in accepted]
    marked = [
        replace(finding, accepted=True) if number in accepted else finding
        for number, finding in enumerate(found)
    ]
    return Judged(marked, sorted(left.elements()))


_BOTH, _EXCHANGED, _REPEAT, _ORIGINAL = slice(2), slice(None, None, -1), slice(1), slice(1, 2)
_ROUNDS = (
    (_BOTH, _BOTH),
    (_BOTH, _EXCHANGED),
    (_ORIGINAL, _ORIGINAL),
    (_ORIGINAL, _REPEAT),
    (_REPEAT, _REPEAT),
    (_REPEAT, _ORIGINAL),
)
"""Which digests of a finding must be which of an entry, in the order in which they are tried."""


def renewed(judged: Judged, entries: Sequence[Entry], *, whole: bool) -> list[Entry]:
    """Give the entries that accept all that was judged.

    `whole`: all that the baseline is about was looked at, so an entry that accepts nothing goes,
    and one whose text was edited is made anew. Else new ones are added, and none is touched: its
    text may stand where nobody looked.
    """
    if whole:
        return sorted(Entry.of(finding) for finding in judged.findings if finding.repeats)
    new = [Entry.of(finding) for finding in judged.findings if finding.fails]
    return sorted([*entries, *new])


def place(folder: Path, settings_folder: Path | None) -> Path:
    """Give where the baseline stands: at the root of the git work tree that `folder` is in.

    Outside of git it is beside the settings file, without one in `folder`.
    """
    told = os.environ.get("GIT_WORK_TREE")  # a folder that has no .git, as where all of home is one
    if told and folder.is_relative_to(os.path.realpath(told)):
        return Path(os.path.realpath(told)) / FILE
    for above in (folder, *folder.parents):
        if os.path.lexists(above / ".git"):  # a folder; a file in a linked work tree
            return above / FILE
    return (settings_folder or folder) / FILE


def load(path: Path, name: str) -> list[Entry]:
    """Read a baseline; `name` is what to call it.

    Raises:
        UsageError: it cannot be read, or something in it is wrong; it names file and line.
    """
    try:
        data = read(path).data
    except InputError as error:
        said = str(error).removeprefix(f"{name_for_reports(path)}: ")
        raise UsageError(f"{name}: {said}") from None
    try:
        return _parsed(data, name)
    except UsageError as error:
        raise UsageError(
            f"{error}; or delete it: 'dedup check --update-baseline' accepts anew what is there"
        ) from None


def _parsed(data: bytes, name: str) -> list[Entry]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8: take it from git again") from None
    marker = _MARKERS.search(text)
    if marker:
        raise UsageError(
            f"{name}:{_line(text, marker.start())}: holds the marks of a merge conflict: keep the "
            "entries of both sides"
        )
    try:
        table: Any = json.loads(text)
    except RecursionError:
        raise UsageError(f"{name}: is no baseline: it is nested too deeply") from None
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        said = error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"
        raise UsageError(
            f"{name}:{line}: is not valid JSON: {said[:1].lower()}{said[1:]}: take it from git "
            "again"
        ) from None
    schema = table.get("schema") if isinstance(table, dict) else None
    if schema != SCHEMA:
        raise UsageError(f"{name}: {_foreign(schema)}")
    accepted = table.get("accepted")
    if not isinstance(accepted, list) or len(table) != 2:
        raise UsageError(f"{name}: has not 'schema' and the list 'accepted' alone: correct that")
    for number, one in enumerate(accepted):
        wrong = _objection(one) if one != {} else None
        if wrong:
            raise UsageError(f"{name}:{_line_of_entry(text, number)}: {wrong}: delete that entry")
    return [Entry(**one) for one in accepted if one]


def _foreign(schema: object) -> str:
    found = re.fullmatch(r"dedup-baseline/(\d{1,9})", schema) if isinstance(schema, str) else None
    if found is None:
        return f"is no baseline: its schema is not {SCHEMA}: name another file"
    newer = int(found[1]) > int(SCHEMA.partition("/")[2])
    return f"is of schema {found[0]}, and this dedup reads {SCHEMA}: " + (
        "install a newer dedup" if newer else "this one makes forms otherwise"
    )


def _objection(one: object) -> str | None:
    """Say what is wrong with an entry."""
    if not isinstance(one, dict) or not all(isinstance(value, str) for value in one.values()):
        return "an entry is no table of strings"
    if set(one) != {"repeat", "original", "excerpt"}:
        return "an entry has not 'repeat', 'original' and 'excerpt' alone"
    for key in ("repeat", "original"):
        if not _DIGEST.fullmatch(one[key]):
            return f"'{key}' of an entry is not 32 hexadecimal digits"
    return None


def _line_of_entry(text: str, number: int) -> int:
    """Give the line on which an entry begins, however the file is laid out."""
    found = _ENTRIES.search(text)
    at = 0 if found is None else found.end()
    decode = json.JSONDecoder().raw_decode
    for left in range(number, -1, -1):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if left and at < len(text):
            _, at = decode(text, at)
    return _line(text, at)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def written(entries: Iterable[Entry]) -> bytes:
    """Give the bytes of a baseline: sorted, one entry a line.

    Behind the last stands an empty one: so every line of an entry ends alike, a change is its own
    line alone, and git can merge two baselines by keeping the lines of both.
    """
    lines = [
        json.dumps(
            {"repeat": one.repeat, "original": one.original, "excerpt": one.excerpt},
            ensure_ascii=False,
        )
        for one in sorted(entries)
    ]
    listed = "".join(f"    {line},\n" for line in lines)
    return f'{{\n  "schema": "{SCHEMA}",\n  "accepted": [\n{listed}    {{}}\n  ]\n}}\n'.encode()


def write(path: Path, name: str, entries: Iterable[Entry]) -> None:
    """Write a baseline, new or existing, whole or not at all.

    Raises:
        InputError: it could not be written, or is a link: git keeps no text in one.
    """
    if path.is_symlink():
        raise InputError(f"{name}: is a link: name the file itself with --baseline")
    atomic.write(path, written(entries))
