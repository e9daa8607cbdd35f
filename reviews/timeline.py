"""The way of a case as its author sees it: what has happened, where it stands, what comes next and by when.

The steps are coarser than ours on purpose. Nothing here tells who reads a case, how many do, or when any of them
was done: from «read and decided» on, the next thing an author hears is our letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, Submission
from people import times
from reviews.asking import may_answer
from reviews.durations import DECISION, LOOK, WHOLE, Expectation, expected, in_days
from reviews.models import Decision, Dossier, Question

_Outcome = Decision.Outcome
DONE, NOW, TURN, LATE, NEXT = "done", "now", "turn", "late", "next"


@dataclass
class Step:
    """One step in words. ``link``: address and words of what can be done here."""

    state: str
    what: str
    when: str = ""
    words: list[str] = field(default_factory=list)
    link: tuple[str, str] | None = None


@dataclass
class _Facts:
    dossier: Dossier
    looked_at: datetime | None
    handed_in: list[datetime]
    questions: list[Question]
    told: list[Decision]

    def day(self, instant: datetime) -> str:
        return times.day(instant, self.dossier.case.call.zone)


def timelines_of(cases: Collection[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """The timeline of each of these cases that has come to the review, by its key: ``{"title", "steps"}``.

    Four statements, however many cases they are; none without a case.
    """
    if not cases:
        return {}
    return {
        facts.dossier.case_id: {"title": _("Where your case stands"), "steps": _steps(facts, at)}
        for facts in _facts_of(cases)
    }


def _facts_of(cases: Collection[int]) -> Iterable[_Facts]:
    found: list[Any] = list(
        Dossier.objects.filter(case__in=cases).select_related("round", "case__call").with_first_look()
    )
    by_pk = {dossier.pk: _Facts(dossier, dossier.looked_at, [], [], []) for dossier in found}
    by_case = {dossier.case_id: by_pk[dossier.pk] for dossier in found}
    arrived = Submission.objects.filter(case__in=by_case).order_by("number")
    for case, instant in arrived.values_list("case", "arrived_at"):
        by_case[case].handed_in.append(instant)
    for question in Question.objects.filter(dossier__in=by_pk):
        by_pk[question.dossier_id].questions.append(question)
    told = Decision.objects.told().filter(dossier__in=by_pk).order_by("number")
    for decision in told.select_related("release").defer("reasons", "why_changed"):
        by_pk[decision.dossier_id].told.append(decision)
    return by_pk.values()


# -- The steps ---------------------------------------------------------------------------------------------------------


def _steps(facts: _Facts, at: datetime) -> list[Step]:
    past = [
        *((instant, _handed_in(facts, number, instant)) for number, instant in enumerate(facts.handed_in, 1)),
        *((question.asked_at, _asked(facts, question)) for question in facts.questions),
        *((decision.told_at, _told(facts, decision)) for decision in facts.told),
    ]
    if facts.looked_at:
        past.append((facts.looked_at, Step(DONE, _("First look"), facts.day(facts.looked_at))))
    past.sort(key=lambda pair: pair[0])
    return [*(step for _instant, step in past), *_ahead(facts, at)]


def _handed_in(facts: _Facts, number: int, instant: datetime) -> Step:
    what = _("Handed in") if number == 1 else _("Handed in again: version %(n)s") % {"n": number}
    return Step(DONE, what, facts.day(instant))


def _asked(facts: _Facts, question: Question) -> Step:
    case = facts.dossier.case
    step = Step(DONE, _("We asked you a question"), facts.day(question.asked_at))
    address = reverse("reviews:question", args=[case.code, question.pk])
    if question.answered_at:
        step.words = [_("Answered on %(day)s.") % {"day": facts.day(question.answered_at)}]
    elif question.closed_at:
        step.words = [_("We no longer need an answer.")]
    elif case.status == Case.Status.WITHDRAWN:
        return step
    else:
        step.state = TURN
        if question.due_at:
            due = facts.day(times.last_minute(question.due_at))
            step.words = [_("We wish for your answer by %(day)s.") % {"day": due}]
        step.link = (address, _("Answer the question"))
        return step
    read = _("Read or change the answer") if may_answer(question, facts.dossier) else _("Read it again")
    step.link = (address, read)
    return step


OUTCOMES = {
    _Outcome.PUBLISH: lambda: _("We would like to publish it."),
    _Outcome.NOT_PUBLISHED: lambda: _("We do not publish it at present. It can be taken up again."),
    _Outcome.CHANGES_REQUESTED: lambda: _("We have asked you to change it."),
    _Outcome.HOLD: lambda: _("It is on hold: neither accepted nor turned down."),
}


def _told(facts: _Facts, decision: Decision) -> Step:
    is_last = decision is facts.told[-1]
    what = _("Our decision") if decision is facts.told[0] else _("Our decision, changed")
    words = OUTCOMES[_Outcome(decision.outcome)]()
    address = reverse("reviews:decision", args=[facts.dossier.case.code])
    return Step(
        DONE,
        what,
        facts.day(decision.told_at),
        [words] if is_last else [],
        (address, _("Read the decision")) if is_last else None,
    )


def _ahead(facts: _Facts, at: datetime) -> list[Step]:
    """What is going on now, and what comes after it."""
    case, waits, looked_at = facts.dossier.case, facts.dossier.round.waits, facts.looked_at
    if case.status == Case.Status.WITHDRAWN:
        return [Step(DONE, _("Withdrawn"), words=[_("We no longer read it.")])]
    if facts.told:
        return _after(facts)
    promised = facts.dossier.round.promised_at
    decided = Step(NEXT if looked_at is None else NOW, _("Reading and decision"))
    if looked_at is not None:
        wait = waits.get(DECISION)
        _say(facts, decided, expected(looked_at, wait, promised=promised, at=at), promised)
        return [decided]
    since, look = facts.handed_in[0], Step(NOW, _("First look"))
    _say(facts, look, expected(since, waits.get(LOOK), at=at))
    _say(facts, decided, expected(since, waits.get(WHOLE), promised=promised, at=at), promised)
    return [look, decided]


def _say(facts: _Facts, step: Step, found: Expectation, promised: datetime | None = None) -> None:
    """By when, that it takes longer if it does, and what that follows from."""
    day = facts.day(found.by) if found.by else ""
    if found.late:
        step.state = LATE
        words = (
            _("We are later than we wished, and sorry. We now expect it by %(day)s.")
            if day
            else _(
                "We are later than we said, and sorry. We cannot name a new day yet; ask us at %(contact)s."
            )
        )
        contact = facts.dossier.case.call.contact_email
        step.words.append(words % {"day": day, "contact": contact})
    elif found.slower and day:
        words = _("It takes longer than for half of the cases. We now expect it by %(day)s.")
        step.words.append(words % {"day": day})
    elif day and found.by != promised:
        step.words.append(_("We expect it by %(day)s.") % {"day": day})
    if promised and not found.late:
        step.words.append(_("We promised our decision by %(day)s.") % {"day": facts.day(promised)})
    if found.usual and found.most:
        words = _(
            "In this call half of the cases took %(usual)s or less for this, nine in ten %(most)s or less."
        )
        step.words.append(words % {"usual": in_days(found.usual), "most": in_days(found.most)})


def _after(facts: _Facts) -> list[Step]:
    """What comes after the last decision that the author knows."""
    case, last = facts.dossier.case, facts.told[-1]
    if facts.handed_in[-1] > last.told_at:
        return [Step(NOW, _("We look at it again"), words=[_("We write to you when we have.")])]
    if last.outcome == _Outcome.CHANGES_REQUESTED:
        address = reverse("cases:overview", args=[case.code])
        words = [_("Change the case and hand it in again.")]
        return [Step(TURN, _("Your changes"), words=words, link=(address, _("Open the case")))]
    if last.outcome == _Outcome.PUBLISH and case.status != Case.Status.PUBLISHED:
        return [Step(NEXT, _("Publication"), words=[_("We prepare the public version.")])]
    if last.outcome == _Outcome.HOLD:
        return [Step(NOW, _("On hold"), words=[_("We write to you when there is news.")])]
    return []
