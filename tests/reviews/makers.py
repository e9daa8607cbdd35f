"""Rows of the review for tests, in plain Python: each maker names only what matters here and fills in the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Permission

from cases.models import Call, Case, Submission
from people.models import User
from reviews import rubric, taking_in
from reviews.models import Assignment, Dossier, Review, Reviewer, Round
from reviews.settling import settle
from tests.makers import CLOSES, DAY, NOON, make_boss, make_call, make_draft, make_staff, make_submission

#: The call is closed and the review is under way.
REVIEWING = CLOSES + timedelta(days=10)


def make_dossier(case: Case | Submission | None = None, *, at: datetime = NOON, **facts) -> Dossier:
    """A case in review: handed in (if it was not), and taken in by the sweep."""
    if isinstance(case, Submission):
        case = case.case
    if case is None:
        case = make_draft(complete=True, **facts)
    if case.latest_id is None:
        make_submission(case, at=at)
    taking_in.take_in(at=at)
    return Dossier.objects.select_related("round", "case__call", "submission").get(case=case)


def make_round(**facts) -> Round:
    """The round of the call of 2027, with its preset rubric."""

    round_ = rubric.round_of(Call.objects.filter(year=2027).first() or make_call())
    Round.objects.filter(pk=round_.pk).update(**facts)
    return Round.objects.select_related("call").get(pk=round_.pk)


def make_reviewer(name: str = "Lea M.", *, email: str = "", user: User | None = None, **facts) -> Reviewer:
    """A reviewer who reads English; what they are close to is told in ``facts``."""
    return Reviewer.objects.create(
        user=user or make_staff(email, name=name), **{"languages": ["en"], **facts}
    )


def give(dossier: Dossier, reviewer: Reviewer, *, at: datetime = REVIEWING, **facts) -> Assignment:
    """Give the case to the reviewer, as a row; a test of giving itself asks the activity."""
    given = Assignment.objects.create(
        dossier=dossier, reviewer=reviewer, **{"given_at": at, "due_at": at + 14 * DAY, **facts}
    )
    settle(dossier)
    return given


def score(assignment: Assignment, *points: int, at: datetime = REVIEWING, **facts) -> Review:
    """A finished review with these points in the order of the rubric, as rows."""
    criteria = assignment.dossier.round.criteria.all()
    review = Review(
        assignment=assignment,
        submission=assignment.dossier.submission,
        scores={criterion.key: given for criterion, given in zip(criteria, points, strict=True)},
        **{"advice": Review.Advice.PUBLISH, "begun_at": at, "saved_at": at, "finished_at": at, **facts},
    )
    review._history_user, review._history_date = assignment.reviewer.user, at
    review.save()
    Assignment.objects.filter(pk=assignment.pk).update(cleared_at=at, finished_at=at)
    assignment.refresh_from_db()
    settle(assignment.dossier)
    return review


def may(user: User, *rights: str) -> User:
    """Give this member of staff some rights («reviews.view_dossier»), and nothing else."""
    for right in rights:
        app, _dot, codename = right.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=user.pk)


__all__ = [
    "REVIEWING",
    "give",
    "make_boss",
    "make_dossier",
    "make_reviewer",
    "make_round",
    "may",
    "score",
]
