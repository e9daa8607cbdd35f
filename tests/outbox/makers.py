"""Addresses and letters for tests, saying only what matters."""

from datetime import UTC, datetime, timedelta

from outbox.models import OutboxMessage
from outbox.posting import post
from people.links import letter_link
from people.models import Address

NOON = datetime(2027, 5, 10, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def make_address(email: str = "marta@kisumu.example", *, answered: bool = True, **fields) -> Address:
    fields.setdefault("language", "en")
    return Address.objects.create(
        email=email, created_at=NOON, confirmed_at=NOON if answered else None, **fields
    )


def hello(to: Address, key: str = "hello:1", *, name: str = "Marta", at: datetime = NOON, **more) -> dict:
    """A letter as ``post`` takes it."""
    context = {"name": name, "resume": letter_link("draft", code="x7", holder=1, generation=1)}
    context |= more.pop("context", {})
    return {
        "kind": "hello",
        "key": key,
        "to": to,
        "template": "demo/hello",
        "context": context,
        "at": at,
        **more,
    }


def post_hello(to: Address | None = None, key: str = "hello:1", **more) -> OutboxMessage:
    message = post(**hello(to or make_address(), key, **more))
    assert message is not None
    return message
