"""The library as files: complete, safe to open, the same as what was found, and streamed."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import editions, open_data, shelving
from cases.models import Badge
from tests.library.shelf import ask
from tests.makers import DAY, NOON, make_desk_research, make_public_case
from tests.roof.test_every_page import complaints_about, parsed

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"
SOURCE = "https://portal.example/en/cases/"


@pytest.fixture
def shelf():
    """One case of the call with everything, one of desk research, one taken down, one archived."""
    told = make_public_case(
        title="=HYPERLINK(1)",
        title_english="A title",
        links=["https://a.example/1", "https://a.example/2"],
        video="https://video.example/1",
        website="https://own.example",
        pictures=[{"code": "p" * 22, "alt": "A bridge", "caption": "At night", "width": 1200, "height": 800}],
        files=[{"code": "f" * 22, "name": "Agreement.pdf", "kind": "application/pdf", "size": 210_000}],
        agreed_at="2027-05-11T08:00:00+00:00",
    )
    told.badges.add(Badge.objects.create(key="short", name={"en": "Shortlisted"}))
    make_desk_research(at=NOON + DAY)
    for title, state in (("Taken down", "unpublished"), ("Archived", "archived")):
        left = make_desk_research(title)
        left.state, left.left_at = state, NOON
        left.save()
        shelving.take_off(left)
    return told


def take(kind: str, query: str = "", **headers):
    return Client(headers=headers).get(f"/en/cases/export.{kind}{query}")


def rows_of(answer) -> list[dict]:
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("kind", ["csv", "json", "geojson"])
def test_a_file_of_everything_is_what_it_was(shelf, kind):
    publics = open_data.on_shelf()
    head = open_data.about(source=SOURCE, at=NOON, number=7)
    said = b"".join(
        {
            "csv": lambda: open_data.sheets.csv_lines(open_data.table(publics, source=SOURCE, at=NOON)),
            "json": lambda: open_data.json_file(publics, head),
            "geojson": lambda: open_data.geojson_file(publics, head),
        }[kind]()
    )

    assert said.decode() == (GOLDEN / f"cases.{kind}").read_bytes().decode()


def test_every_public_field_is_in_every_file_and_explained(shelf):
    assert list(open_data.CONTENT) == list(editions.FIELDS)
    (record, _other) = json.loads(take("json").getvalue())["cases"]
    assert set(record) == {*open_data.RECORD, *editions.FIELDS}
    columns = set(open_data.columns())
    assert {*open_data.RECORD, *editions.FIELDS} - columns == {"sections"}
    page = Client().get("/en/cases/data/")
    assert complaints_about(page.content) == []
    for key in (*open_data.RECORD, *editions.FIELDS):
        assert f'<code dir="ltr">{key}</code>' in page.content.decode(), key


def test_search_engines_are_told_of_the_data(shelf):
    page = parsed(Client().get("/en/cases/data/").content)
    said = json.loads(next(e.text for e in page.iter("script") if e.get("type") == "application/ld+json"))

    assert (said["@type"], said["dateModified"]) == ("Dataset", "2027-05-13T10:00:00+00:00")
    for each in said["distribution"]:
        assert Client().get(each["contentUrl"].removeprefix("https://portal.example")).status_code == 200


def test_no_spreadsheet_runs_a_title(shelf):
    assert rows_of(take("csv"))[0]["title"] == "'=HYPERLINK(1)"


def test_only_what_is_on_show_is_in_the_files(shelf):
    assert [row["slug"] for row in rows_of(take("csv"))] == [shelf.slug, "shared-tram-line"]


def test_each_file_says_where_it_is_from_when_it_was_made_and_its_licence(shelf):
    row = rows_of(take("csv", "?country=FR"))[0]
    head = json.loads(take("json", "?country=FR").getvalue())
    metadata = json.loads(take("geojson", "?country=FR").getvalue())["metadata"]

    assert row["source"] == head["source"] == metadata["source"] == f"{SOURCE}?country=FR"
    assert row["licence"] == head["licence"] == metadata["licence"] == "CC-BY-SA-3.0-IGO"
    assert row["snapshot_at"].endswith("Z")
    assert {"snapshot_at", "licence_url", "publisher", "note", "shelf"} <= set(head)


def test_a_file_has_what_the_library_finds_for_the_same_question(real_library):
    for query in ("country=FR", "q=tram", "sector=health&country=DE", "q=nothing-at-all", "sort=title"):
        found = ask(query)
        keys = [public.slug for public in open_data.on_shelf(list(found.keys()))]
        assert [row["slug"] for row in rows_of(take("csv", f"?{query}"))] == keys, query
        assert [case["slug"] for case in json.loads(take("json", f"?{query}").getvalue())["cases"]] == keys


def test_places_are_points_in_their_country_and_those_without_one_have_none(real_library):
    collection = json.loads(take("geojson").getvalue())

    assert collection["type"] == "FeatureCollection"
    for feature in collection["features"]:
        assert feature["type"] == "Feature"
        if feature["geometry"]:
            longitude, latitude = feature["geometry"]["coordinates"]
            assert -180 <= longitude <= 180
            assert -90 <= latitude <= 90
    french = next(each for each in collection["features"] if each["properties"]["country"] == "FR")
    longitude, latitude = french["geometry"]["coordinates"]
    assert (round(longitude), round(latitude)) == (2, 49)


def test_an_empty_library_gives_empty_files_that_can_be_read():
    assert rows_of(take("csv")) == []
    assert json.loads(take("json").getvalue())["cases"] == []
    assert json.loads(take("geojson").getvalue())["features"] == []


@pytest.mark.parametrize("kind", ["csv", "json", "geojson"])
def test_whoever_has_a_file_is_told_so_until_the_shelf_changes(shelf, kind):
    answer = take(kind)
    answer.getvalue()
    had = answer.headers["ETag"]

    assert take(kind, if_none_match=had).status_code == 304
    assert take(kind, if_modified_since=answer.headers["Last-Modified"]).status_code == 304
    make_desk_research("Another", at=NOON + 2 * DAY)
    assert take(kind, if_none_match=had).status_code == 200


def test_a_file_may_be_read_by_scripts_of_any_site_and_names_itself(shelf):
    answer = take("geojson")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Content-Type"] == "application/geo+json; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="cases-20')
    assert answer.cookies == {}


def test_one_network_takes_so_many_files_within_an_hour(shelf, settings):
    settings.EXPORTS_PER_NETWORK_AND_HOUR = 2
    taken = [take("csv", f"?q={n}") for n in range(3)]
    for answer in taken:
        answer.getvalue()

    assert [answer.status_code for answer in taken] == [200, 200, 429]
    assert 0 < int(taken[2].headers["Retry-After"]) <= 3600


def test_memory_and_statements_a_chunk_do_not_grow_with_the_library():
    """Of ten times as many cases, no more is held at once, and each chunk costs the same two statements."""

    def made(n: int) -> tuple[int, int]:
        for number in range(n):
            make_desk_research(f"Case {number}", sections=[{"key": "overview", "text": "word " * 2000}])
        shown = 0
        with CaptureQueriesContext(connection) as asked:
            tracemalloc.start()
            for piece in open_data.sheets.csv_lines(
                open_data.table(open_data.on_shelf(at_once=10), source=SOURCE, at=NOON)
            ):
                shown += len(piece)
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert shown > n * 10_000
        return most, len(asked)

    few, statements = made(20)
    many, more = made(180)

    assert statements == 2 * 2 + 1
    assert more == 20 * 2 + 1
    assert many < 12 * few, "the lines of one piece are held, and no more"
