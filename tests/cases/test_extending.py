"""More time: one action, announced beforehand to the letter, and told once to everybody it reaches."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import announcing, submitting
from cases.drafting import NotAllowed
from cases.models import Call, Case, Colleague, Extension
from cases.reminding import remind
from cases.submitting import DeadlineMoved, extend_deadline, reach_of_extension
from people.models import Event
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    NOON,
    SECOND,
    author_of,
    letters_posted,
    make_address,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    write,
)

pytestmark = pytest.mark.django_db

WEEK_LATER = CLOSES + 7 * DAY
WHY = {"en": "Many of you asked for it.", "ar": "طلب كثيرون ذلك."}


def extend(call: Call, closes_at: datetime = WEEK_LATER, *, at: datetime = NOON, **facts) -> Extension:
    said = {"expected": call.closes_at, "reason": WHY, "by": make_boss(), **facts}
    return extend_deadline(call, closes_at=closes_at, at=at, **said)


def test_an_extension_moves_the_deadline_and_stands_in_the_public_history():
    call = make_call()

    extension = extend(call)

    call.refresh_from_db()
    assert call.closes_at == WEEK_LATER
    assert (extension.closed_at, extension.closes_at, extension.reason) == (CLOSES, WEEK_LATER, WHY)
    assert announcing.extensions_of(call) == [
        {
            "from_words": "Friday 21 May 2027, 23:59",
            "to_words": "Friday 28 May 2027, 23:59",
            "reason": "Many of you asked for it.",
        }
    ]


def test_the_history_is_public_and_the_book_knows_who_did_it():
    lea = make_boss()

    extension = extend(make_call(), by=lea)

    event = Event.objects.get()
    assert (event.action, event.actor_id) == ("deadline extended", lea.pk)
    assert event.facts == {"from": CLOSES.isoformat(), "to": WEEK_LATER.isoformat()}
    assert "Lea" not in str(extension.__dict__)


def test_what_the_preview_counts_is_what_is_done():
    call, marta = make_call(), make_address()
    first, second = make_draft(call, author=marta), make_draft(call, author=marta)
    ana = make_colleague(first)
    make_colleague(first, Colleague.Role.READER)
    gone = make_colleague(second)
    Colleague.objects.filter(pk=gone.pk).update(removed_at=NOON)
    make_submission(make_draft(call, complete=True))
    make_draft(make_call(year=2028))

    reach = reach_of_extension(call, WEEK_LATER, at=NOON)
    extend(call)

    told = letters_posted("deadline-extended")
    assert (reach.drafts, reach.people) == (2, 2)
    assert {letter.address for letter in told} == {marta, ana.address}
    assert len(told) == reach.people


def test_one_mail_to_one_address_however_many_drafts_it_has():
    call, marta = make_call(), make_address()
    for _n in range(3):
        make_draft(call, author=marta)

    extend(call)

    assert [letter.address for letter in letters_posted()] == [marta]


def test_people_with_a_case_that_is_handed_in_or_withdrawn_get_no_letter():
    call = make_call()
    make_submission(make_draft(call, complete=True))
    withdrawn = make_submission(make_draft(call, complete=True)).case
    submitting.withdraw(withdrawn, by=author_of(withdrawn), at=NOON)

    assert reach_of_extension(call, WEEK_LATER, at=NOON).people == 0
    extend(call)

    assert letters_posted("deadline-extended") == []


def test_extending_costs_the_same_for_one_draft_and_for_thirty():
    def cost(drafts: int, closes_at: datetime) -> int:
        call = Call.objects.first() or make_call()
        for _n in range(drafts):
            make_draft(call)
        lea = make_boss()
        with CaptureQueriesContext(connection) as queries:
            extend(call, closes_at, by=lea)
        return len(queries)

    assert cost(1, WEEK_LATER) == cost(29, WEEK_LATER + DAY)


# -- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closes_at", "at", "reason"),
    [
        (CLOSES, NOON, WHY),
        (CLOSES - DAY, NOON, WHY),
        (WEEK_LATER, WEEK_LATER, WHY),
        (WEEK_LATER, NOON, {"en": "  ", "ar": ""}),
        (WEEK_LATER, NOON, {}),
    ],
    ids=["the same", "earlier", "already over", "empty reason", "no reason"],
)
def test_a_deadline_moves_to_a_later_instant_that_is_to_come_and_with_a_reason(closes_at, at, reason):
    call = make_call()
    make_draft(call)

    with pytest.raises(NotAllowed):
        extend(call, closes_at, at=at, reason=reason)

    call.refresh_from_db()
    assert call.closes_at == CLOSES
    assert letters_posted() == [] and not Extension.objects.exists()


def test_the_second_of_two_people_who_extend_looks_again():
    call = make_call()
    make_draft(call)
    extend(call)

    with pytest.raises(DeadlineMoved):
        extend(call, WEEK_LATER + DAY, expected=CLOSES)

    assert Extension.objects.count() == len(letters_posted()) == 1


# -- What follows --------------------------------------------------------------------------------------------------


def test_a_closed_call_opens_again_and_late_words_can_be_handed_in():
    call = make_call()
    case = make_draft(call, complete=True)
    write(author_of(case), results="Written late", at=CLOSES + DAY)

    extend(call, at=CLOSES + 2 * DAY)

    submission = submitting.hand_in(author_of(case), at=CLOSES + 3 * DAY)
    assert (submission.in_time, submission.answers["results"]) == ("open", "Written late")


def test_reminders_are_armed_anew_and_none_comes_on_top_of_the_letter_about_the_extension():
    call = make_call()
    make_draft(call, begun_at=CLOSES - 30 * DAY)
    for days in (14, 3, 1):
        remind(CLOSES - days * DAY)
    at = CLOSES - HOUR

    reach = reach_of_extension(call, WEEK_LATER, at=at)
    extend(call, at=at)
    before = len(letters_posted("reminder"))
    remind(at + SECOND)
    assert len(letters_posted("reminder")) == before == 3

    for hours in range(0, 8 * 24, 6):
        remind(at + hours * HOUR)
    assert reach.reminders == len(letters_posted("reminder")) - before == 2


def test_reminders_of_the_old_deadline_that_have_not_left_are_let_go():
    call = make_call()
    make_draft(call, begun_at=CLOSES - 30 * DAY)
    make_draft(make_call(year=2028, closes_at=CLOSES + HOUR), begun_at=CLOSES - 30 * DAY)
    remind(CLOSES - 14 * DAY)
    remind(CLOSES + HOUR - 14 * DAY)

    extend(call, at=CLOSES - 13 * DAY)

    assert [letter.state for letter in letters_posted("reminder")] == ["expired", "waiting"]


def test_a_deadline_told_in_the_zone_of_the_call_reaches_exactly_as_far_as_in_utc():
    paris = ZoneInfo("Europe/Paris")
    call = make_call(closes_at=datetime(2027, 10, 25, tzinfo=paris))
    call.refresh_from_db()
    at = datetime(
        2027, 10, 17, 22, 30, tzinfo=UTC
    )  # 14 days of 24 hours before, were it not for the night of the 31st
    new = datetime(2027, 11, 1, tzinfo=paris)

    in_paris = reach_of_extension(call, new, at=at)
    in_utc = reach_of_extension(call, new.astimezone(UTC), at=at)
    extend(call, new, at=at)

    assert in_paris == in_utc
    assert Call.objects.get().closes_at == new
    assert Extension.objects.get().closes_at == new


def test_every_page_and_letter_says_the_new_deadline():
    call = make_call()
    case = make_draft(call)

    extend(call)

    call.refresh_from_db()
    case = Case.objects.select_related("call").get(pk=case.pk)
    assert announcing.deadline_of(call, NOON)["instant"] == "2027-05-28T22:00:00Z"
    assert case.call.accepts(case, CLOSES + DAY)
    (letter,) = letters_posted()
    assert datetime.fromisoformat(letter.context["closes_at"]) == WEEK_LATER
    assert letter.context["link"]["link"]["until"] == int((WEEK_LATER + 30 * DAY).timestamp())
