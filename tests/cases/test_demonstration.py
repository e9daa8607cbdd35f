import pytest

from cases.answers import border_kind, gaps
from cases.demonstration import answers_from, hand_in_real_cases, real_cases
from cases.models import Case
from tests.makers import NOON, make_call

BORDERS = {
    "international-national": "international-national",
    "international-subnational": "international-subnational",
    "international-mixed": "international-mixed",
    "domestic-regional": "within-regions",
    "domestic-local": "within-cities",
    "domestic-multilevel": "across-levels",
}


@pytest.mark.parametrize("real", real_cases(), ids=lambda real: real["title"])
def test_every_real_case_can_be_handed_in_and_crosses_the_border_that_its_source_says(real):
    said = answers_from(real)

    assert gaps(said, at=NOON) == []
    assert border_kind(said["jurisdictions"]) == BORDERS[real["border_type"]]


@pytest.mark.django_db
def test_the_real_cases_are_handed_in_once_however_often_they_are_loaded():
    call = make_call()

    first = [submission for _title, submission in hand_in_real_cases(call, at=NOON)]
    second = [submission for _title, submission in hand_in_real_cases(call, at=NOON)]

    assert None not in first and len(first) == len(real_cases())
    assert set(second) == {None}
    assert Case.objects.handed_in().count() == len(first)
