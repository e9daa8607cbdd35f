"""What of a case is public: the one list. Pages, map, search, exports, API and feed show nothing that is not in it.

The content of an edition is a dict with exactly the keys of ``FIELDS``. ``content_from`` makes it of what an author
handed in; staff edit it; ``checked`` refuses anything else before it is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Any

from django.utils.text import slugify

from cases import answers
from cases.questions import SECTIONS, Kind

#: The long answers that are sections of the page of a case, in their order there.
SECTION_KEYS = (
    "overview",
    "innovative",
    "happening_now",
    "collaborations",
    "users",
    "results",
    "challenges",
    "conditions",
    "replication",
    "lessons",
    "anything_else",
)
LICENCE = "CC-BY-SA-3.0-IGO"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/3.0/igo/"

#: Everything that is public of a case, and its empty value. What is not here leaks nowhere.
FIELDS: dict[str, Any] = {
    "title": "",
    "title_english": "",
    "language": "",  # of title, short explanation and sections
    "short": "",
    "short_english": "",
    "sections": [],  # {"key": one of SECTION_KEYS, "text": …}
    "organisation": "",
    "organisation_country": "",
    "organisation_level": "",
    "jurisdictions": [],  # {"country", "level", "name", "organisation", "is_lead"}
    "border": "",
    "sectors": [],
    "stages": [],
    "mechanisms": [],
    "instruments": [],
    "tags": [],
    "year": None,
    "website": "",
    "links": [],
    "video": "",
    "pictures": [],  # {"code", "alt", "caption", "width", "height"}
    "files": [],  # {"code", "name", "kind", "size"}: attachments of the case
    "origin": "call",
    "reference": "",
    "sources": [],  # {"title", "url"}: of desk research
    "licence": LICENCE,
    "agreed_at": "",  # when the author agreed to this text, as an instant in ISO 8601; "" for desk research
}
PLACE_KEYS = ("country", "level", "name", "organisation", "is_lead")
_INSIDE: dict[str, Collection[str]] = {
    "sections": ("key", "text"),
    "jurisdictions": PLACE_KEYS,
    "pictures": ("code", "alt", "caption", "width", "height"),
    "files": ("code", "name", "kind", "size"),
    "sources": ("title", "url"),
}

_QUESTIONS = {question.key: question for section in SECTIONS for question in section.questions}


def checked(content: dict) -> dict:
    """The content with every key of ``FIELDS``. Raises ValueError for a key that is not public, at any depth."""
    if strange := set(content) - set(FIELDS):
        raise ValueError(f"Not public: {', '.join(sorted(strange))}")
    for key, inside in _INSIDE.items():
        for row in content.get(key) or []:
            if strange := set(row) - set(inside):
                raise ValueError(f"Not public: {', '.join(f'{key}.{name}' for name in sorted(strange))}")
    return {key: content.get(key, empty) for key, empty in FIELDS.items()}


def content_from(said: dict, *, reference: str = "") -> dict:
    """The public part of what an author handed in (answers by question key): no contact, no private name.

    Pictures and files are not in it: they become public one by one.
    """
    lead = said.get("jurisdictions.lead")
    rows = [row for row in answers.rows_of(said) if answers.said(row)]
    return checked(
        {
            "title": said.get("title", ""),
            "title_english": said.get("title_english", ""),
            "language": said.get("language", ""),
            "short": said.get("short_explanation", ""),
            "short_english": said.get("short_english", ""),
            "sections": [
                {"key": key, "text": said[key]} for key in SECTION_KEYS if not answers.is_empty(said.get(key))
            ],
            "organisation": said.get("organisation", ""),
            "organisation_country": said.get("organisation_country", ""),
            "organisation_level": said.get("organisation_level", ""),
            "jurisdictions": [
                {
                    "country": row.get("country", ""),
                    "level": row.get("level", ""),
                    "name": row.get("name", "").strip(),
                    "organisation": row.get("organisation", "").strip(),
                    "is_lead": row["id"] == lead,
                }
                for row in rows
            ],
            "border": answers.border_kind(rows),
            **{key: list(said.get(key) or []) for key in ("sectors", "stages", "mechanisms", "instruments")},
            "tags": answers.tags_of(said.get("tags", "")),
            "year": _year(said.get("year")),
            "website": _web(said.get("website", "")),
            "links": [
                link for link in answers.links_of(said.get("links", "")) if answers.is_web_address(link)
            ],
            "video": _web(said.get("video", "")),
            "reference": reference,
        }
    )


def _year(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() and len(str(value)) == 4 else None


def _web(value: str) -> str:
    return value.strip() if answers.is_web_address(value or "") else ""


def label_of_section(key: str) -> str:
    """The question that a section answers, as its heading."""
    return str(_QUESTIONS[key].label)


def facets_of(content: dict, *, call_year: int | None = None) -> list[str]:
    """What the library is narrowed by, as «kind:value»; tags without case, badges are added when shelving."""
    found = {("border", content["border"])} if content["border"] else set()
    for place in content["jurisdictions"]:
        found |= {("country", place["country"]), ("level", place["level"])}
    for kind, key in (
        ("sector", "sectors"),
        ("stage", "stages"),
        ("mechanism", "mechanisms"),
        ("instrument", "instruments"),
    ):
        found |= {(kind, value) for value in content[key]}
    found |= {("tag", tag_key(tag)) for tag in content["tags"]}
    if content["year"]:
        found.add(("year", str(content["year"])))
    if call_year:
        found.add(("call", str(call_year)))
    found.add(("origin", content["origin"]))
    if content["language"]:
        found.add(("language", content["language"]))
    return sorted(f"{kind}:{value}" for kind, value in found if value)


def tag_key(tag: str) -> str:
    """One spelling for one tag, however it was typed."""
    return " ".join(unicodedata.normalize("NFKC", tag).casefold().split())[:60]


def card_of(content: dict) -> dict:
    """What a card in a list shows beside title and short explanation."""
    return {
        "places": [
            {key: place[key] for key in ("country", "level", "name", "is_lead")}
            for place in content["jurisdictions"]
        ],
        "organisation": content["organisation"],
        "sectors": content["sectors"],
        "stages": content["stages"],
        "tags": content["tags"],
        "border": content["border"],
        "title_english": content["title_english"],
        "short_english": content["short_english"],
        "picture": content["pictures"][0] if content["pictures"] else None,
    }


def slug_of(title: str, title_english: str = "") -> str:
    """What an address is made of; "" for a title without any Latin letter."""
    return (slugify(title_english) or slugify(title))[:80].strip("-")


assert {key for key in SECTION_KEYS if _QUESTIONS[key].kind is not Kind.TEXT} == set()
