"""What only the same moment shows: a hand-in, a withdrawal or a conflict that crosses what staff do. On PostgreSQL."""

import pytest
from django.db import connection

from cases import submitting
from cases.models import Case, Submission
from people.models import Event
from reviews import asking, assigning, deciding, looking, reviewing, screening, taking_in
from reviews.asking import LETTERS_A_DAY
from reviews.deciding import Moved, Verdict
from reviews.models import (
    Assignment,
    Conflict,
    Decision,
    Dossier,
    Question,
    Release,
    Review,
    Round,
    Screening,
)
from tests.makers import (
    DAY,
    HOUR,
    NOON,
    author_of,
    letters_posted,
    make_boss,
    make_draft,
    make_staff,
    make_submission,
    write,
)
from tests.real.test_races import at_once, kinds_of
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, score
from tests.reviews.test_reviewing import ALL

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(6)
YES = dict.fromkeys(Screening.TESTS, ("yes", ""))
HOLD = Verdict("hold", "We wait for the evaluation.")


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def planned(dossier: Dossier, by, verdict: Verdict = HOLD) -> str:
    return deciding.plan([dossier.pk], verdict, by=by, at=REVIEWING).fingerprint


def deciding_it(dossier: Dossier, by, verdict: Verdict = HOLD):
    """A manager who has looked at the letter, and presses."""
    seen = planned(dossier, by, verdict)
    return lambda: deciding.decide([dossier.pk], verdict, seen=seen, by=by, at=REVIEWING)


def changed(dossier: Dossier, at=NOON + HOUR) -> None:
    write(author_of(dossier.case), results="Both towns pay.", at=at)


def handing_in(dossier: Dossier, at=NOON + HOUR):
    return lambda: submitting.hand_in(author_of(dossier.case), at=at)


def sweep() -> int:
    return taking_in.take_in(at=REVIEWING)


def nothing_broke(outcomes: list) -> bool:
    return not [each for each in outcomes if type(each).__name__ in ("OperationalError", "IntegrityError")]


# -- An author at the same moment --------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_is_handed_in_while_it_is_screened_is_screened_as_it_was_read_and_comes_back(round):
    dossier, lea = make_dossier(), make_staff()
    changed(dossier)

    screened, handed_in, *_sweeps = outcomes = at_once(
        lambda: screening.screen(dossier, YES, version=0, submission=1, by=lea, at=REVIEWING),
        handing_in(dossier),
        sweep,
        sweep,
    )
    sweep()

    assert nothing_broke(outcomes), outcomes
    assert isinstance(handed_in, Submission)
    after = Dossier.objects.get()
    assert (after.submission_id, after.news) == (handed_in.pk, {"changed": ["results"]})
    assert after.came_back_at is not None
    if isinstance(screened, Screening):
        assert screened.submission.number == 1
        assert after.verdict == "yes"
    else:
        assert isinstance(screened, screening.CameBackMeanwhile)
        assert (after.verdict, Screening.objects.count()) == ("", 0)


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_is_withdrawn_while_it_is_decided_is_told_to_nobody(round):
    dossier, lea = make_dossier(), make_boss()
    author = author_of(dossier.case)

    decided, withdrawn = at_once(
        deciding_it(dossier, lea),
        lambda: submitting.withdraw(dossier.case, by=author, at=REVIEWING),
    )
    sweep()
    pending = list(Decision.objects.values_list("pk", flat=True))
    released = deciding.release(make_round(), pending, by=lea, at=REVIEWING + DAY)

    assert isinstance(decided, list | Moved)
    assert not isinstance(withdrawn, Exception)
    assert Case.objects.get().status == Case.Status.WITHDRAWN
    assert Dossier.objects.get().step == Dossier.Step.OUT
    assert len(pending) == isinstance(decided, list)
    assert (released.told, letters_posted("decision"), Release.objects.count()) == (0, [], 0)


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_is_handed_in_again_while_it_is_decided_or_told_is_never_told_about_another_text(round):
    dossier, lea = make_dossier(), make_boss()
    [first] = deciding_it(dossier, lea)()
    changed(dossier)

    released, handed_in, _swept = outcomes = at_once(
        lambda: deciding.release(make_round(), [first.pk], by=lea, at=REVIEWING),
        handing_in(dossier),
        sweep,
    )
    sweep()

    assert nothing_broke(outcomes), outcomes
    if released.told:
        # Told first: the case is on hold, and its author could not hand it in any more, or did so afterwards.
        assert len(letters_posted("decision")) == 1
        assert Decision.objects.get().release is not None
    else:
        assert isinstance(handed_in, Submission)
        assert released.left_out == [
            (dossier.case.reference, "It has been handed in again since it was decided. Decide anew.")
        ]
        assert letters_posted("decision") == []
        assert Case.objects.get().status == Case.Status.HANDED_IN


@pytest.mark.parametrize("round", ROUNDS)
def test_an_answer_that_comes_while_somebody_looks_is_news_or_was_seen_and_is_never_lost(round):
    dossier, lea = make_dossier(), make_boss()
    asked = [asking.ask(dossier, words=words, by=lea, at=REVIEWING) for words in ("Who pays?", "Who else?")]
    marta = author_of(dossier.case)
    asking.answer(asked[0], words="We do.", based_on="", by=marta, at=REVIEWING + HOUR)
    seen = Dossier.objects.get().came_back_at

    looked, answered = at_once(
        lambda: looking.look(dossier, seen=seen, by=lea, at=REVIEWING + DAY),
        lambda: asking.answer(asked[1], words="They do.", based_on="", by=marta, at=REVIEWING + DAY),
    )

    assert isinstance(answered, Question)
    news = Dossier.objects.get().news
    assert news == ({"answered": [asked[1].pk]} if looked else {"answered": [each.pk for each in asked]})
    assert Dossier.objects.get().came_back_at == REVIEWING + DAY


@pytest.mark.parametrize("round", ROUNDS)
def test_sweeps_at_once_open_one_dossier_for_each_case_and_one_round(round):
    for _n in range(4):
        make_submission(make_draft(complete=True))

    outcomes = at_once(sweep, sweep, sweep)

    assert nothing_broke(outcomes), outcomes
    assert (Dossier.objects.count(), Round.objects.count()) == (4, 1)
    assert Round.objects.get().criteria.count() == 5


# -- Staff at the same moment ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round", ROUNDS)
def test_whoever_declares_a_conflict_in_one_window_decides_in_no_other(round):
    dossier, lea = make_dossier(), make_reviewer("Lea M.", user=make_boss())
    mine = give(dossier, lea)

    declared, decided = at_once(
        lambda: assigning.declare_conflict(mine, "A friend.", REVIEWING),
        deciding_it(dossier, lea.user),
    )

    assert Conflict.objects.count() == 1
    assert not isinstance(declared, Exception)
    if isinstance(decided, Moved):
        assert "You are in a conflict of interest" in decided.plan.refused[0].refusals[0]
        assert not Decision.objects.exists()
    else:
        # The decision came first, and stands in the book as the first of the two.
        assert list(
            Event.objects.filter(action__in=["decision written", "conflict declared"])
            .order_by("pk")
            .values_list("action", flat=True)
        ) == ["decision written", "conflict declared"]


@pytest.mark.parametrize("round", ROUNDS)
def test_a_review_that_is_finished_while_its_case_is_decided_is_in_the_points_or_is_looked_at_again(round):
    dossier, boss = make_dossier(), make_boss()
    score(give(dossier, make_reviewer("Jan P.")), 4, 4, 4, 4, 4)
    mine = give(dossier, make_reviewer("Lea M."))
    reviewing.clear(mine, at=REVIEWING)
    mine = Assignment.objects.select_related("dossier__round").get(pk=mine.pk)
    reviewing.save(mine, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)

    finished, decided = at_once(
        lambda: reviewing.finish(mine, at=REVIEWING),
        deciding_it(dossier, boss),
    )

    assert isinstance(finished, Review)
    assert Dossier.objects.get().finished == 2
    if isinstance(decided, list):
        assert Decision.objects.get().points is None, "decided on one review alone"
    else:
        assert isinstance(decided, Moved)
        assert decided.plan.entries[0].decision.points == deciding.points_of([dossier])[dossier.pk]


@pytest.mark.parametrize("round", ROUNDS)
def test_the_last_two_who_finish_while_the_case_is_taken_from_one_count_what_is_left(round):
    dossier, boss = make_dossier(), make_boss()
    both = []
    for name in ("Lea M.", "Jan P."):
        made = give(dossier, make_reviewer(name))
        reviewing.clear(made, at=REVIEWING)
        made = Assignment.objects.select_related("dossier__round").get(pk=made.pk)
        reviewing.save(made, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)
        both.append(made)

    outcomes = at_once(
        *(lambda each=each: reviewing.finish(each, at=REVIEWING) for each in both),
        lambda: assigning.take_back(both[0], reason="Ill.", by=boss, at=REVIEWING),
        lambda: screening.screen(dossier, YES, version=0, submission=1, by=boss, at=REVIEWING),
    )

    assert nothing_broke(outcomes), outcomes
    after = Dossier.objects.get()
    assert (after.readers, after.finished) == (1, Review.objects.finished().count()) == (1, 1)
    assert (after.step, after.verdict) == (Dossier.Step.TO_ASSIGN, "yes")


@pytest.mark.parametrize("round", ROUNDS)
def test_thirty_questions_at_once_are_as_many_letters_as_a_day_has(round):
    dossier, lea = make_dossier(), make_boss()

    outcomes = at_once(
        *(
            lambda n=n: asking.ask(dossier, words=f"Why {n}?", by=lea, at=REVIEWING)
            for n in range(LETTERS_A_DAY + 10)
        )
    )

    assert kinds_of(outcomes) == {"Question": LETTERS_A_DAY, "NotAllowed": 10}
    assert len(letters_posted("question")) == Question.objects.count() == LETTERS_A_DAY


@pytest.mark.parametrize("round", range(3))
def test_everybody_at_once_waits_for_nobody_in_a_circle(round):
    """All deeds of the review on the same few cases: some are refused, none breaks, and the sums are right."""
    boss = make_boss()
    dossiers = [make_dossier() for _n in range(3)]
    for dossier in dossiers:
        screening.screen(dossier, YES, version=0, submission=1, by=boss, at=REVIEWING)
        changed(dossier)
    lea, jan, _ida = make_reviewer("Lea M."), make_reviewer("Jan P."), make_reviewer("Ida O.")
    given = [give(dossier, reviewer) for dossier in dossiers for reviewer in (lea, jan)]
    for each in given:
        reviewing.clear(each, at=REVIEWING)
    given = list(Assignment.objects.select_related("dossier__round").order_by("pk"))
    deeds = [deciding_it(dossier, boss) for dossier in dossiers]

    def reads(each: Assignment):
        reviewing.save(each, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)
        return reviewing.finish(each, at=REVIEWING)

    outcomes = at_once(
        *deeds,
        *(lambda each=each: reads(each) for each in given[:4]),
        lambda: assigning.declare_conflict(given[4], "A friend.", REVIEWING),
        lambda: assigning.take_back_unread(jan, reason="Ill.", by=boss, at=REVIEWING),
        lambda: asking.ask(dossiers[0], words="Who pays?", may_change=True, by=boss, at=REVIEWING),
        handing_in(dossiers[1]),
        lambda: submitting.withdraw(dossiers[2].case, by=author_of(dossiers[2].case), at=REVIEWING),
        lambda: deciding.release(
            make_round(), list(Decision.objects.values_list("pk", flat=True)), by=boss, at=REVIEWING
        ),
        sweep,
        sweep,
    )
    sweep()

    assert nothing_broke(outcomes), outcomes
    for dossier in Dossier.objects.all():
        active = dossier.assignments.active()
        assert dossier.readers == active.count()
        assert dossier.finished == active.filter(finished_at__isnull=False).count()
    told = Decision.objects.told().count()
    assert len(letters_posted("decision")) == told == Event.objects.filter(action="decided").count()
