"""Every public page can be passed on, by plain links that tell nobody before they are pressed."""

import re

from django.urls import reverse

from tests.roof.house import DOORS, House, path_of
from tests.workshops.makers import make_workshop

#: What is everybody's and still nothing to pass on: operations, downloads, a form for oneself, a receipt to check.
NOT_SHARED = {
    "root",
    "healthz",
    "my_ask",
    "verify",
    "news_picture",
    "cases:start",
    "cases:questions_docx",
    "cases:questions_txt",
}
#: Small print, which nobody shows anybody; and a version, which search engines leave out, so that it names no other.
UNTITLED = {"privacy", "accessibility", "contact", "licence", "cases:edition"}
LINKS = re.compile(r'href="((?:mailto:\?|https://(?:www\.)?(?:linkedin|x|bsky|facebook|wa)\.)[^"]*)"')


def pages(house: House) -> dict[str, str]:
    visitor = house.browser()
    shared = [name for name, door in DOORS.items() if door.of == "everybody" and name not in NOT_SHARED]
    answers = {name: visitor.get(path_of(name, house)) for name in shared}
    found = {
        name: answer.content.decode()
        for name, answer in answers.items()
        if answer.headers["Content-Type"].startswith("text/html")  # the others are files, and data
    }
    workshop = make_workshop()
    found["series"] = visitor.get(reverse("workshops:series")).content.decode()
    found["workshop"] = visitor.get(reverse("workshops:workshop", args=[workshop.slug])).content.decode()
    return found


def test_share_links_stand_on_every_public_page(house: House):
    without = {name: len(LINKS.findall(page)) for name, page in pages(house).items()}

    assert without == dict.fromkeys(without, 6)


def test_every_page_that_is_passed_on_says_its_one_address_and_what_networks_show(house: House):
    said = ('rel="canonical"', 'property="og:title"', 'property="og:url"', 'property="og:image"')
    told = {
        name: [page.count(each) for each in said]
        for name, page in pages(house).items()
        if name not in UNTITLED
    }

    assert told == dict.fromkeys(told, [1, 1, 1, 1])


def test_share_links_load_nothing_and_carry_nothing_but_the_address_and_the_title(house: House):
    for name, page in pages(house).items():
        for link in LINKS.findall(page):
            assert "utm_" not in link, name
            assert re.search(r"https?(%3A//|%3A%2F%2F)(testserver|portal\.example)(/|%2F)", link), name
        assert not re.search(r'(?:src|action)="(?:https?:)?//', page), name


def test_an_address_cannot_smuggle_anything_into_a_link(house: House):
    page = house.browser().get(reverse("newsletter:news") + '?"><script>&subject=x').content.decode()

    assert all("script" not in link and "%3F" not in link for link in LINKS.findall(page))
