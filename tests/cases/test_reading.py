"""A case as text, for people who read it: nothing left out, nothing private given away, nothing made up."""

import pytest

from cases.questions import QUESTIONS, SECTIONS
from cases.reading import OPENING, Item, chapters, size_in_words
from tests.makers import COMPLETE, NOON


def item(said: dict, key: str, **facts) -> Item:
    return next(i for chapter in chapters(said, [], **facts) for i in chapter.items if i.key == key)


def test_every_section_is_a_chapter_and_every_question_an_item():
    read = chapters(COMPLETE, [])

    assert [chapter.key for chapter in read] == [section.key for section in SECTIONS]
    keys = {i.key for chapter in read for i in chapter.items if not i.key.startswith("jurisdictions")}
    assert keys == set(QUESTIONS)


def test_answers_are_read_in_words_and_kept_as_they_were_typed():
    said = {**COMPLETE, "overview": "  <b>One</b>\n\ntwo  "}

    assert item(said, "overview").text == "  <b>One</b>\n\ntwo  "
    assert item(said, "stages").text == "Implementation\nEvaluation"
    assert item(said, "users").text == ""


def test_jurisdictions_are_read_with_their_part_and_the_border_they_make():
    read = next(chapter for chapter in chapters(COMPLETE, []) if chapter.key == "jurisdictions")

    assert [(i.label, i.text) for i in read.items] == [
        ("Jurisdiction 1", "Grand Est, France (Regional or state)\nWater Agency\nLead"),
        ("Jurisdiction 2", "Saarland, Germany (Regional or state)\nMinistry\nPartner"),
        ("Border that the case crosses", "International, between regions or cities"),
    ]


def test_contact_addresses_are_read_by_the_author_and_left_out_where_others_read():
    rows = [{**COMPLETE["jurisdictions"][0], "contact": "partner@saar.example"}, COMPLETE["jurisdictions"][1]]
    said = {**COMPLETE, "jurisdictions": rows, "sponsor_email": "minister@gov.example"}

    mine, others = (str(chapters(said, [], private=private)) for private in (True, False))

    assert "partner@saar.example" in mine and "minister@gov.example" in mine
    assert "@" not in others


def test_with_an_instant_each_gap_stands_beside_its_answer_and_none_is_lost():
    said = {**COMPLETE, "title": "", "year": "soon", "jurisdictions": COMPLETE["jurisdictions"][:1]}

    read = chapters(said, [], at=NOON)

    gaps = {i.key: i.gap for chapter in read for i in chapter.items if i.gap}
    assert set(gaps) == {"title", "year", "jurisdictions.aaaa1111.country"}
    assert "two different" in gaps["jurisdictions.aaaa1111.country"]


def test_the_gap_of_an_empty_list_of_jurisdictions_is_said_too():
    assert "two different" in item({}, "jurisdictions", at=NOON).gap


def test_only_web_addresses_become_links():
    said = {
        "website": "javascript:alert(1)",
        "links": "https://a.example\nhttp://b.example/x\nmailto:c@d.example",
    }

    assert item(said, "website").links == ()
    assert item(said, "links").links == ("https://a.example", "http://b.example/x")


def test_files_are_read_with_size_alternative_text_and_digest():
    file = {"name": "map.png", "size": 210_400, "code": "x1", "alt": "A river", "sha256": "ab" * 32}

    (read,) = (i for chapter in chapters({}, [file]) for i in chapter.items if i.key == "file.x1")

    assert (read.label, read.text) == ("map.png", f"210 KB\nA river\nSHA-256 {'ab' * 32}")
    assert read.anchor == "files"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (20 * 2**20, "21.0 MB"),
    ],
)
def test_sizes_are_read_as_people_read_them(size, words):
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    "text",
    [
        "Short.",
        "x" * int(OPENING * 1.5),
        "A sentence of some length. " * 40,
        "One very long sentence without an end " * 40,
        "x" * 2000,
        "河流跨越邊界。" * 100,
    ],
    ids=["short", "just short enough", "sentences", "one sentence", "one word", "Chinese"],
)
def test_a_long_answer_opens_with_whole_sentences_and_loses_nothing(text):
    read = Item("overview", "Overview", text)

    assert "".join((read.opening.removesuffix(" …") + read.rest).split()) == "".join(text.split())
    assert (read.rest == "") == (read.opening == text)
