"""Which writing system a character belongs to, where that changes how text is cut into pieces."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Half-open ranges of code points. Compatibility forms are left out: NFKC has mapped them away.
HAN_KANA = (
    (0x3005, 0x3008),
    (0x3031, 0x3036),
    (0x303B, 0x303D),
    (0x3041, 0x3097),
    (0x309D, 0x30A0),
    (0x30A1, 0x30FB),
    (0x30FC, 0x3100),
    (0x31F0, 0x3200),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
    (0x1AFF0, 0x1B170),
    (0x20000, 0x32000),
)
SOUTH_EAST_ASIAN = (  # Thai, Lao, Myanmar, Khmer; not their digits, as a number is one token
    (0x0E00, 0x0E50),
    (0x0E5A, 0x0ED0),
    (0x0EDA, 0x0F00),
    (0x1000, 0x1040),
    (0x104A, 0x1090),
    (0x109A, 0x10A0),
    (0x1780, 0x17E0),
    (0x17EA, 0x1800),
    (0x19E0, 0x1A00),
    (0xA9E0, 0xA9F0),
    (0xA9FA, 0xAA00),
    (0xAA60, 0xAA80),
)
WITHOUT_SPACES = tuple(sorted(HAN_KANA + SOUTH_EAST_ASIAN))
HANGUL = ((0x1100, 0x1200), (0xA960, 0xA980), (0xAC00, 0xD800))


def char_class(ranges: tuple[tuple[int, int], ...]) -> str:
    """Write `ranges` as the inside of a regular expression's character class."""
    return "".join(f"{chr(low)}-{chr(high - 1)}" for low, high in ranges)


@cache
def marks_class() -> str:
    r"""Write the combining marks (category M) of scripts with spaces as a character class's inside.

    Python's ``\\w`` leaves them out and so breaks words of Indic scripts, Arabic and Hebrew.
    """
    marks = [
        code
        for block in (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
        for code in block
        if unicodedata.category(chr(code))[0] == "M"
        and not any(low <= code < high for low, high in WITHOUT_SPACES)
    ]
    starts = [code for code, before in zip(marks, [-1, *marks], strict=False) if before != code - 1]
    ends = [code for code, after in zip(marks, [*marks[1:], -1], strict=True) if after != code + 1]
    return char_class(tuple((low, high + 1) for low, high in zip(starts, ends, strict=True)))


# What matches this as a whole holds no combining mark (Latin, Greek, Cyrillic, Han, Kana …): a
# quick way round the large class. It takes milliseconds to compile.
_no_marks = cache(
    lambda: re.compile(
        r"[\0-\u02ff\u0370-\u0482\u048a-\u0590\u1d00-\u1dbf\u1e00-\u20cf\u2100-\u2cee"
        r"\u2e00-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7ff]*"
    )
)


def may_hold_marks(text: str) -> bool:
    """Tell whether `text` may hold a combining mark: False is certain, True is not."""
    return not text.isascii() and not _no_marks().fullmatch(text)
