"""Eight workers and one letter, eight workers and many: real threads, real locks."""

from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connections

from outbox.delivery import deliver_due
from outbox.models import OutboxMessage
from outbox.posting import post_many
from tests.outbox.makers import NOON, hello, make_address, post_hello

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work, times=8):
    together = Barrier(times)

    def one() -> None:
        together.wait()
        try:
            work()
        finally:
            connections.close_all()

    threads = [Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_workers_send_one_letter_once(mail):
    post_hello()

    at_once(lambda: deliver_due(NOON))

    assert len(mail.letters) == 1
    assert OutboxMessage.objects.get().state == "sent"


def test_eight_workers_send_two_hundred_letters_once_each(mail):
    marta = make_address()
    post_many(hello(marta, f"hello:{n}") for n in range(200))

    at_once(lambda: deliver_due(NOON))

    assert set(Counter(letter.message_id for letter in mail.letters).values()) == {1}
    assert OutboxMessage.objects.filter(state="sent").count() == 200 == len(mail.letters)
