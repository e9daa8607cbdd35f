"""Whom and what the journeys have besides people at browsers: staff, the author of a draft, files."""

import io

import pytest
from fpdf import FPDF
from PIL import Image
from playwright.sync_api import Page

from tests.journeys.author import Author
from tests.journeys.staff import Staff
from tests.parts.browser import Complaints, People
from tests.parts.portal import Portal


@pytest.fixture
def author(page: Page) -> Author:
    """Marta, at a desk, with the task list of a fresh draft before her."""
    return Author(page).begin()


@pytest.fixture(scope="module")
def login(shared_portal: Portal) -> tuple[str, str]:
    """E-mail address and password of the staff of the file's portal."""
    email, password = shared_portal.manage("make_local_staff").strip().splitlines()[-1].split()
    return email, password


@pytest.fixture
def staff(people: People, login: tuple[str, str]) -> Staff:
    """Somebody at the office, signed in, at a window of their own."""
    return Staff(people.arrive(), login).sign_in()


@pytest.fixture
def errors_are_answered(complaints: Complaints) -> None:
    """A form with gaps is answered by 422, two texts by 409: browsers note that in their console."""
    complaints.expect(r"responded with a status of (409|422)")


@pytest.fixture(scope="session")
def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (320, 200), "#0b5277").save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture(scope="session")
def document() -> bytes:
    paper = FPDF()
    paper.add_page()
    paper.set_font("helvetica")
    paper.cell(text="Agreement on shared flood warnings")
    return bytes(paper.output())
