"""What machines read of a page (schema.org, as JSON-LD): who we are, and when people can meet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workshops.announcing import Session
from workshops.models import Workshop

#: The two houses that run the programme, under the names and addresses they use themselves.
ORGANISATIONS = (
    ("opsi", "OECD Observatory of Public Sector Innovation", "https://oecd-opsi.org/"),
    ("mbrcgi", "Mohammed Bin Rashid Centre for Government Innovation", "https://www.mbrcgi.gov.ae/"),
)


def of_home(request: HttpRequest, sessions: list[Session]) -> dict[str, Any]:
    """The site, its two houses and each session that is not over, as one graph."""
    here = request.build_absolute_uri(request.path)
    organisations = [
        {"@type": "Organization", "@id": f"{here}#{key}", "name": name, "url": url}
        for key, name, url in ORGANISATIONS
    ]
    named = [{"@id": each["@id"]} for each in organisations]
    site = {
        "@type": "WebSite",
        "@id": f"{here}#site",
        "url": here,
        "name": _("Innovation across borders"),
        "inLanguage": get_language() or settings.LANGUAGE_CODE,
        "publisher": named,
    }
    meetings = [_event(request, each, named) for each in sessions if each.state != "over"]
    return {"@context": "https://schema.org", "@graph": [site, *organisations, *meetings]}


def _event(request: HttpRequest, session: Session, organisers: list[dict]) -> dict[str, Any]:
    workshop = session.workshop
    page = request.build_absolute_uri(reverse("workshops:workshop", args=[workshop.slug]))
    is_cancelled = workshop.status == Workshop.Status.CANCELLED
    return {
        "@type": "Event",
        "@id": page,
        "url": page,
        "name": workshop.title_text,
        "description": workshop.promise_text,
        "startDate": workshop.starts_at.astimezone(workshop.zone).isoformat(),
        "endDate": workshop.ends_at.astimezone(workshop.zone).isoformat(),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if is_cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": page},
        "isAccessibleForFree": True,
        "organizer": organisers,
    }
