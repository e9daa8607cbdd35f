"""Who is at the door: the key of a browser becomes one person's part in one case, or a kind refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cases import answers
from cases.models import Case, Colleague
from people import keys
from people.held import words_held


def part_of(request: HttpRequest, code: str) -> Colleague | None:
    """The colleague whose key this browser holds for the case, if the key still fits. One statement."""
    key = keys.held(request).get(f"draft:{code}")
    if not (isinstance(key, list) and len(key) == 2):
        return None
    parts = Colleague.objects.present().select_related("case__call", "case__latest", "address")
    try:
        return parts.get(pk=key[0], generation=key[1], case__code=code)
    except Colleague.DoesNotExist:
        return None


def for_colleague(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever holds a key to the case, as ``view(request, part, …)``.

    Everybody else gets the same page whether or not the case exists, with the words they sent.
    """

    @wraps(view)
    def door(request: HttpRequest, code: str, *args, **kwargs) -> HttpResponse:
        part = part_of(request, code)
        if part is not None:
            try:
                return view(request, part, *args, **kwargs)
            except Case.DoesNotExist:
                pass  # its author deleted the draft while this request was on its way
        if "application/json" in request.headers.get("Accept", "") or request.path.endswith("/autosave/"):
            return JsonResponse({"error": "signed-out"}, status=403)
        if request.method == "POST" and request.POST:
            return words_held(request, reason="signed-out", name_of=answers.name_of)
        return render(request, "cases/no_key.html", status=403)

    return door
