"""«CET» in June: staff who type an abbreviation that is not in force on that day are warned."""

from datetime import UTC, datetime

import pytest

from people.abbreviations import misnomers_in, misnomers_of
from tests.makers import make_call

JUNE = datetime(2027, 6, 3, 13, 30, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)


def wrong(text: str, at: datetime = JUNE) -> list[str]:
    return [found.typed for found in misnomers_in(text, at=at)]


@pytest.mark.parametrize("name", ["CET", "MEZ", "WET", "EET", "EST", "PST", "NZDT", "AEDT"])
def test_winter_time_in_june_is_wrong_and_right_in_january_as_the_place_has_it(name):
    assert wrong(f"We begin at 15:30 {name}.") == [name]
    assert wrong(f"We begin at 15:30 {name}.", JANUARY) == []


@pytest.mark.parametrize("name", ["CEST", "MESZ", "WEST", "EEST", "BST", "EDT", "CDT", "MDT", "PDT", "NZST"])
def test_summer_time_in_january_is_wrong_and_right_in_june(name):
    assert wrong(f"{name}: 15:30") == []
    assert wrong(f"{name}: 15:30", JANUARY) == [name]


def test_what_some_place_uses_all_year_round_is_never_wrong():
    for at in (JUNE, JANUARY):
        assert wrong("12:00 GMT, 12:00 UTC, 12:00 MST, 12:00 JST, 12:00 CST", at) == []


@pytest.mark.parametrize("text", ["CETA", "ACET", "cet", "CET-like", "pre-CET", "Paris time", "", "CETESB"])
def test_only_the_abbreviation_itself_counts(text):
    assert wrong(text) == []


def test_a_line_speaks_of_the_days_that_it_names():
    assert wrong("Documents by 14 January, 18:00 CET") == []
    assert wrong("Documents by January 14, 2027, 18:00 CET") == []
    assert wrong("Documents by 2027-01-14 18:00 CET") == []
    assert wrong("Documents by 14 January, 18:00 CET\nWe begin at 15:30 CET") == ["CET"]
    assert wrong("Documents by 10 May, 18:00 CET") == ["CET"]
    assert wrong("Documents by 30 February, 18:00 CET") == ["CET"]


def test_the_warning_says_where_what_and_what_is_right():
    (found,) = misnomers_in("15:30 CET", at=JUNE)

    assert str(found) == "“CET” is not in force on 3 June 2027. Right is: Paris time (CEST, UTC+2)."


@pytest.mark.django_db
def test_every_text_of_a_row_is_read_in_every_language():
    call = make_call(timeline={"en": "10:00 CET", "fr": "10 h CEST"}, introduction={"en": "Welcome"})

    assert [str(found) for found in misnomers_of(call, at=JUNE)] == [
        "Timeline: “CET” is not in force on 3 June 2027. Right is: Paris time (CEST, UTC+2)."
    ]
