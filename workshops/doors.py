"""What the links in this room's letters open (named in ``LINK_DOORS``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from newsletter import subscribing
from people import keys
from workshops import attending, registering, seating
from workshops.announcing import span_of
from workshops.models import Registration


class SeatDoor:
    """Opens one registration. Looking changes nothing; opening gives the browser a key, to what else
    the person has in the series too, and confirms the address.

    A link may say what it is for: «join» goes on into the meeting if its time has come, «coming» notes that the
    person comes.
    """

    def __init__(self, link: dict):
        self.purpose = link.get("to", "")
        self.registration = (
            Registration.objects.select_related("workshop__series", "address")
            .filter(pk=link.get("registration"), generation=link.get("generation"))
            .first()
        )

    @property
    def is_there(self) -> bool:
        return self.registration is not None

    @property
    def language(self) -> str:
        return self.registration.address.language

    def words(self) -> dict:
        workshop = self.registration.workshop
        said = span_of(workshop, workshop.zone)
        text = _("%(name)s, your registration for %(day)s, %(hours)s %(zone)s.") % {
            "name": self.registration.name,
            "day": said.day,
            "hours": said.hours,
            "zone": said.zone_words,
        }
        if subscribing.is_wished(self.registration.address_id):
            news = _(
                "News of this programme were ticked, too: they begin with this button. You can stop them there."
            )
            text = f"{text} {news}"
        plain = _("Confirm my seat") if self.confirms else _("Open my registration")
        buttons = {
            "join": pgettext("button", "Go to the workshop"),
            "coming": pgettext("button", "I am coming"),
        }
        return {
            "title": workshop.title_text,
            "text": text,
            "button": buttons.get(self.purpose, plain),
        }

    @property
    def confirms(self) -> bool:
        """Whether opening it is the click that keeps the seat."""
        return self.registration.has_seat() and self.registration.address.confirmed_at is None

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        registration, confirms = self.registration, self.confirms
        registering.opened_from_letter(registration, at=at)
        if self.purpose == "coming":
            seating.reconfirm(registration, at=at)
            messages.success(request, _("Thank you. We look forward to meeting you."))
        elif confirms:
            messages.success(request, _("Thank you. Your address is confirmed, and the seat stays yours."))
        if self.purpose == "join" and attending.may_enter(registration, at):
            # A form may not lead out of the portal (its content policy), so the page that answers goes on by itself.
            response = render(request, "workshops/going_in.html", {"registration": registration})
        else:
            response = redirect("workshops:seat", pk=registration.pk)
        for each in (*registering.other_claims(registration, at=at), registration):
            give_key(request, response, each)
        return response


#: Marks the key of a browser that has only typed the address: it ends once the mailbox answers.
TYPED = "typed"


def give_key(request: HttpRequest, response: HttpResponse, registration: Registration) -> None:
    """Let this browser go on as this person, until their generation changes."""
    key = [registration.pk, registration.generation]
    if registration.address.confirmed_at is None:
        key.append(TYPED)
    keys.give(request, response, f"seat:{registration.pk}", key)


def fits(key: Any, registration: Registration) -> bool:
    """Whether a key from the ring of a browser opens this registration now.

    Whoever typed the address goes on until somebody answers from its mailbox; from then on it is theirs alone, and
    what they add to it is seen by nobody who had only typed.
    """
    whose = [registration.pk, registration.generation]
    return key == whose or (key == [*whose, TYPED] and registration.address.confirmed_at is None)
