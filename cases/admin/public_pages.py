"""What the pages about one public version have in common: their addresses, who gets in, and the frame."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from cases.models import PublicCase

MAY_EDIT, MAY_PUBLISH, MAY_AWARD = (
    "cases.change_publiccase",
    "cases.publish_publiccase",
    "cases.award_badge",
)


class PublicPages:
    """Mixed into the admin of public versions: each page is an address below the object's own.

    ``PAGES``: (route, name of the page, name of the method). ``DEEDS``: (name of the page, words, right needed).
    """

    PAGES: tuple[tuple[str, str, str], ...] = ()
    DEEDS: tuple[tuple[str, Any, str], ...] = ()

    def get_urls(self) -> list:
        found = [
            path(
                f"<int:pk>/{route}",
                self.admin_site.admin_view(getattr(self, method)),
                name=f"cases_publiccase_{page}",
            )
            for kind in type(self).__mro__
            for route, page, method in vars(kind).get("PAGES", ())
        ]
        return [*found, *super().get_urls()]

    def deeds_for(self, request: HttpRequest, public: PublicCase) -> list[tuple[Any, str]]:
        """The buttons of the page of one public version for this person: (words, address)."""
        of_authors = ("author", "partners")
        return [
            (words, reverse(f"admin:cases_publiccase_{page}", args=[public.pk]))
            for kind in type(self).__mro__
            for page, words, right in vars(kind).get("DEEDS", ())
            if request.user.has_perm(right) and (public.case_id or page not in of_authors)
        ]

    def public_for(self, request: HttpRequest, pk: int | str, *rights: str) -> PublicCase:
        """The public version, for those who may view public versions and have all of ``rights``; else 404 or 403."""
        if not request.user.has_perms(["cases.view_publiccase", *rights]):
            raise PermissionDenied
        rows = PublicCase.objects.select_related("case__call", "case__latest", "made_from", "edition", "call")
        try:
            return rows.defer("case__answers", "case__versions").get(pk=int(pk))
        except (PublicCase.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def public_page(
        self, request: HttpRequest, public: PublicCase, template: str, *, title: str, **context: Any
    ) -> TemplateResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "public": public,
            "case": public.case,
            "title": title or str(public),
            "is_page_below": bool(title),
        }
        return TemplateResponse(request, f"admin/cases/publiccase/{template}.html", frame | context)

    def back_to(self, public: PublicCase, page: str = "change", anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:cases_publiccase_{page}", args=[public.pk]) + anchor)


def sorry(error: Exception) -> str:
    """What a refused deed says; the rest of an exception is for the log."""
    return str(error.args[0]) if error.args else _("This did not work.")
