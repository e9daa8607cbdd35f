"""The front page of the office during a review: what needs whom today, the funnel, and the promise to authors."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opsi_portal.roles import EDITORS, MANAGERS, READERS, REVIEWERS, make_groups
from reviews import waiting
from reviews.models import Dossier, Round
from reviews.settling import settle
from tests.makers import DAY, NOON, make_staff
from tests.reviews.makers import give, make_dossier, make_reviewer, make_round, score

pytestmark = pytest.mark.django_db


def as_member(group: str, reviewer=None) -> Client:
    make_groups(NOON)
    user = reviewer.user if reviewer else make_staff()
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def counts(client: Client) -> dict[str, int]:
    return {count["what"]: count["n"] for count in client.get("/admin/").context["waiting"]}


@pytest.fixture
def review():
    """One case to screen, one overdue with Lea, one whose two reviewers do not agree."""
    now = timezone.now()
    lea, jo = make_reviewer("Lea M."), make_reviewer("Jo P.")
    make_dossier()
    give(make_dossier(), lea, due_at=now - DAY)
    apart = make_dossier()
    score(give(apart, lea), 4, 4, 4, 4, 4)
    score(give(apart, jo), 0, 0, 0, 0, 0)
    Dossier.objects.filter(pk=apart.pk).update(discuss=True)
    make_round(promised_at=now + 10 * DAY)
    return lea


def test_a_manager_sees_what_the_review_waits_for_and_each_count_leads_there(review):
    client = as_member(MANAGERS)

    found = counts(client)

    assert found | {} == {
        "to screen": 2,
        "to decide": 1,
        "reviews overdue": 1,
        "disagreements": 1,
        "cases handed in": 3,
        "ask for reopening": 0,
        "open drafts": 0,
        "failed letters": 0,
    }
    for count in client.get("/admin/").context["waiting"]:
        assert client.get(count["url"]).status_code == 200
        if "reviews_dossier" in count["url"] or "/reviews/" in count["url"]:
            assert len(client.get(count["url"]).context["rows"]) == count["n"]


def test_a_reviewer_sees_their_own_pile_and_nothing_of_the_others(review):
    assert counts(as_member(REVIEWERS, review)) == {"mine to read": 1, "mine overdue": 1}


def test_the_pile_is_called_one_thing_wherever_it_stands(review):
    client = as_member(REVIEWERS, review)
    listed = [each["name"] for room in client.get("/admin/").context["app_list"] for each in room["models"]]

    assert "My pile" in listed
    assert "Assignments" not in listed
    assert client.get(reverse("admin:reviews_assignment_changelist")).context["title"] == "My pile"


def test_a_disagreement_about_a_case_that_is_one_s_own_to_read_is_not_counted(review):
    apart = Dossier.objects.get(discuss=True)
    ida = make_reviewer("Ida")
    client = as_member(MANAGERS, ida)
    assert counts(client)["disagreements"] == 1

    give(apart, ida)
    Dossier.objects.filter(pk=apart.pk).update(discuss=True)

    assert "disagreements" not in counts(client)


def test_readers_and_editors_see_only_what_is_theirs_to_do(review):
    assert "to screen" not in counts(as_member(READERS))
    assert {"to screen", "disagreements"} <= set(counts(as_member(EDITORS)))
    assert "to decide" not in counts(as_member(EDITORS))


def test_the_funnel_narrows_from_begun_to_told(review):
    page = as_member(MANAGERS).get("/admin/")

    assert page.context["funnel"] == [
        ("Begun", 3),
        ("Handed in", 3),
        ("Screened", 1),
        ("Read by all its reviewers", 1),
        ("Decided", 0),
        ("Author told", 0),
    ]
    assert page.context["progress"] == waiting.Progress(all=3, told=0, days=9)
    assert "0 of 3 authors have our decision" in page.content.decode()


def test_the_promise_says_how_many_a_day_keep_it():
    assert waiting.Progress(all=100, told=40, days=9).a_day == 7
    assert waiting.Progress(all=100, told=40, days=0).a_day == 60


def test_the_front_page_asks_as_many_questions_with_many_cases_as_with_few(review, django_assert_num_queries):
    client = as_member(MANAGERS)
    client.get("/admin/")
    with django_assert_num_queries(21):
        client.get("/admin/")
    for _ in range(6):
        settle(make_dossier())

    with django_assert_num_queries(21):
        client.get("/admin/")


def test_a_portal_without_a_review_speaks_of_none():
    assert Round.objects.count() == 0

    page = as_member(MANAGERS).get("/admin/")

    assert "funnel" not in page.context
