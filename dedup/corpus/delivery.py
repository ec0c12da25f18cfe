"""Cuts of all shards → all shards written: several at a time, what is done already passed over."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dedup.corpus.writing import Written, write_shard
from dedup.errors import InputError, SelfCheckError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dedup.corpus.ledger import ShardCuts
    from dedup.corpus.markers import RunFolder
    from dedup.corpus.options import Options
    from dedup.corpus.streams import Digest

    Report = Callable[[str, int, int], None]


def write_all(
    folder: RunFolder,
    digests: Mapping[int, Digest],
    cuts: Callable[[int], ShardCuts],
    options: Options,
    progress: Report,
    behind: Sequence[str] = (),
) -> dict[int, Written]:
    """Write the shards that were read, by number; give what became of each.

    digests: of those. cuts: gives what goes from a shard; it is called from several threads.
    behind: the names of what stands behind the shards, and is not written.

    Raises:
        InputError, SelfCheckError: one could not be written; the others are, and the run can go on.
            It has not ended: what went elsewhere may stand in that shard alone.
    """
    lock = threading.Lock()
    total = sum(digest.content_bytes for digest in digests.values())
    names = [*(shard.name for shard in folder.shards), *behind]
    done = 0

    def tell(size: int) -> None:
        nonlocal done
        with lock:
            done += size
            progress("writing", done, total)

    def write(number: int) -> Written | InputError | SelfCheckError:
        digest = digests[number]
        written = folder.finished(number, digest.disk)
        if written is not None:
            tell(digest.content_bytes)
            return written
        try:
            written = write_shard(
                folder.shards[number],
                folder.target(number),
                cuts(number),
                ledger=folder.ledger(number),
                digest=digest,
                names=names,
                fields=options.fields,
                with_text=options.with_text,
                progress=tell,
            )
            folder.finish(number, written)
        except (InputError, SelfCheckError) as error:
            return error
        return written

    pool = ThreadPoolExecutor(2 * options.jobs)  # half of them wait for the disk
    try:
        results = dict(zip(digests, pool.map(write, digests), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)  # a signal: what is at work ends, the rest stays undone
    failed = [one for one in results.values() if not isinstance(one, Written)]
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        error = failed[0]
        raise type(error)(f"{error}{more}; the run has not ended: go on with --resume")
    return {number: one for number, one in results.items() if isinstance(one, Written)}
