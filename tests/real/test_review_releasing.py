"""Two managers at once, or a manager and an author: real threads, real locks, on PostgreSQL."""

import pytest
from django.db import connection, transaction

from cases import submitting
from cases.models import Case, Submission
from people.models import Event
from reviews import asking, deciding
from reviews.asking import Overtaken
from reviews.deciding import Moved, Verdict
from reviews.models import Assignment, Decision, Dossier, Question, Release, Review
from tests.makers import (
    DAY,
    HOUR,
    author_of,
    letters_posted,
    make_address,
    make_boss,
    make_colleague,
    make_draft,
    write,
)
from tests.real.test_races import at_once, kinds_of
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, score

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(6)
HOLD = Verdict("hold", "We wait for the evaluation.")


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def decide(*dossiers: Dossier, by=None, verdict: Verdict = HOLD) -> list[Decision]:
    by, keys = by or make_boss(), [each.pk for each in dossiers]
    seen = deciding.plan(keys, verdict, by=by, at=REVIEWING).fingerprint
    return deciding.decide(keys, verdict, seen=seen, by=by, at=REVIEWING)


@transaction.atomic
def read(given: Assignment) -> Review:
    """Finish a review, as rows, under the lock of its case."""
    given.dossier = Dossier.objects.locked().select_related("round").get(pk=given.dossier_id)
    return score(given, 4, 3, 2, 1, 0)


# -- Releasing and deciding ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_of_managers_who_release_at_once_one_tells_the_authors_and_each_author_gets_one_letter(round):
    dossiers = [make_dossier() for _n in range(5)]
    keys = [decision.pk for decision in decide(*dossiers)]
    managers, the_round = [make_boss() for _n in range(4)], make_round()

    outcomes = at_once(
        *(lambda lea=lea: deciding.release(the_round, keys, by=lea, at=REVIEWING + DAY) for lea in managers)
    )

    assert kinds_of(outcomes) == {"Released": 4}
    assert sorted(released.told for released in outcomes) == [0, 0, 0, 5]
    assert all(released.left_out == [] for released in outcomes)
    assert len(letters_posted("decision")) == 5
    assert set(Decision.objects.values_list("release", flat=True)) == {Release.objects.get().pk}
    assert Event.objects.filter(action="decided").count() == 5
    assert set(Case.objects.values_list("status", flat=True)) == {Case.Status.ON_HOLD}


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_is_withdrawn_while_decisions_are_released_is_told_before_or_left_out(round):
    stays, goes = make_dossier(), make_dossier()
    keys = [decision.pk for decision in decide(stays, goes)]
    lea, the_round, author = make_boss(), make_round(), author_of(goes.case)

    released, _none = at_once(
        lambda: deciding.release(the_round, keys, by=lea, at=REVIEWING + DAY),
        lambda: submitting.withdraw(goes.case, by=author, at=REVIEWING + DAY),
    )

    told = {letter.context["reference"] for letter in letters_posted("decision")}
    assert Case.objects.get(pk=goes.case_id).status == Case.Status.WITHDRAWN
    assert len(letters_posted("withdrawn")) == 1
    if released.left_out:
        assert (released.told, told) == (1, {stays.case.reference})
        assert released.left_out == [(goes.case.reference, "It has been withdrawn.")]
    else:
        assert told == {stays.case.reference, goes.case.reference}


@pytest.mark.parametrize("round", ROUNDS)
def test_of_two_who_decide_the_same_cases_at_once_one_does_and_the_other_looks_again(round):
    dossiers = [make_dossier() for _n in range(3)]
    keys, people = [each.pk for each in dossiers], [make_boss(), make_boss()]
    seen = [deciding.plan(keys, HOLD, by=lea, at=REVIEWING).fingerprint for lea in people]

    outcomes = at_once(
        *(
            lambda lea=lea, told=told: deciding.decide(keys, HOLD, seen=told, by=lea, at=REVIEWING)
            for lea, told in zip(people, seen, strict=True)
        )
    )

    assert kinds_of(outcomes) == {"list": 1, Moved.__name__: 1}
    assert list(Decision.objects.values_list("number", flat=True)) == [1, 1, 1]


@pytest.mark.parametrize("round", ROUNDS)
def test_a_decision_that_is_changed_while_it_is_released_is_told_as_one_or_as_the_other(round):
    dossier, lea, jo = make_dossier(), make_boss(), make_boss()
    keys = [decision.pk for decision in decide(dossier)]
    verdict = Verdict("publish", "It works.", why_changed="The evaluation came.")
    seen = deciding.plan([dossier.pk], verdict, by=jo, at=REVIEWING).fingerprint
    the_round = make_round()

    released, changed = at_once(
        lambda: deciding.release(the_round, keys, by=lea, at=REVIEWING + DAY),
        lambda: deciding.decide([dossier.pk], verdict, seen=seen, by=jo, at=REVIEWING + DAY),
    )

    if isinstance(changed, Moved):
        assert (released.told, Decision.objects.count()) == (1, 1)
    else:
        assert (released.told, letters_posted("decision")) == (0, [])
        assert [each.release for each in Decision.objects.all()] == [None, None]


@pytest.mark.parametrize("round", ROUNDS)
def test_a_release_waits_for_nobody_who_waits_for_it(round):
    """Reviews and answers settle the very cases that are being released."""
    dossiers = [make_dossier() for _n in range(6)]
    keys = [decision.pk for decision in decide(*dossiers)]
    questions = [asking.ask(each, words="Who pays?", by=make_boss(), at=REVIEWING) for each in dossiers[:3]]
    given = [give(each, make_reviewer(f"Jo {each.pk}")) for each in dossiers[3:]]
    authors = [author_of(each.case) for each in dossiers[:3]]
    Dossier.objects.update(to_count=False)
    lea, the_round = make_boss(), make_round()

    outcomes = at_once(
        lambda: deciding.release(the_round, keys, by=lea, at=REVIEWING + DAY),
        *(
            lambda q=q, part=part: asking.answer(q, words="Both.", based_on="", by=part, at=REVIEWING + DAY)
            for q, part in zip(questions, authors, strict=True)
        ),
        *(lambda one=one: read(one) for one in given),
    )

    assert kinds_of(outcomes) == {"Released": 1, "Question": 3, "Review": 3}
    assert outcomes[0].told == 6
    assert set(Dossier.objects.values_list("step", flat=True)) == {Dossier.Step.DECIDED}
    assert not Dossier.objects.filter(to_count=False).exists()


# -- Questions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_a_question_that_is_sent_four_times_at_once_is_one_question_with_one_letter(round):
    dossier, lea = make_dossier(), make_boss()

    outcomes = at_once(
        *(lambda: asking.ask(dossier, words="Who pays?", by=lea, at=REVIEWING) for _press in range(4))
    )

    assert set(outcomes) == {Question.objects.get()}
    assert len(letters_posted("question")) == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_of_two_people_who_answer_at_once_the_second_sees_what_the_first_wrote(round):
    dossier = make_dossier()
    question = asking.ask(dossier, words="Who pays?", by=make_boss(), at=REVIEWING)
    marta, ana = author_of(dossier.case), make_colleague(dossier.case)

    outcomes = at_once(
        *(
            lambda part=part, words=words: asking.answer(
                question, words=words, based_on="", by=part, at=REVIEWING + HOUR
            )
            for part, words in ((marta, "Both."), (ana, "Neither."))
        )
    )

    assert kinds_of(outcomes) == {"Question": 1, Overtaken.__name__: 1}
    (overtaken,) = [each for each in outcomes if isinstance(each, Overtaken)]
    assert overtaken.question.answer == Question.objects.get().answer
    assert Dossier.objects.get().news == {"answered": [question.pk]}


@pytest.mark.parametrize("round", ROUNDS)
def test_a_question_that_is_closed_while_it_is_answered_keeps_the_answer_or_says_that_it_was_not_taken(round):
    dossier, lea = make_dossier(), make_boss()
    question = asking.ask(dossier, words="Who pays?", by=lea, at=REVIEWING)
    marta = author_of(dossier.case)

    _closed, answered = at_once(
        lambda: asking.close(question, by=lea, at=REVIEWING + HOUR),
        lambda: asking.answer(question, words="Both.", based_on="", by=marta, at=REVIEWING + HOUR),
    )

    question.refresh_from_db()
    assert question.closed_at
    if isinstance(answered, Question):
        assert (question.answer, letters_posted("question-closed")) == ("Both.", [])
    else:
        assert type(answered).__name__ == "NotAllowed"
        assert (question.answer, len(letters_posted("question-closed"))) == ("", 1)
    assert Dossier.objects.get().asked_at is None


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_is_opened_while_its_author_hands_in_ends_open_or_handed_in_and_loses_nothing(round):
    dossier, lea = make_dossier(make_draft(author=make_address(), complete=True)), make_boss()
    at = dossier.submission.arrived_at + HOUR
    marta = author_of(dossier.case)
    write(marta, results="Both towns pay.", at=at)

    asked, handed_in = at_once(
        lambda: asking.ask(dossier, words="Who pays?", may_change=True, by=lea, at=at),
        lambda: submitting.hand_in(author_of(dossier.case), at=at),
    )

    assert isinstance(asked, Question)
    assert handed_in == Submission.objects.get(number=2)
    last = Event.objects.filter(object_kind="case").order_by("pk").last().action
    expected = {"asked the author": Case.Status.CHANGES_REQUESTED, "handed in": Case.Status.HANDED_IN}
    assert Case.objects.get().status == expected[last]


@pytest.mark.parametrize("round", ROUNDS)
def test_two_sweeps_that_remind_at_once_write_one_reminder(round):
    due_at = REVIEWING + 7 * DAY
    for _n in range(3):
        asking.ask(make_dossier(), words="Who pays?", due_at=due_at, by=make_boss(), at=REVIEWING)

    at_once(*(lambda: asking.remind(due_at - DAY) for _sweep in range(3)))

    assert len(letters_posted("question-reminder")) == 3
