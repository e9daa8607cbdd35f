"""Who is at the door: the key of a browser becomes one person's registration, or a kind refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from people import keys
from people.held import words_held
from workshops.forms import name_of
from workshops.models import Registration


def registration_of(request: HttpRequest, pk: int) -> Registration | None:
    """The registration whose key this browser holds, if the key still fits. One statement, or none."""
    key = keys.held(request).get(f"seat:{pk}")
    if not (isinstance(key, list) and len(key) == 2 and key[0] == pk):
        return None
    found = Registration.objects.select_related("workshop__series", "address", "group").order_by()
    # There is one at most; ``first`` would put it in order, which takes a third longer.
    return next(iter(found.filter(pk=pk, generation=key[1])), None)


def for_registrant(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever holds the key to the registration, as ``view(request, registration, …)``.

    Everybody else gets the same page whether or not it exists, with the words they sent.
    """

    @wraps(view)
    def door(request: HttpRequest, pk: int, *args, **kwargs) -> HttpResponse:
        registration = registration_of(request, pk)
        if registration is not None:
            return view(request, registration, *args, **kwargs)
        if request.method == "POST" and request.POST:
            return words_held(request, reason="no-seat-key", name_of=name_of)
        return render(request, "workshops/no_key.html", status=403)

    return door
