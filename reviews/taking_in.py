"""Cases come to the review by themselves: every handed-in case gets a dossier, and a dossier notices what came back.

The room of the cases does not know this one. A sweep looks for what is true now: a case without a dossier, a dossier
whose case was handed in again or withdrawn. So nothing is lost when it did not run for a while.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cases.models import Call, Case, Submission
from reviews.asking import answered_by_handing_in
from reviews.models import Dossier, Screening
from reviews.rubric import round_of
from reviews.screening import all_hold, checks_of
from reviews.settling import settle

#: So many cases in one sweep; the next one goes on.
BATCH = 500


def take_in(*, at: datetime) -> int:
    """Open a dossier for each case that has none, and bring up to date those whose case has moved on.

    Returns how many it touched. Safe to repeat and to run twice at once; one small transaction for each case.
    """
    rounds = {}
    new = Case.objects.filter(dossier__isnull=True, latest__isnull=False).exclude(status=Case.Status.DRAFT)
    touched = 0
    for case_id, call_id in list(new.order_by("pk").values_list("pk", "call_id")[:BATCH]):
        if call_id not in rounds:
            rounds[call_id] = round_of(Call.objects.get(pk=call_id))
        touched += _open(case_id, rounds[call_id], at=at)
    gone = Q(case__status__in=[Case.Status.WITHDRAWN, Case.Status.DRAFT])
    out = Q(step=Dossier.Step.OUT)
    moved = Dossier.objects.filter(
        ~Q(submission=F("case__latest")) | (gone & ~out) | (out & ~gone) | _out_of_step()
    )
    for pk in list(moved.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        touched += _bring_up_to_date(pk, at=at)
    return touched


def _out_of_step() -> Q:
    """Cases that stand at another step since staff changed how many reviewers a case has."""
    step, wanted = Dossier.Step, F("round__readers_per_case")
    return (
        Q(step__in=[step.TO_SCREEN, step.TO_ASSIGN], readers__gte=wanted)
        | Q(step=step.IN_REVIEW, readers__lt=wanted)
        | Q(step=step.IN_REVIEW, finished__gte=wanted)
        | (Q(step=step.TO_DECIDE, finished__lt=wanted) & ~Q(verdict=Screening.Answer.NO))
    )


@transaction.atomic
def _open(case_id: int, round_, *, at: datetime) -> int:
    submission = _with_its_case().get(pk__in=Case.objects.filter(pk=case_id).values("latest"))
    dossier, made = Dossier.objects.get_or_create(
        case_id=case_id,
        defaults={
            "round": round_,
            "submission": submission,
            "opened_at": at,
            **facts_computed(submission),
        },
    )
    if made:
        settle(dossier)
    return int(made)


@transaction.atomic
def _bring_up_to_date(pk: int, *, at: datetime) -> int:
    dossier = Dossier.objects.locked().select_related("round").get(pk=pk)
    latest = Case.objects.values_list("latest", flat=True).get(pk=dossier.case_id)
    if latest != dossier.submission_id:
        before, now = dossier.submission, _with_its_case().select_related("by__address").get(pk=latest)
        changed = changed_answers(before, now)
        dossier.submission = now
        dossier.came_back_at = at
        dossier.news = {
            **dossier.news,
            "changed": sorted({*dossier.news.get("changed", []), *changed}),
        }
        for name, value in facts_computed(now).items():
            setattr(dossier, name, value)
        dossier.save(update_fields=["submission", "came_back_at", "news", "checks", "eligible", "searched"])
        answered_by_handing_in(dossier, now)
    dossier.to_compare = True
    dossier.save(update_fields=["to_compare"])
    settle(dossier)
    return 1


def _with_its_case() -> QuerySet[Submission]:
    return Submission.objects.select_related("case").defer("case__answers", "case__versions")


def facts_computed(submission: Submission) -> dict[str, Any]:
    """What the computer can tell of a case by itself, as fields of the dossier."""
    checks = checks_of(submission)
    searched = f"{submission.case.reference} {submission.title} {submission.organisation}".casefold()
    return {"checks": checks, "eligible": all_hold(checks), "searched": searched}


def changed_answers(before: Submission, now: Submission) -> list[str]:
    """The keys of the answers that say something else in the later submission; «files» where the files differ."""
    was, said = before.answers, now.answers
    changed = [key for key in {*was, *said} if was.get(key) != said.get(key)]
    if {file["sha256"] for file in before.files} != {file["sha256"] for file in now.files}:
        changed.append("files")
    return sorted(changed)
