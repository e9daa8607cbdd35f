"""One line in the book for everything that was done: written in the transaction of the deed itself."""

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from people.models import Address, Event, EventWords, User

#: The request that is being answered here and now; the roof sets it, and every line in the book bears it.
request_in_hand: ContextVar[str] = ContextVar("request_in_hand", default="")


def record(
    action: str,
    *,
    about: tuple[str, Any],
    at: datetime,
    by: User | Address | None = None,
    reason: str = "",
    facts: dict | None = None,
    words: dict | None = None,
    request_id: str = "",
) -> Event:
    """Add an event. ``facts`` hold no personal values; those go into ``words`` and can be erased alone."""
    actor = Event.Actor.PORTAL
    if isinstance(by, User):
        actor = Event.Actor.STAFF
    elif isinstance(by, Address):
        actor = Event.Actor.AUTHOR
    event = Event.objects.create(
        at=at,
        actor=actor,
        actor_id=by.pk if by else None,
        action=action,
        object_kind=about[0],
        object_id=str(about[1]),
        reason=reason,
        facts=facts or {},
        request_id=request_id or request_in_hand.get(),
    )
    if words:
        EventWords.objects.create(event=event, values=words)
    return event


def record_many(
    action: str,
    abouts: Iterable[tuple[tuple[str, Any], dict]],
    *,
    at: datetime,
    by: User,
    reason: str = "",
) -> None:
    """One event for each of many objects that staff did the same with: ((kind, id), facts)."""
    Event.objects.bulk_create(
        (
            Event(
                at=at,
                actor=Event.Actor.STAFF,
                actor_id=by.pk,
                action=action,
                object_kind=kind,
                object_id=str(key),
                reason=reason,
                facts=facts,
                request_id=request_in_hand.get(),
            )
            for (kind, key), facts in abouts
        ),
        batch_size=500,
    )
