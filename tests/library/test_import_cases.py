"""``manage.py import_cases``: desk research from uneven files, onto the shelf; again and again without harm."""

import copy
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases import demonstration, desk_research, shelving
from cases.models import Edition, PublicCase
from cases.models.submission import digest_of
from tests.makers import DAY, NOON

pytestmark = pytest.mark.django_db

ROW = {
    "title": "Shared tram line",
    "jurisdictions": [
        {"country": "FR", "level": "local", "name": "Strasbourg"},
        {"country": "DE", "level": "local", "name": None},
    ],
    "year_launched": None,
    "mechanism": "joint-policy-or-service",
    "policy_area": "transport",
    "summary": "One line,\ntwo countries.",
    "source_url": "https://example.org/tram",
    "border_type": "whatever",
    "instrument": None,
}


def row(**changed) -> dict:
    return {**copy.deepcopy(ROW), **changed}


@pytest.fixture
def run(tmp_path):
    """Import rows, or the text of a file; gives what was printed."""

    def run(*rows, text: str | bytes | None = None) -> str:
        path = tmp_path / "cases.json"
        body = json.dumps(rows) if text is None else text
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        said = StringIO()
        call_command("import_cases", str(path), stdout=said)
        return said.getvalue()

    return run


def outcome(*rows) -> list[tuple[str, str]]:
    return [(told.outcome, told.reason) for told in desk_research.take_in(list(rows), at=NOON)]


def test_every_real_case_is_published_and_marked_with_its_sources(run):
    real = demonstration.real_cases()
    said = run(*real)

    assert f"{len(real)} new, 0 changed, 0 as before, 0 refused." in said
    assert said.count("\n") > len(real), "a line for each on the way"
    shown = PublicCase.objects.on_show()
    assert shown.count() == len(real)
    for public in shown.select_related("edition"):
        content = public.edition.said
        assert (public.origin, content["origin"], public.case) == ("desk-research", "desk-research", None)
        assert content["sources"][0]["url"].startswith("http")
        assert content["agreed_at"] == ""
        assert len(content["jurisdictions"]) >= 2


def test_nothing_is_made_up_where_the_source_is_silent():
    outcome(row())
    content = PublicCase.objects.get().edition.said

    assert content["year"] is None
    assert content["instruments"] == content["sections"] == content["tags"] == []
    assert content["organisation"] == content["website"] == ""
    assert content["jurisdictions"][1]["name"] == ""
    assert content["short"] == "One line, two countries."
    assert content["border"] == "international-subnational"


def test_the_european_union_stands_beside_countries_and_many_partners_are_all_there():
    many = [{"country": "EU", "level": "supranational", "name": "European Union"}] + [
        {"country": "US", "level": "regional", "name": f"State {number}"} for number in range(50)
    ]
    assert outcome(row(jurisdictions=many)) == [("new", "")]

    content = PublicCase.objects.get().edition.said
    assert len(content["jurisdictions"]) == 51
    assert content["border"] == "international-mixed"


def test_again_changes_nothing(run):
    real = demonstration.real_cases()
    run(*real)
    shelf, editions = shelving.latest(), Edition.objects.count()
    said = run(*real)

    assert f"0 new, 0 changed, {len(real)} as before, 0 refused." in said
    assert (shelving.latest(), Edition.objects.count()) == (shelf, editions)


def test_a_case_that_changed_gets_a_version_that_says_what():
    outcome(row())
    assert outcome(row(year_launched=2017, title="The shared tram line")) == [("changed", "")]

    public = PublicCase.objects.select_related("edition").get()
    assert (public.slug, public.edition.number, public.year) == ("shared-tram-line", 2, 2017)
    assert public.edition.note == "Changed: title, year."


def test_two_cases_of_one_source_are_two():
    assert [told for told, _why in outcome(row(), row(title="Another"))] == ["new", "new"]
    assert [told for told, _why in outcome(row(), row(title="Another"))] == ["as before", "as before"]


def test_a_case_is_the_same_whatever_else_of_its_source_stands_in_the_file():
    other = row(title="Another")
    assert outcome(row(), other) == [("new", ""), ("new", "")]
    assert outcome(row()) == outcome(other) == [("as before", "")]
    assert [told for told, _why in outcome(row(), other, row(title="A third"))] == [
        "as before",
        "as before",
        "new",
    ]
    assert PublicCase.objects.count() == 3


def test_a_case_that_came_alone_is_known_when_others_of_its_source_follow():
    outcome(row())

    assert [told for told, _why in outcome(row(title="Another"), row())] == ["new", "as before"]
    assert PublicCase.objects.count() == 2


def test_another_title_is_the_same_case_only_where_it_can_be_no_other():
    outcome(row())
    assert outcome(row(title="Renamed")) == outcome(row(title="Renamed again")) == [("changed", "")]
    assert outcome(row(title="Renamed again")) == [("as before", "")]
    outcome(row(title="Renamed again"), row(title="Another"))

    assert outcome(row(title="One of the two?")) == [("new", "")]
    assert outcome(row(source_url=" https://example.org/bus"), row(source_url="https://example.org/bus")) == [
        ("new", ""),
        ("refused", "it stands in the file twice"),
    ]


@pytest.mark.parametrize("known", ["https://example.org/tram", "https://example.org/tram shared tram line"])
def test_what_was_taken_in_under_the_names_of_before_is_known_and_gets_the_new_one(known):
    outcome(row())
    name = PublicCase.objects.get().known_as
    PublicCase.objects.update(known_as=digest_of(known))

    assert [told for told, _why in outcome(row(), row(title="Another"))] == ["as before", "new"]

    assert PublicCase.objects.get(title="Shared tram line").known_as == name


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("no object", "no object"),
        (None, "no object"),
        (["a"], "no object"),
        ({}, "no title"),
        (row(title=""), "no title"),
        (row(title=7), "«title» is no text"),
        (row(source_url=None), "no source"),
        (row(source_url="javascript:alert(1)"), "no web address"),
        (row(source_url=["https://example.org"]), "«source_url» is no text"),
        (row(jurisdictions=None), "fewer than two"),
        (row(jurisdictions=ROW["jurisdictions"][:1]), "fewer than two"),
        (row(jurisdictions=[ROW["jurisdictions"][0]] * 2), "fewer than two"),
        (row(jurisdictions={"country": "FR"}), "«jurisdictions» is no list"),
        (row(jurisdictions=["FR", "DE"]), "partner 1 is no object"),
        (row(jurisdictions=[{"country": "XX", "level": "local"}] * 2), "no country that we know: «XX»"),
        (
            row(jurisdictions=[{"country": "FR", "level": "galactic"}] * 2),
            "no level that we know: «galactic»",
        ),
        (
            row(jurisdictions=[{"country": "FR", "level": "local", "name": str(n)} for n in range(201)]),
            "more than 200 partners",
        ),
        (row(mechanism="telepathy"), "«mechanism» is unknown: 'telepathy'"),
        (row(policy_area="astrology"), "«policy_area» is unknown"),
        (row(instrument=["EGTC"]), "«instrument» is unknown"),
        (row(year_launched="2019"), "«year_launched» is no year"),
        (row(year_launched=True), "«year_launched» is no year"),
        (row(year_launched=20190), "«year_launched» is no year"),
        (row(summary={"en": "x"}), "«summary» is no text"),
        (row(other_sources="https://example.org"), "«other_sources» is no list"),
    ],
)
def test_what_cannot_be_published_is_refused_with_its_reason_and_stops_no_other(wrong, reason):
    refused, good = outcome(wrong, row(title="A good one", source_url="https://example.org/good"))

    assert refused[0] == "refused"
    assert reason in refused[1]
    assert good == ("new", "")


def test_the_report_names_what_was_refused(run):
    said = run(row(), row(title="A bad one", mechanism="telepathy", source_url="https://example.org/bad"))

    assert "1 new, 0 changed, 0 as before, 1 refused." in said
    assert "refused: A bad one: «mechanism» is unknown: 'telepathy'" in said


def test_a_case_twice_in_a_file_is_published_once():
    assert outcome(row(), row())[1] == ("refused", "it stands in the file twice")


def test_what_our_team_took_down_stays_down():
    outcome(row())
    public = PublicCase.objects.get()
    public.state, public.left_at = "unpublished", NOON + DAY
    public.save()

    assert outcome(row(year_launched=2020))[0][0] == "refused"
    assert PublicCase.objects.get().state == "unpublished"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"title": "x",}]', "is no JSON: line 1, column 16"),
        ("", "is no JSON: line 1, column 1"),
        ('{"title": "x"}', "has to hold a list of cases"),
        ("null", "has to hold a list of cases"),
        (b"\xff\xfe[]", "is not written in UTF-8"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_the_command_fails(run, text, why):
    with pytest.raises(CommandError, match="cases.json") as trouble:
        run(text=text)

    assert why in str(trouble.value)
    assert "\n" not in str(trouble.value)


def test_a_file_that_is_not_there_says_so_after_the_others_were_taken_in(tmp_path):
    good = tmp_path / "good.json"
    good.write_text(json.dumps([row()]))

    with pytest.raises(CommandError, match="No such file"):
        call_command("import_cases", str(tmp_path / "none.json"), str(good), stdout=StringIO())

    assert PublicCase.objects.on_show().count() == 1


def test_hostile_words_are_kept_as_words():
    title = "<script>alert(1)</script>\u0000\u202e"
    assert outcome(row(title=title)) == [("new", "")]
    assert PublicCase.objects.get().title == "<script>alert(1)</script>\u202e"


def test_every_word_of_the_real_file_is_in_the_tables():
    for real in demonstration.real_cases():
        assert real["mechanism"] in desk_research.MECHANISM
        assert real["policy_area"] in desk_research.SECTOR
        assert real["instrument"] in desk_research.INSTRUMENT
