"""The home page, and the way to it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from cases.announcing import deadline_of, extensions_of
from cases.models import Call, PublicCase
from opsi_portal import linked_data
from people.fresh import fresh_as_drawn
from workshops.announcing import newest, sessions_of


@require_safe
def to_language(request: HttpRequest) -> HttpResponse:
    """``/`` sends people to the home page in their language, as their browser asks for it."""
    response = redirect("home")
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


@require_safe
@fresh_as_drawn
def home(request: HttpRequest) -> HttpResponse:
    """The programme at a glance: what is asked, until when, and what comes of it."""
    call = request.call_shown = Call.objects.current(request.arrived_at)
    sessions = request.sessions_shown = sessions_of(newest(), request.arrived_at)
    deadline = deadline_of(call, request.arrived_at)
    context = {
        "call": call,
        "sessions": sessions,
        "deadline": deadline,
        "stage": stage_of(call, deadline),
        "extensions": extensions_of(call) if call else [],
        "shelves": shelves(request),
        "linked": linked_data.of_home(request, sessions),
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "home.html", context)


def stage_of(call: Call | None, deadline: dict[str, Any]) -> str:
    """What the page opens with: «none», «before», «open», «grace», «closed», or «results» once a case of the closed call
    can be read. One statement, and only when the call has closed."""
    if call is None or deadline["state"] != "closed":
        return deadline["state"]
    if deadline["grace_until"]:
        return "grace"
    return "results" if PublicCase.objects.on_show().filter(call=call).exists() else "closed"


def shelves(request: HttpRequest) -> list[dict]:
    """What the rooms show here; whatever is empty is left out whole."""
    shown = (import_string(name)(request.arrived_at) for name in settings.HOME_SHELVES)
    return [shelf for shelf in shown if shelf]
