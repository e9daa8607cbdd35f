"""Everything this room says by mail. Whatever speaks of a time repeats weekday, date, year, hours and both zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import translation

from outbox.models import OutboxMessage
from outbox.posting import expire, outdate, post, post_many
from people.links import letter_link
from people.texts import in_language
from workshops import ics
from workshops.models import Registration, Workshop

#: What somebody said of themselves, taken along when they change to another session.
DETAILS = ("name", "organisation", "country", "level", "role", "hopes", "brings", "access_needs")

REMINDER = "workshop-reminder"
#: What the letter about a new time says better; one of these that has not left yet would tell the old time.
SAID_BY_MOVED = (
    REMINDER,
    *(
        f"workshop-{kind}"
        for kind in ("reconfirm", "seated", "promoted", "swapped", "waiting", "offer", "elsewhere", "renamed")
    ),
)
#: What staff write by hand.
NOTE = "workshop-note"
#: A letter by hand that could not leave for so long is of no use any more, whatever it says.
NOTE_HOLDS = timedelta(days=7)
#: Whoever has a seat by then is asked whether they come.
ASKED_FROM = timedelta(hours=48)
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
    """On what conditions the seat is kept: until when an address that never answered has to, and, where silence costs
    the seat, that everybody is asked whether they come."""
    workshop, said = registration.workshop, {}
    if not registration.has_seat():
        return {}
    if not registration.address.confirmed_at and registration.confirm_by:
        said["confirm_by"] = registration.confirm_by.isoformat()
    since = registration.seated_at or registration.registered_at
    if workshop.silence_costs_seat and since < workshop.starts_at - ASKED_FROM:
        said["costs_seat"] = True
    return said


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


def waiting(registration: Registration, *, at: datetime, also: Sequence[Registration] = ()) -> None:
    """«You are third in line», and how the line moves; with the other lines that the same person stands in."""
    lines = [
        {
            "place": each.place_in_line(),
            "starts_at": each.workshop.starts_at.isoformat(),
            "ends_at": each.workshop.ends_at.isoformat(),
            "zone": each.workshop.zone_name,
        }
        for each in also
    ]
    workshop = registration.workshop
    until = workshop.gives_until.isoformat() if workshop.gives_at_once(at) else ""
    post(
        **_about(
            registration,
            "waiting",
            at=at,
            place=registration.place_in_line(),
            also=lines,
            gives_until=until,
            one_seat=registration.exclusive,
        )
    )


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


def erased(registration: Registration, *, at: datetime) -> None:
    """«What we held about you is erased»: the last letter, which takes the entry out of the calendar."""
    entry = _entry(registration, at=at, cancelled=True) if registration.seated_at else ()
    post(**_about(registration, "erased", at=at, attachments=entry))


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
            had_seat=old.seated_at is not None,
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


def forget_all(workshop: Workshop, *, at: datetime) -> None:
    """The same for everybody in a session that does not take place."""
    letters = _letters_in(workshop)
    letters.waiting().update(state=OutboxMessage.State.EXPIRED, expires_at=at)
    outdate(letters, at=at)


def forget_old_time(workshop: Workshop, *, at: datetime) -> None:
    """The same for letters that tell a time which no longer holds; what staff wrote by hand goes out with the new."""
    letters = _letters_in(workshop)
    old = letters.waiting().filter(kind__in=SAID_BY_MOVED)
    old.update(state=OutboxMessage.State.EXPIRED, expires_at=at)
    outdate(letters, at=at)
    letters.waiting().update(attachments=[])
    new = {"starts_at": workshop.starts_at.isoformat(), "ends_at": workshop.ends_at.isoformat()}
    for note in letters.waiting().filter(kind=NOTE):
        note.context |= new
        note.expires_at = max(workshop.ends_at, note.created_at + NOTE_HOLDS)
        note.save(update_fields=["context", "expires_at"])


def _letters_in(workshop: Workshop):
    """Every letter about a claim that stands."""
    people = workshop.registrations.active().values_list("pk", flat=True)
    return OutboxMessage.objects.filter(
        subject_kind="registration", subject_id__in=[str(pk) for pk in people]
    )


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
        **_promise(registration),
        **_offered(registration, at),
    )


def _offered(registration: Registration, at: datetime) -> dict:
    if not registration.is_offer_open(at) or registration.offered_until is None:
        return {}
    return {"until": registration.offered_until.isoformat()}


def renamed(workshop: Workshop, *, old_title: dict[str, str], at: datetime) -> int:
    """«It has another name»: to everybody with a seat; the entry in their calendar takes it. Returns how many."""
    letters = _letters_in(workshop)
    old = letters.waiting().filter(kind="workshop-renamed")
    old.update(state=OutboxMessage.State.EXPIRED, expires_at=at)
    letters.exclude(state=OutboxMessage.State.WAITING).update(attachments=[])
    return post_many(
        _about(
            registration,
            "renamed",
            at=at,
            key=str(workshop.sequence),
            old_title=in_language(old_title, registration.address.language),
            attachments=_entry(registration, at=at),
        )
        for registration in _with_claims(workshop)
        if registration.has_seat()
    )


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
    claims = workshop.registrations.active().reachable()
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
    costs_seat = registration.workshop.silence_costs_seat
    return _about(
        registration,
        "reconfirm",
        at=at,
        key=str(registration.workshop.schedule),
        expires_at=true_until,
        **({"answer_by": registration.workshop.answer_by(at).isoformat()} if costs_seat else {}),
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
