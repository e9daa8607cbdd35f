"""What people do at a browser, in their own verbs, so that the journeys read like the days of their authors."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from cases.questions import BY_KEY, COLUMNS, QUESTIONS, SECTIONS, Kind, Question
from tests.makers import COMPLETE
from tests.parts.portal import Portal

SAVE = "Save and continue"


class Author:
    """Somebody who writes a case. ``page`` is the window they look at, ``draft`` the path of their draft."""

    def __init__(self, page: Page, draft: str = ""):
        self.page = page
        self.draft = draft

    @property
    def code(self) -> str:
        return self.draft.rstrip("/").rpartition("/")[2]

    def begin(self, name: str = "Marta Okello", email: str = "marta@basin.example") -> Author:
        """From the home page to the task list of a fresh draft."""
        self.page.goto("/en/")
        self.page.get_by_role("main").get_by_role("link", name="Hand in a case").click()
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Your e-mail address").fill(email)
        self.page.get_by_role("button", name="Begin my case").click()
        self.page.wait_for_url(re.compile(r"/en/draft/[^/]+/$"))
        self.draft = self.page.url[self.page.url.index("/en/draft/") :]
        return self

    def open(self, section: str = "") -> Page:
        """One section, the check page («check»), or the task list."""
        self.page.goto(f"{self.draft}{section}{'/' if section else ''}")
        return self.page

    def answer(self, name: str, value: Any) -> None:
        """Give one answer on the open page, as its kind of box wants it."""
        fill(self.page, question_named(name), name, value)

    def write(self, said: dict[str, Any]) -> None:
        """Every section from first to last, each left by «Save and continue»."""
        for section in SECTIONS:
            self.write_section(section.key, said)

    def write_section(self, section: str, said: dict[str, Any]) -> None:
        self.open(section)
        if section == "jurisdictions":
            self.name_jurisdictions(said["jurisdictions"])
        for question in BY_KEY[section].questions:
            if said.get(question.key):
                self.answer(question.key, said[question.key])
        self.save()

    def name_jurisdictions(self, rows: list[dict[str, str]]) -> None:
        """The rows in their order, the first one leads; «Add another jurisdiction» where the form has too few."""
        for number, row in enumerate(rows, 1):
            if self.rows().count() < number:
                self.press("Add another jurisdiction")
                expect(self.rows()).to_have_count(number)
            row_id = (self.rows().nth(number - 1).get_attribute("id") or "").removeprefix("row-")
            for column in ("country", "level", "name", "organisation"):
                if row.get(column):
                    self.answer(f"jurisdictions.{row_id}.{column}", row[column])
        self.rows().first.get_by_label("This one leads").check()

    def rows(self) -> Locator:
        return self.page.locator("fieldset.set[id^=row-]")

    def save(self) -> None:
        self.press(SAVE)

    def press(self, button: str | re.Pattern[str]) -> None:
        """A button of the page; returns when the page that it leads to has come."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.get_by_role("button", name=button, exact=True).first.click()

    def attach(self, name: str, content: bytes, kind: str = "application/octet-stream") -> None:
        """Choose a file in the materials and press the button."""
        self.page.locator("#id_file").set_input_files({"name": name, "mimeType": kind, "buffer": content})
        self.press("Add this file")

    def hand_in(self) -> str:
        """From the check page to the receipt; returns the reference."""
        self.open("check")
        self.page.get_by_role("button", name=re.compile("Hand in the case")).click()
        self.page.wait_for_url(re.compile(r"/receipt/\d+/$"))
        return self.page.locator(".ref").inner_text()

    def problems(self) -> list[str]:
        """The lines of the error summary; [] on a page without one."""
        return self.page.locator(".sum li").all_inner_texts()

    def fact(self, label: str) -> str:
        """The answer that stands under a label on the check page, the receipt or the copy to print."""
        found = self.page.locator(
            "dl.facts > div", has=self.page.locator("dt").get_by_text(label, exact=True)
        )
        return found.first.locator("dd").first.inner_text()


def question_named(name: str) -> Question:
    return QUESTIONS.get(name) or COLUMNS[name.rpartition(".")[2]]


def fill(page: Page, question: Question, name: str, value: Any) -> None:
    """One answer into its box: ticks, a choice, or words."""
    box = page.locator(f'[name="{name}"]:not([type=hidden])')
    if question.kind is Kind.SEVERAL or (question.kind is Kind.ONE and question.is_short):
        for choice in [value] if isinstance(value, str) else value:
            box.and_(page.locator(f'[value="{choice}"]')).check()
    elif question.kind in (Kind.ONE, Kind.COUNTRY):
        box.select_option(value)
    elif question.kind is Kind.TICK:
        box.set_checked(bool(value))
    else:
        box.fill(value)


def give_answers(portal: Portal, code: str, said: dict[str, Any] | None = None) -> None:
    """Fill a draft behind its author's back, for journeys that are about something else."""
    said = {**COMPLETE, **(said or {})}
    portal.rows(
        "UPDATE cases_case SET answers = %s, title = %s, language = %s WHERE code = %s",
        json.dumps(said),
        said["title"],
        said["language"],
        code,
    )


def link_in(text: str) -> str:
    """The one link to a case in a letter."""
    return re.search(r"https?://\S+/l/[^\s/]+(?!\S*stop)", text)[0]  # type: ignore[index]
