"""Where a round is blind no reviewer meets an organisation, a person, an address or a web page of the case, anywhere."""

import pytest
from django.utils import timezone

from cases import drafting, reading
from cases.models import Case, Submission
from reviews import blinding, reviewing
from reviews.models import Dossier, Likeness, Question
from tests.makers import COMPLETE, author_of, make_colleague, make_draft, make_staff, make_upload
from tests.reviews.makers import give, make_dossier, make_reviewer, make_round, score
from tests.reviews.test_office_reading import ALL, FILLED, PILE, entered, page, press, staff
from tests.reviews.test_reviewing import now

pytestmark = pytest.mark.django_db
NOW = timezone.now()

ORGANISATION = "River Basin Authority North"
SAID = {
    **COMPLETE,
    "organisation": ORGANISATION,
    "title": "How the River Basin  authority north warns of floods",
    "title_english": "River Basin Authority North’s warnings",
    "public_employee": "no",
    "sponsor_name": "Søren Kjær",
    "sponsor_organisation": "Ministry of the Rivers",
    "sponsor_email": "soren.kjaer@rivers.example",
    "website": "https://www.riverbasin.example/floods",
    "video": "https://videos.example/watch?v=floods",
    "links": "https://press.example/rivers\nhttps://riverbasin.example/report.pdf",
    "overview": "RIVER BASIN AUTHORITY NORTH and the Ministry of the Rivers agreed. Marta Okello signed first; write to "
    "marta@riverbasin.example, see www.riverbasin.example/more or riverbasin.example.",
    "results": "Søren Kjær says: hours earlier. More at https://press.example/rivers and flood-alarm.org/data.",
    "tags": "rivers, Water Agency Grand-Est, alarms",
    "jurisdictions": [
        {
            "id": "aaaa1111",
            "country": "FR",
            "level": "regional",
            "name": "Grand Est",
            "organisation": "Water Agency Grand-Est",
            "contact": "alarm@water.example",
        },
        {
            "id": "bbbb2222",
            "country": "DE",
            "level": "regional",
            "name": "Saarland",
            "organisation": "Landesamt für Wasser",
            "contact": "pegel@saar.example",
        },
    ],
}
#: Each of these would tell who it is.
HIDDEN = (
    ORGANISATION,
    "Ministry of the Rivers",
    "Søren Kjær",
    "Marta Okello",
    "Ana Ribeiro",
    "Water Agency Grand-Est",
    "Landesamt für Wasser",
    "soren.kjaer",
    "marta@",
    "alarm@water",
    "pegel@saar",
    "rivers.example",
    "riverbasin.example",
    "videos.example",
    "press.example",
    "flood-alarm.org",
    "Agreement signed by Okello",
)


def revealed(html: str) -> list[str]:
    """What of the hidden things stands somewhere in this page, in any spelling."""
    seen = " ".join(html.split()).casefold()
    return [words for words in HIDDEN if words.casefold() in seen]


@pytest.fixture
def case() -> Case:
    draft = make_draft(complete=True, answers=SAID)
    author = author_of(draft)
    file = drafting.attach(
        author, make_upload("Agreement signed by Okello.txt", b"Agreed.\n"), at=draft.begun_at
    )
    drafting.save(author, {f"alt.{file.code}": "Marta Okello signs."}, {}, at=draft.begun_at)
    make_colleague(draft)
    return make_dossier(Case.objects.get(pk=draft.pk)).case


@pytest.fixture
def reviewer():
    return make_reviewer("Lea M.", user=staff("lea@oecd.example", "Reviewers"))


def given(reviewer, case: Case, **facts):
    return give(Dossier.objects.get(case=case), reviewer, at=NOW, **facts)


def test_no_page_of_a_blind_review_tells_who_it_is(reviewer, case):
    make_round(blind=True)
    desk, one = entered(reviewer.user), given(reviewer, case)
    other = given(reviewer, make_dossier().case)
    Likeness.objects.create(dossier=other.dossier, other=one.dossier, title=9, places=9, text=9, score=9)
    Question.objects.create(
        dossier=one.dossier,
        words="Who signed?",
        answer="Marta Okello, marta@riverbasin.example",
        asked_by=make_staff(),
        asked_at=NOW,
        answered_at=NOW,
    )

    pages = {
        "the pile": desk.get(PILE),
        "the question": desk.get(page(one)),
        "no reason": press(desk, one, "conflict"),
        "opened": desk.post(page(one), {"do": "clear"}, follow=True),
        "not complete": press(desk, one, "finish", comments="Hm."),
        "another window": press(desk, one, "save", comments="Hm!"),
    }
    reviewing.clear(other, at=NOW)
    pages["a neighbour in the pile, and a similar case"] = desk.get(page(other))
    pages["finished"] = press(desk, one, "finish", 1, **FILLED)
    pages["afterwards"] = desk.get(page(one))

    told = {name: revealed(answer.content.decode()) for name, answer in pages.items()}
    assert {name: words for name, words in told.items() if words} == {}
    assert "[hidden]" in pages["opened"].content.decode()
    assert "Grand Est, France" in pages["opened"].content.decode()
    for name in ("the pile", "a neighbour in the pile, and a similar case"):
        assert "How the [hidden] warns of floods" in pages[name].content.decode()


def test_a_file_of_a_blind_review_has_a_name_that_says_nothing(reviewer, case):
    make_round(blind=True)
    desk, one = entered(reviewer.user), given(reviewer, case, cleared_at=NOW)
    code = one.dossier.submission.files[0]["code"]

    shown, answer = desk.get(page(one)).content.decode(), desk.get(page(one, "file", code))

    assert "File 1 (TXT, 8 bytes)" in shown
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{case.reference} file 1.txt"')
    assert revealed(answer["Content-Disposition"]) == []
    assert answer.getvalue() == b"Agreed.\n"


def test_a_review_that_is_not_blind_shows_it_all_but_addresses(reviewer, case):
    desk, one = entered(reviewer.user), given(reviewer, case, cleared_at=NOW)

    shown = desk.get(page(one)).content.decode()

    assert revealed(shown.replace("marta@riverbasin.example", "")) == [
        words
        for words in HIDDEN
        if words
        not in ("Ana Ribeiro", "soren.kjaer", "marta@", "alarm@water", "pegel@saar", "rivers.example")
    ]
    assert "[hidden]" not in shown


def test_colleagues_reviews_stay_readable_where_the_round_is_blind(reviewer, case):
    make_round(blind=True)
    one = given(reviewer, case, cleared_at=NOW)
    score(given(make_reviewer("Jan P."), case), 4, 4, 4, 4, 4, comments="Sparkling.")
    score(now(one), *ALL.values())

    assert "Sparkling." in entered(reviewer.user).get(page(one)).content.decode()


def test_the_pile_costs_as_much_for_ten_blind_cases_as_for_one(reviewer, django_assert_max_num_queries):
    make_round(blind=True)
    desk = entered(reviewer.user)
    for _n in range(10):
        given(reviewer, make_dossier().case)
    desk.get(PILE)

    with django_assert_max_num_queries(13):
        desk.get(PILE)


# -- The hand that covers ----------------------------------------------------------------------------------------------


def cover(**said) -> blinding.Cover:
    return blinding.cover_of({"jurisdictions": [], **said}, ["Marta Okello"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Marta Okello wrote it.", "[hidden] wrote it."),
        ("by MARTA\n okello’s team", "by [hidden]’s team"),
        ("Marta Okellos", "Marta Okellos"),
        ("(Water Board)", "([hidden])"),
        ("Waterboard", "Waterboard"),
        ("ask ana@towns.example.", "ask [hidden]"),
        ("see https://towns.example/a?b=c now", "see [hidden] now"),
        ("see www.towns.example, now", "see [hidden] now"),
        ("towns.org has it", "[hidden] has it"),
        ("e.g. at 10.30, i.e. early. In 2019.It began", "e.g. at 10.30, i.e. early. In 2019.It began"),
        ("", ""),
    ],
)
def test_words_are_covered_in_any_case_and_spacing_and_nothing_else_is(text, shown):
    assert cover(organisation="Water Board")(text) == shown


def test_letters_that_are_put_together_in_two_ways_are_the_same():
    assert cover(sponsor_name="Jose\u0301 Pérez")("by José Pe\u0301rez") == "by [hidden]"


def test_a_place_stays_even_where_an_organisation_is_called_like_it():
    said = {
        "organisation": "Grand Est",
        "jurisdictions": [{"id": "a", "country": "FR", "name": "Grand Est", "organisation": "France"}],
    }

    assert blinding.cover_of(said, [])("Grand Est, France") == "Grand Est, France"


def test_short_names_are_left_alone_because_they_stand_in_too_many_words():
    assert cover(organisation="EU")("EU and Europe") == "EU and Europe"


def test_what_is_hidden_whole_is_gone_and_choices_stay_as_they_are():
    said = {**SAID, "organisation": "environment"}

    shown = blinding.covered(said, blinding.cover_of(said, []))

    assert [key for key in blinding.HIDDEN if key in shown] == []
    assert shown["sectors"] == ["environment", "information"]
    assert shown["jurisdictions"][0] == {
        "id": "aaaa1111",
        "country": "FR",
        "level": "regional",
        "name": "Grand Est",
    }
    assert reading.chapters(shown, [], private=True)


def test_an_address_that_is_none_breaks_nothing():
    assert (
        cover(website="http://[half", links="https://\nx")("http://[half an address") == "[hidden] an address"
    )


def test_what_was_handed_in_stays_as_it_was(reviewer, case):
    make_round(blind=True)
    entered(reviewer.user).get(page(given(reviewer, case, cleared_at=NOW)))

    assert Submission.objects.get(case=case).is_intact
