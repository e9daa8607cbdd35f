"""Letters on the real parts: a healthy portal, then one thing after another taken away.

The letters are those that «my page» writes, posted as the site posts them: rows, and nobody tells the worker.
"""

import os
import time
from collections import Counter

import pytest

from tests.parts.portal import Part, Portal

pytestmark = pytest.mark.timeout(300)

POST = """
from django.db import transaction
from django.utils import timezone
from opsi_portal.letters import my_page_link
from people.models import Address
now = timezone.now()
with transaction.atomic():
    for n in range({first}, {first} + {count}):
        address = Address.objects.known(f"person{{n}}@office.example", at=now)
        my_page_link(address, at=now)
"""


def post(portal: Portal, count: int, *, first: int = 0) -> None:
    portal.python(POST.format(count=count, first=first))


def all_sent(portal: Portal) -> bool:
    states = dict(portal.rows("SELECT state, count(*) FROM outbox_outboxmessage GROUP BY state"))
    return set(states) == {"sent"}


def wait_until_all_are_sent(portal: Portal, *, seconds: float) -> float:
    """How long it took (s). Raises AssertionError with what still waits, and why."""
    began = time.monotonic()
    while not all_sent(portal):
        waiting = portal.rows(
            "SELECT state, error, count(*) FROM outbox_outboxmessage WHERE state <> 'sent' GROUP BY state, error"
        )
        assert time.monotonic() - began < seconds, (
            f"after {seconds} s: {waiting}\n{portal.worker.log[-2000:]}"
        )
        time.sleep(0.2)
    return time.monotonic() - began


def copies(portal: Portal) -> Counter:
    """How often each letter of the database came, by Message-ID; nothing else may have come."""
    posted = {row[0] for row in portal.rows("SELECT message_id FROM outbox_outboxmessage")}
    came = Counter(letter.message_id for letter in portal.mail.letters)
    assert set(came) == posted
    return came


def test_on_a_healthy_portal_a_letter_leaves_within_ten_seconds_and_two_hundred_soon_after(portal):
    post(portal, 1)
    portal.mail.wait_for(1, seconds=10)

    post(portal, 200, first=1)
    portal.mail.wait_for(201, seconds=20)

    wait_until_all_are_sent(portal, seconds=5)
    assert set(copies(portal).values()) == {1}


def test_a_mail_server_that_is_away_for_a_while_gets_every_letter_once_and_by_itself(portal):
    portal.mail.stop()
    post(portal, 50)
    portal.wait_for("SELECT 1 FROM outbox_outboxmessage WHERE error <> ''", seconds=20)
    time.sleep(15)
    portal.mail.start()

    wait_until_all_are_sent(portal, seconds=60)

    assert set(copies(portal).values()) == {1}
    assert portal.rows("SELECT sum(attempts) FROM outbox_outboxmessage") == [(0,)]


def test_a_mail_server_that_says_later_for_a_while_gets_every_letter_once_and_by_itself(portal):
    portal.mail.refuse("451 4.3.0 later")
    post(portal, 50)
    portal.wait_for("SELECT 1 FROM outbox_outboxmessage HAVING min(troubles) > 0", seconds=30)
    portal.mail.recover()

    wait_until_all_are_sent(portal, seconds=100)

    assert set(copies(portal).values()) == {1}


def test_a_worker_killed_in_a_rush_of_two_hundred_loses_none_and_repeats_at_most_the_one_in_flight(portal):
    portal.mail.delay = 0.05
    post(portal, 200)
    portal.mail.wait_for(60, seconds=30)

    portal.worker.kill()
    before = len(portal.mail.letters)
    assert before < 200, "it was to be killed in the middle"
    portal.worker.start()

    assert wait_until_all_are_sent(portal, seconds=120) < 120
    repeats = [times for times in copies(portal).values() if times > 1]
    assert repeats in ([], [2])


def test_a_worker_killed_three_times_loses_none(portal):
    portal.mail.delay = 0.05
    post(portal, 200)
    for so_many in (30, 80, 130):
        portal.mail.wait_for(so_many, seconds=40)
        portal.worker.kill()
        portal.worker.start()

    wait_until_all_are_sent(portal, seconds=150)

    assert sum(times - 1 for times in copies(portal).values()) <= 3


@pytest.mark.parametrize("fate", ["stop", "pause"])
def test_with_the_broker_away_letters_wait_and_leave_when_it_is_back(portal, fate):
    post(portal, 1)
    portal.mail.wait_for(1, seconds=15)
    getattr(portal.redis, fate)()
    began = time.monotonic()
    post(portal, 50, first=1)
    assert time.monotonic() - began < 10, "writing a letter asks no broker"
    time.sleep(20)
    portal.redis.start() if fate == "stop" else portal.redis.resume()

    wait_until_all_are_sent(portal, seconds=90)

    assert set(copies(portal).values()) == {1}


def test_eight_workers_and_two_beats_send_each_letter_once(portal):
    for _ in range(7):
        portal.add_worker()
    second_var = portal.folder / "second-beat"
    second_var.mkdir()
    second_beat = Part(
        "beat", env={**portal.env, "VAR_DIR": str(second_var)}, log=portal.folder / "second-beat.log"
    )
    second_beat.start()
    try:
        for n in range(5):
            post(portal, 1, first=n)
            portal.mail.wait_for(n + 1, seconds=15)
        post(portal, 300, first=100)
        wait_until_all_are_sent(portal, seconds=60)
    finally:
        second_beat.kill()

    assert set(copies(portal).values()) == {1}
    assert len(portal.mail.letters) == 305


def test_a_worker_that_was_away_for_a_while_catches_up_and_its_beat_has_piled_up_nothing(portal):
    portal.worker.kill()
    post(portal, 20)
    time.sleep(20)
    portal.worker.start()

    wait_until_all_are_sent(portal, seconds=30)

    assert set(copies(portal).values()) == {1}
    assert portal.rows("SELECT count(*) FROM outbox_outboxmessage WHERE attempts > 0") == [(0,)]


def test_without_redis_the_worker_and_the_beat_talk_through_a_folder(portals):
    with portals.portal(start=False) as portal:
        portal.env.pop("REDIS_URL")
        portal.mail.start()
        for part in (portal.worker, portal.beat):
            part.env = portal.env
            part.start()
        portal.wait_for_worker()

        post(portal, 20)
        portal.mail.wait_for(20, seconds=30)

        wait_until_all_are_sent(portal, seconds=5)
        queue = portal.var / "broker" / "queue"
        assert queue.stat().st_mode & 0o077 == 0
        assert len(os.listdir(queue)) <= 2
