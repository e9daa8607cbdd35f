"""Words as they are searched: of any script, without capitals, accents and vowel signs, and what they are forms of.

What is indexed and what is asked go through the same functions, so both databases find the same.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

#: Longer ones are cut, in texts and in questions alike.
LONGEST = 40
#: The languages that cases are written in (``questions.CASE_LANGUAGES``) and their stemmers; Arabic has ``_arabic``.
STEMMERS = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "ru": "russian",
}
#: Scripts that part no words: two neighbouring characters count as a word.
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Letters that are no letter with an accent, and yet are typed as these.
_ALIKE: dict[int, str | None] = {
    ord(sign): typed
    for sign, typed in {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ک": "ك",
        "ة": "ه",
        "\u0640": "",  # stretches an Arabic word
    }.items()
}
#: Words that say nothing by themselves, folded: left out of a question that has others.
_LITTLE = """
a an and are as at be by for from how in into is it its of on or that the their this to was we what when where which who
will with au aux avec ce ces dans de des du elle en est et il la le les leur l d ou par pas pour que qui sur un une der
die das den dem des ein eine einer eines einem und oder mit von vom zu zum zur im ist auf fur bei al con del el los las lo
para por se su sus una y e o di da che gli i il nel nella per non sono della dei delle com dos das do na nas no nos os ao
um uma и в во на с со о об по к у от до за из для не что как это من في علي الي عن مع هذا هذه التي الذي و او ان
"""
SILENT = frozenset(_LITTLE.split())


def _digits() -> dict[int, str]:
    """Digits of every script as 0 to 9."""
    signs = map(chr, range(0x80, 0x20000))
    return {ord(sign): str(unicodedata.digit(sign)) for sign in signs if unicodedata.category(sign) == "Nd"}


def _marks() -> str:
    """All signs that combine with the one before them, as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_M = _marks()
_ALIKE |= dict.fromkeys(code for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
_ALIKE |= _digits()
_WORD = re.compile(
    rf"(?P<acronym>(?<![^\W_])(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?![^\W_]))?)"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>(?:(?![{_UNSPACED}])[^\W_][{_M}]*)+)"
)


class Word(NamedTuple):
    """A word of a text, folded, and where it stands there."""

    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """The letters and digits of a text without capitals and accents; nothing else of it."""
    plain = plain_of(text)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


def plain_of(text: str) -> str:
    """A text without capitals and accents, in which every folded word of it stands."""
    plain = text.casefold()
    return plain if plain.isascii() else unicodedata.normalize("NFKD", plain).casefold().translate(_ALIKE)


def words_of(text: str) -> Iterator[Word]:
    """The words of a text in their order; of scripts without spaces every two neighbouring characters."""
    for found in _WORD.finditer(text):
        if found.lastgroup != "unspaced":
            if folded := fold(found[0])[:LONGEST]:
                yield Word(folded, found.start(), found.end())
            continue
        run = found[0]
        for at in range(max(1, len(run) - 1)):
            if folded := fold(run[at : at + 2]):
                yield Word(folded, found.start() + at, found.start() + min(at + 2, len(run)))


_HYPHENS = ("-", "‐", "‑")
#: Looked for where a run of letters begins, and no run twice: a word of ten thousand letters is read once.
_JOINED = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:[-‐‑][^\W\d_]++)+")


def joined_in(text: str) -> list[str]:
    """What is written with hyphens, as one word: «crossborder» finds «cross-border»."""
    if not any(hyphen in text for hyphen in _HYPHENS):
        return []
    return list(dict.fromkeys(fold(found)[:LONGEST] for found in _JOINED.findall(text)))


@lru_cache(maxsize=len(STEMMERS))
def _stemmer(language: str):
    return snowballstemmer.stemmer(STEMMERS[language])


_ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def _arabic(word: str) -> str:
    """An Arabic word without article and endings, so far as three letters are left: what a light stemmer does, for words
    that are folded already, which the one of Snowball does not know."""
    article = next((one for one in _ARTICLES if word.startswith(one) and len(word) - len(one) >= 3), "")
    word = word[len(article) :]
    while ending := next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= 3), ""):
        word = word[: -len(ending)]
    return word


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """What a folded word is a form of in a language, as «language:stem»; of other languages the word itself."""
    if language == "ar":
        return f"ar:{_arabic(word)}"
    if language not in STEMMERS:
        return f":{word}"
    return f"{language}:{_stemmer(language).stemWord(word)}"[:LONGEST]


def stems(word: str) -> set[str]:
    """What a word may be a form of, in whichever language it is meant."""
    return {f":{word}", *(stem(word, language) for language in (*STEMMERS, "ar"))}


def grams(word: str) -> set[str]:
    """Pieces of three letters by which a mistyped word is found."""
    padded = f" {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def mistakes_allowed(word: str) -> int:
    """How many slips a word may have: none in short words and in numbers."""
    if len(word) < 4 or word.isdecimal():
        return 0
    return 1 if len(word) < 8 else 2


def distance(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, too many, or changed places; ``most + 1`` where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [], list(range(len(other) + 1))
    for at, sign in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, against in enumerate(other, 1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (sign != against))
            if at > 1 and to > 1 and sign == other[to - 2] and one[at - 2] == against:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def worth_knowing(words: Iterable[str]) -> set[str]:
    """Words that somebody may mistype: with letters, and not too long."""
    return {sys.intern(word) for word in words if 3 <= len(word) <= 30 and not word.isdecimal()}
