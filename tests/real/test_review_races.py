"""Several people in the review at once: real threads, real locks, on PostgreSQL."""

from collections import Counter

import pytest
from django.db import connection

from people.models import Event
from reviews import likeness, screening
from reviews.models import Dossier, Likeness, Screening, Shingle
from tests.makers import make_staff
from tests.real.test_races import at_once, kinds_of
from tests.reviews.makers import REVIEWING, make_dossier

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(4)
YES = dict.fromkeys(Screening.TESTS, ("yes", ""))


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


@pytest.mark.parametrize("round", ROUNDS)
def test_six_people_who_ask_for_the_next_case_at_once_get_six_cases(round):
    dossiers = [make_dossier() for _ in range(6)]
    people = [make_staff() for _ in range(6)]

    def asks(person):
        return lambda: screening.hold_next(dossiers[0].round_id, by=person, at=REVIEWING)

    held = at_once(*(asks(person) for person in people))

    assert sorted(held) == [dossier.pk for dossier in dossiers]


@pytest.mark.parametrize("round", ROUNDS)
def test_of_two_who_screen_one_case_at_once_the_second_is_told(round):
    dossier = make_dossier()
    notes = ("Known since 1998.", "Known since 2004.")

    def saves(note, by):
        said = {**YES, "novel": ("no", note)}
        return lambda: screening.screen(dossier, said, version=0, submission=1, by=by, at=REVIEWING)

    outcomes = at_once(*(saves(note, make_staff()) for note in notes))

    assert kinds_of(outcomes) == Counter({"Screening": 1, "SavedMeanwhile": 1})
    assert Screening.objects.get().version == 1
    assert Screening.history.count() == Event.objects.filter(action="screened").count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_cases_that_are_compared_at_the_same_moment_find_each_other(round):
    dossiers = [make_dossier() for _ in range(4)]

    def compares(dossier):
        return lambda: likeness.compare(dossier.pk)

    assert at_once(*(compares(dossier) for dossier in dossiers)) == [True] * 4

    pairs = set(Likeness.objects.values_list("dossier", "other"))
    keys = [dossier.pk for dossier in dossiers]
    assert pairs == {(one, other) for one in keys for other in keys if one != other}
    assert Dossier.objects.filter(likely_duplicate=True, to_compare=False).count() == 4


@pytest.mark.parametrize("round", ROUNDS)
def test_two_sweeps_at_once_leave_what_one_would_have_left(round):
    for _ in range(4):
        make_dossier()

    outcomes = at_once(likeness.compare_new, likeness.compare_new)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    assert Likeness.objects.count() == 12
    assert {Shingle.objects.filter(dossier=dossier).count() for dossier in Dossier.objects.all()} == {
        Shingle.objects.count() // 4
    }
