"""The people of the office, in their own verbs."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.journeys.author import link_in


class Staff:
    """Somebody at the office. ``page`` is the window they look at."""

    def __init__(self, page: Page, login: tuple[str, str]):
        self.page = page
        self.email, self.password = login

    def sign_in(self) -> Staff:
        self.page.goto("/admin/")
        self.page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(self.email)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(re.compile(r"^[^?]+/admin/$"))
        return self

    def read_case(self, reference: str) -> Page:
        """By way of the list and its search, as staff do."""
        self.page.goto("/admin/cases/case/")
        self.page.get_by_label("Search").fill(reference)
        self.page.get_by_role("button", name="Show").click()
        self.page.get_by_role("link", name=reference).click()
        self.page.wait_for_url("**/admin/cases/case/*/change/")
        return self.page

    def letter_to(self, address: str, subject: str) -> str:
        """The text of the newest letter of the local mailbox to one address; waits until it has come."""
        for _try in range(60):
            self.page.goto("/admin/outbox/localletter/")
            row = self.page.locator("#result_list tbody tr", has_text=address).filter(has_text=subject)
            if row.count():
                row.first.get_by_role("link").first.click()
                return self.page.locator(".reading-text").first.inner_text()
            self.page.wait_for_timeout(500)
        raise AssertionError(f"no letter «{subject}» to {address}")

    def link_to(self, address: str, subject: str) -> str:
        return link_in(self.letter_to(address, subject))
