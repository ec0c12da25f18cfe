"""What the counts of a score amount to: as JSON, and as a table to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoring import Tally

if TYPE_CHECKING:
    from scoring import Score

ROW = "{:<26}{:>7}{:>9}{:>9}{:>9}"


def figures(total: Score) -> dict[str, Any]:
    """Give what the counts amount to, as JSON has it: the evaluation data's keys, and ``texts``.

    ``texts`` of a keep kind is how many different texts are among its n: the same heading in ten
    articles is one piece of evidence.
    """
    overall = Tally()
    for tally in total.kinds.values():
        overall.add(tally)
    positive = sorted(kind for kind, tally in total.kinds.items() if tally.gone + tally.left)
    keep = sorted(set(total.paragraphs) - set(positive))
    return {
        "P": round(overall.precision, 4),
        "R": round(overall.recall, 4),
        "F1": round(overall.f1, 4),
        "TP": overall.gone,
        "FP": overall.lost,
        "FN": overall.left,
        "positive": {kind: _recall(total, kind) for kind in positive},
        "negative": {kind: _rate(total, kind) for kind in keep},
        "other_fp": {
            kind: tally.lost
            for kind, tally in total.kinds.items()
            if tally.lost and kind not in total.paragraphs
        },
        "short_in_block": {
            "n": total.short.gone + total.short.left,
            "recall": round(total.short.recall, 3),
        },
        "lang": {
            code: {"TP": t.gone, "FP": t.lost, "FN": t.left, "F1": round(t.f1, 3)}
            for code, t in sorted(total.languages.items())
        },
        "blocks": {name: total.blocks[name] for name in ("true", "pred", "hit")},
    }


def _recall(total: Score, kind: str) -> dict[str, Any]:
    """Give the row of a positive kind."""
    tally, pairs = total.kinds[kind], total.pairs[kind]
    return {
        "n": tally.gone + tally.left,
        "recall": round(tally.recall, 3),
        "pair_precision": round(total.right_pairs[kind] / pairs, 3) if pairs else None,
    }


def _rate(total: Score, kind: str) -> dict[str, Any]:
    """Give the row of a keep kind."""
    texts = total.lures.get(kind) or total.kept[kind]
    lost = total.kinds[kind].lost
    return {
        "n": len(texts),
        "texts": len(set(texts)),
        "paragraphs": total.paragraphs[kind],
        "removed": lost,
        "rate": round(lost / max(1, len(texts)), 3),
    }


def table(found: dict[str, Any]) -> str:
    """Give the figures as a table to read; its last line is the overall ones."""
    row = ROW.format
    short = found["short_in_block"]
    blocks = found["blocks"]
    lines = [
        row("repeats", "n", "", "pairs", "recall"),
        *(
            row(kind, at["n"], "", _or_dash(at["pair_precision"]), f"{at['recall']:.3f}")
            for kind, at in found["positive"].items()
        ),
        row("short lines in blocks", short["n"], "", "", f"{short['recall']:.3f}"),
        "",
        row("must stay", "n", "texts", "removed", "rate"),
        *(
            row(kind, at["n"], at["texts"], at["removed"], f"{at['rate']:.3f}")
            for kind, at in found["negative"].items()
        ),
        *(row(kind, "", "", lost, "") for kind, lost in found["other_fp"].items()),
        "",
        row("language", "right", "wrong", "missed", "F1"),
        *(
            row(code, at["TP"], at["FP"], at["FN"], f"{at['F1']:.3f}")
            for code, at in found["lang"].items()
        ),
        "",
        "blocks of 2 and more: {true} true, {hit} hit, {pred} reported".format(**blocks),
        "P {P:.3f}  R {R:.3f}  F1 {F1:.3f}  (right {TP}, wrong {FP}, missed {FN})".format(**found),
    ]
    return "\n".join(lines)


def _or_dash(value: float | None) -> str:
    """Give a share with three places, or a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"
