"""Badges: what staff mark public cases with, and what each says to readers. They are given on the page of a case."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from cases.admin.public_forms import BadgeForm
from cases.models import Badge
from cases.shelving import note
from people import events
from people.admin import OnlyQuestions


@admin.register(Badge)
class BadgeAdmin(OnlyQuestions):
    form = BadgeForm
    list_display = ["key", "__str__", "words_text"]
    ordering = ["key"]
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Badge | None = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Badge | None = None) -> bool:
        return False  # it stands in addresses that people have kept

    def save_model(self, request: HttpRequest, obj: Badge, form: BadgeForm, change: bool) -> None:
        obj._history_user, obj._history_date = request.user, request.arrived_at
        super().save_model(request, obj, form, change)
        what = "badge changed" if change else "badge made"
        facts = {"fields": form.changed_data}
        events.record(what, about=("badge", obj.pk), at=request.arrived_at, by=request.user, facts=facts)
        if change:
            note(obj.public_cases.values_list("pk", flat=True))
