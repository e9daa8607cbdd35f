"""What links in letters open that belong to no single room: «my page», and stopping a kind of letter."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from people import keys
from people.models import Address

#: «My page» stays open in a browser for this long after its link was used.
MY_PAGE_OPEN = timedelta(hours=2)


class MyPageDoor:
    """Everything under one address. The link lives for 30 minutes; what it opens, for two hours."""

    def __init__(self, link: dict):
        self.address = Address.objects.filter(
            pk=link.get("address"), generation=link.get("generation")
        ).first()

    @property
    def is_there(self) -> bool:
        return self.address is not None

    @property
    def language(self) -> str:
        return self.address.language

    def words(self) -> dict:
        return {
            "title": _("My page"),
            "text": _("Press the button to see your cases and your letters on this device."),
            "button": _("Open my page"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        self.address.confirm(at)
        response = redirect("my")
        until = int((at + MY_PAGE_OPEN).timestamp())
        keys.give(request, response, "my", [self.address.pk, self.address.generation, until])
        return response


class StopDoor:
    """No more letters of one kind: one click, without a cookie, as mail programs do it too (RFC 8058)."""

    def __init__(self, link: dict):
        self.address = Address.objects.filter(pk=link.get("address")).first()
        self.what = str(link.get("what", ""))

    @property
    def is_there(self) -> bool:
        return self.address is not None and bool(self.what)

    @property
    def language(self) -> str:
        return self.address.language

    def words(self) -> dict:
        if self.what == "cited":
            return {
                "title": _("No more letters when I am cited"),
                "text": _("We write no more to %(email)s when a report, story or dialogue cites your case.")
                % {"email": self.address.masked},
                "button": _("No more of these letters"),
            }
        return {
            "title": _("Stop reminders"),
            "text": _("We stop reminding %(email)s. Letters about your cases still come.")
            % {"email": self.address.masked},
            "button": pgettext("button", "Stop reminders"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        self.address.stop(self.what)
        return render(request, "links/stopped.html", {"email": self.address.masked, "what": self.what})
