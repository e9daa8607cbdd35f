"""Calendar entries: right to the minute in every zone, one identity for ever, and never a word to who has left.

The golden files say what a calendar gets, byte for byte; a second library, vobject, says what it understands.
After a wanted change, ``GOLDEN=write`` in the environment writes them anew.
"""

import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import vobject

from outbox.delivery import compose
from people.models import Address
from tests.makers import letters_posted, make_address, make_boss
from tests.workshops.makers import DAY, HOUR, LASTS, MAY, STARTS, fresh, make_workshop, seat_key, take
from workshops import ics, planning, registering, seating
from workshops.models import Registration, Workshop

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"

ZONES = [
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "America/Mexico_City",
    "America/Sao_Paulo",
    "Africa/Nairobi",
    "Africa/Casablanca",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
]
#: Ordinary days, and the minutes around clocks that change: in Paris, New York, Lord Howe and Auckland.
NIGHTS = [
    STARTS,
    datetime(2027, 1, 15, 9, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    datetime(2027, 3, 14, 6, 45, tzinfo=UTC),
    datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
    datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
    datetime(2027, 4, 3, 14, 45, tzinfo=UTC),
    datetime(2027, 10, 2, 15, 15, tzinfo=UTC),
    datetime(2027, 4, 3, 13, 30, tzinfo=UTC),
]


def same_as_golden(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.ics"
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


def event_in(text: str):
    """The event of a calendar with one, as vobject reads it."""
    calendar = vobject.readOne(text)
    assert len(calendar.vevent_list) == 1
    return calendar.vevent


def golden_workshop(**facts) -> Workshop:
    facts = {
        "slug": "2027-june-3",
        "uid": "0123456789abcdef0123456789abcdef",
        "title": {"en": "Innovating together, across borders; and beyond"},
        "promise": {"en": "You leave with recommendations.\nAll of you have shaped them – ещё раз, 多谢."},
        **facts,
    }
    return make_workshop(**facts)


def entries(kind: str) -> list[str]:
    return [
        letter.attachments[0]["text"] for letter in letters_posted(f"workshop-{kind}") if letter.attachments
    ]


def told(text: str) -> tuple:
    """(method, uid, sequence, status) of an entry."""
    calendar, event = vobject.readOne(text), event_in(text)
    method = calendar.method.value if hasattr(calendar, "method") else ""
    return method, event.uid.value, int(event.sequence.value), event.status.value


UID = "0123456789abcdef0123456789abcdef"


def test_registering_moving_renaming_and_cancelling_are_one_entry_that_stays_right():
    workshop = golden_workshop()
    take(workshop, "marta@kisumu.example")
    [first] = entries("seated")
    same_as_golden("register", first)
    assert told(first) == ("REQUEST", UID, 0, "CONFIRMED")

    new = STARTS + 4 * DAY + 2 * HOUR
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=MAY + HOUR, by=make_boss())
    [moved] = entries("moved")
    same_as_golden("move", moved)
    assert told(moved) == ("REQUEST", UID, 1, "CONFIRMED")
    assert event_in(moved).dtstart.value == new

    workshop = Workshop.objects.get()
    old, workshop.title = workshop.title, {"en": "A better name"}
    workshop.save()
    planning.changed(workshop, ["title"], by=make_boss("b@x.example"), at=MAY + 2 * HOUR, old_title=old)
    [renamed] = entries("renamed")
    same_as_golden("rename", renamed)
    assert told(renamed) == ("REQUEST", UID, 2, "CONFIRMED")
    assert event_in(renamed).summary.value == "A better name"

    seating.cancel(workshop, at=MAY + 3 * HOUR, by=make_boss(), reason="")
    [cancelled] = entries("cancelled")
    same_as_golden("cancel", cancelled)
    assert told(cancelled) == ("CANCEL", UID, 3, "CANCELLED")


def test_a_promotion_brings_the_entry_and_leaving_takes_it_out():
    workshop = golden_workshop(capacity=1)
    first, second = take(workshop, "ana@lisbon.example"), take(workshop, "marta@kisumu.example")
    seating.give_back(first, at=MAY + HOUR)

    [promoted] = entries("promoted")
    same_as_golden("promote", promoted)
    assert told(promoted) == ("REQUEST", UID, 0, "CONFIRMED")
    [left] = entries("left")
    assert told(left) == ("CANCEL", UID, 1, "CANCELLED")

    again = take(workshop, address=Address.objects.get(email="ana@lisbon.example"), at=MAY + DAY)
    seating.give_back(second, at=MAY + 2 * DAY)
    assert fresh(again).has_seat()


def test_a_swap_brings_one_entry_and_takes_out_the_other():
    here = golden_workshop()
    there = golden_workshop(slug="2027-june-7", uid="f" * 32, starts_at=STARTS + 4 * DAY)
    seating.swap(take(here, "marta@kisumu.example"), there, at=MAY + HOUR)

    [new], [old] = entries("swapped"), entries("replaced")
    same_as_golden("swap-new", new)
    same_as_golden("swap-old", old)
    assert told(new)[:3] == ("REQUEST", "f" * 32, 0)
    assert told(old)[:3] == ("CANCEL", UID, 1)


def test_coming_back_after_leaving_is_later_than_the_cancellation():
    workshop = golden_workshop()
    address = make_address("marta@kisumu.example")
    seating.give_back(take(workshop, address=address), at=MAY + HOUR)
    take(workshop, address=address, at=MAY + DAY)

    [cancelled], sequences = entries("left"), [told(text)[2] for text in entries("seated")]
    assert sequences[-1] > told(cancelled)[2]


@pytest.mark.parametrize("zone", ZONES)
def test_instants_are_those_of_the_database_in_every_zone_and_on_nights_when_clocks_change(zone):
    for number, night in enumerate(NIGHTS):
        workshop = make_workshop(starts_at=night, ends_at=night + LASTS, zone_name=zone, capacity=9)
        registration = fresh(take(workshop, at=night - DAY))
        texts = (
            ics.invitation(registration, at=MAY),
            ics.feed([workshop], name="All", at=MAY),
        )
        for text in texts:
            event = event_in(text)
            assert event.dtstart.value.astimezone(UTC) == night, (zone, number)
            assert event.dtend.value.astimezone(UTC) == night + LASTS, (zone, number)
        Registration.objects.all().delete()


def test_organiser_and_attendee_are_named_and_nothing_that_people_type_makes_a_line_of_its_own():
    evil = "Marta\r\nATTENDEE:mailto:x@evil.example\u2028BEGIN:VEVENT"
    workshop = make_workshop(title={"en": "Title\rSUMMARY:other"}, promise={"en": evil})
    registration = fresh(take(workshop, "marta@kisumu.example", name=evil[:150]))

    event = event_in(ics.invitation(registration, at=MAY))

    assert event.organizer.value.lower().startswith("mailto:")
    assert [each.value for each in event.contents["attendee"]] == ["mailto:marta@kisumu.example"]
    assert "meet.example" not in event.description.value


def test_lines_are_folded_for_every_reader():
    workshop = make_workshop(promise={"en": "ещё раз " * 60})
    text = ics.invitation(fresh(take(workshop)), at=MAY)
    lines = text.split("\r\n")
    assert lines[-1] == "" and all(len(line.encode()) <= 75 for line in lines)


def test_the_mail_carries_the_entry_as_google_outlook_and_apple_want_it():
    take(golden_workshop(), "marta@kisumu.example")
    mail = message_from_bytes(compose(letters_posted()[0]).message().as_bytes())

    assert mail.get_content_type() == "multipart/mixed"
    inside, attached = mail.get_payload()
    kinds = [part.get_content_type() for part in inside.get_payload()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    calendar = inside.get_payload()[2]
    assert calendar.get_param("method") == "REQUEST" and calendar.get_content_charset() == "utf-8"
    assert attached.get_content_type() == "application/ics" and attached.get_filename() == "workshop.ics"
    for part in (calendar, attached):
        assert told(part.get_payload(decode=True).decode())[1] == UID


def test_add_to_links_say_the_instant_in_utc():
    links = {
        link["name"]: parse_qs(urlsplit(link["url"]).query) for link in ics.add_to_links(make_workshop())
    }
    assert links["Google Calendar"]["dates"] == ["20270603T133000Z/20270603T160000Z"]
    for name in ("Outlook (work or school)", "Outlook (private)"):
        assert links[name]["startdt"] == ["2027-06-03T13:30:00Z"]
        assert links[name]["enddt"] == ["2027-06-03T16:00:00Z"]


def test_an_entry_keeps_its_identity_when_the_portal_moves_to_another_host(settings):
    workshop = make_workshop()
    registration = fresh(take(workshop))
    before = told(ics.invitation(registration, at=MAY))[1]
    settings.SITE_URL = "https://elsewhere.example"
    assert told(ics.invitation(registration, at=MAY))[1] == before


# -- Feeds ---------------------------------------------------------------------------------------------------------


def test_the_public_feed_lists_the_sessions_and_what_is_cancelled(client):
    first, second = make_workshop(), make_workshop(starts_at=STARTS + DAY, status="cancelled")
    make_workshop(starts_at=STARTS + 2 * DAY, status="hidden")
    answer = client.get("/en/workshops/calendar.ics")

    assert answer.headers["Content-Type"].startswith("text/calendar")
    calendar = vobject.readOne(answer.content.decode())
    assert {event.uid.value: event.status.value for event in calendar.vevent_list} == {
        ics.uid_of(first): "CONFIRMED",
        ics.uid_of(second): "CANCELLED",
    }
    assert not hasattr(calendar, "method") and b"meet.example" not in answer.content
    one = client.get(f"/en/workshops/{first.slug}/calendar.ics").content.decode()
    assert event_in(one).uid.value == ics.uid_of(first)


def test_a_private_feed_follows_its_person_and_ends_when_revoked(client):
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    mine = fresh(take(here))
    feed = f"/en/workshops/calendar/{registering.feed_token(mine)}.ics"
    assert event_in(client.get(feed).content.decode()).uid.value == ics.uid_of(here)

    new = seating.swap(mine, there, at=MAY + HOUR)
    assert event_in(client.get(feed).content.decode()).uid.value == ics.uid_of(there)

    seat_key(client, new)
    client.post(f"/en/workshops/seat/{new.pk}/", {"act": "revoke-feed"})
    assert client.get(feed).status_code == 404
    assert registering.feed_token(fresh(new)) in client.get(f"/en/workshops/seat/{new.pk}/").content.decode()


def test_a_private_feed_leads_to_ones_page_on_the_day_and_not_before(client, arrive):
    registration = fresh(take(make_workshop()))
    feed = f"/en/workshops/calendar/{registering.feed_token(registration)}.ics"
    page = f"https://portal.example/en/workshops/seat/{registration.pk}/"

    early = client.get(feed, **arrive(STARTS - DAY - HOUR / 60)).content.decode()
    on_the_day = client.get(feed, **arrive(STARTS - DAY)).content.decode()

    assert "/seat/" not in early.replace("\r\n ", "")
    assert event_in(on_the_day).url.value == page


@pytest.mark.parametrize("token", ["x", "1-1.forged", "1-1", "%2e%2e", "1-1.é"])
def test_a_forged_feed_address_opens_nothing(client, token):
    take(make_workshop())
    assert client.get(f"/en/workshops/calendar/{token}.ics").status_code == 404


def test_no_calendar_says_where_the_meeting_is(client):
    registration = fresh(take(make_workshop()))
    seat_key(client, registration)
    for address in (
        f"/en/workshops/seat/{registration.pk}/calendar.ics",
        f"/en/workshops/calendar/{registering.feed_token(registration)}.ics",
    ):
        answer = client.get(address)
        assert answer.status_code == 200 and b"meet.example" not in answer.content
        assert answer.headers["Cache-Control"] == "no-store"
    assert timedelta(0) < ics.LINK_FROM <= DAY
