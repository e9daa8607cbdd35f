"""Everything this room says by mail. Whatever speaks of a time repeats weekday, date, year, hours and both zones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation

from outbox.models import OutboxMessage
from outbox.posting import expire, outdate, post, post_many
from people.links import letter_link
from workshops import ics
from workshops.models import Registration, Workshop

#: What somebody said of themselves, taken along when they change to another session.
DETAILS = ("name", "organisation", "country", "level", "role", "hopes", "brings", "access_needs")

REMINDER = "workshop-reminder"
#: What staff write by hand.
NOTE = "workshop-note"
#: A letter by hand that could not leave for so long is of no use any more, whatever it says.
NOTE_HOLDS = timedelta(days=7)
#: Links in letters about a session work until this long after it.
LINKS_LIVE_ON = timedelta(days=30)


def door(registration: Registration, **more) -> dict:
    """The way to one's own registration: swap, give back, correct; ``to="join"`` goes on into the meeting when its
    time has come, ``to="coming"`` says so."""
    return letter_link(
        "seat",
        registration=registration.pk,
        generation=registration.generation,
        expires_at=registration.workshop.ends_at + LINKS_LIVE_ON,
        **more,
    )


def _facts(registration: Registration) -> dict:
    workshop = registration.workshop
    with translation.override(registration.address.language):
        title = workshop.title_text
    return {
        "name": registration.name,
        "title": title,
        "starts_at": workshop.starts_at.isoformat(),
        "ends_at": workshop.ends_at.isoformat(),
        "zone": workshop.zone_name,
        "spoken": workshop.language,
        "contact": workshop.series.contact_email,
        "link": door(registration),
    }


def _entry(registration: Registration, *, at: datetime, cancelled: bool = False) -> list[dict]:
    with translation.override(registration.address.language):
        text = ics.invitation(registration, at=at, cancelled=cancelled)
    method = "CANCEL" if cancelled else "REQUEST"
    return [{"name": "workshop.ics", "type": f"text/calendar; method={method}", "text": text}]


def _about(registration: Registration, kind: str, *, at: datetime, key: str = "", **more) -> dict:
    attachments = more.pop("attachments", ())
    expires_at = more.pop("expires_at", registration.workshop.ends_at)
    return {
        "kind": f"workshop-{kind}",
        "key": f"workshop-{kind}:{registration.pk}:{key or at.isoformat()}",
        "to": registration.address,
        "template": f"workshops/{kind}",
        "subject": ("registration", registration.pk),
        "context": _facts(registration) | more,
        "attachments": attachments,
        "at": at,
        "expires_at": expires_at,
    }


def seated(registration: Registration, *, at: datetime) -> None:
    """«You have a seat», with the calendar entry; asks for the one click that confirms a new address."""
    post(
        **_about(
            registration, "seated", at=at, attachments=_entry(registration, at=at), **_promise(registration)
        )
    )


def _promise(registration: Registration) -> dict:
    if registration.address.confirmed_at:
        return {}
    return {"confirm_by": registration.confirm_by.isoformat()}


def again(registration: Registration, *, at: datetime) -> None:
    """What somebody who asks a second time has heard already, with the way to their registration."""
    if registration.has_seat():
        seated(registration, at=at)
    elif registration.is_offer_open(at):
        offer(registration, at=at)
    elif registration.status == Registration.Status.WAITING:
        waiting(registration, at=at)


def elsewhere(registration: Registration, wanted: Workshop, *, at: datetime) -> None:
    """«You are registered for another session»: the way to change, for whoever reads this mailbox."""
    post(
        **_about(
            registration,
            "elsewhere",
            at=at,
            has_seat=registration.has_seat(),
            wanted_title=wanted.title_text,
            wanted_starts_at=wanted.starts_at.isoformat(),
            wanted_ends_at=wanted.ends_at.isoformat(),
            wanted_zone=wanted.zone_name,
        )
    )


def waiting(registration: Registration, *, at: datetime) -> None:
    """«You are third in line», and how the line moves."""
    post(**_about(registration, "waiting", at=at, place=registration.place_in_line()))


def promoted(registration: Registration, *, at: datetime) -> None:
    """«A seat came free, and it is yours»."""
    post(
        **_about(
            registration, "promoted", at=at, attachments=_entry(registration, at=at), **_promise(registration)
        )
    )


def offer(registration: Registration, *, at: datetime) -> None:
    """«A seat is free: take it until …»."""
    until = registration.offered_until or at
    key = f"{until.isoformat()}:{at.isoformat()}"
    post(**_about(registration, "offer", at=at, key=key, until=until.isoformat(), expires_at=until))


def left(registration: Registration, *, at: datetime, by_staff: bool) -> None:
    """«Your seat is given back»; takes the entry out of the calendar."""
    entry = _entry(registration, at=at, cancelled=True) if registration.seated_at else ()
    post(**_about(registration, "left", at=at, by_staff=by_staff, attachments=entry))


def released(registration: Registration, *, why: str, at: datetime) -> None:
    """«Your seat went to the next in line», and why."""
    entry = _entry(registration, at=at, cancelled=True) if registration.seated_at else ()
    post(**_about(registration, "released", at=at, why=why, attachments=entry))


def swapped(old: Registration, new: Registration, *, at: datetime) -> None:
    """«You have changed sessions», with the new entry; the old one leaves the calendar by a letter of its own,
    because mail programs read one entry from each letter."""
    post(
        **_about(
            new,
            "swapped",
            at=at,
            old_title=old.workshop.title_text,
            old_starts_at=old.workshop.starts_at.isoformat(),
            old_zone=old.workshop.zone_name,
            attachments=_entry(new, at=at),
            **_promise(new),
        )
    )
    replaced(old, new, at=at)


def replaced(old: Registration, new: Registration, *, at: datetime) -> None:
    """The seat that somebody leaves because another session has one for them: out of the calendar, without fuss."""
    if old.seated_at:
        post(
            **_about(
                old,
                "replaced",
                at=at,
                new_title=new.workshop.title_text,
                new_starts_at=new.workshop.starts_at.isoformat(),
                new_zone=new.workshop.zone_name,
                attachments=_entry(old, at=at, cancelled=True),
            )
        )


def forget(registration: Registration, *, at: datetime) -> None:
    """Let go of what is no longer true, above all of calendar entries for a seat that ended: of what has not left
    yet, and of what could be asked for again."""
    about = "registration", registration.pk
    expire(about, at=at)
    outdate(OutboxMessage.objects.about(*about), at=at)


def forget_old(workshop: Workshop, *, at: datetime, every: bool = False) -> int:
    """The same for everybody in a session: reminders of a time that no longer holds, or every letter."""
    people = workshop.registrations.active().values_list("pk", flat=True)
    theirs = OutboxMessage.objects.filter(
        subject_kind="registration", subject_id__in=[str(pk) for pk in people]
    )
    outdate(theirs, at=at)
    waiting = theirs.waiting()
    if not every:
        waiting = waiting.filter(kind__in=(REMINDER, "workshop-reconfirm", "workshop-offer"))
    return waiting.update(state=OutboxMessage.State.EXPIRED, expires_at=at)


def moved(workshop: Workshop, *, was: tuple[datetime, datetime], at: datetime) -> int:
    """«New time»: to everybody with a claim; calendars move their entry. Returns how many."""
    return post_many(new_time(registration, was=was, at=at) for registration in _with_claims(workshop))


def new_time(registration: Registration, *, was: tuple[datetime, datetime], at: datetime) -> dict:
    return _about(
        registration,
        "moved",
        at=at,
        key=str(registration.workshop.schedule),
        old_starts_at=was[0].isoformat(),
        has_seat=registration.has_seat(),
        attachments=_entry(registration, at=at) if registration.has_seat() else (),
        **_answer_until(registration, at),
    )


def _answer_until(registration: Registration, at: datetime) -> dict[str, str]:
    until = registration.offered_until
    return {"until": until.isoformat()} if until and registration.is_offer_open(at) else {}


def cancelled(workshop: Workshop, *, reason: str, at: datetime) -> int:
    """«The workshop does not take place». Returns how many are told."""
    return post_many(off(registration, reason=reason, at=at) for registration in _with_claims(workshop))


def off(registration: Registration, *, reason: str, at: datetime) -> dict:
    return _about(
        registration,
        "cancelled",
        at=at,
        key="cancelled",
        reason=reason,
        attachments=_entry(registration, at=at, cancelled=True) if registration.has_seat() else (),
    )


def _with_claims(workshop: Workshop):
    """Everybody who has a seat, an offer or a place in line, and whose address takes letters."""
    claims = workshop.registrations.active().filter(address__suppressed_at=None)
    people = claims.select_related("address", "workshop__series").order_by("turn")
    for registration in people.iterator(chunk_size=500):
        registration.workshop = workshop
        yield registration


def reminder(registration: Registration, rule: str, *, at: datetime, true_until: datetime) -> dict:
    """7 days, 1 day, 1 hour before: what ``post_many`` needs. The way in is only in the last two."""
    asked = _about(
        registration,
        rule,
        at=at,
        key=str(registration.workshop.schedule),
        expires_at=true_until,
        **_ways(registration, "" if rule == "week" else "join"),
    )
    return asked | {"kind": REMINDER, "list_unsubscribe": False}


def _ways(registration: Registration, to: str) -> dict:
    """The button of a letter that is for one thing, and beside it the way to the page."""
    return {"link": door(registration, to=to), "page": door(registration)} if to else {}


def reconfirm(registration: Registration, *, at: datetime, true_until: datetime) -> dict:
    """48 hours before: «Are you coming?»."""
    return _about(
        registration,
        "reconfirm",
        at=at,
        key=str(registration.workshop.schedule),
        expires_at=true_until,
        costs_seat=registration.workshop.silence_costs_seat,
        **_ways(registration, "coming"),
    )


def thanks(registration: Registration, *, at: datetime) -> dict:
    """Afterwards: thanks, three questions, the certificate."""
    return _about(
        registration,
        "thanks",
        at=at,
        key="thanks",
        expires_at=registration.workshop.ends_at + timedelta(days=14),
    )


def note(registration: Registration, *, subject: str, words: str, key: str, at: datetime) -> dict:
    """What staff wrote by hand to many; their words are text and nothing else."""
    asked = _about(
        registration,
        "note",
        at=at,
        expires_at=max(registration.workshop.ends_at, at + NOTE_HOLDS),
        subject_words=subject,
        words=words,
    )
    return asked | {"key": f"{NOTE}:{key}:{registration.pk}"}
