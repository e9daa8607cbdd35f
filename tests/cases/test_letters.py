"""Every letter that this room writes, in text and HTML, in two languages, with and without a zone of the reader's."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import drafting, letters, reminding, submitting
from cases.models import Case, Colleague
from outbox.delivery import compose, preview_html
from outbox.models import OutboxMessage
from people import links
from tests.makers import (
    CLOSES,
    COMPLETE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    OPENS,
    author_of,
    begun_by,
    letters_posted,
    make_address,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    make_upload,
    write,
)

pytestmark = pytest.mark.django_db

GRACE_ENDS = CLOSES + 15 * MINUTE


def begin(case: Case) -> None:
    address = author_of(case).address
    form = begun_by(address.email, name="Marta Okello", zone=address.time_zone)
    drafting.start_draft(case.call, **form, at=NOON)


def ask_again(case: Case) -> None:
    letters.resume_link(author_of(case), at=NOON)


def invite(case: Case) -> None:
    """The author of another case asks ours along, so that the letter comes to the reader of these tests."""
    other = author_of(make_draft(case.call, answers={"title": COMPLETE["title"]}))
    drafting.invite(other, email=author_of(case).address.email, name="Marta", role="editor", at=NOON)


def hand_over(case: Case) -> None:
    ana, marta = make_colleague(case), author_of(case)
    drafting.hand_over(marta, ana.pk, at=NOON)
    drafting.hand_over(author_of(case), marta.pk, at=NOON)


def hand_in(case: Case) -> None:
    drafting.attach(author_of(case), make_upload(), at=NOON)
    make_submission(case)


def withdraw(case: Case) -> None:
    make_submission(case)
    submitting.withdraw(case, by=author_of(case), at=NOON)


def withdraw_on_behalf(case: Case) -> None:
    make_submission(case)
    submitting.withdraw(case, by=make_boss(), at=NOON)


def come_late(case: Case) -> None:
    write(author_of(case), title="Late", at=CLOSES + DAY)


def come_late_with_changes(case: Case) -> None:
    make_submission(case)
    write(author_of(case), title="Late", at=CLOSES + DAY)


def reopen(case: Case) -> None:
    submitting.reopen(case, until=CLOSES + 9 * DAY, reason="A flood", by=make_boss(), at=CLOSES + DAY)


def extend(case: Case) -> None:
    why = {"en": "Many of you asked for it.", "ar": "طلب كثيرون ذلك."}
    submitting.extend_deadline(
        case.call, closes_at=CLOSES + 7 * DAY, expected=CLOSES, reason=why, by=make_boss(), at=NOON
    )


def remind(case: Case) -> None:
    reminding.remind(CLOSES - 3 * DAY)


CAUSES: dict[str, tuple[str, Callable[[Case], None]]] = {
    "a draft begun": ("resume-link", begin),
    "a link asked for again": ("resume-link", ask_again),
    "an invitation": ("invitation", invite),
    "a case handed over": ("handed-over", hand_over),
    "a receipt": ("receipt", hand_in),
    "a withdrawal": ("withdrawn", withdraw),
    "a withdrawal on behalf": ("withdrawn", withdraw_on_behalf),
    "words that came late": ("kept-late", come_late),
    "changes that came late": ("kept-late", come_late_with_changes),
    "a reopening": ("reopened", reopen),
    "an extension": ("deadline-extended", extend),
    "a reminder": ("reminder", remind),
}
cause = pytest.mark.parametrize("cause", CAUSES)
language = pytest.mark.parametrize("language", ["en", "ar"])


def letter_about(cause: str, *, language: str = "en", zone: str = "", year: int = 2027) -> OutboxMessage:
    """The letter that this cause writes to the author of a complete draft, who reads this language there."""
    kind, deed = CAUSES[cause]
    marta = make_address(f"marta{year}@kisumu.example", language=language, time_zone=zone)
    deed(make_draft(make_call(year=year), author=marta, complete=True, begun_at=OPENS))
    return next(letter for letter in reversed(letters_posted(kind)) if letter.address == marta)


def html_of(letter: OutboxMessage) -> str:
    ((html, kind),) = compose(letter).alternatives
    assert kind == "text/html"
    return html


class Reader(HTMLParser):
    """What a reader of the HTML part gets: words, addresses, language and direction. Fails on what is not closed."""

    EMPTY = frozenset(["br", "img", "meta", "link", "hr"])

    def __init__(self, html: str):
        super().__init__()
        self.words, self.addresses, self.open, self.root = [], [], [], {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "html":
            self.root = facts
        if tag == "a":
            self.addresses.append(facts["href"])
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


# -- Every letter ----------------------------------------------------------------------------------------------


@cause
@language
@pytest.mark.parametrize("zone", ["", "Africa/Nairobi"], ids=["no zone", "Nairobi"])
def test_every_letter_is_written_in_text_and_html(cause, language, zone):
    letter = letter_about(cause, language=language, zone=zone)

    mail, html = compose(letter), Reader(html_of(letter))

    assert mail.to == ["marta2027@kisumu.example"]
    assert mail.subject and "\n" not in mail.subject
    assert (html.root["lang"], html.root["dir"]) == (language, "rtl" if language == "ar" else "ltr")
    for words in (mail.body, html.text):
        assert "Marta" in words
        assert not re.search(r"\{\{|\{%|%\(|None|\[link\]", words)
    assert "&#x27;" not in mail.body and "&amp;" not in mail.body


@cause
def test_the_link_of_every_letter_leads_to_its_readers_part_in_the_case(cause):
    letter = letter_about(cause)

    token = next(
        a for a in Reader(html_of(letter)).addresses if "/l/" in a and "/l/stop/" not in a
    ).rpartition("/")[2]

    assert f"/l/{token}" in compose(letter).body
    link = links.read(token, at=NOON)
    part = Colleague.objects.get(pk=link["colleague"])
    assert (link["kind"], part.address, part.generation) == ("draft", letter.address, link["generation"])
    assert links.read(token, at=CLOSES + 30 * DAY - HOUR) == link
    assert links.read(token, at=CLOSES + 60 * DAY) is None


@cause
def test_a_letter_composed_twice_is_the_same_to_the_byte(cause):
    letter = letter_about(cause)

    def composed() -> tuple:
        mail = compose(OutboxMessage.objects.get(pk=letter.pk))
        return mail.subject, mail.body, mail.alternatives, mail.extra_headers

    assert composed() == composed()


@cause
def test_staff_read_every_letter_without_a_link_that_works(cause):
    letter = letter_about(cause)

    preview, blanked = preview_html(letter), compose(letter, blank_links=True)

    assert "/l/" not in preview and "/l/" not in blanked.body
    assert "style=" not in preview and "<style" not in preview and "<script" not in preview


@cause
def test_names_and_titles_are_never_taken_for_markup(cause):
    kind, deed = CAUSES[cause]
    case = make_draft(complete=True, begun_at=OPENS, answers={"title": "<script>\"&'</script> {{ x }}"})
    Colleague.objects.update(name="Marta <b>Okello</b> & Söhne")
    deed(case)

    for letter in letters_posted(kind):
        assert "<script" not in html_of(letter) and "<b>" not in html_of(letter)
        assert "&lt;" not in compose(letter).body


def test_a_line_break_in_a_title_is_none_in_a_subject():
    case = make_draft(answers={"title": "Gauges\nBcc: everybody@example.org"})
    case.title = "Gauges\r\nBcc: everybody@example.org"
    letters.resume_link(author_of(case), at=NOON)
    Case.objects.update(title=case.title)
    letters.resume_link(author_of(case), at=NOON + HOUR)

    subjects = {compose(letter).subject for letter in letters_posted()}

    assert "Your link to “Gauges Bcc: everybody@example.org”" in subjects
    assert not any("\n" in subject or "\r" in subject for subject in subjects)


# -- Zones -------------------------------------------------------------------------------------------------------


def test_a_deadline_is_told_in_the_zone_of_the_call_and_in_the_readers():
    words = " ".join(compose(letter_about("a draft begun", zone="Africa/Nairobi")).body.split())

    assert "Hand in by Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)." in words
    assert "For you that is Saturday 22 May 2027, 00:59 Nairobi time (EAT, UTC+3)." in words


@pytest.mark.parametrize("zone", ["", "Europe/Paris", "Nowhere/Atall"])
def test_a_reader_without_another_zone_is_told_once(zone):
    letter = letter_about("a draft begun", zone=zone)

    assert "For you that is" not in compose(letter).body
    assert "For you that is" not in Reader(html_of(letter)).text


def test_a_receipt_has_the_instant_to_the_second_in_utc_and_two_zones():
    letter = letter_about("a receipt", zone="America/Bogota")

    for words in (" ".join(compose(letter).body.split()), Reader(html_of(letter)).text):
        assert "Wednesday 12 May 2027, 10:00:00 UTC" in words
        assert "Wednesday 12 May 2027, 12:00:00 Paris time (CEST, UTC+2)" in words
        assert "Wednesday 12 May 2027, 05:00:00 Bogota time (UTC−5)" in words


# -- What the letters say ------------------------------------------------------------------------------------------


def test_a_receipt_repeats_every_answer_the_files_the_digest_and_the_code():
    letter = letter_about("a receipt")
    submission = Case.objects.get(latest__isnull=False).latest
    (file,) = submission.files

    for words in (" ".join(compose(letter).body.split()), Reader(html_of(letter)).text):
        for said in COMPLETE.values():
            if isinstance(said, str) and len(said) > 12:
                assert said in words
        assert "Saarland, Germany (Regional or state)" in words
        for fact in (submission.digest, submission.code, file["name"], file["sha256"], "XB-2027-0001"):
            assert fact in words
        assert f"/verify/{submission.code}" in words


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "Many of you asked for it."), ("ar", "طلب كثيرون ذلك.")]
)
def test_an_extension_gives_its_reason_in_the_language_of_the_reader(language, reason):
    assert reason in compose(letter_about("an extension", language=language)).body


def test_a_reminder_and_only_a_reminder_can_be_stopped_with_one_click():
    written = [letter_about(cause, year=2100 + n) for n, cause in enumerate(CAUSES)]

    stoppable = {letter.kind for letter in written if "List-Unsubscribe" in compose(letter).extra_headers}

    assert stoppable == {"reminder"}


@pytest.mark.parametrize(
    ("at", "said"),
    [(CLOSES - HOUR, True), (CLOSES, False), (GRACE_ENDS, False)],
    ids=["open", "in the grace", "after"],
)
def test_no_letter_asks_to_hand_in_by_a_deadline_that_is_over(at, said):
    case = make_submission(make_draft(complete=True)).case
    letters.resume_link(author_of(case), at=at)
    submitting.withdraw(case, by=author_of(case), at=at)

    again, withdrawn = (compose(letter).body for letter in letters_posted()[1:])

    assert ("Hand in by" in again) is said
    assert ("Hand in by" in withdrawn) is said
    assert ("change your mind" in withdrawn) is said


def test_a_receipt_from_the_grace_does_not_speak_of_changes_until_a_deadline_that_is_over():
    case = make_draft(complete=True)

    make_submission(case, at=CLOSES)

    (letter,) = letters_posted("receipt")
    assert "you can change your case" not in compose(letter).body
    assert "you can change your case" not in html_of(letter)


def test_a_receipt_from_a_reopened_case_says_until_when_it_can_be_changed():
    case = make_draft(complete=True)
    submitting.reopen(case, until=CLOSES + 9 * DAY, reason="A flood", by=make_boss(), at=CLOSES + DAY)

    make_submission(case, at=CLOSES + 2 * DAY)

    (letter,) = letters_posted("receipt")
    words = " ".join(compose(letter).body.split())
    assert "Until Sunday 30 May 2027, 23:59 Paris time (CEST, UTC+2) you can change your case" in words


def test_the_letter_about_late_words_says_what_counts():
    late, changes = (
        " ".join(compose(letter_about(cause, year=year)).body.split())
        for cause, year in (("words that came late", 2027), ("changes that came late", 2028))
    )

    assert "All of it is kept, but it is not handed in." in late
    assert "What you handed in before counts." in changes
    assert "What you handed in before counts." not in late


def test_posting_a_letter_to_an_address_that_has_answered_costs_two_statements():
    author = author_of(make_draft())

    with CaptureQueriesContext(connection) as queries:
        letters.resume_link(author, at=NOON)

    assert len(queries) == 2
