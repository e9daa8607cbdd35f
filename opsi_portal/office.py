"""The office: Django's admin with what staff have to see first, and a door that does not let machines guess."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.waiting import waiting
from outbox import health
from people import limits
from people.models import normal
from workshops.models import Workshop

#: Tries an hour. The first is for one account from one network, so that a stranger elsewhere cannot lock anybody out.
TRIES_HERE = 10
TRIES_PER_NETWORK = 30
TRIES_PER_ACCOUNT = 100
#: Letters and the worker are late from here on (seconds).
LATE = 300


class LoginForm(AdminAuthenticationForm):
    """A few tries an hour, right or wrong; then wait. Counted in the database, so it holds across processes."""

    def clean(self) -> dict[str, Any]:
        at = arrival_of(self.request)
        # As Django looks the account up: Unicode has many ways to spell one address, and each would be counted alone.
        email = normal(self.cleaned_data.get("username", ""))
        network = limits.network_of(self.request)
        tries = (
            ("login", f"{email} {network}", TRIES_HERE),
            ("login-network", network, TRIES_PER_NETWORK),
            ("login-account", email, TRIES_PER_ACCOUNT),
        )
        left = [limits.take(kind, who, at=at, limit=limit, window=limits.HOUR) for kind, who, limit in tries]
        if not all(left):
            raise ValidationError(
                _("Too many tries. Wait until the next full hour, or ask a colleague."), code="limit"
            )
        return super().clean()


class Office(admin.AdminSite):
    site_header = gettext_lazy("Innovation across borders: office")
    site_title = gettext_lazy("Office")
    index_title = gettext_lazy("Office")
    login_form = LoginForm
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if request.user.is_active and request.user.is_staff:
            context["warnings"] = warnings_of(signs_at(request))
        return context

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return super().index(request, {"waiting": what_waits(request), **(extra_context or {})})


def arrival_of(request: HttpRequest) -> datetime:
    return getattr(request, "arrived_at", None) or timezone.now()


def what_waits(request: HttpRequest) -> list[dict[str, Any]]:
    """How much waits, each with the list it stands in; only what this person may see."""
    found = []
    if request.user.has_perm("cases.view_case"):
        cases, counts = reverse("admin:cases_case_changelist"), waiting()
        found += [
            {"n": counts.handed_in, "what": _("cases handed in"), "url": f"{cases}?status=handed-in"},
            {"n": counts.asking, "what": _("ask for reopening"), "url": f"{cases}?deadline=asking"},
            {"n": counts.drafts, "what": _("open drafts"), "url": f"{cases}?status=draft"},
        ]
    shut = shut_workshops(request)
    if shut:
        workshops = reverse("admin:workshops_workshop_changelist")
        found.append({"n": shut, "what": _("workshops within two days, without a way in"), "url": workshops})
    if request.user.has_perm("outbox.view_outboxmessage"):
        letters = reverse("admin:outbox_outboxmessage_changelist")
        failed = signs_at(request)["failed"]
        found.append({"n": failed, "what": _("failed letters"), "url": f"{letters}?state__exact=failed"})
    return found


def shut_workshops(request: HttpRequest) -> int:
    """How many sessions begin soon whose meeting has no address yet; 0 for whoever could not enter one."""
    if not request.user.has_perm("workshops.change_workshop"):
        return 0
    return Workshop.objects.without_way_in(arrival_of(request)).count()


def signs_at(request: HttpRequest) -> dict[str, Any]:
    """Looked up once for each request, however many parts of the page ask."""
    if not hasattr(request, "_vital_signs"):
        request._vital_signs = health.vital_signs(arrival_of(request))
    return request._vital_signs


def warnings_of(signs: dict[str, Any]) -> list[str]:
    """What is late, in words, for the top of every page of the office."""
    said = []
    if signs["worker_age"] is None:
        said.append(_("The worker has not given a sign of life yet; letters wait until it does."))
    elif signs["worker_age"] > LATE:
        minutes = int(signs["worker_age"] // 60)
        said.append(
            ngettext(
                "The worker has been silent for %(n)d minute; letters wait.",
                "The worker has been silent for %(n)d minutes; letters wait.",
                minutes,
            )
            % {"n": minutes}
        )
    if signs["oldest_due"] and signs["oldest_due"] > LATE:
        minutes = int(signs["oldest_due"] // 60)
        said.append(
            ngettext(
                "Mail is late: the oldest letter has been waiting for %(n)d minute.",
                "Mail is late: the oldest letter has been waiting for %(n)d minutes.",
                minutes,
            )
            % {"n": minutes}
        )
    if signs["failed"]:
        said.append(
            ngettext("%(n)d letter has failed.", "%(n)d letters have failed.", signs["failed"])
            % {"n": signs["failed"]}
        )
    return said
