"""From the home page to the certificate: a seat, another session, the waiting list, the way in."""

import os
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.registrants import register
from tests.parts.mail import Received
from tests.parts.portal import Portal

pytestmark = pytest.mark.timeout(400)

#: WCAG 2.2 A and AA, and what axe counts as good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def shared_portal(portals):
    """Three sessions of one seat each, from a month on, that lead into a page of this very portal."""
    with portals.portal() as portal:
        portal.rows(
            "UPDATE workshops_workshop SET capacity = 1, meeting_url = %s, phone = '+33 1 23 45 67 89', "
            "starts_at = starts_at + span, ends_at = ends_at + span FROM "
            "(SELECT now() + interval '30 days' - min(starts_at) AS span FROM workshops_workshop) AS moved",
            f"{portal.base_url}/en/licence/",
        )
        yield portal


def accessible(page: Page) -> None:
    """Raises AssertionError with what axe found; saves a picture of the page where PICTURES names a folder."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    if folder := os.environ.get("PICTURES"):
        name = re.sub(r"\W+", "-", page.url.partition("/en/")[2] + page.title()[:30])
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def letters_to(portal: Portal, email: str, subject: str, *, seconds: float = 30) -> list[Received]:
    """The letters to somebody with these words in their subject, once there is one."""
    deadline = time.monotonic() + seconds
    while True:
        found = [one for one in portal.mail.letters if email in one.to and subject in one.subject]
        if found:
            return found
        assert time.monotonic() < deadline, [(one.to, one.subject) for one in portal.mail.letters]
        time.sleep(0.2)


def open_link(page: Page, letter: Received, button: str) -> None:
    """Follow the first link of a letter, and press what it shows."""
    [link, *_rest] = re.findall(r"http://\S+/l/\S+", letter.text)
    page.goto(link)
    page.get_by_role("button", name=button).click()


def begin_in(portal: Portal, minutes: int) -> None:
    """Move the clock of the seat that is told of below: its session begins in so many minutes."""
    portal.rows(
        "UPDATE workshops_workshop SET ends_at = now() + make_interval(mins => %s + 150), "
        "starts_at = now() + make_interval(mins => %s) WHERE id = "
        "(SELECT workshop_id FROM workshops_registration WHERE status = 'seated' AND address_id = "
        "(SELECT id FROM people_address WHERE email = 'marta@kisumu.example'))",
        minutes,
        minutes,
    )


def test_from_the_home_page_by_way_of_another_session_and_the_line_to_the_certificate(
    shared_portal: Portal, people
):
    portal, marta, ana = shared_portal, people.arrive(zone="Africa/Nairobi"), people.arrive(on="phone")

    # a seat, confirmed from the letter
    marta.goto("/en/")
    expect(marta.locator(".sess > li")).to_have_count(3)
    expect(marta.locator(".sess .yours").first).to_contain_text("Nairobi")
    accessible(marta)
    marta.goto("/en/workshops/")
    accessible(marta)
    register(marta, "marta@kisumu.example", 0)
    expect(marta.locator("h1")).to_have_text("You have a seat")
    [letter] = letters_to(portal, "marta@kisumu.example", "You have a seat")
    assert [part.get_content_type() for part in letter.mail.walk()].count("text/calendar") == 1
    open_link(marta, letter, "Confirm my seat")
    expect(marta.locator("main")).to_contain_text("Your address is confirmed")
    expect(marta.locator("main")).not_to_contain_text("Please confirm your address")
    accessible(marta)

    # another session
    marta.locator("#swap ~ form .sess > li").nth(0).get_by_role("button").click()
    expect(marta.locator("main")).to_contain_text("You have changed sessions")
    letters_to(portal, "marta@kisumu.example", "You have changed sessions")
    letters_to(portal, "marta@kisumu.example", "Out of your calendar")

    # Ana finds it full, and gets the seat as soon as it is given back
    ana.goto("/en/workshops/")
    ana.locator(".sess > li").nth(1).get_by_role("link").click()
    expect(ana.locator("main")).to_contain_text("This workshop is full")
    accessible(ana)
    register(ana, "ana@lisbon.example", 1)
    expect(ana.locator("h1")).to_have_text("You are number 1 in line")
    accessible(ana)
    marta.get_by_role("link", name="Give my seat back").click()
    marta.get_by_role("button", name="Give it back").click()
    ana.reload()
    expect(ana.locator("h1")).to_have_text("You have a seat")
    letters_to(portal, "ana@lisbon.example", "A seat came free")

    # Marta comes after all, to the first session; its day comes
    register(marta, "marta@kisumu.example", 0)
    begin_in(portal, 45)
    [letter] = letters_to(portal, "marta@kisumu.example", "In an hour", seconds=100)
    assert "/en/licence/" not in letter.text + letter.html
    open_link(marta, letter, "Go to the workshop")
    expect(marta.locator("#way-in + .due")).to_contain_text("minutes left")
    expect(marta.locator("main")).to_contain_text("+33 1 23 45 67 89")
    assert "/en/licence/" not in marta.locator("main").inner_html()
    accessible(marta)
    join = marta.get_by_role("link", name="Join the workshop")
    expect(join).to_be_hidden()
    marta.clock.install()
    marta.reload()
    marta.clock.fast_forward("31:00")
    expect(marta.locator("#way-in + .due")).to_contain_text("It is open")
    expect(join).to_be_visible()
    marta.clock.resume()

    begin_in(portal, 10)
    open_link(marta, letter, "Go to the workshop")
    marta.wait_for_url("**/en/licence/")
    assert portal.rows("SELECT count(*) FROM workshops_registration WHERE attended_at IS NOT NULL") == [(1,)]

    # afterwards
    begin_in(portal, -200)
    [letter] = letters_to(portal, "marta@kisumu.example", "Thank you for coming", seconds=100)
    open_link(marta, letter, "Open my registration")
    accessible(marta)
    marta.get_by_label("4", exact=True).check()
    marta.get_by_role("button", name="Send my answers").click()
    expect(marta.locator("main")).to_contain_text("This helps those who come after you.")
    with marta.expect_download() as paper:
        marta.get_by_role("link", name="Download the certificate").click()
    assert paper.value.suggested_filename.startswith("certificate-")
    marta.locator('a[href*="/verify/"]').click()
    expect(marta.locator("h1")).to_have_text("This certificate is ours")


def test_all_of_it_works_without_a_script(shared_portal: Portal, people):
    page = people.arrive(scripts=False, on="phone")
    page.goto("/en/workshops/")
    page.get_by_label("Show times in").select_option("Pacific/Auckland")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".sess > li").first).to_contain_text("For you:")
    register(page, "noscript@office.example", 2)
    expect(page.locator("h1")).to_have_text("You have a seat")
    page.get_by_role("button", name="I am coming").click()
    expect(page.locator("main")).to_contain_text("You told us that you are coming")
    page.locator("summary", has_text="What you told us").click()
    page.get_by_label("Your role").fill("Head of planning")
    page.get_by_role("button", name="Keep these details").click()
    expect(page.locator("main")).to_contain_text("Your details are changed.")


def test_sessions_in_ones_working_hours_are_pointed_out_by_the_script(shared_portal: Portal, people):
    for pk, begins in shared_portal.rows(
        "SELECT id, ('{2031-06-03 13:30,2031-06-06 07:00,2031-06-10 08:00}'::text[])[row_number() OVER "
        "(ORDER BY id)] FROM workshops_workshop"
    ):
        shared_portal.rows(
            "UPDATE workshops_workshop SET starts_at = %s::timestamptz, "
            "ends_at = %s::timestamptz + interval '150 minutes' WHERE id = %s",
            f"{begins}+00",
            f"{begins}+00",
            pk,
        )
    page = people.arrive(zone="Africa/Nairobi")
    page.goto("/en/workshops/")
    hints = page.locator(".sess > li", has_text="Within your working hours.")
    expect(hints).to_have_count(2)
    expect(hints.first).to_contain_text("10:00–12:30")
