import pytest

from outbox.delivery import HANDFUL, deliver_due
from outbox.models import LEASE, OutboxMessage
from outbox.posting import expire, post
from people.links import address_of, letter_link
from tests.outbox.makers import DAY, HOUR, MINUTE, NOON, SECOND, hello, make_address, post_hello

pytestmark = pytest.mark.django_db


def state(message):
    return OutboxMessage.objects.get(pk=message.pk).state


def test_what_is_due_leaves_and_what_is_not_stays(mail):
    marta = make_address()
    due = post_hello(marta, "now")
    later = post_hello(marta, "later", due_at=NOON + HOUR)

    assert deliver_due(NOON) == 1

    assert [letter.message_id for letter in mail.letters] == [due.message_id]
    assert (state(due), state(later)) == ("sent", "waiting")


def test_a_letter_that_has_left_keeps_its_words_and_not_its_links(mail):
    message = post_hello()

    deliver_due(NOON)

    kept = OutboxMessage.objects.get()
    assert kept.state == "sent"
    assert NOON <= kept.sent_at < NOON + MINUTE
    assert kept.subject_line == "Hello Marta"
    assert "Dear Marta" in kept.text
    assert "[link]" in kept.text
    assert address_of(message.context["resume"]) not in kept.text
    assert address_of(message.context["resume"]) in mail.letters[0].text
    assert kept.attempts == 0


def test_nothing_is_sent_twice_however_often_the_sweep_comes(mail):
    post_hello()

    for seconds in (0, 5, 10, 3600):
        deliver_due(NOON + seconds * SECOND)

    assert len(mail.letters) == 1


def test_two_hundred_letters_leave_over_one_connection_in_one_run(mail):
    marta = make_address()
    for n in range(200):
        post_hello(marta, f"hello:{n}")

    assert deliver_due(NOON) == 200

    assert len({letter.message_id for letter in mail.letters}) == 200


def test_a_letter_costs_three_statements_and_an_idle_sweep_two(mail, django_assert_num_queries):
    marta = make_address()
    with django_assert_num_queries(2):
        deliver_due(NOON)
    for n in range(20):
        post_hello(marta, f"hello:{n}")

    # The pulse, two looks for what is due, whether the server rests; claim, read and report of each letter.
    with django_assert_num_queries(4 + 3 * 20):
        deliver_due(NOON)


def test_a_claimed_letter_belongs_to_one_worker_for_one_lease():
    message = post_hello()

    assert OutboxMessage.objects.claim(message.pk, NOON) == message
    assert OutboxMessage.objects.claim(message.pk, NOON) is None
    assert OutboxMessage.objects.claim(message.pk, NOON + LEASE - SECOND) is None
    assert OutboxMessage.objects.claim(message.pk, NOON + LEASE) == message


def test_a_worker_that_dies_gives_its_letter_back_and_the_repeat_keeps_its_message_id(mail):
    message = post_hello()
    OutboxMessage.objects.claim(message.pk, NOON)

    assert deliver_due(NOON + 30 * SECOND) == 0
    assert deliver_due(NOON + LEASE) == 1

    assert [letter.message_id for letter in mail.letters] == [message.message_id]


def test_a_worker_whose_lease_ran_out_cannot_undo_what_the_next_one_reports():
    message = post_hello()
    slow = OutboxMessage.objects.claim(message.pk, NOON)
    quick = OutboxMessage.objects.claim(message.pk, NOON + LEASE)
    quick.mark_sent(NOON + LEASE, subject_line="", text="")

    assert not slow.mark_refused(NOON + LEASE, "550 no")
    assert not slow.put_off(NOON + LEASE, "451 later")
    assert not slow.mark_sent(NOON + LEASE, subject_line="", text="")

    assert OutboxMessage.objects.get().error == ""


def test_a_slow_worker_that_did_send_spares_the_next_one_the_repeat():
    message = post_hello()
    slow = OutboxMessage.objects.claim(message.pk, NOON)
    OutboxMessage.objects.claim(message.pk, NOON + LEASE)

    assert slow.mark_sent(NOON + LEASE, subject_line="", text="")


def test_a_letter_whose_time_has_passed_is_not_sent(mail):
    message = post_hello(expires_at=NOON + HOUR)

    deliver_due(NOON + HOUR)

    assert (state(message), mail.letters) == ("expired", [])


def test_a_letter_that_was_let_go_is_not_sent(mail):
    post_hello(subject=("case", 1))
    expire(("case", 1), at=NOON)

    deliver_due(NOON)

    assert mail.letters == []


def test_who_stopped_a_kind_after_it_was_written_does_not_get_it(mail):
    marta = make_address()
    message = post_hello(marta)
    asked_for = post(**hello(marta, "asked for", skip_stopped=False))
    marta.stop("hello")

    deliver_due(NOON)

    assert (state(message), state(asked_for)) == ("expired", "sent")


def test_an_address_that_takes_no_letters_is_not_tried_and_says_so_without_alarm(mail):
    message = post_hello(make_address(suppressed_at=NOON))

    deliver_due(NOON)

    kept = OutboxMessage.objects.get()
    assert (state(message), mail.letters) == ("expired", [])
    assert kept.error == "This address does not take letters."


def test_a_letter_that_had_left_goes_again_under_a_new_identity_and_a_failed_one_under_its_own(mail):
    marta = make_address()
    for number, fate in enumerate(["sent", "failed"]):
        post_hello(marta, f"hello:{number}")
        OutboxMessage.objects.filter(key=f"hello:{number}").update(state=fate, sent_at=NOON)
    before = dict(OutboxMessage.objects.values_list("key", "message_id"))

    OutboxMessage.objects.all().send_again(NOON)

    after = dict(OutboxMessage.objects.values_list("key", "message_id"))
    assert after["hello:0"] != before["hello:0"]
    assert after["hello:1"] == before["hello:1"]


def test_send_again_sends_what_was_sent_failed_or_expired(mail):
    marta = make_address()
    for number, fate in enumerate(["sent", "failed", "expired"]):
        post_hello(marta, f"hello:{number}", expires_at=NOON + HOUR)
        OutboxMessage.objects.filter(key=f"hello:{number}").update(state=fate, attempts=6, sent_at=NOON)

    assert OutboxMessage.objects.send_again(NOON + DAY) == 3
    assert deliver_due(NOON + DAY) == 3

    assert {letter.state for letter in OutboxMessage.objects.all()} == {"sent"}
    assert len(mail.letters) == 3


def test_a_receipt_does_not_wait_for_news_to_thousands(mail):
    news = {
        "kind": "news",
        "list_unsubscribe": True,
        "context": {"stop": letter_link("stop", address=1, what="news")},
    }
    for n in range(2 * HANDFUL):
        post_hello(make_address(f"reader{n}@x.example"), f"news:{n}", **news)
    post_hello(make_address("author@x.example"), "receipt", at=NOON + SECOND)

    deliver_due(NOON + MINUTE)

    assert mail.letters[0].to == ("author@x.example",) and len(mail.letters) == 2 * HANDFUL + 1
