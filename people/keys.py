"""The keys a browser holds: one signed cookie that says which doors its links have opened.

Nothing here is a login: a key names a row and its generation, and every request compares them
with the database, so that removing a colleague ends their access with the next click.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_SALT = "people.keys"
#: A browser forgets its keys this long after the last one was given; the link in the letter brings them back.
LIFE = timedelta(days=30)
#: More drafts than this at once in one browser, and the oldest key falls off the ring.
ROOM = 20


def cookie_name() -> str:
    return "__Host-keys" if settings.CSRF_COOKIE_SECURE else "keys"


def held(request: HttpRequest) -> dict[str, list]:
    """The ring of this browser: ``{"draft:<code>": [colleague id, generation], "my": [...]}``."""
    if not hasattr(request, "_keys"):
        try:
            ring = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=LIFE)
        except signing.BadSignature:
            ring = {}
        request._keys = ring
    return request._keys


def give(request: HttpRequest, response: HttpResponse, name: str, value: list) -> None:
    """Put a key on the ring of this browser (or put it there anew)."""
    ring = {key: kept for key, kept in held(request).items() if key != name}
    ring[name] = value
    _hang_up(request, response, dict(list(ring.items())[-ROOM:]))


def take_away(request: HttpRequest, response: HttpResponse, name: str | None = None) -> None:
    """Take one key, or all of them, off the ring."""
    ring = {key: kept for key, kept in held(request).items() if name is not None and key != name}
    _hang_up(request, response, ring)


def fresh_until(value: list, at: datetime) -> bool:
    """Whether a key that carries its own end (seconds since 1970, in last place) still opens at ``at``."""
    return bool(value) and isinstance(value[-1], int) and at.timestamp() < value[-1]


def _hang_up(request: HttpRequest, response: HttpResponse, ring: dict) -> None:
    request._keys = ring
    if not ring:
        response.delete_cookie(cookie_name(), samesite="Lax")
        return
    response.set_cookie(
        cookie_name(),
        signing.dumps(ring, salt=_SALT, compress=True),
        max_age=LIFE,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
