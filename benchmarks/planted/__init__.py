"""Corpora of our own with planted repeats, for measuring speed where the truth is known.

``write(folder, size_mb=10, seed=1, scripts="ascii")`` writes ``shards/part-000.jsonl`` … (JSON
lines of ``id`` and ``text``; paragraphs parted by a blank line), ``truth.jsonl`` and
``corpus.json`` (what was asked for and how much of each kind is there). The same seed and size give
the same bytes.

Most paragraphs are fresh. About four in a hundred are exact copies, four edited ones, two
truncated ones (``copies.py``), and three are templates: families that differ in a number, name or
date alone and must all stay (``templates.py``). Words are syllables of our own, as frequent as
Zipf has it, so that paragraphs which have nothing to do with each other share as little as in
prose (``vocabulary.py``, ``prose.py``).
"""

from planted.corpus import write
from planted.crowds import write_identical, write_one_bucket
from planted.forms import form_of, jaccard
from planted.vocabulary import SCRIPTS, vocabulary

__all__ = [
    "SCRIPTS",
    "form_of",
    "jaccard",
    "vocabulary",
    "write",
    "write_identical",
    "write_one_bucket",
]
