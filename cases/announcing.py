"""The call in words for its public pages: the deadline in its zone and in other cities, and how it has moved."""

from __future__ import annotations

from datetime import datetime

from cases.models import Call
from people import times
from people.texts import in_language


def deadline_of(call: Call | None, at: datetime) -> dict:
    """The deadline as pages show it; ``state`` is «none», «before», «open» or «closed».

    ``instant`` is the first instant that is too late (UTC); people read the minute before it. ``grace_until`` is told
    only while drafts that were begun in time can still be handed in.
    """
    if call is None:
        return {"state": "none"}
    last = times.last_minute(call.closes_at)
    state = "before" if at < call.opens_at else "open" if call.is_open(at) else "closed"
    return {
        "state": state,
        "instant": _iso(call.closes_at),
        "paris": times.moment(last, call.zone),
        "zone": call.zone_name,
        "zone_words": times.zone_words(last, call.zone),
        "left": times.left(call.closes_at, at),
        "is_last_day": state == "open" and times.day(at, call.zone) == times.day(last, call.zone),
        "grace_until": times.moment(times.last_minute(call.grace_ends_at), call.zone)
        if call.closes_at <= at < call.grace_ends_at
        else "",
        "opens_instant": _iso(call.opens_at),
        "opens_paris": times.moment(call.opens_at, call.zone),
        "opens_zone_words": times.zone_words(call.opens_at, call.zone),
    }


def extensions_of(call: Call) -> list[dict[str, str]]:
    """«29 April → 21 May, why», oldest first; names no staff."""
    return [
        {
            "from_words": times.moment(times.last_minute(step.closed_at), call.zone),
            "to_words": times.moment(times.last_minute(step.closes_at), call.zone),
            "reason": in_language(step.reason),
        }
        for step in call.extensions.all()
    ]


def cities_of(call: Call) -> list[dict[str, str]]:
    return times.in_cities(times.last_minute(call.closes_at))


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
