"""The home page, and the way to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cases.announcing import deadline_of, extensions_of
from cases.models import Call
from workshops.announcing import newest, sessions_of


@require_safe
def to_language(request: HttpRequest) -> HttpResponse:
    """``/`` sends people to the home page in their language, as their browser asks for it."""
    response = redirect("home")
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is asked, until when, and what comes of it."""
    call = request.call_shown = Call.objects.current(request.arrived_at)
    sessions = request.sessions_shown = sessions_of(newest(), request.arrived_at)
    context = {
        "call": call,
        "sessions": sessions,
        "deadline": deadline_of(call, request.arrived_at),
        "extensions": extensions_of(call) if call else [],
        "share_url": request.build_absolute_uri(request.path),
    }
    return render(request, "home.html", context)
