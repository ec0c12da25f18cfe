"""Bars → SVG that reads in light and dark, without a library."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, ROW, LEFT, BAR = 840, 30, 250, 260
# Greys and a blue that have enough contrast on white as well as on black, in case the style is cut.
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #57606a; }
.name { text-anchor: end; }
.bar { fill: #8b949e; }
.ours { fill: #2f81f7; }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } }
"""


def draw(bars: Sequence[tuple[str, float, str]], *, ours: str = "dedup") -> str:
    """Draw bars of label, value and note; those whose label begins with `ours` stand out."""
    longest = max((value for _, value, _ in bars), default=1) or 1
    height = ROW * len(bars) + 10
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="MB/s, more is better">'
        ),
        f"<style>{STYLE}</style>",
    ]
    for number, (label, value, note) in enumerate(bars):
        top = 5 + number * ROW
        length = max(1, round(BAR * value / longest))
        kind = "bar ours" if label.startswith(ours) else "bar"
        parts += [
            f'<text class="name" x="{LEFT - 8}" y="{top + 19}">{escape(label)}</text>',
            (
                f'<rect class="{kind}" x="{LEFT}" y="{top + 4}" width="{length}" '
                f'height="{ROW - 10}" rx="2"/>'
            ),
            f'<text x="{LEFT + length + 8}" y="{top + 19}">{escape(note)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
