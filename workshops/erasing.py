"""People are forgotten: when they ask, and by itself a year after their workshop.

What stays is nobody's: that somebody of this country and level had a seat, and how seats changed hands, so that
figures and the log of the line stay true. The code on a certificate still says that it is ours.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from newsletter import subscribing
from outbox.models import OutboxMessage
from people import events
from people.models import Address, Consent, EventWords, User
from workshops import seating
from workshops.models import Registration

#: As the terms say to which people agree.
KEPT = timedelta(days=365)
#: How many people one transaction forgets.
BATCH = 200

WORDS = ("name", "organisation", "role", "hopes", "brings", "access_needs")


def of_the_same_person(registration: Registration) -> QuerySet[Registration]:
    return Registration.objects.filter(address_id=registration.address_id, erased_at=None)


@transaction.atomic
def erase(registration: Registration, *, reason: str, by: User, at: datetime) -> int:
    """Forget the person of this registration, in every series. Their seats go to the next in line at once.

    A last letter takes each seat out of their calendar; once it has left, ``let_go`` parts with the address too.
    Returns how many registrations were theirs. Safe to repeat.
    """
    address = registration.address
    seating.end_everything(address, at=at)
    ended = of_the_same_person(registration).exclude(status__in=Registration.ACTIVE, workshop__ends_at__gt=at)
    theirs = list(ended.values_list("pk", flat=True))
    subscribing.forget(address)
    for pk in theirs:
        events.record("erased", about=("registration", pk), at=at, by=by, reason=reason)
    _blank(theirs, at=at)
    return len(theirs)


def forget_old(at: datetime) -> int:
    """Forget everybody whose workshop has been over for a year. Safe to repeat; returns how many."""
    forgotten = 0
    old = Registration.objects.filter(erased_at=None, workshop__ends_at__lte=at - KEPT).order_by("pk")
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            forgotten += _blank(batch, at=at)
    return forgotten


def _blank(registrations: list[int], *, at: datetime) -> int:
    """Old links, open pages and private calendars end with it."""
    return Registration.objects.filter(pk__in=registrations, erased_at=None).update(
        **dict.fromkeys(WORDS, ""),
        group=None,
        erased_at=at,
        generation=F("generation") + 1,
        feed_generation=F("feed_generation") + 1,
    )


def let_go(at: datetime) -> int:
    """Part with the letters and the address of those who were erased and have had their last letter. Safe to repeat;
    returns how many registrations are nobody's now."""
    erased = Registration.objects.filter(erased_at__isnull=False, let_go_at=None)
    waiting = OutboxMessage.objects.waiting().filter(subject_kind="registration")
    done = 0
    for address in list(erased.order_by("address").values_list("address", flat=True).distinct()[:BATCH]):
        theirs = list(erased.filter(address=address).values_list("pk", flat=True))
        if not waiting.filter(subject_id__in=[str(pk) for pk in theirs]).exists():
            done += _let_go(address, theirs, at=at)
    return done


@transaction.atomic
def _let_go(address_pk: int, registrations: list[int], *, at: datetime) -> int:
    nobody = Address.objects.nobody(at=at)
    done = Registration.objects.filter(pk__in=registrations, let_go_at=None).update(
        address=nobody, let_go_at=at
    )
    about = [str(pk) for pk in registrations]
    OutboxMessage.objects.filter(subject_kind="registration", subject_id__in=about).delete()
    Consent.objects.filter(about_kind="registration", about_id__in=about).delete()
    EventWords.objects.filter(event__object_kind="registration", event__object_id__in=about).delete()
    Address.objects.let_go(address_pk)
    return done
