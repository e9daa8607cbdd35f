"""Who is at the door: the key of a browser becomes one person's registration, or a kind refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from people import keys
from people.held import words_held
from people.models import Address
from workshops.doors import fits
from workshops.forms import name_of
from workshops.models import Registration


def registration_of(request: HttpRequest, pk: int) -> Registration | None:
    """The registration whose key this browser holds, if the key still fits. One statement, or none."""
    key = keys.held(request).get(f"seat:{pk}")
    if key is None:
        return None
    one = Registration.objects.select_related("workshop__series", "address", "group").order_by().filter(pk=pk)
    # There is one at most; ``first`` would put it in order, which takes a third longer.
    found = next(iter(one), None)
    return found if found and fits(key, found) else None


def mailboxes_of(request: HttpRequest) -> set[int]:
    """The addresses (by id) that this browser speaks for: it holds the key to «my page» or to a registration of
    theirs, also one that has ended; while the mailbox has not answered, to all that stands under it, for others may
    have typed it too. No statement for a browser without keys, three at most."""
    ring, found = keys.held(request), set()
    seats = {key[0]: key for name, key in ring.items() if name.startswith("seat:")}
    if seats:
        theirs = Registration.objects.filter(pk__in=seats).select_related("address")
        opened = [each for each in theirs if fits(seats[each.pk], each)]
        found |= {each.address_id for each in opened}
        if typed := {each.address_id for each in opened if each.address.confirmed_at is None}:
            others = (
                Registration.objects.active()
                .filter(address__in=typed)
                .exclude(pk__in=[each.pk for each in opened])
            )
            found -= set(others.values_list("address", flat=True))
    mine = ring.get("my") or []
    if keys.fresh_until(mine, request.arrived_at):
        address = Address.objects.filter(pk=mine[0], generation=mine[1])
        found |= set(address.values_list("pk", flat=True))
    return found


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
