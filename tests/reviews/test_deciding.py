"""Decisions: what may be decided, by whom, how many at once, and when authors hear of it."""

from collections.abc import Collection

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import drafting, submitting
from cases.models import Case
from outbox.delivery import written
from outbox.posting import unsent
from people.models import Event, User
from reviews import assigning, deciding
from reviews.deciding import Moved, Verdict
from reviews.models import Conflict, Decision, Dossier, Release
from reviews.rubric import round_of
from reviews.taking_in import take_in
from tests.makers import DAY, HOUR, author_of, letters_posted, make_address, make_boss, make_call, write
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, score

pytestmark = pytest.mark.django_db

_Status, _Step = Case.Status, Dossier.Step
PUBLISH = Verdict("publish", "Shared alarms work, and others can take them over.")
NOT_NOW = Verdict("not-published", "It has not begun yet.")
CHANGES = Verdict("changes-requested", "Say who pays for a false alarm.")
HOLD = Verdict("hold", "We wait for the evaluation in autumn.")
ALL = [PUBLISH, NOT_NOW, CHANGES, HOLD]


def decide(*dossiers: Dossier, verdict: Verdict = PUBLISH, by: User | None = None, at=REVIEWING):
    by, keys = by or make_boss(), [each.pk for each in dossiers]
    seen = deciding.plan(keys, verdict, by=by, at=at).fingerprint
    return deciding.decide(keys, verdict, seen=seen, by=by, at=at)


def release(*decisions: Decision, by: User | None = None, at=REVIEWING + DAY) -> deciding.Released:
    keys: Collection[int] = [each.pk for each in decisions]
    return deciding.release(make_round(), keys, by=by or make_boss(), at=at)


def refusals(dossier: Dossier, verdict: Verdict = PUBLISH, by: User | None = None) -> list[str]:
    (entry,) = deciding.plan([dossier.pk], verdict, by=by or make_boss(), at=REVIEWING).entries
    return entry.refusals


def fresh(dossier: Dossier) -> Dossier:
    return Dossier.objects.select_related("case", "decision", "round").get(pk=dossier.pk)


def deeds(dossier: Dossier) -> list[tuple[str, str]]:
    about = Event.objects.filter(object_kind="case", object_id=str(dossier.case_id))
    return list(about.order_by("pk").values_list("action", "reason"))


def told() -> list[str]:
    """The letters with decisions, in words, by their reader."""
    found = [*letters_posted("decision"), *letters_posted("decision-changed")]
    return [written(letter, blank_links=True).text for letter in found]


# -- Deciding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ALL, ids=lambda verdict: verdict.outcome)
def test_a_decision_waits_and_nobody_hears_of_it_before_it_is_released(verdict):
    dossier = make_dossier()

    (decision,) = decide(dossier, verdict=verdict)

    assert (decision.number, decision.outcome, decision.submission) == (
        1,
        verdict.outcome,
        dossier.submission,
    )
    assert fresh(dossier).step == _Step.TO_RELEASE
    assert fresh(dossier).case.status == _Status.HANDED_IN
    assert told() == []
    assert list(Decision.objects.pending()) == [decision]
    assert deeds(dossier)[-1] == ("decision written", "")


def test_nobody_decides_a_case_they_are_in_conflict_with_and_the_reason_is_said():
    dossier = make_dossier()
    lea = make_reviewer("Lea M.", country="FR").user

    (why,) = refusals(dossier, by=lea)

    assert why.startswith("You are in a conflict of interest: Their own country, France")
    assert decide(dossier, by=lea) == []
    assert Decision.objects.count() == 0


def test_a_conflict_that_was_declared_keeps_one_from_deciding_too():
    dossier, lea = make_dossier(), make_reviewer()
    Conflict.objects.create(reviewer=lea, dossier=dossier, declared_at=REVIEWING)

    assert decide(dossier, by=lea.user) == []


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (_Status.HANDED_IN, {"publish", "not-published", "changes-requested", "hold"}),
        (_Status.CHANGES_REQUESTED, {"publish", "not-published", "changes-requested", "hold"}),
        (_Status.ON_HOLD, {"publish", "not-published", "changes-requested", "hold"}),
        (_Status.NOT_PUBLISHED, {"publish", "not-published", "changes-requested", "hold"}),
        (_Status.ACCEPTED, {"publish", "not-published", "changes-requested", "hold"}),
        (_Status.WITHDRAWN, set()),
        (_Status.PUBLISHED, set()),
        (_Status.ARCHIVED, set()),
    ],
)
def test_a_case_is_decided_only_where_its_status_may_move(status, allowed):
    dossier = make_dossier()
    Case.objects.update(status=status)

    assert {verdict.outcome for verdict in ALL if not refusals(dossier, verdict)} == allowed
    if not allowed:
        assert f"“{_Status(status).label}”" in refusals(dossier)[0]


@pytest.mark.parametrize(
    ("said", "sponsored"),
    [
        ({"public_employee": "yes"}, True),
        ({"public_employee": "no"}, False),
        ({"public_employee": "no", "sponsor_name": "  "}, False),
        ({"public_employee": "no", "sponsor_name": "Ana Ribeiro"}, True),
        ({}, False),
    ],
)
def test_a_public_sponsor_is_a_public_employee_or_the_official_behind_the_case(said, sponsored):
    assert deciding.has_public_sponsor(said) is sponsored


def test_a_case_without_a_public_sponsor_cannot_be_published_but_decided_otherwise():
    dossier = make_dossier(answers={"public_employee": "no"})

    assert refusals(dossier) == ["It names no public sponsor, and without one it cannot be published."]
    assert [refusals(dossier, verdict) for verdict in (NOT_NOW, CHANGES, HOLD)] == [[], [], []]


def test_a_decision_needs_reasons():
    assert refusals(make_dossier(), Verdict("hold", " \n")) == ["Give the author the reasons."]


@pytest.mark.parametrize("named", ["lea@oecd.example", "LEA M.", "Lea M."])
def test_reasons_that_name_a_reviewer_of_the_case_are_refused(named):
    dossier, lea = make_dossier(), make_reviewer("Lea M.", email="lea@oecd.example")
    give(dossier, lea)

    (why,) = refusals(dossier, Verdict("hold", f"As {named} has said."))

    assert "name a reviewer" in why
    assert refusals(make_dossier(), Verdict("hold", f"As {named} has said.")) == []


def test_a_case_that_comes_back_this_very_moment_is_looked_at_first():
    dossier = make_dossier()
    write(author_of(dossier.case), results="Other.")
    submitting.hand_in(author_of(dossier.case), at=REVIEWING - 20 * DAY)

    assert refusals(dossier) == ["It has been handed in again this very moment. Look at it first."]


# -- Many at once ------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_every_letter_in_full_and_every_refusal_and_writes_nothing():
    first, second = make_dossier(), make_dossier(answers={"public_employee": "no"})
    before = Event.objects.count()

    plan = deciding.plan([first.pk, second.pk], PUBLISH, by=make_boss(), at=REVIEWING)

    assert [(entry.dossier, bool(entry.refusals)) for entry in plan.entries] == [
        (first, False),
        (second, True),
    ]
    (entry,) = plan.sound
    words = written(unsent(**entry.letter(at=REVIEWING)), blank_links=True)
    assert words.subject == "We would like to publish your case: XB-2027-0001"
    assert PUBLISH.reasons in " ".join(words.text.split())
    assert "[link]" in words.text and "/l/" not in words.text
    assert (Decision.objects.count(), Event.objects.count(), letters_posted("decision")) == (0, before, [])


def test_the_letter_of_the_dry_run_is_the_one_that_leaves():
    dossier, lea = make_dossier(), make_boss()
    plan = deciding.plan([dossier.pk], PUBLISH, by=lea, at=REVIEWING)
    shown = written(unsent(**plan.sound[0].letter(at=REVIEWING)), blank_links=True)

    release(*deciding.decide([dossier.pk], PUBLISH, seen=plan.fingerprint, by=lea, at=REVIEWING))

    sent = written(letters_posted("decision")[0], blank_links=True)
    assert (sent.subject, sent.text) == (shown.subject, shown.text)


def test_what_is_confirmed_is_written_for_all_that_nothing_speaks_against():
    sound, refused = make_dossier(), make_dossier(answers={"public_employee": "no"})

    decided = decide(sound, refused)

    assert [decision.dossier for decision in decided] == [sound]
    assert fresh(refused).step == _Step.TO_SCREEN


def moved_by_deciding(dossier: Dossier) -> None:
    decide(dossier, verdict=HOLD)


def moved_by_withdrawing(dossier: Dossier) -> None:
    submitting.withdraw(dossier.case, by=author_of(dossier.case), at=REVIEWING)


def moved_by_handing_in(dossier: Dossier) -> None:
    write(author_of(dossier.case), results="Other.")
    submitting.hand_in(author_of(dossier.case), at=REVIEWING - 20 * DAY)
    take_in(at=REVIEWING)


def moved_by_handing_over(dossier: Dossier) -> None:
    ana = make_address("ana@lisbon.example")
    part = dossier.case.colleagues.create(address=ana, name="Ana", role="editor", joined_at=REVIEWING)
    drafting.hand_over(author_of(dossier.case), part.pk, at=REVIEWING)


def moved_by_a_conflict(dossier: Dossier) -> None:
    lea = make_reviewer(user=User.objects.get(email="lea@oecd.example"))
    Conflict.objects.create(reviewer=lea, dossier=dossier, declared_at=REVIEWING)


def moved_by_a_review(dossier: Dossier) -> None:
    for name in ("Jo B.", "Kim C."):
        score(give(dossier, make_reviewer(name)), 3, 3, 3, 3, 3)


@pytest.mark.parametrize(
    "move",
    [
        moved_by_deciding,
        moved_by_withdrawing,
        moved_by_handing_in,
        moved_by_handing_over,
        moved_by_a_conflict,
        moved_by_a_review,
    ],
)
def test_a_world_that_has_moved_since_it_was_shown_is_shown_again(move):
    dossier, lea = make_dossier(), make_boss("lea@oecd.example")
    seen = deciding.plan([dossier.pk], NOT_NOW, by=lea, at=REVIEWING).fingerprint
    move(dossier)
    before = Decision.objects.count()

    with pytest.raises(Moved) as moved:
        deciding.decide([dossier.pk], NOT_NOW, seen=seen, by=lea, at=REVIEWING)

    assert moved.value.plan.fingerprint != seen
    assert Decision.objects.count() == before


def test_other_words_than_those_that_were_shown_are_shown_again():
    dossier, lea = make_dossier(), make_boss()
    seen = deciding.plan([dossier.pk], NOT_NOW, by=lea, at=REVIEWING).fingerprint

    with pytest.raises(Moved):
        deciding.decide([dossier.pk], Verdict("not-published", "Bad."), seen=seen, by=lea, at=REVIEWING)


def test_confirming_twice_decides_once():
    dossier, lea = make_dossier(), make_boss()
    seen = deciding.plan([dossier.pk], HOLD, by=lea, at=REVIEWING).fingerprint
    deciding.decide([dossier.pk], HOLD, seen=seen, by=lea, at=REVIEWING)

    with pytest.raises(Moved) as moved:
        deciding.decide([dossier.pk], HOLD, seen=seen, by=lea, at=REVIEWING)

    assert "It is decided exactly so already." in moved.value.plan.entries[0].refusals
    assert Decision.objects.count() == 1


def test_a_dry_run_costs_the_same_few_statements_for_one_case_and_for_five():
    lea, dossiers, asked = make_boss(), [], []
    for count in (1, 5):
        while len(dossiers) < count:
            dossiers.append(make_dossier())
        with CaptureQueriesContext(connection) as queries:
            plan = deciding.plan([each.pk for each in dossiers], PUBLISH, by=lea, at=REVIEWING)
            assert [len(entry.letter(at=REVIEWING)["context"]["reasons"]) for entry in plan.sound] == [
                len(PUBLISH.reasons)
            ] * count
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 10


# -- What the reviews come to ------------------------------------------------------------------------------------------


def test_a_decision_keeps_the_point_nearest_to_the_mean_of_each_criterion():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Jo B.")), 4, 2, 1, 3, 0)
    score(give(dossier, make_reviewer("Kim C.")), 4, 3, 3, 0, 0)
    score(give(dossier, make_reviewer("Lou D.")), 4, 3, 1, 0, 1)

    (decision,) = decide(dossier)

    assert decision.points == {
        "novelty": 4,
        "implementation": 3,
        "impact": 2,
        "collaboration": 1,
        "replicability": 0,
    }


def test_between_two_points_the_higher_one_stands():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Jo B.")), 2, 2, 2, 2, 2)
    score(give(dossier, make_reviewer("Kim C.")), 3, 3, 3, 3, 3)

    assert set(decide(dossier)[0].points.values()) == {3}


def test_of_one_review_alone_nothing_is_kept_nor_of_one_that_is_not_finished():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Jo B.")), 4, 4, 4, 4, 4)
    score(give(dossier, make_reviewer("Kim C.")), 1, 1, 1, 1, 1, finished_at=None)

    assert decide(dossier)[0].points is None


def test_what_was_decided_stays_as_it_was_when_a_review_changes_afterwards():
    dossier = make_dossier()
    reviews = [score(give(dossier, make_reviewer(name)), 4, 4, 4, 4, 4) for name in ("Jo B.", "Kim C.")]
    (decision,) = decide(dossier)

    for review in reviews:
        review.scores = dict.fromkeys(review.scores, 0)
        review.save()

    decision.refresh_from_db()
    assert set(decision.points.values()) == {4}


# -- Releasing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (PUBLISH, _Status.ACCEPTED),
        (NOT_NOW, _Status.NOT_PUBLISHED),
        (CHANGES, _Status.CHANGES_REQUESTED),
        (HOLD, _Status.ON_HOLD),
    ],
)
def test_releasing_tells_the_author_and_moves_the_case(verdict, status):
    dossier = make_dossier()
    (decision,) = decide(dossier, verdict=verdict)

    released = release(decision)

    assert (released.told, released.left_out) == (1, [])
    assert fresh(dossier).case.status == status
    assert fresh(dossier).step == _Step.DECIDED
    (letter,) = letters_posted("decision")
    assert letter.address == author_of(dossier.case).address
    assert verdict.reasons in " ".join(written(letter).text.split())
    assert deeds(dossier)[-1] == ("decided", "")
    assert Decision.objects.get().release == Release.objects.get()


WORDS = {
    "publish": "We would like to publish it.",
    "not-published": "Your case stays with us and can be taken up again.",
    "changes-requested": "Your case is open for you: change it and hand it in again.",
    "hold": "we have neither accepted it nor turned it down",
}


@pytest.mark.parametrize("verdict", ALL, ids=lambda verdict: verdict.outcome)
def test_each_outcome_has_its_own_words_and_none_of_the_others(verdict):
    release(*decide(make_dossier(), verdict=verdict))

    (text,) = told()

    text = " ".join(text.split())
    assert {outcome for outcome, words in WORDS.items() if words in text} == {verdict.outcome}


def test_a_not_published_case_can_be_taken_up_again():
    dossier = make_dossier()
    release(*decide(dossier, verdict=NOT_NOW))

    decide(dossier, verdict=Verdict("publish", "It has begun.", why_changed="News from the author."))

    assert fresh(dossier).step == _Step.TO_RELEASE


def test_letters_of_many_leave_together_in_one_release():
    dossiers = [make_dossier() for _n in range(3)]
    decisions = [*decide(*dossiers[:2], verdict=NOT_NOW), *decide(dossiers[2])]

    release(*decisions)

    assert Release.objects.count() == 1
    assert {letter.address_id for letter in letters_posted("decision")} == {
        author_of(dossier.case).address_id for dossier in dossiers
    }


def test_releasing_twice_writes_one_set_of_letters():
    decisions = decide(make_dossier(), make_dossier())

    first, second = release(*decisions), release(*decisions)

    assert (first.told, second.told, second.release) == (2, 0, None)
    assert len(letters_posted("decision")) == 2
    assert Release.objects.count() == 1


def test_only_what_was_looked_at_is_released():
    seen, unseen = make_dossier(), make_dossier()
    decisions = decide(seen)
    decide(unseen)

    release(*decisions)

    assert (fresh(seen).step, fresh(unseen).step) == (_Step.DECIDED, _Step.TO_RELEASE)


def test_a_case_that_was_withdrawn_meanwhile_is_left_out_and_said():
    stays, goes = make_dossier(), make_dossier()
    decisions = decide(stays, goes)
    submitting.withdraw(goes.case, by=author_of(goes.case), at=REVIEWING)

    released = release(*decisions)

    assert released.told == 1
    assert released.left_out == [(goes.case.reference, "It has been withdrawn.")]
    assert fresh(goes).case.status == _Status.WITHDRAWN
    assert len(letters_posted("decision")) == 1


def test_a_case_that_has_come_back_since_it_was_decided_is_left_out_and_decided_anew():
    dossier = make_dossier()
    (decision,) = decide(dossier, verdict=NOT_NOW, at=REVIEWING - 20 * DAY)
    moved_by_handing_in(dossier)

    assert release(decision).left_out == [
        (dossier.case.reference, "It has been handed in again since it was decided. Decide anew.")
    ]
    anew = decide(fresh(dossier), verdict=Verdict("publish", "Now it has begun.", why_changed="Version 2."))

    assert release(*anew).told == 1
    assert fresh(dossier).case.status == _Status.ACCEPTED


def test_nobody_releases_the_decision_of_a_case_they_are_in_conflict_with_and_somebody_else_does():
    far, near = make_dossier(), make_dossier()
    decisions = decide(far, near)
    lea = make_reviewer()
    Conflict.objects.create(reviewer=lea, dossier=near, declared_at=REVIEWING)

    released = release(*decisions, by=lea.user)

    assert (released.told, len(told())) == (1, 1)
    why = "You are in a conflict of interest: They have declared a conflict of interest."
    assert released.left_out == [(near.case.reference, why)]
    assert (fresh(near).step, fresh(near).case.status) == (_Step.TO_RELEASE, _Status.HANDED_IN)
    assert release(*decisions).told == 1
    assert len(told()) == 2


def test_a_decision_is_made_anew_when_one_of_its_reviewers_declares_a_conflict_before_it_is_told():
    dossier = make_dossier()
    close, other = (give(dossier, make_reviewer(name)) for name in ("Lea M.", "Jan P."))
    for each in (close, other):
        score(each, 4, 3, 2, 1, 0)
    decisions = decide(dossier)
    assigning.declare_conflict(close, "My sister runs it.", REVIEWING + HOUR)

    released = release(*decisions)

    assert (released.told, told()) == (0, [])
    assert [why for _case, why in released.left_out] == [
        "A reviewer has declared a conflict of interest since it was decided. Decide anew."
    ]
    assert "To change that, say why." in refusals(dossier)[0]
    verdict = Verdict(PUBLISH.outcome, PUBLISH.reasons, "Without the review of somebody close to it.")
    (anew,) = decide(dossier, verdict=verdict, at=REVIEWING + 2 * HOUR)
    assert anew.points is None
    assert release(anew).told == 1


def test_a_round_releases_its_own_decisions_alone():
    (decision,) = decide(make_dossier())
    other = round_of(make_call(year=2026))

    released = deciding.release(other, [decision.pk, 10**9], by=make_boss(), at=REVIEWING)

    assert (released.told, released.left_out) == (0, [])
    assert letters_posted("decision") == []


def test_an_author_who_never_answered_gets_the_decision_all_the_same():
    dossier = make_dossier(author=make_address(confirmed=False))

    release(*decide(dossier))

    assert letters_posted("decision")[0].due_at == REVIEWING + DAY


# -- Changing ----------------------------------------------------------------------------------------------------------


def test_changing_a_decision_needs_a_reason():
    dossier = make_dossier()
    decide(dossier, verdict=HOLD)

    assert refusals(dossier, PUBLISH) == ["It is decided already: Hold. To change that, say why."]
    assert decide(dossier, verdict=PUBLISH) == []


def test_a_decision_that_was_not_told_yet_changes_without_a_word_to_the_author():
    dossier = make_dossier()
    first = decide(dossier, verdict=HOLD)
    second = decide(dossier, verdict=Verdict("publish", "It works.", why_changed="The evaluation came."))

    release(*first, *second)

    assert [decision.number for decision in Decision.objects.order_by("number")] == [1, 2]
    assert list(Decision.objects.filter(release__isnull=False)) == second
    assert letters_posted("decision-changed") == []
    (letter,) = letters_posted("decision")
    assert "It works." in written(letter).text
    assert deeds(dossier)[-2:] == [
        ("decision written", "The evaluation came."),
        ("decided", "The evaluation came."),
    ]


def test_a_decision_that_was_told_changes_with_a_letter_at_the_next_release():
    dossier = make_dossier()
    release(*decide(dossier, verdict=NOT_NOW))
    anew = decide(dossier, verdict=Verdict("publish", "It has begun.", why_changed="News from the author."))
    assert fresh(dossier).case.status == _Status.NOT_PUBLISHED

    release(*anew, at=REVIEWING + 2 * DAY)

    (letter,) = letters_posted("decision-changed")
    words = written(letter)
    assert words.subject == "Our decision on your case has changed: XB-2027-0001"
    assert "It has begun." in words.text
    assert "News from the author." not in words.text
    assert fresh(dossier).case.status == _Status.ACCEPTED


def test_a_told_decision_that_changes_twice_before_the_next_release_is_told_once():
    dossier = make_dossier()
    release(*decide(dossier, verdict=NOT_NOW))
    decide(dossier, verdict=Verdict("hold", "Wait.", why_changed="A doubt."))
    lea = make_boss()
    verdict = Verdict("publish", "It has begun.", why_changed="No doubt any more.")

    (entry,) = deciding.plan([dossier.pk], verdict, by=lea, at=REVIEWING).entries
    assert entry.letter(at=REVIEWING)["kind"] == "decision-changed"
    release(*decide(dossier, verdict=verdict))

    assert len(letters_posted("decision-changed")) == 1


def test_what_was_decided_before_stays_in_the_book():
    dossier = make_dossier()
    release(*decide(dossier, verdict=NOT_NOW))
    release(*decide(dossier, verdict=Verdict("hold", "Wait.", why_changed="A doubt.")), at=REVIEWING + HOUR)

    kept = [(each.outcome, each.reasons, each.why_changed) for each in dossier.decisions.order_by("number")]
    assert kept == [("not-published", NOT_NOW.reasons, ""), ("hold", "Wait.", "A doubt.")]
