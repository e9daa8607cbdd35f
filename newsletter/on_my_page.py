"""What «my page» shows of this room: whether an address gets news, and of what."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from newsletter.models import Subscription, Topic
from people.models import Address


def news_of(address: Address, *, at: datetime) -> dict:
    """A heading and at most one row, which opens by POST."""
    rows = [
        {
            "title": _("Choose what we write about, or leave"),
            "reference": "",
            "status": subscription.get_state_display(),
            "role": "; ".join(str(Topic(topic).label) for topic in subscription.topics),
            "open_url": reverse("newsletter:open_mine"),
        }
        for subscription in Subscription.objects.confirmed().filter(address=address)
    ]
    return {"title": _("News by e-mail"), "rows": rows}
