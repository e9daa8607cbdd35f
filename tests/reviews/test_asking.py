"""Questions to the author: asked by letter, answered on a page, noticed by the review."""

from datetime import timedelta

import pytest

from cases import drafting, submitting
from cases.drafting import NotAllowed
from cases.models import Case, Colleague
from outbox.delivery import written
from outbox.models import OutboxMessage
from people.models import Event
from reviews import asking, assigning, deciding
from reviews.asking import LONGEST_ANSWER, Overtaken
from reviews.models import Dossier, Question
from reviews.taking_in import take_in
from tests.makers import (
    CLOSES,
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
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer

pytestmark = pytest.mark.django_db

WISHED = REVIEWING + 7 * DAY
_Status = Case.Status


def ask(dossier: Dossier | None = None, **facts) -> Question:
    dossier = dossier or make_dossier()
    said = {"words": "Who pays for a false alarm?", "due_at": WISHED, "by": make_boss(), "at": REVIEWING}
    return asking.ask(dossier, **{**said, **facts})


def answer(question: Question, words: str = "Both towns do.", **facts) -> Question:
    fresh = Question.objects.get(pk=question.pk)
    told = {
        "based_on": asking.token_of(fresh),
        "by": author_of(fresh.dossier.case),
        "at": REVIEWING + DAY,
    }
    return asking.answer(fresh, words=words, **{**told, **facts})


def fresh(question: Question) -> Dossier:
    return Dossier.objects.select_related("case").get(pk=question.dossier_id)


def look(question: Question) -> None:
    """Staff have looked at what came back."""
    Dossier.objects.filter(pk=question.dossier_id).update(news={}, came_back_at=None)


def deeds(question: Question) -> list[str]:
    about = Event.objects.filter(object_kind="case", object_id=str(question.dossier.case_id))
    return list(about.order_by("pk").values_list("action", flat=True))


def test_who_has_declared_a_conflict_asks_nothing_moves_no_day_and_closes_no_question():
    question, reader = ask(), make_reviewer()
    assigning.declare_conflict(give(question.dossier, reader), "My sister wrote it.", at=REVIEWING)
    posted = OutboxMessage.objects.count()

    for deed in (
        lambda: ask(question.dossier, words="And who profits?", by=reader.user),
        lambda: asking.move(question, due_at=WISHED + DAY, by=reader.user, at=REVIEWING),
        lambda: asking.close(question, by=reader.user, at=REVIEWING),
    ):
        with pytest.raises(NotAllowed, match="conflict of interest"):
            deed()

    assert Question.objects.get().due_at == WISHED
    assert OutboxMessage.objects.count() == posted


# -- Asking ------------------------------------------------------------------------------------------------------------


def test_a_question_goes_to_the_author_by_letter_and_the_clock_of_the_review_shows_it():
    question = ask()

    (letter,) = letters_posted("question")
    words = written(letter)
    assert letter.address == author_of(question.dossier.case).address
    assert words.subject == "A question about your case: XB-2027-0001"
    assert "Who pays for a false alarm?" in words.text
    assert "by Monday 7 June 2027" in words.text
    assert fresh(question).asked_at == REVIEWING
    assert deeds(question)[-1] == "asked the author"
    assert list(Dossier.objects.waiting_for_author()) == [question.dossier]


def test_only_the_author_is_written_to_and_in_their_own_language():
    case = make_draft(author=make_address("marta@kisumu.example", language="ar"), complete=True)
    make_colleague(case, Colleague.Role.EDITOR)
    make_colleague(case, Colleague.Role.READER)

    ask(make_dossier(case))

    (letter,) = letters_posted("question")
    assert (letter.address.email, letter.language) == ("marta@kisumu.example", "ar")


def test_the_same_question_pressed_twice_is_one_question_with_one_letter():
    dossier, lea = make_dossier(), make_boss()

    first, second = (ask(dossier, by=lea) for _press in range(2))

    assert first == second
    assert len(letters_posted("question")) == 1


def test_a_question_may_open_the_case_so_that_its_own_rules_let_the_author_hand_in_again_after_the_close():
    question = ask(may_change=True)
    case = fresh(question).case
    assert case.status == _Status.CHANGES_REQUESTED

    write(author_of(case), results="Both towns pay.", at=REVIEWING + DAY)
    submitting.hand_in(author_of(case), at=REVIEWING + DAY)

    case.refresh_from_db()
    assert (case.status, case.latest.number) == (_Status.HANDED_IN, 2)
    assert "Your case is open for you" in written(letters_posted("question")[0]).text


def test_a_question_that_opens_nothing_leaves_the_case_as_it_is():
    question = ask()

    assert fresh(question).case.status == _Status.HANDED_IN
    assert "open for you" not in written(letters_posted("question")[0]).text


@pytest.mark.parametrize("status", [_Status.WITHDRAWN, _Status.PUBLISHED, _Status.ARCHIVED])
def test_nothing_is_asked_about_a_case_that_is_over(status):
    dossier = make_dossier()
    Case.objects.update(status=status)

    with pytest.raises(NotAllowed, match="withdrawn or published"):
        ask(dossier)

    assert (Question.objects.count(), letters_posted("question")) == (0, [])


@pytest.mark.parametrize("status", [_Status.ACCEPTED, _Status.NOT_PUBLISHED, _Status.ON_HOLD])
def test_a_decided_case_is_not_opened_by_a_question_but_may_be_asked_about(status):
    dossier = make_dossier()
    Case.objects.update(status=status)

    with pytest.raises(NotAllowed, match="changes requested"):
        ask(dossier, may_change=True)
    ask(dossier)

    assert Case.objects.get().status == status


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"words": " \n"}, "Write the question"), ({"due_at": REVIEWING}, "still to come")],
)
def test_a_question_without_words_or_for_a_day_that_is_over_is_refused(wrong, words):
    with pytest.raises(NotAllowed, match=words):
        ask(**wrong)


def test_a_question_may_have_no_day():
    question = ask(due_at=None)

    assert "wish for your answer" not in written(letters_posted("question")[0]).text
    assert asking.remind(WISHED) == 0
    assert question.is_open


# -- Answering ---------------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_as_news_of_the_case_and_stops_the_clock():
    question = answer(ask())

    dossier = fresh(question)
    assert (question.answer, question.answered_by.name) == ("Both towns do.", "Marta Okello")
    assert dossier.news == {"answered": [question.pk]}
    assert dossier.came_back_at == REVIEWING + DAY
    assert dossier.asked_at is None
    assert deeds(question)[-1] == "answered"
    assert list(Dossier.objects.come_back()) == [dossier]


def test_the_clock_goes_on_while_another_question_is_open():
    first = ask()
    second = ask(fresh(first), words="Since when?", at=REVIEWING + HOUR)

    answer(first)
    assert fresh(second).asked_at == REVIEWING + HOUR
    answer(second)

    assert fresh(second).asked_at is None
    assert fresh(second).news == {"answered": [first.pk, second.pk]}


def test_what_is_answered_stands_beside_the_answers_that_changed():
    question = ask(may_change=True)
    Dossier.objects.update(news={"changed": ["results"]})

    answer(question)

    assert fresh(question).news == {"changed": ["results"], "answered": [question.pk]}


def test_an_editing_colleague_answers_too_and_a_reader_does_not():
    question = ask()
    case = question.dossier.case
    ana, ivo = (make_colleague(case, role) for role in (Colleague.Role.EDITOR, Colleague.Role.READER))

    with pytest.raises(NotAllowed):
        answer(question, by=ivo)
    answer(question, by=ana)

    assert Question.objects.get().answered_by == ana


def test_the_author_of_another_case_answers_nothing_here():
    question = ask()

    with pytest.raises(NotAllowed):
        answer(question, by=author_of(make_draft()))

    assert Question.objects.get().is_open


def test_an_answer_can_be_changed_until_staff_have_looked():
    question = answer(ask())
    answer(question, "Both towns, half each.")
    look(question)

    with pytest.raises(NotAllowed, match="looked at your answer"):
        answer(question, "Neither.")

    assert Question.objects.get().answer == "Both towns, half each."


def test_two_people_who_answer_do_not_overwrite_each_other_unseen():
    question = ask()
    ana = make_colleague(question.dossier.case, Colleague.Role.EDITOR)
    seen = asking.token_of(question)
    answer(question, "Half each.", by=ana)

    with pytest.raises(Overtaken) as overtaken:
        answer(question, "Both towns do.", based_on=seen)

    assert overtaken.value.question.answer == "Half each."
    answer(question, "Half each, says Ana.", based_on=asking.token_of(overtaken.value.question))
    assert Question.objects.get().answer == "Half each, says Ana."


def test_the_same_answer_pressed_twice_is_one_answer():
    question = ask()
    for _press in range(2):
        answer(question, based_on="")

    assert deeds(question).count("answered") == 1


@pytest.mark.parametrize("words", ["", " \n ", "x" * (LONGEST_ANSWER + 1)])
def test_an_answer_of_no_words_or_of_too_many_is_refused(words):
    question = ask()

    with pytest.raises(NotAllowed):
        answer(question, words)

    assert Question.objects.get().is_open


def test_line_breaks_count_once_as_everywhere_on_the_portal():
    question = answer(ask(), "x\r\n" * (LONGEST_ANSWER // 2))

    assert len(question.answer) == LONGEST_ANSWER


def test_handing_in_again_answers_a_question_that_opened_the_case_and_words_can_be_added():
    question = ask(may_change=True)
    case = fresh(question).case
    write(author_of(case), results="Both towns pay.", at=REVIEWING + DAY)
    submitting.hand_in(author_of(case), at=REVIEWING + DAY)

    take_in(at=REVIEWING + DAY + HOUR)

    question.refresh_from_db()
    dossier = fresh(question)
    assert (question.answered_at, question.answer) == (REVIEWING + DAY, "")
    assert dossier.news == {"changed": ["results"], "answered": [question.pk]}
    assert dossier.asked_at is None

    answer(question, "See “results”.", at=REVIEWING + 2 * DAY)
    assert Question.objects.get().answer == "See “results”."


def test_what_was_handed_in_before_a_question_was_asked_does_not_answer_it():
    dossier = make_dossier()
    Case.objects.update(status=_Status.CHANGES_REQUESTED)
    write(author_of(dossier.case), results="Both.", at=REVIEWING)
    submitting.hand_in(author_of(dossier.case), at=REVIEWING)

    question = ask(dossier, may_change=True, at=REVIEWING + HOUR)
    take_in(at=REVIEWING + 2 * HOUR)

    assert Question.objects.get(pk=question.pk).is_open
    assert fresh(question).news == {"changed": ["results"]}


# -- Closing and moving ------------------------------------------------------------------------------------------------


def test_a_question_that_staff_close_is_no_longer_waited_for_and_the_author_is_told_once():
    question, lea = ask(), make_boss()

    for _press in range(2):
        asking.close(question, by=lea, at=REVIEWING + DAY)

    assert fresh(question).asked_at is None
    (letter,) = letters_posted("question-closed")
    assert "You need not do anything" in written(letter).text
    with pytest.raises(NotAllowed, match="closed the question"):
        answer(question)


def test_closing_a_question_that_is_answered_writes_no_letter():
    question = answer(ask())

    asking.close(question, by=make_boss(), at=REVIEWING + 2 * DAY)

    assert letters_posted("question-closed") == []


def test_closing_a_question_that_opened_the_case_shuts_it_again_and_says_so():
    question = ask(may_change=True)

    asking.close(question, by=make_boss(), at=REVIEWING + DAY)

    assert fresh(question).case.status == _Status.HANDED_IN
    (letter,) = letters_posted("question-closed")
    assert "can no longer be changed" in written(letter).text


def test_a_case_stays_open_while_another_question_keeps_it_open():
    first = ask(may_change=True)
    ask(fresh(first), words="Since when?", may_change=True)

    asking.close(first, by=make_boss(), at=REVIEWING + DAY)

    assert fresh(first).case.status == _Status.CHANGES_REQUESTED


def test_a_case_stays_open_when_the_decision_asks_for_changes():
    question, lea = ask(may_change=True), make_boss()
    verdict = deciding.Verdict("changes-requested", "Say who pays.")
    seen = deciding.plan([question.dossier_id], verdict, by=lea, at=REVIEWING).fingerprint
    (decision,) = deciding.decide([question.dossier_id], verdict, seen=seen, by=lea, at=REVIEWING)
    deciding.release(fresh(question).round, [decision.pk], by=lea, at=REVIEWING + HOUR)

    asking.close(question, by=lea, at=REVIEWING + DAY)

    assert fresh(question).case.status == _Status.CHANGES_REQUESTED


def test_another_day_is_told_and_the_old_reminder_forgotten():
    question = ask()
    asking.remind(WISHED - 2 * DAY)

    asking.move(question, due_at=WISHED + 7 * DAY, by=make_boss(), at=WISHED - 2 * DAY)

    assert [letter.state for letter in letters_posted("question-reminder")] == ["expired"]
    first, second = letters_posted("question")
    assert written(second).subject == "Another day for your answer: XB-2027-0001"
    assert "Monday 14 June 2027" in written(second).text


def test_a_day_is_not_moved_into_the_past_nor_for_a_question_that_is_answered():
    question, lea = ask(), make_boss()

    with pytest.raises(NotAllowed):
        asking.move(question, due_at=REVIEWING, by=lea, at=REVIEWING + DAY)
    answer(question)
    with pytest.raises(NotAllowed):
        asking.move(question, due_at=WISHED + DAY, by=lea, at=REVIEWING + DAY)

    assert len(letters_posted("question")) == 1


# -- Reminding ---------------------------------------------------------------------------------------------------------


def reminders() -> list[OutboxMessage]:
    return letters_posted("question-reminder")


def test_the_author_is_reminded_once_three_days_before_the_day():
    ask()

    posted = [asking.remind(WISHED - before) for before in (4 * DAY, 3 * DAY, 2 * DAY, DAY, timedelta(0))]

    assert posted == [0, 1, 0, 0, 0]
    words = written(reminders()[0])
    assert words.subject == "We still wait for your answer, until Monday 7 June 2027: XB-2027-0001"
    assert reminders()[0].expires_at == WISHED
    assert words.stop


def test_an_outage_is_made_up_for_while_the_reminder_is_still_of_use():
    ask()

    assert asking.remind(WISHED - HOUR) == 1


def test_a_day_that_moves_arms_the_reminder_anew():
    question = ask()
    asking.remind(WISHED - DAY)
    asking.move(question, due_at=WISHED + 9 * DAY, by=make_boss(), at=WISHED - DAY)

    assert asking.remind(WISHED) == 0
    assert asking.remind(WISHED + 7 * DAY) == 1
    assert [letter.state for letter in reminders()] == ["expired", "waiting"]


@pytest.mark.parametrize("deed", ["answered", "closed", "withdrawn"])
def test_nobody_is_reminded_of_what_is_over(deed):
    question = ask()
    if deed == "answered":
        answer(question)
    elif deed == "closed":
        asking.close(question, by=make_boss(), at=REVIEWING + DAY)
    else:
        submitting.withdraw(question.dossier.case, by=author_of(question.dossier.case), at=REVIEWING + DAY)

    assert asking.remind(WISHED - DAY) == 0


def test_a_reminder_that_has_not_left_goes_when_the_answer_comes():
    question = ask()
    asking.remind(WISHED - DAY)

    answer(question, at=WISHED - HOUR)

    assert [letter.state for letter in reminders()] == ["expired"]


def test_whoever_is_asked_with_less_time_is_not_reminded():
    ask(due_at=REVIEWING + 2 * DAY)

    assert asking.remind(REVIEWING + DAY) == 0


@pytest.mark.parametrize("kind", ["reminder", "question-reminder"])
def test_whoever_stopped_reminders_gets_none_of_these_either(kind):
    question = ask()
    author_of(question.dossier.case).address.stop(kind)

    asking.remind(WISHED - DAY)

    assert reminders() == []


def test_a_new_author_gets_the_reminder_not_the_one_before():
    question = ask()
    marta = author_of(question.dossier.case)
    ana = make_colleague(question.dossier.case, Colleague.Role.EDITOR)
    drafting.hand_over(marta, ana.pk, at=REVIEWING + DAY)

    asking.remind(WISHED - DAY)

    assert [letter.address for letter in reminders()] == [ana.address]


def test_the_link_of_a_question_outlives_the_links_to_drafts():
    question = ask(at=CLOSES + 40 * DAY, due_at=CLOSES + 60 * DAY)

    link = letters_posted("question")[0].context["link"]["link"]

    assert link["until"] > question.dossier.case.links_end_at.timestamp() + 90 * 24 * 3600
