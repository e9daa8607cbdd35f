"""One letter to everybody who wants a topic: nobody twice, nobody left out, and nobody who has left."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import reminding, submitting
from cases.models import Colleague
from newsletter import issuing, sending, subscribing
from newsletter.models import Issue, Mailing, Record
from outbox import delivery, posting
from outbox.models import OutboxMessage
from people.models import Address
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    OPENS,
    letters_posted,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
)
from tests.newsletter.makers import ALL, headers_of, make_crowd, make_issue, make_reader, send

pytestmark = pytest.mark.django_db


def told(kind: str = "news") -> list[str]:
    return sorted(letter.address.email for letter in letters_posted(kind))


def test_an_issue_goes_to_readers_of_its_topics_and_once_to_each():
    both = make_reader(topics=["events", "call"])
    one = make_reader(topics=["call"])
    make_reader(topics=["reports"])
    subscribing.ask(email="asked@x.example", topics=ALL, language="en", network="n", at=NOON)
    make_reader("shut@x.example", suppressed_at=NOON)

    send(make_issue(["events", "call"]))
    sending.carry_on(NOON)
    sending.carry_on(NOON + MINUTE)

    assert told() == sorted([both.address.email, one.address.email])
    issue, mailing = Issue.objects.get(), Mailing.objects.get()
    assert (issue.state, issue.begun_at, issue.sent_at) == ("sent", NOON, NOON)
    assert (mailing.written, mailing.ended_at) == (2, NOON)


def test_an_issue_leaves_when_it_is_due_and_not_before():
    make_reader()
    send(make_issue(), due_at=NOON + DAY)

    assert sending.carry_on(NOON + DAY - MINUTE) == 0
    assert sending.carry_on(NOON + DAY) == 1


def test_whoever_says_yes_once_it_has_begun_gets_the_next_one():
    make_reader()
    send(make_issue())
    sending._begin(Issue.objects.get().pk, at=NOON)
    make_reader(at=NOON + MINUTE)

    assert sending.carry_on(NOON + 2 * MINUTE) == 1


def test_a_sweep_that_dies_between_two_pieces_goes_on_where_it_stopped():
    make_crowd(2 * sending.BATCH + 7)
    send(make_issue())
    sending._begin(Issue.objects.get().pk, at=NOON)
    sending._write_some(Mailing.objects.get().pk, at=NOON)
    assert len(told()) == sending.BATCH

    sending.carry_on(NOON)

    assert told() == sorted(Address.objects.exclude(email="lea@oecd.example").values_list("email", flat=True))
    assert Mailing.objects.get().written == 2 * sending.BATCH + 7


def test_a_letter_that_stands_already_is_not_written_again():
    """As after a restore of the row of the mailing: the key of the letter decides."""
    make_reader()
    send(make_issue())
    sending.carry_on(NOON)
    Mailing.objects.update(last=0, ended_at=None)

    sending.carry_on(NOON + MINUTE)

    assert len(told()) == 1


def test_a_piece_costs_the_same_few_statements_for_two_readers_and_for_twenty():
    def cost(readers: int, issue: Issue) -> int:
        for _n in range(readers):
            make_reader()
        send(issue)
        sending._begin(issue.pk, at=NOON + HOUR)
        mailing = Mailing.objects.latest("pk")
        with CaptureQueriesContext(connection) as queries:
            sending._write_some(mailing.pk, at=NOON + HOUR)
        return len(queries)

    assert cost(2, make_issue(title={"en": "One"})) == cost(18, make_issue(title={"en": "Two"}))


def test_each_reader_gets_the_language_they_chose_if_it_was_written_in_it():
    arab, french = make_reader(language="ar"), make_reader(language="fr")
    issue = make_issue(title={"en": "Three sessions", "ar": "ثلاث جلسات"})
    send(issue)
    sending.carry_on(NOON)

    spoken = {letter.address_id: letter.language for letter in letters_posted("news")}
    assert spoken == {arab.address_id: "ar", french.address_id: "en"}
    letter = OutboxMessage.objects.get(address=arab.address_id, kind="news")
    words = delivery.written(letter)
    assert words.subject == "ثلاث جلسات"
    assert "We meet." in words.text, "a block without a translation says it in English"


# -- The letter ------------------------------------------------------------------------------------------------------


def issue_letter() -> OutboxMessage:
    make_reader(topics=["events", "call"])
    issue = make_issue()
    issue.blocks.create(position=20, kind="quotation", words={"en": "It works."}, source={"en": "Jo, Lisbon"})
    issue.blocks.create(
        position=30,
        kind="link",
        title={"en": "The report"},
        words={"en": "30 pages."},
        url="https://oecd.example/r",
    )
    issue.blocks.create(
        position=40, kind="button", title={"en": "Register"}, url="https://portal.example/en/workshops/"
    )
    send(issue)
    sending.carry_on(NOON)
    return OutboxMessage.objects.get(kind="news")


def test_the_letter_can_be_left_by_one_click_and_says_why_it_comes():
    letter = issue_letter()
    headers, words = headers_of(letter), delivery.written(letter)

    assert headers["List-Unsubscribe"] == f"<{words.stop}>"
    assert words.stop.startswith("https://portal.example/l/stop/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    flat = " ".join(words.text.split())
    assert (
        "You get this letter because you asked for news from this mailbox, about: Workshops, dialogues"
        in flat
    )
    assert "The call opens" not in flat, "an issue on events comes for events"
    assert words.stop in words.text and words.stop in words.html
    assert "Choose what we write about" in words.html


def test_the_letter_says_every_block_as_text_and_as_a_page_and_escapes_what_staff_typed():
    words = delivery.written(issue_letter())

    for said in ("We meet.", "It works.", "Jo, Lisbon", "The report", "https://oecd.example/r", "Register"):
        assert said in words.text and said in words.html, said
    assert "Come & see <us>." in words.text
    assert "Come &amp; see &lt;us&gt;." in words.html
    assert "https://portal.example/en/news/three-sessions-in-june/" in words.text


def test_what_is_kept_of_a_letter_has_no_link_that_opens_anything(mailoutbox):
    issue_letter()
    delivery.deliver_due(NOON)

    kept = OutboxMessage.objects.get(kind="news").text
    assert "/l/" not in kept and "[link]" in kept
    assert any("/l/stop/" in mail.body for mail in mailoutbox)


def test_whoever_leaves_between_writing_and_sending_gets_nothing(mailoutbox):
    stays, leaves = make_reader(), make_reader()
    send(make_issue())
    sending.carry_on(NOON)
    subscribing.leave(leaves, where=Record.Where.LETTER, at=NOON)
    # a sweep that had read its piece before they left
    posting.post_many(
        [{**_letter_of(stays), "to": Address.objects.get(pk=leaves.address_id), "key": "late:1"}]
    )
    OutboxMessage.objects.exclude(kind="news").delete()
    delivery.deliver_due(NOON)

    assert [mail.to for mail in mailoutbox] == [[stays.address.email]]


def _letter_of(reader) -> dict:
    letter = OutboxMessage.objects.get(kind="news", address=reader.address_id)
    names = ("kind", "template", "context", "language", "list_unsubscribe")
    return {name: getattr(letter, name) for name in names} | {"at": NOON}


def test_a_letter_that_was_read_by_a_sweep_before_its_reader_left_is_stopped_at_the_door(mailoutbox):
    reader = make_reader()
    send(make_issue())
    sending.carry_on(NOON)
    subscribing.leave(reader, where=Record.Where.LETTER, at=NOON)
    OutboxMessage.objects.filter(kind="news").update(state="waiting", expires_at=None)
    OutboxMessage.objects.exclude(kind="news").delete()

    delivery.deliver_due(NOON)

    assert mailoutbox == []
    assert OutboxMessage.objects.get().error == "Stopped by the reader."


# -- What staff do with it -------------------------------------------------------------------------------------------


def test_an_issue_can_be_called_back_until_it_has_begun():
    make_reader()
    issue = send(make_issue(), due_at=NOON + DAY)
    issuing.call_back(issue, by=make_boss(), at=NOON)
    assert sending.carry_on(NOON + 2 * DAY) == 0

    send(issue, due_at=NOON + DAY)
    sending.carry_on(NOON + DAY)
    with pytest.raises(issuing.NotPossible):
        issuing.call_back(issue, by=make_boss(), at=NOON + DAY)


@pytest.mark.parametrize(
    "facts", [{"title": {}}, {"topics": []}, {"blocks": False}], ids=["no title", "no topic", "no block"]
)
def test_an_issue_with_something_missing_does_not_leave(facts):
    issue = make_issue(**facts)

    with pytest.raises(issuing.NotPossible):
        send(issue)
    assert Issue.objects.get().state == "draft"


def test_nobody_sends_what_they_have_not_looked_at():
    issue, lea = make_issue(), make_boss()
    issuing.changed(issue, by=lea, at=NOON)

    with pytest.raises(issuing.NotPossible):
        issuing.schedule(issue, due_at=None, seen=1, by=lea, at=NOON)


@pytest.mark.parametrize("due_at", [NOON, NOON - DAY, NOON + 400 * DAY])
def test_an_issue_leaves_at_an_instant_to_come_and_within_a_year(due_at):
    with pytest.raises(issuing.NotPossible):
        send(make_issue(), due_at=due_at)


def test_whom_it_reaches_is_counted_by_language_and_topic_and_nobody_twice():
    make_reader(topics=["events", "call"])
    make_reader(topics=["events"], language="ar")
    make_reader(topics=["reports"])

    reach = issuing.reach_of(make_issue(["events", "call"]))

    assert reach.n == 2
    assert [
        (row["language"], row["goes_in"], row["n"], row["events"], row["call"]) for row in reach.rows
    ] == [
        ("ar", "en", 1, 1, 0),
        ("en", "en", 1, 1, 1),
    ]


def test_two_issues_of_one_title_have_addresses_of_their_own():
    slugs = {send(make_issue(title={"en": words})).slug for words in ("News", "News", "أخبار", "Mine")}
    assert len(slugs) == 4 and {"news", "mine"} & slugs == {"news"}


def test_trying_writes_to_oneself_in_each_language_and_its_links_lead_nowhere(client):
    make_reader()
    lea = make_boss()
    n = issuing.try_on(make_issue(title={"en": "News", "ar": "أخبار"}), by=lea, at=NOON)

    letters = letters_posted("news-tried")
    assert n == 2 and {letter.address.email for letter in letters} == {lea.email}
    for name in ("stop", "preferences"):
        link = delivery.links.address_of(letters[0].context[name]).removeprefix("https://portal.example")
        assert client.post(link).status_code == 404


# -- The call opens, and is open longer ------------------------------------------------------------------------------


def test_readers_of_the_call_hear_once_that_it_has_opened():
    make_call(opens_at=OPENS)
    reader = make_reader(topics=["call"])
    make_reader(topics=["events"])

    assert reminding.tell_of_open_calls(OPENS - MINUTE) == 0
    for _n in range(2):
        reminding.tell_of_open_calls(NOON)
        sending.carry_on(NOON)

    assert told() == [reader.address.email]
    words = delivery.written(letters_posted("news")[0])
    assert words.subject == "The call is open: Call for Innovations 2027"
    assert "https://portal.example/en/call/" in words.text and "Friday 21 May 2027, 23:59" in words.text


def test_a_call_that_is_hidden_or_closed_is_not_announced():
    make_reader(topics=["call"])
    make_call(listed=False)
    make_call(year=2026, opens_at=OPENS, closes_at=NOON)

    assert reminding.tell_of_open_calls(NOON) == 0


WEEK_LATER = CLOSES + 7 * DAY


def extend(call, **facts):
    said = {"closes_at": WEEK_LATER, "expected": call.closes_at, "reason": {"en": "Many asked."}}
    return submitting.extend_deadline(call, by=make_boss(), **{**said, "at": NOON, **facts})


def test_readers_hear_of_an_extension_and_authors_among_them_not_twice():
    call = make_call()
    author = make_reader(topics=["call"]).address
    reader = make_reader(topics=["call"]).address
    make_draft(call, author=author)
    other = make_colleague(make_draft(call), Colleague.Role.EDITOR)

    reach = submitting.reach_of_extension(call, WEEK_LATER, at=NOON)
    extend(call)
    sending.carry_on(NOON)

    assert reach.subscribers == 1
    assert told() == [reader.email]
    assert author.email in told("deadline-extended") and other.address.email in told("deadline-extended")
    words = delivery.written(letters_posted("news")[0])
    assert "Many asked." in words.text and "Friday 28 May 2027, 23:59" in words.text


def test_an_extension_that_does_not_happen_tells_nobody():
    call = make_call()
    make_reader(topics=["call"])
    with pytest.raises(submitting.DeadlineMoved):
        extend(call, expected=NOON)

    assert not Mailing.objects.exists()


def test_news_that_name_a_deadline_that_has_moved_do_not_leave():
    call = make_call()
    make_reader(topics=["call"])
    reminding.tell_of_open_calls(NOON)
    sending.carry_on(NOON)
    extend(call)
    call.refresh_from_db()
    extend(call, closes_at=WEEK_LATER + DAY)
    sending.carry_on(NOON + MINUTE)

    states = {letter.key.partition(":")[0]: letter.state for letter in letters_posted("news")}
    assert states == {"call-opens": "expired", "extended": "waiting"}
    assert Mailing.objects.exclude(ended_at=None).count() == 3


def test_a_call_that_nobody_sees_is_extended_without_news():
    call = make_call(listed=False)
    make_reader(topics=["call"])

    assert submitting.reach_of_extension(call, WEEK_LATER, at=NOON).subscribers == 0
    extend(call)
    assert not Mailing.objects.exists()


def test_an_instant_on_the_clock_of_paris_is_kept_in_utc():
    issue = send(make_issue(), due_at=datetime(2027, 7, 1, 9, 0, tzinfo=ZoneInfo("Europe/Paris")))
    issue.refresh_from_db()
    assert issue.due_at.isoformat() == "2027-07-01T07:00:00+00:00"
