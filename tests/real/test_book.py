"""What only PostgreSQL can be asked: not even a line of the book of events, nor a decision, can be torn out."""

import pytest
from django.db import DatabaseError, transaction

from people import events
from people.models import Event
from reviews.models import Decision, Release
from tests.makers import NOON
from tests.reviews.makers import REVIEWING
from tests.reviews.test_append_only import decided

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("pass_by_django", [False, True], ids=["by rows", "by one statement"])
def test_the_database_refuses_to_tear_a_line_out(pass_by_django):
    line = events.record("reopened", about=("case", 7), at=NOON)

    with pytest.raises(DatabaseError), transaction.atomic():
        if pass_by_django:
            Event.objects.all()._raw_delete("default")
        else:
            line.delete()

    assert Event.objects.get().action == "reopened"


@pytest.mark.parametrize("table", [Decision, Release])
def test_the_database_refuses_to_tear_out_what_was_decided_and_told(table):
    decision = decided()
    release = Release.objects.create(
        round=decision.dossier.round, released_at=REVIEWING, released_by=decision.decided_by
    )
    Decision.objects.filter(pk=decision.pk).update(release=release)

    with pytest.raises(DatabaseError, match="Decisions are only added"), transaction.atomic():
        table.objects.all()._raw_delete("default")

    assert table.objects.count() == 1
