"""Statistics and ranking stand in rows, and follow what is true by themselves."""

from decimal import Decimal

import pytest

from reviews.counting import count, count_changed
from reviews.models import Assignment, Dossier, Review, Round
from reviews.settling import settle
from tests.makers import HOUR
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, score

pytestmark = pytest.mark.django_db


def place_of(dossier: Dossier) -> tuple:
    dossier.refresh_from_db()
    return dossier.plain_mean, dossier.spread, dossier.discuss


def test_finished_reviews_give_a_case_its_mean_and_spread():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea")), 4, 4, 4, 4, 4)
    score(give(dossier, make_reviewer("Jo")), 3, 3, 3, 3, 2)

    assert count_changed(at=REVIEWING) == 1

    assert place_of(dossier) == (Decimal("3.400"), Decimal("1.200"), True)


def test_what_has_not_changed_is_not_counted_again():
    make_dossier()
    count_changed(at=REVIEWING)

    assert count_changed(at=REVIEWING) == 0


def test_a_review_that_is_not_finished_or_was_taken_back_counts_for_nothing():
    dossier = make_dossier()
    begun = score(give(dossier, make_reviewer("Lea")), 4, 4, 4, 4, 4, finished_at=None)
    taken_back = score(give(dossier, make_reviewer("Jo")), 1, 1, 1, 1, 1)
    Assignment.objects.filter(pk=taken_back.assignment_id).update(ended_at=REVIEWING)

    count_changed(at=REVIEWING)

    assert begun.finished_at is None
    assert place_of(dossier) == (None, None, False)


def test_scores_that_agree_are_not_discussed_until_the_advice_contradicts_itself():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea")), 3, 3, 3, 3, 3)
    other = score(give(dossier, make_reviewer("Jo")), 3, 3, 3, 3, 3)
    count_changed(at=REVIEWING)
    assert place_of(dossier)[2] is False

    Review.objects.filter(pk=other.pk).update(advice=Review.Advice.NOT)
    settle(dossier)
    count_changed(at=REVIEWING + HOUR)

    assert place_of(dossier)[2] is True


def test_a_case_whose_reviews_are_gone_loses_its_place():
    dossier = make_dossier()
    given = give(dossier, make_reviewer("Lea"))
    score(given, 3, 3, 3, 3, 3)
    count_changed(at=REVIEWING)
    Assignment.objects.filter(pk=given.pk).update(ended_at=REVIEWING)
    settle(dossier)

    count_changed(at=REVIEWING)

    assert place_of(dossier) == (None, None, False)


def test_the_figures_of_a_round_are_plain_numbers_without_names():
    dossier = make_dossier()
    reviewer = make_reviewer("Lea M.")
    score(give(dossier, reviewer), 4, 3, 2, 1, 0)

    count(dossier.round, at=REVIEWING)

    round_ = Round.objects.get()
    assert round_.counted_at == REVIEWING
    assert round_.figures == {
        "steps": {"to-screen": 1},
        "reviews": 1,
        "cases": 1,
        "mean": 2.0,
        "deviation": 0.0,
        "means": [0, 0, 0, 0, 1, 0, 0, 0],
        "criteria": {
            "novelty": {"points": [0, 0, 0, 0, 1], "mean": 4.0},
            "implementation": {"points": [0, 0, 0, 1, 0], "mean": 3.0},
            "impact": {"points": [0, 0, 1, 0, 0], "mean": 2.0},
            "collaboration": {"points": [0, 1, 0, 0, 0], "mean": 1.0},
            "replicability": {"points": [1, 0, 0, 0, 0], "mean": 0.0},
        },
        "reviewers": {str(reviewer.pk): {"n": 1, "mean": 2.0, "deviation": 0.0, "drift": None}},
        "days": {"2027-06-01": 1},
    }


def test_counting_asks_the_same_questions_however_many_cases_there_are(django_assert_num_queries):
    reviewer = make_reviewer("Lea")
    for _ in range(2):
        score(give(make_dossier(), reviewer), 3, 3, 3, 3, 3)
    round_ = Round.objects.get()
    count(round_, at=REVIEWING)
    with django_assert_num_queries(9):
        count(round_, at=REVIEWING)
    for _ in range(4):
        score(give(make_dossier(), reviewer), 3, 3, 3, 3, 3)
    count(round_, at=REVIEWING)

    with django_assert_num_queries(9):
        count(round_, at=REVIEWING)
