"""Instants in words. Stored in UTC, said in somebody's zone, always with weekday and year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
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


#: Whatever a page offers or tells of by itself; other zones are called by their names.
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
    "Pacific/Honolulu": pgettext_lazy("city", "Honolulu"),
    "America/Anchorage": pgettext_lazy("city", "Anchorage"),
    "America/Los_Angeles": pgettext_lazy("city", "Los Angeles"),
    "America/Phoenix": pgettext_lazy("city", "Phoenix"),
    "America/Denver": pgettext_lazy("city", "Denver"),
    "America/Chicago": pgettext_lazy("city", "Chicago"),
    "America/New_York": pgettext_lazy("city", "New York"),
    "America/Bogota": pgettext_lazy("city", "Bogota"),
    "America/Halifax": pgettext_lazy("city", "Halifax"),
    "America/Caracas": pgettext_lazy("city", "Caracas"),
    "America/Santiago": pgettext_lazy("city", "Santiago"),
    "America/St_Johns": pgettext_lazy("city", "St. John’s"),
    "America/Argentina/Buenos_Aires": pgettext_lazy("city", "Buenos Aires"),
    "Atlantic/Azores": pgettext_lazy("city", "Azores"),
    "Atlantic/Cape_Verde": pgettext_lazy("city", "Cabo Verde"),
    "Europe/London": pgettext_lazy("city", "London"),
    "Africa/Casablanca": pgettext_lazy("city", "Casablanca"),
    "Africa/Lagos": pgettext_lazy("city", "Lagos"),
    "Africa/Johannesburg": pgettext_lazy("city", "Johannesburg"),
    "Africa/Cairo": pgettext_lazy("city", "Cairo"),
    "Europe/Helsinki": pgettext_lazy("city", "Helsinki"),
    "Asia/Beirut": pgettext_lazy("city", "Beirut"),
    "Europe/Istanbul": pgettext_lazy("city", "Istanbul"),
    "Asia/Riyadh": pgettext_lazy("city", "Riyadh"),
    "Asia/Tehran": pgettext_lazy("city", "Tehran"),
    "Asia/Kabul": pgettext_lazy("city", "Kabul"),
    "Asia/Karachi": pgettext_lazy("city", "Karachi"),
    "Asia/Kathmandu": pgettext_lazy("city", "Kathmandu"),
    "Asia/Dhaka": pgettext_lazy("city", "Dhaka"),
    "Asia/Yangon": pgettext_lazy("city", "Yangon"),
    "Asia/Jakarta": pgettext_lazy("city", "Jakarta"),
    "Asia/Singapore": pgettext_lazy("city", "Singapore"),
    "Asia/Shanghai": pgettext_lazy("city", "Shanghai"),
    "Australia/Perth": pgettext_lazy("city", "Perth"),
    "Australia/Darwin": pgettext_lazy("city", "Darwin"),
    "Australia/Adelaide": pgettext_lazy("city", "Adelaide"),
    "Australia/Brisbane": pgettext_lazy("city", "Brisbane"),
    "Australia/Sydney": pgettext_lazy("city", "Sydney"),
    "Pacific/Noumea": pgettext_lazy("city", "Nouméa"),
    "Pacific/Chatham": pgettext_lazy("city", "Chatham Islands"),
    "Pacific/Tongatapu": pgettext_lazy("city", "Tongatapu"),
    "Pacific/Kiritimati": pgettext_lazy("city", "Kiritimati"),
    "Pacific/Fiji": pgettext_lazy("city", "Fiji"),
    "Pacific/Norfolk": pgettext_lazy("city", "Norfolk Island"),
    "Australia/Eucla": pgettext_lazy("city", "Eucla"),
    "Australia/Lord_Howe": pgettext_lazy("city", "Lord Howe Island"),
    "Pacific/Pago_Pago": pgettext_lazy("city", "Pago Pago"),
    "Pacific/Gambier": pgettext_lazy("city", "Gambier Islands"),
    "Pacific/Marquesas": pgettext_lazy("city", "Marquesas Islands"),
    "Pacific/Pitcairn": pgettext_lazy("city", "Pitcairn Islands"),
    "Pacific/Easter": pgettext_lazy("city", "Easter Island"),
    "America/Adak": pgettext_lazy("city", "Adak"),
    "America/Nuuk": pgettext_lazy("city", "Nuuk"),
    "America/Miquelon": pgettext_lazy("city", "Miquelon"),
    "America/Noronha": pgettext_lazy("city", "Fernando de Noronha"),
}


#: Old names that browsers still report, and the names of today.
RENAMED = {
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Europe/Kiev": "Europe/Kyiv",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
}


def city_name(zone: ZoneInfo) -> str:
    """What people call a zone: the city in its IANA name of today, in the active language where we know it."""
    key = RENAMED.get(zone.key, zone.key)
    return str(_KNOWN_CITIES.get(key) or key.rsplit("/", 1)[-1].replace("_", " "))


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


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of a day on the clocks of a zone, as an instant (UTC)."""
    return datetime.combine(day, time(23, 59), zone).astimezone(UTC)


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
