"""Readers and issues for tests: each maker names only what matters here and fills in the rest."""

from __future__ import annotations

from datetime import datetime

from newsletter import issuing, subscribing
from newsletter.models import Block, Issue, Record, Subscription, Topic
from outbox.delivery import compose
from outbox.models import OutboxMessage
from people.links import address_of
from people.models import Address, User
from tests.makers import NOON, make_address, make_boss

ALL = list(Topic.values)


def ask(email: str = "marta@kisumu.example", topics=("events",), *, at: datetime = NOON, **facts) -> None:
    subscribing.ask(
        email=email, topics=list(topics), at=at, **{"language": "en", "network": "192.0.2.0/24", **facts}
    )


def make_reader(
    email: str = "", topics=("events",), *, language: str = "en", at: datetime = NOON, **facts
) -> Subscription:
    """Somebody who asked on the page and said yes from their mailbox."""
    address = make_address(email, **facts)
    ask(address.email, topics, language=language, at=at)
    return subscribing.confirm(last_asked(address), at=at)


def make_crowd(n: int, topics=("events",), *, at: datetime = NOON) -> None:
    """So many readers at once."""
    people = Address.objects.bulk_create(
        Address(email=f"reader{k}@crowd.example", created_at=at, confirmed_at=at) for k in range(n)
    )
    wants = {f"wants_{topic}": True for topic in topics}
    Subscription.objects.bulk_create(
        Subscription(address=address, state="confirmed", language="en", asked_at=at, confirmed_at=at, **wants)
        for address in people
    )


def last_asked(address: Address) -> Record:
    asked = Record.objects.filter(subscription__address=address, what=Record.What.ASKED)
    return asked.select_related("subscription__address").latest("pk")


def make_issue(topics=("events",), *, blocks: bool = True, **facts) -> Issue:
    issue = Issue.objects.create(
        **{"title": {"en": "Three sessions in June"}, "topics": list(topics), "made_at": NOON, **facts}
    )
    if blocks:
        issue.blocks.create(kind=Block.Kind.TEXT, words={"en": "We meet.\n\nCome & see <us>."})
    return issue


def send(
    issue: Issue, *, by: User | None = None, due_at: datetime | None = None, at: datetime = NOON
) -> Issue:
    issue.refresh_from_db()
    return issuing.schedule(issue, due_at=due_at, seen=issue.version, by=by or make_boss(), at=at)


def link_in(letter: OutboxMessage, name: str = "link") -> str:
    """The path of a link of a letter."""
    return address_of(letter.context[name]).removeprefix("https://portal.example")


def headers_of(letter: OutboxMessage) -> dict[str, str]:
    return dict(compose(letter).message().items())
