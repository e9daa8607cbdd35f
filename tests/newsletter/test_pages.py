"""What people meet: the form, the letter's links, their choices, leaving, and the issues as pages."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from newsletter import sending, subscribing
from newsletter.models import Record, Subscription
from opsi_portal.logs import discreet
from opsi_portal.templatetags import portal
from outbox import delivery
from outbox.models import OutboxMessage
from people.models import Address
from tests.makers import letters_posted, make_address
from tests.newsletter.makers import ALL, link_in, make_issue, make_reader, send
from tests.roof.house import open_my_page
from tests.roof.test_every_page import complaints_about
from tests.workshops.makers import DETAILS, make_workshop

pytestmark = pytest.mark.django_db

NEWS = "/en/news/"
FORM = {"email": "marta@kisumu.example", "topics": ["events", "call"]}


@pytest.fixture
def now(client):
    """The instant at which requests of a test arrive, as good as."""
    return client.get(NEWS).wsgi_request.arrived_at


def text_of(answer, status: int = 200) -> str:
    """The page, after looking whether it is sound."""
    assert answer.status_code == status
    assert complaints_about(answer.content) == []
    return answer.content.decode()


# -- Asking --------------------------------------------------------------------------------------------------------


def test_nothing_is_ticked_before_somebody_ticks_it(client):
    page = text_of(client.get(NEWS))

    assert page.count('type="checkbox"') == 3 and "checked" not in page
    assert "We use your address to write to you about what you tick, and for nothing else." in page


def test_somebody_asks_says_yes_and_gets_to_their_choices(client):
    page = text_of(client.post(NEWS, FORM))
    assert "Look in your mailbox" in page
    (letter,) = letters_posted()

    looked = text_of(client.get(link_in(letter)))
    assert "m…@kisumu.example" in looked and not Subscription.objects.confirmed().exists(), "scanners look"
    answer = client.post(link_in(letter), follow=True)

    page = text_of(answer)
    assert answer.redirect_chain[-1][0] == reverse("newsletter:preferences")
    assert "Thank you." in page and page.count(" checked") == 2
    assert "marta@kisumu" not in page
    assert Subscription.objects.confirmed().get().topics == ["events", "call"]


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(client):
    make_reader("reads-it@x.example")
    left = make_reader("has-left@x.example")
    subscribing.leave(left, where=Record.Where.LETTER, at=left.confirmed_at)
    make_address("is-shut@x.example", suppressed_at=left.confirmed_at)

    said = set()
    for name in ("reads-it", "has-left", "is-shut", "is-new"):
        answer = client.post(NEWS, FORM | {"email": f"{name}@x.example"})
        page = answer.content.decode().replace(name, "…")
        said.add((answer.status_code, re.sub(r'data-server-now="[^"]+"', "", page)))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"topics": []}, "Tick what you want to hear of"),
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "marta"}, "Enter an e-mail address such as"),
        ({"email": "root@localhost"}, "Enter an e-mail address such as"),
        ({"email": "a@x.example\nBcc: b@x.example"}, "Enter an e-mail address such as"),
        ({"email": "a@x.example\0"}, "Null characters are not allowed"),
        ({"email": '"a\r\nX: y"@x.example'}, "Enter an e-mail address such as"),
        ({"topics": ["everything"]}, "Select a valid choice"),
        ({"nickname": "x"}, "Leave this field empty"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, typed, words):
    page = text_of(client.post(NEWS, FORM | typed), 422)

    assert words in page and "Error:" in page
    if "email" not in typed:
        assert 'value="marta@kisumu.example"' in page
    if "topics" not in typed:
        assert page.count(" checked") == 2
    assert not Address.objects.exists()


def test_a_form_on_another_site_subscribes_nobody_and_ours_needs_no_token():
    browser = Client(enforce_csrf_checks=True)

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert browser.post(NEWS, FORM, headers=headers).status_code == 403
    assert not Subscription.objects.exists()
    assert browser.post(NEWS, FORM, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert Subscription.objects.exists()


def test_a_network_that_asks_too_often_is_told_so(client, settings):
    settings.NEWS_PER_NETWORK_AND_HOUR = 1
    client.post(NEWS, FORM)

    page = text_of(client.post(NEWS, FORM | {"email": "jo@x.example"}), 429)
    assert "Please try again in a little while." in page and "jo@x.example" in page


# -- Choosing and leaving --------------------------------------------------------------------------------------------


def chooser(client: Client) -> tuple[Client, Subscription]:
    client.post(NEWS, FORM)
    client.post(link_in(letters_posted()[-1]))
    return client, Subscription.objects.get()


def test_choices_are_kept(client):
    browser, reader = chooser(client)

    answer = browser.post("/en/news/mine/", {"topics": ["reports"], "language": "ar"}, follow=True)

    assert "Your choices are kept." in text_of(answer)
    reader.refresh_from_db()
    assert (reader.topics, reader.language) == (["reports"], "ar")


@pytest.mark.parametrize("typed", [{"act": "leave"}, {"topics": [], "language": "en"}])
def test_leaving_on_the_page_is_one_press(client, typed):
    browser, reader = chooser(client)

    page = text_of(browser.post("/en/news/mine/", typed))

    assert "You have left" in page
    reader.refresh_from_db()
    assert reader.state == "left"
    assert browser.get("/en/news/mine/").status_code == 403


def test_wrong_choices_are_said(client):
    browser, reader = chooser(client)

    for typed in ({"topics": ["x"], "language": "en"}, {"topics": ["call"], "language": "xx"}):
        text_of(browser.post("/en/news/mine/", typed), 422)
    reader.refresh_from_db()
    assert reader.topics == ["events", "call"]


def test_without_a_key_nobody_sees_or_changes_choices(client):
    reader = make_reader()

    for answer in (client.get("/en/news/mine/"), client.post("/en/news/mine/", {"act": "leave"})):
        assert "Open your choices from a letter" in text_of(answer, 403)
    reader.refresh_from_db()
    assert reader.is_confirmed


def news_letter(now) -> OutboxMessage:
    send(make_issue(), at=now)
    sending.carry_on(now)
    return OutboxMessage.objects.filter(kind="news").latest("pk")


def test_one_click_leaves_without_cookie_token_or_page_as_mail_programs_do_it(now):
    reader = make_reader(at=now)
    link = link_in(news_letter(now), "stop")
    program = Client(enforce_csrf_checks=True)

    answer = program.post(
        link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    reader.refresh_from_db()
    assert reader.state == "left"


def test_looking_at_the_link_leaves_nothing_and_pressing_its_button_leaves_once_and_again(client, now):
    reader = make_reader(at=now)
    link = link_in(news_letter(now), "stop")

    page = text_of(client.get(link))
    client.head(link)
    assert "Leave: no more news" in page
    assert Subscription.objects.get().is_confirmed
    for _n in range(2):
        assert "You have left" in text_of(client.post(link))
    assert Record.objects.filter(subscription=reader, what="left").count() == 1


def test_a_link_to_leave_opens_nothing_at_the_other_door_nor_another_link_at_this_one(client, now):
    make_reader(at=now)
    letter = news_letter(now)
    leave, choose = link_in(letter, "stop"), link_in(letter, "preferences")

    assert client.post(leave.replace("/l/stop/", "/l/")).status_code == 404
    assert Client(enforce_csrf_checks=True).post(choose.replace("/l/", "/l/stop/")).status_code == 404
    assert Client(enforce_csrf_checks=True).post(choose).status_code == 403
    assert Subscription.objects.get().is_confirmed


def test_a_link_to_the_choices_ends_with_leaving_and_one_that_is_bent_opens_nothing(client, now):
    reader = make_reader(at=now)
    letter = news_letter(now)
    choose = link_in(letter, "preferences")
    assert client.get(choose[:-1] + ("A" if choose[-1] != "A" else "B")).status_code == 404
    client.post(choose)
    assert client.get("/en/news/mine/").status_code == 200

    subscribing.leave(reader, where=Record.Where.LETTER, at=now)

    assert client.get("/en/news/mine/").status_code == 403
    assert client.get(choose).status_code == 404


def test_no_log_holds_the_secret_of_a_link(now):
    make_reader(at=now)
    for name in ("stop", "preferences"):
        link = link_in(news_letter(now), name)
        assert link.rpartition("/")[2] not in discreet(f'"POST {link} HTTP/1.1" 200')


def test_my_page_shows_what_one_gets_and_opens_it(client, now):
    reader = make_reader(topics=["reports"], at=now)
    mine = open_my_page(client, reader.address, now)

    page = text_of(mine.get("/en/my/"))
    assert "News by e-mail" in page and "Reports, stories and new cases" in page
    answer = mine.post("/en/my/news/", follow=True)
    assert answer.redirect_chain[-1][0] == "/en/news/mine/"


def test_my_page_opens_nobody_elses_choices(client, now):
    make_reader(at=now)
    mine = open_my_page(client, make_address(), now)

    assert mine.post("/en/my/news/").headers["Location"] == "/en/my/"
    assert client.get("/en/my/news/").status_code == 405
    assert Client().post("/en/my/news/").headers["Location"] == "/en/my/ask/"


# -- The tick at the workshops -----------------------------------------------------------------------------------------


def test_the_button_in_the_letter_of_a_registration_says_that_news_begin(client):
    from_page = make_workshop()
    said = {**DETAILS, "email": "marta@kisumu.example", "terms": "on", "zone": "", "news": "on"}
    starts = from_page.starts_at
    client.post(f"/en/workshops/{from_page.slug}/", said, HTTP_X_REQUEST_START=f"t={starts.timestamp()}")
    letter = OutboxMessage.objects.get(kind="workshop-seated")

    page = text_of(client.get(link_in(letter)))
    assert "News of this programme were ticked, too: they begin with this button." in page
    client.post(link_in(letter))

    assert Subscription.objects.confirmed().get().topics == ALL
    assert "News of this programme" not in text_of(client.get(link_in(letter)))


# -- Issues as pages -------------------------------------------------------------------------------------------------


def test_an_issue_has_its_page_once_it_leaves_and_not_before(client, now):
    issue = send(make_issue(opening={"en": "Come."}), at=now)
    assert client.get(f"/en/news/{issue.slug}/").status_code == 404
    assert "Nothing has been sent yet." in text_of(client.get(NEWS))
    sending.carry_on(now)

    page = text_of(client.get(f"/en/news/{issue.slug}/"))
    assert "Come &amp; see &lt;us&gt;." in page and "Share this page" in page
    assert f'href="/en/news/{issue.slug}/"' in text_of(client.get(NEWS))


def test_an_issue_reads_in_the_language_of_the_page_if_it_was_written_in_it(client, now):
    two = send(make_issue(title={"en": "Three sessions", "ar": "ثلاث جلسات"}), at=now)
    one = send(make_issue(title={"en": "Only English"}), at=now)
    sending.carry_on(now)

    assert "<h1>ثلاث جلسات</h1>" in client.get(f"/ar/news/{two.slug}/").content.decode()
    assert (
        '<div lang="en" dir="auto"><h1>Only English</h1>'
        in client.get(f"/ar/news/{one.slug}/").content.decode()
    )


def test_many_issues_stand_on_several_pages(client, now, django_assert_num_queries):
    for n in range(23):
        send(make_issue(title={"en": f"Issue {n}"}), at=now)
    sending.carry_on(now)

    with django_assert_num_queries(4):
        first = text_of(client.get(NEWS))
    second = text_of(client.get(f"{NEWS}?page=2"))
    assert (first.count("Issue "), second.count("Issue ")) == (20, 3)
    assert text_of(client.get(f"{NEWS}?page=x")) and text_of(client.get(f"{NEWS}?page=99"))


def test_the_small_form_stands_on_any_page_and_works_there(client):
    drawn = portal.stay_informed(2)

    assert drawn.count('type="checkbox"') == 3 and "checked" not in drawn and "csrf" not in drawn
    assert f'action="{NEWS}"' in drawn
    page = f'<!doctype html><html lang="en" dir="ltr"><head><title>x</title></head><body><main><h1>x</h1>{drawn}</main></body></html>'
    assert complaints_about(page.encode()) == []


def test_letters_of_the_room_show_no_address_in_their_links():
    make_reader("marta@kisumu.example")
    for letter in letters_posted():
        assert "marta" not in str(letter.context)
        assert delivery.written(letter).subject
    assert settings.LINK_DOORS["leave"] == "newsletter.doors.LeaveDoor"
