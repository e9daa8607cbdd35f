"""``manage.py demo_data``: a living office to try things in, once, for trying out only."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import submitting
from cases.demonstration import hand_in_real_cases
from cases.models import Call, Case, Submission
from outbox import health
from people.models import Event, User
from reviews import deciding
from reviews.deciding import Verdict
from reviews.demonstration import MAILS
from reviews.models import Assignment, Decision, Dossier, Question, Review, Reviewer, Round, Screening
from tests.makers import DAY, author_of, make_boss, make_call, make_draft
from tests.reviews import who
from tests.reviews.giving import screened
from tests.reviews.makers import make_dossier
from tests.roof.test_office_doors import NAMES

pytestmark = pytest.mark.django_db

PEOPLE = {who.MANAGER: "mira", who.REVIEWER: "lea", who.EDITOR: "ida"}


def load() -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("demo_data", stdout=out)
    return out.getvalue()


@pytest.fixture
def call():
    now = timezone.now()
    return make_call(opens_at=now - DAY, closes_at=now + 30 * DAY)


@pytest.fixture
def said(call) -> str:
    return load()


def in_the_database() -> dict[str, int]:
    kinds = (Assignment, Case, Decision, Dossier, Event, Question, Review, Reviewer, Screening, User)
    return {kind.__name__: kind.objects.count() for kind in kinds}


def login(said: str, name: str) -> Client:
    """The office as one of those whom the command has named, with the password that it printed."""
    password = re.search(r"with the password (\S+)", said)[1]
    client = Client()
    words = {"username": f"{name}@{MAILS}", "password": password}
    assert client.post(reverse("admin:login"), words).status_code == 302
    return client


def test_every_state_of_a_review_is_there(said):
    assert set(Dossier.objects.values_list("step", flat=True)) == set(Dossier.Step.values)
    assert set(Decision.objects.values_list("outcome", flat=True)) == set(Decision.Outcome.values)
    assert set(Screening.objects.values_list("dossier__verdict", flat=True)) == {"yes", "no", "unclear"}
    now = timezone.now()
    for state in (
        Dossier.objects.overdue(now),
        Dossier.objects.to_discuss(),
        Dossier.objects.waiting_for_author(),
        Dossier.objects.come_back().filter(news__answered__0__isnull=False),
        Dossier.objects.come_back().filter(news__changed__0__isnull=False),
        Assignment.objects.filter(ended_why="conflict"),
        Review.objects.filter(finished_at=None),
        Review.objects.finished(),
        Decision.objects.pending(),
        Round.objects.filter(promised_at__gt=now, counted_at__isnull=False),
    ):
        assert state.exists()


def test_the_review_has_lasted_two_weeks_and_no_letter_is_late(said, call):
    now = timezone.now()
    figures = Round.objects.get().figures

    assert len(figures["days"]) >= 5
    assert any(row["drift"] is not None for row in figures["reviewers"].values())
    assert Call.objects.get().opens_at == Submission.objects.earliest("arrived_at").arrived_at
    assert now - Dossier.objects.earliest("opened_at").opened_at > 13 * DAY
    assert health.vital_signs(now)["oldest_due"] < 60


def test_it_is_safe_to_repeat(said):
    before = in_the_database()

    again = load()

    assert "The review is filled already; nothing was changed." in again
    assert in_the_database() == before


def test_it_tells_who_can_log_in_and_how_to_be_rid_of_it(said):
    for name in PEOPLE.values():
        assert f"{name}@{MAILS}" in said
    assert "To be rid of all this: stop the portal and delete its database" in said


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_of_the_review_opens_for_those_whom_it_has_named(said, role):
    client = login(said, PEOPLE[role])

    answers = {path: client.get(path, follow=True).status_code for path in ["/admin/", *pages_of(role)]}

    assert {path: status for path, status in answers.items() if status != 200} == {}
    assert len(answers) >= 3, "a front page, a list, and something to do"


def pages_of(role: str) -> list[str]:
    """Every page of the review that this role may open, on a case at each step and on everything else once."""
    one_at_each_step = {step: pk for pk, step in Dossier.objects.values_list("pk", "step")}
    rows = {
        "reviews_dossier": list(one_at_each_step.values()),
        "reviews_round": [Round.objects.get().pk],
        "reviews_reviewer": [Reviewer.objects.first().pk],
    }
    own = Assignment.objects.wanted().filter(reviewer__user__email=f"{PEOPLE[role]}@{MAILS}")
    found = [reverse("admin:reviews_assignment_change", args=[pk]) for pk in own.values_list("pk", flat=True)]
    for name, roles in who.WHO.items():
        if role not in roles or name.endswith("_file"):
            continue
        prefix = next((prefix for prefix in rows if name.startswith(prefix)), "")
        has_key = NAMES[name].pattern.regex.groups > 0
        found += [reverse(f"admin:{name}", args=[pk] if has_key else []) for pk in rows.get(prefix, [0])]
    return found


def test_cases_of_others_stay_as_they_are(call):
    boss, at = make_boss(), timezone.now()
    to_give, to_tell = (make_dossier(make_draft(call, complete=True), at=at) for _n in range(2))
    screened(to_give)
    verdict = Verdict("hold", "We wait.")
    plan = deciding.plan([to_tell.pk], verdict, by=boss, at=at)
    deciding.decide([to_tell.pk], verdict, seen=plan.fingerprint, by=boss, at=at)
    ours = Dossier.objects.filter(pk__in=[to_give.pk, to_tell.pk]).order_by("pk")
    before = list(ours.values_list("step", "readers"))

    load()

    assert list(ours.values_list("step", "readers")) == before == [("to-assign", 0), ("to-release", 0)]


def test_cases_that_somebody_has_worked_on_are_not_meddled_with(call):
    at = timezone.now()
    first = next(submission for _title, submission in list(hand_in_real_cases(call, at=at)))
    submitting.withdraw(first.case, by=author_of(first.case), at=at)

    with pytest.raises(CommandError, match="left as they are"):
        load()

    assert not Reviewer.objects.exists()


def test_without_an_open_call_it_says_what_to_do_first():
    with pytest.raises(CommandError, match="manage.py load_programme"):
        load()


def test_a_public_portal_refuses_it(call, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.production")

    with pytest.raises(CommandError, match="takes no demonstration"):
        load()

    assert not Case.objects.exists()
    assert not User.objects.exists()
