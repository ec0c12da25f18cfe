"""Result → what a person or a program reads.

To add a report, write ``reports/<name>.py`` with a ``render(run) -> bytes`` and a line here; the
contract test runs over this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.reports import diff, github, json, sarif, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from dedup.model import Run

REPORTS: dict[str, Callable[[Run], bytes]] = {
    "text": text.render,
    "json": json.render,
    "diff": diff.render,
    "github": github.render,
    "sarif": sarif.render,
}
