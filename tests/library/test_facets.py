"""Filters: or within one, and across them; counted as if nothing were chosen of their own; all in the address."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from cases import card_index
from cases.models import Badge, Partner, PublicCase
from cases.shelving import shelve
from tests.library.shelf import ask, titles
from tests.makers import DAY, NOON, SECOND, make_call, make_desk_research, make_public_case, make_submission
from tests.roof.test_every_page import complaints_about

pytestmark = pytest.mark.django_db


def place(country: str, level: str = "local") -> dict:
    return {"country": country, "level": level, "name": "", "organisation": "", "is_lead": False}


@pytest.fixture
def small_library() -> dict[str, PublicCase]:
    """Five cases that differ in places, sectors and years."""
    told = {
        "bridge": {"jurisdictions": [place("FR"), place("DE")], "sectors": ["transport"], "year": 2019},
        "clinic": {"jurisdictions": [place("FR"), place("ES")], "sectors": ["health"], "year": 2020},
        "school": {"jurisdictions": [place("KE"), place("UG")], "sectors": ["education"], "year": 2020},
        "data": {
            "jurisdictions": [place("FR"), place("DE"), place("KE")],
            "sectors": ["health", "information"],
        },
        "towns": {"jurisdictions": [place("DE"), place("DE")], "sectors": ["transport"], "year": 2019},
    }
    return {
        title: make_desk_research(title, at=NOON + number * SECOND, short=f"About the {title}.", **facts)
        for number, (title, facts) in enumerate(told.items())
    }


def test_values_of_one_filter_are_alternatives_and_filters_are_all_to_be_met(small_library):
    assert titles(ask("country=ES&country=KE")) == ["data", "school", "clinic"]
    assert titles(ask("country=FR&sector=health")) == ["data", "clinic"]
    assert titles(ask("country=FR&country=KE&sector=health&year=2020")) == ["clinic"]


def test_a_filter_is_counted_without_its_own_values_and_with_those_of_others(small_library):
    result = ask("country=FR&sector=health")

    assert result.facet("sector") == {"transport": 1, "health": 2, "information": 1}
    assert result.facet("country") == {"FR": 2, "DE": 1, "ES": 1, "KE": 1}
    assert result.facet("year") == {"2020": 1}


def test_words_and_filters_go_together(small_library):
    assert titles(ask("q=clinic&country=FR")) == ["clinic"]
    assert titles(ask("q=clinic&country=KE")) == []
    assert ask("q=clinic").facet("country") == {"FR": 1, "ES": 1}


def test_a_pair_finds_cases_in_which_both_take_part(small_library):
    assert titles(ask("pair=DE-FR")) == titles(ask("pair=FR-DE")) == ["data", "bridge"]
    assert titles(ask("pair=DE-FR&pair=FR-KE")) == ["data"]
    assert ask().shelf.pair_counts(ask().all) == {"DE-FR": 2, "ES-FR": 1, "KE-UG": 1, "DE-KE": 1, "FR-KE": 1}


def test_every_order_shows_every_case_once(small_library):
    assert titles(ask("sort=newest")) == ["towns", "data", "school", "clinic", "bridge"]
    assert titles(ask("sort=title")) == ["bridge", "clinic", "data", "school", "towns"]


def test_confirmed_means_within_a_year_before_the_request():
    fresh = make_public_case(at=NOON)
    make_desk_research()

    assert list(ask("confirmed=year", at=NOON + 364 * DAY).keys()) == [fresh.pk]
    assert ask("confirmed=year", at=NOON + 366 * DAY).count == 0
    assert ask(at=NOON + DAY).facet("confirmed") == {"year": 1}
    assert ask(at=NOON + 400 * DAY).facet("confirmed") == {}


def test_what_partners_have_confirmed_can_be_found():
    public = make_public_case()
    Partner.objects.create(
        public_case=public, key="x", country="DE", level="local", state=Partner.State.CONFIRMED
    )
    shelve(public)

    assert list(ask("confirmed=partners").keys()) == [public.pk]


def test_badges_and_calls_are_filters_in_the_words_of_staff(client: Client):
    make_call(year=2027)
    public = make_public_case()
    public.badges.add(Badge.objects.create(key="shortlist", name={"en": "Shortlisted 2027"}))
    shelve(public)
    make_desk_research()

    assert list(ask("badge=shortlist&call=2027").keys()) == [public.pk]
    page = client.get("/en/cases/").content.decode()
    assert "Shortlisted 2027" in page and "Call 2027" in page


def test_tags_are_one_however_they_are_typed():
    make_desk_research("One", tags=["Flood  Warning"])
    make_desk_research("Two", tags=["flood warning", "Rivers"])

    assert titles(ask("tag=FLOOD+warning")) == ["Two", "One"]
    assert ask().facet("tag") == {"flood warning": 2, "rivers": 1}


def test_numbers_are_the_same_however_many_are_found(small_library, monkeypatch):
    """Small results are read case by case, large ones by intersecting sets."""
    few = {kind: ask("country=FR").facet(kind) for kind in ("country", "sector", "level", "year")}
    pairs = ask().shelf.pair_counts(ask().all)
    card_index.forget()
    monkeypatch.setattr(card_index, "READ_EACH", 0)

    assert {kind: ask("country=FR").facet(kind) for kind in few} == few
    assert ask().shelf.pair_counts(ask().all) == pairs


# -- The page --------------------------------------------------------------------------------------------------------


def test_what_is_chosen_stands_there_to_be_removed(small_library, client: Client):
    page = client.get("/en/cases/?country=FR&sector=health").content.decode()

    assert re.search(r'value="FR" form="find" checked', page)
    assert (
        '<a href="/en/cases/?sector=health"><span class="vh">Remove filter, Place: </span><bdi>France</bdi>'
        in page
    )
    assert '<a class="clear" href="/en/cases/">' in page
    assert "<b>2 cases</b> match" in page


def test_the_page_has_one_address_and_names_its_neighbours(small_library, client: Client, settings):
    for n in range(30):
        make_desk_research(f"More {n}")
    page = client.get("/en/cases/?page=2&sort=title&junk=1").content.decode()

    assert '<link rel="canonical" href="http://testserver/en/cases/?sort=title&amp;page=2">' in page
    assert '<link rel="prev" href="/en/cases/?sort=title">' in page
    assert '<link rel="next" href="/en/cases/?sort=title&amp;page=3">' in page
    assert "Page 2 of 3" in page
    assert page.count('<li class="card') == 12


def test_a_page_beyond_the_last_shows_the_last(small_library, client: Client):
    page = client.get("/en/cases/?page=999").content.decode()

    assert page.count('<li class="card') == 5


@pytest.mark.parametrize(
    "address",
    [
        "country=ZZ",
        "sector=' OR 1=1",
        "page=0",
        "page=-1",
        "page=" + "9" * 400,
        "page=٢",
        "sort=random",
        "pair=FR",
        "pair=FR-FR",
        "pair=A-B-C-D",
        "year=19",
        "call=abcd",
        "badge=<script>",
        "confirmed=maybe",
        "junk=1",
        "__class__=x",
        "&".join(f"country={n}" for n in range(200)),
    ],
)
def test_what_is_not_understood_is_left_out_with_a_word(small_library, client: Client, address: str):
    page = client.get(f"/en/cases/?{address}")

    assert page.status_code == 200
    assert "left out" in page.content.decode()
    assert page.content.decode().count('<li class="card') == 5
    assert complaints_about(page.content) == []


def test_nothing_found_names_the_question_and_ways_on(small_library, client: Client):
    page = client.get("/en/cases/?q=bridge&country=KE&sector=transport").content.decode()

    assert "No case matches “<bdi>bridge</bdi>” with these filters" in page
    assert "Remove the filter “Kenya”: 1 case" in page
    assert "Clear all filters: 1 case" in page
    assert 'href="/en/cases/">Browse all cases' in page


def test_a_word_too_many_is_left_out_with_a_link(small_library, client: Client):
    page = html.unescape(client.get("/en/cases/?q=bridge+qqqqqqqq").content.decode())

    assert 'href="/en/cases/?q=bridge">Search for “<bdi>bridge</bdi>” only: 1 case' in page


def test_an_empty_library_says_when_it_opens(client: Client):
    page = client.get("/en/cases/")

    assert "The library opens with the first published cases" in page.content.decode()
    assert complaints_about(page.content) == []


@pytest.mark.parametrize(
    ("makers", "said"),
    [
        ([make_public_case], "Told by the people who did the work."),
        ([make_desk_research], "Gathered by our team from public sources."),
        (
            [make_public_case, make_desk_research],
            "or gathered by our team from public sources and marked so.",
        ),
    ],
)
def test_the_library_says_who_tells_its_cases(client: Client, makers, said: str):
    for make in makers:
        make()

    assert said in client.get("/en/cases/").content.decode()


def test_the_text_of_a_case_is_marked_as_its_language_and_direction(client: Client):
    make_desk_research("إدارة مشتركة للأنهار", language="ar", title_english="Rivers together", short="نهر")
    page = client.get("/en/cases/").content.decode()

    assert '<h3 class="h3" lang="ar" dir="rtl"><a href=' in page and ">إدارة مشتركة للأنهار</a></h3>" in page
    assert 'lang="en" dir="ltr">Rivers together</p>' in page


def test_what_was_found_in_the_body_alone_is_shown_with_the_words_around_it(client: Client):
    make_desk_research("Ferry", sections=[{"key": "overview", "text": "We count <b>eels</b> every spring."}])
    page = client.get("/en/cases/?q=eel").content.decode()

    assert "We count &lt;b&gt;<mark>eels</mark>&lt;/b&gt; every spring." in page


def test_a_case_that_is_only_handed_in_is_in_no_list(client: Client):
    make_submission()

    assert "Shared river flood warnings" not in client.get("/en/cases/").content.decode()
