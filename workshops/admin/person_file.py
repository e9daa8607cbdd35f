"""What lies in the file of one registration: what the person said, how seats changed hands, what was written to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox.models import OutboxMessage
from people import times
from people.models import Event, User
from people.places import LEVELS, country_name
from workshops.admin.pages import when
from workshops.exports import why_words
from workshops.models import Registration, Step
from workshops.registering import NEWS, NEWS_WISHED, RECORDING, TERMS, agreed_to

#: So much of each history is shown; the newest come first.
SHOWN = 100

DEEDS = {
    "registered": gettext_lazy("Registered"),
    "gave back": gettext_lazy("Gave the seat back"),
    "confirmed": gettext_lazy("Confirmed by staff"),
    "corrected": gettext_lazy("Corrected the details"),
    "came": gettext_lazy("Noted as come"),
    "did not come": gettext_lazy("Noted as not come"),
    "erased": gettext_lazy("Erased"),
}
CONSENTS = {
    TERMS: gettext_lazy("the terms"),
    RECORDING: gettext_lazy("being recorded"),
    NEWS_WISHED: gettext_lazy("getting news, not confirmed by a click"),
    NEWS: gettext_lazy("getting news"),
}


def contents(registration: Registration, *, reader: User, at: datetime) -> dict[str, Any]:
    """Everything that the page shows. The address, access needs and letters only for those who may see them."""
    zone = registration.workshop.zone
    sees_address = reader.has_perm("people.view_address")
    return {
        "facts": _facts(registration, zone, sees_address=sees_address),
        "said": _said(registration),
        "sees_needs": reader.has_perm("workshops.see_access_needs"),
        "when": when(registration.workshop),
        "city": times.city_name(zone),
        "steps": [_step(step, zone) for step in registration.steps.order_by("-pk")[:SHOWN]],
        "events": _events(registration, zone),
        "letters": _letters(registration) if reader.has_perm("outbox.view_outboxmessage") else [],
        "elsewhere": _elsewhere(registration),
    }


def _facts(registration: Registration, zone, *, sees_address: bool) -> list[tuple[str, str]]:
    place = registration.place_in_line()
    takes_letters = registration.let_go_at or not registration.address.suppressed_at
    told = [
        (_("Status"), str(registration.get_status_display())),
        (_("Place in line"), str(place) if place else ""),
        (_("Erased"), _clock(registration.erased_at, zone)),
        (_("E-mail"), registration.address.email if sees_address and not registration.let_go_at else ""),
        (_("Address"), _("confirmed") if registration.address.confirmed_at else _("not confirmed")),
        (_("Letters"), "" if takes_letters else _("This address takes no letters.")),
        (_("Registered"), _clock(registration.registered_at, zone)),
        (_("Seated"), _clock(registration.seated_at, zone)),
        (_("Kept unconfirmed until"), _kept_until(registration, zone)),
        (_("Offered until"), _clock(registration.offered_until, zone)),
        (_("Says they come"), _clock(registration.reconfirmed_at, zone)),
        (_("Came"), _clock(registration.attended_at, zone)),
        (_("Ended"), _clock(registration.ended_at, zone)),
        (_("Group"), str(registration.group) if registration.group else ""),
        (_("Agreed to"), _consents(registration)),
    ]
    return [(label, value) for label, value in told if value]


def _kept_until(registration: Registration, zone) -> str:
    if registration.address.confirmed_at or not registration.has_seat():
        return ""
    return _clock(registration.confirm_by, zone)


def _said(registration: Registration) -> list[tuple[str, str]]:
    level = str(dict(LEVELS).get(registration.level, registration.level))
    told = [
        (_("Organisation"), registration.organisation),
        (_("Country"), country_name(registration.country)),
        (_("Level of government"), level),
        (_("Role"), registration.role),
        (_("Hopes to work on"), registration.hopes),
        (_("Brings a case"), registration.brings),
    ]
    return [(label, value) for label, value in told if value]


def _consents(registration: Registration) -> str:
    given = agreed_to(registration)
    return ", ".join(str(words) for kind, words in CONSENTS.items() if kind in given)


def _step(step: Step, zone) -> dict[str, str]:
    words = dict(Registration.Status.choices)
    return {
        "at": _second(step.at, zone),
        "was": str(words.get(step.was, step.was)),
        "became": str(words.get(step.became, step.became)),
        "why": why_words(step.why),
    }


def _events(registration: Registration, zone) -> list[dict[str, str]]:
    about = Event.objects.filter(object_kind="registration", object_id=str(registration.pk))
    rows = list(about.order_by("-at", "-pk")[:SHOWN])
    ids = {row.actor_id for row in rows if row.actor == Event.Actor.STAFF}
    staff = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}
    return [
        {
            "at": _second(row.at, zone),
            "by": (staff.get(row.actor_id) if row.actor == Event.Actor.STAFF else "") or _by(row),
            "what": str(DEEDS.get(row.action, row.action)),
            "why": row.reason,
        }
        for row in rows
    ]


def _by(event: Event) -> str:
    return _("The person") if event.actor == Event.Actor.AUTHOR else str(event.get_actor_display())


def _letters(registration: Registration) -> list[OutboxMessage]:
    fields = ("kind", "state", "subject_line", "created_at", "sent_at")
    return list(
        OutboxMessage.objects.about("registration", registration.pk).only(*fields).order_by("-pk")[:SHOWN]
    )


def _elsewhere(registration: Registration) -> list[Registration]:
    """What else this person has or had in the series."""
    theirs = Registration.objects.filter(
        series_id=registration.series_id, address_id=registration.address_id
    ).exclude(pk=registration.pk)
    return list(theirs.select_related("workshop").order_by("-pk")[:SHOWN])


def _clock(instant: datetime | None, zone) -> str:
    return times.moment(instant, zone) if instant else ""


def _second(instant: datetime, zone) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"
