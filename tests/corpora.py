"""Small corpora for the tests: texts in five scripts that repeat one another in many ways.

Pieces are drawn from one pool and stand again as they are, edited, cut off, written on, or with
something in them that matters; beside them headings, items, short lines, runs copied from a text
into another, all kinds of line ends.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from strategies import PLAIN, randoms

from dedup.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SCRIPTS = {
    "Latin": PLAIN,
    "Cyrillic": (
        "город станция утром капитан билет окно сад мост деревня рынок кухня железная дорога "
        "путешествие погода вершина совет бюджет библиотека учитель музей картина концерт зрители "
        "фабрика велосипед лес луг долина пекарня фонарь одеяло больница хирург министр выборы"
    ).split(),
    "Arabic": (
        "مدينة محطة صباح قبطان تذكرة نافذة حديقة جسر قرية سوق مطبخ سكة رحلة طقس قمة مجلس ميزانية "
        "مكتبة معلم متحف لوحة حفلة جمهور مصنع دراجة غابة مرج وادي مخبز فانوس بطانية مستشفى جراح"
    ).split(),
    "Han": list(
        "港渡船岛早晨长票窗花园桥村市场厨房铁路车站旅行天气峰会议预算图书馆老师博物绘画乐队音观众"
    ),
    "Thai": (
        "เมือง สถานี เช้า กัปตัน ตั๋ว หน้าต่าง สวน สะพาน หมู่บ้าน ตลาด ครัว รถไฟ เดินทาง "
        "อากาศ ภูเขา สภา งบประมาณ ห้องสมุด ครู พิพิธภัณฑ์ ภาพวาด ดนตรี ผู้ชม โรงงาน จักรยาน ป่า"
    ).split(),
}
_UNSPACED = {"Han", "Thai"}
_ODD = ["Yes.", "* * *", "Read more", "# Heading", "## News", "Share this article", "```"]
_ODD += ["- one item of a list", "1. first", "| a | b |", "    code = 1", "> quoted words of one"]
_MATTERS = ["3", "17", "2024", "not", "Ramirez", "http://a.b/c"]
_SEPARATORS = [["\n\n"], ["\n\n"], ["\n"], ["\n", "\n\n"], ["\n\n", "\n\n\n"], ["\r\n"]]
_SEPARATORS += [["\r\n\r\n", "\n"]]


@dataclass(frozen=True)
class Piece:
    """Hold the words of a paragraph, what they are joined by, and others of their script."""

    words: list[str]
    joiner: str
    script: Sequence[str]


@dataclass(frozen=True)
class Corpus:
    """Hold texts, and the settings to clean them with."""

    texts: list[str]
    config: Config


def _pool(rnd: Random) -> list[Piece]:
    pool = []
    for _ in range(3 + rnd.randrange(11)):
        name = rnd.choice(["Latin", "Latin", "Latin", *SCRIPTS])
        count = 1 + rnd.randrange(8) if rnd.randrange(10) < 3 else 8 + rnd.randrange(32)
        words = [rnd.choice(SCRIPTS[name]) for _ in range(count * (1 + (name == "Han")))]
        pool.append(Piece(words, "" if name in _UNSPACED else " ", SCRIPTS[name]))
    return pool + [Piece(rnd.choice(_ODD).split(" "), " ", ["y"]) for _ in range(3)]


def _varied(rnd: Random, piece: Piece) -> str:
    """Give a piece again: the same, or not quite."""
    words, kind = list(piece.words), rnd.randrange(10)
    at = rnd.randrange(len(words))
    if kind == 4:
        words[at] = rnd.choice(piece.script)
    elif kind == 5:
        words.insert(at, rnd.choice(piece.script))
    elif kind == 6 and len(words) > 4:
        words = words[: max(3, at)]
        words[-1] += "…" if rnd.randrange(2) else ""
    elif kind == 7:
        words += [rnd.choice(piece.script) for _ in range(1 + rnd.randrange(11))]
    elif kind == 8:
        words.insert(at, rnd.choice(_MATTERS))
    elif kind == 9 and len(words) > 3:
        del words[at]
    return piece.joiner.join(words) + rnd.choice(["", "", ".", "!"])


def _text(rnd: Random, pool: list[Piece]) -> str:
    parts, separators = [], rnd.choice(_SEPARATORS)
    for _ in range(rnd.randrange(10)):
        if rnd.randrange(5) == 0:
            words = [rnd.choice(PLAIN) for _ in range(1 + rnd.randrange(24))]
            part = _varied(rnd, Piece(words, " ", PLAIN))
        else:
            part = _varied(rnd, rnd.choice(pool))
        if rnd.randrange(10) == 0:
            part = "\n".join(textwrap.wrap(part, 40))
        parts += [part, rnd.choice(separators)]
    if rnd.randrange(2):
        parts = parts[:-1]
    return "".join(parts)


def texts(rnd: Random) -> list[str]:
    """Give the texts of a small corpus."""
    pool = _pool(rnd)
    found = [_text(rnd, pool) for _ in range(1 + rnd.randrange(8))]
    for _ in range(rnd.randrange(3)):
        lines = rnd.choice(found).split("\n")
        at = rnd.randrange(len(lines))
        run = "\n".join(lines[at : at + 1 + rnd.randrange(5)])
        found[rnd.randrange(len(found))] += rnd.choice(["\n\n", "\n"]) + run
    return found


MARKERS = ["<!-- dedup: off -->", "<!-- dedup: on -->", "# dedup: off", "dedup: on"]
MARKERS += ["<!-- dedup: of -->", "    <!-- dedup: off -->", "<div>\n<!-- dedup: on -->"]


def marked(rnd: Random, text: str) -> str:
    """Put markers on lines of their own into a text, here and there, some of them wrong."""
    lines = text.split("\n")
    for _ in range(rnd.randrange(4)):
        gap = rnd.choice(["", "", "\n"])
        lines.insert(rnd.randrange(len(lines) + 1), f"{gap}{rnd.choice(MARKERS)}{gap}")
    return "\n".join(lines)


@st.composite
def corpora(draw: st.DrawFn, *, markers: bool = False) -> Corpus:
    """Draw texts, with or without markers in them, and settings."""
    rnd = draw(randoms)
    config = Config(
        keep=rnd.choice(["first", "first", "last", "longest"]),
        max_removed=rnd.choice([50, 100, 20]),
        min_words=rnd.choice([8, 8, 3]),
        protect=rnd.choice([("all",), ("all",), ("none",)]),
        paragraphs=rnd.choice(["auto", "auto", "line", "blank"]),
        format=rnd.choice(["auto", "auto", "markdown"]),
    )
    if rnd.random() < 0.5:
        config = replace(
            config,
            threshold=rnd.choice([0.5, 0.9, 1.0]),
            threshold_across=rnd.choice([0.65, 0.7, 0.85, 1.0]),
            containment=rnd.choice([0.6, 0.85, 1.0]),
            shingle_size=rnd.choice([None, None, 2, 8]),
            num_perm=rnd.choice([128, 256]),
            seed=rnd.randrange(3),
        )
    found = texts(rnd)
    if markers:
        found = [marked(rnd, text) for text in found]
        config = replace(config, ignore=rnd.randrange(20) == 0)
    return Corpus(found, config)


def record(text: str, **more: object) -> bytes:
    """Give a line of JSONL."""
    return json.dumps({**more, "text": text}, ensure_ascii=False).encode() + b"\n"
