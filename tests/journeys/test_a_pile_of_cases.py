"""A reviewer in a real browser: by keyboard, on a phone, in two windows, on a bad line, without scripts."""

import itertools

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.staff import Staff
from tests.journeys.test_front_desk import found_by_axe, reaches_over

GIVEN = """
from datetime import timedelta
from django.contrib.auth.models import Group
from django.utils import timezone
from cases.demonstration import hand_in_real_cases
from cases.models import Call
from opsi_portal.roles import REVIEWERS, make_groups
from people.models import User
from reviews import reviewing, taking_in
from reviews.models import Assignment, Dossier, Reviewer
from reviews.settling import settle
at = timezone.now()
if not Dossier.objects.exists():
    list(hand_in_real_cases(Call.objects.get(), at=at))
    taking_in.take_in(at=at)
    make_groups(at)
user = User.objects.filter(email="{email}").first() or User.objects.create_user(
    "{email}", "a long enough password", is_staff=True, name="{name}")
user.groups.add(Group.objects.get(name=REVIEWERS))
reviewer = Reviewer.objects.create(user=user, languages=["en"])
result = []
for number, dossier in enumerate(Dossier.objects.order_by("pk")[:3]):
    given = dossier.assignments.create(
        reviewer=reviewer, given_at=at, due_at=at + timedelta(days=number - 1),
        cleared_at=at if {opened} else None)
    settle(dossier)
    result.append(given.pk)
"""
FINISHED = """
from django.utils import timezone
from reviews import reviewing
from reviews.models import Assignment
given = Assignment.objects.select_related("dossier__round").get(pk={pk})
scores = {{one.key: 3 for one in given.dossier.round.criteria.all()}}
reviewing.save(given, {{"scores": scores, "advice": "publish", "comments": "Well measured."}}, 0, at=timezone.now())
reviewing.finish(given, at=timezone.now())
"""
PASSWORD = "a long enough password"
_numbers = itertools.count(1)


class Reviewer(Staff):
    """Somebody who reads, with three cases on their pile: the first overdue. ``cases`` are the keys in the pile."""

    cases: list[int]

    def opens(self, number: int) -> Page:
        self.page.goto(f"/admin/reviews/assignment/{self.cases[number]}/change/")
        return self.page


@pytest.fixture
def reviewer_at(people, shared_portal):
    """Makes a reviewer with a pile of their own and signs them in."""

    def made(*, opened: bool = True, **how) -> Reviewer:
        email = f"reviewer{next(_numbers)}@office.example"
        cases = shared_portal.python(GIVEN.format(email=email, name="Lea M.", opened=opened))
        reviewer = Reviewer(people.arrive(**how), (email, PASSWORD))
        reviewer.sign_in()
        reviewer.cases = cases
        return reviewer

    return made


def kept(portal, pk: int) -> tuple | None:
    """Scores, comments and whether it is finished, of the review in the database."""
    found = portal.rows(
        "SELECT scores, comments, finished_at IS NOT NULL FROM reviews_review WHERE assignment_id = %s", pk
    )
    return found[0] if found else None


def saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Saved at")).to_be_visible()


@pytest.mark.parametrize(("on", "dark"), [("desk", False), ("phone", False), ("desk", True)])
def test_every_page_of_it_can_be_used_by_everybody_and_fits_its_window(
    people, login, shared_portal, complaints, on, dark
):
    complaints.expect(r"responded with a status of (422|410)")
    shared_portal.rows("DELETE FROM reviews_historicalreviewer")
    email = login[0]
    [(reviewer,)] = shared_portal.rows(
        "SELECT max(r.id) FROM reviews_reviewer r JOIN people_user u ON u.id = r.user_id WHERE u.email = %s",
        email,
    )
    if reviewer is None:
        shared_portal.python(GIVEN.format(email=email, name="Local staff", opened=True))
    cases = [
        pk
        for (pk,) in shared_portal.rows(
            "SELECT a.id FROM reviews_assignment a JOIN reviews_reviewer r ON r.id = a.reviewer_id "
            "JOIN people_user u ON u.id = r.user_id WHERE u.email = %s ORDER BY a.due_at",
            email,
        )
    ]
    shared_portal.rows("UPDATE reviews_assignment SET cleared_at = NULL WHERE id = %s", cases[2])
    if not kept(shared_portal, cases[0]):
        shared_portal.python(FINISHED.format(pk=cases[0]))
    page = Staff(people.arrive(on=on, dark=dark), login).sign_in().page
    [(round_,)] = shared_portal.rows("SELECT id FROM reviews_round")

    trouble = {}
    paths = [
        "assignment/",
        "assignment/?show=all",
        *(f"assignment/{pk}/change/" for pk in cases),
        f"round/{round_}/rubric/",
    ]
    for path in paths:
        page.goto(f"/admin/reviews/{path}")
        trouble[path] = found_by_axe(page) + ["too wide"] * (reaches_over(page) > 0)
    page.goto(f"/admin/reviews/assignment/{cases[1]}/change/")
    page.get_by_role("button", name="Finish and open next").click()
    expect(page.get_by_role("heading", name="Your review is not finished yet")).to_be_visible()
    trouble["what is missing"] = found_by_axe(page) + ["too wide"] * (reaches_over(page) > 0)

    assert {path: said for path, said in trouble.items() if said} == {}


def test_a_case_is_opened_scored_and_finished_by_keyboard_alone(reviewer_at, shared_portal):
    reviewer = reviewer_at(opened=False)
    page, press = reviewer.opens(0), reviewer.page.keyboard.press

    page.get_by_role("button", name="No, open the case").focus()
    press("Enter")
    page.locator("#score-novelty input").first.focus()
    for points in "31402":
        press(points)
    press("ArrowDown")
    press("Tab")

    expect(page.locator("#scored")).to_have_text("5 of 5 scored, 10 points so far")
    expect(page.locator("#score-novelty [data-means]")).to_have_text(
        "Known elsewhere, changed so that it fits here."
    )
    page.get_by_label("Comments for colleagues").focus()
    page.keyboard.type("4 points, k? J!")
    saved(page)
    page.get_by_role("button", name="Finish and open next").focus()
    press("Enter")
    page.wait_for_url(f"**/{reviewer.cases[1]}/change/#content-start")
    scores = {"novelty": 3, "implementation": 1, "impact": 4, "collaboration": 0, "replicability": 2}
    assert kept(shared_portal, reviewer.cases[0]) == (scores, "4 points, k? J!", True)


def test_the_next_case_is_one_key_away(reviewer_at):
    reviewer = reviewer_at()
    page = reviewer.opens(1)

    page.locator("#score-impact input").first.focus()
    page.keyboard.press("j")
    page.wait_for_url(f"**/{reviewer.cases[2]}/change/")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_url(f"**/{reviewer.cases[1]}/change/")
    page.locator(".queue a").last.focus()
    page.keyboard.press("k")
    page.wait_for_url(f"**/{reviewer.cases[0]}/change/")

    page.get_by_label("Words for the author").focus()
    page.keyboard.press("j")
    expect(page.get_by_label("Words for the author")).to_have_value("j")


def test_words_are_saved_after_a_moment_and_on_leaving(reviewer_at, shared_portal):
    reviewer = reviewer_at()
    page, pk = reviewer.opens(0), reviewer.cases[0]

    page.get_by_label("Comments for colleagues").press_sequentially("Who pays?")
    saved(page)
    assert kept(shared_portal, pk) == ({}, "Who pays?", False)

    page.get_by_label("Comments for colleagues").press_sequentially(" And who maintains it?")
    page.locator(".queue a[rel=next]").click()
    page.wait_for_url(f"**/{reviewer.cases[1]}/change/")
    shared_portal.wait_for(
        "SELECT 1 FROM reviews_review WHERE assignment_id = %s AND comments LIKE '%% maintains it?'", pk
    )


@pytest.mark.parametrize("choice", ["Use that", "Keep what stands here"])
def test_two_windows_are_offered_both_texts(reviewer_at, shared_portal, errors_are_answered, choice):
    reviewer = reviewer_at()
    first, pk = reviewer.opens(0), reviewer.cases[0]
    second = first.context.new_page()
    second.goto(first.url)
    first.get_by_label("Comments for colleagues").fill("From the first window.")
    saved(first)

    second.get_by_label("Comments for colleagues").fill("From the second window.")
    offered = second.locator(".elsewhere-note")
    expect(offered).to_contain_text("From the first window.")
    expect(second.get_by_label("Comments for colleagues")).to_have_value("From the second window.")
    assert found_by_axe(second) == []
    second.get_by_role("button", name=choice).click()

    expect(offered).to_have_count(0)
    wins = "From the first window." if choice == "Use that" else "From the second window."
    expect(second.get_by_label("Comments for colleagues")).to_have_value(wins)
    second.get_by_label("Words for the author").fill("Thank you.")
    saved(second)
    assert kept(shared_portal, pk)[1] == wins


def test_a_bad_line_loses_nothing_and_asks_nothing(reviewer_at, shared_portal, complaints):
    complaints.expect(r"Failed to load resource|ERR_|responded with a status of 409")
    reviewer = reviewer_at()
    page, pk = reviewer.opens(0), reviewer.cases[0]

    def lost(route):
        route.fetch()  # the portal has it, the answer never comes
        route.abort()

    page.route("**/save/", lost, times=1)
    page.get_by_label("Comments for colleagues").press_sequentially("Kept all the same.")
    expect(page.locator("#saved")).to_have_text("Not saved yet: trying again. Your words are still here.")
    page.get_by_label("Comments for colleagues").press_sequentially(" And this.")

    saved(page)
    expect(page.locator(".elsewhere-note")).to_have_count(0)
    assert kept(shared_portal, pk)[1] == "Kept all the same. And this."


def test_a_case_that_was_taken_back_says_so_and_the_words_stay(reviewer_at, shared_portal, complaints):
    complaints.expect("responded with a status of 410")
    reviewer = reviewer_at()
    page = reviewer.opens(0)
    shared_portal.rows(
        "UPDATE reviews_assignment SET ended_at = now(), ended_why = 'taken back' WHERE id = %s",
        reviewer.cases[0],
    )

    page.get_by_label("Comments for colleagues").fill("An hour of thought.")

    expect(page.locator("#saved")).to_have_text("This case is no longer yours to review.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#content")).to_contain_text("This case was taken back")
    expect(page.locator("#content")).to_contain_text("An hour of thought.")


def test_without_scripts_everything_is_done_by_buttons(reviewer_at, shared_portal, errors_are_answered):
    reviewer = reviewer_at(opened=False, scripts=False, on="phone")
    page, pk = reviewer.page, reviewer.cases[0]
    page.goto("/admin/reviews/assignment/")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="No, open the case").click()
    for name in ("Novelty", "Implementation", "Impact"):
        page.get_by_role("group", name=name).get_by_role("radio", name="3").check()
    page.get_by_role("button", name="Finish and open next").click()

    page.get_by_role("link", name="Replicability: Give 0 to 4 points.").click()
    expect(page.get_by_role("group", name="Novelty").get_by_role("radio", name="3")).to_be_checked()
    for name in ("Collaboration across borders", "Replicability"):
        page.get_by_role("group", name=name).get_by_role("radio", name="2").check()
    page.get_by_role("radio", name="Publish", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.get_by_role("button", name="Finish and open next").click()

    expect(page.locator(".messagelist")).to_contain_text("is finished.")
    assert page.url.endswith(f"/{reviewer.cases[1]}/change/#content-start")
    assert kept(shared_portal, pk)[2]
    page.get_by_text("Yes, I have a conflict").click()
    page.get_by_label("What connects you with the case?").fill("My sister runs it.")
    page.get_by_role("button", name="Declare the conflict").click()
    expect(page.locator(".messagelist")).to_contain_text("no longer on your pile")
