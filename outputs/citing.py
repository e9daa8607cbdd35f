"""Who cites whom: what is behind a key, what cites a case, a session or an output, and who is to hear of it.

Citations are rows, worked out when a version is published. What rooms below ask for is named in ``CASE_CITATIONS`` and
``SESSION_CITATIONS``; they get plain values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import Edition, PublicCase
from outputs import references
from outputs.blocks import said_in
from outputs.models import Citation, Output, Version
from people.places import country_name
from workshops.models import Result, Workshop

# -- What is behind a key -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """Something that can be cited, as it is now. ``facts`` are what a version keeps of it; ``case`` is the key of the
    case that somebody handed in, for its people."""

    key: str
    number: int
    facts: dict[str, Any]
    edition: Edition | None = None
    result: Result | None = None
    cited: Version | None = None
    case: int | None = None


def targets_of(keys: Iterable[str]) -> dict[str, Target]:
    """What is there to cite, by its key; a key that leads nowhere is not among them. Three statements at the most."""
    keys = list(dict.fromkeys(keys))
    names: dict[str, list[str]] = {}
    for key in keys:
        names.setdefault(references.kind_of(key), []).append(references.name_in(key))
    found = _cases(names.pop("case", [])) | _results(names.pop("result", [])) | _outputs(names)
    return {key: found[key] for key in keys if key in found}


def _cases(slugs: list[str]) -> dict[str, Target]:
    if not slugs:
        return {}
    rows = PublicCase.objects.with_a_page().filter(slug__in=slugs).select_related("edition").order_by("pk")
    found = {}
    for public in rows:
        key, edition = f"case:{public.slug}", public.edition
        if edition is not None:
            facts = _facts_of_case(edition)
            found[key] = Target(key, edition.number, facts, edition=edition, case=public.case_id)
    return found


def _facts_of_case(edition: Edition) -> dict[str, Any]:
    said = edition.said
    return {
        "title": said["title"],
        "short": said["short"],
        "language": said["language"],
        "places": [{key: row[key] for key in ("country", "level", "name")} for row in said["jurisdictions"]],
        "origin": said["origin"],
    }


def _results(names: list[str]) -> dict[str, Target]:
    wanted = Q(pk__in=[])
    for name in names:
        slug, _slash, number = name.partition("/")
        wanted |= Q(workshop__slug=slug, number=int(number))
    if not names:
        return {}
    shown = Result.objects.filter(workshop__series__listed=True).exclude(
        workshop__status=Workshop.Status.HIDDEN
    )
    return {
        (key := f"result:{result.workshop.slug}/{result.number}"): Target(
            key=key,
            number=result.edition,
            facts={
                "title": result.title,
                "short": result.words,
                "language": "en",
                "session": result.workshop.title,
                "starts_at": result.workshop.starts_at.isoformat(),
            },
            result=result,
        )
        for result in shown.filter(wanted).select_related("workshop")
    }


def _outputs(names: dict[str, list[str]]) -> dict[str, Target]:
    wanted = Q(pk__in=[])
    for kind, slugs in names.items():
        wanted |= Q(kind=kind, slug__in=slugs)
    if not any(names.values()):
        return {}
    found = {}
    for output in Output.objects.on_show().filter(wanted).select_related("version").defer("draft"):
        key, version = f"{output.kind}:{output.slug}", output.version
        if version is not None:
            facts = {"title": output.title, "short": output.short, "language": output.language}
            found[key] = Target(key, version.number, facts, cited=version)
    return found


# -- What a page says of what it cites ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Cited:
    """One thing that is cited, as its reader is told: what it was called that day, where it is, whether it has changed.

    ``state`` is «same», «newer» (there is a newer version than the one cited) or «gone» (no longer shown). Of what is
    gone the title is left, so that a text still says what it rests on; what it told is told here no more.
    """

    key: str
    kind: str
    title: str
    short: str
    language: str
    number: int
    url: str
    state: str
    places: tuple[str, ...] = ()
    session: str = ""
    is_research: bool = False

    @property
    def kind_words(self) -> str:
        return _("Case (desk research)") if self.is_research else kind_words(self.kind)


def kind_words(kind: str) -> str:
    return {
        "case": _("Case"),
        "result": _("Result of a workshop"),
        "report": _("Report"),
        "story": _("Digital story"),
        "dialogue": _("Dialogue"),
    }[kind]


def shown(content: dict, citations: Iterable[Row]) -> dict[str, Cited]:
    """What a version cites, by its key, in the language that is active: words as they were, and how things are now."""
    return {
        row.key: _cited(row.key, content["cited"].get(row.key, {}), row.number, *_now(row))
        for row in citations
    }


def foreseen(targets: dict[str, Target]) -> dict[str, Cited]:
    """The same for a draft: everything is cited as it is now."""
    found = {}
    for key, target in targets.items():
        number, url = target.number, _url_of(target)
        found[key] = _cited(key, target.facts, number, url, "same")
    return found


def _cited(key: str, facts: dict[str, Any], number: int, url: str, state: str) -> Cited:
    language = get_language() or "en"
    stated = facts.get("language", "en")
    title, short = facts.get("title", ""), facts.get("short", "")
    spoken = stated
    if isinstance(title, dict):
        short = said_in(short, language, stated)[0]
        title, spoken = said_in(title, language, stated)
    is_gone = state == "gone"
    return Cited(
        key=key,
        kind=references.kind_of(key),
        title=title,
        short="" if is_gone else short,
        language=spoken,
        number=number,
        url=url,
        state=state,
        places=()
        if is_gone
        else tuple(row["name"] or country_name(row["country"]) for row in facts.get("places", [])),
        session=said_in(facts.get("session"), language, "en")[0],
        is_research=facts.get("origin") == PublicCase.Origin.DESK_RESEARCH,
    )


class Row(NamedTuple):
    """A citation with how things stand with what it cites."""

    key: str
    number: int
    edition: int | None
    slug_of_case: str | None
    state_of_case: str | None
    newest_edition: int | None
    result: int | None
    wording: int | None
    session: str | None
    status_of_session: str | None
    series_is_listed: bool | None
    cited: int | None
    kind_of_output: str | None
    slug_of_output: str | None
    state_of_output: str | None
    newest_version: int | None


_COLUMNS = (
    "key",
    "number",
    "edition",
    "edition__public_case__slug",
    "edition__public_case__state",
    "edition__public_case__edition",
    "result__number",
    "result__edition",
    "result__workshop__slug",
    "result__workshop__status",
    "result__workshop__series__listed",
    "cited",
    "cited__output__kind",
    "cited__output__slug",
    "cited__output__state",
    "cited__output__version",
)


def of_version(version: Version) -> list[Row]:
    """Its citations with all that is asked of them. One statement."""
    return [Row(*values) for values in version.citations.order_by("pk").values_list(*_COLUMNS)]


def _now(row: Row) -> tuple[str, str]:
    """Where what was cited can be read, and how it stands; no address where it can be read no longer."""
    if row.edition is not None:
        if row.state_of_case not in (PublicCase.State.PUBLISHED, PublicCase.State.ARCHIVED):
            return "", "gone"
        is_newest = row.newest_edition == row.edition
        address = page_of_case(row.slug_of_case or "", None if is_newest else row.number)
        return address, "same" if is_newest else "newer"
    if row.result is not None:
        if row.status_of_session == Workshop.Status.HIDDEN or not row.series_is_listed:
            return "", "gone"
        address = page_of_result(row.session or "", row.result)
        return address, "same" if row.wording == row.number else "newer"
    if row.state_of_output != Output.State.PUBLISHED:
        return "", "gone"
    name, is_newest = f"outputs:{row.kind_of_output}", row.newest_version == row.cited
    if is_newest:
        return reverse(name, args=[row.slug_of_output]), "same"
    return reverse(f"{name}_version", args=[row.slug_of_output, row.number]), "newer"


def _url_of(target: Target) -> str:
    if target.edition:
        return page_of_case(references.name_in(target.key))
    if target.result:
        return page_of_result(target.result.workshop.slug, target.result.number)
    return reverse(f"outputs:{references.kind_of(target.key)}", args=[references.name_in(target.key)])


def page_of_case(slug: str, number: int | None = None) -> str:
    """The page of a public case, or the permanent one of an edition."""
    return reverse("cases:edition", args=[slug, number]) if number else reverse("cases:case", args=[slug])


def page_of_result(session: str, number: int) -> str:
    return reverse("workshops:workshop", args=[session]) + f"#result-{number}"


# -- What cites something -----------------------------------------------------------------------------------------


def citations_of_case(pk: int) -> list[dict[str, Any]]:
    """Where a public case (by its key) is cited now: ``{"kind" (in words), "title", "language", "url", "edition"}``,
    newest first. Also what staff are warned of before they take it down. One statement."""
    return _places(Citation.objects.filter(edition__public_case_id=pk))


def citations_of_session(pk: int) -> list[dict[str, Any]]:
    """The same for the results of a session of workshops; ``result`` is the number of the result that is cited."""
    return _places(Citation.objects.filter(result__workshop_id=pk).select_related("result"))


def citations_of_output(output: Output) -> list[dict[str, Any]]:
    return _places(Citation.objects.filter(cited__output=output).exclude(version__output=output))


def _places(rows: QuerySet[Citation]) -> list[dict[str, Any]]:
    rows = rows.filter(version=F("version__output__version"), version__output__state=Output.State.PUBLISHED)
    rows = rows.select_related("version__output").defer("version__content", "version__output__draft")
    language = get_language() or "en"
    found = []
    for row in rows.order_by("-version__output__published_at", "pk"):
        output = row.version.output
        title, spoken = said_in(output.title, language, output.language)
        place = {
            "kind": kind_words(output.kind),
            "title": title,
            "language": spoken,
            "url": f"{output.page}#{row.anchor}",
            "edition": row.number,
        }
        found.append(place | ({"result": row.result.number} if row.result else {}))
    return found
