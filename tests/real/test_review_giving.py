"""Giving out cases by several hands at once: real threads, real locks, on PostgreSQL."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from people.models import Event
from people.typing_in import fingerprint
from reviews.assigning import accept, change_due, declare_conflict, give, plan_of, take_back
from reviews.models import Assignment, Conflict, Dossier
from reviews.settling import settle
from tests.makers import DAY, make_boss
from tests.real.test_races import at_once, kinds_of
from tests.reviews.giving import screened
from tests.reviews.makers import REVIEWING, make_reviewer, make_round, score
from tests.reviews.makers import give as give_as_row

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(5)


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def events(action: str) -> int:
    return Event.objects.filter(action=action).count()


@pytest.mark.parametrize("round", ROUNDS)
def test_four_managers_who_accept_a_plan_at_once_give_it_out_once(round):
    boss = make_boss()
    for _n in range(6):
        screened()
    for name in ("Lea", "Tom", "Ida"):
        make_reviewer(name)
    round_ = make_round()
    shown = plan_of(round_).fingerprint

    outcomes = at_once(*[lambda: accept(round_, fingerprint=shown, by=boss, at=REVIEWING)] * 4)

    assert kinds_of(outcomes) == {"Accepted": 1, "Moved": 3}
    assert Assignment.objects.count() == 12
    assert events("given to reviewers") == 6


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_given_to_one_person_eight_times_at_once_is_given_once(round):
    boss, dossier, lea = make_boss(), screened(), make_reviewer()

    outcomes = at_once(*[lambda: give(dossier, lea, by=boss, at=REVIEWING)] * 8)

    assert set(outcomes) == {Assignment.objects.get()}
    assert events("given to reviewers") == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_six_cases_for_the_last_two_places_of_a_reviewer_fill_two(round):
    boss, lea = make_boss(), make_reviewer(cap=2)
    dossiers = [screened() for _n in range(6)]

    outcomes = at_once(*(lambda each=each: give(each, lea, by=boss, at=REVIEWING) for each in dossiers))

    assert kinds_of(outcomes) == {"Assignment": 2, "ReasonNeeded": 4}
    assert lea.assignments.active().count() == 2


@pytest.mark.parametrize("round", ROUNDS)
def test_a_plan_and_a_hand_at_once_pass_nobodys_cap(round):
    boss, lea = make_boss(), make_reviewer(cap=3)
    first, *_others = [screened() for _n in range(3)]
    spare = screened()
    round_ = make_round(readers_per_case=1)
    shown = plan_of(round_).fingerprint

    at_once(
        lambda: accept(round_, fingerprint=shown, by=boss, at=REVIEWING),
        lambda: give(spare, lea, by=boss, at=REVIEWING),
        lambda: give(first, lea, by=boss, at=REVIEWING),
    )

    assert lea.assignments.active().count() <= 3
    assert {each.readers for each in Dossier.objects.all()} <= {0, 1}


@pytest.mark.parametrize("round", ROUNDS)
def test_both_readers_of_a_case_declare_a_conflict_at_once_and_the_one_who_is_left_gets_it_once(round):
    dossier, left = screened(), make_reviewer("Left")
    given = [give_as_row(dossier, make_reviewer(name)) for name in ("Lea", "Tom")]

    outcomes = at_once(*(lambda each=each: declare_conflict(each, "A friend.", REVIEWING) for each in given))

    assert kinds_of(outcomes) == {"Assignment": 1, "NoneType": 1}
    assert [each.reviewer for each in dossier.assignments.active()] == [left]
    assert (Conflict.objects.count(), events("conflict declared")) == (2, 2)
    dossier.refresh_from_db()
    assert (dossier.readers, dossier.step) == (1, Dossier.Step.TO_ASSIGN)


@pytest.mark.parametrize("round", ROUNDS)
def test_a_conflict_declared_four_times_at_once_is_declared_once(round):
    dossier, lea = screened(), make_reviewer("Lea")
    for name in ("Tom", "Ida", "Eva"):
        make_reviewer(name)
    given = give_as_row(dossier, lea)

    outcomes = at_once(*[lambda: declare_conflict(given, "A friend.", REVIEWING)] * 4)

    assert kinds_of(outcomes) == {"Assignment": 1, "NoneType": 3}
    assert dossier.assignments.active().count() == 1
    assert events("conflict declared") == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_taken_back_while_a_conflict_is_declared_ends_once(round):
    boss, dossier, lea = make_boss(), screened(), make_reviewer("Lea")
    given = give_as_row(dossier, lea)

    at_once(
        lambda: take_back(given, reason="Ill.", by=boss, at=REVIEWING),
        lambda: declare_conflict(given, "A friend.", REVIEWING),
        lambda: change_due(given, due_at=REVIEWING + 30 * DAY, by=boss, at=REVIEWING),
    )

    given.refresh_from_db()
    assert given.ended_why in ("taken back", "conflict")
    assert events("taken back from a reviewer") + events("conflict declared") == 1


def finished(dossier: Dossier) -> str:
    """What saving a review does: it holds the dossier alone, and settles it."""
    with transaction.atomic():
        settle(Dossier.objects.locked().select_related("round").get(pk=dossier.pk))
    return "finished"


@pytest.mark.parametrize("round", ROUNDS)
def test_a_plan_that_is_accepted_and_reviews_that_are_finished_meanwhile_wait_for_nobody_in_a_circle(round):
    """Whoever gives out holds the round and then dossiers; whoever finishes holds a dossier alone."""
    boss = make_boss()
    dossiers = [screened() for _n in range(6)]
    lea, _tom = make_reviewer("Lea"), make_reviewer("Tom")
    for dossier in dossiers[:4]:
        score(give_as_row(dossier, lea), 3, 3, 3, 3, 3)
    round_ = make_round()
    shown = plan_of(round_).fingerprint

    outcomes = at_once(
        lambda: accept(round_, fingerprint=shown, by=boss, at=REVIEWING),
        *(lambda each=each: finished(each) for each in dossiers[:4]),
        lambda: declare_conflict(lea.assignments.first(), "A friend.", REVIEWING),
    )

    assert not [each for each in outcomes if type(each).__name__ == "OperationalError"], outcomes
    assert outcomes[1:5] == ["finished"] * 4
    assert all(each.to_count for each in Dossier.objects.filter(pk__in=[d.pk for d in dossiers[:4]]))


@pytest.mark.parametrize("round", ROUNDS)
def test_of_two_who_change_one_reviewer_at_once_the_second_sees_that_the_first_has(round):
    lea = make_reviewer()
    address = reverse("admin:reviews_reviewer_change", args=[lea.pk])
    sent = {"active": "on", "languages": ["en"], "seen": fingerprint(lea)}
    desks = [Client(), Client()]
    for desk in desks:
        desk.force_login(make_boss())

    outcomes = at_once(
        *(
            lambda desk=desk, cap=cap: desk.post(address, sent | {"cap": cap}).status_code
            for desk, cap in zip(desks, (10, 20), strict=True)
        )
    )

    assert sorted(outcomes) == [200, 302]
    assert events("reviewer changed") == 1
