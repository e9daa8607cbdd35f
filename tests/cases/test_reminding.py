"""Reminders: found by what is true now, so an outage is caught up and nothing is sent twice."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import drafting, submitting
from cases.models import Case, Colleague
from cases.reminding import BATCH, remind
from outbox.delivery import compose
from people.models import Address
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    OPENS,
    SECOND,
    author_of,
    letters_posted,
    make_address,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
)

pytestmark = pytest.mark.django_db

EARLY = OPENS + DAY


def reminded(start: datetime, end: datetime, *, step=6 * HOUR) -> list[int]:
    """Look four times a day; the days before the deadline of each reminder that was posted."""
    before = len(letters_posted("reminder"))
    while start < end:
        remind(start)
        start += step
    return [int(letter.key.split(":")[2]) for letter in letters_posted("reminder")[before:]]


def test_a_draft_is_reminded_14_3_and_1_days_before_the_deadline_and_never_after():
    make_draft(begun_at=EARLY)

    assert reminded(CLOSES - 20 * DAY, CLOSES + 2 * DAY) == [14, 3, 1]


@pytest.mark.parametrize("days", [14, 3, 1])
def test_a_reminder_comes_at_its_instant_and_not_a_second_before(days):
    make_draft(begun_at=CLOSES - days * DAY - HOUR)

    assert remind(CLOSES - days * DAY - SECOND) == 0
    assert remind(CLOSES - days * DAY) == 1


def test_looking_again_posts_nothing_again():
    make_draft(begun_at=EARLY)

    assert [remind(CLOSES - 14 * DAY + minutes * MINUTE) for minutes in range(3)] == [1, 0, 0]


def test_after_an_outage_only_the_reminder_that_still_holds_is_caught_up():
    make_draft(begun_at=EARLY)

    assert reminded(CLOSES - 2 * DAY, CLOSES) == [3, 1]
    assert [letter.created_at for letter in letters_posted()] == [CLOSES - 2 * DAY, CLOSES - DAY]


def test_an_outage_until_the_close_leaves_nothing_to_say():
    make_draft(begun_at=EARLY)

    assert reminded(CLOSES, CLOSES + DAY) == []


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        (15 * DAY, [14, 3, 1]),
        (14 * DAY, [3, 1]),
        (10 * DAY, [3, 1]),
        (2 * DAY, [1]),
        (12 * HOUR, []),
    ],
    ids=["15 days before", "14 days before", "10 days before", "2 days before", "12 hours before"],
)
def test_a_draft_begun_late_gets_only_what_is_still_to_come(begun, expected):
    make_draft(begun_at=CLOSES - begun)

    assert reminded(CLOSES - begun, CLOSES) == expected


def test_only_drafts_are_reminded():
    make_submission(make_draft(complete=True, begun_at=EARLY), at=EARLY)
    withdrawn = make_submission(make_draft(complete=True, begun_at=EARLY), at=EARLY).case
    submitting.withdraw(withdrawn, by=author_of(withdrawn), at=EARLY)
    deleted = make_draft(begun_at=EARLY)
    drafting.delete_draft(author_of(deleted), at=EARLY)

    assert reminded(CLOSES - 20 * DAY, CLOSES) == []


def test_a_draft_handed_in_between_two_reminders_gets_the_first_alone():
    case = make_draft(complete=True, begun_at=EARLY)
    remind(CLOSES - 14 * DAY)
    make_submission(case, at=CLOSES - 10 * DAY)

    assert reminded(CLOSES - 4 * DAY, CLOSES) == []


def test_the_author_is_reminded_and_colleagues_are_not():
    case = make_draft(begun_at=EARLY)
    make_colleague(case)
    make_colleague(case, Colleague.Role.READER)

    remind(CLOSES - DAY)

    assert [letter.address for letter in letters_posted()] == [author_of(case).address]


def test_after_a_hand_over_the_new_author_is_reminded():
    case = make_draft(begun_at=EARLY)
    ana = make_colleague(case)
    drafting.hand_over(author_of(case), ana.pk, at=EARLY)

    remind(CLOSES - DAY)

    assert [letter.address for letter in letters_posted("reminder")] == [ana.address]


def test_one_click_stops_them_and_other_letters_still_come():
    case = make_draft(begun_at=EARLY)
    remind(CLOSES - 14 * DAY)
    (letter,) = letters_posted()
    stop = letter.context["stop"]["link"]
    assert (letter.list_unsubscribe, stop["kind"], stop["what"]) == (True, "stop", "reminder")

    Address.objects.get(pk=stop["address"]).stop(stop["what"])

    assert reminded(CLOSES - 3 * DAY, CLOSES) == []
    with pytest.raises(submitting.TooLate):
        submitting.hand_in(author_of(case), at=CLOSES + DAY)
    assert len(letters_posted("kept-late")) == 1


def test_each_draft_of_a_person_has_its_own_reminder():
    marta = make_address()
    for _n in range(2):
        make_draft(author=marta, begun_at=EARLY)

    remind(CLOSES - DAY)

    assert [letter.address for letter in letters_posted()] == [marta, marta]


def test_a_reminder_that_could_not_leave_in_time_is_not_sent_when_the_next_one_holds():
    make_draft(begun_at=EARLY)

    for days in (14, 3, 1):
        remind(CLOSES - days * DAY)

    ends = [CLOSES - 3 * DAY, CLOSES - DAY, CLOSES]
    assert [letter.expires_at for letter in letters_posted()] == ends


def test_another_call_has_its_own_deadlines():
    make_draft(make_call(), begun_at=EARLY)
    next_year = make_call(year=2028, closes_at=CLOSES + 365 * DAY, opens_at=OPENS)
    make_draft(next_year, begun_at=EARLY)

    assert reminded(CLOSES - 20 * DAY, CLOSES + DAY) == [14, 3, 1]
    assert reminded(CLOSES + 300 * DAY, CLOSES + 366 * DAY) == [14, 3, 1]


def test_the_letter_names_the_deadline_and_how_to_stop():
    make_draft(begun_at=EARLY, answers={"title": "Shared gauges"})
    remind(CLOSES - 3 * DAY)

    mail = compose(letters_posted()[0])

    assert "Shared gauges" in mail.body
    assert "Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)" in " ".join(mail.body.split())
    assert mail.extra_headers["List-Unsubscribe"].strip("<>") in mail.body


def test_many_drafts_are_reminded_in_handfuls_at_the_same_cost_each():
    call = make_call()
    cases = Case.objects.bulk_create(
        Case(call=call, begun_at=EARLY, changed_at=EARLY) for _n in range(2 * BATCH + 1)
    )
    people = Address.objects.bulk_create(
        Address(email=f"author{n}@example.org", created_at=EARLY) for n in range(len(cases))
    )
    Colleague.objects.bulk_create(
        Colleague(case=case, address=address, name="A", role=Colleague.Role.AUTHOR, joined_at=EARLY)
        for case, address in zip(cases, people, strict=True)
    )

    with CaptureQueriesContext(connection) as queries:
        posted = remind(CLOSES - DAY)

    assert posted == len(letters_posted("reminder")) == 2 * BATCH + 1
    assert len(queries) < 40
    assert remind(CLOSES - DAY + MINUTE) == 0


def test_looking_when_nothing_is_due_costs_the_same_at_any_number_of_drafts():
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            remind(NOON)
        return len(queries)

    make_draft(begun_at=EARLY)
    remind(NOON)
    alone = cost()
    for _n in range(5):
        make_draft(begun_at=EARLY)
    remind(NOON)

    assert cost() == alone <= 6
