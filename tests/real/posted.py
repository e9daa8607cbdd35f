"""Letters for a whole portal: those of «my page», posted as the site posts them, and a look at what became of them."""

import time
from collections import Counter

from tests.parts.portal import Portal

POST = """
from time import monotonic
from django.db import transaction
from django.utils import timezone
from opsi_portal.letters import my_page_link
from people.models import Address
now, began = timezone.now(), monotonic()
with transaction.atomic():
    for n in range({first}, {first} + {count}):
        address = Address.objects.known(f"person{{n}}@office.example", at=now)
        my_page_link(address, at=now)
result = monotonic() - began
"""


def post(portal: Portal, count: int, *, first: int = 0) -> float:
    """Write letters to ``count`` people, numbered from ``first``, in one transaction; how long that took (s)."""
    return portal.python(POST.format(count=count, first=first))


def wait_until_all_are_sent(portal: Portal, *, seconds: float) -> None:
    """Raises AssertionError with what still waits, and why."""
    deadline = time.monotonic() + seconds
    while waiting := portal.rows(
        "SELECT state, error, count(*) FROM outbox_outboxmessage WHERE state <> 'sent' GROUP BY state, error"
    ):
        assert time.monotonic() < deadline, f"after {seconds} s: {waiting}\n{portal.worker.log[-2000:]}"
        time.sleep(0.2)


def copies(portal: Portal) -> Counter:
    """How often each letter of the database came, by Message-ID; nothing else may have come."""
    posted = {row[0] for row in portal.rows("SELECT message_id FROM outbox_outboxmessage")}
    came = Counter(letter.message_id for letter in portal.mail.letters)
    assert set(came) == posted
    return came
