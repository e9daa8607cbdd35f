"""The page of a partner: opened by the link in a letter, and by nothing else; every answer is a POST."""

import re

import html5lib
import pytest
from django.test import Client
from django.urls import reverse

from cases import partners, pictures, preparing, publishing
from cases.models import Case, Partner
from people import links
from people.models import Address
from tests.library.makers import agree, ask_partners, edit, fresh, make_asked, make_prepared
from tests.makers import NOON, letters_posted, make_boss

pytestmark = pytest.mark.django_db


def link_of(partner: Partner) -> str:
    letter = next(each for each in letters_posted("partner") if each.subject_id == str(partner.pk))
    return "/l/" + links.address_of(letter.context["link"]).rpartition("/")[2]


def confirm(browser: Client, partner: Partner):
    """Press the button of the page as it stands."""
    digest = re.search(r'name="digest" value="(\w*)"', browser.get(path_of(partner)).content.decode())
    return browser.post(path_of(partner), {"act": "confirm", "digest": digest[1] if digest else ""})


def path_of(partner: Partner) -> str:
    return reverse("cases:confirm_case", args=[partner.pk])


@pytest.fixture
def partner() -> Partner:
    return ask_partners(make_prepared())["bbbb2222"]


@pytest.fixture
def browser(partner) -> Client:
    """A browser that has opened the partner's link."""
    client = Client()
    client.post(link_of(partner))
    return client


def test_looking_opens_nothing_and_pressing_opens_the_page(partner):
    client, link = Client(), link_of(partner)

    assert client.get(link).status_code == client.head(link).status_code == 200
    assert client.get(path_of(partner)).status_code == 403
    assert client.post(link).headers["Location"] == path_of(partner)
    assert client.get(path_of(partner)).status_code == 200
    assert Partner.objects.get(pk=partner.pk).state == "asked"
    assert Address.objects.get(email="saar@partner.example").confirmed_at is not None


def test_the_page_is_whole_and_shows_no_address(browser, partner):
    said = browser.get(path_of(partner)).content.decode()

    html5lib.HTMLParser(strict=True).parse(said)
    assert "Shared river flood warnings" in said
    assert "partner.example" not in said
    assert "@example.org" not in said


@pytest.mark.parametrize(
    ("said", "state"), [("confirm", "confirmed"), ("suggest", "suggested"), ("object", "objected")]
)
def test_each_answer_is_one_post(browser, partner, said, state):
    words = {f"words-{said}": "The river is the Saar."}
    answer = (
        confirm(browser, partner)
        if said == "confirm"
        else browser.post(path_of(partner), {"act": said} | words)
    )

    assert answer.headers["Location"] == path_of(partner)
    assert Partner.objects.get(pk=partner.pk).state == state


def test_an_answer_without_words_keeps_the_page_and_says_so(browser, partner):
    answer = browser.post(path_of(partner), {"act": "object", "words-object": " "})

    assert answer.status_code == 422
    assert "Write a few words" in answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(answer.content.decode())


def test_the_confirmation_is_taken_back_on_the_same_page(browser, partner):
    confirm(browser, partner)
    assert "Take my confirmation back" in browser.get(path_of(partner)).content.decode()

    browser.post(path_of(partner), {"act": "withdraw"})

    assert Partner.objects.get(pk=partner.pk).state == "withdrew"


def test_partners_read_what_the_author_was_asked_about_and_not_what_staff_are_writing(browser, partner):
    public = edit(partner.public_case, short="What the author reads.")
    make_asked(public)
    edit(public, short="What staff are writing.")

    before = browser.get(path_of(partner)).content.decode()
    assert "What the author reads." in before and "What staff are writing." not in before

    publishing.publish(agree(public), by=make_boss(), at=NOON)
    edit(public, short="A correction that is being written.")
    after = browser.get(path_of(partner)).content.decode()
    assert "What staff are writing." in after and "A correction" not in after


def test_a_confirmation_of_another_text_is_not_taken_and_the_newer_one_is_shown(browser, partner):
    seen = browser.get(path_of(partner)).context["digest"]
    edit(partner.public_case, short="Quite another text.")

    answer = browser.post(path_of(partner), {"act": "confirm", "digest": seen})

    assert answer.status_code == 409
    assert "There is a newer text" in answer.content.decode()
    assert "Quite another text." in answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(answer.content.decode())
    assert Partner.objects.get(pk=partner.pk).state == "asked"
    assert browser.post(path_of(partner), {"act": "confirm"}).status_code == 409
    assert confirm(browser, partner).status_code == 302
    assert Partner.objects.get(pk=partner.pk).state == "confirmed"


def test_it_is_kept_which_text_was_confirmed_and_a_newer_one_can_be_confirmed_too(browser, partner):
    public = partner.public_case
    confirm(browser, partner)
    first = Partner.objects.get(pk=partner.pk).digest
    assert first == preparing.digest(fresh(public).draft)
    assert "Yes, it is right" not in browser.get(path_of(partner)).content.decode()

    edit(public, short="Quite another text.")
    assert "The text has changed since" in browser.get(path_of(partner)).content.decode()
    confirm(browser, partner)

    partner.refresh_from_db()
    assert partner.digest == preparing.digest(fresh(public).draft) != first
    browser.post(path_of(partner), {"act": "withdraw"})
    partner.refresh_from_db()
    assert (partner.state, partner.digest) == ("withdrew", "")


def test_staff_are_told_how_many_confirmed_an_earlier_text_and_it_blocks_nothing(browser, partner):
    desk = Client()
    desk.force_login(make_boss())
    pages = [
        reverse(f"admin:cases_publiccase_{name}", args=[partner.public_case_id])
        for name in ("partners", "publish")
    ]
    confirm(browser, partner)
    for page in pages:
        assert "confirmed an earlier text" not in desk.get(page).content.decode()

    public = agree(edit(partner.public_case, short="Quite another text."))

    for page in pages:
        assert "1 partner confirmed an earlier text." in desk.get(page).content.decode()
    assert publishing.gaps_of(public) == []
    assert partners.standing_of(public).confirmed == 1
    partners.ask_anew(partner, by=make_boss(), at=NOON)
    assert partners.confirmed_earlier(public) == set()


def test_the_key_of_one_partner_opens_no_other_and_ids_tell_nothing(browser, partner):
    other = Partner.objects.exclude(pk=partner.pk).first()

    answers = [browser.get(reverse("cases:confirm_case", args=[pk])) for pk in (other.pk, 999_999, 10**18)]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.templates[0].name for answer in answers} == {"cases/no_partner_key.html"}
    assert browser.post(path_of(other), {"act": "object", "words-object": "x"}).status_code == 403
    assert Partner.objects.get(pk=other.pk).state == other.state


def test_a_new_letter_ends_the_link_and_the_open_page(browser, partner):
    old = link_of(partner)
    partners.ask_anew(partner, by=make_boss(), at=NOON)

    assert Client().post(old).status_code == 404
    assert browser.get(path_of(partner)).status_code == 403
    assert browser.post(path_of(partner), {"act": "confirm"}).status_code == 403


def test_a_partner_who_was_forgotten_has_no_way_in(browser, partner):
    partners.forget(partner, reason="Asked to.", by=make_boss(), at=NOON)

    assert browser.get(path_of(partner)).status_code == 403


def test_of_a_case_that_is_withdrawn_nothing_is_asked_any_more(browser, partner):
    Case.objects.update(status=Case.Status.WITHDRAWN)

    assert "no longer need an answer" in browser.get(path_of(partner)).content.decode()
    assert browser.post(path_of(partner), {"act": "confirm"}).status_code == 422
    assert Partner.objects.get(pk=partner.pk).state == "asked"


def test_a_partner_reads_nothing_of_a_case_that_was_taken_down_or_withdrawn(browser, partner):
    public = agree(partner.public_case)
    publishing.publish(public, by=make_boss(), at=NOON)
    short = fresh(public).edition.said["short"]
    assert short in browser.get(path_of(partner)).content.decode()

    publishing.unpublish(fresh(public), reason="The author asked.", by=make_boss(), at=NOON)

    taken_down = browser.get(path_of(partner)).content.decode()
    assert short not in taken_down and "Yes, it is right" not in taken_down
    assert "is not shown at present" in taken_down
    html5lib.HTMLParser(strict=True).parse(taken_down)
    assert browser.post(path_of(partner), {"act": "object", "words-object": "x"}).status_code == 302
    Case.objects.update(status=Case.Status.WITHDRAWN)
    assert short not in browser.get(path_of(partner)).content.decode()


def test_a_partner_sees_the_pictures_of_the_text_and_no_other(browser, partner):
    public = partner.public_case
    made = pictures.made_of(public, public.case.attachments.get(kind="image"), at=NOON)
    path = reverse("cases:picture_for_partner", args=[partner.pk, made.code, 640])
    assert browser.get(path).status_code == 404

    row = {"code": made.code, "alt": "A bridge", "caption": "", "width": made.width, "height": made.height}
    edit(public, pictures=[row])

    assert browser.get(path).status_code == 200
    Case.objects.update(status=Case.Status.WITHDRAWN)
    assert browser.get(path).status_code == 404


def test_html_and_nonsense_in_answers_are_text(browser, partner):
    evil = "<script>alert(1)</script>\0"
    edit(partner.public_case, short=evil.replace("\0", ""))

    browser.post(path_of(partner), {"act": "suggest", "words-suggest": evil})

    said = browser.get(path_of(partner)).content.decode()
    assert "<script>alert" not in said
    for sent in ({}, {"act": "publish"}, {"act": "confirm\0"}):
        assert browser.post(path_of(partner), sent).status_code == 422


def test_one_click_stops_these_letters(partner):
    letter = letters_posted("partner")[0]
    stop = "/l/stop/" + links.address_of(letter.context["stop"]).rpartition("/")[2]

    assert Client().post(stop).status_code == 200

    assert not letter.address.__class__.objects.get(pk=letter.address_id).wants("partner")
