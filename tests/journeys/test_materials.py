"""Pictures and documents: added, described, refused with a reason, given back only to those who may."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.author import Author, give_answers

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
REFUSED = [
    ("map.svg", SVG, "SVG drawings are not taken"),
    ("holiday.png", SVG, "its content is something else"),
    ("all.zip", b"PK\x03\x04", "Archives are not taken"),
    ("nothing.pdf", b"", "This file is empty"),
]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def author(request, people) -> Author:
    return Author(people.arrive(scripts=request.param)).begin()


@pytest.fixture(autouse=True)
def errors_come_with_422(errors_are_answered):
    pass


def files(author: Author) -> list[str]:
    return author.page.locator(".set.file a").all_inner_texts()


def test_files_are_added_described_handed_in_and_read_by_staff(
    shared_portal, author, staff, picture, document
):
    give_answers(shared_portal, author.code)
    author.open("materials")
    author.attach("gauges.png", picture, "image/png")
    author.page.get_by_label("What the picture shows").fill("Two river gauges on one pole")
    author.attach("agreement.pdf", document, "application/pdf")
    assert files(author) == ["gauges.png", "agreement.pdf"]
    expect(author.page.get_by_label("What the picture shows")).to_have_value("Two river gauges on one pole")
    author.save()

    reference = author.hand_in()

    receipt = author.page.locator("main").inner_text()
    assert "2 files" in receipt
    reading = staff.read_case(reference)
    expect(reading.locator("article")).to_contain_text("Two river gauges on one pole")
    with reading.expect_download() as under_way:
        reading.get_by_role("link", name="agreement.pdf").click()
    assert under_way.value.path().read_bytes() == document


def test_what_is_refused_gets_a_reason_and_costs_no_other_answer(shared_portal, author, picture):
    author.open("materials")
    author.attach("gauges.png", picture, "image/png")
    author.answer("video", "https://video.example/pitch")

    for name, content, reason in REFUSED:
        author.attach(name, content)
        [problem] = author.problems()
        assert re.search(reason, problem)
        expect(author.page.locator("#id_file_error")).to_contain_text(problem)

    assert files(author) == ["gauges.png"]
    expect(author.page.locator("[name=video]")).to_have_value("https://video.example/pitch")


def test_a_file_is_removed_and_given_back_to_nobody_else(shared_portal, author, people, picture, complaints):
    complaints.expect("status of 40[34]")
    author.open("materials")
    author.attach("gauges.png", picture, "image/png")
    address = author.page.get_by_role("link", name="gauges.png").get_attribute("href")
    with author.page.expect_download() as under_way:
        author.page.get_by_role("link", name="gauges.png").click()
    assert under_way.value.path().read_bytes() == picture

    stranger = Author(people.arrive()).begin("Ana Ribeiro", "ana@region.example")
    assert stranger.page.goto(address).status == 403
    author.press("Remove gauges.png")

    assert files(author) == []
    assert author.page.goto(address).status == 404


def test_a_file_chosen_but_not_added_travels_with_save_and_continue(shared_portal, author, document):
    author.open("materials")
    author.page.locator("#id_file").set_input_files(
        {"name": "agreement.pdf", "mimeType": "application/pdf", "buffer": document}
    )
    author.save()

    author.open("materials")
    assert files(author) == ["agreement.pdf"]


def test_a_file_that_is_too_large_is_not_taken_whoever_notices_first(shared_portal, author, tmp_path):
    survey = tmp_path / "survey.pdf"
    survey.write_bytes(b"%PDF-")
    os.truncate(survey, 20 * 2**20 + 1)
    author.open("materials")

    author.page.locator("#id_file").set_input_files(survey)

    said = author.page.get_by_text(re.compile("survey.pdf is too large|more than 20 MB"))
    if not said.count():  # without scripts it is the server that says so
        author.press("Add this file")
    expect(said.first).to_be_visible()
    assert files(author) == []
