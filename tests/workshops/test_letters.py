"""What people are told, and when: every time with its weekday, date, year, hours and both zones."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox.delivery import written
from outbox.models import OutboxMessage
from outbox.posting import post_many
from tests.makers import letters_posted, make_address, make_boss
from tests.workshops.makers import (
    DAY,
    HOUR,
    LASTS,
    MAY,
    STARTS,
    fresh,
    make_workshop,
    take,
)
from workshops import attending, letters, planning, reminding, seating, writing
from workshops.models import Registration, Workshop

pytestmark = pytest.mark.django_db

WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)


def every_kind() -> dict[str, OutboxMessage]:
    """One letter of each kind, to people in Nairobi."""
    here = make_workshop(capacity=1, silence_costs_seat=True)
    there = make_workshop(capacity=1, starts_at=STARTS + 40 * DAY)
    third = make_workshop(starts_at=STARTS + 41 * DAY)
    addresses = [make_address(time_zone="Africa/Nairobi") for _ in range(6)]
    new = make_address(confirmed=False, time_zone="Africa/Nairobi")
    silent = take(third, address=new)
    first, second = take(here, address=addresses[0]), take(here, address=addresses[1])
    seating.give_back(first, at=MAY + HOUR)
    take(here, address=addresses[2], at=MAY + HOUR)
    moves = take(there, address=addresses[3])
    seating.swap(moves, third, at=MAY + HOUR)
    seating.look_after(MAY + 3 * DAY)
    letters.elsewhere(fresh(second), third, at=MAY)
    for rule in ("week", "day", "hour"):
        message = letters.reminder(fresh(second), rule, at=MAY, true_until=STARTS)
        post_many([message])
    for message in (
        letters.reconfirm(fresh(second), at=MAY, true_until=STARTS),
        letters.thanks(fresh(second), at=MAY),
    ):
        post_many([message])
    planning.changed(here, ["title"], by=make_boss(), at=MAY, old_title={"en": "An old session"})
    letters.erased(fresh(second), at=MAY)
    seating.give_back(second, at=STARTS - 20 * HOUR)
    seating.move(
        there, starts_at=STARTS + 42 * DAY, ends_at=STARTS + 42 * DAY + LASTS, at=MAY, by=make_boss()
    )
    take(there, address=addresses[4])
    moved = STARTS + 43 * DAY
    seating.move(there, starts_at=moved, ends_at=moved + LASTS, at=MAY, by=make_boss())
    seating.cancel(there, at=MAY + DAY, by=make_boss(), reason="The room is flooded.")
    assert fresh(silent).status == "released"
    return {letter.template.removeprefix("workshops/"): letter for letter in letters_posted()}


KINDS = {
    "seated",
    "waiting",
    "promoted",
    "offer",
    "left",
    "released",
    "swapped",
    "replaced",
    "moved",
    "cancelled",
    "week",
    "day",
    "hour",
    "reconfirm",
    "thanks",
    "elsewhere",
    "renamed",
    "erased",
}


def test_every_letter_repeats_weekday_date_year_hours_and_both_zones_and_never_the_meeting():
    letters_of = every_kind()
    assert set(letters_of) == KINDS
    for kind, letter in letters_of.items():
        words = written(letter)
        for said in (words.text, words.html):
            assert "Dear Marta Okello," in said, kind
            assert "2027" in said and "Paris time (CEST, UTC+2)" in said, kind
            assert "Nairobi time (EAT, UTC+3)" in said and "15:30–18:00" in said, kind
            assert "16:30–19:00" in said, kind
            assert "meet.example" not in said and "+33 1" not in said, kind
            assert ("https://portal.example/l/" in said) == (kind != "erased"), kind
        assert len(words.subject) < 120 and "session" in words.subject.lower(), kind
        assert "style=" not in words.html


def test_only_the_last_two_reminders_lead_into_the_meeting():
    join = {
        kind for kind, letter in every_kind().items() if letter.context["link"]["link"].get("to") == "join"
    }
    assert join == {"day", "hour"}


def test_a_reader_whose_zone_we_do_not_know_is_told_utc_beside_paris():
    take(make_workshop())
    words = written(letters_posted()[0])
    assert "Thursday 3 June 2027, 13:30–16:00 UTC" in words.text


def test_the_first_letter_asks_a_new_address_for_one_click_and_says_until_when():
    take(make_workshop(), confirmed=False)
    [letter] = letters_posted()
    words = written(letter)
    assert "Confirm my seat" in words.html and "Wednesday 12 May 2027, 11:00 Paris time" in " ".join(
        words.text.split()
    )
    take(make_workshop())
    assert "Confirm my seat" not in written(letters_posted()[-1]).html


def test_until_when_to_confirm_is_told_in_the_readers_zone_too():
    take(make_workshop(), address=make_address(confirmed=False, time_zone="Africa/Nairobi"))
    words = " ".join(written(letters_posted()[0]).text.split())
    assert "by Wednesday 12 May 2027, 11:00 Paris time (CEST, UTC+2)" in words
    assert "For you that is Wednesday 12 May 2027, 12:00 Nairobi time (EAT, UTC+3)." in words


def test_the_heading_is_short_and_the_subject_says_which_session():
    for kind, letter in every_kind().items():
        words = written(letter)
        heading = words.html.partition("<h1>")[2].partition("</h1>")[0]
        assert 0 < len(heading) < 40 and "2027" not in heading, kind
        assert words.text.startswith(heading.upper()), kind


def test_text_letters_do_not_speak_of_buttons():
    for kind, letter in every_kind().items():
        assert "button" not in written(letter).text, kind


def test_an_address_that_has_not_answered_gets_three_letters_a_day_and_none_is_lost():
    workshop, address = make_workshop(), make_address(confirmed=False)
    for n in range(3):
        registration = take(workshop, address=address, at=MAY + n * MINUTE)
        seating.give_back(registration, at=MAY + n * MINUTE + MINUTE / 2)

    waiting = [letter for letter in letters_posted() if letter.state == "waiting"]
    assert len(letters_posted()) == 6
    assert sum(letter.due_at > MAY + HOUR for letter in letters_posted()) == 3
    assert all(letter.template == "workshops/left" for letter in waiting)


# -- Reminders -----------------------------------------------------------------------------------------------------


def said_at(at) -> list[str]:
    """Which letters the sweep of this minute writes."""
    before = {letter.pk for letter in letters_posted()}
    reminding.remind(at)
    return sorted(
        letter.template.removeprefix("workshops/") for letter in letters_posted() if letter.pk not in before
    )


def test_each_reminder_comes_once_and_at_its_time():
    registration = take(make_workshop())
    assert said_at(STARTS - WEEK - MINUTE) == []
    assert said_at(STARTS - WEEK) == ["week"]
    assert said_at(STARTS - WEEK) == said_at(STARTS - WEEK + HOUR) == []
    assert said_at(STARTS - 2 * DAY) == ["reconfirm"]
    assert said_at(STARTS - DAY) == ["day"]
    assert said_at(STARTS - HOUR) == ["hour"]
    assert said_at(STARTS) == said_at(STARTS + LASTS) == [], "nobody is thanked who did not come"
    attending.enter(fresh(registration), at=STARTS)
    assert said_at(STARTS + LASTS + MINUTE) == ["thanks"]
    assert said_at(STARTS + LASTS + DAY) == []


def test_after_an_outage_comes_what_still_holds_once():
    take(make_workshop())
    assert said_at(STARTS - 3 * HOUR) == ["day"]
    assert said_at(STARTS - 30 * MINUTE) == ["hour"]

    take(make_workshop(starts_at=STARTS + 30 * DAY))
    assert said_at(STARTS + 30 * DAY + MINUTE) == [], "nothing about a start that is past"


def test_a_reminder_that_could_not_leave_in_time_is_let_go():
    take(make_workshop())
    reminding.remind(STARTS - DAY)
    [day] = letters_posted("workshop-reminder")
    assert day.expires_at == STARTS - 2 * HOUR


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (8 * DAY, ["week"]),
        (6 * DAY, []),
        (36 * HOUR, []),
    ],
)
def test_whoever_registers_late_gets_only_what_is_still_useful(before, said):
    take(make_workshop(), at=STARTS - before)
    assert (
        said_at(min(STARTS - before + MINUTE, STARTS - 2 * DAY - MINUTE) if said == [] else STARTS - WEEK)
        == said
    )


def test_the_last_reminder_brings_the_way_in_to_those_who_register_in_the_last_hour():
    take(make_workshop(), at=STARTS - 20 * MINUTE)
    assert said_at(STARTS - 19 * MINUTE) == ["hour"]
    take(make_workshop(), at=STARTS - 5 * HOUR)
    assert said_at(STARTS - 5 * HOUR + MINUTE) == []


def test_a_moved_workshop_arms_its_reminders_anew():
    workshop = make_workshop()
    take(workshop)
    assert said_at(STARTS - DAY) == ["day"]
    new = STARTS + 10 * DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=STARTS - DAY + MINUTE, by=make_boss())
    [old] = letters_posted("workshop-reminder")
    assert old.state == "expired"
    assert said_at(new - WEEK) == ["week"] and said_at(new - DAY) == ["day"]


def test_a_workshop_moved_to_a_day_near_by_repeats_nothing_that_its_letter_has_just_said():
    workshop = make_workshop()
    take(workshop)
    new = STARTS - 10 * DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=new - 3 * DAY, by=make_boss())

    assert said_at(new - 3 * DAY + MINUTE) == []
    assert said_at(new - 2 * DAY) == ["reconfirm"]
    assert said_at(new - DAY) == ["day"] and said_at(new - HOUR) == ["hour"]


def test_reminders_of_the_old_time_are_not_written_while_a_workshop_moves():
    workshop = make_workshop()
    take(workshop)
    looked_at_before = Workshop.objects.get()
    new = STARTS + DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=STARTS - WEEK, by=make_boss())

    found = reminding._some(
        looked_at_before, "week", since=STARTS - WEEK, until=STARTS - 2 * DAY, at=STARTS - WEEK
    )
    assert found == 0 and not letters_posted("workshop-reminder")


def test_letters_that_had_not_left_when_it_moved_tell_no_old_time():
    workshop = make_workshop(capacity=1)
    seated, _waits = take(workshop), take(workshop)
    writing.send(workshop, "claims", "A word", "Bring a map.", token="t", by=make_boss(), at=MAY)
    new = STARTS + 30 * DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=MAY + MINUTE, by=make_boss())

    leaving = [letter for letter in letters_posted() if letter.state == "waiting"]
    assert sorted(letter.template for letter in leaving) == [
        "workshops/moved",
        "workshops/moved",
        "workshops/note",
        "workshops/note",
    ]
    for letter in leaving:
        assert "Saturday 3 July 2027" in written(letter).text and letter.expires_at >= new
    assert fresh(seated).has_seat()


def test_a_workshop_whose_words_cannot_be_read_keeps_no_other_from_its_reminders():
    broken = make_workshop(starts_at=STARTS - HOUR)
    take(broken), take(make_workshop())
    Workshop.objects.filter(pk=broken.pk).update(title="no words in any language")
    assert said_at(STARTS - WEEK) == ["week"]


def test_where_silence_costs_the_seat_the_first_letter_says_so_and_the_question_says_until_when():
    workshop = make_workshop(silence_costs_seat=True)
    take(workshop, address=make_address(time_zone="Africa/Nairobi"))
    assert "Without an answer the seat goes to the next in line." in " ".join(
        written(letters_posted()[0]).text.split()
    )
    reminding.remind(STARTS - 2 * DAY)
    said = " ".join(written(letters_posted("workshop-reconfirm")[0]).text.split())
    assert "Without an answer by Wednesday 2 June 2027, 15:30 Paris time" in said
    assert "For you that is Wednesday 2 June 2027, 16:30 Nairobi time" in said


def test_whoever_only_waited_is_not_told_that_a_seat_is_given_up():
    full, other = make_workshop(capacity=1), make_workshop(starts_at=STARTS + DAY)
    take(full)
    seating.swap(take(full), other, at=MAY)
    said = " ".join(written(letters_posted("workshop-swapped")[0]).text.split())
    assert "you do not wait for" in said and "given up" not in said and "takes out" not in said


def test_those_who_wait_left_or_told_us_already_are_not_reminded():
    workshop = make_workshop(capacity=1)
    left = take(workshop)
    seating.give_back(left, at=MAY)
    seated, _waits = take(workshop), take(workshop)
    seating.reconfirm(seated, at=MAY + DAY)
    assert said_at(STARTS - WEEK) == ["week"]
    assert said_at(STARTS - 2 * DAY) == []


def test_no_reminder_of_a_cancelled_workshop():
    workshop = make_workshop()
    take(workshop)
    seating.cancel(workshop, at=MAY + DAY, by=make_boss(), reason="")
    assert said_at(STARTS - WEEK) == said_at(STARTS - DAY) == []


def test_reminding_many_costs_a_few_statements_for_every_two_hundred():
    workshop = make_workshop(capacity=500)
    for _ in range(10):
        take(workshop)
    with CaptureQueriesContext(connection) as few:
        reminding.remind(STARTS - WEEK)
    Registration.objects.update(told={})
    for _ in range(20):
        take(workshop)
    with CaptureQueriesContext(connection) as many:
        reminding.remind(STARTS - DAY)
    assert len(many) == len(few)


def test_access_needs_are_forgotten_fourteen_days_after():
    registration = take(make_workshop(), access_needs="captions")
    assert attending.forget_access_needs(STARTS + LASTS + 14 * DAY - MINUTE) == 0
    assert attending.forget_access_needs(STARTS + LASTS + 14 * DAY) == 1
    assert fresh(registration).access_needs == ""
