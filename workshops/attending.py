"""The day itself: each person's own way in, and who came."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from people import events
from people.models import User
from workshops.models import Registration, Workshop
from workshops.models.workshop import NEEDS_KEPT


def may_enter(registration: Registration, at: datetime) -> bool:
    """Whether the person's own link leads into the meeting now."""
    workshop = registration.workshop
    return (
        registration.has_seat()
        and workshop.status == Workshop.Status.OPEN
        and bool(workshop.meeting_url)
        and workshop.opens_at <= at < workshop.ends_at
    )


def enter(registration: Registration, *, at: datetime) -> str:
    """The address of the meeting, and a note that the person came. Raises PermissionError before and after."""
    if not may_enter(registration, at):
        raise PermissionError
    Registration.objects.filter(pk=registration.pk, attended_at=None).update(attended_at=at)
    return registration.workshop.meeting_url


@transaction.atomic
def mark_attended(registrations: list[int], *, came: bool, at: datetime, by: User) -> int:
    """Note by hand who came (on the phone, say). Returns how many rows changed. Safe to repeat."""
    wanted = Q(attended_at=None) if came else Q(attended_at__isnull=False)
    changed = Registration.objects.seated().filter(wanted, pk__in=registrations)
    pks = list(changed.values_list("pk", flat=True))
    Registration.objects.filter(pk__in=pks).update(attended_at=at if came else None)
    for pk in pks:
        events.record("came" if came else "did not come", about=("registration", pk), at=at, by=by)
    return len(pks)


def forget_access_needs(at: datetime) -> int:
    """Delete what people needed, 14 days after the end. Safe to repeat; returns how many were deleted."""
    over = Registration.objects.filter(workshop__ends_at__lte=at - NEEDS_KEPT).exclude(access_needs="")
    return over.update(access_needs="")
