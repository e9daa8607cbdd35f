"""What comes back stops an address, once, and only if it is about a letter of ours."""

import io
import sys
from email.message import EmailMessage

import pytest
from django.core.management import call_command

from outbox import bouncing, delivery
from outbox.models import Bounce, OutboxMessage
from people.models import Address, Event
from tests.makers import DAY, NOON
from tests.outbox.makers import make_address, post_hello

pytestmark = pytest.mark.django_db


def sent(email: str = "marta@kisumu.example") -> OutboxMessage:
    message = post_hello(to=make_address(email), key=email)
    OutboxMessage.objects.filter(pk=message.pk).update(state="sent", sent_at=NOON)
    message.refresh_from_db()
    return message


def bounce(
    letter: OutboxMessage | str,
    status: str = "5.1.1",
    action: str = "failed",
    *,
    to: str = "marta@kisumu.example",
    said: str = "smtp; 550 5.1.1 <marta@kisumu.example> unknown user",
    head_only: bool = False,
) -> bytes:
    message_id = letter if isinstance(letter, str) else letter.message_id
    inner = "message/rfc822" if not head_only else "text/rfc822-headers"
    return f"""From: MAILER-DAEMON@mx.kisumu.example
To: portal@portal.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.kisumu.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--b
Content-Type: {inner}

From: portal@portal.example
To: {to}
Message-ID: {message_id}
Subject: Hello

--b--
""".encode()


def complaint(letter: OutboxMessage, kind: str = "abuse") -> bytes:
    return f"""From: feedback@big.example
Subject: Complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is a complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Big/1.0
Version: 1

--b
Content-Type: message/rfc822

Message-ID: {letter.message_id}
Subject: Hello

We meet.
--b--
""".encode()


@pytest.mark.parametrize("head_only", [False, True])
def test_a_dead_mailbox_gets_no_more_letters_and_staff_read_why(head_only):
    letter = sent()

    tally = bouncing.take([bounce(letter, head_only=head_only)], at=NOON)

    assert (tally.hard, tally.stopped) == (1, [letter.address_id])
    assert Address.objects.get().suppressed_at == NOON
    letter.refresh_from_db()
    assert (letter.state, letter.error) == ("bounced", "5.1.1 smtp; 550 5.1.1 … unknown user")
    event = Event.objects.get()
    assert (event.action, event.actor, event.reason) == ("letters stopped", "portal", "hard 5.1.1")


def test_the_same_report_again_changes_nothing_not_even_after_staff_lifted_it():
    letter = sent()
    bouncing.take([bounce(letter)], at=NOON)
    Address.objects.update(suppressed_at=None)

    tally = bouncing.take([bounce(letter), bounce(letter, said="again")], at=NOON + DAY)

    assert (tally.known, tally.stopped) == (2, [])
    assert Address.objects.get().suppressed_at is None and Bounce.objects.count() == 1


def test_a_reader_who_complains_is_left_in_peace():
    letter = sent()

    tally = bouncing.take([complaint(letter)], at=NOON)

    assert (tally.complaints, Bounce.objects.get().kind) == (1, "complaint")
    assert Address.objects.get().suppressed_at == NOON


def test_that_something_is_no_spam_is_no_complaint():
    tally = bouncing.take([complaint(sent(), "not-spam")], at=NOON)

    assert tally.not_a_report == 1 and Address.objects.get().suppressed_at is None


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("4.2.2", "delayed"),
        ("4.4.1", "failed"),
        ("5.2.2", "failed"),
        ("5.7.1", "failed"),
        ("5.3.4", "failed"),
    ],
)
def test_what_says_nothing_about_the_mailbox_is_counted_and_stops_nobody(status, action):
    letter = sent()

    tally = bouncing.take([bounce(letter, status, action, said="smtp; later")] * 2, at=NOON)

    assert (tally.soft, tally.known) == (1, 1)
    assert Address.objects.get().suppressed_at is None
    assert OutboxMessage.objects.get().state == "sent"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_what_arrived_is_no_bounce(action):
    tally = bouncing.take([bounce(sent(), "2.0.0", action, said="ok")], at=NOON)

    assert tally.not_a_report == 1 and not Bounce.objects.exists()


def test_a_status_that_stands_in_the_diagnosis_alone_is_found():
    letter = sent()
    bouncing.take([bounce(letter, status="")], at=NOON)

    assert Bounce.objects.get().status == "5.1.1"


def test_nobody_shuts_a_mailbox_by_a_report_that_they_made_up():
    sent("marta@kisumu.example")
    made_up = bounce("<made-up@portal.example>")

    assert bouncing.take([made_up], at=NOON).unmatched == 1
    assert Address.objects.get().suppressed_at is None


def test_a_report_stops_the_address_that_the_letter_went_to_whatever_it_names():
    make_address("victim@x.example")
    letter = sent("attacker@x.example")

    bouncing.take([bounce(letter, to="victim@x.example")], at=NOON)

    shut = Address.objects.filter(suppressed_at__isnull=False).values_list("email", flat=True)
    assert list(shut) == ["attacker@x.example"]


def plain() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Out of office"
    mail.set_content("I am away.")
    return mail.as_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        plain(),
        b"",
        b"\0\xff\xfe" * 50,
        b"Content-Type: multipart/report; boundary=\n\n--\n--",
        b"Content-Type: multipart/report; boundary=b\n\n"
        + b"--b\nContent-Type: message/delivery-status\n\n" * 200,
        b"x" * (bouncing.MOST_BYTES + 1),
    ],
    ids=["out of office", "nothing", "bytes", "no boundary", "many parts", "too long"],
)
def test_what_is_no_report_harms_nobody(raw):
    sent()

    assert bouncing.take([raw], at=NOON).not_a_report == 1
    assert Address.objects.get().suppressed_at is None


def test_letters_to_a_stopped_address_do_not_leave(mailoutbox):
    letter = sent()
    bouncing.take([bounce(letter)], at=NOON)
    post_hello(to=letter.address, key="next")

    delivery.deliver_due(NOON + DAY)

    assert mailoutbox == []


# -- The command -----------------------------------------------------------------------------------------------------


def told(*files, monkeypatch=None, given: bytes | None = None) -> str:
    if given is not None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    out = io.StringIO()
    call_command("take_bounces", *map(str, files), stdout=out)
    return out.getvalue()


def test_a_mail_is_read_from_standard_input(monkeypatch):
    said = told(monkeypatch=monkeypatch, given=bounce(sent()))

    assert "1 mails read: 1 hard bounces, 0 soft, 0 complaints; 1 addresses stopped." in said
    assert "marta" not in said


def test_a_mailbox_is_read_mail_by_mail(tmp_path):
    first, second = sent("a@x.example"), sent("b@x.example")
    mails = [bounce(first, to="a@x.example"), plain(), complaint(second)]
    box = tmp_path / "box"
    box.write_bytes(b"".join(b"From x Sat Jan  1 00:00:00 2027\n" + mail + b"\n" for mail in mails))

    said = told(box)

    assert "3 mails read: 1 hard bounces, 0 soft, 1 complaints; 2 addresses stopped." in said
    assert "1 are no report" in said
    assert "2 were known already" in told(box)
