"""Conflicts of interest: from the country, the organisation, the mail domain, the person, or as declared."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import submitting
from reviews import conflicts
from reviews.conflicts import Tie, conflict_of, conflicts_of, domain_of, grounds_of, is_free_mail, name_of
from reviews.models import Conflict, Dossier
from reviews.taking_in import take_in
from tests.makers import (
    COMPLETE,
    HOUR,
    NOON,
    author_of,
    make_address,
    make_colleague,
    make_draft,
    make_staff,
    write,
)
from tests.reviews.makers import REVIEWING, make_dossier, make_reviewer

pytestmark = pytest.mark.django_db


def case_of(email: str = "marta@kisumu.example", **answers) -> Dossier:
    """A case in review between France and Germany, written by whoever reads this mailbox."""
    return make_dossier(make_draft(complete=True, author=make_address(email), answers=answers))


def ties(reviewer, dossier) -> list[Tie]:
    return [ground.tie for ground in grounds_of(reviewer, dossier)]


def test_somebody_who_has_nothing_to_do_with_a_case_is_in_no_conflict_with_it():
    reviewer = make_reviewer(country="AT", organisation="OECD", domains=["oecd.org"])

    assert conflict_of(reviewer, case_of()) == []


def test_ones_own_country_among_the_jurisdictions_is_a_conflict():
    assert conflict_of(make_reviewer(country="DE"), case_of()) == [
        "Their own country, Germany, is one of the jurisdictions."
    ]


def test_what_was_handed_in_last_counts_and_not_what_is_being_written():
    dossier = case_of()
    case = dossier.case
    case.answers = {**case.answers, "organisation": "Ministry of the Interior"}
    case.save()

    assert conflict_of(make_reviewer(organisation="Ministry of the Interior"), dossier) == []


@pytest.mark.parametrize(
    "organisation",
    [
        "River Basin Authority North",  # hands it in
        "the RIVER basin  authority, North",
        "Water Agency",  # takes part in a jurisdiction
        "Grand Est",  # is one
        "Ministère de l’Écologie",  # stands behind the case
        "Ministere de l'Ecologie",
    ],
)
def test_ones_own_organisation_is_a_conflict_however_it_is_spelled(organisation):
    dossier = case_of(sponsor_organisation="Ministère de l’Écologie")

    assert ties(make_reviewer(organisation=organisation), dossier) == [Tie.ORGANISATION]


def test_another_organisation_of_a_like_name_is_none():
    assert ties(make_reviewer(organisation="River Basin Authority South"), case_of()) == []


@pytest.mark.parametrize("domain", ["kisumu.example", "partner.example", "sponsor.example", "writes.example"])
def test_a_mail_domain_of_authors_sponsor_or_partners_is_a_conflict(domain):
    places = [{**COMPLETE["jurisdictions"][0], "contact": "jo@partner.example"}, COMPLETE["jurisdictions"][1]]
    dossier = case_of(jurisdictions=places, sponsor_email="Minister@Sponsor.example")
    make_colleague(dossier.case, email="ana@writes.example")

    assert ties(make_reviewer(email=f"lea@{domain}"), dossier) == [Tie.DOMAIN]
    assert ties(make_reviewer(domains=[domain]), dossier) == [Tie.DOMAIN]


@pytest.mark.parametrize(
    ("own", "other", "shared"),
    [
        ("kisumu.example", "mail.kisumu.example", True),
        ("mail.kisumu.example", "kisumu.example", True),
        ("KISUMU.example", "kisumu.example", True),
        ("köln.example", "xn--kln-sna.example", True),
        ("notkisumu.example", "kisumu.example", False),
        ("east.kisumu.example", "west.kisumu.example", False),
        ("gmail.com", "gmail.com", False),
        ("yahoo.co.uk", "yahoo.co.uk", False),
    ],
)
def test_domains_are_one_when_the_one_lies_in_the_other_and_free_mail_says_nothing(own, other, shared):
    assert (ties(make_reviewer(domains=[own]), case_of(f"marta@{other}")) == [Tie.DOMAIN]) is shared


def test_free_mail_is_known_by_house_and_country_and_nothing_of_a_government_is_taken_for_it():
    free = ["gmail.com", "hotmail.fr", "outlook.com.br", "gmx.net", "live.co.uk", "web.de"]
    offices = ["live.gov.uk", "outlook.example", "mail.gov.fr", "oecd.org", "me.gov"]

    assert [is_free_mail(each) for each in free + offices] == [True] * 6 + [False] * 5


def test_whoever_wrote_the_case_is_in_conflict_with_it_even_by_a_free_address_and_after_leaving():
    dossier = case_of("lea@gmail.com")
    left = make_colleague(dossier.case, email="tom@gmail.com")
    left.removed_at = NOON
    left.save()

    assert ties(make_reviewer(email="lea@gmail.com"), dossier) == [Tie.PERSON]
    assert ties(make_reviewer(email="tom@gmail.com"), dossier) == [Tie.PERSON]


def test_a_declared_conflict_stays_one():
    dossier, reviewer = case_of(), make_reviewer()
    Conflict.objects.create(reviewer=reviewer, dossier=dossier, reason="A friend.", declared_at=REVIEWING)

    assert conflict_of(reviewer, dossier) == ["They have declared a conflict of interest."]
    assert conflict_of(reviewer.user, dossier) == ["They have declared a conflict of interest."]
    assert conflict_of(make_reviewer(), dossier) == []


def test_staff_who_are_no_reviewers_are_asked_by_their_address():
    dossier = case_of()

    assert conflict_of(make_staff("clerk@kisumu.example"), dossier) == [
        "An address of the case is at kisumu.example, as is theirs."
    ]
    assert conflict_of(make_staff("clerk@oecd.example"), dossier) == []


def test_all_grounds_are_told_one_of_each_kind():
    dossier = case_of("lea@kisumu.example")
    reviewer = make_reviewer(email="lea@kisumu.example", country="FR", organisation="Ministry")

    assert ties(reviewer, dossier) == [Tie.COUNTRY, Tie.ORGANISATION, Tie.DOMAIN, Tie.PERSON]


def test_the_conflicts_of_one_person_with_many_cases_cost_as_much_as_with_one():
    reviewer = make_reviewer(country="DE")
    dossiers = [case_of(f"person@town{n}.example") for n in range(5)]
    apart = make_dossier(
        make_draft(
            complete=True,
            answers={
                "jurisdictions": [
                    {**row, "country": code}
                    for row, code in zip(COMPLETE["jurisdictions"], ("KE", "UG"), strict=True)
                ]
            },
        )
    )

    with CaptureQueriesContext(connection) as of_one:
        conflicts_of(reviewer, dossiers[:1])
    with CaptureQueriesContext(connection) as of_six:
        found = conflicts_of(reviewer, [*dossiers, apart])

    assert len(of_six) == len(of_one) == 3
    assert set(found) == {each.pk for each in dossiers}


def test_what_is_handed_in_again_brings_its_own_ties():
    dossier = case_of()
    places = [{**COMPLETE["jurisdictions"][0], "country": "KE"}, COMPLETE["jurisdictions"][1]]
    write(author_of(dossier.case), **{"jurisdictions.aaaa1111.country": "KE"}, at=NOON + HOUR)
    submitting.hand_in(author_of(dossier.case), at=NOON + HOUR)
    take_in(at=NOON + 2 * HOUR)

    again = Dossier.objects.get(pk=dossier.pk)

    assert again.submission.answers["jurisdictions"] == places
    assert ties(make_reviewer(country="KE"), again) == [Tie.COUNTRY]
    assert ties(make_reviewer(country="FR"), again) == []


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("lea@Ministry.EXAMPLE ", "ministry.example"),
        ("@ministry.example.", "ministry.example"),
        ("ministry.example", "ministry.example"),
        ("localhost", ""),
        ("", ""),
        ("two words.example", ""),
        ("https://ministry.example", ""),
    ],
)
def test_a_domain_is_read_as_people_type_it(typed, domain):
    assert domain_of(typed) == domain


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("The Hague, City of", "hague city of"),
        ("L’Agence de l’Eau", "agence de eau"),
        ("وزارة الداخلية", "وزارة الداخلية"),
        ("The", "the"),
        ("  ", ""),
    ],
)
def test_names_of_organisations_have_one_spelling(written, compared):
    assert name_of(written) == compared


def test_odd_answers_break_nothing():
    odd = {"jurisdictions": ["FR", {"country": "DE", "organisation": None, "contact": 7}], "sponsor_email": 3}

    assert conflicts.ties_from(odd).countries == {"DE"}
