"""How much one network or one silent mailbox may ask for: rows that hold across processes."""

from datetime import UTC, datetime, timedelta

import pytest

from people import limits
from people.limits import DAY, HOUR
from people.models import Allowance

NOON = datetime(2027, 5, 12, 12, 0, tzinfo=UTC)


def take(who: object = "192.0.2.0/24", *, kind: str = "draft", at: datetime = NOON, limit: int = 3) -> bool:
    return limits.take(kind, who, at=at, limit=limit, window=HOUR)


@pytest.mark.django_db
def test_a_limit_gives_what_it_promises_and_not_one_more():
    assert [take() for _n in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_everybody_and_every_kind_of_asking_has_a_limit_of_its_own():
    for _n in range(3):
        take()

    assert take("198.51.100.0/24")
    assert take(kind="login")
    assert not take()


@pytest.mark.django_db
def test_the_next_stretch_of_time_begins_anew():
    last = NOON + HOUR - timedelta(seconds=1)
    for _n in range(3):
        take(at=last)

    assert not take(at=last)
    assert take(at=NOON + HOUR)


@pytest.mark.django_db
def test_a_limit_costs_two_statements(django_assert_num_queries):
    take()

    with django_assert_num_queries(2):
        take()


@pytest.mark.django_db
def test_nobodys_network_stands_in_the_database_in_the_clear():
    take("192.0.2.0/24")

    assert "192.0.2" not in Allowance.objects.get().who


@pytest.mark.django_db
def test_what_no_limit_looks_at_any_more_is_forgotten():
    take(at=NOON - 3 * DAY)
    take(at=NOON)

    assert limits.forget_before(NOON - DAY) == 1
    assert limits.forget_before(NOON - DAY) == 0
    assert [take() for _n in range(3)] == [True, True, False]


NETWORKS = {
    "192.0.2.77": "192.0.2.0/24",
    "::ffff:192.0.2.77": "192.0.2.0/24",
    "2001:db8:1234:5678::1": "2001:db8:1234::/48",
    "": "unknown",
    "unix:": "unknown",
}


@pytest.mark.parametrize(("address", "network"), NETWORKS.items())
def test_a_network_is_a_24_or_a_48(rf, address, network):
    assert limits.network_of(rf.get("/", REMOTE_ADDR=address)) == network


FORWARDED = [
    (0, "203.0.113.9", "192.0.2.0/24"),
    (1, "203.0.113.9", "203.0.113.0/24"),
    (1, "6.6.6.6, 203.0.113.9", "203.0.113.0/24"),
    (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.0/24"),
    (2, "203.0.113.9", "192.0.2.0/24"),
    (1, "", "192.0.2.0/24"),
    (1, "nonsense", "unknown"),
]


@pytest.mark.parametrize(("proxies", "told", "network"), FORWARDED)
def test_what_proxies_pass_on_counts_only_as_far_as_they_are_trusted(rf, settings, proxies, told, network):
    settings.TRUSTED_PROXIES = proxies

    request = rf.get("/", REMOTE_ADDR="192.0.2.77", headers={"X-Forwarded-For": told})

    assert limits.network_of(request) == network
