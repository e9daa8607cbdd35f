"""Instants in letters: ISO strings from a letter's context, said in somebody's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.dateparse import parse_datetime

from people import times
from people.models import zone_named
from people.texts import in_language

register = template.Library()


@register.filter
def instant(value: str | datetime, zone: str | ZoneInfo | None) -> str:
    """«Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)»; "" when there is no such zone."""
    at, zone = _read(value), _zone(zone)
    return times.in_full(at, zone) if at and zone else ""


@register.filter
def second(value: str | datetime, zone: str | ZoneInfo | None) -> str:
    """Like ``instant``, to the second, for receipts."""
    at, zone = _read(value), _zone(zone)
    return " ".join(times.to_the_second(at, zone).values()) if at and zone else ""


@register.filter
def deadline(value: str | datetime, zone: str | ZoneInfo | None) -> str:
    """The last minute before the first instant that is too late, as ``instant`` says it."""
    at = _read(value)
    return instant(times.last_minute(at), zone) if at else ""


@register.filter
def day(value: str | datetime, zone: str | ZoneInfo | None) -> str:
    """«Friday 21 May 2027» of a deadline."""
    at, zone = _read(value), _zone(zone)
    return times.day(times.last_minute(at), zone) if at and zone else ""


@register.filter
def on(value: str | datetime, zone: str | ZoneInfo | None) -> str:
    """«Thursday 3 June 2027» of an instant."""
    at, zone = _read(value), _zone(zone)
    return times.day(at, zone) if at and zone else ""


@register.simple_tag
def hours(starts_at: str | datetime, ends_at: str | datetime, zone: str | ZoneInfo | None) -> str:
    """«15:30–18:00 Paris time (CEST, UTC+2)»; "" when there is no such zone."""
    start, end, zone = _read(starts_at), _read(ends_at), _zone(zone)
    if not (start and end and zone):
        return ""
    return f"{times.hours(start, end, zone)} {times.zone_words(start, zone)}"


@register.simple_tag
def span(starts_at: str | datetime, ends_at: str | datetime, zone: str | ZoneInfo | None) -> str:
    """«Thursday 3 June 2027, 15:30–18:00 Paris time (CEST, UTC+2)»; "" when there is no such zone."""
    start, end, zone = _read(starts_at), _read(ends_at), _zone(zone)
    return times.span(start, end, zone) if start and end and zone else ""


@register.filter
def words(value: dict[str, str]) -> str:
    """Staff's words in the language of the letter."""
    return in_language(value)


def _zone(zone: str | ZoneInfo | None) -> ZoneInfo | None:
    return zone if isinstance(zone, ZoneInfo) else zone_named(zone or "")


def _read(value: str | datetime) -> datetime | None:
    return value if isinstance(value, datetime) else parse_datetime(value or "")
