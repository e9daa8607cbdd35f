"""Registering and what belongs to it: the mailbox, what was agreed to, one's details, the private calendar."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from people import events, limits
from people.models import Address, Consent, normal
from workshops import letters, seating
from workshops.models import Answer, Registration, Workshop

#: Which wording of the terms somebody agreed to.
TERMS_WORDING = "2027.1"
TERMS, RECORDING = "workshop-terms", "workshop-recording"
#: Whoever asks again and again for a registration they have gets so many letters a day.
AGAIN_A_DAY = 3
SWAPS_A_DAY = 20
#: Whoever asks again so soon has pressed twice; their first letter is on its way.
PRESSED_TWICE = timedelta(minutes=2)

#: Beside what a person was told: that they answered the three questions, not what.
ANSWERED = "answered"

_FEED_SALT = "workshops.feed"


class TooMany(Exception):
    """One network has registered many people within the hour."""


@dataclass(frozen=True)
class Registered:
    """``is_new`` is False when the address had a claim already; then only its mailbox is told more."""

    registration: Registration
    is_new: bool


@transaction.atomic
def register(
    workshop: Workshop,
    *,
    email: str,
    details: dict[str, Any],
    recording: bool,
    language: str,
    zone: str,
    network: str,
    at: datetime,
    speaks_for: Container[int] = (),
) -> Registered:
    """Take a seat or a place in line for whoever reads this mailbox. Raises TooMany and what ``take_seat`` raises.

    ``speaks_for`` has the ids of the addresses whose mailbox has answered to whoever asks; for others, claims that
    stand in the series stay as they are.
    """
    room = {"at": at, "limit": settings.REGISTRATIONS_PER_NETWORK_AND_HOUR, "window": limits.HOUR}
    if limits.is_used_up("registrations", network, **room):
        claims = Registration.objects.active().filter(series=workshop.series_id, address__email=normal(email))
        if not any(_comes_back(each, speaks_for, at) for each in claims):
            raise TooMany
    address = Address.objects.known(email, at=at, language=language, time_zone=zone)
    try:
        beside = address.pk in speaks_for
        registration = seating.take_seat(workshop, address=address, details=details, at=at, beside=beside)
    except seating.SeatedElsewhere as trouble:
        registration = trouble.registration
    registration.address = address
    # Asking for who is registered counts as registering them does, so that the limit tells nobody apart.
    counts = registration.is_new or not _comes_back(registration, speaks_for, at)
    if counts and not limits.take("registrations", network, **room):
        raise TooMany
    if not registration.is_new:
        _tell_again(registration, workshop, at=at)
        return Registered(registration, is_new=False)
    agreed = [TERMS, *([RECORDING] if recording else [])]
    Consent.objects.bulk_create(_consent(registration, kind, language=language, at=at) for kind in agreed)
    return Registered(registration, is_new=True)


def _comes_back(registration: Registration, speaks_for: Container[int], at: datetime) -> bool:
    """Whether somebody asks for what is surely theirs, or has just pressed twice: no limit counts them again."""
    return registration.address_id in speaks_for or _is_pressed_twice(registration, at)


def _is_pressed_twice(registration: Registration, at: datetime) -> bool:
    return at < registration.registered_at + PRESSED_TWICE


def _tell_again(registration: Registration, asked: Workshop, *, at: datetime) -> None:
    is_here = registration.workshop_id == asked.pk
    if is_here and _is_pressed_twice(registration, at):
        return
    address = registration.address_id
    if not limits.take("seat-again", address, at=at, limit=AGAIN_A_DAY, window=limits.DAY):
        return
    if is_here:
        letters.again(registration, at=at)
    else:
        letters.elsewhere(registration, asked, at=at)


def _consent(registration: Registration, kind: str, *, language: str, at: datetime) -> Consent:
    return Consent(
        address_id=registration.address_id,
        kind=kind,
        wording=TERMS_WORDING,
        language=language,
        given_at=at,
        about_kind="registration",
        about_id=str(registration.pk),
    )


def may_be_recorded(registration: Registration) -> bool:
    return _consents(registration).filter(kind=RECORDING).exists()


def _consents(registration: Registration):
    return Consent.objects.filter(about_kind="registration", about_id=str(registration.pk))


@transaction.atomic
def correct(
    registration: Registration, details: dict[str, Any], *, recording: bool, language: str, at: datetime
) -> None:
    """Change what somebody said of themselves, and whether they may be recorded. Harmless when repeated."""
    Registration.objects.filter(pk=registration.pk).update(**details)
    if recording and not may_be_recorded(registration):
        _consent(registration, RECORDING, language=language, at=at).save()
    elif not recording:
        _consents(registration).filter(kind=RECORDING).delete()
    events.record("corrected", about=("registration", registration.pk), at=at, by=registration.address)


@transaction.atomic
def change(registration: Registration, to: Workshop, *, at: datetime) -> Registration:
    """Swap to another session; what was agreed to goes along. Raises NotPossible, also for whoever changes on and on:
    each change is two letters."""
    who = registration.address_id
    if not limits.take("swaps", who, at=at, limit=SWAPS_A_DAY, window=limits.DAY):
        raise seating.NotPossible(_("You have changed many times today. Please try again tomorrow."))
    new = seating.swap(registration, to, at=at)
    if new.pk != registration.pk and not _consents(new).exists():
        agreed = list(_consents(registration))
        for consent in agreed:
            consent.pk, consent.about_id = None, str(new.pk)
        Consent.objects.bulk_create(agreed)
    return new


@transaction.atomic
def take_answer(
    registration: Registration, *, useful: int | None, learned: str, better: str, at: datetime
) -> bool:
    """Keep what somebody thought with the workshop, to the day, and nothing of who it was but that they have
    answered: each person counts once. Returns whether this was the first time."""
    person = Registration.objects.select_for_update().get(pk=registration.pk)
    if has_answered(person):
        return False
    person.told = {**person.told, ANSWERED: True}
    person.save(update_fields=["told"])
    workshop = registration.workshop
    day = at.astimezone(workshop.zone).date()
    Answer.objects.create(workshop=workshop, useful=useful, learned=learned, better=better, day=day)
    return True


def has_answered(registration: Registration) -> bool:
    return ANSWERED in registration.told


# -- The private calendar ------------------------------------------------------------------------------------------


def feed_token(registration: Registration) -> str:
    """What stands in the address of a private calendar; it opens nothing else, and is revoked by its generation."""
    signer = signing.Signer(salt=_FEED_SALT, sep=".")
    return signer.sign(f"{registration.pk}-{registration.feed_generation}")


def feed_owner(token: str) -> Registration | None:
    """The registration that a private calendar was made for, or None for a token that is not (any more) ours."""
    try:
        pk, generation = signing.Signer(salt=_FEED_SALT, sep=".").unsign(token).split("-")
    except (signing.BadSignature, ValueError):
        return None
    owner = Registration.objects.select_related("address", "series")
    return owner.filter(pk=int(pk), feed_generation=int(generation)).first()


def seats_in_calendar(owner: Registration) -> list[Registration]:
    """The seats in the series that this person has now, or whose workshop was cancelled."""
    theirs = Registration.objects.filter(series_id=owner.series_id, address_id=owner.address_id)
    shown = theirs.filter(status__in=(Registration.Status.SEATED, Registration.Status.CANCELLED))
    return list(shown.exclude(seated_at=None).select_related("workshop").order_by("workshop__starts_at"))


def revoke_feed(registration: Registration) -> None:
    """End the addresses of this person's private calendar; a new one stands on their page."""
    theirs = Registration.objects.filter(series_id=registration.series_id, address_id=registration.address_id)
    theirs.update(feed_generation=F("feed_generation") + 1)
