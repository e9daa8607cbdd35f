"""The keys a browser holds: signed, few, and forgotten when they are not used."""

from datetime import UTC, datetime

import pytest
from django.core import signing
from django.http import HttpResponse

from people import keys

NOON = datetime(2027, 5, 12, 12, 0, tzinfo=UTC)


class Browser:
    """Keeps the cookie of each answer and sends it with the next request."""

    def __init__(self, rf):
        self.rf, self.cookies = rf, {}

    def request(self):
        request = self.rf.get("/")
        request.COOKIES = dict(self.cookies)
        return request

    def give(self, name: str, value: list) -> HttpResponse:
        return self._keep(lambda request, response: keys.give(request, response, name, value))

    def take_away(self, name: str | None = None) -> HttpResponse:
        return self._keep(lambda request, response: keys.take_away(request, response, name))

    def held(self) -> dict:
        return keys.held(self.request())

    def _keep(self, act) -> HttpResponse:
        response = HttpResponse()
        act(self.request(), response)
        for name, morsel in response.cookies.items():
            self.cookies[name] = morsel.value
        return response


@pytest.fixture
def browser(rf) -> Browser:
    return Browser(rf)


def test_a_browser_holds_the_keys_it_was_given(browser):
    browser.give("draft:a", [1, 1])
    browser.give("draft:b", [2, 1])
    browser.give("draft:a", [1, 2])

    assert browser.held() == {"draft:b": [2, 1], "draft:a": [1, 2]}


def test_one_key_is_taken_away_or_all_of_them(browser):
    for name in "abc":
        browser.give(name, [1])

    browser.take_away("a")
    assert set(browser.held()) == {"b", "c"}

    browser.take_away()
    assert browser.held() == {}


def test_taking_away_what_is_not_there_is_harmless(browser):
    browser.take_away("a")

    assert browser.held() == {}


def test_the_ring_has_room_for_twenty_and_drops_the_oldest(browser):
    for n in range(25):
        browser.give(f"draft:{n}", [n, 1])

    assert set(browser.held()) == {f"draft:{n}" for n in range(5, 25)}


def test_a_full_ring_fits_into_a_cookie(browser):
    for n in range(20):
        response = browser.give(f"draft:{n:022}", [1_000_000 + n, 12])

    assert len(response.cookies[keys.cookie_name()].OutputString()) < 4000


def test_no_script_and_no_other_site_gets_at_the_keys(browser, settings):
    settings.CSRF_COOKIE_SECURE = True

    cookie = browser.give("draft:a", [1, 1]).cookies["__Host-keys"]

    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookie["max-age"] == keys.LIFE.total_seconds()


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "nonsense",
        "a:b:c",
        signing.dumps({"draft:a": [1, 1]}),
        signing.dumps({"a": 1}, salt="people.links"),
    ],
    ids=["empty", "nonsense", "three parts", "another salt", "a link's salt"],
)
def test_a_forged_ring_holds_no_key(browser, cookie):
    browser.cookies[keys.cookie_name()] = cookie

    assert browser.held() == {}


def test_a_key_that_carries_its_own_end_opens_until_then():
    end = int(NOON.timestamp())

    assert keys.fresh_until([7, 1, end + 1], NOON)
    assert not keys.fresh_until([7, 1, end], NOON)
    assert not keys.fresh_until([], NOON)
    assert not keys.fresh_until(["soon"], NOON)
