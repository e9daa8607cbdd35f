"""What the links in this room's letters open (named in ``LINK_DOORS``)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import yearly
from cases.drafting import NotAllowed
from cases.models import Colleague, Partner, YearlyCheck
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


class PublicVersionDoor(DraftDoor):
    """Leads to the public version of the case."""

    @property
    def is_there(self) -> bool:
        return super().is_there and hasattr(self.colleague.case, "public")

    def words(self) -> dict:
        return super().words() | {
            "text": _("You are %(name)s. Press the button to look at the public version on this device.")
            % {"name": self.colleague.name},
            "button": _("Look at the public version"),
        }

    def leads_to(self) -> str:
        return reverse("cases:public_version", args=[self.colleague.case.code])


class StillTrueDoor(PublicVersionDoor):
    """Says with one press that a public case is still true. The newest question alone can be answered so, and once."""

    def __init__(self, link: dict):
        super().__init__(link)
        case = self.colleague.case_id if self.colleague else None
        asked = YearlyCheck.objects.select_related("public_case").filter(public_case__case=case)
        newest = asked.order_by("pk").last() if case else None
        self.check = newest if newest and newest.pk == link.get("check") else None

    @property
    def is_there(self) -> bool:
        return super().is_there and self.check is not None

    def words(self) -> dict:
        case = self.colleague.case
        return {
            "title": case.public.title or case.title,
            "text": _("You are %(name)s. Is this case still true as it stands in our library?")
            % {"name": self.colleague.name},
            "button": _("Yes, it is still true"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        if not self.check.answer:
            said = YearlyCheck.Answer.STILL_TRUE
            try:
                yearly.answer(self.check.public_case, said=said, by=self.colleague, at=at)
                messages.success(request, _("Thank you. The page says so from now on."))
            except NotAllowed as error:
                messages.error(request, str(error))
        return super().open(request, at=at)


class PartnerDoor:
    """Opens a case to a partner that it names: what they say there is theirs until a newer letter goes out."""

    def __init__(self, link: dict):
        self.partner = (
            Partner.objects.select_related("public_case", "address")
            .filter(pk=link.get("partner"), generation=link.get("generation"), address__isnull=False)
            .first()
        )

    @property
    def is_there(self) -> bool:
        return self.partner is not None

    @property
    def language(self) -> str:
        return self.partner.address.language

    def words(self) -> dict:
        return {
            "title": str(self.partner.public_case),
            "text": _("Press the button to read the case and to answer on this device."),
            "button": _("Read the case"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        self.partner.address.confirm(at)
        response = redirect("cases:confirm_case", pk=self.partner.pk)
        keys.give(request, response, *key_of(self.partner))
        return response


def key_of(partner: Partner) -> tuple[str, list]:
    """Name and value of the key by which a browser speaks for a partner."""
    return f"partner:{partner.pk}", [partner.pk, partner.generation]


def give_key(request: HttpRequest, response: HttpResponse, colleague: Colleague) -> None:
    """Let this browser go on as this colleague, until their generation changes."""
    keys.give(request, response, f"draft:{colleague.case.code}", [colleague.pk, colleague.generation])
