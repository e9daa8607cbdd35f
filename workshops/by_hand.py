"""What staff do for registrants: take them down on the phone, confirm them, give their seats back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from people import events
from people.models import Address, User
from workshops import registering, seating
from workshops.models import Registration, Workshop


@dataclass
class Done:
    """How many were changed, and who could not be, with a sentence each."""

    changed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


@transaction.atomic
def take_down(
    workshop: Workshop,
    *,
    email: str,
    details: dict[str, Any],
    recording: bool,
    news: bool = False,
    by: User,
    at: datetime,
) -> Registration:
    """Register somebody who has asked by telephone, and who agreed to the terms that were read to them.

    They get the letter that everybody gets, and have to confirm their address. Raises what ``take_seat`` raises.
    """
    address = Address.objects.known(email, at=at)
    registration = seating.take_seat(workshop, address=address, details=details, at=at, by=by)
    if registration.is_new:
        registering.note_consents(
            registration,
            recording=recording,
            news=news,
            language=address.language,
            at=at,
            by_phone=True,
        )
    return registration


def confirm(registrations: Iterable[int], *, by: User, at: datetime) -> Done:
    """Note that these people have said by telephone that they come: their address counts as confirmed, an offered
    seat as taken. Safe to repeat."""
    done = Done()
    for registration in _found(registrations):
        try:
            done.changed += _confirm(registration, by=by, at=at)
        except seating.NotPossible as error:
            done.refused.append((registration.name, error.args[0]))
    return done


@transaction.atomic
def _confirm(registration: Registration, *, by: User, at: datetime) -> bool:
    changed = False
    if not registration.is_active:
        return False
    if registration.status == Registration.Status.OFFERED:
        seating.answer_offer(registration, take=True, at=at)
        changed = True
    changed |= bool(
        Address.objects.filter(pk=registration.address_id, confirmed_at=None).update(confirmed_at=at)
    )
    if registration.status != Registration.Status.WAITING and registration.reconfirmed_at is None:
        seating.reconfirm(registration, at=at)
        changed = True
    if changed:
        events.record("confirmed", about=("registration", registration.pk), at=at, by=by)
    return changed


def give_back(registrations: Iterable[int], *, reason: str, by: User, at: datetime) -> Done:
    """End these registrations, each in a transaction of its own: the next in line get the seats. Safe to repeat."""
    done = Done()
    for registration in _found(registrations):
        if not registration.is_active:
            continue
        try:
            seating.give_back(registration, at=at, by=by, reason=reason)
        except seating.NotPossible as error:
            done.refused.append((registration.name, error.args[0]))
        else:
            done.changed += 1
    return done


def _found(registrations: Iterable[int]) -> list[Registration]:
    found = Registration.objects.select_related("workshop__series", "address")
    return list(found.filter(pk__in=list(registrations)).order_by("workshop_id", "turn"))
