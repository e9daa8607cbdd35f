"""Letters when a worker is killed in the middle, and when the broker goes away."""

import time

import pytest

from tests.real.posted import copies, post, wait_until_all_are_sent

pytestmark = pytest.mark.timeout(300)


def test_a_rush_with_the_worker_killed_twice_and_a_busy_server_loses_none_and_repeats_only_those_in_flight(
    portal,
):
    portal.mail.mood = lambda to, number: "451 4.3.0 later" if number <= 30 else None
    portal.mail.delay = 0.05
    post(portal, 200)
    for so_many in (40, 100):
        portal.mail.wait_for(so_many, seconds=40)
        portal.worker.kill()
        portal.worker.start()
    assert len(portal.mail.letters) < 200, "it was to be killed in the middle"

    wait_until_all_are_sent(portal, seconds=120)

    assert sum(times - 1 for times in copies(portal).values()) <= 2
    assert portal.rows("SELECT sum(attempts) FROM outbox_outboxmessage") == [(0,)]


@pytest.mark.parametrize("fate", ["stop", "pause"])
def test_with_the_broker_away_letters_are_written_at_once_and_leave_when_it_is_back(portal, fate):
    post(portal, 1)
    portal.mail.wait_for(1, seconds=15)
    getattr(portal.redis, fate)()
    assert post(portal, 50, first=1) < 20, "asking the broker fifty times would take at least 35 s"
    time.sleep(8)
    portal.redis.start() if fate == "stop" else portal.redis.resume()

    wait_until_all_are_sent(portal, seconds=90)

    assert set(copies(portal).values()) == {1}
