"""All letters of the portal, whichever room they belong to, by their files."""

from pathlib import Path

import html5lib
import pytest
from django.conf import settings
from django.utils import translation

from outbox import delivery
from outbox.models import OutboxMessage
from people.models import Address

FOLDER = settings.ROOT / "templates" / "outbox"
SUBJECTS = sorted(FOLDER.rglob("*.subject.txt"))
NAMES = [str(path.relative_to(FOLDER)).removesuffix(".subject.txt") for path in SUBJECTS]


INSTANT = "2027-05-21T22:00:00+00:00"
#: What rooms tell their letters, all at once.
FACTS = {
    "name": "Marta & <Amal>",
    "by": "Jo",
    "title": "Water “across” <the> border",
    "reference": "XB-2027-0147",
    "contact": "help@portal.example",
    "link": {"link": {"kind": "draft", "colleague": 1, "generation": 1}},
    "stop": {"link": {"kind": "stop", "address": 1, "what": "reminder"}},
    **dict.fromkeys(("zone", "old_zone", "new_zone", "wanted_zone"), "Europe/Paris"),
    **dict.fromkeys(("old_title", "new_title", "wanted_title"), "Coasts & <rivers>"),
    "spoken": "English",
    "subject_words": "Before we meet",
    "words": "Please bring a map.\n\nSee https://maps.example/",
    "grace_minutes": 15,
    "page": "https://portal.example/en/cases/one/",
    "yes": {"link": {"kind": "still-true", "colleague": 1, "generation": 1, "check": 1}},
    "organisation": "Ministry <of> Water",
    "state": "archived",
    **dict.fromkeys(("is_last", "asked"), True),
    "outcome": "changes-requested",
    "reasons": "Say who <pays> & why.",
    "may_change": True,
    "moved": False,
    "number": 2,
    "digest": "0" * 64,
    "code": "ABCD-EFGH",
    **dict.fromkeys(("may_edit", "costs_seat", "had_seat", "one_seat"), True),
    "reason": {"en": "Many asked for more time."},
    "chapters": [{"title": "About", "items": [{"label": "Your name", "text": "Marta\nOkello"}]}],
    "files": [{"name": "map.png", "sha256": "0" * 64}],
    "topics": ["events", "reports", "call"],
    "opening": "What we found & <the> next steps",
    "preferences": {"link": {"kind": "news", "subscription": 1, "generation": 1}},
    "introduction": "Tell us & <the> world",
    "blocks": [
        {
            "kind": kind,
            "title": "A & <the> title",
            "paragraphs": ["One & <the>\nother.", "Two."],
            "source": "Jo & <Amal>",
            "alt": "A bridge & <the> river",
            "url": "https://oecd.example/?a=1&b=2",
            "picture": "https://portal.example/news/pictures/x.png",
            "width": 800,
            "height": 600,
        }
        for kind in ("text", "picture", "quotation", "link", "button")
    ],
    "to_read": 5,
    "counts": {"overdue": 1, "due": 1, "new": 33},
    "parts": [
        {
            "kind": kind,
            "more": 3,
            "cases": [{"reference": "XB-2027-0147", "title": "A & <the>", "due_at": INSTANT}],
        }
        for kind in ("overdue", "due", "new")
    ],
    **dict.fromkeys(
        ("closes_at", "closed_at", "arrived_at", "kept_until", "until", "confirm_by", "due_at", "answer_by"),
        INSTANT,
    ),
    **dict.fromkeys(("starts_at", "ends_at", "old_starts_at", "new_starts_at"), INSTANT),
    **dict.fromkeys(("wanted_starts_at", "wanted_ends_at"), INSTANT),
    "also": [{"place": 2, "starts_at": INSTANT, "ends_at": INSTANT, "zone": "Europe/Paris"}],
}


def told_everything(name: str, language: str) -> OutboxMessage:
    address = Address(email="marta@kisumu.example", time_zone="Africa/Nairobi")
    return OutboxMessage(template=name, language=language, address=address, context=FACTS)


def test_there_are_letters():
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_is_three_siblings(name):
    assert {
        suffix for suffix in ("subject.txt", "txt", "html") if Path(f"{FOLDER}/{name}.{suffix}").exists()
    } == {
        "subject.txt",
        "txt",
        "html",
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", NAMES)
def test_every_letter_is_valid_html_has_a_subject_and_says_why_it_comes(name, language):
    with translation.override("en"):
        words = delivery.written(
            told_everything(name, language), blank_links=True, stylesheet="/static/css/letter.css"
        )

    html5lib.HTMLParser(strict=True).parse(words.html)
    assert words.subject
    assert "You get this" in words.text
    assert "You get this" in words.html
    assert "style=" not in words.html


@pytest.mark.parametrize("name", NAMES)
def test_no_letter_shows_the_marks_of_its_template(name):
    words = delivery.written(told_everything(name, "en"), blank_links=True)

    for text in (words.subject, words.text, words.html):
        assert "{%" not in text
        assert "{{" not in text
        assert "&amp;amp;" not in text


@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_is_escaped_in_the_html_and_nowhere_else(name):
    words = delivery.written(told_everything(name, "en"), blank_links=True)

    assert "<Amal>" not in words.html
    assert "<the>" not in words.html
    for text in (words.subject, words.text):
        assert "&lt;" not in text
        assert "&amp;" not in text
