"""Where a dossier stands: the one place that works it out, called at the end of whatever changes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from cases.models import Case
from reviews.models import Assignment, Decision, Dossier, Question, Round, Screening

_Step = Dossier.Step
#: What ``settle`` writes.
SETTLED = ["readers", "finished", "due_at", "asked_at", "decision", "step"]
BATCH = 500


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
    dossier.save(update_fields=SETTLED)
    _count_again([dossier.round_id])


def settle_many(dossiers: Sequence[Dossier]) -> None:
    """The same for many at once, in six statements for each 500. Their rounds have been fetched with them."""
    for start in range(0, len(dossiers), BATCH):
        _settle_some(dossiers[start : start + BATCH])
    _count_again(sorted({dossier.round_id for dossier in dossiers}))


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
        dossier.due_at = min(dues, default=None)
        dossier.asked_at = asked.get(dossier.pk)
        dossier.decision = decided.get(dossier.pk)
        dossier.step = step_of(
            statuses[dossier.case_id],
            verdict=verdicts.get(dossier.pk, ""),
            readers=dossier.readers,
            finished=dossier.finished,
            wanted=dossier.round.readers_per_case,
            decision=dossier.decision,
        )
    Dossier.objects.bulk_update(dossiers, SETTLED, batch_size=BATCH)


def _count_again(rounds: Sequence[int]) -> None:
    """Mark the statistics of these rounds to be counted again, without waiting for whoever holds a round.

    The caller holds dossiers, and locks are taken round first: waiting here could be waiting for somebody who waits
    for us. A round that is held is marked once we have let go of everything.
    """
    fresh = set(Round.objects.filter(pk__in=rounds, stale=False).values_list("pk", flat=True))
    if not fresh:
        return
    free = fresh
    if connection.features.has_select_for_update_skip_locked:
        rows = Round.objects.filter(pk__in=fresh).order_by("pk")
        free = set(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    Round.objects.filter(pk__in=free).update(stale=True)
    if held := fresh - free:
        transaction.on_commit(lambda: Round.objects.filter(pk__in=held).update(stale=True))


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
