"""An issue to thousands when the worker is killed in the middle of writing it: nobody twice, nobody left out."""

import time
from collections import Counter

import pytest

pytestmark = pytest.mark.timeout(400)

READERS = 3000

#: So many people who have said yes, and an issue whose time has come.
ISSUE = f"""
from datetime import timedelta
from django.utils import timezone
from newsletter import issuing
from newsletter.models import Issue, Subscription
from people.models import Address, User
now = timezone.now()
before = now - timedelta(days=1)
people = Address.objects.bulk_create(
    Address(email=f"reader{{n}}@office.example", created_at=before, confirmed_at=before) for n in range({READERS})
)
Subscription.objects.bulk_create(
    Subscription(address=one, state="confirmed", language="en", asked_at=before, confirmed_at=before, wants_events=True)
    for one in people
)
issue = Issue.objects.create(title={{"en": "Three sessions"}}, topics=["events"], made_at=now)
issue.blocks.create(kind="text", words={{"en": "We meet."}})
lea = User.objects.create_user("lea@oecd.example", "x" * 20, is_staff=True)
issuing.schedule(issue, due_at=None, seen=1, by=lea, at=now)
"""


def test_an_issue_with_the_worker_killed_in_the_middle_reaches_everybody_once(portal):
    portal.python(ISSUE)
    portal.wait_for("SELECT 1 FROM newsletter_mailing WHERE written > 0", seconds=60)
    portal.worker.kill()
    [(written,)] = portal.rows("SELECT written FROM newsletter_mailing")
    assert written < READERS, "it was to be killed in the middle"
    assert portal.rows("SELECT count(*) FROM outbox_outboxmessage WHERE kind = 'news'") == [(written,)]

    portal.worker.start()
    portal.add_worker()
    portal.wait_for("SELECT 1 FROM newsletter_issue WHERE state = 'sent'", seconds=60)
    assert portal.rows("SELECT count(*), count(DISTINCT address_id) FROM outbox_outboxmessage") == [
        (READERS, READERS)
    ]
    [(leaves,)] = portal.rows("SELECT max(address_id) FROM newsletter_subscription")
    portal.rows(
        "UPDATE people_address SET stopped_kinds = '[\"news\"]' WHERE id = %s AND id IN "
        "(SELECT address_id FROM outbox_outboxmessage WHERE state = 'waiting')",
        leaves,
    )
    wait_until_nothing_waits(portal)

    came = Counter(address for letter in portal.mail.letters for address in letter.to)
    assert sum(times > 1 for times in came.values()) <= 2, (
        "only what was in flight when it was killed comes again"
    )
    assert READERS - 1 <= len(came) <= READERS


def wait_until_nothing_waits(portal, *, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while waiting := portal.rows("SELECT count(*) FROM outbox_outboxmessage WHERE state = 'waiting'")[0][0]:
        assert time.monotonic() < deadline, f"{waiting} still wait"
        time.sleep(0.5)
