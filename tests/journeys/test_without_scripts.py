"""A browser without JavaScript: everything works by links and buttons."""

import re

import pytest
from playwright.sync_api import expect

from cases.demonstration import answers_from, real_cases
from tests.journeys.author import Author, give_answers, link_in

NETWORK = "OS2 public digitalisation network"
REAL = next(answers_from(real) for real in real_cases() if real["title"] == NETWORK)


@pytest.fixture
def page(people):
    return people.arrive(scripts=False)


@pytest.fixture(autouse=True)
def errors_come_with_422(errors_are_answered):
    pass


def test_a_real_case_is_written_and_handed_in_by_buttons(shared_portal, author, page, staff):
    author.write(REAL)
    author.open("jurisdictions")
    expect(author.rows()).to_have_count(5)
    author.press(re.compile("Remove jurisdiction 5"))
    expect(author.rows()).to_have_count(4)

    reference = author.hand_in()

    assert author.fact("Case") == NETWORK
    reading = staff.read_case(reference)
    expect(reading.locator("article")).to_contain_text("Sønderborg")
    expect(reading.locator("main")).to_contain_text("Within one country, between cities")
    expect(reading.locator("article")).not_to_contain_text("Copenhagen")


def test_a_section_with_gaps_says_what_to_mend_and_keeps_what_is_there(shared_portal, author, page):
    author.open("about")
    author.answer("organisation", "Water Agency")
    author.save()

    assert page.title().startswith("Error:")
    assert author.problems() == [
        "Choose the country of your organisation",
        "Choose the level of government",
        "Choose the sectors",
        "Choose whether you are a public employee",
    ]
    expect(page.locator("[name=organisation]")).to_have_value("Water Agency")
    page.get_by_role("link", name="Choose the sectors").click()
    expect(page.locator("[name=sectors]").first).to_be_focused()
    expect(page.locator("fieldset.bad-field", has=page.locator("[name=sectors]"))).to_contain_text(
        "Choose the sectors"
    )


def test_finishing_later_asks_for_nothing_and_keeps_everything(shared_portal, author, page):
    author.open("brief")
    author.answer("year", "next year, perhaps")
    author.answer("short_explanation", "Wörter, die länger sind. " * 30)
    page.locator(".acts").get_by_role("button", name="Save and finish later").click()

    expect(page).to_have_url(re.compile(re.escape(author.draft) + "$"))
    expect(page.locator("#status-brief")).to_contain_text("There is a problem")
    author.open("brief")
    expect(page.locator("[name=year]")).to_have_value("next year, perhaps")
    expect(page.locator("[name=short_explanation]")).to_have_value("Wörter, die länger sind. " * 30)


def test_the_check_page_lists_each_gap_with_a_way_to_its_field(shared_portal, author, page):
    give_answers(shared_portal, author.code, {"lessons": "", "consent_licence": False, "year": "19"})
    author.open("check")
    gaps = page.locator(".note.warn li").all_inner_texts()
    assert gaps == [
        "Enter a year with four digits, 2026 at the latest".replace("2026", gaps[0][-18:-14]),
        "Enter your lessons",
        "Confirm the licence",
    ]

    author.press("Hand in the case")
    assert author.problems() == gaps
    for gap, name, answer in (
        (0, "year", "2019"),
        (0, "lessons", "Begin early."),
        (0, "consent_licence", True),
    ):
        author.open("check")
        page.locator(".note.warn li a").nth(gap).click()
        expect(page.locator(f"[name={name}]")).to_be_focused()
        assert len(author.problems()) == 1
        author.answer(name, answer)
        author.save()

    assert author.hand_in().startswith("XB-")


def test_a_form_that_stood_open_too_long_gives_the_words_back_and_takes_them_with_one_more_press(
    shared_portal, author, page, complaints
):
    complaints.expect("status of 403")
    author.open("people")
    author.answer("collaborations", "Two water authorities and four towns.")
    page.context.clear_cookies(name="csrftoken")
    author.save()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your text is here, but not saved")
    expect(page.locator("textarea")).to_have_value("Two water authorities and four towns.")
    author.press("Save it now")
    author.open("people")
    expect(page.locator("[name=collaborations]")).to_have_value("Two water authorities and four towns.")


def test_a_device_that_is_signed_out_gives_the_words_back_until_the_link_is_opened_again(
    shared_portal, people, page, complaints
):
    complaints.expect("status of 403")
    author = Author(page).begin("Marta Okello", "marta@signed-out.example")
    author.open("people")
    author.answer("collaborations", "Two water authorities and four towns.")
    page.context.clear_cookies(name="keys")
    author.save()

    expect(page.locator("main")).to_contain_text("This device is no longer signed in to the case.")
    another_tab = Author(page.context.new_page())
    letter = shared_portal.mail.wait_for(1, to="marta@signed-out.example", seconds=20)[0]
    another_tab.page.goto(link_in(letter.text))
    another_tab.press("Open the case")
    author.press("Save it now")

    author.open("people")
    expect(page.locator("[name=collaborations]")).to_have_value("Two water authorities and four towns.")
