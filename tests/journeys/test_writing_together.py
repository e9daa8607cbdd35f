"""Two people, one case: what both wrote stays, and where they cross, the second one chooses."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.questions import QUESTIONS
from tests.journeys.author import Author, give_answers, link_in
from tests.parts.browser import Complaints, People
from tests.parts.portal import Portal

ANA = "ana@region.example"
MINE, HERS = "Two water authorities agreed at a kitchen table.", "Four towns asked for it after the flood."


@dataclass
class Team:
    """A case that Marta began and Ana was invited to edit, and the keys of their browsers."""

    draft: str
    martas: list
    anas: list


def invited(author: Author, people: People, portal: Portal) -> Author:
    """Ana, who has opened the link of her invitation on her phone."""
    before = len(portal.mail.to(ANA))
    author.open("colleagues")
    author.page.get_by_label("Name", exact=True).fill("Ana Ribeiro")
    author.page.get_by_label("E-mail address", exact=True).fill(ANA)
    author.page.get_by_label("May edit").check()
    author.press("Invite")
    letter = portal.mail.wait_for(before + 1, to=ANA, seconds=20)[-1]
    ana = Author(people.arrive(on="phone"), author.draft)
    ana.page.goto(link_in(letter.text))
    ana.press("Open the case")
    return ana


@pytest.fixture(scope="module")
def team(shared_portal, chromium) -> Team:
    complaints = Complaints()
    people = People(chromium, shared_portal.base_url, complaints)
    marta = Author(people.arrive()).begin()
    ana = invited(marta, people, shared_portal)
    made = Team(marta.draft, *(one.page.context.cookies() for one in (marta, ana)))
    people.leave()
    assert complaints.all == []
    return made


@pytest.fixture
def marta(team, people) -> Author:
    return at_a_browser(people.arrive(), team.draft, team.martas)


@pytest.fixture
def ana(team, people) -> Author:
    return at_a_browser(people.arrive(on="phone"), team.draft, team.anas)


def at_a_browser(page: Page, draft: str, cookies: list) -> Author:
    page.context.add_cookies(cookies)
    return Author(page, draft)


def saved(author: Author) -> None:
    expect(author.page.locator("#save-state")).to_have_text(re.compile(r"Saved at \d\d:\d\d"), timeout=5_000)


def box(author: Author, name: str) -> Locator:
    return author.page.locator(f"[name={name}]")


def test_different_answers_of_the_same_page_are_both_kept(shared_portal, marta, ana):
    marta.open("people")
    ana.open("people")

    marta.answer("collaborations", MINE)
    ana.answer("users", HERS)
    saved(marta)
    saved(ana)
    marta.save()
    ana.save()

    marta.open("people")
    expect(box(marta, "collaborations")).to_have_value(MINE)
    expect(box(marta, "users")).to_have_value(HERS)


@pytest.mark.parametrize(("field", "kept"), [("results", MINE), ("challenges", HERS)])
def test_the_same_answer_twice_shows_both_texts_and_the_second_chooses(
    shared_portal, marta, ana, complaints, field, kept
):
    complaints.expect("status of 409")
    marta.open("results")
    ana.open("results")
    ana.answer(field, HERS)
    saved(ana)

    marta.answer(field, MINE)
    note = marta.page.locator(".note.warn")
    expect(note).to_contain_text("Changed in the meantime by Ana Ribeiro")
    expect(note).to_contain_text(HERS)
    expect(box(marta, field)).to_have_value(MINE)
    expect(marta.page.locator("#save-state")).to_contain_text("Choose which text to keep")
    choice = "Keep my text" if kept == MINE else "Use the text by Ana Ribeiro"
    marta.page.get_by_role("button", name=choice).click()

    saved(marta)
    expect(note).to_have_count(0)
    ana.open("results")
    expect(box(ana, field)).to_have_value(kept)


@pytest.mark.parametrize(("field", "kept"), [("conditions", MINE), ("replication", HERS)])
def test_without_scripts_the_page_shows_both_texts_and_a_tick_chooses(
    shared_portal, team, ana, people, complaints, field, kept
):
    complaints.expect("status of 4(09|22)")
    marta = at_a_browser(people.arrive(scripts=False), team.draft, team.martas)
    marta.open("results")
    ana.open("results")
    ana.answer(field, HERS)
    saved(ana)

    marta.answer(field, MINE)
    marta.save()
    dispute = marta.page.locator("[data-dispute]")
    expect(dispute).to_contain_text("Changed in the meantime by Ana Ribeiro")
    expect(dispute).to_contain_text(HERS)
    expect(box(marta, field)).to_have_value(MINE)
    assert marta.problems() == [f"Choose between two texts: {QUESTIONS[field].label}"]
    if kept == HERS:
        dispute.get_by_label("Use the text by Ana Ribeiro").check()
    marta.save()

    ana.open("results")
    expect(box(ana, field)).to_have_value(kept)


def test_a_removed_colleague_reads_and_writes_nothing_any_more(shared_portal, author, people, complaints):
    complaints.expect("status of 403")
    colleague = invited(author, people, shared_portal)
    colleague.open("people")
    author.open("colleagues")
    author.press("Remove Ana Ribeiro")

    colleague.answer("collaborations", HERS)
    expect(colleague.page.locator("#save-state")).to_contain_text("Your text is kept on this device")
    colleague.save()
    expect(colleague.page.locator("main")).to_contain_text("Your text is here, but not saved")
    expect(colleague.page.locator("textarea")).to_have_value(HERS)
    author.open("people")
    expect(box(author, "collaborations")).to_have_value("")


def test_a_colleague_who_may_read_sees_text_and_no_boxes(shared_portal, author, people):
    give_answers(shared_portal, author.code)
    author.open("colleagues")
    author.page.get_by_label("Name", exact=True).fill("Li Wei")
    author.page.get_by_label("E-mail address", exact=True).fill("li@region.example")
    author.page.get_by_label("May read").check()
    author.press("Invite")
    letter = shared_portal.mail.wait_for(1, to="li@region.example", seconds=20)[0]
    reader = Author(people.arrive(), author.draft)
    reader.page.goto(link_in(letter.text))
    reader.press("Open the case")

    reader.open("people")
    expect(reader.page.locator("main")).to_contain_text("Two water authorities and four towns.")
    assert reader.page.locator("main").locator("input, textarea, select").count() == 0
    reader.open("check")
    expect(reader.page.get_by_role("button", name="Hand in the case")).to_have_count(0)


def test_the_case_is_handed_over_to_a_colleague_and_its_author_stays(shared_portal, author, people):
    colleague = invited(author, people, shared_portal)
    before = len(shared_portal.mail.to(ANA))
    author.open("colleagues")
    author.press("Hand the case over to Ana Ribeiro")

    expect(author.page.locator("main")).to_contain_text("Ana Ribeiro is the author now. You can still edit.")
    colleague.open("colleagues")
    expect(colleague.page.locator("li", has_text="marta@basin.example")).to_contain_text("May edit")
    assert "yours now" in shared_portal.mail.wait_for(before + 1, to=ANA, seconds=20)[-1].subject


def test_a_corrected_address_gets_the_link_and_the_old_one_opens_nothing(shared_portal, people, complaints):
    complaints.expect("status of 404")
    author = Author(people.arrive()).begin("Marta Okello", "marta@wrogn.example")
    old = link_in(shared_portal.mail.wait_for(1, to="marta@wrogn.example", seconds=20)[0].text)

    author.open()
    author.page.get_by_role("link", name="Correct it").click()
    author.page.get_by_label("Your e-mail address").fill("marta@right.example")
    author.press("Correct my address")

    fresh = link_in(shared_portal.mail.wait_for(1, to="marta@right.example", seconds=20)[0].text)
    elsewhere = people.arrive(on="phone")
    assert elsewhere.goto(old).status == 404
    elsewhere.goto(fresh)
    Author(elsewhere).press("Open the case")
    expect(elsewhere).to_have_url(re.compile(re.escape(author.draft)))
