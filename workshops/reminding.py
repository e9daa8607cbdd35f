"""What is said before and after a workshop, found by what is true now.

An outage is caught up with what still holds; whoever registers late gets only what is still useful; a workshop
that moves arms everything anew, because moving clears what people were told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from outbox import posting
from workshops import letters
from workshops.models import Registration, Workshop

#: Rule → (from how long before the start it holds, until how long before).
RULES: dict[str, tuple[timedelta, timedelta]] = {
    "week": (timedelta(days=7), timedelta(days=2)),
    "reconfirm": (timedelta(hours=48), timedelta(hours=24)),
    "day": (timedelta(days=1), timedelta(hours=2)),
    "hour": (timedelta(hours=1), timedelta(0)),
}
#: Thanks go out for this long after the end.
THANKS_FOR = timedelta(days=7)
#: How many people one transaction looks after.
BATCH = 200


def remind(at: datetime) -> int:
    """Post what holds at ``at``; returns how many letters. Safe to repeat and to run twice at once."""
    posted = 0
    soon = Workshop.objects.filter(
        status=Workshop.Status.OPEN, starts_at__lte=at + RULES["week"][0], ends_at__gt=at - THANKS_FOR
    ).select_related("series")
    for workshop in soon:
        for rule, (since, until) in RULES.items():
            if workshop.starts_at - since <= at < workshop.starts_at - until:
                posted += _all(
                    workshop, rule, since=workshop.starts_at - since, until=workshop.starts_at - until, at=at
                )
        if workshop.ends_at <= at:
            posted += _all(
                workshop, "thanks", since=workshop.ends_at, until=workshop.ends_at + THANKS_FOR, at=at
            )
    return posted


def _all(workshop: Workshop, rule: str, *, since: datetime, until: datetime, at: datetime) -> int:
    posted = 0
    while batch := _some(workshop, rule, since=since, until=until, at=at):
        posted += batch
    return posted


@transaction.atomic
def _some(workshop: Workshop, rule: str, *, since: datetime, until: datetime, at: datetime) -> int:
    """Look after some of those who have not been told; returns how many there were. Nobody who registered after
    the rule began to hold is told what their first letter has just said."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = workshop.registrations.seated().exclude(told__has_key=rule)
    if rule == "thanks":
        waiting = waiting.filter(attended_at__isnull=False)
    people = list(
        waiting.select_related("address")
        .select_for_update(of=("self",), skip_locked=skip)
        .order_by("pk")[:BATCH]
    )
    if not people:
        return 0
    asked = []
    for registration in people:
        registration.workshop = workshop
        useful = _useful(registration, rule, since=since)
        registration.told = {**registration.told, rule: at.isoformat() if useful else ""}
        if useful:
            asked.append(_letter(registration, rule, until=until, at=at))
    Registration.objects.bulk_update(people, ["told"])
    posting.post_many(asked)
    return len(people)


def _useful(registration: Registration, rule: str, *, since: datetime) -> bool:
    seated = registration.seated_at or registration.registered_at
    if rule == "reconfirm" and registration.reconfirmed_at is not None:
        return False
    # The last one brings the way in, so that nobody is without it.
    return rule in ("hour", "thanks") or seated <= since


def _letter(registration: Registration, rule: str, *, until: datetime, at: datetime) -> dict:
    if rule == "thanks":
        return letters.thanks(registration, at=at)
    if rule == "reconfirm":
        return letters.reconfirm(registration, at=at, true_until=until)
    return letters.reminder(registration, rule, at=at, true_until=until)
