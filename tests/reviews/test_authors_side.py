"""What authors see of the review: our questions, where their case stands and by when, what we decided; and of
reviewers nothing at all."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import submitting
from cases.models import Case, Colleague
from cases.on_my_page import cases_of
from outbox.delivery import compose
from outbox.models import OutboxMessage
from people import links
from reviews import asking, deciding, durations
from reviews.deciding import Verdict
from reviews.durations import expected, in_days
from reviews.models import Criterion, Decision, Dossier, Question, Release, Round, Screening
from reviews.taking_in import take_in
from reviews.timeline import timelines_of
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    NOON,
    author_of,
    key_for,
    letters_posted,
    make_address,
    make_boss,
    make_colleague,
    make_draft,
    write,
)
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, score

pytestmark = pytest.mark.django_db

PROMISED = REVIEWING + 40 * DAY


def browser_of(part: Colleague) -> Client:
    return key_for(Client(), part)


def author(dossier: Dossier) -> Client:
    return browser_of(author_of(dossier.case))


def page(client: Client, name: str, *args) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def steps(dossier: Dossier, at: datetime = REVIEWING) -> list[tuple[str, str, str]]:
    told = timelines_of([dossier.case_id], at=at)[dossier.case_id]["steps"]
    return [(step.state, step.what, step.when) for step in told]


def said(dossier: Dossier, what: str, at: datetime = REVIEWING) -> list[str]:
    told = timelines_of([dossier.case_id], at=at)[dossier.case_id]["steps"]
    return next(step.words for step in told if step.what == what)


def screen(dossier: Dossier, *, at: datetime = REVIEWING, **answers) -> None:
    tests = {**dict.fromkeys(Screening.TESTS, "yes"), **answers}
    Screening.objects.create(dossier=dossier, submission=dossier.submission, by=make_boss(), at=at, **tests)


def ask(dossier: Dossier, **facts) -> Question:
    said = {"words": "Who pays for a false alarm?", "due_at": REVIEWING + 7 * DAY, "by": make_boss()}
    return asking.ask(dossier, **{**said, "at": REVIEWING, **facts})


def decided(dossier: Dossier, outcome: str = "publish", *, at: datetime = REVIEWING, **facts) -> Decision:
    """What is decided of the case, and told a day later."""
    lea, verdict = make_boss(), Verdict(outcome, facts.pop("reasons", "Shared alarms work."), **facts)
    seen = deciding.plan([dossier.pk], verdict, by=lea, at=at).fingerprint
    (decision,) = deciding.decide([dossier.pk], verdict, seen=seen, by=lea, at=at)
    deciding.release(dossier.round, [decision.pk], by=lea, at=at + DAY)
    return decision


# -- The link in the letter --------------------------------------------------------------------------------------------


def door_of(letter: OutboxMessage) -> str:
    return links.address_of(letter.context["link"]).partition("//")[2].partition("/")[2]


@pytest.mark.parametrize("deed", ["asked", "decided"])
def test_a_link_shows_a_button_and_only_pressing_it_opens_the_case_at_the_right_page(deed):
    dossier = make_dossier(at=NOON)
    if deed == "asked":
        pk = ask(dossier).pk
        there, kind = reverse("reviews:question", args=[dossier.case.code, pk]), "question"
    else:
        decided(dossier)
        there, kind = reverse("reviews:decision", args=[dossier.case.code]), "decision"
    door, client = f"/{door_of(letters_posted(kind)[0])}", Client()

    look = client.get(door)
    assert (look.status_code, client.get(there).status_code) == (200, 403)
    press = client.post(door)

    assert press.headers["Location"] == there
    assert client.get(there).status_code == 200


def test_the_link_of_a_question_opens_nothing_for_somebody_removed_or_for_another_case():
    dossier, other = make_dossier(), make_dossier()
    question = ask(dossier)
    ours, theirs = author_of(dossier.case), author_of(other.case)

    def status(part: Colleague, generation: int) -> int:
        link = links.letter_link("question", colleague=part.pk, generation=generation, question=question.pk)
        return Client().get(f"/l/{links.address_of(link).rpartition('/')[2]}").status_code

    assert status(ours, ours.generation) == 200
    assert status(ours, ours.generation + 1) == 404
    assert status(theirs, theirs.generation) == 404


# -- The question ------------------------------------------------------------------------------------------------------


def question_page(question: Question) -> str:
    return reverse("reviews:question", args=[question.dossier.case.code, question.pk])


def test_the_author_reads_the_question_and_answers_it_without_any_script():
    question = ask(make_dossier())
    client = author(question.dossier)

    shown = words_of(client.get(question_page(question)).content.decode())
    answer = client.post(question_page(question), {"answer": "Both towns do.", "based_on": ""}, follow=True)

    assert "Who pays for a false alarm?" in shown
    assert "You can use up to 10000 characters" in shown or "10,000 characters" in shown
    assert "by Monday 7 June 2027" in shown
    assert "We have your answer. Thank you." in answer.content.decode()
    assert Question.objects.get().answer == "Both towns do."


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter your answer"),
        (" \n ", "Enter your answer"),
        ("x" * 10_003, "Shorten your answer by 3 characters"),
        ("before\0after", "cannot be stored"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_shown_again_with_what_is_wrong(typed, error):
    question = ask(make_dossier())

    answer = author(question.dossier).post(question_page(question), {"answer": typed})

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert error in shown and 'role="alert"' in shown
    assert "<title>Error:" in shown
    assert 'href="#id_answer"' in shown and 'aria-invalid="true"' in shown
    assert typed.replace("\0", "�") in shown
    assert Question.objects.get().is_open


def test_two_people_who_answer_see_each_others_words_and_lose_none():
    question = ask(make_dossier())
    ana = make_colleague(question.dossier.case, Colleague.Role.EDITOR, name="Ana Ribeiro")
    browser_of(ana).post(question_page(question), {"answer": "Half each.", "based_on": ""})

    answer = author(question.dossier).post(
        question_page(question), {"answer": "Both towns do.", "based_on": ""}
    )

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Ana Ribeiro has answered in the meantime" in shown
    assert "Half each." in shown and "Both towns do." in shown
    based_on = re.search(r'name="based_on" value="([^"]+)"', shown)[1]
    author(question.dossier).post(question_page(question), {"answer": "Half each!", "based_on": based_on})
    assert Question.objects.get().answer == "Half each!"


def test_an_answer_that_comes_too_late_is_shown_to_be_copied():
    question = ask(make_dossier())
    asking.close(question, by=make_boss(), at=REVIEWING + DAY)

    answer = author(question.dossier).post(question_page(question), {"answer": "Both <b>towns</b>."})

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Your words were not taken." in shown
    assert "Both &lt;b&gt;towns&lt;/b&gt;." in shown
    assert "<textarea" not in shown


def test_a_reader_reads_the_question_and_what_they_type_is_not_lost():
    question = ask(make_dossier())
    reader = browser_of(make_colleague(question.dossier.case, Colleague.Role.READER))

    shown = reader.get(question_page(question)).content.decode()
    answer = reader.post(question_page(question), {"answer": "I think that both towns do."})

    assert "Who pays for a false alarm?" in shown and "<textarea" not in shown
    assert answer.status_code == 403
    assert "I think that both towns do." in answer.content.decode()
    assert Question.objects.get().is_open


def test_a_question_about_another_case_is_not_there():
    question, other = ask(make_dossier()), make_dossier()

    for pk in (question.pk, 0, 2**63, 10**30):
        path = reverse("reviews:question", args=[other.case.code, pk])
        assert author(other).get(path).status_code == 404


def test_a_case_that_is_open_to_change_says_so_where_the_question_is_answered():
    question = ask(make_dossier(), may_change=True)

    assert "Change the case" in author(question.dossier).get(question_page(question)).content.decode()


# -- Where the case stands ---------------------------------------------------------------------------------------------


def test_the_way_of_a_case_from_its_hand_in_to_our_letter():
    dossier = make_dossier(at=NOON)
    assert steps(dossier) == [
        ("done", "Handed in", "Wednesday 12 May 2027"),
        ("now", "First look", ""),
        ("next", "Reading and decision", ""),
    ]

    screen(dossier, at=REVIEWING)
    assert steps(dossier) == [
        ("done", "Handed in", "Wednesday 12 May 2027"),
        ("done", "First look", "Tuesday 1 June 2027"),
        ("now", "Reading and decision", ""),
    ]

    decided(dossier)
    assert steps(dossier)[2:] == [
        ("done", "Our decision", "Wednesday 2 June 2027"),
        ("next", "Publication", ""),
    ]


def test_a_first_look_that_is_not_finished_is_still_to_come():
    dossier = make_dossier()
    screen(dossier, impact="")

    assert ("now", "First look", "") in steps(dossier)


def test_the_first_look_stays_where_it_was_when_its_screening_is_put_right_later():
    dossier = make_dossier(at=NOON)
    screen(dossier, at=REVIEWING)
    screening = Screening.objects.get()
    screening.impact, screening.at = Screening.Answer.UNCLEAR, REVIEWING + 9 * DAY
    screening.save()

    assert ("done", "First look", "Tuesday 1 June 2027") in steps(dossier)
    assert durations.waits_of(dossier.round)["look"]["median"] == (REVIEWING - NOON).total_seconds()


def test_a_test_that_fails_ends_the_first_look_whatever_is_still_open():
    dossier = make_dossier(at=NOON)
    screen(dossier, at=REVIEWING, novel=Screening.Answer.NO, impact="")

    assert ("done", "First look", "Tuesday 1 June 2027") in steps(dossier)
    assert durations.waits_of(dossier.round)["look"]["n"] == 1


def test_questions_stand_on_the_way_with_what_can_be_done():
    dossier = make_dossier(at=NOON)
    question = ask(dossier)
    (asked,) = [
        step for step in timelines_of([dossier.case_id], at=REVIEWING)[dossier.case_id]["steps"] if step.link
    ]
    assert (asked.state, asked.words) == ("turn", ["We wish for your answer by Monday 7 June 2027."])
    assert asked.link == (question_page(question), "Answer the question")

    asking.answer(question, words="Both.", based_on="", by=author_of(dossier.case), at=REVIEWING + DAY)

    assert said(dossier, "We asked you a question") == ["Answered on Wednesday 2 June 2027."]


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        ("publish", ("next", "Publication", "")),
        ("changes-requested", ("turn", "Your changes", "")),
        ("hold", ("now", "On hold", "")),
    ],
)
def test_after_the_decision_the_way_says_whose_turn_it_is(outcome, then):
    dossier = make_dossier()
    decided(dossier, outcome)

    assert steps(dossier)[-1] == then


def test_a_soft_no_ends_the_way_and_says_that_it_can_be_taken_up_again():
    dossier = make_dossier()
    decided(dossier, "not-published")

    assert steps(dossier)[-1][:2] == ("done", "Our decision")
    assert said(dossier, "Our decision") == ["We do not publish it at present. It can be taken up again."]


def test_changes_that_are_handed_in_are_ours_to_look_at():
    dossier = make_dossier(at=NOON)
    decided(dossier, "changes-requested")
    write(author_of(dossier.case), results="Both towns pay.", at=REVIEWING + 2 * DAY)
    submitting.hand_in(author_of(dossier.case), at=REVIEWING + 2 * DAY)
    take_in(at=REVIEWING + 3 * DAY)

    assert steps(dossier)[-2:] == [
        ("done", "Handed in again: version 2", "Thursday 3 June 2027"),
        ("now", "We look at it again", ""),
    ]


def test_a_decision_that_changed_stands_there_with_the_one_before():
    dossier = make_dossier()
    decided(dossier, "not-published")
    decided(dossier, "hold", at=REVIEWING + 5 * DAY, why_changed="A doubt.")

    assert [what for _state, what, _when in steps(dossier)] == [
        "Handed in",
        "Our decision",
        "Our decision, changed",
        "On hold",
    ]
    assert said(dossier, "Our decision") == []


def test_a_case_that_was_withdrawn_waits_for_nothing():
    dossier = make_dossier(at=NOON)
    question = ask(dossier)
    submitting.withdraw(dossier.case, by=author_of(dossier.case), at=REVIEWING)
    take_in(at=REVIEWING)

    assert steps(dossier)[-1] == ("done", "Withdrawn", "")
    assert {state for state, _what, _when in steps(dossier)} == {"done"}
    assert "<textarea" not in author(dossier).get(question_page(question)).content.decode()


def test_nothing_of_a_decision_that_waits_is_on_any_page_of_the_author():
    dossier = make_dossier()
    lea, verdict = make_boss(), Verdict("not-published", "It has not begun.")
    seen = deciding.plan([dossier.pk], verdict, by=lea, at=REVIEWING).fingerprint
    before = {name: words_of(page(author(dossier), name, dossier.case.code)) for name in PAGES}

    deciding.decide([dossier.pk], verdict, seen=seen, by=lea, at=REVIEWING)

    assert {name: words_of(page(author(dossier), name, dossier.case.code)) for name in PAGES} == before
    assert "No decision yet" in before["reviews:decision"]


PAGES = ["cases:overview", "reviews:decision"]


def test_the_way_stands_on_the_page_of_the_case_and_on_my_page():
    dossier = make_dossier(at=NOON)
    ask(dossier)
    marta = author_of(dossier.case).address

    (row,) = cases_of(marta, at=REVIEWING)["rows"]
    overview = page(author(dossier), "cases:overview", dossier.case.code)

    assert [step.what for step in row["timeline"]["steps"]] == [what for _s, what, _w in steps(dossier)]
    assert "Where your case stands" in overview and "Answer the question" in overview


def test_a_draft_has_no_way_yet_and_costs_nothing_more():
    part = author_of(make_draft(complete=True))

    (row,) = cases_of(part.address, at=NOON)["rows"]

    assert row["timeline"] is None
    assert "Where your case stands" not in page(browser_of(part), "cases:overview", part.case.code)


def test_the_ways_of_many_cases_cost_the_same_four_statements():
    marta, dossiers = make_address(), []
    for count in (1, 4):
        while len(dossiers) < count:
            dossier = make_dossier(make_draft(author=marta, complete=True))
            ask(dossier)
            dossiers.append(dossier)
        decided(dossiers[-1])
        with CaptureQueriesContext(connection) as queries:
            timelines_of([each.case_id for each in dossiers], at=REVIEWING)
        assert len(queries) == 4


# -- By when -----------------------------------------------------------------------------------------------------------

WAIT = {"n": 20, "median": 10 * 86400, "ninetieth": 20 * 86400, "longest": 30 * 86400}


@pytest.mark.parametrize(
    ("days", "promised", "by", "slower", "late"),
    [
        (0, None, 10, False, False),
        (9, None, 10, False, False),
        (10, None, 20, True, False),
        (19, None, 20, True, False),
        (20, None, 30, True, True),
        (30, None, None, True, True),
        (0, 5, 5, False, False),  # what was promised comes first
        (12, 15, 15, True, False),
        (12, 40, 20, True, False),
        (35, 40, 40, True, True),
        (12, 11, 20, True, True),  # what was promised is over
    ],
)
def test_the_day_that_is_expected_moves_only_when_it_has_passed(days, promised, by, slower, late):
    found = expected(NOON, WAIT, promised=NOON + promised * DAY if promised else None, at=NOON + days * DAY)

    assert found.by == (NOON + by * DAY if by else None)
    assert (found.slower, found.late) == (slower, late)
    assert (found.usual, found.most) == (10 * DAY, 20 * DAY)


@pytest.mark.parametrize(("days", "by", "late"), [(0, 30, False), (29, 30, False), (30, None, True)])
def test_before_twenty_cases_have_them_durations_are_hidden_and_the_promise_counts(days, by, late):
    promised = NOON + 30 * DAY
    for wait in (None, {}, {**WAIT, "n": 19}):
        found = expected(NOON, wait, promised=promised, at=NOON + days * DAY)

        assert found.by == (NOON + by * DAY if by else None)
        assert (found.slower, found.late, found.usual, found.most) == (False, late, None, None)


def test_spans_are_told_in_days_that_have_begun():
    assert [in_days(span) for span in (timedelta(0), HOUR, DAY, DAY + HOUR, 12 * DAY)] == [
        "1 day",
        "1 day",
        "1 day",
        "2 days",
        "12 days",
    ]


def make_waits(count: int, round_: Round) -> None:
    """Cases of which number n had its first look after n days and its letter n days later, in rows."""
    lea = make_boss()
    release = Release.objects.create(round=round_, released_at=NOON, released_by=lea)
    for n in range(1, count + 1):
        dossier = make_dossier(make_draft(complete=True), at=NOON)
        screen(dossier, at=NOON + n * DAY)
        release = Release.objects.create(round=round_, released_at=NOON + 2 * n * DAY, released_by=lea)
        Decision.objects.create(
            dossier=dossier,
            number=1,
            submission=dossier.submission,
            outcome="hold",
            reasons="x",
            decided_by=lea,
            decided_at=NOON,
            release=release,
        )


def test_durations_are_counted_from_what_really_happened():
    round_ = make_round()
    make_waits(20, round_)
    make_dossier(make_draft(complete=True), at=NOON)  # still waits

    assert durations.count() == 1

    days = {
        step: (wait["n"], wait["median"] / 86400, wait["ninetieth"] / 86400, wait["longest"] / 86400)
        for step, wait in Round.objects.get().waits.items()
    }
    assert days == {"look": (20, 10.5, 18, 20), "decision": (20, 10.5, 18, 20), "whole": (20, 21, 36, 40)}


def test_counting_takes_one_statement_for_a_round_however_many_cases_it_has():
    round_, asked = make_round(), []
    for count in (2, 4):
        make_waits(count, round_)
        with CaptureQueriesContext(connection) as queries:
            durations.waits_of(round_)
        asked.append(len(queries))

    assert asked == [1, 1]


def test_a_round_in_which_nobody_waits_any_more_is_not_counted():
    dossier = make_dossier()
    decided(dossier)

    assert durations.count() == 0


def test_the_page_tells_median_and_ninety_percent_point_once_twenty_cases_have_them():
    dossier = make_dossier(at=CLOSES)
    Round.objects.update(waits={"look": WAIT, "whole": {**WAIT, "n": 19}})

    (day, usual) = said(dossier, "First look", at=CLOSES + DAY)

    assert day == "We expect it by Tuesday 1 June 2027."
    assert (
        usual == "In this call half of the cases took 10 days or less for this, nine in ten 20 days or less."
    )
    assert said(dossier, "Reading and decision", at=CLOSES + DAY) == []


def test_a_step_that_is_overdue_says_so_and_names_the_new_day():
    dossier = make_dossier(at=CLOSES)
    Round.objects.update(waits={"look": WAIT})

    slower, late, _end = (said(dossier, "First look", at=CLOSES + n * DAY)[0] for n in (12, 22, 40))

    assert slower == "It takes longer than for half of the cases. We now expect it by Friday 11 June 2027."
    assert late == "We are later than we wished, and sorry. We now expect it by Monday 21 June 2027."
    assert ("late", "First look", "") in steps(dossier, at=CLOSES + 22 * DAY)


def test_until_then_the_day_that_was_promised_stands_there_and_when_it_is_over_too():
    dossier = make_dossier(at=CLOSES)
    Round.objects.update(promised_at=PROMISED)

    assert said(dossier, "Reading and decision") == ["We promised our decision by Sunday 11 July 2027."]
    (late,) = said(dossier, "Reading and decision", at=PROMISED + DAY)
    assert late.startswith("We are later than we said, and sorry.")
    assert "help@portal.example" in late


# -- The decision ------------------------------------------------------------------------------------------------------


def test_the_decision_page_tells_reasons_criteria_in_words_what_comes_next_and_whom_to_ask():
    dossier = make_dossier()
    for name in ("Jo B.", "Kim C."):
        score(give(dossier, make_reviewer(name)), 4, 3, 2, 1, 0)
    decided(dossier, reasons="Shared alarms work.\n\nOthers can take them over.")

    shown = words_of(page(author(dossier), "reviews:decision", dossier.case.code))

    assert "We would like to publish your case" in shown
    assert "Shared alarms work. Others can take them over." in shown
    for number, criterion in enumerate(Criterion.objects.all()):
        assert criterion.title_text in shown and criterion.question_text in shown
        assert {points for points, words in criterion.anchors if words in shown} == {4 - number}
    assert "We prepare the public version of your case next." in shown
    assert "help@portal.example" in shown


def test_after_one_review_alone_no_criteria_are_shown():
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Jo B.")), 4, 3, 2, 1, 0)
    decided(dossier)

    shown = page(author(dossier), "reviews:decision", dossier.case.code)

    assert "Criterion by criterion" not in shown


def test_changes_that_are_requested_lead_to_the_case_until_they_are_handed_in():
    dossier = make_dossier(at=NOON)
    decided(dossier, "changes-requested", reasons="Say who pays.")
    shown = page(author(dossier), "reviews:decision", dossier.case.code)
    assert "What to change" in shown and "Change the case" in shown

    write(author_of(dossier.case), results="Both towns pay.", at=REVIEWING + 2 * DAY)
    submitting.hand_in(author_of(dossier.case), at=REVIEWING + 2 * DAY)

    shown = page(author(dossier), "reviews:decision", dossier.case.code)
    assert "Change the case" not in shown
    assert "You have handed it in again since." in shown


def test_reasons_are_shown_as_text_whatever_they_hold():
    dossier = make_dossier()
    decided(dossier, reasons="<script>alert(1)</script>")

    shown = page(author(dossier), "reviews:decision", dossier.case.code)

    assert "&lt;script&gt;alert(1)" in shown and "<script>alert" not in shown


@pytest.mark.parametrize("role", ["editor", "reader"])
def test_everybody_who_takes_part_reads_the_decision_and_nobody_else(role):
    dossier = make_dossier()
    decided(dossier)
    colleague = make_colleague(dossier.case, role)
    path = reverse("reviews:decision", args=[dossier.case.code])

    assert browser_of(colleague).get(path).status_code == 200
    assert browser_of(author_of(make_draft())).get(path).status_code == 403
    assert Client().get(path).status_code == 403


# -- Of reviewers nothing ----------------------------------------------------------------------------------------------


def test_no_reviewer_can_be_recognised_in_anything_that_an_author_gets():
    """Two reviewers: no name, address, count, time or score of either is in a page, its source, a letter or a header."""
    promised = REVIEWING + 20 * DAY
    Round.objects.filter(pk=make_round().pk).update(promised_at=promised)
    dossier = make_dossier(at=NOON)
    screen(dossier, at=REVIEWING)
    read_at = [
        datetime(2031, 8, 3, 4, 17, tzinfo=NOON.tzinfo),
        datetime(2032, 9, 5, 6, 23, tzinfo=NOON.tzinfo),
    ]
    reviewers = [
        make_reviewer("Zebulon Quark", email="zq@reviewers.example", organisation="Quark Institute"),
        make_reviewer("Xanthe Vole", email="xv@reviewers.example", organisation="Vole Office"),
    ]
    for reviewer, at, points in zip(reviewers, read_at, [(4, 0, 4, 0, 4), (1, 3, 1, 3, 1)], strict=True):
        given = give(dossier, reviewer, at=at)
        score(given, *points, at=at, comments="Secret comment.", words_for_author="Unused words.")
    client = author(dossier)
    before = everything_for_the_author(client, dossier)
    decided(dossier, "changes-requested", at=REVIEWING + 4 * DAY)
    told = [before, everything_for_the_author(client, dossier)]

    names = ["Zebulon", "Quark Institute", "Xanthe", "Vole Office", "zq@", "xv@", "reviewers.example"]
    words = ["Secret comment", "Unused words"]
    times = ["3 August", "5 September", "2031-08-03", "2032-09-05", "2031, 0", "2032, 0"]
    for text in told:
        assert [secret for secret in [*names, *words, *times] if secret in text] == []
        said = words_of(text).lower()
        assert not re.search(r"\b(two|both|2)\b[^.]{0,20}\b(reviewer|review|reader|people|person)", said)
        assert "score" not in said
        assert not re.search(r"\bpoints?\b", said)
    assert "Criterion by criterion" in told[1]


def everything_for_the_author(client: Client, dossier: Dossier) -> str:
    """All pages of the case with their headers, and all letters, as they are sent."""
    case = dossier.case
    answers = [client.get(reverse(name, args=[case.code])) for name in PAGES]
    told = []
    for answer in answers:
        cookies = [cookie.OutputString() for cookie in answer.cookies.values()]
        told += [answer.content.decode(), str(dict(answer.headers)), *cookies]
    for letter in OutboxMessage.objects.filter(address=author_of(case).address):
        mail = compose(letter)
        told += [str(mail.message()), mail.body, mail.alternatives[0][0], str(letter.context)]
    return "\n".join(told)


def test_who_asked_and_who_decided_is_not_told_either():
    dossier = make_dossier()
    lea = make_boss("lea.morel@oecd.example")
    question = asking.ask(dossier, words="Who pays?", by=lea, at=REVIEWING)
    verdict = Verdict("hold", "We wait.")
    seen = deciding.plan([dossier.pk], verdict, by=lea, at=REVIEWING).fingerprint
    decisions = deciding.decide([dossier.pk], verdict, seen=seen, by=lea, at=REVIEWING)
    deciding.release(dossier.round, [decisions[0].pk], by=lea, at=REVIEWING)

    told = everything_for_the_author(author(dossier), dossier)
    told += author(dossier).get(question_page(question)).content.decode()

    assert "Lea M." not in told and "lea.morel" not in told


def test_a_case_in_no_status_gives_away_that_reviews_are_finished():
    """The way says the same before the first review and after the last one."""
    dossier = make_dossier(at=NOON)
    screen(dossier)
    before = steps(dossier)

    for name in ("Jo B.", "Kim C."):
        score(give(dossier, make_reviewer(name)), 4, 3, 2, 1, 0)

    assert Dossier.objects.get(pk=dossier.pk).step == Dossier.Step.TO_DECIDE
    assert Case.objects.get().status == Case.Status.HANDED_IN
    assert steps(dossier) == before
