"""Pages that say how the portal treats people: privacy, accessibility, contact, licence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.models import Call


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    call = Call.objects.current(request.arrived_at)
    return render(request, f"pages/{name}.html", {"call": call})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that could not be read; said in words, without reading it again."""
    return HttpResponse(
        _("This request could not be read. Go back, and try again."),
        status=400,
        content_type="text/plain; charset=utf-8",
    )
