"""Certificates of attendance: what one says, and how anybody who holds its code can check it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from papers import Paper, PaperSection
from people import times
from people.codes import spelled
from workshops.announcing import span_of
from workshops.models import Registration


def verify_url(registration: Registration) -> str:
    return settings.SITE_URL + reverse("verify", args=[registration.code])


def paper_of(registration: Registration) -> Paper:
    """The certificate as a paper, for somebody who came."""
    workshop = registration.workshop
    said = span_of(workshop, workshop.zone)
    facts = [
        (_("Name"), registration.name),
        (_("Workshop"), f"{workshop.title_text} ({workshop.series.title_text})"),
        (_("Date"), said.day),
        (_("Hours"), f"{said.hours} {said.zone_words}"),
        (
            _("In UTC"),
            f"{times.moment(workshop.starts_at, times.UTC)}–{times.clock(workshop.ends_at, times.UTC)}",
        ),
        (_("Language"), workshop.language),
        (
            _("Made out by"),
            _(
                "OECD Observatory of Public Sector Innovation and Mohammed Bin Rashid Centre for Government "
                "Innovation"
            ),
        ),
        (_("Code"), registration.code),
        (_("Check this certificate at"), verify_url(registration)),
    ]
    if registration.organisation:
        facts.insert(1, (_("Organisation"), registration.organisation))
    parts = "\n".join(workshop.agenda_lines)
    return Paper(
        title=_("Certificate of attendance"),
        subtitle=_("%(name)s took part in this workshop.") % {"name": registration.name},
        facts=facts,
        sections=[PaperSection(_("What was worked on"), [(workshop.title_text, parts)])] if parts else [],
        footer=_("Innovation across borders"),
        language=get_language() or "en",
        direction="rtl" if get_language_bidi() else "ltr",
        made_at=workshop.ends_at,
    )


def check(code: str) -> dict | None:
    """What ``/verify/<code>`` may say about a certificate: nothing personal. None for a code of no certificate."""
    written = spelled(code)
    if written is None:
        return None
    registration = Registration.objects.select_related("workshop").filter(code=written).first()
    if registration is None or not registration.is_certified:
        return None
    workshop = registration.workshop
    return {
        "kind": "attendance",
        "code": registration.code,
        "reference": workshop.title_text,
        "arrived_at": workshop.starts_at,
        "ends_at": workshop.ends_at,
        "zone": workshop.zone,
        "intact": True,
    }
