"""How a case is cited: in words, as BibTeX and as RIS; and what machines are told of its page (schema.org)."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import editions, showing
from cases.models import Edition, PublicCase
from cases.questions import SECTORS, label_of
from people.places import country_name
from people.texts import FALLBACK

#: Names of bodies, not words of a page: they stay as they are in every language.
PUBLISHER = (
    "OECD Observatory of Public Sector Innovation and Mohammed Bin Rashid Centre for Government Innovation"
)
LIBRARY = "Innovation across borders: case library"
DESK = "OECD Observatory of Public Sector Innovation"
LICENCE_NAME = "CC BY-SA 3.0 IGO"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: What begins a command, or ends a field, in BibTeX, which counts braces whether a backslash stands before them or not.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
#: The accents of Latin letters, by their combining sign; other scripts stay in UTF-8.
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
}
_LETTERS = {
    "ß": r"{\ss}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "œ": r"{\oe}",
    "Œ": r"{\OE}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "å": r"{\aa}",
    "Å": r"{\AA}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "ı": r"{\i}",
}
_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """On one line, without signs that no file can hold."""
    return _SPACE.sub(" ", _UNSEEN.sub("", text)).strip()


def author_of(content: dict) -> str:
    """Whom a citation names: the organisation that told the case, or us for desk research."""
    return plain(content["organisation"]) or (DESK if content["origin"] == "desk-research" else PUBLISHER)


def in_words(public: PublicCase, edition: Edition) -> str:
    """«River Basin Authority North (2027). Shared river flood warnings. …», with version and permanent address."""
    content = edition.said
    return _(
        "%(author)s (%(year)s). %(title)s. %(library)s. %(publisher)s. Version %(number)s, %(date)s. %(address)s. "
        "Licence: %(licence)s."
    ) % {
        "author": author_of(content),
        "year": edition.published_at.year,
        "title": plain(content["title"]).rstrip("."),
        "library": LIBRARY,
        "publisher": PUBLISHER,
        "number": edition.number,
        "date": edition.published_at.date().isoformat(),
        "address": showing.address_of(public, edition.number),
        "licence": LICENCE_NAME,
    }


def bibtex(public: PublicCase, edition: Edition) -> str:
    content, at = edition.said, edition.published_at
    fields = {
        "author": f"{{{tex(author_of(content))}}}",
        "title": f"{{{tex(content['title'])}}}",
        "year": str(at.year),
        "month": MONTHS[at.month - 1],
        "publisher": f"{{{tex(PUBLISHER)}}}",
        "howpublished": tex(LIBRARY),
        "edition": f"Version {edition.number}",
        "url": showing.address_of(public, edition.number),
        "language": tex(content["language"]),
        "abstract": tex(content["short"]),
        "keywords": tex(", ".join(content["tags"])),
        "note": f"Licence: {LICENCE_NAME}",
    }
    lines = [
        f"  {name} = {value if name == 'month' else f'{{{value}}}'}"
        for name, value in fields.items()
        if value
    ]
    return f"@misc{{{public.slug}-v{edition.number},\n" + ",\n".join(lines) + "\n}\n"


def tex(text: str) -> str:
    """Text that BibTeX reads as text: commands escaped, accents of Latin letters as commands, the rest in UTF-8."""
    return "".join(_tex(sign) for sign in unicodedata.normalize("NFC", plain(text)))


def _tex(sign: str) -> str:
    if sign in _TEX:
        return _TEX[sign]
    if sign in _LETTERS:
        return _LETTERS[sign]
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        letter = (
            {"i": r"\i", "j": r"\j"}.get(parts[0], parts[0]) if parts[1] not in "\u0327\u0328" else parts[0]
        )
        accent = _ACCENTS[parts[1]]
        return rf"{{\{accent}{{{letter}}}}}" if accent.isalpha() else rf"{{\{accent}{letter}}}"
    return sign


def ris(public: PublicCase, edition: Edition) -> str:
    """One record, a field a line, as reference managers read it: CRLF, and no line break within a field."""
    content, at = edition.said, edition.published_at
    lines = [
        ("TY", "ELEC"),
        ("AU", author_of(content)),
        ("TI", content["title"]),
        ("TT", content["title_english"]),
        ("T2", LIBRARY),
        ("PY", str(at.year)),
        ("DA", at.strftime("%Y/%m/%d/")),
        ("ET", f"Version {edition.number}"),
        ("PB", PUBLISHER),
        ("LA", content["language"]),
        ("AB", content["short"]),
        *(("KW", tag) for tag in content["tags"]),
        ("UR", showing.address_of(public, edition.number)),
        ("N1", f"Licence: {LICENCE_NAME}"),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {plain(value)}\r\n" for tag, value in lines if plain(value) or tag == "ER")


# -- For machines ------------------------------------------------------------------------------------------------


def linked_data(public: PublicCase, edition: Edition, *, picture: str = "") -> dict[str, Any]:
    """The page as schema.org describes it: a report, and the way to it."""
    content = edition.said
    with override(FALLBACK):
        library = settings.SITE_URL + showing.shelf_address()
        report = {
            "@type": "Report",
            "@id": showing.address_of(public),
            "url": showing.address_of(public),
            "name": plain(content["title"]),
            "headline": plain(content["title"])[:110],
            "alternativeHeadline": plain(content["title_english"]),
            "abstract": plain(content["short"]),
            "inLanguage": "" if content["language"] == "other" else content["language"],
            "datePublished": _iso(public.published_at),
            "dateModified": _iso(edition.published_at),
            "version": str(edition.number),
            "identifier": content["reference"],
            "author": {"@type": "Organization", "name": author_of(content)},
            "publisher": {"@type": "Organization", "name": PUBLISHER},
            "license": editions.LICENCE_URL,
            "isAccessibleForFree": True,
            "keywords": [plain(tag) for tag in content["tags"]],
            "about": [label_of(SECTORS, key) for key in content["sectors"]],
            "spatialCoverage": [_place(place) for place in content["jurisdictions"]],
            "isBasedOn": [source["url"] for source in content["sources"] if source["url"]],
            "image": picture,
            "isPartOf": {"@type": "Collection", "name": LIBRARY, "url": library},
        }
        trail = [(LIBRARY, library), (plain(content["title"]), showing.address_of(public))]
    return {
        "@context": "https://schema.org",
        "@graph": [
            {name: value for name, value in report.items() if value not in ("", [], None)},
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": number, "name": name, "item": item}
                    for number, (name, item) in enumerate(trail, 1)
                ],
            },
        ],
    }


def dataset(*, files: list[tuple[str, str]], address: str, at: datetime | None) -> dict[str, Any]:
    """The whole library as schema.org describes data; ``files`` are their kinds and whole addresses."""
    told = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": LIBRARY,
        "description": "Cases of governments that work together across borders: what they did, with whom, what came of "
        "it and what was difficult, with places, sectors, mechanisms and sources.",
        "url": address,
        "license": editions.LICENCE_URL,
        "creator": {"@type": "Organization", "name": PUBLISHER},
        "isAccessibleForFree": True,
        "dateModified": _iso(at),
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": url} for kind, url in files
        ],
    }
    return {name: value for name, value in told.items() if value != ""}


def _place(place: dict) -> dict[str, Any]:
    country = country_name(place["country"])
    told = {"@type": "Place", "name": plain(place["name"]) or country}
    if len(place["country"]) == 2 and place["country"] != "EU":
        told["address"] = {"@type": "PostalAddress", "addressCountry": place["country"]}
    return told


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
