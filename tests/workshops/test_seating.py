"""Who sits where: no seat given twice, none empty while somebody waits, nobody loses theirs by asking for another."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from outbox.delivery import written
from outbox.models import OutboxMessage
from tests.makers import letters_posted, make_address, make_boss
from tests.workshops.makers import (
    DAY,
    DETAILS,
    HOUR,
    LASTS,
    MAY,
    STARTS,
    fresh,
    make_series,
    make_workshop,
    statuses,
    take,
)
from workshops import attending, by_hand, registering, reminding, seating
from workshops.models import Registration, Step, Workshop
from workshops.seating import NotPossible, SeatedElsewhere

pytestmark = pytest.mark.django_db


def kinds(registration) -> list[str]:
    """The letters about a registration that are on their way or have left."""
    return [
        letter.kind.removeprefix("workshop-")
        for letter in letters_posted()
        if letter.subject_id == str(registration.pk) and letter.state == "waiting"
    ]


# -- Taking --------------------------------------------------------------------------------------------------------


def test_the_seats_go_to_the_first_and_the_rest_wait_in_order():
    workshop = make_workshop(capacity=2)
    people = [take(workshop) for _ in range(5)]

    assert statuses(workshop) == ["seated", "seated", "waiting", "waiting", "waiting"]
    assert [person.place_in_line() for person in people] == [0, 0, 1, 2, 3]
    assert [kinds(person) for person in people] == [["seated"]] * 2 + [["waiting"]] * 3
    assert letters_posted("workshop-waiting")[1].context["place"] == 2


def test_asking_again_gives_what_one_has():
    workshop = make_workshop()
    address = make_address()
    first, second = take(workshop, address=address), take(workshop, address=address, at=MAY + HOUR)

    assert first.pk == second.pk and Registration.objects.count() == 1
    assert first.is_new and not second.is_new


def test_who_has_a_seat_elsewhere_is_told_so_where_there_is_room_and_waits_where_there_is_none():
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY, capacity=1)
    address = make_address()
    seat = take(here, address=address)
    with pytest.raises(SeatedElsewhere) as trouble:
        take(there, address=address)
    assert trouble.value.registration.pk == seat.pk

    take(there)
    waits = take(there, address=address)
    assert waits.status == "waiting" and fresh(seat).has_seat()


def test_staff_may_let_people_have_several_seats():
    series = make_series(one_seat_each=False)
    here, there = make_workshop(series), make_workshop(series, starts_at=STARTS + DAY)
    address = make_address()
    assert take(here, address=address).has_seat() and take(there, address=address).has_seat()


def test_after_the_start_free_seats_are_given_but_nobody_joins_a_line():
    workshop = make_workshop(capacity=1)
    assert take(workshop, at=STARTS + HOUR).has_seat()
    with pytest.raises(NotPossible):
        take(workshop, at=STARTS + HOUR)
    with pytest.raises(NotPossible):
        take(make_workshop(), at=STARTS + LASTS)


@pytest.mark.parametrize("status", ["hidden", "cancelled"])
def test_what_is_not_announced_takes_nobody(status):
    with pytest.raises(NotPossible):
        take(make_workshop(status=status))


@pytest.mark.parametrize(
    ("email", "admitted"),
    [
        ("jo@oecd.org", True),
        ("jo@mail.gov.uk", True),
        ("jo@gov.uk.example", False),
        ("oecd.org@x.example", False),
        ("jo@notoecd.org", False),
    ],
)
def test_where_staff_say_so_only_people_of_certain_organisations_register_or_change_over(email, admitted):
    closed = make_workshop(open_to="organisations", domains="oecd.org\ngov.uk")
    other = make_workshop(starts_at=STARTS + DAY)
    if admitted:
        assert take(closed, email).has_seat()
        return
    mine = take(other, email)
    with pytest.raises(NotPossible):
        seating.swap(mine, closed, at=MAY)
    seating.give_back(mine, at=MAY)
    with pytest.raises(NotPossible):
        take(closed, address=mine.address)


def test_where_the_office_registers_everybody_nobody_does_by_themselves():
    workshop, boss = make_workshop(open_to="office"), make_boss()
    with pytest.raises(NotPossible):
        take(workshop)
    details = {"email": "jo@x.example", "details": DETAILS, "recording": False}
    assert by_hand.take_down(workshop, **details, by=boss, at=MAY).has_seat()


def at_once(deeds) -> None:
    """Everybody does something at the same moment, each over a connection of their own."""
    together = Barrier(len(deeds))

    def one(deed):
        try:
            together.wait()
            deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as people:
        list(people.map(one, deeds))


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_for_five_seats_are_five_seated_and_fifteen_in_line_without_a_gap():
    workshop = make_workshop(capacity=5)
    addresses = [make_address() for _ in range(20)]

    at_once([partial(take, workshop, address=address) for address in addresses])

    assert statuses(workshop) == ["seated"] * 5 + ["waiting"] * 15
    assert list(workshop.registrations.order_by("turn").values_list("turn", flat=True)) == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_ten_who_leave_at_once_leave_no_seat_empty_and_none_is_given_twice():
    workshop = make_workshop(capacity=10)
    leaving, _waiting = [take(workshop) for _ in range(10)], [take(workshop) for _ in range(15)]

    at_once([partial(seating.give_back, each, at=MAY + HOUR) for each in leaving])

    assert statuses(workshop) == ["left"] * 10 + ["seated"] * 10 + ["waiting"] * 5
    assert len(letters_posted("workshop-promoted")) == 10


@pytest.mark.django_db(transaction=True)
def test_pairs_who_swap_into_each_others_full_session_at_once_all_succeed():
    here, there = make_workshop(capacity=3), make_workshop(capacity=3, starts_at=STARTS + DAY)
    ours, theirs = [take(here) for _ in range(3)], [take(there) for _ in range(3)]

    at_once(
        [partial(seating.swap, each, there, at=MAY) for each in ours]
        + [partial(seating.swap, each, here, at=MAY) for each in theirs]
    )

    for session, people in ((there, ours), (here, theirs)):
        seated = session.registrations.seated().values_list("address_id", flat=True)
        assert set(seated) == {each.address_id for each in people} and len(seated) == 3
    assert not Registration.objects.waiting().exists()


# -- Giving back ---------------------------------------------------------------------------------------------------


def test_a_seat_given_back_goes_to_the_next_at_once():
    workshop = make_workshop(capacity=1)
    first, second, third = take(workshop), take(workshop), take(workshop)

    seating.give_back(first, at=MAY + HOUR)

    assert statuses(workshop) == ["left", "seated", "waiting"]
    assert kinds(second) == ["promoted"], "the letter about waiting is no longer true"
    assert fresh(third).place_in_line() == 1
    seating.give_back(first, at=MAY + HOUR)
    assert statuses(workshop) == ["left", "seated", "waiting"], "harmless when repeated"


def test_whoever_left_gets_no_entry_for_the_calendar_any_more():
    workshop = make_workshop()
    registration = take(workshop)
    seating.give_back(registration, at=MAY + HOUR)

    methods = [
        part["type"].rpartition("=")[2]
        for letter in letters_posted()
        if letter.state == "waiting"
        for part in letter.attachments
    ]
    assert methods == ["CANCEL"]


def test_a_letter_that_is_sent_again_to_whoever_left_or_after_a_move_brings_no_old_entry():
    workshop, boss = make_workshop(), make_boss()
    gone, stays = take(workshop), take(workshop)
    OutboxMessage.objects.update(state="sent", sent_at=MAY)
    seating.give_back(gone, at=MAY + HOUR)
    new = STARTS + DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=MAY + 2 * HOUR, by=boss)

    OutboxMessage.objects.filter(kind="workshop-seated").send_again(MAY + 3 * HOUR)

    entries = {
        (letter.kind, letter.subject_id): [part["type"].rpartition("=")[2] for part in letter.attachments]
        for letter in letters_posted()
    }
    assert entries == {
        ("workshop-seated", str(gone.pk)): [],
        ("workshop-seated", str(stays.pk)): [],
        ("workshop-left", str(gone.pk)): ["CANCEL"],
        ("workshop-moved", str(stays.pk)): ["REQUEST"],
    }


def test_within_a_day_a_seat_is_offered_and_after_the_start_nothing_happens():
    workshop = make_workshop(capacity=1)
    first, second, third = take(workshop), take(workshop), take(workshop)

    seating.give_back(first, at=STARTS - 20 * HOUR)
    assert statuses(workshop) == ["left", "offered", "waiting"]
    assert fresh(second).offered_until == STARTS - 16 * HOUR
    assert kinds(second) == ["waiting", "offer"]

    seating.look_after(STARTS - 16 * HOUR)
    assert statuses(workshop) == ["left", "released", "offered"]
    assert seating.answer_offer(third, take=True, at=STARTS - 15 * HOUR).has_seat()

    seating.give_back(third, at=STARTS + HOUR)
    late = Registration.objects.filter(workshop=workshop, status="offered")
    assert not late.exists() and statuses(workshop) == ["left", "released", "left"]


def test_near_the_start_there_is_half_of_what_is_left_to_answer():
    workshop = make_workshop(capacity=1)
    first, second = take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - 2 * HOUR)
    assert fresh(second).offered_until == STARTS - HOUR


def test_an_offer_is_held_for_one_person_only():
    workshop = make_workshop(capacity=1)
    first, _second = take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - 10 * HOUR)
    assert take(workshop, at=STARTS - 9 * HOUR).status == "waiting"


def test_an_offer_cannot_be_taken_too_late_and_a_no_goes_to_the_next():
    workshop = make_workshop(capacity=1)
    first, second, third = take(workshop), take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - 20 * HOUR)
    with pytest.raises(NotPossible):
        seating.answer_offer(second, take=True, at=STARTS - 16 * HOUR)
    seating.answer_offer(second, take=False, at=STARTS - 17 * HOUR)
    assert statuses(workshop) == ["left", "left", "offered"]
    assert fresh(third).is_offer_open(STARTS - 16 * HOUR)


def test_taking_an_offer_frees_the_seat_elsewhere_for_whoever_waits_there():
    here = make_workshop(capacity=1, starts_at=STARTS + 20 * DAY)
    there = make_workshop(capacity=1)
    address = make_address()
    mine = take(here, address=address)
    next_here = take(here)
    first = take(there)
    waits = take(there, address=address)
    seating.give_back(first, at=STARTS - 10 * HOUR)

    seating.answer_offer(waits, take=True, at=STARTS - 9 * HOUR)

    assert fresh(waits).has_seat() and fresh(mine).status == "left" and fresh(next_here).has_seat()
    assert "replaced" in kinds(mine)


def test_an_address_that_takes_no_letters_is_passed_over():
    workshop = make_workshop(capacity=1)
    first, silent, third = take(workshop), take(workshop), take(workshop)
    silent.address.suppressed_at = MAY
    silent.address.save()
    seating.give_back(first, at=MAY + HOUR)
    assert fresh(silent).status == "waiting" and fresh(third).has_seat()

    seating.give_back(third, at=MAY + 2 * HOUR)
    silent.address.suppressed_at = None
    silent.address.save()
    seating.look_after(MAY + 3 * HOUR)
    assert fresh(silent).has_seat(), "its seat had stayed free"


# -- Swapping ------------------------------------------------------------------------------------------------------


def test_a_swap_changes_both_sessions_at_once_and_promotes_the_next():
    here, there = make_workshop(capacity=1), make_workshop(starts_at=STARTS + DAY)
    mine, following = take(here, hopes="Fewer forms"), take(here)

    new = seating.swap(mine, there, at=MAY + HOUR)

    assert new.has_seat() and new.hopes == "Fewer forms"
    assert statuses(here) == ["left", "seated"] and fresh(following).has_seat()
    assert kinds(new) == ["swapped"] and kinds(mine) == ["replaced"]
    assert seating.swap(new, there, at=MAY + HOUR).pk == new.pk, "harmless when repeated"


def test_a_swap_into_a_full_session_keeps_the_old_seat_until_there_is_one():
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY, capacity=1)
    mine, theirs = take(here), take(there)

    new = seating.swap(mine, there, at=MAY + HOUR)
    assert new.status == "waiting" and fresh(mine).has_seat()

    seating.give_back(theirs, at=MAY + DAY)
    assert fresh(new).has_seat() and fresh(mine).status == "left"


def test_two_who_want_each_others_full_session_both_succeed_and_nobody_in_line_loses():
    here, there = make_workshop(capacity=1), make_workshop(capacity=1, starts_at=STARTS + DAY)
    ana, ben = take(here), take(there)
    waiting_here, waiting_there = take(here), take(there)

    ana_there = seating.swap(ana, there, at=MAY + HOUR)
    ben_here = seating.swap(ben, here, at=MAY + 2 * HOUR)

    assert fresh(ana_there).has_seat() and fresh(ben_here).has_seat()
    assert fresh(ana).status == fresh(ben).status == "left"
    assert fresh(waiting_here).place_in_line() == fresh(waiting_there).place_in_line() == 1
    assert kinds(ben_here) == kinds(ana_there) == ["swapped"]


def test_three_can_change_places_in_a_ring():
    sessions = [make_workshop(capacity=1, starts_at=STARTS + n * DAY) for n in range(3)]
    people = [take(session) for session in sessions]
    moved = [seating.swap(people[n], sessions[(n + 1) % 3], at=MAY + (n + 1) * HOUR) for n in range(3)]
    assert all(fresh(each).has_seat() for each in moved)
    assert not any(fresh(each).is_active for each in people)


def test_of_two_who_could_exchange_whoever_waited_longer_does():
    here, there = make_workshop(capacity=2), make_workshop(capacity=1, starts_at=STARTS + DAY)
    first, second, ben = take(here), take(here), take(there)
    first_there = seating.swap(first, there, at=MAY + HOUR)
    second_there = seating.swap(second, there, at=MAY + 2 * HOUR)
    seating.swap(ben, here, at=MAY + 3 * HOUR)
    assert fresh(first_there).has_seat() and fresh(second_there).status == "waiting"


def test_somebody_seated_in_one_and_waiting_for_another_may_ask_for_a_third():
    here = make_workshop()
    full = make_workshop(starts_at=STARTS + DAY, capacity=1)
    third = make_workshop(starts_at=STARTS + 2 * DAY)
    mine = take(here)
    take(full)
    waits = seating.swap(mine, full, at=MAY + HOUR)

    new = seating.swap(waits, third, at=MAY + 2 * HOUR)

    assert new.has_seat() and fresh(mine).status == fresh(waits).status == "left"


def test_what_was_agreed_to_goes_along():
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    done = registering.register(
        here,
        email="marta@kisumu.example",
        details=DETAILS,
        recording=True,
        language="en",
        zone="",
        network="192.0.2.0/24",
        at=MAY,
    )
    new = registering.change(done.registration, there, at=MAY + HOUR)
    assert registering.may_be_recorded(new)


def test_a_registration_that_ended_cannot_be_swapped():
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    mine = take(here)
    seating.give_back(mine, at=MAY)
    with pytest.raises(NotPossible):
        seating.swap(mine, there, at=MAY)


def test_promotion_ends_the_seat_elsewhere_and_gives_it_on():
    here, there = make_workshop(capacity=1), make_workshop(capacity=1, starts_at=STARTS + DAY)
    mine, next_here, theirs = take(here), take(here), take(there)
    waits = seating.swap(mine, there, at=MAY)
    seating.give_back(theirs, at=MAY + HOUR)

    assert fresh(waits).has_seat() and fresh(mine).status == "left" and fresh(next_here).has_seat()


# -- After the end -------------------------------------------------------------------------------------------------


def test_whoever_could_not_come_may_register_for_another_session_and_keeps_what_was():
    first, later = make_workshop(), make_workshop(starts_at=STARTS + 4 * DAY)
    address = make_address()
    missed = take(first, address=address)

    new = take(later, address=address, at=STARTS + DAY)

    assert new.has_seat() and fresh(missed).has_seat()
    with pytest.raises(NotPossible):
        seating.swap(missed, later, at=STARTS + DAY)


def test_a_promotion_leaves_the_session_alone_in_which_somebody_has_been():
    first, later = make_workshop(), make_workshop(starts_at=STARTS + 4 * DAY, capacity=1)
    address = make_address()
    came, theirs = take(first, address=address), take(later)
    waits = take(later, address=address)
    attending.enter(fresh(came), at=STARTS)

    seating.give_back(theirs, at=STARTS + DAY)

    assert fresh(waits).has_seat() and fresh(came).is_certified
    assert not letters_posted("workshop-replaced")


def test_what_is_over_can_neither_be_given_back_nor_moved_nor_cancelled():
    workshop, boss = make_workshop(), make_boss()
    came, over = take(workshop), STARTS + LASTS
    attending.enter(fresh(came), at=STARTS)
    deeds = (
        lambda: seating.give_back(came, at=over),
        lambda: seating.move(workshop, starts_at=over + DAY, ends_at=over + 2 * DAY, at=over, by=boss),
        lambda: seating.cancel(workshop, at=over, by=boss, reason="too late"),
    )
    for deed in deeds:
        with pytest.raises(NotPossible):
            deed()
    assert fresh(came).is_certified and by_hand.give_back([came.pk], reason="", by=boss, at=over).refused


def test_a_session_that_had_begun_and_moves_has_had_nobody_in_it_yet():
    workshop = make_workshop()
    came = take(workshop)
    attending.enter(fresh(came), at=STARTS)
    new = STARTS + DAY
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=STARTS + HOUR / 4, by=make_boss())
    assert fresh(came).has_seat() and fresh(came).attended_at is None


def test_an_offer_elsewhere_is_no_seat_yet_and_bars_nobody():
    near, later = make_workshop(capacity=1), make_workshop(starts_at=STARTS + 4 * DAY)
    address = make_address()
    first, offered = take(near), take(near, address=address)
    seating.give_back(first, at=STARTS - 20 * HOUR)

    seat = take(later, address=address, at=STARTS - 19 * HOUR)
    assert seat.has_seat() and fresh(offered).status == "offered"

    seating.answer_offer(offered, take=True, at=STARTS - 18 * HOUR)
    assert fresh(offered).has_seat() and fresh(seat).status == "left"


# -- What staff change ---------------------------------------------------------------------------------------------


def test_more_seats_go_to_those_who_wait_and_fewer_take_nobodys():
    workshop = make_workshop(capacity=1)
    for _ in range(4):
        take(workshop)
    boss = make_boss()
    seating.change_capacity(workshop, 3, at=MAY, by=boss)
    assert statuses(workshop) == ["seated", "seated", "seated", "waiting"]
    seating.change_capacity(workshop, 1, at=MAY, by=boss)
    assert statuses(workshop) == ["seated", "seated", "seated", "waiting"]


def test_moving_tells_everybody_starts_reminders_anew_and_forgets_those_of_the_old_time():
    workshop = make_workshop(capacity=1)
    seated, waits = take(workshop), take(workshop)
    Registration.objects.filter(pk=seated.pk).update(told={"week": MAY.isoformat()}, reconfirmed_at=MAY)

    new = STARTS + 3 * DAY
    told = seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=MAY + HOUR, by=make_boss())

    assert told == 2 and "moved" in kinds(seated) and "moved" in kinds(waits)
    assert fresh(seated).told == {"moved": (MAY + HOUR).isoformat()}
    assert fresh(seated).reconfirmed_at is None
    letter = letters_posted("workshop-moved")[0]
    assert "SEQUENCE:1" in letter.attachments[0]["text"]
    assert seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=MAY, by=make_boss()) == 0
    with pytest.raises(NotPossible):
        seating.move(workshop, starts_at=MAY, ends_at=MAY + LASTS, at=MAY + HOUR, by=make_boss())


def test_cancelling_tells_everybody_once_and_ends_every_claim():
    workshop = make_workshop(capacity=1)
    seated, waits = take(workshop), take(workshop)

    assert seating.cancel(workshop, at=MAY + HOUR, by=make_boss(), reason="The speaker is ill.") == 2
    assert seating.cancel(workshop, at=MAY + HOUR, by=make_boss(), reason="again") == 0

    assert statuses(workshop) == ["cancelled", "cancelled"]
    assert kinds(seated) == kinds(waits) == ["cancelled"]
    told = {letter.subject_id: letter for letter in letters_posted("workshop-cancelled")}
    assert "METHOD:CANCEL" in told[str(seated.pk)].attachments[0]["text"]
    assert told[str(waits.pk)].attachments == []
    take(make_workshop(starts_at=STARTS + DAY), address=seated.address)


# -- What time brings ----------------------------------------------------------------------------------------------


def test_an_address_that_never_answers_gives_its_seat_to_the_next():
    workshop = make_workshop(capacity=1)
    silent, following = take(workshop, confirmed=False), take(workshop)

    assert seating.look_after(MAY + 48 * HOUR - timedelta(seconds=1)) == 0
    assert seating.look_after(MAY + 48 * HOUR) == 1
    assert seating.look_after(MAY + 48 * HOUR) == 0

    assert statuses(workshop) == ["released", "seated"]
    assert kinds(silent) == ["released"] and kinds(following) == ["promoted"]


def test_near_the_start_the_time_to_confirm_is_shorter_but_never_less_than_an_hour():
    workshop = make_workshop(capacity=9)
    assert take(workshop, confirmed=False, at=STARTS - 10 * HOUR).confirm_by == STARTS - 5 * HOUR
    assert take(workshop, confirmed=False, at=STARTS - HOUR).confirm_by == STARTS


def test_whoever_answered_keeps_the_seat():
    workshop = make_workshop()
    registration = take(workshop, confirmed=False)
    registration.address.confirm(MAY + HOUR)
    seating.look_after(MAY + 5 * DAY)
    assert fresh(registration).has_seat()


def test_silence_costs_the_seat_only_where_the_workshop_says_so_and_only_of_those_who_were_asked():
    workshop = make_workshop(capacity=4, silence_costs_seat=True)
    asked, answered, never_asked, asked_late = (take(workshop) for _ in range(4))
    told = {"reconfirm": (STARTS - 47 * HOUR).isoformat(), "warned": True}
    Registration.objects.filter(pk__in=[asked.pk, answered.pk]).update(told=told)
    Registration.objects.filter(pk=never_asked.pk).update(told={"reconfirm": ""})
    late = {"reconfirm": (STARTS - 25 * HOUR).isoformat(), "warned": True}
    Registration.objects.filter(pk=asked_late.pk).update(told=late)
    seating.reconfirm(answered, at=STARTS - 40 * HOUR)

    seating.look_after(STARTS - 24 * HOUR)
    assert statuses(workshop) == ["released", "seated", "seated", "seated"]
    seating.look_after(STARTS - 13 * HOUR)
    assert statuses(workshop) == ["released", "seated", "seated", "released"]

    kind = make_workshop(starts_at=STARTS + 3 * DAY)
    quiet = take(kind)
    Registration.objects.filter(pk=quiet.pk).update(told={"reconfirm": MAY.isoformat()})
    seating.look_after(STARTS + 2 * DAY + HOUR)
    assert fresh(quiet).has_seat()


def test_who_was_told_that_silence_costs_nothing_keeps_the_seat_whatever_staff_decide_later():
    workshop = make_workshop()
    quiet = take(workshop)
    reminding.remind(STARTS - 47 * HOUR)
    Workshop.objects.update(silence_costs_seat=True)

    seating.look_after(STARTS - 20 * HOUR)

    assert fresh(quiet).has_seat()


def test_the_time_to_confirm_that_was_promised_stays_when_staff_choose_another():
    workshop = make_workshop()
    silent = take(workshop, confirmed=False)
    Workshop.objects.update(confirm_hours=2)

    seating.look_after(MAY + 48 * HOUR - timedelta(seconds=1))
    assert fresh(silent).has_seat()
    seating.look_after(MAY + 48 * HOUR)
    assert fresh(silent).status == "released"


def test_changing_sessions_gives_an_unconfirmed_address_no_more_time():
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    silent = take(here, confirmed=False)

    new = seating.swap(silent, there, at=MAY + 40 * HOUR)
    seating.look_after(MAY + 48 * HOUR)

    assert fresh(new).status == "released"


def test_a_session_that_moves_nearer_says_until_when_to_confirm_and_to_take_the_offer():
    workshop, boss = make_workshop(capacity=1), make_boss()
    silent = take(workshop, confirmed=False, at=STARTS - 30 * HOUR)
    new = STARTS - 24 * HOUR
    seating.move(workshop, starts_at=new, ends_at=new + LASTS, at=STARTS - 28 * HOUR, by=boss)
    assert fresh(silent).confirm_by == STARTS - 26 * HOUR
    [letter] = letters_posted("workshop-moved")
    assert "Wednesday 2 June 2027, 13:30 Paris time" in " ".join(written(letter).text.split())

    near = make_workshop(capacity=1)
    first, offered = take(near), take(near)
    seating.give_back(first, at=STARTS - 10 * HOUR)
    new = STARTS - 8 * HOUR
    seating.move(near, starts_at=new, ends_at=new + LASTS, at=STARTS - 10 * HOUR, by=boss)
    assert fresh(offered).offered_until == STARTS - 9 * HOUR
    assert kinds(offered) == ["moved"], "the letter of the offer told the old time"
    said = written(letters_posted("workshop-moved")[-1]).text
    assert "still waits for you" in said and "stay in line" not in said


def test_a_seat_that_was_offered_is_not_taken_after_the_start():
    workshop = make_workshop(capacity=1)
    first, offered = take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - HOUR)
    Registration.objects.filter(pk=offered.pk).update(offered_until=STARTS + HOUR)
    with pytest.raises(NotPossible):
        seating.answer_offer(offered, take=True, at=STARTS)


def test_the_log_tells_how_every_seat_changed_hands():
    workshop = make_workshop(capacity=1)
    first, second = take(workshop), take(workshop)
    seating.give_back(first, at=MAY + HOUR)

    said = [(step.registration_id, step.was, step.became, step.why) for step in Step.objects.order_by("pk")]
    assert said == [
        (first.pk, "", "seated", "registered"),
        (second.pk, "", "waiting", "registered"),
        (first.pk, "seated", "left", "given back"),
        (second.pk, "waiting", "seated", "promoted"),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_no_seat_is_given_twice_and_none_stays_empty_while_somebody_waits(seed):
    chance = random.Random(seed)
    sessions = [make_workshop(capacity=2, starts_at=STARTS + n * DAY) for n in range(3)]
    people = [make_address() for _ in range(9)]
    at = MAY
    for _ in range(60):
        at += timedelta(minutes=1)
        active = list(Registration.objects.active())
        try:
            match chance.choice(["take", "take", "swap", "swap", "leave"]):
                case "take":
                    take(chance.choice(sessions), address=chance.choice(people), at=at)
                case "swap" if active:
                    seating.swap(chance.choice(active), chance.choice(sessions), at=at)
                case "leave" if active:
                    seating.give_back(chance.choice(active), at=at)
        except SeatedElsewhere:
            continue
        for session in sessions:
            seated = session.registrations.seated().count()
            assert seated <= 2
            assert seated == 2 or not session.registrations.waiting().exists()
        seats = list(Registration.objects.seated().values_list("address_id", flat=True))
        assert len(seats) == len(set(seats))
