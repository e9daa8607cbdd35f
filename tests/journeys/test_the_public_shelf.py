"""From a decision to the world: a case that was reviewed comes out, is found everywhere, is cited, and its author hears."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from reviews.demonstration import MAILS
from tests.journeys.author import Author, link_in
from tests.journeys.review import Manager, demonstrated, left_by, letter_to

TITLE = "One alarm for two banks of the river"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def desk(shared_portal, chromium) -> dict:
    """What the browser of Mira holds, who manages the programme of the demonstration."""
    return left_by(chromium, shared_portal, "mira", demonstrated(shared_portal))


@pytest.fixture
def mira(people, desk) -> Manager:
    return Manager(people.arrive(left_behind=desk), (f"mira@{MAILS}", ""))


def decided(portal) -> tuple[str, int, str]:
    """A case that is to be published, and was not told yet: reference, key, and the address of its author."""
    [found, *_others] = portal.rows(
        "SELECT c.reference, c.id, a.email FROM reviews_decision d JOIN reviews_dossier s ON s.id = d.dossier_id "
        "JOIN cases_case c ON c.id = s.case_id JOIN cases_colleague p ON p.case_id = c.id AND p.role = 'author' "
        "JOIN people_address a ON a.id = p.address_id WHERE d.outcome = 'publish' AND d.release_id IS NULL"
    )
    return found


def releases_what_waits(mira: Manager) -> None:
    mira.page.goto("/admin/reviews/round/")
    mira.page.locator("#result_list th a").first.click()
    mira.follow("Release")
    mira.press("Release and tell the authors")
    expect(mira.told).to_contain_text("on their way")


def prepares(mira: Manager, case: int) -> None:
    mira.page.goto(f"/admin/cases/case/{case}/change/")
    mira.press("Prepare the public version")
    mira.page.get_by_label("Title of the case").fill(TITLE)
    mira.press("Save the text")
    expect(mira.told).to_contain_text("Nothing of it is public yet.")
    expect(mira.page.locator("ins").first).to_be_visible()
    mira.page.goto(re.sub(r"compare/.*", "author/", mira.page.url))
    mira.press("Ask the author to agree")
    expect(mira.told).to_contain_text("The author is asked to agree.")


def agrees(author: Author, letter: str) -> None:
    """By the link of the letter, which shows a button first; the text is there as readers would see it."""
    author.page.goto(link_in(letter))
    author.page.get_by_role("main").get_by_role("button").first.click()
    expect(author.page.locator(".public-frame")).to_contain_text(TITLE)
    author.press("I agree to this text")
    expect(author.page.get_by_text(re.compile("^You agreed on"))).to_be_visible()


def publishes(mira: Manager) -> None:
    mira.page.goto(re.sub(r"author/.*", "publish/", mira.page.url))
    expect(mira.page.get_by_role("main")).to_contain_text("Nothing stands in the way.")
    mira.press("Publish")
    expect(mira.told).to_contain_text("The case is public.")


def found_everywhere(page: Page, slug: str) -> None:
    """In library, map and page; in feed, API and files."""
    page.goto("/en/cases/")
    page.get_by_label("Search the cases").fill("alarm two bnks river")  # one letter is missing
    page.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Similar cases")
    place = page.locator("dl.facts a[href*='country=']").first
    country = re.search(r"country=(\w+)", place.get_attribute("href"))[1]
    page.goto(f"/en/cases/?country={country}")
    assert page.locator(f"svg a[href*='country={country}']").count()
    expect(page.get_by_role("main").get_by_role("link", name=TITLE)).to_be_visible()

    def sent(address: str) -> str:
        answer = page.request.get(address)
        assert answer.status == 200, address
        return answer.text()

    feed = ElementTree.fromstring(sent("/en/cases/feed.atom"))
    assert TITLE in [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert json.loads(sent(f"/api/v1/cases/{slug}"))["title"] == TITLE
    assert TITLE in sent("/en/cases/export.csv") and TITLE in sent("/en/cases/export.json")
    assert list(csv.reader(io.StringIO(sent(f"/en/cases/export.csv?country={country}"))))
    assert TITLE in sent(f"/en/cases/export.geojson?country={country}")


def is_cited(mira: Manager, address: str) -> None:
    """In a report that is written, looked at and published in the office."""
    page = mira.page
    page.goto("/admin/outputs/output/add/")
    page.get_by_label("Kind").select_option("report")
    page.get_by_label("Title").fill("What alarms teach")
    mira.press("Begin")
    page.get_by_label("In short").fill("Agree on mistakes first.")
    page.get_by_label("Written by").fill("Mira O.")
    for kind in ("Case", "Text"):
        page.get_by_label("What", exact=True).select_option(label=kind)
        mira.press("Add it")
        if kind == "Case":
            page.get_by_role("textbox", name="Case", exact=True).fill(address)
    page.get_by_label("Text", exact=True).fill("# Mistakes\n\nWhoever is wrong says so at once.")
    mira.press("Save and publish …")
    expect(page.get_by_text("1 person learns that they are cited")).to_be_visible()
    page.get_by_label("What is different from the version before").fill("The first version.")
    mira.press("Publish now")
    expect(page.get_by_text("Version 1 is published. 1 letter is on its way.")).to_be_visible()


def test_a_reviewed_case_comes_out_is_found_everywhere_and_cited_and_its_author_hears(
    shared_portal, people, mira
):
    reference, case, email = decided(shared_portal)
    author = Author(people.arrive(on="phone"))

    releases_what_waits(mira)
    prepares(mira, case)
    assert shared_portal.rows(
        "SELECT count(*) FROM cases_edition e JOIN cases_publiccase p ON p.id = e.public_case_id WHERE p.case_id = %s",
        case,
    ) == [(0,)]
    agrees(
        author,
        letter_to(shared_portal, email, f"Please look at the public version of your case: {reference}"),
    )
    publishes(mira)
    [(slug,)] = shared_portal.rows("SELECT slug FROM cases_publiccase WHERE case_id = %s", case)
    assert f"/en/cases/{slug}/" in letter_to(shared_portal, email, f"Your case is public: {reference}")
    reader = people.arrive()
    found_everywhere(reader, slug)
    is_cited(mira, f"{shared_portal.base_url}/en/cases/{slug}/")
    assert "What alarms teach" in letter_to(shared_portal, email, f"Your case is cited: {TITLE}")
    reader = people.arrive()  # the one before may keep the page for a minute
    reader.goto(f"/en/cases/{slug}/")
    reader.get_by_role("main").get_by_role("link", name="What alarms teach").click()
    reader.get_by_role("main").get_by_role("link", name=TITLE).first.click()
    expect(reader.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
