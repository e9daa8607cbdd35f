"""Blind review: the one list of what reviewers do not see, and the hand that covers it wherever it stands.

Hidden are the organisation, the people (author, colleagues, sponsor), e-mail and web addresses, the partners' contacts
and the names of files. The answers that are nothing else are left out; in every other text the same words are covered.
Places stay: they are what the review is about. What a story tells of itself no list can hide, nor what is in a file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from cases import answers
from cases.attachments import names
from cases.models import Colleague
from cases.questions import QUESTIONS, Kind
from cases.reading import size_in_words
from people.places import country_name
from reviews.models import Dossier

#: Answers that are hidden whole.
HIDDEN = (
    "organisation",
    "sponsor_name",
    "sponsor_organisation",
    "sponsor_email",
    "website",
    "video",
    "links",
)
#: Columns of a jurisdiction that are hidden whole.
HIDDEN_COLUMNS = ("organisation", "contact")
#: Shorter words stand in too many others («EU»).
SHORTEST = 3

_TYPED = (Kind.LINE, Kind.TEXT, Kind.TAGS)
#: Every part is bounded or gives nothing back, so that no text, however it is made, keeps a reader waiting.
_NAME = r"[^\s@<>()\[\],;]"
_HOST = r"\b[\w-]{1,63}+(?:\.[\w-]{1,63}+){0,8}"
_ADDRESS = re.compile(
    rf"(?<!{_NAME}){_NAME}++@{_NAME}+\.{_NAME}+"
    r"|\b(?:[a-z][a-z0-9+.-]{0,30}+://|www\.)\S+"
    rf"|{_HOST}\.(?:com|org|net|eu|int|gov|edu|info|io)\b(?:/\S*)?"
    rf"|{_HOST}\.[a-z]{{2,63}}+/\S*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cover:
    """Puts «[hidden]» over these words, in any case and spacing, and over every e-mail and web address."""

    words: frozenset[str]

    def __call__(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        folded = _folded(text)
        if "." in text:
            text = _ADDRESS.sub(_("[hidden]"), text)
        if any(words in folded for words in self._folded):
            text = self._pattern.sub(_("[hidden]"), text)
        return text

    @cached_property
    def _folded(self) -> list[str]:
        return [_folded(words) for words in self.words]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.words, key=len, reverse=True)
        spelled = [r"\s+".join(map(re.escape, words.split())) for words in longest_first]
        return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)", re.IGNORECASE)


def cover_of(said: dict, people: Iterable[str]) -> Cover:
    """What to cover in texts about a case, from its answers and the names of those who write it."""
    hidden = {str(said.get(key) or "") for key in HIDDEN} | set(people)
    rows = answers.rows_of(said)
    hidden |= {row.get(column) or "" for row in rows for column in HIDDEN_COLUMNS}
    hidden = {unicodedata.normalize("NFC", line).strip() for words in hidden for line in words.splitlines()}
    hidden |= {_site_of(words) for words in hidden}
    places = {_folded(row.get("name") or "") for row in rows}
    places |= {_folded(country_name(row.get("country") or "")) for row in rows}
    return Cover(frozenset(w for w in hidden if len(w) >= SHORTEST and _folded(w) not in places))


def covered(said: dict, cover: Cover) -> dict:
    """The answers as a blind reviewer may read them: without those that are hidden, the others covered."""
    shown = {key: value for key, value in said.items() if key not in HIDDEN}
    for key, value in shown.items():
        if key in QUESTIONS and QUESTIONS[key].kind in _TYPED and isinstance(value, str):
            shown[key] = cover(value)
    shown["jurisdictions"] = [
        {column: value for column, value in row.items() if column not in HIDDEN_COLUMNS}
        for row in answers.rows_of(said)
    ]
    return shown


def people_of(cases: Iterable[int]) -> dict[int, list[str]]:
    """The names of everybody who ever took part in these cases (by their keys), in one statement."""
    found: dict[int, list[str]] = {}
    for case, name in Colleague.objects.filter(case__in=cases).values_list("case", "name"):
        found.setdefault(case, []).append(name)
    return found


def titles_of(dossiers: Collection[Dossier]) -> dict[int, str]:
    """The titles of these cases as their reviewers may read them, by the key of the dossier.

    Round and submission come with them; two statements more, only where a round is blind.
    """
    titles = {each.pk: each.submission.title for each in dossiers}
    blind = {each.pk: each.case_id for each in dossiers if each.round.blind}
    if not blind:
        return titles
    people = people_of(blind.values())
    contents = Dossier.objects.filter(pk__in=blind).values_list("pk", "submission__content")
    for pk, content in contents.iterator(chunk_size=200):
        said = json.loads(content)["answers"]
        titles[pk] = cover_of(said, people.get(blind[pk], []))(titles[pk])
    return titles


def file_named(number: int, file: dict) -> str:
    """«File 1 (PDF, 210 KB)»: as a file is called on the page."""
    kind = names.extension(file["name"]).upper()
    return _("File %(n)s (%(kind)s, %(size)s)") % {
        "n": number,
        "kind": kind,
        "size": size_in_words(file["size"]),
    }


def download_named(reference: str, number: int, file: dict) -> str:
    """«XB-2027-0147 file 1.pdf»: as a file is called when it is saved."""
    return f"{reference} file {number}.{names.extension(file['name'])}"


def _site_of(words: str) -> str:
    """The machine that an address names, without «www.»; "" for anything else."""
    if "@" in words:
        return words.rpartition("@")[2]
    try:
        site = urlsplit(words).hostname if "://" in words else ""
    except ValueError:  # brackets that are no address of a machine
        site = ""
    return (site or "").removeprefix("www.")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
