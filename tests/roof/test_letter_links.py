"""Links in letters: looking never acts, pressing does, and a link ends when its generation or its time does."""

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from cases.models import Case
from outbox.delivery import compose
from people.links import address_of, letter_link
from people.models import Address
from tests.makers import MINUTE, make_colleague
from tests.roof.house import House, open_my_page, path_of


def link_to(house: House, kind: str = "draft", **facts) -> str:
    path = "/l/stop/" if kind == "stop" else "/l/"
    return path + house.token(kind, **facts)


@pytest.mark.parametrize("kind", ["draft", "my", "stop"])
def test_looking_at_a_link_twice_changes_nothing_and_opens_nothing(house: House, kind: str):
    browser, before = house.browser(), house.state()

    pages = [
        browser.get(link_to(house, kind)),
        browser.get(link_to(house, kind)),
        browser.head(link_to(house, kind)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert [set(page.cookies) - {"csrftoken"} for page in pages] == [set(), set(), set()]
    assert house.state() == before
    assert browser.get(path_of("cases:overview", house)).status_code == 403
    assert browser.get(reverse("my")).headers["Location"] == reverse("my_ask")


def test_pressing_the_button_opens_the_draft_as_often_as_one_likes_on_any_device(house: House):
    Address.objects.update(confirmed_at=None)

    for device in (Client(), Client(), Client()):
        answer = device.post(link_to(house))
        assert answer.headers["Location"] == path_of("cases:overview", house)
        assert device.get(path_of("cases:overview", house)).status_code == 200

    assert Address.objects.get(pk=house.author.address_id).confirmed_at is not None


@pytest.mark.parametrize("kind", ["draft", "my"])
def test_the_address_bar_shows_no_token_after_the_button(house: House, kind: str):
    answer = house.browser().post(link_to(house, kind))

    assert answer.status_code == 302
    assert house.token(kind) not in answer.headers["Location"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_of_a_link_is_not_for_scripts_or_other_sites(house: House):
    cookie = house.browser().post(link_to(house)).cookies["keys"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert house.token() not in cookie.value


def test_a_link_to_my_page_lists_everything_under_the_address_and_no_more(house: House):
    browser = house.browser()

    browser.post(link_to(house, "my"))
    page = browser.get(reverse("my")).content.decode()

    assert house.case.title in page and house.case.reference in page
    assert house.other.address.email not in page
    opened = browser.post(path_of("cases:open_mine", house))
    assert opened.headers["Location"] == path_of("cases:overview", house)
    assert browser.get(opened.headers["Location"]).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "how",
    [
        "a letter changed",
        "cut short",
        "of another secret",
        "no link at all",
        "beyond its time",
        "of a kind unknown",
    ],
)
def test_a_link_that_is_not_good_says_so_and_does_nothing(house: House, how: str, method: str):
    good = house.token()
    stale = letter_link(
        "draft", colleague=house.author.pk, generation=house.author.generation, expires_at=house.at - MINUTE
    )
    token = {
        "a letter changed": ("B" if good[0] == "A" else "A") + good[1:],
        "cut short": good[:-3],
        "no link at all": "x" * 80,
        "beyond its time": address_of(stale).rpartition("/")[2],
        "of a kind unknown": address_of(letter_link("erase", case=house.case.pk)).rpartition("/")[2],
        "of another secret": "",
    }[how]
    if how == "of another secret":
        with override_settings(SECRET_KEY="another secret of fifty characters and some more of them"):
            token = house.token()
    browser, before = house.browser(), house.state()

    answer = getattr(browser, method)(f"/l/{token}")

    assert answer.status_code == 404
    assert "keys" not in answer.cookies
    assert b"Find my draft" in answer.content
    assert house.state() == before


def test_removing_a_colleague_ends_their_link_and_nobody_elses(house: House):
    theirs = house.token("draft", colleague=house.editor.pk, generation=house.editor.generation)
    ours = house.token()

    house.browser("author").post(
        path_of("cases:colleagues", house), {"then": "remove", "colleague": house.editor.pk}
    )

    assert house.browser().post(f"/l/{theirs}").status_code == 404
    assert house.browser().get(f"/l/{theirs}").status_code == 404
    assert house.browser().post(f"/l/{ours}").status_code == 302


def test_inviting_again_ends_the_link_sent_before(house: House):
    before = house.token("draft", colleague=house.reader.pk, generation=house.reader.generation)
    words = {
        "then": "invite",
        "invite-name": "Ivo",
        "invite-email": house.reader.address.email,
        "invite-role": "editor",
    }

    house.browser("author").post(path_of("cases:colleagues", house), words)
    house.reader.refresh_from_db()

    assert house.browser().post(f"/l/{before}").status_code == 404
    fresh = house.token("draft", colleague=house.reader.pk, generation=house.reader.generation)
    assert house.browser().post(f"/l/{fresh}").status_code == 302


def test_a_link_of_a_colleague_leads_into_their_own_part(house: House):
    reader = make_colleague(house.case, "reader", email="second@example.org")
    browser = house.browser()

    browser.post(f"/l/{house.token('draft', colleague=reader.pk, generation=reader.generation)}")

    assert browser.post(path_of("cases:section", house), {"overview": "Mine now"}).status_code == 403
    assert Case.objects.get(pk=house.case.pk).answers["overview"] != "Mine now"


def test_raising_the_generation_of_an_address_ends_its_links_to_my_page(house: House):
    token, browser = house.token("my"), house.browser()
    browser.post(f"/l/{token}")
    Address.objects.filter(pk=house.author.address_id).update(generation=2)

    assert house.browser().post(f"/l/{token}").status_code == 404
    assert browser.get(reverse("my")).headers["Location"] == reverse("my_ask")


def test_a_link_to_my_page_and_what_it_opened_end_by_themselves(house: House):
    facts = {"address": house.author.address_id, "generation": 1}
    for ends_in, status in ((timedelta(minutes=29), 302), (-MINUTE, 404)):
        link = letter_link("my", **facts, expires_at=house.at + ends_in)
        assert (
            house.browser().post(address_of(link).removeprefix("https://portal.example")).status_code
            == status
        )


def test_a_stop_link_works_with_one_click_of_a_mail_program_without_cookie_or_token(house: House):
    program = Client(enforce_csrf_checks=True)

    answer = program.post(link_to(house, "stop"), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    address = Address.objects.get(pk=house.author.address_id)
    assert (address.wants("reminder"), address.wants("receipt")) == (False, True)
    assert "keys" not in answer.cookies
    assert address.email not in answer.content.decode()
    assert program.post(link_to(house, "stop")).status_code == 200  # pressing again does no harm


def test_only_stopping_is_possible_without_a_token(house: House):
    program, before = Client(enforce_csrf_checks=True), house.state()

    answers = [program.post(link_to(house)), program.post(link_to(house, "my"))]
    crossed = [program.post(f"/l/stop/{house.token()}"), program.post(f"/l/stop/{house.token('my')}")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert [answer.status_code for answer in crossed] == [404, 404]
    assert house.state() == before


def test_a_link_is_the_same_bytes_however_often_it_is_signed(house: House):
    assert len({house.token("draft", until=1) for _ in range(5)}) == 1
    assert address_of(letter_link("draft", b=1, a=2)) == address_of(letter_link("draft", a=2, b=1))


def test_what_staff_read_of_a_letter_opens_nothing(house: House):
    shown = compose(house.letter, blank_links=True)

    assert "/l/" not in shown.body
    assert "/l/" not in shown.alternatives[0][0]


def test_my_page_asked_for_by_letter_is_open_for_its_two_hours_only(house: House):
    inside = open_my_page(house.browser(), house.author.address, house.at)
    over = open_my_page(house.browser(), house.author.address, house.at - timedelta(hours=1, seconds=1))

    assert inside.get(reverse("my")).status_code == 200
    assert over.get(reverse("my")).headers["Location"] == reverse("my_ask")
