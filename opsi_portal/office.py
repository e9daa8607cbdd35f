"""The office: Django's admin with what staff have to see first, and a door that does not let machines guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.waiting import of_public_versions
from cases.waiting import waiting as cases_waiting
from opsi_portal import held_in_the_office
from outbox import health
from outputs.models import Output
from papers import plots
from people import limits, times
from people.models import normal
from reviews import waiting
from reviews.models import Dossier, Round
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

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Whose log-in has ended is asked to log in again, and loses no word of what they have just sent."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            ended = request.method == "POST" and not request.user.is_authenticated
            if ended and (held := held_in_the_office.typed_in(request)):
                return held_in_the_office.ask_to_log_in(self, request, held)
            return guarded(request, *args, **kwargs)

        return kept

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        held = request.POST.get("held", "")
        response = super().login(request, {"held": held, **(extra_context or {})})
        words = held_in_the_office.opened(held)
        if words and response.status_code == 302 and request.user.is_authenticated:
            return held_in_the_office.shown_again(self, request, words)
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if request.user.is_active and request.user.is_staff:
            context["warnings"] = warnings_of(signs_at(request))
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Everything there is, each list under the name that stands on its own page (``called`` of its admin)."""
        rooms = super().get_app_list(request, app_label)
        for room in rooms:
            for each in room["models"]:
                each["name"] = getattr(self.get_model_admin(each["model"]), "called", each["name"])
        return rooms

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """What needs somebody today, how far the call has come, and then everything there is."""
        round_ = Round.objects.newest()
        counted = waiting.waiting(round_, request.user, at=arrival_of(request)) if round_ else None
        more = {"waiting": what_waits(request, counted), **(extra_context or {})}
        if round_ and counted and request.user.has_perm("reviews.view_round"):
            more |= how_far(round_, counted, at=arrival_of(request))
        return super().index(request, more)


def arrival_of(request: HttpRequest) -> datetime:
    return getattr(request, "arrived_at", None) or timezone.now()


def what_waits(request: HttpRequest, counted: waiting.Waiting | None) -> list[dict[str, Any]]:
    """How much waits, each with the list it stands in; only what this person may see, and of the review only what is
    theirs to do."""
    found = of_the_review(request, counted) if counted else []
    if request.user.has_perm("cases.view_case"):
        cases, counts = reverse("admin:cases_case_changelist"), cases_waiting()
        found += [
            {"n": counts.handed_in, "what": _("cases handed in"), "url": f"{cases}?status=handed-in"},
            {"n": counts.asking, "what": _("ask for reopening"), "url": f"{cases}?deadline=asking"},
            {"n": counts.drafts, "what": _("open drafts"), "url": f"{cases}?status=draft"},
        ]
    if request.user.has_perm("cases.change_publiccase"):
        found += of_publishing()
    if request.user.has_perm("outbox.view_outboxmessage"):
        letters = reverse("admin:outbox_outboxmessage_changelist")
        failed = signs_at(request)["failed"]
        found.append({"n": failed, "what": _("failed letters"), "url": f"{letters}?state__exact=failed"})
    if request.user.has_perm("outputs.publish_output"):
        stuck = Output.objects.exclude(trouble="").count()
        if stuck:
            what = ngettext("report or story did not go out", "reports or stories did not go out", stuck)
            listed = reverse("admin:outputs_output_changelist")
            found.append({"n": stuck, "what": what, "url": f"{listed}?going=trouble"})
    if request.user.has_perm("workshops.change_workshop"):
        unready = Workshop.objects.without_way_in(arrival_of(request)).count()
        if unready:
            what = ngettext("workshop without a way in", "workshops without a way in", unready)
            workshops = reverse("admin:workshops_workshop_changelist")
            found.append({"n": unready, "what": what, "url": f"{workshops}?status__exact=open"})
    return found


def of_publishing() -> list[dict[str, Any]]:
    """What has to be done with public versions; what nobody waits for is left out."""
    listed, cases = reverse("admin:cases_publiccase_changelist"), reverse("admin:cases_case_changelist")
    words = {
        "begin": _("accepted, public version to begin"),
        "agreed": _("agreed to, to be published"),
        "wishes": _("authors who wish changes or refuse"),
        "partners": _("cases of which a partner said something"),
        "changed": _("public cases that have changed"),
        "take-down": _("authors who ask to take down"),
    }
    return [
        {
            "n": n,
            "what": words[key],
            "url": f"{cases}?publication=begin" if key == "begin" else f"{listed}?waits={key}",
        }
        for key, n in of_public_versions().items()
        if n
    ]


def of_the_review(request: HttpRequest, counted: waiting.Waiting) -> list[dict[str, Any]]:
    """What somebody has to do in the review today; what nobody waits for is left out."""
    has, found = request.user.has_perm, []
    listed, step = reverse("admin:reviews_dossier_changelist"), Dossier.Step
    if has("reviews.read_dossier"):
        mine, pile = waiting.waiting_for(request.user, at=arrival_of(request)), _pile()
        found += [(mine.to_read, _("mine to read"), pile), (mine.overdue, _("mine overdue"), pile)]
    if has("reviews.view_dossier"):
        wanted = (
            ("screen_dossier", step.TO_SCREEN, _("to screen")),
            ("assign_dossier", step.TO_ASSIGN, _("unassigned")),
            ("decide_dossier", step.TO_DECIDE, _("to decide")),
            ("release_decision", step.TO_RELEASE, _("decided, letter not released")),
        )
        found += [
            (counted.at(at_step), words, f"{listed}?step={at_step}")
            for right, at_step, words in wanted
            if has(f"reviews.{right}")
        ]
        found += [(counted.came_back, _("answers from authors"), f"{listed}?mark=came-back")]
        if has("reviews.assign_dossier"):
            found += [(counted.overdue, _("reviews overdue"), f"{listed}?mark=overdue")]
        if has("reviews.see_scores"):
            found += [(counted.to_discuss, _("disagreements"), f"{listed}?mark=discuss")]
    return [{"n": n, "what": words, "url": url} for n, words, url in found if n]


def _pile() -> str:
    return reverse("admin:reviews_assignment_changelist")


def how_far(round_: Round, counted: waiting.Waiting, *, at: datetime) -> dict[str, Any]:
    """The funnel of the call, as a plot and its table, and the way to the date that authors were promised."""
    words = {
        "begun": _("Begun"),
        "handed-in": _("Handed in"),
        "screened": _("Screened"),
        "read": _("Read by all its reviewers"),
        "decided": _("Decided"),
        "told": _("Author told"),
    }
    rows = [(str(words[key]), n) for key, n in waiting.funnel(round_.call, counted)]
    promised = round_.promised_at
    return {
        "round": round_,
        "funnel": rows,
        "funnel_plot": plots.bars(
            [label for label, _n in rows],
            {_("Cases"): [n for _label, n in rows]},
            says=_("How far the cases of the call have come"),
        ),
        "progress": waiting.progress(round_, counted, at=at),
        "promised": times.in_full(promised, round_.call.zone) if promised else "",
    }


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
