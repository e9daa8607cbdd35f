"""The library as data: whatever was found as CSV, JSON or GeoJSON, the feed, and a page that explains them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import citing, editions, feeding, finding, open_data, shelving, showing
from cases.models import PublicCase
from cases.questions import BORDERS, INSTRUMENTS, MECHANISMS, SECTORS, STAGES
from papers import sheets
from people import limits
from people.fresh import fresh
from people.places import LEVELS

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "geojson": "application/geo+json; charset=utf-8",
}
#: Every list of choices in the data: the key of its field, and its values in words.
VOCABULARIES = {
    "border": BORDERS,
    "sectors": SECTORS,
    "stages": STAGES,
    "mechanisms": MECHANISMS,
    "instruments": INSTRUMENTS,
    "organisation_level": LEVELS,
}


def shelf(request: HttpRequest) -> tuple[int, datetime | None]:
    """The number of the shelf and when it changed, asked once a request."""
    if not hasattr(request, "_shelf"):
        request._shelf = shelving.latest()
    return request._shelf


def stamp_of(request: HttpRequest) -> str:
    """Each day anew: who was confirmed within a year is one of the filters."""
    return f"{shelf(request)[0]} {request.arrived_at:%F}"


def changed_at(request: HttpRequest) -> datetime | None:
    return shelf(request)[1]


def open_to_all(response: HttpResponseBase) -> HttpResponseBase:
    """Readable by the scripts of any site. The data are public and the same for all; no cookie is read or asked for, so
    that nothing of anybody can be told (ASVS 3.4.2). Open data that a page elsewhere cannot read would be half open."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@fresh(stamp_of, framed=False, changed_at=changed_at)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """What the library finds for the same question, or everything; streamed, so that memory does not grow with it."""
    if not limits.take(
        "export",
        limits.network_of(request),
        at=request.arrived_at,
        limit=settings.EXPORTS_PER_NETWORK_AND_HOUR,
        window=limits.HOUR,
    ):
        return _wait(request)
    asked = finding.asked_by(request.GET)
    source = settings.SITE_URL + showing.shelf_address() + (f"?{asked.query()}" if asked.query() else "")
    publics = open_data.on_shelf(_keys(asked, at=request.arrived_at))
    head = open_data.about(source=source, at=request.arrived_at, number=shelf(request)[0])
    lines: Iterator[bytes] = {
        "csv": lambda: sheets.csv_lines(open_data.table(publics, source=source, at=request.arrived_at)),
        "json": lambda: open_data.json_file(publics, head),
        "geojson": lambda: open_data.geojson_file(publics, head),
    }[kind]()
    name = f"cases-{request.arrived_at:%Y-%m-%d}.{kind}"
    return open_to_all(sheets.streamed(lines, name, KINDS[kind]))


def _keys(asked: finding.Asked, *, at: datetime) -> list[int] | None:
    """Which cases are asked for; None for all of them, which are read in the order of their rows."""
    return list(finding.answer(asked, at=at).keys()) if asked.q or asked.filters or asked.sort else None


def _wait(request: HttpRequest) -> HttpResponse:
    words = _(
        "Your network has taken this data many times within the hour. Please wait a while and try again."
    )
    response = HttpResponse(words + "\n", status=429, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(limits.seconds_left(limits.HOUR, at=request.arrived_at))
    return response


@require_safe
@fresh(stamp_of, framed=False, changed_at=changed_at)
def feed(request: HttpRequest) -> HttpResponseBase:
    body = feeding.atom(at=request.arrived_at)
    return open_to_all(HttpResponse(body, content_type="application/atom+xml; charset=utf-8"))


@require_safe
@fresh(stamp_of)
def about_data(request: HttpRequest) -> HttpResponse:
    """Every field, format and address, for whoever wants to work with the data."""
    context: dict[str, Any] = {
        "record": open_data.RECORD,
        "content": {key: open_data.CONTENT[key] for key in editions.FIELDS},
        "vocabularies": VOCABULARIES,
        "count": PublicCase.objects.on_show().count(),
        "licence_url": editions.LICENCE_URL,
        "site": settings.SITE_URL,
        "share_url": settings.SITE_URL + request.path,
        "filters": [(kind, finding.kind_in_words(kind)) for kind in finding.KINDS],
        "schema": settings.SITE_URL + reverse("openapi"),
        "linked_data": citing.dataset(
            files=[
                (kind.partition(";")[0], settings.SITE_URL + reverse("cases:export", args=[name]))
                for name, kind in KINDS.items()
            ],
            address=settings.SITE_URL + reverse("cases:data"),
            at=shelf(request)[1],
        ),
        "limit": settings.API_REQUESTS_PER_NETWORK_AND_HOUR,
        "exports": settings.EXPORTS_PER_NETWORK_AND_HOUR,
    }
    return render(request, "cases/data.html", context)
