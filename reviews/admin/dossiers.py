"""The list of cases in review, and one of them with everything that the review knows."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cases.questions import lang_of
from cases.views.copies import download_of
from people.admin import ReadOnly
from people.narrowing import ShortSightedList
from reviews import looking, seeing
from reviews.admin import dossier_file
from reviews.admin.asking import AskingPages
from reviews.admin.decisions import MAY_DECIDE, DecidingPages
from reviews.admin.exports import ExportPages
from reviews.admin.giving import GivingPages
from reviews.admin.marks import marks_of
from reviews.admin.narrowing import NARROWINGS, InOrder
from reviews.admin.screening import MAY_SCREEN, ScreeningPages
from reviews.models import Dossier

#: So many words of a search are looked for; each has to be found.
MOST_WORDS = 5
#: Either right lets one say that one has looked at what came back.
MAY_LOOK = (MAY_SCREEN, "reviews.decide_dossier")


class DossierList(ShortSightedList):
    """A page of cases in review, in the order that was asked for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return list(InOrder.ORDERS.get(self.params.get("order", ""), InOrder.ORDERS[""]))


@admin.register(Dossier)
class DossierAdmin(ScreeningPages, GivingPages, AskingPages, DecidingPages, ExportPages, ReadOnly):
    """Cases in review. What is done with one is done on pages of its own."""

    PAGES = (("file/<str:code>/", "file", "file_view"), ("looked/", "looked", "looked_view"))

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
                "eligible",
                "verdict",
                "likely_duplicate",
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
            queryset = queryset.saying(word)
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Review"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            hidden = seeing.hidden_from(request.user)
            sees_scores = request.user.has_perm("reviews.see_scores")
            response.context_data |= {
                "rows": [
                    row_of(dossier, request.arrived_at, sees_scores=sees_scores and dossier.pk not in hidden)
                    for dossier in shown.result_list
                ],
                "may_screen": request.user.has_perm(MAY_SCREEN),
                "may_decide": request.user.has_perm(MAY_DECIDE),
                **self.export_context(request),
            }
        return response

    # -- One case ------------------------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        dossier = self.dossier_for(request, object_id)
        may_look = any(request.user.has_perm(right) for right in MAY_LOOK)
        return self.page(
            request,
            "dossier/reading",
            title=dossier.case.reference,
            heading=dossier.submission.title,
            trail=[(_("Review"), reverse("admin:reviews_dossier_changelist"))],
            dossier=dossier,
            deeds=self.deeds_for(request, dossier.pk),
            may_look=may_look,
            **dossier_file.contents(dossier, reader=request.user, at=request.arrived_at),
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        return self.back_to(self.dossier_for(request, object_id), anchor="#history")

    def file_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """A file that was handed in, as a download."""
        attachment = dossier_file.attachment_of(self.dossier_for(request, pk), code)
        if attachment is None:
            raise Http404
        return download_of(attachment)

    @method_decorator(require_POST)
    def looked_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """«I have looked»: what came back is no news any more."""
        dossier = self.dossier_for(request, pk)
        if not any(request.user.has_perm(right) for right in MAY_LOOK):
            raise PermissionDenied
        seen = instant_sent(request.POST.get("seen", ""))
        if looking.look(dossier, seen=seen, by=request.user, at=request.arrived_at):
            messages.success(request, _("Noted: what came back has been looked at."))
        else:
            messages.warning(request, _("More has come back while you were reading. Please look again."))
        return self.back_to(dossier)


def instant_sent(text: str) -> datetime | None:
    """An instant as a page sends it back; None for anything that is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def row_of(dossier: Dossier, at: datetime, *, sees_scores: bool) -> dict:
    """One line of the list, in words."""
    return {
        "url": f"{dossier.pk}/change/",
        "pk": dossier.pk,
        "reference": dossier.case.reference,
        "title": dossier.submission.title,
        "lang": lang_of(dossier.submission.language),
        "organisation": dossier.submission.organisation,
        "step": dossier.get_step_display(),
        "step_key": dossier.step,
        "outcome": dossier.decision.get_outcome_display() if dossier.decision else "",
        "reviews": _("%(finished)s of %(wanted)s")
        % {
            "finished": dossier.finished,
            "wanted": max(dossier.round.readers_per_case, dossier.readers),
        },
        "marks": marks_of(dossier, at, sees_scores=sees_scores),
    }
