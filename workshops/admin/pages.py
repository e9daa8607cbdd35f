"""What the pages about one workshop have in common: who gets in, the frame, and a letter to look at."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from outbox.delivery import written
from outbox.posting import unsent
from people import times
from workshops.models import Workshop


class WorkshopPages:
    """Mixed into the admin of workshops: a page is an address below the workshop's own."""

    def address(self, route: str, view, name: str):
        return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"workshops_workshop_{name}")

    def workshop_for(self, request: HttpRequest, pk: int, *rights: str) -> Workshop:
        """The workshop, for those who may view workshops and have all of ``rights``; else 404 or 403."""
        workshop = Workshop.objects.select_related("series").filter(pk=pk).first()
        if workshop is None:
            raise Http404
        if not self.has_view_permission(request, workshop) or not request.user.has_perms(rights):
            raise PermissionDenied
        return workshop

    def page(
        self, request: HttpRequest, workshop: Workshop, template: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "workshop": workshop,
            "original": workshop,
            "title": title,
            "subtitle": workshop.title_text,
            "when": when(workshop),
        }
        return TemplateResponse(request, f"admin/workshops/workshop/{template}.html", frame | context)

    def back(self, workshop: Workshop, name: str = "change") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk]))


def when(workshop: Workshop) -> str:
    """«Thursday 3 June 2027, 15:30–18:00 Paris time (CEST, UTC+2)»."""
    return times.span(workshop.starts_at, workshop.ends_at, workshop.zone)


def as_read(letter: dict) -> dict[str, Any]:
    """A letter as its reader would find it, links blanked: {"subject", "text", "attachments"}."""
    message = unsent(**letter)
    words = written(message, blank_links=True)
    return {
        "subject": words.subject,
        "text": words.text,
        "attachments": [part["name"] for part in message.attachments],
    }
