"""One reviewer and one case: said to be without conflict, scored as one goes, finished, and changed afterwards."""

import pytest

from cases import submitting
from people.models import Event
from reviews import reviewing, taking_in
from reviews.models import Assignment, Decision, Dossier, Release, Review, Round
from reviews.settling import settle
from tests.makers import HOUR, MINUTE, author_of, write
from tests.reviews.makers import REVIEWING, give, make_boss, make_dossier, make_reviewer, score

pytestmark = pytest.mark.django_db

ALL = {"novelty": 3, "implementation": 4, "impact": 2, "collaboration": 4, "replicability": 1}
LATER = REVIEWING + HOUR


def given(*, opened: bool = True, **facts) -> Assignment:
    """A case that Lea M. has to read; she has said that she has no conflict."""
    made = give(facts.pop("dossier", None) or make_dossier(), facts.pop("reviewer", None) or make_reviewer())
    if opened:
        reviewing.clear(made, at=REVIEWING)
    return now(made)


def now(assignment: Assignment) -> Assignment:
    return Assignment.objects.select_related("dossier__round").get(pk=assignment.pk)


def saved(assignment: Assignment, version: int = 0, *, at=REVIEWING, **values) -> Review:
    return reviewing.save(now(assignment), values, version, at=at)


def finished(assignment: Assignment, **values) -> Review:
    saved(assignment, **{"scores": ALL, "advice": "publish", **values})
    return reviewing.finish(now(assignment), at=REVIEWING)


def deeds() -> list[str]:
    return list(Event.objects.filter(object_kind="case").order_by("pk").values_list("action", flat=True))[2:]


# -- No conflict -------------------------------------------------------------------------------------------------------


def test_saying_that_there_is_no_conflict_opens_the_case_and_is_written_down_once():
    assignment = given(opened=False)

    reviewing.clear(assignment, at=REVIEWING)
    reviewing.clear(assignment, at=LATER)

    assert now(assignment).cleared_at == REVIEWING
    [event] = Event.objects.filter(action="no conflict of interest")
    assert (event.object_id, event.actor_id) == (
        str(assignment.dossier.case_id),
        assignment.reviewer.user_id,
    )


def test_nothing_is_scored_before_the_question_about_conflicts_is_answered():
    assignment = given(opened=False)

    with pytest.raises(reviewing.NotAsked):
        saved(assignment, scores={"novelty": 3})
    with pytest.raises(reviewing.NotAsked):
        reviewing.finish(assignment, at=REVIEWING)

    assert not Review.objects.exists()


# -- Saving ------------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_what_is_not_sent_stays():
    assignment = given()

    saved(assignment, comments="Who pays?", words_for_author="Name the source.")
    review = saved(assignment, 1, scores={"novelty": 3}, at=LATER)

    assert (review.version, review.saved_at, review.begun_at) == (2, LATER, REVIEWING)
    assert (review.scores, review.comments, review.words_for_author, review.advice) == (
        {"novelty": 3},
        "Who pays?",
        "Name the source.",
        "",
    )
    assert Review.objects.get() == review
    assert review.submission == assignment.dossier.submission


def test_saving_the_same_twice_counts_once():
    assignment = given()

    saved(assignment, scores={"novelty": 3}, comments="Who pays?")
    again = saved(assignment, scores={"novelty": 3}, comments="Who pays?", at=LATER)

    assert (again.version, again.saved_at) == (1, REVIEWING)


def test_nothing_typed_makes_no_review():
    saved(given(), comments="", scores={})

    assert not Review.objects.exists()


def test_autosaves_write_no_history_and_no_line_in_the_book():
    assignment = given()
    before = deeds()

    saved(assignment, comments="Who")
    saved(assignment, 1, comments="Who pays?")

    assert Review.history.count() == 0
    assert deeds() == before


def test_the_first_score_closes_the_rubric_and_a_word_does_not():
    assignment = given()

    saved(assignment, comments="Who pays?")
    assert Round.objects.get().rubric_is_open

    saved(assignment, 1, scores={"novelty": 3}, at=LATER)
    assert Round.objects.get().begun_at == LATER

    saved(assignment, 2, scores={"novelty": 4}, at=LATER + HOUR)
    assert Round.objects.get().begun_at == LATER


@pytest.mark.parametrize("scores", [{"novelty": 5}, {"novelty": -1}, {"beauty": 3}, {"novelty": "3"}])
def test_a_score_that_the_rubric_does_not_know_is_refused(scores):
    assignment = given()

    with pytest.raises(reviewing.NotInRubric):
        saved(assignment, scores=scores)

    assert not Review.objects.exists()
    assert Round.objects.get().rubric_is_open


def test_two_windows_that_say_different_things_overwrite_nothing():
    assignment = given()
    saved(assignment, scores={"novelty": 3, "impact": 2}, comments="From the first window.")

    with pytest.raises(reviewing.SavedElsewhere) as refused:
        saved(assignment, 0, scores={"novelty": 1, "impact": 2}, comments="From the second.")

    assert refused.value.fields == ["score-novelty", "comments"]
    assert refused.value.review.comments == "From the first window."
    assert Review.objects.get().scores == {"novelty": 3, "impact": 2}


def test_two_windows_that_say_the_same_have_nothing_to_settle():
    assignment = given()
    saved(assignment, comments="The same.")

    assert saved(assignment, 0, comments="The same.").version == 1


# -- Finishing ---------------------------------------------------------------------------------------------------------


def test_finishing_settles_the_case_and_is_written_down():
    first = given()
    second = given(dossier=first.dossier, reviewer=make_reviewer("Jan P."))

    review = finished(first)
    finished(second)

    dossier = Dossier.objects.get()
    assert (dossier.readers, dossier.finished, dossier.step) == (2, 2, Dossier.Step.TO_DECIDE)
    assert now(first).finished_at == review.finished_at == REVIEWING
    assert deeds()[-2:] == ["review finished", "review finished"]
    assert dossier.to_count
    history = review.history.get()
    assert (history.history_user, history.history_date, history.history_change_reason) == (
        first.reviewer.user,
        REVIEWING,
        "finished",
    )


def test_what_is_missing_is_named_in_the_order_of_the_page():
    assignment = given()

    with pytest.raises(reviewing.Incomplete) as nothing:
        reviewing.finish(assignment, at=REVIEWING)
    saved(assignment, scores={"impact": 0, "novelty": 3})
    with pytest.raises(reviewing.Incomplete) as some:
        reviewing.finish(assignment, at=REVIEWING)

    assert nothing.value.fields == [*(f"score-{key}" for key in ALL), "advice"]
    assert some.value.fields == [
        "score-implementation",
        "score-collaboration",
        "score-replicability",
        "advice",
    ]
    assert now(assignment).finished_at is None


def test_finishing_twice_finishes_once():
    assignment = given()
    finished(assignment)

    reviewing.finish(now(assignment), at=LATER)

    assert now(assignment).finished_at == REVIEWING
    assert deeds().count("review finished") == 1


# -- Changing afterwards -----------------------------------------------------------------------------------------------


def test_a_finished_review_may_be_changed_and_its_history_says_what_it_was():
    assignment = given()
    version = finished(assignment, comments="Weak.").version
    Dossier.objects.update(to_count=False)

    saved(assignment, version, scores={"novelty": 4}, comments="Stronger than I thought.", at=LATER)

    after, before = Review.history.order_by("-history_date", "-history_id")
    assert (before.scores["novelty"], after.scores["novelty"]) == (3, 4)
    assert (before.comments, after.comments) == ("Weak.", "Stronger than I thought.")
    assert (after.history_user, after.history_date) == (assignment.reviewer.user, LATER)
    assert now(assignment).finished_at == REVIEWING
    assert Dossier.objects.get().to_count, "the figures are to be counted again"


def test_the_book_says_which_fields_were_changed_and_never_what_they_say():
    assignment = given()
    version = finished(assignment).version

    saved(assignment, version, scores={"novelty": 4}, comments="Stronger.", at=LATER)

    event = Event.objects.get(action="review changed")
    assert event.facts == {"assignment": assignment.pk, "fields": ["score-novelty", "comments"]}
    assert (event.reason, event.at) == ("", LATER)


def test_a_finished_review_stays_complete():
    assignment = given()
    version = finished(assignment).version

    with pytest.raises(reviewing.Incomplete):
        saved(assignment, version, advice="")

    assert Review.objects.get().advice == "publish"


def test_a_window_from_before_the_finish_changes_nothing_unseen():
    assignment = given()
    saved(assignment, scores=ALL, advice="publish")
    reviewing.finish(now(assignment), at=REVIEWING)

    with pytest.raises(reviewing.SavedElsewhere):
        saved(assignment, 1, scores={"novelty": 0})


def released(dossier: Dossier) -> None:
    boss = make_boss()
    release = Release.objects.create(round=dossier.round, released_at=LATER, released_by=boss)
    Decision.objects.create(
        dossier=dossier,
        number=1,
        submission=dossier.submission,
        outcome="publish",
        reasons="It works.",
        decided_by=boss,
        decided_at=LATER,
        release=release,
    )
    settle(dossier)


def test_while_a_decision_that_the_author_knows_is_changed_no_review_is_begun_any_more():
    """By then whoever reads could have seen what the others gave."""
    assignment, done = given(), given(reviewer=make_reviewer("Jan P."), dossier=Dossier.objects.get())
    finished(done)
    dossier = Dossier.objects.select_related("round", "submission").get()
    released(dossier)
    Decision.objects.create(
        dossier=dossier,
        number=2,
        submission=dossier.submission,
        outcome="hold",
        reasons="We wait.",
        why_changed="The agreement has ended.",
        decided_by=make_boss(),
        decided_at=LATER,
    )
    settle(dossier)

    with pytest.raises(reviewing.Over):
        saved(assignment, scores=ALL)
    assert saved(done, 2, comments="It was the agreement that convinced me.").version == 3


def test_once_the_author_knows_the_decision_the_review_stays_as_it_is():
    assignment = given()
    version = finished(assignment).version
    released(Dossier.objects.get())

    with pytest.raises(reviewing.Over):
        saved(assignment, version, scores={"novelty": 0})

    assert Review.objects.get().scores == ALL


# -- What ends it ------------------------------------------------------------------------------------------------------


def test_a_case_that_was_taken_back_takes_no_more_words():
    assignment = given()
    Assignment.objects.filter(pk=assignment.pk).update(ended_at=REVIEWING, ended_why="taken back")

    for deed in (
        lambda: saved(assignment, comments="Too late."),
        lambda: reviewing.finish(assignment, at=REVIEWING),
        lambda: reviewing.clear(assignment, at=REVIEWING),
    ):
        with pytest.raises(reviewing.NotYours, match="taken back"):
            deed()
    assert not Review.objects.exists()


def test_a_case_that_its_author_has_withdrawn_is_not_scored_any_further():
    assignment = given()
    case = assignment.dossier.case
    submitting.withdraw(case, by=author_of(case), at=REVIEWING)
    taking_in.take_in(at=REVIEWING)

    with pytest.raises(reviewing.Over):
        saved(assignment, comments="Too late.")


# -- Which version was read --------------------------------------------------------------------------------------------


def test_a_review_speaks_of_the_submission_that_was_read():
    assignment = given()
    case = assignment.dossier.case
    first = assignment.dossier.submission
    saved(assignment, comments="I have begun.")
    write(author_of(case), results="Six hours earlier.", at=case.changed_at + MINUTE)
    second = submitting.hand_in(author_of(case), at=case.changed_at + HOUR)
    taking_in.take_in(at=REVIEWING)

    old_page = reviewing.save(now(assignment), {"comments": "Still on it."}, 1, at=LATER, read=first.pk)
    assert old_page.submission == first

    new_page = reviewing.save(now(assignment), {}, 2, at=LATER, read=second.pk)
    assert (new_page.submission, new_page.version) == (second, 3)


def test_a_submission_of_another_case_cannot_be_said_to_be_read():
    assignment = given()
    other = make_dossier()

    review = reviewing.save(assignment, {"comments": "Hm."}, 0, at=LATER, read=other.submission_id)

    assert review.submission == assignment.dossier.submission


# -- The makers of these tests -----------------------------------------------------------------------------------------


def test_a_review_made_for_tests_stands_as_one_that_was_finished():
    assignment = given()

    review = score(assignment, *ALL.values())

    assert reviewing.missing_in(review, assignment.dossier.round.criteria.all()) == []
    assert review.scores == ALL
