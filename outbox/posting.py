"""A letter becomes a row inside the caller's transaction, or the caller's transaction fails with it.

Nothing here speaks to the broker or to a mail server: the row is the promise, the worker finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack

from django.db.models import Case, F, QuerySet, Value, When

from outbox.models import OutboxMessage, new_message_id
from people import limits
from people.models import Address

#: An address that has not answered yet gets so many letters in a day; the next one waits for the next day.
UNANSWERED_LETTERS = 3
DAY = timedelta(days=1)
#: A letter that finds no room on so many days in a row is not sent at all; staff see it and why.
DAYS_TO_TRY = 7

BATCH = 500


class Letter(TypedDict, total=False):
    """What there is to say about one letter. Instants are in UTC."""

    kind: Required[str]
    key: Required[str]  #: the same letter twice has the same key, at most 200 characters
    to: Required[Address]
    template: Required[str]  #: for example "cases/receipt": three files under templates/outbox
    at: Required[datetime]
    context: dict  #: plain JSON, with links as ``people.links.letter_link`` makes them
    subject: tuple[str, object]  #: what the letter is about, as plain (kind, id); else the address
    language: str  #: else that of the address
    due_at: datetime  #: else ``at``
    expires_at: datetime | None  #: of no use from then on
    attachments: Sequence[dict]  #: text parts, each ``{"name", "type", "text"}``
    list_unsubscribe: bool  #: one click stops this kind; the context needs the link «stop»
    most_a_day: int  #: of this kind to one address that has answered; the next one waits for the next day
    skip_stopped: bool  #: not to people who stopped this kind; True unless said otherwise


def post(**letter: Unpack[Letter]) -> OutboxMessage | None:
    """Write one letter; None if this person has stopped letters of this kind.

    Safe to repeat and under races: the same ``key`` gives the row that was written first. An address that
    has not answered gets three letters a day; a fourth is not dropped, its ``due_at`` moves to the next day
    that has room. One statement for an address that has answered, two with ``most_a_day``.
    """
    if not _is_wanted(**letter):
        return None
    message = _row(**letter)
    identity = message.message_id
    # The conflict rewrites the key with itself, for that makes both databases hand back the standing row.
    OutboxMessage.objects.bulk_create(
        [message], update_conflicts=True, unique_fields=["key"], update_fields=["key"]
    )
    if message.message_id != identity:
        return OutboxMessage.objects.get(pk=message.pk)
    if letter["to"].confirmed_at is None:
        _make_room(message)
    elif "most_a_day" in letter:
        _stand_in_line(message, letter["most_a_day"])
    return message


def post_many(letters: Iterable[dict]) -> int:
    """Write thousands of letters, each a dict as ``Letter`` describes it; how many were written or stood already.

    For one letter to each of many people that staff or the calendar cause, so the daily allowance of
    addresses that have not answered is not asked. Safe to repeat; one statement for every 500.
    """
    messages = [_row(**letter) for letter in letters if _is_wanted(**letter)]
    OutboxMessage.objects.bulk_create(messages, batch_size=BATCH, ignore_conflicts=True)
    return len(messages)


def unsent(**letter: Unpack[Letter]) -> OutboxMessage:
    """The row that ``post`` would write, for staff to look at before it is; nothing is saved."""
    return _row(**letter)


def expire(
    subject: tuple[str, object],
    *,
    at: datetime,
    kinds: Sequence[str] | None = None,
    address: Address | None = None,
) -> int:
    """Let go of letters about ``subject`` that have not left yet, because they are no longer true."""
    letters = OutboxMessage.objects.waiting().about(*subject).of_use(at)
    if kinds is not None:
        letters = letters.filter(kind__in=kinds)
    if address is not None:
        letters = letters.filter(address=address)
    return letters.update(state=OutboxMessage.State.EXPIRED, expires_at=at)


def outdate(letters: QuerySet[OutboxMessage], *, at: datetime) -> int:
    """Of ``letters`` that do not wait any more: what they said is no longer true. Their readers cannot ask for them
    again, and should staff send one again, no calendar entry goes with it."""
    left = letters.exclude(state=OutboxMessage.State.WAITING)
    of_no_use = Case(When(state=OutboxMessage.State.SENT, then=Value(at)), default=F("expires_at"))
    return left.update(attachments=[], expires_at=of_no_use)


def _is_wanted(*, to: Address, kind: str, skip_stopped: bool = True, **rest) -> bool:
    return not skip_stopped or to.wants(kind)


def _row(
    *,
    kind: str,
    key: str,
    to: Address,
    template: str,
    at: datetime,
    context: dict | None = None,
    subject: tuple[str, object] | None = None,
    language: str | None = None,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    attachments: Sequence[dict] = (),
    list_unsubscribe: bool = False,
    skip_stopped: bool = True,
    most_a_day: int | None = None,
) -> OutboxMessage:
    context = context or {}
    if list_unsubscribe and "stop" not in context:
        raise ValueError(f"The letter {key} can be stopped, so its context needs the link «stop».")
    about = subject or ("address", to.pk)
    return OutboxMessage(
        kind=kind,
        key=key,
        address=to,
        language=language or to.language,
        time_zone=to.time_zone,
        template=template,
        context=context,
        attachments=list(attachments),
        subject_kind=about[0],
        subject_id=str(about[1]),
        due_at=due_at or at,
        promised_at=due_at or at,
        expires_at=expires_at,
        list_unsubscribe=list_unsubscribe,
        skip_stopped=skip_stopped,
        message_id=new_message_id(),
        created_at=at,
    )


def _make_room(message: OutboxMessage) -> None:
    """Use one letter of the day's allowance, or move the letter to the first day that has one left."""
    for days in range(DAYS_TO_TRY + 1):
        day = message.due_at + days * DAY
        if limits.take("letter", message.address.mailbox, at=day, limit=UNANSWERED_LETTERS, window=DAY):
            break
    else:
        _give_up(message, "Too many letters to an address that has not answered.")
        return
    if days:
        _wait_until(message, day)


def _stand_in_line(message: OutboxMessage, most_a_day: int) -> None:
    """Let the letter wait for as many days as the others of its kind fill, those of the last day counted too."""
    others = OutboxMessage.objects.filter(
        address_id=message.address_id, kind=message.kind, due_at__gt=message.due_at - DAY
    )
    days = others.exclude(pk=message.pk).count() // most_a_day
    if days > DAYS_TO_TRY:
        _give_up(message, "Too many letters of this kind to this address.")
    elif days:
        _wait_until(message, message.due_at + days * DAY)


def _wait_until(message: OutboxMessage, day: datetime) -> None:
    message.due_at = message.promised_at = day
    message.save(update_fields=["due_at", "promised_at"])


def _give_up(message: OutboxMessage, why: str) -> None:
    message.state, message.error = OutboxMessage.State.EXPIRED, why
    message.save(update_fields=["state", "error"])
