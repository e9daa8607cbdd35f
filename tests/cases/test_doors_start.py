"""The first door: who may begin, how often, and what a machine gets."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Call, Case, Colleague, FormFeedback
from people.models import Address
from tests.makers import (
    DAY,
    author_of,
    key_for,
    letters_posted,
    make_address,
    make_call,
    make_draft,
    make_submission,
)
from tests.roof.test_every_page import complaints_about

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Call:
    now = timezone.now()
    return make_call(opens_at=now - 30 * DAY, closes_at=now + 30 * DAY)


def begin(client: Client | None = None, *, email: str = "marta@example.org", **words):
    """Look at the first page as a browser does, fill it in, and press the button."""
    client = client or Client()
    page = client.get(reverse("cases:start")).content.decode()
    begun_with = re.search(r'name="begun_with" value="([\w-]+)"', page)[1]
    said = {
        "name": "Marta Okello",
        "email": email,
        "zone": "Africa/Nairobi",
        "nickname": "",
        "begun_with": begun_with,
    }
    return client.post(reverse("cases:start"), {**said, **words.pop("words", {})}, **words)


def test_a_name_and_an_address_begin_a_draft_and_open_it_in_this_browser(call):
    browser = Client()

    answer = begin(browser)

    case = Case.objects.get()
    assert answer.headers["Location"] == reverse("cases:overview", args=[case.code])
    assert browser.get(answer.headers["Location"]).status_code == 200
    part = Colleague.objects.select_related("address").get()
    assert (part.name, part.address.email, part.address.time_zone) == (
        "Marta Okello",
        "marta@example.org",
        "Africa/Nairobi",
    )
    assert [(letter.kind, letter.address.email) for letter in letters_posted()] == [
        ("resume-link", "marta@example.org")
    ]


def test_a_browser_sees_only_the_draft_that_it_began_until_the_address_has_answered(call):
    earlier = make_draft(call=call, author=make_address("marta@example.org"))
    browser = Client()

    begin(browser)

    assert browser.get(reverse("cases:overview", args=[earlier.code])).status_code == 403
    assert browser.get(reverse("my")).headers["Location"] == reverse("my_ask")


def test_the_61st_draft_of_a_network_in_an_hour_waits_politely_and_keeps_what_was_typed(call, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR = 3
    for n in range(3):
        assert begin(email=f"person{n}@example.org").status_code == 302

    answer = begin(email="one.too.many@example.org", words={"name": "Ana Ribeiro"})

    page = answer.content.decode()
    assert answer.status_code == 429
    assert 'value="Ana Ribeiro"' in page and 'value="one.too.many@example.org"' in page
    assert "Please try again in a little while" in page
    assert complaints_about(answer.content) == []
    assert Case.objects.count() == 3
    assert not Address.objects.filter(email="one.too.many@example.org").exists()


def test_sixty_drafts_an_hour_are_what_an_office_behind_one_address_gets(settings):
    assert settings.DRAFTS_PER_NETWORK_AND_HOUR == 60


def test_another_network_is_not_made_to_wait(call, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR = 1
    statuses = [
        begin(email="a@example.org", REMOTE_ADDR="192.0.2.10").status_code,
        begin(email="b@example.org", REMOTE_ADDR="192.0.2.250").status_code,
        begin(email="c@example.org", REMOTE_ADDR="198.51.100.1").status_code,
        begin(email="d@example.org", REMOTE_ADDR="2001:db8:1:2::5").status_code,
        begin(email="e@example.org", REMOTE_ADDR="2001:db8:1:ffff::9").status_code,
    ]

    assert statuses == [302, 429, 302, 302, 429]


def test_a_network_is_not_told_by_whoever_asks(call, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR = 1

    statuses = [
        begin(email=f"x{n}@example.org", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code for n in (1, 2)
    ]

    assert statuses == [302, 429]


def test_behind_a_trusted_proxy_the_network_is_the_one_it_saw(call, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR, settings.TRUSTED_PROXIES = 1, 1

    statuses = [
        begin(email="p@example.org", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9").status_code,
        begin(email="q@example.org", HTTP_X_FORWARDED_FOR="7.7.7.7, 203.0.113.77").status_code,
        begin(email="r@example.org", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.1").status_code,
    ]

    assert statuses == [302, 429, 302]


def test_saving_is_never_limited(call, settings):
    settings.DRAFTS_PER_NETWORK_AND_HOUR = 1
    browser = Client()
    path = begin(browser).headers["Location"]

    statuses, token = set(), ""
    for n in range(80):
        answer = browser.post(f"{path}brief/autosave/", {"title": f"Title {n}", "base:title": token})
        statuses.add(answer.status_code)
        token = answer.json()["bases"]["title"]

    assert statuses == {200}


def test_what_fills_in_the_trap_begins_nothing_and_a_person_learns_why(call):
    answer = begin(words={"nickname": "http://spam.example"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Leave this field empty" in page
    assert 'value="Marta Okello"' in page
    assert not Case.objects.exists() and letters_posted() == []


def test_the_trap_is_neither_seen_nor_read_out_nor_reached_by_keys(call):
    page = Client().get(reverse("cases:start")).content.decode()

    assert re.search(r'<div class="hp" aria-hidden="true">.*name="nickname".*tabindex="-1"', page)


def test_a_form_without_its_hidden_mark_says_what_to_do(call):
    answer = Client().post(reverse("cases:start"), {"name": "Marta", "email": "marta@example.org"})

    assert answer.status_code == 422
    assert complaints_about(answer.content) == []
    again = re.search(r'name="begun_with" value="([\w-]{16,64})"', answer.content.decode())
    assert again, "the next press would fail for ever"


@pytest.mark.parametrize(("opens", "closes"), [(5, 10), (-10, -1)], ids=["not yet open", "closed"])
def test_outside_the_call_no_draft_begins_and_the_page_says_why(opens: int, closes: int):
    now = timezone.now()
    make_call(opens_at=now + opens * DAY, closes_at=now + closes * DAY)

    words = {"name": "Marta", "email": "marta@example.org", "begun_with": "x" * 32}
    answer = Client().post(reverse("cases:start"), words)

    assert answer.status_code == 409
    assert not Case.objects.exists()
    assert ("opens on" if opens > 0 else "No call is open") in answer.content.decode()


def test_a_post_without_any_call_is_answered(db):
    assert Client().post(reverse("cases:start"), {"name": "x"}).status_code in (200, 404, 409)


def test_asking_for_ones_links_answers_alike_whether_the_address_is_known_or_not(call):
    make_draft(call=call, author=make_address("known@example.org"))

    pages = {}
    for email in ("known@example.org", "nobody@example.org"):
        answer = Client().post(reverse("my_ask"), {"email": email})
        text = answer.content.decode().replace(email, "<email>")
        pages[email] = (answer.status_code, re.sub(r'data-server-now="[^"]+"', "", text))

    assert pages["known@example.org"] == pages["nobody@example.org"]
    assert [letter.address.email for letter in letters_posted("my-page")] == ["known@example.org"]
    assert not Address.objects.filter(email="nobody@example.org").exists()


def test_a_mailbox_gets_only_so_many_links_a_day_and_the_answer_stays_the_same(call):
    make_draft(call=call, author=make_address("known@example.org"))

    statuses = [
        Client().post(reverse("my_ask"), {"email": "Known@example.org "}).status_code for _ in range(15)
    ]

    assert statuses == [200] * 15
    assert len(letters_posted("my-page")) == 10


def test_many_requests_for_links_from_one_network_wait_politely(call, settings):
    settings.LINKS_PER_NETWORK_AND_HOUR = 2

    answers = [Client().post(reverse("my_ask"), {"email": f"a{n}@example.org"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 'value="a2@example.org"' in answers[2].content.decode()


def test_what_somebody_thinks_of_the_form_is_kept_without_a_trace_of_who(call):
    case = make_submission(
        make_draft(call=call, complete=True, begun_at=timezone.now()), at=timezone.now()
    ).case
    browser = key_for(Client(), author_of(case))

    answer = browser.post(
        reverse("cases:feedback", args=[case.code]), {"ease": "4", "words": "Too many boxes."}
    )

    kept = FormFeedback.objects.get()
    assert answer.status_code == 302
    assert (kept.call, kept.ease, kept.words) == (call, 4, "Too many boxes.")
    assert {field.name for field in FormFeedback._meta.fields} == {"id", "call", "ease", "words", "at"}
    assert (kept.at.hour, kept.at.minute, kept.at.second) == (
        0,
        0,
        0,
    )  # the day, so that no clock gives one away


def test_nothing_is_ticked_before_somebody_thinks_and_nonsense_is_not_kept(call):
    case = make_submission(
        make_draft(call=call, complete=True, begun_at=timezone.now()), at=timezone.now()
    ).case
    browser = key_for(Client(), author_of(case))
    page = browser.get(reverse("cases:receipt", args=[case.code, 1])).content.decode()

    assert not re.search(r'name="ease"[^>]*checked', page)
    for ease in ("0", "11", "-1", "ten", "4.5", ""):
        answer = browser.post(reverse("cases:feedback", args=[case.code]), {"ease": ease, "words": " "})
        assert answer.status_code == 422, ease
    assert not FormFeedback.objects.exists()


def test_feedback_needs_a_receipt_first(call):
    draft = make_draft(call=call, begun_at=timezone.now())

    answer = key_for(Client(), author_of(draft)).post(
        reverse("cases:feedback", args=[draft.code]), {"ease": "1"}
    )

    assert answer.status_code == 404


def test_no_step_can_be_skipped(call):
    """The last step first: an empty draft is not handed in, and there is no receipt to look at."""
    draft = make_draft(call=call, begun_at=timezone.now())
    browser = key_for(Client(), author_of(draft))

    handed_in = browser.post(reverse("cases:hand_in", args=[draft.code]))

    assert handed_in.status_code == 422
    assert browser.get(reverse("cases:receipt", args=[draft.code, 1])).status_code == 404
    assert Case.objects.get(pk=draft.pk).status == Case.Status.DRAFT
