"""Rounds: how the cases of a call are reviewed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from people.admin import OnlyQuestions
from reviews.admin.pages import RoundPages
from reviews.models import Round


@admin.register(Round)
class RoundAdmin(RoundPages, OnlyQuestions):
    list_display = ["call", "readers_per_case", "promised_at", "blind"]
    list_select_related = ["call"]
    fields = ["call", "readers_per_case", "days_to_read", "discuss_from", "blind", "promised_at"]
    sortable_by: list[str] = []
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        return ["call"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rounds come by themselves, with the first case of a call."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False
