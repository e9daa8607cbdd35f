"""Two people write in one case: nothing is overwritten unseen, and nobody is asked without need."""

import pytest
from django.http import QueryDict

from cases import answers, drafting
from cases.forms import SectionForm
from cases.models import Case, Change
from cases.questions import BY_KEY
from tests.makers import (
    HOUR,
    MINUTE,
    NOON,
    author_of,
    bases_of,
    make_colleague,
    make_draft,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_draft(answers={"overview": "Old words", "sectors": ["health"]})


@pytest.fixture
def marta(case):
    return author_of(case)


@pytest.fixture
def ana(case):
    return make_colleague(case, name="Ana Ribeiro")


def kept(case: Case) -> dict:
    return Case.objects.get(pk=case.pk).answers


def test_two_people_who_write_different_answers_both_keep_their_words(case, marta, ana):
    page = bases_of(marta, "overview", "results")

    write(marta, base=page, overview="Marta's words")
    saved = write(ana, base=page, results="Ana's words")

    assert saved.conflicts == []
    assert (kept(case)["overview"], kept(case)["results"]) == ("Marta's words", "Ana's words")


def test_of_two_who_write_the_same_answer_the_second_sees_both_texts_and_who_wrote_the_other(
    case, marta, ana
):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Marta's words", at=NOON + MINUTE)

    saved = write(ana, base=page, overview="Ana's words", at=NOON + HOUR)

    (conflict,) = saved.conflicts
    assert (conflict.field, conflict.theirs, conflict.mine, conflict.by, conflict.at) == (
        "overview",
        "Marta's words",
        "Ana's words",
        "Marta Okello",
        NOON + MINUTE,
    )
    assert saved.changed == []
    assert kept(case)["overview"] == "Marta's words"


def test_the_other_answers_of_that_save_are_kept_all_the_same(case, marta, ana):
    page = bases_of(marta, "overview", "results")
    write(marta, base=page, overview="Marta's words")

    saved = write(ana, base=page, overview="Ana's words", results="Ana's results")

    assert saved.changed == ["results"]
    assert kept(case)["results"] == "Ana's results"


def test_choosing_ones_own_text_saves_it_over_the_other_which_stays_in_the_history(case, marta, ana):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Marta's words")
    (conflict,) = write(ana, base=page, overview="Ana's words").conflicts

    saved = write(ana, base={"overview": conflict.base}, overview="Ana's words")

    assert saved.conflicts == []
    assert kept(case)["overview"] == "Ana's words"
    assert Change.objects.get(by=ana).before == "Marta's words"


def test_taking_the_other_text_drops_ones_own(case, marta, ana):
    page = bases_of(marta, "overview", "results")
    write(marta, base=page, overview="Marta's words")

    saved = drafting.save(
        ana,
        {"overview": "Ana's words", "results": "More"},
        page,
        at=NOON + HOUR,
        taking=frozenset(["overview"]),
    )

    assert (saved.conflicts, saved.changed) == ([], ["results"])
    assert kept(case)["overview"] == "Marta's words"
    assert saved.bases["overview"] == bases_of(marta, "overview")["overview"]


def test_a_third_person_between_the_question_and_the_choice_makes_it_a_question_again(case, marta, ana):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Marta's words")
    (conflict,) = write(ana, base=page, overview="Ana's words").conflicts
    write(make_colleague(case, name="Li Wei"), overview="Li's words")

    (again,) = write(ana, base={"overview": conflict.base}, overview="Ana's words").conflicts

    assert (again.theirs, again.by) == ("Li's words", "Li Wei")


def test_old_text_that_a_form_sends_back_untouched_is_no_conflict_and_no_change(case, marta, ana):
    page = bases_of(marta, "overview", "sectors", "title")
    write(marta, base=page, overview="Marta's words", sectors=["health", "justice"], title="Marta's")

    saved = write(ana, base=page, overview="Old words", sectors=["health"], title="", at=NOON + HOUR)

    assert (saved.conflicts, saved.changed) == ([], [])
    assert kept(case) == {
        "overview": "Marta's words",
        "sectors": ["health", "justice"],
        "title": "Marta's",
    }


def test_the_same_words_from_two_people_are_no_conflict(case, marta, ana):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Our words")

    saved = write(ana, base=page, overview="Our words")

    assert (saved.conflicts, saved.changed) == ([], [])


def test_text_that_went_away_and_came_back_is_still_a_question_for_who_saw_it_first(case, marta, ana):
    page = bases_of(ana, "overview")
    write(marta, overview="Other words")
    write(marta, overview="Old words")

    (conflict,) = write(ana, base=page, overview="Ana's words").conflicts

    assert conflict.theirs == "Old words"


def test_an_answer_that_was_emptied_meanwhile_is_a_conflict_too(case, marta, ana):
    page = bases_of(ana, "overview")
    write(marta, overview="")

    (conflict,) = write(ana, base=page, overview="Old words, longer").conflicts

    assert (conflict.theirs, kept(case)["overview"]) == ("", "")


def test_emptying_an_answer_that_somebody_changed_meanwhile_is_a_conflict(case, marta, ana):
    page = bases_of(ana, "overview")
    write(marta, overview="Marta's words")

    assert write(ana, base=page, overview="").conflicts
    assert kept(case)["overview"] == "Marta's words"


def test_typing_on_after_the_answer_to_the_last_save_was_lost_is_no_conflict_with_oneself(case, marta):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Old words, and")

    saved = write(marta, base=page, overview="Old words, and more")

    assert saved.conflicts == []
    assert kept(case)["overview"] == "Old words, and more"


def test_ones_own_other_window_is_a_conflict_when_its_words_would_be_lost(case, marta):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="From the first window")

    assert write(marta, base=page, overview="From the second window").conflicts


def test_typing_on_is_a_conflict_when_somebody_else_wrote_in_between(case, marta, ana):
    page = bases_of(marta, "overview")
    write(marta, base=page, overview="Old words, and")
    write(ana, overview="Something else")
    write(marta, overview="Old words, and")

    assert write(marta, base=page, overview="Old words, and more").conflicts


@pytest.mark.parametrize("base", ["", "garbage", "9999-abc", "-1-", "1", "²-x", "1" * 40])
def test_a_base_that_means_nothing_never_overwrites_a_colleague(case, marta, ana, base):
    write(marta, overview="Marta's words")
    write(ana, overview="Ana's words")
    bases = {"overview": base} if base else {}

    saved = drafting.save(ana, {"overview": "Mine"}, bases, at=NOON)

    assert len(saved.conflicts) == 1
    assert kept(case)["overview"] == "Ana's words"


def test_a_field_without_a_base_is_saved_by_the_first_to_write_it(case, ana):
    saved = drafting.save(ana, {"results": "First"}, {}, at=NOON)

    assert saved.conflicts == []
    assert kept(case)["results"] == "First"


# -- Through the form --------------------------------------------------------------------------------------------


def sent_from(case: Case, section: str, **typed: str) -> QueryDict:
    """What a browser sends for a page of this section: all fields and their bases, with ``typed`` on top."""
    data = QueryDict(mutable=True)
    form = SectionForm(BY_KEY[section], case)
    for name, field in form.fields.items():
        data[f"base:{name}"] = field.base
        value = typed.get(name, field.initial)
        data.setlist(name, value if isinstance(value, list) else [value or ""])
    return data


def test_a_whole_page_that_was_opened_before_a_colleague_saved_touches_only_what_was_typed(case, marta, ana):
    case = make_draft(complete=True)
    marta, ana = author_of(case), make_colleague(case)
    opened = sent_from(case, "results", lessons="Ana's lessons")
    write(marta, results="Marta's results", challenges="", at=NOON + MINUTE)

    form = SectionForm(BY_KEY["results"], Case.objects.get(pk=case.pk), data=opened)
    saved = drafting.save(ana, form.values(), form.bases(), at=NOON + HOUR)

    assert (saved.conflicts, saved.changed) == ([], ["lessons"])
    said = kept(case)
    assert (said["results"], said["challenges"], said["lessons"]) == ("Marta's results", "", "Ana's lessons")


def test_line_breaks_as_browsers_send_them_are_not_taken_for_a_change():
    case = make_draft(answers={"overview": "One\nTwo"})
    data = sent_from(case, "brief", overview="One\r\nTwo")

    form = SectionForm(BY_KEY["brief"], case, data=data)
    saved = drafting.save(author_of(case), form.values(), form.bases(), at=NOON)

    assert saved.changed == []


def test_a_page_shows_both_texts_and_the_token_that_settles_it(case, marta, ana):
    opened = sent_from(case, "brief", overview="Ana's words")
    write(marta, overview="Marta's words")
    now = Case.objects.get(pk=case.pk)
    form = SectionForm(BY_KEY["brief"], now, data=opened)
    saved = drafting.save(ana, form.values(), form.bases(), at=NOON)

    form.show([], saved.conflicts)

    field = form.fields["overview"]
    assert field.conflict.theirs == "Marta's words"
    assert form["overview"].value() == "Ana's words"
    assert field.base == answers.token("Marta's words", 1)


def test_removing_a_jurisdiction_in_which_a_colleague_types_loses_neither_the_deed_nor_the_words():
    case = make_draft(complete=True)
    marta, ana = author_of(case), make_colleague(case)
    name, organisation = "jurisdictions.bbbb2222.name", "jurisdictions.bbbb2222.organisation"
    page = bases_of(ana, name, organisation)
    drafting.remove_jurisdiction(marta, "bbbb2222", at=NOON)

    saved = drafting.save(ana, {name: "Saarland", organisation: "Ministry of Water"}, page, at=NOON)

    assert [(c.field, c.theirs, c.mine) for c in saved.conflicts] == [(organisation, "", "Ministry of Water")]
    assert [row["id"] for row in kept(case)["jurisdictions"]] == ["aaaa1111"]
