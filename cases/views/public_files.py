"""Pictures and files for everybody: each leaves through a check that an edition on show names it."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cases import pictures
from cases.models import Picture, PublicCase
from cases.views.copies import download_of
from people.fresh import UNCHANGING


@require_safe
def picture(request: HttpRequest, code: str, width: int) -> HttpResponse:
    """A picture that an edition of a case with a page names; whether there is another one is not told."""
    found = get_object_or_404(Picture.objects.select_related("public_case"), code=code)
    if not pictures.is_shown(found):
        raise Http404
    return picture_response(request, found, width, is_public=True)


def picture_response(request: HttpRequest, found: Picture, width: int, *, is_public: bool) -> HttpResponse:
    """The stored bytes of one of the two widths. Asked again with its tag, they are not sent again."""
    if width not in (pictures.WIDE, pictures.SMALL):
        raise Http404
    tag = f'"{found.sha256[:32]}-{width}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        stored = found.file if width == pictures.WIDE else found.small
        if not default_storage.exists(stored.name):
            raise Http404
        with stored.open("rb") as body:  # small enough to be read at once, and sent with its length
            response = HttpResponse(body.read(), content_type=found.content_type)
    response["ETag"] = tag
    response["Cache-Control"] = UNCHANGING if is_public else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def file(request: HttpRequest, slug: str, code: str) -> FileResponse:
    """A file that an edition of the case offers, today's or an earlier one: always a download, never shown."""
    public = get_object_or_404(PublicCase.objects.with_a_page(), slug=slug)
    attachment = pictures.file_on_show(public, code)
    if attachment is None:
        raise Http404
    return download_of(attachment)
