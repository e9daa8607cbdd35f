"""Requests that no page should have to think about, and headers that every page has."""

import codecs
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

#: A section with a file that is too large still gets a kind answer that keeps its words; beyond this, nothing is read.
MOST_BODY = 80 * 2**20
METHODS = ["GET", "HEAD", "POST", "OPTIONS"]


class GuardMiddleware:
    """Refuse what Django would trip over, and keep private pages out of every cache.

    Django answers 500 to a form in UTF-16 (its own error page reads the form again) and 200 to
    TRACE; a NUL in an address or a cookie reaches PostgreSQL as an error. None of it is ever a person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.refusal(request) or self.get_response(request)
        if is_page(response) and not response.streaming and b"\0" in response.content:
            response.content = response.content.replace(b"\0", "\ufffd".encode())  # no page can hold a NUL
            response.headers["Content-Length"] = str(len(response.content))
        # Static files pass by: letters that staff read stand in a sandbox, which is nobody's origin, and need them.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers and not response.streaming:
            response.headers["Cache-Control"] = "no-store"
        return response

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest(
                _("This address cannot be read."), content_type="text/plain; charset=utf-8"
            )
        if any("\0" in value for value in request.COOKIES.values()):  # "\\000" in quotes is one, too
            return HttpResponseBadRequest(
                _("Your browser sent cookies that cannot be read. Delete those of this site, and try again."),
                content_type="text/plain; charset=utf-8",
            )
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()) or int(length) > MOST_BODY:
            words = _(
                "This is too large to be sent. Go back: your text is still there. A file may have 20 MB."
            )
            return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
        if not reads_like_ascii(charset):
            return HttpResponseBadRequest(
                _("Forms are read in UTF-8 only."), content_type="text/plain; charset=utf-8"
            )
        return None


class GZipPagesMiddleware(GZipMiddleware):
    """Compress pages, which busy officials on bad lines wait for; downloads travel as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if (
            response.status_code == 304
        ):  # the page that it stands for is compressed for some, and not for others
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        if response.streaming or not is_page(response):
            return response
        return super().process_response(request, response)


def is_page(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def reads_like_ascii(charset: str) -> bool:
    """Whether Django can read a form in this character set, which it does by way of its ASCII names."""
    try:
        return codecs.lookup(charset).name in ("utf-8", "ascii", "iso8859-1", "cp1252")
    except (LookupError, ValueError):
        return False
