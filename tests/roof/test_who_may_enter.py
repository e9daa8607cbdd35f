"""Nobody reads or changes a case that is not theirs: every address, as everybody, with GET and with POST."""

import re

import pytest
from django.urls import reverse

from cases.models import Case, Colleague
from cases.questions import SECTIONS
from tests.makers import author_of, bases_of, make_draft
from tests.roof.house import (
    DOORS,
    OF_A_CASE,
    OUTSIDE,
    UNKNOWN,
    House,
    names_of_all_addresses,
    open_my_page,
    path_of,
)


def test_every_address_of_the_portal_is_walked_by_these_tests():
    # those of the workshops are walked in tests/workshops/test_pages.py, those of outputs in tests/outputs/test_walk.py
    elsewhere = ("workshops:", "outputs:", "output_picture")
    names = [name for name in names_of_all_addresses() if not name.startswith(elsewhere)]
    assert sorted(names) == sorted(DOORS)


def told(response, code: str) -> tuple:
    """What an answer tells: its status, where it leads, and its page without what is drawn by lot each time."""
    page = b"".join(response) if response.streaming else response.content
    text = page.decode(errors="replace").replace(code, "<code>")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r'data-server-now="[^"]+"', "", text)
    return response.status_code, response.headers.get("Location", "").replace(code, "<code>"), text


@pytest.mark.parametrize("role", OUTSIDE)
def test_who_has_no_part_in_a_case_sees_nothing_of_it_and_changes_nothing(house: House, role: str):
    browser, before = house.browser(role), house.state()

    for name in OF_A_CASE:
        door, path = DOORS[name], path_of(name, house)
        unknown = path_of(name, house, code=UNKNOWN)
        if door.get:
            answer = told(browser.get(path), house.case.code)
            assert answer == told(browser.get(unknown), UNKNOWN), name
            assert answer[0] == 403, name
            assert "Shared river" not in answer[2], name
        words = door.post(house) if door.post else {"title": "Mine now"}
        answer = told(browser.post(path, words), house.case.code)
        assert answer == told(browser.post(unknown, words), UNKNOWN), name
        assert answer[0] in (403, 405), name

    assert house.state() == before


@pytest.mark.parametrize("role", OUTSIDE)
def test_every_section_and_each_of_its_buttons_is_shut_to_who_has_no_part(house: House, role: str):
    browser, before = house.browser(role), house.state()

    for section in SECTIONS:
        path = reverse("cases:section", args=[house.case.code, section.key])
        assert browser.get(path).status_code == 403
        for then in ("continue", "overview", "add", "remove:aaaa1111", f"detach:{house.text_file.code}"):
            assert browser.post(path, {"then": then, "title": "Mine now"}).status_code == 403
    for then in ("remove", "hand-over", "correct"):
        words = {"then": then, "colleague": house.editor.pk, "mine-email": "mine@example.org"}
        assert browser.post(path_of("cases:colleagues", house), words).status_code == 403

    assert house.state() == before


@pytest.mark.parametrize("role", ["author", "editor", "reader"])
def test_who_takes_part_reads_every_page_of_the_case(house: House, role: str):
    browser = house.browser(role)

    answers = {name: browser.get(path_of(name, house)).status_code for name in OF_A_CASE if DOORS[name].get}

    assert answers == dict.fromkeys(answers, 200)


def test_a_reader_changes_nothing_in_the_case(house: House):
    browser, before = house.browser("reader"), house.state()
    own = {"cases:leave", "cases:feedback"}  # their own device, and what they think of the form

    for name in OF_A_CASE:
        if DOORS[name].post and name not in own:
            answer = browser.post(path_of(name, house), DOORS[name].post(house))
            assert answer.status_code < 500, name
    for section in SECTIONS:
        path = reverse("cases:section", args=[house.case.code, section.key])
        for then in ("continue", "add", "remove:aaaa1111", f"detach:{house.text_file.code}"):
            assert browser.post(path, {"then": then, "title": "Mine now"}).status_code == 403
    for then in ("remove", "hand-over"):
        browser.post(path_of("cases:colleagues", house), {"then": then, "colleague": house.editor.pk})

    assert house.state() == before


def test_an_editor_cannot_take_the_case_away_from_its_author(house: House):
    browser, before = house.browser("editor"), house.state()

    for name in ("cases:withdraw", "cases:delete", "cases:colleagues"):
        browser.post(path_of(name, house), DOORS[name].post(house))
    for then in ("remove", "hand-over"):
        for target in (house.author, house.reader, house.editor):
            browser.post(path_of("cases:colleagues", house), {"then": then, "colleague": target.pk})

    assert house.state() == before


def test_an_editor_writes_and_hands_in(house: House):
    browser = house.browser("editor")

    saved = browser.post(
        path_of("cases:section", house), {**DOORS["cases:section"].post(house), "then": "overview"}
    )
    handed_in = browser.post(path_of("cases:hand_in", house))

    assert saved.headers["Location"] == path_of("cases:overview", house)
    assert handed_in.headers["Location"] == reverse("cases:receipt", args=[house.case.code, 2])
    assert Case.objects.get(pk=house.case.pk).latest.answers["overview"] == "Somebody else was here."


def test_a_key_to_one_case_opens_no_file_receipt_or_person_of_another(house: House):
    browser, before = house.browser("another author"), house.state()
    own = house.other.case.code

    there = [
        browser.get(reverse("cases:file", args=[own, house.text_file.code])),
        browser.get(reverse("cases:receipt", args=[own, 1])),
        browser.get(reverse("cases:receipt_pdf", args=[own, 1])),
    ]
    browser.post(
        reverse("cases:section", args=[own, "materials"]), {"then": f"detach:{house.text_file.code}"}
    )
    for then in ("remove", "hand-over"):
        browser.post(reverse("cases:colleagues", args=[own]), {"then": then, "colleague": house.editor.pk})

    assert [answer.status_code for answer in there] == [404, 404, 404]
    assert house.state() == before


def test_my_page_opens_only_what_belongs_to_its_own_address(house: House):
    browser, before = open_my_page(house.browser(), house.other.address, house.at), house.state()

    letter = browser.get(path_of("my_letter", house))
    case = browser.post(path_of("cases:open_mine", house))
    again = browser.post(reverse("my"), {"act": f"again:{house.letter.pk}"})

    assert letter.status_code == 404
    assert case.headers["Location"] == reverse("my_ask")
    assert again.status_code == 302
    assert house.case.code.encode() not in browser.get(reverse("my")).content
    assert house.state() == before


@pytest.mark.parametrize("name", ["my", "my_letter", "cases:open_mine"])
def test_without_a_key_my_page_leads_to_asking_for_the_link(house: House, name: str):
    browser, before = house.browser("author"), house.state()

    answers = [
        browser.post(path_of(name, house), (DOORS[name].post or dict)(house) if DOORS[name].post else {})
    ]
    answers += [browser.get(path_of(name, house))] if DOORS[name].get else []

    for answer in answers:
        assert answer.status_code == 405 or answer.headers["Location"] == reverse("my_ask")
    assert house.state() == before


def test_removing_a_colleague_ends_an_open_page_with_its_next_click(house: House):
    editors, authors = house.browser("editor"), house.browser("author")
    section = path_of("cases:section", house)
    assert editors.get(section).status_code == 200

    authors.post(path_of("cases:colleagues", house), {"then": "remove", "colleague": house.editor.pk})

    assert editors.get(section).status_code == 403
    held = editors.post(section, {"overview": "Words that nobody may lose."})
    assert (held.status_code, b"Words that nobody may lose." in held.content) == (403, True)


def test_correcting_an_address_ends_what_the_old_link_opened(house: House):
    elsewhere, here = house.browser("author"), house.browser("author")

    answer = here.post(
        path_of("cases:colleagues", house), {"then": "correct", "mine-email": "right@example.org"}
    )

    assert answer.status_code == 302
    assert here.get(path_of("cases:overview", house)).status_code == 200
    assert elsewhere.get(path_of("cases:overview", house)).status_code == 403
    assert house.browser().post(f"/l/{house.token()}").status_code == 404


def test_handing_a_case_over_swaps_the_rights_at_once(house: House):
    authors, editors = house.browser("author"), house.browser("editor")

    authors.post(path_of("cases:colleagues", house), {"then": "hand-over", "colleague": house.editor.pk})
    authors.post(path_of("cases:withdraw", house))
    assert Case.objects.get(pk=house.case.pk).status == Case.Status.HANDED_IN
    editors.post(path_of("cases:withdraw", house))

    assert Case.objects.get(pk=house.case.pk).status == Case.Status.WITHDRAWN
    assert author_of(house.case).pk == house.editor.pk


def test_a_deleted_draft_is_as_unknown_as_one_that_never_was(house: House):
    draft = make_draft(call=house.call)
    house.author = author_of(draft)
    browser = house.browser("author")
    path = reverse("cases:overview", args=[draft.code])

    gone = browser.post(reverse("cases:delete", args=[draft.code]))

    assert gone.headers["Location"] == reverse("home")
    assert not Colleague.objects.filter(case_id=draft.pk).exists()
    stranger = house.browser()
    answers = [
        told(stranger.get(path), draft.code),
        told(stranger.get(reverse("cases:overview", args=[UNKNOWN])), UNKNOWN),
    ]
    assert answers[0] == answers[1]


def test_a_key_cut_by_hand_opens_nothing(house: House):
    good = house.browser("author").cookies["keys"].value
    bent = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace(":", ".", 1),
        "",
        "x" * 5000,
        good[1:],
    ]

    for value in bent:
        browser = house.browser()
        browser.cookies["keys"] = value
        assert browser.get(path_of("cases:overview", house)).status_code == 403


def test_names_of_foreign_fields_are_passed_over(house: House):
    browser = house.browser("author")
    told_too_much = {
        "status": "published",
        "case_id": house.other.case_id,
        "code": "mine",
        "reference": "XB-2027-0001",
        "latest": house.submission.pk,
        "role": "author",
        "answers": "{}",
        "results": "This is of another section.",
        "jurisdictions.aaaa1111.name": "Elsewhere",
        "base:results": bases_of(house.author, "results")["results"],
    }
    before = Case.objects.filter(pk=house.case.pk).values().get()

    for name in ("cases:section", "cases:autosave"):
        assert browser.post(path_of(name, house), told_too_much).status_code < 500

    assert Case.objects.filter(pk=house.case.pk).values().get() == before
