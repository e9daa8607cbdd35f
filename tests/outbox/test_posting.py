from threading import Barrier, Thread

import pytest
from django.db import connection, connections, transaction

from outbox.models import OutboxMessage
from outbox.posting import expire, new_message_id, post, post_many
from tests.outbox.makers import DAY, HOUR, NOON, SECOND, hello, make_address, post_hello

pytestmark = pytest.mark.django_db


def test_a_letter_is_a_row_that_waits():
    marta = make_address(language="ar", time_zone="Africa/Nairobi")

    message = post(**hello(marta, subject=("case", 7)))

    kept = OutboxMessage.objects.values(
        "key", "kind", "state", "due_at", "promised_at", "language", "time_zone", "subject_kind", "subject_id"
    ).get()
    assert kept == {
        "key": "hello:1",
        "kind": "hello",
        "state": "waiting",
        "due_at": NOON,
        "promised_at": NOON,
        "language": "ar",
        "time_zone": "Africa/Nairobi",
        "subject_kind": "case",
        "subject_id": "7",
    }
    assert message == OutboxMessage.objects.get()


def test_posting_to_an_address_that_has_answered_is_one_statement(django_assert_num_queries):
    marta = make_address()

    with django_assert_num_queries(1):
        post(**hello(marta))


def test_the_same_key_twice_is_the_first_letter_unchanged():
    marta = make_address()
    first = post(**hello(marta, name="Marta"))

    second = post(**hello(marta, name="Somebody else", at=NOON + HOUR))

    assert second == first
    assert second.message_id == first.message_id
    assert second.context["name"] == "Marta"
    assert second.due_at == NOON
    assert OutboxMessage.objects.count() == 1


def test_a_letter_goes_with_the_transaction_it_was_written_in():
    marta = make_address()

    with pytest.raises(RuntimeError), transaction.atomic():
        post(**hello(marta))
        raise RuntimeError("the case could not be kept")

    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_requests_at_once_write_one_letter():
    marta = make_address(answered=False)
    together, found = Barrier(8), []

    def ask() -> None:
        together.wait()
        try:
            with transaction.atomic():
                found.append(post(**hello(marta)).message_id)
        finally:
            connections.close_all()

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [OutboxMessage.objects.get().message_id] * 8


def test_who_stopped_a_kind_of_letter_gets_none_of_it():
    marta = make_address(stopped_kinds=["hello"])

    assert post(**hello(marta)) is None
    assert post_many([hello(marta)]) == 0
    assert not OutboxMessage.objects.exists()


def test_a_letter_that_was_asked_for_comes_although_its_kind_was_stopped():
    marta = make_address(stopped_kinds=["hello"])

    assert post(**hello(marta, skip_stopped=False)) is not None


def test_an_address_that_has_not_answered_gets_three_letters_a_day_and_the_rest_later():
    marta = make_address(answered=False)

    due = [post(**hello(marta, f"hello:{n}")).due_at for n in range(8)]

    assert due == [NOON] * 3 + [NOON + DAY] * 3 + [NOON + 2 * DAY] * 2


def test_asking_again_under_the_same_key_uses_no_allowance():
    marta = make_address(answered=False)
    for _ in range(5):
        post(**hello(marta, "hello:same"))

    assert post(**hello(marta, "hello:other")).due_at == NOON


def test_nobody_can_fill_a_stranger_s_mailbox_for_weeks():
    marta = make_address(answered=False)

    letters = [post(**hello(marta, f"hello:{n}")) for n in range(30)]

    assert [letter.state for letter in letters[:24]] == ["waiting"] * 24
    assert {letter.state for letter in letters[24:]} == {"expired"}
    assert max(letter.due_at for letter in letters[:24]) == NOON + 7 * DAY


def test_an_address_that_has_answered_gets_as_many_letters_as_there_are():
    marta = make_address()

    assert {post(**hello(marta, f"hello:{n}")).due_at for n in range(8)} == {NOON}


def test_a_thousand_letters_are_a_handful_of_statements(django_assert_max_num_queries):
    people = [make_address(f"person{n}@office.example", answered=False) for n in range(20)]
    letters = [hello(people[n % 20], f"extended:{n}") for n in range(1000)]

    with django_assert_max_num_queries(2 if connection.vendor == "postgresql" else 30):
        post_many(letters)
    post_many(letters)

    assert OutboxMessage.objects.filter(due_at=NOON).count() == 1000
    assert OutboxMessage.objects.values("message_id").distinct().count() == 1000


def test_letters_that_are_no_longer_true_are_let_go():
    marta, amal = make_address(), make_address("amal@amman.example")
    post_hello(marta, "1", subject=("case", 1))
    post_hello(amal, "2", subject=("case", 1))
    post_hello(marta, "3", subject=("case", 1)).mark_sent(NOON, subject_line="", text="")
    post_hello(marta, "4", subject=("case", 2))
    post(**hello(marta, "5", subject=("case", 1)) | {"kind": "receipt"})

    gone = expire(("case", 1), kinds=["hello"], address=marta, at=NOON + SECOND)

    assert gone == 1
    assert dict(OutboxMessage.objects.values_list("key", "state")) == {
        "1": "expired",
        "2": "waiting",
        "3": "sent",
        "4": "waiting",
        "5": "waiting",
    }
    assert expire(("case", 1), at=NOON + SECOND) == 2


def test_a_letter_that_can_be_stopped_has_to_carry_the_link_for_it():
    with pytest.raises(ValueError, match="stop"):
        post(**hello(make_address(), list_unsubscribe=True))


@pytest.mark.parametrize(
    ("site", "sender", "host"),
    [
        ("https://portal.example", "Portal <portal@mail.example>", "portal.example"),
        ("http://127.0.0.1:8000", "Portal <portal@mail.example>", "mail.example"),
        ("http://localhost:8000", "portal@localhost", "localhost"),
        ("http://[::1]:8000", "portal@mail.example", "mail.example"),
    ],
)
def test_a_message_id_is_of_the_portal_s_own_domain(settings, site, sender, host):
    settings.SITE_URL, settings.DEFAULT_FROM_EMAIL = site, sender

    assert new_message_id().endswith(f"@{host}>")
    assert new_message_id() != new_message_id()
