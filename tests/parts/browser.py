"""A person at a browser. Whatever the page complains about, and whatever it asks of others, fails the test."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}


class Complaints:
    """What went wrong in a browser: console errors, broken policies, script errors, requests to third parties."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """This test provokes complaints like this one (a regular expression), before or after they come."""
        self.expected.append(pattern)

    @property
    def unexpected(self) -> list[str]:
        return [
            words for words in self.all if not any(re.search(pattern, words) for pattern in self.expected)
        ]

    def listen_to(self, context: BrowserContext, *, home: str) -> None:
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.all.append(f"script error: {error.error}"))
        context.on("request", lambda request: self._note_request(request, home))

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.all.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _note_request(self, request: Request, home: str) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(home).netloc:
            self.all.append(f"third party: {request.url}")


class People:
    """Opens browsers' windows on one portal, each with cookies of its own, as people have."""

    def __init__(self, browser: Browser, home: str, complaints: Complaints):
        self.browser = browser
        self.home = home
        self.complaints = complaints
        self.contexts: list[BrowserContext] = []

    def arrive(
        self,
        *,
        on: str = "desk",
        scripts: bool = True,
        dark: bool = False,
        zone: str = "Europe/Lisbon",
        language: str = "en-GB",
        left_behind: Any = None,
    ) -> Page:
        """A page of a new person; addresses may be given without the host: ``page.goto("/en/")``.

        ``on`` is "phone" (390 px) or "desk" (1280 px); ``scripts=False`` switches JavaScript off; ``left_behind``
        is what another window left on the same device (its ``context.storage_state()``).
        """
        width, height = WIDTHS[on]
        context = self.browser.new_context(
            base_url=self.home,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            timezone_id=zone,
            locale=language,
            reduced_motion="reduce",
            storage_state=left_behind,
        )
        context.set_default_timeout(15_000)
        self.complaints.listen_to(context, home=self.home)
        self.contexts.append(context)
        return context.new_page()

    def leave(self) -> None:
        for context in self.contexts:
            context.close()
        self.contexts.clear()


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The real Chromium that the runner found. Without its sandbox only as root, who cannot have one."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    browser = playwright.chromium.launch(
        executable_path=os.environ["CHROMIUM"],
        args=[*quiet, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
    )
    try:
        yield browser
    finally:
        browser.close()
