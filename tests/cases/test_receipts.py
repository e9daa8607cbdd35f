"""Receipts: anybody who holds the code can check one, and learns nothing personal."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import receipts
from cases.models import Submission
from cases.models.submission import canonical, digest_of
from people.codes import CODE_ALPHABET, receipt_code
from tests.makers import COMPLETE, NOON, make_submission


@pytest.mark.django_db
def test_the_code_of_a_receipt_tells_number_instant_and_digest_and_nothing_personal():
    submission = make_submission()

    said = receipts.check(submission.code)

    assert said == {
        "kind": "case",
        "code": submission.code,
        "reference": "XB-2027-0001",
        "number": 1,
        "arrived_at": NOON,
        "zone": submission.case.call.zone,
        "digest": submission.digest,
        "intact": True,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spelled",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code.replace('-', ' ')}\n"],
    ids=["in small letters", "without dashes", "with spaces"],
)
def test_a_code_is_known_however_it_is_typed(spelled):
    submission = make_submission()

    assert receipts.check(spelled(submission.code))["digest"] == submission.digest


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code", ["", "7KQM", "0" * 26, "2" * 26, "2" * 27, "ß" * 26, "2345-" * 5000, "'; DROP TABLE", "\0"]
)
def test_any_other_code_is_known_to_nobody(code):
    make_submission()

    assert receipts.check(code) is None


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["content", "digest"])
def test_a_single_changed_sign_fails_the_check(column):
    submission = make_submission()
    stored = getattr(submission, column)
    other = stored.replace("4 hours", "5 hours") if column == "content" else "0" * 64
    assert other != stored

    Submission.objects.filter(pk=submission.pk).update(**{column: other})

    assert receipts.check(submission.code)["intact"] is False


@pytest.mark.django_db
def test_each_version_has_a_receipt_of_its_own_that_keeps_being_true():
    first = make_submission()
    case = first.case
    case.answers = {**case.answers, "title": "Better title"}
    case.save()
    second = make_submission(case)

    assert [receipts.check(each.code)["number"] for each in (first, second)] == [1, 2]
    assert all(receipts.check(each.code)["intact"] for each in (first, second))


@pytest.mark.django_db
def test_checking_a_receipt_costs_one_statement():
    submission = make_submission()

    with CaptureQueriesContext(connection) as queries:
        receipts.check(submission.code)

    assert len(queries) == 1


def test_codes_have_26_signs_that_cannot_be_mistaken_for_one_another():
    codes = {receipt_code() for _n in range(500)}

    assert len(codes) == 500
    assert {len(code.replace("-", "")) for code in codes} == {26}
    assert set("".join(codes)) - {"-"} <= set(CODE_ALPHABET)
    assert not set("01ILOU") & set(CODE_ALPHABET)


def test_the_same_answers_have_one_spelling_and_so_one_digest():
    turned = dict(reversed(COMPLETE.items()))

    assert canonical(turned) == canonical(COMPLETE)
    assert digest_of(canonical(turned)) == digest_of(canonical(COMPLETE))
    assert canonical({"b": "é 🌊\n", "a": [1]}) == '{"a":[1],"b":"é 🌊\\n"}'
