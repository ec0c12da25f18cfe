"""Document + verdicts → bytes; restore; and the self-check that runs before any write.

The output is the input minus spans, nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from dedup.errors import RestoreError, SelfCheckError
from dedup.ignoring import ignored_by
from dedup.model import KINDS, Document, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from dedup.model import Container, Paragraphs

    Split = Callable[[Document], Paragraphs]


def remembering(split: Split) -> Split:
    """Cut the same text once: what is left of a document is looked at several times."""
    last: list[tuple[bytes, Paragraphs]] = []

    def cut(document: Document) -> Paragraphs:
        if not last or last[0][0] != document.data:
            last[:] = [(document.data, split(document))]
        return last[0][1]

    return cut


def cuts(document: Document, paragraphs: Paragraphs, removed: NDArray[np.bool_]) -> dict[int, Span]:
    """Give the span that leaves with each removed paragraph: its bytes and one separator.

    Of the separators around a run of removed paragraphs the one with most line breaks stays, the
    first of equals, so that its neighbours stay as far apart as they were. What stands before the
    first paragraph of the file and behind the last always stays; only in a format with structure,
    where they may say something, do blanks that trail a line leave with it.
    """
    found: dict[int, Span] = {}
    start, end = paragraphs.start.tolist(), paragraphs.end.tolist()
    count = len(start)
    if not removed.any():
        return found
    tail = end
    if paragraphs.outline is not None:
        tail = [
            here + _trailing(document, here, following)
            for here, following in zip(end, [*start[1:], len(document.data)], strict=True)
        ]
    for low, high in _runs(removed):
        # Separator k stands before paragraph low + k; the last one behind the run.
        if low == 0:
            stays = 0
        elif high == count:
            stays = high - low
        else:
            breaks = [_line_breaks(document, end[at - 1], start[at]) for at in range(low, high + 1)]
            stays = max(range(len(breaks)), key=lambda k: (breaks[k], -k))
        for at in range(low, high):
            if at - low < stays:
                found[at] = Span(tail[at - 1], tail[at])
            else:
                found[at] = Span(start[at], start[at + 1] if at + 1 < count else tail[at])
    return found


def _runs(removed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give the half-open runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], removed, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _trailing(document: Document, start: int, end: int) -> int:
    """Count the bytes of the blanks at `start` that trail its line, in a gap that ends at `end`."""
    if start == end or document.data[start] in b"\r\n":
        return 0
    text = document.text(start, end)
    if text is None:
        return 0
    blanks = text[: min(text.find(c) % (len(text) + 1) for c in "\r\n")]
    return len(blanks.encode(document.encoding))


def _line_breaks(document: Document, start: int, end: int) -> int:
    text = document.text(start, end) or ""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def without(data: bytes, spans: Iterable[Span]) -> bytes:
    """Give `data` less the disjoint, rising `spans`."""
    kept, position = [], 0
    for span in spans:
        kept.append(data[position : span.start])
        position = span.end
    return b"".join([*kept, data[position:]])


def restore(cleaned: bytes, removals: Sequence[tuple[int, int, bytes]], sha256: str) -> bytes:
    """Put removed spans back: `removals` are (start, end, bytes), offsets into the original.

    Raises:
        RestoreError: the spans do not fit, or the result is not the text with that `sha256`.
    """
    parts: list[bytes] = []
    position = taken = 0
    for start, end, text in removals:
        if start < position or end - start != len(text) or start - position > len(cleaned) - taken:
            raise RestoreError("the cuts of the report do not fit this text: use its own report")
        parts += [cleaned[taken : taken + start - position], text]
        taken += start - position
        position = end
    parts.append(cleaned[taken:])
    original = b"".join(parts)
    if hashlib.sha256(original).hexdigest() != sha256:
        raise RestoreError(
            "putting the cuts back does not give the original: the text or the report was changed"
        )
    return original


def torn(
    document: Document, paragraphs: Paragraphs, removed: NDArray[np.bool_], split: Split
) -> NDArray[np.bool_]:
    """Tell which paragraphs stand where `removed` would make the rest be read otherwise: bool[n].

    Without those it loses, a block of lines may look hard-wrapped, or no longer so; in Markdown two
    lists may become one, or a list item a paragraph. Where anything is torn, the answer holds one
    of `removed` at least.
    """
    nowhere = np.zeros(len(paragraphs), bool)
    if not removed.any():
        return nowhere
    spans = cuts(document, paragraphs, removed)
    again = split(_same(document, without(document.data, spans.values())))
    start, end = _moved(paragraphs, removed, spans)
    expected = list(zip(start.tolist(), end.tolist(), _shapes(paragraphs, ~removed), strict=True))
    everything = np.ones(len(again), bool)
    seen = zip(again.start.tolist(), again.end.tolist(), _shapes(again, everything), strict=True)
    found = set(seen)
    lost = [shape not in found for shape in expected]
    if len(again) == len(expected) and not any(lost):
        if _links(again) == _links(paragraphs):
            return nowhere
        definitions = removed & (paragraphs.kind == KINDS.index("definition"))
        return definitions if definitions.any() else removed  # a link would lead elsewhere
    blocks = _blocks(paragraphs)
    affected = np.isin(blocks, blocks[np.flatnonzero(~removed)[lost]])
    if paragraphs.outline is not None:
        affected |= _beside(removed, affected)
    return affected if (affected & removed).any() else ~nowhere


def _links(paragraphs: Paragraphs) -> object:
    return None if paragraphs.outline is None else paragraphs.outline.links


def _blocks(paragraphs: Paragraphs) -> NDArray[np.int64]:
    """Number the blocks of lines: no blank line parts them, or one list holds them."""
    parted = paragraphs.first_line[1:] > paragraphs.last_line[:-1] + 1
    if paragraphs.outline is not None:
        outer = [inside[0].number if inside else 0 for inside in paragraphs.outline.inside]
        number = np.array(outer, np.int64)
        parted &= (number[1:] != number[:-1]) | (number[1:] == 0)
    blocks = np.zeros(len(paragraphs), np.int64)
    np.cumsum(parted, out=blocks[1:])
    return blocks


def _beside(removed: NDArray[np.bool_], affected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which runs of `removed` touch what is `affected`: they parted it from what is near."""
    found = np.zeros(len(removed), bool)
    for low, high in _runs(removed):
        found[low:high] = affected[max(0, low - 1) : high + 1].any()
    return found


def _shapes(paragraphs: Paragraphs, among: NDArray[np.bool_]) -> list[object]:
    """Give what the paragraphs `among` are in the structure of their document.

    That is kind, text, containers, and how many of these each shares with the one before it.
    """
    outline = paragraphs.outline
    rows = np.flatnonzero(among).tolist()
    if outline is None:
        return [None] * len(rows)
    shapes: list[object] = []
    before: tuple[Container, ...] = ()
    for row in rows:
        inside = outline.inside[row]
        shared = sum(a.number == b.number for a, b in zip(before, inside, strict=False))
        shape = tuple((c.kind, c.shape) for c in inside)
        kind, tight = int(paragraphs.kind[row]), bool(outline.tight[row])
        shapes.append((kind, outline.texts[row], shape, shared, tight))
        before = inside
    return shapes


def _same(document: Document, data: bytes) -> Document:
    return Document(document.id, data, document.encoding, document.body)


def _moved(
    paragraphs: Paragraphs, removed: NDArray[np.bool_], spans: dict[int, Span]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give start and end of the kept paragraphs once `spans` are gone."""
    starts = np.array([span.start for span in spans.values()], np.int64)
    gone = np.concatenate(
        [[0], np.cumsum([span.end - span.start for span in spans.values()], dtype=np.int64)]
    )
    kept = paragraphs.start[~removed]
    shift = gone[np.searchsorted(starts, kept, "right")]
    return kept - shift, paragraphs.end[~removed] - shift


def self_check(
    document: Document,
    paragraphs: Paragraphs,
    spans: dict[int, Span],
    result: bytes,
    split: Split,
) -> None:
    """Prove that `result` is the document less the paragraphs of `spans`, and can be undone.

    Raises:
        SelfCheckError: anything is not as it should be. Nothing may be written then.
    """
    data, position = document.data, document.body
    marked = ignored_by(paragraphs)
    for row, span in sorted(spans.items()):
        if marked[row]:
            raise SelfCheckError(_refusal(document, f"cut {row} is marked to be ignored"))
        start, end = int(paragraphs.start[row]), int(paragraphs.end[row])
        if not position <= span.start <= start < end <= span.end <= len(data):
            raise SelfCheckError(_refusal(document, f"cut {row} leaves its place"))
        around = (document.text(span.start, start), document.text(end, span.end))
        if any(text is None or text.strip() for text in around):
            raise SelfCheckError(_refusal(document, f"cut {row} takes text of its neighbour"))
        position = span.end
    mask = np.ones(len(data), bool)
    for span in spans.values():
        mask[span.start : span.end] = False
    if np.frombuffer(data, np.uint8)[mask].tobytes() != result:
        raise SelfCheckError(_refusal(document, "the result is not the input minus the cuts"))
    again = split(_same(document, result))
    removed = np.zeros(len(paragraphs), bool)
    removed[list(spans)] = True
    kept = [
        data[start:end]
        for start, end in zip(
            paragraphs.start[~removed].tolist(), paragraphs.end[~removed].tolist(), strict=True
        )
    ]
    everything = np.ones(len(again), bool)
    same = _shapes(again, everything) == _shapes(paragraphs, ~removed)
    same &= bool(np.array_equal(ignored_by(again) > 0, marked[~removed] > 0))
    if not (same and _links(again) == _links(paragraphs)) or kept != [
        result[start:end]
        for start, end in zip(again.start.tolist(), again.end.tolist(), strict=True)
    ]:
        raise SelfCheckError(_refusal(document, "the result does not hold the kept paragraphs"))
    removals = [(s.start, s.end, data[s.start : s.end]) for _, s in sorted(spans.items())]
    if restore(result, removals, hashlib.sha256(data).hexdigest()) != data:
        raise SelfCheckError(_refusal(document, "the cuts do not restore the input"))


def _refusal(document: Document, reason: str) -> str:
    return f"{document.id}: self-check failed, nothing was written: {reason}; please report this"
