"""What anybody may read: reports, stories and dialogues, their versions and papers, and how to cite them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases.models.submission import canonical
from outputs import blocks, citing, ics, printing, publishing
from outputs.citing import Cited
from outputs.composing import Composed, composed
from outputs.models import Output, Picture, Version
from outputs.quoting import LICENCE_URL, PUBLISHER, Quoted
from people.fresh import UNCHANGING, fresh_as_drawn
from people.models import zone_named
from workshops import announcing

#: A page of a list shows so many, and no list has more pages than these.
SHOWN, MOST_PAGES = 200, 1000
#: No row has a larger key.
MOST_KEY = 2**63 - 1
FORMS = {
    "txt": ("text/plain; charset=utf-8", "txt"),
    "bib": ("application/x-bibtex; charset=utf-8", "bib"),
    "ris": ("application/x-research-info-systems; charset=utf-8", "ris"),
}
#: The schema.org name of each kind.
TYPES = {"report": "Report", "story": "Article", "dialogue": "Event"}


@dataclass(frozen=True)
class Meeting:
    """When a dialogue is, as ``workshops.announcing`` tells times."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @property
    def starts(self) -> str:
        return f"{self.starts_at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def ends(self) -> str:
        return f"{self.ends_at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def span(self) -> announcing.Span:
        return announcing.span_of(self, self.zone)


# -- Lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """One page of a list, and whether others stand before and after it."""

    rows: list[Output]
    number: int
    goes_on: bool

    @property
    def earlier(self) -> str:
        return f"?page={self.number - 1}" if self.number > 1 else ""

    @property
    def later(self) -> str:
        return f"?page={self.number + 1}" if self.goes_on else ""


def _page_of(listed: QuerySet[Output], request: HttpRequest) -> Page:
    """The page that the address asks for. One statement. What is no number is the first; beyond the last is nothing."""
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 1
    number = max(number, 1)
    if number > MOST_PAGES:
        raise Http404
    before = (number - 1) * SHOWN
    rows = list(listed.defer("draft")[before : before + SHOWN + 1])
    if not rows and number > 1:
        raise Http404
    return Page(rows[:SHOWN], number, len(rows) > SHOWN)


@require_safe
@fresh_as_drawn
def reports(request: HttpRequest) -> HttpResponse:
    """Reports, then stories and dialogues: all that came out of it. One statement."""
    page = _page_of(Output.objects.on_show(), request)
    by_kind = {kind: [each for each in page.rows if each.kind == kind] for kind in TYPES}
    context = {
        "reports": by_kind["report"],
        "stories": by_kind["story"],
        "dialogues": _told(by_kind["dialogue"]),
        "page": page,
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "outputs/reports.html", context)


@require_safe
@fresh_as_drawn
def stories(request: HttpRequest) -> HttpResponse:
    page = _page_of(Output.objects.on_show().filter(kind=Output.Kind.STORY), request)
    context = {"stories": page.rows, "page": page, "share_url": request.build_absolute_uri(request.path)}
    return render(request, "outputs/stories.html", context)


@require_safe
@fresh_as_drawn
def dialogues(request: HttpRequest) -> HttpResponse:
    """Those to come, the next one first; then those that were."""
    listed = Output.objects.on_show().filter(kind=Output.Kind.DIALOGUE).order_by("-starts_at", "-pk")
    page = _page_of(listed, request)
    rows = _told(page.rows)
    at = request.arrived_at
    to_come = sorted(
        (row for row in rows if row["output"].ends_at > at), key=lambda row: row["output"].starts_at
    )
    over = [row for row in rows if row["output"].ends_at <= at]
    context = {
        "to_come": to_come,
        "over": over,
        "page": page,
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "outputs/dialogues.html", context)


def _told(dialogues: list[Output]) -> list[dict[str, Any]]:
    """In lists all times are told in Paris, as the programme tells its own."""
    paris = ZoneInfo("Europe/Paris")
    rows = [(each, Meeting(each.starts_at, each.ends_at, paris)) for each in dialogues]
    rows.sort(key=lambda row: row[1].starts_at, reverse=True)
    return [{"output": each, "meeting": meeting} for each, meeting in rows]


# -- One output --------------------------------------------------------------------------------------------------------


def found(kind: str, slug: str, number: int | None = None) -> tuple[Output, Version]:
    """The output with the version that is shown, or with the one of this number. One statement."""
    versions = Version.objects.select_related("output__version").defer(
        "output__draft", "output__version__content"
    )
    which = Q(pk=F("output__version")) if number is None else Q(number=number)
    try:
        version = versions.get(which, output__kind=kind, output__slug=slug)
    except (Version.DoesNotExist, OverflowError):
        raise Http404
    if version.output.state == Output.State.DRAFT:
        raise Http404
    return version.output, version


@require_safe
@fresh_as_drawn
def output(request: HttpRequest, kind: str, slug: str, number: int | None = None) -> HttpResponse:
    """The newest version, or the permanent page of one. What was withdrawn says so, and why."""
    output, version = found(kind, slug, number)
    if not output.is_on_show:
        return render(request, "outputs/withdrawn.html", {"output": output}, status=410)
    content = version.said
    cited = citing.shown(content, citing.of_version(version))
    context = page_context(request, output, version, composed(version.content, kind, cited), cited)
    context["cited_in"] = citing.citations_of_output(output)
    context["is_permanent"] = number is not None
    return render(request, f"outputs/{kind}.html", context)


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as its page would be now; for staff alone, and kept by nobody."""
    if not request.user.has_perm("outputs.view_output"):
        raise Http404
    output = Output.objects.select_related("version").filter(pk=min(pk, MOST_KEY)).first()
    if output is None:
        raise Http404
    at = request.arrived_at
    foreseen = publishing.foresee(output, at=at)
    text = canonical(foreseen.content)
    cited = citing.foreseen(foreseen.targets)
    version = Version(output=output, number=foreseen.number, published_at=at, content=text)
    if output.kind == Output.Kind.DIALOGUE:
        output.starts_at, output.ends_at = blocks.times_of(foreseen.content)
    context = page_context(request, output, version, composed(text, output.kind, cited), cited)
    context["is_preview"] = True
    response = render(request, f"outputs/{output.kind}.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = "private, no-store", "noindex"
    return response


def page_context(
    request: HttpRequest, output: Output, version: Version, shown: Composed, cited: dict[str, Cited]
) -> dict[str, Any]:
    """What the page of an output needs, whether it is public or only looked at beforehand."""
    root = settings.SITE_URL
    quoted = quoted_of(output, version, shown)
    context: dict[str, Any] = {
        "output": output,
        "version": version,
        "shown": shown,
        "body": body_of(version, output.kind, cited),
        "cited": cited,
        "page_url": root + output.page,
        "quoted": quoted,
        "licence_url": LICENCE_URL,
        "pdf_url": _pdf_of(output, version),
        "picture_url": root + picture_address(shown.picture["code"]) if shown.picture else "",
    }
    meeting = None
    if output.kind == Output.Kind.DIALOGUE and output.starts_at and output.ends_at:
        meeting = Meeting(
            output.starts_at, output.ends_at, zone_named(shown.head["zone"]) or ZoneInfo("Europe/Paris")
        )
        context |= _when(request, meeting)
    context["ld"] = json_ld(context, meeting)
    return context


def body_of(version: Version, kind: str, cited: dict[str, Cited]) -> SafeString:
    """The blocks as HTML. Kept for each version, language and state of what it cites."""
    return _body(version.content, kind, tuple(cited.values()), get_language() or "en")


@lru_cache(maxsize=128)
def _body(text: str, kind: str, cited: tuple[Cited, ...], language: str) -> SafeString:
    by_key = {each.key: each for each in cited}
    facts = {"shown": composed(text, kind, by_key), "cited": by_key}
    return mark_safe(render_to_string("outputs/_parts.html", facts))  # noqa: S308 -- a template escapes


def _when(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    zone = zone_named(request.GET.get("zone", "")[:64])
    return {
        "meeting": meeting,
        "is_over": meeting.ends_at <= request.arrived_at,
        "yours": announcing.told_in(meeting, zone) if zone else None,
        "zone": zone,
        "zones": announcing.zone_options(meeting.starts_at, zone),
        "cities": announcing.in_cities(meeting),
    }


def quoted_of(output: Output, version: Version, shown: Composed) -> Quoted:
    return Quoted(
        slug=output.slug,
        title=shown.title,
        by=shown.by,
        number=version.number,
        published_at=version.published_at,
        url=settings.SITE_URL + output.page_of(version.number),
        language=shown.language,
    )


def _pdf_of(output: Output, version: Version) -> str:
    if output.kind != Output.Kind.REPORT:
        return ""
    return reverse("outputs:report_version_pdf", args=[output.slug, version.number])


def picture_address(code: str, width: int = 1600) -> str:
    return reverse("output_picture", args=[code, width])


def json_ld(context: dict[str, Any], meeting: Meeting | None) -> dict[str, Any]:
    """What machines read of the page, in the words of schema.org."""
    output, version, shown = context["output"], context["version"], context["shown"]
    publisher = {"@type": "Organization", "name": PUBLISHER}
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES[output.kind],
        "name": shown.title,
        "description": shown.short,
        "inLanguage": shown.language,
        "url": context["page_url"],
    }
    if context["picture_url"]:
        told["image"] = context["picture_url"]
    if meeting is None:
        told |= {
            "headline": shown.title[:110],
            "datePublished": output.published_at.isoformat() if output.published_at else None,
            "dateModified": version.published_at.isoformat(),
            "version": str(version.number),
            "author": [{"@type": "Person", "name": name} for name in shown.by] or [publisher],
            "publisher": publisher,
            "license": LICENCE_URL,
            "citation": [_whole(each.url) for each in context["cited"].values() if each.url],
        }
        return {key: value for key, value in told.items() if value not in (None, [], "")}
    told |= {
        "startDate": meeting.starts_at.astimezone(meeting.zone).isoformat(),
        "endDate": meeting.ends_at.astimezone(meeting.zone).isoformat(),
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "VirtualLocation", "url": shown.head["register"] or context["page_url"]},
        "organizer": publisher,
        "performer": [{"@type": "Person", "name": name} for name, _who in shown.speakers],
        "workFeatured": [_whole(each.url) for each in context["cited"].values() if each.url],
    }
    return {key: value for key, value in told.items() if value not in (None, [], "")}


def _whole(url: str) -> str:
    return settings.SITE_URL + url


# -- What somebody takes along -----------------------------------------------------------------------------------------


@require_safe
@fresh_as_drawn
def cite(request: HttpRequest, kind: str, slug: str, form: str) -> HttpResponse:
    if form not in FORMS:
        raise Http404
    output, version = _on_show(kind, slug)
    cited: dict[str, Cited] = {}
    quoted = quoted_of(output, version, composed(version.content, kind, cited))
    words = {"txt": lambda: quoted.in_words() + "\n", "bib": quoted.bibtex, "ris": quoted.ris}[form]()
    content_type, ending = FORMS[form]
    return _file(words, content_type, f"{slug}.{ending}")


@require_safe
@fresh_as_drawn
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    output, version = found("dialogue", slug)
    zone = zone_named(version.said["zone"]) or ZoneInfo("Europe/Paris")
    text = ics.calendar(output, zone=zone, link=settings.SITE_URL + output.page, at=version.published_at)
    return _file(text, "text/calendar; charset=utf-8", f"{slug}.ics")


def _file(words: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(words, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def paper(request: HttpRequest, kind: str, slug: str, number: int | None = None) -> HttpResponse:
    """A version as PDF, made when it is first asked for and kept."""
    output, version = _on_show(kind, slug, number)
    printed = printing.printed(version, get_language() or "en", at=request.arrived_at)
    response = FileResponse(printed.file.open("rb"), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slug}-v{version.number}.pdf"'
    response["Content-Length"] = str(printed.size)
    response["Cache-Control"] = "public, max-age=3600"  # a version never changes, but may be withdrawn
    return response


def _on_show(kind: str, slug: str, number: int | None = None) -> tuple[Output, Version]:
    output, version = found(kind, slug, number)
    if not output.is_on_show:
        raise Http404
    return output, version


@require_safe
def picture(request: HttpRequest, code: str, width: int) -> HttpResponse:
    """A picture of something that is shown; before that, for staff alone."""
    found = Picture.objects.select_related("output").defer("output__draft").filter(code=code[:32]).first()
    if found is None or width not in (1600, 800):
        raise Http404
    public = found.published_at is not None and found.output.is_on_show
    if not public and not request.user.has_perm("outputs.view_output"):
        raise Http404
    file = found.large if width == 1600 else found.small
    response = FileResponse(file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = UNCHANGING if public else "private, no-store"
    return response
