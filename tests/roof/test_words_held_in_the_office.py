"""A log-in that has ended, or a page that was opened before it, costs no member of staff their words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from reviews.models import Assignment, Review
from tests.makers import make_boss
from tests.reviews.makers import give, make_dossier, make_reviewer
from tests.roof.test_every_page import complaints_about, parsed

PASSWORD = "a long one for the tests"
WORDS = "They share one budget, and it shows.\nAsk them for the source of the figures."


@pytest.fixture
def given(db) -> Assignment:
    boss = make_boss("lea@opsi.example")
    boss.set_password(PASSWORD)
    boss.save()
    return give(make_dossier(), make_reviewer(user=boss), cleared_at="2027-05-25T10:00Z")


def held_form(page: bytes) -> dict[str, list[str]]:
    """What the button of the page would send: the form of the page itself, not the one that logs out."""
    tree = parsed(page)
    form = next(
        form for form in tree.iter("form") if form.get("method") == "post" and form.get("id") != "logout-form"
    )
    outside = [each for each in tree.iter("input") if each.get("form") and each.get("form") == form.get("id")]
    sent: dict[str, list[str]] = {}
    for each in (*form.iter(), *outside):
        if each.tag in ("input", "textarea") and each.get("name"):
            value = each.get("value", "") if each.tag == "input" else (each.text or "")
            sent.setdefault(each.get("name"), []).append(value)
    return sent


def address(given: Assignment) -> str:
    return reverse("admin:reviews_assignment_change", args=[given.pk])


def review(given: Assignment, **more) -> dict:
    return {"comments": WORDS, "advice": "publish", "version": "0", "do": "save", **more}


def log_in(browser: Client, page: bytes, password: str = PASSWORD):
    return browser.post(
        reverse("admin:login"), {**held_form(page), "username": "lea@opsi.example", "password": password}
    )


def test_words_sent_after_the_log_in_has_ended_come_back_after_the_next_one_and_one_press_saves_them(given):
    browser = Client()

    ended = browser.post(address(given), review(given))
    assert ended.status_code == 403
    assert complaints_about(ended.content) == []
    assert "share one budget" not in ended.content.decode(), "nobody has logged in yet"
    back = log_in(browser, ended.content)
    assert complaints_about(back.content) == []
    assert "no-store" in back.headers["Cache-Control"]
    assert not Review.objects.exists(), "nothing is saved by itself"
    saved = browser.post(address(given), held_form(back.content))

    assert saved.status_code == 302
    assert Review.objects.get().comments == WORDS
    assert Review.objects.get().advice == "publish"


def test_a_wrong_password_loses_nothing_either(given):
    browser = Client()
    ended = browser.post(address(given), review(given))

    wrong = log_in(browser, ended.content, "not this one")
    back = log_in(browser, wrong.content)

    assert held_form(back.content)["comments"] == [WORDS]


def test_a_page_that_was_opened_before_the_log_in_brings_its_words_back_with_a_new_token(given):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(given.reviewer.user)

    stale = browser.post(address(given), review(given, csrfmiddlewaretoken="x" * 64))
    assert stale.status_code == 403
    assert complaints_about(stale.content) == []
    browser.post(address(given), held_form(stale.content))

    assert Review.objects.get().comments == WORDS


def test_a_form_without_words_leads_to_the_log_in_as_ever(given):
    answer = Client().post(address(given), {"do": "clear"})

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{reverse('admin:login')}?next={address(given)}",
    )


def test_what_nobody_has_signed_is_shown_to_nobody(given):
    browser = Client()

    answer = browser.post(
        reverse("admin:login"),
        {"username": "lea@opsi.example", "password": PASSWORD, "held": '{"path": "//evil.example"}'},
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))


def test_passwords_are_never_held(given):
    sent = {"name": "Words enough to be held", "new_password1": "secret of somebody"}

    held = Client().post(reverse("admin:password_change"), sent)

    assert held.status_code == 403
    back = log_in(Client(), held.content)
    assert "secret of somebody" not in back.content.decode()


def test_a_form_on_another_site_is_refused_plainly(given):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(given.reviewer.user)

    answer = browser.post(address(given), review(given), headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "share one budget" not in answer.content.decode()
