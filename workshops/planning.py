"""Planning sessions: what else happens when staff edit one, and another one like it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from people import events
from people.models import User
from workshops import letters, writing
from workshops.models import Registration, Workshop
from workshops.models.workshop import calendar_id

#: What stands in people's calendars; a change has to reach them there.
IN_CALENDARS = {"title", "promise"}
WEEK = timedelta(days=7)


@transaction.atomic
def changed(
    workshop: Workshop,
    fields: list[str],
    *,
    by: User,
    at: datetime,
    made: bool = False,
    old_title: dict[str, str] | None = None,
) -> int:
    """Write down that staff edited these fields, and let calendars hear of it: those that subscribe by themselves,
    those of people with a seat by a letter when the title is another one. Returns how many letters that are."""
    if IN_CALENDARS & set(fields) and not made:
        Workshop.objects.filter(pk=workshop.pk).update(sequence=F("sequence") + 1)
    action = "workshop made" if made else "workshop changed"
    events.record(action, about=("workshop", workshop.pk), at=at, by=by, facts={"fields": fields})
    if "title" not in fields or made:
        return 0
    renamed = Workshop.objects.select_related("series").get(pk=workshop.pk)
    return letters.renamed(renamed, old_title=old_title or {}, at=at) if renamed.takes_people(at) else 0


@transaction.atomic
def duplicate(workshop: Workshop, *, by: User, at: datetime) -> Workshop:
    """Another session like this one, a week later and not announced, with nobody in it and no way in yet."""
    copy = Workshop.objects.get(pk=workshop.pk)
    copy.pk = None
    copy._state.adding = True
    copy.slug = _free_slug(workshop.slug)
    copy.status = Workshop.Status.HIDDEN
    copy.starts_at, copy.ends_at = _a_week_later(workshop, at)
    copy.uid, copy.schedule, copy.sequence = calendar_id(), 1, 0
    copy.groups_published, copy.meeting_url, copy.phone = False, "", ""
    copy.save(force_insert=True)
    changed(copy, [], by=by, at=at, made=True)
    return copy


def _free_slug(slug: str) -> str:
    stem = slug[:44]
    taken = set(Workshop.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(name for n in range(2, len(taken) + 3) if (name := f"{stem}-{n}") not in taken)


def _a_week_later(workshop: Workshop, at: datetime) -> tuple[datetime, datetime]:
    """The same hours on the clocks of the workshop's zone, in the first later week that is still to come."""
    local = workshop.starts_at.astimezone(workshop.zone)
    weeks = 1
    while local + weeks * WEEK <= at:
        weeks += 1
    starts = (local + weeks * WEEK).replace(fold=0)
    return starts, starts + (workshop.ends_at - workshop.starts_at)


# -- Looking ahead: who would be told what -----------------------------------------------------------------------------


def letter_if_moved(
    workshop: Workshop, starts_at: datetime, ends_at: datetime, *, by: User, at: datetime
) -> dict:
    """The letter that somebody with a seat would get, addressed to staff; nothing is changed or sent."""
    somebody = _somebody(workshop, by, at)
    was = workshop.starts_at, workshop.ends_at
    moved = Workshop.objects.select_related("series").get(pk=workshop.pk)
    moved.starts_at, moved.ends_at = starts_at, ends_at
    moved.sequence += 1
    somebody.workshop = moved
    return letters.new_time(somebody, was=was, at=at)


def letter_if_cancelled(workshop: Workshop, reason: str, *, by: User, at: datetime) -> dict:
    """The same for cancelling."""
    return letters.off(_somebody(workshop, by, at), reason=reason, at=at)


def _somebody(workshop: Workshop, by: User, at: datetime) -> Registration:
    somebody = writing.sample(workshop, by, at=at)
    somebody.status, somebody.registered_at = Registration.Status.SEATED, at
    return somebody
