"""What the links in this room's letters open (named in ``LINK_DOORS``)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Colleague
from people import keys


class DraftDoor:
    """Opens one person's part in one case. Looking changes nothing; opening gives the browser a key."""

    def __init__(self, link: dict):
        self.colleague = (
            Colleague.objects.present()
            .select_related("case__call", "address")
            .filter(pk=link.get("colleague"), generation=link.get("generation"))
            .first()
        )

    @property
    def is_there(self) -> bool:
        return self.colleague is not None

    @property
    def language(self) -> str:
        return self.colleague.address.language

    def words(self) -> dict:
        case = self.colleague.case
        return {
            "title": case.title or _("Your draft"),
            "text": _("You are %(name)s. Press the button to go on to your case on this device.")
            % {"name": self.colleague.name},
            "button": _("Open the case"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        self.colleague.address.confirm(at)
        response = redirect(self.leads_to())
        give_key(request, response, self.colleague)
        return response

    def leads_to(self) -> str:
        return reverse("cases:overview", args=[self.colleague.case.code])


def give_key(request: HttpRequest, response: HttpResponse, colleague: Colleague) -> None:
    """Let this browser go on as this colleague, until their generation changes."""
    keys.give(request, response, f"draft:{colleague.case.code}", [colleague.pk, colleague.generation])
