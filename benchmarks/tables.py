"""What was measured of speed, as a table to read, as JSON, and as the bars of a chart."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from targets import NAME, spread, targets, times_ours

if TYPE_CHECKING:
    from contest import Result

ROW = "{:<24}{:>8}{:>10}{:>8}{:>19}{:>8}{:>9}{:>19}".format


def text(found: dict[str, Any]) -> str:
    """Give all figures as tables; each ratio is the time per MB in units of ours."""
    lines = [f"{found['date']}, {found['machine']}, Python {found['python']}"]
    lines += [f"{name} is not installed and not measured" for name in found["missing"]]
    for size, results in found["sizes"].items():
        lines += ["", f"{size} MB, medians (least-largest) of up to {found['runs']} runs in turn"]
        lines.append(HEAD)
        lines += [_row(name, result, results[NAME]) for name, result in results.items()]
        lines += _kinds(results[NAME])
    lines += [NOTE, *_others(found), "", TARGETS]
    lines += [target.line() for target in targets(found)]
    return "\n".join(lines)


HEAD = ROW("", "recall", "precision", "near", "MB/s", "CPU s", "MB peak", "times ours")
NOTE = """
MB/s and times ours of a peer are of its own part (shingles, signatures, insert, query), ours of the
whole process; CPU s and peak are of whole processes. precision counts what must stay, near alone
the Jaccard. rensa (but -checked) and daft do not check what they name."""
TARGETS = f"  {'what':<66}{'measured':>19}{'floor':>9}{'goal':>7}"


def _row(name: str, result: Result, ours: Result) -> str:
    if result.failed or not result.seconds:
        return f"{name:<24}{result.failed or 'not run: the time was up'}"
    score = result.score
    shares = ("-", "-", "-")
    if score is not None:
        near = "-" if score.precision_near is None else f"{score.precision_near:.4f}"
        shares = (f"{score.recall:.4f}", f"{score.precision:.4f}", near)
    times = result.part or result.seconds
    return ROW(
        name,
        *shares,
        spread([result.size_mb / seconds for seconds in times]),
        f"{statistics.median(result.cpu_seconds):.1f}" if result.cpu_seconds else "-",
        f"{result.peak_bytes / 1e6:.0f}",
        spread(times_ours(result, ours)),
    )


def _kinds(ours: Result) -> list[str]:
    """Give what we found of each kind of copy."""
    if ours.score is None:
        return []
    kinds = ", ".join(f"{kind} {hit}/{of}" for kind, (hit, of) in ours.score.kinds.items())
    wrong = round((1 - ours.score.precision) * ours.score.found)
    return [f"dedup found {kinds}; {wrong} of its {ours.score.found} removals are wrong"]


def _others(found: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if signed := found.get("signatures"):
        lines += ["", "Text to signatures, one thread, same shingles: MB for a CPU second"]
        for name, at in signed.items():
            if name == "failed":
                lines.append(f"  {at}")
                continue
            speed, ratio = at["mb_per_second"], spread(at["times_as_long"])
            lines.append(f"  {name:<30}{speed:>9.2f}{ratio:>20} x as long as ours")
    five: Result | None = found.get("five scripts")
    if five is not None:
        lines += ["", HEAD, _row("five scripts", five, five)]
    for name in ("identical", "one bucket"):
        if at := found.get(name):
            count, compared = at["paragraphs"], at["comparisons"]
            told = "not told" if compared is None else f"{compared} = {compared / count:.2f} n"
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
        if name.endswith(("-default", "-checked", "brake", "job")):
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
