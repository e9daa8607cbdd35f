"""What the review waits for, in numbers: for the front page of the office. Nothing here fetches a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import Count, Q

from cases.models import Call, Case
from people.models import User
from reviews import seeing
from reviews.models import Assignment, Dossier, Round

_Step = Dossier.Step


@dataclass(frozen=True)
class Waiting:
    """``steps`` counts cases by step; the others cut across steps."""

    steps: dict[str, int]
    overdue: int
    to_discuss: int
    came_back: int

    def at(self, *steps: str) -> int:
        return sum(self.steps.get(step, 0) for step in steps)


@dataclass(frozen=True)
class Mine:
    to_read: int
    overdue: int


@dataclass(frozen=True)
class Progress:
    """How far the review has come towards the date that was promised; ``days`` are whole ones, and may be none left."""

    all: int
    told: int
    days: int

    @property
    def left(self) -> int:
        return self.all - self.told

    @property
    def a_day(self) -> int:
        """So many decisions a day keep the promise; all that are left, where no day is."""
        return ceil(self.left / self.days) if self.days > 0 else self.left


def waiting(round_: Round, user: User, *, at: datetime) -> Waiting:
    """Two statements, each answered by an index. Disagreements are those that this person may know of."""
    dossiers = Dossier.objects.filter(round=round_).order_by()
    steps = dict(dossiers.values_list("step").annotate(n=Count("pk")))
    marks = Dossier.objects.filter(
        Q(due_at__lt=at) | Q(discuss=True) | Q(came_back_at__isnull=False), round=round_
    ).aggregate(
        overdue=Count("pk", filter=Q(due_at__lt=at)),
        to_discuss=Count("pk", filter=_disagreement() & seeing.open_to(user)),
        came_back=Count("pk", filter=Q(came_back_at__isnull=False)),
    )
    return Waiting(steps, **marks)


def waiting_for(user: User, *, at: datetime) -> Mine:
    """What this person still has to read. One statement."""
    return Mine(
        **Assignment.objects.wanted()
        .filter(reviewer__user=user)
        .aggregate(to_read=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=at)))
    )


def _disagreement() -> Q:
    """One that is decided, or of which the case was withdrawn, needs nobody today."""
    return Q(discuss=True, decision__isnull=True) & ~Q(step=_Step.OUT)


def funnel(call: Call, counted: Waiting) -> list[tuple[str, int]]:
    """From begun to told, each a part of the one before it: (key, how many). One statement."""
    begun = dict(Case.objects.filter(call=call).order_by().values_list("status").annotate(n=Count("pk")))
    in_hand = counted.at(*(step for step in _Step if step != _Step.OUT))
    return [
        ("begun", sum(begun.values())),
        ("handed-in", in_hand),
        ("screened", in_hand - counted.at(_Step.TO_SCREEN)),
        ("read", counted.at(_Step.TO_DECIDE, _Step.TO_RELEASE, _Step.DECIDED)),
        ("decided", counted.at(_Step.TO_RELEASE, _Step.DECIDED)),
        ("told", counted.at(_Step.DECIDED)),
    ]


def progress(round_: Round, counted: Waiting, *, at: datetime) -> Progress | None:
    """None where nothing was promised, or there is nothing to decide."""
    in_hand = counted.at(*(step for step in _Step if step != _Step.OUT))
    if round_.promised_at is None or not in_hand:
        return None
    return Progress(in_hand, counted.at(_Step.DECIDED), (round_.promised_at - at).days)
