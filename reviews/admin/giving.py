"""Who reads one case: given by hand, taken back, another due date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people import times
from people.typing_in import key_in, valid_year
from reviews import assigning
from reviews.admin.pages import DossierPages
from reviews.admin.reviewers import MAY_GIVE
from reviews.assigning import Candidate
from reviews.models import Assignment, Dossier, Reviewer


class DueField(forms.DateField):
    """A day, through its end, in the zone of the call; cleans to an instant (UTC) or None."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_validators = [valid_year]


class GiveForm(forms.Form):
    reviewer = forms.ChoiceField(
        label=gettext_lazy("Reviewer"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a reviewer."),
            "invalid_choice": gettext_lazy("Choose a reviewer from the list."),
        },
    )
    due = DueField(
        label=gettext_lazy("To be read by"),
        required=False,
        help_text=gettext_lazy("Left empty: as many days from today as the round gives."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60, "dir": "auto"}),
        help_text=gettext_lazy("Needed where something speaks against it. Stays in the history of the case."),
    )

    def __init__(self, candidates: list[Candidate], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reviewer"].choices = [
            (str(each.reviewer.pk), str(each.reviewer)) for each in candidates if not each.refused
        ]


class DueForm(forms.Form):
    due = DueField(
        label=gettext_lazy("To be read by"), error_messages={"required": gettext_lazy("Enter a day.")}
    )


class GivingPages(DossierPages):
    PAGES = (("reviewers/", "give", "give_view"),)
    DEEDS = (("give", gettext_lazy("Reviewers"), MAY_GIVE),)

    def give_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        dossier = self.dossier_for(request, pk, MAY_GIVE)
        deed = request.POST.get("do", "") if request.method == "POST" else ""
        candidates = assigning.candidates(dossier)
        form = GiveForm(candidates, request.POST if deed == "give" else None)
        told: dict[str, Any] = {}
        if deed == "give":
            if form.is_valid() and self._give(request, dossier, form):
                return self.back_to(dossier, "give")
        elif deed in ("take-back", "due"):
            told = self._change(request, dossier, deed)
            if not told:
                return self.back_to(dossier, "give")
        given = list(
            dossier.assignments.select_related("reviewer__user", "given_by").order_by("given_at", "pk")
        )
        chosen = form["reviewer"].value()
        return self.dossier_page(
            request,
            dossier,
            "give",
            title=_("Reviewers"),
            form=form,
            candidates=[candidate_row(each, chosen) for each in candidates],
            wanted=dossier.round.readers_per_case,
            reading=[
                reading_row(each, dossier, request.arrived_at, told)
                for each in given
                if each.ended_at is None
            ],
            before=[before_row(each, dossier) for each in given if each.ended_at is not None],
            may_give=dossier.step != Dossier.Step.TO_SCREEN and dossier.step not in assigning.OVER,
            told=told,
        )

    def _give(self, request: HttpRequest, dossier: Dossier, form: GiveForm) -> bool:
        said = form.cleaned_data
        reviewer = Reviewer.objects.get(pk=int(said["reviewer"]))
        try:
            given = assigning.give(
                dossier,
                reviewer,
                by=request.user,
                at=request.arrived_at,
                reason=said["reason"],
                due_at=times.end_of(said["due"], dossier.round.call.zone) if said["due"] else None,
            )
        except assigning.ReasonNeeded as needed:
            form.add_error("reason", needed.args[0])
            return False
        except assigning.NotPossible as refusal:
            form.add_error(None, refusal.args[0])
            return False
        words = _("%(name)s has the case, to be read by %(day)s.")
        day = times.day(given.due_at, dossier.round.call.zone)
        messages.success(request, words % {"name": reviewer, "day": day})
        return True

    def _change(self, request: HttpRequest, dossier: Dossier, deed: str) -> dict[str, Any]:
        """Take one back, or give it another due date; what was typed and what is wrong with it, or nothing."""
        given = dossier.assignments.select_related("reviewer__user", "dossier")
        assignment = given.filter(pk=key_in(request.POST.get("assignment", ""))).first()
        if assignment is None:
            raise Http404
        told: dict[str, Any] = {"key": assignment.pk, "deed": deed}
        by = {"by": request.user, "at": request.arrived_at}
        try:
            if deed == "due":
                told["due"] = request.POST.get("due", "")
                form = DueForm(request.POST)
                if not form.is_valid():
                    return told | {"error": form.errors["due"][0]}
                due_at = times.end_of(form.cleaned_data["due"], dossier.round.call.zone)
                assigning.change_due(assignment, due_at=due_at, **by)
                words = _("%(name)s has another due date.")
            else:
                told["reason"] = request.POST.get("reason", "").replace("\0", "")[:2000]
                assigning.take_back(assignment, reason=told["reason"], **by)
                words = _("The case is taken back from %(name)s.")
        except assigning.NotPossible as refusal:
            return told | {"error": refusal.args[0]}
        messages.success(request, words % {"name": assignment.reviewer})
        return {}


def candidate_row(candidate: Candidate, chosen: str | None) -> dict:
    return {
        "key": candidate.reviewer.pk,
        "name": str(candidate.reviewer),
        "fits": candidate.fits,
        "doubts": candidate.doubts,
        "refused": candidate.refused,
        "chosen": str(candidate.reviewer.pk) == chosen,
    }


def reading_row(assignment: Assignment, dossier: Dossier, at: datetime, told: dict[str, Any]) -> dict:
    """Somebody who has the case; ``told`` is what was just typed about one of them and could not be."""
    zone = dossier.round.call.zone
    mine = told if told.get("key") == assignment.pk else {}
    finished = assignment.finished_at
    return {
        "key": assignment.pk,
        "name": str(assignment.reviewer),
        "takes": assigning.takes_cases(assignment.reviewer),
        "given": times.day(assignment.given_at, zone),
        "due": times.day(assignment.due_at, zone),
        "finished": times.day(finished, zone) if finished else "",
        "overdue": finished is None and assignment.due_at < at,
        "due_typed": mine.get("due") or assignment.due_at.astimezone(zone).date().isoformat(),
        "due_error": mine.get("error", "") if mine.get("deed") == "due" else "",
        "reason_typed": mine.get("reason", ""),
        "reason_error": mine.get("error", "") if mine.get("deed") == "take-back" else "",
    }


def before_row(assignment: Assignment, dossier: Dossier) -> dict:
    zone = dossier.round.call.zone
    return {
        "name": str(assignment.reviewer),
        "given": times.day(assignment.given_at, zone),
        "ended": times.day(assignment.ended_at, zone),
        "why": assigning.why_ended(assignment),
        "finished": assignment.finished_at is not None,
    }
