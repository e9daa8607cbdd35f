"""The programme's call: which year's it is, loaded once, and left alone afterwards."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cases import announcing
from cases.models import Call, Example, Numbering
from cases.programme import load_call, programme_year
from cases.questions import QUESTIONS
from tests.makers import CLOSES, DAY, OPENS, SECOND, make_call

PARIS = ZoneInfo("Europe/Paris")
LAST_WORKSHOP_ENDS = datetime(2027, 6, 10, 12, 30, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), 2027),
        (datetime(2027, 1, 1, tzinfo=PARIS), 2027),
        (datetime(2027, 5, 22, tzinfo=PARIS), 2027),
        (LAST_WORKSHOP_ENDS - SECOND, 2027),
        (LAST_WORKSHOP_ENDS, 2028),
        (datetime(2027, 11, 24, tzinfo=UTC), 2028),
    ],
    ids=["new year in Paris", "January", "after the close", "last workshop", "its end", "November"],
)
def test_the_programme_is_that_of_the_coming_21_may_until_its_last_workshop_is_over(at, year):
    assert programme_year(at) == year


@pytest.mark.django_db
def test_it_opens_when_it_is_loaded_and_closes_with_the_end_of_21_may_in_paris():
    call, made = load_call(OPENS)

    call.refresh_from_db()
    assert made
    assert (call.year, call.opens_at, call.closes_at, call.zone_name) == (2027, OPENS, CLOSES, "Europe/Paris")
    assert call.grace_minutes == 15
    assert call.is_open(OPENS) and Call.objects.current(OPENS) == call


@pytest.mark.django_db
@pytest.mark.parametrize("at", [CLOSES - DAY, CLOSES + DAY], ids=["a day before the close", "a day after it"])
def test_it_can_be_loaded_around_the_close(at):
    call, _made = load_call(at)

    assert call.opens_at < call.closes_at == CLOSES


@pytest.mark.django_db
def test_loading_again_changes_nothing_that_staff_have_edited():
    call, _made = load_call(OPENS)
    call.introduction, call.grace_minutes = {"en": "Our own words."}, 30
    call.save()
    Example.objects.filter(question="overview").delete()

    again, made = load_call(OPENS + DAY)

    assert (again.introduction, again.grace_minutes, made) == ({"en": "Our own words."}, 30, False)
    assert not Example.objects.filter(question="overview").exists()
    assert Call.objects.count() == Numbering.objects.count() == 1


@pytest.mark.django_db
def test_next_years_call_stands_beside_this_years():
    load_call(OPENS)
    load_call(LAST_WORKSHOP_ENDS)

    assert list(Call.objects.values_list("year", flat=True)) == [2028, 2027]
    assert Call.objects.current(LAST_WORKSHOP_ENDS).year == 2028


@pytest.mark.django_db
def test_every_long_question_that_has_to_be_answered_has_an_example_within_its_limit():
    call, _made = load_call(OPENS)

    examples = {example.question: example.words["en"] for example in call.examples.all()}

    wanted = {question.key for question in QUESTIONS.values() if question.is_long and question.required}
    assert wanted <= examples.keys() <= QUESTIONS.keys()
    assert all(len(words) <= QUESTIONS[key].limit for key, words in examples.items())


# -- What the public reads of it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "state", "left"),
    [
        (OPENS - SECOND, "before", "126 days left"),
        (OPENS, "open", "126 days left"),
        (CLOSES - 2 * DAY, "open", "2 days left"),
        (CLOSES - 2 * DAY + SECOND, "open", "47 hours left"),
        (CLOSES - SECOND, "open", "1 minute left"),
        (CLOSES, "closed", "Closed"),
    ],
)
@pytest.mark.django_db
def test_the_deadline_is_told_in_the_zone_of_the_call_with_what_is_left(at, state, left):
    said = announcing.deadline_of(make_call(), at)

    assert (said["state"], said["left"], said["instant"]) == (state, left, "2027-05-21T22:00:00Z")
    assert (said["paris"], said["zone_words"]) == ("Friday 21 May 2027, 23:59", "Paris time (CEST, UTC+2)")


def test_without_a_call_there_is_no_deadline():
    assert announcing.deadline_of(None, OPENS) == {"state": "none"}


@pytest.mark.django_db
def test_the_deadline_in_other_cities_is_the_same_instant():
    cities = {row["city"]: (row["offset"], row["moment"]) for row in announcing.cities_of(make_call())}

    assert len(cities) == 8
    assert cities["Nairobi"] == ("UTC+3", "Saturday 22 May 2027, 00:59")
    assert cities["New Delhi"] == ("UTC+5:30", "Saturday 22 May 2027, 03:29")
    assert cities["Mexico City"] == ("UTC−6", "Friday 21 May 2027, 15:59")
    assert cities["Wellington"] == ("UTC+12", "Saturday 22 May 2027, 09:59")


@pytest.mark.django_db
def test_a_call_that_is_not_shown_is_nobodys_current_call():
    make_call(listed=False, year=2028, closes_at=CLOSES + 365 * DAY)

    assert Call.objects.current(OPENS) is None
    assert Call.objects.current(OPENS) != make_call() == Call.objects.current(OPENS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "next_opens", [OPENS, CLOSES - DAY, CLOSES + DAY], ids=["early", "overlapping", "later"]
)
@pytest.mark.parametrize("listed", [True, False], ids=["both shown", "one shown"])
def test_the_navigation_knows_the_current_call_without_fetching_it(next_opens, listed):
    assert Call.objects.in_short(OPENS) == (False, False)
    make_call()
    make_call(year=2028, opens_at=next_opens, closes_at=CLOSES + 365 * DAY, listed=listed)

    for at in (
        OPENS - DAY,
        OPENS,
        CLOSES - DAY,
        CLOSES - SECOND,
        CLOSES,
        CLOSES + 2 * DAY,
        CLOSES + 400 * DAY,
    ):
        assert Call.objects.in_short(at) == (True, Call.objects.current(at).is_open(at))


@pytest.mark.django_db
def test_the_timeline_is_read_line_by_line():
    call = make_call(timeline={"en": "Until 21 May – you hand in\n\nFrom 22 May - we read\nSome day"})

    assert call.timeline_lines == [
        {"when": "Until 21 May", "what": "you hand in"},
        {"when": "From 22 May", "what": "we read"},
        {"when": "Some day", "what": ""},
    ]
