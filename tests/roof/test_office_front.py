"""The office's front page and frame: what waits, what is late, who gets in, and a book that only grows."""

from datetime import timedelta

import html5lib
import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opsi_portal.office import TRIES_HERE, TRIES_PER_NETWORK
from opsi_portal.roles import READERS, make_groups
from outbox.models import OutboxMessage, Pulse
from people import events
from people.models import Address, Event, User
from tests.makers import make_address, make_boss, make_call, make_draft, make_staff, make_submission
from tests.workshops.makers import make_workshop

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_boss("boss@oecd.example"))
    return client


@pytest.fixture
def call():
    now = timezone.now()
    return make_call(year=2027, opens_at=now - timedelta(days=9), closes_at=now + timedelta(days=9))


# -- What waits --------------------------------------------------------------------------------------------------------


def test_the_front_page_counts_what_waits_and_each_count_leads_to_its_list(boss, call):
    now = timezone.now()
    make_submission(make_draft(call, complete=True, begun_at=now - timedelta(hours=2)), at=now)
    make_draft(call, reopening_asked_at=now)
    make_draft(call)
    OutboxMessage.objects.update(state="failed")

    waiting = boss.get("/admin/").context["waiting"]

    assert [(count["n"], count["what"]) for count in waiting] == [
        (1, "cases handed in"),
        (1, "ask for reopening"),
        (2, "open drafts"),
        (1, "failed letters"),
    ]
    for count in waiting[:3]:
        assert len(boss.get(count["url"]).context["rows"]) == count["n"]
    assert boss.get(waiting[3]["url"]).context["cl"].result_count == 1


def test_workshops_that_nobody_can_get_into_are_counted_until_they_are_over(boss):
    now = timezone.now()
    for url, days in (("", 9), ("", -9), ("https://meet.example/", 9)):
        make_workshop(starts_at=now + timedelta(days=days), meeting_url=url)

    last = boss.get("/admin/").context["waiting"][-1]

    assert (last["n"], last["what"]) == (1, "workshop without a way in")
    assert boss.get(last["url"]).content.decode().count("no way in yet") == 1


def test_nobody_sees_counts_of_what_they_may_not_open(client):
    make_groups(timezone.now())
    reader = make_staff()
    reader.groups.add(Group.objects.get(name=READERS))
    client.force_login(reader)

    assert [count["what"] for count in client.get("/admin/").context["waiting"]] == [
        "cases handed in",
        "ask for reopening",
        "open drafts",
    ]
    client.force_login(make_staff())
    assert client.get("/admin/").context["waiting"] == []


# -- What is late ------------------------------------------------------------------------------------------------------


def late_words(client: Client, url: str = "/admin/") -> list[str]:
    return client.get(url).context["warnings"]


def test_a_healthy_portal_warns_of_nothing(boss):
    Pulse.beat(timezone.now())

    assert late_words(boss) == []
    assert "What is late" not in boss.get("/admin/").content.decode()


def test_a_silent_worker_and_late_mail_stand_on_top_of_every_page(boss, call):
    case = make_submission(make_draft(call, complete=True), at=timezone.now()).case
    long_ago = timezone.now() - timedelta(minutes=20)
    Pulse.beat(long_ago)
    OutboxMessage.objects.update(promised_at=long_ago)

    for url in (
        "/admin/",
        "/admin/cases/case/",
        f"/admin/cases/case/{case.pk}/change/",
        "/admin/people/user/add/",
    ):
        assert late_words(boss, url) == [
            "The worker has been silent for 20 minutes; letters wait.",
            "Mail is late: the oldest letter has been waiting for 20 minutes.",
        ]
        assert "The worker has been silent" in boss.get(url).content.decode()


def test_who_has_not_logged_in_learns_nothing_about_the_mail(client):
    assert "sign of life" not in client.get("/admin/login/").content.decode()


# -- The frame ---------------------------------------------------------------------------------------------------------


def test_the_pages_of_the_office_are_valid_have_one_heading_and_no_inline_style(boss, call):
    case = make_submission(make_draft(call, complete=True), at=timezone.now()).case
    pages = [
        "/admin/",
        "/admin/cases/case/",
        f"/admin/cases/case/{case.pk}/change/",
        f"/admin/cases/case/{case.pk}/reopen/",
        f"/admin/cases/case/{case.pk}/withdraw/",
        "/admin/cases/call/",
        f"/admin/cases/call/{call.pk}/change/",
        f"/admin/cases/call/{call.pk}/extend/",
        "/admin/people/user/",
        "/admin/people/address/",
        "/admin/people/event/",
    ]
    for page in pages:
        response = boss.get(page)
        text = response.content.decode()
        tree = html5lib.HTMLParser(strict=False).parse(text)
        ids = [node.get("id") for node in tree.iter() if node.get("id")]
        tags = [str(node.tag).rpartition("}")[2] for node in tree.iter()]
        assert len(ids) == len(set(ids)), page
        assert tags.count("h1") == 1, page
        assert " style=" not in text, page
        assert "<style" not in text, page
        assert "skip-to-content-link" in text
        assert not [n for n in tree.iter() if str(n.tag).endswith("script") and not n.get("src")], page
        assert "unsafe-inline" not in response["Content-Security-Policy"]
        assert response["Cache-Control"]


def test_only_the_words_of_a_case_follow_its_own_direction(boss, call):
    case = make_submission(make_draft(call, complete=True), at=timezone.now()).case

    assert '<h1 lang="en" dir="auto">' in boss.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


# -- Who gets in -------------------------------------------------------------------------------------------------------


def tried(client: Client, password: str, email: str = "lea@oecd.example", network: str = "192.0.2.7"):
    sent = {"username": email, "password": password, "next": "/admin/"}
    return client.post(reverse("admin:login"), sent, REMOTE_ADDR=network)


def test_the_right_password_opens_the_office(client):
    make_staff("lea@oecd.example")

    assert tried(client, PASSWORD).status_code == 302
    assert tried(client, PASSWORD, email=" LEA@oecd.example ").status_code == 302


def test_after_too_many_tries_even_the_right_password_has_to_wait(client):
    make_staff("lea@oecd.example")
    for _try in range(TRIES_HERE):
        assert tried(client, "wrong").status_code == 200

    response = tried(client, PASSWORD)

    assert response.status_code == 200
    assert "Too many tries" in response.content.decode()


def test_a_stranger_elsewhere_cannot_lock_anybody_out(client):
    make_staff("lea@oecd.example")
    for _try in range(TRIES_HERE + 1):
        tried(client, "wrong", network="198.51.100.1")

    assert tried(client, PASSWORD).status_code == 302


def test_one_network_cannot_try_every_account(client):
    make_staff("lea@oecd.example")
    for number in range(TRIES_PER_NETWORK):
        tried(client, "wrong", email=f"somebody{number}@oecd.example")

    assert "Too many tries" in tried(client, PASSWORD).content.decode()


@pytest.mark.parametrize("email", ["", "\x00", "a" * 10_000, "nobody", "a@b\r\nBcc: c@d.example"])
def test_whatever_is_typed_at_the_door_is_no_error(client, email):
    assert tried(client, "x", email=email).status_code == 200


# -- Staff and addresses -----------------------------------------------------------------------------------------------


def test_a_superuser_adds_staff_with_one_spelling_of_their_address(boss):
    sent = {
        "email": "Lea@OECD.example",
        "name": "Lea Martin",
        "usable_password": "true",
        "password1": "a quite unusual password 7",
        "password2": "a quite unusual password 7",
    }

    assert boss.post("/admin/people/user/add/", sent).status_code == 302

    assert User.objects.get(name="Lea Martin").email == "lea@oecd.example"


def test_an_address_is_found_by_its_beginning_and_shut_for_letters(boss):
    wanted = make_address("marta@river.example")
    make_address("other@river.example")
    page = boss.get("/admin/people/address/", {"q": "MARTA"})
    assert [str(row) for row in page.context["cl"].result_list] == ["marta@river.example"]

    boss.post("/admin/people/address/", {"action": "suppress", "_selected_action": [wanted.pk]})
    assert list(Address.objects.filter(suppressed_at__isnull=False)) == [wanted]
    again = {"action": "allow", "_selected_action": [wanted.pk]}
    boss.post("/admin/people/address/", again | {"why": " "})
    assert Address.objects.filter(suppressed_at__isnull=False).exists(), "not without saying why"
    boss.post("/admin/people/address/", again | {"why": "She wrote that it works again."})

    assert not Address.objects.filter(suppressed_at__isnull=False).exists()
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "letters stopped",
        "letters allowed",
    ]
    page = boss.get(f"/admin/people/address/{wanted.pk}/change/").content.decode()
    assert "She wrote that it works again." in page


def test_the_book_of_events_is_found_by_what_it_is_about(boss):
    events.record("begun", about=("case", 147), at=timezone.now(), by=make_address())
    events.record("begun", about=("case", 148), at=timezone.now(), by=User.objects.get())

    rows = boss.get("/admin/people/event/", {"q": "case 148"}).context["cl"].result_list

    assert [(row.object_id, row.staff_email) for row in rows] == [("148", "boss@oecd.example")]


# -- The book only grows -----------------------------------------------------------------------------------------------


def test_the_database_refuses_to_change_a_line_of_the_book():
    event = events.record("begun", about=("case", 1), at=timezone.now())

    with pytest.raises(DatabaseError, match="Events are only added"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(action="never happened")

    assert Event.objects.get().action == "begun"


def test_postgresql_refuses_to_tear_a_line_out_as_well():
    event = events.record("begun", about=("case", 1), at=timezone.now())
    refuses = connection.vendor == "postgresql"

    try:
        with transaction.atomic():
            Event.objects.filter(pk=event.pk).delete()
    except DatabaseError as error:
        assert refuses
        assert "Events are only added" in str(error)

    assert Event.objects.exists() == refuses
