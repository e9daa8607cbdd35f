"""What staff write by hand to everybody in a workshop, or to some of them: looked at, tried on oneself, then sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from outbox.models import OutboxMessage
from outbox.posting import post_many
from people import events
from people.models import Address, User
from workshops import letters
from workshops.models import Registration, Workshop

#: Letters written to the database at once.
BATCH = 500
#: People found by narrowing the list of registrations.
LISTED = "listed"
LONGEST_SUBJECT, LONGEST = 150, 10_000


def audiences(workshop: Workshop) -> list[tuple[str, str]]:
    """Whom a letter can go to: (key, words), with each breakout group by its number."""
    return [
        ("seated", _("Everybody with a seat")),
        ("waiting", _("Everybody on the waiting list")),
        ("claims", _("Everybody with a seat and everybody waiting")),
        ("attended", _("Everybody who came")),
        ("absent", _("Everybody with a seat who has not come")),
        *((f"group-{group.number}", str(group)) for group in workshop.groups.all()),
    ]


def readers(
    workshop: Workshop, audience: str, listed: QuerySet[Registration] | None = None
) -> QuerySet[Registration]:
    """The registrations that a letter to ``audience`` goes to: those whose address takes letters. «listed» are those
    of this workshop among ``listed``.

    Raises KeyError for an audience that there is not.
    """
    people = workshop.registrations.reachable().order_by("turn")
    if audience == LISTED and listed is not None:
        return people.filter(pk__in=listed.order_by().values("pk"))
    if audience.startswith("group-"):
        return people.seated().filter(group__number=int(audience.removeprefix("group-")))
    return {
        "seated": people.seated(),
        "waiting": people.waiting(),
        "claims": people.active(),
        "attended": people.seated().filter(attended_at__isnull=False),
        "absent": people.seated().filter(attended_at=None),
    }[audience]


def sample(workshop: Workshop, by: User, *, at: datetime) -> Registration:
    """A registration that is nobody's, so that a letter can be tried on staff: its links lead nowhere."""
    address = Address.objects.known(by.email, at=at)
    return Registration(
        pk=0,
        workshop=workshop,
        series=workshop.series,
        address=address,
        name=by.name or by.email,
        generation=0,
    )


def preview(workshop: Workshop, subject: str, words: str, *, by: User, at: datetime) -> dict:
    """The letter as ``outbox.posting`` knows it, to be shown and not sent."""
    return letters.note(sample(workshop, by, at=at), subject=subject, words=words, key="preview", at=at)


@transaction.atomic
def send_to_oneself(workshop: Workshop, subject: str, words: str, *, by: User, at: datetime) -> None:
    """Post the letter to whoever wrote it. Each press sends one more, for that is what it is for; the daily
    allowance of an address that has not answered is for the public."""
    letter = letters.note(
        sample(workshop, by, at=at), subject=subject, words=words, key=f"try:{by.pk}:{at.isoformat()}", at=at
    )
    post_many([letter | {"subject": ("workshop", workshop.pk)}])


@transaction.atomic
def send(
    workshop: Workshop,
    audience: str,
    subject: str,
    words: str,
    *,
    token: str,
    by: User,
    at: datetime,
    listed: QuerySet[Registration] | None = None,
    asked: dict[str, str] | None = None,
) -> int:
    """Post the letter to everybody of ``audience``; returns to how many more it goes now. ``asked`` says how the list
    was narrowed.

    ``token`` names this letter: pressing twice, or sending it to another audience that overlaps, writes to
    nobody twice. Other words are another letter.
    """
    key = key_of(token, subject, words)
    people = readers(workshop, audience, listed).select_related("address").iterator(chunk_size=BATCH)
    before = _count(key)
    while batch := list(islice(_letters(people, workshop, subject, words, key=key, at=at), BATCH)):
        post_many(batch)
    new = _count(key) - before
    if new:
        facts = {"to": audience, "letters": new, **({"asked": asked} if asked else {})}
        events.record(
            "wrote to people",
            about=("workshop", workshop.pk),
            at=at,
            by=by,
            facts=facts,
            words={"subject": subject, "words": words},
        )
    return new


def _letters(
    people: Iterator[Registration], workshop: Workshop, subject: str, words: str, *, key: str, at: datetime
) -> Iterator[dict]:
    for registration in people:
        registration.workshop = workshop
        yield letters.note(registration, subject=subject, words=words, key=key, at=at)


def key_of(token: str, subject: str, words: str) -> str:
    """What stands in the key of every copy of one letter."""
    said = hashlib.sha256(f"{subject}\n{words}".encode()).hexdigest()[:16]
    return f"{hashlib.sha256(token.encode()).hexdigest()[:16]}{said}"


def _count(key: str) -> int:
    return OutboxMessage.objects.filter(key__startswith=f"{letters.NOTE}:{key}:").count()
