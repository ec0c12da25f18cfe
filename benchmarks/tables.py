"""What was measured of speed, as a table to read, as JSON, and as the bars of a chart."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contest import Result

ROW = "{:<28}{:>8}{:>10}{:>9}{:>9}{:>9}{:>10}".format
NAME = "dedup"


def text(found: dict[str, Any]) -> str:
    """Give all figures as tables; each ratio is the time per MB in units of ours."""
    lines = [f"{found['date']}, {found['machine']}, Python {found['python']}"]
    lines += [f"{name} is not installed and not measured" for name in found["missing"]]
    for size, results in found["sizes"].items():
        lines += ["", f"{size} MB, medians of up to {found['runs']} interleaved runs"]
        lines.append(ROW("", "recall", "precision", "near", "MB/s", "MB peak", "times ours"))
        lines += [_row(name, result, results[NAME]) for name, result in results.items()]
    lines += _checks(found)
    return "\n".join(lines)


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
        f"{result.peak_bytes / 1e6:.0f}",
        f"{times_ours(result, ours):.2f}",
    )


def times_ours(result: Result, ours: Result) -> float:
    """Give how long it takes in units of ours: its own part, our whole process, in the same turn.

    Where it was stopped early the turns that both had count; at another size it is by the MB.
    """
    theirs = result.part or result.seconds
    pairs = zip(theirs, ours.seconds, strict=False)
    ratios = [a / result.size_mb / (b / ours.size_mb) for a, b in pairs]
    return statistics.median(ratios) if ratios else float("nan")


def _checks(found: dict[str, Any]) -> list[str]:
    """Give the lines that are about one figure each."""
    lines = ["", "At the largest size, and by the MB where a peer was not run on it:"]
    size, results = list(found["sizes"].items())[-1]
    ours = results[NAME]
    if ours.failed or not ours.seconds:
        return [*lines, f"  dedup: {ours.failed}"]
    if copying := results["copying"].seconds:
        share = 1 / times_ours(results["copying"], ours)
        lines.append(f"  {share:.2f} x the time of copying the shards ({size} MB)")
        assert copying
    lines.append(f"  two jobs {times_ours(results['dedup, one job'], ours):.2f} x as fast as one")
    lines.append(f"  peak {ours.peak_bytes / 1e6:.0f} MB for {ours.size_mb:.0f} MB of text")
    latest: dict[str, Result] = {}
    for of_size in found["sizes"].values():
        latest.update({name: r for name, r in of_size.items() if r.part})
    lines += [
        f"  {times_ours(r, ours):.1f} x as fast as {name} alone ({r.size_mb:.0f} MB)"
        for name, r in latest.items()
    ]
    speeds = {s: r[NAME].mb_per_second() for s, r in found["sizes"].items() if r[NAME].seconds}
    if len(speeds) > 1:
        low, high = list(speeds)[-2:]
        lines.append(f"  MB/s at {high} MB is {speeds[high] / speeds[low]:.2f} of that at {low} MB")
    lines += _others(found)
    return lines


def _others(found: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if signed := found.get("signatures"):
        lines += ["", "Text to signatures, one thread, same shingles"]
        for name, at in signed.items():
            if name == "failed":
                lines.append(f"  {at}")
                continue
            speed, ratio = at["mb_per_second"], at["times_as_long"]
            lines.append(f"  {name:<32}{speed:>9.2f} MB/s{ratio:>9.2f} x as long as ours")
    five: Result | None = found.get("five scripts")
    if five is not None:
        lines.append("")
        lines.append(_row("five scripts", five, five))
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
        if name.endswith("-default"):
            continue
        part = bool(result.part)
        label = f"{name} {result.version}, its part alone" if part else name
        if name == NAME:
            label = "dedup corpus, whole process"
        elif name == "copying":
            label = "reading, parsing, writing alone"
        speed = result.mb_per_second(part=part)
        note = f"{speed:.1f} MB/s at {result.size_mb:.0f} MB"
        if result.score is not None:
            note += f", recall {result.score.recall:.3f}"
        rows.append((label, speed, note))
    return rows
