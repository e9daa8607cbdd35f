"""«When what is allowed»: every cell of the table, and the nights on which clocks jump."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from cases.drafting import CallClosed, NotAllowed
from cases.models import Call, Case, Colleague
from cases.models.call import LINKS_LIVE_ON, Standing
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    OPENS,
    SECOND,
    author_of,
    begun_by,
    key_for,
    letters_posted,
    make_boss,
    make_call,
    make_draft,
    make_submission,
    make_upload,
    write,
)

pytestmark = pytest.mark.django_db

GRACE_ENDS = CLOSES + 15 * MINUTE
WEEK_ENDS = GRACE_ENDS + 7 * DAY
REOPENED = CLOSES + 40 * DAY
REOPENED_UNTIL = REOPENED + 2 * DAY


# -- The table -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    words: str
    at: datetime
    reopened: bool = False


MOMENTS = (
    Moment("a second before the close", CLOSES - SECOND),
    Moment("at the close", CLOSES),
    Moment("in the last second of the grace", GRACE_ENDS - SECOND),
    Moment("when the grace is over", GRACE_ENDS),
    Moment("in the last second of the week after it", WEEK_ENDS - SECOND),
    Moment("when that week is over", WEEK_ENDS),
    Moment("in flight while it is reopened", REOPENED - SECOND, reopened=True),
    Moment("when it is reopened", REOPENED, reopened=True),
    Moment("in the last second of the reopening", REOPENED_UNTIL - SECOND, reopened=True),
    Moment("when the reopening is over", REOPENED_UNTIL, reopened=True),
    Moment("when the week after the reopening is over", REOPENED_UNTIL + 7 * DAY, reopened=True),
)

#: «kept»: done, and marked late. «late»: not done, but the case is marked late. One word for each moment.
TABLE = {
    "start a draft": "yes no no no no no – – – – –",
    "type": "yes yes yes kept kept no kept yes yes kept no",
    "attach a file": "yes yes yes kept kept no kept yes yes kept no",
    "remove a file": "yes yes yes yes yes no yes yes yes yes no",
    "add a jurisdiction": "yes yes yes yes yes no yes yes yes yes no",
    "invite a colleague": "yes yes yes yes yes no yes yes yes yes no",
    "hand in": "yes yes yes late late no late yes yes late no",
    "change and hand in again": "yes yes yes late late no late yes yes late no",
    "hand in the changes that were requested": "yes yes yes yes yes yes yes yes yes yes yes",
    "hand in again after withdrawing": "yes yes yes late late no late yes yes late no",
    "ask for reopening": "no no no yes yes yes yes no no yes yes",
    "withdraw": "yes yes yes yes yes yes yes yes yes yes yes",
}
CELLS = [
    pytest.param(what, moment, word, id=f"{what} {moment.words}: {word}")
    for what, words in TABLE.items()
    for moment, word in zip(MOMENTS, words.split(), strict=True)
    if word != "–"
]


@pytest.mark.parametrize(("what", "moment", "word"), CELLS)
def test_what_is_allowed_when(what: str, moment: Moment, word: str):
    case = ready_for(what)
    if moment.reopened:
        Case.objects.filter(pk=case.pk).update(reopened_at=REOPENED, reopened_until=REOPENED_UNTIL)

    try:
        happened = DEEDS[what](case, moment.at)
    except (CallClosed, NotAllowed):
        happened = False

    late = Case.objects.get(pk=case.pk).late_at == moment.at
    assert {(True, False): "yes", (True, True): "kept", (False, True): "late", (False, False): "no"}[
        happened, late
    ] == word
    assert bool(letters_posted("kept-late")) == late


def ready_for(what: str) -> Case:
    if what in ("start a draft", "type", "attach a file", "remove a file", "add a jurisdiction"):
        return make_draft()
    case = make_draft(complete=True)
    if what in ("change and hand in again", "withdraw"):
        make_submission(case)
    if what == "hand in the changes that were requested":
        make_submission(case)
        Case.objects.filter(pk=case.pk).update(status=Case.Status.CHANGES_REQUESTED)
    if what == "hand in again after withdrawing":
        make_submission(case)
        submitting.withdraw(case, by=author_of(case), at=NOON)
    return case


def start(case: Case, at: datetime) -> bool:
    return drafting.start_draft(case.call, **begun_by("ana@example.org"), at=at).case != case


def type_words(case: Case, at: datetime) -> bool:
    write(author_of(case), at=at, overview="New words")
    return Case.objects.get(pk=case.pk).answers["overview"] == "New words"


def attach(case: Case, at: datetime) -> bool:
    drafting.attach(author_of(case), make_upload(), at=at)
    return case.attachments.kept().count() == 1


def detach(case: Case, at: datetime) -> bool:
    attached = drafting.attach(author_of(case), make_upload(), at=NOON)
    drafting.detach(author_of(case), attached.code, at=at)
    return not case.attachments.kept().exists()


def add_jurisdiction(case: Case, at: datetime) -> bool:
    return bool(drafting.add_jurisdiction(author_of(case), at=at))


def invite(case: Case, at: datetime) -> bool:
    ana = {"email": "ana@example.org", "name": "Ana", "role": Colleague.Role.EDITOR}
    return drafting.invite(author_of(case), **ana, at=at).may_write


def hand_in(case: Case, at: datetime) -> bool:
    return submitting.hand_in(author_of(case), at=at).arrived_at == at


def change_and_hand_in(case: Case, at: datetime) -> bool:
    case.answers["overview"] = "Told better."
    case.save(update_fields=["answers"])
    return submitting.hand_in(author_of(case), at=at).number == 2


def ask_for_reopening(case: Case, at: datetime) -> bool:
    submitting.ask_reopening(author_of(case), words="The river rose.", at=at)
    return Case.objects.asking_for_reopening().get() == case


def withdraw(case: Case, at: datetime) -> bool:
    submitting.withdraw(case, by=author_of(case), at=at)
    return Case.objects.get(pk=case.pk).status == Case.Status.WITHDRAWN


DEEDS = {
    "start a draft": start,
    "type": type_words,
    "attach a file": attach,
    "remove a file": detach,
    "add a jurisdiction": add_jurisdiction,
    "invite a colleague": invite,
    "hand in": hand_in,
    "change and hand in again": change_and_hand_in,
    "hand in the changes that were requested": change_and_hand_in,
    "hand in again after withdrawing": hand_in,
    "ask for reopening": ask_for_reopening,
    "withdraw": withdraw,
}

# -- Reading, always -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "closed_for",
    [-DAY, timedelta(), 5 * MINUTE, DAY, 8 * DAY, 29 * DAY, 400 * DAY],
    ids=["open", "at the close", "in the grace", "after", "a week after", "a month after", "a year after"],
)
@pytest.mark.parametrize("page", ["overview", "print", "copy_txt"])
def test_people_can_always_read_print_and_download_their_text(client, closed_for, page):
    now = timezone.now()
    call = make_call(opens_at=now - 500 * DAY, closes_at=now - closed_for)
    case = make_draft(call, complete=True, begun_at=now - 450 * DAY)

    answer = key_for(client, author_of(case)).get(reverse(f"cases:{page}", args=[case.code]))

    assert answer.status_code == 200
    words = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"Shared river flood warnings" in words


# -- What the table leaves between its lines ---------------------------------------------------------------------


def test_the_first_instant_of_the_call_is_in_time_and_the_one_before_is_not():
    case = make_draft()

    with pytest.raises(CallClosed):
        start(case, OPENS - SECOND)

    assert start(case, OPENS)


def test_the_grace_is_not_for_a_draft_begun_after_the_close():
    case = make_draft(complete=True, begun_at=CLOSES)

    assert case.call.standing(case, CLOSES + MINUTE) is Standing.KEPT


def test_a_call_without_grace_ends_with_its_close():
    call = make_call(grace_minutes=0)
    case = make_draft(call, complete=True)

    with pytest.raises(submitting.TooLate) as too_late:
        submitting.hand_in(author_of(case), at=CLOSES)

    assert too_late.value.standing is Standing.KEPT


@pytest.mark.parametrize(
    "status",
    [Case.Status.PUBLISHED, Case.Status.ARCHIVED, Case.Status.DRAFT],
    ids=lambda status: status.label,
)
def test_a_case_that_is_published_archived_or_a_draft_cannot_be_withdrawn(status):
    case = make_draft(complete=True) if status == Case.Status.DRAFT else make_submission().case
    Case.objects.filter(pk=case.pk).update(status=status)

    with pytest.raises(NotAllowed):
        withdraw(case, NOON)

    assert Case.objects.get(pk=case.pk).status == status


@pytest.mark.parametrize(
    "status",
    [Case.Status.ON_HOLD, Case.Status.ACCEPTED, Case.Status.NOT_PUBLISHED, Case.Status.PUBLISHED],
    ids=lambda status: status.label,
)
def test_a_case_that_was_decided_on_cannot_be_handed_in_again(status):
    case = make_submission().case
    Case.objects.filter(pk=case.pk).update(status=status)
    case.refresh_from_db()

    with pytest.raises(NotAllowed):
        change_and_hand_in(case, NOON)

    assert case.submissions.count() == 1


# -- Reopening -------------------------------------------------------------------------------------------------


def test_staff_reopen_one_draft_until_an_instant_and_its_author_is_told():
    case = make_draft(complete=True)
    submitting.ask_reopening(author_of(case), words="The river rose.", at=GRACE_ENDS)

    submitting.reopen(case, until=REOPENED_UNTIL, reason="A flood", by=make_boss(), at=REOPENED)

    case.refresh_from_db()
    assert case.reopening_asked_at is None
    assert hand_in(case, REOPENED_UNTIL - SECOND)
    assert [letter.kind for letter in letters_posted()] == ["reopened", "receipt"]


def test_reopening_one_draft_leaves_the_others_closed():
    mine, other = make_draft(complete=True), make_draft(complete=True)

    submitting.reopen(mine, until=REOPENED_UNTIL, reason="A flood", by=make_boss(), at=REOPENED)

    with pytest.raises(submitting.TooLate):
        hand_in(other, REOPENED)


@pytest.mark.parametrize(
    ("until", "reason"), [(REOPENED_UNTIL, "  "), (REOPENED, "A flood")], ids=["no reason", "already over"]
)
def test_reopening_needs_a_reason_and_an_instant_to_come(until, reason):
    case = make_draft(complete=True)

    with pytest.raises(NotAllowed):
        submitting.reopen(case, until=until, reason=reason, by=make_boss(), at=REOPENED)

    assert letters_posted() == []


def test_who_misses_the_reopening_too_is_told_once_more():
    case = make_draft(complete=True)
    for late in (GRACE_ENDS, GRACE_ENDS + HOUR):
        type_words(case, late)
    submitting.reopen(case, until=REOPENED_UNTIL, reason="A flood", by=make_boss(), at=REOPENED)

    for late in (REOPENED_UNTIL, REOPENED_UNTIL + HOUR):
        with pytest.raises(submitting.TooLate):
            hand_in(case, late)

    assert [letter.created_at for letter in letters_posted("kept-late")] == [GRACE_ENDS, REOPENED_UNTIL]


def test_links_to_a_reopened_case_live_until_a_month_after_the_reopening():
    case = make_draft(complete=True)

    submitting.reopen(case, until=REOPENED_UNTIL, reason="A flood", by=make_boss(), at=REOPENED)

    (letter,) = letters_posted("reopened")
    assert letter.context["link"]["link"]["until"] == int((REOPENED_UNTIL + LINKS_LIVE_ON).timestamp())


# -- Nights on which clocks jump -----------------------------------------------------------------------------------

PARIS, SANTIAGO = ZoneInfo("Europe/Paris"), ZoneInfo("America/Santiago")
NIGHTS = {
    "before clocks go forward in Paris": datetime(2027, 3, 28, 1, 50, tzinfo=PARIS),
    "as clocks go forward in Paris": datetime(2027, 3, 28, 3, 0, tzinfo=PARIS),
    "before clocks go back in Paris": datetime(2027, 10, 31, 2, 50, tzinfo=PARIS),
    "after clocks went back in Paris": datetime(2027, 10, 31, 2, 50, fold=1, tzinfo=PARIS),
    "in the week before clocks go back in Paris": datetime(2027, 10, 28, 0, 0, tzinfo=PARIS),
    "at midnight, as clocks go back in Santiago": datetime(2027, 4, 4, 0, 0, tzinfo=SANTIAGO),
}


@pytest.mark.parametrize("closes_at", NIGHTS.values(), ids=NIGHTS.keys())
def test_the_grace_lasts_fifteen_minutes_and_words_are_kept_for_168_hours_on_nights(closes_at):
    made = make_call(opens_at=datetime(2027, 1, 1, tzinfo=UTC), closes_at=closes_at)
    call = Call.objects.held_still(made.pk)
    case = make_draft(call, begun_at=datetime(2027, 1, 2, tzinfo=UTC))
    close = closes_at.astimezone(UTC)

    steps = [-SECOND, 0 * SECOND, 15 * MINUTE - SECOND, 15 * MINUTE]
    steps += [15 * MINUTE + 168 * HOUR - SECOND, 15 * MINUTE + 168 * HOUR]

    assert [call.standing(case, close + step).value for step in steps] == [
        "open",
        "grace",
        "grace",
        "kept",
        "kept",
        "over",
    ]


def test_the_end_of_21_may_in_paris_is_two_hours_before_midnight_in_utc():
    call = make_call(closes_at=datetime(2027, 5, 22, tzinfo=PARIS))

    call.refresh_from_db()

    assert call.closes_at == CLOSES
    assert call.is_open(CLOSES - SECOND)
    assert not call.is_open(CLOSES)
