"""Figures, ranking and the list of what to discuss: plots with their tables, fair to who has not read yet."""

import html5lib
import pytest
from django.urls import reverse

from reviews.counting import count_changed
from reviews.models import Dossier
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
RIGHTS = ("reviews.view_round", "reviews.see_scores", "reviews.view_dossier")


@pytest.fixture
def lea():
    return make_reviewer("Lea M.")


@pytest.fixture
def jo():
    return make_reviewer("Jo P.")


def address(page: str) -> str:
    return reverse(f"admin:reviews_round_{page}", args=[make_round().pk])


def scored_by(dossier: Dossier, lea, jo, first: int, second: int) -> Dossier:
    score(give(dossier, lea), *[first] * 5)
    score(give(dossier, jo), *[second] * 5)
    return dossier


def see(client, user, page: str):
    client.force_login(may(user, *RIGHTS))
    return client.get(address(page))


def test_the_ranking_puts_the_best_case_first_and_says_how_each_score_came_about(client, lea, jo):
    low = scored_by(make_dossier(), lea, jo, 1, 2)
    high = scored_by(make_dossier(), lea, jo, 4, 3)
    count_changed(at=REVIEWING)

    answer = see(client, make_reviewer("Ida").user, "ranking")

    rows = answer.context["rows"]
    assert [(row["place"], row["reference"], row["plain"]) for row in rows] == [
        (1, high.case.reference, "3.50"),
        (2, low.case.reference, "1.50"),
    ]
    assert [(review["who"], review["score"], review["normalised"]) for review in rows[0]["reviews"]] == [
        ("Lea M.", "4.00", "4.00"),
        ("Jo P.", "3.00", "3.00"),
    ]
    assert "fewer than 5 reviews" in rows[0]["reviews"][0]["why"]


def test_a_strict_and_a_kind_reviewer_are_told_as_such(client, lea, jo):
    for kind, strict in ((4, 3), (4, 2), (3, 2), (3, 1), (1, 0)):
        scored_by(make_dossier(), lea, jo, kind, strict)
    count_changed(at=REVIEWING)

    best = see(client, make_reviewer("Ida").user, "ranking").context["rows"][0]

    assert best["normalised"] == "3.75"  # worked out by hand in test_ranking.py
    assert [review["why"] for review in best["reviews"]] == [
        "kinder than all by 0.70",
        "stricter than all by 0.70",
    ]


def test_somebody_who_has_still_to_read_a_case_sees_none_of_its_scores(client, lea, jo):
    dossier = scored_by(make_dossier(), lea, jo, 4, 1)
    ida = make_reviewer("Ida")
    give(dossier, ida)
    count_changed(at=REVIEWING)

    for page in ("ranking", "discuss"):
        answer = see(client, ida.user, page)
        assert answer.context["rows"] == []
        assert "Cases that you have still to read are left out here" in answer.content.decode()
        for secret in (dossier.case.reference, "4.00", "2.50", "3.00", "Lea M."):
            assert secret not in answer.content.decode()

    score(ida.assignments.get(), 2, 2, 2, 2, 2)
    assert "Lea M." in see(client, ida.user, "discuss").content.decode()


def test_the_places_of_a_ranking_do_not_tell_where_a_case_stands_that_is_still_to_be_read(client, lea, jo):
    best, secret, last = (scored_by(make_dossier(), lea, jo, n, n) for n in (4, 3, 1))
    ida = make_reviewer("Ida")
    give(secret, ida)
    count_changed(at=REVIEWING)

    rows = see(client, ida.user, "ranking").context["rows"]

    assert [(row["place"], row["pk"]) for row in rows] == [(1, best.pk), (2, last.pk)]


def test_who_has_still_to_read_sees_no_figure_that_a_single_review_could_be_told_from(client, lea, jo):
    ida = make_reviewer("Ida")
    scored_by(make_dossier(), lea, jo, 4, 1)
    give(make_dossier(), ida)
    count_changed(at=REVIEWING)
    few = see(client, ida.user, "figures").content.decode()
    for _n in range(4):
        score(give(make_dossier(), lea), 4, 4, 4, 4, 4)
    count_changed(at=REVIEWING)
    more = see(client, ida.user, "figures")

    assert "How others score is shown from 5 reviews on" in few
    assert "Mean of all reviews" not in few
    told = {
        row["name"]: (row["n"], row["mean_words"], row["apart"]) for row in more.context["reviewers"]["rows"]
    }
    assert told == {"Lea M.": (5, "4.00", "+0.50"), "Jo P.": (1, "–", "–")}


def test_what_to_discuss_comes_by_spread(client, lea, jo):
    near = scored_by(make_dossier(), lea, jo, 3, 2)
    far = scored_by(make_dossier(), lea, jo, 4, 0)
    scored_by(make_dossier(), lea, jo, 3, 3)
    count_changed(at=REVIEWING)

    rows = see(client, make_reviewer("Ida").user, "discuss").context["rows"]

    assert [row["pk"] for row in rows] == [far.pk, near.pk]


def test_every_plot_has_its_table(client, lea, jo):
    scored_by(make_dossier(), lea, jo, 4, 2)
    count_changed(at=REVIEWING)

    page = see(client, make_reviewer("Ida").user, "figures").content.decode()

    tree = html5lib.parse(page, namespaceHTMLElements=False)
    plots = tree.findall(".//{http://www.w3.org/2000/svg}svg[@class='chart']")
    assert len(plots) == len(tree.findall(".//table")) == 5
    assert all(plot.get("aria-label") for plot in plots)
    assert "<style" not in page
    assert " style=" not in page


def test_figures_before_anything_was_counted_are_no_error(client):
    make_dossier()

    for page in ("figures", "ranking", "discuss"):
        assert see(client, make_reviewer(page).user, page).status_code == 200


def test_counting_now_is_a_press_and_no_visit(client, lea, jo):
    dossier = scored_by(make_dossier(), lea, jo, 4, 2)
    assert see(client, lea.user, "count").status_code == 405

    client.post(address("count"))

    dossier.refresh_from_db()
    assert float(dossier.plain_mean) == 3.0


@pytest.mark.parametrize("page", ["ranking", "discuss", "figures"])
def test_pages_ask_the_same_questions_however_many_cases_there_are(
    client, lea, jo, page, django_assert_max_num_queries
):
    ida = make_reviewer("Ida").user
    scored_by(make_dossier(), lea, jo, 4, 2)
    count_changed(at=REVIEWING)
    see(client, ida, page)
    there = address(page)
    with django_assert_max_num_queries(11) as few:
        client.get(there)
    for _ in range(5):
        scored_by(make_dossier(), lea, jo, 4, 1)
    count_changed(at=REVIEWING)

    with django_assert_max_num_queries(len(few)):
        client.get(there)


@pytest.mark.parametrize("asked", ["0", "-1", "x", "99999999999", "²", ""])
def test_a_page_that_does_not_exist_is_no_error(client, lea, jo, asked):
    scored_by(make_dossier(), lea, jo, 4, 2)
    count_changed(at=REVIEWING)
    client.force_login(may(lea.user, *RIGHTS))

    assert client.get(address("ranking"), {"p": asked, "by": asked}).status_code == 200
