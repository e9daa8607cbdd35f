"""What a letter says, in whose language, and what staff see of it."""

import email.policy
from email import message_from_bytes

import html5lib
import pytest

from outbox import delivery
from outbox.posting import post
from people.links import address_of, letter_link
from tests.outbox.makers import hello, make_address, post_hello

pytestmark = pytest.mark.django_db


def as_it_travels(message):
    return message_from_bytes(delivery.compose(message).message().as_bytes(), policy=email.policy.default)


def body(mail, kind):
    return mail.get_body((kind,)).get_content()


def test_a_letter_has_text_and_html_and_says_that_a_machine_wrote_it():
    message = post_hello()

    mail = as_it_travels(message)

    assert mail["Subject"] == "Hello Marta"
    assert mail["To"] == "marta@kisumu.example"
    assert mail["Message-ID"] == message.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "en"
    assert mail["List-Unsubscribe"] is None
    assert "Dear Marta" in body(mail, "plain")
    assert "Dear Marta" in body(mail, "html")


def test_links_are_signed_when_the_letter_is_composed_and_always_to_the_same_bytes():
    message = post_hello()
    link = address_of(message.context["resume"])

    once, again = as_it_travels(message), as_it_travels(message)

    assert link in body(once, "plain")
    assert f'href="{link}"' in body(once, "html")
    assert body(once, "plain") == body(again, "plain")
    assert body(once, "html") == body(again, "html")
    assert link.rsplit("/", 1)[1] not in str(message.context)


def test_links_are_found_however_deep_they_lie_in_the_context():
    link = letter_link("draft", code="deep")
    message = post_hello(context={"meeting": {"rooms": [{"door": link}]}, "resume": link})

    words = delivery.written(message)

    assert address_of(link) in words.text


def test_a_context_may_hold_one_link_and_nothing_else():
    message = post_hello()
    message.context = {"link": letter_link("draft", code="only")}

    assert delivery.written(message).subject == "Hello"


def test_staff_read_every_word_and_no_link():
    message = post_hello()
    token = address_of(message.context["resume"]).rsplit("/", 1)[1]

    blanked = delivery.compose(message, blank_links=True).message().as_string()
    page = delivery.preview_html(message)

    assert token not in blanked + page
    assert "[link]" in blanked
    assert "Dear Marta" in blanked
    assert "Dear Marta" in page


def test_the_preview_links_our_style_sheet_and_carries_no_style_of_its_own():
    page = delivery.preview_html(post_hello())

    assert '<link rel="stylesheet" href="/static/css/letter' in page
    assert "style=" not in page
    assert "<style" not in page


def test_a_mail_has_its_styles_inside_and_keeps_the_rules_for_dark_screens():
    html = body(as_it_travels(post_hello()), "html")

    assert '<h1 style="' in html
    assert "prefers-color-scheme: dark" in html
    assert "stylesheet" not in html
    assert 'class="button-face" style=' in html


def test_the_html_of_a_letter_is_well_formed():
    parser = html5lib.HTMLParser(strict=True)

    parser.parse(delivery.preview_html(post_hello()))


def test_a_letter_to_cairo_runs_from_right_to_left():
    message = post_hello(make_address(language="ar"))

    html = body(as_it_travels(message), "html")

    assert '<html lang="ar" dir="rtl">' in html
    assert '<body class="letter rtl"' in html
    assert "border-right: 5px" in html


def test_a_language_that_is_not_served_is_answered_in_english():
    message = post_hello(make_address(language="tlh"))

    assert '<html lang="en" dir="ltr">' in delivery.preview_html(message)


def test_times_are_said_in_the_zone_of_the_reader():
    message = post_hello(make_address(time_zone="Africa/Nairobi"))

    with delivery._as_the_reader_reads(message) as frame:
        assert frame["reader_zone"].key == "Africa/Nairobi"


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Marta\r\nBcc: everybody@example.org", "Hello Marta Bcc: everybody@example.org"),
        ("Marta\nX-Evil: 1", "Hello Marta X-Evil: 1"),
        ("Ma\x1b[31mrta", "Hello Ma [31mrta"),
        ("Marta\u2028Amal", "Hello Marta Amal"),
        ("مارتا", "Hello مارتا"),
        ("Marta " * 100, "Hello " + "Marta " * 32 + "M…"),
    ],
)
def test_nothing_a_person_types_adds_a_header(name, subject):
    mail = as_it_travels(post_hello(name=name))

    assert mail["Subject"].strip() == subject
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None


def test_a_subject_is_one_line_of_what_can_be_seen():
    assert delivery.one_line(" A\0B\r\n\tC\x85D ") == "A B C D"


def test_what_people_type_stays_text_in_the_html_and_as_it_is_in_the_text():
    mail = as_it_travels(post_hello(name="<b>Marta & Söhne</b> {{ address }}"))

    assert "&lt;b&gt;Marta &amp; Söhne&lt;/b&gt; {{ address }}" in body(mail, "html")
    assert "Dear <b>Marta & Söhne</b> {{ address }}" in body(mail, "plain")


def test_long_lines_are_wrapped_and_addresses_are_not():
    message = post_hello(name="word " * 60)

    text = delivery.written(message).text

    plain = [line for line in text.splitlines() if "://" not in line]
    assert max(map(len, plain)) <= 76
    assert address_of(message.context["resume"]) in text.splitlines()
    assert "\n\n\n" not in text


def test_an_attachment_travels_as_it_was_written():
    part = {"name": "receipt\r\n.txt", "type": "text/plain", "text": "Ünïcode\nsecond line\n"}
    mail = as_it_travels(post_hello(attachments=[part]))

    [attached] = mail.iter_attachments()

    assert attached.get_filename() == "receipt .txt"
    assert attached.get_content_type() == "text/plain"
    assert attached.get_content().replace("\r\n", "\n") == "Ünïcode\nsecond line\n"


def test_reminders_can_be_stopped_by_one_click_in_the_mail_program():
    stop = letter_link("stop", address=1, letters="hello")
    message = post(**hello(make_address(), context={"stop": stop}, list_unsubscribe=True))

    mail = as_it_travels(message)

    assert mail["List-Unsubscribe"].replace("\n", "").strip() == f"<{address_of(stop)}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address_of(stop) in body(mail, "plain")
    assert f'href="{address_of(stop)}"' in body(mail, "html")
