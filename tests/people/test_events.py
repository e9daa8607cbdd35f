"""The book of what was done: lines are only added, and personal values can be erased without touching one."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from people import events
from people.models import Address, Event, EventWords, User

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 5, 12, 12, 0, tzinfo=UTC)


def record(**facts) -> Event:
    return events.record("reopened", **{"about": ("case", 7), "at": NOON, **facts})


def test_a_line_says_who_did_what_to_what_when_and_why():
    lea = User.objects.create_user("lea@oecd.example", name="Lea")

    line = record(by=lea, reason="A flood", facts={"until": "2027-06-01"}, request_id="r1")

    line.refresh_from_db()
    assert (line.action, line.object_kind, line.object_id, line.at) == ("reopened", "case", "7", NOON)
    assert (line.actor, line.actor_id, line.reason) == (Event.Actor.STAFF, lea.pk, "A flood")
    assert (line.facts, line.request_id) == ({"until": "2027-06-01"}, "r1")


def test_authors_and_the_portal_itself_are_told_apart_from_staff():
    marta = Address.objects.known("marta@example.org", at=NOON)

    assert (record(by=marta).actor, record(by=marta).actor_id) == (Event.Actor.AUTHOR, marta.pk)
    assert (record().actor, record().actor_id) == (Event.Actor.PORTAL, None)


def test_a_line_is_never_written_twice():
    line = record()

    with pytest.raises(TypeError):
        line.save()


def test_the_database_itself_refuses_to_change_a_line():
    record(reason="A flood")

    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.update(reason="No reason")

    assert Event.objects.get().reason == "A flood"


def test_personal_values_stand_apart_and_can_be_erased_alone():
    line = record(words={"email": "marta@example.org"})

    EventWords.objects.all().delete()

    assert Event.objects.get() == line
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM people_eventwords")
        assert cursor.fetchone() == (0,)
