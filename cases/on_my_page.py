"""What «my page» shows of this room: the cases that an address takes part in."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Colleague
from cases.timelines import timelines_of
from people.models import Address


def cases_of(address: Address, *, at: datetime) -> dict:
    """A heading and its rows, newest first; each row opens by POST with the colleague's id. One statement, and those
    of the timelines of cases that were handed in."""
    parts = list(
        Colleague.objects.present()
        .filter(address=address)
        .select_related("case__call", "case__latest")
        .order_by("-case__changed_at")
    )
    timelines = timelines_of([part.case for part in parts], at=at)
    return {
        "title": _("Your cases"),
        "rows": [
            {
                "title": part.case.title or _("Untitled draft"),
                "reference": part.case.reference or "",
                "status": part.case.get_status_display(),
                "role": part.get_role_display(),
                "changed_at": part.case.changed_at,
                "zone": part.case.call.zone,
                "open_url": reverse("cases:open_mine", args=[part.pk]),
                "timeline": timelines.get(part.case_id),
            }
            for part in parts
        ],
    }
