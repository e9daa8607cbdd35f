"""When a form cannot be taken (signed out, or its token has run out) its words are shown again, never dropped."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

#: What a person never typed.
OURS = ("then", "act", "begun_with", "nickname", "zone")
#: Shorter answers travel along unseen: choices, years, codes.
SHORT = 12


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the form stands on another site. Browsers of before 2023 say so by ``Origin`` alone."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.get_host()


def words_held(
    request: HttpRequest, *, reason: str, name_of: Callable[[str], str], status: int = 403
) -> HttpResponse:
    """A page with everything that was typed, in a form that posts to the same address once more.

    ``name_of`` says what people call a field; "" for one that needs no name of its own.

    ``reason`` is «signed-out», «no-seat-key», «stale», «not-allowed» or «over»; for the last two there is nothing to press. What the browser sends along by itself is carried in hidden fields.
    """
    typed, carried = [], []
    for name, values in request.POST.lists():
        for value in values:
            name, value = (
                name.replace("\0", "\ufffd"),
                value.replace("\0", "\ufffd"),
            )  # no page can hold a NUL
            if name == "csrfmiddlewaretoken":
                continue
            if name in OURS or name.startswith(("base:", "take:")) or len(value) < SHORT:
                carried.append((name, value))
            else:
                typed.append({"name": name, "value": value, "label": name_of(name) or _("What you wrote")})
    reasons = {
        "signed-out": _("This device is no longer signed in to the case."),
        "no-seat-key": _("This device is no longer signed in to your registration."),
        "not-allowed": _(
            "You may read this case, but not change it. Ask its author if you should write in it."
        ),
        "over": _("The call closed more than a week ago, so changes are no longer kept."),
        "stale": _(
            "The page had been open for too long, so we could not be sure that it was you who pressed."
        ),
    }
    context = {
        "reason": reasons[reason],
        "signed_out": reason in ("signed-out", "no-seat-key"),
        "may_try_again": reason in ("signed-out", "no-seat-key", "stale"),
        "typed": typed,
        "carried": carried,
        "action": request.get_full_path(),
        "files_lost": bool(request.FILES),
    }
    return render(request, "cases/held.html", context, status=status)
