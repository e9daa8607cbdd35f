"""The desk: staff find a case among thousands, read it as text, and do what authors ask of them."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from cases.models import Call, Case, Submission
from opsi_portal.roles import MANAGERS, READERS, make_groups
from outbox.models import OutboxMessage
from people.models import Event
from tests.makers import (
    COMPLETE,
    author_of,
    make_address,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
    make_staff,
    make_submission,
    write,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/cases/case/"


@pytest.fixture(autouse=True)
def call() -> Call:
    """A call that is open now."""
    now = timezone.now()
    return make_call(
        year=2027, opens_at=now - timedelta(days=10), closes_at=now + timedelta(days=10), grace_minutes=0
    )


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


@pytest.fixture
def reader(client: Client) -> Client:
    return member(client, READERS)


def member(client: Client, group: str) -> Client:
    make_groups(timezone.now())
    user = make_staff()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


def draft(**facts) -> Case:
    return make_draft(begun_at=timezone.now() - timedelta(hours=2), **facts)


def handed_in(*, author=None, **answers) -> Case:
    case = draft(complete=True, author=author, answers=answers)
    return make_submission(case, at=timezone.now() - timedelta(hours=1)).case


def found(client: Client, **asked) -> list[str]:
    return [row["title"] for row in client.get(LIST, asked).context["rows"]]


def page_of(case: Case) -> str:
    return reverse("admin:cases_case_change", args=[case.pk])


def text_of(client: Client, case: Case) -> str:
    return client.get(page_of(case)).content.decode()


def attach(case: Case, name: str = "memo.txt", text: bytes = b"A memorandum.") -> str:
    file = SimpleUploadedFile(name, text)
    return drafting.attach(author_of(case), file, at=timezone.now()).code


# -- The list --------------------------------------------------------------------------------------------------------


def test_the_list_tells_each_case_in_a_line(manager):
    handed_in(title="Flood warnings")

    (row,) = manager.get(LIST).context["rows"]

    case = Case.objects.get()
    assert row == {
        "url": f"{case.pk}/change/",
        "reference": "XB-2027-0001",
        "title": "Flood warnings",
        "lang": "en",
        "status": "Handed in",
        "status_key": "handed-in",
        "organisation": "River Basin Authority North",
        "border": "International, between regions or cities",
        "handed_in": f"{case.handed_in_at.astimezone(case.call.zone):%Y-%m-%d %H:%M}",
        "marks": [],
    }


def test_what_was_handed_in_last_comes_first_and_drafts_at_the_end(manager):
    draft(answers={"title": "A draft"}, title="A draft")
    first, second = handed_in(title="First"), handed_in(title="Second")
    Case.objects.filter(pk=first.pk).update(handed_in_at=second.handed_in_at - timedelta(days=1))

    assert found(manager) == ["Second", "First", "A draft"]
    assert found(manager, order="earliest") == ["First", "Second", "A draft"]
    assert found(manager, order="begun") == ["Second", "First", "A draft"]


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("asked", ["", "?country=FR&status=handed-in", "?q=flood"])
def test_a_list_of_sixty_costs_hardly_more_statements_than_one_of_three(manager, asked):
    for _n in range(3):
        handed_in()
    few = statements(manager, LIST + asked)
    for _n in range(57):
        handed_in()

    many = statements(manager, LIST + asked)

    assert few <= 12
    assert many <= few + 1  # with a second page, the cases are counted


def test_a_page_fetches_fifty_one_cases_and_no_more(manager):
    for _n in range(55):
        draft()

    with CaptureQueriesContext(connection) as captured:
        response = manager.get(LIST)

    assert len(response.context["rows"]) == 50
    fetches = [q["sql"] for q in captured if 'FROM "cases_case"' in q["sql"] and "LIMIT 51" in q["sql"]]
    assert len(fetches) == 1
    assert "answers" not in fetches[0]
    assert "55 cases" in response.content.decode()
    assert len(manager.get(LIST, {"p": 2}).context["rows"]) == 5


@pytest.mark.parametrize("page", ["abc", "-3", "0", "99999999999999999999", "2"])
def test_a_page_that_does_not_exist_is_no_error(manager, page):
    assert manager.get(LIST, {"p": page}).status_code == 200


@pytest.mark.parametrize(
    ("question", "here", "elsewhere"),
    [
        ("status", "handed-in", "published"),
        ("country", "FR", "PT"),
        ("level", "regional", "local"),
        ("sector", "environment", "housing"),
        ("stage", "evaluating", "diffusing"),
        ("mechanism", "joint-service", "network"),
        ("border", "international-subnational", "within-cities"),
        ("deadline", "open", "late"),
    ],
)
def test_cases_are_narrowed_by_what_they_say(manager, question, here, elsewhere):
    handed_in(title="Flood warnings")
    draft()

    assert found(manager, **{question: here}) == ["Flood warnings"]
    assert found(manager, **{question: elsewhere}) == []


def test_narrowing_asks_the_latest_submission_and_never_the_working_copy(manager):
    case = handed_in()
    write(author_of(case), sectors=["housing"], at=timezone.now())

    assert found(manager, sector="housing") == []
    assert found(manager, sector="environment") == ["Shared river flood warnings"]


def test_cases_are_narrowed_by_call(manager, call):
    handed_in(title="This year")
    now = timezone.now()
    make_call(year=2026, opens_at=now - timedelta(days=400), closes_at=now - timedelta(days=300))

    assert found(manager, call=call.pk) == ["This year"]
    assert found(manager, call=Call.objects.get(year=2026).pk) == []


def test_what_stands_to_the_deadline_in_some_way_is_found(manager):
    now = timezone.now()
    draft(title="Late", late_at=now)
    draft(title="Asks", reopening_asked_at=now)
    case = handed_in(title="Reopened")
    Submission.objects.filter(case=case).update(in_time="reopened")

    assert found(manager, deadline="late") == ["Late"]
    assert found(manager, deadline="asking") == ["Asks"]
    assert found(manager, deadline="reopened") == ["Reopened"]
    marks = {row["title"]: row["marks"] for row in manager.get(LIST).context["rows"]}
    assert marks == {"Late": ["kept late"], "Asks": ["asks for reopening"], "Reopened": ["after reopening"]}


def test_a_choice_that_is_none_narrows_nothing(manager):
    draft(title="A draft")

    assert found(manager, country="ATLANTIS", status="'; DROP TABLE", call="x") == ["A draft"]


def test_a_case_is_found_by_reference_title_organisation_and_authors_address(manager):
    case = handed_in(title="Flood warnings", author=make_address("marta@river.example"))
    handed_in(title="Trams", organisation="City of Lille")

    assert found(manager, q=case.reference.lower()) == ["Flood warnings"]
    assert found(manager, q="flood") == ["Flood warnings"]
    assert found(manager, q="lille trams") == ["Trams"]
    assert found(manager, q="Marta@river") == ["Flood warnings"]
    assert found(manager, q="river.example") == []
    assert found(manager, q="flood lille") == []


def test_readers_do_not_find_by_addresses_they_may_not_see(reader):
    handed_in(author=make_address("marta@river.example"))

    assert found(reader, q="marta@river") == []


@pytest.mark.parametrize(
    "words", ["\x00", "%", "_", "'", "a " * 500, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_whatever_is_searched_for_is_no_error(manager, words):
    assert manager.get(LIST, {"q": words}).status_code in (200, 400)


@pytest.mark.parametrize(
    "lookup", ["answers__title__icontains", "code__startswith", "colleagues__name", "begun_with"]
)
def test_nobody_can_ask_the_list_what_a_draft_says(manager, lookup):
    draft(answers={"title": "Secret"})

    assert manager.get(LIST, {lookup: "S"}).status_code == 400


def test_what_waits_stands_above_the_list_with_links_into_it(manager):
    handed_in()
    draft()
    draft(reopening_asked_at=timezone.now())

    page = manager.get(LIST).content.decode()

    assert '<a href="?status=handed-in"><strong>1</strong>' in page
    assert '<a href="?deadline=asking"><strong>1</strong>' in page
    assert '<a href="?status=draft"><strong>2</strong>' in page


# -- Reading one case --------------------------------------------------------------------------------------------------


def test_staff_read_what_was_handed_in_and_not_what_is_being_written(manager):
    case = handed_in(overview="The words that were handed in.")
    write(author_of(case), overview="Words nobody has handed in yet.", title="A new title", at=timezone.now())

    page = text_of(manager, case)

    assert "The words that were handed in." in page
    assert "nobody has handed in yet" not in page
    assert "A new title" not in page
    assert "<textarea" not in page
    assert "<input" not in page.split("<article")[1].split("</article>")[0]


def test_a_draft_keeps_its_words_to_itself(manager):
    case = draft(answers={**COMPLETE, "overview": "Not for staff yet."}, title="A working title")

    page = text_of(manager, case)

    assert "Nothing has been handed in yet" in page
    assert "A working title" in page
    assert "Not for staff yet." not in page


def test_the_facts_are_those_of_the_receipt(manager):
    case = handed_in()
    submission = case.latest

    page = text_of(manager, case)

    for fact in (
        submission.digest,
        submission.code,
        "XB-2027-0001",
        f"{submission.arrived_at:%Y-%m-%d %H:%M:%S} UTC",
    ):
        assert fact in page
    assert "Paris time" in page


def test_older_versions_stay_readable(manager):
    case = handed_in(overview="The first words.")
    write(author_of(case), overview="The second words.", at=timezone.now())
    submitting.hand_in(author_of(case), at=timezone.now())

    first = manager.get(reverse("admin:cases_case_version", args=[case.pk, 1])).content.decode()

    assert "The second words." in text_of(manager, case)
    assert "The first words." in first
    assert "This is version 1." in first
    assert manager.get(reverse("admin:cases_case_version", args=[case.pk, 3])).status_code == 404


def test_a_text_is_marked_with_its_language_and_ours_is_not(manager):
    case = handed_in(language="fr", title="Alerte aux crues", title_english="Flood warnings")

    page = text_of(manager, case)

    assert '<dd class="words" lang="fr" dir="auto">Alerte aux crues</dd>' in page
    assert '<dd class="words" lang="en" dir="auto">Flood warnings</dd>' in page
    assert '<dd class="words" dir="auto">Implementation' in page


def test_what_authors_type_cannot_become_part_of_the_page(manager):
    case = handed_in(title="<script>alert(1)</script>", website="https://river.example")
    content = case.latest.content.replace("https://river.example", "javascript:alert(1)//river.example")
    Submission.objects.update(content=content)

    page = text_of(manager, case)

    assert "<script>alert" not in page
    assert "javascript:alert(1)//river.example" in page
    assert 'href="javascript' not in page


def test_a_text_that_was_tampered_with_is_reported(manager):
    case = handed_in()
    assert "no longer has the digest" not in text_of(manager, case)

    Submission.objects.update(content=case.latest.content.replace("Two countries", "Three countries"))

    assert "no longer has the digest" in text_of(manager, case)


def test_a_handed_in_file_comes_as_a_download_and_a_drafts_file_not_at_all(manager, reader):
    case = draft(complete=True)
    code = attach(case)
    make_submission(case, at=timezone.now())
    later = attach(case, "notes.txt", b"Notes that stay at home.")

    response = reader.get(reverse("admin:cases_case_file", args=[case.pk, code]))

    assert b"".join(response.streaming_content) == b"A memorandum."
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/octet-stream"
    assert hashlib.sha256(b"A memorandum.").hexdigest() in text_of(manager, case)
    assert reader.get(reverse("admin:cases_case_file", args=[case.pk, later])).status_code == 404


def test_a_file_belongs_to_its_own_case(reader):
    case, other = draft(complete=True), handed_in()
    code = attach(case)
    make_submission(case, at=timezone.now())

    assert reader.get(reverse("admin:cases_case_file", args=[other.pk, code])).status_code == 404


def test_a_file_whose_bytes_are_gone_is_a_clear_404(reader):
    case = draft(complete=True)
    code = attach(case)
    make_submission(case, at=timezone.now())
    default_storage.delete(case.attachments.get().file.name)

    assert reader.get(reverse("admin:cases_case_file", args=[case.pk, code])).status_code == 404


def test_the_history_names_who_did_what_and_never_quotes_a_draft(manager):
    case = draft(complete=True)
    colleague = make_colleague(case, name="Ana Ribeiro")
    write(colleague, lessons="Secret lessons.", at=timezone.now())
    make_submission(case, at=timezone.now())
    write(colleague, lessons="Newer, more secret lessons.", at=timezone.now())

    page = text_of(manager, case)

    assert "Handed in, version 1" in page
    assert "Ana Ribeiro" in page
    assert "What have you learned that others should know?" in page
    assert "more secret" not in page


def test_the_history_page_of_the_admin_leads_to_the_history_of_the_case(manager):
    case = handed_in()

    response = manager.get(reverse("admin:cases_case_history", args=[case.pk]))

    assert response.url == page_of(case) + "#history"


def test_managers_see_addresses_and_letters_and_readers_do_not(client):
    case = handed_in(
        author=make_address("marta@river.example"),
        sponsor_email="boss@river.example",
        sponsor_name="The boss",
    )

    manager_page = text_of(member(client, MANAGERS), case)
    assert "marta@river.example" in manager_page
    assert "boss@river.example" in manager_page
    assert "Letters about it" in manager_page

    reader_page = text_of(member(client, READERS), case)
    assert "river.example" not in reader_page
    assert "Letters about it" not in reader_page
    assert "The boss" in reader_page


def test_no_page_of_the_desk_holds_an_authors_link(manager):
    case = handed_in()

    page = text_of(manager, case)

    assert case.code not in page
    assert "/l/" not in page


def test_a_case_costs_the_same_however_long_its_life_was(manager):
    short, long = handed_in(), handed_in()
    few = statements(manager, page_of(short))
    for n in range(5):
        make_colleague(long, name=f"Colleague {n}")
        write(author_of(long), overview=f"Version {n}", at=timezone.now())
        submitting.hand_in(author_of(long), at=timezone.now())

    assert statements(manager, page_of(long)) <= few + 1
    assert few <= 16


@pytest.mark.parametrize("pk", ["0", "abc", "99999999999999999999", "1_2F", "-1"])
def test_a_case_that_does_not_exist_is_a_404(manager, pk):
    assert manager.get(f"{LIST}{pk}/change/").status_code == 404


def test_a_case_cannot_be_written_added_or_deleted_here(client):
    client.force_login(make_boss())
    case = handed_in()

    assert client.post(page_of(case), {"title": "Mine", "status": "published"}).status_code == 405
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}add/", {"title": "Mine"}).status_code == 403
    assert client.post(f"{LIST}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Case.objects.get().status == "handed-in"


# -- Reopening, withdrawing ------------------------------------------------------------------------------------------


def reopen_page(case: Case) -> str:
    return reverse("admin:cases_case_reopen", args=[case.pk])


def withdraw_page(case: Case) -> str:
    return reverse("admin:cases_case_withdraw", args=[case.pk])


def closed(call: Call) -> None:
    now = timezone.now()
    Call.objects.filter(pk=call.pk).update(
        opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2)
    )


def test_a_manager_reopens_one_case_through_the_end_of_a_day(manager, call):
    case = draft(complete=True, reopening_asked_at=timezone.now(), reopening_words="Our server was down.")
    closed(call)
    last_day = (timezone.now().astimezone(call.zone) + timedelta(days=3)).date()
    assert "Our server was down." in text_of(manager, case)

    response = manager.post(
        reopen_page(case), {"until_day": f"{last_day}", "until_time": "", "reason": "Storm"}, follow=True
    )

    case.refresh_from_db()
    until = case.reopened_until.astimezone(call.zone)
    assert (until.date(), until.hour, until.minute) == (last_day + timedelta(days=1), 0, 0)
    assert case.reopening_asked_at is None
    assert OutboxMessage.objects.filter(kind="reopened").count() == 1
    assert Event.objects.get(action="reopened").reason == "Storm"
    assert "The case is open until" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": "  "}, "This field is required"),
        ({"until_day": "2020-01-01"}, "still to come"),
        ({"until_day": "nonsense"}, "Enter a valid date"),
        ({"until_time": "25:00"}, "Enter a valid time"),
    ],
)
def test_a_reopening_needs_a_reason_and_an_instant_to_come(manager, change, words):
    case = draft()
    tomorrow = f"{(timezone.now() + timedelta(days=1)).date()}"

    response = manager.post(
        reopen_page(case), {"until_day": tomorrow, "until_time": "", "reason": "Storm"} | change
    )

    assert words in response.content.decode()
    case.refresh_from_db()
    assert case.reopened_until is None


def test_a_manager_withdraws_a_case_on_behalf_of_its_author_with_a_reason(manager):
    case = handed_in()

    assert manager.post(withdraw_page(case), {"reason": " "}).status_code == 200
    assert Case.objects.get().status == "handed-in"
    manager.post(withdraw_page(case), {"reason": "Asked by telephone on Monday."})

    assert Case.objects.get().status == "withdrawn"
    assert OutboxMessage.objects.filter(kind="withdrawn").count() == 1
    event = Event.objects.get(action="withdrawn")
    assert (event.actor, event.reason) == ("staff", "Asked by telephone on Monday.")
    assert "Asked by telephone on Monday." in text_of(manager, case)


def test_what_cannot_be_done_is_not_offered_and_said_kindly_when_tried(manager):
    case = draft()

    assert "Withdraw on behalf" not in text_of(manager, case)
    response = manager.post(withdraw_page(case), {"reason": "Why not"})

    assert "This case cannot be withdrawn." in response.content.decode()


def test_readers_are_offered_nothing_and_can_do_nothing(reader):
    case = handed_in()

    page = text_of(reader, case)

    assert "Reopen until" not in page
    assert "Withdraw on behalf" not in page
    for address in (reopen_page(case), withdraw_page(case)):
        assert reader.get(address).status_code == 403
        assert reader.post(address, {"reason": "x", "until_day": "2030-01-01"}).status_code == 403
    assert Case.objects.get().status == "handed-in"
