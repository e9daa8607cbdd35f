"""Series, workshops and people in them, saying only what matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from django.core import signing
from django.test import Client

from people import keys
from people.models import Address
from tests.makers import make_address
from workshops import seating
from workshops.models import Registration, Series, Workshop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: 3 June 2027, 15:30 in Paris.
STARTS = datetime(2027, 6, 3, 13, 30, tzinfo=UTC)
LASTS = timedelta(hours=2, minutes=30)
#: When people register unless a test says otherwise.
MAY = datetime(2027, 5, 10, 9, 0, tzinfo=UTC)

_numbers = count(1)

DETAILS = {
    "name": "Marta Okello",
    "organisation": "Kisumu County",
    "country": "KE",
    "level": "local",
    "role": "Head of planning",
    "hopes": "",
    "brings": "",
    "access_needs": "",
}


def make_series(**facts) -> Series:
    return Series.objects.create(
        **{
            "year": 2027,
            "title": {"en": "Workshops 2027"},
            "introduction": {"en": "Three online sessions."},
            "contact_email": "help@portal.example",
            **facts,
        }
    )


def make_workshop(series: Series | None = None, *, starts_at: datetime = STARTS, **facts) -> Workshop:
    """A session of two and a half hours for two people in Paris, with a way in."""
    number = next(_numbers)
    return Workshop.objects.create(
        series=series or Series.objects.filter(year=2027).first() or make_series(),
        starts_at=starts_at,
        **{
            "slug": f"session-{number}",
            "title": {"en": f"Session {number}"},
            "promise": {"en": "You leave with a shared list."},
            "agenda": {"en": "Pain points: what is hard\nVisions: what would be good\nRecommendations"},
            "ends_at": starts_at + LASTS,
            "capacity": 2,
            "meeting_url": "https://meet.example/secret-room",
            "phone": "+33 1 23 45 67 89, code 1234",
            **facts,
        },
    )


def take(
    workshop: Workshop, email: str = "", *, address: Address | None = None, at: datetime = MAY, **facts
) -> Registration:
    """Somebody registers; their address has answered unless ``confirmed=False``."""
    confirmed = facts.pop("confirmed", True)
    address = address or make_address(email, confirmed=confirmed)
    return seating.take_seat(workshop, address=address, details={**DETAILS, **facts}, at=at)


def fresh(registration: Registration) -> Registration:
    """The registration as the database has it now."""
    found = Registration.objects.select_related("workshop__series", "address")
    return found.get(pk=registration.pk)


def statuses(workshop: Workshop) -> list[str]:
    """How everybody stands, in the order of their turns."""
    return [str(each.status) for each in workshop.registrations.order_by("turn")]


def seat_key(client: Client, *registrations: Registration) -> Client:
    """Give this browser the keys that the links of these registrations would give it."""
    held = {f"seat:{each.pk}": [each.pk, each.generation] for each in registrations}
    client.cookies[keys.cookie_name()] = signing.dumps(held, salt="people.keys", compress=True)
    return client
