"""A crowd at the door of a workshop, for the tests and for the bench: everybody at once, each with a browser of their own."""

import http.client
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode, urlsplit

from tests.parts.portal import Portal

FORM = {
    "name": "Marta Okello",
    "organisation": "Kisumu County",
    "country": "KE",
    "level": "local",
    "terms": "on",
    "zone": "Africa/Nairobi",
}
#: So many requests are on their way at once; the rest wait in front of the site, as browsers do.
HANDS = 100


class Visitor:
    """One browser: its cookies, and of its last answer where it led, how long it took (ms) and, where the portal
    tells, how many statements."""

    def __init__(self, portal: Portal, email: str = "", token: str = "", cookies: dict | None = None):
        self.host = urlsplit(portal.base_url).netloc
        self.email, self.token, self.cookies = email, token, dict(cookies or {})
        self.status, self.target, self.took, self.statements = 0, "", 0.0, 0

    def ask(self, method: str, path: str, **fields: str) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({"csrfmiddlewaretoken": self.token, **fields})
        began = time.monotonic()
        connection = http.client.HTTPConnection(self.host, timeout=120)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            self.took = (time.monotonic() - began) * 1000
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.status, self.target = answer.status, answer.headers.get("Location", "")
        self.statements = int(answer.headers.get("X-Statements", 0))
        return page

    def register(self, slug: str) -> None:
        self.ask("POST", f"/en/workshops/{slug}/", email=self.email, **FORM)


def in_thirty_days(portal: Portal) -> None:
    """Move all sessions: the first is in thirty days, whenever this runs."""
    portal.rows(
        "UPDATE workshops_workshop SET starts_at = starts_at + span, ends_at = ends_at + span FROM "
        "(SELECT now() + interval '30 days' - min(starts_at) AS span FROM workshops_workshop) AS moved"
    )


def visitors(portal: Portal, slug: str, count: int, *, first: int = 0) -> list[Visitor]:
    """People who all have the page of a session open."""
    looker = Visitor(portal)
    page = looker.ask("GET", f"/en/workshops/{slug}/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    return [
        Visitor(portal, f"person{n}@office.example", token, looker.cookies)
        for n in range(first, first + count)
    ]


def at_once(people: list[Visitor], deed: Callable[[Visitor], object], *, hands: int = HANDS) -> float:
    """Everybody does the same at once; the seconds until the last of them was answered."""
    hands = min(hands, len(people))
    together = Barrier(hands)

    def one(pair: tuple[int, Visitor]) -> None:
        if pair[0] < hands:
            together.wait()
        deed(pair[1])

    began = time.monotonic()
    with ThreadPoolExecutor(hands) as pool:
        list(pool.map(one, enumerate(people)))
    return time.monotonic() - began


def sessions(portal: Portal) -> list[tuple[int, str]]:
    return portal.rows("SELECT id, slug FROM workshops_workshop ORDER BY starts_at")


def standing(portal: Portal, workshop: int) -> list[tuple[int, str]]:
    return portal.rows(
        "SELECT turn, status FROM workshops_registration WHERE workshop_id = %s ORDER BY turn", workshop
    )
