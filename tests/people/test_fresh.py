"""What everybody may keep, and what is somebody's own."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from people import fresh as fresh_module
from people import keys
from people.fresh import UNCHANGING, fresh

THEN = datetime(2027, 5, 12, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_frame(settings):
    settings.PAGE_FRAME = ""


def page(number: list[str], **how):
    """A view that counts how often it is asked; its stamp is the last thing in ``number``."""

    @fresh(lambda request: number[-1], **how)
    def view(request, status=200):
        view.asked += 1
        return HttpResponse("words", status=status)

    view.asked = 0
    return view


def ask(view, cookies=(), **headers):
    request = RequestFactory().get("/en/", headers=headers)
    request.COOKIES.update(dict.fromkeys(cookies, "x"))
    return view(request)


def test_a_page_may_be_kept_for_a_minute_and_says_which_version_it_is():
    answer = ask(page(["1"]))

    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600"
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["Vary"] == "Cookie"


def test_whoever_has_this_version_gets_none_and_the_view_is_not_asked():
    numbers = ["1"]
    view = page(numbers)
    had = ask(view).headers["ETag"]

    again = ask(view, if_none_match=had)
    numbers.append("2")
    changed = ask(view, if_none_match=had)

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", had)
    assert again.headers["Cache-Control"].startswith("public")
    assert changed.status_code == 200
    assert view.asked == 2


@pytest.mark.parametrize("cookie", [settings.SESSION_COOKIE_NAME, keys.cookie_name(), "messages"])
def test_what_somebody_with_a_key_sees_is_kept_by_nobody(cookie):
    view = page(["1"])
    had = ask(view).headers["ETag"]

    answer = ask(view, [cookie], if_none_match=had)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    assert answer.headers["Vary"] == "Cookie"


def test_data_are_nobodys_own_whatever_cookies_come_with_the_question():
    answer = ask(page(["1"], framed=False), [keys.cookie_name()])

    assert answer.headers["Cache-Control"].startswith("public")
    assert "Vary" not in answer.headers


def test_what_is_not_there_is_not_kept():
    view = page(["1"])
    answer = view(RequestFactory().get("/en/"), status=410)

    assert "Cache-Control" not in answer.headers
    assert "ETag" not in answer.headers


def test_a_view_may_say_that_its_answer_never_changes():
    @fresh(lambda request: "1", framed=False)
    def view(request):
        return HttpResponse("picture", headers={"Cache-Control": UNCHANGING})

    assert ask(view).headers["Cache-Control"] == UNCHANGING


def test_the_instant_of_the_last_change_is_told_and_asked_about():
    view = page(["1"], framed=False, changed_at=lambda request: THEN)
    answer = ask(view)

    assert answer.headers["Last-Modified"] == "Wed, 12 May 2027 10:00:00 GMT"
    assert ask(view, if_modified_since=answer.headers["Last-Modified"]).status_code == 304


def test_another_frame_is_another_version(settings):
    view = page(["1"])
    had = ask(view).headers["ETag"]
    settings.PAGE_FRAME = "tests.people.test_fresh.another_frame"

    assert ask(view, if_none_match=had).status_code == 200


def another_frame(request) -> str:
    return "the call is open"


def test_our_own_files_are_read_once():
    assert len(fresh_module.our_files()) == 12
    assert fresh_module.our_files() is fresh_module.our_files()
