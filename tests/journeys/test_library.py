"""The library at a browser: it answers while one types and ticks, and does the same without JavaScript."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.parts.browser import People
from tests.parts.portal import Portal

#: WCAG 2.2 A and AA, and what axe counts as good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PUBLISH = """
from datetime import timedelta
from django.utils import timezone
from tests.library.shelf import publish_real_cases
result = len(publish_real_cases(at=timezone.now() - timedelta(days=1)))
"""


@pytest.fixture(scope="module", autouse=True)
def cases_in_the_library(shared_portal: Portal) -> None:
    if not shared_portal.rows("SELECT 1 FROM cases_publiccase"):
        assert shared_portal.python(PUBLISH) == 31


def titles(page: Page) -> list[str]:
    return page.locator(".card .h3").all_inner_texts()


def count(page: Page) -> Locator:
    return page.locator("#count")


def tick(page: Page, words: str) -> Locator:
    return page.get_by_role("checkbox", name=re.compile(f"^{words}"))


def test_without_scripts_one_searches_filters_sorts_and_turns_pages(shared_portal, people: People):
    page = people.arrive(scripts=False)
    page.goto("/en/cases/")
    expect(count(page)).to_have_text("31 cases")

    page.get_by_role("searchbox", name="Search the cases").fill("tramm")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#results")).to_contain_text("Showing results for tram instead of “tramm”")
    expect(count(page)).to_have_text("2 cases match")
    expect(page.locator(".card mark").first).to_have_text(re.compile("tram", re.IGNORECASE))

    page.get_by_text("Filters", exact=True).click()
    tick(page, "Germany").check()
    page.get_by_role("button", name="Show results").click()
    assert titles(page) == ["Strasbourg-Kehl cross-border tramway"]
    assert "q=tramm" in page.url and "country=DE" in page.url

    page.get_by_role("link", name="Remove filter, Place: Germany").click()
    assert len(titles(page)) == 2
    page.goto("/en/cases/")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#results")).to_contain_text("Page 2 of 3")


def test_it_answers_while_one_types_and_the_address_follows(shared_portal, page: Page):
    page.goto("/en/cases/")
    box = page.get_by_role("searchbox", name="Search the cases")
    box.press_sequentially("wad", delay=20)

    expect(count(page)).to_have_text("1 case matches")
    assert titles(page) == ["Trilateral Wadden Sea Cooperation"]
    expect(box).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=wad$"))
    expect(page).to_have_title(re.compile("“wad”"))
    expect(page.get_by_label("Sort by").locator("option:checked")).to_have_text("Best match first")
    box.press("Enter")
    expect(page.locator("#results-title")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=wad$"))
    page.go_back()
    expect(count(page)).to_have_text("31 cases")
    expect(box).to_have_value("")
    page.go_forward()
    expect(count(page)).to_have_text("1 case matches")

    box.fill("")
    expect(count(page)).to_have_text("31 cases")


def test_ticking_changes_results_and_numbers_and_keeps_the_place(shared_portal, page: Page):
    page.goto("/en/cases/")
    health = tick(page, "Health")
    health.focus()
    page.keyboard.press("Space")

    expect(count(page)).to_have_text("4 cases match")
    expect(tick(page, "Health")).to_be_focused()
    expect(tick(page, "Health")).to_be_checked()
    expect(page).to_have_url(re.compile(r"\?sector=health$"))
    page.get_by_label("Sort by").select_option("title")
    expect(page).to_have_url(re.compile("sort=title"))
    assert titles(page) == sorted(titles(page), key=str.casefold)

    page.get_by_role("link", name="Remove filter, Sector: Health").click()
    expect(count(page)).to_have_text("31 cases")
    expect(page.locator("#results-title")).to_be_focused()
    page.go_back()
    expect(tick(page, "Health")).to_be_checked()
    page.go_back()
    page.go_back()
    expect(count(page)).to_have_text("31 cases")
    expect(page).to_have_url(re.compile("/en/cases/$"))
    expect(tick(page, "Health")).not_to_be_checked()


def test_turning_the_page_leads_the_reader_to_its_beginning(shared_portal, page: Page):
    page.goto("/en/cases/")
    page.get_by_role("link", name="Next page").click()

    expect(page.locator("#results")).to_contain_text("Page 2 of 3")
    expect(page.locator("#results-title")).to_be_focused()


def test_a_network_that_fails_leads_to_the_address_itself(shared_portal, page: Page, complaints):
    complaints.expect("ERR_FAILED|Failed to load")
    page.goto("/en/cases/")
    page.route(
        "**/en/cases/?sector*",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )
    tick(page, "Health").check()

    expect(count(page)).to_have_text("4 cases match")
    expect(page).to_have_url(re.compile("sector=health"))


def test_a_place_on_the_map_and_a_pair_in_the_table_lead_to_their_cases(shared_portal, page: Page):
    page.goto("/en/cases/")
    page.get_by_role("link", name="Germany: 7 cases").click()
    expect(count(page)).to_have_text("7 cases match")

    page.get_by_text("See the cases by place, as a table").click()
    page.get_by_role("link", name="Germany – France").click()
    assert set(titles(page)) == {
        "Strasbourg-Kehl cross-border tramway",
        "Franco-German-Luxembourg testbed for automated vehicles",
    }


@pytest.mark.parametrize(
    "where",
    [
        "/en/cases/",
        "/en/cases/?q=tramm&country=FR",
        "/en/cases/?q=zzz",
        "/en/baseline/",
        "/en/baseline/network/",
    ],
)
@pytest.mark.parametrize("on", ["desk", "phone"])
def test_nothing_is_in_the_way_of_anybody(shared_portal, people: People, where: str, on: str):
    page = people.arrive(on=on, dark=on == "phone")
    page.goto(where)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    faults = Axe().run(page, options=RULES).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in faults] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_library_with_its_map_is_light(shared_portal, page: Page):
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/en/cases/", wait_until="networkidle")

    assert 10_000 < sum(sizes) <= 100_000
