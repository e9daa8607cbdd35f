"""The questions by which staff narrow the list of registrations."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from newsletter import subscribing
from people import times
from people.narrowing import Narrowing
from people.places import LEVELS, country_choices
from workshops import registering
from workshops.models import Registration, Workshop

_Status = Registration.Status


class ByWorkshop(Narrowing):
    title = _("workshop")
    parameter_name = "workshop"

    def lookups(self, request: HttpRequest, model_admin):
        named = Workshop.objects.only("title", "starts_at", "zone_name").order_by("-starts_at")
        return [
            (str(each.pk), f"{times.day(each.starts_at, each.zone)}: {each.title_text}") for each in named
        ]

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(workshop=int(value))


class ByStatus(Narrowing):
    """Each status, and the two questions that are asked most."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin):
        return (
            ("active", _("With a claim: seat, offer or waiting list")),
            *_Status.choices,
            ("came", _("Came")),
            ("absent", _("Has a seat, has not come")),
        )

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value == "active":
            return rows.active()
        if value == "came":
            return rows.seated().filter(attended_at__isnull=False)
        if value == "absent":
            return rows.seated().filter(attended_at=None)
        return rows.filter(status=value)


class ByCountry(Narrowing):
    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin):
        return country_choices()

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(country=value)


class ByLevel(Narrowing):
    title = _("level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin):
        return LEVELS

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(level=value)


class ByConfirmation(Narrowing):
    title = _("confirmed")
    parameter_name = "confirmed"

    def lookups(self, request: HttpRequest, model_admin):
        return (
            ("address", _("Address confirmed")),
            ("no-address", _("Address not confirmed")),
            ("comes", _("Says they come")),
            ("silent", _("Has a seat, has not said yet")),
        )

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(
            {
                "address": Q(address__confirmed_at__isnull=False),
                "no-address": Q(address__confirmed_at=None),
                "comes": Q(reconfirmed_at__isnull=False),
                "silent": Q(reconfirmed_at=None, status=_Status.SEATED),
            }[value]
        )


class ByConsent(Narrowing):
    title = _("agreed to")
    parameter_name = "agreed"

    def lookups(self, request: HttpRequest, model_admin):
        return (
            ("recorded", _("May be recorded")),
            ("not-recorded", _("Has a seat, may not be recorded")),
            ("news", _("Gets news")),
        )

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value == "news":
            return rows.filter(subscribing.gets_news())
        if value == "not-recorded":
            return rows.seated().exclude(registering.is_recorded())
        return rows.filter(registering.is_recorded())


class InOrder(Narrowing):
    """Not a way of narrowing, but asked in the same breath."""

    title = _("order")
    parameter_name = "order"
    first = _("Registered last")
    ORDERS = {
        "": ("-pk",),
        "turn": ("workshop_id", "turn"),
        "name": ("name", "pk"),
        "country": ("country", "name", "pk"),
    }

    def lookups(self, request: HttpRequest, model_admin):
        return (("turn", _("In order of turns")), ("name", _("By name")), ("country", _("By country")))

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows


NARROWINGS = [ByWorkshop, ByStatus, ByCountry, ByLevel, ByConfirmation, ByConsent]
