"""What was measured of speed, as a table to read, as JSON, and as the bars of a chart."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from claims import HEADER, OURS, claims, ratios
from peers import NOT_RUN

if TYPE_CHECKING:
    from contest import Result

ROW = "{:<28}{:>8}{:>10}{:>8}{:>9}{:>7}{:>9}{:>20}".format


def text(found: dict[str, Any]) -> str:
    """Give all figures as tables; each ratio is the time per MB in units of ours.

    A contestant's part is its own insert and query; ours is always the whole process.
    """
    lines = [f"{found['date']}, {found['machine']}, Python {found['python']}"]
    lines += [f"{name} is not installed and not measured" for name in found["missing"]]
    lines += [f"{name} is not measured: {why}" for name, why in NOT_RUN.items()]
    for size, results in found["sizes"].items():
        lines += [
            "",
            f"{size} MB, medians of up to {found['runs']} interleaved runs; of other modes, one",
        ]
        lines.append(
            ROW("", "recall", "precision", "near", "MB/s", "CPU s", "MB peak", "times ours (range)")
        )
        lines += [_row(name, result, results[OURS]) for name, result in results.items()]
        lines += _kinds(results[OURS])
    lines += [NOTE, *_others(found)]
    lines += _claims(found)
    return "\n".join(lines)


NOTE = """
CPU s and MB peak are of whole processes. precision: a look-alike that must stay is wrong; near: the
Jaccard alone counts. rensa (but -checked) and daft do not check what they name. By itself dedup
leaves a document whole of which near repeats are more than half, as some short ones here are; "no
brake" is --max-removed 100."""


def _row(name: str, result: Result, ours: Result) -> str:
    if result.failed or not result.seconds:
        return f"{name:<28}{result.failed or 'not run: the time was up'}"
    score = result.score
    shares = ("-", "-", "-")
    if score is not None:
        near = "-" if score.precision_near is None else f"{score.precision_near:.4f}"
        shares = (f"{score.recall:.4f}", f"{score.precision:.4f}", near)
    part = bool(result.part)
    return ROW(
        f"{name}, its part" if part else name,
        *shares,
        f"{result.mb_per_second(part=part):.2f}",
        f"{statistics.median(result.cpu_seconds):.1f}" if result.cpu_seconds else "-",
        f"{result.peak_bytes / 1e6:.0f}",
        _times_ours(result, ours),
    )


def _kinds(ours: Result) -> list[str]:
    """Give what we found of each kind of copy, and how much of what went was wrong."""
    if ours.score is None:
        return []
    kinds = ", ".join(f"{kind} {hit}/{of}" for kind, (hit, of) in ours.score.kinds.items())
    wrong = round((1 - ours.score.precision) * ours.score.found)
    return [f"dedup found {kinds}; {wrong} of {ours.score.found} removals are wrong"]


def _times_ours(result: Result, ours: Result) -> str:
    found = ratios(result, ours)
    if not found:
        return "-"
    return f"{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})"


def _claims(found: dict[str, Any]) -> list[str]:
    """Give each figure that was promised with its floor and goal, and say what holds."""
    every = claims(found)
    failed = sum(claim.verdict == "DOES NOT HOLD" for claim in every)
    measured = sum(bool(claim.values) and not claim.aside for claim in every)
    return [
        "",
        "What must hold; a peer in its fastest mode that finds 0.99 of what is near",
        HEADER,
        *(claim.line() for claim in every),
        f"  {measured - failed} of {measured} measured where they are stated hold",
    ]


def _others(found: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if signed := found.get("signatures"):
        lines += ["", "Text to signatures, one thread, same shingles: MB for a CPU second"]
        for name, at in signed.items():
            if name == "failed":
                lines.append(f"  {at}")
                continue
            lines.append(f"  {name:<32}{at['mb_per_second']:>9.2f}")
    five: Result | None = found.get("five scripts")
    if five is not None:
        lines += ["", _row("five scripts", five, five)]
    for name in ("identical", "one bucket"):
        if at := found.get(name):
            count, compared = at["paragraphs"], at["comparisons"]
            told = "not told" if compared is None else f"{compared} = {compared / count:.1f} n"
            seconds = at["failed"] or f"{at['seconds'][0]:.1f} s"
            lines.append(f"{count} paragraphs, {name}: {seconds}, comparisons {told}")
    return lines


def to_json(found: dict[str, Any]) -> str:
    """Give all figures as JSON."""
    return (
        json.dumps(found, indent=2, ensure_ascii=False, default=lambda value: value.to_json())
        + "\n"
    )


def bars(found: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Give label, MB/s and a note for each bar: of every contestant its largest corpus."""
    chosen: dict[str, Result] = {}
    for results in found["sizes"].values():
        chosen.update({name: result for name, result in results.items() if result.seconds})
    rows: list[tuple[str, float, str]] = []
    for name, result in chosen.items():
        if name.endswith(("-default", "-checked", "job", "brake")):
            continue
        part = bool(result.part)
        label = f"{name} {result.version}, its part alone" if part else name
        if name == OURS:
            label = "dedup corpus, whole process"
        elif name == "copying":
            label = "reading, parsing, writing alone"
        speed = result.mb_per_second(part=part)
        note = f"{speed:.1f} MB/s at {result.size_mb:.0f} MB"
        if result.score is not None:
            note += f", recall {result.score.recall:.3f}, precision {result.score.precision:.2f}"
        rows.append((label, speed, note))
    return rows
