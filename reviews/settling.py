"""Where a dossier stands: the one place that works it out, called at the end of whatever changes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from cases.models import Case
from reviews.models import Assignment, Decision, Dossier, Question, Screening

_Step = Dossier.Step
#: What ``settle`` writes.
SETTLED = ["readers", "finished", "due_at", "asked_at", "decision", "verdict", "step", "to_count"]
BATCH = 500


def settle(dossier: Dossier) -> None:
    """Count the readers, find the next due date and the step, and write them down.

    The caller holds the row of the dossier locked, inside its transaction. Safe to repeat: it looks at what is true.
    The dossier is marked to be counted again; the round is not touched, for its lock comes before that of a dossier.
    """
    settle_many([dossier])


def settle_many(dossiers: Sequence[Dossier]) -> None:
    """The same for many at once, in six statements for each 500. Their rounds have been fetched with them."""
    for start in range(0, len(dossiers), BATCH):
        _settle_some(dossiers[start : start + BATCH])


def _settle_some(dossiers: Sequence[Dossier]) -> None:
    keys = [dossier.pk for dossier in dossiers]
    reading: dict[int, list] = defaultdict(list)
    for key, *facts in (
        Assignment.objects.active()
        .filter(dossier__in=keys)
        .order_by()
        .values_list("dossier_id", "finished_at", "due_at")
    ):
        reading[key].append(facts)
    asked: dict[int, datetime] = {}
    questions = Question.objects.filter(dossier__in=keys, answered_at__isnull=True, closed_at__isnull=True)
    for key, asked_at in questions.order_by("-asked_at", "-pk").values_list("dossier_id", "asked_at"):
        asked[key] = asked_at  # the first one asked comes last
    decided = {each.dossier_id: each for each in Decision.objects.filter(dossier__in=keys).order_by("number")}
    verdicts = {each.dossier_id: each.verdict for each in Screening.objects.filter(dossier__in=keys)}
    cases = Case.objects.filter(pk__in=[dossier.case_id for dossier in dossiers])
    statuses = dict(cases.values_list("pk", "status"))
    for dossier in dossiers:
        dues = [due for finished, due in reading[dossier.pk] if finished is None]
        dossier.readers = len(reading[dossier.pk])
        dossier.finished = dossier.readers - len(dues)
        dossier.asked_at = asked.get(dossier.pk)
        dossier.decision = decided.get(dossier.pk)
        dossier.verdict = verdicts.get(dossier.pk, "")
        dossier.to_count = True
        dossier.step = step_of(
            statuses[dossier.case_id],
            verdict=dossier.verdict,
            readers=dossier.readers,
            finished=dossier.finished,
            wanted=dossier.round.readers_per_case,
            decision=dossier.decision,
        )
        is_over = dossier.step in (_Step.OUT, _Step.DECIDED)
        dossier.due_at = None if is_over else min(dues, default=None)
    Dossier.objects.bulk_update(dossiers, SETTLED, batch_size=BATCH)


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
