"""``make screenshots``: the main pages as people see them, from a real portal into ``docs/screenshots``.

Run it when the look has changed; the pictures carry the dates and references of the day they were made.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from opsi_portal.environment import ROOT
from tests.parts.browser import WIDTHS, Complaints, People, launched
from tests.parts.portal import Portal, PortalMaker
from tests.suite import real_parts, scratch_folder

KEPT_IN = ROOT / "docs" / "screenshots"
#: Pixels from the top; the rest of a long page looks like what stands above it.
TALLEST = 2_600
COLOURS = 96

PAGES = {
    "home": "home",
    "call": "call",
    "start": "start",
    "task-list": "task list",
    "section-with-errors": "results",
    "jurisdictions": "jurisdictions",
    "materials": "materials with files",
    "check": "check",
    "receipt": "receipt",
    "my-page": "my page",
    "workshops": "workshops",
    "workshop": "workshop",
    "my-seat": "my seat",
    "library": "library",
    "search": "search",
    "public-case": "public case",
    "baseline": "baseline",
    "open-data": "open data",
    "reports": "reports",
    "report": "report",
    "story": "story",
    "dialogue": "dialogue",
    "news": "news",
    "office": "office",
    "office-cases": "cases",
    "office-case": "reading a case",
    "office-waiting-list": "waiting list",
    "decision": "decision",
    "office-case-in-review": "case in review",
    "office-reading": "reading page",
    "office-ranking": "ranking",
    "office-review-figures": "review figures",
    "office-figures": "figures",
    "office-public-versions": "public versions",
    "office-outputs": "outputs",
    "office-news": "issues of the news",
}
IN_THE_DARK = ("home", "section-with-errors", "library")


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.test")
    with scratch_folder() as folder, ExitStack() as parts:
        env, missing = real_parts(parts)
        if missing:
            return 1
        os.environ.update(env)
        django.setup()
        maker = parts.enter_context(PortalMaker(env["TEST_DATABASE_URL"], folder).ready())
        portal = parts.enter_context(maker.portal())
        browser = parts.enter_context(launched(parts.enter_context(sync_playwright())))
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        for old in KEPT_IN.glob("*.png"):
            old.unlink()
        for name, page in pictures(portal, browser):
            keep(page, KEPT_IN / f"{name}.png")
    made = sorted(KEPT_IN.glob("*.png"))
    print(f"{len(made)} pictures, {sum(each.stat().st_size for each in made) / 1e6:.1f} MB, in {KEPT_IN}")
    return 0


def pictures(portal: Portal, browser) -> Iterator[tuple[str, Page]]:
    from tests.journeys.places import PUBLIC, made, of_the_review, on_the_shelf  # noqa: PLC0415 -- once Django is set up

    review = of_the_review(portal, browser)
    login = portal.manage("make_local_staff").strip().splitlines()[-1].split()
    places = made(portal, browser, (login[0], login[1]), *samples())
    addresses = {**PUBLIC, **places.of_the_author, **places.of_the_office, **on_the_shelf(portal)}
    letter = next(letter for letter in portal.mail.letters if places.reference in letter.subject)
    people = People(browser, portal.base_url, Complaints())
    for device, (width, _height) in WIDTHS.items():
        for name, place in PAGES.items():
            for dark in (False, True) if name in IN_THE_DARK else (False,):
                whose = places.office if place in places.of_the_office else places.author
                held, address = review.get(place) or (whose, addresses[place])
                page = people.arrive(on=device, dark=dark, zone="Africa/Nairobi", left_behind=held)
                page.goto(address)
                yield f"{name}-{width}{'-dark' if dark else ''}", page
        page = people.arrive(on=device)
        page.set_content(letter.html)
        yield f"letter-{width}", page
        people.leave()


def samples() -> tuple[bytes, bytes]:
    from fpdf import FPDF  # noqa: PLC0415 -- only this command and one fixture make papers of their own

    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "#0b5277").save(picture, "PNG")
    paper = FPDF()
    paper.add_page()
    return picture.getvalue(), bytes(paper.output())


def keep(page: Page, path: Path) -> None:
    """The page from its top, in few colours: screens are flat, and the repository stays small."""
    whole = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    shown = whole.crop((0, 0, whole.width, min(whole.height, TALLEST)))
    shown.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
