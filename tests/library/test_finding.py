"""Finding by words: real cases, in several languages, mistyped and half typed; whatever is asked is answered."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from cases import finding, publishing
from cases.models import PublicCase, SearchText
from cases.shelving import take_off
from tests.library.shelf import ask, titles
from tests.makers import NOON, SECOND, make_desk_research

pytestmark = pytest.mark.django_db

TRAM_TO_BASEL = "Basel tram line 3 to Saint-Louis"
TRAM_TO_KEHL = "Strasbourg-Kehl cross-border tramway"
WADDEN = "Trilateral Wadden Sea Cooperation"
X_ROAD = "X-Road Trust Federation between Estonia and Finland"
PRESCRIPTION = "Cross-border ePrescription between Finland and Estonia"
LAKES = "Great Lakes-St. Lawrence River Basin water agreement and compact"


def search(q: str, **more: str) -> finding.Found:
    return ask(urlencode({"q": q, **more}))


GOLDEN = {
    # words and their forms
    "wadden": [WADDEN],
    "River": [LAKES],
    "rivers": [LAKES],
    "tram": [TRAM_TO_BASEL, TRAM_TO_KEHL],
    "Finland health": [PRESCRIPTION],
    # half typed
    "hedmark dal": ["Hedmark-Dalarna cross-border co-operation"],
    "eurom": ["Lille-Kortrijk-Tournai Eurometropolis rail fares"],
    # hyphens, points and capitals
    "x-road": [X_ROAD],
    "xroad": [X_ROAD],
    "e-prescription": [PRESCRIPTION],
    "ePrescription": [PRESCRIPTION],
    "CODE": ["C.O.D.E. property code enforcement platform", "New Hampshire and Massachusetts child-care information system"],
    "c.o.d.e.": ["C.O.D.E. property code enforcement platform", "New Hampshire and Massachusetts child-care information system"],
    # accents typed or not
    "SONDERBORG": ["OS2 public digitalisation network"],
    "sønderborg": ["OS2 public digitalisation network"],
    "verin": ["Chaves-Verín Eurocity"],
    # acronyms
    "UK": ["LocalGov Drupal"],
    "mercosur": ["MERCOSUR mutual recognition of digital signature certificates"],
    # sequences of words
    '"one stop"': ["Chirundu one-stop border post"],
    "«one stop»": ["Chirundu one-stop border post"],
    '"stop one"': [],
}  # fmt: skip


def test_questions_find_the_real_cases_that_they_should(real_library):
    assert {q: titles(search(q)) for q in GOLDEN} == GOLDEN


def test_a_country_is_found_in_every_language_of_the_cases(real_library):
    for name in ("Germany", "Allemagne", "Deutschland", "ألمانيا", "Alemania", "германия", "germany"):
        found = titles(search(name))

        assert len(found) == 7, name
        assert WADDEN in found and TRAM_TO_KEHL in found


MISTYPED = {
    "tramm": ("tram", TRAM_TO_BASEL),
    "trasnport": ("transport", TRAM_TO_BASEL),
    "vehicules": ("vehicles", "Franco-German-Luxembourg testbed for automated vehicles"),
    "covid certifcate": ("covid certificate", "EU Digital COVID Certificate"),
    "eprescrption": ("eprescription", PRESCRIPTION),
    "Estnoia": ("estonia", X_ROAD),
}


def test_a_mistyped_word_finds_what_was_meant_and_the_page_says_so(real_library, client):
    for q, (meant, title) in MISTYPED.items():
        result = search(q)

        assert result.search.instead == meant
        assert title in titles(result)
        page = client.get("/en/cases/", {"q": q}).content.decode()
        assert f"<b><bdi>{meant}</bdi></b>" in page
        assert urlencode({"q": q, "exact": "1"}).replace("&", "&amp;") in page


def test_a_question_can_be_meant_as_it_is(real_library):
    assert titles(search("tramm", exact="1")) == []


def test_words_that_say_nothing_are_left_out_of_a_question_that_has_others(real_library):
    assert titles(search("the tram of the")) == titles(search("tram"))
    assert search("the").count > 20


def test_a_word_in_the_title_comes_before_one_in_the_short_text_and_that_before_one_in_the_body():
    body = make_desk_research("First", sections=[{"key": "overview", "text": "About a zeppelin."}])
    short = make_desk_research("Second", short="With a zeppelin.")
    begins = make_desk_research("Zeppelins without end")
    title = make_desk_research("The zeppelin")

    assert list(search("zeppelin").keys()) == [title.pk, begins.pk, short.pk, body.pk]


def test_of_two_words_the_one_that_weighs_less_decides():
    both = make_desk_research("Zeppelin bus", at=NOON)
    one = make_desk_research("The zeppelin", short="And a bus.", at=NOON + SECOND)
    none = make_desk_research("Transport", short="Zeppelin and bus.", at=NOON + 2 * SECOND)

    assert list(search("zeppelin bus").keys()) == [both.pk, none.pk, one.pk]


def test_two_letters_find_what_begins_with_them_in_titles_and_short_texts_alone():
    title = make_desk_research("Zeppelin")
    make_desk_research("Other", sections=[{"key": "overview", "text": "A zeppelin."}])

    assert list(search("ze").keys()) == [title.pk]
    assert search("zepp").count == 2


def test_what_fits_equally_well_comes_newest_first():
    older = make_desk_research("A ferry", at=NOON)
    newer = make_desk_research("A ferry", at=NOON + SECOND)

    assert list(search("ferry").keys()) == [newer.pk, older.pk]


def test_german_words_are_found_by_what_they_begin_with_and_in_their_other_forms():
    make_desk_research("Hochwasserwarnungen am Rhein", language="de")

    for q in ("Hochwasser", "hochwasser rhein", "Hochwasserwarnung", "hochwasserwarnungen"):
        assert search(q).count == 1, q


def test_arabic_is_found_however_its_letters_are_written():
    make_desk_research("إدارة مشتركة للأنهار والفيضانات", language="ar", short="محطة إنذار في المدينة")

    for q in ("ادارة", "إدارة", "إِدارة", "مدينه", "المدينة", "الفيضانات"):
        assert search(q).count == 1, q


def test_chinese_and_japanese_are_found_without_spaces():
    make_desk_research("東京と大阪の共同防災計画", language="other")

    for q in ("防災", "共同防災", "東"):
        assert search(q).count == 1, q
    assert search("災防").count == 0


def test_an_english_title_beside_the_own_one_is_found_too():
    make_desk_research("Ένα ποτάμι", language="other", title_english="One river, two towns")

    assert search("rivers").count == search("ποταμι").count == 1


def test_what_was_corrected_is_found_by_its_new_words_alone():
    public = make_desk_research("Shared kayak")
    from_now = {**public.edition.said, "title": "Shared gondola", "short": "A gondola."}
    assert search("kayak").count == 1
    publishing.bring_out(public, from_now, at=NOON + SECOND)

    assert search("kayak", exact="1").count == 0
    assert search("gondola").count == 1


def test_what_is_taken_down_leaves_no_text_behind():
    public = make_desk_research("Shared balloon")
    public.state = PublicCase.State.UNPUBLISHED
    public.save()
    take_off(public)

    assert search("balloon").count == 0
    assert not SearchText.objects.filter(public_case=public).exists()


HOSTILE = [
    "\0",
    "a\0b",
    "''",
    '"',
    '"""',
    '"a',
    "*",
    "a*",
    "-a",
    "a AND (b OR",
    "NEAR(a b, 2)",
    "title:a",
    "a:*",
    "a & b | !c <-> d",
    "'; DROP TABLE cases_searchtext; --",
    "\\",
    "'a'':1",
    "%s %(x)s",
    "<script>alert(1)</script>",
    "\u202e\u2066",
    "🚢🚢",
    "\ud7ff\uffff",
    "é" * 300,
    "a " * 500,
    "x" * 5000,
    "¶",
    "½ ² ٢",
    "Z" + "\u0301" * 400,
]


def test_whatever_is_asked_is_answered(real_library, client):
    for q in HOSTILE:
        page = client.get("/en/cases/", {"q": q})

        assert page.status_code == (400 if "\0" in q else 200), q  # a NUL comes no further than the guard
        assert b"<script>alert" not in page.content
        assert search(q).count >= 0


def test_a_question_without_letters_shows_everything_and_says_why(real_library):
    result = search("…!?")

    assert result.count == 31
    assert result.asked.notes == ("There is no letter and no digit in your question, so we show all cases.",)


def test_a_long_question_is_cut_with_a_word_about_it(real_library):
    assert "the first 200 characters" in search("word " * 100).asked.notes[0]
    assert "the first 12 words" in search(" ".join(f"w{n}" for n in range(30))).asked.notes[0]


def test_both_an_export_and_the_page_go_through_everything_found_in_one_order(real_library):
    result = ask("sort=title&page=2")
    everything = list(result.keys())

    assert len(everything) == result.count == 31
    assert result.page_keys() == everything[12:24]
    assert titles(result)[:3] == [
        "ACT-NSW Memorandum of Understanding for Regional Collaboration",
        "ActivitySim travel modelling consortium",
        "Basel tram line 3 to Saint-Louis",
    ]


def test_the_address_says_itself_again_without_what_was_not_understood():
    asked = ask("q=river&country=fr&country=ZZ&sector=health&sort=title&page=2&junk=1&pair=FR-DE").asked

    assert asked.query() == "q=river&sector=health&country=FR&pair=DE-FR&sort=title"
    assert asked.query(page=3).endswith("&page=3")
    assert len(asked.notes) == 2
