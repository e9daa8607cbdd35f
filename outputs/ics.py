"""A dialogue as a calendar reads it: one identity for ever, and a sequence that rises with each version."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from outputs.models import Output
from workshops import zones
from workshops.ics import clean


def calendar(output: Output, *, zone: ZoneInfo, link: str, at: datetime) -> str:
    """``output`` with its version and its times; the entry is stamped with ``at``, and leads to ``link``."""
    assert output.version and output.starts_at and output.ends_at, (
        "Only a dialogue that was published has a time."
    )
    calendar = Calendar()
    calendar.add("prodid", "-//Innovation across borders//Dialogues//EN")
    calendar.add("version", "2.0")
    calendar.add_component(zones.component(zone.key, output.starts_at.year, output.ends_at.year))
    event = Event()
    event.add("uid", output.uid)
    event.add("sequence", output.version.number)
    event.add("dtstamp", at)
    event.add("dtstart", zones.wall_clock(output.starts_at, zone))
    event.add("dtend", zones.wall_clock(output.ends_at, zone))
    event.add("summary", clean(output.title_text))
    event.add("description", clean(f"{output.short_text}\n\n{link}"))
    event.add("url", link)
    event.add("status", "CONFIRMED" if output.is_on_show else "CANCELLED")
    calendar.add_component(event)
    return calendar.to_ical().decode()
