"""Two texts beside each other, word by word: what was there, what is there now. Plain values; pages draw them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from cases import answers, editions
from cases.questions import (
    BORDERS,
    CASE_LANGUAGES,
    COLUMNS,
    INSTRUMENTS,
    MECHANISMS,
    QUESTIONS,
    SECTORS,
    STAGES,
    label_of,
)
from people.places import country_name

#: Texts of more words are shown whole, the old one and the new one; so are those that say a few words over and over
#: again: what has to be compared is every word with each place where it stands in the other text.
MOST_WORDS = 2_500
MOST_PAIRS = 60_000
#: A word with the space before it, so that a change of ten words reads as one.
_WORDS = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
SAME, OUT, IN = "same", "out", "in"

_CHOICES = {
    "sectors": SECTORS,
    "stages": STAGES,
    "mechanisms": MECHANISMS,
    "instruments": INSTRUMENTS,
}


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, went out, or came in."""

    kind: str
    text: str


@dataclass(frozen=True)
class Row:
    """One field of the content: its name in words, how it read, how it reads, and the pieces of the two together."""

    key: str
    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def left(self) -> tuple[Piece, ...]:
        """The earlier text, with what went out marked."""
        return tuple(piece for piece in self.pieces if piece.kind != IN)

    @property
    def right(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind != OUT)


class Rows(list[Row]):
    """Fields beside each other: those that differ, and those that are the same."""

    @property
    def changed(self) -> list[Row]:
        return [row for row in self if row.changed]

    @property
    def same(self) -> list[Row]:
        return [row for row in self if not row.changed]


def pieces_of(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as one row of pieces; nothing of either is missing from it."""
    before, after = _lines(before), _lines(after)
    if before == after:
        return (Piece(SAME, before),) if before else ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS or _pairs(old, new) > MOST_PAIRS:
        return tuple(Piece(kind, text) for kind, text in ((OUT, before), (IN, after)) if text)
    found: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            found.append(Piece(SAME, "".join(old[a:b])))
        else:
            found += [
                Piece(kind, words)
                for kind, words in ((OUT, "".join(old[a:b])), (IN, "".join(new[c:d])))
                if words
            ]
    return tuple(found)


def _pairs(old: list[str], new: list[str]) -> int:
    often, there = Counter(old), Counter(new)
    return sum(n * there[word] for word, n in often.items())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def rows_of(before: dict, after: dict) -> Rows:
    """Every field of two contents (see ``editions.FIELDS``) that says something in one of them, in their order."""
    then, now = in_words(before), in_words(after)
    keys = [key for key in editions.FIELDS if key != "sections"]
    sections = [f"section.{key}" for key in editions.SECTION_KEYS]
    place = keys.index("short_english") + 1
    keys = [*keys[:place], *sections, *keys[place:]]
    return Rows(
        Row(
            key,
            name_of(key),
            then.get(key, ""),
            now.get(key, ""),
            pieces_of(then.get(key, ""), now.get(key, "")),
        )
        for key in keys
        if then.get(key) or now.get(key)
    )


def in_words(content: dict) -> dict[str, str]:
    """Each field of a content as people read it; sections one by one."""
    content = editions.checked(content)
    said = {f"section.{section['key']}": section["text"] for section in content["sections"]}
    for key in ("title", "title_english", "short", "short_english", "organisation", "website", "video"):
        said[key] = content[key]
    said["language"] = label_of(CASE_LANGUAGES, content["language"])
    said["organisation_country"] = country_name(content["organisation_country"])
    said["organisation_level"] = label_of(COLUMNS["level"].choices, content["organisation_level"])
    said["jurisdictions"] = "\n".join(_place(place) for place in content["jurisdictions"])
    said["border"] = label_of(BORDERS, content["border"])
    for key, choices in _CHOICES.items():
        said[key] = "\n".join(label_of(choices, value) for value in content[key])
    said["tags"] = ", ".join(content["tags"])
    said["year"] = str(content["year"] or "")
    said["links"] = "\n".join(content["links"])
    said["pictures"] = "\n".join(_picture(picture) for picture in content["pictures"])
    said["files"] = "\n".join(file["name"] for file in content["files"])
    said["sources"] = "\n".join(f"{source['title']} {source['url']}".strip() for source in content["sources"])
    said["licence"] = licence_name(content["licence"])
    return {key: _lines(text) for key, text in said.items()}


def licence_name(key: str) -> str:
    """How people call a licence."""
    return _("CC BY-SA 3.0 IGO") if key == editions.LICENCE else key


def _place(place: dict) -> str:
    words = answers.place(place)
    if place["organisation"]:
        words = f"{words}: {place['organisation']}"
    return _("%(place)s, leads") % {"place": words} if place["is_lead"] else words


def _picture(picture: dict) -> str:
    words = picture["alt"] or _("no alternative text yet")
    return f"{words} – {picture['caption']}" if picture["caption"] else words


def name_of(key: str) -> str:
    """What people call a field of the content."""
    if key.startswith("section."):
        return editions.label_of_section(key.removeprefix("section."))
    own = {
        "short": QUESTIONS["short_explanation"].label,
        "jurisdictions": _("Jurisdictions"),
        "border": _("Kind of border"),
        "pictures": _("Pictures"),
        "files": _("Files to download"),
        "sources": _("Sources"),
        "licence": _("Licence"),
    }
    return str(own.get(key) or (QUESTIONS[key].label if key in QUESTIONS else key))
