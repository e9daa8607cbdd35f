"""Real cases, from the home page to the receipt and to the desk of those who read them."""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from cases.demonstration import answers_from, real_cases
from tests.journeys.author import Author, give_answers

REAL = {real["title"]: answers_from(real) for real in real_cases()}
#: Titles as their sources have them, and the kind of border that the portal has to find out by itself.
BORDERS = {
    "EU Digital COVID Certificate": "International, between national governments",
    "Great Lakes-St. Lawrence River Basin water agreement and compact": "International, between regions or cities",
    "EGTC GO (Gorizia, Nova Gorica, Šempeter-Vrtojba)": "International, between regions or cities",
}
OPENS = re.compile(r"/en/draft/[^/]+/$")


@pytest.fixture(scope="module")
def shared_portal(portals):
    """As a newcomer has it: letters stay in the local mailbox, where staff read them."""
    with portals.portal(EMAIL_URL="") as portal:
        yield portal


@pytest.mark.parametrize("title", BORDERS)
def test_a_real_case_goes_from_the_home_page_to_the_receipt_and_to_staff(shared_portal, page, staff, title):
    said = REAL[title]
    author = Author(page).begin("Zoë Šimić", "zoe@case.example")

    author.write(said)
    expect(page).to_have_url(re.compile("/check/$"))
    assert author.fact("Title of the case") == title
    reference = author.hand_in()

    assert re.fullmatch(r"XB-\d{4}-\d{4}", reference)
    assert (author.fact("Case"), author.fact("Handed in by")) == (title, "Zoë Šimić")
    expect(page.locator("main")).to_contain_text(said["short_explanation"])

    reading = staff.read_case(reference)
    expect(reading.locator("h1")).to_have_text(title)
    expect(reading.locator("main")).to_contain_text(BORDERS[title])
    for words in [*(row["name"] for row in said["jurisdictions"]), said["short_explanation"]]:
        expect(reading.locator("article")).to_contain_text(words)
    assert reading.locator("article").locator("input, textarea, select").count() == 0


def test_the_link_in_the_mailbox_opens_the_draft_on_a_phone_and_leaves_no_token_behind(
    author, staff, people, page
):
    page.goto(author.draft)
    author.open("people")
    author.answer("collaborations", "Two water authorities and four towns.")
    author.save()

    link = staff.link_to("marta@basin.example", "the link back to it")
    phone = people.arrive(on="phone")
    for _look in range(2):  # mail scanners look first, and looking changes nothing
        phone.goto(link)
    Author(phone).press("Open the case")

    expect(phone).to_have_url(OPENS)
    assert link.rpartition("/")[2] not in phone.url
    on_phone = Author(phone, author.draft)
    on_phone.open("people")
    expect(phone.locator("[name=collaborations]")).to_have_value("Two water authorities and four towns.")
    on_phone.answer("users", "Forty thousand people downstream.")
    on_phone.save()
    author.open("people")
    expect(page.locator("[name=users]")).to_have_value("Forty thousand people downstream.")


def test_the_receipt_is_a_page_a_letter_a_pdf_and_a_code_that_anybody_can_check(
    shared_portal, author, staff, people, page
):
    give_answers(shared_portal, author.code, {"title": "Šempeter: one square, two countries"})
    reference = author.hand_in()
    code, digest = author.fact("Receipt code").split()[0], author.fact("Digest (SHA-256)")

    with page.expect_download() as under_way:
        page.get_by_role("link", name="Download the receipt (PDF)").click()
    paper = PdfReader(io.BytesIO(under_way.value.path().read_bytes()))
    printed = "\n".join(leaf.extract_text() for leaf in paper.pages)
    for words in (reference, code, "Šempeter: one square, two countries", "4 hours and 40 minutes"):
        assert words in printed
    assert digest in printed.replace("\n", "")

    letter = staff.letter_to("marta@basin.example", reference)
    assert code in letter and digest in letter and "Warnings come 4 hours and 40 minutes earlier." in letter

    stranger = people.arrive(on="phone")
    stranger.goto(f"/verify/{code}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This receipt is ours")
    for words in (reference, digest, "UTC", "Paris"):
        expect(stranger.locator("main")).to_contain_text(words)
    for words in ("Marta", "marta@basin.example", "Šempeter"):
        expect(stranger.locator("body")).not_to_contain_text(words)


def test_a_changed_case_waits_to_be_handed_in_again_and_each_version_keeps_its_receipt(
    shared_portal, author, staff, page
):
    give_answers(shared_portal, author.code)
    reference = author.hand_in()
    author.open("results")
    author.answer("results", "Warnings come five hours earlier.")
    author.save()
    author.open()
    expect(page.locator("main")).to_contain_text("There are changes not yet handed in.")
    expect(staff.read_case(reference).locator("article")).not_to_contain_text("five hours")

    assert author.hand_in() == reference

    expect(page).to_have_url(re.compile("/receipt/2/$"))
    expect(page.locator("main")).to_contain_text("Warnings come five hours earlier.")
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator("main")).to_contain_text("A later version was handed in; that one counts.")
    expect(page.locator("main")).to_contain_text("Warnings come 4 hours and 40 minutes earlier.")
    expect(staff.read_case(reference).locator("article")).to_contain_text("five hours")


def test_a_withdrawn_case_is_said_to_be_so_and_can_be_handed_in_again(shared_portal, author, staff, page):
    give_answers(shared_portal, author.code)
    reference = author.hand_in()

    author.open()
    page.get_by_role("link", name="Withdraw this case").click()
    author.press("Withdraw the case")

    expect(page.locator("main")).to_contain_text("This case is withdrawn.")
    expect(staff.read_case(reference).locator("h1 + p")).to_contain_text("Withdrawn")
    assert reference in staff.letter_to("marta@basin.example", "Your case is withdrawn")
    assert author.hand_in() == reference
    expect(staff.read_case(reference).locator("h1 + p")).to_contain_text("Handed in")


def test_a_deleted_draft_is_gone_and_the_other_one_stays(author, people, page, complaints):
    complaints.expect("status of 403")
    other = Author(people.arrive()).begin("Ana Ribeiro", "ana@region.example")

    author.open()
    page.get_by_role("link", name="Delete this draft").click()
    author.press("Delete the draft")

    expect(page.locator("main")).to_contain_text("Your draft is deleted.")
    assert page.goto(author.draft).status == 403
    assert other.open("about").locator("h1").inner_text() == "About you and your sponsor"


def test_nobody_opens_or_deletes_the_draft_of_another(author, people, complaints):
    complaints.expect("status of 403")
    stranger = Author(people.arrive()).begin("Ana Ribeiro", "ana@region.example")

    for place in ("", "about/", "check/", "delete/", "withdraw/", "colleagues/", "print/", "copy.txt"):
        assert stranger.page.goto(author.draft + place).status == 403

    assert author.open("about").locator("h1").inner_text() == "About you and your sponsor"


def test_my_page_lists_everything_under_an_address(shared_portal, author, staff, people, page):
    give_answers(shared_portal, author.code)
    reference = author.hand_in()
    somewhere = people.arrive(on="phone")
    somewhere.goto("/en/my/ask/")
    somewhere.get_by_label("Your e-mail address").fill("Marta@Basin.example")
    Author(somewhere).press("Write me the link")
    somewhere.goto(staff.link_to("marta@basin.example", "Your link to your page"))
    somewhere.get_by_role("main").get_by_role("button").click()

    expect(somewhere.get_by_role("heading", level=1)).to_have_text("My page")
    row = somewhere.locator("ul.tasks:not(.letters) li", has_text=reference)
    expect(row).to_contain_text("Handed in")
    row.get_by_role("button").click()
    expect(somewhere).to_have_url(OPENS)
