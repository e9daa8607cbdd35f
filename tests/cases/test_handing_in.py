"""Handing in: all of it or none of it, once however often, each time with a receipt of its own."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cases import drafting, submitting
from cases.models import Case, Colleague, Facet, Submission
from cases.questions import FORM_VERSION, PERMISSION, PERMISSION_WORDING
from outbox.models import OutboxMessage
from people.models import Consent, Event
from tests.makers import (
    CLOSES,
    COMPLETE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    author_of,
    letters_posted,
    make_boss,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    make_upload,
    write,
)

pytestmark = pytest.mark.django_db


def test_a_complete_case_becomes_a_submission_with_a_number_a_digest_and_a_receipt():
    case = make_draft(complete=True)

    submission = submitting.hand_in(author_of(case), at=NOON)

    case.refresh_from_db()
    assert (case.status, case.reference, case.latest) == (Case.Status.HANDED_IN, "XB-2027-0001", submission)
    assert (submission.number, submission.arrived_at, submission.language) == (1, NOON, "en")
    assert (submission.form_version, submission.in_time) == (FORM_VERSION, "open")
    assert (submission.border_kind, submission.organisation) == (
        "international-subnational",
        COMPLETE["organisation"],
    )
    assert submission.is_intact
    assert [letter.kind for letter in letters_posted()] == ["receipt"]


def test_a_submission_holds_every_answer_as_it_stood_and_nothing_foreign():
    case = make_draft(complete=True, answers={"users": "", "long gone question": "Words"})

    submission = submitting.hand_in(author_of(case), at=NOON)

    assert submission.answers == COMPLETE
    assert submission.content == json.dumps(
        {"answers": COMPLETE, "files": [], "form": FORM_VERSION},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def test_a_submission_names_its_files_by_digest_and_alternative_text():
    case = make_draft(complete=True)
    author = author_of(case)
    gone = drafting.attach(author, make_upload("gone.txt", b"gone"), at=NOON)
    drafting.detach(author, gone.code, at=NOON)
    kept = drafting.attach(author, make_upload(), at=NOON)
    write(author, **{f"alt.{kept.code}": "Two hands"})

    submission = submitting.hand_in(author, at=NOON)

    assert submission.files == [
        {
            "name": "agreement.txt",
            "kind": "document",
            "size": 18,
            "sha256": kept.sha256,
            "code": kept.code,
            "alt": "Two hands",
        }
    ]


def test_an_incomplete_case_is_not_handed_in_and_every_gap_is_named():
    case = make_draft(complete=True, answers={"title": " ", "year": "nineteen", "consent_truth": False})

    with pytest.raises(submitting.Incomplete) as incomplete:
        submitting.hand_in(author_of(case), at=NOON)

    assert [gap.field for gap in incomplete.value.gaps] == ["title", "year", "consent_truth"]
    case.refresh_from_db()
    assert (case.status, case.reference) == (Case.Status.DRAFT, None)
    assert letters_posted() == []


def test_pressing_the_last_button_twice_gives_one_submission_and_one_receipt():
    case = make_draft(complete=True)

    first = submitting.hand_in(author_of(case), at=NOON)
    second = submitting.hand_in(author_of(case), at=NOON + SECOND)

    assert first == second
    assert Submission.objects.count() == len(letters_posted()) == 1
    assert second.arrived_at == NOON


def test_a_second_press_that_arrives_after_the_close_still_gets_the_receipt_of_the_first():
    case = make_draft(complete=True)
    first = submitting.hand_in(author_of(case), at=CLOSES - SECOND)

    assert submitting.hand_in(author_of(case), at=CLOSES + DAY) == first
    assert Case.objects.get().late_at is None


def test_two_people_who_hand_in_one_after_the_other_hold_the_same_receipt():
    case = make_draft(complete=True)
    ana = make_colleague(case)

    assert submitting.hand_in(ana, at=NOON) == submitting.hand_in(author_of(case), at=NOON + SECOND)
    assert {letter.address for letter in letters_posted("receipt")} == {ana.address, author_of(case).address}


def test_the_receipt_tells_the_author_who_handed_in():
    case = make_draft(complete=True)
    ana = make_colleague(case)

    submitting.hand_in(ana, at=NOON)

    told = {letter.address: letter.context["by"] for letter in letters_posted("receipt")}
    assert told == {ana.address: "", author_of(case).address: "Ana Ribeiro"}


# -- Late ----------------------------------------------------------------------------------------------------------


def test_a_case_handed_in_too_late_stays_a_draft_is_marked_and_its_author_is_told():
    case = make_draft(complete=True)

    with pytest.raises(submitting.TooLate):
        submitting.hand_in(author_of(case), at=CLOSES + 15 * MINUTE)

    case.refresh_from_db()
    assert (case.status, case.late_at) == (Case.Status.DRAFT, CLOSES + 15 * MINUTE)
    assert case.answers == COMPLETE
    assert [letter.kind for letter in letters_posted()] == ["kept-late"]
    assert not Submission.objects.exists()


def test_the_submission_says_by_which_rule_it_was_in_time():
    graceful, reopened = make_draft(complete=True), make_draft(complete=True)
    submitting.reopen(reopened, until=CLOSES + 9 * DAY, reason="A flood", by=make_boss(), at=CLOSES + DAY)

    assert submitting.hand_in(author_of(graceful), at=CLOSES).in_time == "grace"
    assert submitting.hand_in(author_of(reopened), at=CLOSES + 2 * DAY).in_time == "reopened"


@pytest.mark.parametrize(
    ("withdraw", "counts"), [(False, True), (True, False)], ids=["handed in before", "withdrawn before"]
)
def test_the_letter_about_late_changes_says_whether_something_counts(withdraw, counts):
    case = make_submission().case
    if withdraw:
        submitting.withdraw(case, by=author_of(case), at=NOON)

    write(author_of(case), results="Later", at=CLOSES + DAY)

    (letter,) = letters_posted("kept-late")
    assert letter.context["handed_in_before"] is counts


# -- Again -----------------------------------------------------------------------------------------------------------


def test_each_change_that_is_handed_in_is_a_version_of_its_own_with_its_own_receipt():
    case = make_submission().case
    write(author_of(case), title="Better title", at=NOON + HOUR)

    second = submitting.hand_in(author_of(case), at=NOON + 2 * HOUR)

    first = case.submissions.get(number=1)
    case.refresh_from_db()
    assert (second.number, second.title, case.latest) == (2, "Better title", second)
    assert (first.title, first.is_intact) == (COMPLETE["title"], True)
    assert first.code != second.code and first.digest != second.digest
    assert case.reference == "XB-2027-0001"
    assert len(letters_posted("receipt")) == 2


def test_the_author_sees_what_has_not_been_handed_in_again():
    case = make_submission().case

    def unsent() -> bool:
        return submitting.has_unsent_changes(Case.objects.select_related("latest").get(pk=case.pk))

    assert not unsent()
    attached = drafting.attach(author_of(case), make_upload(), at=NOON)
    assert unsent()
    drafting.detach(author_of(case), attached.code, at=NOON)
    assert not unsent()
    write(author_of(case), title="Better title")
    assert unsent()
    write(author_of(case), title=COMPLETE["title"])
    assert not unsent()


def test_a_draft_never_handed_in_has_no_unsent_changes():
    assert not submitting.has_unsent_changes(make_draft(complete=True))


def test_a_withdrawn_case_is_handed_in_again_unchanged_as_a_new_version():
    case = make_submission().case
    submitting.withdraw(case, by=author_of(case), at=NOON + HOUR)

    again = submitting.hand_in(author_of(case), at=NOON + 2 * HOUR)

    case.refresh_from_db()
    assert (again.number, case.status) == (2, Case.Status.HANDED_IN)
    assert again.digest == case.submissions.get(number=1).digest
    assert [letter.kind for letter in letters_posted()] == ["receipt", "withdrawn", "receipt"]


def test_withdrawing_twice_is_one_withdrawal_and_one_letter():
    case = make_submission().case

    for _press in range(2):
        submitting.withdraw(case, by=author_of(case), at=NOON + HOUR)

    assert len(letters_posted("withdrawn")) == 1
    assert Event.objects.filter(action="withdrawn").count() == 1


def test_an_editor_hands_in_but_does_not_withdraw():
    case = make_draft(complete=True)
    ana = make_colleague(case)
    submitting.hand_in(ana, at=NOON)

    with pytest.raises(drafting.NotAllowed):
        submitting.withdraw(case, by=ana, at=NOON)


def test_staff_withdraw_on_behalf_with_a_reason_and_the_author_is_told_so():
    case, lea = make_submission().case, make_boss()

    submitting.withdraw(case, by=lea, at=NOON + HOUR, reason="Asked by telephone")

    (letter,) = letters_posted("withdrawn")
    event = Event.objects.get(action="withdrawn")
    assert letter.context["on_behalf"] is True
    assert (event.actor, event.actor_id, event.reason) == (Event.Actor.STAFF, lea.pk, "Asked by telephone")


# -- What is written down ----------------------------------------------------------------------------------------------


def test_references_are_consecutive_in_each_call():
    this_year, next_year = make_call(), make_call(year=2028)

    given = [make_submission(make_draft(call, complete=True)) for call in (this_year, next_year, this_year)]

    assert [submission.case.reference for submission in given] == [
        "XB-2027-0001",
        "XB-2028-0001",
        "XB-2027-0002",
    ]


def test_a_hand_in_that_fails_uses_up_no_number():
    with pytest.raises(submitting.Incomplete):
        submitting.hand_in(author_of(make_draft()), at=NOON)

    assert make_submission().case.reference == "XB-2027-0001"


def test_consents_are_recorded_with_wording_language_and_instant_for_each_submission():
    case = make_draft(complete=True)
    with translation.override("ar"):
        first = submitting.hand_in(author_of(case), at=NOON)
    write(author_of(case), title="Better title")
    ana = make_colleague(case)
    second = submitting.hand_in(ana, at=NOON + HOUR)

    recorded = Consent.objects.order_by("pk").values_list(
        "kind", "wording", "language", "given_at", "about_kind", "about_id", "address"
    )
    ticks = [question.key for question in PERMISSION.questions]
    marta = author_of(case).address_id
    assert list(recorded) == [
        *((key, PERMISSION_WORDING, "ar", NOON, "submission", str(first.pk), marta) for key in ticks),
        *(
            (key, PERMISSION_WORDING, "en", NOON + HOUR, "submission", str(second.pk), ana.address_id)
            for key in ticks
        ),
    ]


def test_jurisdictions_and_facets_follow_the_latest_submission():
    case = make_submission().case
    write(author_of(case), sectors=["health"], **{"jurisdictions.bbbb2222.country": "LU"})

    latest = submitting.hand_in(author_of(case), at=NOON + HOUR)

    rows = latest.jurisdictions.values_list("position", "country", "level", "name", "is_lead")
    assert list(rows) == [(1, "FR", "regional", "Grand Est", True), (2, "LU", "regional", "Saarland", False)]
    assert set(Facet.objects.values_list("kind", "value")) == {
        ("country", "FR"),
        ("country", "LU"),
        ("level", "regional"),
        ("sector", "health"),
        ("stage", "implementing"),
        ("stage", "evaluating"),
        ("mechanism", "joint-service"),
        ("instrument", "memorandum"),
        ("border", "international-subnational"),
    }


def test_every_deed_stands_in_the_book():
    case = make_draft(complete=True)
    submitting.hand_in(author_of(case), at=NOON)
    submitting.withdraw(case, by=author_of(case), at=NOON + HOUR)
    submitting.reopen(case, until=CLOSES + DAY, reason="A flood", by=make_boss(), at=NOON + 2 * HOUR)

    book = Event.objects.filter(object_kind="case", object_id=str(case.pk)).order_by("pk")

    assert list(book.values_list("action", "actor")) == [
        ("handed in", Event.Actor.AUTHOR),
        ("withdrawn", Event.Actor.AUTHOR),
        ("reopened", Event.Actor.STAFF),
    ]


def test_the_database_itself_refuses_what_must_never_be():
    case = make_submission().case
    ana = make_colleague(case)

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(reference=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.submissions.create(number=1, arrived_at=NOON, by=author_of(case), content="{}", digest="")
    with pytest.raises(IntegrityError), transaction.atomic():
        case.colleagues.create(address=ana.address, name="Twice", role="editor", joined_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.colleagues.exclude(role=Colleague.Role.AUTHOR).update(role=Colleague.Role.AUTHOR)


def test_a_submission_is_never_written_again():
    submission = make_submission()
    submission.title = "Another title"

    with pytest.raises(TypeError):
        submission.save()


def test_handing_in_costs_the_same_with_one_case_and_with_three():
    def cost() -> int:
        case = make_draft(complete=True)
        author = author_of(case)
        with CaptureQueriesContext(connection) as queries:
            submitting.hand_in(author, at=NOON)
        return sum(
            not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries.captured_queries
        )

    make_submission()

    costs = [cost(), cost(), cost()]
    assert len(set(costs)) == 1 and costs[0] <= 16


def test_a_letter_that_cannot_be_written_takes_the_hand_in_back_with_it():
    case = make_draft(complete=True)
    author = author_of(case)
    Colleague.objects.filter(pk=author.pk).update(role=Colleague.Role.EDITOR)
    author.role = Colleague.Role.EDITOR  # so that the author, who has to be told, is nowhere to be found

    with pytest.raises(Colleague.DoesNotExist):
        submitting.hand_in(author, at=NOON)

    assert Case.objects.get().status == Case.Status.DRAFT
    assert not Submission.objects.exists() and not OutboxMessage.objects.exists()
