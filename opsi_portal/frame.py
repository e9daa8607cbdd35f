"""What the frame around every page needs to know."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cases.models import Call
from people import keys
from workshops.models import Series


def frame(request: HttpRequest) -> dict:
    """The navigation shows only what exists now. Costs nothing in the office, and two statements elsewhere
    unless the page has its call or its sessions already."""
    if request.path.startswith("/admin/"):
        return {}
    return {"nav": SimpleLazyObject(lambda: nav_of(request))}


def stamp_of(request: HttpRequest) -> str:
    """Another one whenever the frame would look otherwise to a visitor."""
    return repr(sorted(nav_of(request).items()))


def nav_of(request: HttpRequest) -> dict[str, bool]:
    """Worked out once a request: for the stamp of the page, and to draw it."""
    if not hasattr(request, "_nav"):
        request._nav = _nav_of(request)
    return request._nav


def _nav_of(request: HttpRequest) -> dict[str, bool]:
    there, is_open = _call(request)
    ring = keys.held(request)
    return {
        "call": there,
        "start": is_open,
        "workshops": _has_workshops(request),
        "my": keys.fresh_until(ring.get("my") or [], request.arrived_at),
    }


def _call(request: HttpRequest) -> tuple[bool, bool]:
    """Whether there is a call to show, and whether it is open."""
    if call := getattr(request, "call_shown", None):
        return True, call.is_open(request.arrived_at)
    return Call.objects.in_short(request.arrived_at)


def _has_workshops(request: HttpRequest) -> bool:
    if hasattr(request, "sessions_shown"):
        return bool(request.sessions_shown)
    return Series.objects.filter(listed=True).exists()
