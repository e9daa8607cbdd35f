"""Mail servers as they are: refusing, busy, cut off, silent, gone."""

import socketserver
import threading

import pytest

from outbox.delivery import REST, deliver_due
from outbox.models import BACK_OFF, OutboxMessage
from outbox.posting import post
from tests.outbox.makers import DAY, HOUR, MINUTE, NOON, SECOND, hello, make_address, post_hello
from tests.parts.mail import CUT, CUT_AFTER_TAKING, SILENCE

pytestmark = pytest.mark.django_db


def only():
    return OutboxMessage.objects.get()


def wait_until_due(message=None):
    """The instant at which a letter is tried next."""
    return (message or only()).due_at


def test_a_refused_letter_is_tried_six_times_and_then_shown_to_staff(mail):
    mail.refuse("550 5.1.1 nobody here")
    post_hello()
    at, waits = NOON, []

    for _ in BACK_OFF:
        deliver_due(at)
        assert only().state == "waiting"
        waits.append(wait_until_due() - at)
        at = wait_until_due()
    deliver_due(at)

    assert [round(wait / MINUTE) for wait in waits] == [1, 5, 30, 120, 360]
    assert mail.offered == 6
    assert (only().state, only().attempts) == ("failed", 6)
    assert only().error == "550 5.1.1 nobody here"


def test_a_server_that_is_busy_costs_no_attempt_and_is_asked_after_one_minute_then_ten(mail):
    mail.refuse("451 4.3.0 later")
    post_hello()
    at, waits = NOON, []

    for _ in range(8):
        deliver_due(at)
        waits.append(round((wait_until_due() - at) / MINUTE))
        at = wait_until_due()
    mail.recover()
    deliver_due(at)

    assert waits == [1] + [10] * 7
    assert (only().state, only().attempts) == ("sent", 0)


def test_greylisting_one_reader_stops_nobody_else(mail):
    mail.refuse("450 4.2.0 greylisted", only="marta@kisumu.example")
    grey = post_hello(make_address("marta@kisumu.example"), "grey")
    amal = make_address("amal@amman.example")
    for n in range(30):
        post_hello(amal, f"hello:{n}")

    assert deliver_due(NOON) == 30

    assert OutboxMessage.objects.waiting().get() == grey


@pytest.mark.parametrize("fault", ["550 5.7.1 spam", "554 5.6.0 no", "452 4.2.2 full", CUT])
def test_one_poisoned_letter_stops_no_other(mail, fault):
    mail.refuse(fault, only="poison@example.org")
    poison = make_address("poison@example.org")
    marta = make_address()
    post(**hello(poison, "poison", due_at=NOON - HOUR))
    for n in range(10):
        post_hello(marta, f"hello:{n}")

    assert deliver_due(NOON) == 10

    assert OutboxMessage.objects.waiting().get().key == "poison"


def test_a_letter_that_cannot_be_written_stops_no_other_and_fails_in_the_end(mail):
    marta = make_address()
    post(**hello(marta, "broken") | {"template": "demo/broken", "due_at": NOON - HOUR})
    post_hello(marta, "fine")

    assert deliver_due(NOON) == 1

    broken = OutboxMessage.objects.get(key="broken")
    assert broken.attempts == 1
    assert "nothing_of_this_name" in broken.error
    for _ in range(5):
        deliver_due(wait_until_due(OutboxMessage.objects.get(key="broken")))
    assert OutboxMessage.objects.get(key="broken").state == "failed"


def test_a_server_that_is_away_costs_one_try_for_all_and_no_letter_anything(mail):
    mail.stop()
    marta = make_address()
    for n in range(50):
        post_hello(marta, f"hello:{n}")

    assert deliver_due(NOON) == 0
    assert deliver_due(NOON + 5 * SECOND) == 0
    assert OutboxMessage.objects.due(NOON + 6 * SECOND).count() == 50
    assert OutboxMessage.objects.filter(error__contains="cannot be reached").count() == 1

    mail.start()
    assert deliver_due(NOON + 6 * SECOND) == 0, "it is left alone for a while"
    assert deliver_due(NOON + REST + 6 * SECOND) == 50
    assert {(letter.state, letter.attempts, letter.error) for letter in OutboxMessage.objects.all()} == {
        ("sent", 0, "")
    }


def test_a_wrong_password_is_the_server_s_trouble_and_no_letter_s(mail, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    post_hello()

    deliver_due(NOON)

    assert (only().state, only().attempts) == ("waiting", 0)
    assert "cannot be reached" in only().error


def test_a_letter_cut_off_on_the_way_comes_by_itself(mail):
    mail.mood = lambda to, number: CUT if number <= 2 else None
    post_hello()

    deliver_due(NOON)
    assert only().state == "waiting"
    deliver_due(NOON + MINUTE + 5 * SECOND)
    deliver_due(NOON + 15 * MINUTE)

    assert (only().state, only().attempts, len(mail.letters)) == ("sent", 0, 1)


def test_a_server_that_closes_the_line_after_each_letter_gets_them_all_the_same(mail):
    mail.mood = lambda to, number: "421 4.7.0 enough for one call" if number % 5 == 0 else None
    marta = make_address()
    for n in range(40):
        post_hello(marta, f"hello:{n}")

    assert deliver_due(NOON) == 40

    assert len({letter.message_id for letter in mail.letters}) == 40


def test_a_letter_taken_without_an_answer_comes_again_with_the_same_message_id(mail):
    mail.mood = lambda to, number: CUT_AFTER_TAKING if number == 1 else None
    message = post_hello()

    deliver_due(NOON)
    deliver_due(NOON + 2 * MINUTE)

    assert only().state == "sent"
    assert [letter.message_id for letter in mail.letters] == [message.message_id] * 2


def test_a_server_that_falls_silent_holds_a_run_no_longer_than_it_must(mail, settings):
    settings.EMAIL_TIMEOUT = 0.3
    mail.mood = lambda to, number: SILENCE
    marta = make_address()
    for n in range(30):
        post_hello(marta, f"hello:{n}")

    deliver_due(NOON)

    assert mail.offered == 3, "after three silences the others wait for the next sweep"
    assert OutboxMessage.objects.waiting().count() == 30
    assert OutboxMessage.objects.filter(attempts__gt=0).count() == 0


def test_a_long_outage_loses_nothing_but_what_has_lost_its_use(mail):
    mail.stop()
    marta = make_address()
    post_hello(marta, "receipt")
    post_hello(marta, "reminder", expires_at=NOON + HOUR)
    for minutes in range(0, 24 * 60, 30):
        deliver_due(NOON + minutes * MINUTE)
    mail.start()

    deliver_due(NOON + DAY)

    assert dict(OutboxMessage.objects.values_list("key", "state")) == {
        "receipt": "sent",
        "reminder": "expired",
    }


def test_a_wild_server_gets_every_letter_in_the_end(mail):
    faults = {0: "451 4.3.0 later", 3: CUT, 5: "421 4.3.2 going down", 7: CUT_AFTER_TAKING}
    mail.mood = lambda to, number: faults.get(number % 10) if number < 150 else None
    marta = make_address()
    for n in range(60):
        post_hello(marta, f"hello:{n}")

    for minutes in range(90):
        deliver_due(NOON + minutes * MINUTE)

    assert {letter.state for letter in OutboxMessage.objects.all()} == {"sent"}
    posted = set(OutboxMessage.objects.values_list("message_id", flat=True))
    assert {letter.message_id for letter in mail.letters} == posted


class FullHouse(socketserver.StreamRequestHandler):
    """Refuses one recipient before any letter is told, as most servers do."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                self.wfile.write(self.server.answer.encode() + b"\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.mark.parametrize(("answer", "attempts"), [("550 5.1.1 unknown", 1), ("450 4.2.1 greylisted", 0)])
def test_a_recipient_refused_at_the_door_counts_only_when_it_is_for_good(settings, answer, attempts):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), FullHouse) as server:
        server.answer = answer
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        post_hello()

        deliver_due(NOON)
        server.shutdown()

    assert (only().attempts, only().error) == (attempts, answer)
