"""Result: what a library call gives back for one text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, AnyStr, Generic

from dedup.errors import UsageError
from dedup.reports import REPORTS

if TYPE_CHECKING:
    from dedup.model import Block, Decision, Run


@dataclass(frozen=True, slots=True)
class Result(Generic[AnyStr]):
    """Hold a cleaned text with everything that was decided about it.

    `text` has the type that was given, str or bytes. Decisions and spans are in bytes (UTF-8 for
    str). `run` is the run the text was cleaned in: with ``across=True`` all texts share it.
    """

    text: AnyStr
    run: Run
    index: int

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Give one decision for every paragraph, in the order of the text."""
        return self.run.documents[self.index].decisions

    @property
    def removed(self) -> tuple[Decision, ...]:
        """Give the decisions that cut something."""
        return self.run.documents[self.index].removed

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Give the blocks that stand in this text."""
        return tuple(
            block
            for block in self.run.blocks
            if any(o.document == self.index for o in block.occurrences)
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Give what the user should know: kept because unreadable, a cap reached."""
        return self.run.warnings

    def report(self, kind: str = "json") -> str:
        """Write the report of the run: text, json or diff.

        Raises:
            UsageError: there is no report of that kind.
        """
        if kind not in REPORTS:
            raise UsageError(f"no report is called {kind!r}: use one of {', '.join(REPORTS)}")
        return REPORTS[kind](self.run).decode("utf-8", "surrogateescape")
