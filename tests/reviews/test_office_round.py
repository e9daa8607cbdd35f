"""The settings of a round: what staff type, and what follows by itself."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from people.typing_in import fingerprint
from reviews.models import Dossier, Round
from reviews.taking_in import take_in
from tests.reviews.makers import (
    REVIEWING,
    give,
    make_boss,
    make_dossier,
    make_reviewer,
    make_round,
    score,
)

pytestmark = pytest.mark.django_db


def save(client, **said):
    client.force_login(make_boss())
    fields = {"readers_per_case": 2, "days_to_read": 14, "discuss_from": "1.00", "promised_at": ""}
    round_ = make_round()
    fields |= {"seen": fingerprint(round_)}
    return client.post(reverse("admin:reviews_round_change", args=[round_.pk]), fields | said)


def test_the_promise_to_authors_is_a_day_through_its_end_in_paris(client):
    make_round()

    assert save(client, promised_at="2027-07-31").status_code == 302

    assert Round.objects.get().promised_at == datetime(2027, 7, 31, 21, 59, tzinfo=UTC)
    form = (
        client.get(reverse("admin:reviews_round_change", args=[Round.objects.get().pk]))
        .context["adminform"]
        .form
    )
    assert form["promised_at"].value().isoformat() == "2027-07-31"


def test_saving_what_stands_changes_nothing_and_a_wrong_day_is_said(client):
    make_round()
    save(client, promised_at="2027-07-31")
    promised = Round.objects.get().promised_at
    steps = Round.history.count()

    save(client, promised_at="2027-07-31")
    answer = save(client, promised_at="31 Juli")

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["promised_at"]
    assert (Round.objects.get().promised_at, Round.history.count()) == (promised, steps)


def test_of_two_who_change_a_round_the_second_sees_that_the_first_has(client):
    seen = fingerprint(make_round())
    assert save(client, days_to_read=9).status_code == 302

    answer = save(client, days_to_read=20, seen=seen)

    assert "Somebody else saved this while you were writing." in answer.content.decode()
    assert Round.objects.get().days_to_read == 9


def test_what_is_counted_meanwhile_is_no_change_by_somebody_else(client):
    seen = fingerprint(make_round())
    Round.objects.update(figures={"reviews": 1}, counted_at=REVIEWING, waits={"look": {}})

    assert save(client, days_to_read=9, seen=seen).status_code == 302


@pytest.mark.parametrize(("wanted", "step"), [(1, "to-decide"), (2, "to-decide"), (3, "to-screen")])
def test_more_or_fewer_reviewers_for_each_case_move_cases_at_the_next_sweep(client, wanted, step):
    dossier = make_dossier()
    for name in ("Lea", "Jo"):
        score(give(dossier, make_reviewer(name)), 3, 3, 3, 3, 3)

    save(client, readers_per_case=wanted, why="Agreed on Monday.")
    take_in(at=REVIEWING)

    assert Dossier.objects.get().step == step
