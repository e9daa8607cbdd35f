"""Everything this room says by mail: one function for each letter."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from newsletter.models import Issue, Mailing, Record, Subscription
from newsletter.models.subscription import CONFIRM_WITHIN
from outbox.models import OutboxMessage
from outbox.posting import post
from people.links import letter_link
from people.models import Address

#: Issues and news of the call; whoever leaves stops this kind.
NEWS = "news"
CONFIRM, KNOWN, TRIED = "news-confirm", "news-known", "news-tried"
#: The link to the preferences in a letter works this long.
LINK_LIVES = timedelta(days=90)
#: What of this room is kept of somebody in the outbox.
KINDS = (NEWS, CONFIRM, KNOWN)


def preferences_link(subscription: Subscription, *, at: datetime) -> dict:
    return letter_link(
        "news",
        subscription=subscription.pk,
        generation=subscription.generation,
        expires_at=at + LINK_LIVES,
    )


def leave_link(subscription: int) -> dict:
    """One click and out, from any letter ever sent: it never runs out, and leaving is all that it does."""
    return letter_link("leave", subscription=subscription)


def confirm(record: Record, *, to: Address, at: datetime) -> None:
    """«Is it you?»: nothing is sent before somebody who reads this mailbox says yes."""
    post(
        kind=CONFIRM,
        key=f"{CONFIRM}:{record.pk}",
        to=to,
        template="newsletter/confirm",
        subject=("subscription", record.subscription_id),
        context={
            "topics": record.topics,
            "link": letter_link("news-confirm", record=record.pk, expires_at=record.at + CONFIRM_WITHIN),
        },
        language=record.language,
        at=at,
        expires_at=record.at + CONFIRM_WITHIN,
    )


def known(subscription: Subscription, *, to: Address, language: str, at: datetime) -> None:
    """«You get our news already»: to somebody who asked again, whoever it was."""
    post(
        kind=KNOWN,
        key=f"{KNOWN}:{subscription.pk}:{at.isoformat()}",
        to=to,
        template="newsletter/known",
        subject=("subscription", subscription.pk),
        context={
            "topics": subscription.topics,
            "link": preferences_link(subscription, at=at),
            "stop": leave_link(subscription.pk),
        },
        language=language,
        at=at,
        list_unsubscribe=True,
    )


def let_go_of_news(address: Address, *, at: datetime) -> int:
    """News to this address that have not left yet never will; returns how many."""
    waiting = OutboxMessage.objects.waiting().filter(address=address, kind__in=KINDS)
    return waiting.update(state=OutboxMessage.State.EXPIRED, expires_at=at)


# -- Issues ----------------------------------------------------------------------------------------------------------


def issue_in(issue: Issue, language: str) -> dict:
    """What the letter with an issue says to readers of one language; the same for all of them."""
    with translation.override(language):
        path = reverse("newsletter:issue", args=[issue.slug]) if issue.slug else reverse("newsletter:news")
        blocks = issue.parts(language)
        for block in blocks:
            if path_of_picture := block.pop("path", ""):
                block["picture"] = settings.SITE_URL + path_of_picture
        return {
            "title": issue.title.get(language) or issue.title_text,
            "opening": issue.opening_text,
            "blocks": blocks,
            "page": settings.SITE_URL + path,
        }


def contexts_of(issue: Issue) -> dict[str, dict]:
    return {language: issue_in(issue, language) for language in issue.languages}


def of_mailing(mailing: Mailing, subscription: Subscription, *, at: datetime) -> dict:
    """The letter of a mailing to one reader, as ``post_many`` needs it."""
    language = mailing.spoken_to(subscription.language)
    return {
        "kind": NEWS,
        "key": f"{mailing.key}:{subscription.address_id}",
        "to": subscription.address,
        "template": mailing.template,
        "subject": mailing.subject,
        "context": {
            **mailing.contexts[language],
            "topics": [topic for topic in subscription.topics if topic in mailing.topics],
            "preferences": preferences_link(subscription, at=at),
            "stop": leave_link(subscription.pk),
        },
        "language": language,
        "at": at,
        "expires_at": mailing.expires_at,
        "list_unsubscribe": True,
    }


def issue_to_try(issue: Issue, *, to: Address, language: str, at: datetime) -> dict:
    """An issue as its readers get it, to whoever writes it: the links in it lead nowhere."""
    nobody = Subscription(pk=0, generation=0, address=to, language=language)
    return {
        "kind": TRIED,
        "key": f"{TRIED}:{issue.pk}:{to.pk}:{at.isoformat()}",
        "to": to,
        "template": "newsletter/issue",
        "subject": ("issue", issue.pk),
        "context": {
            **issue_in(issue, language),
            "topics": issue.topics,
            "preferences": preferences_link(nobody, at=at),
            "stop": leave_link(nobody.pk),
        },
        "language": language,
        "at": at,
        "list_unsubscribe": True,
    }
