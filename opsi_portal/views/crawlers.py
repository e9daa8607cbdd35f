"""What search engines are told: which pages there are, and which are nobody's business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import override
from django.views.decorators.http import require_safe

from cases.models import Call
from people.texts import FALLBACK

#: No sitemap may have more addresses.
MOST = 50_000
PUBLIC = ("home", "contact", "privacy", "accessibility", "licence")
PRIVATE = ("draft/", "my/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    closed = [f"/{code}/{path}" for code, _name in settings.LANGUAGES for path in PRIVATE]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (*closed, "/l/", "/verify/", "/admin/"))]
    body = "\n".join([*lines, "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""])
    response = HttpResponse(body, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """Every public page; those of the rooms as they name them (``SITEMAPS``)."""
    response = StreamingHttpResponse(
        _written(_pages(request.arrived_at)), content_type="application/xml; charset=utf-8"
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _written(pages: Iterator[tuple[str, datetime | None]]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for _number, (path, changed_at) in zip(range(MOST), pages, strict=False):
        changed = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed_at else ""
        yield f"<url><loc>{escape(settings.SITE_URL + path)}</loc>{changed}</url>\n"
    yield "</urlset>\n"


def _pages(at: datetime) -> Iterator[tuple[str, datetime | None]]:
    with override(FALLBACK):
        yield from ((reverse(name), None) for name in PUBLIC)
        if Call.objects.current(at):
            yield from ((reverse(name), None) for name in ("cases:call", "cases:questions"))
        for name in settings.SITEMAPS:
            yield from import_string(name)()
