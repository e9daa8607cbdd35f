"""The office: Django's admin with what staff have to see first, and a door that does not let machines guess."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from outbox import health
from people import limits
from people.models import normal

WRONG_PER_ACCOUNT = 10
WRONG_PER_NETWORK = 30
#: Letters and the worker are late from here on (seconds).
LATE = 300


class LoginForm(AdminAuthenticationForm):
    """Ten tries an hour for one account, thirty from one network; then wait. Counted in the database."""

    def clean(self) -> dict[str, Any]:
        at = getattr(self.request, "arrived_at", None) or timezone.now()
        email = normal(self.data.get("username", ""))[:254]
        account = limits.take("login", email, at=at, limit=WRONG_PER_ACCOUNT, window=limits.HOUR)
        network = limits.take(
            "login-network",
            limits.network_of(self.request),
            at=at,
            limit=WRONG_PER_NETWORK,
            window=limits.HOUR,
        )
        if not (account and network):
            raise ValidationError(
                _("Too many tries. Wait until the next full hour, or ask a colleague."), code="limit"
            )
        return super().clean()


class Office(admin.AdminSite):
    site_header = gettext_lazy("Innovation across borders: office")
    site_title = gettext_lazy("Office")
    index_title = gettext_lazy("What is here")
    login_form = LoginForm
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if request.user.is_active and request.user.is_staff:
            context["warnings"] = warnings_at(getattr(request, "arrived_at", None) or timezone.now())
        return context


def warnings_at(at) -> list[str]:
    """What is late, in words, for the top of every page of the office."""
    signs = health.vital_signs(at)
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
