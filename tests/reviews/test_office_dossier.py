"""One case in review as the office shows it, and the marks by which the list points at it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from opsi_portal.roles import EDITORS, MANAGERS, READERS, REVIEWERS, make_groups
from people import events
from people.models import Event
from reviews import likeness, reviewing, screening
from reviews.looking import look
from reviews.models import Answer, Decision, Dossier, Question, Screening
from reviews.taking_in import take_in
from tests.makers import HOUR, MINUTE, NOON, author_of, make_draft, make_staff, make_upload, write
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, may, score

pytestmark = pytest.mark.django_db
LIST = "/admin/reviews/dossier/"


def member(client: Client, group: str) -> Client:
    make_groups(NOON)
    client.user = make_staff(name="Noor Haddad")
    client.user.groups.add(Group.objects.get(name=group))
    client.force_login(client.user)
    return client


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


@pytest.fixture
def reader(client: Client) -> Client:
    return member(client, READERS)


def page_of(dossier: Dossier) -> str:
    return reverse("admin:reviews_dossier_change", args=[dossier.pk])


def text_of(client: Client, dossier: Dossier) -> str:
    return client.get(page_of(dossier)).content.decode()


def hand_in_again(dossier: Dossier, *, at=NOON + HOUR, **answers) -> Dossier:
    write(author_of(dossier.case), at=at, **answers)
    submitting.hand_in(author_of(dossier.case), at=at)
    take_in(at=at)
    return Dossier.objects.select_related("round", "case__call", "submission").get(pk=dossier.pk)


def screened(dossier: Dossier, *, at=REVIEWING, **said) -> Screening:
    answers = {test: (said.get(test, "yes"), said.get(f"{test}_note", "")) for test in Screening.TESTS}
    number, version = dossier.submission.number, said.get("version", 0)
    by = make_staff(name="Lea Moreau")
    return screening.screen(dossier, answers, version=version, submission=number, by=by, at=at)


def items_of(client: Client, dossier: Dossier) -> dict[str, dict]:
    chapters = client.get(page_of(dossier)).context["chapters"]
    return {item["key"]: item for chapter in chapters for item in chapter["items"]}


# -- What the page shows ---------------------------------------------------------------------------------------------


def test_the_page_shows_the_text_as_handed_in_and_never_the_working_copy(reader):
    dossier = make_dossier()
    write(author_of(dossier.case), at=NOON + HOUR, results="Not handed in yet.")

    text = text_of(reader, dossier)

    assert "Warnings come 4 hours and 40 minutes earlier." in text
    assert "Not handed in yet." not in text


def test_the_page_says_what_was_computed_what_was_screened_and_by_whom(reader):
    dossier = make_dossier()
    screened(dossier, novel="unclear", novel_note="New to whom?")

    text = text_of(reader, dossier)

    for words in ("Eligibility, as computed", "Not clear yet", "New to whom?", "Lea Moreau", "on version 1"):
        assert words in text


def test_what_the_screening_said_before_is_kept_and_shown(reader):
    dossier = make_dossier()
    screened(dossier, novel="no", novel_note="Known since 1998.")
    screened(dossier, at=REVIEWING + HOUR, version=1)

    (before,) = reader.get(page_of(dossier)).context["screened_before"]

    assert (before["by"], before["at"]) == ("Lea Moreau", REVIEWING)
    assert before["tests"][1] == ("Novel", "No", "Known since 1998.")


def test_cases_like_this_one_are_named_with_reasons(reader):
    first, second = make_dossier(), make_dossier()
    likeness.compare_new()

    text = text_of(reader, first)

    assert page_of(second) in text
    assert "same title, same jurisdictions, same text" in text
    assert "likely duplicate" in text


def test_who_reads_it_is_named_with_due_days_and_what_is_overdue(reader):
    dossier = make_dossier()
    give(dossier, make_reviewer("Jan Petersen"), due_at=timezone.now() - HOUR)
    done = give(dossier, make_reviewer("Ida Holm"))
    score(done, 3, 3, 3, 3, 3)
    give(dossier, make_reviewer("Ari Blum"), ended_at=REVIEWING, ended_why="conflict of interest")

    readers = {each["name"]: each for each in reader.get(page_of(dossier)).context["readers"]}

    assert {name: each["overdue"] for name, each in readers.items()} == {
        "Jan Petersen": True,
        "Ida Holm": False,
        "Ari Blum": False,
    }
    assert readers["Ida Holm"]["finished"] and not readers["Jan Petersen"]["finished"]
    assert readers["Ari Blum"]["why"] == "conflict of interest"


def test_questions_and_decisions_are_shown_with_answers_and_reasons(reader):
    dossier, lea = make_dossier(), make_staff(name="Lea Moreau")
    Question.objects.create(
        dossier=dossier,
        words="Who pays?",
        asked_by=lea,
        asked_at=REVIEWING,
        answer="Both.",
        answered_at=REVIEWING,
        answered_by=author_of(dossier.case),
    )
    Decision.objects.create(
        dossier=dossier,
        number=1,
        submission=dossier.submission,
        outcome="hold",
        reasons="One more visit.",
        decided_by=lea,
        decided_at=REVIEWING,
    )

    text = text_of(reader, dossier)

    for words in ("Who pays?", "Both.", "Marta Okello", "One more visit.", "Hold", "not released"):
        assert words in text


def test_the_page_leads_down_to_the_case_for_those_who_may_read_cases(client):
    dossier = make_dossier()
    client.force_login(may(make_staff(), "reviews.view_dossier"))
    case = reverse("admin:cases_case_change", args=[dossier.case_id])
    assert case not in text_of(client, dossier)

    client.force_login(may(make_staff(), "reviews.view_dossier", "cases.view_case"))
    assert case in text_of(client, dossier)


def test_the_page_offers_only_what_one_may_do(client):
    dossier = make_dossier()
    door = reverse("admin:reviews_dossier_screening", args=[dossier.pk])

    assert door not in text_of(member(client, READERS), dossier)
    assert door in text_of(member(client, EDITORS), dossier)


def test_the_page_is_read_and_nothing_is_sent_to_it(manager):
    assert manager.post(page_of(make_dossier()), {"_save": "Save"}).status_code == 405


@pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999999", "x"])
def test_a_case_that_is_not_there_is_not_found(manager, pk):
    assert manager.get(f"{LIST}{pk}/change/").status_code == 404


def test_reviewers_never_open_the_page(client):
    dossier = make_dossier()
    member(client, REVIEWERS)

    for page in ("change", "history", "screening"):
        assert client.get(reverse(f"admin:reviews_dossier_{page}", args=[dossier.pk])).status_code == 403


def test_addresses_are_only_for_those_who_may_see_addresses(client):
    dossier = make_dossier(answers={"sponsor_name": "A. Diallo", "sponsor_email": "a.diallo@gov.example"})

    assert "a.diallo@gov.example" not in text_of(member(client, READERS), dossier)
    assert "a.diallo@gov.example" in text_of(member(client, MANAGERS), dossier)


# -- Files -----------------------------------------------------------------------------------------------------------


def with_file() -> tuple[Dossier, str]:
    case = make_draft(complete=True)
    code = drafting.attach(author_of(case), make_upload(), at=NOON).code
    return make_dossier(case), code


def test_a_file_that_was_handed_in_is_downloaded(reader):
    dossier, code = with_file()
    address = reverse("admin:reviews_dossier_file", args=[dossier.pk, code])
    assert address in text_of(reader, dossier)

    answer = reader.get(address)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer) == b"Both sides agree.\n"


def test_a_file_of_the_working_copy_or_of_another_case_stays_where_it_is(reader):
    dossier, _code = with_file()
    _other, theirs = with_file()
    fresh = drafting.attach(author_of(dossier.case), make_upload("new.txt"), at=NOON + HOUR).code

    for code in (theirs, fresh, "nothing"):
        assert reader.get(reverse("admin:reviews_dossier_file", args=[dossier.pk, code])).status_code == 404


# -- What changed ----------------------------------------------------------------------------------------------------


def test_answers_that_changed_since_they_were_read_are_marked_with_what_they_said(manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer()), 1, 1, 1, 1, 1)
    dossier = hand_in_again(dossier, results="Six hours earlier.")

    items = items_of(manager, dossier)

    assert (items["results"]["is_news"], items["results"]["before"]) == (
        True,
        "Warnings come 4 hours and 40 minutes earlier.",
    )
    assert [key for key, item in items.items() if item["changed"]] == ["results"]


def test_what_was_read_in_an_older_version_stays_marked_after_somebody_has_looked(manager):
    dossier = make_dossier()
    score(give(dossier, make_reviewer()), 1, 1, 1, 1, 1)
    dossier = hand_in_again(dossier, results="Six hours earlier.")
    look(dossier, seen=dossier.came_back_at, by=manager.user, at=REVIEWING)

    text = text_of(manager, dossier)

    assert "changed since version 1" in text
    assert "What version 1 said" in text
    assert "changed, not looked at yet" not in text


def test_the_oldest_version_that_a_review_rests_on_is_compared(manager):
    dossier = make_dossier()
    first = give(dossier, make_reviewer("Jan Petersen"))
    score(first, 1, 1, 1, 1, 1)
    dossier = hand_in_again(dossier, results="Six hours earlier.")
    second = give(dossier, make_reviewer("Ida Holm"))
    score(second, 2, 2, 2, 2, 2)

    assert manager.get(page_of(dossier)).context["since"].number == 1

    first.ended_at = REVIEWING
    first.save()
    assert manager.get(page_of(dossier)).context["since"] is None


def test_jurisdictions_that_came_went_or_changed_are_marked_one_by_one(manager):
    dossier = make_dossier()
    screened(dossier)
    rows = [
        {"id": "aaaa1111", "country": "FR", "level": "regional", "name": "Grand Est"},
        {"id": "cccc3333", "country": "LU", "level": "national", "name": ""},
    ]
    dossier = hand_in_again(dossier, jurisdictions=rows)

    chapters = manager.get(page_of(dossier)).context["chapters"]

    (chapter,) = [chapter for chapter in chapters if chapter["key"] == "jurisdictions"]
    marked = {item["key"]: item["before"] for item in chapter["items"] if item["changed"]}
    assert set(marked) >= {"jurisdictions.aaaa1111.country", "jurisdictions.cccc3333.country"}
    assert marked["jurisdictions.cccc3333.country"] == ""
    assert [text.splitlines()[0] for text in chapter["gone"]] == ["Saarland, Germany (Regional or state)"]


def test_new_files_are_marked(manager):
    dossier, _code = with_file()
    screened(dossier)
    drafting.attach(author_of(dossier.case), make_upload("map.txt", b"A map.\n"), at=NOON + HOUR)
    dossier = hand_in_again(dossier)

    files = manager.get(page_of(dossier)).context["files"]

    assert [(file["name"], file["is_new"]) for file in files] == [("agreement.txt", False), ("map.txt", True)]


# -- «I have looked» -------------------------------------------------------------------------------------------------


def looked(client: Client, dossier: Dossier, seen: str | None = None):
    words = seen if seen is not None else client.get(page_of(dossier)).context["news"]["seen"]
    return client.post(
        reverse("admin:reviews_dossier_looked", args=[dossier.pk]), {"seen": words}, follow=True
    )


@pytest.mark.parametrize("group", [MANAGERS, EDITORS])
def test_who_has_looked_says_so_and_the_mark_goes(client, group):
    dossier = hand_in_again(make_dossier(), results="Six hours earlier.")
    member(client, group)

    looked(client, dossier)

    dossier.refresh_from_db()
    assert (dossier.came_back_at, dossier.news) == (None, {})
    event = Event.objects.get(action="looked at")
    assert (event.object_id, event.actor_id) == (str(dossier.case_id), client.user.pk)
    assert event.facts == {"changed": ["results"]}


def test_what_came_in_while_one_was_looking_is_not_swept_away(manager):
    dossier = hand_in_again(make_dossier(), results="Six hours earlier.")
    seen = manager.get(page_of(dossier)).context["news"]["seen"]
    dossier = hand_in_again(dossier, at=NOON + 2 * HOUR, lessons="Begin early.")

    answer = looked(manager, dossier, seen)

    dossier.refresh_from_db()
    assert dossier.news == {"changed": ["lessons", "results"]}
    assert "More has come back while you were reading" in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "yesterday", "2027-13-45T99:99", "\0", "2027-05-12T11:00:00"])
def test_what_is_no_instant_clears_nothing(manager, seen):
    dossier = hand_in_again(make_dossier(), results="Six hours earlier.")

    assert looked(manager, dossier, seen).status_code == 200

    dossier.refresh_from_db()
    assert dossier.came_back_at is not None


def test_looking_twice_is_written_down_once(manager):
    dossier = hand_in_again(make_dossier(), results="Six hours earlier.")
    seen = dossier.came_back_at.isoformat()

    looked(manager, dossier, seen)
    looked(manager, dossier, seen)

    assert Event.objects.filter(action="looked at").count() == 1


def test_a_reader_sees_what_came_back_and_cannot_clear_it(reader):
    dossier = hand_in_again(make_dossier(), results="Six hours earlier.")
    text = text_of(reader, dossier)
    assert "Came back from its author" in text and "I have looked" not in text

    assert looked(reader, dossier).status_code == 403

    dossier.refresh_from_db()
    assert dossier.came_back_at is not None


# -- Scores ----------------------------------------------------------------------------------------------------------


def reviewed() -> Dossier:
    dossier = make_dossier()
    given = give(dossier, make_reviewer("Jan Petersen"))
    score(given, 4, 3, 2, 1, 0, comments="Strong but who pays?", words_for_author="Say who pays.")
    Dossier.objects.filter(pk=dossier.pk).update(
        plain_mean="2.345", normalised_mean="2.456", spread="1.567", discuss=True
    )
    return Dossier.objects.select_related("round", "case__call", "submission").get(pk=dossier.pk)


SECRETS = ("Strong but who pays?", "Say who pays.", "2.345", "2.456", "1.567", "to discuss", "Publish")


def test_who_may_see_scores_sees_them_side_by_side_with_what_was_said(manager):
    dossier = reviewed()
    page = manager.get(page_of(dossier))

    assert page.context["reviews"]["rows"] == [
        ("Novelty", [4]),
        ("Implementation", [3]),
        ("Impact", [2]),
        ("Collaboration across borders", [1]),
        ("Replicability", [0]),
    ]
    for words in SECRETS:
        assert words in page.content.decode(), words


def test_who_may_not_see_scores_sees_nothing_of_them(reader):
    text = text_of(reader, reviewed())

    for words in SECRETS:
        assert words not in text, words


def test_a_manager_who_reads_the_case_sees_nothing_before_their_own_review_is_finished(manager):
    dossier = reviewed()
    mine = give(dossier, make_reviewer(user=manager.user))
    text = text_of(manager, dossier)
    for words in SECRETS:
        assert words not in text, words
    assert "You are reading this case yourself." in text

    score(mine, 2, 2, 2, 2, 2)

    assert "Strong but who pays?" in text_of(manager, dossier)


def test_a_review_that_is_not_finished_is_nobodys_business(manager):
    dossier = make_dossier()
    given = give(dossier, make_reviewer("Jan Petersen"))
    score(given, 4, 3, 2, 1, 0, comments="Half a thought", finished_at=None)

    page = manager.get(page_of(dossier))

    assert page.context["reviews"]["names"] == []
    assert "Half a thought" not in page.content.decode()


def changed_afterwards() -> Dossier:
    dossier = reviewed()
    given = dossier.assignments.select_related("dossier__round", "reviewer__user").get()
    for version, advice in enumerate(("ask", "not")):
        reviewing.save(given, {"advice": advice}, version, at=REVIEWING + (version + 1) * HOUR)
    reviewing.save(given, {"scores": {"novelty": 0}}, 2, at=REVIEWING + 3 * HOUR)
    return dossier


def test_what_was_changed_in_a_finished_review_is_kept_and_shown(manager):
    page = manager.get(page_of(changed_afterwards()))

    changes = [tuple(each.values()) for each in page.context["reviews_before"]]
    assert changes == [
        (REVIEWING + 3 * HOUR, "Jan Petersen", "Novelty", "4", "0"),
        (REVIEWING + 2 * HOUR, "Jan Petersen", "Advice", "Ask the author a question first", "Do not publish"),
        (REVIEWING + HOUR, "Jan Petersen", "Advice", "Publish", "Ask the author a question first"),
    ]
    assert "What was changed in finished reviews" in page.content.decode()


def test_who_sees_no_scores_does_not_see_what_they_were_either(reader):
    page = reader.get(page_of(changed_afterwards()))

    assert page.context["reviews_before"] == []
    assert "Do not publish" not in page.content.decode()


# -- At any length ---------------------------------------------------------------------------------------------------


def long_life(dossier: Dossier, n: int) -> Dossier:
    """So many more screenings, questions, readers with reviews, decisions, events and hand-ins."""
    lea = make_staff(name="Lea Moreau")
    for k in range(n):
        at = NOON + timedelta(minutes=dossier.submission.number * 10)
        dossier = hand_in_again(dossier, at=at, results=f"Result {k} of {n} after {at}.")
        version = getattr(Screening.objects.filter(dossier=dossier).first(), "version", 0)
        screened(dossier, at=at, version=version, novel_note=f"Note {k} of {n}.")
        score(give(dossier, make_reviewer(f"Reviewer {k}")), 1, 2, 3, 4, 0)
        Question.objects.create(dossier=dossier, words="Who pays?", asked_by=lea, asked_at=at)
        number = dossier.decisions.count() + 1
        Decision.objects.create(
            dossier=dossier,
            number=number,
            submission=dossier.submission,
            outcome="hold",
            reasons="Wait.",
            why_changed="More came in." if number > 1 else "",
            decided_by=make_staff(),
            decided_at=at,
        )
        events.record("screened", about=("case", dossier.case_id), at=at, by=make_staff())
    return dossier


def test_the_page_asks_the_same_few_questions_however_long_the_review_took(manager):
    dossier = long_life(make_dossier(), 2)
    asked = []
    for more in (0, 6):
        dossier = long_life(dossier, more)
        manager.get(page_of(dossier))
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(page_of(dossier)).status_code == 200
        asked.append(len(captured))

    assert asked[0] == asked[1] <= 25


# -- The list --------------------------------------------------------------------------------------------------------


def found(client: Client, **asked) -> dict[str, list[str]]:
    return {row["pk"]: row["marks"] for row in client.get(LIST, asked).context["rows"]}


def test_the_list_marks_and_finds_what_screening_and_comparing_brought(manager):
    plain = make_dossier(answers={"title": "Skills passport"})
    unclear = make_dossier(answers={"title": "One ticket for two cities"})
    screened(unclear, novel="unclear", novel_note="New to whom?")
    fails = make_dossier(answers={"title": "Mangrove nursery", "public_employee": "no"})
    screened(fails, impact="no", impact_note="None is named.")
    Dossier.objects.filter(pk=plain.pk).update(likely_duplicate=True)

    assert found(manager) == {
        fails.pk: ["fails a test", "not eligible as computed"],
        unclear.pk: ["screening unclear"],
        plain.pk: ["likely duplicate"],
    }
    assert set(found(manager, screening=Answer.UNCLEAR)) == {unclear.pk}
    assert set(found(manager, screening=Answer.NO)) == {fails.pk}
    assert set(found(manager, mark="duplicate")) == {plain.pk}
    assert set(found(manager, mark="not-eligible")) == {fails.pk}


def test_that_scores_lie_apart_is_told_to_those_who_may_see_scores_alone(client):
    dossier = reviewed()
    assert found(member(client, MANAGERS)) == {dossier.pk: ["to discuss"]}
    assert set(found(client, mark="discuss")) == {dossier.pk}

    give(dossier, make_reviewer(user=client.user))
    assert "to discuss" not in found(client)[dossier.pk]
    assert found(client, mark="discuss") == {}

    member(client, READERS)
    assert "to discuss" not in found(client)[dossier.pk]
    assert found(client, mark="discuss") == {}


def test_only_who_may_screen_is_offered_the_next_case(client):
    button = reverse("admin:reviews_dossier_screen_next")

    assert button in member(client, EDITORS).get(LIST).content.decode()
    assert button not in member(client, READERS).get(LIST).content.decode()


@pytest.mark.parametrize(
    "asked", ["", "?mark=duplicate", "?screening=no", "?mark=not-eligible", "?mark=discuss"]
)
def test_a_list_of_sixty_costs_hardly_more_statements_than_one_of_three(manager, asked):
    template = make_dossier()
    marked = {"likely_duplicate": True, "verdict": "no", "eligible": False, "discuss": True}
    costs = []
    for more in (2, 57):
        for _ in range(more):
            make_dossier(template.case.call and make_draft(complete=True))
        Dossier.objects.update(**marked)
        manager.get(LIST + asked)
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(LIST + asked).status_code == 200
        costs.append(len(captured))

    assert costs[0] <= 13
    assert costs[1] <= costs[0] + 1  # with a second page, the cases are counted


def test_a_search_finds_reference_title_and_organisation_however_they_are_written(manager):
    school = make_dossier(answers={"title": "École sans frontières", "organisation": "Conseil du Léman"})
    bus = make_dossier(answers={"title": "One bus line", "organisation": "City of Kisumu"})

    assert list(found(manager, q="éCOLE")) == [school.pk]
    assert list(found(manager, q="léman sans")) == [school.pk]
    assert list(found(manager, q=bus.case.reference.lower())) == [bus.pk]
    assert list(found(manager, q=bus.case.reference[-3:])) == [bus.pk]
    assert list(found(manager, q="bus léman")) == []


def test_a_search_looks_through_what_was_handed_in_last(manager):
    dossier = hand_in_again(make_dossier(answers={"title": "One bus line"}), title="One tram line")

    assert list(found(manager, q="tram")) == [dossier.pk]
    assert list(found(manager, q="bus")) == []


def test_no_text_of_a_case_is_fetched_for_the_list(manager):
    make_dossier()

    with CaptureQueriesContext(connection) as captured:
        manager.get(LIST)

    fetched = " ".join(query["sql"] for query in captured if "reviews_dossier" in query["sql"])
    assert not re.search(r'"(content|answers|versions|news|checks|searched|figures)"', fetched)


def test_of_the_rows_before_a_page_the_database_reads_nothing_but_keys(manager):
    template = make_dossier()
    for _ in range(60):
        make_dossier(template.case.call and make_draft(complete=True))

    with CaptureQueriesContext(connection) as captured:
        manager.get(f"{LIST}?p=2&order=due")

    [page] = [query["sql"] for query in captured if "OFFSET 50" in query["sql"]]
    inner = page.partition("IN (SELECT")[2].partition("OFFSET 50")[0]
    assert '"due_at" ASC' in inner
    assert "JOIN" not in inner


def test_screening_again_after_it_came_back_says_so(manager):
    dossier = make_dossier()
    screened(dossier)
    dossier = hand_in_again(dossier, results="Six hours earlier.")

    page = manager.get(reverse("admin:reviews_dossier_screening", args=[dossier.pk]))

    assert "The answers below were given to version 1." in page.content.decode()
    assert page.context["version"] == 1


def test_times_of_marks_are_those_of_the_request(manager):
    """Overdue is what was due before the request arrived."""
    dossier = make_dossier()
    at = manager.get(LIST).wsgi_request.arrived_at
    give(dossier, make_reviewer(), at=at, due_at=at - MINUTE)

    assert found(manager) == {dossier.pk: ["overdue"]}
