"""The rules of a zone as a calendar wants them (VTIMEZONE): those that hold around the sessions, and no more.

Calendar programs read a yearly rule rightly, and lists of dates often not (Outlook passes over them, dateutil is an
hour off). So a zone is told by its two yearly rules where it has them, and otherwise change by change.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP = timedelta(hours=12)


class Change(NamedTuple):
    """The clocks change: the wall-clock time at which they do, as they showed until then."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    def rule(self, *, from_the_end: bool) -> tuple[int, int, int, timedelta]:
        """Month, which of its weekdays (1 for the first, −1 for the last), weekday, and the time of day."""
        day, last = self.wall.day, monthrange(self.wall.year, self.wall.month)[1]
        nth = -((last - day) // 7 + 1) if from_the_end else (day - 1) // 7 + 1
        time = timedelta(hours=self.wall.hour, minutes=self.wall.minute, seconds=self.wall.second)
        return self.wall.month, nth, self.wall.weekday(), time


@lru_cache(maxsize=64)
def component(key: str, first_year: int, last_year: int) -> Timezone:
    """The VTIMEZONE of a zone, right from the first of these years to the last. Kept, and never changed."""
    zone = ZoneInfo(key)
    changes = changes_of(zone, first_year - 1, last_year + 1)
    timezone = Timezone()
    timezone.add("tzid", key)
    kept, yearly = _yearly(changes, last_year - first_year + 3)
    if not changes or not yearly:
        timezone.add_component(_steady(zone, first_year - 1))
    for change in kept:
        timezone.add_component(_observance(change, yearly=yearly))
    return timezone


def changes_of(zone: ZoneInfo, first_year: int, last_year: int) -> list[Change]:
    """Every change of the clocks in these years, in order."""
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found = []
    while at < end:
        if _offset(at + _STEP, zone) != _offset(at, zone):
            found.append(_change(zone, at, at + _STEP))
        at += _STEP
    return found


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> Change:
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    there = high.astimezone(zone)
    wall = (high + before).replace(tzinfo=None)
    return Change(wall, before, _offset(high, zone), there.tzname() or "", bool(there.dst()))


def _yearly(changes: list[Change], years: int) -> tuple[list[Change], str]:
    """The first year's two changes and how their rule counts («start» or «end» of the month), if they come back
    every year; else all changes and ""."""
    for count in ("end", "start"):
        rules = [
            {change.rule(from_the_end=count == "end") + (change.before, change.after) for change in pair}
            for pair in (changes[n::2] for n in (0, 1))
        ]
        if len(changes) == 2 * years and all(len(same) == 1 for same in rules):
            return changes[:2], count
    return changes, ""


def _observance(change: Change, *, yearly: str) -> TimezoneStandard | TimezoneDaylight:
    made = TimezoneDaylight() if change.is_summer else TimezoneStandard()
    made.add("dtstart", change.wall)
    if yearly:
        month, nth, weekday, _time = change.rule(from_the_end=yearly == "end")
        made.add("rrule", vRecur({"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{nth}{DAYS[weekday]}"}))
    made.add("tzoffsetfrom", change.before)
    made.add("tzoffsetto", change.after)
    made.add("tzname", change.name)
    return made


def _steady(zone: ZoneInfo, year: int) -> TimezoneStandard:
    """What holds before the first change, or always."""
    begins = datetime(year, 1, 1, tzinfo=UTC).astimezone(zone)
    made = TimezoneStandard()
    made.add("dtstart", datetime(1970, 1, 1))
    made.add("tzoffsetfrom", begins.utcoffset())
    made.add("tzoffsetto", begins.utcoffset())
    made.add("tzname", begins.tzname() or "")
    return made


def wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant as the zone's clocks show it; in UTC when they show the same time twice that night, because a
    calendar could not tell which is meant."""
    there = instant.astimezone(zone)
    if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset():
        return instant.astimezone(UTC)
    return there
