"""What everybody may keep: how long browsers and proxies hold a public page, and when it is enough to say «as before».

    @require_safe
    @fresh(stamp_of)
    def library(request): …

``stamp_of`` takes the request and gives any string that is another one whenever the page would be: the number of the
shelf, the instant of the last change. It is asked before the view, so it has to be cheap; ``None`` means that nothing
can be said, and the answer gets no ETag. What the frame around every page shows is added here (``PAGE_FRAME`` in the
settings), as is the edition of our own files, so that nobody keeps a page whose style sheet is gone.

- 200: a weak ETag, ``Cache-Control: public, max-age=60, stale-while-revalidate=600`` and ``Vary: Cookie``.
- 304 without calling the view, when the reader has this version already.
- A browser of staff, with keys or with a message to be shown: ``private, no-store``, and never 304. Those pages are
  somebody's own: «my page» stands in their navigation.
- A page with the token of a form: the same, for the token is its reader's alone.
- Whatever the view answers besides 200 is left alone; so is a Cache-Control that it has set by itself.

Pages that cost no more than such a string would, or that count down, are drawn each time and told apart by their own
words: ``@fresh_as_drawn``. Browsers ask each time whether theirs still holds, and proxies once a minute.

A page that is kept does not know what time it is: it says no instant of the server, and the script asks (``is_kept``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.module_loading import import_string

from people import keys

View = Callable[..., HttpResponseBase]
Stamp = Callable[[HttpRequest], str | None]

#: Seconds for which nobody asks again, and for which an older copy may be shown while somebody does.
SECONDS, STALE = 60, 600
#: An address that names its version: what it gives is never another. It may be taken down, which reaches every cache
#: within a week.
UNCHANGING = "public, max-age=604800, immutable"
PERSONAL = "private, no-store"
#: What is open, full or counted down: browsers ask each time, and get 304; proxies spare us a rush.
ASKED_AGAIN = "public, max-age=0, s-maxage=60"


def fresh(
    stamp: Stamp,
    *,
    seconds: int = SECONDS,
    stale: int = STALE,
    framed: bool = True,
    changed_at: Callable[[HttpRequest], datetime | None] | None = None,
) -> Callable[[View], View]:
    """See above. ``framed=False`` is for files and data, which are nobody's own and have no frame; ``changed_at`` gives
    their Last-Modified."""

    def decorator(view: View) -> View:
        @wraps(view)
        def kept(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in ("GET", "HEAD"):
                return view(request, *args, **kwargs)
            if framed and is_personal(request):
                return _personal(view(request, *args, **kwargs))
            request.is_kept = True
            etag = etag_of(request, stamp(request), framed=framed)
            at = changed_at(request) if changed_at else None
            since = int(at.timestamp()) if at else None
            unchanged = get_conditional_response(request, etag=etag, last_modified=since)
            response = unchanged if unchanged is not None else view(request, *args, **kwargs)
            if has_token(request):
                return _personal(response)
            if response.status_code in (200, 304):
                response.headers.setdefault(
                    "Cache-Control", f"public, max-age={seconds}, stale-while-revalidate={stale}"
                )
                if etag:
                    response.headers.setdefault("ETag", etag)
                if since is not None:
                    response.headers.setdefault("Last-Modified", http_date(since))
            if framed:
                patch_vary_headers(response, ["Cookie"])
            return response

        return kept

    return decorator


def fresh_as_drawn(view: View) -> View:
    """See above."""

    @wraps(view)
    def kept(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        if is_personal(request):
            return _personal(view(request, *args, **kwargs))
        request.is_kept = True
        response: Any = view(request, *args, **kwargs)
        if has_token(request):
            return _personal(response)
        patch_vary_headers(response, ["Cookie"])
        if response.status_code != 200:
            return response
        etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = ASKED_AGAIN
        return get_conditional_response(request, etag=etag, response=response) or response

    return kept


def _personal(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", PERSONAL)
    patch_vary_headers(response, ["Cookie"])
    return response


def has_token(request: HttpRequest) -> bool:
    """Whether the token of a form stands in the page that was just drawn."""
    return bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


def is_personal(request: HttpRequest) -> bool:
    """Whether a page may show this browser what it shows to no other."""
    own = (settings.SESSION_COOKIE_NAME, keys.cookie_name(), CookieStorage.cookie_name)
    return any(name in request.COOKIES for name in own)


def etag_of(request: HttpRequest, stamp: str | None, *, framed: bool = True) -> str | None:
    """A weak ETag: pages of one stamp say the same, if not in the same bytes."""
    if stamp is None:
        return None
    around = import_string(settings.PAGE_FRAME)(request) if framed and settings.PAGE_FRAME else ""
    return f'W/"{hashlib.sha256(repr((stamp, around, our_files())).encode()).hexdigest()[:32]}"'


@lru_cache(maxsize=1)
def our_files() -> str:
    """A digest of everything that pages are drawn with: it changes when the portal is renewed."""
    digest = hashlib.sha256()
    rooms = {name.partition(".")[0] for name in settings.INSTALLED_APPS}
    for folder in sorted({"templates", "static", *rooms}):
        for path in sorted(Path(settings.ROOT, folder).rglob("*")):
            if path.suffix in (".html", ".css", ".js", ".svg", ".py"):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]
