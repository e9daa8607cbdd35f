"""The home page: the programme at a glance, in every state of the call, with nothing shown that is not there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.utils import timezone

from cases.at_home import newest_cases
from cases.models import PublicCase
from tests.makers import (
    DAY,
    MINUTE,
    make_call,
    make_desk_research,
    make_draft,
    make_public_case,
    make_submission,
)
from tests.outputs.makers import make_output, make_published
from tests.roof.test_every_page import complaints_about, parsed, words_in
from tests.workshops.makers import make_workshop
from workshops.models import Workshop

HOUR = timedelta(hours=1)
ASKED = "Do you work across borders? Tell us how."


def home() -> Element:
    """The page of somebody who has never been here; valid, whatever else."""
    page = Client().get("/en/")
    assert (page.status_code, complaints_about(page.content)) == (200, [])
    return parsed(page.content)


def heading(page: Element) -> str:
    return words_in(next(page.iter("h1")))


def headings(page: Element) -> list[str]:
    return [words_in(each) for each in page.iter("h2")]


def box(page: Element) -> str:
    """What is said about the deadline."""
    return words_in(next(each for each in page.iter() if each.get("class") == "due"))


def make_call_closing(*, in_: timedelta, **facts):
    now = timezone.now()
    return make_call(opens_at=now - 30 * DAY, closes_at=now + in_, **facts)


def test_before_the_call_opens_the_page_says_when(db):
    now = timezone.now()
    make_call(opens_at=now + 5 * DAY, closes_at=now + 30 * DAY)

    assert heading(home()) == ASKED
    assert box(home()).startswith("Opens soonThe call opens on")


def test_an_open_call_asks_its_question_and_says_how_long_is_left(db):
    make_call_closing(in_=18 * DAY + HOUR)

    assert heading(home()) == ASKED
    assert box(home()).startswith("18 days leftHand in your case by")
    assert "Today is the last day" not in words_in(home())


def test_the_last_day_is_called_so(db):
    now = timezone.now()
    make_call(opens_at=now - 30 * DAY, closes_at=now + MINUTE, zone_name="UTC")

    assert "Today is the last day" in words_in(home())


def test_an_extended_call_says_that_there_is_more_time_and_why(db):
    call = make_call_closing(in_=18 * DAY)
    for days in (9, 6):  # extended twice: the last word counts
        call.extensions.create(
            closed_at=call.closes_at - days * DAY,
            closes_at=call.closes_at,
            reason={"en": f"Asked by many, {days} days before."},
            made_at=call.opens_at + (10 - days) * DAY,
        )

    said = words_in(home())
    assert "There is more time. The call was to close on" in said
    assert "Asked by many, 6 days before." in said
    assert "Asked by many, 9 days before." not in said


def test_in_the_grace_the_page_says_who_may_still_hand_in(db):
    make_call_closing(in_=-MINUTE)

    assert heading(home()) == "The call has closed."
    assert "A draft that was begun in time can be handed in until" in box(home())


def test_a_closed_call_thanks_and_says_what_happens_now(db):
    make_call_closing(in_=-DAY, timeline={"en": "By 18 June – we read every case"})

    assert heading(home()) == "The call is closed. Thank you."
    assert "What happens now" in headings(home())
    assert "What we are looking for" not in headings(home())


def test_once_a_case_of_the_call_is_published_the_page_opens_with_the_results(db):
    call = make_call_closing(in_=-2 * DAY)
    before = call.closes_at - DAY
    case = make_submission(make_draft(call, complete=True, begun_at=before), at=before).case
    make_public_case(case, at=timezone.now(), title="Shared river flood warnings")

    page = home()
    assert heading(page) == "This is how governments work across borders."
    assert headings(page)[0] == "The latest cases"


def test_a_portal_without_a_call_says_so(db):
    assert heading(home()) == "Governments that work across borders"
    assert box(home()).startswith("No open call")


# -- What the rooms show -------------------------------------------------------------------------------------------


def test_only_the_three_newest_cases_on_show_stand_here_each_with_its_places(db):
    make_call_closing(in_=18 * DAY)
    for n in range(5):
        make_desk_research(f"Case {n}", at=timezone.now() - n * DAY)
    PublicCase.objects.filter(title="Case 0").update(state=PublicCase.State.UNPUBLISHED)

    cards = [each for each in home().iter("li") if (each.get("class") or "").startswith("card")]
    assert [words_in(next(card.iter("h3"))) for card in cards] == ["Case 1", "Case 2", "Case 3"]
    assert "Strasbourg · Kehl" in words_in(cards[0])
    assert "Desk research" in words_in(cards[0])


def test_a_case_in_a_language_that_nobody_named_claims_none(db):
    make_desk_research("Ponte partilhada", language="other")
    make_desk_research("Geteilte Brücke", language="de")

    languages = {row["title"]: row["language"] for row in newest_cases(timezone.now())["rows"]}

    assert languages == {"Ponte partilhada": "", "Geteilte Brücke": "de"}


def test_the_map_of_all_cases_stands_here_with_its_table_and_the_note_on_borders(db):
    for n in range(4):
        make_desk_research(f"Case {n}")

    page = home()
    assert "Where governments work together" in headings(page)
    rows = {words_in(each) for each in page.iter("tr")}
    assert {"France4", "Germany4", "Germany – France4"} <= rows
    assert words_in(page).count("The map shows no borders") == 2  # under the map, and under its table


def test_the_newest_outputs_stand_here_each_with_its_kind_and_a_dialogue_with_its_time(db):
    make_published("report", title="What helps")
    make_published("dialogue", title="Rivers without borders")

    cards = [each for each in home().iter("li") if (each.get("class") or "").startswith("card")]
    said = {words_in(next(card.iter("h3"))): words_in(card) for card in cards}
    assert said["What helps"].startswith("Report")
    assert "Thursday 10 June 2027, 15:00 Paris time (CEST, UTC+2)" in said["Rivers without borders"]


def test_what_is_empty_is_left_out_whole(db):
    assert headings(home()) == [
        "Why does it not happen more often?",
        "How it works",
        "What comes out",
        "Who is behind it",
        "Stay informed",
        "Share this page",
    ]


def test_rooms_show_what_they_name_in_the_settings(db, settings):
    settings.HOME_SHELVES = ["tests.roof.test_home.nothing_yet", "tests.roof.test_home.two_reports"]

    page = home()
    assert "The latest reports" in headings(page)
    assert "What helps, and what does not" in words_in(page)
    assert next(each.get("lang") for each in page.iter("h3") if words_in(each) == "Πρώτα η συμφωνία") == "el"


def nothing_yet(at: datetime) -> None:
    return None


def two_reports(at: datetime) -> dict:
    return {
        "title": "The latest reports",
        "rows": [
            {"title": "What helps, and what does not", "url": "/en/", "kind": "Report", "tint": "rose"},
            {"title": "Πρώτα η συμφωνία", "url": "/en/", "words": "Μία νύχτα.", "language": "el"},
        ],
    }


def test_search_engines_are_told_of_every_output_on_show(db):
    report = make_published("report", slug="what-helps")
    make_output("story", slug="not-yet")

    told = b"".join(Client().get("/sitemap.xml").streaming_content).decode()
    assert "<loc>https://portal.example/en/dialogues/</loc>" in told
    page = "https://portal.example/en/reports/what-helps/"
    assert f"<loc>{page}</loc><lastmod>{report.renewed_at:%Y-%m-%dT%H:%M:%SZ}</lastmod>" in told
    assert "not-yet" not in told


# -- What machines read --------------------------------------------------------------------------------------------

#: What a machine needs of each type to make sense of it.
NEEDED = {
    "WebSite": {"@id", "name", "url", "inLanguage", "publisher"},
    "Organization": {"@id", "name", "url"},
    "Event": {
        "@id", "name", "url", "description", "startDate", "endDate", "eventStatus", "eventAttendanceMode",
        "location", "organizer", "isAccessibleForFree",
    },
}  # fmt: skip


def graph(page: Element) -> list[dict]:
    said = next(each.text for each in page.iter("script") if each.get("type") == "application/ld+json")
    facts = json.loads(said)
    assert facts["@context"] == "https://schema.org"
    return facts["@graph"]


def test_machines_read_the_site_its_houses_and_each_session_that_is_not_over(db):
    now = timezone.now()
    make_workshop(starts_at=now - 2 * DAY, ends_at=now - 2 * DAY + HOUR)
    make_workshop(starts_at=now + DAY, ends_at=now + DAY + HOUR, zone_name="Europe/Paris")
    make_workshop(starts_at=now + 2 * DAY, ends_at=now + 2 * DAY + HOUR, status=Workshop.Status.CANCELLED)

    facts = graph(home())
    assert [each["@type"] for each in facts] == ["WebSite", "Organization", "Organization", "Event", "Event"]
    for each in facts:
        assert set(each) - {"@type"} == NEEDED[each["@type"]]
        assert all(each.values())
    comes, cancelled = facts[3:]
    assert datetime.fromisoformat(comes["startDate"]).utcoffset() is not None
    assert comes["eventStatus"] == "https://schema.org/EventScheduled"
    assert cancelled["eventStatus"] == "https://schema.org/EventCancelled"
    assert comes["location"]["@type"] == "VirtualLocation"


def test_words_of_staff_cannot_end_the_data_that_machines_read(db):
    make_workshop(title={"en": "</script><script>alert(1)</script>"})

    assert graph(home())[3]["name"] == "</script><script>alert(1)</script>"


@pytest.mark.parametrize("path", ["/en/", "/ar/"])
def test_the_page_says_its_one_address_its_other_languages_and_what_networks_show(db, path):
    page = parsed(Client().get(f"{path}?utm_source=x").content)

    links = {(each.get("rel"), each.get("hreflang")): each.get("href") for each in page.iter("link")}
    assert links["canonical", None] == f"http://testserver{path}"
    assert links["alternate", "ar"] == "http://testserver/ar/"
    assert links["alternate", "en"] == "http://testserver/en/"
    said = {each.get("property"): each.get("content") for each in page.iter("meta") if each.get("property")}
    assert said["og:url"] == f"http://testserver{path}"
    assert said["og:image"] == "http://testserver/static/img/share.png"
    assert all(said.values())


def test_the_picture_that_networks_show_has_the_size_that_the_page_says():
    from PIL import Image  # noqa: PLC0415

    from opsi_portal.environment import ROOT  # noqa: PLC0415

    with Image.open(ROOT / "static" / "img" / "share.png") as picture:
        assert picture.size == (1200, 630)
