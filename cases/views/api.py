"""The door of the read API, version 1: limits, freshness and who may read it; what it answers is in ``operations``.

Ninja and pydantic take 150 ms and 12 MiB to load, so they are loaded with the first request that needs them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLResolver, reverse
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string
from django.utils.translation import override

from cases.views.data import changed_at, open_to_all, stamp_of
from people import limits
from people.fresh import fresh, our_files
from people.texts import FALLBACK

METER = limits.Meter("api", window=limits.HOUR, step=50)
METHODS = "GET, HEAD, OPTIONS"
#: What is refused before anything is looked up (``opsi_portal/guard.py``).
_UNREADABLE = {
    "description": "The address or a cookie holds signs that cannot be read",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}


def v1(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Everything below ``/api/v1/``."""
    return open_to_all(_answer(request, rest))


def openapi(request: HttpRequest) -> HttpResponseBase:
    """The schema (OpenAPI 3.1), in which every answer is described."""
    if refused := _refused(request):
        return open_to_all(refused)
    return open_to_all(_schema(request))


@fresh(lambda request: our_files(), framed=False)
def _schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_written(), content_type="application/json; charset=utf-8")


@lru_cache(maxsize=1)
def _written() -> str:
    schema = import_string("cases.views.operations.api").get_openapi_schema(path_prefix="/api/v1/")
    for methods in schema["paths"].values():
        methods["get"]["responses"]["400"] = _UNREADABLE
    return json.dumps({**schema, "servers": [{"url": settings.SITE_URL}]}, ensure_ascii=False, default=str)


def _answer(request: HttpRequest, rest: str) -> HttpResponseBase:
    return _refused(request) or _limited(request) or (_fresh(request, rest) if rest else _ways_in())


def _ways_in() -> HttpResponse:
    """Where to begin."""
    with override(FALLBACK):
        told = {"schema": reverse("openapi"), "documentation": reverse("cases:data")}
    told |= {name: f"{reverse('api_root')}{name}" for name in ("cases", "facets")}
    return JsonResponse({name: settings.SITE_URL + path for name, path in told.items()})


def _refused(request: HttpRequest) -> HttpResponse | None:
    """What is no reading: a question before a request from elsewhere is answered, anything else refused."""
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
        response.headers["Access-Control-Max-Age"] = "86400"
        return response
    if request.method not in ("GET", "HEAD"):
        response = fault(405, "This can only be read.")
        response.headers["Allow"] = METHODS
        return response
    return None


def _limited(request: HttpRequest) -> HttpResponse | None:
    wait = METER.wait(
        limits.network_of(request), at=request.arrived_at, limit=settings.API_REQUESTS_PER_NETWORK_AND_HOUR
    )
    if not wait:
        return None
    response = fault(429, f"Too many requests from your network. Try again in {wait} seconds.")
    response.headers["Retry-After"] = str(wait)
    return response


@fresh(stamp_of, framed=False, changed_at=changed_at)
def _fresh(request: HttpRequest, rest: str) -> HttpResponseBase:
    asked, request.method = (
        request.method,
        "GET",
    )  # what is asked for with HEAD is the same, and loses its body later
    try:
        with override(FALLBACK):  # programs read the same words, whatever a browser prefers
            found = _resolver().resolve(rest)
            return found.func(request, *found.args, **found.kwargs)
    except Http404:
        return fault(404, "There is nothing at this address.")
    finally:
        request.method = asked


@lru_cache(maxsize=1)
def _resolver() -> URLResolver:
    patterns, _app, _space = import_string("cases.views.operations.api").urls
    return URLResolver(RegexPattern(r""), patterns)


def fault(status: int, words: str, **more: Any) -> JsonResponse:
    """What went wrong, for programs: always an object with «error»."""
    return JsonResponse({"error": words, **more}, status=status)
