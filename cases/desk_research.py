"""Cases of desk research, compiled from public sources: read from a file, published and marked with their sources.

The file is a JSON list of objects such as those in ``data/real_cases.json``, uneven as they are: years, names and
instruments may be missing, the European Union stands beside the codes of countries, a case may have many partners. What
a file calls things is mapped to our words by the tables below; a word that is in none of them is refused by name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases import answers, citing, editions, publishing, showing
from cases.models import PublicCase
from cases.models.submission import canonical, digest_of
from cases.questions import INSTRUMENTS, MECHANISMS, SECTORS
from people.places import LEVELS, countries_in

#: Every word of such files, on ours.
MECHANISM = {
    "digital-architecture": "digital-architecture",
    "joint-policy-or-service": "joint-service",
    "transnational-governance-body": "transnational-body",
    "experimentation-testing": "experiments",
    "network": "network",
    "emerging-governance": "emerging-governance",
}
SECTOR = {
    "transport": "transport",
    "information": "information",
    "health": "health",
    "employment": "employment",
    "environmental": "environment",
    "housing": "housing",
    "economic": "economic",
    "science": "science",
    "public_admin": "administration",
    "education": "education",
}
INSTRUMENT = {
    "shared software": "shared-software",
    "shared digital infrastructure": "shared-software",
    "memorandum of understanding": "memorandum",
    "joint infrastructure": "joint-facility",
    "EGTC": "egtc",
    "pooled fund consortium": "commissioned",
    "association": "other",
    "reuse principle": "other",
    "intergovernmental agreement": "treaty",
    "regulator network": "regulator-network",
    "joint facility": "joint-facility",
    "shared testbed": "joint-facility",
    "treaty / mutual recognition": "treaty",
    "bilateral agreement": "treaty",
    "joint declaration + secretariat": "charter",
    "Eurocity": "charter",
    "compact / agreement": "compact",
    "reciprocity agreement": "treaty",
    "network with shared governance": "regulator-network",
    None: "",
}
assert set(MECHANISM.values()) <= {key for key, _words in MECHANISMS}
assert set(SECTOR.values()) <= {key for key, _words in SECTORS}
assert set(INSTRUMENT.values()) - {""} <= {key for key, _words in INSTRUMENTS}

MOST_PARTNERS = 200
#: Among so many cases of one source a title that a case bears by now is looked for.
MOST_OF_A_SOURCE = 500
FIRST_YEAR = 1800
#: Characters kept of what a file calls things, and of its texts.
LINE, TEXT = 300, 20_000


class Refused(ValueError):
    """A case that cannot be published: its one argument is the reason."""


class Unreadable(ValueError):
    """A file that is none of ours: its one argument is a sentence for whoever gave it."""


@dataclass(frozen=True)
class Told:
    """What became of one case of a file: «new», «changed», «as before» or «refused» and why."""

    title: str
    outcome: str
    reason: str = ""


def read(path: Path) -> list[Any]:
    """The cases of a file as they stand there. Raises Unreadable."""
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Unreadable(_("%(path)s cannot be read: %(why)s") % {"path": path, "why": error.strerror})
    except UnicodeDecodeError:
        raise Unreadable(_("%(path)s is not written in UTF-8.") % {"path": path})
    except json.JSONDecodeError as error:
        told = {"path": path, "line": error.lineno, "column": error.colno, "why": error.msg}
        raise Unreadable(_("%(path)s is no JSON: line %(line)s, column %(column)s: %(why)s") % told)
    except RecursionError:
        raise Unreadable(_("%(path)s is nested too deeply.") % {"path": path})
    if not isinstance(said, list):
        raise Unreadable(_("%(path)s has to hold a list of cases: [ {…}, {…} ]") % {"path": path})
    return said


def take_in(rows: list[Any], *, at: datetime) -> Iterator[Told]:
    """Publish each case, one transaction for each: again for one that has changed, not for one that is as before."""
    seen: set[str] = set()
    sources = Counter(_line(row.get("source_url")) for row in rows if isinstance(row, dict))
    for number, row in enumerate(rows, 1):
        title = _said(row) or _("case %(n)s") % {"n": number}
        try:
            content = content_of(row)
            name = known_as(content)
            if name in seen:
                raise Refused(_("it stands in the file twice"))
            seen.add(name)
            alone = sources[_line(row["source_url"])] == 1
            yield Told(title, _publish(name, content, alone=alone, at=at))
        except Refused as refusal:
            yield Told(title, "refused", str(refusal))


@transaction.atomic
def _publish(name: str, content: dict, *, alone: bool, at: datetime) -> str:
    public = _known_case(name, content, alone=alone)
    if public is None:
        public = publishing.put_down(
            content,
            fallback=f"desk-research-{digest_of(name)[:8]}",
            origin=PublicCase.Origin.DESK_RESEARCH,
            known_as=name,
            begun_at=at,
        )
        publishing.bring_out(public, content, at=at)
        return "new"
    if not public.is_on_show:
        raise Refused(_("our team has taken it down or archived it"))
    if public.known_as != name:
        public.known_as = name
        public.save(update_fields=["known_as"])
    shown = showing.edition_of(public)
    if shown.digest == digest_of(canonical(content)):
        return "as before"
    before = shown.said
    changed = ", ".join(showing.changed_between(before, content))
    publishing.bring_out(
        public, content, at=at, note=_("Changed: %(what)s.") % {"what": changed} if changed else ""
    )
    return "changed"


def known_as(content: dict) -> str:
    """The same for one case in every file, whatever else stands there: its source, and its title in small letters."""
    return f"{digest_of(content['sources'][0]['url'])} {digest_of(content['title'].casefold())}"


def _known_case(name: str, content: dict, *, alone: bool) -> PublicCase | None:
    """The case of this source and title; else, where file and shelf have one case of the source, that one by another
    title. Cases taken in earlier are known by their source alone, or by one digest of source and title."""
    source, title = content["sources"][0]["url"], content["title"].casefold()
    cases = PublicCase.objects.locked()
    for known in (name, digest_of(f"{source} {title}")):
        if found := cases.filter(known_as=known).first():
            return found
    of_source = list(cases.filter(known_as__startswith=digest_of(source)).order_by("pk")[:MOST_OF_A_SOURCE])
    for each in of_source:
        if each.title.casefold() == title:
            return each
    return of_source[0] if alone and len(of_source) == 1 else None


def _said(row: Any) -> str:
    """What the report calls a case, whatever it is."""
    return _line(row.get("title")) if isinstance(row, dict) else ""


def content_of(row: Any) -> dict:
    """What is published of one case of a file. Raises Refused for what is no case, or calls things unknown names."""
    if not isinstance(row, dict):
        raise Refused(_("it is no object"))
    title, source = _text(row, "title"), _text(row, "source_url")
    if not title:
        raise Refused(_("it has no title"))
    if not answers.is_web_address(source):
        raise Refused(_("it has no source, or one that is no web address"))
    places = [_place(place, number) for number, place in enumerate(_list(row, "jurisdictions"), 1)]
    if len({answers.identity(place) for place in places}) < 2:
        raise Refused(_("it has fewer than two different partners"))
    if len(places) > MOST_PARTNERS:
        raise Refused(_("it has more than %(n)s partners") % {"n": MOST_PARTNERS})
    others = [link for link in map(_line, _list(row, "other_sources")) if answers.is_web_address(link)]
    sources = list(dict.fromkeys([source, *others]))
    instrument = _mapped(row, "instrument", INSTRUMENT)
    summary = _text(row, "summary", most=TEXT)
    return editions.checked(
        {
            "title": title,
            "language": "en",
            "short": summary,
            "jurisdictions": places,
            "border": answers.border_kind(places),
            "sectors": _known(_mapped(row, "policy_area", SECTOR)),
            "mechanisms": _known(_mapped(row, "mechanism", MECHANISM)),
            "instruments": _known(instrument),
            "year": _year(row),
            "origin": "desk-research",
            "sources": [{"title": showing.site_of(link), "url": link} for link in sources],
        }
    )


def _text(row: dict, key: str, *, most: int = LINE) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(_("«%(key)s» is no text") % {"key": key})
    return _line(value, most=most)


def _line(value: Any, *, most: int = LINE) -> str:
    return citing.plain(value)[:most] if isinstance(value, str) else ""


def _list(row: dict, key: str) -> list:
    value = row.get(key) or []
    if not isinstance(value, list):
        raise Refused(_("«%(key)s» is no list") % {"key": key})
    return value


def _place(place: Any, number: int) -> dict[str, Any]:
    if not isinstance(place, dict):
        raise Refused(_("partner %(n)s is no object") % {"n": number})
    country, level = _text(place, "country").upper(), _text(place, "level")
    if country not in dict(countries_in("en")):
        raise Refused(
            _("partner %(n)s has no country that we know: «%(code)s»") % {"n": number, "code": country}
        )
    if level not in dict(LEVELS):
        raise Refused(
            _("partner %(n)s has no level that we know: «%(level)s»") % {"n": number, "level": level}
        )
    return {
        "country": country,
        "level": level,
        "name": _text(place, "name"),
        "organisation": "",
        "is_lead": False,
    }


def _mapped(row: dict, key: str, table: dict) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or value not in table:
        raise Refused(_("«%(key)s» is unknown: %(value)s") % {"key": key, "value": repr(value)[:80]})
    return table[value]


def _known(value: str) -> list[str]:
    return [value] if value else []


def _year(row: dict) -> int | None:
    value = row.get("year_launched")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_YEAR <= value <= 9999:
        raise Refused(
            _("«%(key)s» is no year: %(value)s") % {"key": "year_launched", "value": repr(value)[:80]}
        )
    return value
