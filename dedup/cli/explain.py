"""``dedup explain``: why a paragraph was kept or cut."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.inputs import PATH, expand, read_inputs
from dedup.cli.options import configuring, settings_of
from dedup.cli.output import write_data
from dedup.errors import UsageError
from dedup.explain import Explainer
from dedup.reports.text import describe_block, sanitize, shown, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.explain import Comparison, Explanation
    from dedup.model import Decision, Match, Run

# What `check` prints before its first blank may be pasted as it is.
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?:-\d+)?(?::.*)?", re.DOTALL)
_KEPT_BECAUSE = {
    "unique": "nothing here that it may go for",
    "canonical": "others go for it",
    "variant": "it would go, but what differs is protected",
    "line": "it would go, but lines of verse and items of a list repeat on purpose",
    "short": "too short to go by itself: it goes only in a block that repeats",
    "exempt": "it goes only inside a block that repeats, or with its section",
    "ignored": "nothing of this text is compared (ignore in the settings)",
    "unreadable": "its bytes could not be read: pass --encoding",
    "limit": "the text was left as it is, by --max-removed or for its size",
    "unstable": "without it, what stands around it would be read otherwise",
}
_CUT_BECAUSE = {
    "exact": "the same words stand elsewhere",
    "near": "nearly the same words stand elsewhere",
    "contained": "another paragraph holds what it says",
    "block": "it stands in a block that repeats",
}
_LONGEST = 400


@click.command(short_help="Say why a paragraph was kept or cut.")
@click.argument("place", metavar="FILE:LINE", type=PATH)
@click.argument("other", metavar="[FILE:LINE]", required=False, type=PATH)
@click.option(
    "--among",
    multiple=True,
    metavar="PATH",
    type=PATH,
    help="Compare with these files too, as check and clean --across do. Repeatable.",
)
@configuring
def explain(place: str, other: str | None, among: tuple[str, ...], **options: Any) -> int:
    """Say why the paragraph at FILE:LINE is kept or cut, or how it compares with another.

    One place: the verdict, its figures, the paragraph most like it, what differs, and which
    settings would turn the verdict. Two places: the pair. Exit status 0; 2 wrong usage.

    \b
    Examples:
      dedup explain article.txt:12
      dedup explain article.txt:12 article.txt:3
      dedup explain b.md:40 --among articles/
    """
    settings = settings_of(options)
    places = [_parse(text) for text in (place, other) if text is not None]
    named = [*(file for file, _ in places), *among]
    inputs = read_inputs(expand(named, settings, command="explain"), settings)
    if inputs.failed:
        return 3
    # In the order in which `check` compares them.
    texts = sorted(
        zip(inputs.sources, inputs.documents, inputs.configs, strict=True),
        key=lambda text: text[1].id.encode("utf-8", "surrogateescape"),
    )
    explainer = Explainer(
        [document for _, document, _ in texts],
        settings.config,
        across=len(texts) > 1,
        own=[own for _, _, own in texts],
    )
    numbers = {os.path.realpath(source.path): n for n, (source, _, _) in enumerate(texts)}
    found = [_find(explainer, numbers, file, line) for file, line in places]
    lines: list[str] = []
    for document, paragraph, message in found:
        if paragraph is None:
            lines.append(message)
        elif len(found) == 1:
            lines += _explained(explainer.explain(document, paragraph))
    if len(found) == 2 and not lines:
        (a, p, _), (b, q, _) = found
        assert p is not None  # noqa: S101 - for mypy: else there is a line to print
        assert q is not None  # noqa: S101 - as above
        lines += _compared(explainer, (a, p), (b, q))
    write_data("".join(sanitize(line) + "\n" for line in lines).encode("utf-8", "backslashreplace"))
    return 0


def _parse(text: str) -> tuple[str, int]:
    match = _PLACE.fullmatch(text)
    if match is None or int(match["line"]) < 1:
        raise UsageError(f"{text!r} is no place: name a file and a line, as in article.txt:12")
    return match["file"], int(match["line"])


def _find(
    explainer: Explainer, numbers: dict[str, int], file: str, line: int
) -> tuple[int, int | None, str]:
    """Find the paragraph of a place: (document, paragraph, or else what the line is)."""
    document = numbers.get(os.path.realpath(file), -1)
    if document < 0:
        raise UsageError(f"{file} is a folder: name a file and a line, as in article.txt:12")
    name = shown(explainer.documents[document].id)
    found = explainer.group.paragraphs[document]
    paragraph = explainer.paragraph_at(document, line)
    if paragraph is not None:
        return document, paragraph, ""
    lines = explainer.line_count(document)
    if line > lines:
        raise UsageError(f"{name} has {lines} line{'s' if lines != 1 else ''}, no line {line}")
    before = found.last_line[found.last_line < line]
    after = found.first_line[found.first_line > line]
    sides = [f"before it ends line {before[-1]}"] if len(before) else []
    sides += [f"after it begins line {after[0]}"] if len(after) else []
    where = f": the paragraph {', the one '.join(sides)}" if sides else ""
    return document, None, f"{name}:{line}: a blank line{where}"


def _explained(explanation: Explanation) -> Iterator[str]:
    run, decision = explanation.run, explanation.decision
    here = _where(run, explanation.document, decision)
    removed = decision.action == "remove"
    why = (_CUT_BECAUSE if removed else _KEPT_BECAUSE)[decision.reason]
    if decision.marker is not None:
        why = _marked(decision)
    yield (
        f"{here}: {decision.kind}, {_words(decision)}: {'cut' if removed else 'kept'}, "
        f"{decision.reason}: {why}"
    )
    near = explanation.nearest
    if near is not None:
        role = "goes for" if removed else "left beside" if decision.resembles else "most like it"
        there = _where(run, near.document, _decision(run, near.document, near.paragraph))
        yield f"  {role}: {there}"
        yield from _figures(near)
        if not removed and near.differs:
            yield f"  protected, and only in one of them: {', '.join(near.differs)}"
    elif decision.reason == "unique":
        yield "  nothing else here is like it"
    if removed and decision.block is not None:
        block = next(block for block in run.blocks if block.id == decision.block)
        yield f"  block: {describe_block(run, block)}"
    if explanation.protected:
        named = [f"{text} ({kind})" for text, kind in explanation.protected]
        yield f"  protected in it: {_short(', '.join(named))}"
    cleaned = run.documents[explanation.document]
    if cleaned.over_limit is not None:
        yield f"  {summary(cleaned)}"
    for settings in explanation.changes:
        turned = "stay" if removed else "go"
        yield f"  it would {turned} with {' '.join(map(_option, settings.items()))}"


def _marked(decision: Decision) -> str:
    first, last = decision.lines
    if first <= (decision.marker or 0) <= last:
        return "a marker, which says what is compared"
    return f"marker, line {decision.marker}"


def _compared(explainer: Explainer, one: tuple[int, int], other: tuple[int, int]) -> Iterator[str]:
    run = explainer.run
    sides = [(_where(run, d, _decision(run, d, p)), _decision(run, d, p)) for d, p in (one, other)]
    for where, decision in sides:
        verdict = "cut" if decision.action == "remove" else "kept"
        yield f"{where}: {decision.kind}, {_words(decision)}: {verdict}, {decision.reason}"
    if one == other:
        yield "  both are the same paragraph"
        return
    near = explainer.compare(one, other)
    if near is None:
        yield "  no words to compare"
        return
    yield from _figures(near)
    (ours, _), (theirs, _) = sides
    if "ignored" in {decision.reason for _, decision in sides}:
        yield "  neither may go for the other: what is ignored is not compared"
        return
    yield f"  {ours} for {theirs}: {_verdict(near.match, near.differs)}"
    yield f"  {theirs} for {ours}: {_verdict(near.match_back, near.differs_back)}"


def _verdict(match: Match | None, differs: tuple[str, ...]) -> str:
    if match is None:
        return "may not go: not alike enough, or the fuller of the two"
    if differs:
        return f"may not go: protected, and only in one of them: {', '.join(differs)}"
    return f"may go: {match.relation}"


def _figures(near: Comparison) -> Iterator[str]:
    yield (
        f"  Jaccard {near.jaccard:.2f}, containment {near.containment:.2f} "
        f"(of the other in it {near.back:.2f})"
    )
    for ours, theirs in near.changed[:8]:
        yield f"  here {_short(ours) or 'nothing'!r}, there {_short(theirs) or 'nothing'!r}"
    if len(near.changed) > 8:
        yield f"  and {len(near.changed) - 8} more passages that differ"


def _words(decision: Decision) -> str:
    return "1 word" if decision.words == 1 else f"{decision.words} words"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _where(run: Run, document: int, decision: Decision) -> str:
    first, last = decision.lines
    name = shown(run.documents[document].document.id)
    return f"{name}:{first}" if first == last else f"{name}:{first}-{last}"


def _decision(run: Run, document: int, paragraph: int) -> Decision:
    return run.documents[document].decisions[paragraph]


def _option(setting: tuple[str, Any]) -> str:
    """Write a setting as the command line takes it, or as its name in a settings file."""
    name, value = setting
    text = (
        ",".join(value)
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
    known = {"threshold", "keep", "min_words", "protect", "max_removed"}
    return (
        f"--{name.replace('_', '-')} {text}" if name in known else f"{name} = {text} (in settings)"
    )
