"""The same button pressed several times at once, at the real site: web processes, PostgreSQL, browsers' requests."""

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import pytest

from tests.parts.portal import Portal

PRESSES = 4

COMPLETE_DRAFTS = """
from django.test import Client
from cases.models import Call
from people import keys
from tests.makers import author_of, key_for, make_draft
cases = [make_draft(Call.objects.get(), complete=True) for _n in range(5)]
rings = [key_for(Client(), author_of(case)).cookies for case in cases]
result = [[case.code, ring[keys.cookie_name()].OutputString().partition(';')[0]] for case, ring in zip(cases, rings)]
"""


@pytest.fixture
def site(shared_portal: Portal) -> Portal:
    """A portal whose call is open today, whenever that is."""
    shared_portal.rows(
        "UPDATE cases_call SET opens_at = now() - interval '1 day', closes_at = now() + interval '1 day'"
    )
    return shared_portal


class Window:
    """A browser's window, as far as pressing a button goes: a cookie jar, and what the last page said."""

    def __init__(self, portal: Portal, *cookies: str):
        self.host = urlsplit(portal.base_url).netloc
        self.cookies = dict(cookie.split("=", 1) for cookie in cookies)
        self.page = ""

    def look(self, path: str) -> None:
        answer, self.page = self._ask("GET", path)
        assert answer.status == 200, (path, answer.status)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value

    def hidden(self, name: str) -> str:
        return re.search(rf'name="{name}" value="([^"]+)"', self.page)[1]

    def press_at_once(self, path: str, **fields: str) -> list[tuple[int, str]]:
        """Status and target of each of several presses that begin together."""
        together = Barrier(PRESSES)
        sent = urlencode({"csrfmiddlewaretoken": self.hidden("csrfmiddlewaretoken"), **fields})

        def press(_n: int) -> tuple[int, str]:
            together.wait()
            answer, _page = self._ask("POST", path, sent)
            return answer.status, answer.headers.get("Location", "")

        with ThreadPoolExecutor(PRESSES) as fingers:
            return list(fingers.map(press, range(PRESSES)))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[http.client.HTTPResponse, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()


def test_the_last_button_pressed_four_times_at_once_leads_four_times_to_one_receipt(site):
    for code, key in site.python(COMPLETE_DRAFTS):
        window = Window(site, key)
        window.look(f"/en/draft/{code}/check/")

        pressed = window.press_at_once(f"/en/draft/{code}/hand-in/")

        assert set(pressed) == {(302, f"/en/draft/{code}/receipt/1/")}
        window.look(f"/en/draft/{code}/receipt/1/")

    assert site.rows("SELECT count(*) FROM cases_submission") == [(5,)]
    assert site.rows("SELECT count(*) FROM outbox_outboxmessage WHERE kind = 'receipt'") == [(5,)]
    given = site.rows("SELECT reference FROM cases_case ORDER BY reference")
    assert [number[-4:] for (number,) in given] == ["0001", "0002", "0003", "0004", "0005"]


def test_a_new_person_who_presses_start_four_times_at_once_has_one_draft_and_one_letter(site):
    window = Window(site)
    window.look("/en/draft/")
    person = {
        "name": "Marta Okello",
        "email": "marta@kisumu.example",
        "nickname": "",
        "zone": "Africa/Nairobi",
    }

    pressed = window.press_at_once("/en/draft/", begun_with=window.hidden("begun_with"), **person)

    ((status, _draft),) = set(pressed)
    assert status == 302
    theirs = "SELECT count(*) FROM {} JOIN people_address a ON a.id = address_id WHERE email = 'marta@kisumu.example'"
    assert site.rows(theirs.format("cases_colleague")) == [(1,)]
    assert site.rows(theirs.format("outbox_outboxmessage")) == [(1,)]
