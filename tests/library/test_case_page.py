"""The page of a case: its words made readable, what stands beside, and what becomes of it when it leaves the library."""

import json
import re
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from cases import publishing, shelving, showing
from cases.editions import FIELDS, SECTION_KEYS
from cases.models import Badge, PublicCase
from tests.makers import DAY, NOON, make_desk_research, make_public_case
from tests.roof.test_every_page import complaints_about, parsed, words_in

pytestmark = pytest.mark.django_db


def page_of(public: PublicCase, rest: str = "", **headers):
    return Client(headers=headers).get(f"/en/cases/{public.slug}/{rest}")


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def section(key: str, text: str) -> dict:
    return {"sections": [{"key": key, "text": text}]}


# -- Words -------------------------------------------------------------------------------------------------------


def test_the_page_has_everything_that_was_published_and_is_valid():
    answer = page_of(make_public_case())

    assert answer.status_code == 200
    assert complaints_about(answer.content) == []
    told = text_of(answer)
    for words in (
        "Shared river flood warnings",
        "Two countries run one set of river gauges.",
        "The problem, and what they did",
        "The river crosses the border twice.",
        "Water Agency (lead)",
        "Grand Est, France",
        "International, between regions or cities",
        "Delivering: joint policy or service",
        "XB-2027-0001",
        "Published Wednesday 12 May 2027",
        "CC BY-SA 3.0 IGO",
    ):
        assert words in told, words


def test_every_section_of_a_case_has_a_heading_for_readers():
    assert set(showing.HEADINGS) == set(SECTION_KEYS)
    assert set(FIELDS) - set(showing.NAMES) == {"sections", "agreed_at"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One.\nTwo.", [("p", ["One.", "Two."])]),
        ("One.\n\nTwo.", [("p", ["One."]), ("p", ["Two."])]),
        ("- a\n- b", [("ul", ["a", "b"])]),
        ("• a\n\n• b", [("ul", ["a", "b"])]),
        ("1. a\n2) b", [("ol", ["a", "b"])]),
        ("First:\n- a\n- b\nLast.", [("p", ["First:"]), ("ul", ["a", "b"]), ("p", ["Last."])]),
        ("2019 was the year.", [("p", ["2019 was the year."])]),
        ("-5 degrees", [("p", ["-5 degrees"])]),
        ("  \n\n ", []),
    ],
)
def test_text_as_it_was_typed_becomes_paragraphs_and_lists(text, shown):
    assert [(block.kind, list(block.lines)) for block in showing.blocks_of(text)] == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("ftp://example.org", "ftp://example.org"),
        (
            "See https://example.org/a_(b).",
            'See <a href="https://example.org/a_(b)" rel="noopener nofollow" dir="ltr">https://example.org/a_(b)</a>.',
        ),
        (
            "(https://example.org/?a=1&b=2)",
            '(<a href="https://example.org/?a=1&amp;b=2" rel="noopener nofollow" dir="ltr">'
            "https://example.org/?a=1&amp;b=2</a>)",
        ),
        ("http://nowhere", "http://nowhere"),
    ],
)
def test_addresses_of_the_web_become_links_and_nothing_else_does(text, shown):
    assert showing.linked(text) == shown


def test_a_text_in_another_language_says_so_and_is_told_in_english_too():
    public = make_public_case(
        language="ar",
        title="تحذيرات الفيضانات",
        short="بلدان",
        title_english="Flood warnings",
        short_english="Two countries.",
    )

    page = page_of(public).content.decode()

    assert '<h1 lang="ar" dir="rtl">تحذيرات الفيضانات</h1>' in page
    assert '<div class="english read" lang="en" dir="ltr"><p class="serif">Flood warnings</p>' in page
    assert complaints_about(page.encode()) == []


def test_a_text_in_an_unknown_language_finds_its_own_direction():
    page = page_of(make_public_case(language="other")).content.decode()

    assert '<h1 dir="auto">' in page


def test_nothing_of_others_is_loaded_and_a_video_waits_for_a_click():
    page = page_of(make_public_case(video="https://video.example/watch?v=1")).content.decode()
    tree = parsed(page.encode())

    loaded = [
        e.get("src") for tag in ("img", "script", "iframe", "video") for e in tree.iter(tag) if e.get("src")
    ]
    assert all(address.startswith("/") for address in loaded)
    assert "Watch on video.example" in page
    assert page.index("<details") < page.index("https://video.example/watch?v=1")


def test_hostile_words_stay_words_everywhere():
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}"
    public = make_public_case(
        title=evil, short=evil, tags=[evil], organisation=evil, **section("overview", evil)
    )

    answer = page_of(public)

    assert complaints_about(answer.content) == []
    assert "<script>alert" not in answer.content.decode()
    assert "<img src=x" not in answer.content.decode()


# -- What stands beside ------------------------------------------------------------------------------------------


def test_facts_lead_to_the_library_narrowed_to_them():
    page = page_of(make_public_case()).content.decode()

    for query in (
        "country=FR",
        "sector=environment",
        "stage=evaluating",
        "tag=data+sharing",
        "year=2019",
        "call=2027",
    ):
        assert f'href="/en/cases/?{query}"' in page, query


def test_partners_who_confirmed_are_counted_and_none_is_named():
    public = make_public_case()
    for number, state in enumerate(("confirmed", "confirmed", "asked", "objected")):
        public.partners.create(
            key=f"k{number}", country="FR", level="local", name=f"Hidden {number}", state=state
        )
    shelving.shelve(public)

    told = text_of(page_of(public))

    assert "by 2 of 4 partners" in told
    assert "Asked, still time to answer: 1." in told
    assert "Objected: 1." in told
    assert "Hidden" not in told


@pytest.mark.parametrize(("ago", "told"), [(3, "last on"), (700, "not since")])
def test_a_confirmation_grows_old(ago, told):
    public = make_public_case()
    PublicCase.objects.filter(pk=public.pk).update(confirmed_at=timezone.now() - ago * DAY)

    assert told in text_of(page_of(public))


def test_badges_are_words():
    public = make_public_case()
    public.badges.add(
        Badge.objects.create(key="s", name={"en": "Shortlisted 2027"}, words={"en": "Among the best twenty."})
    )

    assert "Shortlisted 2027 Among the best twenty." in text_of(page_of(public))


def test_desk_research_is_marked_and_names_its_sources():
    answer = page_of(make_desk_research())

    told = text_of(answer)
    assert "Desk research Our team compiled this case from public sources" in told
    assert 'href="https://example.org/tram"' in answer.content.decode()
    assert "Handed in by those who work on it" not in told
    assert complaints_about(answer.content) == []


def test_where_it_is_cited_is_told_by_rooms_above(settings):
    settings.CASE_CITATIONS = ["tests.library.test_case_page.cited"]

    page = page_of(make_public_case()).content.decode()

    assert '<a href="/en/reports/x/">A report</a>' in page
    assert "version 1" in page


def cited(pk: int) -> list[dict]:
    return [{"title": "A report", "url": "/en/reports/x/", "kind": "Report", "edition": 1}]


def test_sharing_tells_nobody_who_reads():
    page = page_of(make_public_case()).content.decode()

    for site in ("linkedin.com", "bsky.app", "x.com", "facebook.com", "wa.me"):
        assert site in page
    assert "mailto:?subject=" in page
    assert "/qr.svg" in page


# -- For machines ------------------------------------------------------------------------------------------------


def data_in(page: bytes) -> dict:
    scripts = [e for e in parsed(page).iter("script") if e.get("type") == "application/ld+json"]
    return json.loads(scripts[0].text)


def test_machines_are_told_what_it_is():
    public = make_public_case()
    report, trail = data_in(page_of(public).content)["@graph"]

    assert report["@type"] == "Report"
    assert report["name"] == "Shared river flood warnings"
    assert report["url"] == "https://portal.example/en/cases/shared-river-flood-warnings/"
    assert report["license"] == "https://creativecommons.org/licenses/by-sa/3.0/igo/"
    assert report["datePublished"] == "2027-05-12T10:00:00+00:00"
    assert [place["address"]["addressCountry"] for place in report["spatialCoverage"]] == ["FR", "DE"]
    assert [each["position"] for each in trail["itemListElement"]] == [1, 2]


def test_a_title_cannot_end_the_data():
    title = "</script><!--"
    page = page_of(make_public_case(title=title)).content

    assert data_in(page)["@graph"][0]["name"] == title
    assert b"</script><!--" not in page


def test_a_page_is_shared_with_its_title_and_picture():
    public = make_public_case()
    tree = parsed(page_of(public).content)
    told = {e.get("property") or e.get("name"): e.get("content") for e in tree.iter("meta")}

    assert told["og:title"] == told["twitter:title"] == "Shared river flood warnings"
    assert told["og:image"].startswith("https://portal.example/en/cases/shared-river-flood-warnings/og.png?")
    assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
    links = {(e.get("rel"), e.get("hreflang")): e.get("href") for e in tree.iter("link")}
    assert links["canonical", None] == "https://portal.example/en/cases/shared-river-flood-warnings/"
    assert links["alternate", "ar"] == "https://portal.example/ar/cases/shared-river-flood-warnings/"


def test_the_picture_is_drawn_once_for_an_edition_and_kept_for_good():
    public = make_public_case()
    path = next(
        e.get("content")
        for e in parsed(page_of(public).content).iter("meta")
        if e.get("property") == "og:image"
    ).removeprefix("https://portal.example")

    first, again = Client().get(path), Client().get(path)

    assert Image.open(BytesIO(first.content)).size == (1200, 630)
    assert len(first.content) < 60_000
    assert again.content == first.content
    assert first.headers["Cache-Control"] == "public, max-age=604800, immutable"
    assert "max-age=60" in page_of(public, "og.png").headers["Cache-Control"]
    publishing.bring_out(public, {**public.edition.said, "title": "Another"}, at=NOON + DAY)
    assert page_of(public, "og.png").content != first.content


def test_the_code_for_a_slide_leads_to_the_page():
    answer = page_of(make_public_case(), "qr.svg")

    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert answer.content.startswith(b"<svg")
    assert b"style=" not in answer.content


# -- Leaving the library -----------------------------------------------------------------------------------------


def leave(public: PublicCase, state: str) -> PublicCase:
    public.state, public.left_at, public.left_because = state, NOON + DAY, "A secret reason."
    public.save()
    shelving.take_off(public)
    return public


BELOW = ("", "v/1/", "cite.bib", "cite.ris", "cite.txt", "v/1/cite.bib", "og.png", "qr.svg")


@pytest.mark.parametrize("rest", BELOW)
def test_a_case_that_was_taken_down_is_gone_and_says_so_kindly(rest):
    answer = page_of(leave(make_public_case(), "unpublished"), rest)

    assert answer.status_code == 410
    assert "This case was taken down" in text_of(answer)
    assert "A secret reason" not in text_of(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert complaints_about(answer.content) == []


@pytest.mark.parametrize("rest", BELOW)
def test_an_archived_case_keeps_its_page_with_a_note(rest):
    answer = page_of(leave(make_public_case(), "archived"), rest)

    assert answer.status_code == 200
    if not rest:
        assert "It left the library on Thursday 13 May 2027" in text_of(answer)
        assert 'content="noindex"' in answer.content.decode()


@pytest.mark.parametrize("rest", BELOW)
def test_what_never_came_out_is_not_there(rest):
    public = make_public_case()
    PublicCase.objects.filter(pk=public.pk).update(state="preparing")

    assert page_of(public, rest).status_code == 404
    assert Client().get(f"/en/cases/never-was/{rest}").status_code == 404


# -- Cost and freshness ------------------------------------------------------------------------------------------


def statements_of(path: str) -> int:
    Client().get(path)
    with CaptureQueriesContext(connection) as asked:
        assert Client().get(path).status_code == 200
    return len(asked)


def test_the_page_asks_the_same_few_questions_however_many_cases_there_are():
    public = make_public_case()
    make_desk_research(tags=["rivers"])
    few = statements_of(f"/en/cases/{public.slug}/")
    for number in range(30):
        make_desk_research(f"Case {number}", tags=["rivers", "data sharing"], sectors=["environment"])

    assert statements_of(f"/en/cases/{public.slug}/") == few == 10


def test_whoever_has_the_page_is_told_so_until_the_shelf_changes():
    public = make_public_case()
    had = page_of(public).headers["ETag"]

    again = page_of(public, if_none_match=had)
    make_desk_research()
    later = page_of(public, if_none_match=had)

    assert again.status_code == 304
    assert later.status_code == 200


def test_similar_cases_say_why():
    public = make_public_case()
    make_desk_research("Shared gauges", tags=["Rivers"], mechanisms=["joint-service"], sectors=["health"])
    make_desk_research("Nothing alike", jurisdictions=[], border="", tags=["tax"])

    told = text_of(page_of(public))

    assert "Shared gauges" in told
    assert "In common: rivers, joint policy or service" in told
    assert "Nothing alike" not in told


def test_the_heading_comes_first_and_the_library_is_a_step_away():
    tree = parsed(page_of(make_public_case()).content)

    headings = [words_in(e) for e in tree.iter() if e.tag in ("h1", "h2")]
    assert headings[0] == "Shared river flood warnings"
    assert any(e.get("href") == "/en/cases/" for e in tree.iter("a"))
