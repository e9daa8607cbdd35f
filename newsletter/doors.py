"""What the links in this room's letters open (named in ``LINK_DOORS``)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from newsletter import subscribing
from newsletter.models import Record, Subscription, Topic
from people import keys

#: The name of this room's key on the ring of a browser.
KEY = "news"
#: The choices stay open in a browser for this long after a link was used.
OPEN = timedelta(hours=2)


def give_key(
    request: HttpRequest, response: HttpResponse, subscription: Subscription, *, at: datetime
) -> None:
    until = int((at + OPEN).timestamp())
    keys.give(request, response, KEY, [subscription.pk, subscription.generation, until])


class ConfirmDoor:
    """«Yes, write to me»: what was asked in the letter counts from the press of the button on."""

    def __init__(self, link: dict):
        asked = Record.objects.select_related("subscription__address").filter(what=Record.What.ASKED)
        self.record = asked.filter(pk=link.get("record")).first()

    @property
    def is_there(self) -> bool:
        return self.record is not None

    @property
    def language(self) -> str:
        return self.record.language

    def words(self) -> dict:
        topics = [str(Topic(topic).label) for topic in self.record.topics if topic in Topic.values]
        return {
            "title": _("News by e-mail"),
            "text": _("We write to %(email)s about: %(topics)s.")
            % {"email": self.record.subscription.address.masked, "topics": "; ".join(topics)},
            "button": pgettext("button", "Yes, write to me"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        subscription = subscribing.confirm(self.record, at=at)
        if subscription is None:
            return render(request, "links/gone.html", status=404)
        messages.success(request, _("Thank you. From now on we write to you about what you chose."))
        response = redirect("newsletter:preferences")
        give_key(request, response, subscription, at=at)
        return response


class PreferencesDoor:
    """A reader's choices."""

    def __init__(self, link: dict):
        theirs = Subscription.objects.confirmed().select_related("address")
        self.subscription = theirs.filter(
            pk=link.get("subscription"), generation=link.get("generation")
        ).first()

    @property
    def is_there(self) -> bool:
        return self.subscription is not None

    @property
    def language(self) -> str:
        return self.subscription.language

    def words(self) -> dict:
        return {
            "title": _("News by e-mail"),
            "text": _("Choose what we write to %(email)s about.")
            % {"email": self.subscription.address.masked},
            "button": pgettext("button", "Open my choices"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        response = redirect("newsletter:preferences")
        give_key(request, response, self.subscription, at=at)
        return response


class LeaveDoor:
    """No more news: one click, without a cookie, as mail programs do it too (RFC 8058)."""

    def __init__(self, link: dict):
        theirs = Subscription.objects.select_related("address")
        self.subscription = theirs.filter(pk=link.get("subscription")).first()

    @property
    def is_there(self) -> bool:
        return self.subscription is not None

    @property
    def language(self) -> str:
        return self.subscription.language

    def words(self) -> dict:
        return {
            "title": _("Leave"),
            "text": _("We stop writing news to %(email)s. Letters about your cases and workshops still come.")
            % {"email": self.subscription.address.masked},
            "button": pgettext("button", "Leave: no more news"),
        }

    def open(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        subscribing.leave(self.subscription, where=Record.Where.LETTER, at=at)
        return render(request, "newsletter/left.html", {"masked": self.subscription.address.masked})
