"""When a log-in has ended, or a form of the office was opened before it: what staff typed is shown again afterwards.

The words travel through the log-in form itself, signed, so that neither a wrong password nor a second device loses them,
and nobody who has not logged in reads them. Nothing is saved by itself: the page shows the words with one button.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.held import SHORT

SALT = "office.held"
KEPT_FOR = 24 * 60 * 60  # seconds
#: What people call the fields in which they write most.
LABELS = {
    "comments": gettext_lazy("Comments for colleagues"),
    "words_for_author": gettext_lazy("Words for the author"),
    "reasons": gettext_lazy("Reasons"),
    "question": gettext_lazy("Question"),
}


def typed_in(request: HttpRequest) -> str:
    """What was sent, signed, with the address it was for; "" where nobody typed anything."""
    sent = [
        (name, value.replace("\0", "\ufffd"))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    if not any(is_typed(value) for _name, value in sent):
        return ""
    facts = {"path": request.get_full_path(), "sent": sent, "files": bool(request.FILES)}
    return signing.dumps(facts, salt=SALT, compress=True)


def is_typed(value: str) -> bool:
    return len(value) >= SHORT and " " in value.strip()


def opened(held: str) -> dict[str, Any] | None:
    """What ``typed_in`` has signed; None for anything else."""
    try:
        return signing.loads(held, salt=SALT, max_age=KEPT_FOR) if held else None
    except signing.BadSignature:
        return None


def after_a_stale_token(site: AdminSite, request: HttpRequest) -> HttpResponse | None:
    """In answer to a form whose token is not valid any more, for somebody has logged in since the page was opened; None
    where nobody typed anything."""
    before = request.POST.get("held", "")  # the log-in form itself was too old
    held = before if opened(before) else typed_in(request)
    words = opened(held)
    if words is None:
        return None
    if not site.has_permission(request):
        return ask_to_log_in(site, request, held)
    response = shown_again(site, request, words)
    response.status_code = 403
    return response.render()


def ask_to_log_in(site: AdminSite, request: HttpRequest, held: str) -> HttpResponse:
    """The log-in form with the words in it, in answer to a form that could not be taken."""
    context = {
        **site.each_context(request),
        "title": _("Log in"),
        "app_path": reverse("admin:login"),
        "next": request.get_full_path(),
        "username": "",
        "form": site.login_form(request),
        "held": held,
    }
    return TemplateResponse(request, "admin/login.html", context, status=403).render()


def shown_again(site: AdminSite, request: HttpRequest, held: dict[str, Any]) -> TemplateResponse:
    """The words, for somebody who is logged in, with the button that sends them once more."""
    typed = [
        {"name": name, "value": value, "label": LABELS.get(name, _("What you wrote"))}
        for name, value in held["sent"]
        if is_typed(value)
    ]
    context = {
        **site.each_context(request),
        "title": _("Your text is here, but not saved"),
        "action": held["path"],
        "typed": typed,
        "carried": [(name, value) for name, value in held["sent"] if not is_typed(value)],
        "files_lost": held["files"],
    }
    response = TemplateResponse(request, "admin/held.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response
