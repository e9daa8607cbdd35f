"""In the office: asking the author, deciding one case or many with a dry run first, and releasing the letters."""

import re

import html5lib
import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from cases import submitting
from cases.models import Case
from opsi_portal.roles import EDITORS, MANAGERS, READERS, make_groups
from people.models import Event, User
from reviews import asking, deciding
from reviews.deciding import MOST_AT_ONCE, Verdict
from reviews.models import Conflict, Decision, Dossier, Question, Release, Review
from tests.makers import DAY, NOON, author_of, letters_posted, make_boss, make_staff
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, score
from tests.roof.test_every_page import complaints_about
from tests.workshops.office import statements

pytestmark = pytest.mark.django_db

REASONS = "Shared alarms work.\n\nOthers can take them over."
MANY = "/admin/reviews/dossier/decide/"


def member(client: Client, group: str, email: str = "lea@oecd.example") -> Client:
    make_groups(NOON)
    user = make_staff(email)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


def page_of(name: str, dossier: Dossier) -> str:
    if name == "release":
        return reverse("admin:reviews_round_release", args=[dossier.round_id])
    return reverse(f"admin:reviews_dossier_{name}", args=[dossier.pk])


def hidden(answer, name: str) -> str:
    """What stands in a control of the page, as a browser would send it back."""
    tree = html5lib.parse(answer.content, namespaceHTMLElements=False)
    for each in tree.iter("textarea"):
        if each.get("name") == name:
            return each.text or ""
    return next(each.get("value", "") for each in tree.iter("input") if each.get("name") == name)


def look(client: Client, dossier: Dossier, outcome: str = "publish", reasons: str = REASONS, **more):
    words = {"outcome": outcome, "reasons": reasons, "act": "look", **more}
    return client.post(page_of("decide", dossier), words)


def confirm(client: Client, dossier: Dossier, preview, **more):
    names = ("outcome", "reasons", "why_changed", "seen")
    sent = {name: hidden(preview, name) for name in names} | {"act": "confirm", **more}
    return client.post(page_of("decide", dossier), sent, follow=True)


def dry_run(client: Client, *references: str, outcome: str = "publish", reasons: str = REASONS, **more):
    words = {"cases": "\n".join(references), "outcome": outcome, "reasons": reasons, "act": "look", **more}
    return client.post(MANY, words)


def confirm_many(client: Client, preview, **more):
    names = ("cases", "outcome", "reasons", "why_changed", "seen")
    sent = {name: hidden(preview, name) for name in names} | {"act": "confirm", **more}
    return client.post(MANY, sent, follow=True)


def decide(*dossiers: Dossier, outcome: str = "publish", by: User | None = None, **more) -> list[Decision]:
    verdict, by = Verdict(outcome, REASONS, **more), by or make_boss()
    keys = [each.pk for each in dossiers]
    seen = deciding.plan(keys, verdict, by=by, at=REVIEWING).fingerprint
    return deciding.decide(keys, verdict, seen=seen, by=by, at=REVIEWING)


def press_release(client: Client, page, dossier: Dossier, **more):
    outcomes = [value for value, _words, _count in page.context["outcomes"]]
    sent = {"act": "release", "decisions": hidden(page, "decisions"), "outcome": outcomes, **more}
    return client.post(page_of("release", dossier), sent, follow=True)


def texts(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# -- Asking ------------------------------------------------------------------------------------------------------------


def ask_on_page(client: Client, dossier: Dossier, **more):
    words = {"act": "ask", "question": "Who pays?", "due_at_day": "2040-06-07", **more}
    return client.post(page_of("ask", dossier), words, follow=True)


def test_staff_ask_the_author_by_a_day_in_the_zone_of_the_call(manager):
    dossier = make_dossier()

    answer = ask_on_page(manager, dossier)

    question = Question.objects.get()
    assert "The question is on its way to the author." in texts(answer)
    assert (question.words, question.may_change, question.asked_by) == ("Who pays?", False, manager.user)
    assert question.due_at.isoformat() == "2040-06-07T22:00:00+00:00"
    assert len(letters_posted("question")) == 1
    assert "Asked on" in texts(answer) and "no answer yet" in texts(answer)


def test_a_question_may_open_the_case(manager):
    dossier = make_dossier()

    ask_on_page(manager, dossier, may_change="on")

    assert Case.objects.get().status == Case.Status.CHANGES_REQUESTED


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"question": " "}, "Write the question."),
        ({"question": "x" * 5001}, "at most 5000 characters"),
        ({"due_at_day": "2020-01-01"}, "still to come"),
        ({"due_at_day": "soon"}, "Enter a valid date"),
        ({"question": "before\0after"}, "Null characters are not allowed"),
    ],
)
def test_a_question_that_cannot_be_asked_is_shown_again_with_what_is_wrong(manager, wrong, words):
    answer = ask_on_page(manager, make_dossier(), **wrong)

    assert words in texts(answer)
    assert not Question.objects.exists()
    if "\0" not in wrong.get("question", ""):
        assert hidden(answer, "question") == wrong.get("question", "Who pays?")


def test_a_decided_case_is_not_opened_and_the_words_are_not_lost(manager):
    dossier = make_dossier()
    Case.objects.update(status=Case.Status.ACCEPTED)

    answer = ask_on_page(manager, dossier, may_change="on")

    assert "This case is decided." in texts(answer)
    assert hidden(answer, "question") == "Who pays?"
    assert not Question.objects.exists()


def test_the_page_shows_questions_with_their_answers_and_closes_them(manager):
    dossier = make_dossier()
    question = asking.ask(dossier, words="Who pays?", by=make_boss(), at=REVIEWING)
    asking.answer(question, words="Both <b>do</b>.", based_on="", by=author_of(dossier.case), at=REVIEWING)
    page = manager.get(page_of("ask", dossier))
    assert "Both &lt;b&gt;do&lt;/b&gt;." in page.content.decode()
    assert "answered, not looked at yet" in texts(page)

    manager.post(page_of("ask", dossier), {"act": f"close:{question.pk}"})

    assert Question.objects.get().closed_at


def test_the_day_of_a_question_is_moved_and_one_that_is_over_is_refused(manager):
    dossier = make_dossier()
    question = asking.ask(dossier, words="Who pays?", by=make_boss(), at=REVIEWING)
    sent = {"act": f"move:{question.pk}"}

    wrong = manager.post(page_of("ask", dossier), sent | {f"q{question.pk}-due_at_day": "2020-01-01"})
    manager.post(page_of("ask", dossier), sent | {f"q{question.pk}-due_at_day": "2040-01-01"})

    assert "still to come" in texts(wrong)
    assert Question.objects.get().due_at.year == 2040
    assert len(letters_posted("question")) == 2


@pytest.mark.parametrize("act", ["close:", "close:x", "close:999999", f"move:{'9' * 30}", "close:²", "dance"])
def test_a_question_that_is_none_or_belongs_to_another_case_is_not_there(manager, act):
    other = asking.ask(make_dossier(), words="Who pays?", by=make_boss(), at=REVIEWING)
    dossier = make_dossier()

    assert manager.post(page_of("ask", dossier), {"act": act}).status_code == (200 if act == "dance" else 404)
    assert manager.post(page_of("ask", dossier), {"act": f"close:{other.pk}"}).status_code == 404
    assert Question.objects.get().is_open


# -- One case ----------------------------------------------------------------------------------------------------------


def test_a_decision_is_looked_at_as_its_author_will_read_it_and_written_when_it_is_confirmed(manager):
    dossier = make_dossier()

    preview = look(manager, dossier)
    assert "We would like to publish your case: XB-2027-0001" in texts(preview)
    assert "Dear Marta Okello," in texts(preview) and "Shared alarms work." in texts(preview)
    assert "[link]" in texts(preview) and "/l/" not in preview.content.decode()
    assert Decision.objects.count() == 0

    answer = confirm(manager, dossier, preview)

    decision = Decision.objects.get()
    assert (decision.outcome, decision.reasons, decision.decided_by) == ("publish", REASONS, manager.user)
    assert "1 decision is written." in texts(answer)
    assert letters_posted("decision") == []


def test_a_decision_that_is_confirmed_twice_is_written_once(manager):
    dossier = make_dossier()
    preview = look(manager, dossier)

    confirm(manager, dossier, preview)
    again = confirm(manager, dossier, preview)

    assert Decision.objects.count() == 1
    assert "It is decided already: Publish." in texts(again)


def test_a_case_that_moved_between_looking_and_confirming_is_looked_at_again(manager):
    dossier = make_dossier()
    preview = look(manager, dossier)
    author = author_of(dossier.case)
    author.name = "Marta Okello-Njoroge"
    author.save()

    again = confirm(manager, dossier, preview)

    assert "Something has changed since you looked." in texts(again)
    assert "Dear Marta Okello-Njoroge," in texts(again)
    assert Decision.objects.count() == 0
    confirm(manager, dossier, again)
    assert Decision.objects.count() == 1


def test_what_speaks_against_a_decision_is_said_and_nothing_that_was_typed_is_lost(manager):
    dossier = make_dossier(answers={"public_employee": "no"})

    answer = look(manager, dossier)

    assert "It names no public sponsor" in texts(answer)
    assert hidden(answer, "reasons") == REASONS
    assert 'value="publish" required' in answer.content.decode() or "checked" in answer.content.decode()


def test_a_form_without_a_decision_or_reasons_says_so(manager):
    answer = manager.post(page_of("decide", make_dossier()), {"act": "look"})

    assert "Choose a decision." in texts(answer) and "Give the author the reasons." in texts(answer)


def test_who_is_in_conflict_reads_why_and_gets_no_form_and_cannot_decide_by_hand_either(client):
    dossier = make_dossier()
    manager = member(client, MANAGERS)
    make_reviewer(user=manager.user, country="FR")

    page = manager.get(page_of("decide", dossier))
    assert "You are in a conflict of interest with this case" in texts(page)
    assert "Their own country, France" in texts(page)
    assert 'name="reasons"' not in page.content.decode()

    for act in ("look", "confirm"):
        sent = {"outcome": "publish", "reasons": REASONS, "act": act, "seen": "x"}
        assert "conflict of interest" in texts(manager.post(page_of("decide", dossier), sent))
    assert Decision.objects.count() == 0


def test_changing_a_decision_shows_what_was_decided_and_asks_why(manager):
    dossier = make_dossier()
    decide(dossier, outcome="hold")
    page = texts(manager.get(page_of("decide", dossier)))
    assert "Decided already: Hold" in page and "The author has not been told yet." in page

    assert "To change that, say why." in texts(look(manager, dossier))
    confirm(manager, dossier, look(manager, dossier, why_changed="The evaluation came."))

    assert Decision.objects.get(number=2).why_changed == "The evaluation came."


def test_change_this_leads_back_to_what_was_typed(manager):
    dossier = make_dossier()
    preview = look(manager, dossier, outcome="hold")
    sent = {name: hidden(preview, name) for name in ("outcome", "reasons", "why_changed", "seen")}

    form = manager.post(page_of("decide", dossier), sent | {"act": "change"})

    assert hidden(form, "reasons") == REASONS
    assert re.search(r'value="hold"[^>]* checked', form.content.decode())


def test_words_of_reviews_are_taken_into_the_reasons_one_by_one(manager):
    dossier = make_dossier()
    review = score(give(dossier, make_reviewer("Jo B.")), 4, 3, 2, 1, 0, words_for_author="Say who pays.")
    page = manager.get(page_of("decide", dossier))
    assert "Say who pays." in texts(page) and "Jo B." not in texts(page)

    taken = manager.post(
        page_of("decide", dossier), {"act": f"take:{review.pk}", "reasons": "It works.", "outcome": "hold"}
    )

    assert hidden(taken, "reasons") == "It works.\n\nSay who pays."
    assert re.search(r'value="hold"[^>]* checked', taken.content.decode())


def test_who_has_the_case_still_to_read_does_not_see_the_words_of_others(client):
    manager = member(client, MANAGERS)
    dossier = make_dossier()
    score(give(dossier, make_reviewer("Jo B.")), 4, 3, 2, 1, 0, words_for_author="Say who pays.")
    give(dossier, make_reviewer(user=manager.user))

    page = manager.get(page_of("decide", dossier))
    taken = manager.post(page_of("decide", dossier), {"act": f"take:{Review.objects.get().pk}"})

    assert "Say who pays." not in texts(page) + texts(taken)


@pytest.mark.parametrize("act", ["take:", "take:x", "take:99999", "take:²", "dance", "confirm", "change"])
def test_buttons_that_are_none_write_nothing(manager, act):
    dossier = make_dossier()

    answer = manager.post(page_of("decide", dossier), {"act": act, "reasons": "x\0y", "outcome": "fly"})

    assert answer.status_code == 200
    assert Decision.objects.count() == 0


# -- Many cases --------------------------------------------------------------------------------------------------------


def test_cases_that_are_ticked_in_the_list_are_named_on_the_page_for_many(manager):
    dossiers = [make_dossier() for _n in range(3)]
    page = manager.get(reverse("admin:reviews_dossier_changelist"))
    assert page.content.decode().count('form="choose" name="case"') == 3

    ticked = [dossiers[0].pk, dossiers[2].pk, "x", "9" * 30]
    form = manager.post(MANY, {"case": ticked})

    assert hidden(form, "cases").split() == ["XB-2027-0001", "XB-2027-0003"]


def test_a_dry_run_shows_every_letter_and_every_refusal_and_writes_nothing(manager):
    make_dossier(), make_dossier(answers={"public_employee": "no"}), make_dossier()
    before = Event.objects.count()

    preview = dry_run(manager, "xb-2027-0001", "XB-2027-0002,", "XB-2027-0003;", "XB-2027-9999", "<b>")

    shown = texts(preview)
    assert shown.count("Dear Marta Okello,") == 2
    assert "2 cases will be decided: Publish" in shown
    assert "It names no public sponsor" in shown
    assert "XB-2027-9999: There is no such case in review." in shown
    assert "&lt;B&gt;:" in preview.content.decode()
    assert (Decision.objects.count(), Event.objects.count()) == (0, before)


def test_what_is_confirmed_is_written_and_nothing_else(manager):
    sound, refused = make_dossier(), make_dossier(answers={"public_employee": "no"})
    preview = dry_run(manager, "XB-2027-0001", "XB-2027-0002")

    answer = confirm_many(manager, preview)

    assert [decision.dossier for decision in Decision.objects.all()] == [sound]
    assert "1 decision is written." in texts(answer)
    assert Dossier.objects.get(pk=refused.pk).decision is None


def test_a_world_that_moved_during_the_dry_run_is_shown_again(manager):
    first, second = make_dossier(), make_dossier()
    preview = dry_run(manager, "XB-2027-0001", "XB-2027-0002")
    submitting.withdraw(first.case, by=author_of(first.case), at=REVIEWING)

    again = confirm_many(manager, preview)

    assert "Something has changed since you looked." in texts(again)
    assert "“Withdrawn”" in texts(again)
    assert Decision.objects.count() == 0
    confirm_many(manager, again)
    assert [decision.dossier for decision in Decision.objects.all()] == [second]


def test_nobody_in_a_conflict_decides_among_many_either(client):
    make_dossier()
    manager = member(client, MANAGERS)
    make_reviewer(user=manager.user, country="FR")

    preview = dry_run(manager, "XB-2027-0001", outcome="hold")

    assert "You are in a conflict of interest" in texts(preview)
    assert 'value="confirm"' not in preview.content.decode()


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ("", "Name the cases, or tick them in the list."),
        ("\n".join(f"XB-2027-{n:04}" for n in range(MOST_AT_ONCE + 1)), "decide at most 500 at once"),
    ],
)
def test_no_case_and_too_many_cases_are_refused(manager, cases, words):
    answer = dry_run(manager, cases)

    assert words in texts(answer)
    assert hidden(answer, "reasons") == REASONS


def test_a_dry_run_asks_the_same_for_one_case_and_for_five(manager, django_assert_max_num_queries):
    for _n in range(5):
        make_dossier()
    references = list(Case.objects.values_list("reference", flat=True))
    dry_run(manager, *references)
    with django_assert_max_num_queries(20) as one:
        dry_run(manager, references[0])
    with django_assert_max_num_queries(20) as five:
        dry_run(manager, *references)

    assert len(one.captured_queries) == len(five.captured_queries)


# -- Releasing ---------------------------------------------------------------------------------------------------------


def test_the_round_shows_what_waits_with_every_letter_and_releases_it_together(manager):
    dossiers = [make_dossier() for _n in range(3)]
    decide(*dossiers[:2])
    decide(dossiers[2], outcome="not-published")
    page = manager.get(page_of("release", dossiers[0]))
    assert "3 decisions wait to be told." in texts(page)
    assert texts(page).count("Dear Marta Okello,") == 3
    assert page.context["outcomes"] == [
        ("publish", "Publish", 2),
        ("not-published", "Not currently published", 1),
    ]

    answer = press_release(manager, page, dossiers[0])

    assert "3 letters are on their way." in texts(answer)
    assert "0 decisions wait to be told." in texts(answer)
    assert len(letters_posted("decision")) == 3
    assert Release.objects.get().released_by == manager.user


def test_two_managers_who_press_release_write_one_set_of_letters(manager):
    dossier = make_dossier()
    decide(dossier)
    page = manager.get(page_of("release", dossier))
    jo = member(Client(), MANAGERS, "jo@oecd.example")

    press_release(jo, page, dossier)
    answer = press_release(manager, page, dossier)

    assert "They were released already; nobody is written to twice." in texts(answer)
    assert len(letters_posted("decision")) == 1


def test_who_is_in_conflict_with_a_case_does_not_tell_its_author_either(manager):
    far, near = make_dossier(), make_dossier()
    decisions = decide(far, near)
    reviewer = make_reviewer(user=manager.user)
    Conflict.objects.create(reviewer=reviewer, dossier=near, declared_at=REVIEWING)

    page = manager.get(page_of("release", near))
    answer = press_release(
        manager, page, near, decisions=",".join(str(decision.pk) for decision in decisions)
    )

    left_out = f"{near.case.reference}: You are in a conflict of interest: They have declared"
    assert "1 decision waits to be told." in texts(page)
    assert hidden(page, "decisions") == str(decisions[0].pk)
    assert left_out in texts(answer)
    assert [letter.context["reference"] for letter in letters_posted("decision")] == [far.case.reference]


def test_some_outcomes_can_wait_for_the_next_release(manager):
    first, second = make_dossier(), make_dossier()
    decide(first)
    decide(second, outcome="hold")
    page = manager.get(page_of("release", first))

    press_release(manager, page, first, outcome=["hold"])

    assert [letter.context["outcome"] for letter in letters_posted("decision")] == ["hold"]
    assert "Choose which decisions to release." in texts(press_release(manager, page, first, outcome=[]))


def test_a_case_withdrawn_meanwhile_is_left_out_and_said(manager):
    first, second = make_dossier(), make_dossier()
    decide(first, second)
    page = manager.get(page_of("release", first))
    submitting.withdraw(first.case, by=author_of(first.case), at=REVIEWING)

    answer = press_release(manager, page, first)

    assert "1 letter is on its way." in texts(answer)
    assert f"{first.case.reference}: It has been withdrawn." in texts(answer)
    assert "Left out" in texts(answer)


@pytest.mark.parametrize("decisions", ["", "x", "1,²,x", "9" * 40, "-1", "1;DROP"])
def test_a_list_of_decisions_that_is_none_releases_nothing(manager, decisions):
    dossier = make_dossier()
    Decision.objects.filter(pk=decide(dossier)[0].pk)

    answer = manager.post(
        page_of("release", dossier), {"act": "release", "decisions": decisions, "outcome": ["hold", "fly"]}
    )

    assert answer.status_code == 302
    assert letters_posted("decision") == []


def test_releasing_a_changed_decision_says_that_it_changes_what_was_told(manager):
    dossier = make_dossier()
    deciding.release(dossier.round, [decide(dossier)[0].pk], by=make_boss(), at=REVIEWING)
    decide(dossier, outcome="hold", why_changed="A doubt.")

    page = manager.get(page_of("release", dossier))

    assert "changes what the author was told" in texts(page)
    assert "Our decision on your case has changed" in texts(page)
    assert "A doubt." not in texts(page)


# -- Who may, and how it is made ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "buttons"),
    [(MANAGERS, {"ask", "decide"}), (EDITORS, {"ask"}), (READERS, set())],
)
def test_each_role_has_its_own_buttons_and_no_others(client, group, buttons):
    dossier = make_dossier()
    staff = member(client, group)

    allowed = {name for name in ("ask", "decide") if staff.get(page_of(name, dossier)).status_code == 200}

    assert allowed == buttons
    assert (staff.get(page_of("release", dossier)).status_code == 200) == (group == MANAGERS)
    assert (staff.get(MANY).status_code == 200) == (group == MANAGERS)
    listed = staff.get(reverse("admin:reviews_dossier_changelist")).content.decode()
    assert ('name="case"' in listed) == (group == MANAGERS)


def test_an_editor_who_presses_where_only_managers_may_changes_nothing(client):
    dossier = make_dossier()
    (decision,) = decide(dossier)
    editor = member(client, EDITORS)

    answers = [
        editor.post(page_of("decide", dossier), {"act": "confirm", "outcome": "hold", "reasons": "x"}),
        editor.post(MANY, {"act": "confirm", "cases": "XB-2027-0001", "outcome": "hold", "reasons": "x"}),
        editor.post(
            page_of("release", dossier), {"act": "release", "decisions": decision.pk, "outcome": "publish"}
        ),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Decision.objects.get().release is None


def test_every_page_is_valid_and_usable(manager):
    dossier, other = make_dossier(), make_dossier(answers={"public_employee": "no"})
    score(give(dossier, make_reviewer("Jo B.")), 4, 3, 2, 1, 0, words_for_author="Say who pays.")
    for words in ("Who pays?", "Since when?"):
        question = asking.ask(dossier, words=words, may_change=True, by=make_boss(), at=REVIEWING)
    asking.answer(question, words="Both.", based_on="", by=author_of(dossier.case), at=REVIEWING)
    pages = {
        "ask": manager.get(page_of("ask", dossier)),
        "ask: wrong": manager.post(page_of("ask", dossier), {"act": "ask", "due_at_day": "x"}),
        "decide": manager.get(page_of("decide", dossier)),
        "decide: wrong": manager.post(page_of("decide", dossier), {"act": "look"}),
        "decide: look": look(manager, dossier),
        "many": manager.get(MANY),
        "many: look": dry_run(manager, "XB-2027-0001", "XB-2027-0002", "XB-1"),
        "list": manager.get(reverse("admin:reviews_dossier_changelist")),
    }
    decide(dossier, other, outcome="hold")
    submitting.withdraw(other.case, by=author_of(other.case), at=REVIEWING + DAY)
    pages["release"] = manager.get(page_of("release", dossier))
    pages["decide: again"] = manager.get(page_of("decide", dossier))

    for name, page in pages.items():
        wrong = complaints_about(page.content)
        assert [each for each in wrong if not each.startswith("<textarea") or "hidden" not in each] == [], (
            name
        )
    assert {page.status_code for page in pages.values()} == {200}


def test_the_pages_of_the_release_cost_the_same_statements_for_one_case_and_for_three(manager):
    counted = []
    for count in (1, 3):
        while Dossier.objects.count() < count:
            decide(make_dossier())
        counted.append(statements(manager, page_of("release", Dossier.objects.first())))

    assert counted[0] == counted[1]
