"""What the pages of this room have in common: addresses below an object's own, who gets in, and the frame."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from reviews.conflicts import has_declared
from reviews.models import Dossier, Round


class Pages:
    """Mixed into an admin: each page is an address below the object's own.

    A mixin names its pages in ``PAGES`` as (route, name of the page, name of the method); the method is called with
    the request and the key of the object. The name of the address is ``admin:reviews_<model>_<page>``. ``DEEDS``
    are the buttons by which one gets there from the object's own page: (name of the page, words, right needed).
    """

    PAGES: tuple[tuple[str, str, str], ...] = ()
    DEEDS: tuple[tuple[str, Any, str], ...] = ()

    def get_urls(self) -> list:
        model = self.opts.model_name
        found = [
            path(
                f"<int:pk>/{route}",
                self.admin_site.admin_view(getattr(self, method)),
                name=f"reviews_{model}_{page}",
            )
            for kind in type(self).__mro__
            for route, page, method in vars(kind).get("PAGES", ())
        ]
        return [*found, *super().get_urls()]

    def deeds_for(self, request: HttpRequest, pk: int) -> list[tuple[Any, str]]:
        """The buttons of the object's own page for this person: (words, address)."""
        return [
            (words, reverse(f"admin:reviews_{self.opts.model_name}_{page}", args=[pk]))
            for kind in type(self).__mro__
            for page, words, right in vars(kind).get("DEEDS", ())
            if request.user.has_perm(right)
        ]

    def page(
        self, request: HttpRequest, template: str, *, title: str, trail: list[tuple[str, str]], **context: Any
    ) -> HttpResponse:
        """``trail`` leads here from the front page: (words, address) for each step before this page."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "trail": trail}
        return TemplateResponse(request, f"admin/reviews/{template}.html", frame | context)


class DossierPages(Pages):
    """For pages about one case in review."""

    def dossier_for(self, request: HttpRequest, pk: int, *rights: str) -> Dossier:
        """The dossier, for those who may view dossiers and have all of ``rights``; else 404 or 403."""
        if not request.user.has_perms(["reviews.view_dossier", *rights]):
            raise PermissionDenied
        try:
            return (
                Dossier.objects.select_related("round__call", "case__call", "submission__by", "decision")
                .defer("case__answers", "case__versions", "round__figures")
                .get(pk=int(pk))
            )
        except (Dossier.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def dossier_page(
        self, request: HttpRequest, dossier: Dossier, template: str, *, title: str, **context: Any
    ) -> HttpResponse:
        trail = [
            (_("Review"), reverse("admin:reviews_dossier_changelist")),
            (dossier.case.reference, reverse("admin:reviews_dossier_change", args=[dossier.pk])),
        ]
        return self.page(request, f"dossier/{template}", title=title, trail=trail, dossier=dossier, **context)

    def too_close(self, request: HttpRequest, dossier: Dossier) -> HttpResponse | None:
        """Where somebody is sent who has declared a conflict of interest with this case and wants to work on it."""
        if request.method == "POST" or not has_declared(request.user, dossier):
            return None  # what was typed is refused by the activity itself, and stays on the page
        words = _("You have declared a conflict of interest with this case, so others work on it.")
        messages.warning(request, words)
        return self.back_to(dossier)

    def back_to(self, dossier: Dossier, page: str = "change", anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:reviews_dossier_{page}", args=[dossier.pk]) + anchor)


class RoundPages(Pages):
    """For pages about a round: planning, figures, decisions, exports."""

    def round_for(self, request: HttpRequest, pk: int, *rights: str) -> Round:
        """The round, for those who may view rounds and have all of ``rights``; else 404 or 403."""
        if not request.user.has_perms(["reviews.view_round", *rights]):
            raise PermissionDenied
        try:
            return Round.objects.select_related("call").get(pk=int(pk))
        except (Round.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def round_page(
        self, request: HttpRequest, round_: Round, template: str, *, title: str, **context: Any
    ) -> HttpResponse:
        trail = [(str(round_), reverse("admin:reviews_round_change", args=[round_.pk]))]
        return self.page(request, f"round/{template}", title=title, trail=trail, round=round_, **context)

    def back_to(self, round_: Round, page: str = "change", anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:reviews_round_{page}", args=[round_.pk]) + anchor)
