"""Links in letters: looking shows one button and changes nothing (mail scanners look), pressing acts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import links


def _door(request: HttpRequest, token: str, *, stops: bool):
    """What the link opens; None when it opens nothing, or belongs to the other of the two addresses."""
    link = links.read(token, at=request.arrived_at)
    if (
        link is None
        or link.get("kind") not in settings.LINK_DOORS
        or (link["kind"] in links.ONE_CLICK) != stops
    ):
        return None
    door = import_string(settings.LINK_DOORS[link["kind"]])(link)
    return door if door.is_there else None


@require_http_methods(["GET", "HEAD", "POST"])
def letter_link(request: HttpRequest, token: str) -> HttpResponse:
    """The button behind a link; POST turns the link into a key of this browser and leaves the token behind."""
    return _at_the_door(request, token, stops=False)


@csrf_exempt  # mail programs stop letters by POST without any cookie; stopping is all that this address can do
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    return _at_the_door(request, token, stops=True)


def _at_the_door(request: HttpRequest, token: str, *, stops: bool) -> HttpResponse:
    door = _door(request, token, stops=stops)
    if door is None:
        return render(request, "links/gone.html", status=404)
    with translation.override(_spoken(door.language)):
        request.LANGUAGE_CODE = translation.get_language()
        if request.method == "POST":
            return door.open(request, at=request.arrived_at)
        return render(request, "links/open.html", door.words() | {"action": request.path})


def _spoken(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
