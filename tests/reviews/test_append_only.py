"""What was decided can only be added to: the database itself says so."""

import pytest
from django.db import DatabaseError, transaction

from reviews.models import Decision, Release
from tests.makers import DAY
from tests.reviews.makers import REVIEWING, make_boss, make_dossier

pytestmark = pytest.mark.django_db


def decided(**facts) -> Decision:
    dossier = make_dossier()
    return Decision.objects.create(
        dossier=dossier,
        submission=dossier.submission,
        decided_by=make_boss(),
        decided_at=REVIEWING,
        **{"number": 1, "outcome": "publish", "reasons": "Shared alarms work.", **facts},
    )


@pytest.mark.parametrize(
    "change", [{"outcome": "hold"}, {"reasons": "Other ones."}, {"number": 2}, {"points": {"impact": 4}}]
)
def test_the_database_refuses_to_change_what_was_decided(change):
    decision = decided()

    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(**change)

    assert Decision.objects.get().outcome == "publish"


def test_a_decision_is_released_once():
    decision = decided()
    first, second = (
        Release.objects.create(
            round=decision.dossier.round, released_at=REVIEWING, released_by=decision.decided_by
        )
        for _ in range(2)
    )
    Decision.objects.filter(pk=decision.pk).update(release=first)

    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(release=second)

    assert Decision.objects.get().release == first


def test_when_and_by_whom_authors_were_told_stays_as_it_is():
    decision = decided()
    made = Release.objects.create(
        round=decision.dossier.round, released_at=REVIEWING, released_by=decision.decided_by
    )

    with pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(pk=made.pk).update(released_at=REVIEWING + DAY)

    assert Release.objects.get().released_at == REVIEWING


def test_a_decision_that_changes_another_needs_a_reason():
    with pytest.raises(DatabaseError), transaction.atomic():
        decided(number=2)
