"""Reminders to drafts not yet handed in, found by what is true now, not by a stored date.

An outage is caught up with the one reminder that still holds; a draft begun late gets only what is still to
come; a deadline that moves arms them anew, because the key of each holds the instant of the deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from cases import letters
from cases.models import Call, Case, Colleague
from newsletter import sending
from newsletter.models import Topic
from outbox import posting

DAYS_BEFORE = (timedelta(days=14), timedelta(days=3), timedelta(days=1))
#: How many drafts one transaction looks after; the rest wait for the next.
BATCH = 200


def remind(at: datetime) -> int:
    """Post the reminders that hold at ``at``; returns how many. Safe to repeat and to run twice at once."""
    posted = 0
    for call in Call.objects.open(at):
        stretch = _stretch(call, at)
        while stretch and (batch := _remind_some(call, *stretch, at=at)):
            posted += batch
    return posted


def tell_of_open_calls(at: datetime) -> int:
    """Whoever wants news of the call hears once of each that has opened; how many calls that was. Found by what is
    true now: a call that is shown later is told of then. Safe to repeat and to run twice at once."""
    calls = {f"call-opens:{call.pk}": call for call in Call.objects.open(at).filter(listed=True)}
    told = sending.was_told(calls)
    return sum(_tell_of(call, key, at=at) for key, call in calls.items() if key not in told)


def _tell_of(call: Call, key: str, *, at: datetime) -> bool:
    contexts = letters.news_of(call)
    return bool(contexts) and sending.tell(
        Topic.CALL,
        key=key,
        template="cases/call_opened",
        contexts=contexts,
        subject=("call", call.pk),
        at=at,
        expires_at=call.closes_at,
    )


def _stretch(call: Call, at: datetime) -> tuple[timedelta, datetime, datetime] | None:
    """Which reminder holds now: how long before the deadline, from when, and until when it stays true."""
    starts = [call.closes_at - before for before in DAYS_BEFORE]
    ends = [*starts[1:], call.closes_at]
    for before, start, end in zip(DAYS_BEFORE, starts, ends, strict=True):
        if start <= at < end:
            return before, start, end
    return None


def take_as_reminded(call: Call, *, at: datetime) -> None:
    """Let the reminder that would hold now rest for the drafts there are: their authors have just been written to."""
    if stretch := _stretch(call, at):
        call.cases.drafts().update(reminded=_mark(call, stretch[0]))


def _mark(call: Call, before: timedelta) -> str:
    return f"{before.days}:{call.closes_at.isoformat()}"


@transaction.atomic
def _remind_some(call: Call, before: timedelta, start: datetime, end: datetime, *, at: datetime) -> int:
    if Call.objects.held_still(call.pk).closes_at != call.closes_at:  # moved since we looked: next time
        return 0
    mark = _mark(call, before)
    waiting = Case.objects.drafts().filter(call=call, begun_at__lt=start).exclude(reminded=mark)
    cases = {
        case.pk: case for case in waiting.select_for_update(of=("self",), skip_locked=_can_skip())[:BATCH]
    }
    if not cases:
        return 0
    authors = Colleague.objects.filter(case__in=cases, role=Colleague.Role.AUTHOR, removed_at=None)
    asked = []
    for author in authors.select_related("address"):
        case = cases[author.case_id]
        case.call = call
        if author.address.wants(letters.REMINDER):
            asked.append(letters.reminder(author, case, days=before.days, at=at, true_until=end))
    posting.post_many(asked)
    Case.objects.filter(pk__in=cases).update(reminded=mark)
    return len(cases)


def _can_skip() -> bool:
    return connection.features.has_select_for_update_skip_locked
