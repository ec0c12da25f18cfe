"""Texts → what became of them: one file after the other, or all in one go where they belong so."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from dedup import pipeline
from dedup.cli.inputs import Inputs, read_inputs
from dedup.cli.output import say
from dedup.errors import SelfCheckError
from dedup.files import name_for_reports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dedup.cli.progress import Progress
    from dedup.incremental import Index
    from dedup.model import Run
    from dedup.settings import Settings


def clean_in_batches(
    targets: Sequence[Path],
    settings: Settings,
    progress: Progress,
    *,
    across: bool,
    together: bool,
    against: Index | None = None,
) -> Iterator[tuple[Inputs, Run]]:
    """Read and clean `targets`: each is a batch of its own, or all are one when `together`.

    The next batch is read when the caller is done with the last, so memory holds one, and a signal
    in between finds the files before it done and those behind it untouched. What cannot be read
    or cleaned is said, and counted in ``failed`` of its inputs. What stands in the index `against`
    goes as well; documents of the same names are not looked at.

    Raises:
        SelfCheckError, MemoryError: all `together` came to nothing.
    """
    for paths in [targets] if together else [[target] for target in targets]:
        try:
            inputs = read_inputs(paths, settings)
            progress.comparing([len(source.data) for source in inputs.sources])
            names = [document.id for document in inputs.documents]
            with nullcontext() if against is None else against.looking(names) as reference:
                run = pipeline.clean(
                    inputs.documents,
                    settings.config,
                    across=across,
                    own=inputs.configs,
                    reference=reference,
                )
        except (SelfCheckError, MemoryError) as error:
            if together:
                raise
            told = _left(name_for_reports(paths[0]), error)
            say(told)
            inputs = Inputs(failed=1, errors=[told])
            run = pipeline.clean([], settings.config, across=across)
        for _ in range(inputs.failed):
            progress.step(None)
        for warning in run.warnings:
            say(f"warning: {_naming(inputs, warning)}")
        yield inputs, run


def _left(name: str, error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"{name}: out of memory: left as it is; cut it into smaller files"
    return f"{name}: {str(error).removeprefix(f'{name}: ')}"


def _naming(inputs: Inputs, warning: str) -> str:
    """Name the file that is meant, if it is clear and not yet said."""
    name = inputs.sources[0].name if len(inputs.sources) == 1 else ""
    return warning if warning.startswith(name) else f"{name}: {warning}"
