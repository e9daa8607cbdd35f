"""A reviewer at work: the pile, the question about conflicts, the case beside its rubric, one case after the other."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from cases.models import Case
from opsi_portal.roles import MANAGERS, REVIEWERS, make_groups
from people import events
from people.models import Event, User
from reviews import reviewing, taking_in
from reviews.models import Assignment, Conflict, Dossier, Likeness, Question, Review, Round
from tests.makers import (
    COMPLETE,
    DAY,
    HOUR,
    NOON,
    author_of,
    make_boss,
    make_draft,
    make_staff,
    make_upload,
    write,
)
from tests.reviews.makers import give, make_dossier, make_reviewer, score
from tests.reviews.test_reviewing import ALL, released
from tests.roof.test_every_page import complaints_about
from tests.workshops.office import statements

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PILE = "/admin/reviews/assignment/"
#: What the rubric sends when everything is filled in.
FILLED = {f"score-{key}": str(points) for key, points in ALL.items()} | {
    "advice": "publish",
    "comments": "Well measured.",
    "words_for_author": "Thank you.",
}


@pytest.fixture
def reviewer():
    return make_reviewer("Lea M.", user=staff("lea@oecd.example", REVIEWERS))


@pytest.fixture
def desk(reviewer) -> Client:
    return entered(reviewer.user)


def staff(email: str, *groups: str) -> User:
    make_groups(NOON)
    user = make_staff(email)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def given(reviewer, *, opened: bool = True, due: timedelta = 9 * DAY, **facts) -> Assignment:
    made = give(facts.pop("dossier", None) or make_dossier(**facts), reviewer, at=NOW, due_at=NOW + due)
    if opened:
        reviewing.clear(made, at=NOW)
    return now(made)


def now(assignment: Assignment) -> Assignment:
    return Assignment.objects.select_related("dossier__round").get(pk=assignment.pk)


def page(assignment: Assignment, name: str = "change", *more) -> str:
    return reverse(f"admin:reviews_assignment_{name}", args=[assignment.pk, *more])


def words_of(answer) -> str:
    """The page as people read it, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def press(client: Client, assignment: Assignment, do: str, version: int = 0, **fields):
    return client.post(page(assignment), {"do": do, "version": version, **fields})


def make_titled(title: str, **facts) -> Dossier:
    return make_dossier(make_draft(complete=True, answers={"title": title}, **facts))


# -- The pile ----------------------------------------------------------------------------------------------------------


def test_the_pile_shows_one_s_own_cases_with_what_is_due_first(desk, reviewer):
    given(reviewer, dossier=make_titled("Later"), due=9 * DAY)
    given(reviewer, dossier=make_titled("Sooner"), due=-DAY, opened=False)
    given(make_reviewer("Jan P."), dossier=make_titled("Somebody else’s"))
    back = given(reviewer, dossier=make_titled("Taken back"))
    Assignment.objects.filter(pk=back.pk).update(ended_at=NOW, ended_why="taken back")

    answer = desk.get(PILE)

    assert [row["title"] for row in answer.context["rows"]] == ["Sooner", "Later"]
    assert "0 of 2 done" in words_of(answer)
    assert "English To read" in words_of(answer)
    assert answer.content.decode().count("overdue") == 1


def test_what_is_finished_leaves_the_pile_and_can_be_asked_for(desk, reviewer):
    score(given(reviewer, dossier=make_titled("Done")), *ALL.values())
    given(reviewer, dossier=make_titled("Open"))

    shown = {
        asked: [row["title"] for row in desk.get(f"{PILE}?show={asked}").context["rows"]]
        for asked in ("", "finished", "all", "nonsense")
    }

    assert shown == {
        "": ["Open"],
        "finished": ["Done"],
        "all": ["Done", "Open"],
        "nonsense": ["Open"],
    }
    assert "1 of 2 done" in words_of(desk.get(PILE))


def test_a_pile_of_ten_costs_as_many_statements_as_one_of_one(desk, reviewer):
    given(reviewer)
    one = statements(desk, PILE)
    for _n in range(9):
        given(reviewer)

    assert statements(desk, PILE) == one


def test_no_text_of_a_case_is_fetched_for_the_pile(desk, reviewer):
    given(reviewer)

    with CaptureQueriesContext(connection) as captured:
        desk.get(PILE)

    fetched = " ".join(query["sql"] for query in captured if "reviews_assignment" in query["sql"])
    assert not re.search(r'"(content|answers|versions|news|checks|figures|introduction)"', fetched)


def test_who_reads_nothing_has_an_empty_pile():
    answer = entered(make_boss()).get(PILE)

    assert "No case has been given to you." in words_of(answer)


def test_an_assignment_is_nobody_s_business_but_the_reviewer_s_own(reviewer):
    assignment = given(reviewer)
    others = [
        entered(make_boss()),
        entered(staff("manager@oecd.example", MANAGERS)),
        entered(make_reviewer("Jan P.", user=staff("jan@oecd.example", REVIEWERS)).user),
    ]

    for client in others:
        assert client.get(page(assignment)).status_code == 404
        assert press(client, assignment, "save", **FILLED).status_code == 404
        assert client.post(page(assignment, "save"), {"version": 0, **FILLED}).status_code == 404
    assert not Review.objects.exists()


# -- Before the text opens ---------------------------------------------------------------------------------------------


def test_the_first_opening_tells_title_and_places_and_nothing_else(desk, reviewer):
    draft = make_draft(complete=True)
    drafting.attach(author_of(draft), make_upload("memorandum.txt"), at=draft.begun_at)
    assignment = given(reviewer, dossier=make_dossier(draft), opened=False)

    shown = desk.get(page(assignment)).content.decode()

    assert COMPLETE["title"] in shown
    assert "Grand Est, France" in shown
    assert "Saarland, Germany" in shown
    kept = ("organisation", "short_explanation", "overview", "innovative", "results", "lessons", "tags")
    assert [key for key in kept if COMPLETE[key] in shown] == []
    assert [words for words in ("Water Agency", "Marta Okello", "memorandum.txt") if words in shown] == []


def test_nothing_of_the_case_opens_by_another_door(desk, reviewer):
    draft = make_draft(complete=True)
    file = drafting.attach(author_of(draft), make_upload(), at=draft.begun_at)
    assignment = given(reviewer, dossier=make_dossier(draft), opened=False)

    assert desk.get(page(assignment, "file", file.code)).status_code == 403
    assert desk.post(page(assignment, "save"), {"version": 0, **FILLED}).status_code == 410
    assert press(desk, assignment, "finish", **FILLED).status_code == 302
    for client_page in ("cases_case_change", "cases_case_version"):
        args = [assignment.dossier.case_id, *([1] if client_page.endswith("version") else [])]
        assert desk.get(reverse(f"admin:{client_page}", args=args)).status_code == 403
    assert desk.get(reverse("admin:reviews_dossier_change", args=[assignment.dossier_id])).status_code == 403
    assert not Review.objects.exists()


def test_saying_that_there_is_no_conflict_opens_the_text(desk, reviewer):
    assignment = given(reviewer, opened=False)

    answer = desk.post(page(assignment), {"do": "clear"}, follow=True)

    assert COMPLETE["overview"] in answer.content.decode()
    assert Event.objects.filter(action="no conflict of interest").count() == 1


@pytest.mark.parametrize("opened", [False, True])
def test_a_conflict_takes_the_case_off_the_pile(desk, reviewer, opened):
    assignment = given(reviewer, opened=opened)

    answer = desk.post(page(assignment), {"do": "conflict", "reason": "My sister runs it."}, follow=True)

    assert "is no longer on your pile" in words_of(answer)
    assert answer.context["rows"] == []
    assert (Conflict.objects.get().reviewer, Conflict.objects.get().reason) == (
        reviewer,
        "My sister runs it.",
    )
    assert now(assignment).ended_at is not None
    after = desk.get(page(assignment))
    assert after.status_code == 410
    assert "You declared a conflict of interest" in words_of(after)


@pytest.mark.parametrize("opened", [False, True])
def test_a_conflict_is_told_with_a_few_words(desk, reviewer, opened):
    assignment = given(reviewer, opened=opened)

    answer = desk.post(page(assignment), {"do": "conflict", "reason": "  "})

    assert answer.status_code == 422
    assert "Say in a few words what connects you with the case." in words_of(answer)
    assert (COMPLETE["overview"] in answer.content.decode()) is opened
    assert now(assignment).ended_at is None


# -- Reading -----------------------------------------------------------------------------------------------------------


def test_the_case_stands_beside_its_rubric(desk, reviewer):
    draft = make_draft(complete=True)
    file = drafting.attach(author_of(draft), make_upload("memorandum.txt"), at=draft.begun_at)
    assignment = given(reviewer, dossier=make_dossier(draft))

    answer = desk.get(page(assignment))

    words, html = words_of(answer), answer.content.decode()
    for said in (COMPLETE["overview"], COMPLETE["organisation"], "memorandum.txt", "0 of 5 scored"):
        assert said in words
    assert html.count("<fieldset") == 6
    assert html.count('type="radio"') == 5 * 5 + 3
    assert "Effects are measured, also those that were not wished for." in words
    assert page(assignment, "file", file.code) in html
    assert "The answers are true" not in words, "consents are looked after by others"


def test_a_file_comes_as_a_download_to_whoever_reads_the_case(desk, reviewer):
    draft = make_draft(complete=True)
    file = drafting.attach(author_of(draft), make_upload("memorandum.txt", b"Agreed.\n"), at=draft.begun_at)
    assignment = given(reviewer, dossier=make_dossier(draft))

    answer = desk.get(page(assignment, "file", file.code))

    assert answer.getvalue() == b"Agreed.\n"
    assert 'attachment; filename="memorandum.txt"' in answer["Content-Disposition"]
    assert desk.get(page(assignment, "file", "nothing")).status_code == 404


def test_a_file_that_was_not_handed_in_stays_with_the_authors(desk, reviewer):
    assignment = given(reviewer)
    author = author_of(Case.objects.get())
    later = drafting.attach(author, make_upload("later.txt"), at=author.case.changed_at)

    assert desk.get(page(assignment, "file", later.code)).status_code == 404


def test_what_colleagues_gave_is_seen_after_one_s_own_and_not_before(desk, reviewer):
    assignment = given(reviewer)
    theirs = given(make_reviewer("Jan P."), dossier=assignment.dossier)
    score(theirs, 4, 4, 4, 4, 0, comments="Sparkling.", words_for_author="Bravo.", advice="not")

    before = desk.get(page(assignment)).content.decode()
    score(assignment, *ALL.values())
    after = words_of(desk.get(page(assignment)))

    assert [said for said in ("Sparkling", "Bravo", "Jan P.") if said in before] == []
    assert "Jan P.: Do not publish" in after
    assert "Replicability 0" in after
    assert "Sparkling. Words for the author Bravo." in after


def test_a_colleague_s_unfinished_review_is_not_shown(desk, reviewer):
    assignment = given(reviewer)
    theirs = given(make_reviewer("Jan P."), dossier=assignment.dossier)
    reviewing.save(theirs, {"comments": "Only a thought."}, 0, at=NOW)
    score(assignment, *ALL.values())

    words = words_of(desk.get(page(assignment)))

    assert "Only a thought." not in words
    assert "Nobody else has finished yet." in words


def test_similar_cases_are_named_by_reference_and_title_alone(desk, reviewer):
    assignment = given(reviewer)
    answers = {"title": "Another river", "overview": "A text that stays closed."}
    other = make_dossier(make_draft(complete=True, answers=answers))
    Likeness.objects.create(dossier=assignment.dossier, other=other, title=80, places=100, text=60, score=75)

    words = words_of(desk.get(page(assignment)))

    assert f"{other.case.reference} Another river" in words
    assert "A text that stays closed." not in words
    assert "75" not in words


def test_answers_of_the_author_stand_in_the_page(desk, reviewer):
    assignment = given(reviewer)
    asked = {"dossier": assignment.dossier, "asked_by": make_staff(), "asked_at": NOW}
    Question.objects.create(words="Who pays?", answer="Both towns.", answered_at=NOW, **asked)
    Question.objects.create(words="Since when?", **asked)

    words = words_of(desk.get(page(assignment)))

    assert "Who pays? Both towns." in words
    assert "Since when? No answer yet" in words


def test_the_history_holds_what_is_a_reviewer_s_business(desk, reviewer):
    assignment = given(reviewer)
    case = ("case", assignment.dossier.case_id)
    colleague = make_staff(name="Jan P.")
    events.record("review finished", about=case, at=NOW, by=colleague)
    events.record("conflict declared", about=case, at=NOW, by=colleague, reason="My brother.")

    past = {(event["by"], event["what"]) for event in desk.get(page(assignment)).context["past"]}

    assert past == {
        ("You", "You said that you have no conflict of interest"),
        ("author or colleague", "Handed in"),
    }


def test_what_the_author_changed_since_one_s_review_is_marked(desk, reviewer):
    assignment = given(reviewer)
    score(assignment, *ALL.values())
    case = Case.objects.get()
    write(author_of(case), results="Six hours earlier.", at=case.changed_at + HOUR)
    submitting.hand_in(author_of(case), at=case.changed_at + 2 * HOUR)
    taking_in.take_in(at=NOW)

    answer = desk.get(page(assignment))

    words = words_of(answer)
    assert "You wrote your review on version 1." in words
    changed = [
        item["key"] for part in answer.context["chapters"] for item in part["items"] if item["changed"]
    ]
    assert changed == ["results"]
    version = Review.objects.get().version
    press(desk, assignment, "save", version, read=Dossier.objects.get().submission_id)
    assert "You wrote your review on version 1." not in words_of(desk.get(page(assignment)))


def test_neighbours_in_the_pile_are_at_hand(desk, reviewer):
    titles = [f"Case {n}" for n in range(9)]
    cases = [given(reviewer, dossier=make_titled(title), due=(n + 1) * DAY) for n, title in enumerate(titles)]

    answer = desk.get(page(cases[4]))

    assert [row["title"] for row in answer.context["queue"]] == titles[2:9]
    assert (answer.context["before"].pk, answer.context["after"].pk) == (cases[3].pk, cases[5].pk)
    assert desk.get(page(cases[0])).context["before"] is None
    assert desk.get(page(cases[-1])).context["after"] is None


def test_the_page_asks_as_often_with_thirty_cases_on_the_pile_as_with_one(desk, reviewer):
    assignment = given(reviewer)
    theirs = given(make_reviewer("Jan P."), dossier=assignment.dossier)
    alone = statements(desk, page(assignment))
    for _n in range(29):
        other = given(reviewer).dossier
        for one, another in ((assignment.dossier, other), (other, assignment.dossier)):
            Likeness.objects.create(dossier=one, other=another, title=1, places=1, text=1, score=1)
    for n in range(5):
        Question.objects.create(
            dossier=assignment.dossier, words=f"Why {n}?", asked_by=theirs.reviewer.user, asked_at=NOW
        )

    assert statements(desk, page(assignment)) == alone <= 14


@pytest.mark.parametrize("opened", [False, True])
def test_the_pages_are_sound_html_without_styles_or_scripts_inside(desk, reviewer, opened):
    draft = make_draft(complete=True)
    drafting.attach(author_of(draft), make_upload(), at=draft.begun_at)
    assignment = given(reviewer, dossier=make_dossier(draft), opened=opened)
    given(reviewer)

    assert complaints_about(desk.get(page(assignment)).content) == []
    assert complaints_about(press(desk, assignment, "conflict").content) == []
    if opened:
        assert complaints_about(press(desk, assignment, "finish", comments="x").content) == []
        score_page = press(desk, assignment, "save", 0, comments="y")
        assert (score_page.status_code, complaints_about(score_page.content)) == (409, [])


# -- Saving ------------------------------------------------------------------------------------------------------------


def test_the_button_saves_what_was_typed(desk, reviewer):
    assignment = given(reviewer)

    answer = press(desk, assignment, "save", **{"score-novelty": "3", "comments": "One\r\ntwo"})

    assert answer.headers["Location"] == page(assignment) + "#rubric"
    review = Review.objects.get()
    assert (review.scores, review.comments) == ({"novelty": 3}, "One\ntwo")
    shown = desk.get(page(assignment)).content.decode()
    assert 'name="score-novelty" value="3" aria-describedby="score-novelty-3" checked' in shown
    assert "1 of 5 scored, 3 points so far" in shown
    assert 'name="version" value="1"' in shown


def test_the_script_saves_what_changed_and_hears_the_new_version(desk, reviewer):
    assignment = given(reviewer)

    first = desk.post(page(assignment, "save"), {"version": 0, "score-novelty": "3"})
    second = desk.post(page(assignment, "save"), {"version": 1, "comments": "Who pays?"})

    assert (first.json()["version"], second.json()["version"]) == (1, 2)
    assert second.json()["scored"] == "1 of 5 scored, 3 points so far"
    assert (Review.objects.get().scores, Review.objects.get().comments) == ({"novelty": 3}, "Who pays?")
    assert desk.get(page(assignment, "save")).status_code == 405


def test_the_script_is_given_both_texts_where_two_windows_differ(desk, reviewer):
    assignment = given(reviewer)
    desk.post(page(assignment, "save"), {"version": 0, "comments": "First.", "score-novelty": "3"})

    answer = desk.post(page(assignment, "save"), {"version": 0, "comments": "Second.", "score-novelty": "1"})

    assert answer.status_code == 409
    assert answer.json() == {
        "version": 1,
        "theirs": {
            "score-novelty": {"label": "Novelty", "words": "3", "value": 3},
            "comments": {"label": "Comments for colleagues", "words": "First.", "value": "First."},
        },
    }
    assert Review.objects.get().comments == "First."


def test_without_a_script_both_texts_stand_in_the_page_and_saving_again_decides(desk, reviewer):
    assignment = given(reviewer)
    press(desk, assignment, "save", comments="First.", **{"score-novelty": "3"})

    answer = press(desk, assignment, "save", comments="Second.", **{"score-novelty": "1"})

    assert answer.status_code == 409
    words = words_of(answer)
    assert "This review was saved in another window meanwhile" in words
    assert "Novelty 3 Comments for colleagues First." in words
    assert "Second.</textarea>" in answer.content.decode()
    assert 'name="version" value="1"' in answer.content.decode()
    press(desk, assignment, "save", 1, comments="Second.", **{"score-novelty": "1"})
    assert (Review.objects.get().comments, Review.objects.get().scores) == ("Second.", {"novelty": 1})


# -- Finishing ---------------------------------------------------------------------------------------------------------


def test_finishing_opens_the_next_case_that_is_to_be_read(desk, reviewer):
    first, done, following = (given(reviewer, due=n * DAY) for n in (1, 2, 3))
    score(done, *ALL.values())

    answer = press(desk, first, "finish", **FILLED)

    assert answer.headers["Location"] == page(following) + "#content-start"
    assert now(first).finished_at is not None
    said = words_of(desk.get(page(following)))
    assert f"Your review of {first.dossier.case.reference} is finished." in said


def test_from_the_end_of_the_pile_it_goes_on_at_the_top(desk, reviewer):
    top, last = given(reviewer, due=DAY), given(reviewer, due=2 * DAY)

    assert press(desk, last, "finish", **FILLED).headers["Location"] == page(top) + "#content-start"
    assert press(desk, top, "finish", **FILLED).headers["Location"] == PILE
    assert "That was the last one on your pile." in words_of(desk.get(PILE))


def test_what_is_missing_is_said_beside_the_field_and_above_and_nothing_typed_is_lost(desk, reviewer):
    assignment = given(reviewer)

    answer = press(desk, assignment, "finish", comments="Half way.", **{"score-impact": "2"})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count("Give 0 to 4 points.") == 2 * 4
    assert html.count("Choose an advice.") == 2
    assert '<a href="#score-novelty">Novelty: Give 0 to 4 points.</a>' in html
    assert '<a href="#advice">Your advice: Choose an advice.</a>' in html
    assert "Half way.</textarea>" in html
    assert (Review.objects.get().comments, Review.objects.get().scores) == ("Half way.", {"impact": 2})
    assert now(assignment).finished_at is None


def test_a_finished_review_may_be_changed_and_the_page_says_what_it_was(desk, reviewer):
    assignment = given(reviewer)
    press(desk, assignment, "finish", **FILLED)

    shown = desk.get(page(assignment)).content.decode()
    assert "Save the changes" in shown
    assert "Finish and open next" not in shown
    press(desk, assignment, "save", 2, **FILLED | {"score-novelty": "0", "comments": "On second thoughts."})

    words = words_of(desk.get(page(assignment)))
    assert "Novelty: 3 0" in words
    assert "Comments for colleagues: Well measured. On second thoughts." in words


def test_once_the_author_knows_the_decision_there_is_nothing_left_to_press(desk, reviewer):
    assignment = given(reviewer)
    version = score(assignment, *ALL.values()).version
    released(Dossier.objects.get())

    shown = desk.get(page(assignment)).content.decode()
    pressed = press(desk, assignment, "save", version, **FILLED | {"comments": "Too late, but long."})

    assert "so the reviews of this case stay as they are" in shown
    assert 'name="do"' not in shown
    assert pressed.status_code == 410
    assert "Too late, but long." in words_of(pressed)
    assert Review.objects.get().comments == ""


# -- When it is not one's own any more ---------------------------------------------------------------------------------


def test_a_case_that_was_taken_back_keeps_the_typed_words_on_the_page(desk, reviewer):
    assignment = given(reviewer)
    Assignment.objects.filter(pk=assignment.pk).update(ended_at=NOW, ended_why="taken back")

    answer = press(desk, assignment, "finish", **FILLED | {"comments": "An hour of thought."})

    words = words_of(answer)
    assert answer.status_code == 410
    assert "This case was taken back" in words
    assert "An hour of thought." in words
    assert "Novelty 3" in words
    assert COMPLETE["overview"] not in words, "the text has closed"
    assert complaints_about(answer.content) == []
    assert desk.post(page(assignment, "save"), {"version": 0, "comments": "x"}).status_code == 410
    assert desk.post(page(assignment), {"do": "clear"}).status_code == 410
    assert desk.post(page(assignment), {"do": "conflict", "reason": "x"}).status_code == 410
    assert not Review.objects.exists()


def test_a_withdrawn_case_is_closed_and_passed_over(desk, reviewer):
    first, second = given(reviewer, due=DAY), given(reviewer, due=2 * DAY)
    case = second.dossier.case
    submitting.withdraw(case, by=author_of(case), at=NOW)
    taking_in.take_in(at=NOW)

    answer = desk.get(page(second))

    assert answer.status_code == 410
    assert "The author has withdrawn this case" in words_of(answer)
    assert [row["pk"] for row in desk.get(PILE).context["rows"]] == [first.pk]
    assert "0 of 1 done" in words_of(desk.get(PILE))
    assert [row["pk"] for row in desk.get(page(first)).context["queue"]] == [first.pk]
    assert press(desk, first, "finish", **FILLED).headers["Location"] == PILE


# -- Bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        {"score-novelty": "5"},
        {"score-novelty": "²"},
        {"score-beauty": "3"},
        {"advice": "whatever"},
        {"comments": "before\0after"},
        {"comments": "a" * 20_001},
        {"version": "9" * 5000},
        {"version": "-1"},
        {"version": "x"},
        {"read": "9" * 30},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_shown_again(desk, reviewer, sent):
    assignment = given(reviewer)
    typed = {"do": "save", "version": "0", "words_for_author": "Keep me.", **sent}

    by_button = desk.post(page(assignment), typed)
    by_script = desk.post(page(assignment, "save"), typed)

    assert (by_button.status_code, by_script.status_code) == (422, 422)
    assert "Keep me." in by_button.content.decode()
    assert complaints_about(by_button.content) == []
    assert b"\0" not in by_button.content
    assert by_script.json()["said"]
    assert not Review.objects.exists()
    assert Round.objects.get().rubric_is_open


def test_addresses_that_name_nothing_are_not_found(desk, reviewer):
    given(reviewer)

    for pk in ("0", "9" * 30, "x"):
        assert desk.get(f"{PILE}{pk}/change/").status_code == 404
    assert desk.get(f"{PILE}?reviewer__user=1").status_code == 400
