"""Numbered versions of a public case: permanent, told apart from the newest, and what each of them changed."""

import re

import pytest
from django.test import Client

from cases import publishing, showing
from cases.models import PublicCase
from tests.makers import DAY, NOON, make_public_case
from tests.roof.test_every_page import complaints_about

pytestmark = pytest.mark.django_db


@pytest.fixture
def public() -> PublicCase:
    """In three versions."""
    public = make_public_case()
    said = public.edition.said
    publishing.bring_out(public, {**said, "year": 2018}, at=NOON + DAY, note="The year was wrong.")
    sections = [
        {**row, "text": "Five hours earlier."} if row["key"] == "results" else row for row in said["sections"]
    ]
    publishing.bring_out(
        public, {**said, "year": 2018, "sections": sections, "tags": ["rivers"]}, at=NOON + 2 * DAY
    )
    return PublicCase.objects.get(pk=public.pk)


def read(public: PublicCase, rest: str) -> str:
    answer = Client().get(f"/en/cases/{public.slug}/{rest}")
    assert answer.status_code == 200
    assert complaints_about(answer.content) == []
    return answer.content.decode()


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_each_version_stays_as_it_was_published(public: PublicCase):
    assert "?year=2019" in read(public, "v/1/")
    assert "?year=2018" in read(public, "v/2/")
    assert "4 hours and 40 minutes" in read(public, "v/2/")
    assert "Five hours earlier." in read(public, "v/3/")
    assert "Five hours earlier." in read(public, "")


def test_an_older_version_says_so_and_leads_to_the_newest(public: PublicCase):
    page = read(public, "v/2/")

    assert "This is version 2 of 3. Read the newest version" in text(page)
    assert f'<a href="/en/cases/{public.slug}/">Read the newest version</a>' in page
    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="canonical"' not in page, "a page is either not to be found, or found under another address"
    assert "application/ld+json" not in page


def test_a_version_tells_what_it_changed_and_why(public: PublicCase):
    assert "The year was wrong. Changed since the version before: year." in text(read(public, "v/2/"))
    assert "Changed since the version before: tags, «Results so far»." in text(read(public, "v/3/"))
    assert "Changed since" not in text(read(public, "v/1/"))


def test_the_newest_version_says_that_it_is_the_newest(public: PublicCase):
    assert "This is version 3 of 3. It is the newest one." in text(read(public, "v/3/"))


def test_the_page_of_the_case_lists_its_versions(public: PublicCase):
    page = text(read(public, ""))

    assert "Version 2 , Thursday 13 May 2027 : The year was wrong." in page
    assert "Version 3 of Friday 14 May 2027" in page


def test_the_citation_of_a_version_names_that_version(public: PublicCase):
    address = f"https://portal.example/en/cases/{public.slug}/v/2/"

    assert address in read(public, "v/2/")
    assert address in Client().get(f"/en/cases/{public.slug}/v/2/cite.bib").content.decode()
    assert f"{address[:-2]}3/" in Client().get(f"/en/cases/{public.slug}/cite.bib").content.decode()


@pytest.mark.parametrize("number", ["0", "4", "99999", "999999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(public: PublicCase, number):
    assert Client().get(f"/en/cases/{public.slug}/v/{number}/").status_code == 404


def test_what_changed_is_told_in_the_words_of_the_page(public: PublicCase):
    first, _second, third = (edition.said for edition in public.editions.all())

    assert showing.changed_between(first, third) == ["tags", "year", "«Results so far»"]
    assert showing.changed_between(first, first) == []
