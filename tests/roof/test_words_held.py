"""When a form cannot be taken, because its token or the key of the browser is gone, its words come back."""

from __future__ import annotations

import re

import html5lib
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from tests.makers import bases_of, make_upload
from tests.roof.house import House, path_of
from tests.workshops.makers import DAY, make_workshop, seat_key, statuses, take

WORDS = "We wrote this for an hour, in a train between two countries.\nAnd then the tunnel came."


def held_form(page: bytes) -> dict[str, list[str]]:
    """What the button of a held page would send, as a browser would."""
    form = next(
        form
        for form in html5lib.parse(page, namespaceHTMLElements=False).iter("form")
        if form.get("method") == "post"
    )
    sent: dict[str, list[str]] = {}
    for each in form.iter():
        if each.tag in ("input", "textarea") and each.get("name"):
            value = each.get("value", "") if each.tag == "input" else (each.text or "")
            sent.setdefault(each.get("name"), []).append(value)
    return sent


def section_form(house: House) -> dict:
    said = {
        "overview": WORDS,
        "year": "2020",
        "sectors": ["health", "justice"],
        "title": 'Shared <b>river</b> & "flood" warnings',
    }
    return said | {f"base:{name}": token for name, token in bases_of(house.author, *said).items()}


def test_words_sent_without_a_valid_token_are_held_and_saved_by_the_second_press(house: House):
    browser = house.browser("author", enforce_csrf_checks=True)
    path = path_of("cases:section", house)

    held = browser.post(path, {**section_form(house), "then": "overview"})
    kept = Case.objects.get(pk=house.case.pk).answers["overview"]
    again = held_form(held.content)
    saved = browser.post(path, again)

    assert held.status_code == 403
    assert kept != WORDS
    assert again["overview"] == [WORDS] and again["sectors"] == ["health", "justice"]
    assert saved.headers["Location"] == path_of("cases:overview", house)
    answers = Case.objects.get(pk=house.case.pk).answers
    assert answers["overview"] == WORDS
    assert (answers["year"], answers["title"]) == ("2020", 'Shared <b>river</b> & "flood" warnings')


def test_words_sent_by_a_browser_that_is_signed_out_are_saved_once_its_link_is_opened(house: House):
    browser = house.browser(enforce_csrf_checks=True)
    path = path_of("cases:section", house)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(reverse("my_ask")).content.decode())[
        1
    ]

    held = browser.post(path, {**section_form(house), "csrfmiddlewaretoken": token})
    page = browser.get(f"/l/{house.token()}").content
    opened = browser.post(f"/l/{house.token()}", held_form(page))
    saved = browser.post(path, held_form(held.content))

    assert held.status_code == 403
    assert "no longer signed in" in held.content.decode()
    assert opened.headers["Location"] == path_of("cases:overview", house)
    assert saved.status_code == 302
    assert Case.objects.get(pk=house.case.pk).answers["overview"] == WORDS


def test_a_press_that_holds_no_words_can_be_repeated_too(house: House):
    browser = house.browser("author", enforce_csrf_checks=True)
    path = path_of("cases:hand_in", house)

    held = browser.post(path, {"csrfmiddlewaretoken": "stale"})
    done = browser.post(path, held_form(held.content))

    assert held.status_code == 403
    assert done.headers["Location"] == reverse("cases:receipt", args=[house.case.code, 2])


def test_beginning_with_a_stale_token_begins_one_draft_by_the_second_press(house: House):
    browser, before = Client(enforce_csrf_checks=True), Case.objects.count()
    words = {"name": "Ana Ribeiro", "email": "ana@example.org", "begun_with": "b" * 32, "zone": "Asia/Dubai"}

    held = browser.post(reverse("cases:start"), words)
    begun = [browser.post(reverse("cases:start"), held_form(held.content)) for _ in range(2)]

    assert held.status_code == 403
    assert Case.objects.count() == before + 1
    assert begun[0].headers["Location"] == begun[1].headers["Location"]


@pytest.mark.parametrize(
    "says",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "https://[evil"},
    ],
)
def test_a_forged_form_of_another_site_gets_a_plain_refusal(house: House, says: dict):
    browser = house.browser("author", enforce_csrf_checks=True)

    answer = browser.post(path_of("cases:section", house), {"overview": WORDS}, **says)

    assert answer.status_code == 403
    assert WORDS.encode() not in answer.content
    assert b"<form" not in answer.content


def test_a_stale_press_at_a_workshop_is_done_by_the_second_one(db):
    soon = timezone.now() + 9 * DAY
    first, second = make_workshop(starts_at=soon), make_workshop(starts_at=soon, slug="a-session-by-name")
    seat = take(first, at=timezone.now())
    browser = seat_key(Client(enforce_csrf_checks=True), seat)
    page = reverse("workshops:seat", args=[seat.pk])

    held = browser.post(page, {"act": f"swap:{second.slug}"})
    done = browser.post(page, held_form(held.content))

    assert held.status_code == 403 and b"<textarea" not in held.content
    assert (statuses(first), statuses(second), done.status_code) == (["left"], ["seated"], 302)


@pytest.mark.parametrize("name", ["cases:delete", "cases:withdraw", "cases:leave", "cases:colleagues"])
def test_no_step_is_taken_without_a_token(house: House, name: str):
    browser, before = house.browser("author", enforce_csrf_checks=True), house.state()

    assert (
        browser.post(path_of(name, house), {"then": "remove", "colleague": house.editor.pk}).status_code
        == 403
    )

    assert house.state() == before


def test_the_words_of_a_reader_and_of_one_who_is_a_week_late_come_back_without_a_button(house: House):
    reader = house.browser("reader").post(path_of("cases:section", house), {"overview": WORDS})
    house.call.opens_at, house.call.closes_at = (
        house.call.opens_at.replace(year=2020),
        house.call.closes_at.replace(year=2021),
    )
    house.call.save()
    late = house.browser("author").post(path_of("cases:section", house), {"overview": WORDS})

    assert (reader.status_code, late.status_code) == (403, 410)
    for page in (reader.content, late.content):
        assert held_form(page)["overview"] == [WORDS]
        assert b"Save it now" not in page


def test_held_words_are_only_words(house: House):
    naughty = "</textarea><script>alert(1)</script>" * 2

    page = house.browser().post(path_of("cases:section", house), {"overview": naughty, naughty: naughty})

    assert held_form(page.content)["overview"] == [naughty]
    assert b"<script>alert" not in page.content


def test_a_file_that_came_with_held_words_is_named_as_one_to_choose_again(house: House):
    path = reverse("cases:section", args=[house.case.code, "materials"])
    page = house.browser().post(
        path, {"links": "https://a.example/ https://b.example/", "file": make_upload()}
    )

    assert "chosen again" in page.content.decode()


def test_a_press_without_any_field_by_who_is_signed_out_says_how_to_come_back(house: House):
    page = house.browser().post(path_of("cases:hand_in", house))

    assert page.status_code == 403
    assert "Find my draft" in page.content.decode()
