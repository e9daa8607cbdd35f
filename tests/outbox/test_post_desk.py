"""Letters in the admin: reading them without their links, sending them again, and who may."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage
from django.urls import reverse

from outbox.delivery import deliver_due
from outbox.models import LocalLetter, OutboxMessage
from outbox.posting import post
from people.links import address_of, letter_link
from people.models import Event, User
from tests.outbox.makers import NOON, hello, make_address, post_hello

pytestmark = pytest.mark.django_db

LIST = "/admin/outbox/outboxmessage/"
MAILBOX = "/admin/outbox/localletter/"


def staff(client, *permissions: str):
    user = User.objects.create_user("desk@portal.example", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    return staff(client, "view_outboxmessage", "change_outboxmessage", "view_localletter")


def page_of(message) -> str:
    return reverse("admin:outbox_outboxmessage_change", args=[message.pk])


def html_of(message) -> str:
    return reverse("admin:outbox_outboxmessage_html", args=[message.pk])


def again(message) -> str:
    return reverse("admin:outbox_outboxmessage_again", args=[message.pk])


def test_the_list_says_what_waits_what_failed_and_why(client, manager):
    message = post_hello()
    OutboxMessage.objects.update(state="failed", error="550 5.1.1 nobody here")

    shown = client.get(LIST).content.decode()

    assert page_of(message) in shown
    assert "marta@kisumu.example" in shown
    assert "550 5.1.1 nobody here" in shown


def test_the_list_costs_the_same_at_one_letter_and_at_sixty(client, manager, django_assert_max_num_queries):
    def statements() -> int:
        with django_assert_max_num_queries(40) as found:
            assert client.get(LIST).status_code == 200
        return len(found)

    post_hello(make_address("first@office.example"), "first")
    with_one = statements()
    for n in range(59):
        post_hello(make_address(f"person{n}@office.example"), f"hello:{n}")

    assert statements() == with_one


def test_the_list_reads_no_text_and_no_context(client, manager, django_assert_max_num_queries):
    post_hello()

    with django_assert_max_num_queries(40) as found:
        client.get(LIST)

    read = " ".join(query["sql"] for query in found)
    assert '"outbox_outboxmessage"."subject_line"' in read
    assert '"outbox_outboxmessage"."text"' not in read
    assert '"outbox_outboxmessage"."context"' not in read


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("?state__exact=waiting", ["1", "2"]),
        ("?state__exact=sent", []),
        ("?kind=hello", ["1"]),
        ("?q=marta@", ["1"]),
        ("?q=MARTA@kisumu.example", ["1"]),
        ("?q=hello:", ["1"]),
        ("?q=kisumu", []),
        ("?q=receipt", ["2"]),
    ],
)
def test_letters_are_found_by_state_kind_and_the_beginning_of_address_or_key(
    client, manager, question, found
):
    post_hello(key="hello:1")
    other = hello(make_address("amal@amman.example"), "receipt:2") | {"kind": "receipt"}
    post(**other)

    rows = client.get(LIST + question).context["cl"].result_list

    assert sorted(row.key.partition(":")[2] for row in rows) == found


def test_staff_read_a_letter_without_its_links_before_and_after_it_left(client, manager, mail):
    message = post_hello()
    token = address_of(message.context["resume"]).rsplit("/", 1)[1]

    before = client.get(page_of(message)).content.decode()
    deliver_due(NOON)
    after = client.get(page_of(message)).content.decode()
    html = client.get(html_of(message)).content.decode()

    for shown in (before, after, html):
        assert "Dear Marta" in shown
        assert token not in shown
    assert message.message_id.strip("<>") in after
    assert "sent" in after


def test_the_preview_keeps_the_strict_policy_and_only_our_own_pages_may_frame_it(client, manager):
    response = client.get(html_of(post_hello()))

    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not re.search(r"<style|\sstyle=|<script", response.content.decode())


def test_a_letter_that_cannot_be_written_is_shown_with_the_reason(client, manager):
    message = post(**hello(make_address()) | {"template": "demo/broken"})

    response = client.get(page_of(message))

    assert response.status_code == 200
    assert "nothing_of_this_name" in response.content.decode()
    assert client.get(html_of(message)).status_code == 404


def test_a_manager_sends_a_letter_again_and_the_book_says_who(client, manager):
    message = post_hello()
    OutboxMessage.objects.update(state="failed", attempts=6, error="550 no")

    response = client.post(again(message))

    assert response.url == page_of(message)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("waiting", 0, "")
    event = Event.objects.get()
    assert (event.action, event.actor, event.actor_id, event.object_id) == (
        "letter sent again",
        "staff",
        manager.pk,
        str(message.pk),
    )


@pytest.mark.parametrize(("action", "state"), [("send_again", "waiting"), ("set_aside", "expired")])
def test_many_failed_letters_are_looked_after_at_once(client, manager, action, state):
    marta = make_address()
    failed = [post_hello(marta, f"hello:{n}").pk for n in range(3)]
    OutboxMessage.objects.update(state="failed")

    client.post(LIST, {"action": action, "_selected_action": failed})

    assert {letter.state for letter in OutboxMessage.objects.all()} == {state}
    assert Event.objects.count() == 3


def test_setting_aside_touches_only_what_failed(client, manager):
    message = post_hello()

    client.post(LIST, {"action": "set_aside", "_selected_action": [message.pk]})

    assert OutboxMessage.objects.get().state == "waiting"
    assert not Event.objects.exists()


def test_who_may_only_look_may_not_send(client):
    staff(client, "view_outboxmessage")
    message = post_hello()
    OutboxMessage.objects.update(state="failed")

    shown = client.get(page_of(message))
    sent = client.post(again(message))
    client.post(LIST, {"action": "send_again", "_selected_action": [message.pk]})

    assert shown.status_code == 200
    assert again(message) not in shown.content.decode()
    assert sent.status_code == 403
    assert OutboxMessage.objects.get().state == "failed"


def test_other_staff_see_no_letters_at_all(client):
    staff(client)
    message = post_hello()

    for url in (LIST, page_of(message), html_of(message)):
        assert client.get(url).status_code == 403
    assert client.post(again(message)).status_code == 403


def test_a_stranger_is_asked_to_log_in(client):
    message = post_hello()

    for url in (LIST, page_of(message), html_of(message), MAILBOX):
        assert client.get(url).url.startswith("/admin/login/")


def test_letters_are_neither_typed_nor_deleted_nor_sent_by_a_mere_visit(client, manager):
    message = post_hello()

    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(again(message)).status_code == 405
    client.post(page_of(message), {"key": "typed"})
    assert OutboxMessage.objects.get().key == "hello:1"


def test_forged_numbers_are_not_found(client, manager):
    for number in ("999", "0", "-1", "x", "9" * 30):
        assert client.get(f"{LIST}{number}/html/").status_code == 404
        assert client.get(f"{LIST}{number}/change/").status_code == 404
        assert client.post(f"{LIST}{number}/again/").status_code == 404


# -- The mailbox of this machine -----------------------------------------------------------------------------


@pytest.fixture
def mail_stays_here(settings):
    settings.EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"


def test_a_calendar_entry_is_read_as_text_and_of_other_files_the_size_is_told(
    client, manager, mail_stays_here
):
    part = {
        "name": "entry.ics",
        "type": "text/calendar; method=REQUEST",
        "text": "BEGIN:VCALENDAR\r\nEND:VCALENDAR",
    }
    post_hello(attachments=[part])
    deliver_due(NOON)
    letter = LocalLetter.objects.get()
    address = reverse("admin:outbox_localletter_change", args=[letter.pk])

    page = client.get(address).content.decode()
    mail = EmailMessage("Files", "Words", to=["a@example.org"])
    mail.attach("picture.png", b"\x89PNG\xff", "image/png")
    LocalLetter.objects.update(raw=mail.message().as_bytes())

    assert "BEGIN:VCALENDAR" in page and "b&#x27;" not in page
    assert "5 bytes" in client.get(address).content.decode()


def test_on_this_machine_staff_read_whole_mails_with_working_links(client, manager, mail_stays_here):
    stop = letter_link("stop", address=1, what="hello")
    part = {"name": "receipt.txt", "type": "text/plain", "text": "Reference XB-1"}
    message = post_hello(context={"stop": stop}, list_unsubscribe=True, attachments=[part])
    deliver_due(NOON)
    letter = LocalLetter.objects.get()
    link = address_of(message.context["resume"])

    listed = client.get(MAILBOX).content.decode()
    page = client.get(reverse("admin:outbox_localletter_change", args=[letter.pk])).content.decode()
    framed = client.get(reverse("admin:outbox_localletter_html", args=[letter.pk]))

    assert "Hello Marta" in listed
    assert f'<a href="{link}"' in page
    assert "Reference XB-1" in page
    assert f'href="{link}"' in framed.content.decode()
    assert not re.search(r"<style|\sstyle=|<script", framed.content.decode())
    assert "css/letter" in framed.content.decode()


def test_where_mail_goes_to_a_server_the_mailbox_is_closed(client, manager, mail):
    letter = LocalLetter.objects.create(to="a@b.example", subject_line="Old", received_at=NOON, raw=b"")

    assert client.get(MAILBOX).status_code == 403
    assert client.get(reverse("admin:outbox_localletter_html", args=[letter.pk])).status_code == 403
    assert MAILBOX not in client.get("/admin/").content.decode()


def test_the_mailbox_is_for_those_who_may_see_it(client, mail_stays_here):
    staff(client, "view_outboxmessage", "change_outboxmessage")

    assert client.get(MAILBOX).status_code == 403
