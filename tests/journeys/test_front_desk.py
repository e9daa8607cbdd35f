"""The front desk in a real browser: every page of it at a desk and on a phone, and a workshop that is cancelled."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.registrants import crowd
from tests.journeys.staff import Staff

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # It would fetch our stylesheets anew to judge them, which our policy rightly refuses to a script from nowhere.
    "preload": False,
    "resultTypes": ["violations"],  # what is right need not be counted: half the time
}
PAGES = (
    "workshop/",
    "workshop/add/",
    *(
        f"workshop/{{workshop}}/{name}/"
        for name in (
            "change",
            "move",
            "cancel",
            "write",
            "line",
            "attendance",
            "figures",
            "feedback",
            "groups",
            "groups/print",
        )
    ),
    "registration/",
    "registration/add/",
    "registration/{registration}/change/",
    "registration/{registration}/erase/",
    "series/",
)


@pytest.fixture(scope="module")
def peopled(shared_portal, login) -> dict[str, int]:
    """The first workshop of the programme with twelve people seated in three groups, three of them come, three waiting."""
    return crowd(shared_portal)


def found_by_axe(page: Page, rules: dict = RULES) -> list[str]:
    found = Axe().run(page, options=rules)
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found.response["violations"]]


def reaches_over(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize(("on", "dark"), [("desk", False), ("phone", False), ("desk", True)])
def test_every_page_can_be_used_by_everybody_and_fits_its_window(people, login, peopled, on, dark):
    page = Staff(people.arrive(on=on, dark=dark), login).sign_in().page

    trouble = {}
    for path in PAGES:
        page.goto("/admin/workshops/" + path.format(**peopled))
        trouble[path] = [
            *found_by_axe(page),
            *([f"{over} px over"] if (over := reaches_over(page)) > 0 else []),
        ]

    assert {path: said for path, said in trouble.items() if said} == {}


def test_who_comes_appears_on_the_attendance_page_by_itself(staff, peopled, shared_portal):
    page = staff.page
    page.clock.install()
    page.goto(f"/admin/workshops/workshop/{peopled['workshop']}/attendance/")
    expect(page.locator("#came")).to_have_text("3 of 12 have come")

    [(late,)] = shared_portal.rows(
        "UPDATE workshops_registration SET attended_at = now() WHERE id = (SELECT min(id) FROM workshops_registration "
        "WHERE status = 'seated' AND attended_at IS NULL) RETURNING name"
    )
    page.clock.fast_forward("00:20")

    expect(page.locator("#came")).to_have_text("4 of 12 have come")
    expect(page.locator("#live")).to_contain_text(late)
    expect(page.locator("#live table")).to_be_visible()


def test_without_scripts_everything_works_that_matters(people, login, peopled):
    page = Staff(people.arrive(scripts=False), login).sign_in().page

    page.goto("/admin/workshops/registration/?status=seated&order=name")
    page.get_by_role("checkbox", name="Amina Diallo", exact=True).check()
    page.get_by_label("With those that are ticked").select_option("Confirm: they said that they come")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".messagelist")).to_contain_text("1 person is confirmed.")

    with page.expect_download() as download:
        page.get_by_role("button", name="All of these as CSV").click()
    assert re.fullmatch(r"registrations-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)

    page.goto(f"/admin/workshops/workshop/{peopled['workshop']}/groups/")
    page.get_by_label("Group of Amina Diallo", exact=True).select_option("3")
    page.get_by_role("button", name="Keep who is where").click()
    expect(page.get_by_label("Group of Amina Diallo", exact=True)).to_have_value("3")


def test_cancelling_shows_the_letter_first_and_takes_the_workshop_out_of_calendars(
    staff, peopled, shared_portal
):
    page = staff.page
    page.goto(f"/admin/workshops/workshop/{peopled['workshop']}/change/")
    page.get_by_role("link", name="Cancel this workshop").click()
    page.get_by_label("What people read as the reason").fill("The speaker is ill.")
    page.get_by_role("button", name="See who is told what").click()

    expect(page.locator("#content")).to_contain_text("15 people get one letter each, at once.")
    expect(page.locator("pre")).to_contain_text("The speaker is ill.")
    assert found_by_axe(page) == []
    page.get_by_role("button", name="Cancel this workshop").click()
    expect(page.locator(".messagelist")).to_contain_text("15 letters are on their way.")

    shared_portal.wait_for(
        "SELECT 1 FROM outbox_outboxmessage WHERE kind = 'workshop-cancelled' HAVING count(*) = 15 "
        "AND count(*) FILTER (WHERE state = 'sent') = 15"
    )
    texts = shared_portal.rows(
        "SELECT attachments::text FROM outbox_outboxmessage WHERE kind = 'workshop-cancelled'"
    )
    assert sum("METHOD:CANCEL" in text for (text,) in texts) == 12
