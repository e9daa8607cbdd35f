"""The rubric of a round: edited until the first score is saved, read ever after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people import times
from people.typing_in import key_in
from reviews import rubric
from reviews.admin.pages import RoundPages
from reviews.admin.rubric_form import CriterionForm, WhyForm
from reviews.models import Criterion, Round

MAY_EDIT = tuple(f"reviews.{deed}_criterion" for deed in ("add", "change", "delete"))
#: Criteria of one rubric: more cannot be weighed in a head, nor sent in one form.
MOST_CRITERIA = 12


class RubricPages(RoundPages):
    PAGES = (("rubric/", "rubric", "rubric_view"),)
    DEEDS = (("rubric", gettext_lazy("The rubric"), "reviews.view_round"),)

    def rubric_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        round_ = self.round_for(request, pk)
        criteria = list(round_.criteria.all())
        may_edit = request.user.has_perms(MAY_EDIT)
        if request.method != "POST":
            forms = forms_for(criteria) if may_edit and round_.rubric_is_open else []
            return self._rubric(request, round_, criteria, forms, WhyForm())
        if not may_edit:
            raise PermissionDenied
        forms, why = forms_for(criteria, request.POST), WhyForm(request.POST)
        if problem := problem_with(forms, why):
            return self._rubric(request, round_, criteria, forms, why, problem=problem, status=422)
        lines = [form.line for form in in_order(forms)]
        try:
            touched = rubric.edit(
                round_,
                lines,
                was=request.POST.get("seen", ""),
                why=why.cleaned_data["why"],
                by=request.user,
                at=request.arrived_at,
            )
        except rubric.Begun as begun:
            problem = _(
                "The first score was saved on %(day)s, so the rubric stays as it is: all cases have to be "
                "measured alike. What you typed stands below, but is not saved."
            ) % {"day": times.moment(begun.at, round_.call.zone)}
            return self._rubric(
                request, round_, criteria, forms, why, problem=problem, closed=True, status=409
            )
        except rubric.EditedMeanwhile:
            problem = _(
                "Somebody else saved the rubric while you were writing. Compare it in another window first: "
                "saving again puts what stands here in its place."
            )
            return self._rubric(request, round_, criteria, forms, why, problem=problem, status=409)
        messages.success(request, _("The rubric is saved.") if touched else _("Nothing was changed."))
        return self.back_to(round_, "rubric")

    def _rubric(
        self,
        request: HttpRequest,
        round_: Round,
        criteria: list[Criterion],
        forms: Sequence[CriterionForm],
        why: WhyForm,
        *,
        problem: str = "",
        closed: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        begun = round_.begun_at
        response = self.round_page(
            request,
            round_,
            "rubric",
            title=_("The rubric"),
            criteria=criteria,
            forms=forms,
            why=why,
            seen=rubric.seen(criteria),
            problem=problem,
            closed=closed,
            begun=times.moment(begun, round_.call.zone) if begun else "",
        )
        response.status_code = status
        return response


def forms_for(criteria: list[Criterion], data: Any = None) -> list[CriterionForm]:
    """A form for each criterion and one for another; of what was sent, also for those that are there no more."""
    by_key = {one.pk: one for one in criteria}
    keys = list(by_key)
    if data is not None:
        sent = [key for line in data.getlist("line") if (key := key_in(line)) is not None]
        keys = list(dict.fromkeys(sent))[:MOST_CRITERIA]
    forms = [CriterionForm(data, pk=key, criterion=by_key.get(key)) for key in keys]
    return [*forms, CriterionForm(data, pk=None, place=len(keys) + 1)]


def problem_with(forms: Sequence[CriterionForm], why: WhyForm) -> str:
    """Why these forms make no rubric, or ""; what is wrong with one field stands beside it."""
    sound = why.is_valid() and not any(form.errors for form in forms)
    kept = [form for form in forms if form.is_valid() and form.counts]
    taken: set[str] = set()
    for form in kept:
        key = form.line.key
        if key in taken:
            form.add_error("key", _("Another criterion has this key."))
            sound = False
        taken.add(key)
    if not sound:
        return _("Please mend what is marked below.")
    if not kept:
        return _("A rubric needs at least one criterion.")
    if len(kept) > MOST_CRITERIA:
        return _("A rubric has at most %(n)s criteria.") % {"n": MOST_CRITERIA}
    return ""


def in_order(forms: Sequence[CriterionForm]) -> list[CriterionForm]:
    """Those that count, by the place that was typed; of two with the same place the one that stood first."""
    return sorted((form for form in forms if form.counts), key=lambda form: form.cleaned_data["position"])
