"""Asking for news, saying yes from the mailbox, changing one's mind, leaving.

Nobody gets news who did not say so from their own mailbox. One person's deeds are put in order by the lock of their
address: the address first, then everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletter import letters, wordings
from newsletter.models import Record, Subscription, Topic
from outbox.models import OutboxMessage
from people import limits
from people.models import Address, normal

ASKS_A_DAY = 3
#: A wish from a registration is asked about wherever letters of the registration are opened, for as long as it stands.
WISHES = (Record.Where.WORKSHOP, Record.Where.PHONE)
#: What a registration calls «news of this programme, and invitations to its events» is all there is.
EVERYTHING = tuple(Topic.values)

_State, _What, _Where = Subscription.State, Record.What, Record.Where


class TooMany(Exception):
    """One network has asked for many subscriptions within the hour."""


# -- Asking and confirming -------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, email: str, topics: Sequence[str], language: str, network: str, at: datetime) -> None:
    """Write to this mailbox and ask whether it wants news of these topics. What whoever asks is told is the same
    whatever stands; for somebody who gets news already the same rows are written and taken back, so that a stranger
    with a stopwatch learns nothing either. Raises TooMany."""
    room = {"at": at, "limit": settings.NEWS_PER_NETWORK_AND_HOUR, "window": limits.HOUR}
    if not limits.take("news", network, **room):
        raise TooMany
    mailbox = Address(email=normal(email)).mailbox
    if not limits.take("news-ask", mailbox, at=at, limit=ASKS_A_DAY, window=limits.DAY):
        return
    address = Address.objects.known(email, at=at, language=language)
    subscription = _held(address)
    known = subscription if subscription and subscription.is_confirmed else None
    if known:
        letters.known(known, to=address, language=language, at=at)
    with transaction.atomic():
        subscription = _asked(subscription, address, topics, language=language, at=at)
        record = _note(
            subscription,
            _What.ASKED,
            at=at,
            where=_Where.PAGE,
            topics=topics,
            wording=wordings.PAGE,
            language=language,
        )
        if known:
            transaction.set_rollback(True)
        else:
            letters.confirm(record, to=address, at=at)


@transaction.atomic
def wish(address: Address, *, where: str, language: str, at: datetime) -> None:
    """Note what was ticked in a form of another room, by whoever typed the address; ``answered`` makes it count.

    Harmless when repeated, and for somebody who gets news already.
    """
    subscription = _held(address)
    if subscription and (subscription.is_confirmed or _pending(subscription)):
        return
    subscription = _asked(subscription, address, EVERYTHING, language=language, at=at)
    _note(
        subscription,
        _What.ASKED,
        at=at,
        where=where,
        topics=EVERYTHING,
        wording=wordings.REGISTRATION,
        language=language,
    )


@transaction.atomic
def answered(address: Address, *, at: datetime) -> bool:
    """Somebody who reads this mailbox has pressed a button beside which the wish stood: from now on it counts.

    Why no second letter is needed: the tick was written down before, the button in our letter says that it begins the
    news, and only the mailbox can press it. A wish that is noted after the press waits for the next one, and what was
    asked for on the page of the news is confirmed by the link in its own letter alone. Harmless when repeated.
    """
    subscription = _held(address)
    record = _pending(subscription) if subscription else None
    if subscription is None or record is None or record.at > at:
        return False
    _confirmed(subscription, record, at=at)
    return True


def is_wished(address_id: int) -> bool:
    """Whether a wish waits for this mailbox to answer. One statement."""
    return Subscription.objects.filter(_wished(), address=address_id).exists()


@transaction.atomic
def confirm(record: Record, *, at: datetime) -> Subscription | None:
    """The mailbox says yes to what it was asked in a letter; None if that is too old, or was taken back since.

    Harmless when repeated.
    """
    subscription = _held(record.subscription.address)
    if subscription is None:
        return None
    record.subscription = subscription
    if not record.still_asks(at):
        return None
    if not subscription.is_confirmed:  # else it stays as it is: what was changed since is the later word
        _confirmed(subscription, record, at=at)
    return subscription


def _confirmed(subscription: Subscription, record: Record, *, at: datetime) -> None:
    address = subscription.address
    address.confirm(at)
    address.start(letters.NEWS)
    subscription.topics, subscription.language = record.topics, record.language
    subscription.state, subscription.confirmed_at = _State.CONFIRMED, at
    subscription.save()
    _note(
        subscription,
        _What.CONFIRMED,
        at=at,
        where=_Where.LETTER,
        topics=record.topics,
        wording=record.wording,
        language=record.language,
    )


# -- Changing and leaving --------------------------------------------------------------------------------------------


@transaction.atomic
def change(subscription: Subscription, *, topics: Sequence[str], language: str, at: datetime) -> bool:
    """Other topics, another language; without any topic it is leaving. False for somebody who has left."""
    if not topics:
        return leave(subscription, where=_Where.PREFERENCES, at=at)
    held = _held(subscription.address)
    if held is None or not held.is_confirmed:
        return False
    if (held.topics, held.language) != (list(topics), language):
        held.topics, held.language = topics, language
        held.save()
        _note(
            held,
            _What.CHANGED,
            at=at,
            where=_Where.PREFERENCES,
            topics=topics,
            wording=wordings.PAGE,
            language=language,
        )
    return True


@transaction.atomic
def leave(subscription: Subscription, *, where: str, at: datetime) -> bool:
    """No more news, from this instant on: what waits in the outbox does not leave either. Harmless when repeated;
    returns whether there was something to leave."""
    held = _held(subscription.address)
    if held is None or held.state == _State.LEFT:
        return False
    held.address.stop(letters.NEWS)
    letters.let_go_of_news(held.address, at=at)
    held.topics, held.state, held.left_at = [], _State.LEFT, at
    held.generation += 1
    held.save()
    _note(held, _What.LEFT, at=at, where=where)
    return True


def stop(address: Address, *, where: str, at: datetime) -> None:
    """No more news to this address, and no wish for them; for rooms that know the address alone."""
    subscription = Subscription.objects.select_related("address").filter(address=address).first()
    if subscription:
        leave(subscription, where=where, at=at)


@transaction.atomic
def forget(address: Address) -> None:
    """Part with everything that this room knows of an address. Safe to repeat."""
    Address.objects.select_for_update().filter(pk=address.pk).first()
    Subscription.objects.filter(address=address).delete()
    OutboxMessage.objects.filter(address=address, kind__in=letters.KINDS).delete()


# -- Who gets news ---------------------------------------------------------------------------------------------------


def standings(address_id: int) -> QuerySet:
    """The state of this address as one row of one column: «asked» for a wish that waits, «confirmed», or no row."""
    counts = Q(state=_State.CONFIRMED) | _wished()
    theirs = Subscription.objects.filter(counts, address=address_id)
    return theirs.order_by().values_list("state", flat=True)


def _wished() -> Q:
    """With a wish from another room that waits for the mailbox to answer."""
    asked = Record.objects.filter(subscription=OuterRef("pk"), what=_What.ASKED, where__in=WISHES)
    return Q(Exists(_since_leaving(asked)), state=_State.ASKED)


def gets_news() -> Exists:
    """For querysets with a column «address»: whether it gets news."""
    return Exists(Subscription.objects.confirmed().filter(address=OuterRef("address")))


def _since_leaving(records: QuerySet[Record]) -> QuerySet[Record]:
    """Whoever left has ended what was asked before."""
    from_then = Record.objects.filter(
        subscription=OuterRef("subscription"), what=_What.LEFT, pk__gt=OuterRef("pk")
    )
    return records.exclude(Exists(from_then))


def _held(address: Address) -> Subscription | None:
    """The subscription of an address, as it stands once nobody else is changing it."""
    locked = Address.objects.select_for_update().get(pk=address.pk)
    address.confirmed_at, address.stopped_kinds = locked.confirmed_at, locked.stopped_kinds
    subscription = Subscription.objects.filter(address=address).first()
    if subscription:
        subscription.address = address
    return subscription


def _asked(
    subscription: Subscription | None, address: Address, topics: Sequence[str], *, language: str, at: datetime
) -> Subscription:
    subscription = subscription or Subscription(address=address)
    subscription.state, subscription.topics = _State.ASKED, topics
    subscription.language, subscription.asked_at = language, at
    subscription.save()
    return subscription


def _pending(subscription: Subscription) -> Record | None:
    """The wish that waits, the newest if there are several."""
    if subscription.state != _State.ASKED:
        return None
    asked = subscription.records.filter(what=_What.ASKED, where__in=WISHES)
    return _since_leaving(asked).order_by("pk").last()


def _note(
    subscription: Subscription,
    what: str,
    *,
    at: datetime,
    where: str,
    topics: Sequence[str] = (),
    wording: str = "",
    language: str = "",
) -> Record:
    return Record.objects.create(
        subscription=subscription,
        what=what,
        at=at,
        where=where,
        topics=list(topics),
        wording=wording,
        language=language,
    )
