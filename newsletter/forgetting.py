"""What this room keeps no longer: addresses that never said yes, old letters, pictures that no issue shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from newsletter import letters
from newsletter.models import Picture, Subscription, Topic
from newsletter.models.subscription import CONFIRM_WITHIN
from outbox.models import OutboxMessage
from people.models import Address

#: Whoever has left is kept for so long, to prove that they asked for news once and that they left.
LEFT_KEPT = timedelta(days=3 * 365)
#: What an issue said stands on its page; the letters to each reader are kept for so long.
LETTERS_KEPT = timedelta(days=90)
#: A picture that was put into an issue and never saved with it, or taken out again.
PICTURE_KEPT = timedelta(days=1)
#: How many rows are looked up at once.
BATCH = 200

_State = Subscription.State


def forget(at: datetime) -> int:
    """Part with all of it. Safe to repeat; returns how many subscriptions went."""
    forgotten = forget_subscriptions(at)
    forget_letters(at)
    forget_pictures(at)
    return forgotten


def forget_subscriptions(at: datetime) -> int:
    """Those that were asked for and never confirmed, and those that have been left long ago, with their addresses
    unless somebody else needs them."""
    asked = {"state": _State.ASKED, "asked_at__lte": at - CONFIRM_WITHIN}
    never = Q(**asked, left_at=None)
    left = Q(state=_State.LEFT, left_at__lte=at - LEFT_KEPT)
    left_unconfirmed = Q(state=_State.LEFT, confirmed_at=None, left_at__lte=at - CONFIRM_WITHIN)
    # Asked for again after leaving, and not confirmed: they have left, and that is kept as before.
    no_topic = {f"wants_{topic}": False for topic in Topic.values}
    Subscription.objects.filter(**asked, left_at__isnull=False).update(state=_State.LEFT, **no_topic)
    old = Subscription.objects.filter(never | left | left_unconfirmed).order_by("pk")
    forgotten = 0
    while some := list(old.values_list("pk", "address")[:BATCH]):
        for pk, address in some:
            with transaction.atomic():
                Address.objects.select_for_update().filter(pk=address).first()
                if old.filter(pk=pk).exists():  # nobody has said yes since we looked
                    Subscription.objects.filter(pk=pk).delete()
                    OutboxMessage.objects.filter(address=address, kind__in=letters.KINDS).delete()
                    Address.objects.let_go(address)
                    forgotten += 1
    return forgotten


def forget_letters(at: datetime) -> int:
    """The letters of old mailings; what an issue said stays on its page. A mailing that has ended writes none anew."""
    kinds = (*letters.KINDS, letters.TRIED)
    old = OutboxMessage.objects.filter(kind__in=kinds, created_at__lte=at - LETTERS_KEPT)
    old = old.exclude(state=OutboxMessage.State.WAITING).order_by("pk")
    gone = 0
    while some := list(old.values_list("pk", flat=True)[:BATCH]):
        gone += OutboxMessage.objects.filter(pk__in=some).delete()[0]
    return gone


def forget_pictures(at: datetime) -> int:
    old = Picture.objects.filter(blocks=None, made_at__lte=at - PICTURE_KEPT)
    gone = 0
    for picture in old:
        with transaction.atomic():
            locked = Picture.objects.select_for_update().filter(pk=picture.pk, blocks=None).first()
            if locked:
                locked.delete()
                transaction.on_commit(lambda file=picture.file: file.delete(save=False))
                gone += 1
    return gone
