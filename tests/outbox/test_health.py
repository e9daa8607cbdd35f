import pytest

from outbox.delivery import deliver_due
from outbox.health import vital_signs
from outbox.models import OutboxMessage
from tests.outbox.makers import HOUR, MINUTE, NOON, SECOND, make_address, post_hello

pytestmark = pytest.mark.django_db


def test_a_portal_whose_worker_never_ran_says_so():
    assert vital_signs(NOON) == {"worker_age": None, "oldest_due": 0, "failed": 0}


def test_each_sweep_is_a_sign_of_life(mail):
    deliver_due(NOON)
    deliver_due(NOON + 5 * SECOND)

    assert vital_signs(NOON + 15 * SECOND) == {"worker_age": 10.0, "oldest_due": 0, "failed": 0}


def test_a_letter_is_as_late_as_the_promise_it_breaks_however_often_it_was_put_off(mail):
    mail.refuse("451 4.3.0 later")
    post_hello()
    post_hello(make_address("amal@amman.example"), "future", due_at=NOON + 2 * HOUR)
    for minutes in range(0, 61, 5):
        deliver_due(NOON + minutes * MINUTE)

    assert vital_signs(NOON + HOUR)["oldest_due"] == 3600


def test_failed_letters_count_until_staff_have_looked_after_them():
    marta = make_address()
    for n in range(3):
        post_hello(marta, f"hello:{n}")
    OutboxMessage.objects.update(state="failed")

    assert vital_signs(NOON)["failed"] == 3
    OutboxMessage.objects.filter(key="hello:0").set_aside()
    OutboxMessage.objects.filter(key="hello:1").send_again(NOON)
    assert vital_signs(NOON)["failed"] == 1


def test_health_is_two_statements(django_assert_num_queries):
    post_hello()

    with django_assert_num_queries(2):
        vital_signs(NOON)
