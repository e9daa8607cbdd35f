"""Several people who send news at once: real threads, real locks, on PostgreSQL."""

import pytest
from django.db import connection

from newsletter.models import Issue
from tests.makers import make_boss
from tests.newsletter.makers import make_issue, send
from tests.real.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(6)


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


@pytest.mark.parametrize("round", ROUNDS)
def test_two_issues_of_one_title_scheduled_at_once_get_two_addresses(round):
    issues, by = [make_issue(), make_issue()], make_boss()

    def goes(issue):
        return lambda: send(issue, by=by).slug

    at_once(*(goes(issue) for issue in issues))

    slugs = set(Issue.objects.values_list("slug", flat=True))
    assert len(slugs) == 2 and all(slug.startswith("three-sessions-in-june") for slug in slugs)
