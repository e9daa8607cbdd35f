"""Rounds: how the cases of a call are reviewed."""

from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from people import events
from people.admin import OnlyQuestions
from reviews.admin.decisions import ReleasePages
from reviews.admin.figures import FigurePages
from reviews.admin.history import HistoryPages
from reviews.admin.planning import PlanPages
from reviews.admin.round_form import RoundForm
from reviews.admin.rubric import RubricPages
from reviews.models import Criterion, Round


@admin.register(Round)
class RoundAdmin(PlanPages, RubricPages, ReleasePages, FigurePages, HistoryPages, OnlyQuestions):
    form = RoundForm
    list_display = ["call", "readers_per_case", "promised_at", "is_blind"]
    list_select_related = ["call"]
    sortable_by: list[str] = []
    actions = None
    BOOK = {
        "plan accepted": ngettext_lazy(
            "Gave out %(readings)d review to write", "Gave out %(readings)d reviews to write", "readings"
        ),
        "decisions released": ngettext_lazy(
            "Told the author of %(decisions)d case", "Told the authors of %(decisions)d cases", "decisions"
        ),
    }

    change_form_template = "admin/reviews/round/change_form.html"

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        deeds = self.deeds_for(request, int(object_id)) if str(object_id).isdecimal() else []
        return super().change_view(request, object_id, form_url, {"deeds": deeds, **(extra_context or {})})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Round | None:
        """While it is being saved the round is locked, so that no first score and no release can cross it."""
        rounds = self.get_queryset(request)
        if request.method == "POST":
            rounds = rounds.locked()
        try:
            return rounds.get(pk=object_id)
        except (Round.DoesNotExist, ValueError, OverflowError):
            return None

    def save_model(self, request: HttpRequest, obj: Round, form: ModelForm, change: bool) -> None:
        """Only what the form shows is written: when scoring began is nothing that a form could put back."""
        fields = [name for name in form.changed_data if name not in ("seen", "why")]
        if not fields:
            return
        why = form.cleaned_data["why"]
        obj._history_user, obj._history_date, obj._change_reason = request.user, request.arrived_at, why
        obj.save(update_fields=fields)
        events.record(
            "round changed",
            about=("round", obj.pk),
            at=request.arrived_at,
            by=request.user,
            reason=why,
            facts={"fields": fields},
        )

    @admin.display(description=gettext_lazy("blind review"))
    def is_blind(self, round_: Round) -> str:
        """In words: Django's picture of a tick calls itself «True» in every language."""
        return _("yes") if round_.blind else _("no")

    def get_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        shown = ["call", "readers_per_case", "days_to_read", "discuss_from", "blind", "promised_at"]
        return [*shown, "why", "seen"] if self.has_change_permission(request, obj) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        return ["call"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rounds come by themselves, with the first case of a call."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False

    def histories_of(self, row: Round) -> list:
        """The round's own, and that of its rubric, also of criteria that are gone."""
        return [row.history.all(), Criterion.history.filter(round_id=row.pk)]
