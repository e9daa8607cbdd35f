"""The review as files: complete, streamed, harmless, and nothing in them that somebody must not see."""

import csv
import json
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from cases.questions import QUESTIONS, Kind
from people.models import Event
from reviews import asking, assigning, exports, printing
from reviews.counting import count_changed
from reviews.models import Decision, Dossier, Reviewer, Screening
from reviews.settling import settle
from tests.makers import COMPLETE, author_of, make_boss, make_draft
from tests.reviews.giving import screened
from tests.reviews.makers import (
    REVIEWING,
    give,
    make_dossier,
    make_reviewer,
    make_round,
    may,
    score,
)

pytestmark = pytest.mark.django_db
VIEW = "reviews.view_dossier"
EXPORT = "reviews.export_review"
SCORES = "reviews.see_scores"
ADDRESSES = "people.view_address"


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def take(client, user, table: str, kind: str = "csv", **asked):
    client.force_login(user)
    address = reverse("admin:reviews_dossier_export", args=[table, kind])
    return client.post(address, query_params=asked)


def lines(answer) -> list[dict]:
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(body_of(answer).decode("utf-8-sig"))))


@pytest.fixture
def manager():
    return may(make_reviewer("Ida").user, VIEW, EXPORT, SCORES, ADDRESSES)


def decided(dossier: Dossier, by, **facts) -> Decision:
    decision = Decision.objects.create(
        dossier=dossier,
        submission=dossier.submission,
        decided_by=by,
        decided_at=REVIEWING,
        **{"number": 1, "outcome": "publish", "reasons": "Clear results.", **facts},
    )
    settle(dossier)
    return decision


# -- Complete ----------------------------------------------------------------------------------------------------------


def test_cases_come_with_every_answer_and_everything_that_the_review_knows(client, manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea")), 4, 4, 4, 4, 4)
    score(give(dossier, make_reviewer("Jo")), 2, 2, 2, 2, 2)
    decided(dossier, manager)
    count_changed(at=REVIEWING)

    (case,) = json.loads(body_of(take(client, manager, "cases", "json")))

    assert (case["reference"], case["mean"], case["spread"]) == (dossier.case.reference, 3.0, 2.0)
    assert (case["decision"], case["step"]) == ("Publish", "Decided, letter not released")
    assert case["jurisdictions"].count(";") == 1
    for key, question in QUESTIONS.items():
        if question.kind is not Kind.TICK and isinstance(COMPLETE.get(key), str):
            assert case[f"answer_{key}"], key
    assert case["answer_overview"] == COMPLETE["overview"]


def test_reviews_come_one_a_line_with_their_points_and_words(client, manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea M.")), 4, 3, 2, 1, 0, comments="Ask for the source.")

    (review,) = json.loads(body_of(take(client, manager, "reviews", "json")))

    assert review["reviewer"] == "Lea M."
    assert (review["points_novelty"], review["points_replicability"], review["score"]) == (4, 0, 2.0)
    assert (review["advice"], review["comments"]) == ("Publish", "Ask for the source.")


def test_what_the_database_says_in_its_own_signs_is_told_in_words(client, manager):
    dossier = screened(answer="unclear")
    Reviewer.objects.update(active=False)  # else the case would go to whoever exports it
    back = give(dossier, make_reviewer("Lea M."))
    score(back, 1, 1, 1, 1, 1)
    assigning.declare_conflict(back, "My sister runs it.", REVIEWING)

    (case,) = lines(take(client, manager, "cases"))
    (review,) = lines(take(client, manager, "reviews"))

    assert (case["Screening"], case["novel"]) == ("Unclear", "Unclear")
    assert review["Ended because"] == "declared a conflict of interest"


def test_decisions_come_with_all_their_numbers(client, manager):
    dossier = make_dossier()
    decided(dossier, manager)
    decided(dossier, manager, number=2, outcome="hold", why_changed="A question is open.")

    found = lines(take(client, manager, "decisions"))

    assert [(row["Decision"], row["Why it was changed"]) for row in found] == [
        ("Publish", ""),
        ("Hold", "A question is open."),
    ]


def test_the_three_kinds_of_file_say_the_same(client, manager):
    make_dossier()
    make_dossier()

    as_csv = lines(take(client, manager, "cases"))
    sheet = load_workbook(BytesIO(body_of(take(client, manager, "cases", "xlsx")))).active
    titles, *rows = ([cell or "" for cell in row] for row in sheet.iter_rows(values_only=True))
    as_json = json.loads(body_of(take(client, manager, "cases", "json")))

    assert [dict(zip(titles, row, strict=True)) for row in rows] == as_csv
    assert [row["reference"] for row in as_json] == [row["Reference"] for row in as_csv]


def test_a_file_holds_what_the_list_was_narrowed_to(client, manager):
    make_dossier()
    given = make_dossier()
    give(given, make_reviewer("Lea"))
    settle(given)

    found = lines(take(client, manager, "cases", q=given.case.reference))

    assert [row["Reference"] for row in found] == [given.case.reference]


# -- Harmless ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@sum", "\t=1", "＝1"])
def test_nothing_that_a_spreadsheet_would_run_leaves_the_office(client, manager, formula):
    make_dossier(answers={"overview": formula, "title": formula})

    (row,) = lines(take(client, manager, "cases"))

    assert row["Title"][0] == "'"
    assert not [cell for cell in row.values() if cell and cell[0] in "=+-@\t＝"]


# -- Fair --------------------------------------------------------------------------------------------------------------


def test_who_has_still_to_read_a_case_takes_none_of_its_scores_along(client, manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea M.")), 4, 4, 4, 4, 3, comments="Splendid.")
    give(dossier, manager.reviewer)
    count_changed(at=REVIEWING)

    (case,) = json.loads(body_of(take(client, manager, "cases", "json")))
    reviews = json.loads(body_of(take(client, manager, "reviews", "json")))

    assert (case["mean"], case["normalised_mean"], case["spread"]) == (None, None, None)
    assert reviews == []


def test_without_the_right_to_scores_there_are_none(client):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea M.")), 4, 4, 4, 4, 3, comments="Splendid.")
    count_changed(at=REVIEWING)
    clerk = may(make_reviewer("Clerk").user, VIEW, EXPORT)

    (case,) = json.loads(body_of(take(client, clerk, "cases", "json")))
    (review,) = json.loads(body_of(take(client, clerk, "reviews", "json")))

    assert case["mean"] is None
    assert set(review) & {"score", "advice", "comments", "points_novelty"} == set()


def test_contact_addresses_leave_only_with_those_who_may_see_them(client, manager):
    make_dossier(answers={"public_employee": "no", "sponsor_email": "minister@ministry.example"})

    seen = body_of(take(client, manager, "cases", "json")).decode()
    clerk = may(make_reviewer("Clerk").user, VIEW, EXPORT)
    unseen = body_of(take(client, clerk, "cases", "json")).decode()

    assert "minister@ministry.example" in seen
    assert "minister@ministry.example" not in unseen


def test_a_blind_reader_takes_nothing_along_that_the_reading_page_hides(client, manager):
    dossier = make_dossier(
        make_draft(
            complete=True, answers={"website": "https://river.example", "title": "Alarm of Marta Okello"}
        )
    )
    make_round(blind=True)
    give(make_dossier(), manager.reviewer)
    told = "Marta Okello of the Water Agency told us."
    screened(dossier)
    Screening.objects.update(novel_note=told)
    asking.ask(dossier, words="Is the River Basin Authority North involved?", by=make_boss(), at=REVIEWING)
    decided(dossier, make_boss(), reasons=told)
    client.force_login(manager)

    files = [body_of(take(client, manager, table, "json")).decode() for table in exports.TABLES]
    printed = client.get(reverse("admin:reviews_dossier_pdf", args=[dossier.pk]))
    files.append("".join(page.extract_text() for page in PdfReader(BytesIO(printed.content)).pages))

    for secret in ("River Basin Authority North", "river.example", "Marta Okello", "Water Agency"):
        assert not [secret for file in files if secret in file]


def test_exporting_is_a_right_of_its_own_a_press_and_written_down(client, manager):
    make_dossier()
    reader = may(make_reviewer("Reader").user, VIEW)
    assert take(client, reader, "cases").status_code == 403
    client.force_login(manager)
    assert client.get(reverse("admin:reviews_dossier_export", args=["cases", "csv"])).status_code == 405
    for table, kind in (("secrets", "csv"), ("cases", "exe")):
        assert take(client, manager, table, kind).status_code == 404
    assert not Event.objects.filter(action__endswith="exported").exists()

    take(client, manager, "cases", step="to-screen")

    event = Event.objects.get(action="cases exported")
    assert (event.actor_id, event.facts) == (manager.pk, {"kind": "csv", "asked": {"step": "to-screen"}})


# -- Streamed ----------------------------------------------------------------------------------------------------------


def test_rows_are_told_one_at_a_time_and_ask_no_more_when_there_are_more(django_assert_num_queries):
    reviewer = make_reviewer("Lea")
    for _ in range(2):
        score(give(make_dossier(), reviewer), 3, 3, 3, 3, 3)
    sight = exports.sight_of(reviewer.user)

    def told(table: str) -> int:
        columns, rows = exports.rows_of(table, Dossier.objects.all(), sight=sight)
        return sum(1 for _row in exports.objects(columns, rows))

    with django_assert_num_queries(1):
        assert told("cases") == 2
    with django_assert_num_queries(3):
        assert told("reviews") == 2
    for _ in range(3):
        score(give(make_dossier(), reviewer), 3, 3, 3, 3, 3)

    with django_assert_num_queries(1):
        assert told("cases") == 5
    with django_assert_num_queries(3):
        assert told("reviews") == 5


# -- On paper ----------------------------------------------------------------------------------------------------------


def printed(answer) -> str:
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_the_dossier_of_a_case_is_printed_with_what_was_handed_in_and_said(client, manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea M.")), 4, 3, 2, 1, 0, comments="Ask for the source.")
    decided(dossier, manager)
    client.force_login(manager)

    text = printed(client.get(reverse("admin:reviews_dossier_pdf", args=[dossier.pk])))

    for words in (
        dossier.case.reference,
        COMPLETE["title"],
        "Lea M.",
        "Score 2.00 of 4",
        "Ask for the source.",
        "Clear results.",
        "The river crosses the border twice.",
    ):
        assert words in text, words


def test_what_the_author_was_asked_and_answered_is_printed_too(client, manager):
    dossier, lea = make_dossier(), make_boss()
    marta = author_of(dossier.case)
    question = asking.ask(dossier, words="Who pays?", by=lea, at=REVIEWING)
    asking.answer(question, words="Both towns.", based_on="", by=marta, at=REVIEWING)
    asking.ask(dossier, words="Since when?", by=lea, at=REVIEWING)
    client.force_login(manager)

    text = printed(client.get(reverse("admin:reviews_dossier_pdf", args=[dossier.pk])))

    for words in ("Questions to the author", "Who pays?", "Both towns.", "Since when?", "No answer yet."):
        assert words in text, words


def test_who_has_still_to_read_it_prints_the_dossier_without_reviews(client, manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Lea M.")), 4, 3, 2, 1, 0, comments="Ask for the source.")
    give(dossier, manager.reviewer)
    client.force_login(manager)

    text = printed(client.get(reverse("admin:reviews_dossier_pdf", args=[dossier.pk])))

    assert "Lea M." not in text
    assert "Ask for the source." not in text


def test_a_shortlist_is_the_first_cases_of_the_list_in_its_order(client, manager):
    first, second = make_dossier(), make_dossier()
    client.force_login(manager)

    text = printed(client.post(reverse("admin:reviews_dossier_shortlist"), query_params={"order": "oldest"}))

    assert "2 cases" in text
    assert text.index(first.case.reference) < text.index(second.case.reference)


def test_a_shortlist_of_long_cases_is_printed_to_its_end(client, manager):
    for number in range(4):
        long = {
            key: " ".join(["across"] * (question.limit // 7))
            for key, question in QUESTIONS.items()
            if question.kind is Kind.TEXT and question.limit
        }
        make_dossier(make_draft(complete=True, answers=long | {"lessons": f"The end of number {number}."}))
    client.force_login(manager)

    words = printed(client.post(reverse("admin:reviews_dossier_shortlist")))

    assert [number for number in range(4) if f"The end of number {number}." in words] == [0, 1, 2, 3]
    assert "left out here" not in words


def test_a_shortlist_of_cases_as_long_as_can_be_ends_in_time_and_says_what_is_left_out(manager):
    readers = [make_reviewer(f"Reader {number}") for number in range(5)]
    for _ in range(3):
        dossier = make_dossier()
        for reader in readers:
            long = {"comments": "across " * 2_800, "words_for_author": "borders " * 2_400}
            score(give(dossier, reader), 4, 3, 2, 1, 0, **long)

    paper = printing.paper_of(
        list(Dossier.objects.select_related("round__call", "case", "submission", "decision", "screening")),
        sight=exports.sight_of(manager),
        reader=manager,
        at=REVIEWING,
    )

    assert (paper.documents, paper.subtitle) == (2, "2 cases")
    assert dict(paper.facts)["Left out"].startswith("1 more case of the list")


def test_a_shortlist_of_nothing_is_not_found(client, manager):
    make_dossier()
    client.force_login(manager)
    address = reverse("admin:reviews_dossier_shortlist")

    assert client.post(address, query_params={"q": "nothing like this"}).status_code == 404
    assert client.get(address).status_code == 405
