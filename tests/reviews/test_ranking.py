"""The arithmetic of the ranking, against numbers that were worked out by hand."""

from datetime import timedelta

import pytest

from reviews.ranking import Scored, habit_of, normalised, ranking_of, score_of
from tests.reviews.makers import REVIEWING

A, B, C = 1, 2, 3  # reviewers


def scored(reviewer: int, scores: dict[int, float], advice: str = "publish") -> list[Scored]:
    """Reviews of one reviewer, finished a minute apart in the order given: {case: score}."""
    return [
        Scored(case, reviewer, score, advice, REVIEWING + timedelta(minutes=n))
        for n, (case, score) in enumerate(scores.items())
    ]


def test_a_score_is_the_mean_of_the_points_by_weight():
    weights = {"novelty": 1, "impact": 2, "replicability": 1}

    assert score_of({"novelty": 4, "impact": 2, "replicability": 0}, weights) == 2.0  # (4 + 4 + 0) / 4
    assert score_of({"novelty": 3, "impact": 4, "replicability": 1}, weights) == 3.0  # (3 + 8 + 1) / 4


def test_a_review_without_all_its_points_has_no_score():
    assert score_of({"novelty": 4}, {"novelty": 1, "impact": 2}) is None


#: A is kind, B is strict, and both order the five cases they share alike. By hand:
#: A: 4 4 3 3 1   mean 15/5 = 3.0, variance (1+1+0+0+4)/5 = 1.2, deviation 1.095445
#: B: 3 2 2 1 0   mean  8/5 = 1.6, variance (1.96+.16+.16+.36+2.56)/5 = 1.04, deviation 1.019804
#: all ten: mean 23/10 = 2.3, squares 51 + 18 = 69, variance 6.9 - 5.29 = 1.61, deviation 1.268858
KIND = {11: 4, 12: 4, 13: 3, 14: 3, 15: 1}
STRICT = {11: 3, 12: 2, 13: 2, 14: 1, 15: 0}


def test_the_ranking_of_two_reviewers_worked_out_by_hand():
    ranking = ranking_of([*scored(A, KIND), *scored(B, STRICT)])

    assert (ranking.n, ranking.mean) == (10, pytest.approx(2.3))
    assert ranking.deviation == pytest.approx(1.268858, abs=1e-6)
    assert ranking.habits[A].mean == pytest.approx(3.0)
    assert ranking.habits[A].deviation == pytest.approx(1.095445, abs=1e-6)
    assert ranking.habits[B].mean == pytest.approx(1.6)
    assert ranking.habits[B].deviation == pytest.approx(1.019804, abs=1e-6)
    # Case 11: A 2.3 + 1/1.095445*1.268858 = 3.458304; B 2.3 + 1.4/1.019804*1.268858 = 4.041906
    assert ranking.places[11].normalised_mean == pytest.approx((3.458304 + 4.041906) / 2, abs=1e-5)
    # Case 15: A 2.3 - 2/1.095445*1.268858 = -0.016609; B 2.3 - 1.6/1.019804*1.268858 = 0.309251
    assert ranking.places[15].normalised_mean == pytest.approx((-0.016609 + 0.309251) / 2, abs=1e-5)
    assert {case: (place.plain_mean, place.spread) for case, place in ranking.places.items()} == {
        11: (3.5, 1),
        12: (3.0, 2),
        13: (2.5, 1),
        14: (2.0, 2),
        15: (0.5, 1),
    }


def test_a_case_that_only_the_strict_reviewer_read_is_raised_and_one_of_the_kind_reviewer_lowered():
    ranking = ranking_of([*scored(A, KIND | {21: 3}), *scored(B, STRICT | {22: 2})])

    kind, strict = ranking.places[21], ranking.places[22]
    assert kind.plain_mean > strict.plain_mean
    assert kind.normalised_mean < strict.normalised_mean


def test_scores_of_somebody_with_fewer_than_five_reviews_stand_as_they_are():
    ranking = ranking_of([*scored(A, KIND), *scored(C, {11: 0, 12: 4, 13: 2, 14: 3})])

    reviews = scored(C, {11: 0, 12: 4, 13: 2, 14: 3})
    assert [ranking.normalised(review) for review in reviews] == [0, 4, 2, 3]


def test_somebody_who_gives_every_case_the_same_tells_no_case_from_another():
    ranking = ranking_of([*scored(A, KIND), *scored(C, dict.fromkeys(range(11, 16), 4))])

    assert normalised(4, ranking.habits[C], ranking.mean, ranking.deviation) == ranking.mean


def test_drift_is_what_the_last_half_gives_more_than_the_first():
    steady = dict(enumerate([2, 2, 3, 3, 3, 3, 2, 2]))
    kinder = dict(enumerate([1, 1, 2, 2, 3, 3, 4, 4, 4]))

    assert habit_of(scored(A, steady)).drift == 0
    assert habit_of(scored(A, kinder)).drift == pytest.approx(
        15 / 4 - 6 / 4
    )  # the ninth in the middle counts for neither
    assert habit_of(scored(A, dict(enumerate([0, 4])))).drift is None


def test_advice_that_contradicts_itself_is_seen_also_where_the_scores_agree():
    publish, not_publish = scored(A, {11: 2}), scored(B, {11: 2}, advice="not")

    assert ranking_of([*publish, *not_publish]).places[11].advice_differs
    assert not ranking_of([*publish, *scored(B, {11: 2}, advice="ask")]).places[11].advice_differs


def test_the_order_in_which_reviews_are_counted_makes_no_difference():
    reviews = [*scored(A, KIND), *scored(B, STRICT), *scored(C, {11: 1, 15: 4})]

    assert ranking_of(reviews) == ranking_of(reversed(reviews))


def test_nothing_to_count_is_no_error():
    assert ranking_of([]).places == {}
