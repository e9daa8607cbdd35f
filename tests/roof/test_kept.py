"""What browsers and proxies may keep: public pages with a name of their version, and of what is somebody's own nothing.

Every address is walked; a new one that is public without an ETag, or private and kept, fails here.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from people.fresh import ASKED_AGAIN, PERSONAL
from tests.makers import DAY, NOON, make_desk_research
from tests.outputs.makers import make_published
from tests.roof.house import DOORS, House, names_of_all_addresses, open_my_page, path_of
from tests.workshops.makers import make_workshop, seat_key, take

#: For everybody, and still kept by nobody: a form with a token, somebody's receipt, the health of today, a signpost.
KEPT_BY_NOBODY = {"root", "healthz", "verify", "my_ask", "cases:start", "workshops:workshop", "api_root"}
#: Attachments of cases: they leave through a check each time, and nobody fetches one twice.
KEPT_BY_NOBODY |= {"cases:public_file"}
#: Kept for a while as they are: calendar programs and search engines come by themselves, and ask for no version.
FOR_A_WHILE = {"workshops:series_calendar", "workshops:workshop_calendar", "robots", "sitemap"}
#: Pictures whose address changes with what they show, so that nobody has to ask again.
NEVER_ANOTHER = {"news_picture", "picture"}
#: Nobody's own, whoever asks: they have no frame in which «my page» could stand.
FILES = {
    "cases:feed",
    "cases:export",
    "cases:cite",
    "cases:cite_edition",
    "cases:og",
    "cases:qr",
    "api",
    "openapi",
}
#: What they say hangs on the call, or on the sessions.
OF_THE_CALL = (
    *("home", "privacy", "accessibility", "contact", "licence", "cases:call", "cases:questions"),
    *("cases:questions_docx", "cases:questions_txt", "workshops:series"),
)
OF_A_SEAT = {"workshops:seat", "workshops:give_back", "workshops:join", "workshops:seat_calendar"}
OF_A_SEAT |= {"workshops:certificate", "workshops:open_mine"}


@pytest.fixture
def workshop(house: House):
    return make_workshop(starts_at=house.at + timedelta(days=20), slug="kept")


def path_to(name: str, house: House, workshop) -> str:
    if name in DOORS:
        return path_of(name, house)
    return reverse(
        name, args=[workshop.slug] if "workshop:" in name.replace("workshop_", "workshop:") else []
    )


def public_names() -> list[str]:
    """Addresses that everybody may open and anybody may keep."""
    ours = [name for name, door in DOORS.items() if door.of == "everybody" and door.get]
    return sorted({*ours, "workshops:series"} - KEPT_BY_NOBODY - FOR_A_WHILE - NEVER_ANOTHER)


# -- The public shelf ----------------------------------------------------------------------------------------------

#: What is published, by its address: whatever comes of it says its version, too.
SHELF = {
    "library": "/en/cases/?q=river&sort=title",
    "baseline": "/en/baseline/",
    "network": "/en/baseline/network/",
    "data": "/en/cases/data/",
    "feed": "/en/cases/feed.atom",
    "csv": "/en/cases/export.csv",
    "json": "/en/cases/export.json",
    "geojson": "/en/cases/export.geojson",
    "case": "/en/cases/a-river/",
    "edition": "/en/cases/a-river/v/1/",
    "citation": "/en/cases/a-river/cite.bib",
    "card": "/en/cases/a-river/og.png",
    "code": "/en/cases/a-river/qr.svg",
    "reports": "/en/reports/",
    "stories": "/en/stories/",
    "dialogues": "/en/dialogues/",
    "report": "/en/reports/a-report/",
    "report's version": "/en/reports/a-report/v/1/",
    "report's citation": "/en/reports/a-report/cite.ris",
    "story": "/en/stories/a-story/",
    "dialogue": "/en/dialogues/a-dialogue/",
    "dialogue's calendar": "/en/dialogues/a-dialogue/calendar.ics",
    "news": "/en/news/",
    "schema": "/api/openapi.json",
    "api": "/api/v1/cases",
}


@pytest.fixture
def shelf(db):
    make_desk_research("A river")
    for kind in ("report", "story", "dialogue"):
        make_published(kind, slug=f"a-{kind}")


@pytest.mark.parametrize("name", SHELF)
def test_what_is_on_the_shelf_names_its_version_and_is_not_sent_twice(shelf, name: str):
    first = Client().get(SHELF[name])
    assert first.status_code == 200
    assert first.headers["Cache-Control"].startswith("public")
    again = Client().get(SHELF[name], headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert not first.cookies and not again.cookies


#: What another case, and another report, change. What a case or a report says does not depend on others, nor do its
#: files; a schema changes with the portal alone.
CHANGES = (
    "library",
    "baseline",
    "network",
    "feed",
    "csv",
    "json",
    "geojson",
    "reports",
    "stories",
    "api",
)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_published_next_is_seen_at_once_by_whoever_asks_again(shelf, name: str):
    had = Client().get(SHELF[name]).headers["ETag"]
    make_desk_research("Another river", at=NOON + DAY)
    make_published("report", title="Another report")
    make_published("story", title="Another story")

    assert Client().get(SHELF[name], headers={"If-None-Match": had}).status_code == 200


def test_somebody_who_asks_for_news_gets_an_answer_that_nobody_keeps(db):
    answer = Client().post("/en/news/", {"email": "marta@kisumu.example", "topics": ["events"]})

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "ETag" not in answer.headers


# -- In general ----------------------------------------------------------------------------------------------------


def varies(answer) -> set[str]:
    return set(filter(None, answer.headers.get("Vary", "").split(", ")))


@pytest.mark.parametrize("name", public_names())
def test_a_public_page_names_its_version_and_is_not_sent_twice(house: House, workshop, name: str):
    path = path_to(name, house, workshop)

    first = Client().get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"].startswith("public")
    again = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    for header in ("ETag", "Cache-Control"):
        assert again.headers[header] == first.headers[header]
    language = set() if path.startswith("/en/") else {"Accept-Language"}
    assert varies(first) <= varies(again) <= {"Cookie", "Accept-Encoding"} | language
    assert not first.cookies and not again.cookies


@pytest.mark.parametrize("name", OF_THE_CALL)
def test_a_page_that_says_something_else_is_sent_again(house: House, workshop, name: str):
    path = path_to(name, house, workshop)
    had = Client().get(path).headers["ETag"]
    house.call.title = {"en": "Another call"}
    house.call.contact_email = "others@portal.example"
    house.call.closes_at = house.at - timedelta(days=1)
    house.call.save()
    type(workshop).objects.update(
        starts_at=house.at - timedelta(days=9), ends_at=house.at - timedelta(days=8)
    )

    assert Client().get(path, headers={"If-None-Match": had}).status_code == 200


def test_the_frame_counts_too(house: House):
    had = Client().get("/en/licence/").headers["ETag"]
    house.call.listed = False
    house.call.save()

    assert Client().get("/en/licence/", headers={"If-None-Match": had}).status_code == 200


@pytest.mark.parametrize("name", sorted({*public_names()} - FILES))
def test_a_browser_with_a_key_keeps_not_even_public_pages(house: House, workshop, name: str):
    path = path_to(name, house, workshop)
    had = Client().get(path).headers["ETag"]

    answer = house.browser("author").get(path, headers={"If-None-Match": had})

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, PERSONAL)
    assert "ETag" not in answer.headers
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_files_and_data_are_the_same_for_everybody(house: House, name: str):
    path = path_of(name, house)
    had = Client().get(path).headers["ETag"]

    assert house.browser("author").get(path, headers={"If-None-Match": had}).status_code == 304


@pytest.mark.parametrize("name", sorted(NEVER_ANOTHER))
def test_a_picture_whose_address_changes_with_it_is_never_asked_for_again(house: House, name: str):
    answer = Client().get(path_of(name, house))

    assert re.fullmatch(r"public, max-age=\d{6,}, immutable", answer.headers["Cache-Control"])


def test_my_page_stands_in_the_navigation_of_its_reader_alone(house: House):
    mine = open_my_page(house.browser(), house.author.address, house.at)

    link = 'href="/en/my/"'
    assert link in mine.get("/en/").content.decode()
    assert link not in Client().get("/en/").content.decode()


def test_nothing_that_is_somebodys_own_is_kept(house: House, workshop):
    seat = take(workshop, "marta@example.org", at=house.at)
    theirs = seat_key(Client(), seat)
    mine = open_my_page(house.browser(), house.author.address, house.at)
    kept = {}
    for name, door in DOORS.items():
        if door.of == "everybody" and name not in KEPT_BY_NOBODY:
            continue
        browser = mine if door.of == "my page" else house.browser("author")
        path = path_of(name, house)
        kept[name] = browser.get(path) if door.get else browser.post(path, door.post(house))
    for name in OF_A_SEAT:
        kept[name] = theirs.get(reverse(name, args=[seat.pk]))
    kept["workshops:workshop"] = Client().get(reverse("workshops:workshop", args=[workshop.slug]))
    for name, answer in kept.items():
        if name != "root":
            assert "no-store" in answer.headers["Cache-Control"], name
            page = answer.headers["Content-Type"].startswith("text/html")
            assert not (page and "ETag" in answer.headers), name


def test_a_form_that_somebody_sends_to_a_public_address_is_kept_by_nobody(house: House):
    answer = Client().post("/en/", {"a": "b"})

    assert (answer.status_code, answer.headers["Cache-Control"]) == (405, "no-store")


def test_what_is_open_now_is_asked_for_again_by_browsers_and_held_by_proxies_for_a_minute(house: House):
    for name in ("home", "cases:call"):
        assert Client().get(path_of(name, house)).headers["Cache-Control"] == ASKED_AGAIN


def test_a_page_that_is_kept_does_not_say_what_time_it_is(house: House):
    assert "data-server-now" not in Client().get("/en/").content.decode()
    assert "data-server-now" in house.browser("author").get(path_of("cases:overview", house)).content.decode()


def test_every_address_is_either_kept_or_not(house: House):
    """What is neither in the house nor named here has been forgotten."""
    rest = {name for name in names_of_all_addresses() if name.startswith("workshops:")}

    assert rest - OF_A_SEAT - FOR_A_WHILE - KEPT_BY_NOBODY == {
        "workshops:series",
        "workshops:private_calendar",
    }
