"""What each page of the review asks the database: exact numbers, the same with a hundred cases in review and with three
hundred."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench.heap import FIRST, Heap
from cases.programme import load_call
from opsi_portal.roles import make_groups
from reviews.models import Assignment, Dossier
from tests.roof.test_statements import counted


@pytest.fixture(params=[110, 330], ids=["110 cases", "330 cases"])
def heap(request, db) -> Heap:
    load_call(timezone.now())
    make_groups(timezone.now())
    heap = Heap(request.param)
    heap.fill()
    return heap


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


ASKED = {
    "front page": 21,
    "list": 11,
    "list, second page": 11,
    "list, by step": 11,
    "list, due first": 11,
    "figures": 10,
    "ranking": 11,
    "to discuss": 11,
    "plan": 18,
    "release": 16,
    "reviewers": 9,
    "case": 20,
    "screening": 12,
    "decide": 14,
    "front page of a reviewer": 10,
    "pile": 10,
    "reading": 14,
}


def test_each_page_of_the_review_asks_the_same_few_questions_however_many_cases_there_are(heap: Heap):
    manager, reviewer = signed_in(heap.manager), signed_in(heap.reviewers[0].user)
    read, unscreened, piled = Dossier.objects.order_by("pk").values_list("pk", flat=True)[: len(FIRST)]
    listed, round_ = reverse("admin:reviews_dossier_changelist"), heap.round.pk
    reading = Assignment.objects.get(dossier=piled, reviewer=heap.reviewers[0])
    pages = {
        "front page": (manager, reverse("admin:index")),
        "list": (manager, listed),
        "list, second page": (manager, f"{listed}?p=2"),
        "list, by step": (manager, f"{listed}?step=to-decide"),
        "list, due first": (manager, f"{listed}?order=due"),
        "figures": (manager, reverse("admin:reviews_round_figures", args=[round_])),
        "ranking": (manager, reverse("admin:reviews_round_ranking", args=[round_])),
        "to discuss": (manager, reverse("admin:reviews_round_discuss", args=[round_])),
        "plan": (manager, reverse("admin:reviews_round_plan", args=[round_])),
        "release": (manager, reverse("admin:reviews_round_release", args=[round_])),
        "reviewers": (manager, reverse("admin:reviews_reviewer_changelist")),
        "case": (manager, reverse("admin:reviews_dossier_change", args=[read])),
        "screening": (manager, reverse("admin:reviews_dossier_screening", args=[unscreened])),
        "decide": (manager, reverse("admin:reviews_dossier_decide", args=[read])),
        "front page of a reviewer": (reviewer, reverse("admin:index")),
        "pile": (reviewer, reverse("admin:reviews_assignment_changelist")),
        "reading": (reviewer, reverse("admin:reviews_assignment_change", args=[reading.pk])),
    }
    asked = {}
    for name, (browser, path) in pages.items():
        browser.get(path)  # what is kept for as long as the process lives
        with counted() as sent:
            assert browser.get(path).status_code == 200, name
        asked[name] = len(sent)
    assert asked == ASKED
