"""The report for programs, and the undo: schema dedup-report/1.

No clock, host or absolute path is in it: two runs write the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from dedup.errors import RestoreError, UnmatchedReportError
from dedup.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.model import Block, Cleaned, Decision, Place, Run

SCHEMA = "dedup-report/1"

# Valid JSON may hold these raw; a terminal must not, and lone surrogates have no UTF-8.
_UNSAFE = re.compile(
    "[\\x7f-\\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def _dump(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def render(run: Run) -> bytes:
    """Give the whole report, one decision a line."""
    return b"".join(piece.encode() for piece in _pieces(run))


def _pieces(run: Run) -> Iterator[str]:
    head = {
        "schema": SCHEMA,
        "tool_version": VERSION,
        "unicode": unicodedata.unidata_version,
        "config": run.settings,
    }
    yield _dump(head)[:-1] + ',\n"documents": ['
    for number, cleaned in enumerate(run.documents):
        yield ("," if number else "") + "\n" + _dump(_document(cleaned))[:-1] + ', "decisions": ['
        data = cleaned.document.data
        for index, decision in enumerate(cleaned.decisions):
            yield ("," if index else "") + "\n  " + _dump(_decision(run, decision, data))
        yield "]}"
    rest: dict[str, Any] = {"references": [{"path": known.id} for known in run.references]}
    rest = rest if run.references else {}
    rest["blocks"] = [_block(run, block) for block in run.blocks]
    rest |= {"totals": totals(run), "warnings": run.warnings}
    yield "],\n" + _dump(rest)[1:]
    yield "\n"


def totals(run: Run) -> dict[str, int]:
    """Add up the documents of a run."""
    documents = [_document(cleaned) for cleaned in run.documents]
    keys = ("bytes_in", "bytes_out", "paragraphs", "removed", "words_in", "words_removed")
    return {
        "documents": len(documents),
        **{key: sum(document[key] for document in documents) for key in keys},
        "blocks": len(run.blocks),
    }


def _document(cleaned: Cleaned) -> dict[str, Any]:
    data = cleaned.document.data
    document = {
        "path": cleaned.document.id,
        "bytes_in": len(data),
        "bytes_out": len(cleaned.data),
        "sha256_in": hashlib.sha256(data).hexdigest(),
        "sha256_out": hashlib.sha256(cleaned.data).hexdigest(),
        "paragraphs": len(cleaned.decisions),
        "removed": len(cleaned.removed),
        "words_in": sum(decision.words for decision in cleaned.decisions),
        "words_removed": sum(decision.words for decision in cleaned.removed),
        "lost_words": cleaned.lost_words,
    }
    if cleaned.over_limit is not None:
        document["over_limit"] = round(cleaned.over_limit, 4)
    if cleaned.settings:
        document["config"] = cleaned.settings
    return document


def _decision(run: Run, decision: Decision, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {
        "paragraph": decision.paragraph,
        "lines": decision.lines,
        "bytes": [decision.span.start, decision.span.end],
        "kind": decision.kind,
        "words": decision.words,
        "action": decision.action,
        "reason": decision.reason,
    }
    if decision.canonical is not None:
        found["canonical"] = _place(run, decision.canonical)
    if decision.resembles is not None:
        found["resembles"] = _place(run, decision.resembles)
    if decision.jaccard is not None and decision.containment is not None:
        found["jaccard"] = round(decision.jaccard, 4)
        found["containment"] = round(decision.containment, 4)
    if decision.differs:
        found["differs"] = decision.differs
    if decision.block is not None:
        found["block"] = decision.block
    if decision.marker is not None:
        found["marker"] = decision.marker
    if decision.cut is not None:
        cut = data[decision.cut.start : decision.cut.end]
        found["cut"] = [decision.cut.start, decision.cut.end]
        try:
            found["text"] = cut.decode()
        except UnicodeDecodeError:
            found["text_b64"] = base64.b64encode(cut).decode()
    return found


def _place(run: Run, place: Place) -> dict[str, Any]:
    return _numbered(run, place.document) | {"paragraph": place.paragraph, "lines": place.lines}


def _numbered(run: Run, document: int) -> dict[str, Any]:
    """Name a document: its index among the documents, or among the references of an index."""
    known = document - len(run.documents)
    return {"document": document} if known < 0 else {"reference": known}


def _block(run: Run, block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "words": block.words,
        "occurrences": [
            _numbered(run, o.document) | {"first": o.first, "last": o.last, "lines": o.lines}
            for o in block.occurrences
        ],
        "score": round(block.score, 4),
    }


def parse(report: bytes | str) -> dict[str, Any]:
    """Read a report.

    Raises:
        RestoreError: it is not JSON, or not a report of this schema.
    """
    try:
        found = json.loads(report)
    except (ValueError, RecursionError):
        raise RestoreError("the report is not valid JSON: pass the one that clean wrote") from None
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise RestoreError(f"this is not a report of schema {SCHEMA}: its schema is {schema!r}")
    assert isinstance(found, dict)  # noqa: S101 - for mypy: its schema was read
    return found


def find_document(
    report: dict[str, Any], cleaned: bytes, path: str | None = None
) -> dict[str, Any]:
    """Give the document of `report` that was cleaned to these bytes; of several, that at `path`.

    Raises:
        UnmatchedReportError: there is none, or several that were not the same text.
        RestoreError: the report was damaged.
    """
    digest = hashlib.sha256(cleaned).hexdigest()
    documents = report.get("documents")
    if not isinstance(documents, list) or not all(isinstance(d, dict) for d in documents):
        raise RestoreError("the report has no list of documents: it was changed or cut short")
    fitting = [d for d in documents if d.get("sha256_out") == digest]
    if len({d.get("sha256_in") for d in fitting}) > 1:
        fitting = [d for d in fitting if d.get("path") == path] or fitting
    if not fitting:
        names = ", ".join(str(d.get("path")) for d in documents[:_NAMED])
        raise UnmatchedReportError(
            f"{path or 'this text'} is not what any text of the report ({names}) was cleaned to: "
            "was it changed since?"
        )
    if len({d.get("sha256_in") for d in fitting}) > 1:
        names = ", ".join(str(d.get("path")) for d in fitting[:_NAMED])
        raise UnmatchedReportError(f"several texts were cleaned to this one, {names}: name it so")
    found: dict[str, Any] = fitting[0]
    return found


_NAMED = 5


def removals(document: dict[str, Any]) -> list[tuple[int, int, bytes]]:
    """Give the cuts of one document of a report: (start, end, bytes), rising.

    Raises:
        RestoreError: the report was damaged.
    """
    found = []
    try:
        for decision in document["decisions"]:
            if "cut" not in decision:
                continue
            start, end = decision["cut"]
            if "text" in decision:
                cut = decision["text"].encode()
            else:
                cut = base64.b64decode(decision["text_b64"], validate=True)
            found.append((int(start), int(end), cut))
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise RestoreError("a cut of the report is damaged: the report was changed") from None
    return found
