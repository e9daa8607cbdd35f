"""A review from a heap of cases to a decision that its author reads, on real cases; and every page of it, for
everybody."""

import re

import pytest
from playwright.sync_api import Page, expect

from reviews.demonstration import MAILS
from tests.journeys.author import Author, link_in
from tests.journeys.review import (
    Manager,
    Reviewer,
    cases_at,
    demonstrated,
    left_by,
    letter_to,
    readers_of,
)
from tests.journeys.test_for_everybody import BEYOND, BY_LOOKS, walk
from tests.journeys.test_front_desk import RULES, found_by_axe

QUESTION = "Which of the partners pays for running it?"
ANSWER = "Each partner pays a third, by an agreement of 2019."
REASONS = "Several governments share the work, and others can take it over."


@pytest.fixture(scope="module")
def password(shared_portal) -> str:
    """Of everybody in the demonstration, which stands in the portal from here on."""
    return demonstrated(shared_portal)


@pytest.fixture(scope="module")
def desk(shared_portal, chromium, password) -> dict:
    """What the browser of Mira holds, who manages the programme and has signed in once."""
    return left_by(chromium, shared_portal, "mira", password)


@pytest.fixture
def mira(people, desk) -> Manager:
    return Manager(people.arrive(left_behind=desk), (f"mira@{MAILS}", ""))


@pytest.fixture
def reviewer(people, password):
    """Signs a reviewer in: ``reviewer("lea@…", on="phone")``."""

    def signed_in(email: str, **how) -> Reviewer:
        return Reviewer(people.arrive(**how), (email, password)).sign_in()

    return signed_in


def author_of(portal, reference: str) -> str:
    [(email,)] = portal.rows(
        "SELECT a.email FROM cases_colleague p JOIN people_address a ON a.id = p.address_id "
        "JOIN cases_case c ON c.id = p.case_id WHERE c.reference = %s",
        reference,
    )
    return email


#: What is looked for in the demonstration: a case at a step or with a mark, and somebody who reads it.
SOME = {
    "waits for its screening": "SELECT min(id) FROM reviews_dossier WHERE step = 'to-screen'",
    "has come back": "SELECT min(id) FROM reviews_dossier WHERE news::text LIKE '%changed%'",
    "was passed on": "SELECT min(dossier_id) FROM reviews_assignment WHERE ended_why = 'conflict'",
    "was asked about": "SELECT min(id) FROM reviews_dossier WHERE asked_at IS NOT NULL",
    "was decided": "SELECT min(id) FROM reviews_dossier WHERE step = 'decided'",
    "reviewer": "SELECT min(reviewer_id) FROM reviews_assignment WHERE finished_at IS NULL AND ended_at IS NULL",
    "round": "SELECT id FROM reviews_round",
}
OFFICE = (
    "",
    "reviews/dossier/",
    "reviews/dossier/{has come back}/change/",
    "reviews/dossier/{has come back}/screening/",
    "reviews/dossier/{was passed on}/reviewers/",
    "reviews/dossier/{was asked about}/ask/",
    "reviews/dossier/{was decided}/change/",
    "reviews/dossier/{was decided}/decide/",
    "reviews/dossier/decide/",
    "reviews/round/",
    "reviews/round/{round}/change/",
    "reviews/round/{round}/history/",
    "reviews/round/{round}/rubric/",
    "reviews/round/{round}/plan/",
    "reviews/round/{round}/figures/",
    "reviews/round/{round}/ranking/",
    "reviews/round/{round}/discuss/",
    "reviews/round/{round}/release/",
    "reviews/reviewer/",
    "reviews/reviewer/{reviewer}/change/",
    "reviews/reviewer/{reviewer}/take-back/",
)
BY_KEYBOARD = (
    "",
    "reviews/dossier/",
    "reviews/dossier/{has come back}/change/",
    "reviews/dossier/{waits for its screening}/screening/",
    "reviews/dossier/{was passed on}/reviewers/",
    "reviews/dossier/{was decided}/decide/",
    "reviews/round/{round}/plan/",
    "reviews/round/{round}/release/",
)


@pytest.fixture(scope="module")
def found(shared_portal, password) -> dict[str, int]:
    """The keys of ``SOME``."""
    return {name: shared_portal.rows(sql)[0][0] for name, sql in SOME.items()}


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page that is open: narrow and light, wide and dark, everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    trouble = []
    for width, colours, rules in ((390, "light", RULES), (1280, "dark", BY_LOOKS)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours)
        page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
        faults = [*found_by_axe(page, rules), *page.evaluate(BEYOND)]
        trouble += [f"{width}, {colours}: {fault}" for fault in faults]
    return trouble


def looked_at_all(page: Page, paths) -> dict[str, list[str]]:
    trouble = {}
    for path in paths:
        assert page.goto(path).status == 200, path
        trouble[path] = looked_at(page)
    return {path: said for path, said in trouble.items() if said}


def test_every_page_of_the_office_can_be_used_by_everybody_and_fits_its_window(mira, found):
    trouble = looked_at_all(mira.page, [f"/admin/{path.format(**found)}" for path in OFFICE])

    mira.page.goto(f"/admin/reviews/dossier/{found['was decided']}/decide/")
    mira.press("Look at the letter")
    trouble["decide, nothing said"] = looked_at(mira.page)
    mira.page.get_by_role("radio", name="Hold").check()
    mira.page.get_by_label("Reasons for the author").fill("We wait for the evaluation.")
    mira.page.get_by_label("Why it is changed").fill("The evaluation comes in autumn.")
    mira.press("Look at the letter")
    trouble["decide, the letter"] = looked_at(mira.page)

    assert {path: said for path, said in trouble.items() if said} == {}


def test_every_page_of_a_reviewer_can_be_used_by_everybody_and_fits_its_window(reviewer, shared_portal):
    lea = reviewer(f"lea@{MAILS}")
    pile = shared_portal.rows(
        "SELECT min(a.id) FROM reviews_assignment a JOIN reviews_reviewer r ON r.id = a.reviewer_id "
        "JOIN people_user u ON u.id = r.user_id WHERE u.email = %s AND a.ended_at IS NULL "
        "GROUP BY a.cleared_at IS NULL, a.finished_at IS NULL",
        lea.email,
    )
    paths = ["", "reviews/assignment/?show=all", *(f"reviews/assignment/{pk}/change/" for (pk,) in pile)]

    assert looked_at_all(lea.page, [f"/admin/{path}" for path in paths]) == {}
    assert walk(lea.page)
    assert len(pile) >= 2, "one to open, one finished"


def test_every_page_of_an_author_can_be_used_by_everybody_and_fits_its_window(
    shared_portal, people, password
):
    shared_portal.wait_for(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox_outboxmessage WHERE kind IN %s AND state <> 'sent')",
        ("question", "decision"),
    )
    letters = shared_portal.rows(
        "SELECT DISTINCT ON (m.kind, m.context->>'outcome', m.context->>'may_change') a.email, m.subject_line "
        "FROM outbox_outboxmessage m JOIN people_address a ON a.id = m.address_id WHERE kind IN %s",
        ("question", "decision"),
    )
    trouble = {}
    for email, subject in letters:
        author = Author(people.arrive())
        author.page.goto(link_in(letter_to(shared_portal, email, subject)))
        author.press(re.compile("^Read the"))
        trouble[subject] = looked_at(author.page)
        assert walk(author.page)
    author.page.get_by_role("link", name="Back to the case").click()
    trouble["the case"] = looked_at(author.page)
    trouble["my page"] = looked_at(opens_my_page(author, shared_portal, email))

    assert len(letters) >= 5, "two kinds of questions, three decisions"
    assert {path: said for path, said in trouble.items() if said} == {}


@pytest.mark.parametrize("path", BY_KEYBOARD)
def test_the_keyboard_reaches_everything_sees_where_it_is_and_gets_out(mira, found, path):
    mira.page.goto(f"/admin/{path.format(**found)}")

    assert walk(mira.page)


def test_cases_go_from_the_heap_to_a_decision_that_their_author_reads(shared_portal, mira, reviewer, people):
    references = cases_at(shared_portal, "to-screen")
    one, other = references[0], references[1]
    mira.screens(references)
    waiting = cases_at(shared_portal, "to-assign")
    mira.gives_out(len(waiting), 2 * len(waiting))

    had = readers_of(shared_portal, one)
    reviewer(had[0][1]).declares_a_conflict(one, "I advised one of the partners last year.")
    readers = readers_of(shared_portal, one)
    assert had[0] not in readers and len(readers) == 2
    expect(mira.opens(one).locator(".case-side")).to_contain_text("declared a conflict of interest")
    [third, *_others] = shared_portal.rows(
        "SELECT name, email FROM people_user u JOIN reviews_reviewer r ON r.user_id = u.id "
        "WHERE name NOT IN %s ORDER BY r.id",
        tuple(name for name, _email in [*readers, had[0]]),
    )
    mira.gives(one, third[0])
    reviewer(readers[0][1]).scores_by_keyboard(one, "34344")
    reviewer(readers[1][1], on="phone").scores_by_hand(one, "32333")
    reviewer(third[1], scripts=False).scores_by_hand(one, "23323")
    for _name, email in readers_of(shared_portal, other):
        reviewer(email).scores_by_keyboard(other, "22222")

    mira.sees_the_ranking_of(one, [name for name, _email in [*readers, third]])

    mira.asks(one, QUESTION)
    email = author_of(shared_portal, one)
    author = Author(people.arrive(on="phone"))
    answers(author, letter_to(shared_portal, email, f"A question about your case: {one}"))
    mira.looks_at_what_came_back(one, ANSWER)

    pending = len(cases_at(shared_portal, "to-release"))
    mira.decides([one, other], "Publish", REASONS)
    mira.releases([one, other], waiting=pending + 2)
    assert REASONS in letter_to(
        shared_portal, author_of(shared_portal, other), f"We would like to publish your case: {other}"
    )
    letter = letter_to(shared_portal, email, f"We would like to publish your case: {one}")
    assert REASONS in letter
    reads_the_decision(author, letter)
    names = [name for name, _email in [*readers, had[0], third]]
    names_nobody(author.page, names)
    page = opens_my_page(author, shared_portal, email)
    steps = page.locator("ul.tasks:not(.letters) > li", has_text=one).locator("ol.way li b")
    expect(steps).to_have_text(
        ["Handed in", "First look", "We asked you a question", "Our decision", "Publication"]
    )
    names_nobody(page, names)


def answers(author: Author, letter: str) -> None:
    """By the link of the letter, which shows a button first."""
    assert QUESTION in letter
    author.page.goto(link_in(letter))
    author.press("Read the question")
    expect(author.page.locator("blockquote")).to_contain_text(QUESTION)
    author.page.get_by_label("Your answer").fill(ANSWER)
    author.press("Send the answer")
    expect(author.page.get_by_role("heading", name="Answered")).to_be_visible()


def reads_the_decision(author: Author, letter: str) -> None:
    page = author.page
    page.goto(link_in(letter))
    author.press("Read the decision")
    expect(page.get_by_role("main")).to_contain_text(REASONS)
    expect(page.locator("dl.facts > div")).to_have_count(5)
    expect(page.locator("ol.way li", has_text="Our decision")).to_contain_text("We would like to publish it.")


def names_nobody(page: Page, names: list[str]) -> None:
    for name in names:
        expect(page.locator("body")).not_to_contain_text(name)


def opens_my_page(author: Author, portal, email: str) -> Page:
    page = author.page
    page.goto("/en/my/ask/")
    page.get_by_label("Your e-mail address").fill(email)
    author.press("Write me the link")
    page.goto(link_in(letter_to(portal, email, "Your link to your page")))
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/my/")
    return page
