"""What a hostile or careless reviewer, manager or author tried with the review, one sentence each: kept shut."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from cases.drafting import NotAllowed
from cases.models import Colleague
from opsi_portal.roles import MANAGERS, REVIEWERS
from outbox import delivery
from people import links
from reviews import asking, assigning, blinding, counting, deciding, taking_in
from reviews.asking import LETTERS_A_DAY
from reviews.deciding import Verdict
from reviews.digesting import send_digests
from reviews.models import Assignment, Dossier, Question, Review, Reviewer
from reviews.seeing import hidden_from, may_see_scores
from tests.makers import (
    DAY,
    HOUR,
    author_of,
    key_for,
    letters_posted,
    make_boss,
    make_draft,
    make_upload,
)
from tests.reviews.giving import screened
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, may, score
from tests.reviews.test_digesting import EVENING_BEFORE, MORNING, letter_to
from tests.reviews.test_exports import body_of, take
from tests.reviews.test_office_reading import FILLED, PILE, entered, page, staff
from tests.roof.test_office_doors import everything

pytestmark = pytest.mark.django_db

FIVE_FOURS, FIVE_NOUGHTS = (4, 4, 4, 4, 4), (0, 0, 0, 0, 0)


def at_dossier(name: str, dossier: Dossier) -> str:
    return reverse(f"admin:reviews_dossier_{name}", args=[dossier.pk])


def at_round(name: str) -> str:
    return reverse(f"admin:reviews_round_{name}", args=[make_round().pk])


def scored(*points: tuple[int, ...]) -> Dossier:
    """A case with finished reviews, counted."""
    dossier = make_dossier()
    for each in points:
        score(give(dossier, make_reviewer("Jan P.")), *each)
    counting.count(make_round(), at=REVIEWING)
    return dossier


def told_by(answer) -> tuple[int, str]:
    """A page without what is drawn by lot each time, or only repeats its address."""
    lots = r'name="csrfmiddlewaretoken" value="\w+"|data-server-now="[^"]+"'
    text = re.sub(lots, "", answer.content.decode())
    return answer.status_code, text.replace(answer.request["PATH_INFO"].removeprefix("/en"), "")


@pytest.fixture
def reading_manager() -> Reviewer:
    """A manager who reads cases too."""
    return make_reviewer("Ida O.", user=staff("ida@oecd.example", MANAGERS))


# -- Others' scores before one's own -----------------------------------------------------------------------------------


def test_the_place_of_a_case_that_one_has_still_to_read_tells_nothing(reading_manager):
    """The row hid its numbers and stood between two that showed theirs."""
    best, middle, worst = scored(FIVE_FOURS), scored((2, 2, 2, 2, 2)), scored(FIVE_NOUGHTS)
    give(middle, reading_manager)
    desk = entered(reading_manager.user)

    for by in ("plain", "normalised"):
        answer = desk.get(at_round("ranking"), {"by": by})
        assert [(row["place"], row["pk"]) for row in answer.context["rows"]] == [(1, best.pk), (2, worst.pk)]
        assert middle.case.reference not in answer.content.decode()
        assert "Cases that you have still to read are left out" in answer.content.decode()


def test_that_reviewers_do_not_agree_is_not_told_by_a_list_nor_by_a_count(reading_manager):
    apart, mine = scored(FIVE_FOURS, FIVE_NOUGHTS), scored(FIVE_FOURS, FIVE_NOUGHTS)
    give(mine, reading_manager)
    desk = entered(reading_manager.user)

    listed = [row["pk"] for row in desk.get(at_round("discuss")).context["rows"]]
    narrowed = [row["pk"] for row in desk.get("/admin/reviews/dossier/?mark=discuss").context["rows"]]
    counted = {each["what"]: each["n"] for each in desk.get("/admin/").context["waiting"]}

    assert listed == narrowed == [apart.pk]
    assert counted["disagreements"] == 1


def test_a_case_that_its_author_withdraws_for_a_day_shows_no_scores_to_who_will_go_on_reading_it(
    reading_manager,
):
    dossier = scored(FIVE_FOURS)
    give(dossier, reading_manager)
    case = dossier.case
    submitting.withdraw(case, by=author_of(case), at=dossier.submission.arrived_at + HOUR)
    taking_in.take_in(at=REVIEWING)

    assert Dossier.objects.get().step == Dossier.Step.OUT
    assert not may_see_scores(reading_manager.user, dossier)
    assert hidden_from(reading_manager.user) == {dossier.pk}
    shown = entered(reading_manager.user).get(at_dossier("change", dossier))
    assert (shown.context["sees_scores"], shown.context["reviews"]) == (False, None)


def test_no_digest_on_a_page_can_be_tried_until_it_tells_the_scores(reading_manager, settings):
    """3,125 ways to give points to five criteria: a bare digest over them is found in a second."""
    dossier = scored(FIVE_FOURS, (3, 3, 4, 4, 4))
    give(dossier, reading_manager)
    verdict = Verdict("hold", "We wait.")

    def shown() -> str:
        return deciding.plan([dossier.pk], verdict, by=reading_manager.user, at=REVIEWING).fingerprint

    before = shown()
    settings.SECRET_KEY = "another key, as long as those that nobody guesses"

    assert shown() != before


def test_what_somebody_is_still_writing_leaves_the_office_in_no_file(client):
    manager = may(
        make_reviewer("Ida").user, "reviews.view_dossier", "reviews.export_review", "reviews.see_scores"
    )
    begun = give(make_dossier(), make_reviewer("Jan P."))
    score(begun, *FIVE_FOURS, comments="Only a thought.", words_for_author="Perhaps.", finished_at=None)

    (row,) = json.loads(body_of(take(client, manager, "reviews", "json")))

    assert row["reviewer"] == "Jan P."
    assert (row["points_novelty"], row["score"], row["advice"]) == (None, None, "")
    assert (row["comments"], row["words_for_author"]) == ("", "")


def test_nobody_takes_a_case_from_themselves_looks_at_the_scores_and_gives_it_to_themselves_again(
    reading_manager,
):
    dossier, lea = screened(), reading_manager.user
    mine = give(dossier, reading_manager)
    score(give(dossier, make_reviewer("Jan P.")), *FIVE_FOURS)
    assigning.take_back(mine, reason="Wait.", by=lea, at=REVIEWING)
    assert may_see_scores(lea, dossier)

    with pytest.raises(assigning.NotPossible, match="A colleague can give it to you"):
        assigning.give(dossier, reading_manager, by=lea, at=REVIEWING, reason="A slip.")

    assert assigning.give(dossier, reading_manager, by=make_boss(), at=REVIEWING, reason="A slip.")


def test_a_reviewer_who_asks_for_others_by_number_learns_not_even_whether_they_exist():
    lea = make_reviewer("Lea M.", user=staff("lea@oecd.example", REVIEWERS))
    jan, dossier = make_reviewer("Jan P."), make_dossier()
    theirs, mine = give(dossier, jan), give(make_dossier(), lea)
    desk = entered(lea.user)

    def told(pk: int, more: str = "change/") -> tuple[int, str]:
        return told_by(desk.get(f"{PILE}{pk}/{more}"))

    assert told(theirs.pk) == told(theirs.pk + 999)
    assert told(theirs.pk, "history/") == told(theirs.pk + 999, "history/")
    assert told(theirs.pk, "file/abcdef/") == told(theirs.pk + 999, "file/abcdef/")
    assert told(mine.pk)[0] == 200
    for do in ("save", "finish", "clear", "conflict"):
        assert desk.post(page(theirs), {"do": do, "version": 0, "reason": "x", **FILLED}).status_code == 404
    assert Assignment.objects.get(pk=theirs.pk).ended_at is None
    assert not Review.objects.exists()
    # The case admin answers the same for what is there and for what is not.
    for name in ("change", "pdf", "give", "decide", "screening", "ask", "history"):
        asked = [at_dossier(name, dossier), at_dossier(name, dossier).replace(f"/{dossier.pk}/", "/999/")]
        there, nowhere = [told_by(desk.get(address)) for address in asked]
        assert there == nowhere and there[0] == 403, name


def test_a_file_opens_only_from_the_case_that_was_handed_in_with_it():
    lea = make_reviewer("Lea M.", user=staff("lea@oecd.example", REVIEWERS))
    mine, other = give(make_dossier(), lea, cleared_at=REVIEWING), make_draft(complete=True)
    file = drafting.attach(author_of(other), make_upload("secret.txt"), at=other.begun_at)
    theirs = give(make_dossier(other), make_reviewer("Jan P."), cleared_at=REVIEWING)
    desk = entered(lea.user)

    assert desk.get(page(mine, "file", file.code)).status_code == 404
    assert desk.get(page(theirs, "file", file.code)).status_code == 404
    file_page = reverse("admin:reviews_dossier_file", args=[theirs.dossier_id, file.code])
    assert desk.get(file_page).status_code == 403


# -- A blind round -----------------------------------------------------------------------------------------------------

ORGANISATION = "River Basin Authority North"


@pytest.fixture
def blind() -> Dossier:
    make_round(blind=True)
    title = f"How the {ORGANISATION} warns of floods"
    return screened(make_dossier(make_draft(complete=True, answers={"title": title})))


def test_what_the_author_was_asked_names_nobody_to_a_blind_reviewer(blind):
    lea = make_reviewer("Lea M.", user=staff("lea@oecd.example", REVIEWERS))
    mine = give(blind, lea, cleared_at=REVIEWING)
    asking.ask(blind, words=f"Dear Marta Okello, who pays at {ORGANISATION}?", by=make_boss(), at=REVIEWING)

    shown = entered(lea.user).get(page(mine)).content.decode()

    assert "Dear [hidden], who pays at [hidden]?" in shown
    assert ORGANISATION not in shown and "Okello" not in shown


def test_the_digest_of_a_blind_round_covers_titles_as_the_pile_does(blind):
    lea = make_reviewer("Lea M.")
    give(blind, lea, at=EVENING_BEFORE)

    send_digests(MORNING)

    letter = letter_to(lea)
    words = delivery.written(letter)
    for text in (words.text, words.html, words.subject, json.dumps(letter.context)):
        assert ORGANISATION not in text
    assert "How the [hidden] warns of floods" in words.text


@pytest.mark.parametrize("piece", ["a.", "a-", "a+", "a@", "www.", "-", ".", "/"])
def test_no_text_keeps_a_blind_reviewer_waiting_however_it_is_made(piece):
    """10,000 signs of «a.a.a.a …» in an answer took seven seconds of every page that showed it. Twenty times as
    much would take most of an hour: that this ends at all is the proof."""
    text = "." + piece * (200_000 // len(piece))

    assert blinding.cover_of({"organisation": "Water Board"}, [])(text)


# -- Words that authors read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [
        "As Léa  Marchetti has said.",
        "As Lea\u00a0Marchetti has said.",
        "As LEA\nMARCHETTI has said.",
        "As Lea\u200b Mar\u00adchetti has said.",
        "As Ｌｅａ Marchetti has said.",
        "Ms Marchetti was not convinced.",
        "Write to lea@oecd.example.",
    ],
)
def test_no_spelling_of_a_reviewer_reaches_an_author(named):
    dossier, boss = make_dossier(), make_boss()
    give(dossier, make_reviewer("Lea Marchetti", email="lea@oecd.example"))

    (entry,) = deciding.plan([dossier.pk], Verdict("hold", named), by=boss, at=REVIEWING).entries
    with pytest.raises(NotAllowed, match="names a reviewer of this case"):
        asking.ask(dossier, words=named, by=boss, at=REVIEWING)

    assert "name a reviewer of this case" in entry.refusals[0]
    assert letters_posted("question") == []


@pytest.mark.parametrize("words", ["The market is in Lea.", "A marchetti is a boat.", "Remarchettied."])
def test_words_that_only_look_like_a_reviewer_pass(words):
    dossier, boss = make_dossier(), make_boss()
    give(dossier, make_reviewer("Lea Marchetti", email="lea@oecd.example"))

    assert asking.ask(dossier, words=words, by=boss, at=REVIEWING)
    assert not deciding.plan([dossier.pk], Verdict("hold", words), by=boss, at=REVIEWING).refused


def test_a_script_that_asks_and_asks_does_not_fill_the_mailbox_of_an_author():
    dossier, boss = make_dossier(), make_boss()
    questions = [
        asking.ask(dossier, words=f"Why {n}?", by=boss, at=REVIEWING) for n in range(LETTERS_A_DAY - 1)
    ]
    asking.move(questions[0], due_at=REVIEWING + 9 * DAY, by=boss, at=REVIEWING)

    with pytest.raises(NotAllowed, match="today"):
        asking.ask(dossier, words="Once more?", by=boss, at=REVIEWING)
    with pytest.raises(NotAllowed, match="today"):
        asking.move(questions[0], due_at=REVIEWING + 10 * DAY, by=boss, at=REVIEWING)

    assert len(letters_posted("question")) == LETTERS_A_DAY
    assert Question.objects.count() == LETTERS_A_DAY - 1
    assert asking.ask(make_dossier(), words="And you?", by=boss, at=REVIEWING)
    assert asking.ask(dossier, words="Once more?", by=boss, at=REVIEWING + DAY)


def test_a_scanner_that_looks_at_every_link_of_a_letter_answers_opens_and_confirms_nothing(client):
    dossier = make_dossier()
    asking.ask(dossier, words="Who pays?", by=make_boss(), at=timezone.now())
    [letter] = letters_posted("question")
    address = links.address_of(letter.context["link"]).removeprefix("https://portal.example")
    before = everything()

    for _look in range(2):
        for answer in (client.get(address), client.head(address), client.get(address + "?act=answer")):
            assert (answer.status_code, answer.cookies.keys() & {"keys"}) == (200, set())

    assert everything() == before


def test_the_author_of_another_case_cannot_tell_a_question_that_is_there_from_one_that_is_not():
    mine, theirs = make_dossier(), make_dossier()
    question = asking.ask(theirs, words="Who pays?", by=make_boss(), at=REVIEWING)
    browser = key_for(Client(), author_of(mine.case))

    def told(code: str, pk: int) -> tuple[int, str]:
        return told_by(browser.get(reverse("reviews:question", args=[code, pk])))

    def sent(code: str, pk: int) -> int:
        address = reverse("reviews:question", args=[code, pk])
        return browser.post(address, {"answer": "We do.", "based_on": ""}).status_code

    there, nowhere = question.pk, question.pk + 999
    assert told(mine.case.code, there) == told(mine.case.code, nowhere)
    assert (
        told(theirs.case.code, there) == told(theirs.case.code, nowhere) == told("nothing-like-this", there)
    )
    assert (sent(mine.case.code, there), sent(theirs.case.code, there)) == (404, 403)
    assert Question.objects.get().answered_at is None


def test_a_link_to_a_question_ends_with_the_part_of_whoever_got_it(client):
    dossier = make_dossier()
    author = author_of(dossier.case)
    asking.ask(dossier, words="Who pays?", by=make_boss(), at=timezone.now())
    [letter] = letters_posted("question")
    address = links.address_of(letter.context["link"]).removeprefix("https://portal.example")
    client.post(address)
    question = reverse("reviews:question", args=[dossier.case.code, Question.objects.get().pk])
    assert client.get(question).status_code == 200

    Colleague.objects.filter(pk=author.pk).update(generation=author.generation + 1)

    assert client.get(question).status_code == 403
    assert client.get(reverse("reviews:decision", args=[dossier.case.code])).status_code == 403
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
