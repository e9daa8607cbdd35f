"""Cases come to the review by themselves, and the review notices what comes back."""

import pytest

from cases import submitting
from cases.models import Case
from reviews.models import Dossier, Round
from reviews.taking_in import take_in
from tests.makers import DAY, HOUR, NOON, author_of, make_draft, make_submission, write
from tests.reviews.makers import REVIEWING, make_dossier

pytestmark = pytest.mark.django_db
_Step = Dossier.Step


def test_a_case_that_is_handed_in_comes_to_the_review_once():
    submission = make_submission()

    assert (take_in(at=NOON + HOUR), take_in(at=NOON + HOUR)) == (1, 0)

    dossier = Dossier.objects.get()
    assert (dossier.case, dossier.submission, dossier.step) == (
        submission.case,
        submission,
        _Step.TO_SCREEN,
    )


def test_a_draft_does_not_come_to_the_review():
    make_draft(complete=True)

    assert take_in(at=NOON) == 0


def test_the_first_case_of_a_call_brings_its_round_with_the_preset_rubric():
    make_dossier()
    make_dossier()

    assert [criterion.key for criterion in Round.objects.get().criteria.all()] == [
        "novelty",
        "implementation",
        "impact",
        "collaboration",
        "replicability",
    ]
    assert all(words for c in Round.objects.get().criteria.all() for _points, words in c.anchors)


def test_what_is_handed_in_again_comes_back_with_the_answers_that_changed():
    dossier = make_dossier()
    author = author_of(dossier.case)
    write(author, results="Six hours earlier.", lessons="Begin early.", at=NOON + HOUR)
    submitting.hand_in(author_of(dossier.case), at=NOON + 2 * HOUR)

    take_in(at=NOON + 3 * HOUR)

    dossier.refresh_from_db()
    assert dossier.submission.number == 2
    assert dossier.news == {"changed": ["lessons", "results"]}
    assert dossier.came_back_at == NOON + 3 * HOUR


def test_a_case_that_is_withdrawn_leaves_the_review_and_comes_back_with_the_next_hand_in():
    dossier = make_dossier()
    submitting.withdraw(dossier.case, by=author_of(dossier.case), at=NOON + HOUR)
    take_in(at=NOON + HOUR)
    dossier.refresh_from_db()
    assert dossier.step == _Step.OUT

    submitting.hand_in(author_of(Case.objects.get()), at=NOON + DAY)
    take_in(at=REVIEWING)

    dossier.refresh_from_db()
    assert dossier.step == _Step.TO_SCREEN
