"""Sessions in words for public pages: their times in Paris, in the reader's zone and in other cities; seats left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from functools import cache, lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from people import times
from workshops.models import Registration, Series, Workshop

#: From so few seats on, or so small a part of all, pages count what is left.
FEW = 10


@dataclass(frozen=True)
class Span:
    """From when to when, in one zone: «Thursday 3 June 2027», «15:30–18:00», «Paris time (CEST, UTC+2)»."""

    day: str
    hours: str
    zone_words: str
    zone: str


class Timed(Protocol):
    """Whatever begins and ends, on the clocks of its zone: a session, or what a room above tells times of."""

    starts_at: Any
    ends_at: Any

    @property
    def zone(self) -> ZoneInfo: ...


def span_of(workshop: Timed, zone: ZoneInfo) -> Span:
    return span(workshop.starts_at, workshop.ends_at, zone)


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Span:
    """The same for a time that is no session's yet, or no longer."""
    return _span(starts_at, ends_at, zone, get_language() or "en")


@lru_cache(maxsize=512)
def _span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str) -> Span:
    """Kept for each language: a page with its table of cities says some thirty of them."""
    return Span(
        day=times.day(starts_at, zone),
        hours=times.hours(starts_at, ends_at, zone),
        zone_words=times.zone_words(starts_at, zone),
        zone=zone.key,
    )


@dataclass(frozen=True)
class Session:
    """One workshop as pages show it. ``state`` is «open», «full», «running», «taken» (full,
    and begun), «over» or «cancelled»."""

    workshop: Workshop
    number: int
    of: int
    state: str
    seats_left: int
    waiting: int
    span: Span

    @property
    def starts(self) -> str:
        return _iso(self.workshop.starts_at)

    @property
    def ends(self) -> str:
        return _iso(self.workshop.ends_at)

    @property
    def tone(self) -> str:
        """How the tag beside it is coloured."""
        if self.state == "open":
            return "warn" if self.is_nearly_full else "good"
        return {"full": "warn", "cancelled": "bad"}.get(self.state, "")

    @property
    def is_nearly_full(self) -> bool:
        return self.seats_left <= FEW and self.seats_left < self.workshop.capacity

    @property
    def seats_words(self) -> str:
        if self.state == "cancelled":
            return _("Cancelled")
        if self.state == "over":
            return _("Over")
        if self.state == "taken":
            return _("Has begun, full")
        if self.state == "full":
            return _("Full: waiting list open")
        if self.is_nearly_full:
            return ngettext("Last seat", "Last %(n)d seats", self.seats_left) % {"n": self.seats_left}
        return _("%(left)d of %(all)d seats left") % {
            "left": self.seats_left,
            "all": self.workshop.capacity,
        }

    @property
    def takes_people(self) -> bool:
        """Whether people can register by themselves, or join the waiting list."""
        by_themselves = self.workshop.open_to != Workshop.OpenTo.OFFICE
        return by_themselves and self.state in ("open", "full", "running")

    @property
    def for_whom(self) -> str:
        """Who may register, where that is not everybody."""
        if self.workshop.open_to == Workshop.OpenTo.OFFICE:
            return _("People whom the organisers invite")
        if self.workshop.open_to == Workshop.OpenTo.ORGANISATIONS:
            domains = ", ".join(self.workshop.domain_list)
            return _("People with an e-mail address that ends in: %(domains)s") % {"domains": domains}
        return ""


def newest() -> QuerySet[Workshop]:
    """The announced sessions of the series that public pages speak of, in their order, with how many hold a seat and
    how many wait. One statement; a series without sessions is not there yet."""
    return _newest().all()


def beside(workshop: Workshop) -> QuerySet[Workshop]:
    """All announced sessions of the series of one, counted as in ``newest``."""
    return _counted().filter(series_id=workshop.series_id)


@cache
def _newest() -> QuerySet[Workshop]:
    current = Series.objects.filter(listed=True).order_by("-year").values("pk")[:1]
    return _counted().filter(series=Subquery(current))


@cache
def _counted() -> QuerySet[Workshop]:
    """Put together once for each process, for that takes longer than asking; never evaluated itself."""
    return (
        Workshop.objects.announced()
        .select_related("series")
        .annotate(held=_count(Registration.HOLDING), in_line=_count([Registration.Status.WAITING]))
        .order_by("starts_at", "pk")
    )


def _count(statuses):
    of_it = Registration.objects.filter(workshop=OuterRef("pk"), status__in=list(statuses))
    return Subquery(of_it.order_by().values("workshop").annotate(n=Count("pk")).values("n"))


def sessions_of(workshops: QuerySet[Workshop], at: datetime) -> list[Session]:
    """The sessions in the order of their dates, each with its number among them."""
    found = list(workshops)
    return [_session(workshop, number, len(found), at) for number, workshop in enumerate(found, start=1)]


def _session(workshop: Any, number: int, of: int, at: datetime) -> Session:
    left = max(0, workshop.capacity - (workshop.held or 0))
    waiting = workshop.in_line or 0
    if workshop.status == Workshop.Status.CANCELLED:
        state = "cancelled"
    elif at >= workshop.ends_at:
        state = "over"
    elif left == 0 or waiting:
        state = "taken" if at >= workshop.starts_at else "full"
    else:
        state = "running" if at >= workshop.starts_at else "open"
    return Session(workshop, number, of, state, left, waiting, span_of(workshop, workshop.zone))


#: From so many seats in workshops that are over, what became of them says something.
ENOUGH_SEATS = 20


def likely_to_come_free(workshop: Workshop, at: datetime) -> int | None:
    """How many seats of a workshop would come free before its start if people did as in all workshops so far; None
    while too few are over to tell. One statement."""
    seats = Registration.objects.filter(workshop__ends_at__lte=at, seated_at__isnull=False).exclude(
        status=Registration.Status.CANCELLED
    )
    freed = Q(status__in=(Registration.Status.LEFT, Registration.Status.RELEASED))
    counted = seats.aggregate(all=Count("pk"), freed=Count("pk", filter=freed))
    if counted["all"] < ENOUGH_SEATS:
        return None
    return round(workshop.capacity * counted["freed"] / counted["all"])


# -- The reader's own zone -----------------------------------------------------------------------------------------

#: Zones to choose from on pages without a script: a city for every way in which clocks go. Others are found under
#: the city whose clock is the same.
OFFERED = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver"),
    *("America/Chicago", "America/Mexico_City", "America/New_York", "America/Bogota", "America/Halifax"),
    *("America/Caracas", "America/Santiago", "America/St_Johns", "America/Sao_Paulo"),
    *("America/Argentina/Buenos_Aires", "Atlantic/Azores", "Atlantic/Cape_Verde", "Africa/Accra"),
    *("Europe/London", "Africa/Casablanca", "Africa/Lagos", "Africa/Johannesburg", "Africa/Cairo"),
    *("Europe/Helsinki", "Asia/Beirut", "Africa/Nairobi", "Europe/Istanbul", "Asia/Riyadh", "Asia/Tehran"),
    *("Asia/Dubai", "Asia/Kabul", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka"),
    *("Asia/Yangon", "Asia/Jakarta", "Asia/Singapore", "Asia/Shanghai", "Australia/Perth", "Asia/Tokyo"),
    *("Australia/Darwin", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Noumea"),
    *("Pacific/Auckland", "Pacific/Chatham", "Pacific/Tongatapu", "Pacific/Kiritimati"),
    *("Pacific/Fiji", "Pacific/Norfolk", "Australia/Eucla", "Australia/Lord_Howe", "Pacific/Pago_Pago"),
    *("Pacific/Gambier", "Pacific/Marquesas", "Pacific/Pitcairn", "Pacific/Easter", "America/Adak"),
    *("America/Nuuk", "America/Miquelon", "America/Noronha"),
)


def zone_options(at: datetime, chosen: ZoneInfo | None) -> SafeString:
    """«Nairobi (UTC+3)» and so on, for the select of zones: Paris first, the rest by name. A zone that the browser or
    a letter named stands among them."""
    language = get_language() or "en"
    options = _zone_options(at, language)
    if chosen is None:
        return options
    mark = format_html('value="{}"', chosen.key)
    if mark not in options:
        options = _option(chosen.key, at, language) + options
    return mark_safe(options.replace(mark, mark + " selected", 1))  # noqa: S308 -- both are escaped


@lru_cache(maxsize=64)
def _zone_options(at: datetime, language: str) -> SafeString:
    """Kept for each language and session: fifty options cost more than the rest of the page."""
    by_name = sorted(OFFERED, key=lambda key: times.city_name(ZoneInfo(key)))
    return SafeString("".join(_option(key, at, language) for key in ("Europe/Paris", *by_name)))


def _option(key: str, at: datetime, language: str) -> SafeString:
    return format_html('<option value="{}">{}</option>', key, _city(key, at, language))


@lru_cache(maxsize=512)
def _city(key: str, at: datetime, language: str) -> str:
    zone = ZoneInfo(key)
    return f"{times.city_name(zone)} ({times.offset(at, zone)})"


def told_in(workshop: Timed, zone: ZoneInfo) -> dict:
    """The time in another zone, with a warning where its day is not the one in the workshop's own."""
    there, here = span_of(workshop, zone), span_of(workshop, workshop.zone)
    return {
        "span": there,
        "same": (there.day, there.hours) == (here.day, here.hours),
        "other_day": there.day != here.day,
        "suits": in_working_hours(workshop, zone),
    }


#: When most offices work, on weekdays: what is within is suggested to people far away.
WORK_BEGINS, WORK_ENDS = time(9), time(18)


def in_working_hours(workshop: Timed, zone: ZoneInfo) -> bool:
    starts, ends = (at.astimezone(zone) for at in (workshop.starts_at, workshop.ends_at))
    is_one_workday = starts.date() == ends.date() and starts.weekday() < 5
    return is_one_workday and starts.time() >= WORK_BEGINS and ends.time() <= WORK_ENDS


def in_zone(sessions: list[Session], zone: ZoneInfo | None) -> list[dict[str, Any]]:
    """Sessions as told in the reader's zone, if it is known; those in their working hours are pointed out where
    others are not."""
    told = [told_in(each.workshop, zone) if zone else None for each in sessions]
    if all(yours is None or yours["suits"] for yours in told):
        for yours in filter(None, told):
            yours["suits"] = False
    return [{"session": each, "yours": yours} for each, yours in zip(sessions, told, strict=True)]


def in_cities(workshop: Timed) -> list[dict[str, str]]:
    """Beginning and end in other cities, for a table."""
    rows = []
    for key in times.CITIES:
        zone = ZoneInfo(key)
        there = span_of(workshop, zone)
        rows.append(
            {
                "city": _city(key, workshop.starts_at, get_language() or "en"),
                "day": there.day,
                "hours": there.hours,
            }
        )
    return rows


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
