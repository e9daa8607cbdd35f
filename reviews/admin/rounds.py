"""Rounds: how the cases of a call are reviewed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from people.admin import OnlyQuestions
from reviews.admin.planning import PlanPages
from reviews.models import Round


@admin.register(Round)
class RoundAdmin(PlanPages, OnlyQuestions):
    list_display = ["call", "readers_per_case", "promised_at", "blind"]
    list_select_related = ["call"]
    fields = ["call", "readers_per_case", "days_to_read", "discuss_from", "blind", "promised_at"]
    sortable_by: list[str] = []
    actions = None

    change_form_template = "admin/reviews/round/change_form.html"

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        deeds = self.deeds_for(request, int(object_id)) if str(object_id).isdecimal() else []
        return super().change_view(request, object_id, form_url, {"deeds": deeds, **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        return ["call"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rounds come by themselves, with the first case of a call."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False
