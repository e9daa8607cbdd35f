"""The instant a request arrived, stamped before its body is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from people import events

#: A queue in front of the portal that is older than this is a fault, not a wait.
LONGEST_WAIT = timedelta(minutes=10)


class ArrivalMiddleware:
    """Give every request ``arrived_at`` (UTC) and ``id`` (for logs and events).

    Behind a proxy that is trusted by ``TRUST_REQUEST_START`` the instant is the one it passes on in
    ``X-Request-Start``, so that waiting in a queue costs nobody their case.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        request.arrived_at = (settings.TRUST_REQUEST_START and told_by_proxy(request, now)) or now
        request.id = uuid4().hex
        before = events.request_in_hand.set(request.id)
        try:
            return self.get_response(request)
        finally:
            events.request_in_hand.reset(before)


def told_by_proxy(request: HttpRequest, now: datetime) -> datetime | None:
    """The instant in ``X-Request-Start`` (seconds, milliseconds or microseconds, with or without ``t=``).

    None when the header is missing, unreadable, in the future, or older than ``LONGEST_WAIT``.
    """
    try:
        value = float(request.headers.get("X-Request-Start", "").strip().removeprefix("t="))
        if not 0 < value < 1e17:
            return None
        while value > 1e11:  # milliseconds or microseconds, as some proxies have it
            value /= 1000
        instant = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return instant if now - LONGEST_WAIT <= instant <= now else None
