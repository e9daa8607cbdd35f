"""The map: places stand where they are, numbers do not cover one another, and a table says the same."""

from __future__ import annotations

import re
from itertools import combinations

import html5lib
import pytest
from django.urls import reverse
from django_countries import countries

from cases import atlas, network
from tests.library.shelf import ask
from tests.makers import make_desk_research

DOTS = {
    (int(x) + 10 * step, int(y))
    for x, y, length in re.findall(r"M(\d+) (\d+)h([\d.]+)", atlas.land())
    for step in range(int(float(length) // 10) + 1)
}


def from_land(latitude: float, longitude: float) -> float:
    """Units to the nearest dot of land; dots are ten apart."""
    x, y = atlas.project(latitude, longitude)
    return min(((x - dot_x) ** 2 + (y - dot_y) ** 2) ** 0.5 for dot_x, dot_y in DOTS)


def test_the_projection_has_the_measures_that_its_authors_gave_it():
    east, pole = atlas.project(0, 11 + 179.99999), atlas.project(90, 11)

    assert atlas.project(0, 11) == (atlas.CENTRE_X, atlas.CENTRE_Y)
    assert (east[0] - atlas.CENTRE_X) / atlas.SCALE == pytest.approx(2.70663, abs=0.0001)
    assert (atlas.CENTRE_Y - pole[1]) / atlas.SCALE == pytest.approx(1.31736, abs=0.0001)


def test_the_projection_keeps_areas():
    """Half of the world lies between 30° north and 30° south."""

    def half_width(latitude: float) -> float:
        return atlas.project(latitude, 190.999)[0] - atlas.project(latitude, 11)[0]

    steps = [n / 10 for n in range(-900, 900)]
    slices = [half_width(at) * (atlas.project(at, 11)[1] - atlas.project(at + 0.1, 11)[1]) for at in steps]
    tropics = sum(area for at, area in zip(steps, slices, strict=True) if -30 <= at < 30)
    assert tropics / sum(slices) == pytest.approx(0.5, abs=0.002)


def test_the_dots_of_land_lie_under_the_projection():
    inland = {"Paris": (48.9, 2.3), "Nairobi": (-1.3, 36.8), "Madrid": (40.4, -3.7), "Kinshasa": (-4.3, 15.3),
              "Brasília": (-15.8, -47.9), "Denver": (39.7, -105), "Delhi": (28.6, 77.2), "Alice Springs": (-23.7, 133.9),
              "Moscow": (55.8, 37.6), "Chengdu": (30.7, 104.1)}  # fmt: skip
    at_sea = {"Gulf of Mexico": (25, -90), "Bay of Bengal": (14, 88), "Tasman Sea": (-38, 160), "Gulf of Guinea": (0, 0),
              "Pacific": (0, -150), "North Atlantic": (45, -35)}  # fmt: skip

    assert {name for name, place in inland.items() if from_land(*place) > 9} == set()
    assert {name for name, place in at_sea.items() if from_land(*place) < 8} == set()


def test_every_country_that_can_be_chosen_stands_on_the_map_and_so_does_the_european_union():
    missing = {code for code, _name in countries} - set(atlas.coordinates())

    assert missing == set()
    assert atlas.spot("EU") is not None and atlas.spot("INT") is None


def test_no_number_covers_another_and_all_are_as_large_as_a_finger_needs():
    everywhere = {code: number % 90 + 1 for number, code in enumerate(sorted(atlas.coordinates()))}
    pins = atlas.pins_of(everywhere)

    assert 30 < len(pins) <= atlas.MOST_PINS
    for one, other in combinations(pins, 2):
        apart = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
        assert apart >= one.radius + other.radius
    assert min(pin.radius for pin in pins) * 2 * 810 / atlas.WIDTH > 24


def test_a_place_with_more_cases_is_larger():
    most, fewer = atlas.pins_of({"FR": 100, "KE": 40})

    assert (most.code, fewer.code) == ("FR", "KE")
    assert most.radius**2 / fewer.radius**2 == pytest.approx(100 / 40, rel=0.01)


@pytest.mark.django_db
def test_the_table_has_every_place_and_pair_of_the_map_with_the_same_links_and_numbers(real_library, client):
    tree = html5lib.parse(client.get(reverse("cases:library")).content, namespaceHTMLElements=False)
    figure = tree.find(".//figure")
    links = list(figure.iter("{http://www.w3.org/2000/svg}a"))
    tables = [
        {row.find("th/a").get("href"): int(row.find("td").text) for row in table.findall("tbody/tr")}
        for table in tree.findall(".//details[@class='as-table']//table")
    ]
    numbers = {
        link.get("href"): int("".join(link.itertext())) for link in links if link.get("aria-hidden") is None
    }
    ties = {link.get("href") for link in links if link.get("aria-hidden")}

    assert set(numbers.items()) <= set(tables[0].items())
    assert len(tables[0]) == len(ask().facet("country"))
    assert ties <= set(tables[1])
    for href, n in list(tables[0].items())[:3] + list(tables[1].items())[:3]:
        assert ask(href.partition("?")[2]).count == n


@pytest.mark.django_db
def test_a_place_on_the_map_keeps_what_else_was_asked(client):
    make_desk_research()
    page = client.get("/en/cases/?q=tram&country=DE&level=local").content.decode()

    assert 'href="/en/cases/?q=tram&amp;level=local&amp;country=FR"' in page
    assert 'href="/en/cases/?q=tram&amp;country=DE&amp;level=local&amp;pair=DE-FR"' in page


def test_a_small_map_shows_a_piece_of_the_world_with_everybody_on_it():
    rows = [{"country": code, "is_lead": code == "FR"} for code in ("FR", "DE", "DE", "INT")]
    drawn = atlas.small_map(rows, place_link=lambda code: f"/{code}")
    left, top, width, height = map(float, re.search(r'viewBox="([^"]*)"', drawn["svg"])[1].split())

    for code in ("FR", "DE"):
        x, y = atlas.spot(code)
        assert left < x < left + width and top < y < top + height
    assert width < atlas.WIDTH / 3
    assert drawn["svg"].count("<a ") == 2
    assert drawn["places"].count("<tr>") == 3


def test_a_small_map_of_nowhere_is_a_table():
    assert atlas.small_map([{"country": "INT", "is_lead": True}], place_link=str)["svg"] == ""
    assert atlas.small_map([], place_link=str)["places"] == ""


def test_the_network_is_the_same_for_the_same_numbers_and_can_be_read_with_few_and_with_many_places():
    codes = sorted(atlas.coordinates())[:100]
    many = {f"{one}-{other}": 1 + (ord(one[0]) + ord(other[1])) % 9 for one, other in combinations(codes, 2)}
    few = {"DE-FR": 3, "FR-LU": 1}

    for pairs, shown in ((few, 3), (many, network.MOST_PLACES)):
        told = network.who_with_whom(pairs, lambda pair: f"/{pair}")
        assert told["shown"] == shown
        assert (
            told["svg"]
            == network.who_with_whom(dict(reversed(pairs.items())), lambda pair: f"/{pair}")["svg"]
        )
    assert network.who_with_whom({}, str)["svg"] == ""
