"""One letter a day to each reviewer who has something new or due, in the morning of the call.

Found by what is true now: a morning that the worker slept through is made up for on the same day, and what came in the
meantime stands in the next morning's letter. However many cases somebody was given, it is one letter.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from outbox import posting
from people.models import Address
from people.times import UTC
from reviews import blinding, letters
from reviews.assigning import takers
from reviews.models import Assignment, Reviewer, Round

#: On the clocks of the call. Later than ``LATEST`` nobody is written to; the next morning is early enough.
MORNING, LATEST = time(7), time(20)
#: A review that is due within so long is «due».
SOON = timedelta(days=3)
#: How many reviewers one transaction looks after.
BATCH = 100


def send_digests(at: datetime) -> int:
    """Post this morning's letters; returns how many. Safe to repeat and to run twice at once.

    The zone is that of the latest call in review.
    """
    round_ = Round.objects.newest()
    if round_ is None:
        return 0
    local = at.astimezone(round_.call.zone)
    if not MORNING <= local.time() < LATEST:
        return 0
    posted, looked_at = 0, BATCH
    while looked_at == BATCH:
        looked_at, letters_posted = _some(local.date(), round_.call.zone, at=at)
        posted += letters_posted
    return posted


@transaction.atomic
def _some(day: date, zone: ZoneInfo, *, at: datetime) -> tuple[int, int]:
    """Look after some who have not been looked at today: (how many there were, how many letters)."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = takers().filter(Q(digest_on=None) | Q(digest_on__lt=day)).order_by("pk")
    reviewers = list(waiting.select_for_update(of=("self",), skip_locked=skip)[:BATCH])
    if not reviewers:
        return 0, 0
    reading = _to_read(reviewers)
    told = {each.pk: parts_of(reading[each.pk], each.digest_on, day, zone, at=at) for each in reviewers}
    named = {
        each.dossier_id: each.dossier
        for parts in told.values()
        for given in parts.values()
        for each in given[: letters.NAMED]
    }
    titles = blinding.titles_of(named.values())
    asked = []
    for reviewer in reviewers:
        parts = told[reviewer.pk]
        if any(parts.values()):
            to = Address.objects.known(reviewer.user.email, at=at)
            asked.append(
                letters.digest(
                    reviewer,
                    to,
                    parts,
                    titles=titles,
                    to_read=len(reading[reviewer.pk]),
                    day=day,
                    zone=zone.key,
                    at=at,
                    true_until=morning(day + timedelta(days=1), zone),
                )
            )
    Reviewer.objects.filter(pk__in=[reviewer.pk for reviewer in reviewers]).update(digest_on=day)
    return len(reviewers), posting.post_many(asked)


def _to_read(reviewers: list[Reviewer]) -> defaultdict[int, list[Assignment]]:
    """What each of these has to read, the most urgent first; nothing of cases that are decided or withdrawn."""
    found = defaultdict(list)
    rows = Assignment.objects.wanted().filter(reviewer__in=reviewers)
    named = rows.select_related("dossier__case", "dossier__round", "dossier__submission").only(
        "reviewer",
        "given_at",
        "due_at",
        "dossier__case__reference",
        "dossier__round__blind",
        "dossier__submission__title",
    )
    for each in named.order_by("due_at", "pk"):
        found[each.reviewer_id].append(each)
    return found


def parts_of(
    reading: list[Assignment], last: date | None, day: date, zone: ZoneInfo, *, at: datetime
) -> dict[str, list[Assignment]]:
    """What there is to say to one reviewer, each case under one heading. New is what was given between the morning of
    the ``last`` digest and this one."""
    since, until = morning(last, zone) if last else None, morning(day, zone)
    parts: dict[str, list[Assignment]] = {"overdue": [], "due": [], "new": []}
    for each in reading:
        if each.due_at < at:
            parts["overdue"].append(each)
        elif each.due_at <= at + SOON:
            parts["due"].append(each)
        elif each.given_at < until and (since is None or each.given_at >= since):
            parts["new"].append(each)
    return parts


def morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
