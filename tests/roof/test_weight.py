"""A page fits through a bad line: what it weighs in all, and what the style and the script do."""

from __future__ import annotations

import gzip
from datetime import timedelta
from random import choices
from string import ascii_lowercase

import pytest
from django.utils import timezone
from django_countries import countries

from cases.editions import SECTION_KEYS
from opsi_portal.environment import ROOT
from tests.makers import make_call, make_desk_research
from tests.outputs.makers import make_published, text
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
    for n in range(60):
        title = f"{'Long word ' * 12}{n}"
        make_desk_research(title, at=now - timedelta(hours=n), short="Words " * 80, jurisdictions=places(n))
    whole = [{"key": key, "text": f"{key} {words}"} for key, words in zip(SECTION_KEYS, LONG, strict=True)]
    make_desk_research("A case", at=now, sections=whole, jurisdictions=places(0))
    for kind in ("report", "story", "dialogue"):
        make_published(kind, *(text(" ".join(words.split())) for words in LONG), slug=f"a-{kind}")


#: As long as the form lets answers be; random letters, for words of one kind shrink to nothing.
LONG = ["".join(choices(ascii_lowercase + "  ", k=1_000)) for _ in SECTION_KEYS]


def places(n: int) -> list[dict]:
    """Twenty places of as many countries, so that the map is full of them and their lines."""
    codes = [code for code, _name in countries][n : n + 20]
    return [
        {"country": code, "level": "local", "name": f"Town {code}", "organisation": "", "is_lead": not k}
        for k, code in enumerate(codes)
    ]


PAGES = (
    *("/en/", "/en/call/", "/en/workshops/", "/en/cases/", "/en/cases/a-case/", "/en/baseline/"),
    *("/en/reports/a-report/", "/en/stories/a-story/", "/en/dialogues/a-dialogue/"),
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_weighs_at_most_100_kb_with_all_that_it_is_made_of(programme, path):
    weighed = weights(path)

    assert sum(weighed.values()) <= WHOLE, weighed
    assert {"/static/css/portal.css", "/static/js/portal.js", "/static/fonts/newsreader-540.woff2"} <= set(
        weighed
    )


@pytest.mark.parametrize(("name", "most"), PORTAL.items())
def test_what_every_page_needs_stays_small(name, most):
    assert len(gzip.compress((ROOT / "static" / name).read_bytes(), 9)) <= most
