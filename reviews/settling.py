"""Where a dossier stands: the one place that works it out, called at the end of whatever changes it."""

from __future__ import annotations

from cases.models import Case
from reviews.models import Decision, Dossier, Round, Screening

_Step = Dossier.Step


def settle(dossier: Dossier) -> None:
    """Count the readers, find the next due date and the step, and write them down.

    The caller holds the row of the dossier locked, inside its transaction. Safe to repeat: it looks at what is true.
    Statistics and ranking of the round are marked to be counted again.
    """
    reading = list(dossier.assignments.active().values_list("finished_at", "due_at"))
    dossier.readers = len(reading)
    dossier.finished = sum(finished is not None for finished, _due in reading)
    dossier.due_at = min((due for finished, due in reading if finished is None), default=None)
    asked = dossier.questions.filter(answered_at__isnull=True, closed_at__isnull=True)
    dossier.asked_at = asked.values_list("asked_at", flat=True).first()
    dossier.decision = dossier.decisions.order_by("-number").first()
    status = Case.objects.values_list("status", flat=True).get(pk=dossier.case_id)
    screening = Screening.objects.filter(dossier=dossier).first()
    dossier.step = step_of(
        status,
        verdict=screening.verdict if screening else "",
        readers=dossier.readers,
        finished=dossier.finished,
        wanted=dossier.round.readers_per_case,
        decision=dossier.decision,
    )
    dossier.save(update_fields=["readers", "finished", "due_at", "asked_at", "decision", "step"])
    Round.objects.filter(pk=dossier.round_id, stale=False).update(stale=True)


def step_of(
    status: str, *, verdict: str, readers: int, finished: int, wanted: int, decision: Decision | None
) -> str:
    """The step of the review at which a case stands. A case that comes back after a released decision stays decided:
    it is marked as come back, and whoever changes the decision says why."""
    if status in (Case.Status.WITHDRAWN, Case.Status.DRAFT):
        return _Step.OUT
    if decision is not None:
        return _Step.DECIDED if decision.release_id else _Step.TO_RELEASE
    if verdict == Screening.Answer.NO or (readers >= wanted and finished >= wanted):
        return _Step.TO_DECIDE
    if readers >= wanted:
        return _Step.IN_REVIEW
    return _Step.TO_ASSIGN if verdict else _Step.TO_SCREEN
