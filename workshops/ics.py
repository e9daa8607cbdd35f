"""Calendar entries: one identity for ever, a sequence that rises, and nothing that a calendar could read an hour off.

Made with the library icalendar. METHOD REQUEST for a seat and for its changes, CANCEL when it ends; never a
REQUEST to somebody who has left. Times carry the workshop's zone with its rules (VTIMEZONE).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from people import times
from workshops import zones
from workshops.models import Registration, Workshop

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


def clean(text: str) -> str:
    """Text for a calendar: bare returns and control signs would end a line and begin another property."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def uid_of(workshop: Workshop) -> str:
    """One for ever: it names no host, so that a portal that moves to another keeps moving the same entries."""
    return workshop.uid


def _calendar(method: str = "") -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Innovation across borders//Workshops//EN")
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    return calendar


def _event(workshop: Workshop, *, sequence: int, at: datetime, link: str = "") -> Event:
    event = Event()
    event.add("uid", uid_of(workshop))
    event.add("sequence", sequence)
    event.add("dtstamp", at)
    event.add("dtstart", zones.wall_clock(workshop.starts_at, workshop.zone))
    event.add("dtend", zones.wall_clock(workshop.ends_at, workshop.zone))
    event.add("summary", clean(workshop.title_text))
    said = f"{times.moment(workshop.starts_at, workshop.zone)} {times.zone_words(workshop.starts_at, workshop.zone)}"
    words = [said, clean(workshop.promise_text)]
    if link:
        words.append(link)
        event.add("url", link)
    event.add("description", "\n\n".join(word for word in words if word))
    event.add("location", _("Online"))
    return event


def invitation(registration: Registration, *, at: datetime, cancelled: bool = False, link: str = "") -> str:
    """What goes with a letter to one person: METHOD REQUEST, or CANCEL when their seat has ended.

    ``at`` is the instant that the entry is stamped with; the same facts give the same text.
    """
    workshop = registration.workshop
    calendar = _calendar("CANCEL" if cancelled else "REQUEST")
    event = _event(workshop, sequence=workshop.sequence + registration.sequence, at=at, link=link)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    name, email = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{email}")
    organizer.params["cn"] = vText(clean(name) or email)
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{registration.address.email}")
    attendee.params["cn"] = vText(clean(registration.name))
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    _add_zones(calendar, [workshop])
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _add_zones(calendar: Calendar, workshops: list[Workshop]) -> None:
    """The rules of every zone that stands in the calendar, ahead of its events."""
    for key in sorted({workshop.zone_name for workshop in workshops}):
        years = [workshop.starts_at.year for workshop in workshops if workshop.zone_name == key]
        calendar.add_component(zones.component(key, min(years), max(years)))


def feed(
    workshops: Iterable[Workshop],
    *,
    name: str,
    at: datetime,
    links: dict[int, str] | None = None,
    sequences: dict[int, int] | None = None,
) -> str:
    """Sessions as a calendar to subscribe to; ``links`` by workshop id, only where the day has come;
    ``sequences`` where a person's own entry has heard more than the session has."""
    calendar = _calendar()
    calendar.add("x-wr-calname", clean(name))
    calendar.add("refresh-interval;value=duration", "PT6H")
    workshops = list(workshops)
    _add_zones(calendar, workshops)
    for workshop in workshops:
        sequence = (sequences or {}).get(workshop.pk, workshop.sequence)
        event = _event(workshop, sequence=sequence, at=at, link=(links or {}).get(workshop.pk, ""))
        event.add("status", "CANCELLED" if workshop.status == Workshop.Status.CANCELLED else "CONFIRMED")
        calendar.add_component(event)
    return calendar.to_ical().decode()


def page_of(registration: Registration) -> str:
    """The page of somebody's own registration, which only their key opens."""
    return settings.SITE_URL + reverse("workshops:seat", args=[registration.pk])


def add_to_links(workshop: Workshop) -> list[dict[str, str]]:
    """«Add to» links for calendars on the web; instants in UTC."""
    start, end = (f"{instant:%Y%m%dT%H%M%SZ}" for instant in (workshop.starts_at, workshop.ends_at))
    google = {
        "action": "TEMPLATE",
        "text": workshop.title_text,
        "dates": f"{start}/{end}",
        "location": _("Online"),
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": workshop.title_text,
        "startdt": workshop.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "enddt": workshop.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    compose = "/calendar/action/compose?" + urlencode(outlook)
    return [
        {
            "name": _("Google Calendar"),
            "url": "https://calendar.google.com/calendar/render?" + urlencode(google),
        },
        {"name": _("Outlook (work or school)"), "url": f"https://outlook.office.com{compose}"},
        {"name": _("Outlook (private)"), "url": f"https://outlook.live.com{compose}"},
    ]


#: A feed shows somebody's own way in only from this long before the start.
LINK_FROM = timedelta(hours=24)
