"""Nothing that somebody typed is lost: the form saves itself, and this device keeps what could not be saved."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.author import Author, give_answers, link_in

WORDS = "Two water authorities agreed at a kitchen table."
SAVED = re.compile(r"Saved at \d\d:\d\d")
KEPT = re.compile("Your text is kept on this device")


@pytest.fixture
def form(author) -> Author:
    """The author before the page about people."""
    author.open("people")
    return author


def answer(author: Author):
    return author.page.locator("[name=collaborations]")


def state(author: Author):
    return author.page.locator("#save-state")


def kept_in(portal, author: Author, *, seconds: float = 5) -> float:
    """Waits until the words are in the database; returns how long that took (s)."""
    began = time.monotonic()
    portal.wait_for(
        "SELECT 1 FROM cases_case WHERE code = %s AND answers->>'collaborations' = %s",
        author.code,
        WORDS,
        seconds=seconds,
    )
    return time.monotonic() - began


def take_what_was_found(author: Author) -> None:
    """What the page offers after something went wrong: the words, and a button to take them."""
    note = author.page.locator(".note.sea", has_text="on this device that was never saved")
    note.get_by_text("Show that text").click()
    expect(note.locator(".words")).to_have_text(WORDS)
    note.get_by_role("button", name="Use that text").click()
    expect(note).to_have_count(0)


def test_what_is_typed_is_saved_within_five_seconds_and_the_page_says_when(shared_portal, form):
    answer(form).press_sequentially(WORDS, delay=5)

    assert kept_in(shared_portal, form) < 5
    expect(state(form)).to_have_text(SAVED)
    form.open("people")
    expect(answer(form)).to_have_value(WORDS)
    expect(form.page.locator(".note")).to_have_count(0)


def test_every_kind_of_box_saves_itself(shared_portal, author, page):
    author.open("about")
    said = {
        "organisation": "Water Agency",
        "organisation_country": "FR",
        "organisation_level": "regional",
        "sectors": ["environment", "transport"],
        "public_employee": "no",
    }
    for name, value in said.items():
        author.answer(name, value)
    page.locator("[name=sectors][value=transport]").uncheck()

    shared_portal.wait_for(
        "SELECT 1 FROM cases_case WHERE code = %s AND answers->'sectors' = '[\"environment\"]'"
        " AND answers->>'organisation' = 'Water Agency' AND answers->>'organisation_country' = 'FR'"
        " AND answers->>'organisation_level' = 'regional' AND answers->>'public_employee' = 'no'",
        author.code,
        seconds=5,
    )


def test_the_kind_of_border_is_shown_while_the_places_are_typed(shared_portal, author, page):
    author.open("jurisdictions")
    for number, (country, name) in enumerate((("FR", "Grand Est"), ("DE", "Saarland"))):
        row = author.rows().nth(number)
        row.get_by_label("Country").select_option(country)
        row.get_by_label("Regional or state").check()
        row.get_by_label("Name of the place").fill(name)

    expect(page.locator("[data-border]")).to_have_text("International, between regions or cities")


@pytest.mark.parametrize("how", ["reload", "leave"])
def test_who_leaves_in_the_middle_of_a_sentence_finds_it_again(shared_portal, form, how):
    answer(form).fill(WORDS)
    if how == "reload":
        form.page.reload()
    else:
        form.open()
        form.open("people")

    if (
        answer(form).input_value() != WORDS
    ):  # the save that leaving began had not arrived before the page was made
        take_what_was_found(form)
    expect(answer(form)).to_have_value(WORDS)
    kept_in(shared_portal, form)


def test_a_browser_that_crashes_before_it_could_save_offers_the_text_back(
    shared_portal, form, people, complaints
):
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    form.page.context.set_offline(True)  # so that its last breath saves nothing either
    answer(form).fill(WORDS)
    expect(state(form)).to_have_text(KEPT)
    left_behind = form.page.context.storage_state()

    form.page.context.close()
    after = Author(people.arrive(left_behind=left_behind), form.draft)
    after.open("people")

    take_what_was_found(after)
    kept_in(shared_portal, after)
    after.open("people")
    expect(after.page.locator(".note")).to_have_count(0)


def test_a_lost_network_keeps_the_words_here_and_saves_them_when_it_is_back(shared_portal, form, complaints):
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    form.page.context.set_offline(True)
    answer(form).fill(WORDS)
    expect(state(form)).to_have_text(KEPT)

    form.page.context.set_offline(False)

    assert kept_in(shared_portal, form) < 5
    expect(state(form)).to_have_text(SAVED)


def test_a_server_that_is_away_for_a_while_is_asked_again(shared_portal, form, complaints):
    complaints.expect("status of 503")
    form.page.route("**/autosave/", lambda route: route.fulfill(status=503), times=1)
    answer(form).fill(WORDS)
    expect(state(form)).to_have_text(KEPT)

    kept_in(shared_portal, form, seconds=10)
    expect(state(form)).to_have_text(SAVED)


def test_an_expired_form_key_is_renewed_without_a_word(shared_portal, form, complaints):
    complaints.expect("status of 403")
    form.page.context.clear_cookies(name="csrftoken")
    answer(form).fill(WORDS)

    kept_in(shared_portal, form)
    expect(state(form)).to_have_text(SAVED)
    form.save()
    expect(form.page.get_by_role("heading", level=1)).not_to_have_text("Your text is here, but not saved")


def test_a_signed_out_page_keeps_the_words_and_goes_on_when_the_link_is_opened_again(
    shared_portal, people, complaints
):
    complaints.expect("status of 403")
    form = Author(people.arrive()).begin("Marta Okello", "marta@signed-out.example")
    form.open("people")
    form.page.context.clear_cookies(name="keys")
    answer(form).fill(WORDS[:-1])
    expect(state(form)).to_contain_text("You are signed out. Your text is kept on this device.")

    another_tab = Author(form.page.context.new_page())
    letter = shared_portal.mail.wait_for(1, to="marta@signed-out.example", seconds=20)[0]
    another_tab.page.goto(link_in(letter.text))
    another_tab.press("Open the case")
    answer(form).fill(WORDS)

    kept_in(shared_portal, form)
    expect(state(form)).to_have_text(SAVED)


def test_a_signed_out_page_that_is_sent_shows_the_words_and_offers_them_after_the_link(
    shared_portal, people, complaints
):
    complaints.expect("status of 403")
    form = Author(people.arrive()).begin("Marta Okello", "marta@shown.example")
    form.open("people")
    form.page.context.clear_cookies(name="keys")
    answer(form).fill(WORDS)
    form.save()
    expect(form.page.locator("textarea")).to_have_value(WORDS)

    letter = shared_portal.mail.wait_for(1, to="marta@shown.example", seconds=20)[0]
    form.page.goto(link_in(letter.text))
    form.press("Open the case")
    form.open("people")

    take_what_was_found(form)
    kept_in(shared_portal, form)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_a_day_off_counts_down_rightly(shared_portal, author, people, days):
    plain = people.arrive(scripts=False)
    astray = people.arrive()
    astray.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    for page in (plain, astray):
        page.goto("/en/")

    left = plain.locator("[data-left]").first.inner_text()
    assert re.fullmatch(r"\d+ days left", left)
    expect(astray.locator("[data-left]").first).to_have_text(left)


def test_the_last_button_pressed_twice_gives_one_receipt(shared_portal, author, page):
    give_answers(shared_portal, author.code)
    author.open("check")

    page.get_by_role("button", name="Hand in the case").dblclick()

    page.wait_for_url(re.compile(r"/receipt/1/$"))
    asked = "SELECT count(*) FROM cases_submission s JOIN cases_case c ON c.id = s.case_id WHERE c.code = %s"
    assert shared_portal.rows(asked, author.code) == [(1,)]
    another_tab = Author(page.context.new_page(), author.draft)
    another_tab.hand_in()
    expect(another_tab.page).to_have_url(re.compile(r"/receipt/1/$"))
    assert shared_portal.rows(asked, author.code) == [(1,)]
