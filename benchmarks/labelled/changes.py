"""What happens to a text between two copies of it: edits, misreadings, typography, markup, wraps.

Each function takes what it changes and a random generator, and gives the changed text. None of
them changes what a number says.
"""

from __future__ import annotations

import html
import html.entities
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from labelled.language import Language

# What a character is misread as, in pairs, by script.
MISREAD = dict(
    pair.split(":")
    for pair in (
        "e:c c:e l:1 i:l o:0 n:u u:n h:b b:h t:f f:t a:o s:5 m:rn d:cl w:vv g:q q:g "
        "и:н н:п п:н о:0 е:с с:е ш:щ т:г л:п а:о в:ь з:э б:6 к:н м:и ы:н "
        "ب:ت ت:ث ث:ت ج:ح ح:خ خ:ح د:ذ ر:ز ز:ر س:ش ص:ض ع:غ ف:ق ن:ب ي:ب ط:ظ ه:ة ا:ل م:ه "
        "ब:व व:ब भ:म म:भ घ:ध ध:घ प:ष य:थ थ:य न:त त:न क:फ ल:त स:म द:ट ी:ि ि:ी ु:ू ू:ु े:ै ै:े "
        "日:曰 人:入 未:末 土:士 大:太 木:本 的:白 在:任 了:子 小:少 水:永 里:甲 石:右 门:问 古:占 "
        "看:着 天:夫 学:字 边:过 时:对 し:レ は:ほ ね:れ る:ろ ろ:る さ:き き:さ ン:ソ "
        "シ:ツ ク:ワ の:め た:だ て:で に:こ を:ち が:か で:て か:が"
    ).split()
)
STRAIGHT = str.maketrans("“”„«»「」’‘–—", '"""""""\'\'--')
CURLED = str.maketrans("'", "’")
NARROW = str.maketrans("，；：！？（）", ",;:!?()")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
JOINING = re.compile("(?<=[بتثجحسشصضطعغفقكلمن])(?=[ء-ي])")


def edit_words(draft: str, percent: int, language: Language, rng: random.Random) -> str:
    """Replace, drop or add words of a draft; never a name, a number, a negation or a capital."""
    words = draft.split(" ")
    count = max(1, round(len(words) * percent / 100))
    free = [i for i, word in enumerate(words) if word in language.pool]
    for place in rng.sample(free, min(count, len(free))):
        word = rng.choice(language.pool)
        while word == words[place]:
            word = rng.choice(language.pool)
        words[place] = rng.choices([word, f"{words[place]} {word}", ""], [0.7, 0.15, 0.15])[0]
    return " ".join(word for word in words if word)


def edit_capitals(draft: str, language: Language, rng: random.Random) -> str:
    """Replace two common words that have a capital: nouns in German, words that begin a sentence.

    Names stay: a capital alone does not make one.
    """
    words = draft.split(" ")
    starts = [i for i, word in enumerate(words) if i == 0 or words[i - 1][-1] in ".!?"]
    first = [i for i in starts if language.lower(words[i]) in language.pool]
    nouns = [i for i, word in enumerate(words) if word in language.nouns and i not in starts]
    for place in rng.sample([*first, *nouns], min(2, len(first) + len(nouns))):
        old = words[place]
        while words[place] == old:
            lower = rng.choice(language.nouns if place in nouns else language.pool)
            words[place] = lower if place in nouns else language.capital(lower)
    return " ".join(words)


def misread(text: str, percent: int, rng: random.Random) -> str:
    """Replace characters by others that look like them, as character recognition does."""
    free = [i for i, character in enumerate(text) if character in MISREAD]
    letters = sum(character.isalpha() for character in text)
    count = min(max(1, round(letters * percent / 100)), len(free))
    places = set(rng.sample(free, count))
    return "".join(MISREAD[c] if i in places else c for i, c in enumerate(text))


def typography(text: str, rng: random.Random) -> str:
    """Write the same with other quotes, dashes, spaces, ligatures, widths or composition."""
    new = text.translate(STRAIGHT if rng.random() < 0.7 else CURLED)
    if rng.random() < 0.5:
        new = new.replace("fi", "ﬁ").replace("fl", "ﬂ")
    if rng.random() < 0.5:
        new = new.translate(NARROW)
    if " " not in text and rng.random() < 0.5:
        new = new.translate(WIDE)
    if rng.random() < 0.5:
        new = "".join("\u00a0" if c == " " and rng.random() < 0.15 else c for c in new)
    if rng.random() < 0.5:
        new = re.sub(r"[^\W\d_\u0e00-\u9fff]{9,}", lambda m: f"{m[0][:4]}\u00ad{m[0][4:]}", new)
    if rng.random() < 0.4:
        new = unicodedata.normalize("NFD", new)
    if rng.random() < 0.5:
        new = JOINING.sub(lambda _: "ـ" * (rng.random() < 0.1), new)
    if new == text:
        new = re.sub("(?<=[ 、。，])", "\u200b", text, count=2)
    return new


def entities(text: str, rng: random.Random) -> str:
    """Leave HTML in the text: entities, and now and then a tag."""
    names = html.entities.codepoint2name if rng.random() < 0.5 else {}
    new = "".join(
        f"&{names.get(ord(c), f'#{ord(c)}')};"
        if ord(c) > 127 and (ord(c) in names or unicodedata.category(c)[0] == "P")
        else c
        for c in html.escape(text)
    )
    new = "".join("&nbsp;" if c == " " and rng.random() < 0.08 else c for c in new)
    words = new.split(" ")
    place = rng.randrange(len(words))
    if len(words) > 1 and "&" not in words[place] and rng.random() < 0.5:
        tag = rng.choice(["b", "em", "strong"])
        words[place] = f"<{tag}>{words[place]}</{tag}>"
    new = " ".join(words)
    return new if new != text and rng.random() < 0.8 else f"{new}<br/>"


def case(text: str, language: Language, rng: random.Random) -> str:
    """Write everything in capitals, in small letters, or each word with a capital."""
    title = " ".join(language.upper(word[:1]) + word[1:] for word in text.split(" "))
    shapes = [language.upper(text), language.upper(text), language.lower(text), title]
    return rng.choice([shape for shape in shapes if shape != text])


def several(draft: str, language: Language, rng: random.Random) -> str:
    """Give a draft as text, changed in two of the ways above."""
    ways = ["edit", "misread", "typography", "entities", *["case"] * language.cased]
    chosen = rng.sample(ways, 2)
    if "edit" in chosen:
        draft = edit_words(draft, 5, language, rng)
    text = language.text_of(draft)
    if "misread" in chosen:
        text = misread(text, 1, rng)
    if "case" in chosen:
        text = case(text, language, rng)
    if "typography" in chosen:
        text = typography(text, rng)
    if "entities" in chosen:
        text = entities(text, rng)
    return text


def columns(text: str) -> int:
    """Give the columns that a text takes on a terminal."""
    unseen = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) - unseen + wide


def wrap(text: str, width: int, *, hyphens: bool = False) -> str:
    """Break lines before the word that would pass the width, or inside it, with a hyphen.

    Without spaces, lines break between any two characters, but not before a closing mark.
    """
    gap = " " if " " in text else ""
    lines: list[str] = []
    for word in text.split(" ") if gap else re.findall(r".[^\w「“]*", text):
        if not lines or columns(f"{lines[-1]}{gap}{word}") > width:
            room = width - columns(f"{lines[-1]}{gap}-") if lines else 0
            if hyphens and gap and 3 <= room <= len(word) - 3 and word.isalpha():
                lines[-1] += f"{gap}{word[:room]}-"
                lines.append(word[room:])
            else:
                lines.append(word)
        else:
            lines[-1] += gap + word
    return "\n".join(lines)


def rewrap(text: str, language: Language, rng: random.Random) -> str:
    """Wrap lines hard, with hyphens where words were parted."""
    return wrap(text, rng.choice([38, 46, 54, 62]), hyphens=language.cased)


def unwrap(text: str, language: Language, rng: random.Random) -> str:
    """Leave on one line the scars of hard wraps: wide gaps, and hyphens inside words."""
    gap = "  " if language.spaces else " "
    return rewrap(text, language, rng).replace("-\n", "- ").replace("\n", gap)
