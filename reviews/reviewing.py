"""Reading and scoring one case: no conflict of interest, saved as one types, finished, and changed afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from people import events
from reviews import rubric
from reviews.models import Assignment, Criterion, Decision, Dossier, Review, Round
from reviews.models.round import POINTS
from reviews.settling import settle

#: What a review says beside its scores.
WORDS = ("advice", "comments", "words_for_author")
#: No review of a case is wanted any more at these steps.
OVER = (Dossier.Step.OUT, Dossier.Step.DECIDED)


class NotYours(Exception):
    """The case was taken back, or a conflict of interest was declared: ``assignment.ended_why`` says which."""


class NotAsked(Exception):
    """Nobody has said yet that there is no conflict of interest, so there is nothing to score."""


class Over(Exception):
    """The decision has been told to the author, or the author has withdrawn the case."""


class NotInRubric(Exception):
    """A score for a criterion that the rubric does not have (any more), or points that it does not give."""


class SavedElsewhere(Exception):
    """The review was saved in another window since. ``review`` is what stands; ``fields`` are those that differ."""

    def __init__(self, review: Review, fields: list[str]):
        super().__init__(fields)
        self.review, self.fields = review, fields


class Incomplete(Exception):
    """What has to be there to finish: the fields that are empty («score-impact», «advice»)."""

    def __init__(self, fields: list[str]):
        super().__init__(fields)
        self.fields = fields


@transaction.atomic
def clear(assignment: Assignment, *, at: datetime) -> None:
    """The reviewer says that they have no conflict of interest, which opens the text. Safe to repeat."""
    held = _held(assignment)
    if held.cleared_at is None:
        Assignment.objects.filter(pk=held.pk).update(cleared_at=at)
        _write_down("no conflict of interest", held, at=at)


@transaction.atomic
def save(
    assignment: Assignment, values: dict[str, Any], version: int, *, at: datetime, read: int | None = None
) -> Review:
    """Keep what was typed and chosen, and return the review as it stands.

    ``values`` may hold ``scores`` (points by the key of the criterion), ``advice``, ``comments`` and
    ``words_for_author``; what is not in it stays. ``version`` is the one that the page was made with: if the review
    was saved since and says something else, SavedElsewhere is raised and nothing is written. ``read`` is the key of
    the submission that was read. Saving the same twice is harmless.

    The first score of a round closes its rubric. A review that is finished stays complete (else Incomplete) and each
    change of it goes into its history.
    """
    scores = values.get("scores") or {}
    begins = bool(scores) and assignment.dossier.round.begun_at is None
    held = _opened(assignment, with_round=begins)
    review = Review.objects.filter(assignment=held).first() or Review(
        assignment=held, submission_id=held.dossier.submission_id, begun_at=at, saved_at=at
    )
    changed = _differing(review, values)
    other = review.pk is not None and _is_another(read, review, held)
    if not changed and not other:
        return review
    if changed and version != review.version:
        raise SavedElsewhere(review, changed)
    if scores:
        _check(scores, held.dossier.round)
        rubric.begin(held.dossier.round, at=at)
    review.scores = {**review.scores, **scores}
    for name in WORDS:
        setattr(review, name, values.get(name, getattr(review, name)))
    if _is_another(read, review, held):
        review.submission_id = read
    review.version += 1
    review.saved_at = at
    if review.finished_at is None:
        review.save_without_historical_record()  # type: ignore[attr-defined]
        return review
    if missing := missing_in(review, held.dossier.round.criteria.all()):
        raise Incomplete(missing)
    _save_with_history(review, "changed", by=held.reviewer.user, at=at)
    settle(held.dossier)
    _write_down("review changed", held, at=at, fields=changed)
    return review


@transaction.atomic
def finish(assignment: Assignment, *, at: datetime) -> Review:
    """Give the review out of one's hands: every criterion scored, and an advice; else Incomplete is raised.

    From now on others' reviews may be seen. Safe to repeat.
    """
    held = _opened(assignment)
    review = Review.objects.filter(assignment=held).first()
    criteria = list(held.dossier.round.criteria.all())
    if review is None:
        raise Incomplete(missing_in(Review(), criteria))
    if review.finished_at is not None:
        return review
    if missing := missing_in(review, criteria):
        raise Incomplete(missing)
    review.finished_at = review.saved_at = at
    review.version += 1
    _save_with_history(review, "finished", by=held.reviewer.user, at=at)
    Assignment.objects.filter(pk=held.pk).update(finished_at=at)
    settle(held.dossier)
    _write_down("review finished", held, at=at)
    return review


def missing_in(review: Review, criteria: Iterable[Criterion]) -> list[str]:
    """The fields of this review that are still empty and must not be, in the order of the page."""
    missing = [score_of(one.key) for one in criteria if one.key not in review.scores]
    return missing if review.advice else [*missing, "advice"]


def score_of(key: str) -> str:
    """How the score of a criterion is called among the fields of a review."""
    return f"score-{key}"


def value_of(review: Review, field: str) -> Any:
    """Points, or words, under the name of a field; None where no points were given."""
    key = field.removeprefix("score-")
    return getattr(review, field) if field in WORDS else review.scores.get(key)


def _held(assignment: Assignment, *, with_round: bool = False) -> Assignment:
    """The assignment as it stands now, under the lock of its case in review.

    ``with_round``: and under that of the round, which comes first; whoever edits the rubric holds it too.
    """
    if with_round:
        Round.objects.locked().get(pk=assignment.dossier.round_id)
    Dossier.objects.locked().get(pk=assignment.dossier_id)
    rows = Assignment.objects.select_related("dossier__round", "dossier__case", "reviewer__user")
    long = ("dossier__case__answers", "dossier__case__versions", "dossier__round__figures")
    held = rows.defer(*long).get(pk=assignment.pk)
    if held.ended_at is not None:
        raise NotYours(held.ended_why)
    if is_over(held):
        raise Over
    return held


def is_over(held: Assignment) -> bool:
    """Whether this review can no longer be written or changed. While a decision that the author knows is being changed,
    nobody begins one either: they could have seen by then what the others gave."""
    if held.finished_at is not None or held.dossier.step != Dossier.Step.TO_RELEASE:
        return held.dossier.step in OVER
    return Decision.objects.told().filter(dossier=held.dossier_id).exists()


def _opened(assignment: Assignment, *, with_round: bool = False) -> Assignment:
    held = _held(assignment, with_round=with_round)
    if held.cleared_at is None:
        raise NotAsked
    return held


def _is_another(read: int | None, review: Review, held: Assignment) -> bool:
    """Whether the submission that was read is one of this case, and not the one that the review speaks of so far."""
    if read is None or read == review.submission_id:
        return False
    return held.dossier.case.submissions.filter(pk=read).exists()


def _differing(review: Review, values: dict[str, Any]) -> list[str]:
    """The fields that ``values`` would change, in the order of the page."""
    scores = values.get("scores") or {}
    named = {score_of(key): points for key, points in scores.items()}
    named |= {name: values[name] for name in WORDS if name in values}
    return [field for field, value in named.items() if value_of(review, field) != value]


def _check(scores: dict[str, int], round_: Round) -> None:
    keys = set(round_.criteria.values_list("key", flat=True))
    if not set(scores) <= keys or not all(points in POINTS for points in scores.values()):
        raise NotInRubric


def _save_with_history(review: Review, why: str, *, by, at: datetime) -> None:
    said: Any = review  # simple-history reads what hangs on the row
    said._history_user, said._history_date, said._change_reason = by, at, why
    review.save()


def _write_down(action: str, held: Assignment, *, at: datetime, **facts: Any) -> None:
    """In the book; never with points or words in it, for the book is read by those who have yet to give theirs."""
    events.record(
        action,
        about=("case", held.dossier.case_id),
        at=at,
        by=held.reviewer.user,
        facts={"assignment": held.pk, **facts},
    )
