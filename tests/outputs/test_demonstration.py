"""What there is to try things with: over the cases that are there, marked, and made once."""

import pytest

from outputs import demonstration
from outputs.models import Output, Version
from tests.makers import NOON, make_boss, make_desk_research, make_public_case
from tests.roof.test_every_page import complaints_about

pytestmark = pytest.mark.django_db


def test_a_report_a_story_and_a_dialogue_are_made_over_the_cases_there_are_and_once(client):
    make_public_case()
    for title in ("A shared tram", "One [odd](title) *here*"):
        make_desk_research(title)
    boss = make_boss()

    told = [list(demonstration.fill(by=boss, at=NOON)) for _round in range(2)]

    assert told[0] == told[1] and Version.objects.count() == 3
    for output in Output.objects.all():
        page = client.get(output.page)
        assert page.status_code == 200 and b"This is a demonstration." in page.content
        assert complaints_about(page.content) == []


def test_an_empty_library_gets_no_report():
    make_desk_research()

    with pytest.raises(demonstration.TooFewCases):
        list(demonstration.fill(by=make_boss(), at=NOON))

    assert not Output.objects.exists()
