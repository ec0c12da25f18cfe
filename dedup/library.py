"""The library calls: texts in, results out. No files, no prints, no state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, AnyStr, cast

import numpy as np

from dedup import pipeline, rewrite
from dedup.config import Config
from dedup.decoding import read_document
from dedup.errors import UsageError
from dedup.model import Document, Match
from dedup.normalize import comparison_forms
from dedup.reports import json as json_report
from dedup.result import Result
from dedup.shingles import shingle_sets
from dedup.verify import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.model import Block

_DEFAULT = Config()


def clean(text: AnyStr, config: Config = _DEFAULT) -> Result[AnyStr]:
    """Give `text` without the paragraphs that stand in it more than once.

    bytes are read by their byte order mark, else as ``config.encoding``, else as UTF-8.

    >>> paragraph = "The ferry to the island leaves twice a day from the harbour."
    >>> clean(f"{paragraph}\\n\\nTickets on board.\\n\\n{paragraph}\\n").text
    'The ferry to the island leaves twice a day from the harbour.\\n\\nTickets on board.\\n'

    Raises:
        InputError: the bytes look like UTF-16 and nothing says so.
        SelfCheckError: the result did not prove safe.
    """
    return clean_documents([text], config=config)[0]


def clean_documents(
    documents: Iterable[AnyStr | tuple[str, AnyStr]],
    *,
    across: bool = False,
    config: Config = _DEFAULT,
) -> list[Result[AnyStr]]:
    """Clean several texts, each by itself or `across` all of them, the earlier ones being home.

    Takes texts or ``(id, text)``; gives the results in the order of the input. Raises as `clean`.
    """
    named: list[Document] = []
    types: list[type] = []
    for number, item in enumerate(documents):
        name, text = item if isinstance(item, tuple) else (str(number), item)
        named.append(document_of(name, text, config))
        types.append(type(text))
    run = pipeline.clean(named, config, across=across)
    return [
        Result(cast("AnyStr", as_given(kind, cleaned.data)), run, index)
        for index, (kind, cleaned) in enumerate(zip(types, run.documents, strict=True))
    ]


def find_blocks(
    documents: Iterable[AnyStr | tuple[str, AnyStr]], *, config: Config = _DEFAULT
) -> tuple[Block, ...]:
    """Find the runs of paragraphs that recur within and across `documents`; nothing is cut.

    Takes what `clean_documents` takes. An occurrence names its document by its number. As when
    cleaning, a block holds at least one paragraph that would go; all of it counts, however much of
    a text it is. Raises as `clean`.
    """
    everything = replace(config, max_removed=100.0)
    results = clean_documents(documents, across=True, config=everything)
    return results[0].run.blocks if results else ()


def document_of(name: str, text: object, config: Config) -> Document:
    """Make a Document of a text.

    Raises:
        UsageError: it is neither str nor bytes.
        InputError: the bytes look like UTF-16 and nothing says so.
    """
    if isinstance(text, str):
        return Document(name, text.encode("utf-8", "surrogatepass"))
    if isinstance(text, bytes):
        return read_document(name, text, config.encoding)
    raise UsageError(f"document {name!r} is {type(text).__name__}: pass str or bytes")


def as_given(kind: type, data: bytes) -> str | bytes:
    """Give bytes as the type that a text was given as."""
    return data.decode("utf-8", "surrogatepass") if kind is str else data


def similarity(a: str, b: str, config: Config = _DEFAULT) -> Match | None:
    """Say whether paragraph `a` may go for paragraph `b`, as within one document.

    None where the two are not alike. A match that `differs` names what `b` lacks: `a` would stay.
    """
    forms = comparison_forms([a, b])
    if (forms.row_form < 0).any():
        return None
    sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)
    p, q = forms.row_form.tolist()
    pair = [np.array([side], np.int64) for side in ((0, 1) if p != q else ((), ()))]
    matcher = Matcher.of_sets(forms, sets, pair[0].ravel(), pair[1].ravel(), config)
    return matcher.judge(p, q, across=False)


def restore(cleaned: AnyStr, report: str | bytes | dict[str, Any]) -> AnyStr:
    """Give the original of a cleaned text back, byte for byte, from its JSON report.

    Raises:
        UnmatchedReportError: the report has no document, or several, cleaned to this text.
        RestoreError: the report was damaged.
    """
    found = json_report.parse(report) if isinstance(report, (str, bytes)) else report
    data = cleaned.encode("utf-8", "surrogatepass") if isinstance(cleaned, str) else cleaned
    document = json_report.find_document(found, data)
    original = rewrite.restore(data, json_report.removals(document), str(document.get("sha256_in")))
    return cast("AnyStr", as_given(type(cleaned), original))
