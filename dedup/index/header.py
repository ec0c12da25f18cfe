"""What an index was built with, and what is in it: the two rows of its header.

Whoever opens it compares what it was built with to what is in force, field by field. The forms and
signatures of fixed texts are among the fields: made anew, they show what no version number does.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from dedup.banding import Banding, band_keys, choose_banding
from dedup.errors import InputError, UsageError
from dedup.index.pages import Segment
from dedup.minhash import signatures
from dedup.normalize import comparison_forms
from dedup.shingles import shingle_sets

if TYPE_CHECKING:
    from dedup.config import Config

HASH_VERSION = 1
"""That of the shingle hash, see `kernels.reference`."""

PARAMETERS, STATE = 1, 2
"""The keys of the rows."""

_CANARIES = (
    "The café's “new” ferry — No. 7 — didn't leave at 9:30 p.m. on 1 May 2024, said Anna O'Brien.",
    "Не вся почта приходит вовремя: 3,5 % писем теряется, см. https://example.org/почта?x=1.",
    "東京の図書館は2024年5月1日に開館しました。ไม่มีเรือออกจากท่าในวันพุธ",
    "Die Straße war nicht gesperrt; &bdquo;Stra\u00adße&ldquo; bleibt `code`, die co-\noperation.",
    "서울 도서관은 월요일에 열지 않는다. ＦＵＬＬ ｗｉｄｔｈ ﬁnd İstanbul",
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Hold what an index was built with.

    Of `threshold_across` and `min_words` larger ones find no less in it. `normalizer` and
    `signatures` are digests of what fixed texts give.
    """

    hash_version: int
    unicode: str
    normalizer: str
    signatures: str
    shingle: str
    shingle_size: int
    num_perm: int
    seed: int
    bands: int
    band_size: int
    threshold_across: float
    min_words: int

    @classmethod
    def of(cls, config: Config, banding: Banding | None = None) -> Parameters:
        """Give those that are in force here; `banding` is that of an index that is there."""
        banding = banding or choose_banding(
            config.threshold_across, num_perm=config.num_perm, recall=config.recall
        )
        forms = comparison_forms(_CANARIES)
        made = repr([(forms.texts[i], bytes(forms.flags_of(i))) for i in range(len(forms.texts))])
        sets = shingle_sets(forms.texts, kind=config.shingle, size=config.shingle_size)
        sketches = signatures(sets, num_perm=config.num_perm, seed=config.seed)
        keys = band_keys(sketches, banding).astype("<u8").tobytes()
        return cls(
            hash_version=HASH_VERSION,
            unicode=unicodedata.unidata_version,
            normalizer=_digest(made.encode("utf-8", "surrogatepass")),
            signatures=_digest(keys),
            shingle=config.shingle,
            shingle_size=config.size,
            num_perm=config.num_perm,
            seed=config.seed,
            bands=banding.bands,
            band_size=banding.size,
            threshold_across=config.threshold_across,
            min_words=config.min_words,
        )

    @property
    def banding(self) -> Banding:
        """Give the banding of the keys."""
        return Banding(self.bands, self.band_size)

    def written(self) -> bytes:
        """Give what stands in the header."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> Parameters:
        """Read what `written` gave.

        Raises:
            ValueError, TypeError: it is none of that.
        """
        found = cls(**json.loads(data))
        for name, kind in cls.__annotations__.items():
            if type(getattr(found, name)).__name__ != kind:
                raise TypeError(name)
        return found

    def settings(self) -> dict[str, Any]:
        """Give those that a Config sets."""
        names = ("shingle", "shingle_size", "num_perm", "seed", "threshold_across", "min_words")
        return {name: getattr(self, name) for name in names}

    def refuse(self, config: Config, name: str, way_out: str) -> None:
        """Refuse what is in force here where it is not what the index was built with.

        Raises:
            UsageError, InputError: a setting, or what no setting changes, is another; it names the
                field and what to do.
        """
        settings = self.settings()
        for setting, built in settings.items():
            ours = config.size if setting == "shingle_size" else getattr(config, setting)
            less = setting in {"threshold_across", "min_words"} and ours > built
            if ours != built and not less:
                raise UsageError(
                    f"{name}: was built with {setting} {built!r}, and {ours!r} is in force: set "
                    f"{setting} to {built!r}, or {way_out}"
                )
        if self.banding.recall(config.threshold_across) < config.recall:
            raise UsageError(
                f"{name}: was built with {self.bands} bands, which do not reach the recall "
                f"{config.recall:g} that is in force: lower it, or {way_out}"
            )
        here = asdict(Parameters.of(config, self.banding))
        for field_name, built in asdict(self).items():
            if field_name not in settings and here[field_name] != built:
                raise InputError(
                    f"{name}: was built with {field_name} {built}, and here it is "
                    f"{here[field_name]}: {way_out}"
                )


@dataclass(slots=True)
class State:
    """Hold what is in an index: the next numbers, how many there are of each, its segments.

    `changes`: how often it was written. `tombstones`: sum of the digests of what stands in
    `removed`. `dropped`: entries of crowded keys that no page has.
    """

    changes: int = 0
    next_form: int = 0
    next_document: int = 0
    next_segment: int = 1
    forms: int = 0
    documents: int = 0
    removed: int = 0
    tombstones: int = 0
    dropped: int = 0
    segments: list[list[int]] = field(default_factory=list)

    def written(self) -> bytes:
        """Give what stands in the header."""
        # Not by asdict, which copies every number of every segment.
        held = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(held, sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> State:
        """Read what `written` gave.

        Raises:
            ValueError, TypeError: it is none of that.
        """
        found = cls(**json.loads(data))
        for stated in found.segments:
            Segment.of([int(number) for number in stated])
        return found


def tombstone(number: int) -> int:
    """Give the digest of one number that was removed."""
    digest = hashlib.blake2b(number.to_bytes(8, "little"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
