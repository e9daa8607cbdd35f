"""The library as open data: every case on show as a record, and records as CSV, JSON and GeoJSON, streamed.

A record is the content of an edition (``cases.editions.FIELDS``), and beside it what ``RECORD`` names: nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from cases import atlas, citing, editions, pictures, showing
from cases.models import Badge, PublicCase
from papers import sheets
from people.places import LEVELS, country_name
from people.texts import FALLBACK, in_language

#: Cases fetched at once.
CHUNK = 200

#: What a record says beside the content of its edition, in words for the page of the open data.
RECORD = {
    "slug": _("The name of the case in addresses. It never changes."),
    "url": _("The page of the case."),
    "version": _("The number of the version shown."),
    "permanent_url": _("The page of exactly this version. It never changes."),
    "published_at": _("When the case was first published (UTC, ISO 8601)."),
    "updated_at": _("When this version was published."),
    "confirmed_at": _("When somebody who knows the case last said that it is true; empty if nobody has."),
    "call": _("The year of the call that the case came from; empty for desk research."),
    "badges": _("What our team marked the case with."),
}
#: Every field of the content in words. A test holds it complete.
CONTENT = {
    "title": _("Title, in the language of the case."),
    "title_english": _("Title in English, where the case is in another language."),
    "language": _("Language of title, short explanation and sections (ISO 639-1, or «other»)."),
    "short": _("The case in a few sentences."),
    "short_english": _("The same in English, where the case is in another language."),
    "sections": _("The long texts: each with its key and its text. In CSV a column for each key."),
    "organisation": _("The organisation that tells the case."),
    "organisation_country": _("Its country (ISO 3166-1 alpha-2; EU, INT for international organisations)."),
    "organisation_level": _("Its level of government."),
    "jurisdictions": _("Partners: country, level, name of the place, organisation, and whether they lead."),
    "border": _("The kind of border that the case crosses."),
    "sectors": _("Sectors that the case touches."),
    "stages": _("How far it has come."),
    "mechanisms": _("How the partners work together."),
    "instruments": _("What their work rests on, such as a treaty or a memorandum."),
    "tags": _("Free words."),
    "year": _("The year in which it began."),
    "website": _("Its own website."),
    "links": _("Further addresses."),
    "video": _("A video, elsewhere on the web."),
    "pictures": _("Pictures: what they show in words, a caption, their size and address."),
    "files": _("Files: their name, kind, size and address."),
    "origin": _("«call», or «desk-research» for what we compiled from public sources."),
    "reference": _("The reference of the case, where it came from a call."),
    "sources": _("What desk research rests on: title and address of each source."),
    "licence": _("The licence of the text."),
    "agreed_at": _("When the author agreed to this text; empty for desk research."),
}
NOTE = (
    "Names of countries and places, and their coordinates, imply no opinion on the status of any territory. "
    "Desk research is marked: it was compiled from public sources and confirmed by nobody."
)


# -- Records -----------------------------------------------------------------------------------------------------


def on_shelf(ids: Sequence[int] | None = None, *, at_once: int = CHUNK) -> Iterator[PublicCase]:
    """Everything on show, a few at a time so that memory does not grow; with ``ids`` those alone, in that order."""
    shown = (
        PublicCase.objects.on_show()
        .select_related("edition", "call")
        .prefetch_related(Prefetch("badges", queryset=Badge.objects.order_by("key")))
    )
    if ids is not None:
        for start in range(0, len(ids), at_once):
            some = ids[start : start + at_once]
            found = {public.pk: public for public in shown.filter(pk__in=some)}
            yield from (found[pk] for pk in some if pk in found)
        return
    last = 0
    while chunk := list(shown.filter(pk__gt=last).order_by("pk")[:at_once]):
        yield from chunk
        last = chunk[-1].pk


def record_of(public: PublicCase) -> dict[str, Any]:
    """Everything that is public of a case, in the values and keys that programs read."""
    edition = showing.edition_of(public)
    return {
        "slug": public.slug,
        "url": showing.address_of(public),
        "version": edition.number,
        "permanent_url": showing.address_of(public, edition.number),
        "published_at": instant(public.published_at),
        "updated_at": instant(edition.published_at),
        "confirmed_at": instant(public.confirmed_at),
        "call": public.call.year if public.call else None,
        "badges": [
            {"key": badge.key, "name": in_language(badge.name, FALLBACK)} for badge in public.badges.all()
        ],
        **content_of(public, edition.said),
    }


def content_of(public: PublicCase, content: dict) -> dict[str, Any]:
    """The content of an edition with the addresses of its pictures and files."""
    shown = [
        {**picture, "url": settings.SITE_URL + pictures.address_of(picture["code"], pictures.WIDE)}
        for picture in content["pictures"]
    ]
    files = [
        {**file, "url": showing.address_of(public) + showing.file_path(file["code"])}
        for file in content["files"]
    ]
    return {key: content[key] for key in editions.FIELDS} | {"pictures": shown, "files": files}


def instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def about(*, source: str, at: datetime, number: int) -> dict[str, Any]:
    """What stands in front of records: where they are from, from when, and what they may be used for."""
    return {
        "title": citing.LIBRARY,
        "publisher": citing.PUBLISHER,
        "source": source,
        "snapshot_at": instant(at),
        "shelf": number,
        "licence": editions.LICENCE,
        "licence_url": editions.LICENCE_URL,
        "note": NOTE,
    }


# -- CSV ---------------------------------------------------------------------------------------------------------


def columns() -> list[str]:
    """The titles of the table: keys, which stay the same in every language."""
    content: list[str] = []
    for key in editions.FIELDS:
        if key == "sections":
            content += [f"section_{section}" for section in editions.SECTION_KEYS]
        elif key == "jurisdictions":
            content += ["countries", "jurisdictions"]
        else:
            content.append(key)
    return [*RECORD, *content, "licence_url", "source", "snapshot_at"]


def table(publics: Iterable[PublicCase], *, source: str, at: datetime) -> sheets.Table:
    """A line of titles, then a line a case; lists stand in one cell, apart by «; »."""
    titles = columns()
    yield titles
    rest = {"licence_url": editions.LICENCE_URL, "source": source, "snapshot_at": instant(at)}
    for public in publics:
        told = _flat(record_of(public)) | rest
        yield [sheets.harmless("" if told[title] is None else told[title]) for title in titles]


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    said = {row["key"]: row["text"] for row in record["sections"]}
    places = record["jurisdictions"]
    return {
        **{key: _cell(value) for key, value in record.items()},
        **{f"section_{key}": said.get(key, "") for key in editions.SECTION_KEYS},
        "countries": "; ".join(dict.fromkeys(place["country"] for place in places if place["country"])),
        "jurisdictions": "; ".join(_place(place) for place in places),
    }


def _cell(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return "; ".join(_entry(entry) if isinstance(entry, dict) else str(entry) for entry in value)


def _entry(entry: dict) -> str:
    """A badge, source, picture or file in a cell: what it is called, and where it is."""
    name = entry.get("name") or entry.get("title") or entry.get("alt") or ""
    return " ".join(part for part in (name, entry.get("url", "")) if part)


def _place(place: dict) -> str:
    """«Water Agency, Grand Est, France (Regional or state), lead»."""
    levels = dict(LEVELS)
    with override(FALLBACK):
        parts = [place["organisation"], place["name"], country_name(place["country"])]
        words = ", ".join(part for part in parts if part)
        level = f" ({levels[place['level']]})" if place["level"] in levels else ""
    return f"{words}{level}{', lead' if place['is_lead'] else ''}"


# -- JSON and GeoJSON --------------------------------------------------------------------------------------------


def json_file(publics: Iterable[PublicCase], head: dict[str, Any]) -> Iterator[bytes]:
    """One object: what ``about`` says, and the list «cases»."""
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "cases": '
    yield from sheets.json_lines(record_of(public) for public in publics)
    yield b"}\n"


def geojson_file(publics: Iterable[PublicCase], head: dict[str, Any]) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946) with a feature for each partner of each case."""
    yield b'{"type": "FeatureCollection", "metadata": ' + json.dumps(head, ensure_ascii=False).encode()
    yield b', "features": '
    yield from sheets.json_lines(feature for public in publics for feature in features_of(public))
    yield b"}\n"


def features_of(public: PublicCase) -> Iterator[dict[str, Any]]:
    """The partners of a case at a point of their country; without a point where there is none, as for the EU."""
    edition = showing.edition_of(public)
    content = edition.said
    for place in content["jurisdictions"]:
        point = atlas.coordinates().get(place["country"])
        yield {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point[1], point[0]]} if point else None,
            "properties": {
                "case": public.slug,
                "title": content["title"],
                "url": showing.address_of(public),
                "version": edition.number,
                **{key: place[key] for key in editions.PLACE_KEYS},
                "precision": "country" if point else None,
                "licence": content["licence"],
            },
        }
