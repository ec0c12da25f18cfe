"""The baseline of a check: found, asked what it accepts, told about, and brought up to date."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup import baseline
from dedup.cli.output import say
from dedup.errors import UsageError
from dedup.toml import name_for_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.baseline import Entry, Judged
    from dedup.findings import Finding
    from dedup.settings import Settings


class Baseline(NamedTuple):
    """Hold the baseline of one check: its `entries`, None where there is no file.

    `whole`: the check looks at all that the baseline is about, so what fits nothing is stale.
    """

    path: Path
    name: str
    entries: list[Entry] | None
    whole: bool

    @property
    def wanted(self) -> bool:
        """Tell whether there is a baseline to ask."""
        return self.entries is not None

    def judge(self, found: Sequence[Finding]) -> Judged:
        """Mark the repeats that are accepted; without a baseline, none."""
        return baseline.judge(found, self.entries or ())

    def update(self, judged: Judged, *, whole: bool, quiet: bool) -> None:
        """Accept all that was judged; unless `quiet`, say what was added and dropped.

        Raises:
            InputError: the baseline could not be written; it is as it was.
        """
        old = self.entries or []
        new = baseline.renewed(judged, old, whole=whole)
        dropped = len(judged.stale) if whole else 0
        if new != sorted(old):
            baseline.write(self.path, self.name, new)
        if quiet:
            return
        if not old and not new:
            say(f"nothing to accept: {self.name} is {'empty' if self.wanted else 'not written'}")
            return
        added = sum(finding.fails for finding in judged.findings)
        edited = (Counter(new) - Counter(old)).total() - added
        say(
            f"{self.name}: {_counted(new)}: {added} added, {dropped} dropped"
            + (f", {edited} written anew" if edited > 0 else "")
        )
        if judged.stale and not whole:
            say(
                f"not all texts were checked: {_counted(judged.stale)} that fit none of these "
                f"{'stay' if len(judged.stale) > 1 else 'stays'}"
            )

    def tell_stale(self, judged: Judged) -> None:
        """Say how many entries accept nothing any more."""
        if judged.stale:
            verb, them = ("are", "them") if len(judged.stale) > 1 else ("is", "it")
            said = f"{_counted(judged.stale)} of {self.name} {verb} stale"
            say(f"{said}: --update-baseline drops {them}")


def baseline_of(
    named: str | None,
    paths: Sequence[str],
    settings: Settings,
    *,
    across: bool,
    update: bool,
) -> Baseline:
    """Find and read the baseline of a check of `paths`; none of them: of all there is.

    Raises:
        UsageError: it is named and not there, cannot be read, or something in it is wrong.
    """
    if named in {"", "-"}:
        raise UsageError(f"--baseline {named or repr('')}: name a file")
    path = baseline.place(_here(), settings.folder) if named is None else Path(named)
    name = name_for_people(path)
    entries = None
    if os.path.lexists(path):
        entries = baseline.load(path, name)
    elif named is not None and not update:
        raise UsageError(f"{name}: no such baseline: --update-baseline writes it")
    home = Path(os.path.realpath(path)).parent
    whole = across and (not paths or any(_holds(given, home) for given in paths))
    return Baseline(path, name, entries, whole)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was deleted: only what is named is found
        return Path()


def _holds(given: str, folder: Path) -> bool:
    """Tell whether `given` is `folder` or one above it."""
    return Path(given).is_dir() and folder.is_relative_to(os.path.realpath(given))


def _counted(entries: Sequence[Entry]) -> str:
    return f"{len(entries)} entr{'ies' if len(entries) != 1 else 'y'}"
