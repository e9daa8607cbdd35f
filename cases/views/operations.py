"""What the read API answers, and its schema. Loaded by ``cases.views.api`` when somebody first asks."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import ValidationError
from pydantic import ConfigDict, Field, StringConstraints

from cases import citing, editions, finding, open_data, showing
from cases.models import Badge, Edition, PublicCase
from cases.views.api import fault

A_PAGE, MOST = 20, 100

api = NinjaAPI(
    title="Innovation across borders: case library",
    version="1.0",
    description=(
        "Read-only. Every case of the library, as its newest version and as each version before. "
        f"Texts: {citing.LICENCE_NAME}. {open_data.NOTE} At most "
        f"{settings.API_REQUESTS_PER_NETWORK_AND_HOUR} requests an hour from one network. Answers carry an ETag: send "
        "it back as If-None-Match, and what has not changed is answered with 304."
    ),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)


# -- Shapes ------------------------------------------------------------------------------------------------------


class Fault(Schema):
    error: str


class Complaint(Fault):
    details: list[dict[str, Any]]


class BadgeShape(Schema):
    key: str
    name: str


class Place(Schema):
    country: str
    level: str
    name: str
    organisation: str
    is_lead: bool


class Section(Schema):
    key: str
    text: str


class Source(Schema):
    title: str
    url: str


class Picture(Schema):
    code: str
    alt: str
    caption: str
    width: int
    height: int
    url: str


class File(Schema):
    code: str
    name: str
    kind: str
    size: int
    url: str


class Brief(Schema):
    """A case in short."""

    slug: str
    url: str
    api_url: str
    title: str
    title_english: str
    language: str
    short: str
    short_english: str
    jurisdictions: list[dict[str, Any]]
    organisation: str
    border: str
    sectors: list[str]
    stages: list[str]
    tags: list[str]
    year: int | None
    origin: str
    published_at: str
    updated_at: str
    confirmed_at: str | None


class Record(Schema):
    """A version of a case, whole."""

    model_config = ConfigDict(extra="forbid")

    slug: str
    url: str
    version: int
    permanent_url: str
    published_at: str | None
    updated_at: str
    confirmed_at: str | None
    call: int | None
    badges: list[BadgeShape]
    title: str
    title_english: str
    language: str
    short: str
    short_english: str
    sections: list[Section]
    organisation: str
    organisation_country: str
    organisation_level: str
    jurisdictions: list[Place]
    border: str
    sectors: list[str]
    stages: list[str]
    mechanisms: list[str]
    instruments: list[str]
    tags: list[str]
    year: int | None
    website: str
    links: list[str]
    video: str
    pictures: list[Picture]
    files: list[File]
    origin: str
    reference: str
    sources: list[Source]
    licence: str
    agreed_at: str
    licence_url: str
    citation: str
    newest_version: int
    versions: list[str]
    state: str


class Links(Schema):
    self: str
    first: str
    last: str
    next: str | None
    previous: str | None


class Page(Schema):
    count: int
    page: int
    pages: int
    per_page: int
    links: Links
    notes: list[str]
    snapshot_at: str
    licence: str
    licence_url: str
    cases: list[Brief]


class FacetValue(Schema):
    value: str
    label: str
    count: int


class Facets(Schema):
    count: int
    notes: list[str]
    facets: dict[str, list[FacetValue]]


#: A value in an address: whatever but NUL, which no address may hold.
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Slug = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]+$", max_length=90)]


class Asked(Schema):
    """The questions of the library. Values of one kind are alternatives; kinds are all to be met."""

    q: Word = Field("", max_length=finding.MOST_LETTERS, description="Words that the case has")
    sector: list[Word] = Field([], description="One or several sectors")
    border: list[Word] = []
    country: list[Word] = Field([], description="ISO 3166-1 alpha-2, EU or INT")
    stage: list[Word] = []
    mechanism: list[Word] = []
    instrument: list[Word] = []
    level: list[Word] = []
    year: list[Word] = []
    tag: list[Word] = []
    badge: list[Word] = []
    call: list[Word] = []
    confirmed: list[Word] = []
    language: list[Word] = []
    origin: list[Word] = []
    pair: list[Word] = Field([], description="Two places that work together, such as DE-FR")


class Listed(Asked):
    sort: Word = Field("", description="newest, title or relevance")
    page: int = Field(1, ge=1, le=999_999)
    per_page: int = Field(A_PAGE, ge=1, le=MOST)


_FAULTS = {422: Complaint, 429: Fault}


# -- Answers -----------------------------------------------------------------------------------------------------


@api.get("/cases", response={200: Page, **_FAULTS}, summary="Cases that are found, a page at a time")
def cases(request: HttpRequest, asked: Query[Listed]) -> dict[str, Any]:
    found = finding.found(_question(request), at=request.arrived_at)
    pages = max(1, -(-found.count // asked.per_page))
    page = min(asked.page, pages)
    start = (page - 1) * asked.per_page
    keys = list(found.keys())[start : start + asked.per_page]
    rows = PublicCase.objects.on_show().in_bulk(keys)
    return {
        "count": found.count,
        "page": page,
        "pages": pages,
        "per_page": asked.per_page,
        "links": _links(found.asked, page, pages, asked.per_page),
        "notes": list(found.asked.notes),
        "snapshot_at": open_data.instant(request.arrived_at),
        "licence": editions.LICENCE,
        "licence_url": editions.LICENCE_URL,
        "cases": [_brief(rows[key]) for key in keys if key in rows],
    }


@api.get(
    "/cases/{slug}", response={200: Record, 404: Fault, 410: Fault, **_FAULTS}, summary="One case, whole"
)
def case(request: HttpRequest, slug: Slug) -> Any:
    public = _public(slug)
    return _whole(public, public.edition) if public.has_a_page else _taken_down()


@api.get(
    "/cases/{slug}/editions/{number}",
    response={200: Record, 404: Fault, 410: Fault, **_FAULTS},
    summary="One version of a case, as it was published",
)
def edition(request: HttpRequest, slug: Slug, number: int) -> Any:
    public = _public(slug)
    if not public.has_a_page:
        return _taken_down()
    if not 0 < number < 32768:
        return fault(404, "There is no such version.")
    return _whole(public, get_object_or_404(Edition, public_case=public, number=number))


@api.get(
    "/facets", response={200: Facets, **_FAULTS}, summary="What the cases found can be narrowed by, counted"
)
def facets(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    found = finding.found(_question(request), at=request.arrived_at)
    names = finding.badge_names()
    return {
        "count": found.count,
        "notes": list(found.asked.notes),
        "facets": {
            kind: [
                {
                    "value": value,
                    "label": names.get(value, value) if kind == "badge" else finding.words_for(kind, value),
                    "count": n,
                }
                for value, n in sorted(found.facet(kind).items(), key=lambda one: (-one[1], one[0]))
            ]
            for kind in finding.KINDS
        },
    }


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    details = [
        {"where": [str(part) for part in each["loc"][1:]], "what": each["msg"]} for each in error.errors
    ]
    return fault(422, "Something in the address cannot be understood.", details=details)


@api.exception_handler(Http404)
def not_there(request: HttpRequest, error: Exception) -> HttpResponse:
    return fault(404, "There is nothing at this address.")


def _question(request: HttpRequest) -> QueryDict:
    """The address without what only the API knows."""
    asked = request.GET.copy()
    asked.pop("per_page", None)
    return asked


def _links(asked: finding.Asked, page: int, pages: int, per_page: int) -> dict[str, str | None]:
    def to(number: int) -> str:
        more = "&".join(
            part for part in (asked.query(), urlencode({"page": number, "per_page": per_page})) if part
        )
        return f"{settings.SITE_URL}/api/v1/cases?{more}"

    return {
        "self": to(page),
        "first": to(1),
        "last": to(pages),
        "next": to(page + 1) if page < pages else None,
        "previous": to(page - 1) if page > 1 else None,
    }


def _brief(public: PublicCase) -> dict[str, Any]:
    card = public.card
    return {
        "slug": public.slug,
        "url": showing.address_of(public),
        "api_url": f"{settings.SITE_URL}/api/v1/cases/{public.slug}",
        "title": public.title,
        "title_english": card["title_english"],
        "language": public.language,
        "short": public.short,
        "short_english": card["short_english"],
        "jurisdictions": card["places"],
        "organisation": card["organisation"],
        "border": card["border"],
        "sectors": card["sectors"],
        "stages": card["stages"],
        "tags": card["tags"],
        "year": public.year,
        "origin": public.origin,
        "published_at": open_data.instant(public.published_at),
        "updated_at": open_data.instant(public.renewed_at),
        "confirmed_at": open_data.instant(public.confirmed_at),
    }


def _public(slug: str) -> PublicCase:
    shown = PublicCase.objects.exclude(state=PublicCase.State.PREPARING)
    badges = Prefetch("badges", queryset=Badge.objects.order_by("key"))
    return get_object_or_404(shown.select_related("edition", "call").prefetch_related(badges), slug=slug)


def _whole(public: PublicCase, shown: Edition) -> dict[str, Any]:
    newest, public.edition = public.edition, shown
    return {
        **open_data.record_of(public),
        "licence_url": editions.LICENCE_URL,
        "citation": citing.in_words(public, shown),
        "newest_version": newest.number,
        "versions": [
            f"{settings.SITE_URL}/api/v1/cases/{public.slug}/editions/{number}"
            for number in public.editions.order_by("number").values_list("number", flat=True)
        ],
        "state": public.state,
    }


def _taken_down() -> HttpResponse:
    return fault(410, "This case was taken down.")
