"""What readers find: pages in each of their states, versions for ever, papers, citations, calendars, pictures."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_countries import countries
from icalendar import Calendar
from PIL import Image
from pypdf import PdfReader

from cases import publishing as cases_publishing
from cases.attachments import Refused
from cases.models import PublicCase
from outputs import pictures, publishing
from outputs.models import Output, Picture, Printed
from tests.cases.samples import picture
from tests.makers import DAY, HOUR, NOON, make_boss, make_desk_research, make_public_case
from tests.outputs.makers import (
    OVER,
    block,
    cites,
    make_output,
    make_picture,
    make_published,
    make_result,
    publish,
    rewrite,
    text,
)
from tests.roof.test_every_page import complaints_about
from tests.workshops.makers import make_workshop
from workshops import results

pytestmark = pytest.mark.django_db

LONG = (
    "# Who decides\n\nTwo towns share a bridge^[See [the plan](https://plan.example/a).]. They met **often**.\n\n"
    "## Money\n\n- One pays\n- the other too\n\n# What comes\n\nMore^[A second note.] [here](https://b.example/)."
)


def case_block(public: PublicCase, why: str = "") -> dict:
    return block("case", case=f"case:{public.slug}", words={"en": why} if why else {})


def everything(kind: str) -> Output:
    """An output with a block of every kind, and one that cites it."""
    output = make_output(kind)
    public, result = make_public_case(), make_result(make_workshop(starts_at=OVER))
    other = make_published("story", title="A nurse on both sides")
    shown = make_picture(output)
    head = {
        "speakers": {"en": "Marta Okello, Kisumu County\nJo N."},
        "register": "https://register.example/a",
    }
    head |= {"recording": "https://vimeo.com/1", "transcript": {"en": "# Part one\n\nWelcome^[All of you.]."}}
    rewrite(
        output,
        text(LONG),
        block(
            "picture",
            picture=shown.code,
            alt={"en": "A bridge"},
            caption={"en": "In May"},
            credit="Jo, CC BY",
        ),
        block("picture", picture=shown.code, decoration=True),
        block("quotation", words={"en": "We met on the bridge."}, who={"en": "A mayor"}),
        block("figure", by="sector", caption={"en": "What they are about"}),
        block("figure", by="year"),
        case_block(public, "The first of its kind."),
        cites(result),
        block("output", output=f"story:{other.slug}"),
        block("video", video="https://youtu.be/abc", title={"en": "The bridge opens"}),
        **(head if kind == "dialogue" else {}),
    )
    publish(output)
    make_published("report", block("output", output=f"{kind}:{output.slug}"), title="The next report")
    return Output.objects.select_related("version").get(pk=output.pk)


# -- Every page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["report", "story", "dialogue"])
def test_a_page_with_every_kind_of_block_is_valid_and_shows_them_all(client: Client, kind: str):
    output = everything(kind)

    page = client.get(output.page)
    permanent = client.get(output.page_of(1))

    html = page.content.decode()
    assert (page.status_code, permanent.status_code) == (200, 200)
    assert [complaints_about(page.content), complaints_about(permanent.content)] == [[], []]
    for words in (
        "Who decides",
        "A second note.",
        "A bridge",
        "We met on the bridge.",
        "What they are about",
        "Shared river flood warnings",
        "The first of its kind.",
        "Begin with mistakes",
        "A nurse on both sides",
        "The bridge opens",
        "The next report",
    ):
        assert words in html, words
    assert 'content="noindex"' in permanent.content.decode() and 'content="noindex"' not in html


def test_lists_are_valid_and_show_what_is_published_alone(client: Client):
    make_output("report", title="Not yet")
    shown = [make_published(kind, title=f"The {kind}") for kind in ("report", "story", "dialogue")]
    gone = make_published("story", title="Not any more")
    publishing.withdraw(gone, reason="Wrong.", by=make_boss(), at=NOON)

    for path in ("/en/reports/", "/en/stories/", "/en/dialogues/"):
        page = client.get(path)
        assert complaints_about(page.content) == [], path
        assert b"Not yet" not in page.content and b"Not any more" not in page.content
    for output in shown:
        assert output.page.encode() in client.get("/en/reports/").content


def test_lists_are_valid_before_anything_is_published(client: Client):
    for path in ("/en/reports/", "/en/stories/", "/en/dialogues/"):
        page = client.get(path)
        assert (page.status_code, complaints_about(page.content)) == (200, []), path


def test_a_draft_has_no_address_and_what_was_withdrawn_says_why(client: Client):
    draft, gone = make_output("report"), make_published("report")
    publishing.withdraw(gone, reason="A number was wrong.", by=make_boss(), at=NOON + HOUR)

    assert client.get(draft.page).status_code == 404
    for path in (gone.page, gone.page_of(1)):
        page = client.get(path)
        assert page.status_code == 410
        assert b"A number was wrong." in page.content and b"Two towns share" not in page.content
        assert complaints_about(page.content) == []
    for path in (f"{gone.page[:-1]}.pdf", f"{gone.page}cite.bib"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/en/reports/x/", "/en/reports/x/v/1/", "/en/stories/x/v/99999999999999999999/"]
)
def test_what_was_never_there_is_not_found(client: Client, path: str):
    assert client.get(path).status_code == 404


def test_pages_cost_the_same_whatever_stands_in_them(client: Client, django_assert_num_queries):
    short, long = make_published("report"), everything("report")

    for output in (short, long):
        client.get(output.page)
        with CaptureQueriesContext(connection) as asked:
            client.get(output.page)
        assert len(asked) <= 5, [query["sql"][:90] for query in asked]


def test_the_list_costs_the_same_with_one_and_with_three(client: Client):
    counts = []
    for _round in range(2):
        make_published("report"), make_published("story"), make_published("dialogue")
        client.get("/en/reports/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/en/reports/")
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("kind", "path"), [("report", "reports"), ("story", "stories"), ("dialogue", "dialogues")]
)
def test_a_long_list_goes_on_on_the_next_page_for_as_many_statements(client: Client, kind: str, path: str):
    first = make_published(kind, title="The very first")
    client.get(f"/en/{path}/")
    with CaptureQueriesContext(connection) as short:
        assert "Next page" not in client.get(f"/en/{path}/").content.decode()
    facts = {"kind": kind, "state": "published", "version": first.version, "published_at": NOON + HOUR}
    facts |= {"starts_at": NOON + 900 * DAY, "ends_at": NOON + 901 * DAY} if kind == "dialogue" else {}
    facts |= {
        "title": {"en": "A later one"},
        "begun_at": NOON,
        "changed_at": NOON,
        "changed_by": first.changed_by,
    }
    Output.objects.bulk_create(Output(slug=f"more-{n}", **facts) for n in range(200))

    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/en/{path}/").content.decode()

    assert len(asked) == len(short)
    assert "The very first" not in page and page.count("A later one</a>") == 200
    assert 'rel="next" href="?page=2"' in page and "Previous page" not in page
    last = client.get(f"/en/{path}/?page=2").content.decode()
    assert "The very first" in last and "A later one" not in last
    assert 'rel="prev" href="?page=1"' in last and "Next page" not in last
    assert not complaints_about(last.encode())


@pytest.mark.parametrize(
    ("asked", "status"),
    [("0", 200), ("-1", 200), ("x", 200), ("²", 200), ("2", 404), ("999999999", 404), ("9" * 99, 200)],
)
def test_a_page_that_is_none_is_the_first_or_nothing(client: Client, asked: str, status: int):
    assert client.get("/en/stories/", {"page": asked}).status_code == status


# -- Reading -----------------------------------------------------------------------------------------------------------


def test_a_report_has_contents_with_numbers_and_notes_that_lead_back(client: Client):
    output = make_published("report", text(LONG), text("## Later\n\nA third^[Note three.]."))

    html = client.get(output.page).content.decode()

    contents = re.findall(r'<li class="level-(\d)"><a href="#([^"]+)">([^<]+)</a>', html)
    assert contents == [
        ("2", "s-who-decides", "1 Who decides"),
        ("3", "s-money", "1.1 Money"),
        ("2", "s-what-comes", "2 What comes"),
        ("3", "s-later", "2.1 Later"),
    ]
    for n in (1, 2, 3):
        assert f'href="#note-{n}" id="note-{n}-from"' in html
        assert f'<li id="note-{n}">' in html and f'href="#note-{n}-from"' in html


def test_no_markup_of_a_writer_reaches_the_page_and_links_lead_only_where_they_may(client: Client):
    evil = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n![x](https://a.example/x.png)\n\n"
        "[a](javascript:alert(1)) [b](data:text/html,x) [c](https://good.example/?a=1&b=2) [d](ftp://a.example) "
        "[e](//evil.example/) [f](https://x@evil.example/)"
    )
    output = make_published("story", text(evil))

    html = client.get(output.page).content.decode()

    prose = html[html.index('class="part part-text"') :].partition("</article>")[0].partition("<section")[0]
    assert "<script" not in prose and "<img" not in prose
    assert re.findall(r'href="([^"]+)"', prose) == [
        "https://a.example/x.png",
        "https://good.example/?a=1&amp;b=2",
    ]
    assert complaints_about(html.encode()) == []


def test_words_fall_back_to_the_language_that_is_stated_and_say_which_it_is(client: Client):
    output = make_output("story", block("text", text={"fr": "# Le pont\n\nDeux villes."}), title="x")
    rewrite(output, language="fr", title={"fr": "Le pont"}, short={"fr": "Deux villes, un pont."})
    publish(output)

    html = client.get(output.page).content.decode()

    assert '<header class="story-head" lang="fr" dir="ltr">' in html
    assert re.search(r'<div class="part part-text" id="[^"]+" lang="fr" dir="ltr">', html)
    assert complaints_about(html.encode()) == []


def test_nothing_of_a_video_is_loaded_before_somebody_opens_it(client: Client):
    output = everything("story")

    html = client.get(output.page).content.decode()

    assert "<iframe" not in html and "youtube" not in html.replace("https://youtu.be/abc", "")
    assert 'href="https://youtu.be/abc" rel="noopener noreferrer"' in html


def test_machines_read_what_it_is_and_nothing_ends_their_element_early(client: Client):
    public = make_public_case()
    output = make_published("report", text(), case_block(public), title="</script><b>Bad & good")

    html = client.get(output.page).content.decode()

    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    facts = json.loads(told)
    assert (facts["@type"], facts["name"], facts["version"]) == ("Report", "</script><b>Bad & good", "1")
    assert facts["citation"] == [f"https://portal.example/en/cases/{public.slug}/"]
    assert 'property="og:title" content="&lt;/script&gt;&lt;b&gt;Bad &amp; good"' in html


# -- The chain of evidence ---------------------------------------------------------------------------------------------


def test_a_citation_says_which_version_it_means_and_when_there_is_a_newer_one(client: Client):
    public = make_public_case()
    output = make_published("report", case_block(public))
    assert "there is a newer version" not in client.get(output.page).content.decode()

    cases_publishing.bring_out(public, {**public.draft, "title": "Another title"}, at=NOON + DAY)

    html = client.get(output.page).content.decode()
    assert "Cited: version 1" in html and "there is a newer version" in html
    assert f'href="/en/cases/{public.slug}/v/1/"' in html
    assert "Shared river flood warnings" in html and "Another title" not in html


def test_a_case_that_left_the_library_is_named_and_no_longer_led_to(client: Client):
    public = make_public_case()
    output = make_published("report", case_block(public), text(f"As [it](case:{public.slug}) shows."))

    PublicCase.objects.update(state="unpublished")

    html = client.get(output.page).content.decode()
    assert "no longer shown on this site" in html and f"/cases/{public.slug}/" not in html


def test_what_a_case_told_is_gone_from_every_page_that_cites_it_and_its_title_stays(client: Client):
    public = make_public_case()
    output = make_published("report", case_block(public))
    short = public.edition.said["short"]
    assert short in client.get(output.page).content.decode()

    PublicCase.objects.update(state="unpublished")

    for path in (output.page, output.page_of(1)):
        html = client.get(path).content.decode()
        assert short not in html and public.title in html


def test_the_page_of_a_session_shows_what_came_of_it_and_where_that_is_cited(client: Client):
    result = make_result(make_workshop(starts_at=OVER))
    output = make_published("report", cites(result), title="What we heard")

    page = client.get(f"/en/workshops/{result.workshop.slug}/")

    html = page.content.decode()
    assert '<div id="result-1">' in html and "Agree on who pays for a wrong alarm." in html
    assert "What we heard" in html and output.page in html
    assert complaints_about(page.content) == []


def test_a_result_that_is_worded_anew_is_cited_as_it_was_and_said_to_have_changed(client: Client):
    result = make_result(make_workshop(starts_at=OVER))
    output = make_published("report", cites(result))

    results.reword(
        result, title={"en": "End with mistakes"}, words=result.words, seen=1, by=make_boss(), at=NOON
    )

    html = client.get(output.page).content.decode()
    assert "Begin with mistakes" in html and "End with mistakes" not in html
    assert "there is a newer version" in html


def test_before_a_session_has_begun_its_page_asks_for_no_results(client: Client):
    with CaptureQueriesContext(connection) as asked:
        workshop = make_workshop()
        client.get(f"/en/workshops/{workshop.slug}/")

    assert not [query for query in asked if "workshops_result" in query["sql"]]


# -- Versions ----------------------------------------------------------------------------------------------------------


def test_every_version_keeps_its_address_and_says_that_there_is_a_newer_one(client: Client):
    output = make_published("report", text("The first words."))
    rewrite(output, text("The second words."))
    publish(output, at=NOON + DAY, note="Better words.")

    first, second, newest = (
        client.get(path).content.decode() for path in (output.page_of(1), output.page_of(2), output.page)
    )

    assert "The first words." in first and "There is a newer one: version 2" in first
    assert "The second words." in second and "the newest" in second
    assert "The second words." in newest and "Better words." in newest
    for html in (first, second, newest):
        assert f'<link rel="canonical" href="https://portal.example{output.page}">' in html


# -- To take along -----------------------------------------------------------------------------------------------------


def test_the_paper_of_a_report_has_chapters_contents_notes_and_what_it_cites_and_is_made_once(client: Client):
    output = everything("report")
    path = f"/en/reports/{output.slug}/v/1.pdf"

    once = b"".join(client.get(path).streaming_content)
    again = b"".join(client.get(f"/en/reports/{output.slug}.pdf").streaming_content)

    assert once == again and Printed.objects.count() == 1
    pdf = PdfReader(io.BytesIO(once))
    words = "\n".join(page.extract_text() for page in pdf.pages)
    chapters = [entry.title for entry in pdf.outline if not isinstance(entry, list)]
    assert chapters == ["1 Who decides", "2 What comes", "Notes", "What this cites"]
    for said in (
        "Contents",
        "A second note.",
        "Shared river flood warnings",
        "We met on the bridge.",
        "CC BY-SA",
    ):
        assert said in words, said
    assert pdf.metadata.title == output.title_text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("bib", "@techreport{"),
        ("ris", "TY  - RPRT\r\n"),
        ("txt", "Lea M., Jo N. (2027): Who & what. Version 1."),
    ],
)
def test_a_citation_can_be_taken_along_as_a_file(client: Client, form: str, words: str):
    output = make_published("report", title="Who & what", slug="who")

    answer = client.get(f"/en/reports/who/cite.{form}")

    said = answer.content.decode()
    assert words in said and "https://portal.example/en/reports/who/v/1/" in said
    assert answer["Content-Disposition"] == f'attachment; filename="{output.slug}.{form}"'
    assert client.get("/en/reports/who/cite.exe").status_code == 404


def test_bibtex_and_ris_cannot_be_broken_by_a_title(client: Client):
    make_published("story", title='A }B{ \\c & "d"\nTY  - FAKE', slug="odd")

    bib = client.get("/en/stories/odd/cite.bib").content.decode()
    ris = client.get("/en/stories/odd/cite.ris").content.decode()

    assert r"A \textbraceright{}B\textbraceleft{} \textbackslash{}c \&" in bib
    assert [line[:6] for line in ris.splitlines()][:3] == ["TY  - ", "TI  - ", "AU  - "]
    assert bib.count("{") == bib.count("}")


def test_a_dialogue_tells_its_time_in_paris_and_comes_as_a_calendar_entry(client: Client):
    output = make_published("dialogue")

    page = client.get(output.page).content.decode()
    there = client.get(f"{output.page}?zone=Asia/Tokyo").content.decode()
    first = Calendar.from_ical(client.get(f"{output.page}calendar.ics").content)
    rewrite(output, starts="2027-06-11T15:00", ends="2027-06-11T16:30")
    publish(output, at=NOON + DAY)
    second = Calendar.from_ical(client.get(f"{output.page}calendar.ics").content)

    assert "Thursday 10 June 2027" in page and "15:00–16:30" in page and "Paris time (CEST, UTC+2)" in page
    assert "22:00–23:30" in there
    (one,), (two,) = first.walk("VEVENT"), second.walk("VEVENT")
    assert one["uid"] == two["uid"] and (one["sequence"], two["sequence"]) == (1, 2)
    assert [each.decoded("dtstart").isoformat() for each in (one, two)] == [
        "2027-06-10T15:00:00+02:00",
        "2027-06-11T15:00:00+02:00",
    ]


def test_registration_is_offered_until_the_end_and_the_recording_after_a_click(client: Client):
    output = make_published(
        "dialogue", register="https://register.example/a", recording="https://vimeo.com/1"
    )

    html = client.get(output.page).content.decode()

    assert 'href="https://register.example/a"' in html and 'href="https://vimeo.com/1"' in html
    Output.objects.update(starts_at=NOON - 900 * DAY, ends_at=NOON - 899 * DAY)
    assert 'href="https://register.example/a"' not in client.get(output.page).content.decode()


# -- Pictures ----------------------------------------------------------------------------------------------------------


def test_a_picture_carries_nothing_that_a_camera_wrote_into_it(client: Client):
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "At home, 3 June", 6  # a description, and «turned by a quarter»
    output = make_output("story")
    made = make_picture(output, width=60, height=40, exif=exif.tobytes())
    rewrite(output, block("picture", picture=made.code, alt={"en": "A bridge"}))
    publish(output)

    answer = client.get(f"/outputs/pictures/{made.code}/1600.webp")

    data = b"".join(answer.streaming_content)
    shown = Image.open(io.BytesIO(data))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (40, 60), {})
    assert b"At home" not in data
    assert answer["Cache-Control"] == "public, max-age=604800, immutable"  # it may be withdrawn


def test_a_large_picture_comes_in_two_widths_and_says_its_size(client: Client):
    output = make_output("story")
    made = make_picture(output, width=2000, height=1000)

    sizes = [Image.open(file).size for file in (made.large, made.small)]

    assert (sizes, made.width, made.height) == ([(1600, 800), (800, 400)], 1600, 800)


def test_a_picture_of_a_draft_or_of_what_was_withdrawn_is_for_staff_alone(client: Client):
    output = make_output("story")
    made = make_picture(output)
    path = f"/outputs/pictures/{made.code}/800.webp"
    staff = Client()
    staff.force_login(make_boss())

    assert client.get(path).status_code == 404
    assert (staff.get(path).status_code, staff.get(path)["Cache-Control"]) == (200, "private, no-store")
    rewrite(output, block("picture", picture=made.code, alt={"en": "A bridge"}))
    publish(output)
    assert client.get(path).status_code == 200
    publishing.withdraw(output, reason="No licence.", by=make_boss(), at=NOON)
    assert client.get(path).status_code == 404
    assert client.get(f"/outputs/pictures/{made.code}/801.webp").status_code == 404


def test_a_picture_with_more_points_than_we_unpack_is_refused_in_words():
    output, body = make_output("story"), io.BytesIO()
    Image.new("1", (7000, 5000)).save(body, "PNG")

    with pytest.raises(Refused, match="30 million points"):
        pictures.add(output, SimpleUploadedFile("a.png", body.getvalue()), "a.png", at=NOON)

    assert not Picture.objects.exists()


def test_the_same_picture_twice_is_one():
    output = make_output("story")

    make_picture(output)
    make_picture(output)

    assert Picture.objects.count() == 1
    assert picture("JPEG") == picture("JPEG")


# -- Figures -----------------------------------------------------------------------------------------------------------


def test_a_figure_counts_what_is_on_show_and_says_when(client: Client):
    make_public_case()
    make_desk_research(sectors=["environment"])
    hidden = make_desk_research("Hidden", sectors=["health"])
    PublicCase.objects.filter(pk=hidden.pk).update(state="unpublished")
    output = make_published("report", block("figure", by="sector"))

    html = client.get(output.page).content.decode()

    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td>(\d+)</td></tr>', html)
    assert [int(n) for _label, n in rows] == [2, 1]
    assert "Counted over 2 cases in the library, Wednesday 12 May 2027" in html
    assert '<svg class="chart"' in html


def test_what_a_figure_leaves_out_is_a_row_of_its_table_and_no_bar_above_all_others(client: Client):
    places = [
        {"country": code, "level": "national", "name": "", "organisation": "", "is_lead": False}
        for code, _name in list(countries)[:18]
    ]
    make_desk_research(jurisdictions=places)

    html = client.get(make_published("report", block("figure", by="country")).page).content.decode()

    assert '<th scope="row">All others together</th><td>3</td>' in html
    assert "All others" not in html[html.index('<svg class="chart"') : html.index("<details>")]


def test_desk_research_is_marked_where_it_is_cited_too(client: Client):
    html = client.get(make_published("report", case_block(make_desk_research())).page).content.decode()

    assert "Case (desk research)" in html


def test_a_report_in_arabic_is_set_from_right_to_left_with_its_letters(client: Client):
    words = "# من يقرر\n\nمدينتان تتقاسمان جسرا^[ملاحظة.].\n\n- واحد\n\n# ماذا بعد\n\nنص."
    output = make_output("report", block("text", text={"ar": words}), title="x")
    rewrite(output, language="ar", title={"ar": "من يقرر"}, short={"ar": "جسر واحد."})
    publish(output)

    data = b"".join(client.get(f"/en/reports/{output.slug}.pdf").streaming_content)

    pdf = PdfReader(io.BytesIO(data))
    assert [entry.title for entry in pdf.outline] == ["1 من يقرر", "2 ماذا بعد", "Notes"]
    assert pdf.trailer["/Root"]["/Lang"] == "ar" and pdf.metadata.title == "من يقرر"
    assert "cannot draw" not in "".join(page.extract_text() for page in pdf.pages)
