"""Two people at once, or twenty: real threads, real locks, on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from cases import drafting, submitting
from cases.drafting import NotAllowed, TooMany
from cases.models import Attachment, Call, Case, Change, Colleague, Extension, Numbering, Submission
from cases.reminding import remind
from cases.submitting import DeadlineMoved, TooLate
from outbox.models import OutboxMessage
from people import limits
from people.models import Address, Allowance, Consent, Event, User
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    NOON,
    OPENS,
    author_of,
    bases_of,
    begun_by,
    letters_posted,
    make_address,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    make_upload,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(8)
LATER = CLOSES + 7 * DAY


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Begin all of them at the same moment, each on a connection of its own; what each returned or raised."""
    together, came_of = Barrier(len(deeds)), [None] * len(deeds)

    def one(number: int) -> None:
        try:
            together.wait()
            came_of[number] = deeds[number]()
        except Exception as error:
            came_of[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=one, args=[number]) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_of


def kinds_of(outcomes: list[Any]) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


# -- Handing in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_handed_in_eight_times_at_once_is_handed_in_once_with_one_receipt(round):
    case = make_draft(complete=True)
    parts = [author_of(case) for _press in range(8)]

    outcomes = at_once(*(lambda part=part: submitting.hand_in(part, at=NOON) for part in parts))

    assert set(outcomes) == {Submission.objects.get()}
    assert len(letters_posted("receipt")) == 1
    assert Consent.objects.count() == 4
    assert Event.objects.filter(action="handed in").count() == 1
    assert Numbering.objects.get().last == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_two_people_who_hand_in_at_once_hold_the_same_submission_and_each_a_letter_at_most(round):
    case = make_draft(complete=True)
    marta, ana = author_of(case), make_colleague(case)

    outcomes = at_once(lambda: submitting.hand_in(marta, at=NOON), lambda: submitting.hand_in(ana, at=NOON))

    assert set(outcomes) == {Submission.objects.get()}
    by = Submission.objects.get().by
    told = {letter.address for letter in letters_posted("receipt")}
    assert told == ({marta.address} if by == marta else {marta.address, ana.address})


def test_twenty_cases_handed_in_at_once_get_twenty_consecutive_references():
    call = make_call()
    parts = [author_of(make_draft(call, complete=True)) for _n in range(20)]

    outcomes = at_once(*(lambda part=part: submitting.hand_in(part, at=NOON) for part in parts))

    assert kinds_of(outcomes) == {"Submission": 20}
    given = sorted(Case.objects.values_list("reference", flat=True))
    assert given == [f"XB-2027-{n:04}" for n in range(1, 21)]


def test_a_hand_in_that_fails_among_others_leaves_no_hole_in_the_numbers():
    call = make_call()
    parts = [author_of(make_draft(call, complete=n % 4 != 0)) for n in range(16)]

    outcomes = at_once(*(lambda part=part: submitting.hand_in(part, at=NOON) for part in parts))

    assert kinds_of(outcomes) == {"Submission": 12, "Incomplete": 4}
    given = sorted(Case.objects.filter(reference__isnull=False).values_list("reference", flat=True))
    assert given == [f"XB-2027-{n:04}" for n in range(1, 13)]


@pytest.mark.parametrize("round", ROUNDS)
def test_withdrawing_and_handing_in_a_change_at_once_end_in_one_of_the_two_and_say_so(round):
    case = make_submission().case
    case.answers = {**case.answers, "title": "Better"}
    case.save()
    withdrawing, handing_in = author_of(case), author_of(case)

    _withdrawn, handed_in = at_once(
        lambda: submitting.withdraw(case, by=withdrawing, at=NOON),
        lambda: submitting.hand_in(handing_in, at=NOON),
    )

    assert handed_in == Submission.objects.get(number=2)
    last = Event.objects.filter(object_kind="case").order_by("pk").last().action
    case.refresh_from_db()
    assert case.status == {"withdrawn": Case.Status.WITHDRAWN, "handed in": Case.Status.HANDED_IN}[last]


# -- The deadline ------------------------------------------------------------------------------------------------


def extend(call: Call, by: User, closes_at=LATER, *, at=NOON) -> Extension:
    why = {"en": "Many of you asked for it."}
    return submitting.extend_deadline(call, closes_at=closes_at, expected=CLOSES, reason=why, by=by, at=at)


@pytest.mark.parametrize("round", ROUNDS)
def test_an_extension_that_crosses_a_late_hand_in_comes_before_it_or_after_it(round):
    call, lea = make_call(), make_boss()
    part, at = author_of(make_draft(call, complete=True)), CLOSES + HOUR

    extension, handed_in = at_once(lambda: extend(call, lea, at=at), lambda: submitting.hand_in(part, at=at))

    assert isinstance(extension, Extension)
    case, kept_late = Case.objects.get(), letters_posted("kept-late")
    assert len(letters_posted("deadline-extended")) == 1
    if isinstance(handed_in, TooLate):
        assert (case.status, case.late_at, len(kept_late)) == (Case.Status.DRAFT, at, 1)
        assert submitting.hand_in(part, at=at).in_time == "open"
    else:
        assert handed_in.in_time == "open"
        assert (case.status, case.late_at, kept_late) == (Case.Status.HANDED_IN, None, [])


@pytest.mark.parametrize("round", ROUNDS)
def test_who_hands_in_while_the_deadline_moves_is_told_of_it_only_if_the_case_was_still_a_draft(round):
    call, lea = make_call(), make_boss()
    part = author_of(make_draft(call, complete=True))

    at_once(lambda: extend(call, lea), lambda: submitting.hand_in(part, at=NOON))

    first = Event.objects.order_by("pk").first().action
    assert Submission.objects.count() == Extension.objects.count() == 1
    assert len(letters_posted("deadline-extended")) == (1 if first == "deadline extended" else 0)


def test_of_eight_people_who_extend_at_once_one_does_and_seven_look_again():
    call, lea = make_call(), make_boss()
    make_draft(call)

    outcomes = at_once(*(lambda n=n: extend(call, lea, LATER + n * DAY) for n in range(8)))

    assert kinds_of(outcomes) == {"Extension": 1, DeadlineMoved.__name__: 7}
    call.refresh_from_db()
    assert call.closes_at == Extension.objects.get().closes_at
    assert len(letters_posted("deadline-extended")) == 1


def without_waiting(deed: Callable[[], Any]) -> Callable[[], Any]:
    """The deed, in a transaction that would rather fail than wait for a lock."""

    def hurried() -> Any:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            return deed()

    return hurried


def test_while_somebody_hands_in_the_deadline_stands_still_and_others_hand_in_beside_them():
    call, lea = make_call(), make_boss()
    mine, other = (author_of(make_draft(call, complete=True)) for _n in range(2))
    Numbering.objects.create(call=call)

    with transaction.atomic():
        Call.objects.held_still(call.pk)
        Case.objects.locked().get(pk=mine.case_id)
        extension, beside = at_once(
            without_waiting(lambda: extend(call, lea)),
            without_waiting(lambda: submitting.hand_in(other, at=NOON)),
        )

    assert isinstance(extension, OperationalError)
    assert isinstance(beside, Submission)


def test_while_the_deadline_moves_nobody_hands_in_by_the_old_one():
    call = make_call()
    part = author_of(make_draft(call, complete=True))

    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        (handed_in,) = at_once(without_waiting(lambda: submitting.hand_in(part, at=NOON)))

    assert isinstance(handed_in, OperationalError)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("round", ROUNDS)
def test_a_reminder_that_crosses_an_extension_never_leaves_with_the_old_deadline(round):
    call, lea, at = make_call(), make_boss(), CLOSES - 2 * DAY
    for _n in range(3):
        make_draft(call, begun_at=OPENS)

    at_once(lambda: extend(call, lea, at=at), lambda: remind(at))

    waiting = OutboxMessage.objects.waiting().filter(kind="reminder")
    assert [letter.context["closes_at"] for letter in waiting] == []
    assert len(letters_posted("deadline-extended")) == 3


def test_four_workers_that_look_for_reminders_at_once_post_each_once():
    call = make_call()
    for _n in range(30):
        make_draft(call, begun_at=OPENS)

    posted = at_once(*(lambda: remind(CLOSES - DAY) for _worker in range(4)))

    remind(CLOSES - DAY)  # what one worker held, the next look finds
    assert len(letters_posted("reminder")) == 30
    assert sum(posted) <= 30


# -- Writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_of_eight_editors_of_one_answer_one_is_saved_and_seven_see_both_texts(round):
    case = make_draft(answers={"overview": "Old words"})
    people = [author_of(case), *(make_colleague(case, name=f"Editor {n}") for n in range(7))]
    page = bases_of(people[0], "overview")

    outcomes = at_once(
        *(
            lambda part=part: drafting.save(part, {"overview": f"By {part.name}"}, page, at=NOON)
            for part in people
        )
    )

    kept = Case.objects.get().answers["overview"]
    saved = [outcome for outcome in outcomes if outcome.changed]
    asked = [conflict for outcome in outcomes for conflict in outcome.conflicts]
    assert (len(saved), len(asked)) == (1, 7)
    assert {(conflict.theirs, f"By {conflict.by}") for conflict in asked} == {(kept, kept)}
    assert {conflict.mine for conflict in asked} == {f"By {part.name}" for part in people} - {kept}
    assert Change.objects.get().before == "Old words"


@pytest.mark.parametrize("round", ROUNDS)
def test_eight_editors_of_different_answers_all_keep_their_words(round):
    case = make_draft()
    fields = ("title", "overview", "innovative", "results", "challenges", "lessons", "users", "conditions")
    people = [author_of(case), *(make_colleague(case) for _n in range(7))]

    outcomes = at_once(
        *(
            lambda part=part, field=field: drafting.save(part, {field: f"By {part.pk}"}, {}, at=NOON)
            for part, field in zip(people, fields, strict=True)
        )
    )

    assert [outcome.conflicts for outcome in outcomes] == [[]] * 8
    assert Case.objects.get().answers == {
        field: f"By {part.pk}" for part, field in zip(people, fields, strict=True)
    }


def test_the_same_save_sent_four_times_at_once_is_one_change():
    part = author_of(make_draft())

    outcomes = at_once(*(lambda: drafting.save(part, {"title": "Title"}, {}, at=NOON) for _n in range(4)))

    assert [outcome.conflicts for outcome in outcomes] == [[]] * 4
    assert len({outcome.bases["title"] for outcome in outcomes}) == 1
    assert Change.objects.count() == 1


def test_twenty_five_jurisdictions_added_at_once_are_twenty():
    part = author_of(make_draft())

    outcomes = at_once(*(lambda: drafting.add_jurisdiction(part, at=NOON) for _n in range(25)))

    assert kinds_of(outcomes) == {"str": 20, TooMany.__name__: 5}
    assert len(Case.objects.get().answers["jurisdictions"]) == 20


def test_twelve_files_sent_at_once_are_ten_and_the_same_file_twice_is_one():
    part, other = author_of(make_draft()), author_of(make_draft())

    many = at_once(*(lambda n=n: drafting.attach(part, make_upload(f"{n}.txt"), at=NOON) for n in range(12)))
    same = at_once(*(lambda: drafting.attach(other, make_upload(), at=NOON) for _n in range(4)))

    assert kinds_of(many) == {"Attachment": 10, TooMany.__name__: 2}
    assert set(same) == {Attachment.objects.get(case=other.case)}


@pytest.mark.parametrize("round", ROUNDS)
def test_deleting_a_draft_while_somebody_saves_leaves_nothing_behind(round):
    case = make_draft()
    marta, ana = author_of(case), make_colleague(case)

    deleted, saved = at_once(
        lambda: drafting.delete_draft(marta, at=NOON),
        lambda: drafting.save(ana, {"title": "Title"}, {}, at=NOON),
    )

    assert deleted is None
    assert isinstance(saved, drafting.Saved | Case.DoesNotExist)
    assert not Case.objects.exists() and not Change.objects.exists() and not Colleague.objects.exists()


# -- Beginning -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_start_pressed_eight_times_at_once_begins_one_draft_with_one_letter(round):
    call, form = make_call(), begun_by("marta@example.org")

    outcomes = at_once(*(lambda: drafting.start_draft(call, **form, at=NOON) for _press in range(8)))

    assert set(outcomes) == {Colleague.objects.get()}
    assert Case.objects.count() == Address.objects.count() == len(letters_posted()) == 1


def test_one_new_person_who_begins_in_four_windows_at_once_has_four_drafts_and_one_address():
    call = make_call()
    forms = [begun_by("marta@example.org") for _window in range(4)]

    outcomes = at_once(*(lambda form=form: drafting.start_draft(call, **form, at=NOON) for form in forms))

    assert kinds_of(outcomes) == {"Colleague": 4}
    assert Case.objects.count() == 4
    assert Address.objects.count() == 1
    assert Counter(letter.due_at for letter in letters_posted()) == {NOON: 3, NOON + DAY: 1}


def test_forty_people_cannot_share_a_limit_of_ten():
    outcomes = at_once(
        *(
            lambda: limits.take("draft", "192.0.2.0/24", at=NOON, limit=10, window=limits.HOUR)
            for _n in range(40)
        )
    )

    assert Counter(outcomes) == {True: 10, False: 30}
    assert Allowance.objects.get().used == 10


# -- People --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_handed_over_to_two_people_at_once_has_one_author(round):
    case = make_draft()
    ana, li = make_colleague(case, name="Ana"), make_colleague(case, name="Li")
    windows = [author_of(case), author_of(case)]

    outcomes = at_once(
        lambda: drafting.hand_over(windows[0], ana.pk, at=NOON),
        lambda: drafting.hand_over(windows[1], li.pk, at=NOON),
    )

    assert kinds_of(outcomes) == {"Colleague": 1, NotAllowed.__name__: 1}
    assert author_of(case) in outcomes
    assert len(letters_posted("handed-over")) == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_handing_over_to_somebody_who_is_removed_at_once_leaves_an_author_who_is_there(round):
    case = make_draft()
    ana, windows = make_colleague(case), [author_of(case), author_of(case)]

    at_once(
        lambda: drafting.hand_over(windows[0], ana.pk, at=NOON),
        lambda: drafting.remove_colleague(windows[1], ana.pk, at=NOON),
    )

    assert author_of(case).removed_at is None


@pytest.mark.parametrize("round", ROUNDS)
def test_an_address_corrected_twice_at_once_is_corrected_once(round):
    case = make_draft(author=make_address("mrata@example.org"))
    windows = [author_of(case), author_of(case)]

    outcomes = at_once(
        lambda: drafting.correct_address(windows[0], "marta@example.org", at=NOON),
        lambda: drafting.correct_address(windows[1], "mart@example.org", at=NOON),
    )

    assert kinds_of(outcomes) == {"Colleague": 1, NotAllowed.__name__: 1}
    assert author_of(case).generation == 2
    assert [letter.address for letter in letters_posted("resume-link")] == [author_of(case).address]


def test_one_colleague_invited_four_times_at_once_takes_part_once():
    case = make_draft()
    windows = [author_of(case) for _n in range(4)]
    ana = {"email": "ana@example.org", "name": "Ana", "role": Colleague.Role.EDITOR}

    outcomes = at_once(*(lambda part=part: drafting.invite(part, **ana, at=NOON) for part in windows))

    assert kinds_of(outcomes) == {"Colleague": 4}
    assert case.colleagues.count() == 2
