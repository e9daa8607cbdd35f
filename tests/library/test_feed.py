"""The Atom feed: what RFC 4287 asks for, the newest first, and names that stay."""

from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from cases import feeding, publishing
from tests.makers import DAY, HOUR, NOON, make_desk_research, make_public_case

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed_of(answer) -> ElementTree.Element:
    return ElementTree.fromstring(answer.content)


def read() -> ElementTree.Element:
    return feed_of(Client().get("/en/cases/feed.atom"))


def test_the_feed_has_what_a_feed_needs():
    make_public_case()
    answer = Client().get("/en/cases/feed.atom")
    feed = feed_of(answer)

    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert feed.get(LANG) == "en"
    for name in ("id", "title", "updated", "rights", "subtitle", "author/a:name"):
        assert feed.findtext(f"a:{name}", namespaces=ATOM), name
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    assert links["self"] == "https://portal.example/en/cases/feed.atom"
    assert links["alternate"] == "https://portal.example/en/cases/"
    assert links["license"] == "https://creativecommons.org/licenses/by-sa/3.0/igo/"


def test_every_entry_has_what_an_entry_needs():
    make_public_case(language="de")
    make_desk_research()

    for entry in read().findall("a:entry", ATOM):
        for name in ("id", "title", "updated", "published", "summary", "author/a:name", "rights"):
            assert entry.findtext(f"a:{name}", namespaces=ATOM), name
        assert parse_datetime(entry.findtext("a:updated", namespaces=ATOM))
        assert entry.findtext("a:id", namespaces=ATOM).startswith("tag:portal.example,2027:cases/")
        assert entry.get(LANG) in ("de", "en")


def test_a_new_version_comes_first_under_the_same_name():
    old = make_public_case()
    make_desk_research(at=NOON + HOUR)
    before = {entry.findtext("a:id", namespaces=ATOM) for entry in read().findall("a:entry", ATOM)}
    publishing.bring_out(old, {**old.edition.said, "title": "Corrected"}, at=NOON + DAY)

    entries = read().findall("a:entry", ATOM)

    assert entries[0].findtext("a:title", namespaces=ATOM) == "Corrected"
    assert {entry.findtext("a:id", namespaces=ATOM) for entry in entries} == before
    assert read().findtext("a:updated", namespaces=ATOM) == "2027-05-13T10:00:00+00:00"


def test_hostile_words_are_words():
    make_public_case(title="<b>&\x0b", short="<script>alert(1)</script>", organisation="A & B")

    entry = read().find("a:entry", ATOM)

    assert entry.findtext("a:title", namespaces=ATOM) == "<b>&"
    assert entry.findtext("a:summary", namespaces=ATOM) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_an_empty_library_has_a_feed_too():
    feed = read()

    assert feed.findall("a:entry", ATOM) == []
    assert feed.findtext("a:updated", namespaces=ATOM)


def test_the_feed_is_as_long_as_it_says():
    for number in range(feeding.NEWEST + 2):
        make_desk_research(f"Case {number}", at=NOON + number * HOUR)

    titles = [entry.findtext("a:title", namespaces=ATOM) for entry in read().findall("a:entry", ATOM)]

    assert titles == [f"Case {number}" for number in range(feeding.NEWEST + 1, 1, -1)]


def test_pages_of_the_library_lead_to_the_feed():
    public = make_public_case()

    for path in ("/en/cases/", "/en/cases/data/", f"/en/cases/{public.slug}/"):
        assert 'type="application/atom+xml" href="/en/cases/feed.atom"' in Client().get(path).content.decode()


def test_whoever_has_the_feed_is_told_so():
    make_public_case()
    had = Client().get("/en/cases/feed.atom").headers["ETag"]

    assert Client(headers={"if_none_match": had}).get("/en/cases/feed.atom").status_code == 304
