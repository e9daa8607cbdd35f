"""Whether the portal serves, and how the worker is."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from outbox import health


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while pages can be served. A worker that is late is told here, and does not take the site down."""
    signs = health.vital_signs(request.arrived_at)
    body = {
        "status": "ok",
        "worker_age_seconds": signs["worker_age"],
        "oldest_due_letter_seconds": signs["oldest_due"],
        "failed_letters": signs["failed"],
    }
    return JsonResponse(body)
