"""What search engines are told: every public page, no private one, and nothing that left the library."""

from xml.etree import ElementTree

import pytest
from django.test import Client

from cases.models import PublicCase
from tests.makers import NOON, make_desk_research
from tests.roof.house import House

pytestmark = pytest.mark.django_db

SITE = "https://portal.example"
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def listed() -> dict[str, str | None]:
    """The paths of the sitemap, each with when it changed."""
    answer = Client().get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    tree = ElementTree.fromstring(answer.getvalue())
    return {
        url.findtext("s:loc", namespaces=SPACE).removeprefix(SITE): url.findtext(
            "s:lastmod", namespaces=SPACE
        )
        for url in tree.findall("s:url", SPACE)
    }


def test_every_page_of_the_sitemap_is_there(house: House):
    assert f"/en/cases/{house.shelved.slug}/" in listed()

    for path in listed():
        assert Client().get(path).status_code == 200, path


def test_a_case_is_listed_with_when_it_changed():
    public = make_desk_research()

    assert listed()[f"/en/cases/{public.slug}/"] == NOON.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("state", ["preparing", "unpublished", "archived"])
def test_what_is_not_on_show_is_not_listed(state):
    public = make_desk_research()
    PublicCase.objects.filter(pk=public.pk).update(state=state)

    assert f"/en/cases/{public.slug}/" not in listed()


def test_private_pages_are_nobodys_business(house: House):
    said = Client().get("/robots.txt").content.decode()

    for path in ("/en/draft/", "/en/my/", "/l/", "/verify/", "/admin/"):
        assert f"Disallow: {path}\n" in said
    assert said.endswith(f"Sitemap: {SITE}/sitemap.xml\n")
    assert not any(path.startswith(("/en/draft/", "/en/my/")) for path in listed())
