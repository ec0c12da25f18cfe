"""Result → what a person or a program reads.

To add a report, write ``reports/<name>.py`` with a ``render(run) -> bytes`` and a line here; the
contract test runs over this table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dedup.model import Run


def _loaded(kind: str) -> Callable[[Run], bytes]:
    """Give a report that is loaded when it is written: a short run writes one of them, or none."""

    def render(run: Run) -> bytes:
        written: bytes = import_module(f"dedup.reports.{kind}").render(run)
        return written

    return render


REPORTS: dict[str, Callable[[Run], bytes]] = {
    "text": _loaded("text"),
    "json": _loaded("json"),
    "diff": _loaded("diff"),
    "github": _loaded("github"),
    "sarif": _loaded("sarif"),
}
