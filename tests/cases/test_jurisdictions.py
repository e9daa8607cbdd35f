"""Which places there are, which of them are different, who leads, and what kind of border a case crosses."""

import pytest
from django.http import QueryDict

from cases import answers, drafting
from cases.answers import border_kind, different, jurisdiction_gaps
from cases.drafting import TooMany
from cases.forms import SectionForm
from cases.models import Case
from cases.questions import BY_KEY, MOST_JURISDICTIONS
from tests.makers import NOON, author_of, make_draft, write


def row(words: str, n: int = 0) -> dict:
    """«FR local Lyon» as a row."""
    country, level, *name = words.split()
    return {"id": f"row{n:04}", "country": country, "level": level, "name": " ".join(name)}


def rows(*places: str) -> list[dict]:
    return [row(place, n) for n, place in enumerate(places)]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["FR local Lyon", "FR local Lille"], 2),
        (["FR local Lyon", "FR local LYON"], 1),
        (["FR local Lyon", "FR local  Lyon "], 1),
        (["FR local Lyon", "FR regional Lyon"], 2),
        (["FR local Lyon", "CH local Lyon"], 2),
        (["FR national", "FR national Ministry"], 1),
        (["FR national", "DE national"], 2),
        (["INT supranational OECD", "INT supranational UNDP"], 2),
        (["DE local Straße", "DE local STRASSE"], 1),
        (["FR regional Grand Est"], 1),
        ([], 0),
    ],
    ids=lambda value: " + ".join(value) if isinstance(value, list) else str(value),
)
def test_two_jurisdictions_are_different_by_country_level_and_name(places, expected):
    assert different(rows(*places)) == expected


def test_a_row_without_country_or_level_counts_for_nothing_yet():
    assert different([{"id": "a", "country": "FR"}, {"id": "b", "level": "local", "name": "Lyon"}]) == 0


BORDERS = {
    "FR national + DE national": "international-national",
    "EU supranational + FR national": "international-national",
    "INT supranational OECD + FR national": "international-national",
    "EU supranational + INT supranational OECD": "international-national",
    "EU other Agency + FR national": "international-national",
    "FR local Lyon + CH local Geneva": "international-subnational",
    "FR regional Grand Est + DE local Kehl": "international-subnational",
    "FR national + DE local Kehl": "international-mixed",
    "EU supranational + DE local Kehl": "international-mixed",
    "FR local Lyon + FR local Lille": "within-cities",
    "FR regional Grand Est + FR regional Bretagne": "within-regions",
    "FR national + FR local Lyon": "across-levels",
    "FR regional Grand Est + FR local Metz": "across-levels",
    "FR local Lyon + FR local Lille + FR national": "across-levels",
    "FR local Lyon": "",
    "FR national + FR national": "",
}


@pytest.mark.parametrize(("places", "kind"), BORDERS.items(), ids=BORDERS.keys())
def test_the_kind_of_border_follows_from_the_places(places, kind):
    assert border_kind(rows(*places.split(" + "))) == kind


def complaints(*places: str, lead: str = "row0000") -> list[tuple[str, str]]:
    said = {"jurisdictions": rows(*places), "jurisdictions.lead": lead}
    return [(gap.field, gap.message) for gap in jurisdiction_gaps(said, at=NOON)]


def test_two_cities_of_one_country_are_fine():
    assert complaints("FR local Lyon", "FR local Lille") == []


def test_two_rows_of_the_same_place_are_one_jurisdiction_and_one_is_not_enough():
    ((field, words),) = complaints("FR national", "FR national Ministry")

    assert field == "jurisdictions.row0000.country"
    assert "two different" in words


def test_a_city_needs_its_name_and_a_national_government_none():
    assert [field for field, _words in complaints("FR local", "DE national")] == [
        "jurisdictions.row0000.name"
    ]


def test_the_lead_is_one_of_the_places():
    assert [f for f, _w in complaints("FR national", "DE national", lead="gone0000")] == [
        "jurisdictions.lead"
    ]
    assert [f for f, _w in complaints("FR national", "DE national", lead="")] == ["jurisdictions.lead"]


def test_empty_rows_are_passed_over_and_not_counted():
    said = {
        "jurisdictions": [
            {"id": "none0000"},
            *rows("FR national", "DE national"),
            {"id": "none0001", "name": " "},
        ],
        "jurisdictions.lead": "row0000",
    }

    assert jurisdiction_gaps(said, at=NOON) == []


def test_a_contact_address_that_is_none_is_complained_about_where_it_stands():
    places = rows("FR national", "DE national")
    places[1]["contact"] = "nobody"

    (gap,) = jurisdiction_gaps({"jurisdictions": places, "jurisdictions.lead": "row0000"}, at=NOON)

    assert gap.field == "jurisdictions.row0001.contact"
    assert gap.message.startswith("Jurisdiction 2: ")


def test_twenty_jurisdictions_are_fine_and_twenty_one_are_too_many():
    towns = [f"FR local Town{n}" for n in range(MOST_JURISDICTIONS + 1)]

    assert complaints(*towns[:MOST_JURISDICTIONS]) == []
    assert len(complaints(*towns)) == 1


# -- On the draft --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_jurisdictions_are_added_up_to_twenty():
    author = author_of(make_draft())
    for _n in range(MOST_JURISDICTIONS):
        drafting.add_jurisdiction(author, at=NOON)

    with pytest.raises(TooMany):
        drafting.add_jurisdiction(author, at=NOON)

    assert len(Case.objects.get().answers["jurisdictions"]) == MOST_JURISDICTIONS


@pytest.mark.django_db
def test_a_row_comes_into_being_with_its_first_word():
    author = author_of(make_draft())

    write(author, **{"jurisdictions.cafe0001.country": "FR", "jurisdictions.cafe0001.name": "Lyon"})

    assert Case.objects.get().answers == {
        "jurisdictions": [{"id": "cafe0001", "country": "FR", "name": "Lyon"}],
    }


@pytest.mark.django_db
def test_removing_the_lead_leaves_no_lead_and_what_it_said_stays_in_the_history():
    case = make_draft(complete=True)
    author = author_of(case)

    drafting.remove_jurisdiction(author, "aaaa1111", at=NOON)
    drafting.remove_jurisdiction(author, "aaaa1111", at=NOON)

    said = Case.objects.get().answers
    assert [place["id"] for place in said["jurisdictions"]] == ["bbbb2222"]
    assert said["jurisdictions.lead"] == ""
    assert set(case.changes.values_list("field", "before")) == {
        ("jurisdictions.aaaa1111.country", "FR"),
        ("jurisdictions.aaaa1111.level", "regional"),
        ("jurisdictions.aaaa1111.name", "Grand Est"),
        ("jurisdictions.aaaa1111.organisation", "Water Agency"),
    }


@pytest.mark.django_db
def test_forged_rows_are_passed_over_once_there_are_twenty():
    case = make_draft()
    data = QueryDict(mutable=True)
    for n in range(50):
        data[f"jurisdictions.forged{n:04}.name"] = "Nowhere"
    data["jurisdictions.NOT-A-ROW.name"] = data["jurisdictions.forged0000.secret"] = "Nothing"

    values = SectionForm(BY_KEY["jurisdictions"], case, data=data).values()

    assert list(values) == [f"jurisdictions.forged{n:04}.name" for n in range(MOST_JURISDICTIONS)]


def test_a_place_is_read_with_its_country_and_level():
    assert answers.place(row("FR local Lyon")) == "Lyon, France (Local)"
    assert answers.place(row("EU supranational")) == (
        "European Union (Supranational or international organisation)"
    )
    assert answers.place({"id": "none"}) == "Not named yet"
