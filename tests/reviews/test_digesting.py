"""One letter a day to each reviewer: what is new, due or overdue, in the morning of the call."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from opsi_portal.celery import TIMETABLE
from outbox import delivery
from outbox.models import OutboxMessage
from reviews import tasks
from reviews.digesting import send_digests
from reviews.models import Assignment, Dossier, Reviewer
from tests.makers import DAY, HOUR, MINUTE, letters_posted, make_staff
from tests.reviews.giving import screened
from tests.reviews.makers import give, make_dossier, make_reviewer, make_round, score

pytestmark = pytest.mark.django_db

#: 7:00 in Paris, in summer.
MORNING = datetime(2027, 6, 8, 5, 0, tzinfo=UTC)
EVENING_BEFORE = MORNING - 12 * HOUR


def letter_to(reviewer: Reviewer) -> OutboxMessage:
    return OutboxMessage.objects.get(kind="review-digest", address__email=reviewer.user.email)


def told(reviewer: Reviewer) -> dict[str, list[str]]:
    """What the letter names, under which heading."""
    return {
        part["kind"]: [each["reference"] for each in part["cases"]]
        for part in letter_to(reviewer).context["parts"]
    }


def test_a_hundred_cases_are_one_letter():
    lea = make_reviewer(cap=200)
    dossier = make_dossier()
    rows = [Case(call=dossier.case.call, reference=f"XB-2027-1{n:03}", status="handed-in") for n in range(99)]
    for case in rows:
        case.begun_at = case.changed_at = EVENING_BEFORE
    Case.objects.bulk_create(rows)
    dossiers = Dossier.objects.bulk_create(
        Dossier(case=case, round=dossier.round, submission=dossier.submission, opened_at=EVENING_BEFORE)
        for case in rows
    )
    Assignment.objects.bulk_create(
        Assignment(dossier=each, reviewer=lea, given_at=EVENING_BEFORE, due_at=MORNING + 14 * DAY)
        for each in [dossier, *dossiers]
    )

    assert send_digests(MORNING) == 1

    [part] = letter_to(lea).context["parts"]
    assert (part["kind"], len(part["cases"]), part["more"]) == ("new", 30, 70)
    assert delivery.written(letter_to(lea)).subject == "100 cases to read, 100 new"


def test_it_comes_at_seven_on_the_clocks_of_the_call_and_once_a_day():
    give(screened(), make_reviewer(), at=EVENING_BEFORE)

    assert send_digests(MORNING - MINUTE) == 0
    assert send_digests(MORNING) == 1
    assert send_digests(MORNING + MINUTE) == 0
    assert send_digests(MORNING + 6 * HOUR) == 0
    assert len(letters_posted("review-digest")) == 1


def test_the_clocks_are_those_of_the_call():
    give(screened(), make_reviewer(), at=EVENING_BEFORE)
    call = make_round().call
    call.zone_name = "Asia/Dubai"
    call.save()

    assert send_digests(MORNING - 2 * HOUR - MINUTE) == 0
    assert send_digests(MORNING - 2 * HOUR) == 1


def test_a_morning_that_was_slept_through_is_made_up_for_until_the_evening():
    give(screened(), make_reviewer(), at=EVENING_BEFORE)

    assert send_digests(MORNING + 14 * HOUR) == 0
    assert send_digests(MORNING + 12 * HOUR) == 1


def test_nothing_new_and_nothing_due_is_no_letter():
    lea = make_reviewer()
    give(screened(), lea, at=EVENING_BEFORE)
    assert send_digests(MORNING) == 1

    assert [send_digests(MORNING + n * DAY) for n in (1, 2, 3)] == [0, 0, 0]


def test_what_is_given_during_the_day_stands_in_the_next_mornings_letter():
    lea, first, second = make_reviewer(), screened(), screened()
    give(first, lea, at=EVENING_BEFORE)
    send_digests(MORNING)
    OutboxMessage.objects.all().delete()
    give(second, lea, at=MORNING + 3 * HOUR)

    assert send_digests(MORNING + 4 * HOUR) == 0
    assert send_digests(MORNING + DAY) == 1
    assert told(lea) == {"new": [second.case.reference]}


def test_whoever_had_nothing_this_morning_waits_for_the_next_one_too():
    lea, dossier = make_reviewer(), screened()
    assert send_digests(MORNING) == 0
    give(dossier, lea, at=MORNING + HOUR)

    assert (send_digests(MORNING + 2 * HOUR), send_digests(MORNING + DAY)) == (0, 1)


def test_each_case_stands_under_one_heading_the_most_urgent_first():
    lea = make_reviewer()
    new, due, overdue, later = (screened() for _n in range(4))
    give(new, lea, at=EVENING_BEFORE)
    give(due, lea, at=EVENING_BEFORE, due_at=MORNING + 3 * DAY)
    give(overdue, lea, at=EVENING_BEFORE, due_at=MORNING - HOUR)
    Reviewer.objects.filter(pk=lea.pk).update(digest_on=(MORNING - DAY).date())
    give(later, lea, at=MORNING - 3 * DAY, due_at=MORNING + 9 * DAY)

    send_digests(MORNING)

    assert told(lea) == {
        "overdue": [overdue.case.reference],
        "due": [due.case.reference],
        "new": [new.case.reference],
    }
    assert delivery.written(letter_to(lea)).subject == "4 cases to read, 1 new, 1 due soon, 1 overdue"


def test_what_is_finished_taken_back_decided_or_withdrawn_is_not_spoken_of():
    lea = make_reviewer()
    finished, ended, decided, withdrawn = (screened() for _n in range(4))
    score(give(finished, lea, at=EVENING_BEFORE), 3, 3, 3, 3, 3)
    give(ended, lea, at=EVENING_BEFORE, ended_at=EVENING_BEFORE)
    for dossier, step in ((decided, Dossier.Step.DECIDED), (withdrawn, Dossier.Step.OUT)):
        give(dossier, lea, at=EVENING_BEFORE, due_at=EVENING_BEFORE)
        Dossier.objects.filter(pk=dossier.pk).update(step=step)

    assert send_digests(MORNING) == 0


def test_those_who_take_no_cases_or_have_left_get_no_letter():
    for facts in (
        {"active": False},
        {"user": make_staff("gone@oecd.example", is_active=False)},
        {"user": make_staff("out@oecd.example", is_staff=False)},
    ):
        give(screened(), make_reviewer(**facts), at=EVENING_BEFORE, due_at=EVENING_BEFORE)

    assert send_digests(MORNING) == 0


def test_the_letter_names_references_and_titles_and_nothing_that_a_blind_review_hides():
    lea = make_reviewer("Lea & Co")
    dossier = screened(organisation="Water Board of Kisumu", website="https://kisumu.example/water")
    give(dossier, lea, at=EVENING_BEFORE)

    send_digests(MORNING)

    words = delivery.written(letter_to(lea))
    for text in (words.text, words.html):
        assert dossier.case.reference in text
        assert "Shared river flood warnings" in text
        assert "https://portal.example/admin/reviews/assignment/" in text
        for hidden in ("Water Board", "kisumu", "Marta", "Grand Est", "Ministry"):
            assert hidden not in text
    assert "Monday 21 June 2027" in " ".join(words.text.split())
    assert "Lea & Co" in words.text


def test_a_letter_that_could_not_leave_is_of_no_use_the_next_morning():
    lea = make_reviewer()
    give(screened(), lea, at=EVENING_BEFORE)

    send_digests(MORNING)

    assert letter_to(lea).expires_at == MORNING + DAY


def test_many_reviewers_cost_few_statements_more_than_one():
    def cost(on: datetime) -> int:
        with CaptureQueriesContext(connection) as captured:
            send_digests(on)
        return len(captured)

    make_round()
    make_reviewer()
    of_one = cost(MORNING)
    for _n in range(6):
        make_reviewer()

    assert cost(MORNING + DAY) == of_one
    assert not letters_posted("review-digest")


def test_without_a_round_nothing_is_said():
    make_reviewer()

    assert send_digests(MORNING) == 0


def test_the_worker_has_it_on_its_timetable():
    assert tasks.send_digests.name in [entry["task"] for entry in TIMETABLE.values()]
