"""Reminders of workshops on the real parts: a beat that was away for hours, a broken letter, a workshop that moves."""

import time
from collections import Counter

import pytest

from tests.parts.portal import Portal

pytestmark = pytest.mark.timeout(400)

PEOPLE = 30
#: People with a seat in the first workshop, which begins in 26 hours.
SEATED = """
from datetime import timedelta
from django.utils import timezone
from people.models import User
from tests.makers import make_address
from workshops import seating
from workshops.models import Workshop
at = timezone.now()
workshop = Workshop.objects.order_by("starts_at").first()
begins = at + timedelta(hours=26)
Workshop.objects.filter(pk=workshop.pk).update(
    starts_at=begins, ends_at=begins + timedelta(hours=2), capacity={people}, meeting_url="https://meet.example/room")
for n in range({people}):
    details = {{"name": f"Person {{n}}", "organisation": "Office", "country": "KE", "level": "local", "role": "",
               "hopes": "", "brings": "", "access_needs": ""}}
    seating.take_seat(workshop, address=make_address(f"person{{n}}@office.example"), details=details,
                      at=at - timedelta(days=20))
result = workshop.pk
"""
MOVED = """
from datetime import timedelta
from django.utils import timezone
from tests.makers import make_boss
from workshops import seating
from workshops.models import Workshop
at = timezone.now()
begins = at + timedelta(minutes=59)
result = seating.move(Workshop.objects.get(pk={pk}), starts_at=begins, ends_at=begins + timedelta(hours=2), at=at,
                      by=make_boss())
"""
#: The beat looks for reminders every minute.
A_LOOK_AND_A_HALF = 90


def came(portal: Portal, subject: str) -> Counter:
    """How many letters with these words in their subject came to each person."""
    return Counter(letter.to[0] for letter in portal.mail.letters if subject in letter.subject)


def wait_until_each_has(portal: Portal, subject: str, people: int, *, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while len(came(portal, subject)) < people:
        assert time.monotonic() < deadline, f"{len(came(portal, subject))} have «{subject}»"
        time.sleep(0.5)


def test_a_beat_that_was_away_for_hours_tells_what_is_still_true_once_and_a_move_arms_it_anew(portal):
    pk = portal.python(SEATED.format(people=PEOPLE))
    wait_until_each_has(portal, "Are you coming?", PEOPLE)

    portal.beat.stop()
    # five hours pass in which nobody looks: the question is over, and the day before has begun three hours ago
    portal.rows(
        "UPDATE workshops_workshop SET starts_at = starts_at - interval '5 hours', "
        "ends_at = ends_at - interval '5 hours' WHERE id = %s",
        pk,
    )
    # and one letter that cannot be written waits in front of all others
    portal.rows(
        "INSERT INTO outbox_outboxmessage (key, kind, subject_kind, subject_id, address_id, language, time_zone, "
        "template, context, attachments, list_unsubscribe, skip_stopped, state, due_at, promised_at, attempts, "
        "troubles, error, message_id, created_at, subject_line, text) SELECT 'broken', 'workshop-reminder', "
        "'registration', '0', min(id), 'en', '', 'workshops/no-such-letter', '{}', '[]', false, true, 'waiting', "
        "now() - interval '1 day', now(), 0, 0, '', '<broken@portal>', now(), '', '' FROM people_address"
    )
    portal.beat.start()
    wait_until_each_has(portal, "Your way in", PEOPLE)
    time.sleep(A_LOOK_AND_A_HALF)

    assert set(came(portal, "Your way in").values()) == set(came(portal, "Are you coming?").values()) == {1}
    assert portal.rows("SELECT attempts > 0 FROM outbox_outboxmessage WHERE key = 'broken'") == [(True,)]

    assert portal.python(MOVED.format(pk=pk)) == PEOPLE
    wait_until_each_has(portal, "New time", PEOPLE)
    wait_until_each_has(portal, "In an hour", PEOPLE)
    assert set(came(portal, "In an hour").values()) == {1}
    assert not any(
        "meet.example" in letter.text or "meet.example" in letter.html for letter in portal.mail.letters
    )
