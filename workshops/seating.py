"""Who sits where: take a seat, wait, swap, give back. All of it behind one lock, the row of the series.

Sessions of a series share their people (whoever is given a seat in one leaves the list of another), so one lock
for the series makes every race a queue and cannot deadlock. ``at`` is the instant at which the request arrived;
for sweeps, the instant of the sweep. Nothing slow happens under the lock.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import db
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from people import events
from people.models import Address, User
from workshops import letters
from workshops.models import Registration, Series, Step, Workshop
from workshops.models.workshop import OFFERS_FROM

log = logging.getLogger(__name__)

_Status = Registration.Status

#: How long an offered seat waits for an answer at most; near the start, half of what is left.
OFFER_HOLDS = timedelta(hours=4)


class NotPossible(Exception):
    """This cannot be done now; the first argument is a sentence for the person."""


class SeatedElsewhere(Exception):
    """The person has a claim to another session of the series; they may swap. ``registration`` is that claim."""

    def __init__(self, registration: Registration):
        self.registration = registration
        super().__init__()


# -- Taking ------------------------------------------------------------------------------------------------------


@transaction.atomic
def take_seat(
    workshop: Workshop,
    *,
    address: Address,
    details: dict[str, Any],
    at: datetime,
    by: User | None = None,
    beside: bool = True,
    quietly: bool = False,
) -> Registration:
    """Give a free seat to exactly one person; the rest wait in the order in which they took the lock.

    Whom staff register (``by``) may be anybody; others have to be of those for whom the workshop is. Asking again
    returns the registration already held. Raises SeatedElsewhere when the person has a seat in
    another session that is not over and this one has room for them (when it is full they may wait and keep their
    seat), and NotPossible when the workshop takes nobody any more. ``quietly`` leaves the letter about the line to
    the caller.

    ``beside=False`` is for whoever may not be this person: any claim in the series stays the only one, and a
    refusal is the same for people who are registered and for those who are not.
    """
    series = _lock(workshop.series_id)
    workshop = Workshop.objects.get(pk=workshop.pk)
    workshop.series = series
    if by is None:
        _refuse_strangers(workshop, address)
    held = _standing_claims(series.pk, address.pk, at=at)
    again = next((each for each in held if each.workshop_id == workshop.pk), None)
    if again and beside:
        return again
    if not workshop.takes_people(at):
        raise NotPossible(_("This workshop takes no more registrations."))
    free = _room(workshop, address.pk)
    _refuse_late_waiting(workshop, free, at)
    if again:
        return again
    elsewhere = next((each for each in held if each.has_seat()), None)
    if series.one_seat_each and held and not beside:
        raise SeatedElsewhere(elsewhere or held[0])
    if series.one_seat_each and elsewhere and free.seats > 0:
        raise SeatedElsewhere(elsewhere)
    status = _Status.SEATED if free.seats > 0 and not free.waiting else _Status.WAITING
    registration = Registration.objects.create(
        workshop=workshop,
        series=series,
        address=address,
        status=status,
        turn=free.last_turn + 1,
        sequence=free.next_sequence,
        exclusive=series.one_seat_each,
        registered_at=at,
        seated_at=at if status == _Status.SEATED else None,
        confirm_by=_promised(workshop, address, at) if status == _Status.SEATED else None,
        **details,
    )
    _step(registration, "", why="registered", at=at)
    events.record("registered", about=("registration", registration.pk), at=at, by=by or address)
    if registration.has_seat():
        letters.seated(registration, at=at)
    else:
        if not quietly:
            letters.waiting(registration, at=at)
        _fill([workshop], at=at)
    if held:
        _exchange(series, at=at)
    if held or not registration.has_seat():
        registration.refresh_from_db(fields=["status", "seated_at", "offered_until", "sequence"])
    registration.is_new, registration.stood_before = True, bool(held)
    return registration


@transaction.atomic
def take_any(
    workshops: list[Workshop],
    *,
    address: Address,
    details: dict[str, Any],
    at: datetime,
    beside: bool = True,
) -> list[Registration]:
    """A seat in the first of these sessions that has one to give; where none has, a place in line in each of them: the
    first seat that comes free is theirs, and ends the other places. One letter tells all of it.

    Raises what ``take_seat`` raises for the first, and takes ``beside`` as it does; others that cannot be waited for are left out.
    """
    first, *others = workshops
    series = _lock(first.series_id)
    same = Workshop.objects.in_bulk([each.pk for each in others])
    others = [same[each.pk] for each in others if each.pk in same and same[each.pk].series_id == series.pk]
    held = _standing_claims(series.pk, address.pk, at=at)
    if any(not beside or each.workshop_id == first.pk for each in held):
        return [take_seat(first, address=address, details=details, at=at, beside=beside)]
    for each in (first, *others):
        free = _room(each)
        if free.seats > 0 and not free.waiting and each.takes_people(at) and each.admits(address.email):
            return [take_seat(each, address=address, details=details, at=at)]
    made = [take_seat(first, address=address, details=details, at=at, quietly=True)]
    for each in others if made[0].is_new and not made[0].has_seat() else []:
        try:
            made.append(take_seat(each, address=address, details=details, at=at, quietly=True))
        except (SeatedElsewhere, NotPossible):
            continue
    standing = Registration.objects.waiting().filter(pk__in=[each.pk for each in made if each.is_new])
    lines = list(standing.select_related("workshop__series", "address").order_by("pk"))
    if lines:
        letters.waiting(lines[0], at=at, also=lines[1:])
    return made


@transaction.atomic
def swap(registration: Registration, to: Workshop, *, at: datetime) -> Registration:
    """Change to another session: with a free seat both change hands at once; without one, the old seat stays and
    the person waits for the new, unless somebody there waits for theirs: then the two exchange. Returns the
    registration in the session asked for."""
    series = _lock(registration.series_id)
    old = _found(registration)
    to = Workshop.objects.get(pk=to.pk, series=series)
    to.series = series
    if old.workshop_id == to.pk:
        return old
    if not old.is_active:
        raise NotPossible(_("This registration has ended."))
    if old.workshop.is_over(at):
        raise NotPossible(_("This workshop is over. You can register for another one."))
    if not to.takes_people(at):
        raise NotPossible(_("This workshop takes no more registrations."))
    claims = _standing_claims(series.pk, old.address_id, at=at)
    if again := next((each for each in claims if each.workshop_id == to.pk), None):
        return again
    _refuse_strangers(to, old.address)
    free = _room(to, old.address_id)
    _refuse_late_waiting(to, free, at)
    seat = free.seats > 0 and not free.waiting
    leaves, freed = old, []
    if seat:
        # Whoever has a seat here and waits there gives up both for the session they ask for.
        for each in claims if series.one_seat_each else [old]:
            if each.status in Registration.HOLDING:
                leaves = each
                freed.append(each.workshop)
            _end(each, _Status.LEFT, why="swapped", at=at)
    new = Registration.objects.create(
        workshop=to,
        series=series,
        address=old.address,
        status=_Status.SEATED if seat else _Status.WAITING,
        turn=free.last_turn + 1,
        sequence=free.next_sequence,
        exclusive=series.one_seat_each,
        registered_at=at,
        seated_at=at if seat else None,
        confirm_by=(leaves.confirm_by or _promised(to, old.address, at)) if seat else None,
        feed_generation=old.feed_generation,
        **{name: getattr(old, name) for name in letters.DETAILS},
    )
    new.is_new = True
    _step(new, "", why="swapped", at=at)
    if seat:
        letters.swapped(leaves, new, at=at)
        _fill(freed, at=at)
    else:
        letters.waiting(new, at=at)
        _fill([to], at=at)
        _exchange(series, at=at)
        new.refresh_from_db(fields=["status", "seated_at", "offered_until", "sequence"])
    new.is_new = True
    return new


# -- Giving back ---------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(registration: Registration, *, at: datetime, by: User | None = None, reason: str = "") -> None:
    """End a registration; the seat goes to the next in line in the same transaction. Harmless when repeated.

    Raises NotPossible when the workshop is over: who was there has been there.
    """
    _lock(registration.series_id)
    found = _found(registration)
    if not found.is_active:
        return
    if found.workshop.is_over(at):
        raise NotPossible(_("This workshop is over."))
    _end(found, _Status.LEFT, why="given back", at=at)
    events.record("gave back", about=("registration", found.pk), at=at, by=by or found.address, reason=reason)
    letters.left(found, at=at, by_staff=by is not None)
    _fill([found.workshop], at=at)


@transaction.atomic
def end_everything(address: Address, *, at: datetime) -> None:
    """End all that somebody has or waits for in sessions to come, because they are erased; others get their seats."""
    theirs = Registration.objects.active().filter(address=address, workshop__ends_at__gt=at)
    for series in Series.objects.filter(pk__in=theirs.values("series")).order_by("pk"):
        _lock(series.pk)
        claims = _standing_claims(series.pk, address.pk, at=at)
        freed = [each.workshop for each in claims if each.status in Registration.HOLDING]
        for each in claims:
            _end(each, _Status.LEFT, why="erased", at=at)
            letters.erased(each, at=at)
        _fill(freed, at=at)


@transaction.atomic
def answer_offer(registration: Registration, *, take: bool, at: datetime) -> Registration:
    """Take an offered seat, or say no. Raises NotPossible once the time to answer is over."""
    _lock(registration.series_id)
    found = _found(registration)
    if found.has_seat() and take:
        return found
    if not found.is_offer_open(at):
        raise NotPossible(_("The time to answer is over; the seat was offered to the next in line."))
    freed = []
    if take:
        freed = _seat(found, why="offer taken", at=at)
    else:
        _end(found, _Status.LEFT, why="offer declined", at=at)
        letters.left(found, at=at, by_staff=False)
    _fill([found.workshop, *freed], at=at)
    return found


@transaction.atomic
def reconfirm(registration: Registration, *, at: datetime) -> None:
    """«I am coming», of somebody who has a seat. Harmless when repeated."""
    Registration.objects.seated().filter(pk=registration.pk, reconfirmed_at=None).update(reconfirmed_at=at)


# -- What staff change ---------------------------------------------------------------------------------------------


@transaction.atomic
def change_capacity(workshop: Workshop, capacity: int, *, at: datetime, by: User) -> None:
    """More seats go to those who wait, at once; fewer take nobody's seat away."""
    _lock(workshop.series_id)
    before = Workshop.objects.get(pk=workshop.pk)
    if before.capacity == capacity:
        return
    Workshop.objects.filter(pk=workshop.pk).update(capacity=capacity)
    facts = {"from": before.capacity, "to": capacity}
    events.record("capacity changed", about=("workshop", workshop.pk), at=at, by=by, facts=facts)
    before.capacity = capacity
    _fill([before], at=at)


@transaction.atomic
def move(
    workshop: Workshop, *, starts_at: datetime, ends_at: datetime, at: datetime, by: User, reason: str = ""
) -> int:
    """Move a session in time; everybody with a claim is told, reminders start anew. Returns how many are told."""
    _lock(workshop.series_id)
    found = Workshop.objects.get(pk=workshop.pk)
    if starts_at <= at or ends_at <= starts_at:
        raise NotPossible(_("The new time has to be still to come, and to end after it starts."))
    if found.status == Workshop.Status.CANCELLED:
        raise NotPossible(_("This workshop is cancelled."))
    if found.is_over(at):
        raise NotPossible(_("This workshop is over. Duplicate it, and set the time of the copy."))
    if (found.starts_at, found.ends_at) == (starts_at, ends_at):
        return 0
    was = found.starts_at, found.ends_at
    found.starts_at, found.ends_at = starts_at, ends_at
    found.schedule += 1
    found.sequence += 1
    found.save(update_fields=["starts_at", "ends_at", "schedule", "sequence"])
    told_anew = {"moved": at.isoformat()}
    found.registrations.active().update(reconfirmed_at=None, attended_at=None, told=told_anew)
    soonest = found.confirm_by(at)
    found.registrations.seated().filter(confirm_by__gt=soonest).update(confirm_by=soonest)
    events.record(
        "moved", about=("workshop", found.pk), at=at, by=by, reason=reason, facts={"from": was[0].isoformat()}
    )
    # offers stand, and end as long before the start as those that are made now
    latest = _offer_ends(found, at)
    found.registrations.filter(status=_Status.OFFERED, offered_until__gt=latest).update(offered_until=latest)
    letters.forget_old_time(found, at=at)
    told = letters.moved(found, was=was, at=at)
    _fill([found], at=at)
    return told


@transaction.atomic
def cancel(workshop: Workshop, *, at: datetime, by: User, reason: str) -> int:
    """Cancel a session: everybody with a claim is told, calendars take it out. Returns how many are told.

    Raises NotPossible when it is over: it has taken place.
    """
    _lock(workshop.series_id)
    found = Workshop.objects.get(pk=workshop.pk)
    if found.status == Workshop.Status.CANCELLED:
        return 0
    if found.is_over(at):
        raise NotPossible(_("This workshop is over, so it cannot be cancelled."))
    found.status = Workshop.Status.CANCELLED
    found.sequence += 1
    found.save(update_fields=["status", "sequence"])
    events.record("cancelled", about=("workshop", found.pk), at=at, by=by, reason=reason)
    letters.forget_all(found, at=at)
    told = letters.cancelled(found, reason=reason, at=at)
    ended = list(found.registrations.active())
    Step.objects.bulk_create(
        Step(
            workshop=found,
            registration=each,
            at=at,
            was=each.status,
            became=_Status.CANCELLED,
            why="cancelled",
        )
        for each in ended
    )
    found.registrations.active().update(status=_Status.CANCELLED, ended_at=at)
    return told


# -- What time brings ----------------------------------------------------------------------------------------------


def look_after(at: datetime) -> int:
    """Take back seats whose address never answered, and offers nobody took; give on whatever is free. Safe to repeat."""
    changed = 0
    for series in Series.objects.filter(workshops__in=Workshop.objects.to_come(at)).distinct():
        try:
            changed += _look_after(series, at=at)
        except db.Error:
            raise
        except Exception:  # the other series, and the reminders, are not to wait for it
            log.exception("The seats of series %s could not be looked after.", series.pk)
    return changed


@transaction.atomic
def _look_after(series: Series, *, at: datetime) -> int:
    _lock(series.pk)
    late = Registration.objects.filter(
        series=series, workshop__in=Workshop.objects.to_come(at)
    ).select_related("workshop__series", "address")
    unanswered = list(late.seated().filter(address__confirmed_at=None, confirm_by__lte=at))
    lapsed = list(late.filter(status=_Status.OFFERED, offered_until__lte=at))
    silent = [
        each
        for each in late.seated().filter(
            workshop__silence_costs_seat=True, reconfirmed_at=None, workshop__starts_at__lte=at + OFFERS_FROM
        )
        if _was_asked(each, at)
    ]
    for registration, why in (
        *((each, "address not confirmed") for each in unanswered),
        *((each, "offer lapsed") for each in lapsed),
        *((each, "no answer") for each in silent),
    ):
        if registration.is_active:
            _end(registration, _Status.RELEASED, why=why, at=at)
            letters.released(registration, why=why, at=at)
    # All of them, touched or not: an address may take letters again whose turn had been passed over.
    sessions = series.workshops.filter(pk__in=Workshop.objects.to_come(at).values("pk")).order_by("pk")
    _fill(list(sessions), at=at)
    return len(unanswered) + len(lapsed) + len(silent)


# -- Behind the lock -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    seats: int
    waiting: int
    last_turn: int
    next_sequence: int


def _lock(series_pk: int) -> Series:
    return Series.objects.select_for_update().get(pk=series_pk)


def _found(registration: Registration) -> Registration:
    return Registration.objects.select_related("workshop__series", "address").get(pk=registration.pk)


def _standing_claims(series_pk: int, address_pk: int, *, at: datetime) -> list[Registration]:
    """Everything that this person has or waits for in the series.

    A seat in a session that is over is no claim any more: it stays as it is, and stands in the way of no other.
    """
    claims = Registration.objects.active().filter(series_id=series_pk, address_id=address_pk)
    found = list(claims.select_related("workshop__series", "address").order_by("pk"))
    over = [each.pk for each in found if each.workshop.is_over(at)]
    if over:
        Registration.objects.filter(pk__in=over).update(exclusive=False)
    return [each for each in found if each.pk not in over]


def _was_asked(registration: Registration, at: datetime) -> bool:
    """Whether the person was asked if they come, and told that silence costs the seat, and has had time to answer."""
    asked = registration.told.get("reconfirm")
    if not (asked and registration.told.get("warned")):
        return False
    return registration.workshop.answer_by(datetime.fromisoformat(asked)) <= at


def _room(workshop: Workshop, address_id: int = 0) -> Room:
    """Free seats, people in line, the last turn that was given, and from where this person's calendar counts on.
    One statement."""
    counted = workshop.registrations.aggregate(
        held=Count("pk", filter=Q(status__in=Registration.HOLDING)),
        waiting=Count("pk", filter=Q(status=_Status.WAITING)),
        last=Max("turn"),
        heard=Max("sequence", filter=Q(address_id=address_id)),
    )
    heard = 0 if counted["heard"] is None else counted["heard"] + 1
    return Room(workshop.capacity - counted["held"], counted["waiting"], counted["last"] or 0, heard)


def _refuse_strangers(workshop: Workshop, address: Address) -> None:
    if not workshop.admits(address.email):
        raise NotPossible(
            _("This workshop is for people of certain organisations, and this address is not theirs.")
        )


def _refuse_late_waiting(workshop: Workshop, room: Room, at: datetime) -> None:
    if at >= workshop.starts_at and (room.seats <= 0 or room.waiting):
        raise NotPossible(_("This workshop has begun, and all its seats are taken."))


def _promised(workshop: Workshop, address: Address, at: datetime) -> datetime | None:
    """Until when a seat given at ``at`` waits for an address that has not answered yet. Whoever changes sessions has
    no more time than they had."""
    return None if address.confirmed_at else workshop.confirm_by(at)


def _step(registration: Registration, was: str, *, why: str, at: datetime) -> None:
    Step.objects.create(
        workshop_id=registration.workshop_id,
        registration=registration,
        at=at,
        was=was,
        became=registration.status,
        why=why,
    )


def _end(registration: Registration, status: str, *, why: str, at: datetime) -> None:
    was, registration.status, registration.ended_at = registration.status, status, at
    registration.sequence = F("sequence") + 1
    registration.save(update_fields=["status", "ended_at", "sequence"])
    registration.refresh_from_db(fields=["sequence"])
    _step(registration, was, why=why, at=at)
    letters.forget(registration, at=at)


def _seat(registration: Registration, *, why: str, at: datetime) -> list[Workshop]:
    """Give the seat, and end what the person no longer needs elsewhere; returns the sessions with a seat freed."""
    freed = []
    if registration.exclusive:
        for other in _standing_claims(registration.series_id, registration.address_id, at=at):
            if other.pk == registration.pk:
                continue
            if other.status in Registration.HOLDING:
                freed.append(other.workshop)
            _end(other, _Status.LEFT, why="seated elsewhere", at=at)
            letters.replaced(other, registration, at=at)
    was, registration.status, registration.seated_at = registration.status, _Status.SEATED, at
    registration.offered_until = None
    registration.confirm_by = _promised(registration.workshop, registration.address, at)
    registration.save(update_fields=["status", "seated_at", "offered_until", "confirm_by"])
    _step(registration, was, why=why, at=at)
    letters.forget(registration, at=at)
    letters.promoted(registration, at=at)
    return freed


def _fill(workshops: list[Workshop], *, at: datetime) -> None:
    """Give every free seat to the next in line; what that frees elsewhere is given on. Running it twice changes nothing."""
    waiting_for = list(workshops)
    while waiting_for:
        workshop = waiting_for.pop(0)
        at_once, offered = workshop.gives_at_once(at), workshop.offers(at)
        if not (at_once or offered):
            continue
        free = _room(workshop).seats
        if free <= 0:
            continue
        line = workshop.registrations.waiting().reachable()
        for registration in line.select_related("workshop__series", "address")[:free]:
            if at_once:
                waiting_for += _seat(registration, why="promoted", at=at)
            else:
                _offer(registration, at=at)


def _exchange(series: Series, *, at: datetime) -> None:
    """Let people who wait for one another's seats change places: nobody else in line loses anything by it.

    A ring of sessions is looked for, each with somebody seated who waits for the next; of several, whoever has
    waited longest changes. Repeated until there is no ring.
    """
    while ring := _ring(series, at=at):
        pairs = []
        for new, old in ring:
            _end(old, _Status.LEFT, why="exchanged", at=at)
            pairs.append((old, new))
        for old, new in pairs:
            was, new.status, new.seated_at = new.status, _Status.SEATED, at
            new.confirm_by = old.confirm_by or _promised(new.workshop, new.address, at)
            new.save(update_fields=["status", "seated_at", "confirm_by"])
            _step(new, was, why="exchanged", at=at)
            letters.forget(new, at=at)
            letters.swapped(old, new, at=at)


def _ring(series: Series, *, at: datetime) -> list[tuple[Registration, Registration]]:
    """(waiting registration, the seat that its person has) for each place of a ring; [] when there is none."""
    waiting = Registration.objects.filter(series=series, status=_Status.WAITING, exclusive=True)
    seats = Registration.objects.seated().filter(
        series=series, exclusive=True, address_id=OuterRef("address_id")
    )
    wishes = list(
        waiting.filter(workshop__in=Workshop.objects.to_come(at))
        .reachable()
        .annotate(seat=Subquery(seats.values("pk")[:1]), seated_in=Subquery(seats.values("workshop_id")[:1]))
        .exclude(seat=None)
        .select_related("workshop__series", "address")
        .order_by("registered_at", "pk")
    )
    first: dict[tuple[int, int], Any] = {}
    for wish in wishes:
        if wish.workshop.gives_at_once(at):
            first.setdefault((wish.seated_in, wish.workshop_id), wish)
    path = _round_trip(list(first))
    old = Registration.objects.select_related("workshop__series", "address").in_bulk(
        [first[step].seat for step in path]
    )
    return [(first[step], old[first[step].seat]) for step in path]


def _round_trip(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A shortest way from one session back to it, as steps (from, to); [] when there is none."""
    ways = [[step] for step in steps]
    while ways:
        for way in ways:
            if way[-1][1] == way[0][0]:
                return way
        ways = [
            [*way, step]
            for way in ways
            for step in steps
            if step[0] == way[-1][1] and step[1] not in {passed for _from, passed in way}
        ]
    return []


def _offer_ends(workshop: Workshop, at: datetime) -> datetime:
    return at + min(OFFER_HOLDS, (workshop.starts_at - at) / 2)


def _offer(registration: Registration, *, at: datetime) -> None:
    was, registration.status = registration.status, _Status.OFFERED
    registration.offered_until = _offer_ends(registration.workshop, at)
    registration.save(update_fields=["status", "offered_until"])
    _step(registration, was, why="offered", at=at)
    letters.offer(registration, at=at)
