"""What a hostile visitor tried, one sentence each: found by attack, and kept shut."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import drafting, letters, submitting
from cases.views import copies
from opsi_portal.office import TRIES_HERE
from opsi_portal.roles import MANAGERS, make_groups
from outbox.models import OutboxMessage
from people.models import Allowance, User
from tests.makers import NOON, write
from tests.roof.house import DOORS, House, open_my_page, path_of

PASSWORD = "a long sentence for the office"


@pytest.fixture
def office(db) -> Client:
    make_groups(NOON)
    user = User.objects.create_user("manager@opsi.example", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=MANAGERS))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


# -- The office ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "outbox/outboxmessage/?context__icontains=a",
        "outbox/outboxmessage/?context__contains=a",
        "outbox/outboxmessage/?text__startswith=a",
        "outbox/outboxmessage/?error__regex=(a%2B)%2B$",
        "outbox/outboxmessage/?id__in=1,99999999999999999999999",
        "outbox/outboxmessage/?promised_at__year=99999999999999999999",
        "people/address/?generation=1",
        "people/address/?stopped_kinds__contains=a",
        "people/address/?created_at__year=-1",
        "cases/call/?title__contains=a",
        "cases/case/?answers__contains=a",
        "cases/formfeedback/?call=99999999999999999999999",
        "workshops/workshop/?meeting_url__startswith=https://meet",
        "workshops/workshop/?phone__contains=4242",
        "workshops/workshop/?uid__startswith=a",
        "workshops/workshop/?registrations__access_needs__contains=a",
        "workshops/workshop/?starts_at__year=99999999999999999999",
        "workshops/series/?contact_email__regex=(a%2B)%2B$",
        "workshops/registration/?access_needs__contains=a",
        "workshops/registration/?address__email__startswith=a",
        "workshops/registration/?workshop__meeting_url__startswith=https",
    ],
)
def test_a_list_of_the_office_answers_only_the_questions_that_it_shows(office: Client, asked: str):
    assert office.get(f"/admin/{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "outbox/outboxmessage/?state__exact=failed",
        "outbox/outboxmessage/?kind=receipt&q=a",
        "people/address/?letters=none",
        "cases/case/?status=draft&order=begun&p=2",
        "cases/formfeedback/?ease__exact=3",
        "workshops/workshop/?status__exact=open&series__id__exact=1",
        "workshops/series/?q=a",
        "workshops/registration/?workshop=1&status=seated&country=KE&order=name",
    ],
)
def test_and_those_it_answers(office: Client, asked: str):
    assert office.get(f"/admin/{asked}").status_code == 200


@pytest.mark.parametrize("ticked", ["abc", "9" * 30, "9" * 5000, "-1", "", "\0", "²"])
def test_ticking_what_is_no_row_is_refused(office: Client, ticked: str):
    answer = office.post(
        "/admin/outbox/outboxmessage/", {"action": "send_again", "_selected_action": ticked, "index": "0"}
    )

    assert answer.status_code == 400


def test_an_account_spelled_in_other_letters_is_the_same_account_to_whoever_guesses(db, settings):
    settings.TRUSTED_PROXIES = 1
    User.objects.create_user("staff@opsi.example", PASSWORD, is_staff=True)
    spellings = ["staff@opsi.example", "ｓtaff@opsi.example", "sｔaff@opsi.example", "ſtaff@opsi.example"]

    for n in range(TRIES_HERE):
        Client().post("/admin/login/", {"username": spellings[n % 4], "password": f"a guess {n}"})
    right = Client().post("/admin/login/", {"username": spellings[1], "password": PASSWORD})

    assert right.status_code == 200
    assert "Too many tries" in right.content.decode()


@pytest.mark.parametrize(
    "beyond", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_log_in_leads_nowhere_but_into_the_office(db, beyond: str):
    User.objects.create_user("staff@opsi.example", PASSWORD, is_staff=True)

    answer = Client().post(
        "/admin/login/", {"username": "staff@opsi.example", "password": PASSWORD, "next": beyond}
    )

    assert answer.headers["Location"] == "/admin/"


# -- Mailboxes -------------------------------------------------------------------------------------------------------


def test_nobody_can_fill_the_mailbox_of_somebody_who_has_answered(house: House, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR = 1000
    victim = house.other.address
    victim.confirm(house.at)
    there = victim.letters.count()

    for n in range(letters.CAUSED_A_DAY + 5):
        begun = {**DOORS["cases:start"].post(house), "email": victim.email, "begun_with": f"number-{n:020}"}
        Client().post(reverse("cases:start"), begun)
        drafting.invite(house.author, email=victim.email, name="You", role="reader", at=house.at)

    today = victim.letters.filter(due_at__lt=house.at + timedelta(hours=20))
    for kind in ("resume-link", "invitation"):
        assert today.filter(kind=kind).count() <= letters.CAUSED_A_DAY + there
        assert victim.letters.filter(kind=kind).count() >= letters.CAUSED_A_DAY


def test_handing_in_over_and_over_fills_no_mailbox(house: House):
    house.author.address.confirm(house.at)

    for n in range(letters.CAUSED_A_DAY + 5):
        write(house.author, at=house.at, title=f"Title {n}")
        submitting.hand_in(house.author, at=house.at)

    receipts = house.author.address.letters.filter(kind="receipt")
    assert receipts.filter(due_at__lte=house.at).count() <= letters.CAUSED_A_DAY + 1
    assert receipts.count() > letters.CAUSED_A_DAY


@pytest.mark.parametrize(
    "name",
    [
        "Win at https://evil.example/x",
        "www.evil.example",
        "You won: evil.com",
        "EVIL.COM/a",
        "evil.example/a",
        "win@evil.example",
        "Casino evil.ai",
        "evil.WIN now",
        "ｅｖｉｌ．ｃｏｍ",
        "evil\u200b.\u2060com",
    ],
)
def test_no_letter_carries_a_web_address_to_a_mailbox_that_somebody_typed(house: House, name: str):
    before = OutboxMessage.objects.count()
    author, invite = house.browser("author"), DOORS["cases:colleagues"].post(house)

    answers = [
        house.browser().post(reverse("cases:start"), {**DOORS["cases:start"].post(house), "name": name}),
        author.post(path_of("cases:colleagues", house), {**invite, "invite-name": name}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert OutboxMessage.objects.count() == before

    write(house.author, at=house.at, title=name)
    house.author.case.refresh_from_db()
    asked = drafting.invite(house.author, email="typed@fresh.example", name="You", role="reader", at=house.at)
    assert asked.address.letters.get().context["title"] == ""


@pytest.mark.parametrize(
    "name",
    [
        "J.P. Morgan",
        "Dr.Smith",
        "Márta Kovács",
        "anna.smith",
        "O'Neill, PhD.",
        "L.Page",
        "Prof.Li",
        "Ana Silva, M.Sc",
        "А.С.Пушкин",
        "علی‌رضا",
        "Louis 14",
        "O",
    ],
)
def test_names_of_people_are_names(house: House, name: str):
    words = {**DOORS["cases:start"].post(house), "name": name}

    assert house.browser().post(reverse("cases:start"), words).status_code == 302


def test_the_owner_of_a_mistyped_mailbox_sees_no_letter_that_had_not_left(house: House):
    """A receipt repeats all answers; it was let go when the author corrected the address."""
    stranger = house.author.address
    write(house.author, at=house.at, title="Handed in before the slip was seen")
    submitting.hand_in(house.author, at=house.at)
    receipt = stranger.letters.filter(kind="receipt").latest("pk")
    drafting.correct_address(house.author, "right@fresh.example", at=house.at)
    theirs = open_my_page(house.browser(), stranger, house.at)

    listed = theirs.get(reverse("my")).content.decode()
    read = theirs.get(reverse("my_letter", args=[receipt.pk]))
    theirs.post(reverse("my"), {"act": f"again:{receipt.pk}"})

    assert reverse("my_letter", args=[receipt.pk]) not in listed
    assert read.status_code == 404
    receipt.refresh_from_db()
    assert receipt.state == OutboxMessage.State.EXPIRED


def test_a_number_of_thousands_of_digits_is_no_letter(house: House):
    mine = open_my_page(house.browser(), house.author.address, house.at)

    assert mine.post(reverse("my"), {"act": "again:" + "9" * 5000}).status_code == 302


def test_asking_for_links_is_the_same_work_whether_we_know_the_address_or_not(house: House):
    """A stopwatch tells 2 ms apart: so many statements of the same kinds are made, and nothing is kept."""
    house.author.address.confirm(house.at)
    work = []
    for email in (house.author.address.email, "nobody@nowhere.example"):
        with CaptureQueriesContext(connection) as asked:
            house.browser().post(reverse("my_ask"), {"email": email})
        work.append([query["sql"].split()[0] for query in asked.captured_queries])

    assert [verb for verb in work[0] if verb != "RELEASE"] == [
        verb for verb in work[1] if verb not in ("ROLLBACK", "RELEASE")
    ]
    assert not OutboxMessage.objects.filter(address_id=0).exists()
    assert not Allowance.objects.filter(who="0").exists()


# -- Work ------------------------------------------------------------------------------------------------------------


def test_a_case_is_not_made_into_a_pdf_without_end(house: House, monkeypatch):
    monkeypatch.setattr(copies, "PDFS_AN_HOUR", 2)
    author, path = house.browser("author"), path_of("cases:copy_pdf", house)

    answers = [author.get(path) for _again in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert "plain text" in author.get(answers[2].headers["Location"]).content.decode()
    assert author.get(path_of("cases:copy_txt", house)).status_code == 200


def test_no_visitor_can_tell_gunicorn_where_the_portal_lies():
    """It believes ``SCRIPT_NAME`` and ``PATH_INFO`` as headers from a peer on this machine, unless told not to."""
    root = Path(settings.ROOT)
    web = next(line for line in (root / "Procfile").read_text().splitlines() if line.startswith("web:"))
    words = shlex.split(web)

    assert words[words.index("--forwarder-headers") + 1] == ""
    assert '--forwarder-headers ""' in (root / "docs" / "production.md").read_text()
