"""What «my page» shows of this room: where an address has a seat or waits for one."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from people.models import Address
from workshops.announcing import span_of
from workshops.models import Registration


def seats_of(address: Address, *, at: datetime) -> dict:
    """A heading and its rows, the latest session first; each row opens by POST with the registration's id."""
    theirs = (
        Registration.objects.filter(address=address)
        .select_related("workshop")
        .order_by("-workshop__starts_at", "-pk")
    )
    rows = []
    for registration in theirs:
        said = span_of(registration.workshop, registration.workshop.zone)
        rows.append(
            {
                "title": registration.workshop.title_text,
                "reference": "",
                "status": registration.get_status_display(),
                "role": f"{said.day}, {said.hours} {said.zone_words}",
                "open_url": reverse("workshops:open_mine", args=[registration.pk]),
            }
        )
    return {"title": _("Your workshops"), "rows": rows}
