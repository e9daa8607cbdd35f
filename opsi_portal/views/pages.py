"""Pages that say how the portal treats people: privacy, accessibility, contact, licence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from cases.models import Call
from people.fresh import fresh_as_drawn


@require_safe
@fresh_as_drawn
def page(request: HttpRequest, name: str) -> HttpResponse:
    call = request.call_shown = Call.objects.current(request.arrived_at)
    context = {"call": call, "share_url": request.build_absolute_uri(request.path)}
    return render(request, f"pages/{name}.html", context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that could not be read; said in words. Django's own page would read it again, and fail again."""
    return HttpResponse(render_to_string("400.html"), status=400)
