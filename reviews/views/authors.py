"""What authors and their colleagues see of the review: a question of ours to answer, and what we decided."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import answers
from cases.drafting import NotAllowed
from cases.models import Case, Colleague
from cases.timelines import timelines_of
from cases.views.entry import for_colleague
from cases.views.writing import frame_of, in_call_zone
from people import times
from people.held import words_held
from reviews import asking
from reviews.asking import Overtaken, may_answer, token_of
from reviews.forms import AnswerForm
from reviews.models import Criterion, Decision, Question

_Outcome = Decision.Outcome


# -- Questions -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_colleague
def question(request: HttpRequest, part: Colleague, pk: int) -> HttpResponse:
    """A question of ours, and the answer to it; whoever may write in the case answers."""
    asked = question_of(part, pk)
    if request.method == "POST":
        return _take(request, part, asked)
    form = AnswerForm(said=asked.answer, based_on=token_of(asked), at=request.arrived_at)
    return _show(request, part, asked, form)


def question_of(part: Colleague, pk: int) -> Question:
    try:
        found = Question.objects.select_related("dossier", "answered_by")
        return found.get(pk=pk, dossier__case=part.case)
    except (Question.DoesNotExist, OverflowError):
        raise Http404


def _take(request: HttpRequest, part: Colleague, asked: Question) -> HttpResponse:
    if not part.may_write:
        return words_held(request, reason="not-allowed", name_of=answers.name_of)
    form = AnswerForm(request.POST, at=request.arrived_at)
    if not form.is_valid():
        return _show(request, part, asked, form, status=422)
    try:
        asking.answer(
            asked,
            words=form.cleaned_data["answer"],
            based_on=form.cleaned_data["based_on"],
            by=part,
            at=request.arrived_at,
        )
    except Overtaken as overtaken:
        form.base_on(token_of(overtaken.question))
        return _show(request, part, overtaken.question, form, status=409, overtaken=True)
    except NotAllowed as error:
        asked = question_of(part, asked.pk)
        return _show(request, part, asked, form, status=409, not_taken=str(error))
    messages.success(request, _("We have your answer. Thank you."))
    return redirect("reviews:question", code=part.case.code, pk=asked.pk)


def _show(
    request: HttpRequest,
    part: Colleague,
    asked: Question,
    form: AnswerForm,
    *,
    status: int = 200,
    overtaken: bool = False,
    not_taken: str = "",
) -> HttpResponse:
    case = part.case
    context = frame_of(request, part) | {
        "question": asked,
        "form": form,
        "asked_on": times.day(asked.asked_at, case.call.zone),
        "wished_by": in_call_zone(case, asked.due_at and times.last_minute(asked.due_at)),
        "answered_on": in_call_zone(case, asked.answered_at),
        "answered_by": asked.answered_by.name if asked.answered_by else "",
        "takes_answers": part.may_write
        and may_answer(asked, asked.dossier)
        and case.status not in asking.OVER,
        "may_change_case": asked.may_change and case.status == Case.Status.CHANGES_REQUESTED,
        "overtaken": overtaken,
        "not_taken": not_taken,
        "typed": form.data.get("answer", "").replace("\0", "\ufffd") if not_taken else "",
    }
    return render(request, "reviews/question.html", context, status=status)


# -- Decisions -----------------------------------------------------------------------------------------------------------


HEADINGS = {
    _Outcome.PUBLISH: lambda: _("We would like to publish your case"),
    _Outcome.NOT_PUBLISHED: lambda: _("We do not publish your case at present"),
    _Outcome.CHANGES_REQUESTED: lambda: _("Please change your case"),
    _Outcome.HOLD: lambda: _("Your case is on hold"),
}
NEXT = {
    _Outcome.PUBLISH: lambda: _(
        "You need not do anything now. We prepare the public version of your case next."
    ),
    _Outcome.NOT_PUBLISHED: lambda: _(
        "Your case stays with us and can be taken up again. If there is something new to tell, write to us."
    ),
    _Outcome.CHANGES_REQUESTED: lambda: _(
        "Your case is open for you: change it and hand it in again. We then look at it again."
    ),
    _Outcome.HOLD: lambda: _(
        "You need not do anything. Your case is neither accepted nor turned down, and we write to you when there is news."
    ),
}


@require_safe
@for_colleague
def decision(request: HttpRequest, part: Colleague) -> HttpResponse:
    """What was decided of the case and told: reasons, criteria in words, what comes next. Nothing of what waits."""
    case = part.case
    told = Decision.objects.told().filter(dossier__case=case).order_by("-number")
    told = list(told.select_related("release", "dossier")[:2])
    context = frame_of(request, part) | {"timeline": timelines_of([case], at=request.arrived_at).get(case.pk)}
    if told:
        last = told[0]
        outcome = _Outcome(last.outcome)
        context |= {
            "decision": last,
            "heading": HEADINGS[outcome](),
            "next": _next(case, last),
            "told_on": times.day(last.told_at, case.call.zone),
            "instead_of": times.day(told[1].told_at, case.call.zone) if told[1:] else "",
            "asks_for_changes": outcome == _Outcome.CHANGES_REQUESTED,
            "is_open_to_change": case.status == Case.Status.CHANGES_REQUESTED,
            "criteria": criteria_of(last),
        }
    return render(request, "reviews/decision.html", context)


def _next(case: Case, last: Decision) -> str:
    if case.status == Case.Status.WITHDRAWN:
        return _("You have withdrawn the case since. We no longer read it.")
    if case.status == Case.Status.HANDED_IN:
        return _("You have handed it in again since. We look at it and write to you.")
    return NEXT[_Outcome(last.outcome)]()


def criteria_of(decision: Decision) -> list[dict[str, str]]:
    """Each criterion with the description that comes nearest to what the reviewers said together; [] where a decision
    keeps none, for of one review alone an author would know everything."""
    if not decision.points:
        return []
    criteria = Criterion.objects.filter(round=decision.dossier.round_id)
    return [
        {
            "title": each.title_text,
            "question": each.question_text,
            "words": dict(each.anchors)[decision.points[each.key]],
        }
        for each in criteria
        if each.key in decision.points
    ]
