"""Others' scores come after one's own, whoever one is."""

import pytest

from reviews import assigning
from reviews.models import Assignment, Dossier
from reviews.seeing import hidden_from, may_see_scores, open_to
from tests.reviews.makers import REVIEWING, give, make_boss, make_dossier, make_reviewer, score

pytestmark = pytest.mark.django_db


def test_who_has_a_case_to_read_sees_no_scores_of_it_before_their_own_are_finished():
    dossier, mine = make_dossier(), make_reviewer()
    given = give(dossier, mine)
    score(give(dossier, make_reviewer("Jan P.")), 4, 4, 4, 4, 4)

    assert not may_see_scores(mine.user, dossier)
    assert hidden_from(mine.user) == {dossier.pk}

    score(given, 1, 1, 1, 1, 1)

    assert may_see_scores(mine.user, dossier)
    assert hidden_from(mine.user) == set()


def test_it_holds_for_a_superuser_who_reads_too():
    boss, dossier = make_boss(), make_dossier()
    give(dossier, make_reviewer(user=boss))

    assert not may_see_scores(boss, dossier)


def test_a_case_that_was_taken_back_hides_nothing_any_more():
    dossier, mine = make_dossier(), make_reviewer()
    given = give(dossier, mine)

    Assignment.objects.filter(pk=given.pk).update(ended_at=REVIEWING, ended_why="taken back")

    assert may_see_scores(mine.user, dossier)
    assert hidden_from(mine.user) == set()


@pytest.mark.parametrize(
    ("step", "hidden"),
    [("in-review", True), ("to-release", True), ("out", True), ("decided", False)],
)
def test_scores_stay_hidden_as_long_as_one_could_still_give_one_s_own(step, hidden):
    """A case that was withdrawn may be handed in again; of one whose author was told no review can be begun."""
    dossier, mine = make_dossier(), make_reviewer()
    give(dossier, mine)
    Dossier.objects.update(step=step)

    assert may_see_scores(mine.user, dossier) is not hidden
    assert bool(hidden_from(mine.user)) is hidden


def test_only_the_cases_that_are_one_s_own_to_read_are_hidden():
    mine, others, nobodys = make_dossier(), make_dossier(), make_dossier()
    reviewer, colleague = make_reviewer(), make_reviewer("Jan P.")
    give(mine, reviewer)
    give(others, colleague)

    assert hidden_from(reviewer.user) == {mine.pk}
    assert may_see_scores(reviewer.user, others)
    assert may_see_scores(reviewer.user, nobodys)
    assert hidden_from(make_boss()) == set()


def test_both_ask_once_however_many_cases_somebody_has(django_assert_num_queries):
    reviewer = make_reviewer()
    dossiers = [make_dossier() for _ in range(3)]
    for dossier in dossiers:
        give(dossier, reviewer)

    with django_assert_num_queries(1):
        assert hidden_from(reviewer.user) == {dossier.pk for dossier in dossiers}
    with django_assert_num_queries(1):
        assert not may_see_scores(reviewer.user, dossiers[0])


@pytest.mark.parametrize("step", ["in-review", "to-release", "out", "decided"])
def test_who_has_declared_a_conflict_sees_no_scores_of_that_case_for_good(step):
    near, far = make_dossier(), make_dossier()
    mine = make_reviewer()
    given = give(near, mine)
    score(given, 1, 1, 1, 1, 1)
    score(give(near, make_reviewer("Jan P.")), 4, 4, 4, 4, 4)
    assigning.declare_conflict(given, "My sister wrote it.", at=REVIEWING)
    Dossier.objects.update(step=step)

    assert not may_see_scores(mine.user, near)
    assert may_see_scores(mine.user, far)
    assert hidden_from(mine.user) == {near.pk}
    assert list(Dossier.objects.filter(open_to(mine.user))) == [far]
