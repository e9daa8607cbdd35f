"""What the pages about one output have in common: who gets in, and the frame."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst

from outputs.models import Output

MAY_WRITE = "outputs.change_output"
MAY_PUBLISH = "outputs.publish_output"


class OutputPages:
    """Mixed into the admin of outputs: a page is an address below the output's own."""

    def address(self, route: str, view, name: str):
        return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"outputs_output_{name}")

    def output_for(self, request: HttpRequest, pk: Any, *rights: str) -> Output:
        """The output, for those who may view outputs and have all of ``rights``; else 404 or 403."""
        if not request.user.has_perms(["outputs.view_output", *rights]):
            raise PermissionDenied
        try:
            return Output.objects.select_related("version", "changed_by").get(pk=int(pk))
        except (Output.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def page(
        self, request: HttpRequest, output: Output, template: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "output": output,
            "original": output,
            "title": title,
            "subtitle": str(output),
            "list_name": capfirst(self.opts.verbose_name_plural),
        }
        return TemplateResponse(request, f"admin/outputs/output/{template}.html", frame | context)

    def back(self, output: Output, name: str = "change", anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:outputs_output_{name}", args=[output.pk]) + anchor)
