"""``/verify/<code>``: anybody who holds a receipt can check it; nothing personal is said."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from people import times


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    found = next((said for check in settings.RECEIPT_CHECKERS if (said := import_string(check)(code))), None)
    if found:
        zones = (times.UTC, found["zone"])
        found["moments"] = [times.to_the_second(found["arrived_at"], zone) for zone in zones]
    context = {"found": found, "code": code[:60]}
    return render(request, "verify.html", context, status=200 if found else 404)
