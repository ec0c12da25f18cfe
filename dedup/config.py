"""Config: every setting, frozen, checked once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Literal, get_args

from dedup.decoding import codec_name
from dedup.errors import UsageError
from dedup.words import PROTECT_NAMES

Keep = Literal["first", "last", "longest"]
Format = Literal["auto", "plain", "markdown"]
Cutting = Literal["auto", "line", "blank"]
Shingle = Literal["char", "word"]

_MIN_THRESHOLD_ACROSS = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Hold all settings; a wrong one raises UsageError and names the way out.

    threshold: least Jaccard of a near match within a document, 0.3 to 1.
    threshold_across: the same between documents, 0.65 to 1.
    containment: least share of p's shingles that q holds, 0.5 to 1, within a document.
    keep: of copies that are equally full, which stays: first, last, longest.
    min_words: a shorter paragraph never goes by itself.
    protect: kinds of tokens whose loss keeps a paragraph; ("all",), ("none",) or names.
    format: what the text is written in: auto (by its name), plain, markdown.
    paragraphs: how plain text is cut: auto, line, blank.
    encoding: codec of bytes without a byte order mark; None is UTF-8.
    max_removed: percent of a document's words that near and contained cuts may take.
    ignore: compare nothing of a document: all of it stays, and nothing goes for it.
    shingle, shingle_size: char (5) or word (3) n-grams; None is that default.
    num_perm, seed, recall: signatures and banding. Verification makes them invisible.
    """

    threshold: float = 0.5
    threshold_across: float = 0.7
    containment: float = 0.85
    keep: Keep = "first"
    min_words: int = 8
    protect: tuple[str, ...] = ("all",)
    format: Format = "auto"
    paragraphs: Cutting = "auto"
    encoding: str | None = None
    max_removed: float = 50.0
    ignore: bool = False
    shingle: Shingle = "char"
    shingle_size: int | None = None
    num_perm: int = 128
    seed: int = 1
    recall: float = 0.995

    def __post_init__(self) -> None:
        for name, low, high in (
            ("threshold", 0.3, 1),
            ("threshold_across", _MIN_THRESHOLD_ACROSS, 1),
            ("containment", 0.5, 1),
            ("min_words", 0, 1_000_000),
            ("max_removed", 0, 100),
            ("num_perm", 16, 4096),
            ("seed", 0, (1 << 32) - 1),
            ("recall", 0.5, 0.9999),
        ):
            _check_range(name, getattr(self, name), low, high)
        for name in ("threshold", "threshold_across", "containment", "max_removed", "recall"):
            # 1 and 1.0 are one setting, so they are one in the report.
            object.__setattr__(self, name, float(getattr(self, name)))
        # Bands of one number find more than any others; threshold_across is high enough.
        if 1 - (1 - self.threshold) ** self.num_perm < self.recall:
            raise UsageError(
                f"num_perm {self.num_perm} is too small for threshold {self.threshold} and recall "
                f"{self.recall}: raise num_perm or the threshold, or lower recall"
            )
        if self.shingle_size is not None:
            _check_range("shingle_size", self.shingle_size, 1, 32)
        for name, choices in (
            ("keep", Keep),
            ("format", Format),
            ("paragraphs", Cutting),
            ("shingle", Shingle),
        ):
            if getattr(self, name) not in get_args(choices):
                raise UsageError(
                    f"{name} is {getattr(self, name)!r}: use one of {', '.join(get_args(choices))}"
                )
        if self.encoding is not None:
            if not isinstance(self.encoding, str):
                raise UsageError(f"encoding is {self.encoding!r}: use a name, such as 'cp1252'")
            codec_name(self.encoding)
        if not isinstance(self.ignore, bool):
            raise UsageError(f"ignore is {self.ignore!r}: use true or false")
        object.__setattr__(self, "protect", _protected(self.protect))

    @property
    def size(self) -> int:
        """Give the shingle size that is in force."""
        return self.shingle_size or (5 if self.shingle == "char" else 3)

    @classmethod
    def from_mapping(cls, settings: dict[str, Any]) -> Config:
        """Make a Config of plain values; an unknown name is answered with the nearest known one."""
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                raise UsageError(f"no setting is called {name!r}: {hint}")
        return cls(**settings)

    def deciding(self) -> dict[str, object]:
        """Give the settings that can change the result, for the report."""
        found: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        found["shingle_size"] = self.size
        found["protect"] = list(self.protect)
        return found

    def differing(self, base: Config) -> dict[str, object]:
        """Give those deciding settings that are others than in `base`, for the report."""
        others = base.deciding()
        return {name: value for name, value in self.deciding().items() if value != others[name]}


def _check_range(name: str, value: object, low: float, high: float) -> None:
    whole = (
        isinstance(low, int)
        and isinstance(high, int)
        and name in {"min_words", "num_perm", "seed", "shingle_size"}
    )
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise UsageError(f"{name} is {value!r}: use a {'whole ' if whole else ''}number")
    if not low <= value <= high:
        raise UsageError(f"{name} is {value}: use a number from {low} to {high}")


def _protected(names: object) -> tuple[str, ...]:
    """Check `protect` and give its kinds in one order; ("all",) is all, ("none",) is none."""
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if not isinstance(names, (tuple, list)) or not names:
        names = ["none"] if names in ((), [], None) else [str(names)]
    for name in names:
        if not isinstance(name, str) or name not in {*PROTECT_NAMES, "all", "none"}:
            near = get_close_matches(str(name), [*PROTECT_NAMES, "all", "none"], 1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise UsageError(
                f"protect does not know {name!r}: {hint or 'use ' + ', '.join(PROTECT_NAMES)}"
            )
    if "all" in names:
        return PROTECT_NAMES
    return tuple(name for name in PROTECT_NAMES if name in names)
