"""How much memory a run takes, told before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.corpus.reading import HELD_BYTES
from dedup.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.corpus.options import Options
    from dedup.corpus.shards import Shard

# For 100 MB of text 500 MiB are asked, for 1000 MB 920; two jobs take 380 and 880: see
# benchmarks/speed.py. Text of shorter paragraphs takes more.
_BASE_BYTES = 300 << 20
_SHARE = {"corpus": 0.65, "document": 0.35}  # of the texts
_HELD_SHARE = 1.5  # of the forms, where they are held
_PACKED = 4  # text packs to a quarter, or less


def refuse_too_large(shards: Sequence[Shard], options: Options) -> None:
    """Refuse a run that needs more than ``max_memory_bytes``.

    Raises:
        UsageError: it says how much that is.
    """
    if options.max_memory_bytes is None:
        return
    content = sum(shard.size * (_PACKED if shard.compression else 1) for shard in shards)
    held = _HELD_SHARE * content if content <= HELD_BYTES else 0
    needed = int(_BASE_BYTES + held + _SHARE[options.scope] * content)
    if needed > options.max_memory_bytes:
        raise UsageError(
            f"--max-memory {options.max_memory_bytes >> 20}M is too little: about "
            f"{needed >> 20}M are needed for {content >> 20}M of text: allow that"
            + (", pass --scope document," if options.scope == "corpus" else "")
            + " or cut the corpus into parts"
        )
