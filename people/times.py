"""Instants in words. Stored in UTC, said in somebody's zone, always with weekday and year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

#: The zone that everything is stored in.
UTC = ZoneInfo("UTC")

#: Cities for readers whose browser does not tell (or has no script); from UTC−6 to UTC+12.
CITIES = (
    "America/Mexico_City",
    "America/Sao_Paulo",
    "Africa/Accra",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
)


_KNOWN_CITIES = {
    "Europe/Paris": pgettext_lazy("city", "Paris"),
    "America/Mexico_City": pgettext_lazy("city", "Mexico City"),
    "America/Sao_Paulo": pgettext_lazy("city", "São Paulo"),
    "Africa/Accra": pgettext_lazy("city", "Accra"),
    "Africa/Nairobi": pgettext_lazy("city", "Nairobi"),
    "Asia/Dubai": pgettext_lazy("city", "Dubai"),
    "Asia/Kolkata": pgettext_lazy("city", "New Delhi"),
    "Asia/Tokyo": pgettext_lazy("city", "Tokyo"),
    "Pacific/Auckland": pgettext_lazy("city", "Wellington"),
}


def city_name(zone: ZoneInfo) -> str:
    """What people call a zone: the city in its IANA name, in the active language where we know it."""
    return str(_KNOWN_CITIES.get(zone.key) or zone.key.rsplit("/", 1)[-1].replace("_", " "))


def offset(instant: datetime, zone: ZoneInfo) -> str:
    """«UTC+2», «UTC−5:30», «UTC»: with a true minus, as in force at that instant."""
    minutes = int((instant.astimezone(zone).utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def zone_words(instant: datetime, zone: ZoneInfo) -> str:
    """«Paris time (CEST, UTC+2)»: the abbreviation in force at that instant, never a fixed one."""
    if zone.key == "UTC":
        return "UTC"
    shown = offset(instant, zone)
    short = instant.astimezone(zone).tzname() or ""
    inside = f"{short}, {shown}" if short.isalpha() and short != "UTC" else shown
    return _("%(city)s time (%(zone)s)") % {"city": city_name(zone), "zone": inside}


def day(instant: datetime, zone: ZoneInfo) -> str:
    """«Friday 21 May 2027»."""
    return _day(instant.astimezone(zone).date(), get_language())


@lru_cache(maxsize=2000)
def _day(date: date, language: str | None) -> str:
    """A page says a dozen days, mostly the same ones, and each costs 50 µs to spell."""
    return formats.date_format(date, "l j F Y")


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """«23:59»: 24 hours in every language."""
    return instant.astimezone(zone).strftime("%H:%M")


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """«Friday 21 May 2027, 23:59»."""
    return f"{day(instant, zone)}, {clock(instant, zone)}"


def in_full(instant: datetime, zone: ZoneInfo) -> str:
    """«Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)»."""
    return f"{moment(instant, zone)} {zone_words(instant, zone)}"


def hours(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """«15:30–18:00»; with the day of the end where that is another one: «23:30 to Friday 4 June 2027, 02:00»; and where
    the clocks change in between, with both: «02:30 (UTC+2)–02:30 (UTC+1)» lasts an hour."""
    start, end = clock(starts_at, zone), clock(ends_at, zone)
    if day(starts_at, zone) != day(ends_at, zone):
        end = moment(ends_at, zone)
    if (before := offset(starts_at, zone)) != (after := offset(ends_at, zone)):
        start, end = f"{start} ({before})", f"{end} ({after})"
    if day(starts_at, zone) == day(ends_at, zone):
        return f"{start}–{end}"
    return _("%(start)s to %(end)s") % {"start": start, "end": end}


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """«Thursday 3 June 2027, 15:30–18:00 Paris time (CEST, UTC+2)»."""
    return f"{day(starts_at, zone)}, {hours(starts_at, ends_at, zone)} {zone_words(starts_at, zone)}"


def last_minute(closes_at: datetime) -> datetime:
    """People read the last minute before the first instant that is too late: 23:59, not 00:00 of the next day."""
    return closes_at - timedelta(minutes=1)


def left(until: datetime, at: datetime) -> str:
    """How long is left, in words: days from 48 hours up, then hours, then minutes; never seconds."""
    seconds = (until - at).total_seconds()
    if seconds <= 0:
        return _("Closed")
    if seconds < 3600:
        minutes = max(1, int(seconds // 60))
        return ngettext("%(n)d minute left", "%(n)d minutes left", minutes) % {"n": minutes}
    if seconds < 172_800:
        hours = int(seconds // 3600)
        return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    days = int(seconds // 86_400)
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


def in_cities(instant: datetime) -> list[dict[str, str]]:
    """The instant in eight cities, for a table: ``{"city", "offset", "moment"}``."""
    rows = []
    for key in CITIES:
        zone = ZoneInfo(key)
        rows.append(
            {"city": city_name(zone), "offset": offset(instant, zone), "moment": moment(instant, zone)}
        )
    return rows


def to_the_second(instant: datetime, zone: ZoneInfo) -> dict[str, str]:
    """For receipts: {"moment": «Friday 21 May 2027, 23:58:07», "zone_words": «Paris time (CEST, UTC+2)»}."""
    return {
        "moment": f"{day(instant, zone)}, {instant.astimezone(zone):%H:%M:%S}",
        "zone_words": zone_words(instant, zone),
    }
