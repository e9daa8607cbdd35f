"""The settings of a round: what staff type, and what follows by itself."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

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
    return client.post(reverse("admin:reviews_round_change", args=[make_round().pk]), fields | said)


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


@pytest.mark.parametrize(("wanted", "step"), [(1, "to-decide"), (2, "to-decide"), (3, "to-screen")])
def test_more_or_fewer_reviewers_for_each_case_move_cases_at_the_next_sweep(client, wanted, step):
    dossier = make_dossier()
    for name in ("Lea", "Jo"):
        score(give(dossier, make_reviewer(name)), 3, 3, 3, 3, 3)

    save(client, readers_per_case=wanted, why="Agreed on Monday.")
    take_in(at=REVIEWING)

    assert Dossier.objects.get().step == step
