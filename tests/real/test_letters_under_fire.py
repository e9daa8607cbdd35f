"""Letters on the real parts: a healthy portal, a mail server that is away, and a crowd of workers."""

import os
import time

import pytest

from tests.parts.portal import Part
from tests.real.posted import copies, post, wait_until_all_are_sent

pytestmark = pytest.mark.timeout(300)


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
    time.sleep(3)
    portal.mail.start()

    wait_until_all_are_sent(portal, seconds=60)

    assert set(copies(portal).values()) == {1}
    assert portal.rows("SELECT sum(attempts) FROM outbox_outboxmessage") == [(0,)]


def test_eight_workers_and_two_beats_send_each_letter_once(portal):
    for _ in range(7):
        portal.add_worker()
    second_var = portal.folder / "second-beat"
    second_var.mkdir()
    second_env = {**portal.env, "VAR_DIR": str(second_var)}
    second_beat = Part("beat", env=second_env, log=portal.folder / "second-beat.log")
    second_beat.start()
    try:
        for n in range(3):
            post(portal, 1, first=n)
            portal.mail.wait_for(n + 1, seconds=15)
        post(portal, 300, first=100)
        wait_until_all_are_sent(portal, seconds=60)
    finally:
        second_beat.kill()

    assert set(copies(portal).values()) == {1}
    assert len(portal.mail.letters) == 303


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
