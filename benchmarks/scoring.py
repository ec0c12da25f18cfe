"""Score what a tool removed from labelled articles, by kind and by language.

The rules are those of the evaluation data, so that figures compare. Removals are counted in
paragraphs:

- Of a cluster of n paragraphs that say the same, n-1 may go, whichever stays; the nth is an error.
- Of a pair in which one is contained in the other, only the contained one may go (`directional`).
- Whatever else goes is an error of its kind.
- A debatable paragraph does not count, nor does its cluster, unless asked for.

Labels are dictionaries as in ``labels.jsonl``. A prediction has ``removed``, numbers of paragraphs
or pairs of a number and that of the paragraph kept for it, and perhaps ``blocks``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Label = dict[str, Any]

EVERY_COPY = "all_copies_removed"  # the kind of an error that no single paragraph made


@dataclass(slots=True)
class Tally:
    """Count removals: rightly `gone`, wrongly `lost`, wrongly `left`."""

    gone: int = 0
    lost: int = 0
    left: int = 0

    @property
    def precision(self) -> float:
        """Give the share of the removals that were right."""
        return self.gone / (self.gone + self.lost) if self.gone + self.lost else 0.0

    @property
    def recall(self) -> float:
        """Give the share of the repeats that were removed."""
        return self.gone / (self.gone + self.left) if self.gone + self.left else 0.0

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall."""
        return 2 * self.gone / max(1, 2 * self.gone + self.lost + self.left)

    def add(self, other: Tally) -> None:
        """Count what another counted."""
        self.gone += other.gone
        self.lost += other.lost
        self.left += other.left


@dataclass(slots=True)
class Score:
    """Hold the counts of a set.

    `kinds` and `languages` are tallies. `paragraphs` counts what was judged, by kind. `lures` are,
    by keep kind, the texts that a fooled tool would remove: of each group of look-alikes all but
    one; `kept` are those of all paragraphs that must stay. `pairs` counts the named pairs by kind,
    `right_pairs` those inside a cluster. `short` is about short paragraphs in repeated blocks.
    """

    kinds: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    languages: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    paragraphs: Counter[str] = field(default_factory=Counter)
    lures: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    kept: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    pairs: Counter[str] = field(default_factory=Counter)
    right_pairs: Counter[str] = field(default_factory=Counter)
    short: Tally = field(default_factory=Tally)
    blocks: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, language: str, **counts: int) -> None:
        """Add to the tallies of a kind and a language."""
        for tally in (self.kinds[kind], self.languages[language]):
            tally.add(Tally(**counts))


def score(
    labels: Iterable[Label],
    predictions: Mapping[str, dict[str, Any]],
    texts: Mapping[str, str] | None = None,
    *,
    debatable: bool = False,
) -> Score:
    """Judge the predictions, by article; with the texts, different look-alikes are counted.

    With `debatable` those paragraphs count too.
    """
    total = Score()
    for label in labels:
        prediction = predictions.get(label["id"], {})
        kept_for = dict(
            (item, None) if isinstance(item, int) else item
            for item in prediction.get("removed", ())
        )
        paragraphs = label["paras"]
        ignored = {p["i"] for p in paragraphs if p["policy"] == "debatable" and not debatable}
        members = clusters(paragraphs)
        text = None if texts is None else texts[label["id"]]
        words = [str(p["i"]) if text is None else text[p["start"] : p["end"]] for p in paragraphs]
        for cluster in dict.fromkeys(members):
            _judge(total, label, cluster, set(kept_for), ignored, words)
        _count_lures(total, paragraphs, ignored, words)
        _judge_pairs(total, paragraphs, members, kept_for, ignored)
        if "blocks" in prediction:
            total.blocks.update(judge_blocks(label["blocks"], prediction["blocks"]))
    return total


def clusters(paragraphs: Sequence[Label]) -> list[tuple[int, ...]]:
    """Give for each paragraph the numbers of its cluster: what repeats what, itself included."""
    links = [(i, p["label"]) for i, p in enumerate(paragraphs) if p["label"] != "keep"]
    root = _roots(len(paragraphs), links)
    members = defaultdict(list)
    for i, at in enumerate(root):
        members[at].append(i)
    return [tuple(members[at]) for at in root]


def _roots(count: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Join what is linked; give for each number one that stands for its group."""
    root = list(range(count))
    for one, other in links:
        old, new = root[one], root[other]
        root = [new if at == old else at for at in root]
    return root


def _judge(
    total: Score,
    label: Label,
    cluster: tuple[int, ...],
    gone: set[int],
    ignored: set[int],
    words: Sequence[str],
) -> None:
    """Count what went of one cluster, or of one paragraph that repeats nothing."""
    if ignored & set(cluster):
        return
    paragraphs = [label["paras"][i] for i in cluster]
    language = label["lang"]
    equal = [p for p in paragraphs if not p["directional"]]
    removed = sum(p["i"] in gone for p in equal)
    right = min(removed, len(equal) - 1)
    copied = sorted(p["kind"] for p in equal if p["label"] != "keep")
    for place, kind in enumerate(copied):
        total.paragraphs[kind] += 1
        total.count(kind, language, gone=place < right, left=place >= right)
    contained = [p for p in paragraphs if p["directional"]]
    for p in contained:
        total.paragraphs[p["kind"]] += 1
        total.count(p["kind"], language, gone=p["i"] in gone, left=p["i"] not in gone)
    if len(equal) == 1:
        total.paragraphs[equal[0]["kind"]] += 1
        total.kept[equal[0]["kind"]].append(words[equal[0]["i"]])
    if removed > right:
        kind = equal[0]["kind"] if len(cluster) == 1 or contained else EVERY_COPY
        total.count(kind, language, lost=removed - right)
    short = sum(p["short"] and p["label"] != "keep" for p in paragraphs)
    total.short.add(Tally(gone=short * (right > 0), left=short * (right == 0)))


def _count_lures(
    total: Score, paragraphs: Sequence[Label], ignored: set[int], words: Sequence[str]
) -> None:
    """Collect of each group of look-alikes all but one."""
    links: list[tuple[int, int]] = []
    for p in paragraphs:
        if p["label"] != "keep" or p["twin"] is None or p["i"] in ignored:
            continue
        root = _roots(len(paragraphs), links)
        if root[p["i"]] != root[p["twin"]]:
            links.append((p["i"], p["twin"]))
            total.lures[p["kind"]].append(words[p["i"]])


def _judge_pairs(
    total: Score,
    paragraphs: Sequence[Label],
    members: Sequence[tuple[int, ...]],
    kept_for: Mapping[int, int | None],
    ignored: set[int],
) -> None:
    """Count which of the named pairs lie inside a cluster, for every kind that has a part in it."""
    for i, kept in kept_for.items():
        if kept is None or {i, kept} & ignored or max(i, kept) >= len(paragraphs):
            continue
        touched = {i, kept, *members[i]}
        for kind in {paragraphs[j]["kind"] for j in touched}:
            total.pairs[kind] += 1
            total.right_pairs[kind] += members[i] == members[kept]


def judge_blocks(true: Sequence[Label], predicted: Sequence[Label]) -> Counter[str]:
    """Count the blocks of two and more paragraphs: those that are true, predicted, and hit.

    A block is hit by the first predicted one, not yet used, that shares half of what either
    covers, on both sides; which side is the copy does not matter.
    """
    counts: Counter[str] = Counter(pred=sum(_length(block["dst"]) >= 2 for block in predicted))
    unused = list(predicted)
    for block in true:
        if _length(block["dst"]) < 2:
            continue
        counts["true"] += 1
        hit = next((other for other in unused if _meets(block, other)), None)
        if hit is not None:
            unused.remove(hit)
            counts["hit"] += 1
    return counts


def _length(run: Sequence[int]) -> int:
    """Give the number of paragraphs in a run."""
    return run[1] - run[0]


def _meets(block: Label, other: Label) -> bool:
    """Say whether two blocks share half of what they cover, on both sides."""

    def half(one: Sequence[int], two: Sequence[int]) -> bool:
        shared = min(one[1], two[1]) - max(one[0], two[0])
        return 2 * shared >= max(one[1], two[1]) - min(one[0], two[0]) and shared > 0

    return (half(block["dst"], other["dst"]) and half(block["src"], other["src"])) or (
        half(block["dst"], other["src"]) and half(block["src"], other["dst"])
    )
