"""Fixtures about the real parts. ``tests/suite.py`` starts the servers, because Django reads its settings first.

``portal`` and ``people`` are for ``tests/real`` and ``tests/journeys``; plain pytest with the ``db`` fixture does
the rest. To work on one such test: ``.venv/bin/python -m tests.suite tests/real/test_this.py -k that``
"""

import os
from collections.abc import Iterator

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright

from cases import card_index
from cases.views.api import METER
from tests.parts.browser import Complaints, People, launched
from tests.parts.portal import Portal, PortalMaker

HOW = "Start it through the runner: .venv/bin/python -m tests.suite <what you would give to pytest>"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """The index of the library knows nothing of the test before, whose numbers are given out anew; nor does the limit
    of its API. The language of the last page that somebody asked for is nobody's any more."""
    card_index.forget()
    METER.forget()
    translation.deactivate()


@pytest.fixture(scope="session")
def portals(tmp_path_factory) -> Iterator[PortalMaker]:
    """Makes portals: ``with portals.portal(DRAFTS_PER_NETWORK_AND_HOUR="3") as portal: …``"""
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    assert server_url.startswith("postgres"), f"This test runs on a real PostgreSQL. {HOW}"
    with PortalMaker(server_url, tmp_path_factory.mktemp("portals")).ready() as maker:
        yield maker


@pytest.fixture
def portal(portals: PortalMaker) -> Iterator[Portal]:
    """A whole portal of this test's own, serving, with the programme loaded and nobody's case in it."""
    with portals.portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def shared_portal(portals: PortalMaker) -> Iterator[Portal]:
    """One whole portal for the tests of a file: for those that only add to it and break nothing."""
    with portals.portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert os.environ.get("CHROMIUM"), f"This test runs in a real Chromium. {HOW}"
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test for each console error, broken policy, script error and third-party request."""
    complaints = Complaints()
    yield complaints
    assert complaints.unexpected == []


@pytest.fixture
def people(request, chromium: Browser, complaints: Complaints) -> Iterator[People]:
    """People at browsers, on the portal that this test has: ``people.arrive(on="phone", scripts=False)``."""
    name = "shared_portal" if "shared_portal" in request.fixturenames else "portal"
    people = People(chromium, request.getfixturevalue(name).base_url, complaints)
    yield people
    people.leave()


@pytest.fixture
def page(people: People) -> Page:
    """One person at a desk, with scripts, on the test's portal."""
    return people.arrive()
