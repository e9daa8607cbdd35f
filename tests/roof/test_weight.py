"""A page fits through a bad line: what it weighs in all, and what the style and the script do."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone

from opsi_portal.environment import ROOT
from tests.makers import make_call, make_public_case
from tests.roof.weight import weights
from tests.workshops.makers import make_workshop

KB = 1024
#: All that is transferred for a page that people come to first, with its map.
WHOLE = 100 * KB
#: Style and script of every page, compressed. They are paid for on each first visit.
PORTAL = {"css/portal.css": 7 * KB, "js/portal.js": 7 * KB}


@pytest.fixture
def programme(db):
    """An open call, three sessions and three cases, with words as long as they may be."""
    now = timezone.now()
    make_call(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    for days in (12, 16, 19):
        make_workshop(starts_at=now + timedelta(days=days))
    for n in range(3):
        make_public_case(at=now - timedelta(hours=n), title=f"{'Long word ' * 12}{n}", short="Words " * 80)


@pytest.mark.parametrize("path", ["/en/", "/en/call/", "/en/workshops/"])
def test_a_page_weighs_at_most_100_kb_with_all_that_it_is_made_of(programme, path):
    weighed = weights(path)

    assert sum(weighed.values()) <= WHOLE, weighed
    assert {"/static/css/portal.css", "/static/js/portal.js", "/static/fonts/newsreader-540.woff2"} <= set(
        weighed
    )


@pytest.mark.parametrize(("name", "most"), PORTAL.items())
def test_what_every_page_needs_stays_small(name, most):
    assert len(gzip.compress((ROOT / "static" / name).read_bytes(), 9)) <= most
