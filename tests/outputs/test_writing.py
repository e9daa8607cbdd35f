"""Plain rules over plain values: names of things, prose, what is missing, what differs, figures in words."""

from __future__ import annotations

import pytest

from outputs import blocks, composing, counting, differing, references
from outputs.blocks import Gap
from outputs.prose import Reader, keys_in
from tests.makers import make_desk_research, make_public_case
from tests.outputs.makers import block, text


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("case:shared-river", "case:shared-river"),
        (" CASE:x ", ""),
        ("/en/cases/shared-river/", "case:shared-river"),
        ("/ar/cases/Shared-River", "case:shared-river"),
        ("https://portal.example/en/cases/shared-river/v/3/", "case:shared-river"),
        ("https://portal.example/en/cases/shared-river/?from=mail#results", "case:shared-river"),
        ("https://evil.example/en/cases/shared-river/", ""),
        ("//evil.example/en/cases/shared-river/", ""),
        ("https://portal.example@evil.example/en/cases/x/", ""),
        ("javascript:/en/cases/x/", ""),
        ("report:who", "report:who"),
        ("/en/reports/who/v/2/", "report:who"),
        ("/en/stories/a-nurse/", "story:a-nurse"),
        ("/en/dialogues/one/", "dialogue:one"),
        ("/en/workshops/3-june/#result-2", "result:3-june/2"),
        ("result:3-june/02", "result:3-june/2"),
        ("/en/workshops/3-june/", ""),
        ("/en/workshops/3-june/#result-99999", ""),
        ("/en/reports/who.pdf", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_whatever_is_pasted_becomes_one_name(typed: str, key: str):
    assert references.key_of(typed) == key


def read(*texts: str, **how) -> Reader:
    reader = Reader(link=lambda key: f"/{key}/", **how)
    for words in texts:
        reader.read(words)
    return reader


def test_headings_are_named_numbered_and_never_alike_through_all_texts():
    reader = read("# Water\n\n## Money\n\n## Money", "### Deep\n\nTop\n===", "# Water", numbered=True)

    assert [(each.level, each.number, each.anchor) for each in reader.headings] == [
        (2, "1", "s-water"),
        (3, "1.1", "s-money"),
        (3, "1.2", "s-money-2"),
        (3, "1.3", "s-deep"),
        (2, "2", "s-water-2"),
    ]


def test_ten_thousand_headings_of_one_name_have_ten_thousand_addresses():
    anchors = [each.anchor for each in read("# a 3\n\n" + "# a\n" * 10_000).headings]

    assert len(set(anchors)) == len(anchors) == 10_001


def test_a_text_that_begins_with_a_small_heading_gets_a_large_one():
    assert [each.level for each in read("#### Small\n\n## Then").headings] == [2, 3]


def test_a_heading_in_another_script_has_a_name_too():
    assert [each.anchor for each in read("# من يقرر\n\n# 水\n\n# !!").headings] == [
        "s-من-يقرر",
        "s-水",
        "s-3",
    ]


def test_notes_are_counted_through_all_texts_and_may_be_named_twice():
    reader = read(
        "One^[First.] and two[^a] and again[^a].\n\n[^a]: Second, with a [link](https://a.example/).",
        "Three ^[Third.]",
    )

    assert [(note.number, note.words) for note in reader.notes] == [
        (1, "First."),
        (2, "Second, with a link (https://a.example/)."),
        (3, "Third."),
    ]


def test_what_a_text_cites_is_found_in_links_and_in_notes():
    words = (
        "[One](case:one) and^[see [two](/en/reports/two/)] [none](https://a.example/) [one](/en/cases/one/)"
    )

    assert list(keys_in(words)) == ["case:one", "case:one", "report:two"]


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](vbscript:x)",
        "[a](data:text/html;base64,x)",
        "<javascript:alert(1)>",
        '[a](https://a.example/" onclick="alert(1))',
        "[a](<https://a.example/ x>)",
        "![a](https://a.example/x.png)",
        "`<b>`",
        "    <b>code</b>",
    ],
)
def test_nothing_but_words_comes_out_of_what_is_hostile(words: str):
    html, _pieces = Reader(link=lambda key: "").read(words)

    for bad in ("<script", "<img", "<b>", "javascript:", "vbscript:", "data:", 'onclick="'):
        assert bad not in html.lower().replace("&lt;", "").replace("[a](", "") or "href" not in html, html
    assert 'href="java' not in html.lower() and "<img" not in html and "<script" not in html


def test_a_thing_that_is_gone_is_named_and_not_led_to():
    html, _pieces = Reader(link=lambda key: "").read("See [the river](case:river).")

    assert "href" not in html and "the river" in html


def test_pieces_for_paper_know_what_they_stand_in():
    reader = Reader(link=lambda key: "")

    _html, pieces = reader.read(
        "# One\n\nWords^[A note.] [here](https://a.example/).\n\n- a\n\n  b\n\n2. c\n3. d\n\n> e"
    )

    assert [(each.kind, each.mark, each.words) for each in pieces] == [
        ("heading", "", "One"),
        ("paragraph", "", "Words¹ here (https://a.example/)."),
        ("item", "•", "a"),
        ("item", "", "b"),
        ("item", "2.", "c"),
        ("item", "3.", "d"),
        ("quote", "", "e"),
    ]


# -- What is missing -----------------------------------------------------------------------------------------------


def whole(kind: str = "report", **facts) -> dict:
    content = blocks.new_content(kind, language="en", title="A title")
    return {**content, "short": {"en": "In short."}, "blocks": [text()], **facts}


def test_a_whole_content_has_no_gap():
    assert blocks.gaps(whole(), "report") == []


def test_each_gap_names_the_box_to_mend():
    empty = {**blocks.new_content("report", language="en", title=""), "title": {}}

    assert blocks.gaps(empty, "report") == [
        Gap("h.title.en", "“title” is missing."),
        Gap("h.short.en", "“in short” is missing."),
        Gap("add", "Nothing is written yet: add a block."),
    ]


def test_words_are_needed_in_the_language_that_is_stated_alone():
    content = whole(
        language="fr",
        title={"fr": "Un titre"},
        short={"fr": "En bref."},
        blocks=[block("text", text={"fr": "x"})],
    )

    assert blocks.gaps(content, "report") == []
    assert [gap.anchor for gap in blocks.gaps({**content, "title": {"en": "A title"}}, "report")] == [
        "h.title.fr"
    ]


def test_a_picture_needs_words_unless_it_is_decoration():
    bare = block("picture", picture="x" * 22)

    with_words, decoration = {**bare, "alt": {"en": "A bridge"}}, {**bare, "decoration": True}

    assert [len(blocks.gaps(whole(blocks=[each]), "report")) for each in (bare, with_words, decoration)] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "zone", "wrong"),
    [
        ("2027-06-10T15:00", "2027-06-10T16:30", "Europe/Paris", []),
        ("2027-06-10T15:00", "2027-06-10T15:00", "Europe/Paris", ["h.ends"]),
        ("", "2027-06-10T15:00", "Europe/Paris", ["h.starts"]),
        ("2027-06-10T15:00", "2027-06-10T16:00", "CET", ["h.zone"]),
        ("2027-06-10T15:00", "2027-06-10T16:00", "Europe/Nowhere", ["h.zone"]),
        ("2027-03-28T02:30", "2027-03-28T04:00", "Europe/Paris", ["h.starts"]),  # clocks jump over it
        ("9999-01-01T00:00", "9999-01-01T01:00", "Europe/Paris", ["h.starts", "h.ends"]),
    ],
)
def test_a_dialogue_needs_a_time_that_clocks_show(starts, ends, zone, wrong):
    content = whole("dialogue", starts=starts, ends=ends, zone=zone)

    assert [gap.anchor for gap in blocks.gaps(content, "dialogue")] == wrong


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://youtu.be/abc", True),
        ("https://www.youtube.com/watch?v=a", True),
        ("https://video.oecd.org/x", True),
        ("http://youtu.be/abc", False),
        ("https://youtu.be.evil.example/abc", False),
        ("https://evil.example/youtu.be", False),
        ("https://user@youtu.be/abc", False),
        ("https://youtu.be:x/abc", False),
        ('https://youtu.be/"onload="', False),
    ],
)
def test_videos_are_led_to_where_they_may_be(address, is_taken):
    content = whole(blocks=[block("video", video=address, title={"en": "x"})])

    assert (blocks.gaps(content, "report") == []) is is_taken


# -- What differs ------------------------------------------------------------------------------------------------------


def test_a_change_shows_its_words_and_where_they_stand():
    one, two, three = text("The river is wide."), text("Gone soon."), block("quotation")
    before = whole(blocks=[one, two])
    after = whole(
        title={"en": "Another title"}, blocks=[three, {**one, "text": {"en": "The river is very wide."}}]
    )

    changes = differing.changes(before, after, "report")

    assert [(each.where, [(piece.kind, piece.text) for piece in each.pieces]) for each in changes] == [
        ("title (English)", [("out", "A"), ("in", "Another"), ("same", " title")]),
        ("2. Text: text (English)", [("same", "The river is"), ("in", " very"), ("same", " wide.")]),
        ("2. Text: text (English)", [("out", "Gone soon.")]),
    ]


# -- Figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_figures_count_the_most_frequent_first_years_in_order_and_the_rest_as_one():
    make_public_case()
    for n in range(20):
        make_desk_research(f"Case {n}", year=2000 + n, mechanisms=["network"], jurisdictions=[])

    counted = counting.counted({"year", "mechanism"})

    assert counted["mechanism"] == {"rows": [["network", 20], ["joint-service", 1]], "of": 21}
    assert [value for value, _n in counted["year"]["rows"]] == [str(year) for year in range(2005, 2020)]


@pytest.mark.django_db
def test_figures_are_counted_in_memory_however_many_cases_there_are(django_assert_num_queries):
    for n in range(3):
        make_desk_research(f"Case {n}", mechanisms=["network"])
    counting.counted({"mechanism"})

    with django_assert_num_queries(1):
        assert counting.counted({"mechanism", "sector", "country"})["mechanism"]["of"] == 3


@pytest.mark.django_db
def test_countries_beyond_fifteen_are_told_as_one_line():
    codes = [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
    ]
    places = [
        {"country": code, "level": "national", "name": "", "organisation": "", "is_lead": False}
        for code in codes
    ]
    make_desk_research(jurisdictions=places)

    rows = counting.counted({"country"})["country"]["rows"]

    assert (len(rows), rows[-1]) == (16, [counting.REST, 3])


def test_a_figure_without_numbers_is_drawn_as_nothing():
    content = whole(blocks=[block("figure", by="sector"), block("figure")])

    assert composing.with_data({**content, "blocks": []}, at=None)["blocks"] == []
