"""Registering and what belongs to it: the mailbox, what was agreed to, one's details, the private calendar."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from newsletter import subscribing
from newsletter.models import Record
from people import events, limits
from people.models import Address, Consent, normal
from workshops import letters, seating
from workshops.models import Answer, Registration, Workshop

#: Which wording of the terms somebody agreed to.
TERMS_WORDING = "2027.1"
TERMS, RECORDING = "workshop-terms", "workshop-recording"
#: News is wished for in a form, by whoever typed the address, and agreed to by whoever reads its mail.
NEWS_WISHED, NEWS = "asked", "confirmed"
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
    """``is_new`` is False when the address had a claim already; then only its mailbox is told more. ``also`` are
    places in other lines, for somebody who would take any of these dates."""

    registration: Registration
    is_new: bool
    also: tuple[Registration, ...] = ()


@transaction.atomic
def register(
    workshop: Workshop,
    *,
    email: str,
    details: dict[str, Any],
    recording: bool,
    news: bool = False,
    language: str,
    zone: str,
    network: str,
    also: Sequence[Workshop] = (),
    at: datetime,
    speaks_for: Container[int] = (),
) -> Registered:
    """Take a seat or a place in line for whoever reads this mailbox; in ``also`` too, where all are full.

    Raises TooMany and what ``take_seat`` raises.

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
        who: dict[str, Any] = {
            "address": address,
            "details": details,
            "at": at,
            "beside": address.pk in speaks_for,
        }
        registration, *others = (
            seating.take_any([workshop, *also], **who) if also else [seating.take_seat(workshop, **who)]
        )
    except seating.SeatedElsewhere as trouble:
        registration, others = trouble.registration, []
    registration.address = address
    # Asking for who is registered counts as registering them does, so that the limit tells nobody apart.
    counts = registration.is_new or not _comes_back(registration, speaks_for, at)
    if counts and not limits.take("registrations", network, **room):
        raise TooMany
    if not registration.is_new:
        _tell_again(registration, workshop, at=at)
        return Registered(registration, is_new=False)
    made = [registration, *(each for each in others if each.is_new)]
    for each in made:
        note_consents(each, recording=recording, news=news, language=language, at=at)
    return Registered(registration, is_new=True, also=tuple(made[1:]))


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


# -- What people agreed to -----------------------------------------------------------------------------------------


def note_consents(
    registration: Registration,
    *,
    recording: bool,
    news: bool,
    language: str,
    at: datetime,
    by_phone: bool = False,
) -> None:
    """Write down the terms, to which everybody agrees, and what else was ticked; ``by_phone`` for what staff were
    told."""
    kinds = [TERMS, *([RECORDING] if recording else [])]
    Consent.objects.bulk_create(_consent(registration, kind, language=language, at=at) for kind in kinds)
    if news:
        where = Record.Where.PHONE if by_phone else Record.Where.WORKSHOP
        subscribing.wish(registration.address, where=where, language=language, at=at)


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


def agreed_to(registration: Registration) -> set[str]:
    """The kinds of consent that hold for this registration, news among them. One statement."""
    given = _consents(registration).filter(address_id=registration.address_id)
    news = subscribing.standings(registration.address_id)
    return set(given.values_list("kind", flat=True).union(news))


def wants_news(agreed: set[str]) -> bool:
    """Of the kinds that ``agreed_to`` gives: whether news is wished for, or agreed to already."""
    return bool(agreed & {NEWS_WISHED, NEWS})


def may_be_recorded(registration: Registration) -> bool:
    return RECORDING in agreed_to(registration)


def _consents(registration: Registration):
    return Consent.objects.filter(about_kind="registration", about_id=str(registration.pk))


def is_recorded() -> Exists:
    """For querysets: whether the person of a registration may be recorded."""
    about = Cast(OuterRef("pk"), CharField())
    return Exists(Consent.objects.filter(about_kind="registration", about_id=about, kind=RECORDING))


def stop_news(registration: Registration, *, at: datetime) -> None:
    """No more news to this mailbox, wherever it was wished for. Harmless when repeated."""
    subscribing.stop(registration.address, where=Record.Where.WORKSHOP, at=at)


@transaction.atomic
def opened_from_letter(registration: Registration, *, at: datetime) -> None:
    """Somebody came by a link in our letter: the mailbox has answered, and a wish for news, which the button told
    them of, counts from now on."""
    subscribing.answered(registration.address, at=at)
    registration.address.confirm(at)


@transaction.atomic
def correct(
    registration: Registration,
    details: dict[str, Any],
    *,
    recording: bool,
    news: bool,
    language: str,
    at: datetime,
) -> None:
    """Change what somebody said of themselves, whether they may be recorded and want news. Harmless when repeated."""
    Registration.objects.filter(pk=registration.pk).update(**details)
    before = agreed_to(registration)
    if recording and RECORDING not in before:
        _consent(registration, RECORDING, language=language, at=at).save()
    elif not recording:
        _consents(registration).filter(kind=RECORDING).delete()
    if news and not wants_news(before):
        subscribing.wish(registration.address, where=Record.Where.WORKSHOP, language=language, at=at)
        if registration.address.confirmed_at:  # then only a link in a letter has opened this page
            subscribing.answered(registration.address, at=at)
    elif not news and wants_news(before):
        stop_news(registration, at=at)
    events.record("corrected", about=("registration", registration.pk), at=at, by=registration.address)


# -- Another session, and what is said afterwards --------------------------------------------------------------------


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


def other_claims(registration: Registration, *, at: datetime) -> list[Registration]:
    """What else the same person has or waits for in the series, in sessions that are not over. One statement for the
    many who have nothing else, two for the others."""
    theirs = Registration.objects.active().filter(
        series_id=registration.series_id, address_id=registration.address_id
    )
    others = list(theirs.exclude(pk=registration.pk).order_by().values_list("pk", flat=True))
    if not others:
        return []
    to_come = Registration.objects.filter(pk__in=others, workshop__ends_at__gt=at)
    return list(to_come.select_related("workshop", "address").order_by("workshop__starts_at"))


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
