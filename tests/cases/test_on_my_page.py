"""What «my page» shows of this room: the cases that an address takes part in, and no others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import drafting
from cases.on_my_page import cases_of
from tests.makers import (
    HOUR,
    NOON,
    author_of,
    make_address,
    make_colleague,
    make_draft,
    make_submission,
    write,
)

pytestmark = pytest.mark.django_db


def shown(address) -> list[tuple]:
    rows = cases_of(address, at=NOON)["rows"]
    return [(row["title"], row["reference"], str(row["status"]), str(row["role"])) for row in rows]


def test_my_page_lists_ones_cases_the_last_changed_first():
    marta = make_address()
    draft = make_draft(author=marta)
    make_submission(make_draft(author=marta, complete=True))
    write(author_of(draft), title="Written last", at=NOON + HOUR)

    assert shown(marta) == [
        ("Written last", "", "Draft", "Author"),
        ("Shared river flood warnings", "XB-2027-0001", "Handed in", "Author"),
    ]


def test_cases_of_others_show_only_to_their_colleagues_and_no_longer_once_removed():
    case = make_draft()
    ana = make_colleague(case)
    make_draft()

    assert shown(ana.address) == [("Untitled draft", "", "Draft", "May edit")]

    drafting.remove_colleague(author_of(case), ana.pk, at=NOON)
    assert shown(ana.address) == []


def test_my_page_costs_one_statement_with_one_case_and_with_three():
    marta = make_address()

    for _n in range(3):
        make_draft(author=marta)
        with CaptureQueriesContext(connection) as queries:
            cases_of(marta, at=NOON)
        assert len(queries) == 1
