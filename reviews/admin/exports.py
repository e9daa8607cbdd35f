"""What leaves the office as a file: tables of the list that is shown, and dossiers on paper."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from papers import sheets
from papers.pdf import pdf_of
from people import events
from reviews import exports, printing
from reviews.admin.narrowing import NARROWINGS
from reviews.admin.pages import DossierPages
from reviews.models import Dossier

MAY_EXPORT = "reviews.export_review"
KINDS = ("csv", "xlsx", "json")


class ExportPages(DossierPages):
    PAGES = (("dossier.pdf", "pdf", "pdf_view"),)
    DEEDS = (("pdf", _("Print as PDF"), "reviews.view_dossier"),)

    def get_urls(self) -> list:
        def mine(route: str, view, name: str):
            return path(route, self.admin_site.admin_view(require_POST(view)), name=f"reviews_dossier_{name}")

        return [
            mine("export/<str:table>/<str:kind>/", self.export_view, "export"),
            mine("shortlist.pdf", self.shortlist_view, "shortlist"),
            *super().get_urls(),
        ]

    def export_context(self, request: HttpRequest) -> dict:
        """What the list needs to offer its exports."""
        asked = request.GET.urlencode()
        return {
            "may_export": request.user.has_perm(MAY_EXPORT),
            "exported": [("cases", _("Cases")), ("reviews", _("Reviews")), ("decisions", _("Decisions"))],
            "export_kinds": KINDS,
            "most_printed": printing.MOST,
            "asked": f"?{asked}" if asked else "",
        }

    def export_view(self, request: HttpRequest, table: str, kind: str) -> HttpResponseBase:
        """Cases, reviews or decisions of what the list shows, all of it."""
        if not self.has_view_permission(request) or not request.user.has_perm(MAY_EXPORT):
            raise PermissionDenied
        if table not in exports.TABLES or kind not in KINDS:
            raise Http404
        chosen = self.get_changelist_instance(request).queryset
        sight = exports.sight_of(request.user)
        columns, rows = exports.rows_of(table, chosen, sight=sight)
        self._written_down(request, f"{table} exported", kind)
        name = f"{table}-{request.arrived_at:%Y-%m-%d}"
        if kind == "json":
            return sheets.download_json(exports.objects(columns, rows), name=name)
        return sheets.download(exports.sheet(columns, rows), kind=kind, name=name)

    def pdf_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One case with what the review says of it, to print."""
        dossier = self.dossier_for(request, pk)
        return self._paper(request, [dossier], str(dossier.case.reference))

    def shortlist_view(self, request: HttpRequest) -> HttpResponse:
        """The first cases of what the list shows, in one paper."""
        if not self.has_view_permission(request) or not request.user.has_perm(MAY_EXPORT):
            raise PermissionDenied
        shown = self.get_changelist_instance(request).queryset.values_list("pk", flat=True)
        keys = list(shown[: printing.MOST])
        found = Dossier.objects.select_related("round__call", "case", "submission", "decision", "screening")
        dossiers = sorted(found.filter(pk__in=keys), key=lambda dossier: keys.index(dossier.pk))
        if not dossiers:
            raise Http404
        self._written_down(request, "shortlist printed", "pdf", cases=len(dossiers))
        return self._paper(request, dossiers, f"shortlist-{request.arrived_at:%Y-%m-%d}")

    def _paper(self, request: HttpRequest, dossiers: Iterable[Dossier], name: str) -> HttpResponse:
        paper = printing.paper_of(
            list(dossiers),
            sight=exports.sight_of(request.user),
            reader=request.user,
            at=request.arrived_at,
        )
        response = HttpResponse(pdf_of(paper), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response

    def _written_down(self, request: HttpRequest, action: str, kind: str, **facts: int) -> None:
        """Who took what, in the book: large parts of the review leave the house in one press."""
        asked = {question.parameter_name for question in NARROWINGS}
        events.record(
            action,
            about=("dossiers", "list"),
            at=request.arrived_at,
            by=request.user,
            facts={
                "kind": kind,
                "asked": {key: request.GET[key][:60] for key in sorted(asked) if request.GET.get(key)},
                **facts,
            },
            request_id=request.id,
        )
