"""The letters that belong to no single room."""

from datetime import datetime, timedelta

from outbox.posting import post
from people.links import letter_link
from people.models import Address

MY_PAGE = "my-page"
LINK_LIVES = timedelta(minutes=30)
LINKS_A_DAY = 10


def my_page_link(address: Address, *, at: datetime) -> None:
    """«Your page»: the link that lists everything under an address, for half an hour."""
    until = at + LINK_LIVES
    post(
        kind=MY_PAGE,
        most_a_day=LINKS_A_DAY,
        key=f"my-page:{address.pk}:{at.isoformat()}",
        to=address,
        template="my_page",
        subject=("address", address.pk),
        context={
            "link": letter_link("my", address=address.pk, generation=address.generation, expires_at=until),
            "until": until.isoformat(),
        },
        language=address.language,
        at=at,
        expires_at=until,
    )
