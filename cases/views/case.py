"""The page of a public case, its numbered versions, and what hangs from them: citations, the picture for sharing, QR.

A case that was taken down answers 410, kindly; one that never came out, or never was, 404.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import atlas, citing, partners, relating, shelving, showing
from cases.models import Edition, PublicCase
from papers import plates
from people import times
from people.fresh import UNCHANGING, fresh

#: Raised when pictures for sharing are drawn otherwise, so that kept ones are made anew.
DRAWN_AS = 1


def stamp_of(request: HttpRequest) -> str:
    """Changes with the shelf, and each day: a page says whether a case was confirmed lately."""
    return f"{shelving.latest()[0]} {request.arrived_at:%F}"


def on_shelf(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the public case by the slug in the address and hand it on; 410 for one that was taken down."""

    @wraps(view)
    def found(request: HttpRequest, slug: str, **named: Any) -> HttpResponse:
        cases = PublicCase.objects.select_related("edition", "call")
        public = get_object_or_404(cases.exclude(state=PublicCase.State.PREPARING), slug=slug)
        if not public.has_a_page:
            return gone(request)
        return view(request, public, **named)

    return found


def gone(request: HttpRequest) -> HttpResponse:
    response = render(request, "cases/gone.html", status=410)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
@fresh(stamp_of)
@on_shelf
def case(request: HttpRequest, public: PublicCase) -> HttpResponse:
    """The newest version: what is read, found, shared and cited."""
    return _page(request, public, public.edition)


@require_safe
@fresh(stamp_of)
@on_shelf
def edition(request: HttpRequest, public: PublicCase, number: int) -> HttpResponse:
    """One version as it was published, for whoever has cited it; search engines are led to the newest."""
    shown = get_object_or_404(Edition, public_case=public, number=number)
    before = showing.edition_before(shown)
    return _page(
        request,
        public,
        shown,
        is_version=True,
        changed=showing.changed_between(before.said, shown.said) if before else [],
    )


def _page(request: HttpRequest, public: PublicCase, shown: Edition, **more: Any) -> HttpResponse:
    content = shown.said
    eyebrow, tint = showing.eyebrow_of(content)
    share = showing.address_of(public)
    picture = picture_of(public)
    context = {
        "public": public,
        "edition": shown,
        "newest": public.edition,
        "content": content,
        "eyebrow": eyebrow,
        "tint": tint,
        "pictures": showing.pictures_of(content),
        "facts": showing.facts_of(content, public),
        "partners": showing.partners_of(content),
        "map": atlas.small_map(content["jurisdictions"], place_link=showing.cases_of_place),
        "standing": (standing := partners.standing_of(public)),
        "of_partners": partners.in_words(standing)[1:],
        "badges": list(public.badges.all()),
        "published": day(public.published_at),
        "renewed": day(shown.published_at),
        "confirmed": day(public.confirmed_at),
        "not_since": day(public.not_confirmed_since(request.arrived_at)),
        "is_archived": public.state == PublicCase.State.ARCHIVED,
        "left": day(public.left_at),
        "versions": [
            {"number": each.number, "note": each.note, "day": day(each.published_at)}
            for each in public.editions.defer("content").order_by("-number")
        ],
        "cited_in": showing.citations_of(public),
        "related": relating.related_to(public) if public.is_on_show else [],
        "citation": citing.in_words(public, shown),
        "share_url": share,
        "canonical": share,
        "library": showing.shelf_address(),
        "newest_title": public.title,
        "alternates": alternates(public),
        "linked_data": citing.linked_data(public, shown, picture=picture),
        "picture": picture,
        "picture_size": plates.SIZE,
        **more,
    }
    return render(request, "cases/case.html", context)


def alternates(public: PublicCase) -> list[tuple[str, str]]:
    """The page in each language of the portal, where it speaks several."""
    return showing.in_each_language("cases:case", public.slug)


def day(at: datetime | None) -> str:
    return times.day(at, times.UTC) if at else ""


# -- Citations ---------------------------------------------------------------------------------------------------


@require_safe
@fresh(stamp_of, framed=False)
@on_shelf
def cite(request: HttpRequest, public: PublicCase, kind: str, number: int | None = None) -> HttpResponse:
    """The citation of the newest version, or of the one named, as a file for a reference manager."""
    shown = (
        public.edition if number is None else get_object_or_404(Edition, public_case=public, number=number)
    )
    words, content_type = {
        "bib": (citing.bibtex, "application/x-bibtex; charset=utf-8"),
        "ris": (citing.ris, "application/x-research-info-systems; charset=utf-8"),
        "txt": (lambda *of: citing.in_words(*of) + "\n", "text/plain; charset=utf-8"),
    }[kind]
    response = HttpResponse(words(public, shown), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{public.slug}-v{shown.number}.{kind}"'
    return response


# -- Pictures for sharing ----------------------------------------------------------------------------------------


def picture_of(public: PublicCase) -> str:
    """The whole address of the picture, which names what is drawn on it."""
    return f"{showing.address_of(public, name='og')}?{drawn(public)}"


def drawn(public: PublicCase) -> str:
    return f"{public.edition.digest[:16]}-{DRAWN_AS}"


@require_safe
@fresh(stamp_of, framed=False)
@on_shelf
def og(request: HttpRequest, public: PublicCase) -> HttpResponse:
    """The picture that networks show beside a link. Drawn when first asked for, and kept for that edition."""
    kept = Path(default_storage.path(f"plates/{drawn(public)}.png"))
    try:
        body = kept.read_bytes()
    except FileNotFoundError:
        body = plates.png_of(_plate(public))
        _keep(kept, body)
    response = HttpResponse(body, content_type="image/png")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made to be shown elsewhere
    if request.META.get("QUERY_STRING") == drawn(public):
        response["Cache-Control"] = UNCHANGING
    return response


def _plate(public: PublicCase) -> plates.Plate:
    content = public.edition.said
    eyebrow, tint = showing.eyebrow_of(content)
    return plates.Plate(
        title=citing.plain(content["title"]),
        eyebrow=eyebrow,
        foot=" · ".join([_("Innovation across borders"), _("Case library")]),
        tint=tint or "sea",
        direction=showing.direction_of(content["language"]),
    )


def _keep(path: Path, body: bytes) -> None:
    """Written beside and moved, so that nobody ever reads half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(body)
    os.replace(file.name, path)


@require_safe
@fresh(stamp_of, framed=False)
@on_shelf
def qr(request: HttpRequest, public: PublicCase) -> HttpResponse:
    """The address of the case as a QR code, for slides and posters."""
    import segno  # noqa: PLC0415 (36 ms that few requests need)

    drawing = BytesIO()
    segno.make(showing.address_of(public), error="m", micro=False).save(
        drawing, kind="svg", scale=8, border=4, light="white", xmldecl=False, svgns=True
    )
    return HttpResponse(drawing.getvalue(), content_type="image/svg+xml; charset=utf-8")
