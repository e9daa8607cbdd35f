"""The list of cases in review, and one of them with everything that the review knows."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.admin import ReadOnly
from people.narrowing import ShortSightedList
from reviews.admin.giving import GivingPages
from reviews.admin.narrowing import NARROWINGS, InOrder
from reviews.models import Dossier

#: So many words of a search are looked for; each has to be found.
MOST_WORDS = 5


class DossierList(ShortSightedList):
    """A page of cases in review, in the order that was asked for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return list(InOrder.ORDERS.get(self.params.get("order", ""), InOrder.ORDERS[""]))


@admin.register(Dossier)
class DossierAdmin(GivingPages, ReadOnly):
    """Cases in review. What is done with one is done on pages of its own."""

    list_display = ["case", "step"]
    list_filter = NARROWINGS
    search_fields = ["case__reference"]  # what is searched is told in get_search_results
    search_help_text = gettext_lazy("Reference, title or organisation")
    actions = None

    # -- The list ------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return DossierList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("case", "round", "submission", "decision")
            .only(
                "step",
                "readers",
                "finished",
                "due_at",
                "asked_at",
                "came_back_at",
                "discuss",
                "case__reference",
                "round__readers_per_case",
                "submission__title",
                "submission__organisation",
                "submission__language",
                "decision__outcome",
            )
        )

    def get_search_results(self, request, queryset, search_term):
        for word in search_term.replace("\0", "").split()[:MOST_WORDS]:
            queryset = queryset.filter(
                Q(case__reference__istartswith=word)
                | Q(submission__title__icontains=word)
                | Q(submission__organisation__icontains=word)
            )
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Review"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            response.context_data["rows"] = [
                row_of(dossier, request.arrived_at) for dossier in shown.result_list
            ]
        return response


def row_of(dossier: Dossier, at: datetime) -> dict:
    """One line of the list, in words."""
    language = dossier.submission.language
    return {
        "url": f"{dossier.pk}/change/",
        "pk": dossier.pk,
        "reference": dossier.case.reference,
        "title": dossier.submission.title,
        "lang": "" if language == "other" else language,
        "organisation": dossier.submission.organisation,
        "step": dossier.get_step_display(),
        "step_key": dossier.step,
        "outcome": dossier.decision.get_outcome_display() if dossier.decision else "",
        "reviews": _("%(finished)s of %(wanted)s")
        % {
            "finished": dossier.finished,
            "wanted": max(dossier.round.readers_per_case, dossier.readers),
        },
        "marks": marks_of(dossier, at),
    }


def marks_of(dossier: Dossier, at: datetime) -> list[str]:
    """Facts beside the step that somebody at the desk should not miss."""
    marks = []
    if dossier.came_back_at:
        marks.append(_("came back"))
    if dossier.asked_at:
        marks.append(_("author asked"))
    if dossier.due_at and dossier.due_at < at:
        marks.append(_("overdue"))
    if dossier.discuss:
        marks.append(_("to discuss"))
    return marks
