"""Around the day: the waiting list and how it moved, who has come, and figures."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people import times
from people.places import country_name
from workshops import attending
from workshops.exports import why_words
from workshops.figures import feedback_of, figures_of
from workshops.models import Registration, Step, Workshop

#: So many of a line, of a log, or of those who came are shown; exports have all of them.
SHOWN = 200
MAY_SEE_PEOPLE = "workshops.view_registration"
MAY_MARK = "workshops.change_registration"
MOST_MARKED = 400


class DayPages:
    def get_urls(self) -> list:
        return [
            self.address("line/", self.line_view, "line"),
            self.address("attendance/", self.attendance_view, "attendance"),
            self.address("figures/", self.figures_view, "figures"),
            self.address("feedback/", self.feedback_view, "feedback"),
            *super().get_urls(),
        ]

    def line_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The waiting list in order, and the log of joins and promotions, newest first."""
        workshop = self.workshop_for(request, pk, MAY_SEE_PEOPLE)
        line = workshop.registrations.waiting()
        steps = workshop.steps.select_related("registration").order_by("-pk")[: SHOWN + 1]
        shown = list(line.select_related("address")[: SHOWN + 1])
        log = [log_row(step, workshop) for step in steps]
        context = {
            "waiting": [waiting_row(each, n, workshop) for n, each in enumerate(shown[:SHOWN], start=1)],
            "waiting_count": line.count(),
            "is_cut": len(shown) > SHOWN,
            "log": log[:SHOWN],
            "log_is_cut": len(log) > SHOWN,
            "shown": SHOWN,
        }
        return self.page(request, workshop, "line", _("Waiting list"), context)

    def attendance_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who has come so far. The page asks again by itself where scripts run, and when it is loaded again."""
        workshop = self.workshop_for(request, pk, MAY_SEE_PEOPLE)
        may_mark = request.user.has_perm(MAY_MARK)
        if request.method == "POST" and may_mark:
            return self._mark(request, workshop)
        seated = workshop.registrations.seated()
        came = seated.filter(attended_at__isnull=False).order_by("-attended_at", "-pk")
        absent = seated.filter(attended_at=None, erased_at=None).order_by("name", "pk")
        counted = seated.count(), came.count()
        context = {
            "seats": counted[0],
            "came": counted[1],
            "arrivals": [arrival_row(each, workshop) for each in came.only(*ROW)[:SHOWN]],
            "absent": list(absent.only(*ROW)[:MOST_MARKED]),
            "absent_count": counted[0] - counted[1],
            "may_mark": may_mark,
            "at": times.clock(request.arrived_at, workshop.zone),
            "city": times.city_name(workshop.zone),
        }
        return self.page(request, workshop, "attendance", _("Attendance"), context)

    def _mark(self, request: HttpRequest, workshop: Workshop) -> HttpResponse:
        """Note who came on the phone, say; or take a note back."""
        pks = [int(pk) for pk in request.POST.getlist("person") if pk.isdecimal() and len(pk) < 19][
            :MOST_MARKED
        ]
        theirs = list(workshop.registrations.filter(pk__in=pks).values_list("pk", flat=True))
        marked = attending.mark_attended(
            theirs, came="absent" not in request.POST, at=request.arrived_at, by=request.user
        )
        words = ngettext("%(n)d person is noted.", "%(n)d people are noted.", marked)
        messages.success(request, words % {"n": marked})
        return self.back(workshop, "attendance")

    def figures_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self.workshop_for(request, pk, MAY_SEE_PEOPLE)
        return self.page(request, workshop, "figures", _("Figures"), {"figures": figures_of(workshop)})

    def feedback_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What people answered afterwards."""
        workshop = self.workshop_for(request, pk, MAY_SEE_PEOPLE)
        return self.page(request, workshop, "feedback", _("Feedback"), {"feedback": feedback_of(workshop)})


ROW = ("name", "organisation", "country", "attended_at", "workshop")


def waiting_row(registration: Registration, place: int, workshop: Workshop) -> dict:
    return {
        "pk": registration.pk,
        "place": place,
        "name": registration.name,
        "organisation": registration.organisation,
        "country": country_name(registration.country),
        "since": f"{registration.registered_at.astimezone(workshop.zone):%Y-%m-%d %H:%M}",
        "takes_letters": registration.address.suppressed_at is None,
    }


def arrival_row(registration: Registration, workshop: Workshop) -> dict:
    return {
        "pk": registration.pk,
        "name": str(registration),
        "organisation": registration.organisation,
        "country": country_name(registration.country),
        "at": times.clock(registration.attended_at, workshop.zone),
    }


def log_row(step: Step, workshop: Workshop) -> dict:
    words = dict(Registration.Status.choices)
    return {
        "at": f"{step.at.astimezone(workshop.zone):%Y-%m-%d %H:%M:%S}",
        "pk": step.registration_id,
        "name": str(step.registration),
        "was": words.get(step.was, step.was),
        "became": words.get(step.became, step.became),
        "why": why_words(step.why),
    }
