"""The baseline: figures in words, plots and tables that agree, careful with few cases, for a call and overall."""

from __future__ import annotations

import re

import html5lib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.baseline import Line, leading, part, share
from tests.library.shelf import ask
from tests.makers import make_call, make_desk_research, make_public_case
from tests.roof.test_every_page import complaints_about


@pytest.mark.parametrize(
    ("n", "of", "words"),
    [
        (1, 1, "1 of 1 case"),
        (3, 5, "3 of 5 cases"),
        (5, 10, "5 of 10 cases (50%)"),
        (1, 1000, "1 of 1000 cases (under 1%)"),
        (999, 1000, "999 of 1000 cases (over 99%)"),
        (0, 40, "0 of 40 cases (0%)"),
    ],
)
def test_a_share_is_told_in_percent_only_of_enough_cases(n: int, of: int, words: str):
    assert part(n, of) == words


def test_no_share_of_few():
    assert share(3, 5) == ""


def lines(*numbers: int) -> list[Line]:
    return [Line(f"Answer {at}", n, "", "") for at, n in enumerate(numbers, 1)]


@pytest.mark.parametrize(
    ("numbers", "of", "words"),
    [
        ((5, 2), 7, "Most frequent is “Answer 1”, in 5 of 7 cases."),
        ((3, 3, 1), 7, "Most frequent are “Answer 1” and “Answer 2”, each in 3 of 7 cases."),
        ((2, 2, 2), 6, "Nothing stands out: the most frequent answers are equally frequent."),
        ((2, 2), 4, "Nothing stands out: the most frequent answers are equally frequent."),
        ((1,), 1, "Most frequent is “Answer 1”, in 1 of 1 case."),
        ((), 0, ""),
    ],
)
def test_what_leads_is_said_in_a_sentence_and_so_is_that_nothing_does(numbers, of, words):
    assert leading(lines(*numbers), of, several=False) == words


@pytest.mark.django_db
def test_plots_and_tables_tell_the_same_and_every_line_leads_to_its_cases(real_library, client: Client):
    tree = html5lib.parse(client.get(reverse("cases:baseline")).content, namespaceHTMLElements=False)
    plots = tree.findall(".//{http://www.w3.org/2000/svg}svg[@class='chart']")
    sections = [each for each in tree.iter("section") if each.find("details//table") is not None]

    assert len(plots) == len(sections) == 9
    checked = 0
    for section in sections:
        for row in section.findall(".//tbody/tr"):
            if (link := row.find("th/a")) is not None:
                assert ask(link.get("href").partition("?")[2]).count == int(row.findall("td")[0].text)
                checked += 1
    assert checked > 60
    assert all(plot.get("aria-label") for plot in plots)


@pytest.mark.django_db
def test_one_call_has_figures_of_its_own(client: Client):
    make_call(year=2027)
    make_public_case()
    make_desk_research(sectors=["health"])

    everything = client.get(reverse("cases:baseline")).content.decode()
    one = client.get(reverse("cases:baseline"), {"call": "2027"}).content.decode()

    assert "2 cases are published." in everything and "Health" in everything
    assert "1 case is published of the call of 2027." in one and "Health" not in one
    assert 'href="/en/cases/?sector=environment&amp;call=2027"' in one
    assert re.search(r'href="/en/baseline/\?call=2027" aria-current="page"', one)


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["1999", "abcd", "%00", "9" * 300, "<script>"])
@pytest.mark.parametrize("name", ["cases:baseline", "cases:network"])
def test_a_call_that_the_library_has_nothing_of_is_answered_with_all_cases(
    client: Client, name: str, asked: str
):
    make_desk_research()
    page = client.get(reverse(name), {"call": asked})

    assert page.status_code == 200
    assert "no case of that call" in page.content.decode()
    assert complaints_about(page.content) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["cases:baseline", "cases:network"])
def test_an_empty_library_has_no_figures_and_says_so(client: Client, name: str):
    page = client.get(reverse(name))

    assert "No case is published yet." in page.content.decode()
    assert complaints_about(page.content) == []


@pytest.mark.django_db
def test_cases_within_one_country_have_no_network(client: Client):
    inside = [
        {"country": "KE", "level": "local", "name": name, "organisation": "", "is_lead": False}
        for name in "AB"
    ]
    make_desk_research(jurisdictions=inside)

    assert "within one country" in client.get(reverse("cases:network")).content.decode()
    assert "within one country" in client.get(reverse("cases:baseline")).content.decode()


@pytest.mark.django_db
def test_the_note_on_names_and_borders_stands_under_each(real_library, client: Client):
    for name in ("cases:library", "cases:baseline", "cases:network"):
        assert "nothing about the status of a territory" in client.get(reverse(name)).content.decode()


@pytest.mark.django_db
def test_the_figures_are_worked_out_once(real_library, client: Client):
    for name in ("cases:baseline", "cases:network"):
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as sent:
            client.get(reverse(name))
        assert len(sent) == 4  # the stamp of the page, the number of the shelf, and what the frame asks
