"""What is said before and after a workshop, found by what is true now.

An outage is caught up with what still holds; whoever registers late gets only what is still useful; a workshop
that moves arms everything anew, because moving clears what people were told. ``Registration.told`` holds when each
rule spoke ("" where it had nothing useful to say), when the last move was told, and whether the question of 48 hours
before warned that silence costs the seat.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django import db
from django.db import connection, transaction

from outbox import posting
from workshops import letters
from workshops.models import Registration, Workshop

log = logging.getLogger(__name__)

#: Rule → (from how long before the start it holds, until how long before).
RULES: dict[str, tuple[timedelta, timedelta]] = {
    "week": (timedelta(days=7), timedelta(days=2)),
    "reconfirm": (letters.ASKED_FROM, timedelta(hours=24)),
    "day": (timedelta(days=1), timedelta(hours=2)),
    "hour": (timedelta(hours=1), timedelta(0)),
}
#: Thanks go out for this long after the end.
THANKS_FOR = timedelta(days=7)
#: How many people one transaction looks after.
BATCH = 200


def remind(at: datetime) -> int:
    """Post what holds at ``at``; returns how many people were looked after. Safe to repeat and to run twice at once.

    A workshop whose letters cannot be written keeps no other from its own.
    """
    posted = 0
    soon = Workshop.objects.filter(
        status=Workshop.Status.OPEN, starts_at__lte=at + RULES["week"][0], ends_at__gt=at - THANKS_FOR
    ).select_related("series")
    for workshop in soon:
        for rule, since, until in _stretches(workshop):
            if since <= at < until:
                try:
                    posted += _all(workshop, rule, since=since, until=until, at=at)
                except db.Error:
                    raise
                except Exception:
                    log.exception("The letters «%s» of workshop %s cannot be written.", rule, workshop.pk)
    return posted


def _stretches(workshop: Workshop) -> list[tuple[str, datetime, datetime]]:
    """Each rule with the instants from which and until which it holds."""
    start, end = workshop.starts_at, workshop.ends_at
    before = [(rule, start - since, start - until) for rule, (since, until) in RULES.items()]
    return [*before, ("thanks", end, end + THANKS_FOR)]


def _all(workshop: Workshop, rule: str, *, since: datetime, until: datetime, at: datetime) -> int:
    posted = 0
    while batch := _some(workshop, rule, since=since, until=until, at=at):
        posted += batch
    return posted


@transaction.atomic
def _some(workshop: Workshop, rule: str, *, since: datetime, until: datetime, at: datetime) -> int:
    """Look after some of those who have not been told; returns how many there were. Nobody who registered after
    the rule began to hold is told what their first letter has just said, or the letter about a new time."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = workshop.registrations.seated().filter(erased_at=None).exclude(told__has_key=rule)
    if rule == "thanks":
        waiting = waiting.filter(attended_at__isnull=False)
    people = list(
        waiting.select_related("address")
        .select_for_update(of=("self",), skip_locked=skip)
        .order_by("pk")[:BATCH]
    )
    if not people or not _stands(workshop):
        return 0
    asked = []
    for registration in people:
        registration.workshop = workshop
        useful = _useful(registration, rule, since=since)
        registration.told = {**registration.told, rule: at.isoformat() if useful else ""}
        if rule == "reconfirm" and useful and workshop.silence_costs_seat:
            registration.told["warned"] = True
        if useful:
            asked.append(_letter(registration, rule, until=until, at=at))
    Registration.objects.bulk_update(people, ["told"])
    posting.post_many(asked)
    return len(people)


def _stands(workshop: Workshop) -> bool:
    """Whether it has not been moved or cancelled since we looked; whoever does that has to wait for these people."""
    same = Workshop.objects.filter(pk=workshop.pk, schedule=workshop.schedule, status=Workshop.Status.OPEN)
    return same.exists()


def _useful(registration: Registration, rule: str, *, since: datetime) -> bool:
    if rule == "reconfirm" and registration.reconfirmed_at is not None:
        return False
    # The last one brings the way in, so that nobody is without it.
    if rule in ("hour", "thanks"):
        return True
    seated = registration.seated_at or registration.registered_at
    moved = registration.told.get("moved")
    return max(seated, datetime.fromisoformat(moved)) <= since if moved else seated <= since


def _letter(registration: Registration, rule: str, *, until: datetime, at: datetime) -> dict:
    if rule == "thanks":
        return letters.thanks(registration, at=at)
    if rule == "reconfirm":
        return letters.reconfirm(registration, at=at, true_until=until)
    return letters.reminder(registration, rule, at=at, true_until=until)
