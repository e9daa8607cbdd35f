"""Giving out: a plan accepted in one action, one case by hand, taken back, passed on when a conflict is declared."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from outbox.models import OutboxMessage
from people.models import Event
from reviews import assigning
from reviews.assigning import (
    Moved,
    NotPossible,
    ReasonNeeded,
    accept,
    candidates,
    change_due,
    declare_conflict,
    give,
    plan_of,
    take_back,
    take_back_unread,
)
from reviews.models import Assignment, Conflict, Decision, Dossier, Review, Reviewer, Round
from reviews.settling import SETTLED, settle, settle_many
from tests.makers import COMPLETE, DAY, HOUR, make_boss, make_staff
from tests.reviews.giving import screened
from tests.reviews.makers import REVIEWING, make_dossier, make_reviewer, make_round, score
from tests.reviews.makers import give as give_as_row

pytestmark = pytest.mark.django_db
_Step = Dossier.Step
TWO_WEEKS = 14 * DAY


def read_by(dossier: Dossier) -> set[Reviewer]:
    return {each.reviewer for each in dossier.assignments.active()}


def fresh(dossier: Dossier) -> Dossier:
    return Dossier.objects.select_related("round__call", "case").get(pk=dossier.pk)


def book(dossier: Dossier) -> list[str]:
    events = Event.objects.filter(object_kind="case", object_id=str(dossier.case_id)).order_by("pk")
    return [event.action for event in events if event.action not in ("handed in", "begun")]


def accept_plan(round_: Round, by=None, **facts) -> assigning.Accepted:
    return accept(
        round_, fingerprint=plan_of(round_).fingerprint, by=by or make_boss(), at=REVIEWING, **facts
    )


# -- The plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_accepted_in_one_action_and_no_letter_leaves():
    dossiers = [screened() for _n in range(3)]
    lea, tom, ida = (make_reviewer(name) for name in ("Lea", "Tom", "Ida"))
    boss, round_ = make_boss(), make_round()

    done = accept_plan(round_, boss)

    assert (done.cases, done.readings, done.short) == (3, 6, 0)
    for dossier in map(fresh, dossiers):
        assert (dossier.step, dossier.readers, len(read_by(dossier))) == (_Step.IN_REVIEW, 2, 2)
        assert dossier.due_at == dossier.assignments.first().due_at
        assert book(dossier) == ["given to reviewers"]
    assert {each.given_by for each in Assignment.objects.all()} == {boss}
    assert sorted(each.assignments.count() for each in (lea, tom, ida)) == [2, 2, 2]
    event = Event.objects.get(action="plan accepted")
    assert (event.object_kind, event.object_id) == ("round", str(round_.pk))
    assert event.facts == {"cases": 3, "readings": 6, "short": 0, "by_hand": 0}
    assert not OutboxMessage.objects.filter(kind__startswith="review").exists()


def test_reviews_are_due_in_the_last_minute_of_a_day_of_the_call():
    screened()
    make_reviewer()
    round_ = make_round(readers_per_case=1, days_to_read=10)

    accept_plan(round_)

    due = Assignment.objects.get().due_at.astimezone(round_.call.zone)
    day_given = REVIEWING.astimezone(round_.call.zone).date()
    assert (due.date(), due.hour, due.minute) == (day_given + 10 * DAY, 23, 59)


def test_only_cases_that_wait_for_reviewers_are_planned():
    waits, not_screened, fails = screened(), make_dossier(), screened(answer="no")
    withdrawn = screened()
    type(withdrawn.case).objects.filter(pk=withdrawn.case_id).update(status="withdrawn")
    make_reviewer()

    assert [case.key for case in plan_of(make_round()).cases] == [waits.pk]
    assert {fresh(not_screened).step, fresh(fails).step} == {_Step.TO_SCREEN, _Step.TO_DECIDE}


def test_those_who_do_not_take_cases_or_have_left_get_none_and_keep_what_they_had():
    dossier = screened()
    was = make_reviewer("Was")
    give_as_row(dossier, was)
    Reviewer.objects.filter(pk=was.pk).update(active=False)
    make_reviewer("Gone", user=make_staff("gone@oecd.example", is_active=False))
    make_reviewer("No staff", user=make_staff("out@oecd.example", is_staff=False))
    lea = make_reviewer("Lea")

    accept_plan(make_round(readers_per_case=2))

    assert read_by(dossier) == {was, lea}


def test_a_plan_regards_conflicts_languages_and_loads_of_this_round_alone():
    french = screened(language="fr")
    german = make_reviewer("German", country="DE", languages=["fr"])
    english = make_reviewer("English")
    reads_it = make_reviewer("French", languages=["en", "fr"], cap=1)
    round_ = make_round()

    plan = plan_of(round_)

    assert plan.proposal.given == {french.pk: (reads_it.pk,)}
    assert plan.proposal.short == {
        french.pk: "Nobody else can take it: 1 does not read its language, 1 has a conflict of interest."
    }
    assert plan.proposal.loads == {german.pk: 0, english.pk: 0, reads_it.pk: 1}


def test_a_plan_that_is_no_longer_true_is_not_accepted():
    screened()
    make_reviewer()
    round_ = make_round()
    shown = plan_of(round_).fingerprint
    screened()

    with pytest.raises(Moved):
        accept(round_, fingerprint=shown, by=make_boss(), at=REVIEWING)

    assert not Assignment.objects.exists()


def test_a_plan_is_accepted_once():
    screened()
    make_reviewer()
    round_ = make_round(readers_per_case=1)
    shown = plan_of(round_).fingerprint
    accept(round_, fingerprint=shown, by=make_boss(), at=REVIEWING)

    with pytest.raises(Moved):
        accept(round_, fingerprint=shown, by=make_boss("two@oecd.example"), at=REVIEWING)

    assert Assignment.objects.count() == 1


def test_what_was_put_right_by_hand_is_given_out_as_it_was_put():
    first, second = screened(), screened()
    lea, tom, ida = (make_reviewer(name) for name in ("Lea", "Tom", "Ida"))
    round_ = make_round(readers_per_case=1)

    done = accept_plan(round_, changes={first.pk: [ida.pk], second.pk: []})

    assert (read_by(first), read_by(second)) == ({ida}, set())
    assert (done.cases, done.short) == (1, 1)
    assert fresh(second).step == _Step.TO_ASSIGN


def test_by_hand_nobody_gets_more_than_they_take_and_nothing_is_given_out_then():
    first, second = screened(), screened()
    small, _large = make_reviewer("Small", cap=1), make_reviewer("Large")
    round_ = make_round(readers_per_case=1)

    with pytest.raises(NotPossible, match="Small would have more than they take"):
        accept_plan(round_, changes={first.pk: [small.pk], second.pk: [small.pk]})

    assert not Assignment.objects.exists()


def test_by_hand_nothing_goes_to_somebody_in_conflict():
    dossier = screened()
    german, _lea = make_reviewer("German", country="DE"), make_reviewer("Lea")

    with pytest.raises(NotPossible, match="no longer possible"):
        accept_plan(make_round(readers_per_case=1), changes={dossier.pk: [german.pk]})


def test_a_plan_costs_the_same_number_of_statements_for_many_cases():
    make_reviewer()
    screened()
    round_ = make_round()
    with CaptureQueriesContext(connection) as of_one:
        plan_of(round_)
    for _n in range(5):
        screened()
        make_reviewer()

    with CaptureQueriesContext(connection) as of_many:
        plan_of(round_)

    assert len(of_many) == len(of_one) == 7


def test_accepting_costs_the_same_number_of_statements_for_many_cases():
    boss, round_ = make_boss(), make_round(readers_per_case=1)
    make_reviewer()
    counts = []
    for number in (1, 6):
        for _n in range(number):
            screened()
        shown = plan_of(round_).fingerprint
        with CaptureQueriesContext(connection) as captured:
            accept(round_, fingerprint=shown, by=boss, at=REVIEWING)
        counts.append(len(captured))

    assert counts[0] == counts[1]


# -- Settling many -----------------------------------------------------------------------------------------------------


def test_settling_many_says_of_each_what_settling_one_says():
    boss, lea, tom = make_boss(), make_reviewer("Lea"), make_reviewer("Tom")
    dossiers = [make_dossier(), screened(), screened(answer="no"), screened(), screened(), screened()]
    one_reader, both_finished, decided = dossiers[3:]
    give_as_row(one_reader, lea)
    for reviewer in (lea, tom):
        score(give_as_row(both_finished, reviewer), 3, 3, 3, 3, 3)
    both_finished.questions.create(words="Who pays?", asked_by=boss, asked_at=REVIEWING + HOUR)
    both_finished.questions.create(words="Since when?", asked_by=boss, asked_at=REVIEWING)
    Decision.objects.create(
        dossier=decided,
        number=1,
        submission=decided.submission,
        outcome="publish",
        reasons="It works.",
        decided_by=boss,
        decided_at=REVIEWING,
    )
    alone = {}
    for dossier in map(fresh, dossiers):
        settle(dossier)
        alone[dossier.pk] = [getattr(dossier, name) for name in SETTLED]
    Dossier.objects.update(
        step=_Step.TO_SCREEN,
        readers=9,
        finished=9,
        due_at=None,
        asked_at=None,
        decision=None,
        to_count=False,
    )

    together = [fresh(dossier) for dossier in dossiers]
    settle_many(together)

    assert {each.pk: [getattr(each, name) for name in SETTLED] for each in map(fresh, dossiers)} == alone
    assert len({each.step for each in together}) == 4


# -- One by hand -------------------------------------------------------------------------------------------------------


def test_one_case_is_given_by_hand():
    dossier, lea, boss = screened(), make_reviewer("Lea"), make_boss()

    given = give(dossier, lea, by=boss, at=REVIEWING)

    assert (given.reviewer, given.given_by, given.given_at) == (lea, boss, REVIEWING)
    assert given.due_at.astimezone(dossier.round.call.zone).hour == 23
    assert fresh(dossier).readers == 1
    assert book(dossier) == ["given to reviewers"]


def test_giving_it_again_gives_it_once():
    dossier, lea, boss = screened(), make_reviewer("Lea"), make_boss()

    assert give(dossier, lea, by=boss, at=REVIEWING) == give(dossier, lea, by=boss, at=REVIEWING + HOUR)
    assert book(dossier) == ["given to reviewers"]


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        ({"country": "DE"}, "Their own country, Germany"),
        ({"languages": ["fr"]}, "They do not read English."),
        ({"cap": 0}, "They have 0 cases and take 0."),
    ],
)
def test_what_speaks_against_somebody_needs_a_reason_that_stays_in_the_book(facts, doubt):
    dossier, boss = screened(), make_boss()
    reviewer = make_reviewer(**facts)

    with pytest.raises(ReasonNeeded, match=doubt):
        give(dossier, reviewer, by=boss, at=REVIEWING, reason="  ")
    give(dossier, reviewer, by=boss, at=REVIEWING, reason="Nobody else knows rivers.")

    assert read_by(dossier) == {reviewer}
    assert Event.objects.get(action="given to reviewers").reason == "Nobody else knows rivers."


def test_a_declared_conflict_is_outweighed_by_no_reason():
    dossier, lea = screened(), make_reviewer()
    Conflict.objects.create(reviewer=lea, dossier=dossier, declared_at=REVIEWING)

    with pytest.raises(NotPossible, match="declared a conflict"):
        give(dossier, lea, by=make_boss(), at=REVIEWING, reason="All the same.")

    assert read_by(dossier) == set()


def test_nothing_is_given_to_somebody_who_takes_no_cases():
    with pytest.raises(NotPossible, match="take no cases"):
        give(screened(), make_reviewer(active=False), by=make_boss(), at=REVIEWING, reason="Please.")


def test_a_case_that_is_not_screened_and_one_that_is_over_are_not_given():
    lea, boss = make_reviewer(), make_boss()
    over = screened()
    Dossier.objects.filter(pk=over.pk).update(step=_Step.DECIDED)

    with pytest.raises(NotPossible, match="not been screened"):
        give(make_dossier(), lea, by=boss, at=REVIEWING)
    with pytest.raises(NotPossible, match="not being read"):
        give(over, lea, by=boss, at=REVIEWING)


def test_a_third_opinion_is_asked_for_by_hand():
    dossier, ida = screened(), make_reviewer("Ida")
    for name in ("Lea", "Tom"):
        score(give_as_row(dossier, make_reviewer(name)), 4, 4, 4, 4, 0)
    assert fresh(dossier).step == _Step.TO_DECIDE

    give(dossier, ida, by=make_boss(), at=REVIEWING)

    assert (fresh(dossier).readers, fresh(dossier).finished) == (3, 2)


def test_the_candidates_are_told_with_what_speaks_for_and_against_them():
    dossier, has_it = screened(), make_reviewer("Has it")
    give_as_row(dossier, has_it)
    declared, german = make_reviewer("Declared"), make_reviewer("German", country="DE", languages=["fr"])
    fits, busy = make_reviewer("Fits", sectors=["environment"]), make_reviewer("Busy", cap=5)
    make_reviewer("Away", active=False)
    give_as_row(screened(), busy)
    Conflict.objects.create(reviewer=declared, dossier=dossier, declared_at=REVIEWING)

    found = candidates(fresh(dossier))

    assert [each.reviewer for each in found] == [fits, busy, german, declared]
    assert found[0].fits == "reads English · knows Environment, climate, agriculture · 0 of 60"
    assert found[1].fits == "reads English · 1 of 5"
    assert found[2].doubts == (
        "Their own country, Germany, is one of the jurisdictions.",
        "They do not read English.",
    )
    assert found[2].fits == "0 of 60"
    assert found[3].refused == "They have declared a conflict of interest."


# -- Taken back --------------------------------------------------------------------------------------------------------


def test_a_case_is_taken_back_with_a_reason_and_its_history_stays():
    dossier, lea, boss = screened(), make_reviewer(), make_boss()
    given = give(dossier, lea, by=boss, at=REVIEWING)

    take_back(given, reason="She is ill.", by=boss, at=REVIEWING + DAY)
    take_back(given, reason="Again.", by=boss, at=REVIEWING + 2 * DAY)

    given.refresh_from_db()
    assert (given.ended_at, given.ended_why) == (REVIEWING + DAY, "taken back")
    assert (fresh(dossier).step, fresh(dossier).readers, fresh(dossier).due_at) == (_Step.TO_ASSIGN, 0, None)
    event = Event.objects.get(action="taken back from a reviewer")
    assert (event.reason, event.facts["finished"]) == ("She is ill.", False)


def test_nothing_is_taken_back_without_a_reason():
    given = give(screened(), make_reviewer(), by=make_boss(), at=REVIEWING)

    with pytest.raises(ReasonNeeded):
        take_back(given, reason=" ", by=make_boss("b@oecd.example"), at=REVIEWING)

    given.refresh_from_db()
    assert given.ended_at is None


def test_a_review_that_is_taken_back_counts_no_more_and_is_kept():
    dossier, lea = screened(), make_reviewer()
    review = score(give_as_row(dossier, lea), 3, 3, 3, 3, 3)

    take_back(review.assignment, reason="It was the wrong case.", by=make_boss(), at=REVIEWING)

    assert fresh(dossier).finished == 0
    assert Review.objects.get() == review
    assert not Review.objects.finished().exists()


def test_a_review_on_which_a_decision_rests_stays():
    dossier, lea = screened(), make_reviewer()
    review = score(give_as_row(dossier, lea), 3, 3, 3, 3, 3)
    Dossier.objects.filter(pk=dossier.pk).update(step=_Step.TO_RELEASE)

    with pytest.raises(NotPossible, match="decision rests"):
        take_back(review.assignment, reason="Because.", by=make_boss(), at=REVIEWING)


def test_the_planner_does_not_give_it_to_the_same_person_again_and_a_hand_may():
    dossier, lea, boss = screened(), make_reviewer(), make_boss()
    take_back(give(dossier, lea, by=boss, at=REVIEWING), reason="Ill.", by=boss, at=REVIEWING)

    assert plan_of(make_round()).proposal.given == {dossier.pk: ()}
    with pytest.raises(ReasonNeeded, match="had this case before"):
        give(dossier, lea, by=boss, at=REVIEWING)
    give(dossier, lea, by=boss, at=REVIEWING, reason="She is well again.")

    assert read_by(dossier) == {lea}


def test_everything_that_somebody_has_not_finished_is_taken_back_at_once():
    lea, tom, boss = make_reviewer("Lea"), make_reviewer("Tom"), make_boss()
    dossiers = [screened() for _n in range(3)]
    for dossier in dossiers:
        give_as_row(dossier, lea)
    score(lea.assignments.first(), 3, 3, 3, 3, 3)
    give_as_row(dossiers[0], tom)

    assert take_back_unread(lea, reason="She leaves.", by=boss, at=REVIEWING) == 2
    assert take_back_unread(lea, reason="She leaves.", by=boss, at=REVIEWING) == 0

    assert [fresh(dossier).readers for dossier in dossiers] == [2, 0, 0]
    assert [book(dossier)[-1:] for dossier in dossiers] == [[], *[["taken back from a reviewer"]] * 2]


# -- The due date ------------------------------------------------------------------------------------------------------


def test_the_due_date_of_one_reviewer_moves_and_the_case_with_it():
    dossier, boss = screened(), make_boss()
    given = give(dossier, make_reviewer(), by=boss, at=REVIEWING)
    later = given.due_at + 7 * DAY

    change_due(given, due_at=later, by=boss, at=REVIEWING + DAY)
    change_due(given, due_at=later, by=boss, at=REVIEWING + DAY)

    assert fresh(dossier).due_at == later
    assert book(dossier) == ["given to reviewers", "due date changed"]


def test_a_due_date_that_has_passed_is_none_and_a_finished_review_has_none():
    boss = make_boss()
    dossier, given = screened(), None
    given = give(dossier, make_reviewer(), by=boss, at=REVIEWING)

    with pytest.raises(NotPossible, match="day has passed"):
        change_due(given, due_at=REVIEWING - DAY, by=boss, at=REVIEWING)
    score(given, 3, 3, 3, 3, 3)
    with pytest.raises(NotPossible, match="finished"):
        change_due(given, due_at=REVIEWING + DAY, by=boss, at=REVIEWING)


# -- A conflict is declared --------------------------------------------------------------------------------------------


def test_a_declared_conflict_takes_the_case_away_and_gives_it_to_the_next_best():
    dossier = screened(language="fr")
    lea, tom = make_reviewer("Lea", languages=["fr"]), make_reviewer("Tom", languages=["fr"])
    next_best = make_reviewer("Next", languages=["fr"], sectors=["environment"])
    make_reviewer("Reads no French")
    make_reviewer("Knows other things", languages=["fr"], sectors=["health"])
    given = give_as_row(dossier, lea)
    give_as_row(dossier, tom)

    heir = declare_conflict(given, "My brother runs it.", REVIEWING + DAY)

    given.refresh_from_db()
    assert (given.ended_at, given.ended_why) == (REVIEWING + DAY, "conflict")
    assert (heir.reviewer, heir.given_by, read_by(dossier)) == (next_best, None, {tom, next_best})
    conflict = Conflict.objects.get()
    assert (conflict.reviewer, conflict.dossier, conflict.reason) == (lea, dossier, "My brother runs it.")
    assert book(dossier) == ["conflict declared", "given to reviewers"]
    declared = Event.objects.get(action="conflict declared")
    assert (declared.actor_id, declared.reason) == (lea.user_id, "My brother runs it.")
    assert fresh(dossier).step == _Step.IN_REVIEW
    assert not OutboxMessage.objects.filter(kind__startswith="review").exists()


def test_without_anybody_else_the_case_waits_and_the_book_says_why():
    dossier, lea = screened(), make_reviewer("Lea")
    make_reviewer("German", country="DE")
    given = give_as_row(dossier, lea)

    assert declare_conflict(given, "", REVIEWING) is None

    assert (fresh(dossier).step, fresh(dossier).readers) == (_Step.TO_ASSIGN, 0)
    assert book(dossier) == ["conflict declared", "left without a reviewer"]
    left = Event.objects.get(action="left without a reviewer")
    assert left.reason == "Nobody else can take it: 2 have a conflict of interest."
    assert plan_of(make_round()).proposal.short[dossier.pk] == left.reason


def test_declaring_again_changes_nothing_more():
    dossier, lea = screened(), make_reviewer("Lea")
    make_reviewer("Tom")
    given = give_as_row(dossier, lea)

    declare_conflict(given, "A friend.", REVIEWING)

    assert declare_conflict(given, "A friend.", REVIEWING) is None
    assert (dossier.assignments.count(), Conflict.objects.count(), len(book(dossier))) == (2, 1, 2)


def test_a_case_that_has_enough_readers_left_is_given_to_nobody_else():
    dossier = screened()
    for name in ("Lea", "Tom", "Ida"):
        give_as_row(dossier, make_reviewer(name))
    make_reviewer("Free")

    assert declare_conflict(dossier.assignments.first(), "", REVIEWING) is None
    assert (fresh(dossier).readers, book(dossier)) == (2, ["conflict declared"])


def test_somebody_who_takes_no_more_cases_can_still_declare_a_conflict():
    dossier, lea = screened(), make_reviewer("Lea")
    given = give_as_row(dossier, lea)
    Reviewer.objects.filter(pk=lea.pk).update(active=False)
    tom = make_reviewer("Tom")

    assert declare_conflict(given, "", REVIEWING).reviewer == tom


def test_two_conflicts_one_after_the_other_never_bring_a_case_back():
    dossier, lea, tom = screened(), make_reviewer("Lea"), make_reviewer("Tom")
    make_round(readers_per_case=1)
    given = give_as_row(dossier, lea)

    to_tom = declare_conflict(given, "", REVIEWING)
    assert to_tom.reviewer == tom

    assert declare_conflict(to_tom, "", REVIEWING) is None
    assert read_by(dossier) == set()


# -- The database holds it ---------------------------------------------------------------------------------------------


def test_the_database_refuses_a_second_active_assignment():
    dossier, lea = screened(), make_reviewer()
    give_as_row(dossier, lea)

    with pytest.raises(IntegrityError), transaction.atomic():
        give_as_row(dossier, lea)


# -- The pace ----------------------------------------------------------------------------------------------------------


def test_the_pace_counts_what_is_still_to_be_read_and_what_was_finished_lately():
    lea = make_reviewer()
    long_ago, lately, waiting = screened(), screened(), screened()
    make_dossier()
    score(give_as_row(long_ago, lea), 3, 3, 3, 3, 3, at=REVIEWING - 20 * DAY)
    score(give_as_row(lately, lea), 3, 3, 3, 3, 3, at=REVIEWING - DAY)
    give_as_row(waiting, lea)

    pace = assigning.pace_of(make_round(), REVIEWING)

    assert (pace.left, pace.finished) == (1 + 1 + 2 + 2, 1)


def test_the_places_of_a_case_are_compared_as_they_were_handed_in():
    kenya = screened(
        jurisdictions=[
            {**row, "country": c} for row, c in zip(COMPLETE["jurisdictions"], ("KE", "UG"), strict=True)
        ]
    )
    german = make_reviewer(country="DE")

    assert plan_of(make_round()).proposal.given == {kenya.pk: (german.pk,)}
