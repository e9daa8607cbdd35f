"""Instants in words, the same instant in twelve zones, and the nights on which clocks jump."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from people import times
from people.models import zone_named
from people.templatetags import instants

CLOSES = datetime(2027, 5, 21, 22, 0, tzinfo=UTC)
LAST = CLOSES - timedelta(minutes=1)

ZONES = {
    "Europe/Paris": ("Friday 21 May 2027, 23:59", "Paris time (CEST, UTC+2)"),
    "America/Mexico_City": ("Friday 21 May 2027, 15:59", "Mexico City time (CST, UTC−6)"),
    "America/Sao_Paulo": ("Friday 21 May 2027, 18:59", "São Paulo time (UTC−3)"),
    "America/St_Johns": ("Friday 21 May 2027, 19:29", "St. John’s time (NDT, UTC−2:30)"),
    "Africa/Accra": ("Friday 21 May 2027, 21:59", "Accra time (GMT, UTC)"),
    "Africa/Nairobi": ("Saturday 22 May 2027, 00:59", "Nairobi time (EAT, UTC+3)"),
    "Asia/Dubai": ("Saturday 22 May 2027, 01:59", "Dubai time (UTC+4)"),
    "Asia/Kolkata": ("Saturday 22 May 2027, 03:29", "New Delhi time (IST, UTC+5:30)"),
    "Asia/Kathmandu": ("Saturday 22 May 2027, 03:44", "Kathmandu time (UTC+5:45)"),
    "Asia/Tokyo": ("Saturday 22 May 2027, 06:59", "Tokyo time (JST, UTC+9)"),
    "Pacific/Auckland": ("Saturday 22 May 2027, 09:59", "Wellington time (NZST, UTC+12)"),
    "Pacific/Kiritimati": ("Saturday 22 May 2027, 11:59", "Kiritimati time (UTC+14)"),
    "UTC": ("Friday 21 May 2027, 21:59", "UTC"),
}


@pytest.mark.parametrize(("zone", "words"), ZONES.items(), ids=ZONES.keys())
def test_one_instant_is_said_in_every_zone_with_weekday_year_and_offset(zone, words):
    assert (times.moment(LAST, ZoneInfo(zone)), times.zone_words(LAST, ZoneInfo(zone))) == words


NIGHTS = [
    ("Europe/Paris", datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "01:59", "CET, UTC+1"),
    ("Europe/Paris", datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "03:00", "CEST, UTC+2"),
    ("Europe/Paris", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30", "CEST, UTC+2"),
    ("Europe/Paris", datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "02:30", "CET, UTC+1"),
    ("America/New_York", datetime(2027, 11, 7, 5, 30, tzinfo=UTC), "01:30", "EDT, UTC−4"),
    ("America/New_York", datetime(2027, 11, 7, 6, 30, tzinfo=UTC), "01:30", "EST, UTC−5"),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, 0, tzinfo=UTC), "01:30", "UTC+10:30"),
]


@pytest.mark.parametrize(("zone", "instant", "clock", "words"), NIGHTS)
def test_on_the_night_the_clocks_jump_the_offset_tells_two_equal_hours_apart(zone, instant, clock, words):
    assert times.clock(instant, ZoneInfo(zone)) == clock
    assert f"({words})" in times.zone_words(instant, ZoneInfo(zone))


def test_a_receipt_tells_seconds():
    at = datetime(2027, 5, 21, 21, 58, 7, 999_999, tzinfo=UTC)

    assert times.to_the_second(at, ZoneInfo("Europe/Paris")) == {
        "moment": "Friday 21 May 2027, 23:58:07",
        "zone_words": "Paris time (CEST, UTC+2)",
    }


LEFT = {
    timedelta(days=126, hours=14): "126 days left",
    timedelta(days=2): "2 days left",
    timedelta(days=2, seconds=-1): "47 hours left",
    timedelta(hours=1): "1 hour left",
    timedelta(hours=1, seconds=-1): "59 minutes left",
    timedelta(seconds=119): "1 minute left",
    timedelta(seconds=1): "1 minute left",
    timedelta(): "Closed",
    timedelta(days=-1): "Closed",
}


@pytest.mark.parametrize(("left", "words"), LEFT.items(), ids=LEFT.values())
def test_what_is_left_is_said_in_days_then_hours_then_minutes_and_never_too_much(left, words):
    assert times.left(CLOSES, CLOSES - left) == words


def test_cities_reach_around_the_world():
    offsets = [row["offset"] for row in times.in_cities(LAST)]

    assert offsets == ["UTC−6", "UTC−3", "UTC", "UTC+3", "UTC+4", "UTC+5:30", "UTC+9", "UTC+12"]


def test_dates_follow_the_language():
    with translation.override("ar"):
        assert "الجمعة" in times.day(LAST, ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "CET+1",
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "\0",
        "x" * 500,
        "🌊",
        "right/Europe/Paris",
    ],
)
def test_what_is_no_zone_is_none(name):
    assert zone_named(name) is None


def test_letters_say_an_instant_only_where_there_is_one_and_a_zone_for_it():
    iso = CLOSES.isoformat()

    assert instants.deadline(iso, "Europe/Paris") == "Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)"
    assert instants.instant(iso, "UTC") == "Friday 21 May 2027, 22:00 UTC"
    assert instants.second(iso, ZoneInfo("Africa/Accra")).startswith("Friday 21 May 2027, 22:00:00 Accra")
    assert instants.day(iso, "Europe/Paris") == "Friday 21 May 2027"
    for say in (instants.deadline, instants.instant, instants.second, instants.day):
        assert say("", "UTC") == say(None, "UTC") == say(iso, None) == say(iso, "Nowhere/Atall") == ""


@pytest.mark.parametrize(("old", "new"), times.RENAMED.items())
def test_a_city_is_called_by_its_name_of_today_though_a_browser_reports_the_old_one(old, new):
    assert times.city_name(ZoneInfo(old)) == times.city_name(ZoneInfo(new))
    assert ZoneInfo(old).utcoffset(datetime(2027, 6, 3)) == ZoneInfo(new).utcoffset(datetime(2027, 6, 3))
