"""What only PostgreSQL can be asked: not even a line of the book of events can be torn out."""

import pytest
from django.db import DatabaseError, transaction

from people import events
from people.models import Event
from tests.makers import NOON

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
