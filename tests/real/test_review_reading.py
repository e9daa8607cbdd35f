"""Reviewers at once, on PostgreSQL: two who save, two windows of one, the first score and whoever edits the rubric."""

from collections.abc import Callable

import pytest
from django.db import connection

from cases import submitting
from people.models import Event
from reviews import assigning, reviewing, rubric, taking_in
from reviews.models import Assignment, Dossier, Review, Round
from tests.makers import HOUR, author_of, make_address, make_boss, make_draft, write
from tests.real.test_races import at_once, kinds_of
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer
from tests.reviews.test_reviewing import ALL
from tests.reviews.test_rubric import a_line, lines

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(8)


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def given(dossier: Dossier, name: str = "Lea M.") -> Assignment:
    made = give(dossier, make_reviewer(name))
    reviewing.clear(made, at=REVIEWING)
    return now(made)


def now(assignment: Assignment) -> Assignment:
    return Assignment.objects.select_related("dossier__round", "reviewer__user").get(pk=assignment.pk)


def saving(assignment: Assignment, version: int = 0, **values) -> Callable:
    """A page that was loaded before the others pressed anything."""
    return lambda: reviewing.save(assignment, values, version, at=REVIEWING)


@pytest.mark.parametrize("round", ROUNDS)
def test_two_reviewers_who_save_at_once_are_both_kept(round):
    dossier = make_dossier()
    lea, jan = given(dossier), given(dossier, "Jan P.")

    outcomes = at_once(
        saving(lea, scores={"novelty": 1}, comments="Lea."),
        saving(jan, scores={"novelty": 4}, comments="Jan."),
    )

    assert kinds_of(outcomes) == {"Review": 2}
    kept = Review.objects.values_list("assignment", "scores", "comments", "version")
    assert set(map(str, kept)) == {
        str((lea.pk, {"novelty": 1}, "Lea.", 1)),
        str((jan.pk, {"novelty": 4}, "Jan.", 1)),
    }
    assert Round.objects.get().begun_at == REVIEWING


@pytest.mark.parametrize("round", ROUNDS)
def test_two_reviewers_who_finish_at_once_are_both_counted(round):
    dossier = make_dossier()
    both = [given(dossier), given(dossier, "Jan P.")]
    for each in both:
        reviewing.save(each, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)

    outcomes = at_once(*(lambda each=each: reviewing.finish(each, at=REVIEWING + HOUR) for each in both))

    assert kinds_of(outcomes) == {"Review": 2}
    settled = Dossier.objects.get()
    assert (settled.finished, settled.step) == (2, Dossier.Step.TO_DECIDE)
    assert Event.objects.filter(action="review finished").count() == 2
    assert settled.to_count


@pytest.mark.parametrize("round", ROUNDS)
def test_two_windows_of_one_reviewer_end_with_one_text_kept_and_the_other_offered(round):
    mine = given(make_dossier())

    outcomes = at_once(saving(mine, comments="First window."), saving(mine, comments="Second window."))

    assert kinds_of(outcomes) == {"Review": 1, "SavedElsewhere": 1}
    [refused] = [one for one in outcomes if isinstance(one, reviewing.SavedElsewhere)]
    kept = Review.objects.get()
    assert (kept.version, refused.review.comments) == (1, kept.comments)


@pytest.mark.parametrize("round", ROUNDS)
def test_finishing_in_two_windows_finishes_once(round):
    mine = given(make_dossier())
    reviewing.save(mine, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)

    outcomes = at_once(*[lambda: reviewing.finish(mine, at=REVIEWING)] * 4)

    assert kinds_of(outcomes) == {"Review": 4}
    assert Review.history.count() == 1
    assert Event.objects.filter(action="review finished").count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_the_first_score_and_an_edit_of_the_rubric_come_one_after_the_other(round):
    mine, boss = given(make_dossier()), make_boss()
    rubric_of = Round.objects.get()
    was = rubric.seen(rubric_of.criteria.all())
    without_novelty = [*lines(rubric_of)[1:], a_line()]

    scored, edited = at_once(
        saving(mine, scores={"novelty": 3}),
        lambda: rubric.edit(rubric_of, without_novelty, was=was, by=boss, at=REVIEWING),
    )

    keys = set(Round.objects.get().criteria.values_list("key", flat=True))
    if isinstance(edited, rubric.Begun):
        assert (scored.scores, "novelty" in keys) == ({"novelty": 3}, True)
        assert Round.objects.get().begun_at == REVIEWING
    else:
        assert isinstance(scored, reviewing.NotInRubric)
        assert ("clarity" in keys, "novelty" in keys) == (True, False)
        assert Round.objects.get().begun_at is None
        assert not Review.objects.exists()


@pytest.mark.parametrize("round", ROUNDS)
def test_the_first_score_waits_for_no_sweep_that_waits_for_it(round):
    """The sweep writes the row of the case more than once, and then PostgreSQL looks whether its round is there."""
    dossier = make_dossier(make_draft(author=make_address(), complete=True))
    mine, author = given(dossier), author_of(dossier.case)
    later = dossier.submission.arrived_at + HOUR
    write(author, results="Both towns pay.", at=later)
    submitting.hand_in(author_of(dossier.case), at=later)

    scored, swept = at_once(
        saving(mine, scores={"novelty": 3}), lambda: taking_in.take_in(at=REVIEWING + HOUR)
    )

    assert (type(scored), swept) == (Review, 1)
    assert Dossier.objects.get().submission.number == 2


@pytest.mark.parametrize("round", ROUNDS)
def test_two_who_edit_the_rubric_at_once_never_mix_theirs(round):
    make_dossier()
    rubric_of, boss = Round.objects.get(), make_boss()
    was = rubric.seen(rubric_of.criteria.all())
    ways = [lines(rubric_of, novelty={"weight": 7})[:2], lines(rubric_of, impact={"weight": 5})[2:]]

    outcomes = at_once(
        *(lambda way=way: rubric.edit(rubric_of, way, was=was, by=boss, at=REVIEWING) for way in ways)
    )

    assert kinds_of(outcomes) == {"list": 1, "EditedMeanwhile": 1}
    keys = list(rubric_of.criteria.values_list("key", flat=True))
    assert keys in (["novelty", "implementation"], ["impact", "collaboration", "replicability"])


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_taken_back_while_its_reviewer_saves_keeps_the_words_or_refuses_them(round):
    mine, boss = given(make_dossier()), make_boss()

    saved, taken = at_once(
        saving(mine, scores=ALL, advice="publish"),
        lambda: assigning.take_back(mine, reason="Ill.", by=boss, at=REVIEWING),
    )

    assert taken is None
    assert now(mine).ended_at == REVIEWING
    assert isinstance(saved, Review | reviewing.NotYours)
    assert Review.objects.exists() is isinstance(saved, Review)
    assert Dossier.objects.get().readers == 0


@pytest.mark.parametrize("round", ROUNDS)
def test_finishing_and_declaring_a_conflict_in_two_windows_leaves_no_review_that_counts(round):
    mine = given(make_dossier())
    reviewing.save(mine, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)

    at_once(
        lambda: reviewing.finish(mine, at=REVIEWING),
        lambda: assigning.declare_conflict(mine, reason="My sister runs it.", at=REVIEWING),
    )

    assert now(mine).ended_at == REVIEWING
    assert not Review.objects.finished().exists()
    assert Dossier.objects.get().finished == 0


@pytest.mark.parametrize("round", range(3))
def test_a_crowd_of_reviewers_scores_a_whole_round_without_waiting_for_one_another_in_circles(round):
    dossiers = [make_dossier() for _n in range(4)]
    mine = [given(dossier, f"Reviewer {n}") for n in range(4) for dossier in dossiers]

    def review(each: Assignment) -> Review:
        reviewing.save(each, {"scores": ALL, "advice": "publish"}, 0, at=REVIEWING)
        return reviewing.finish(each, at=REVIEWING)

    outcomes = at_once(*(lambda each=each: review(each) for each in mine))

    assert kinds_of(outcomes) == {"Review": 16}
    assert list(Dossier.objects.values_list("finished", flat=True)) == [4, 4, 4, 4]
