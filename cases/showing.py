"""A public case as its page shows it: what the words of an edition become, what stands beside them, what was changed.

Everything is read from the content of an edition (``cases.editions.FIELDS``) and from the row of its public case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from cases import answers, comparing, editions, pictures
from cases.models import Edition, PublicCase
from cases.questions import BORDERS, CASE_LANGUAGES, INSTRUMENTS, MECHANISMS, SECTORS, STAGES, label_of
from people.places import LEVELS, country_name
from people.texts import FALLBACK

#: The sections of a page under headings for readers; authors were asked questions.
HEADINGS = {
    "overview": gettext_lazy("The problem, and what they did"),
    "innovative": gettext_lazy("What is new"),
    "happening_now": gettext_lazy("What is happening now"),
    "collaborations": gettext_lazy("Who works together"),
    "users": gettext_lazy("Who uses it, and who benefits"),
    "results": gettext_lazy("Results so far"),
    "challenges": gettext_lazy("What was difficult"),
    "conditions": gettext_lazy("What it needs to succeed"),
    "replication": gettext_lazy("Can it be repeated elsewhere?"),
    "lessons": gettext_lazy("Advice for others"),
    "anything_else": gettext_lazy("What else there is to know"),
}
#: What each part of the content is called, for the list of what a new version changed.
NAMES = {
    "title": gettext_lazy("title"),
    "title_english": gettext_lazy("title in English"),
    "language": gettext_lazy("language"),
    "short": gettext_lazy("short explanation"),
    "short_english": gettext_lazy("short explanation in English"),
    "organisation": gettext_lazy("organisation"),
    "organisation_country": gettext_lazy("country of the organisation"),
    "organisation_level": gettext_lazy("level of government of the organisation"),
    "jurisdictions": gettext_lazy("partners and places"),
    "border": gettext_lazy("borders crossed"),
    "sectors": gettext_lazy("sectors"),
    "stages": gettext_lazy("stage"),
    "mechanisms": gettext_lazy("how they work together"),
    "instruments": gettext_lazy("instrument"),
    "tags": gettext_lazy("tags"),
    "year": gettext_lazy("year"),
    "website": gettext_lazy("website"),
    "links": gettext_lazy("links"),
    "video": gettext_lazy("video"),
    "pictures": gettext_lazy("pictures"),
    "files": gettext_lazy("files"),
    "origin": gettext_lazy("origin"),
    "reference": gettext_lazy("reference"),
    "sources": gettext_lazy("sources"),
    "licence": gettext_lazy("licence"),
}
#: The tint of each sector, of the five that the design has.
TINTS = {
    "economic": "sage",
    "education": "lilac",
    "employment": "sand",
    "environment": "sea",
    "external": "sage",
    "health": "rose",
    "housing": "rose",
    "information": "lilac",
    "administration": "sea",
    "justice": "lilac",
    "culture": "sand",
    "science": "sage",
    "transport": "sand",
}
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}

_BULLET = re.compile(r"\s*(?:[-*•▪➢✓·–—]|\(?\d{1,2}[.)])\s+(?=\S)")
_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]\s")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


# -- Words -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A paragraph («p») or a list («ul», «ol») of a long answer, its lines ready for a page."""

    kind: str
    lines: tuple[SafeString, ...]


def blocks_of(text: str) -> list[Block]:
    """A long answer as it was typed, made readable: paragraphs at empty lines, lists where lines begin like one."""
    blocks: list[Block] = []
    for paragraph in re.split(r"\n[ \t]*\n", text.strip()):
        run: list[str] = []
        kind = "p"
        for line in filter(str.strip, paragraph.split("\n")):
            of = ("ol" if _NUMBER.match(line) else "ul") if _BULLET.match(line) else "p"
            if run and of != kind:
                blocks.append(_block(kind, run))
                run = []
            kind = of
            run.append(_BULLET.sub("", line, count=1) if of != "p" else line.strip())
        if run:
            blocks.append(_block(kind, run))
    return _joined(blocks)


def _block(kind: str, lines: list[str]) -> Block:
    return Block(kind, tuple(linked(line) for line in lines))


def _joined(blocks: list[Block]) -> list[Block]:
    """Lists whose items stand apart are one list; a single line that begins like an item is a paragraph."""
    joined: list[Block] = []
    for block in blocks:
        if joined and block.kind == joined[-1].kind != "p":
            joined[-1] = Block(block.kind, joined[-1].lines + block.lines)
        else:
            joined.append(block)
    return joined


def linked(text: str) -> SafeString:
    """The text with its web addresses as links; everything else is only text."""
    told, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(".,;:!?…")
        if address.endswith(")") and "(" not in address:
            address = address[:-1]
        if answers.is_web_address(address):
            told += [escape(text[end : found.start()]), link_to(address)]
            end = found.start() + len(address)
    return mark_safe("".join([*told, escape(text[end:])]))  # noqa: S308 -- escaped piece by piece


def link_to(address: str) -> SafeString:
    shown = escape(address)
    return mark_safe(f'<a href="{shown}" rel="noopener nofollow" dir="ltr">{shown}</a>')  # noqa: S308 -- escaped


@dataclass(frozen=True)
class Part:
    """One section of the page."""

    key: str
    heading: str
    blocks: list[Block]


def parts_of(content: dict) -> list[Part]:
    said = {row["key"]: row["text"] for row in content["sections"]}
    return [
        Part(key, str(HEADINGS[key]), blocks_of(said[key]))
        for key in editions.SECTION_KEYS
        if not answers.is_empty(said.get(key))
    ]


def speech_of(content: dict) -> SafeString:
    """The attributes ``lang`` and ``dir`` of words of the case; "" where they speak the language of the page."""
    language = "" if content["language"] in ("", "other") else content["language"]
    if not language:
        return mark_safe(' dir="auto"')
    if language == (get_language() or FALLBACK):
        return mark_safe("")
    return mark_safe(f' lang="{escape(language)}" dir="{direction_of(language)}"')  # noqa: S308 -- escaped


def direction_of(language: str) -> str:
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


# -- What stands beside ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """A label, and values with the address that each leads to ("" for none)."""

    label: str
    values: list[tuple[str, str]]
    kind: str = ""


def facts_of(content: dict, public: PublicCase) -> list[Fact]:
    """What a reader looks up: places, borders, stage, how they work together, who tells it, and when it was told."""
    found = [
        Fact(_("Places"), _places(content)),
        Fact(_("Borders crossed"), _chosen("border", BORDERS, [content["border"]])),
        Fact(_("Sectors"), _chosen("sector", SECTORS, content["sectors"])),
        Fact(_("Stage"), _chosen("stage", STAGES, content["stages"]), "tags"),
        Fact(_("Since"), _chosen("year", (), [str(content["year"] or "")])),
        Fact(_("How they work together"), _chosen("mechanism", MECHANISMS, content["mechanisms"])),
        Fact(_("Instrument"), _chosen("instrument", INSTRUMENTS, content["instruments"])),
        Fact(_("Tags"), [(tag, shelf_address(tag=editions.tag_key(tag))) for tag in content["tags"]]),
        Fact(_("Told by"), [(teller_of(content), "")] if content["organisation"] else []),
        Fact(
            _("Language"), [(label_of(CASE_LANGUAGES, content["language"]), "")] if _foreign(content) else []
        ),
    ]
    if public.call:
        found.append(Fact(_("Call"), [(public.call.title_text, shelf_address(call=public.call.year))]))
    if content["reference"]:
        found.append(Fact(_("Reference"), [(content["reference"], "")], "code"))
    return [fact for fact in found if fact.values]


def _foreign(content: dict) -> bool:
    return content["language"] not in ("", get_language() or FALLBACK)


def _places(content: dict) -> list[tuple[str, str]]:
    """Each country once, in the order told, with the address of its cases."""
    codes = dict.fromkeys(place["country"] for place in content["jurisdictions"] if place["country"])
    return [(country_name(code), shelf_address(country=code)) for code in codes]


def _chosen(kind: str, choices: Iterable, values: list[str]) -> list[tuple[str, str]]:
    return [(label_of(tuple(choices), value), shelf_address(**{kind: value})) for value in values if value]


def shelf_address(**narrowed: Any) -> str:
    """The library, narrowed to what the arguments say."""
    return f"{reverse('cases:library')}?{urlencode(narrowed)}" if narrowed else reverse("cases:library")


def cases_of_place(code: str) -> str:
    return shelf_address(country=code)


def teller_of(content: dict) -> str:
    parts = [content["organisation"], country_name(content["organisation_country"])]
    return ", ".join(part for part in parts if part)


def partners_of(content: dict) -> list[dict[str, Any]]:
    """Each partner: who takes part, where that is, at which level, and whether they lead."""
    return [
        {
            "name": place["organisation"] or place["name"] or country_name(place["country"]),
            "place": ", ".join(
                dict.fromkeys(
                    part
                    for part in (
                        place["name"] if place["organisation"] else "",
                        country_name(place["country"]) if place["organisation"] or place["name"] else "",
                    )
                    if part
                )
            ),
            "level": label_of(LEVELS, place["level"]) if place["level"] else "",
            "is_lead": place["is_lead"],
            "address": shelf_address(country=place["country"]) if place["country"] else "",
        }
        for place in content["jurisdictions"]
    ]


def eyebrow_of(content: dict) -> tuple[str, str]:
    """The first sector in words, and the tint that it has wherever it stands; ("", "") for none."""
    if not content["sectors"]:
        return "", ""
    return label_of(SECTORS, content["sectors"][0]), tint_of(content["sectors"][0])


def tint_of(sector: str) -> str:
    return TINTS.get(sector, "sea")


def pictures_of(content: dict, *, at: str = "") -> list[dict[str, Any]]:
    """Pictures with the addresses of both of their copies; a browser takes the one that does. ``at``: an address with
    «CODE» and «WIDTH», for pictures that not everybody may see yet."""
    shown = []
    for number, picture in enumerate(content["pictures"]):
        small, wide = (
            at.replace("CODE", picture["code"]).replace("WIDTH", str(width))
            if at
            else pictures.address_of(picture["code"], width)
            for width in (pictures.SMALL, pictures.WIDE)
        )
        is_wide = picture["width"] > pictures.SMALL
        srcset = f"{small} {pictures.SMALL}w, {wide} {picture['width']}w" if is_wide else ""
        shown.append({**picture, "src": small, "srcset": srcset, "is_first": number == 0})
    return shown


def before_readers(public: PublicCase, content: dict, *, pictures_at: str) -> dict[str, Any]:
    """What ``cases/_as_readers_see.html`` is given: a content as the page of its case shows it, for those who look at it
    before everybody does."""
    content = editions.checked(content)
    return {
        "content": content,
        "eyebrow": eyebrow_of(content)[0],
        "pictures": pictures_of(content, at=pictures_at),
        "partners": partners_of(content),
        "facts": facts_of(content, public),
        "licence": comparing.licence_name(content["licence"]),
        "licence_url": editions.LICENCE_URL,
    }


def file_path(code: str) -> str:
    """The address of a file, below that of its case."""
    return f"files/{code}/"


def files_of(content: dict) -> list[dict[str, Any]]:
    """Files with their kind as people say it («PDF») and their address."""
    return [
        {
            **file,
            "ending": file["name"].rpartition(".")[2].upper()[:5] if "." in file["name"] else "",
            "address": file_path(file["code"]),
        }
        for file in content["files"]
    ]


def site_of(address: str) -> str:
    """«vimeo.com»: where a link leads."""
    return urlsplit(address).netloc.removeprefix("www.")


# -- Addresses and versions --------------------------------------------------------------------------------------


def address_of(public: PublicCase, number: int | None = None, *, name: str = "") -> str:
    """The whole address of a case, of one of its versions, or of something of it; the same in every language."""
    with override(FALLBACK):
        if number is not None:
            path = reverse("cases:edition", args=[public.slug, number])
        else:
            path = reverse(f"cases:{name or 'case'}", args=[public.slug])
    return settings.SITE_URL + path


def in_each_language(name: str, *args: Any) -> list[tuple[str, str]]:
    """Every language of the portal with the whole address of a page in it; nothing where it speaks only one."""
    found = []
    for code, _name in settings.LANGUAGES if len(settings.LANGUAGES) > 1 else ():
        with override(code):
            found.append((code, settings.SITE_URL + reverse(name, args=args)))
    return found


def changed_between(before: dict, after: dict) -> list[str]:
    """What a version says otherwise than the one before, in words: sections by their headings."""
    old, new = ({row["key"]: row["text"] for row in content["sections"]} for content in (before, after))
    parts = [str(NAMES[key]) for key in NAMES if before.get(key) != after.get(key)]
    return parts + [f"«{HEADINGS[key]}»" for key in editions.SECTION_KEYS if old.get(key) != new.get(key)]


def edition_of(public: PublicCase) -> Edition:
    """The edition that the world reads; whatever has come out has one."""
    if public.edition is None:
        raise Edition.DoesNotExist
    return public.edition


def edition_before(edition: Edition) -> Edition | None:
    earlier = Edition.objects.filter(public_case=edition.public_case_id, number__lt=edition.number)
    return earlier.order_by("-number").first()


def citations_of(public: PublicCase) -> list[dict[str, Any]]:
    """Where the case is cited, as rooms above tell it: title, url, kind, number of the edition cited."""
    return [told for name in settings.CASE_CITATIONS for told in import_string(name)(public.pk)]


def for_search_engines() -> Iterator[tuple[str, datetime | None]]:
    """The pages of the library and when each was changed."""
    yield shelf_address(), None
    yield reverse("cases:data"), None
    yield reverse("cases:baseline"), None
    yield reverse("cases:network"), None
    cases = PublicCase.objects.on_show().order_by("pk").values_list("slug", "renewed_at")
    for slug, renewed_at in cases.iterator(chunk_size=2000):
        yield reverse("cases:case", args=[slug]), renewed_at
