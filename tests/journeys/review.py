"""The people of the review, in their own verbs: managers, and reviewers with a pile of cases."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from reviews.demonstration import MAILS
from tests.journeys.staff import Staff
from tests.parts.browser import Complaints, People
from tests.parts.portal import Portal

#: In the order of the rubric.
CRITERIA = ("Novelty", "Implementation", "Impact", "Collaboration across borders", "Replicability")


class Reading(Staff):
    """Somebody of the review at the office, with what they do on any page of it."""

    def press(self, button: str | re.Pattern[str]) -> None:
        """A button of the page; returns when the page that it leads to has come."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.get_by_role("button", name=button).first.click()

    def follow(self, link: str | re.Pattern[str]) -> None:
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    @property
    def told(self) -> Locator:
        """What the page says about what has just been done."""
        return self.page.locator(".messagelist")


class Manager(Reading):
    def opens(self, reference: str) -> Page:
        """One case in review, by way of the list and its search."""
        self.page.goto("/admin/reviews/dossier/")
        self.page.get_by_label("Search").fill(reference)
        self.press("Show")
        self.follow(reference)
        return self.page

    def waits(self, what: str) -> int:
        """How much of something the front page says that waits."""
        self.page.goto("/admin/")
        counted = self.page.locator("ul.waits li", has_text=re.compile(rf"^\s*\d+ {what}"))
        return int(counted.locator("strong").inner_text()) if counted.count() else 0

    def screens(self, references: list[str]) -> None:
        """One case after the other by keyboard alone; of the last one it is unclear whether it is new."""
        self.page.goto("/admin/")
        self.follow(re.compile("to screen"))
        self.press("Screen the next case")
        for reference in references:
            expect(self.page.locator(".case-head")).to_contain_text(reference)
            self.page.keyboard.press("Tab")  # the page opens right before the first test
            is_last = reference == references[-1]
            for key in "yuyy" if is_last else "yyyy":
                self.page.keyboard.press(key)
                if key == "u":  # says why, and goes on to the next test
                    self.page.keyboard.type("Something like it ran elsewhere before.")
                    self.page.keyboard.press("Tab")
            expect(self.page.get_by_role("button", name="Save and open the next")).to_be_focused()
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")
            expect(self.told).to_contain_text(f"{reference}, screening saved.")
        expect(self.told).to_contain_text("No other case waits to be screened")

    def gives_out(self, cases: int, readings: int) -> None:
        """What is proposed, in one press."""
        self.page.goto("/admin/reviews/reviewer/")
        self.follow("Give out cases")
        expect(self.page.get_by_role("status").first).to_contain_text(f"{cases} cases wait for reviewers.")
        self.press(f"Give out {readings} reviews")
        expect(self.page.get_by_role("main")).to_contain_text("0 cases wait for reviewers.")

    def gives(self, reference: str, reviewer: str, why: str = "A third pair of eyes.") -> None:
        self.opens(reference)
        self.follow("Reviewers")
        self.page.get_by_role("radio", name=reviewer).check()
        self.page.get_by_label("Reason").last.fill(why)
        self.press("Give the case")
        expect(self.told).to_contain_text(reviewer)

    def sees_the_ranking_of(self, reference: str, reviewers: list[str]) -> None:
        """Counted anew: the case has its place, and what each reviewer gave is told beside it."""
        self.page.goto("/admin/reviews/round/")
        self.page.locator("#result_list th a").first.click()
        self.follow("Figures")
        self.press("Count again now")
        expect(self.told).to_contain_text("Counted again.")
        self.page.get_by_role("link", name=re.compile("^Review of")).click()
        self.follow("Ranking")
        row = self.page.locator("table.ranked tbody tr", has_text=reference)
        for name in reviewers:
            expect(row.locator(".reviews-of")).to_contain_text(name)

    def asks(self, reference: str, question: str) -> None:
        self.opens(reference)
        self.follow("Ask the author")
        self.page.get_by_label("Question").fill(question)
        self.press("Send the question")
        expect(self.told).to_contain_text("The question is on its way to the author.")

    def looks_at_what_came_back(self, reference: str, answer: str) -> None:
        self.page.goto("/admin/")
        self.follow(re.compile("answers from authors"))
        row = self.page.locator("tbody tr", has_text=reference)
        expect(row.locator(".mark", has_text="came back")).to_be_visible()
        row.get_by_role("link", name=reference).click()
        expect(self.page.get_by_role("heading", name="Came back from its author")).to_be_visible()
        expect(self.page.locator("blockquote", has_text=answer)).to_be_visible()
        self.press("I have looked")
        expect(self.told).to_contain_text("Noted")
        expect(self.page.get_by_role("heading", name="Came back from its author")).to_have_count(0)

    def decides(self, references: list[str], outcome: str, reasons: str) -> None:
        """Ticked in the list, looked at letter by letter, and then confirmed."""
        self.page.goto("/admin/reviews/dossier/?step=to-decide")
        for reference in references:
            self.page.get_by_role("checkbox", name=reference).check()
        self.press("Decide those that are ticked")
        self.page.get_by_role("radio", name=outcome, exact=True).check()
        self.page.get_by_label("Reasons for the author").fill(reasons)
        self.press("Look at the letters")
        content = self.page.get_by_role("main")
        expect(content).to_contain_text(f"{len(references)} cases will be decided")
        expect(content).to_contain_text("Nothing has been written yet.")
        expect(content.locator("pre", has_text=reasons)).to_have_count(len(references))
        self.press(f"Decide {len(references)} cases so")
        expect(self.told).to_contain_text(f"{len(references)} decisions are written.")

    def releases(self, references: list[str], *, waiting: int) -> None:
        self.page.goto("/admin/reviews/round/")
        self.page.locator("#result_list th a").first.click()
        self.follow("Release")
        content = self.page.get_by_role("main")
        expect(content).to_contain_text(f"{waiting} decisions wait to be told.")
        for reference in references:
            expect(content.get_by_role("link", name=reference, exact=True)).to_be_visible()
        self.press("Release and tell the authors")
        expect(self.told).to_contain_text(f"{waiting} letters are on their way.")


class Reviewer(Reading):
    def opens(self, reference: str) -> Page:
        """A case of their pile, having said that nothing connects them with it."""
        self.finds(reference)
        self.press("No, open the case")
        return self.page

    def finds(self, reference: str) -> Page:
        self.page.goto("/admin/reviews/assignment/")
        self.page.get_by_role("link", name=reference).first.click()
        return self.page

    def declares_a_conflict(self, reference: str, why: str) -> None:
        self.finds(reference)
        self.page.get_by_text("Yes, I have a conflict").click()
        self.page.get_by_label("What connects you with the case?").fill(why)
        self.press("Declare the conflict")
        expect(self.told).to_contain_text("no longer on your pile")

    def scores_by_keyboard(self, reference: str, points: str) -> None:
        self.finds(reference)
        self.page.get_by_role("button", name="No, open the case").focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.locator("fieldset.criterion input").first.focus()
        for each in points:
            self.page.keyboard.press(each)
        self.page.keyboard.press("Space")  # the focus has gone on to the advice
        expect(self.page.locator("#scored")).to_contain_text("5 of 5 scored")
        self.page.get_by_label("Comments for colleagues").focus()
        self.page.keyboard.type("The agreement holds; who pays is not said.")
        self.page.get_by_role("button", name="Finish and open next").focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        expect(self.told).to_contain_text("is finished.")

    def scores_by_hand(self, reference: str, points: str) -> None:
        """By tapping or clicking, whether or not there are scripts."""
        self.opens(reference)
        for name, each in zip(CRITERIA, points, strict=True):
            self.page.get_by_role("group", name=name).get_by_role("radio", name=each).check()
        self.page.get_by_label("Words for the author").fill("Say who pays for running it.")
        self.page.get_by_role("radio", name="Publish", exact=True).check()
        self.press("Finish and open next")
        expect(self.told).to_contain_text("is finished.")


def readers_of(portal: Portal, reference: str) -> list[tuple[str, str]]:
    """Who has the case to read, in the order in which they got it: (name, address)."""
    return portal.rows(
        "SELECT u.name, u.email FROM reviews_assignment a JOIN reviews_dossier d ON d.id = a.dossier_id "
        "JOIN cases_case c ON c.id = d.case_id JOIN reviews_reviewer r ON r.id = a.reviewer_id "
        "JOIN people_user u ON u.id = r.user_id WHERE c.reference = %s AND a.ended_at IS NULL ORDER BY a.id",
        reference,
    )


def cases_at(portal: Portal, step: str) -> list[str]:
    """The references of the cases at this step of the review, in their order."""
    found = portal.rows(
        "SELECT c.reference FROM reviews_dossier d JOIN cases_case c ON c.id = d.case_id "
        "WHERE d.step = %s ORDER BY d.id",
        step,
    )
    return [reference for (reference,) in found]


def demonstrated(portal: Portal) -> str:
    """Put the demonstration into the portal; returns the password of everybody in it."""
    return re.search(r"with the password (\S+)", portal.manage("demo_data"))[1]  # type: ignore[index]


def left_by(browser: Browser, portal: Portal, name: str, password: str) -> dict[str, Any]:
    """What the browser of somebody of the demonstration holds once they have signed in."""
    people = People(browser, portal.base_url, Complaints())
    desk = Staff(people.arrive(), (f"{name}@{MAILS}", password)).sign_in()
    held = desk.page.context.storage_state()
    people.leave()
    return dict(held)


def letter_to(portal: Portal, email: str, subject: str) -> str:
    """The text of a letter as soon as it has come."""
    portal.wait_for(
        "SELECT 1 FROM outbox_outboxmessage m JOIN people_address a ON a.id = m.address_id "
        "WHERE a.email = %s AND m.subject_line = %s AND m.state = 'sent'",
        email,
        subject,
    )
    return next(letter.text for letter in portal.mail.to(email) if letter.subject == subject)
