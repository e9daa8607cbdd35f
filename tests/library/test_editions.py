"""What of a case is public: one list, and editions that nothing changes."""

import json

import pytest
from django.db import DatabaseError, transaction

from cases import editions, publishing
from cases.models import Edition, PublicCase, Shelf
from tests.makers import COMPLETE, DAY, NOON, make_desk_research, make_public_case, make_submission

pytestmark = pytest.mark.django_db


def test_content_has_every_public_field_and_no_other():
    content = editions.content_from(COMPLETE, reference="XB-2027-0001")

    assert set(content) == set(editions.FIELDS)
    assert content["title"] == "Shared river flood warnings"
    assert content["border"] == "international-subnational"


def test_no_contact_and_no_name_of_a_person_is_in_the_content():
    said = {
        **COMPLETE,
        "sponsor_name": "Greta Sponsor",
        "sponsor_email": "greta@sponsor.example",
        "sponsor_organisation": "Hidden office",
        "jurisdictions": [{**row, "contact": "partner@hidden.example"} for row in COMPLETE["jurisdictions"]],
    }

    told = json.dumps(editions.content_from(said))
    assert "Greta" not in told
    assert "greta@" not in told
    assert "Hidden office" not in told
    assert "partner@hidden.example" not in told


@pytest.mark.parametrize(
    "strange",
    [{"sponsor_email": "a@b.example"}, {"jurisdictions": [{"country": "FR", "contact": "x@y.example"}]}],
)
def test_content_with_anything_else_is_refused(strange):
    with pytest.raises(ValueError, match="Not public"):
        editions.checked(strange)


def test_a_web_address_that_is_none_does_not_become_public():
    content = editions.content_from({**COMPLETE, "website": "javascript:alert(1)", "video": "no address"})

    assert content["website"] == content["video"] == ""


def test_each_edition_has_the_next_number_and_the_case_shows_the_latest():
    public = make_public_case()
    publishing.bring_out(
        public, {**public.edition.said, "title": "Corrected"}, at=NOON + DAY, note="The title."
    )

    public = PublicCase.objects.get(pk=public.pk)
    assert [edition.number for edition in public.editions.all()] == [1, 2]
    assert public.edition.number == 2
    assert public.title == "Corrected"
    assert public.published_at == NOON
    assert public.renewed_at == NOON + DAY


def test_the_database_refuses_to_change_an_edition():
    edition = make_public_case().edition

    with pytest.raises(DatabaseError, match="Editions are only added"), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(content="{}")
    assert Edition.objects.get(pk=edition.pk).is_intact


def test_every_change_of_the_shelf_has_a_larger_number():
    first, second = make_public_case(), make_desk_research()

    assert first.shelved_as < second.shelved_as == Shelf.objects.get().number


def test_facets_name_countries_levels_year_tags_and_the_call():
    facets = make_public_case().facets

    assert {"country:FR", "country:DE", "level:regional", "year:2019", "call:2027"} <= set(facets)
    assert {"tag:flood warning", "sector:environment", "stage:evaluating", "origin:call"} <= set(facets)


def test_two_cases_of_one_title_have_two_addresses():
    assert make_public_case().slug == "shared-river-flood-warnings"
    assert make_public_case().slug == "shared-river-flood-warnings-2"


def test_a_title_without_latin_letters_has_the_reference_as_its_address():
    case = make_submission(answers={"title": "تحذيرات الفيضانات"}).case

    assert make_public_case(case).slug == case.reference.lower()


def test_beginning_twice_begins_one_public_version():
    case = make_submission().case

    assert publishing.begin(case, at=NOON) == publishing.begin(case, at=NOON + DAY)
