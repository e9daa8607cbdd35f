"""Screening: what is computed, the four tests, several people at once, and nothing typed is lost."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import submitting
from cases.models import Submission
from cases.models.submission import canonical
from opsi_portal.roles import EDITORS, MANAGERS, READERS, REVIEWERS, make_groups
from people.models import Event, User
from reviews import assigning, screening
from reviews.models import Dossier, Screening
from reviews.screening import CameBackMeanwhile, CannotBeScreened, SavedMeanwhile, checks_of, hold_next
from reviews.taking_in import take_in
from tests.makers import (
    COMPLETE,
    HOUR,
    MINUTE,
    NOON,
    author_of,
    make_boss,
    make_staff,
    write,
)
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer

pytestmark = pytest.mark.django_db
_Step = Dossier.Step
YES = dict.fromkeys(Screening.TESTS, ("yes", ""))


def screen(dossier: Dossier, *, by: User | None = None, version: int = 0, at=REVIEWING, **said) -> Screening:
    """Answer the tests: «yes» to all that are not named; ``novel="no: Done before."`` answers with a note."""
    answers = {
        **YES,
        **{test: tuple(part.strip() for part in words.split(":")) for test, words in said.items()},
    }
    number = dossier.submission.number
    return screening.screen(
        dossier, answers, version=version, submission=number, by=by or make_staff(), at=at
    )


def hand_in_again(dossier: Dossier, *, at=NOON + HOUR, **answers) -> Dossier:
    write(author_of(dossier.case), at=at, **answers)
    submitting.hand_in(author_of(dossier.case), at=at)
    take_in(at=at)
    return Dossier.objects.select_related("round", "case__call", "submission").get(pk=dossier.pk)


# -- What is computed ------------------------------------------------------------------------------------------------


def checked(**answers) -> dict[str, bool]:
    said = {**COMPLETE, **answers}
    submission = Submission(content=canonical({"answers": said, "files": []}), arrived_at=NOON)
    return {check.key: check.holds for check in screening.in_words(checks_of(submission))}


def test_a_complete_case_is_eligible_as_far_as_can_be_computed():
    assert checked() == {"jurisdictions": True, "sponsor": True, "filled": True}


def test_two_governments_of_one_country_are_one_jurisdiction():
    rows = [
        {"id": f"row{n:05}", "country": "FR", "level": "national", "name": f"Ministry {n}"} for n in (1, 2)
    ]

    assert checked(jurisdictions=rows, **{"jurisdictions.lead": "row00001"})["jurisdictions"] is False


def test_somebody_from_outside_needs_a_public_official():
    assert checked(public_employee="no")["sponsor"] is False
    assert checked(public_employee="no", sponsor_name="A. Diallo")["sponsor"] is True


@pytest.mark.parametrize("words", ["n/a", "See https://example.org/very/long/address/results", "—", "tbd"])
def test_an_answer_that_says_next_to_nothing_fills_no_section(words):
    assert checked(results=words)["filled"] is False


@pytest.mark.parametrize(
    "words", ["We expect shorter waiting times.", "预计等待时间将缩短。", "نتوقع أوقات انتظار أقصر", ""]
)
def test_expected_results_count_and_so_do_short_ones_in_any_script(words):
    assert checked(results=words)["filled"] is bool(words)


def test_what_was_computed_is_kept_with_the_case_and_computed_anew_when_it_comes_back():
    dossier = make_dossier(answers={"public_employee": "no", "results": "See our site."})
    assert (dossier.eligible, dossier.checks["sponsor"], dossier.checks["thin"]) == (
        False,
        "missing",
        ["results"],
    )

    dossier = hand_in_again(dossier, public_employee="yes", results="Six hours earlier, by our own counting.")

    assert (dossier.eligible, dossier.checks["sponsor"], dossier.checks["thin"]) == (True, "employee", [])


def test_what_is_computed_holds_no_names_of_people():
    dossier = make_dossier(answers={"public_employee": "no", "sponsor_name": "Amina Diallo"})

    assert "Diallo" not in str(dossier.checks)
    assert dossier.checks["sponsor"] == "named"


# -- The four tests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "verdict", "step"),
    [
        ({}, "yes", _Step.TO_ASSIGN),
        ({"novel": "unclear: Ask them."}, "unclear", _Step.TO_ASSIGN),
        ({"novel": "no: Done for years.", "impact": ":"}, "no", _Step.TO_DECIDE),
        ({"impact": ":"}, "", _Step.TO_SCREEN),
    ],
)
def test_the_answers_make_a_verdict_and_the_verdict_moves_the_case_on(said, verdict, step):
    dossier = make_dossier()

    screen(dossier, **said)

    dossier.refresh_from_db()
    assert (dossier.verdict, dossier.step) == (verdict, step)


def test_a_screening_remembers_who_said_what_when_and_on_which_version():
    dossier = make_dossier()
    lea, jan = make_staff(name="Lea"), make_staff(name="Jan")

    screen(dossier, by=lea, novel="unclear: New to whom?")
    screen(dossier, by=jan, version=1, at=REVIEWING + HOUR)

    kept = Screening.objects.get()
    assert (kept.by, kept.at, kept.version, kept.submission) == (jan, REVIEWING + HOUR, 2, dossier.submission)
    assert [
        (row.history_user, row.history_date, row.novel, row.novel_note) for row in kept.history.order_by("pk")
    ] == [(lea, REVIEWING, "unclear", "New to whom?"), (jan, REVIEWING + HOUR, "yes", "")]


def test_the_book_says_that_it_was_screened_and_no_word_of_the_notes():
    dossier, lea = make_dossier(), make_staff()

    screen(dossier, by=lea, novel="no: Marta Okello told us so.")

    event = Event.objects.filter(action="screened").get()
    assert (event.object_kind, event.object_id, event.actor_id) == ("case", str(dossier.case_id), lea.pk)
    assert event.facts == {"verdict": "no", "version": 1}


def test_saving_the_same_again_changes_nothing():
    dossier = make_dossier()
    first = screen(dossier)

    again = screen(dossier, at=REVIEWING + HOUR)

    assert (again.version, again.by) == (1, first.by)
    assert Screening.history.count() == Event.objects.filter(action="screened").count() == 1


def test_the_second_of_two_people_is_told_what_the_first_saved_and_overwrites_nothing_unseen():
    dossier, lea = make_dossier(), make_staff(name="Lea")
    screen(dossier, by=lea)

    with pytest.raises(SavedMeanwhile) as meanwhile:
        screen(dossier, novel="no: Known since 1998.")

    assert meanwhile.value.theirs.by == lea
    assert Screening.objects.get().novel == "yes"


def test_what_was_handed_in_again_has_to_be_read_before_it_is_screened():
    dossier = make_dossier()
    hand_in_again(dossier, results="Six hours earlier.")

    with pytest.raises(CameBackMeanwhile):
        screen(dossier)

    assert not Screening.objects.exists()


def test_a_withdrawn_case_is_not_screened():
    dossier = make_dossier()
    submitting.withdraw(dossier.case, by=author_of(dossier.case), at=NOON + HOUR)
    take_in(at=NOON + HOUR)

    with pytest.raises(CannotBeScreened):
        screen(dossier)


# -- Whose turn it is ------------------------------------------------------------------------------------------------


def test_people_who_ask_for_the_next_case_at_once_get_different_ones():
    dossiers = [make_dossier() for _ in range(3)]
    people = [make_staff() for _ in range(4)]
    round_ = dossiers[0].round_id

    held = [hold_next(round_, by=person, at=REVIEWING) for person in people]

    assert held == [*(dossier.pk for dossier in dossiers), None]
    assert hold_next(round_, by=people[0], at=REVIEWING) == dossiers[0].pk


def test_a_case_that_somebody_opened_and_left_is_given_to_others_after_a_while():
    dossier, lea, jan = make_dossier(), make_staff(), make_staff()
    hold_next(dossier.round_id, by=lea, at=REVIEWING)

    assert hold_next(dossier.round_id, by=jan, at=REVIEWING + 19 * MINUTE) is None
    assert hold_next(dossier.round_id, by=jan, at=REVIEWING + 20 * MINUTE) == dossier.pk


def test_after_the_last_case_come_those_that_were_passed_over():
    first, second, third = (make_dossier() for _ in range(3))
    lea = make_staff()
    screen(second)

    assert hold_next(first.round_id, after=first.pk, by=lea, at=REVIEWING) == third.pk
    assert hold_next(first.round_id, after=third.pk, by=lea, at=REVIEWING) == first.pk


def test_who_has_screened_a_case_holds_it_no_longer():
    dossier, lea = make_dossier(), make_staff()
    hold_next(dossier.round_id, by=lea, at=REVIEWING)

    screen(dossier, by=lea, impact=":")

    assert hold_next(dossier.round_id, by=make_staff(), at=REVIEWING) == dossier.pk


def test_who_has_declared_a_conflict_screens_that_case_no_more_and_is_not_given_it():
    near, far = make_dossier(), make_dossier()
    reader = make_reviewer()
    assigning.declare_conflict(give(near, reader), "My sister wrote it.", at=REVIEWING)

    with pytest.raises(CannotBeScreened, match="conflict of interest"):
        screen(near, by=reader.user)

    assert not Screening.objects.exists()
    assert hold_next(near.round_id, by=reader.user, at=REVIEWING) == far.pk
    assert hold_next(near.round_id, after=far.pk, by=reader.user, at=REVIEWING) is None
    assert hold_next(near.round_id, by=make_staff(), at=REVIEWING) == near.pk


# -- The page --------------------------------------------------------------------------------------------------------


def page_of(dossier: Dossier) -> str:
    return reverse("admin:reviews_dossier_screening", args=[dossier.pk])


@pytest.fixture
def editor(client: Client) -> Client:
    make_groups(NOON)
    user = make_staff(name="Lea Moreau")
    user.groups.add(Group.objects.get(name=EDITORS))
    client.force_login(user)
    client.user = user
    return client


def sent(dossier: Dossier, *, version: int = 0, read: int = 1, then: str = "next", **said) -> dict[str, str]:
    """What the form sends: «yes» to all four tests but for those named."""
    return {**dict.fromkeys(Screening.TESTS, "yes"), "version": version, "read": read, "then": then, **said}


def test_each_test_is_asked_in_plain_words_beside_the_answers_that_bear_on_it(editor):
    page = editor.get(page_of(make_dossier()))

    tests = {each["test"].key: [item["key"] for item in each["answers"]] for each in page.context["tests"]}
    assert set(tests) == set(Screening.TESTS)
    assert "collaborations" in tests["public_sector"]
    assert tests["novel"] == ["innovative", "mechanisms", "instruments"]
    assert "results" in tests["impact"]
    text = page.content.decode()
    for words in (
        "Is it new for the organisations that do it?",
        "A pilot is enough",
        "4 hours and 40 minutes",
    ):
        assert words in text


def test_what_is_computed_is_shown_as_computed(editor):
    text = editor.get(page_of(make_dossier(answers={"public_employee": "no"}))).content.decode()

    assert "Eligibility, as computed" in text
    assert re.search(r"Public sponsor named: no.*may be reviewed, but not published", text, re.DOTALL)


def test_saving_opens_the_next_case_and_says_what_was_saved(editor):
    first, second = make_dossier(), make_dossier()

    answer = editor.post(page_of(first), sent(first), follow=True)

    assert answer.redirect_chain == [(page_of(second) + "#case", 302)]
    assert Screening.objects.get().by == editor.user
    assert f"{first.case.reference}</a>, screening saved. All four tests hold." in answer.content.decode()


def test_the_pages_of_a_case_that_one_is_too_close_to_lead_back_and_keep_what_was_typed(editor):
    dossier, reader = make_dossier(), make_reviewer(user=editor.user)
    assigning.declare_conflict(give(dossier, reader), "My sister wrote it.", at=REVIEWING)
    asking = reverse("admin:reviews_dossier_ask", args=[dossier.pk])

    for address in (page_of(dossier), asking):
        answer = editor.get(address, follow=True)
        assert answer.redirect_chain == [(reverse("admin:reviews_dossier_change", args=[dossier.pk]), 302)]
        assert "You have declared a conflict of interest with this case" in answer.content.decode()
    refused = editor.post(page_of(dossier), sent(dossier, impact="no", impact_note="Typed before."))
    assert refused.status_code == 409
    assert "Typed before." in refused.content.decode()
    asked = editor.post(asking, {"act": "ask", "question": "Who pays, and since when?"})
    assert "somebody else asks about this case" in asked.content.decode()
    assert "Who pays, and since when?" in asked.content.decode()


def test_saving_alone_stays_with_the_case(editor):
    dossier = make_dossier()

    answer = editor.post(page_of(dossier), sent(dossier, then=""))

    assert answer.url == page_of(dossier)


def test_after_the_last_case_one_comes_back_to_the_list(editor):
    dossier = make_dossier()

    answer = editor.post(page_of(dossier), sent(dossier), follow=True)

    assert answer.redirect_chain == [("/admin/reviews/dossier/?step=to-screen", 302)]
    assert "No other case waits to be screened" in answer.content.decode()


def test_a_case_that_is_passed_over_is_not_screened(editor):
    first, second = make_dossier(), make_dossier()

    answer = editor.post(page_of(first), sent(first, **dict.fromkeys(Screening.TESTS, "")))

    assert answer.url == page_of(second) + "#case"
    assert not Screening.objects.exists()


def test_a_no_needs_a_word_of_explanation_and_nothing_typed_is_lost(editor):
    dossier = make_dossier()

    answer = editor.post(page_of(dossier), sent(dossier, novel="no", impact_note="They count <all> alarms."))

    assert answer.status_code == 422
    assert answer.context["errors"] == [("id_novel_note", "Novel: Say why in a few words.")]
    text = answer.content.decode()
    assert "They count &lt;all&gt; alarms." in text
    assert re.search(r'value="no"[^>]*id="id_novel_1"[^>]*checked', text)
    assert not Screening.objects.exists()


def test_the_page_shows_what_somebody_else_saved_meanwhile_and_saving_again_takes_ones_own(editor):
    dossier = make_dossier()
    screen(dossier, by=make_staff(name="Jan Petersen"), impact="unclear: Counted by whom?")

    answer = editor.post(page_of(dossier), sent(dossier, novel="no", novel_note="Known since 1998."))

    assert answer.status_code == 409
    text = answer.content.decode()
    for words in (
        "Jan Petersen saved this screening while you were writing",
        "Jan Petersen saved: Unclear",
        "Counted by whom?",
        "Known since 1998.",
    ):
        assert words in text
    assert (answer.context["version"], Screening.objects.get().novel) == (1, "yes")

    again = sent(dossier, version=1, novel="no", novel_note="Known since 1998.")
    assert editor.post(page_of(dossier), again).status_code == 302
    assert (Screening.objects.get().novel, Screening.objects.get().version) == ("no", 2)


def test_a_case_handed_in_again_while_it_was_read_is_shown_anew_with_what_was_typed(editor):
    dossier = make_dossier()
    hand_in_again(dossier, results="Six hours earlier.")

    answer = editor.post(page_of(dossier), sent(dossier, novel_note="Looks new."))

    assert (answer.status_code, answer.context["read"]) == (409, 2)
    text = answer.content.decode()
    assert "handed the case in again while you were reading" in text
    assert "Looks new." in text and "Six hours earlier." in text
    assert not Screening.objects.exists()


def test_a_withdrawn_case_says_so_and_keeps_what_was_typed(editor):
    dossier = make_dossier()
    submitting.withdraw(dossier.case, by=author_of(dossier.case), at=NOON + HOUR)
    take_in(at=NOON + HOUR)

    answer = editor.post(page_of(dossier), sent(dossier, novel_note="Looks new."))

    assert answer.status_code == 409
    assert "This case was withdrawn" in answer.content.decode()
    assert "Looks new." in answer.content.decode()


@pytest.mark.parametrize(
    "words",
    [
        "\0",
        "x" * 2001,
        "maybe",
        "<script>alert(1)</script>",
        "9" * 400,
        "٢",
        "-1",
        "' OR 1=1; --",
        "{{ 7|add:1 }}",
    ],
)
def test_whatever_is_sent_there_is_a_clear_answer(editor, words):
    dossier = make_dossier()
    names = ("public_sector", "novel_note", "impact", "version", "read", "then")

    answer = editor.post(page_of(dossier), dict.fromkeys(names, words))

    assert answer.status_code in (302, 409, 422)
    assert "<script>alert" not in answer.content.decode()
    assert not Screening.objects.exists()


def test_the_page_says_who_else_has_the_case_open(editor):
    dossier = make_dossier()
    page = editor.get(page_of(dossier))
    at = page.wsgi_request.arrived_at
    hold_next(dossier.round_id, by=make_staff(name="Jan Petersen"), at=at)

    assert "Jan Petersen opened this case at" in editor.get(page_of(dossier)).content.decode()


def test_next_and_previous_lead_to_the_cases_that_wait(editor):
    first, second, third, fourth = (make_dossier() for _ in range(4))
    screen(second)

    page = editor.get(page_of(third))

    assert (page.context["previous"], page.context["following"]) == (page_of(first), page_of(fourth))


def test_the_button_of_the_list_opens_the_first_case_that_nobody_has_open(editor):
    first, second = make_dossier(), make_dossier()
    hold_next(first.round_id, by=make_staff(), at=editor.get("/admin/").wsgi_request.arrived_at)

    answer = editor.post(reverse("admin:reviews_dossier_screen_next"))

    assert answer.url == page_of(second) + "#case"


def test_without_any_case_the_button_says_so(editor):
    answer = editor.post(reverse("admin:reviews_dossier_screen_next"), follow=True)

    assert "No other case waits to be screened" in answer.content.decode()


@pytest.mark.parametrize("group", [READERS, REVIEWERS])
def test_who_may_not_screen_gets_neither_page_nor_button(client, group):
    make_groups(NOON)
    user = make_staff()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    dossier = make_dossier()

    assert client.get(page_of(dossier)).status_code == 403
    assert client.post(page_of(dossier), sent(dossier)).status_code == 403
    assert client.post(reverse("admin:reviews_dossier_screen_next")).status_code == 403
    assert not Screening.objects.exists()


def test_addresses_are_only_for_those_who_may_see_addresses(editor):
    dossier = make_dossier(
        answers={
            "public_employee": "no",
            "sponsor_name": "A. Diallo",
            "sponsor_email": "a.diallo@gov.example",
        }
    )
    assert "a.diallo@gov.example" not in editor.get(page_of(dossier)).content.decode()

    editor.user.groups.set([Group.objects.get(name=MANAGERS)])
    assert "a.diallo@gov.example" in editor.get(page_of(dossier)).content.decode()


def test_the_page_asks_the_same_few_questions_however_many_cases_wait(client):
    client.force_login(make_boss())
    asked = []
    dossier = make_dossier()
    for more in (2, 20):
        for _ in range(more):
            make_dossier()
        client.get(page_of(dossier))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_of(dossier)).status_code == 200
        asked.append(len(captured))

    assert asked[0] == asked[1] <= 14
