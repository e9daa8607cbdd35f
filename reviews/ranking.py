"""The arithmetic of the review, as plain functions on plain numbers: scores, means, spread, drift, and the ranking.

All scores are on the scale of 0 to 4. Reviewers differ in how kindly they score; a *normalised* score says where a
review stands among those of the same reviewer, told on the scale of all reviews together:

    normalised = M + (score - m) / s * S

with m and s the mean and standard deviation (of the whole, not of a sample) of the reviewer's scores, and M and S
those of all scores. A reviewer with fewer than ``ENOUGH`` reviews has no reliable m and s: their scores stand as they
are. One who gave every case the same score told no case from another: each becomes M. Normalised scores may lie a
little outside 0 to 4; they are for putting in order, not for showing to authors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isclose
from statistics import fmean, pstdev

#: From so many finished reviews on a reviewer's scores are normalised.
ENOUGH = 5
#: Drift compares the first and the last half of a reviewer's reviews; with fewer it would be chance.
ENOUGH_FOR_DRIFT = 8


@dataclass(frozen=True)
class Scored:
    """One finished review: whose, of which case, its score, its advice, and when it was finished."""

    case: int
    reviewer: int
    score: float
    advice: str
    finished_at: datetime


@dataclass(frozen=True)
class Habit:
    """How one reviewer scores. ``drift`` is the mean of the last half less that of the first; None where too few."""

    n: int
    mean: float
    deviation: float
    drift: float | None

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


@dataclass(frozen=True)
class Place:
    """What the reviews of one case come to. ``normalised_mean`` equals ``plain_mean`` where nobody's were normalised."""

    n: int
    plain_mean: float
    normalised_mean: float
    spread: float
    advice_differs: bool


@dataclass(frozen=True)
class Ranking:
    """Everything that follows from the finished reviews of one round."""

    n: int
    mean: float
    deviation: float
    habits: dict[int, Habit]
    places: dict[int, Place]

    def normalised(self, review: Scored) -> float:
        return normalised(review.score, self.habits[review.reviewer], self.mean, self.deviation)


def score_of(scores: Mapping[str, int], weights: Mapping[str, int]) -> float | None:
    """The weighted mean of the points, or None when a criterion has none."""
    if not weights or any(key not in scores for key in weights):
        return None
    return sum(scores[key] * weight for key, weight in weights.items()) / sum(weights.values())


def normalised(score: float, habit: Habit, mean: float, deviation: float) -> float:
    if not habit.is_enough:
        return score
    if isclose(habit.deviation, 0.0, abs_tol=1e-9):
        return mean
    return mean + (score - habit.mean) / habit.deviation * deviation


def habit_of(reviews: Iterable[Scored]) -> Habit:
    """How a reviewer scores, from their reviews in any order. Raises StatisticsError without any."""
    in_order = sorted(reviews, key=lambda review: (review.finished_at, review.case))
    scores = [review.score for review in in_order]
    drift = None
    if len(scores) >= ENOUGH_FOR_DRIFT:
        half = len(scores) // 2
        drift = fmean(scores[-half:]) - fmean(scores[:half])
    return Habit(len(scores), fmean(scores), pstdev(scores), drift)


def ranking_of(reviews: Iterable[Scored]) -> Ranking:
    """The whole arithmetic. The same reviews give the same ranking, in whatever order they come."""
    of_reviewer, of_case = defaultdict(list), defaultdict(list)
    scores = []
    for review in reviews:
        of_reviewer[review.reviewer].append(review)
        of_case[review.case].append(review)
        scores.append(review.score)
    mean, deviation = (fmean(sorted(scores)), pstdev(sorted(scores))) if scores else (0.0, 0.0)
    habits = {reviewer: habit_of(theirs) for reviewer, theirs in of_reviewer.items()}
    places = {}
    for case, about in of_case.items():
        plain = sorted(review.score for review in about)
        after = sorted(normalised(review.score, habits[review.reviewer], mean, deviation) for review in about)
        advice = {review.advice for review in about}
        places[case] = Place(
            n=len(about),
            plain_mean=fmean(plain),
            normalised_mean=fmean(after),
            spread=plain[-1] - plain[0],
            advice_differs={"publish", "not"} <= advice,
        )
    return Ranking(len(scores), mean, deviation, habits, places)
